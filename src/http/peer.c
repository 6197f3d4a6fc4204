/* SPDX-License-Identifier: ISC */
#include "http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

enum status peer_parse(struct text t, struct peer *ret_peer)
{
    char name[INET6_ADDRSTRLEN];
    struct peer peer = {.known = true};
    if (t.n == 0 || t.n >= sizeof name)
        return ERR_INVALID;
    memcpy(name, t.at, t.n);
    name[t.n] = 0;
    if (inet_pton(AF_INET, name, peer.bytes + sizeof mapped) == 1)
        memcpy(peer.bytes, mapped, sizeof mapped);
    else if (inet_pton(AF_INET6, name, peer.bytes) != 1)
        return ERR_INVALID;
    *ret_peer = peer;
    return OK;
}

struct peer peer_of(const struct sockaddr *address)
{
    struct peer peer = {0};
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        memcpy(peer.bytes, mapped, sizeof mapped);
        memcpy(peer.bytes + sizeof mapped, &in->sin_addr, 4);
        peer.known = true;
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;
        memcpy(peer.bytes, &in6->sin6_addr, 16);
        peer.known = true;
    }
    return peer;
}

enum status peer_proxies_parse(struct text t, struct peer_proxies *ret_proxies,
                               struct error *err)
{
    struct peer_proxies proxies = {0};
    struct text rest = text_trim(t);
    while (rest.n > 0) {
        struct text word = rest, after = {0};
        (void)text_cut(rest, ' ', &word, &after);
        rest = text_trim(after);
        if (text_equal(word, TEXT("unix"))) {
            proxies.unix_socket = true;
            continue;
        }
        if (proxies.n_addresses == PEER_PROXIES_MAX ||
            peer_parse(word, &proxies.addresses[proxies.n_addresses]) != OK)
            return error_set(err, ERR_INVALID, "proxies",
                             "'" TEXT_FMT "' is not an address (or is more than %d of them)",
                             TEXT_ARG(word), PEER_PROXIES_MAX);
        proxies.n_addresses++;
    }
    *ret_proxies = proxies;
    return OK;
}

static bool is_proxy(const struct peer *peer, const struct peer_proxies *proxies)
{
    if (!peer->known)
        return proxies->unix_socket;
    for (size_t i = 0; i < proxies->n_addresses; i++)
        if (memcmp(peer->bytes, proxies->addresses[i].bytes, sizeof peer->bytes) == 0)
            return true;
    return false;
}

/* Cut the last element off a list; the empty text where nothing is left. */
static struct text take_last(struct text *list)
{
    size_t from = list->n;
    while (from > 0 && list->at[from - 1] != ',')
        from--;
    struct text last = {list->at + from, list->n - from};
    list->n = from > 0 ? from - 1 : 0;
    return text_trim(last);
}

struct peer peer_visitor(struct peer socket, struct text forwarded,
                         const struct peer_proxies *proxies)
{
    struct peer peer = socket;
    while (is_proxy(&peer, proxies) && forwarded.n > 0) {
        struct peer before;
        if (peer_parse(take_last(&forwarded), &before) != OK)
            break;
        peer = before;
    }
    return peer;
}

void peer_key(const struct peer *peer, unsigned char ret_key[static 16])
{
    bool is_v4 = memcmp(peer->bytes, mapped, sizeof mapped) == 0;
    memset(ret_key, 0, 16);
    memcpy(ret_key, peer->bytes, is_v4 ? 16 : 8);
}
