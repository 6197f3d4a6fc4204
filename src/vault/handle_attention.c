/* SPDX-License-Identifier: ISC */
#include "vault/request.h"

enum status handle_attention_list(struct vault *v, struct request *r,
                                  const struct attention_list_ask *ask,
                                  struct attention_list_answer *answer, struct error *err)
{
    return store_attention_list(v->store, &r->a, ask, answer, err);
}

enum status handle_attention_done(struct vault *v, struct request *r,
                                  const struct attention_done_ask *ask,
                                  struct attention_done_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_attention_done(v->store, ask, v->now(), err);
}
