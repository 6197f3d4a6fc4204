/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "hourgate/config.h"

enum { PORT_TLS = 465, PORT_SUBMISSION = 587 };

static enum status wrong(const struct config *config, struct error *err)
{
    return error_set(err, ERR_INVALID, "",
                     "server = %s: an address looks like smtps://mail.example.ch or "
                     "smtp+starttls://mail.example.ch:587; without TLS no mail is sent",
                     config->mail_server);
}

static bool take_scheme(struct text *rest, struct text scheme)
{
    if (!text_starts(*rest, scheme))
        return false;
    *rest = (struct text){rest->at + scheme.n, rest->n - scheme.n};
    return true;
}

/* host, host:port, [v6] or [v6]:port */
static bool split_host(struct text rest, struct text *ret_host, int64_t *port)
{
    struct text after = {0};
    bool is_v6 = rest.n && rest.at[0] == '[';
    if (is_v6) {
        struct text inner = {rest.at + 1, rest.n - 1};
        if (!text_cut(inner, ']', ret_host, &after) || (after.n && after.at[0] != ':'))
            return false;
        rest = after;
    }
    struct text before = {0};
    bool has_port = text_cut(rest, ':', &before, &after);
    if (!is_v6)
        *ret_host = has_port ? before : rest;
    if (has_port && (!text_to_i64(after, port) || *port < 1 || *port > 65535))
        return false;
    return ret_host->n > 0 && ret_host->n <= MAX_HOST &&
           (is_v6 || !memchr(ret_host->at, ':', ret_host->n)) &&
           !memchr(ret_host->at, '/', ret_host->n) && !memchr(ret_host->at, '@', ret_host->n);
}

/* The name to greet with: the operator's, or this machine's where it has one that others could know. */
static struct text helo_of(const struct config *config, struct arena *a)
{
    char name[MAX_HOST + 1] = "";
    if (*config->mail_helo)
        return text_from(config->mail_helo);
    gethostname(name, sizeof name - 1);
    return strchr(name, '.') ? arena_text(a, text_from(name)) : TEXT("localhost");
}

enum status config_mail(const struct config *config, struct arena *a,
                        struct mail_server *ret_server, struct error *err)
{
    struct text rest = text_from(config->mail_server), from = text_from(config->mail_from);
    struct mail_server server = {
        .user = text_from(config->mail_user), .from = from, .helo = helo_of(config, a)};
    *ret_server =
        (struct mail_server){.helo = server.helo}; /* for one that is given at set-up */
    if (!rest.n)
        return OK;
    if (take_scheme(&rest, TEXT("smtps://")))
        server.security = MAIL_TLS;
    else if (take_scheme(&rest, TEXT("smtp+starttls://")))
        server.security = MAIL_STARTTLS;
    else
        return wrong(config, err);
    server.port = server.security == MAIL_TLS ? PORT_TLS : PORT_SUBMISSION;
    if (text_ends(rest, TEXT("/")))
        rest.n--;
    if (!split_host(rest, &server.host, &server.port))
        return wrong(config, err);
    server.host = arena_text(a, server.host);
    if (!from.n || !memchr(from.at, '@', from.n) || !text_is_line(from))
        return error_set(err, ERR_INVALID, "",
                         "[mail] from is missing: the address that mails are sent from");
    if (server.user.n && !*config->mail_password)
        return error_set(err, ERR_INVALID, "", "[mail] user needs password_file");
    *ret_server = server;
    return OK;
}
