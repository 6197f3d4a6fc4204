/* SPDX-License-Identifier: ISC */
#include "vault/request.h"

#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/log.h"
#include "vault/audit.h"
#include "wire/codec.h"

enum {
    REQUEST_MS = 60000, /* the patience of an asker who does not say */
    REQUEST_MS_MAX = 300000,
    PART_MAX = 64 * 1024, /* bytes of a part of an answer */
};

typedef enum status handler(struct vault *v, struct request *r, const void *ask, void *answer,
                            struct error *err);

/* One row per message; the wrapper gives each handler its own types. */
#define HANDLER_CALL(name, lane)                                                               \
    static enum status call_##name(struct vault *v, struct request *r, const void *ask,        \
                                   void *answer, struct error *err)                            \
    {                                                                                          \
        return handle_##name(v, r, ask, answer, err);                                          \
    }
VAULT_HANDLERS(HANDLER_CALL)

static const struct {
    handler *handle;
    enum lane lane;
} handlers[WIRE_TYPE_MAX] = {
#define HANDLER_ROW(name, lane) [WIRE_##name] = {call_##name, LANE_##lane},
    VAULT_HANDLERS(HANDLER_ROW)};

bool request_lane(enum wire_type type, enum lane *ret_lane)
{
    if (!handlers[type].handle)
        return false;
    *ret_lane = handlers[type].lane;
    return true;
}

/* Decode the question within `as`. What no person may ask is refused as what its asker may not ask. */
static enum status unwrap(struct request *r)
{
    const struct as_ask *as = r->ask;
    if (!wire_may_ask(as->type, ROLE_PERSON))
        return ERR_DENIED;
    shape_table *shape = wire_message_of(as->type)->ask;
    void *inner = arena_alloc(&r->a, shape()->size);
    struct text bytes = {(const char *)as->question.at, as->question.n};
    TRY(wire_decode(&r->a, shape, bytes, inner));
    r->inner = inner;
    return OK;
}

static void wipe_questions(struct request *r)
{
    if (r->inner)
        wire_wipe(wire_message_of(((struct as_ask *)r->ask)->type)->ask, r->inner);
    wire_wipe(wire_message_of(r->type)->ask, r->ask);
}

enum status request_new(struct peer *peer, const struct frame *frame,
                        struct request **ret_request)
{
    struct request *r = calloc(1, sizeof *r);
    ENSURE(r);
    int64_t patience_ms = frame->timeout_ms == 0               ? REQUEST_MS
                          : frame->timeout_ms > REQUEST_MS_MAX ? REQUEST_MS_MAX
                                                               : frame->timeout_ms;
    r->fd = -1;
    r->type = frame->type;
    r->number = frame->number;
    r->deadline_ms = clock_ms() + patience_ms;
    list_init(&r->node);
    r->ask = arena_alloc(&r->a, wire_message_of(frame->type)->ask()->size);
    enum status status = frame_read_ask(&r->a, frame, r->ask);
    if (status == OK && r->type == WIRE_as && (status = unwrap(r)) != OK)
        wipe_questions(r);
    if (status != OK) {
        arena_wipe(&r->a);
        free(r);
        return ERR_INVALID;
    }
    r->peer = peer_hold(peer);
    *ret_request = r;
    return OK;
}

void request_free(struct vault *v, struct request *r)
{
    flight_free(&v->flights, r->led);
    wipe_questions(r);
    arena_wipe(&r->a);
    if (r->fd >= 0)
        close(r->fd);
    peer_release(r->peer);
    free(r);
}

enum status request_handle(struct vault *v, struct request *r, enum wire_type type,
                           const void *ask, void *answer, struct error *err)
{
    enum status status = handlers[type].handle(v, r, ask, answer, err);
    if (status == ERR_IO || status == ERR_SEAL)
        log_error(LOG_ERROR, wire_message_of(type)->name, status, err);
    return status;
}

enum lane request_own_lane(const struct request *r)
{
    return handlers[r->inner ? ((const struct as_ask *)r->ask)->type : r->type].lane;
}

/* Questions that are about an account begin with its name. */
struct text request_account(const struct request *r)
{
    const void *ask = r->inner ? r->inner : r->ask;
    enum wire_type type = r->inner ? ((const struct as_ask *)r->ask)->type : r->type;
    const struct shape *shape = wire_message_of(type)->ask();
    const struct field *first = shape->n_fields ? &shape->fields[0] : NULL;
    if (!first || first->kind != FIELD_TEXT || strcmp(first->name, "account") != 0)
        return (struct text){0};
    return *(const struct text *)(const void *)((const char *)ask + first->offset);
}

/* A part that breaks a limit of its own is not told; the answer will say so. */
void request_tell(struct request *r, const void *part)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(PART_MAX);
    if (!r->inner) {
        peer_part(r->peer, r->type, r->number, part);
        return;
    }
    enum wire_type type = ((const struct as_ask *)r->ask)->type;
    if (wire_encode(&bytes, wire_message_of(type)->answer, part) != OK)
        return;
    const struct as_answer within = {.reply = {.has_body = true}, .answer = buf_text(&bytes)};
    peer_part(r->peer, r->type, r->number, &within);
}

void request_run(struct vault *v, struct request *r)
{
    const struct wire_message *message = wire_message_of(r->type);
    struct error err = {0};
    if (!r->led && clock_ms() >= r->deadline_ms) {
        METRIC_ADD(&v->metrics, expired);
        peer_put(r->peer, r->type, r->number, ERR_TIMEOUT, NULL, NULL);
        return;
    }
    audit_ask(r);
    void *answer = arena_alloc(&r->a, message->answer()->size);
    enum status status = request_handle(v, r, r->type, r->ask, answer, &err);
    if (!r->answered)
        peer_put(r->peer, r->type, r->number, status, &err,
                 status == OK || r->tells_anyway ? answer : NULL);
    wire_wipe(message->answer, answer);
}
