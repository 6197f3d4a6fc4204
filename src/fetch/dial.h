/* SPDX-License-Identifier: ISC
 *
 * From a name to a socket: what every transfer of libcurl's goes through, whatever it speaks. libcurl asks for a socket
 * for one address after the other; one that may not be called is passed over.
 */
#ifndef FETCH_DIAL_H
#define FETCH_DIAL_H

#include <curl/curl.h>

#include "fetch/network.h"

/* Fresh for each transfer. */
struct dial {
    char address[64]; /* that was connected to, or tried last; empty before resolution */
    bool resolved;
    bool address_denied; /* by fetch/network.h, and no other address was left */
    bool has_allowed;    /* an address that may be called was tried */
};

/* Note an address and open a socket for it; CURL_SOCKET_BAD where it may not be called. */
curl_socket_t dial_open(struct dial *dial, const struct curl_sockaddr *address, bool is_denied);

/* Has the one who asked gone away? stop_fd: fetch_options. */
bool dial_is_stopped(int stop_fd);

#endif
