/* SPDX-License-Identifier: ISC
 *
 * What the files about connectors share.
 */
#ifndef STORE_DESK_INNER_H
#define STORE_DESK_INNER_H

#include "store/booking.h"
#include "store/desk.h"

/* Where a desk stands, with its row kept from other writers in a write. ERR_NOT_FOUND, with the line set; a removed one
 * is not there. */
enum status desk_get(struct db *db, int64_t id, struct desk_stored *ret_desk) MUST_CHECK;

/* Erase what was pushed and begin the journal anew. */
enum status desk_forget(struct db *db, int64_t id) MUST_CHECK;

#endif
