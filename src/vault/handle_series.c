/* SPDX-License-Identifier: ISC
 *
 * A series: bookings that the host enters together, all of them or none.
 *
 *     hold        all in one write; what is in the way of any is told of all
 *     look        the calendar, afresh; nothing is written where it says no
 *     begin       in one write, all are about to be written: from here on it goes forward, whoever finishes it
 *     write       one after the other; a refusal turns it round: undo, in one write, then remove what stands
 *
 * Killed before `begin`, nothing was booked. Killed later, settle.c books the rest, or undoes the rest. The customer
 * hears of it when all of it is certain (store/outbox.c).
 */
#include <stdlib.h>

#include "os/clock.h"
#include "time/civil.h"
#include "vault/fault.h"
#include "vault/make.h"
#include "vault/settle.h"

enum { HOLD_TRIES = 4 };

struct session {
    struct instant start;
    int64_t id; /* 0: not held */
    struct reason *reasons;
    size_t n_reasons;
    bool clashes;
};

struct series {
    const struct booking_series_ask *ask;
    const struct page_stored *page;
    struct customer customer;
    struct session sessions[MAX_SERIES];
    size_t n;
    struct series_held held;
    struct claim claims[MAX_SERIES]; /* so that nobody settles what is being written */
};

static void series_done(struct series *s)
{
    for (size_t i = 0; i < MAX_SERIES; i++)
        claim_release(&s->claims[i]);
}

static int compare(const void *a, const void *b)
{
    int64_t x = ((const struct session *)a)->start.s, y = ((const struct session *)b)->start.s;
    return (x > y) - (x < y);
}

/* The same time by the page's clock, whatever its clocks do in between. */
static enum status find_starts(struct vault *v, struct series *s, struct error *err)
{
    for (s->n = 0; s->n < s->ask->n_times; s->n++) {
        const struct series_time *time = &s->ask->times[s->n];
        struct session *session = &s->sessions[s->n];
        TRY(booking_start(v, s->page, time->day, time->minute, &session->start, err));
        if (start_is_far(v->now(), session->start))
            return error_set(err, ERR_INVALID, "series", "a session is too far away");
    }
    if (!s->n)
        return error_set(err, ERR_INVALID, "series", "it has no session");
    qsort(s->sessions, s->n, sizeof *s->sessions, compare);
    return OK;
}

static struct permit permit_of(const struct series *s)
{
    return (struct permit){s->ask->beyond_rules, s->ask->over_busy, true, NULL, 0};
}

/* ---- hold ---- */

static enum status hold(struct vault *v, struct request *r, struct series *s, struct error *err)
{
    const struct permit permit = permit_of(s);
    const struct page_stored wide = permit_page(&permit, s->page);
    const struct zone *zone = zone_find(v->zones, wide.rule.zone);
    struct booking_hold holds[MAX_SERIES];
    for (size_t i = 0; i < s->n; i++) {
        struct booking_time time = booking_time_at(&wide, zone, s->sessions[i].start);
        holds[i] = (struct booking_hold){.page = &wide,
                                         .slot = time.slot,
                                         .occupied = time.occupied,
                                         .day = time.day,
                                         .customer = &s->customer,
                                         .now = v->now(),
                                         .hold_s = STORE_HOLD_S};
        booking_texts(&r->a, s->page, &s->customer, &holds[i].title, &holds[i].description);
    }
    holds[0].key = s->ask->key;
    holds[0].series = s->ask;
    TRY(store_series_hold(v->store, &r->a, holds, s->n, &s->held, err));
    for (size_t i = 0; i < s->n && s->held.is_fresh; i++)
        s->sessions[i].id = s->held.bookings[i].id;
    return OK;
}

static enum status release(struct vault *v, struct series *s, struct error *err)
{
    for (size_t i = 0; i < s->n; i++)
        s->sessions[i].id = 0;
    return store_series_release(v->store, s->held.bookings[0].series, err);
}

/* ---- look ---- */

/* Ask the calendar about weeks ahead of a start, as many as one question may be about. */
static enum status look_ahead(struct vault *v, struct request *r,
                              const struct page_stored *page, struct instant start,
                              struct view *view, struct error *err)
{
    const struct busy_ask whole = {0}; /* a host is not held to the account's quota */
    struct instant from = slots_week(start).start;
    TRY(view_init(v, page, from, instant_add_s(from, MAX_SLOT_DAYS * (int64_t)CIVIL_DAY_S),
                  view, err));
    view_ask_calendar(v, &r->a, view, &whole, true, r->deadline_ms);
    return OK;
}

/* See for each session what is in its way; *ret_clashes counts those that are not to be had. */
static enum status look(struct vault *v, struct request *r, struct series *s,
                        size_t *ret_clashes, struct error *err)
{
    struct permit permit = permit_of(s);
    const struct page_stored wide = permit_page(&permit, s->page);
    struct view view = {0};
    *ret_clashes = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct session *session = &s->sessions[i];
        if (!instant_before(session->start, view.to))
            TRY(look_ahead(v, r, &wide, session->start, &view, err));
        view.except = session->id;
        TRY(view_read_taken(v, &r->a, &view, err));
        struct view own = view;
        own.page = s->page;
        permit = permit_of(s);
        enum status status = permit_start(&permit, &own, &r->a, session->start, err);
        if (status != OK && status != ERR_CONFLICT)
            return status;
        session->reasons = permit.reasons;
        session->n_reasons = permit.n_reasons;
        session->clashes = status == ERR_CONFLICT;
        *ret_clashes += session->clashes;
    }
    return OK;
}

/* Leave out what clashes, and remember it for the answer. */
static void drop_clashes(struct request *r, struct series *s,
                         struct booking_series_answer *answer)
{
    size_t n = 0;
    if (!answer->clashes)
        answer->clashes = ARENA_ARRAY(&r->a, MAX_SERIES, struct series_session);
    for (size_t i = 0; i < s->n; i++) {
        const struct session *from = &s->sessions[i];
        int64_t length_s = s->page->rule.duration_min * 60;
        if (from->clashes)
            answer->clashes[answer->n_clashes++] =
                (struct series_session){.start = from->start,
                                        .end = instant_add_s(from->start, length_s),
                                        .reasons = from->reasons,
                                        .n_reasons = from->n_reasons};
        else
            s->sessions[n++] = *from;
    }
    s->n = n;
}

/* Hold all that is to be had; OK: it is held and the calendar has nothing against it, or it was made before. */
static enum status take(struct vault *v, struct request *r, struct series *s,
                        struct booking_series_answer *answer, struct error *err)
{
    for (int i = 0; i < HOLD_TRIES; i++) {
        size_t n_clashes;
        enum status held = hold(v, r, s, err);
        if (held != ERR_CONFLICT)
            TRY(held);
        if (held == OK && !s->held.is_fresh)
            return OK;
        fault_point("series_after_hold");
        enum status looked = look(v, r, s, &n_clashes, err);
        if (looked == OK && held == OK && n_clashes == 0)
            return OK;
        if (held == OK)
            TRY(release(v, s, err));
        TRY(looked);
        if (n_clashes == 0) /* two of its own, or somebody came and went */
            return held;
        drop_clashes(r, s, answer);
        if (!s->ask->skip_clashes || s->n == 0)
            return error_set(err, ERR_CONFLICT, "series", "nothing was booked");
    }
    return error_set(err, ERR_CONFLICT, "series", "others were quicker, again and again");
}

/* ---- write ---- */

static enum status write_one(struct vault *v, struct request *r, const struct series *s,
                             const struct booking_stored *b, struct error *err)
{
    struct event_ref ref;
    if (!b->connection)
        return store_booking_confirm(v->store, b->id, NULL, v->now(), err);
    struct event event = booking_event(&r->a, b, s->page, b->slot);
    fault_point("series_before_create");
    TRY(calendar_create(&v->calendar, b->connection, b->calendar, &event, r->deadline_ms, &r->a,
                        &ref, err));
    fault_point("series_after_create");
    TRY(store_booking_confirm(v->store, b->id, &ref, v->now(), err));
    fault_point("series_after_confirm");
    return OK;
}

/* The calendar refused a session: take all of it back. What cannot be removed now, settle.c removes. */
static enum status turn_round(struct vault *v, struct request *r, struct series *s,
                              struct error *err)
{
    struct error why = *err;
    TRY(store_series_undo(v->store, s->held.bookings[0].series, v->now(), err));
    fault_point("series_after_undo");
    for (size_t i = 0; i < s->n; i++) {
        struct booking_stored b;
        if (store_booking_get(v->store, &r->a, s->sessions[i].id, &b, NULL) == OK &&
            settle_look(v, &b, r->deadline_ms, NULL) != OK)
            break;
    }
    return error_set(err, ERR_CONFLICT, "series",
                     "the calendar refused a session, and nothing was booked: %s", why.what);
}

static enum status write_all(struct vault *v, struct request *r, struct series *s,
                             struct error *err)
{
    for (size_t i = 0; i < s->n; i++)
        TRY(claim_take(&v->claims, s->sessions[i].id, r->deadline_ms, &s->claims[i]));
    TRY(store_series_begin(v->store, s->held.bookings[0].series, s->n, v->now(), err));
    fault_point("series_after_begin");
    for (size_t i = 0; i < s->n; i++) {
        if (i == s->n / 2)
            fault_point("series_midway");
        enum status status = write_one(v, r, s, &s->held.bookings[i], err);
        if (status == OK)
            continue;
        if (booking_surely_unwritten(status))
            return turn_round(v, r, s, err);
        if (status == ERR_IO || status == ERR_SEAL)
            return status;
        break; /* nobody knows yet: settle.c goes on */
    }
    return OK;
}

/* ---- the question ---- */

static enum status answer_sessions(struct vault *v, struct request *r, const struct series *s,
                                   struct booking_series_answer *answer, struct error *err)
{
    struct series_held list;
    int64_t series = s->held.bookings[0].series;
    TRY(store_series_list(v->store, &r->a, series, &list, err));
    answer->id = booking_id_format(&r->a, series);
    answer->sessions = ARENA_ARRAY(&r->a, MAX_SERIES, struct series_session);
    for (size_t i = 0; i < list.n_bookings; i++) {
        const struct booking_stored *b = &list.bookings[i];
        struct series_session *to = &answer->sessions[answer->n_sessions++];
        *to = (struct series_session){.id = booking_id_format(&r->a, b->id),
                                      .state = b->state,
                                      .start = b->slot.start,
                                      .end = b->slot.end};
        for (size_t j = 0; j < s->n; j++)
            if (s->sessions[j].id == b->id) {
                to->reasons = s->sessions[j].reasons;
                to->n_reasons = s->sessions[j].n_reasons;
            }
    }
    METRIC_ADD(&v->metrics, bookings_made);
    return OK;
}

enum status handle_booking_series(struct vault *v, struct request *r,
                                  const struct booking_series_ask *ask,
                                  struct booking_series_answer *answer, struct error *err)
{
    struct page_stored page;
    struct series s CLEANUP(series_done) = {
        .ask = ask, .page = &page, .customer = ask->customer};
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    answer->zone = page.rule.zone;
    if (!s.customer.zone.n)
        s.customer.zone = page.rule.zone;
    TRY(host_customer_check(v, &page, &s.customer, ask->beyond_rules, err));
    bool at_desk = false;
    if (page.synchronise && page.connection)
        TRY(desk_is(&v->calendar, page.connection, &at_desk, err));
    if (at_desk)
        return error_set(
            err, ERR_UNSUPPORTED, "series",
            "a calendar on a PC takes no series yet: enter its sessions one by one");
    TRY(find_starts(v, &s, err));
    enum status status = take(v, r, &s, answer, err);
    r->tells_anyway = status == ERR_CONFLICT;
    TRY(status);
    if (s.held.is_fresh)
        TRY(write_all(v, r, &s, err));
    return answer_sessions(v, r, &s, answer, err);
}

/* ---- the rest of it ---- */

enum status series_cancel_rest(struct vault *v, struct request *r, int64_t id,
                               const struct booking_end *ending, struct error *err)
{
    int64_t ids[MAX_SERIES];
    size_t n = 0;
    if (text_misleads(ending->reason))
        return error_set(err, ERR_INVALID, "cancel",
                         "the reason holds hidden characters that reorder text");
    TRY(store_series_cancel_begin(v->store, id, ending, v->now(), ids, &n, err));
    fault_point("series_after_cancel");
    for (size_t i = 0; i < n; i++) {
        struct claim claim CLEANUP(claim_release) = {0};
        struct booking_stored b;
        TRY(claim_take(&v->claims, ids[i], r->deadline_ms, &claim));
        TRY(store_booking_get(v->store, &r->a, ids[i], &b, err));
        METRIC_ADD(&v->metrics, cancellations);
        if (b.step == STEP_CANCEL && settle_look(v, &b, r->deadline_ms, NULL) != OK)
            return OK; /* taken down; the calendar follows */
    }
    return OK;
}
