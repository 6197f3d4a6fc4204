/* SPDX-License-Identifier: ISC */
#include "vault/fault.h"
#include "vault/request.h"

enum status handle_key_list(struct vault *v, struct request *r, const struct key_list_ask *ask,
                            struct key_list_answer *answer, struct error *err)
{
    return store_key_list(v->store, &r->a, ask->after, answer, err);
}

enum status handle_key_rotate(struct vault *v, struct request *r,
                              const struct key_rotate_ask *ask,
                              struct key_rotate_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    TRY(store_key_rotate(v->store, ask->account, err));
    fault_point("rotate_after_write");
    walker_call(&v->walker);
    return OK;
}

enum status handle_key_rewrap(struct vault *v, struct request *r,
                              const struct key_rewrap_ask *ask,
                              struct key_rewrap_answer *answer, struct error *err)
{
    fault_point("rewrap_before_write");
    TRY(store_key_rewrap(v->store, &ask->master_key, &r->a, answer, err));
    fault_point("rewrap_after_write");
    return OK;
}
