/* SPDX-License-Identifier: ISC
 *
 * A Unix socket's file outlives its process. Whether one is stale is found out by connecting to it; the
 * mode is set before listen, so that nobody connects meanwhile (bind alone refuses connections).
 */
#include "os/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static enum status refuse_text(struct text t, struct error *err)
{
    return error_set(err, ERR_INVALID, "address",
                     "\"" TEXT_FMT "\" is none; give 127.0.0.1:8080, [::1]:8080 or unix:/path",
                     TEXT_ARG(t));
}

static enum status parse_unix(struct text t, struct text path, struct address *ret_address,
                              struct error *err)
{
    struct address address = {.un = {.sun_family = AF_UNIX}, .size = sizeof address.un};
    if (path.n == 0 || path.at[0] != '/' || path.n >= sizeof address.un.sun_path)
        return refuse_text(t, err);
    memcpy(address.un.sun_path, path.at, path.n);
    *ret_address = address;
    return OK;
}

static bool parse_port(struct text t, in_port_t *ret_port)
{
    int64_t port;
    if (!text_to_i64(t, &port) || port < 0 || port > UINT16_MAX)
        return false;
    *ret_port = htons((uint16_t)port);
    return true;
}

enum status address_parse(struct text t, struct address *ret_address, struct error *err)
{
    if (text_starts(t, TEXT("unix:")))
        return parse_unix(t, (struct text){t.at + 5, t.n - 5}, ret_address, err);
    struct address address = {0};
    struct text host, port;
    bool is_v6 = t.n && t.at[0] == '[';
    if (is_v6 && text_cut((struct text){t.at + 1, t.n - 1}, ']', &host, &port) &&
        text_starts(port, TEXT(":")))
        port = (struct text){port.at + 1, port.n - 1};
    else if (is_v6 || !text_cut(t, ':', &host, &port))
        return refuse_text(t, err);

    char name[INET6_ADDRSTRLEN];
    int length = snprintf(name, sizeof name, TEXT_FMT, TEXT_ARG(host));
    bool good = length < (int)sizeof name;
    if (is_v6) {
        address.in6.sin6_family = AF_INET6;
        address.size = sizeof address.in6;
        good = good && inet_pton(AF_INET6, name, &address.in6.sin6_addr) == 1 &&
               parse_port(port, &address.in6.sin6_port);
    } else {
        address.in.sin_family = AF_INET;
        address.size = sizeof address.in;
        good = good && inet_pton(AF_INET, name, &address.in.sin_addr) == 1 &&
               parse_port(port, &address.in.sin_port);
    }
    if (!good)
        return refuse_text(t, err);
    *ret_address = address;
    return OK;
}

void address_format(const struct address *address, char ret_text[static ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    switch (address->any.sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof host);
        snprintf(ret_text, ADDRESS_TEXT_MAX, "%s:%u", host, address_port(address));
        return;
    case AF_INET6:
        inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof host);
        snprintf(ret_text, ADDRESS_TEXT_MAX, "[%s]:%u", host, address_port(address));
        return;
    default:
        snprintf(ret_text, ADDRESS_TEXT_MAX, "unix:%.*s", (int)sizeof address->un.sun_path,
                 address->un.sun_path);
    }
}

bool address_is_unix(const struct address *address)
{
    return address->any.sa_family == AF_UNIX;
}

bool address_is_loopback(const struct address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->in.sin_addr.s_addr) >> 24 == 127;
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->in6.sin6_addr);
}

unsigned address_port(const struct address *address)
{
    return address->any.sa_family == AF_INET    ? ntohs(address->in.sin_port)
           : address->any.sa_family == AF_INET6 ? ntohs(address->in6.sin6_port)
                                                : 0;
}

/* Remove the file of a socket on which nobody listens any more. */
static enum status remove_stale(const struct address *address, struct error *err)
{
    const char *path = address->un.sun_path;
    struct stat is;
    if (lstat(path, &is) != 0)
        return OK;
    if (!S_ISSOCK(is.st_mode))
        return error_set(err, ERR_CONFLICT, "socket", "%s is there and is no socket", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0);
    bool stale = connect(fd, &address->any, address->size) != 0 && errno == ECONNREFUSED;
    close(fd);
    if (!stale)
        return error_set(err, ERR_CONFLICT, "socket", "somebody listens on %s already", path);
    return unlink(path) == 0
               ? OK
               : error_set(err, ERR_IO, "socket", "%s: %s", path, strerror(errno));
}

static enum status bind_and_listen(int fd, struct address *address, mode_t mode,
                                   struct error *err)
{
    int yes = 1;
    char name[ADDRESS_TEXT_MAX];
    address_format(address, name);
    if (!address_is_unix(address))
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, &address->any, address->size) != 0)
        return error_set(err, errno == EADDRINUSE ? ERR_CONFLICT : ERR_IO, "socket", "%s: %s",
                         name, strerror(errno));
    if (address_is_unix(address) && chmod(address->un.sun_path, mode) != 0)
        return error_set(err, ERR_IO, "socket", "%s: %s", name, strerror(errno));
    if (listen(fd, BACKLOG) != 0)
        return error_set(err, ERR_IO, "socket", "%s: %s", name, strerror(errno));
    ENSURE(getsockname(fd, &address->any, &address->size) == 0);
    return OK;
}

enum status socket_listen(struct address *address, mode_t mode, int *ret_fd, struct error *err)
{
    if (address_is_unix(address))
        TRY(remove_stale(address, err));
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, ERR_IO, "socket", "%s", strerror(errno));
    enum status status = bind_and_listen(fd, address, mode, err);
    if (status != OK) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return OK;
}

enum status socket_connect_unix(const char *path, int *ret_fd, struct error *err)
{
    struct address address = {.un = {.sun_family = AF_UNIX}, .size = sizeof address.un};
    if (strlen(path) >= sizeof address.un.sun_path)
        return error_set(err, ERR_INVALID, "socket", "%s: too long for a socket's path", path);
    strcpy(address.un.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(fd >= 0);
    if (connect(fd, &address.any, address.size) == 0) {
        *ret_fd = fd;
        return OK;
    }
    int why = errno;
    close(fd);
    enum status status = why == ENOENT || why == ECONNREFUSED || why == ENOTDIR ? ERR_NOT_FOUND
                         : why == EACCES                                        ? ERR_DENIED
                                                                                : ERR_IO;
    return error_set(err, status, "socket", "%s: %s", path, strerror(why));
}
