/* SPDX-License-Identifier: ISC */
#include "fetch/server.h"

#include <ctype.h>
#include <string.h>

#include "fetch/tls.h"

static bool is_host(struct text host)
{
    for (size_t i = 0; i < host.n; i++)
        if (!isalnum((unsigned char)host.at[i]) && !strchr(".-:_", host.at[i]))
            return false;
    return host.n > 0;
}

static bool is_made_of_path(struct text path, const char *but_for)
{
    for (size_t i = 0; i < path.n; i++)
        if (path.at[i] <= ' ' || path.at[i] > '~' || strchr(but_for, path.at[i]))
            return false;
    return path.n > 0 && path.at[0] == '/';
}

static bool is_path(struct text path)
{
    return is_made_of_path(path, "?#\"<>\\");
}

bool server_is_target(struct text target)
{
    return target.n <= MAX_TARGET && is_made_of_path(target, "#\"<>\\");
}

static bool has_control(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7f)
            return true;
    return false;
}

/* What a sign-in by that method cannot be made of. */
static enum status check_sign_in(const struct server *server, struct error *err)
{
    if (server->method == AUTH_NONE)
        return OK;
    bool needs_user = server->method < AUTH_BEARER;
    if ((needs_user && server->user.n == 0) || has_control(server->user))
        return error_set(err, ERR_INVALID, "server",
                         "the user's name is empty or has control characters");
    if (server->method == AUTH_BASIC && memchr(server->user.at, ':', server->user.n))
        return error_set(err, ERR_INVALID, "server",
                         "Basic sign-in cannot send a user's name with ':'");
    if ((server->method == AUTH_NEGOTIATE || server->method == AUTH_ASSERTION) &&
        server->keytab.n)
        return OK;
    if (server->password.n == 0 || memchr(server->password.at, 0, server->password.n))
        return error_set(err, ERR_INVALID, "server", "the password is empty or holds a NUL");
    return OK;
}

enum status server_check(const struct server *server, bool signs_in, struct error *err)
{
    if (!is_host(server->host))
        return error_set(err, ERR_INVALID, "server",
                         "the host's name has characters that no name has");
    if (server->port < 1 || server->port > 65535)
        return error_set(err, ERR_INVALID, "server", "the port is not within 1 to 65535");
    if (!is_path(server->path))
        return error_set(err, ERR_INVALID, "server",
                         "the path must start with / and be percent-encoded");
    for (size_t i = 0; i < server->n_pins; i++)
        if (server->pins[i].sha256.n != TLS_PIN_SIZE)
            return error_set(err, ERR_INVALID, "server", "a pin is not a SHA-256 of %d bytes",
                             TLS_PIN_SIZE);
    return signs_in ? check_sign_in(server, err) : OK;
}
