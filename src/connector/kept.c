/* SPDX-License-Identifier: ISC
 *
 * The lists of events grow and shrink in an arena that is made anew when they are stored, so that a program
 * that runs for months does not grow.
 */
#include "connector/kept.h"

#include <stdio.h>

#include "wire/codec.h"
#include "wire/table.h"

SHAPE_TABLE(kept_pairing, KEPT_PAIRING_FIELDS)
SHAPE_TABLE(kept_time, KEPT_TIME_FIELDS)
SHAPE_TABLE(kept_journal, KEPT_JOURNAL_FIELDS)
SHAPE_TABLE(kept_event, KEPT_EVENT_FIELDS)
SHAPE_TABLE(kept_outcome, KEPT_OUTCOME_FIELDS)
SHAPE_TABLE(kept_events, KEPT_EVENTS_FIELDS)

enum { ID_BYTES = 16 };

static enum status load(const struct platform *at, const char *name, shape_table *shape,
                        struct arena *a, void *value, struct error *err)
{
    struct buf bytes CLEANUP(buf_done) = BUF(KEPT_FILE_MAX);
    TRY(at->storage.load(at->storage.self, name, &bytes, err));
    if (wire_decode(a, shape, buf_text(&bytes), value) != OK)
        return error_set(err, ERR_INVALID, "storage", "what was kept in \"%s\" is damaged",
                         name);
    return OK;
}

static enum status store(const struct platform *at, const char *name, shape_table *shape,
                         const void *value, struct error *err)
{
    struct buf bytes CLEANUP(buf_done) = BUF(KEPT_FILE_MAX);
    if (wire_encode(&bytes, shape, value) != OK)
        return error_set(err, ERR_INVALID, "storage", "what \"%s\" is to keep does not fit",
                         name);
    return at->storage.store(at->storage.self, name, buf_text(&bytes), err);
}

enum status kept_load_pairing(struct kept *kept, struct error *err)
{
    arena_done(&kept->of_pairing);
    enum status status =
        load(kept->at, "pairing", kept_pairing_shape, &kept->of_pairing, &kept->pairing, err);
    if (status == OK && kept->pairing.version == KEPT_VERSION)
        return OK;
    kept->pairing = (struct kept_pairing){.version = KEPT_VERSION};
    if (status == OK)
        return error_set(
            err, ERR_INVALID, "storage",
            "the pairing was stored by another version of this program: pair again");
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Lost or damaged, these are begun anew; a disk that fails is something else. */
static enum status load_or_begin(const struct kept *kept, const char *name, shape_table *shape,
                                 struct arena *a, void *value, struct error *err)
{
    enum status status = load(kept->at, name, shape, a, value, err);
    if (status == ERR_INVALID) {
        kept->at->say(kept->at->self,
                      text_from(arena_printf(a, "\"%s\" is damaged and is begun anew", name)));
        status = ERR_NOT_FOUND;
    }
    if (status == ERR_NOT_FOUND)
        memset(value, 0, shape()->size);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status kept_load(struct kept *kept, const struct platform *at, struct error *err)
{
    *kept = (struct kept){.at = at};
    TRY(kept_load_pairing(kept, err));
    TRY(load_or_begin(kept, "journal", kept_journal_shape, &kept->of_journal, &kept->journal,
                      err));
    TRY(load_or_begin(kept, "events", kept_events_shape, &kept->of_written, &kept->written,
                      err));
    int64_t connection = kept->pairing.connection;
    if (kept->journal.version != KEPT_VERSION || kept->journal.connection != connection)
        kept_set_journal(kept, 0, 0, NULL, 0);
    if (kept->written.version != KEPT_VERSION || kept->written.connection != connection)
        kept->written = (struct kept_events){.version = KEPT_VERSION, .connection = connection};
    return OK;
}

void kept_done(struct kept *kept)
{
    arena_done(&kept->of_pairing);
    arena_wipe(&kept->of_journal);
    arena_done(&kept->of_written);
    *kept = (struct kept){0};
}

enum status kept_store_pairing(struct kept *kept, struct error *err)
{
    return store(kept->at, "pairing", kept_pairing_shape, &kept->pairing, err);
}

void kept_set_journal(struct kept *kept, int64_t epoch, int64_t sequence,
                      const struct kept_time *times, size_t n)
{
    struct arena a = {0};
    struct kept_time *copy = ARENA_ARRAY(&a, n, struct kept_time);
    if (n)
        memcpy(copy, times, n * sizeof *copy);
    arena_wipe(&kept->of_journal);
    kept->of_journal = a;
    kept->journal = (struct kept_journal){.version = KEPT_VERSION,
                                          .connection = kept->pairing.connection,
                                          .epoch = epoch,
                                          .sequence = sequence,
                                          .times = copy,
                                          .n_times = n};
}

enum status kept_store_journal(struct kept *kept, struct error *err)
{
    return store(kept->at, "journal", kept_journal_shape, &kept->journal, err);
}

enum status kept_drop_journal(struct kept *kept, struct error *err)
{
    return kept->at->storage.erase(kept->at->storage.self, "journal", err);
}

enum status kept_store_events(struct kept *kept, struct error *err)
{
    kept->written.version = KEPT_VERSION;
    kept->written.connection = kept->pairing.connection;
    return store(kept->at, "events", kept_events_shape, &kept->written, err);
}

/* Copy the lists, with room for one more of each, into an arena that holds nothing else. */
static void make_room(struct kept *kept)
{
    struct arena a = {0};
    struct kept_events *w = &kept->written;
    struct kept_event *events = ARENA_ARRAY(&a, w->n_events + 1, struct kept_event);
    struct kept_outcome *outcomes = ARENA_ARRAY(&a, w->n_outcomes + 1, struct kept_outcome);
    for (size_t i = 0; i < w->n_events; i++)
        events[i] = (struct kept_event){.id = arena_text(&a, w->events[i].id),
                                        .uid = arena_text(&a, w->events[i].uid),
                                        .end = w->events[i].end};
    for (size_t i = 0; i < w->n_outcomes; i++)
        outcomes[i] = (struct kept_outcome){.number = w->outcomes[i].number,
                                            .outcome = w->outcomes[i].outcome,
                                            .id = arena_text(&a, w->outcomes[i].id)};
    arena_done(&kept->of_written);
    kept->of_written = a;
    w->events = events;
    w->outcomes = outcomes;
}

static void forget_old(struct kept_events *w, struct instant now)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_events; i++)
        if (instant_until_s(w->events[i].end, now) < KEPT_DAYS * INT64_C(86400))
            w->events[n++] = w->events[i];
    w->n_events = n;
}

static struct text draw_id(struct kept *kept)
{
    unsigned char bytes[ID_BYTES];
    char hex[2 * ID_BYTES + 1];
    kept->at->random(kept->at->self, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return arena_text(&kept->of_written, (struct text){hex, 2 * ID_BYTES});
}

const struct kept_event *kept_event_for(struct kept *kept, struct text uid, struct instant end,
                                        struct instant now)
{
    struct kept_events *w = &kept->written;
    for (size_t i = 0; i < w->n_events; i++)
        if (text_equal(w->events[i].uid, uid)) {
            w->events[i].end = end;
            return &w->events[i];
        }
    forget_old(w, now);
    if (w->n_events == KEPT_EVENTS_MAX)
        return NULL;
    make_room(kept);
    struct kept_event *event = &w->events[w->n_events++];
    *event = (struct kept_event){
        .id = draw_id(kept), .uid = arena_text(&kept->of_written, uid), .end = end};
    return event;
}

const struct kept_event *kept_event_of_id(const struct kept *kept, struct text id)
{
    for (size_t i = 0; i < kept->written.n_events; i++)
        if (text_equal(kept->written.events[i].id, id))
            return &kept->written.events[i];
    return NULL;
}

void kept_event_gone(struct kept *kept, struct text uid)
{
    struct kept_events *w = &kept->written;
    for (size_t i = 0; i < w->n_events; i++)
        if (text_equal(w->events[i].uid, uid)) {
            w->events[i] = w->events[--w->n_events];
            return;
        }
}

const struct kept_outcome *kept_outcome_find(const struct kept *kept, int64_t number)
{
    for (size_t i = 0; i < kept->written.n_outcomes; i++)
        if (kept->written.outcomes[i].number == number)
            return &kept->written.outcomes[i];
    return NULL;
}

void kept_outcome_add(struct kept *kept, int64_t number, enum desk_outcome outcome,
                      struct text id)
{
    struct kept_events *w = &kept->written;
    struct arena a CLEANUP(arena_done) = {0};
    id = arena_text(&a, id); /* it may live in the lists that are made anew */
    kept_outcome_heard(kept, number);
    if (w->n_outcomes ==
        KEPT_OUTCOMES_MAX) /* the oldest was heard long ago, or never will be */
        memmove(w->outcomes, w->outcomes + 1, --w->n_outcomes * sizeof *w->outcomes);
    make_room(kept);
    w->outcomes[w->n_outcomes++] = (struct kept_outcome){
        .number = number, .outcome = outcome, .id = arena_text(&kept->of_written, id)};
}

void kept_outcome_heard(struct kept *kept, int64_t number)
{
    struct kept_events *w = &kept->written;
    for (size_t i = 0; i < w->n_outcomes; i++)
        if (w->outcomes[i].number == number) {
            memmove(&w->outcomes[i], &w->outcomes[i + 1],
                    (w->n_outcomes - i - 1) * sizeof *w->outcomes);
            w->n_outcomes--;
            return;
        }
}

enum status kept_forget(struct kept *kept, struct error *err)
{
    static const char *const names[] = {"pairing", "journal", "events"};
    const struct platform *at = kept->at;
    enum status first = at->secret.forget(at->secret.self, err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        enum status status =
            at->storage.erase(at->storage.self, names[i], first == OK ? err : NULL);
        first = first == OK ? status : first;
    }
    kept_done(kept);
    *kept = (struct kept){.at = at};
    kept->pairing.version = KEPT_VERSION;
    return first;
}
