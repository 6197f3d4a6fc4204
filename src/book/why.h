/* SPDX-License-Identifier: ISC
 *
 * Why a start is not offered, for the host; customers never learn it. slot.h decides; this reads the same
 * conditions one by one, and a test holds the two together on every minute.
 */
#ifndef BOOK_WHY_H
#define BOOK_WHY_H

#include "book/slot.h"

/* List all that stands in the way of a start, in the order of enum why; nothing does exactly where
 * slot_is_offered. Never WHY_UNKNOWN: what the calendar said is part of the query.
 *
 * Owner   ret_reasons lives in a
 * Fails   ERR_INVALID: rule_check
 * Limits  MAX_REASONS, then the rest is left out
 */
enum status why_list(struct arena *a, const struct slot_query *query, struct instant start,
                     struct reason **ret_reasons, size_t *ret_n, struct error *err) MUST_CHECK;

#endif
