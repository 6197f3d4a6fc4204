/* SPDX-License-Identifier: ISC */
#include "hourgate/upstream.h"

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

static enum status read_token_server(struct call *call, struct server *server,
                                     struct error *err)
{
    struct server at = {0};
    if (server->method != AUTH_BEARER)
        return call_has(call, "token-server")
                   ? error_set(err, ERR_INVALID, "method", "--token-server goes with bearer")
                   : OK;
    TRY(call_need(call, "token-server", err));
    TRY(call_need(call, "client-id", err));
    TRY(upstream_parse_url(call_text(call, "token-server", ""), &call->a, &at, err));
    server->token_server = (struct token_server){.host = at.host,
                                                 .port = at.port,
                                                 .path = at.path,
                                                 .client_id = call_text(call, "client-id", ""),
                                                 .scope = call_text(call, "scope", "")};
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
    if (needs_server && !usual)
        TRY(call_need(call, "server", err));
    if (needs_server && ret_server->method < AUTH_BEARER)
        TRY(call_need(call, "user", err));
    if (call_has(call, "keytab") && ret_server->method != AUTH_NEGOTIATE)
        return error_set(err, ERR_INVALID, "method", "--keytab goes with negotiate");
    TRY(read_token_server(call, ret_server, err));
    TRY(read_pins(call, ret_server, err));
    const char *url = call_cstr(call, "server", needs_server ? usual : NULL);
    return url ? upstream_parse_url(text_from(url), &call->a, ret_server, err) : OK;
}

enum status upstream_read_secret(struct call *call, const char *question, struct server *server,
                                 struct error *err)
{
    const char *keytab = call_cstr(call, "keytab", NULL);
    if (!keytab)
        return password_read(call, question, &server->password, err);
    CLEANUP(buf_wipe) struct buf content = BUF(MAX_KEYTAB);
    TRY(password_check_file(keytab, err));
    TRY(file_read(keytab, &content, err));
    if (!content.n)
        return error_set(err, ERR_INVALID, "keytab", "%s is empty", keytab);
    server->keytab = secret_new(content.at, content.n);
    return OK;
}
