/* SPDX-License-Identifier: ISC
 *
 * How it goes, for a person to read: a few lines "Name: what", kept in the stored file "status". No title, no
 * name of a customer, no secret.
 */
#ifndef CONNECTOR_REPORT_H
#define CONNECTOR_REPORT_H

#include "connector/platform.h"

enum { REPORT_MAX = 4096 };

enum report_state {
    REPORT_UNPAIRED,
    REPORT_STARTS,
    REPORT_WORKS,
    REPORT_WAITS,   /* something fails, and is tried again */
    REPORT_REFUSED, /* id or token are not known: somebody must act */
    REPORT_REVOKED,
};

/* What stands in the way, one line each; empty: nothing. */
struct report_problem {
    char what[ERROR_WHERE_MAX + ERROR_WHAT_MAX + 8];
};

struct report {
    enum report_state state;
    struct text url; /* borrowed */
    int64_t connection;
    enum desk_mode mode;
    int64_t interval_s, ahead_s;
    bool is_awake; /* Real-time: woken by XMPP */
    struct instant contact, pushed, lease_until;
    size_t n_times;
    uint64_t n_written, n_refused, n_questions;
    struct report_problem server, calendar, orders, xmpp;
};

/* Keep err as what stands in the way; OK: nothing does. Returns whether that changed. */
bool report_problem_set(struct report_problem *problem, enum status status,
                        const struct error *err);

/* Write the report as lines. */
void report_format(const struct report *report, struct buf *out);

/* What to call a mode. */
const char *report_mode(enum desk_mode mode);

#endif
