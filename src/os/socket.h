/* SPDX-License-Identifier: ISC
 *
 * Listening sockets and their addresses. An address is `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`;
 * names are not looked up.
 */
#ifndef OS_SOCKET_H
#define OS_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/status.h"
#include "base/text.h"

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    };
    socklen_t size;
};

enum { ADDRESS_TEXT_MAX = 128 };

/* Parse an address; ERR_INVALID with the line that says how one looks. */
enum status address_parse(struct text t, struct address *ret_address,
                          struct error *err) MUST_CHECK;

/* Format it as address_parse reads it. */
void address_format(const struct address *address, char ret_text[static ADDRESS_TEXT_MAX]);

bool address_is_unix(const struct address *address);
bool address_is_loopback(const struct address *address); /* 127.0.0.0/8 or ::1 */
unsigned address_port(const struct address *address);    /* 0 for a Unix socket */

/* Bind and listen. A Unix socket gets exactly `mode`, and takes the place of one that nobody listens on;
 * ERR_CONFLICT where somebody does, or where the port is taken. *address then tells the port that was
 * chosen. The descriptor is not inherited over exec. */
enum status socket_listen(struct address *address, mode_t mode, int *ret_fd,
                          struct error *err) MUST_CHECK;

/* Connect to a Unix socket. ERR_NOT_FOUND: nobody listens there; ERR_DENIED: not for this user. */
enum status socket_connect_unix(const char *path, int *ret_fd, struct error *err) MUST_CHECK;

#endif
