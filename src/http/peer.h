/* SPDX-License-Identifier: ISC
 *
 * Who is asking: the address of the socket or, where that is a proxy that the operator named, what the
 * proxy says in X-Forwarded-For. Only used for limits, never stored.
 */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/status.h"
#include "base/text.h"

enum { PEER_PROXIES_MAX = 32 };

/* An address as 16 bytes, IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2). */
struct peer {
    unsigned char bytes[16];
    bool known; /* false: a Unix socket, or nothing believable was said */
};

struct peer_proxies {
    struct peer addresses[PEER_PROXIES_MAX];
    size_t n_addresses;
    bool unix_socket; /* whoever connects to our Unix socket is a proxy */
};

/* Read the configuration's list: addresses, and the word `unix`, by spaces. ERR_INVALID names the bad one. */
enum status peer_proxies_parse(struct text t, struct peer_proxies *ret_proxies,
                               struct error *err) MUST_CHECK;

/* Read an address without a port. ERR_INVALID where it is none. */
enum status peer_parse(struct text t, struct peer *ret_peer) MUST_CHECK;

/* Return a socket's other end; unknown for a Unix socket. */
struct peer peer_of(const struct sockaddr *address);

/* Return the visitor's address: the last one in forwarded (X-Forwarded-For) that is not itself a proxy, where
 * the socket's other end is one; otherwise the socket's other end. */
struct peer peer_visitor(struct peer socket, struct text forwarded,
                         const struct peer_proxies *proxies);

/* Copy to ret_key what a limit counts by: an IPv4 address, or the first 64 bits of an IPv6 one, which are one
 * customer's as a rule. */
void peer_key(const struct peer *peer, unsigned char ret_key[static 16]);

#endif
