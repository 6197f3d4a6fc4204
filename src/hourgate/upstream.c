/* SPDX-License-Identifier: ISC */
#include "hourgate/upstream.h"

#include <ctype.h>

#include "base/base64.h"
#include "hourgate/password.h"
#include "os/file.h"
#include "wire/upstream.h"
#include "wire/words.h"

enum status upstream_parse_url(struct text url, struct arena *a, struct server *server,
                               struct error *err)
{
    struct upstream address;
    TRY(upstream_split(url, server->kind, a, &address, err));
    server->host = address.host;
    server->port = address.port;
    server->path = address.path;
    return OK;
}

static enum status read_kind(struct call *call, enum calendar_kind *ret_kind, struct error *err)
{
    struct text word = call_text(call, "kind", calendar_kind_words[CALENDAR_EWS]);
    int kind;
    if (!word_find(calendar_kind_words, CALENDAR_CONNECTOR, word, &kind))
        return error_set(err, ERR_INVALID, "kind",
                         TEXT_FMT " is none of ews, graph, google, caldav, ics",
                         TEXT_ARG(word));
    *ret_kind = (enum calendar_kind)kind;
    return OK;
}

static enum status read_method(struct call *call, enum calendar_kind kind,
                               enum auth_method *ret_method, struct error *err)
{
    static const enum auth_method usual[CALENDAR_KIND_COUNT] = {
        [CALENDAR_EWS] = AUTH_NTLM,     [CALENDAR_GRAPH] = AUTH_OAUTH,
        [CALENDAR_GOOGLE] = AUTH_OAUTH, [CALENDAR_CALDAV] = AUTH_BASIC,
        [CALENDAR_ICS] = AUTH_NONE,     [CALENDAR_CONNECTOR] = AUTH_NONE};
    struct text word = call_text(call, "method", auth_method_words[usual[kind]]);
    int method;
    if (!word_find(auth_method_words, AUTH_METHOD_COUNT, word, &method))
        return error_set(err, ERR_INVALID, "method",
                         TEXT_FMT " is none of ntlm, basic, negotiate, bearer, oauth, "
                                  "assertion, none",
                         TEXT_ARG(word));
    *ret_method = (enum auth_method)method;
    return OK;
}

/* ---- where tokens come from ---- */

static bool is_tenant(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!isalnum((unsigned char)t.at[i]) && !strchr("-.", t.at[i]))
            return false;
    return t.n > 0 && t.n <= MAX_SLUG;
}

/* The address that was named, or that of the tenant at Microsoft, or Google's. NULL: none of them. */
static const char *token_url(struct call *call, enum calendar_kind kind)
{
    if (call_has(call, "token-server"))
        return call_cstr(call, "token-server", "");
    if (call_has(call, "tenant"))
        return arena_printf(&call->a, "https://login.microsoftonline.com/%s/oauth2/v2.0/token",
                            call_cstr(call, "tenant", ""));
    return kind == CALENDAR_GOOGLE ? "https://oauth2.googleapis.com/token" : NULL;
}

static enum status read_token_server(struct call *call, struct server *server,
                                     struct error *err)
{
    static const char *const scopes[CALENDAR_KIND_COUNT] = {
        [CALENDAR_GRAPH] = "https://graph.microsoft.com/.default",
        [CALENDAR_GOOGLE] = "https://www.googleapis.com/auth/calendar.events"
                            " https://www.googleapis.com/auth/calendar.freebusy"
                            " https://www.googleapis.com/auth/calendar.calendarlist.readonly"};
    struct server at = {0};
    const char *scope = scopes[server->kind];
    if (server->method != AUTH_BEARER && server->method != AUTH_ASSERTION)
        return call_has(call, "token-server") || call_has(call, "tenant")
                   ? error_set(err, ERR_INVALID, "method",
                               "--token-server and --tenant go with bearer and assertion")
                   : OK;
    if (call_has(call, "tenant") && !is_tenant(call_text(call, "tenant", "")))
        return error_set(
            err, ERR_INVALID, "tenant",
            "a tenant is its id or one of its domains, as example.onmicrosoft.com");
    const char *url = token_url(call, server->kind);
    if (!url)
        return error_set(
            err, ERR_INVALID, "tenant",
            "this way to sign in needs --token-server, or of Microsoft 365 --tenant");
    TRY(call_need(call, "client-id", err));
    TRY(upstream_parse_url(text_from(url), &call->a, &at, err));
    server->token_server =
        (struct token_server){.host = at.host,
                              .port = at.port,
                              .path = at.path,
                              .client_id = call_text(call, "client-id", ""),
                              .scope = call_text(call, "scope", scope ? scope : "")};
    return OK;
}

static enum status read_pins(struct call *call, struct server *server, struct error *err)
{
    enum { SHA256_BYTES = 32 };
    int at = 0;
    server->pins = ARENA_ARRAY(&call->a, MAX_PINS, struct pin);
    for (const char *value; (value = call_next(call, "pin", &at));) {
        struct buf pin CLEANUP(buf_done) = BUF(64);
        if (base64_parse(&pin, text_from(value)) != OK || pin.n != SHA256_BYTES)
            return error_set(err, ERR_INVALID, "pin",
                             "%s is no SHA-256 in base64; hourgate check exchange shows the "
                             "server's",
                             value);
        if (server->n_pins == MAX_PINS)
            return error_set(err, ERR_INVALID, "pin", "at most %d", MAX_PINS);
        server->pins[server->n_pins++].sha256 = arena_text(&call->a, buf_text(&pin));
    }
    return OK;
}

enum status upstream_read(struct call *call, bool needs_server, struct server *ret_server,
                          struct error *err)
{
    *ret_server = (struct server){
        .user = call_text(call, "user", ""),
        .impersonate = call_text(call, "impersonate", ""),
        .mailbox = call_text(call, "mailbox", call_cstr(call, "impersonate", "")),
    };
    TRY(read_kind(call, &ret_server->kind, err));
    TRY(read_method(call, ret_server->kind, &ret_server->method, err));
    const char *usual = upstream_usual(ret_server->kind);
    bool is_feed = ret_server->kind == CALENDAR_ICS; /* its address comes as a secret */
    if (is_feed && (call_has(call, "server") || ret_server->method != AUTH_NONE))
        return error_set(err, ERR_INVALID, "server",
                         "a feed's address is a secret: it is asked for, or comes by "
                         "--password-file or --password-stdin");
    if (needs_server && !usual && !is_feed)
        TRY(call_need(call, "server", err));
    if (needs_server && ret_server->method < AUTH_BEARER)
        TRY(call_need(call, "user", err));
    if (call_has(call, "keytab") && ret_server->method != AUTH_NEGOTIATE)
        return error_set(err, ERR_INVALID, "method", "--keytab goes with negotiate");
    if (call_has(call, "key-file") != (ret_server->method == AUTH_ASSERTION))
        return error_set(err, ERR_INVALID, "method",
                         "--method assertion and --key-file go together");
    TRY(read_token_server(call, ret_server, err));
    TRY(read_pins(call, ret_server, err));
    const char *url = call_cstr(call, "server", needs_server ? usual : NULL);
    if (is_feed)
        return OK;
    return url ? upstream_parse_url(text_from(url), &call->a, ret_server, err) : OK;
}

/* Read a feed's whole address in place of a password, and keep of it as the secret what is one. */
static enum status read_feed(struct call *call, struct server *server, struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct secret whole CLEANUP(secret_free) = {0};
    struct upstream at;
    struct text secret;
    TRY(password_read(call, "Secret address of the feed", &whole, err));
    TRY(upstream_split_feed((struct text){(const char *)whole.at, whole.n}, &a, &at, &secret,
                            err));
    server->host = arena_text(&call->a, at.host);
    server->port = at.port;
    server->path = TEXT("/");
    server->password = secret_new(secret.at, secret.n);
    return OK;
}

enum status upstream_read_secret(struct call *call, const char *question, struct server *server,
                                 struct error *err)
{
    bool signs = server->method == AUTH_ASSERTION;
    const char *file = call_cstr(call, signs ? "key-file" : "keytab", NULL);
    if (server->kind == CALENDAR_ICS)
        return read_feed(call, server, err);
    if (!file)
        return password_read(call, question, &server->password, err);
    CLEANUP(buf_wipe) struct buf content = BUF(MAX_KEYTAB);
    TRY(password_check_file(file, err));
    TRY(file_read(file, &content, err));
    if (!content.n)
        return error_set(err, ERR_INVALID, signs ? "key" : "keytab", "%s is empty", file);
    server->keytab = secret_new(content.at, content.n);
    return OK;
}
