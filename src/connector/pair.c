/* SPDX-License-Identifier: ISC
 *
 * What a person asks for: pair, unpair, switch.
 */
#include "connector/connector.h"

#include "base/base64.h"
#include "wire/codec.h"

static bool is_loopback(struct text address)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct text host = text_from(hosts[i]);
        if (text_starts(address, host) &&
            (address.n == host.n || address.at[host.n] == ':' || address.at[host.n] == '/'))
            return true;
    }
    return false;
}

static enum status check_url(struct text url, struct error *err)
{
    struct text https = TEXT("https://"), http = TEXT("http://");
    bool is_plain = text_starts(url, http);
    struct text rest = {url.at + (is_plain ? http.n : https.n),
                        url.n - (is_plain ? http.n : https.n)};
    if ((!is_plain && !text_starts(url, https)) || rest.n == 0 || *rest.at == '/')
        return error_set(err, ERR_INVALID, "pair",
                         "the server's address begins with https:// and has a name");
    if (is_plain && !is_loopback(rest))
        return error_set(err, ERR_INVALID, "pair",
                         "the server's address begins with https://: nothing is sent in clear");
    for (size_t i = 0; i < url.n; i++)
        if (url.at[i] <= ' ' || url.at[i] > '~' || url.at[i] == '@' || url.at[i] == '?' ||
            url.at[i] == '#')
            return error_set(err, ERR_INVALID, "pair",
                             "the server's address holds a character that is not part of one");
    return OK;
}

static enum status check_token(const struct secret *token, struct error *err)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(MAX_TOKEN);
    if (token->n != DESK_TOKEN_TEXT ||
        base64url_parse(&bytes, (struct text){(const char *)token->at, token->n}) != OK)
        return error_set(err, ERR_INVALID, "pair",
                         "a token has %d letters, digits, - and _: copy all of it",
                         DESK_TOKEN_TEXT);
    return OK;
}

static enum status keep(struct kept *kept, const struct secret *token, bool is_another,
                        struct error *err)
{
    const struct platform *at = kept->at;
    kept_set_journal(kept, 0, 0, NULL, 0);
    TRY(kept_drop_journal(kept, err));
    if (is_another)
        TRY(at->storage.erase(at->storage.self, "events", err));
    TRY(at->secret.keep(at->secret.self, token, err));
    return kept_store_pairing(kept, err);
}

static enum status try_hello(const struct platform *at, const struct server_line *line,
                             struct desk_hello_answer *ret_answer, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct desk_hello ask = {.program = text_from(at->program),
                             .version = text_from(at->version),
                             .platform = text_from(at->system)};
    TRY(at->calendar.list(at->calendar.self, &a, &ask.calendars, &ask.n_calendars, err));
    TRY(server_ask(line, "hello", desk_hello_shape, &ask, desk_hello_answer_shape, ret_answer,
                   &a, 0, err));
    wire_wipe(desk_hello_answer_shape, ret_answer);
    return OK;
}

enum status connector_pair(const struct platform *at, struct text url, int64_t connection,
                           const struct secret *token, struct error *err)
{
    while (url.n && url.at[url.n - 1] == '/')
        url.n--;
    if (url.n > MAX_LINK - 64)
        return error_set(err, ERR_INVALID, "pair", "the server's address is too long");
    TRY(check_url(url, err));
    if (connection <= 0)
        return error_set(err, ERR_INVALID, "pair", "the id is a number, as the page shows it");
    TRY(check_token(token, err));
    struct server_line line CLEANUP(server_line_done) = {0};
    struct desk_hello_answer answer;
    server_line_init(&line, at, url, connection, token);
    TRY(try_hello(at, &line, &answer, err));
    struct kept kept CLEANUP(kept_done) = {0};
    if (kept_load(&kept, at, err) != OK) /* damaged: all the more reason to pair */
        kept.pairing = (struct kept_pairing){.version = KEPT_VERSION};
    bool is_another =
        kept.pairing.connection != connection || !text_equal(kept.pairing.url, url);
    kept.pairing.url = url;
    kept.pairing.connection = connection;
    kept.pairing.end = KEPT_SERVES;
    kept.pairing.asks_mode = false;
    return keep(&kept, token, is_another, err);
}

enum status connector_unpair(const struct platform *at, bool *ret_told, struct error *err)
{
    struct kept kept CLEANUP(kept_done) = {0};
    struct secret token CLEANUP(secret_free) = {0};
    struct error ignored = {0};
    *ret_told = false;
    enum status status = kept_load(&kept, at, &ignored);
    if (status == OK && kept.pairing.url.n == 0)
        return error_set(err, ERR_NOT_FOUND, "unpair", "this PC is not paired");
    if (status == OK && at->secret.load(at->secret.self, &token, &ignored) == OK) {
        struct server_line line CLEANUP(server_line_done) = {0};
        struct arena a CLEANUP(arena_done) = {0};
        struct desk_leave ask = {0};
        struct desk_leave_answer answer;
        server_line_init(&line, at, kept.pairing.url, kept.pairing.connection, &token);
        *ret_told = server_ask(&line, "leave", desk_leave_shape, &ask, desk_leave_answer_shape,
                               &answer, &a, 0, &ignored) == OK;
    }
    return kept_forget(&kept, err);
}

enum status connector_mode(const struct platform *at, enum desk_mode mode, struct error *err)
{
    struct kept kept CLEANUP(kept_done) = {0};
    TRY(kept_load(&kept, at, err));
    if (kept.pairing.url.n == 0)
        return error_set(err, ERR_NOT_FOUND, "mode", "this PC is not paired");
    kept.pairing.mode = mode;
    kept.pairing.asks_mode = true;
    return kept_store_pairing(&kept, err);
}
