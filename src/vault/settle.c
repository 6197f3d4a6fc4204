/* SPDX-License-Identifier: ISC
 *
 *     in flight   the event is ...          then
 *     HOLD        never written             release
 *     CREATE      there                     confirm, once its room has accepted; remove it, release where
 *                                           the room declines or says nothing for long
 *                 not there, twice          release; remove it should it come later. What was a request
 *                                           waits for its host again, who gets a notice
 *     MOVE        at the new time           move_confirm; with a room as above, or back and move_give_up
 *                 elsewhere or gone, twice  move_give_up; move it back should it still go there
 *     CANCEL      -                         remove again, cancel_confirm
 *     UNDO        -                         remove, release; remove it should it come later
 *
 * A session of a series goes forward instead, since all of it is booked or nothing: an event that is not there is
 * written, and only where the calendar refuses it, or its room does, the whole series is undone.
 */
#include "vault/settle.h"

#include "os/clock.h"
#include "os/log.h"
#include "vault/approve.h"
#include "vault/audit.h"
#include "vault/wait.h"

enum {
    SETTLE_EVERY_MS = 5000,
    SETTLE_LOOK_S = 2,    /* between the two looks at least */
    SETTLE_MARGIN_S = 10, /* a write is over when its deadline passed by this much */
    SETTLE_ROOM_S =
        900, /* a room that has not answered by then has no right to be waited for */
    SETTLE_LATE_S = 300, /* so long a late event is looked for */
    SETTLE_OTHERS_S = 300,
    SETTLE_LATE_MAX = 16, /* in one round */
};

/* The event was not found as the write should have left it. Is that final? */
static bool is_final(struct vault *v, const struct booking_stored *b)
{
    struct instant now = v->now();
    bool at_desk =
        false; /* what a PC has not said yet is told apart from what it has not done */
    if (b->connection && desk_is(&v->calendar, b->connection, &at_desk, NULL) == OK && at_desk)
        return true;
    struct instant first = looks_note(&v->looks, b->id, b->connection, now);
    int64_t write_s = v->upstream_timeout_ms / 1000 + SETTLE_MARGIN_S;
    return instant_until_s(first, now) >= SETTLE_LOOK_S &&
           instant_until_s(b->step_at, now) >= write_s;
}

/* The write did not happen, as far as anybody can tell. A server that is slow beyond its deadline may still
 * do it. */
static void give_up(struct vault *v, int64_t booking, struct instant moved_to)
{
    looks_give_up(&v->looks, booking, instant_add_s(v->now(), SETTLE_LATE_S), moved_to);
}

/* What the room of a written event makes of it: OK, it is booked; ERR_CONFLICT, it is not and will not be. */
static enum status judge_room(struct vault *v, const struct booking_stored *b,
                              const struct event_ref *ref, struct error *err)
{
    if (ref->room == ROOM_NONE || ref->room == ROOM_ACCEPTED)
        return OK;
    if (ref->room == ROOM_DECLINED || instant_until_s(b->step_at, v->now()) > SETTLE_ROOM_S)
        return error_set(err, ERR_CONFLICT, "settle", "the room does not take the event");
    return error_set(err, ERR_UNCERTAIN, "settle", "the room has not answered yet");
}

/* The booking does not come about. Who asked for it is told, unless they wait for the answer just now. */
static enum status drop(struct vault *v, const struct booking_stored *b, bool tells,
                        struct error *err)
{
    return tells ? store_booking_give_up(v->store, b->id, v->now(), err)
                 : store_booking_release(v->store, b->id, err);
}

/* The booking stays where it is. Who asked is told, unless they wait for the answer just now. */
static enum status drop_move(struct vault *v, const struct booking_stored *b, bool tells,
                             const struct event_ref *ref, struct error *err)
{
    return tells ? store_booking_move_give_up(v->store, b->id, ref, v->now(), err)
                 : store_booking_move_release(v->store, b->id, ref, v->now(), err);
}

/* The room is not to be had: take the event away, or put it back where it stood. */
static enum status take_back(struct vault *v, const struct booking_stored *b, bool tells,
                             const struct event_ref *ref, int64_t deadline_ms, struct arena *a,
                             struct error *err)
{
    struct event_ref back;
    struct page_stored page;
    looks_forget(&v->looks, b->id);
    if (b->step == STEP_CREATE && b->series)
        return store_series_undo(v->store, b->series, v->now(), err);
    if (b->step == STEP_CREATE) {
        const struct remove_ask removal = booking_removal(a, b, ref->id);
        TRY(calendar_remove(&v->calendar, b->connection, &removal, deadline_ms, err));
        return drop(v, b, tells, err);
    }
    TRY(store_page_get(v->store, a, b->page, &page, err));
    struct event event = booking_event(a, b, &page, b->slot);
    event.room = (struct text){0}; /* where it stood nothing depends on the room's answer */
    TRY(calendar_update(&v->calendar, b->connection, b->calendar, ref->id, &event, deadline_ms,
                        a, &back, err));
    return drop_move(v, b, tells, &back, err);
}

/* Does a refused write mean that it will be refused again? */
static bool is_refused(enum status status)
{
    return status == ERR_UPSTREAM || status == ERR_DENIED || status == ERR_INVALID ||
           status == ERR_CONFLICT || status == ERR_UNSUPPORTED;
}

/* The event of a session is not there: write it. */
static enum status go_forward(struct vault *v, const struct booking_stored *b,
                              int64_t deadline_ms, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct page_stored page;
    struct event_ref ref;
    TRY(store_page_get(v->store, &a, b->page, &page, err));
    struct event event = booking_event(&a, b, &page, b->slot);
    enum status status = calendar_create(&v->calendar, b->connection, b->calendar, &event,
                                         deadline_ms, &a, &ref, err);
    if (is_refused(status))
        return store_series_undo(v->store, b->series, v->now(), err);
    TRY(status);
    TRY(store_booking_confirm(v->store, b->id, &ref, v->now(), err));
    looks_forget(&v->looks, b->id);
    return OK;
}

/* Take back a session of a series that is undone. */
static enum status undo(struct vault *v, const struct booking_stored *b, int64_t deadline_ms,
                        struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    const struct remove_ask removal = booking_removal(&a, b, b->ref.id);
    if (b->connection) {
        TRY(calendar_remove(&v->calendar, b->connection, &removal, deadline_ms, err));
        (void)looks_note(&v->looks, b->id, b->connection, v->now());
        give_up(v, b->id, (struct instant){0});
    }
    return store_booking_release(v->store, b->id, err);
}

static enum status look_for_create(struct vault *v, const struct booking_stored *b, bool tells,
                                   enum status found, const struct event_ref *ref,
                                   int64_t deadline_ms, struct error *err)
{
    if (found == OK) {
        TRY(store_booking_confirm(v->store, b->id, ref, v->now(), err));
        looks_forget(&v->looks, b->id);
        return OK;
    }
    if (b->series && !b->connection)
        return store_booking_confirm(v->store, b->id, NULL, v->now(), err);
    if (!is_final(v, b))
        return error_set(err, ERR_UNCERTAIN, "settle", "the event is not there yet");
    if (b->series)
        return go_forward(v, b, deadline_ms, err);
    TRY(drop(v, b, tells, err));
    give_up(v, b->id, (struct instant){0});
    return OK;
}

static enum status look_for_move(struct vault *v, const struct booking_stored *b, bool tells,
                                 enum status found, const struct event_ref *ref,
                                 struct error *err)
{
    if (found == OK && ref->start.s == b->move_to.start.s) {
        TRY(store_booking_move_confirm(v->store, b->id, ref, v->now(), err));
        looks_forget(&v->looks, b->id);
    } else {
        if (!is_final(v, b))
            return error_set(err, ERR_UNCERTAIN, "settle", "the event has not moved yet");
        TRY(drop_move(v, b, tells, found == OK ? ref : NULL, err));
        give_up(v, b->id, b->move_to.start);
    }
    return OK;
}

static enum status look(struct vault *v, const struct booking_stored *b, bool tells,
                        int64_t deadline_ms, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct text uid = booking_uid(&a, b->id);
    if (b->step == STEP_NONE)
        return OK;
    if (b->step == STEP_HOLD)
        return store_booking_release(v->store, b->id, err);
    if (b->step == STEP_UNDO)
        return undo(v, b, deadline_ms, err);
    if (b->step == STEP_CANCEL) {
        if (b->connection)
            TRY(booking_clear_event(v, b, deadline_ms, err));
        return store_booking_cancel_confirm(v->store, b->id, NULL, v->now(), err);
    }
    struct event_ref ref = {0};
    enum status found = ERR_NOT_FOUND;
    if (b->connection)
        found = calendar_find(&v->calendar, b->connection, b->calendar, uid, deadline_ms, &a,
                              &ref, err);
    if (found != OK && found != ERR_NOT_FOUND)
        return found;
    if (found == OK && (b->step == STEP_CREATE || ref.start.s == b->move_to.start.s)) {
        enum status room = judge_room(v, b, &ref, err);
        if (room == ERR_CONFLICT)
            return take_back(v, b, tells, &ref, deadline_ms, &a, err);
        TRY(room);
    }
    return b->step == STEP_CREATE ? look_for_create(v, b, tells, found, &ref, deadline_ms, err)
                                  : look_for_move(v, b, tells, found, &ref, err);
}

enum status settle_look(struct vault *v, const struct booking_stored *b, int64_t deadline_ms,
                        struct error *err)
{
    return look(v, b, true, deadline_ms, err);
}

enum status settle_look_at_once(struct vault *v, const struct booking_stored *b,
                                int64_t deadline_ms, struct error *err)
{
    return look(v, b, false, deadline_ms, err);
}

/* Is it worth asking that calendar now? One dead server must not hold up all the others. */
static bool may_ask(struct vault *v, int64_t connection)
{
    return connection == 0 ||
           backoff_may(&v->backoff, connection, calendar_answered_at(&v->calendar, connection),
                       v->now());
}

/* What the gate held back (a pause, a throttled server) is the gate's to time. */
static void note_asked(struct vault *v, int64_t connection, enum status status)
{
    bool has_answered = status == OK || status == ERR_UNCERTAIN || status == ERR_NOT_FOUND;
    bool is_held_back = status == ERR_PAUSED || status == ERR_AUTH || status == ERR_LIMIT ||
                        status == ERR_FULL || status == ERR_CLOSED;
    if (has_answered)
        backoff_worked(&v->backoff, connection);
    else if (connection && !is_held_back)
        backoff_failed(&v->backoff, connection, v->now());
}

/* Is another node at work on it? So long a request may last; then its node has died, and anybody may settle it:
 * what two do at once comes to the same. */
static bool is_anothers(const struct vault *v, const struct booking_stored *b)
{
    return !b->step_is_ours && instant_until_s(b->step_at, v->now()) <= SETTLE_OTHERS_S;
}

/* Settle one booking unless somebody is at work on it. */
static void settle_one(struct vault *v, int64_t id, struct instant began)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct claim claim CLEANUP(claim_release) = {0};
    struct booking_stored b;
    struct error err = {0};
    if (claim_take(&v->claims, id, clock_ms(), &claim) != OK ||
        store_booking_get(v->store, &a, id, &b, &err) != OK || b.step == STEP_NONE)
        return;
    /* A young hold may belong to a request that has not claimed it yet. One of the second in which we began is
     * more likely left by an earlier run; were it ours after all, its request would be refused, no more. */
    bool is_old = !instant_before(began, b.step_at) ||
                  instant_until_s(b.step_at, v->now()) > STORE_HOLD_S;
    if (b.step == STEP_HOLD && !is_old)
        return;
    if (is_anothers(v, &b) || !may_ask(v, b.connection))
        return;
    enum status status = settle_look(v, &b, vault_patience_ms(v), &err);
    if (status == OK)
        METRIC_ADD(&v->metrics, settled);
    note_asked(v, b.connection, status);
    if (status == ERR_IO || status == ERR_SEAL)
        log_error(LOG_ERROR, "a booking could not be settled", status, &err);
}

/* Undo a late write, where it has come: an event whose booking is gone is removed, one that a given up move
 * has moved after all goes back to its booking's time. Whoever a late event invited, where its booking is not
 * known any more, was invited by us. OK: it was there and is undone. */
static enum status undo_late(struct vault *v, const struct look *late, int64_t deadline_ms)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct claim claim CLEANUP(claim_release) = {0};
    struct text uid = booking_uid(&a, late->booking);
    struct booking_stored b = {0};
    struct page_stored page;
    struct event_ref ref;
    TRY(claim_take(&v->claims, late->booking, clock_ms(), &claim));
    enum status known = store_booking_get(v->store, &a, late->booking, &b, NULL);
    if (known != OK && known != ERR_NOT_FOUND)
        return known;
    TRY(calendar_find(&v->calendar, late->connection, b.calendar, uid, deadline_ms, &a, &ref,
                      NULL));
    bool is_nobodys = known == ERR_NOT_FOUND || b.state == BOOKING_CANCELLED ||
                      b.state == BOOKING_REQUESTED || b.state == BOOKING_UNVERIFIED;
    if (is_nobodys) {
        const struct remove_ask removal = {.calendar = b.calendar,
                                           .id = ref.id,
                                           .uid = uid,
                                           .has_invitee = known == ERR_NOT_FOUND || b.invited};
        return calendar_remove(&v->calendar, late->connection, &removal, deadline_ms, NULL);
    }
    bool moved_late = b.state == BOOKING_CONFIRMED && b.step == STEP_NONE &&
                      ref.start.s == late->moved_to.s && b.slot.start.s != ref.start.s;
    if (!moved_late)
        return ERR_NOT_FOUND;
    TRY(store_page_get(v->store, &a, b.page, &page, NULL));
    struct event event = booking_event(&a, &b, &page, b.slot);
    return calendar_update(&v->calendar, late->connection, b.calendar, ref.id, &event,
                           deadline_ms, &a, &ref, NULL);
}

static void undo_late_ones(struct vault *v)
{
    struct look late[SETTLE_LATE_MAX];
    size_t n = looks_given_up(&v->looks, late, SETTLE_LATE_MAX);
    for (size_t i = 0; i < n; i++) {
        enum status status = ERR_TIMEOUT;
        if (may_ask(v, late[i].connection)) {
            status = undo_late(v, &late[i], vault_patience_ms(v));
            note_asked(v, late[i].connection, status);
        }
        if (status == OK || instant_before(late[i].until, v->now()))
            looks_forget(&v->looks, late[i].booking);
    }
}

void settle_all(struct vault *v, struct instant began)
{
    int64_t after = 0;
    struct unsettled_list list;
    do {
        struct arena a CLEANUP(arena_wipe) = {0};
        struct error err = {0};
        struct instant before = instant_add_s(v->now(), 1);
        enum status status = store_unsettled_list(v->store, &a, before, after, &list, &err);
        if (status != OK) {
            log_error(LOG_ERROR, "what is in flight could not be read", status, &err);
            return;
        }
        for (size_t i = 0; i < list.n_rows; i++) {
            settle_one(v, list.rows[i].id, began);
            after = list.rows[i].id;
        }
    } while (list.n_rows == STORE_UNSETTLED_MAX);
    undo_late_ones(v);
}

static void *settle_on(void *at)
{
    struct settler *settler = at;
    struct instant began = settler->v->now();
    pthread_mutex_lock(&settler->lock);
    while (!settler->ends) {
        pthread_mutex_unlock(&settler->lock);
        settle_all(settler->v, began);
        booking_lapse_all(settler->v);
        desk_tend(&settler->v->calendar.desks);
        messenger_tend(&settler->v->messenger, settler->v->store, settler->v->now());
        vault_leave_if_lost(settler->v);
        audit_tend(settler->v);
        couriers_tidy(&settler->v->couriers, clock_ms());
        pthread_mutex_lock(&settler->lock);
        int64_t next_ms = clock_ms() + SETTLE_EVERY_MS;
        while (!settler->ends && wait_until(&settler->changed, &settler->lock, next_ms))
            continue;
    }
    pthread_mutex_unlock(&settler->lock);
    return NULL;
}

enum status settler_start(struct settler *settler, struct vault *v, struct error *err)
{
    *settler = (struct settler){.v = v};
    pthread_mutex_init(&settler->lock, NULL);
    wait_init(&settler->changed);
    if (pthread_create(&settler->thread, NULL, settle_on, settler) != 0)
        return error_set(err, ERR_IO, "settle", "the system gives no further thread");
    return OK;
}

enum status settler_stop(struct settler *settler, int64_t deadline_ms)
{
    pthread_mutex_lock(&settler->lock);
    settler->ends = true;
    pthread_cond_broadcast(&settler->changed);
    pthread_mutex_unlock(&settler->lock);
    TRY(wait_join(settler->thread, deadline_ms));
    pthread_cond_destroy(&settler->changed);
    pthread_mutex_destroy(&settler->lock);
    return OK;
}
