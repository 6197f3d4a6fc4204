/* SPDX-License-Identifier: ISC */
#include "connector/server.h"

#include <stdio.h>

#include "wire/codec.h"

enum { RETRY_MOST_S = 24 * 3600 };

void server_line_init(struct server_line *line, const struct platform *at, struct text url,
                      int64_t connection, const struct secret *token)
{
    *line = (struct server_line){.at = at};
    snprintf(line->url, sizeof line->url, TEXT_FMT, TEXT_ARG(url));
    struct buf header CLEANUP(buf_wipe) = BUF(64 + MAX_TOKEN);
    buf_printf(&header, "Hourgate %lld.", (long long)connection);
    buf_add(&header, token->at, token->n);
    if (!buf_failed(&header))
        line->authorization = secret_new(header.at, header.n);
}

void server_line_done(struct server_line *line)
{
    secret_free(&line->authorization);
    *line = (struct server_line){0};
}

/* What an HTTP status means for us, and what its line says. */
static const struct refusal {
    int code;
    enum status status;
    const char *what;
} refusals[] = {
    {400, ERR_INVALID, "the server does not understand this program: another version?"},
    {401, ERR_AUTH, "the server does not know this id and token: pair again"},
    {403, ERR_CLOSED, "this PC was disconnected at the server: pair again to go on"},
    {404, ERR_INVALID, "nothing for connectors is at this address: is it hourgate's?"},
    {409, ERR_CONFLICT, "the server holds something else: beginning anew"},
    {413, ERR_INVALID, "the server does not take so much at once"},
    {415, ERR_INVALID, "the server does not understand this program: another version?"},
    {429, ERR_LIMIT, "the server wants us to wait"},
    {502, ERR_FULL, "the server cannot answer just now"},
    {503, ERR_FULL, "the server cannot answer just now"},
    {504, ERR_FULL, "the server cannot answer just now"},
};

static enum status refused(const struct http_answer *answer, const char *name,
                           struct error *err)
{
    struct refusal r = {
        answer->code, ERR_UPSTREAM,
        "that is not how hourgate answers: is the address right, and does every "
        "proxy on the way let it through?"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i].code == answer->code)
            r = refusals[i];
    enum status status = error_set(err, r.status, name, "HTTP %d: %s", answer->code, r.what);
    if (err && answer->retry_s > 0)
        err->retry_s = answer->retry_s < RETRY_MOST_S ? answer->retry_s : RETRY_MOST_S;
    return status;
}

enum status server_ask(const struct server_line *line, const char *name, shape_table *ask_table,
                       const void *ask, shape_table *answer_table, void *ret_answer,
                       struct arena *a, int64_t wait_ms, struct error *err)
{
    const struct platform *at = line->at;
    struct buf body CLEANUP(buf_wipe) = BUF(wire_max(ask_table));
    struct buf got CLEANUP(buf_wipe) = BUF(SERVER_ANSWER_MAX);
    if (wire_encode(&body, ask_table, ask) != OK) {
        const struct field *field = wire_unfit(ask_table, ask);
        return error_set(err, ERR_INVALID, name, "its %s cannot be sent",
                         field ? field->name : "content");
    }
    struct buf url CLEANUP(buf_done) = BUF(MAX_LINK + 64);
    buf_printf(&url, "%s/desk/v1/%s", line->url, name);
    struct http_answer answer = {0};
    int64_t deadline_ms = at->clock.ms(at->clock.self) + SERVER_WAIT_MS + wait_ms;
    TRY(at->http.post(at->http.self, buf_cstr(&url), &line->authorization, buf_text(&body),
                      deadline_ms, &got, &answer, err));
    if (answer.code != 200)
        return refused(&answer, name, err);
    if (buf_failed(&got) || wire_decode(a, answer_table, buf_text(&got), ret_answer) != OK)
        return error_set(err, ERR_UPSTREAM, name,
                         "what came back is no answer of hourgate's, or of another version");
    return OK;
}
