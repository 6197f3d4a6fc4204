/* SPDX-License-Identifier: ISC
 *
 * All addresses are looked at as IPv6. Forms of IPv6 that carry an IPv4 address inside (mapped, NAT64, 6to4)
 * are judged by the inner one, as that is where the bytes would go.
 */
#include "fetch/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static const char *const never[] = {
    "0.0.0.0/8",          /* this host */
    "169.254.0.0/16",     /* link-local; metadata services live there */
    "168.63.129.16/32",   /* a cloud's host agent */
    "100.100.100.200/32", /* a cloud's metadata */
    "192.0.0.192/32",     /* a cloud's metadata */
    "224.0.0.0/4",        /* multicast */
    "255.255.255.255/32", "::/128", "fe80::/10", "ff00::/8",
    "fd00:ec2::254/128", /* a cloud's metadata */
};

static const char *const private_ones[] = {
    "10.0.0.0/8",      "172.16.0.0/12",  "192.168.0.0/16", "127.0.0.0/8",
    "100.64.0.0/10",   "192.0.0.0/24",   "192.0.2.0/24",   "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",    "::1/128",
    "fc00::/7",        "fec0::/10",      "2001:db8::/32",  "100::/64",
};

static bool parse_range(struct text cidr, struct network_range *ret)
{
    char host[INET6_ADDRSTRLEN];
    struct text address = cidr, length = {0};
    bool has_length = text_cut(cidr, '/', &address, &length);
    if (address.n == 0 || address.n >= sizeof host)
        return false;
    memcpy(host, address.at, address.n);
    host[address.n] = 0;

    struct network_range range = {0};
    struct in_addr v4;
    int64_t bits, most = 128;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        memcpy(range.address, mapped_prefix, sizeof mapped_prefix);
        memcpy(range.address + 12, &v4, 4);
        most = 32;
    } else if (inet_pton(AF_INET6, host, range.address) != 1) {
        return false;
    }
    if (!has_length)
        bits = most;
    else if (!text_to_i64(length, &bits) || bits < 0 || bits > most)
        return false;
    range.bits = (unsigned)(128 - most + bits);
    *ret = range;
    return true;
}

enum status network_list_add(struct network_list *list, struct text cidr, struct error *err)
{
    if (list->n == MAX_NETWORKS)
        return error_set(err, ERR_FULL, "networks", "more than %d networks are listed",
                         MAX_NETWORKS);
    if (!parse_range(cidr, &list->ranges[list->n]))
        return error_set(err, ERR_INVALID, "networks",
                         "\"" TEXT_FMT "\" is not a network such as 10.0.0.0/8",
                         TEXT_ARG(cidr));
    list->n++;
    return OK;
}

static bool range_has(const struct network_range *range, const unsigned char *address)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if (memcmp(range->address, address, whole) != 0)
        return false;
    unsigned char mask = (unsigned char)(0xff00 >> rest);
    return rest == 0 || ((range->address[whole] ^ address[whole]) & mask) == 0;
}

static bool any_has(const char *const *names, size_t n, const unsigned char *address)
{
    for (size_t i = 0; i < n; i++) {
        struct network_range range;
        ENSURE(parse_range(text_from(names[i]), &range));
        if (range_has(&range, address))
            return true;
    }
    return false;
}

/* Write the IPv4 address that is carried inside, mapped; false where there is none. */
static bool unwrap(const unsigned char *address, unsigned char *ret_inner)
{
    static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};
    const unsigned char *inner = NULL;
    if (memcmp(address, nat64, sizeof nat64) == 0)
        inner = address + 12;
    else if (address[0] == 0x20 && address[1] == 0x02)
        inner = address + 2;
    if (!inner)
        return false;
    memcpy(ret_inner, mapped_prefix, sizeof mapped_prefix);
    memcpy(ret_inner + 12, inner, 4);
    return true;
}

static enum network_verdict judge(const struct network_list *list, const unsigned char *address)
{
    unsigned char inner[16];
    if (unwrap(address, inner))
        return judge(list, inner);
    if (any_has(never, sizeof never / sizeof *never, address))
        return NETWORK_NEVER;
    if (!any_has(private_ones, sizeof private_ones / sizeof *private_ones, address))
        return NETWORK_PUBLIC;
    for (size_t i = 0; i < list->n; i++)
        if (range_has(&list->ranges[i], address))
            return NETWORK_LISTED;
    return NETWORK_PRIVATE;
}

enum network_verdict network_judge(const struct network_list *list,
                                   const struct sockaddr *address)
{
    unsigned char bytes[16];
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        memcpy(bytes, mapped_prefix, sizeof mapped_prefix);
        memcpy(bytes + 12, &v4->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    } else {
        return NETWORK_NEVER;
    }
    return judge(list, bytes);
}

void network_print(const struct sockaddr *address, char *out)
{
    const void *at =
        address->sa_family == AF_INET
            ? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr
            : (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (!inet_ntop(address->sa_family, at, out, INET6_ADDRSTRLEN))
        snprintf(out, INET6_ADDRSTRLEN, "?");
}
