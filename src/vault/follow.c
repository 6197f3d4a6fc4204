/* SPDX-License-Identifier: ISC
 *
 *     a change tells of ...                 then
 *     a booking's event at its time         nothing: we wrote it, or the host changed something else
 *     a booking's event at another time     look; follow, ask or ignore
 *     an id that is gone, of a booking      look, twice; follow, ask or ignore
 *     a booking in flight                   nothing yet: the same changes are asked for again soon
 *     anything else                         nothing
 */
#include "vault/follow.h"

#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/log.h"
#include "os/random.h"
#include "store/audit.h"
#include "store/follow.h"
#include "vault/fault.h"
#include "vault/house.h"
#include "vault/wait.h"

enum { CALENDARS_MAX = STORE_SYNC_STATES_MAX, LEASE_EXTRA_S = 10, LOOK_EVERY_S = 5 };

/* An event that stands in the calendar. */
struct seen {
    int64_t booking;
    struct slot slot;
};

/* One calendar of one connection, looked through once. */
struct round {
    struct follower *follower;
    struct vault *v;
    int64_t connection;
    struct text calendar;
    struct seen *seen; /* of a calendar of which nothing was known */
    size_t n_seen;
    bool holds_back; /* something could not be told yet: ask for the same changes again */
};

/* ---- one booking ---- */

/* Was the event looked for and not found before, long enough ago? */
static bool is_gone(struct follower *f, const struct booking_stored *b)
{
    struct instant now = f->v->now();
    struct instant first = looks_note(&f->looks, b->id, b->connection, now);
    return instant_until_s(first, now) >= FOLLOW_LOOK_S;
}

/* Do what the page says about an event that is not where its booking is. */
static enum status act(struct vault *v, struct arena *a, const struct booking_stored *b,
                       const struct event_ref *ref, struct error *err)
{
    struct page_stored page;
    TRY(store_page_get(v->store, a, b->page, &page, err));
    struct found_event found = {.booking = b->id,
                                .sequence = b->sequence,
                                .slot = b->slot,
                                .is_gone = !ref,
                                .now = v->now()};
    if (ref) {
        found.ref = *ref;
        found.occupied.start = instant_add_s(ref->start, -page.rule.buffer_before_min * 60);
        found.occupied.end = instant_add_s(ref->end, page.rule.buffer_after_min * 60);
    }
    if (page.follow == FOLLOW_IGNORE)
        return OK;
    fault_point("follow_before_write");
    store_act_as(AUDIT_BY_HOST, page.host_email);
    enum status status = page.follow == FOLLOW_ASK ? store_event_ask(v->store, &found, err)
                                                   : store_event_follow(v->store, &found, err);
    store_act_as(AUDIT_BY_SYSTEM, (struct text){0});
    fault_point("follow_after_write");
    if (status == OK && page.follow == FOLLOW_FOLLOW)
        METRIC_ADD(&v->metrics, followed);
    return status;
}

/* Look where the event of a booking stands. ERR_UNCERTAIN: it cannot be told yet. */
static enum status look(struct round *r, int64_t id, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct claim claim CLEANUP(claim_release) = {0};
    struct vault *v = r->v;
    struct booking_stored b;
    struct event_ref ref;
    if (claim_take(&v->claims, id, clock_ms(), &claim) != OK)
        return ERR_UNCERTAIN;
    enum status status = store_booking_get(v->store, &a, id, &b, err);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    if (b.step != STEP_NONE)
        return ERR_UNCERTAIN;
    if (b.state != BOOKING_CONFIRMED || b.connection != r->connection)
        return OK;
    status = calendar_find(&v->calendar, b.connection, b.calendar, booking_uid(&a, id),
                           vault_patience_ms(v), &a, &ref, err);
    if (status == ERR_NOT_FOUND) {
        if (!is_gone(r->follower, &b))
            return ERR_UNCERTAIN;
        status = act(v, &a, &b, NULL, err);
    } else {
        TRY(status);
        if (ref.start.s != b.slot.start.s || ref.end.s != b.slot.end.s)
            status = act(v, &a, &b, &ref, err);
    }
    if (status == ERR_DENIED) /* changed while we looked, by another node */
        return ERR_UNCERTAIN;
    if (status == OK)
        looks_forget(&r->follower->looks, id);
    return status;
}

static enum status look_or_hold(struct round *r, int64_t id, struct error *err)
{
    enum status status = look(r, id, err);
    r->holds_back |= status == ERR_UNCERTAIN;
    return status == ERR_UNCERTAIN ? OK : status;
}

/* ---- changes ---- */

/* Which booking does a uid name? 0: none. */
static int64_t booking_of_uid(struct text uid)
{
    struct text number, rest;
    int64_t id = 0;
    return text_cut(uid, '@', &number, &rest) && booking_id_parse(number, &id) == OK ? id : 0;
}

/* An event of ours stands somewhere. */
static enum status take_standing(struct round *r, const struct event_change *change,
                                 const struct follow_list *list, struct error *err)
{
    int64_t id = booking_of_uid(change->uid);
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct follow_row *row = &list->rows[i];
        if (row->booking != id)
            continue;
        bool is_right = row->step == STEP_NONE && row->slot.start.s == change->ref.start.s &&
                        row->slot.end.s == change->ref.end.s;
        return is_right ? OK : look_or_hold(r, id, err);
    }
    return OK;
}

/* Something is gone. Bookings whose event's id is not known may be meant by any. */
static enum status take_removed(struct round *r, const struct event_change *change,
                                const struct follow_list *list, struct error *err)
{
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct follow_row *row = &list->rows[i];
        if (!row->event_id.n || text_equal(row->event_id, change->ref.id))
            TRY(look_or_hold(r, row->booking, err));
    }
    return OK;
}

/* The list is read after the changes came, so that what they tell of is in it. */
static enum status take_changes(struct round *r, const struct changes_answer *answer,
                                struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct follow_list list;
    if (!answer->n_changes)
        return OK;
    TRY(store_follow_list(r->v->store, &a, r->connection, r->v->now(), &list, err));
    for (size_t i = 0; i < answer->n_changes; i++) {
        const struct event_change *change = &answer->changes[i];
        TRY(change->removed ? take_removed(r, change, &list, err)
                            : take_standing(r, change, &list, err));
    }
    return OK;
}

/* ---- a calendar of which nothing is known ---- */

static void note_seen(struct round *r, const struct changes_answer *answer)
{
    for (size_t i = 0; i < answer->n_changes && r->n_seen < STORE_FOLLOW_MAX; i++) {
        const struct event_change *change = &answer->changes[i];
        int64_t id = change->removed ? 0 : booking_of_uid(change->uid);
        if (id)
            r->seen[r->n_seen++] = (struct seen){id, {change->ref.start, change->ref.end}};
    }
}

static bool was_seen(const struct round *r, const struct follow_row *row)
{
    for (size_t i = 0; i < r->n_seen; i++)
        if (r->seen[i].booking == row->booking)
            return row->step == STEP_NONE && r->seen[i].slot.start.s == row->slot.start.s &&
                   r->seen[i].slot.end.s == row->slot.end.s;
    return false;
}

/* What happened before is told by no change: look for every booking that was not seen in its place. */
static enum status look_at_unseen(struct round *r, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct follow_list list;
    TRY(store_follow_list(r->v->store, &a, r->connection, r->v->now(), &list, err));
    for (size_t i = 0; i < list.n_rows; i++)
        if (text_equal(list.rows[i].calendar, r->calendar) && !was_seen(r, &list.rows[i]))
            TRY(look_or_hold(r, list.rows[i].booking, err));
    return OK;
}

/* ---- a calendar ---- */

/* So long a round may take for one more answer: then another vault may take its turn. */
static struct instant turn_end(const struct vault *v)
{
    return instant_add_s(v->now(), 2 * v->upstream_timeout_ms / 1000 + LEASE_EXTRA_S);
}

static enum status ask(struct round *r, struct arena *a, struct text state,
                       struct changes_answer *ret_answer, struct error *err)
{
    const struct changes_ask ask = {.calendar = r->calendar, .state = state};
    TRY(store_follow_put_off(r->v->store, r->connection, turn_end(r->v), err));
    *ret_answer = (struct changes_answer){0};
    return calendar_changes(&r->v->calendar, r->connection, &ask, vault_patience_ms(r->v), a,
                            ret_answer, err);
}

static enum status remember(struct round *r, struct text state, struct error *err)
{
    fault_point("follow_before_state");
    TRY(store_sync_state_set(r->v->store, r->connection, r->calendar, state, r->v->now(), err));
    fault_point("follow_after_state");
    return OK;
}

/* Begin anew: go through everything that stands there, then look for what was not seen. */
static enum status begin(struct round *r, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0}, kept CLEANUP(arena_wipe) = {0};
    struct changes_answer answer;
    char *at = arena_alloc(&kept, MAX_SYNC_STATE);
    struct text state = {at, 0};
    r->seen = ARENA_ARRAY(&kept, STORE_FOLLOW_MAX, struct seen);
    r->n_seen = 0;
    for (int i = 0; i < FOLLOW_FIRST_MAX; i++) {
        TRY(ask(r, &a, state, &answer, err));
        if (answer.lost)
            return error_set(err, ERR_UPSTREAM, "follow", "the server forgets as it tells");
        note_seen(r, &answer);
        memcpy(at, answer.state.at, answer.state.n);
        state.n = answer.state.n;
        arena_wipe(&a);
        if (answer.more)
            continue;
        TRY(look_at_unseen(r, err));
        return r->holds_back ? OK : remember(r, state, err);
    }
    return error_set(err, ERR_LIMIT, "follow", "the calendar holds too much to be followed");
}

/* Go on from what is known. */
static enum status go_on(struct round *r, struct error *err)
{
    bool more = true;
    for (int i = 0; more && i < FOLLOW_ANSWERS_MAX; i++) {
        struct arena a CLEANUP(arena_wipe) = {0};
        struct changes_answer answer;
        struct text state;
        TRY(store_sync_state_get(r->v->store, &a, r->connection, r->calendar, &state, err));
        if (!state.n)
            return begin(r, err);
        TRY(ask(r, &a, state, &answer, err));
        if (answer.lost) {
            TRY(remember(r, (struct text){0}, err));
            continue;
        }
        TRY(take_changes(r, &answer, err));
        if (r->holds_back)
            return OK;
        if (!text_equal(answer.state, state))
            TRY(remember(r, answer.state, err));
        more = answer.more;
    }
    return OK;
}

/* ---- hints ---- */

/* Lock held. NULL: there is none, or no room for one more. */
static struct follow_hint *hint_of(struct follower *f, int64_t connection, bool makes)
{
    for (size_t i = 0; i < f->n_hints; i++)
        if (f->hints[i].connection == connection)
            return &f->hints[i];
    if (!makes || f->n_hints == STORE_WATCHABLE_MAX)
        return NULL;
    f->hints[f->n_hints] = (struct follow_hint){.connection = connection};
    return &f->hints[f->n_hints++];
}

static void note(struct follower *f, int64_t connection, bool sets_watched, bool is_watched)
{
    pthread_mutex_lock(&f->lock);
    struct follow_hint *hint = hint_of(f, connection, true);
    if (hint) {
        hint->is_watched = sets_watched ? is_watched : hint->is_watched;
        hint->is_due = f->is_hinted = true;
        pthread_cond_broadcast(&f->changed);
    }
    pthread_mutex_unlock(&f->lock);
}

void follower_hint(struct follower *f, int64_t connection)
{
    note(f, connection, false, false);
}

void follower_watched(struct follower *f, int64_t connection, bool is_watched)
{
    calendar_watched(&f->v->calendar, connection, is_watched);
    note(f, connection, true, is_watched);
}

static bool is_watched(struct follower *f, int64_t connection)
{
    pthread_mutex_lock(&f->lock);
    const struct follow_hint *hint = hint_of(f, connection, false);
    bool watched = hint && hint->is_watched;
    pthread_mutex_unlock(&f->lock);
    return watched;
}

/* Take one that is due; 0: there is none. */
static int64_t take_hint(struct follower *f)
{
    int64_t connection = 0;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->n_hints && !connection; i++) {
        struct follow_hint *hint = &f->hints[i];
        if (!hint->is_due)
            continue;
        connection = hint->connection;
        hint->is_due = false;
        if (!hint->is_watched)
            *hint = f->hints[--f->n_hints];
    }
    f->is_hinted &= connection != 0;
    pthread_mutex_unlock(&f->lock);
    return connection;
}

/* ---- a connection ---- */

/* List the calendars that bookings stand in. */
static size_t list_calendars(const struct follow_list *list,
                             struct text ret_calendars[static CALENDARS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < list->n_rows && n < CALENDARS_MAX; i++) {
        size_t j = 0;
        while (j < n && !text_equal(ret_calendars[j], list->rows[i].calendar))
            j++;
        if (j == n)
            ret_calendars[n++] = list->rows[i].calendar;
    }
    return n;
}

/* See whether a calendar answers that nobody has asked for a while: what fails is told (vault/gate.h). */
static enum status probe(struct vault *v, int64_t connection, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct instant now = v->now();
    const struct busy_ask ask = {.from = now, .to = instant_add_s(now, FOLLOW_PROBE_WINDOW_S)};
    struct busy_answer busy;
    if (instant_until_s(calendar_worked_at(&v->calendar, connection), now) < FOLLOW_PROBE_S)
        return OK;
    return calendar_busy(&v->calendar, connection, &ask, false, vault_patience_ms(v), &a, &busy,
                         err);
}

static enum status follow_connection(struct follower *f, int64_t connection, bool *ret_again,
                                     struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct text calendars[CALENDARS_MAX];
    struct follow_list list;
    TRY(store_follow_list(f->v->store, &a, connection, f->v->now(), &list, err));
    size_t n = list_calendars(&list, calendars);
    if (!n)
        return probe(f->v, connection, err);
    for (size_t i = 0; i < n; i++) {
        struct round round = {
            .follower = f, .v = f->v, .connection = connection, .calendar = calendars[i]};
        TRY(go_on(&round, err));
        *ret_again |= round.holds_back;
    }
    return OK;
}

/* Not all calendars at the same moment. */
static struct instant next_time(const struct follower *f, bool slowly, bool soon)
{
    int64_t every_s = slowly ? f->poll_s * FOLLOW_SLOWER : f->poll_s;
    int64_t spread = every_s / 4;
    int64_t wait_s = every_s - spread / 2;
    if (spread)
        wait_s += (int64_t)(random_u64() % (uint64_t)(spread + 1));
    if (soon && wait_s > FOLLOW_LOOK_S)
        wait_s = FOLLOW_LOOK_S;
    return instant_add_s(f->v->now(), wait_s);
}

/* What the gate held back (a pause, a throttled server) is the gate's to time. */
static void note_asked(struct follower *f, int64_t connection, enum status status)
{
    bool is_held_back = status == ERR_PAUSED || status == ERR_AUTH || status == ERR_LIMIT ||
                        status == ERR_FULL || status == ERR_CLOSED;
    if (status == OK)
        backoff_worked(&f->backoff, connection);
    else if (!is_held_back)
        backoff_failed(&f->backoff, connection, f->v->now());
}

/* Where a mailbox is not at home any more, see whether it has moved: seldom, as it takes long. */
static void look_for_house(struct follower *f, int64_t connection)
{
    struct house_seen *oldest = &f->houses[0];
    struct instant now = f->v->now();
    for (size_t i = 0; i < FOLLOW_HOUSES; i++) {
        struct house_seen *seen = &f->houses[i];
        if (seen->connection == connection && instant_until_s(seen->at, now) < HOUSE_EVERY_S)
            return;
        if (seen->connection == connection || seen->at.s < oldest->at.s)
            oldest = seen;
        if (seen->connection == connection)
            break;
    }
    *oldest = (struct house_seen){connection, now};
    house_look(f->v, connection);
}

/* Take a connection's turn: when it is due and nobody else has it, or whenever there was a hint, since whoever asks at
 * this moment may have asked before the change. */
static void follow_one(struct follower *f, int64_t connection, bool is_hinted)
{
    static const struct instant whenever = {INT64_MAX};
    struct vault *v = f->v;
    struct error err = {0};
    bool again = false;
    struct instant answered_at = calendar_answered_at(&v->calendar, connection);
    if (!backoff_may(&f->backoff, connection, answered_at, v->now()) ||
        store_follow_take(v->store, connection, is_hinted ? whenever : v->now(), turn_end(v),
                          &err) != OK)
        return;
    fault_point("follow_after_take");
    enum status status = follow_connection(f, connection, &again, &err);
    note_asked(f, connection, status);
    if (status == ERR_IO || status == ERR_SEAL)
        log_error(LOG_ERROR, "a calendar could not be followed", status, &err);
    if (status == ERR_NOT_FOUND)
        look_for_house(f, connection);
    bool slowly = status == OK && is_watched(f, connection);
    f->looks_soon |= again;
    status = store_follow_put_off(v->store, connection, next_time(f, slowly, again), &err);
    if (status != OK)
        log_error(LOG_ERROR, "a calendar's turn could not be ended", status, &err);
}

void follow_due(struct follower *f)
{
    int64_t ids[STORE_FOLLOW_DUE_MAX];
    size_t n = 0;
    struct error err = {0};
    if (!f->poll_s || !couriers_attached(&f->v->couriers))
        return;
    enum status status = store_follow_due(f->v->store, f->v->now(), ids, &n, &err);
    if (status != OK)
        log_error(LOG_ERROR, "whom to follow could not be read", status, &err);
    for (size_t i = 0; i < n && !f->ends; i++)
        follow_one(f, ids[i], false);
}

void follow_hinted(struct follower *f)
{
    if (!f->poll_s || !couriers_attached(&f->v->couriers))
        return;
    for (int64_t connection; !f->ends && (connection = take_hint(f));) {
        fault_point("follow_after_hint");
        follow_one(f, connection, true);
    }
}

/* ---- the thread ---- */

/* Wait until it is time, or for a hint and what comes with it. */
static void wait_for_hints(struct follower *f, int64_t until_ms)
{
    pthread_mutex_lock(&f->lock);
    while (!f->ends && !f->is_hinted && wait_until(&f->changed, &f->lock, until_ms))
        continue;
    int64_t gathered_ms = clock_ms() + FOLLOW_GATHER_MS;
    while (!f->ends && f->is_hinted && wait_until(&f->changed, &f->lock, gathered_ms))
        continue;
    pthread_mutex_unlock(&f->lock);
}

static void *follow_on(void *at)
{
    struct follower *f = at;
    int64_t every_ms = (f->poll_s < LOOK_EVERY_S ? 1 : LOOK_EVERY_S) * 1000;
    int64_t next_ms = clock_ms() + every_ms;
    while (!f->ends) {
        wait_for_hints(f, next_ms);
        follow_hinted(f);
        if (clock_ms() >= next_ms) {
            f->looks_soon = false;
            follow_due(f);
            next_ms = clock_ms() + every_ms;
        }
        int64_t soon_ms = clock_ms() + FOLLOW_LOOK_S * 1000;
        if (f->looks_soon && next_ms > soon_ms)
            next_ms = soon_ms;
    }
    return NULL;
}

void follower_init(struct follower *f, struct vault *v, int64_t poll_s)
{
    *f = (struct follower){.v = v, .poll_s = poll_s};
    f->hints = calloc(STORE_WATCHABLE_MAX, sizeof *f->hints);
    ENSURE(f->hints);
    looks_init(&f->looks);
    pthread_mutex_init(&f->lock, NULL);
    wait_init(&f->changed);
}

void follower_done(struct follower *f)
{
    looks_done(&f->looks);
    free(f->hints);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
}

enum status follower_start(struct follower *f, struct vault *v, int64_t poll_s,
                           struct error *err)
{
    follower_init(f, v, poll_s);
    if (pthread_create(&f->thread, NULL, follow_on, f) != 0)
        return error_set(err, ERR_IO, "follow", "the system gives no further thread");
    return OK;
}

enum status follower_stop(struct follower *f, int64_t deadline_ms)
{
    pthread_mutex_lock(&f->lock);
    f->ends = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    TRY(wait_join(f->thread, deadline_ms));
    follower_done(f);
    return OK;
}
