/* SPDX-License-Identifier: ISC
 *
 * A question of a person, through the edge: who, then whether they may, then the question's own handler. The
 * reader has seen already that it is one which people ask, and decoded it.
 */
#include "store/audit.h"
#include "vault/principal.h"
#include "vault/request.h"
#include "wire/codec.h"
#include "wire/link.h"

/* Put an answer into the wire encoding, in the request's arena. */
static enum status encode(struct request *r, shape_table *shape, const void *value,
                          struct text *ret_bytes)
{
    struct buf out CLEANUP(buf_wipe) = BUF(AS_ANSWER_MAX);
    TRY(wire_encode(&out, shape, value));
    *ret_bytes = arena_text(&r->a, buf_text(&out));
    return OK;
}

enum status handle_as(struct vault *v, struct request *r, const struct as_ask *as,
                      struct as_answer *answer, struct error *err)
{
    struct principal principal;
    struct error within = {0};
    TRY(principal_find(v, &r->a, as, &principal, err));
    store_act_as(as->kind == BEARER_SESSION ? AUDIT_BY_HOST : AUDIT_BY_TOKEN, principal.email);
    const struct wire_message *message = wire_message_of(as->type);
    void *inner = arena_alloc(&r->a, message->answer()->size);
    enum status status = principal_may(v, &principal, as->type, r->inner, &within);
    if (status == OK)
        status = request_handle(v, r, as->type, r->inner, inner, &within);
    bool has_body = status == OK || r->tells_anyway;
    r->tells_anyway = false;
    enum status encoded = has_body ? encode(r, message->answer, inner, &answer->answer) : OK;
    wire_wipe(message->answer, inner);
    TRY(encoded);
    answer->reply = reply_from(status, &within);
    answer->reply.where = arena_text(&r->a, answer->reply.where); /* within is of this call */
    answer->reply.what = arena_text(&r->a, answer->reply.what);
    answer->reply.has_body = has_body;
    return OK;
}
