/* SPDX-License-Identifier: ISC */
#include "fetch/dial.h"

#include <poll.h>

curl_socket_t dial_open(struct dial *dial, const struct curl_sockaddr *address, bool is_denied)
{
    if (is_denied && dial->has_allowed)
        return CURL_SOCKET_BAD;
    dial->resolved = true;
    dial->address_denied = is_denied;
    dial->has_allowed = !is_denied;
    network_print(&address->addr, dial->address);
    if (is_denied)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool dial_is_stopped(int stop_fd)
{
    if (stop_fd < 0)
        return false;
    struct pollfd p = {.fd = stop_fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
