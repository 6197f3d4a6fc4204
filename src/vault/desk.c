/* SPDX-License-Identifier: ISC */
#include "vault/desk.h"

#include <stdlib.h>

#include "os/clock.h"
#include "os/random.h"
#include "vault/booking.h"
#include "vault/calendar.h"
#include "vault/gate.h"
#include "vault/wait.h"

/* A question, on the stack of whoever waits for its answer. */
struct open_question {
    struct list node;
    int64_t number, desk;
    struct slot window;
    int64_t deadline_ms;
    bool is_fetched, is_answered, is_known;
    struct busy *busy; /* heap */
    size_t n_busy;
};

/* A PC that waits for one. */
struct desk_waiter {
    struct list node;
    int64_t desk;
    struct peer *peer; /* held */
    uint64_t number;   /* of its own question to us */
    int64_t deadline_ms;
};

void desks_init(struct desks *desks)
{
    *desks = (struct desks){.n_waiters = 0};
    pthread_mutex_init(&desks->lock, NULL);
    wait_init(&desks->answered);
    list_init(&desks->questions);
    list_init(&desks->waiters);
}

static void waiter_free(struct desk_waiter *waiter)
{
    peer_release(waiter->peer);
    free(waiter);
}

void desks_done(struct desks *desks)
{
    for (struct list *node; (node = list_first(&desks->waiters));) {
        list_remove(node);
        waiter_free(LIST_OWNER(node, struct desk_waiter, node));
    }
    pthread_cond_destroy(&desks->answered);
    pthread_mutex_destroy(&desks->lock);
}

/* ---- PCs that wait ---- */

/* Answer and free waiters that were taken out of the list. Under no lock: a peer may be slow. */
static void answer_all(struct list *waiters, enum status status,
                       const struct desk_question_answer *answer)
{
    for (struct list *node; (node = list_first(waiters));) {
        struct desk_waiter *waiter = LIST_OWNER(node, struct desk_waiter, node);
        list_remove(node);
        peer_put(waiter->peer, WIRE_desk_question, waiter->number, status, NULL,
                 status == OK ? answer : NULL);
        peer_flush(waiter->peer);
        waiter_free(waiter);
    }
}

/* Take out those of a desk (0: of any) whose time is over by then. Lock held. */
static void take_waiters(struct desks *desks, int64_t desk, int64_t now_ms, struct list *taken)
{
    list_init(taken);
    for (struct list *node = desks->waiters.next, *next; node != &desks->waiters; node = next) {
        struct desk_waiter *waiter = LIST_OWNER(node, struct desk_waiter, node);
        next = node->next;
        if ((desk && waiter->desk != desk) || waiter->deadline_ms > now_ms)
            continue;
        list_remove(node);
        list_add_last(taken, node);
        desks->n_waiters--;
    }
}

bool desk_wait(struct desks *desks, int64_t desk, struct peer *peer, uint64_t number,
               int64_t deadline_ms)
{
    struct list taken;
    const struct desk_question_answer none = {.number = 0};
    pthread_mutex_lock(&desks->lock);
    take_waiters(desks, desk, INT64_MAX, &taken);
    bool fits = desks->n_waiters < DESK_WAITERS_MAX;
    if (fits) {
        struct desk_waiter *waiter = calloc(1, sizeof *waiter);
        ENSURE(waiter);
        *waiter = (struct desk_waiter){.desk = desk,
                                       .peer = peer_hold(peer),
                                       .number = number,
                                       .deadline_ms = deadline_ms};
        list_add_last(&desks->waiters, &waiter->node);
        desks->n_waiters++;
    }
    pthread_mutex_unlock(&desks->lock);
    answer_all(&taken, OK, &none);
    return fits;
}

void desk_tend(struct desks *desks)
{
    struct list taken;
    const struct desk_question_answer none = {.number = 0};
    pthread_mutex_lock(&desks->lock);
    take_waiters(desks, 0, clock_ms(), &taken);
    pthread_mutex_unlock(&desks->lock);
    answer_all(&taken, OK, &none);
}

void desk_dismiss(struct desks *desks, int64_t desk)
{
    struct list taken;
    pthread_mutex_lock(&desks->lock);
    take_waiters(desks, desk, INT64_MAX, &taken);
    pthread_mutex_unlock(&desks->lock);
    answer_all(&taken, ERR_CONFLICT, NULL);
}

/* ---- questions ---- */

static struct desk_question_answer told(const struct open_question *q)
{
    return (struct desk_question_answer){.number = q->number,
                                         .from = q->window.start,
                                         .to = q->window.end,
                                         .within_ms = q->deadline_ms - clock_ms()};
}

/* Lock held. */
static struct open_question *find_open(struct desks *desks, int64_t desk, int64_t number)
{
    LIST_EACH (node, &desks->questions) {
        struct open_question *q = LIST_OWNER(node, struct open_question, node);
        bool fits = number ? q->number == number : !q->is_fetched;
        if (q->desk == desk && fits && !q->is_answered)
            return q;
    }
    return NULL;
}

bool desk_question_find(struct desks *desks, int64_t desk, int64_t number,
                        struct desk_question_answer *ret_question)
{
    pthread_mutex_lock(&desks->lock);
    struct open_question *q = find_open(desks, desk, number);
    if (q) {
        q->is_fetched = true;
        *ret_question = told(q);
    }
    pthread_mutex_unlock(&desks->lock);
    return q != NULL;
}

void desk_wake(struct desks *desks, int64_t desk, int64_t number)
{
    struct list taken;
    struct desk_question_answer answer = {.has_orders = number == 0};
    pthread_mutex_lock(&desks->lock);
    take_waiters(desks, desk, INT64_MAX, &taken);
    bool waits = !list_is_empty(&taken);
    struct open_question *q = waits && number ? find_open(desks, desk, number) : NULL;
    if (q) {
        q->is_fetched = true;
        answer = told(q);
    }
    pthread_mutex_unlock(&desks->lock);
    answer_all(&taken, OK, &answer);
    if (!waits && desks->wake)
        desks->wake(desks->with, desk, number);
}

bool desk_question_answer(struct desks *desks, int64_t desk, const struct desk_answer *answer)
{
    pthread_mutex_lock(&desks->lock);
    struct open_question *q = answer->number ? find_open(desks, desk, answer->number) : NULL;
    if (q) {
        q->is_answered = true;
        q->is_known = answer->is_known;
        q->n_busy = answer->is_known ? answer->n_busy : 0;
        q->busy = calloc(q->n_busy + 1, sizeof *q->busy);
        ENSURE(q->busy);
        if (q->n_busy)
            memcpy(q->busy, answer->busy, q->n_busy * sizeof *q->busy);
        pthread_cond_broadcast(&desks->answered);
    }
    pthread_mutex_unlock(&desks->lock);
    return q != NULL;
}

static size_t count_open(const struct desks *desks, int64_t desk)
{
    size_t n = 0;
    LIST_EACH (node, &desks->questions)
        n += LIST_OWNER(node, struct open_question, node)->desk == desk;
    return n;
}

/* What was answered, clipped to the window. */
static void take_answer(const struct open_question *q, struct arena *a,
                        struct busy_answer *ret_busy)
{
    struct busy_answer list = {.busy = ARENA_ARRAY(a, q->n_busy + 1, struct busy)};
    for (size_t i = 0; i < q->n_busy; i++) {
        struct busy busy = q->busy[i];
        if (instant_before(busy.start, q->window.start))
            busy.start = q->window.start;
        if (instant_before(q->window.end, busy.end))
            busy.end = q->window.end;
        if (instant_before(busy.start, busy.end))
            list.busy[list.n_busy++] = busy;
    }
    *ret_busy = list;
}

/* Ask a PC, and wait for its answer. */
static enum status ask_desk(struct desks *desks, int64_t desk, struct slot window,
                            int64_t deadline_ms, struct arena *a, struct busy_answer *ret_busy,
                            struct error *err)
{
    struct open_question q = {.desk = desk, .window = window};
    int64_t latest_ms = clock_ms() + DESK_ANSWER_MS;
    q.number = (int64_t)(random_u64() >> 1 | 1);
    q.deadline_ms = deadline_ms < latest_ms ? deadline_ms : latest_ms;
    pthread_mutex_lock(&desks->lock);
    bool fits = count_open(desks, desk) < DESK_QUESTIONS_MAX;
    if (fits)
        list_add_last(&desks->questions, &q.node);
    pthread_mutex_unlock(&desks->lock);
    if (!fits)
        return error_set(err, ERR_FULL, "connector", "too many questions wait for the PC");
    desk_wake(desks, desk, q.number);
    pthread_mutex_lock(&desks->lock);
    while (!q.is_answered && wait_until(&desks->answered, &desks->lock, q.deadline_ms))
        continue;
    list_remove(&q.node);
    pthread_mutex_unlock(&desks->lock);
    if (q.is_known)
        take_answer(&q, a, ret_busy);
    if (q.busy) {
        wipe_bytes(q.busy, q.n_busy * sizeof *q.busy);
        free(q.busy);
    }
    return q.is_known      ? OK
           : q.is_answered ? error_set(err, ERR_NO_DATA, "connector", "the PC does not know")
                           : error_set(err, ERR_TIMEOUT, "connector", "the PC did not answer");
}

/* ---- jobs ---- */

enum status desk_is(struct calendar *cal, int64_t connection, bool *ret_is, struct error *err)
{
    enum calendar_kind kind;
    TRY(gate_kind(cal, connection, &kind, err));
    *ret_is = kind == CALENDAR_CONNECTOR;
    return OK;
}

static enum status busy(struct calendar *cal, int64_t desk, const struct busy_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct busy_answer *ret_busy,
                        struct error *err)
{
    struct slot window = {ask->from, ask->to};
    struct desk_stored stored;
    struct instant now = cal->now();
    if (ask->room.n)
        return error_set(err, ERR_UNSUPPORTED, "connector", "a PC's calendar has no rooms");
    TRY(store_desk_get(cal->store, desk, &stored, err));
    bool is_live = stored.mode.mode == DESK_REALTIME;
    if (is_live && instant_until_s(stored.heard_at, now) < DESK_SILENT_S) {
        enum status status = ask_desk(&cal->desks, desk, window, deadline_ms, a, ret_busy, err);
        if (status == OK || !stored.mode.may_fall_back)
            return status;
    }
    if (is_live && !stored.mode.may_fall_back)
        return error_set(err, ERR_TIMEOUT, "connector", "the PC is not there");
    return store_desk_busy(cal->store, a, desk, window, ask->own_slot, now, ret_busy, err);
}

/* Which booking is it about? The event's uid begins with its number. */
static enum status booking_of_uid(struct text uid, int64_t *ret_booking)
{
    struct text number, rest;
    return text_cut(uid, '@', &number, &rest) ? booking_id_parse(number, ret_booking)
                                              : ERR_NOT_FOUND;
}

static enum status change(struct calendar *cal, int64_t desk, enum desk_order_kind kind,
                          struct text uid, struct slot slot, struct arena *a,
                          struct event_ref *ret_ref, struct error *err)
{
    struct instant now = cal->now();
    struct desk_change ordered = {.desk = desk, .kind = kind, .slot = slot};
    TRY(booking_of_uid(uid, &ordered.booking));
    ordered.until = kind == DESK_REMOVE ? instant_add_s(now, DESK_REMOVE_S)
                                        : instant_add_s(now, DESK_ORDER_S);
    enum status status = store_desk_change(cal->store, a, &ordered, now, ret_ref, err);
    if (status == ERR_UNCERTAIN)
        desk_wake(&cal->desks, desk, 0);
    return status;
}

static enum status list(struct calendar *cal, int64_t desk, struct arena *a,
                        struct calendars_answer *ret_calendars, struct error *err)
{
    struct desk_hello said = {0};
    TRY(store_desk_said(cal->store, a, desk, &said, err));
    struct calendars_answer seen = {
        .calendars = ARENA_ARRAY(a, DESK_CALENDARS_MAX, struct calendar_row)};
    for (size_t i = 0; i < said.n_calendars; i++)
        seen.calendars[seen.n_calendars++] = (struct calendar_row){
            .id = text_from(arena_printf(a, "%lld", (long long)said.calendars[i].number)),
            .name = said.calendars[i].name,
            .is_default = said.calendars[i].is_booked,
            .can_read = said.calendars[i].is_read,
            .can_write = said.calendars[i].is_booked,
        };
    *ret_calendars = seen;
    return OK;
}

static struct layer layer(const char *name, bool is_good, const char *good, const char *bad,
                          const char *fix)
{
    return (struct layer){.name = text_from(name),
                          .state = is_good ? LAYER_OK : LAYER_REFUSED,
                          .detail = text_from(is_good ? good : bad),
                          .fix = text_from(is_good ? "" : fix)};
}

/* The doctor: is it there, and does it know? */
static enum status check(struct calendar *cal, int64_t desk, struct arena *a,
                         struct check_answer *ret_layers, struct error *err)
{
    struct desk_stored d;
    struct instant now = cal->now();
    TRY(store_desk_get(cal->store, desk, &d, err));
    struct layer *layers = ARENA_ARRAY(a, MAX_LAYERS, struct layer);
    size_t n = 0;
    bool was_heard = d.heard_at.s != 0;
    layers[n++] = layer("pairing", was_heard, "the program has been heard",
                        "the program has not been heard yet",
                        "install the connector on the PC and give it the id and the token");
    if (d.mode.mode == DESK_REALTIME)
        layers[n++] = layer("presence", instant_until_s(d.heard_at, now) < DESK_SILENT_S,
                            "the PC is there", "the PC has not been heard for minutes",
                            "turn the PC on, sign in, and see that the connector runs");
    if (d.mode.mode == DESK_AUTO) {
        layers[n++] = layer("sync", d.is_synced, "a full sync is complete",
                            "no full sync is complete yet: no slots are offered",
                            "wait until the connector says that it is done");
        layers[n++] =
            layer("lease", instant_before(now, d.lease_until), "what was pushed counts",
                  "what was pushed is too old: no slots are offered",
                  "turn the PC on, sign in, and see that the connector runs");
    }
    *ret_layers = (struct check_answer){.layers = layers, .n_layers = n};
    return OK;
}

enum status desk_do(struct calendar *cal, int64_t connection, enum wire_type type,
                    const void *asked, int64_t deadline_ms, struct arena *a, void *ret_answer,
                    struct error *err)
{
    switch (type) {
    case WIRE_busy:
        return busy(cal, connection, asked, deadline_ms, a, ret_answer, err);
    case WIRE_find: {
        const struct find_ask *ask = asked;
        struct find_answer *answer = ret_answer;
        int64_t booking;
        TRY(booking_of_uid(ask->uid, &booking));
        return store_desk_find(cal->store, a, booking, cal->now(), &answer->ref, err);
    }
    case WIRE_update: {
        const struct update_ask *ask = asked;
        struct update_answer *answer = ret_answer;
        return change(cal, connection, DESK_UPDATE, ask->event.uid,
                      (struct slot){ask->event.start, ask->event.end}, a, &answer->ref, err);
    }
    case WIRE_remove: {
        const struct remove_ask *ask = asked;
        struct event_ref ref;
        return change(cal, connection, DESK_REMOVE, ask->uid,
                      (struct slot){cal->now(), cal->now()}, a, &ref, err);
    }
    case WIRE_calendars:
        return list(cal, connection, a, ret_answer, err);
    case WIRE_check:
        return check(cal, connection, a, ret_answer, err);
    default:
        return error_set(err, ERR_UNSUPPORTED, "connector", "a PC's calendar cannot do this");
    }
}
