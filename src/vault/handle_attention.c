/* SPDX-License-Identifier: ISC
 *
 * What a host is told to see to, and the two answers to a notice that a booked event was moved or deleted:
 *
 *     accept      the booking follows the event, as follow.c would have done without asking
 *     restore     the event is written back as it was booked
 *
 * Either looks at the calendar first and does nothing where it says something else by now: of that another notice tells.
 * Killed anywhere, the same answer can be given again.
 */
#include "store/follow.h"
#include "vault/booking.h"
#include "vault/fault.h"
#include "vault/permit.h"

enum status handle_attention_list(struct vault *v, struct request *r,
                                  const struct attention_list_ask *ask,
                                  struct attention_list_answer *answer, struct error *err)
{
    return store_attention_list(v->store, &r->a, ask, answer, err);
}

enum status handle_attention_done(struct vault *v, struct request *r,
                                  const struct attention_done_ask *ask,
                                  struct attention_done_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_attention_done(v->store, ask, v->now(), err);
}

/* A notice that is being answered. */
struct answering {
    struct attention_stored notice;
    struct booking_stored booking;
    struct page_stored page;
    struct event_ref ref;
    bool is_gone; /* the event */
    struct claim claim;
};

static void answering_done(struct answering *x)
{
    claim_release(&x->claim);
}

static bool is_about_event(enum attention_kind kind)
{
    return kind == ATTENTION_EVENT_MOVED || kind == ATTENTION_EVENT_GONE ||
           kind == ATTENTION_EVENT_UNFIT;
}

/* Is there still something to answer? A booking that changed since has left its notice behind. */
static bool is_open(const struct answering *x)
{
    return !x->notice.is_done && x->booking.state == BOOKING_CONFIRMED &&
           x->booking.step == STEP_NONE && x->booking.connection &&
           x->booking.slot.start.s == x->notice.start.s;
}

static enum status load(struct vault *v, struct request *r, struct text account, int64_t id,
                        struct answering *x, struct error *err)
{
    TRY(store_attention_get(v->store, account, id, &x->notice, err));
    if (!is_about_event(x->notice.kind))
        return error_set(err, ERR_CONFLICT, "attention",
                         "that notice is not about an event that was moved or deleted");
    TRY(claim_take(&v->claims, x->notice.booking, r->deadline_ms, &x->claim));
    TRY(store_attention_get(v->store, account, id, &x->notice,
                            err)); /* its turn may have come late */
    TRY(store_booking_get(v->store, &r->a, x->notice.booking, &x->booking, err));
    return store_page_get(v->store, &r->a, x->booking.page, &x->page, err);
}

/* Where does the event stand now? */
static enum status look(struct vault *v, struct request *r, struct answering *x,
                        struct error *err)
{
    const struct booking_stored *b = &x->booking;
    enum status status =
        calendar_find(&v->calendar, b->connection, b->calendar, booking_uid(&r->a, b->id),
                      r->deadline_ms, &r->a, &x->ref, err);
    x->is_gone = status == ERR_NOT_FOUND;
    return x->is_gone ? OK : status;
}

static struct found_event found_of(struct vault *v, const struct answering *x)
{
    const struct rule *rule = &x->page.rule;
    return (struct found_event){
        .booking = x->booking.id,
        .sequence = x->booking.sequence,
        .slot = x->booking.slot,
        .ref = x->ref,
        .is_gone = x->is_gone,
        .occupied = {instant_add_s(x->ref.start, -rule->buffer_before_min * 60),
                     instant_add_s(x->ref.end, rule->buffer_after_min * 60)},
        .now = v->now(),
        .notice = x->notice.id,
    };
}

static enum status show(struct vault *v, struct request *r, const struct answering *x,
                        struct booking_public *ret_booking, struct error *err)
{
    struct booking_stored booking;
    TRY(store_booking_get(v->store, &r->a, x->booking.id, &booking, err));
    *ret_booking = booking_show(&r->a, &booking, &x->page);
    return OK;
}

/* What nothing can be done about any more is done. */
static enum status close_notice(struct vault *v, struct text account, const struct answering *x,
                                struct error *err)
{
    const struct attention_done_ask done = {account, x->notice.id};
    return x->notice.is_done ? OK : store_attention_done(v->store, &done, v->now(), err);
}

/* ---- accept ---- */

/* Does the calendar still say what the notice says? */
static bool is_as_told(const struct answering *x)
{
    bool was_gone = x->notice.kind == ATTENTION_EVENT_GONE;
    return x->is_gone ? was_gone : !was_gone && x->ref.start.s == x->notice.moved_to.s;
}

static enum status accept(struct vault *v, struct request *r, struct answering *x,
                          struct error *err)
{
    TRY(look(v, r, x, err));
    if (!is_as_told(x))
        return error_set(err, ERR_CONFLICT, "attention",
                         "the calendar says something else now: another notice will tell");
    fault_point("accept_before_write");
    const struct found_event found = found_of(v, x);
    TRY(store_event_follow(v->store, &found, err));
    fault_point("accept_after_write");
    METRIC_ADD(&v->metrics, followed);
    return OK;
}

enum status handle_attention_accept(struct vault *v, struct request *r,
                                    const struct attention_accept_ask *ask,
                                    struct attention_accept_answer *answer, struct error *err)
{
    struct answering x CLEANUP(answering_done) = {0};
    TRY(load(v, r, ask->account, ask->id, &x, err));
    TRY(is_open(&x) ? accept(v, r, &x, err) : close_notice(v, ask->account, &x, err));
    return show(v, r, &x, &answer->booking, err);
}

/* ---- restore ---- */

/* Could the event stand there again? Its own one, wherever it is now, does not count. */
static enum status check_time(struct vault *v, struct request *r, const struct answering *x,
                              bool over_busy, struct error *err)
{
    struct view view;
    struct interval week = slots_week(x->booking.slot.start);
    struct permit permit = {.beyond_rules = true, .over_busy = over_busy, .tells = true};
    struct busy_ask own = {0};
    if (!x->is_gone) {
        own.own_slot = x->booking.slot;
        own.own_id = x->ref.id;
        own.own_uid = booking_uid(&r->a, x->booking.id);
    }
    TRY(view_init(v, &x->page, week.start, week.end, &view, err));
    view.except = x->booking.id;
    view_ask_calendar(v, &r->a, &view, &own, true, r->deadline_ms);
    TRY(view_read_taken(v, &r->a, &view, err));
    if (permit_start(&permit, &view, &r->a, x->booking.slot.start, err) == OK)
        return OK;
    return error_set(err, ERR_CONFLICT, "attention", "%s",
                     view.known ? "the booking's time is over, or taken by something else"
                                : "the calendar does not say whether the time is free");
}

static enum status write_back(struct vault *v, struct request *r, struct answering *x,
                              struct error *err)
{
    const struct booking_stored *b = &x->booking;
    const struct found_event found = found_of(v, x);
    struct event event = booking_event(&r->a, b, &x->page, b->slot);
    TRY(store_event_forget(v->store, &found, err));
    fault_point("restore_before_write");
    if (x->is_gone)
        return calendar_create(&v->calendar, b->connection, b->calendar, &event, r->deadline_ms,
                               &r->a, &x->ref, err);
    return calendar_update(&v->calendar, b->connection, b->calendar, x->ref.id, &event,
                           r->deadline_ms, &r->a, &x->ref, err);
}

static enum status restore(struct vault *v, struct request *r, struct answering *x,
                           bool over_busy, struct error *err)
{
    TRY(look(v, r, x, err));
    bool stands = !x->is_gone && x->ref.start.s == x->booking.slot.start.s &&
                  x->ref.end.s == x->booking.slot.end.s;
    if (!stands) {
        TRY(check_time(v, r, x, over_busy, err));
        TRY(write_back(v, r, x, err));
    }
    fault_point("restore_after_write");
    const struct found_event found = found_of(v, x);
    return store_event_restored(v->store, &found, err);
}

enum status handle_attention_restore(struct vault *v, struct request *r,
                                     const struct attention_restore_ask *ask,
                                     struct attention_restore_answer *answer, struct error *err)
{
    struct answering x CLEANUP(answering_done) = {0};
    TRY(load(v, r, ask->account, ask->id, &x, err));
    TRY(is_open(&x) ? restore(v, r, &x, ask->over_busy, err)
                    : close_notice(v, ask->account, &x, err));
    return show(v, r, &x, &answer->booking, err);
}
