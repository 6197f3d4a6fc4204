/* SPDX-License-Identifier: ISC */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/db.h"

/* store_copy's work, between two connections that nobody else uses. */
enum status copy_database(struct db *from, struct db *to, struct arena *a,
                          struct store_copied ret_copied[], size_t *ret_n) MUST_CHECK;

#endif
