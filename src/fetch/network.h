/* SPDX-License-Identifier: ISC
 *
 * Which addresses may be called. Hosts name the servers, so a name could lead into the operator's own
 * network: private networks are denied unless listed, link-local and metadata addresses always. It is
 * the address that counts, after resolution, at the moment of connecting.
 */
#ifndef FETCH_NETWORK_H
#define FETCH_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

struct network_range {
    unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;             /* of those 128 */
};

struct network_list {
    struct network_range ranges[MAX_NETWORKS];
    size_t n;
};

/* Add a network such as 10.0.0.0/8 or fd00::/8; a lone address is a network of one. ERR_INVALID, ERR_FULL. */
enum status network_list_add(struct network_list *list, struct text cidr,
                             struct error *err) MUST_CHECK;

enum network_verdict {
    NETWORK_PUBLIC,
    NETWORK_LISTED,  /* private, and the operator listed it */
    NETWORK_PRIVATE, /* private, and not listed: denied */
    NETWORK_NEVER, /* link-local, metadata, multicast, unspecified: denied whatever is listed */
};

enum network_verdict network_judge(const struct network_list *list,
                                   const struct sockaddr *address);

/* Print the address without its port into `out`, which holds INET6_ADDRSTRLEN bytes. */
void network_print(const struct sockaddr *address, char *out);

#endif
