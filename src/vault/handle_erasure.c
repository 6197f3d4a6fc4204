/* SPDX-License-Identifier: ISC */
#include "vault/erase.h"
#include "vault/request.h"

enum status handle_account_remove(struct vault *v, struct request *r,
                                  const struct account_remove_ask *ask,
                                  struct account_remove_answer *answer, struct error *err)
{
    struct erasure_open open = {0};
    TRY(store_erasure_forecast(v->store, &r->a, ask->account, v->now(), &answer->erasure, err));
    if (ask->forecast)
        return OK;
    TRY(store_erasure_begin(v->store, ask->account, v->now(), &open, err));
    TRY(erase_run(v, &open, r->deadline_ms, err));
    return store_erasure_get(v->store, &r->a, open.id, &answer->erasure, err);
}

enum status handle_user_remove(struct vault *v, struct request *r,
                               const struct user_remove_ask *ask,
                               struct user_remove_answer *answer, struct error *err)
{
    struct erasure_open open = {0};
    if (ask->forecast)
        return store_user_forecast(v->store, ask, v->now(), answer, err);
    TRY(store_user_remove(v->store, ask, v->now(), answer, &open, err));
    calendar_tidy(&v->calendar);
    TRY(erase_run(v, &open, r->deadline_ms, err));
    return store_erasure_get(v->store, &r->a, open.id, &answer->erasure, err);
}

enum status handle_erasure_list(struct vault *v, struct request *r,
                                const struct erasure_list_ask *ask,
                                struct erasure_list_answer *answer, struct error *err)
{
    return store_erasure_list(v->store, &r->a, ask->after, answer, err);
}

enum status handle_erasure_show(struct vault *v, struct request *r,
                                const struct erasure_show_ask *ask,
                                struct erasure_show_answer *answer, struct error *err)
{
    return store_erasure_get(v->store, &r->a, ask->id, &answer->erasure, err);
}

enum status handle_erasure_verify(struct vault *v, struct request *r,
                                  const struct erasure_verify_ask *ask,
                                  struct erasure_verify_answer *answer, struct error *err)
{
    (void)r;
    return store_erasure_verify(v->store, ask->certificate, ask->signature, &answer->is_ours,
                                err);
}
