/* SPDX-License-Identifier: ISC */
#include "connector/report.h"

#include <stdio.h>

#include "time/instant.h"

enum { SKEW_S = 300 };

bool report_problem_set(struct report_problem *problem, enum status status,
                        const struct error *err)
{
    struct report_problem now = {0};
    if (status != OK && err && *err->what)
        snprintf(now.what, sizeof now.what, "%s: %s", err->where, err->what);
    else if (status != OK)
        snprintf(now.what, sizeof now.what, "%s", status_name(status));
    bool changed = strcmp(now.what, problem->what) != 0;
    *problem = now;
    return changed;
}

const char *report_mode(enum desk_mode mode)
{
    return mode == DESK_REALTIME ? "Real-time sync" : "Auto-sync";
}

static const char *state_line(const struct report *report)
{
    switch (report->state) {
    case REPORT_UNPAIRED:
        return "not paired: run `hourgate-connector pair ADDRESS`";
    case REPORT_STARTS:
        return "starting";
    case REPORT_WORKS:
        return "works";
    case REPORT_WAITS:
        return "does not work at the moment; it is tried again";
    case REPORT_REFUSED:
        return "the server does not know this PC: pair again";
    case REPORT_REVOKED:
        return "disconnected at the server: nothing is sent any more; pair again to go on";
    }
    return "unknown";
}

static void moment(struct buf *out, const char *name, struct instant t)
{
    char text[INSTANT_SIZE];
    if (t.s == 0)
        return;
    instant_format(t, text);
    buf_printf(out, "%s: %s\n", name, text);
}

static void problem(struct buf *out, const char *name, const struct report_problem *p)
{
    if (*p->what)
        buf_printf(out, "Problem with %s: %s\n", name, p->what);
}

void report_format(const struct report *report, struct buf *out)
{
    buf_printf(out, "State: %s\n", state_line(report));
    if (report->state == REPORT_UNPAIRED)
        return;
    buf_printf(out, "Server: " TEXT_FMT ", connection %lld\n", TEXT_ARG(report->url),
               (long long)report->connection);
    moment(out, "Last contact", report->contact);
    if (report->contact.s)
        buf_printf(out, "Mode: %s%s\n", report_mode(report->mode),
                   report->mode != DESK_REALTIME ? ""
                   : report->is_awake            ? ", woken by XMPP"
                                                 : ", waiting over HTTPS");
    if (report->mode == DESK_AUTO && report->interval_s)
        buf_printf(out, "Interval: %lld seconds, and when a calendar changes\n",
                   (long long)report->interval_s);
    moment(out, "Last sync", report->pushed);
    if (report->pushed.s)
        buf_printf(out, "Times told: %llu (start, end and status, nothing else)\n",
                   (unsigned long long)report->n_times);
    moment(out, "Known to the server until", report->lease_until);
    buf_printf(out, "Bookings done since start: %llu, not free: %llu\n",
               (unsigned long long)report->n_written, (unsigned long long)report->n_refused);
    if (report->mode == DESK_REALTIME)
        buf_printf(out, "Questions answered since start: %llu\n",
                   (unsigned long long)report->n_questions);
    if (report->ahead_s > SKEW_S || report->ahead_s < -SKEW_S)
        buf_printf(out, "Clock: this PC's is %lld seconds %s the server's; please set it\n",
                   (long long)(report->ahead_s < 0 ? -report->ahead_s : report->ahead_s),
                   report->ahead_s > 0 ? "behind" : "ahead of");
    problem(out, "the server", &report->server);
    problem(out, "the calendar", &report->calendar);
    problem(out, "a booking", &report->orders);
    problem(out, "Real-time", &report->xmpp);
}
