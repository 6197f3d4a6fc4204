/* SPDX-License-Identifier: ISC
 *
 * What connectors say (wire/desk.h). Their body is decoded here and made anew for the vault, which sees no byte of it;
 * the vault's answer likewise. There are no cookies, no pages and no words: a program is told by the status alone.
 */
#include <stdio.h>

#include "edge/answer.h"
#include "edge/route.h"
#include "os/clock.h"
#include "wire/codec.h"

enum { RETRY_S = 5, NAME_AT = 2 }; /* /desk/v1/NAME */

static const struct {
    const char *name;
    enum wire_type type;
} messages[] = {
    {"hello", WIRE_desk_hello},   {"ticket", WIRE_desk_ticket},
    {"push", WIRE_desk_push},     {"pull", WIRE_desk_pull},
    {"done", WIRE_desk_done},     {"question", WIRE_desk_question},
    {"answer", WIRE_desk_answer}, {"leave", WIRE_desk_leave},
};

static void refuse(struct visit *visit, unsigned status, int64_t retry_s)
{
    struct http_response response;
    char seconds[24];
    visit_response(visit, &response, status, "application/octet-stream");
    if (retry_s) {
        snprintf(seconds, sizeof seconds, "%lld", (long long)retry_s);
        http_response_add(&response, "Retry-After", text_from(seconds));
    }
    visit_send(visit, &response);
}

/* Not known: it counts among the wrong ones of its address. */
static void refuse_bearer(struct visit *visit)
{
    unsigned char key[16];
    int64_t retry_s;
    if (visit_peer_key(visit, key))
        (void)rate_take(visit->edge->rate_wrong, key, clock_ms(), &retry_s);
    refuse(visit, 401, 0);
}

static void refuse_for(struct visit *visit, enum status status)
{
    switch (status) {
    case ERR_AUTH:
        refuse_bearer(visit);
        return;
    case ERR_DENIED:
        refuse(visit, 403, 0);
        return;
    case ERR_CONFLICT:
        refuse(visit, 409, 0);
        return;
    case ERR_INVALID:
        refuse(visit, 400, 0);
        return;
    case ERR_LIMIT:
        refuse(visit, 429, visit->retry_s > 0 ? visit->retry_s : RETRY_S);
        return;
    default:
        refuse(visit, 503, visit->retry_s > 0 ? visit->retry_s : RETRY_S);
    }
}

static void answered(struct visit *visit, enum status status, const void *answer)
{
    struct http_response response;
    shape_table *shape = wire_message_of(visit->asked)->answer;
    if (status != OK || !answer) {
        refuse_for(visit, status == OK ? ERR_IO : status);
        return;
    }
    visit_response(visit, &response, 200, "application/octet-stream");
    if (wire_encode(&response.body, shape, answer) != OK) {
        http_response_done(&response);
        refuse(visit, 500, 0);
        return;
    }
    visit_send(visit, &response);
}

/* Authorization: Hourgate ID.TOKEN */
static bool read_bearer(const struct visit *visit, struct desk_bearer *ret_bearer)
{
    struct text value = http_header(visit->request, "Authorization"), scheme, bearer, id, token;
    if (!text_cut(value, ' ', &scheme, &bearer) ||
        !text_equal_nocase(scheme, TEXT("Hourgate")) ||
        !text_cut(text_trim(bearer), '.', &id, &token) || token.n != DESK_TOKEN_TEXT ||
        !text_to_i64(id, &ret_bearer->connection) || ret_bearer->connection <= 0)
        return false;
    ret_bearer->token = secret_new(token.at, token.n);
    return true;
}

static bool find_message(struct text name, enum wire_type *ret_type)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (text_equal(name, text_from(messages[i].name))) {
            *ret_type = messages[i].type;
            return true;
        }
    return false;
}

/* Each question is who says it, then what (wire/desk.h): decode the body into its place and ask. */
static void ask_vault(struct visit *visit, const struct desk_bearer *who)
{
    const struct shape *shape = wire_message_of(visit->asked)->ask();
    const struct field *said = &shape->fields[1];
    char *ask = arena_alloc(&visit->arena, shape->size);
    struct text body = buf_text(&visit->request->body);
    if (wire_decode(&visit->arena, said->of, body, ask + said->offset) != OK) {
        refuse(visit, 400, 0);
        return;
    }
    memcpy(ask + shape->fields[0].offset, who, sizeof *who);
    bool waits = visit->asked == WIRE_desk_question;
    visit_ask(visit, visit->asked, ask, waits ? DOOR_READ : DOOR_WRITE, answered);
}

void desk_post(struct visit *visit)
{
    unsigned char key[16];
    struct desk_bearer who = {0};
    if (!find_message(visit->parts[NAME_AT], &visit->asked)) {
        refuse(visit, 404, 0);
        return;
    }
    if (visit_peer_key(visit, key) &&
        !rate_has(visit->edge->rate_wrong, key, clock_ms(), &visit->retry_s)) {
        visit->edge->counts.limited++;
        refuse(visit, 429, visit->retry_s > 0 ? visit->retry_s : RETRY_S);
        return;
    }
    if (!visit_has_type(visit, "application/octet-stream")) {
        refuse(visit, 415, 0);
        return;
    }
    if (!read_bearer(visit, &who)) {
        refuse_bearer(visit);
        return;
    }
    ask_vault(visit, &who);
    wire_wipe(desk_bearer_shape, &who);
}
