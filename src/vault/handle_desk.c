/* SPDX-License-Identifier: ISC
 *
 * What the program on a desk says (wire/desk.h). Each question carries who it is, and is looked at anew: a pairing that
 * was ended ends with the next word. What its statuses mean to it is said in wire/desk.h.
 */
#include "os/clock.h"
#include "store/desk.h"
#include "vault/booking.h"
#include "vault/desk.h"
#include "vault/settle.h"

enum { AUTO_INTERVAL_S = 60, LIVE_INTERVAL_S = 300 };

static enum status admit(struct vault *v, const struct desk_bearer *who,
                         struct desk_stored *ret_desk, struct error *err)
{
    return store_desk_admit(v->store, who, v->now(), ret_desk, err);
}

enum status handle_desk_hello(struct vault *v, struct request *r,
                              const struct desk_hello_ask *ask,
                              struct desk_hello_answer *answer, struct error *err)
{
    struct desk_stored desk;
    TRY(admit(v, &ask->who, &desk, err));
    for (size_t i = 0; i < ask->said.n_calendars; i++)
        if (text_misleads(ask->said.calendars[i].name))
            return error_set(err, ERR_INVALID, "connector", "a calendar's name misleads");
    TRY(store_desk_hello(v->store, desk.id, &ask->said, &desk, err));
    *answer = (struct desk_hello_answer){
        .mode = desk.mode.mode,
        .may_fall_back = desk.mode.may_fall_back,
        .interval_s = desk.mode.mode == DESK_AUTO ? AUTO_INTERVAL_S : LIVE_INTERVAL_S,
        .lease_s = desk.mode.only_here ? DESK_LEASE_LONG_S : DESK_LEASE_S,
        .days_ahead = DESK_DAYS_AHEAD,
        .epoch = desk.epoch,
        .sequence = desk.is_synced ? desk.sequence : 0,
        .now = v->now(),
    };
    /* Without XMPP it waits over HTTPS: nothing to fail for. */
    if (desk.mode.mode == DESK_REALTIME &&
        messenger_ticket(&v->messenger, desk.id, v->now(), &r->a, &answer->xmpp, NULL) != OK)
        answer->xmpp = (struct desk_xmpp){.port = 0};
    return OK;
}

enum status handle_desk_ticket(struct vault *v, struct request *r,
                               const struct desk_ticket_ask *ask,
                               struct desk_ticket_answer *answer, struct error *err)
{
    struct desk_stored desk;
    TRY(admit(v, &ask->who, &desk, err));
    if (!messenger_is_used(&v->messenger))
        return OK; /* no host: it says so */
    return messenger_ticket(&v->messenger, desk.id, v->now(), &r->a, &answer->xmpp, err);
}

enum status handle_desk_push(struct vault *v, struct request *r,
                             const struct desk_push_ask *ask, struct desk_push_answer *answer,
                             struct error *err)
{
    (void)r;
    struct desk_stored desk;
    TRY(admit(v, &ask->who, &desk, err));
    TRY(store_desk_push(v->store, desk.id, &ask->said, v->now(), answer, err));
    if (!ask->said.more && ask->said.n_intervals)
        calendar_changed(&v->calendar, desk.id);
    return store_desk_has_orders(v->store, desk.id, &answer->has_orders, err);
}

/* Fill what its booking gives: the event, and what is to be looked at before. False: there is no such booking any
 * more, and nothing is to be written. */
static bool fill_order(struct vault *v, struct arena *a, const struct desk_order_row *row,
                       struct desk_order *order)
{
    struct booking_stored b;
    struct page_stored page;
    if (store_booking_get(v->store, a, row->booking, &b, NULL) != OK ||
        store_page_get(v->store, a, b.page, &page, NULL) != OK)
        return false;
    const struct zone *zone = zone_find(v->zones, page.rule.zone);
    order->event = booking_event(a, &b, &page, row->slot);
    order->event.room = order->event.invitee_name = order->event.invitee_email =
        (struct text){0};
    order->id = b.ref.id;
    order->blocking = page.rule.blocking;
    if (!zone)
        return false;
    struct booking_time time = booking_time_at(&page, zone, row->slot.start);
    order->from = time.occupied.start;
    order->to = time.occupied.end;
    return true;
}

enum status handle_desk_pull(struct vault *v, struct request *r,
                             const struct desk_pull_ask *ask, struct desk_pull_answer *answer,
                             struct error *err)
{
    struct desk_stored desk;
    struct desk_order_row rows[DESK_ORDERS_MAX];
    size_t n = 0;
    TRY(admit(v, &ask->who, &desk, err));
    TRY(store_desk_pull(v->store, desk.id, v->now(), rows, &n, &answer->more, err));
    answer->orders = ARENA_ARRAY(&r->a, n + 1, struct desk_order);
    for (size_t i = 0; i < n; i++) {
        struct desk_order order = {
            .number = rows[i].number, .kind = rows[i].kind, .until = rows[i].until};
        if (!fill_order(v, &r->a, &rows[i], &order) && rows[i].kind != DESK_REMOVE)
            continue;
        if (rows[i].kind == DESK_REMOVE)
            order.event = (struct event){.uid = booking_uid(&r->a, rows[i].booking),
                                         .start = rows[i].slot.start,
                                         .end = rows[i].slot.end};
        answer->orders[answer->n_orders++] = order;
    }
    return OK;
}

/* A step of its booking waits for this: go on with it now. What cannot be told yet the settler looks at again. */
static void go_on(struct vault *v, struct request *r, int64_t id)
{
    struct claim claim CLEANUP(claim_release) = {0};
    struct booking_stored b;
    enum status status = claim_take(&v->claims, id, r->deadline_ms, &claim);
    if (status == OK)
        status = store_booking_get(v->store, &r->a, id, &b, NULL);
    if (status == OK)
        status = settle_look(v, &b, r->deadline_ms, NULL);
    if (status == OK)
        METRIC_ADD(&v->metrics, settled);
}

enum status handle_desk_done(struct vault *v, struct request *r,
                             const struct desk_done_ask *ask, struct desk_done_answer *answer,
                             struct error *err)
{
    (void)answer;
    struct desk_stored desk;
    int64_t booking = 0;
    TRY(admit(v, &ask->who, &desk, err));
    TRY(store_desk_done(v->store, desk.id, &ask->said, v->now(), &booking, err));
    if (booking)
        go_on(v, r, booking);
    return OK;
}

enum status handle_desk_question(struct vault *v, struct request *r,
                                 const struct desk_question_ask *ask,
                                 struct desk_question_answer *answer, struct error *err)
{
    struct desk_stored desk;
    struct desks *desks = &v->calendar.desks;
    int64_t wait_s = ask->said.wait_s < DESK_WAIT_MAX_S ? ask->said.wait_s : DESK_WAIT_MAX_S;
    TRY(admit(v, &ask->who, &desk, err));
    if (desk.mode.mode != DESK_REALTIME)
        return error_set(err, ERR_CONFLICT, "connector", "its mode is Auto-sync");
    if (desk_question_find(desks, desk.id, ask->said.number, answer))
        return OK;
    TRY(store_desk_has_orders(v->store, desk.id, &answer->has_orders, err));
    if (answer->has_orders || wait_s <= 0 || ask->said.number)
        return OK;
    r->answered = desk_wait(desks, desk.id, r->peer, r->number, clock_ms() + wait_s * 1000);
    return r->answered ? OK : ERR_FULL;
}

enum status handle_desk_answer(struct vault *v, struct request *r,
                               const struct desk_answer_ask *ask,
                               struct desk_answer_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    struct desk_stored desk;
    TRY(admit(v, &ask->who, &desk, err));
    (void)desk_question_answer(&v->calendar.desks, desk.id,
                               &ask->said); /* or it comes too late */
    return OK;
}

enum status handle_desk_leave(struct vault *v, struct request *r,
                              const struct desk_leave_ask *ask,
                              struct desk_leave_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    struct desk_stored desk;
    TRY(admit(v, &ask->who, &desk, err));
    return store_desk_leave(v->store, desk.id, err);
}
