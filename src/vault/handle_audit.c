/* SPDX-License-Identifier: ISC */
#include "store/audit.h"
#include "vault/request.h"

/* Remember for /trust how a verification ended: with the last piece, or with what does not fit. */
static void note_verified(struct vault *v, const struct audit_verify_answer *answer)
{
    if (answer->next && !answer->what.n)
        return;
    atomic_store(&v->audit_holds, !answer->what.n);
    atomic_store(&v->audit_verified_s, v->now().s);
}

enum status handle_audit_verify(struct vault *v, struct request *r,
                                const struct audit_verify_ask *ask,
                                struct audit_verify_answer *answer, struct error *err)
{
    TRY(store_audit_compare(v->store, ask->heads, ask->n_heads, answer, err));
    if (!answer->what.n)
        TRY(store_audit_verify(v->store, &r->a, ask->after, answer, err));
    note_verified(v, answer);
    return OK;
}

enum status handle_audit_export(struct vault *v, struct request *r,
                                const struct audit_export_ask *ask,
                                struct audit_export_answer *answer, struct error *err)
{
    return store_audit_export(v->store, &r->a, ask, answer, err);
}

enum status handle_audit_show(struct vault *v, struct request *r,
                              const struct audit_show_ask *ask,
                              struct audit_show_answer *answer, struct error *err)
{
    return store_audit_show(v->store, &r->a, ask, answer, err);
}

enum status handle_booking_history(struct vault *v, struct request *r,
                                   const struct booking_history_ask *ask,
                                   struct booking_history_answer *answer, struct error *err)
{
    return store_booking_history(v->store, &r->a, ask, answer, err);
}
