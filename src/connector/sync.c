/* SPDX-License-Identifier: ISC
 *
 * A program that ends before the journal is stored has an older one than the server, whose sequence tells: then all is
 * told anew. Sequences of a full sync begin at a random number, so that a journal which came out of a backup is never
 * taken for the one that the server holds.
 */
#include "connector/sync.h"

#include "connector/delta.h"

enum { DAY_S = 86400, DAYS_MOST = 3660 };
#define FIRST_SEQUENCE_BITS 40

struct push {
    struct kept *kept;
    const struct server_line *line;
    struct desk_push
        ask; /* epoch, base, is_full and the window are right; the rest is a part's */
    struct sync_told *told;
};

struct sync_window sync_window_at(struct instant now, int64_t days_ahead)
{
    if (days_ahead < 1)
        days_ahead = 1;
    if (days_ahead > DAYS_MOST)
        days_ahead = DAYS_MOST;
    int64_t day = (now.s - (now.s % DAY_S + DAY_S) % DAY_S) / DAY_S;
    return (struct sync_window){{day * DAY_S}, {(day + days_ahead + 1) * DAY_S}};
}

static uint64_t draw(const struct platform *at)
{
    uint64_t number;
    at->random(at->self, &number, sizeof number);
    return number;
}

/* The whole of what is seen, each time with the key that it has, or with a new one. */
static struct kept_time *with_keys(const struct kept *kept, const struct stretch *seen,
                                   size_t n_seen, bool is_full, struct arena *a)
{
    const struct kept_journal *journal = &kept->journal;
    struct kept_time *times = ARENA_ARRAY(a, n_seen, struct kept_time);
    size_t old = 0, n_old = is_full ? 0 : journal->n_times;
    for (size_t i = 0; i < n_seen; i++) {
        times[i].busy = seen[i].busy;
        while (old < n_old && delta_compare(&journal->times[old].busy, &seen[i].busy) < 0)
            old++;
        bool is_known =
            old < n_old && delta_compare(&journal->times[old].busy, &seen[i].busy) == 0;
        times[i].key = is_known ? journal->times[old].key : (int64_t)(draw(kept->at) >> 1 | 1);
    }
    return times;
}

static struct desk_interval added(const struct kept_time *time)
{
    return (struct desk_interval){.key = time->key,
                                  .start = time->busy.start,
                                  .end = time->busy.end,
                                  .status = time->busy.status};
}

/* Both lists rise: walk them together. Removals come first, so that the server never holds more than MAX_BUSY. */
static struct desk_interval *difference(const struct kept_time *old, size_t n_old,
                                        const struct kept_time *new, size_t n_new,
                                        struct arena *a, size_t *ret_n)
{
    struct desk_interval *out = ARENA_ARRAY(a, n_old + n_new, struct desk_interval);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < n_old; i++) {
        while (j < n_new && delta_compare(&new[j].busy, &old[i].busy) < 0)
            j++;
        if (j == n_new || new[j].key != old[i].key)
            out[n++] = (struct desk_interval){.key = old[i].key, .is_removed = true};
    }
    for (size_t i = 0, j = 0; j < n_new; j++) {
        while (i < n_old && delta_compare(&old[i].busy, &new[j].busy) < 0)
            i++;
        if (i == n_old || new[j].key != old[i].key)
            out[n++] = added(&new[j]);
    }
    *ret_n = n;
    return out;
}

static enum status send_part(struct push *push, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct desk_push_answer answer;
    TRY(server_ask(push->line, "push", desk_push_shape, &push->ask, desk_push_answer_shape,
                   &answer, &a, 0, err));
    if (answer.sequence != push->ask.sequence)
        return error_set(err, ERR_CONFLICT, "push",
                         "the server holds something else: beginning anew");
    push->ask.base = answer.sequence;
    push->told->lease_until = answer.lease_until;
    push->told->has_orders = answer.has_orders;
    return OK;
}

static enum status send_all(struct push *push, struct desk_interval *changes, size_t n,
                            struct error *err)
{
    size_t sent = 0;
    do {
        size_t part = n - sent < DESK_PUSH_MAX ? n - sent : DESK_PUSH_MAX;
        push->ask.intervals = changes + sent;
        push->ask.n_intervals = part;
        push->ask.more = sent + part < n;
        push->ask.sequence = push->ask.base + (push->ask.is_full || part > 0 ? 1 : 0);
        if (push->ask.base == 0)
            push->ask.sequence =
                (int64_t)(draw(push->kept->at) >> (64 - FIRST_SEQUENCE_BITS)) + 1;
        TRY(send_part(push, err));
        sent += part;
    } while (sent < n);
    return OK;
}

enum status sync_push(struct kept *kept, const struct server_line *line, int64_t epoch,
                      struct sync_window window, const struct stretch *seen, size_t n_seen,
                      struct sync_told *ret_told, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    const struct kept_journal *journal = &kept->journal;
    struct sync_told told = {.is_full = journal->sequence == 0 || journal->epoch != epoch,
                             .n_times = n_seen};
    struct kept_time *times = with_keys(kept, seen, n_seen, told.is_full, &a);
    struct desk_interval *changes =
        difference(journal->times, told.is_full ? 0 : journal->n_times, times, n_seen, &a,
                   &told.n_changes);
    bool changes_nothing = !told.is_full && told.n_changes == 0;
    struct push push = {.kept = kept,
                        .line = line,
                        .told = &told,
                        .ask = {.epoch = epoch,
                                .base = told.is_full ? 0 : journal->sequence,
                                .is_full = told.is_full,
                                .from = window.from,
                                .to = window.to}};
    enum status status = send_all(&push, changes, told.n_changes, err);
    if (status != OK && !changes_nothing)
        kept_set_journal(kept, 0, 0, NULL, 0);
    if (status == OK && !changes_nothing) {
        kept_set_journal(kept, epoch, push.ask.base, times, n_seen);
        status = kept_store_journal(kept, err);
    }
    if (status == OK)
        *ret_told = told;
    return status;
}
