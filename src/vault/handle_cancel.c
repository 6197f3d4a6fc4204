/* SPDX-License-Identifier: ISC
 *
 * Cancelling: written down first, so that nothing can lose it; then the event is removed, and only then is
 * the slot free. Where the calendar does not answer the customer is done nevertheless: settle.c goes on.
 */
#include "vault/approve.h"
#include "vault/fault.h"
#include "vault/settle.h"

static const char *const cancelled_titles[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "Cancelled: ",
    [LANGUAGE_DE] = "Abgesagt: ",
    [LANGUAGE_FR] = "Annulé : ",
    [LANGUAGE_IT] = "Annullato: ",
    [LANGUAGE_AR] = "\u0645\u0644\u063a\u0649: ",
};

enum status booking_clear_event(struct vault *v, const struct booking_stored *booking,
                                int64_t deadline_ms, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct page_stored page;
    struct event_ref ref;
    TRY(store_page_get(v->store, &a, booking->page, &page, err));
    const struct remove_ask removal = booking_removal(&a, booking, booking->ref.id);
    bool at_desk = false;
    TRY(desk_is(&v->calendar, booking->connection, &at_desk, err));
    if (page.cancelled == CANCELLED_REMOVE || page.room.n || booking->invited || at_desk)
        return calendar_remove(&v->calendar, booking->connection, &removal, deadline_ms, err);
    struct event event = booking_event(&a, booking, &page, booking->slot);
    struct text title = text_from(arena_printf(
        &a, "%s" TEXT_FMT, cancelled_titles[page.language], TEXT_ARG(event.title)));
    event.title = text_first(title, MAX_TITLE);
    event.show_as = SHOW_FREE;
    event.reminder_min = -1;
    enum status status = calendar_update(&v->calendar, booking->connection, booking->calendar,
                                         booking->ref.id, &event, deadline_ms, &a, &ref, err);
    return status == ERR_NOT_FOUND ? OK : status; /* its host has removed it */
}

/* Cancel a booking that the caller has claimed and read; leaves in *booking what stands then. */
static enum status cancel(struct vault *v, struct request *r, struct booking_stored *booking,
                          const struct booking_end *ending, struct error *err)
{
    if (booking->step == STEP_CREATE || booking->step == STEP_MOVE) {
        TRY(settle_look(v, booking, r->deadline_ms, err));
        TRY(store_booking_get(v->store, &r->a, booking->id, booking, err));
    }
    if (booking->state == BOOKING_CANCELLED || booking->step == STEP_CANCEL)
        return OK;
    if (booking->state == BOOKING_REQUESTED || booking->state == BOOKING_UNVERIFIED)
        return booking_end_open(v, booking, ending, err);
    bool removes = booking->connection != 0;
    if (removes) {
        TRY(store_booking_cancel_begin(v->store, booking->id, ending, v->now(), err));
        booking->step = STEP_CANCEL;
        booking->ended = ending->how;
        booking->reason = ending->reason;
        fault_point("cancel_before_remove");
        enum status status = booking_clear_event(v, booking, r->deadline_ms, err);
        fault_point("cancel_after_remove");
        METRIC_ADD(&v->metrics, cancellations);
        if (status != OK)
            return OK; /* taken down; the calendar follows */
    }
    fault_point("cancel_before_confirm");
    TRY(store_booking_cancel_confirm(v->store, booking->id, removes ? NULL : ending, v->now(),
                                     err));
    fault_point("cancel_after_confirm");
    if (!removes)
        METRIC_ADD(&v->metrics, cancellations);
    booking->state = BOOKING_CANCELLED;
    booking->step = STEP_NONE;
    booking->ended = ending->how;
    booking->reason = ending->reason;
    return OK;
}

/* May it still be cancelled by whoever asks, in these words? */
static enum status check(struct vault *v, const struct booking_stored *booking,
                         const struct page_stored *page, const struct booking_end *ending,
                         struct error *err)
{
    bool by_customer = ending->how == ENDED_BY_CUSTOMER;
    if (text_misleads(ending->reason))
        return error_set(err, ERR_INVALID, "cancel",
                         "the reason holds hidden characters that reorder text");
    if (!by_customer || booking->state == BOOKING_CANCELLED)
        return OK;
    if (!instant_before(v->now(), booking_changes_until(booking, page)))
        return error_set(err, ERR_CONFLICT, "cancel", "it is too late to cancel");
    if (page->policy.ask_reason == ASK_REASON_REQUIRED && booking->state == BOOKING_CONFIRMED &&
        !ending->reason.n)
        return error_set(err, ERR_INVALID, "cancel", "the page wants a reason");
    return OK;
}

/* Take a booking's turn, cancel it and show it. */
static enum status cancel_and_show(struct vault *v, struct request *r, int64_t id,
                                   const struct booking_end *ending,
                                   struct booking_public *ret_booking, struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    struct claim claim CLEANUP(claim_release) = {0};
    TRY(claim_take(&v->claims, id, r->deadline_ms, &claim));
    TRY(store_booking_get(v->store, &r->a, id, &booking, err));
    TRY(store_page_get(v->store, &r->a, booking.page, &page, err));
    *ret_booking = booking_show(&r->a, &booking, &page);
    enum status status = check(v, &booking, &page, ending, err);
    r->tells_anyway = status != OK;
    TRY(status);
    TRY(cancel(v, r, &booking, ending, err));
    *ret_booking = booking_show(&r->a, &booking, &page);
    return OK;
}

enum status booking_cancel(struct vault *v, struct request *r, int64_t id, struct error *err)
{
    struct booking_public booking;
    const struct booking_end ending = {.how = ENDED_BY_HOST};
    return cancel_and_show(v, r, id, &ending, &booking, err);
}

enum status handle_cancel(struct vault *v, struct request *r, const struct cancel_ask *ask,
                          struct cancel_answer *answer, struct error *err)
{
    struct booking_stored booking;
    const struct booking_end ending = {ENDED_BY_CUSTOMER, text_trim(ask->reason)};
    TRY(store_booking_find_token(v->store, &r->a, &ask->token, v->now(), &booking, err));
    return cancel_and_show(v, r, booking.id, &ending, &answer->booking, err);
}

enum status handle_booking_cancel(struct vault *v, struct request *r,
                                  const struct booking_cancel_ask *ask,
                                  struct booking_cancel_answer *answer, struct error *err)
{
    struct booking_stored booking;
    const struct booking_end ending = {ENDED_BY_HOST, text_trim(ask->reason)};
    TRY(booking_of(v, r, ask->account, ask->id, &booking, err));
    if (ask->rest)
        TRY(series_cancel_rest(v, r, booking.id, &ending, err));
    return cancel_and_show(v, r, booking.id, &ending, &answer->booking, err);
}
