/* SPDX-License-Identifier: ISC */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "store/db.h"

/* store_search's work, on a connection that nobody else uses. */
enum status search_database(struct db *db, bool is_remote, const struct needles *needles,
                            struct arena *a, struct search_answer *ret_searched) MUST_CHECK;

#endif
