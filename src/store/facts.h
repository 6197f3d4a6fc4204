/* SPDX-License-Identifier: ISC
 *
 * What can be said of the whole database without saying anything of anybody in it.
 */
#ifndef STORE_FACTS_H
#define STORE_FACTS_H

#include "store/store.h"

struct store_facts {
    struct instant key_since;    /* the master key wraps all others since then; 0: not known */
    int64_t n_accounts, n_plain; /* of which the operator keeps so many plain */
    struct instant last_backup;  /* 0: none that is not past its time */
};

enum status store_facts_read(struct store *st, struct store_facts *ret_facts,
                             struct error *err) MUST_CHECK;

/* When was a calendar server asked last through each connection, as the audit knows? Connections that were not are
 * left out; `last` lives in a. */
struct connection_use {
    int64_t connection;
    struct instant last;
};
enum status store_connection_uses(struct store *st, struct arena *a,
                                  struct connection_use **ret_uses, size_t *ret_n,
                                  struct error *err) MUST_CHECK;

#endif
