/* SPDX-License-Identifier: ISC
 *
 * Hours, dates and reminders as a person types them into a page's editor:
 *
 *     9-12, 13:30-17:00                      of a weekday; nothing: closed
 *     2026-12-24 closed                      a date a line
 *     2026-12-31 9:00-12:00, 14:00-16:00
 *     1 d, 2 h, 30 min                       before the start
 *
 * Read leniently, written strictly. Whether spans overlap or make sense together is the vault's to say.
 */
#ifndef EDGE_HOURS_H
#define EDGE_HOURS_H

#include "base/arena.h"
#include "wire/types.h"

/* Add the spans of a weekday to rule->hours, which has room for MAX_HOURS. False: it cannot be read, or is too much. */
bool hours_read(struct text t, int64_t weekday, struct rule *rule);

/* Replace rule->overrides, by the lines. ret_line, where false: which one cannot be read, from 1. */
bool hours_read_dates(struct text t, struct arena *a, struct rule *rule, int64_t *ret_line);

/* Read reminders; ret_reminders has room for MAX_REMINDERS. */
bool hours_read_reminders(struct text t, struct reminder *ret_reminders, size_t *ret_n);

/* Write them as they are read. */
struct text hours_write(const struct rule *rule, int64_t weekday, struct arena *a);
struct text hours_write_dates(const struct rule *rule, struct arena *a);
struct text hours_write_reminders(const struct reminder *reminders, size_t n, struct arena *a);

#endif
