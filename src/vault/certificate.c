/* SPDX-License-Identifier: ISC
 *
 * A certificate of erasure: lines that a person reads, signed as they stand. It names the account and numbers, and
 * nobody else.
 */
#include "vault/erase.h"

#include "time/instant.h"

static void add_line(struct buf *out, const char *what, const char *value)
{
    buf_printf(out, "%-12s %s\n", what, value);
}

static void add_instant(struct buf *out, const char *what, struct instant t)
{
    char text[INSTANT_SIZE];
    instant_format(t, text);
    add_line(out, what, text);
}

static void add_count(struct buf *out, const char *what, int64_t n, const char *of)
{
    if (n)
        buf_printf(out, "%-12s %lld %s\n", what, (long long)n, of);
}

static void add_subject(struct buf *out, const struct erasure *e)
{
    static const char *const what[ERASURE_KIND_COUNT] = {
        [ERASURE_ACCOUNT] = "the account, and everything kept for it",
        [ERASURE_USER] = "a user",
        [ERASURE_CUSTOMER] = "a customer: what their bookings say of them",
    };
    buf_printf(out, "%-12s " TEXT_FMT "\n", "account", TEXT_ARG(e->account));
    add_line(out, "erased", what[e->kind]);
    if (e->subject.n)
        buf_printf(out,
                   "%-12s " TEXT_FMT
                   "\n             (a hash of their address, by a key of the account)\n",
                   "person", TEXT_ARG(e->subject));
    add_instant(out, "begun", e->begun_at);
    add_instant(out, "finished", e->done_at);
}

static void add_keys(struct buf *out, const struct erasure *e)
{
    char until[INSTANT_SIZE];
    if (e->kind != ERASURE_ACCOUNT)
        return;
    buf_printf(
        out,
        "%-12s " TEXT_FMT
        "\n             destroyed: no value that was sealed by them can be opened any more\n",
        "keys", TEXT_ARG(e->facts.keys));
    if (e->facts.backups_until.s) {
        instant_format(e->facts.backups_until, until);
        buf_printf(out, "%-12s the last one that may hold these keys, wrapped, expires on %s\n",
                   "backups", until);
    } else {
        add_line(out, "backups",
                 "hourgate made none that holds these keys; it knows of no others");
    }
}

struct text certificate_text(struct arena *a, const struct erasure *e)
{
    struct buf out CLEANUP(buf_done) = BUF(MAX_CERTIFICATE);
    buf_printf(&out, "hourgate: certificate of erasure %lld\n\n", (long long)e->id);
    add_subject(&out, e);
    for (size_t i = 0; i < e->facts.n_tables; i++)
        buf_printf(&out, "%-12s %lld " TEXT_FMT "\n", i ? "" : "rows",
                   (long long)e->facts.tables[i].rows, TEXT_ARG(e->facts.tables[i].table));
    add_keys(&out, e);
    add_count(&out, "left", e->facts.coming,
              "bookings were still to come: their events stay in the hosts' calendars");
    add_count(&out, "in doubt", e->facts.in_doubt,
              "bookings were in flight: their events may stand in the calendars");
    if (e->kind == ERASURE_CUSTOMER)
        add_line(
            &out, "left",
            "time and page of each booking; in the hosts' calendars the events of past ones");
    add_line(&out, "kept", "this record, and in the audit that it happened, without names");
    ENSURE(!buf_failed(&out));
    return arena_text(a, buf_text(&out));
}
