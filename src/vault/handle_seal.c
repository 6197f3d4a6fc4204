/* SPDX-License-Identifier: ISC */
#include "store/walk.h"
#include "vault/fault.h"
#include "vault/request.h"

enum { ROWS_MAX = 300 }; /* SEAL_STATUS_ANSWER_FIELDS */

enum status handle_seal_policy(struct vault *v, struct request *r,
                               const struct seal_policy_ask *ask,
                               struct seal_policy_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    TRY(store_policy_set(v->store, ask->account, ask->plain, err));
    fault_point("policy_after_write");
    walker_call(&v->walker);
    return OK;
}

static struct seal_row row_of(const struct sealed_count *count)
{
    return (struct seal_row){.table = text_from(count->column->table),
                             .column = text_from(count->column->column),
                             .by_policy = count->column->keeping == KEEP_BY_POLICY,
                             .sealed = count->n_sealed,
                             .plain = count->n_plain};
}

enum status handle_seal_status(struct vault *v, struct request *r,
                               const struct seal_status_ask *ask,
                               struct seal_status_answer *answer, struct error *err)
{
    struct sealed_count *counts;
    size_t n = 0;
    TRY(store_sealed_list(v->store, &r->a, ask->account, &counts, &n, err));
    answer->rows = ARENA_ARRAY(&r->a, ROWS_MAX, struct seal_row);
    for (; answer->n_rows < n && answer->n_rows < ROWS_MAX; answer->n_rows++)
        answer->rows[answer->n_rows] = row_of(&counts[answer->n_rows]);
    return OK;
}

enum status handle_seal_walk(struct vault *v, struct request *r,
                             const struct seal_walk_ask *ask, struct seal_walk_answer *answer,
                             struct error *err)
{
    (void)ask;
    struct walker_progress progress = walker_look(&v->walker);
    TRY(store_walk_count(v->store, &answer->accounts, err));
    answer->account = progress.account;
    answer->seen = progress.n_seen;
    answer->rows = progress.n_rows;
    answer->failed = progress.n_failed;
    answer->problem = arena_text(&r->a, text_from(progress.problem.what));
    return OK;
}
