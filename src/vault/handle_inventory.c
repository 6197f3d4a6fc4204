/* SPDX-License-Identifier: ISC */
#include "store/inventory.h"
#include "vault/request.h"

enum status handle_inventory(struct vault *v, struct request *r,
                             const struct inventory_ask *ask, struct inventory_answer *answer,
                             struct error *err)
{
    (void)v, (void)ask, (void)err;
    ENSURE(inventory_n <= INVENTORY_MAX);
    answer->rows = ARENA_ARRAY(&r->a, inventory_n, struct inventory_row);
    for (size_t i = 0; i < inventory_n; i++)
        answer->rows[answer->n_rows++] = (struct inventory_row){
            .table = text_from(inventory[i].table),
            .column = text_from(inventory[i].column),
            .kept = text_from(keeping_name(inventory[i].keeping)),
            .holds = text_from(inventory[i].holds),
            .until = text_from(inventory[i].until),
        };
    return OK;
}
