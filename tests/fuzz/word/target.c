/* SPDX-License-Identifier: ISC
 *
 * Single words that come from a configuration, a command or a header: addresses, networks, proxies, zones,
 * base64, numbers. What is accepted reads the same when it is written.
 */
#include <arpa/inet.h>

#include "base/base64.h"
#include "fetch/network.h"
#include "http/peer.h"
#include "os/socket.h"
#include "time/winzone.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static void try_address(struct text t)
{
    struct address address, same;
    struct error err = {0};
    char written[ADDRESS_TEXT_MAX], again[ADDRESS_TEXT_MAX];
    if (address_parse(t, &address, &err) != OK) {
        ENSURE(err.what[0]);
        return;
    }
    address_format(&address, written);
    ENSURE(address_parse(text_from(written), &same, NULL) == OK);
    address_format(&same, again);
    ENSURE(strcmp(written, again) == 0 && address_port(&address) == address_port(&same));
    struct peer peer = peer_of(&address.any);
    ENSURE(peer.known != address_is_unix(&address));
}

static void try_network(struct text t)
{
    static struct network_list list;
    struct error err = {0};
    char printed[INET6_ADDRSTRLEN];
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    list.n = 0;
    if (network_list_add(&list, t, &err) != OK) {
        ENSURE(err.what[0]);
        return;
    }
    ENSURE(list.n == 1 && list.ranges[0].bits <= 128);
    memcpy(&in6.sin6_addr, list.ranges[0].address, sizeof in6.sin6_addr);
    ENSURE(network_judge(&list, (struct sockaddr *)&in6) != NETWORK_PRIVATE);
    network_print((struct sockaddr *)&in6, printed);
}

static void try_base64(struct text t)
{
    CLEANUP(buf_done) struct buf bytes = BUF(1 << 20), written = BUF(2 << 20);
    if (base64_parse(&bytes, t) == OK) {
        base64_format(&written, bytes.at, bytes.n);
        ENSURE(text_equal(buf_text(&written), t));
    }
    buf_clear(&bytes);
    buf_clear(&written);
    if (base64url_parse(&bytes, t) == OK) {
        base64url_format(&written, bytes.at, bytes.n);
        ENSURE(text_equal(buf_text(&written), t));
    }
}

static void try_texts(struct text t)
{
    int64_t number;
    if (text_is_line(t))
        ENSURE(text_is_clean(t) && text_is_utf8(t) && !text_misleads(t));
    if (text_is_slug(t, 40))
        ENSURE(t.n <= 40 && text_is_line(t));
    if (text_to_i64(t, &number))
        ENSURE(t.n > 0 && t.n < 1000000);
    struct text first = text_first(t, 10);
    ENSURE(first.n <= 10 && (!text_is_utf8(t) || text_is_utf8(first)));
    const char *windows = winzone_find(t);
    ENSURE(!windows || *windows);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct text t = {(const char *)at, n};
    struct peer_proxies proxies;
    struct error err = {0};
    struct peer peer;
    if (peer_proxies_parse(t, &proxies, &err) == OK) {
        unsigned char key[16];
        peer = peer_visitor((struct peer){0}, t, &proxies);
        peer_key(&peer, key);
    } else {
        ENSURE(err.what[0]);
    }
    if (peer_parse(t, &peer) == OK)
        ENSURE(peer.known && t.n < INET6_ADDRSTRLEN);
    try_address(t);
    try_network(t);
    try_base64(t);
    try_texts(t);
    return 0;
}
