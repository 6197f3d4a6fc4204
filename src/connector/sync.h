/* SPDX-License-Identifier: ISC
 *
 * Auto-sync: what the calendars hold becomes what the server was told (kept.h, the journal), by as little as
 * there is to say.
 */
#ifndef CONNECTOR_SYNC_H
#define CONNECTOR_SYNC_H

#include "connector/kept.h"
#include "connector/server.h"

struct sync_window {
    struct instant from, to;
};

struct sync_told {
    bool is_full;
    size_t n_changes; /* intervals sent */
    size_t n_times;   /* that the server now holds */
    struct instant lease_until;
    bool has_orders;
};

/* Return the whole UTC days that a push reaches over, today's included. */
struct sync_window sync_window_at(struct instant now, int64_t days_ahead);

/* Tell the server of these times, which are delta_normalise's: all of them where it holds nothing that we know
 * of, else the difference.
 *
 * Fails   as server_ask, and as storage. Where the server may or may not have taken a part, the journal ends:
 *         the next push tells all */
enum status sync_push(struct kept *kept, const struct server_line *line, int64_t epoch,
                      struct sync_window window, const struct stretch *seen, size_t n_seen,
                      struct sync_told *ret_told, struct error *err) MUST_CHECK;

#endif
