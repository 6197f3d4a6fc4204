/* SPDX-License-Identifier: ISC
 *
 *     UNVERIFIED -- its customer confirms ----> REQUESTED, where the page's host has a say; else as approved
 *     REQUESTED --- its host approves --------> UNCERTAIN -> CONFIRMED     the calendar asked afresh, then written
 *                       what cannot be written: REQUESTED again
 *     either ------ no, withdrawn, too late --> the end; the time is free
 *
 * Nothing stands in the calendar while a booking waits: the time is taken in the database alone. So nobody fills a
 * host's calendar without their word, nobody is invited to what may not take place, and the end of a request is one
 * write that no calendar can make fail. What the host enters there meanwhile shows when they approve.
 */
#include "vault/approve.h"

#include "os/clock.h"
#include "os/log.h"
#include "vault/fault.h"
#include "vault/make.h"
#include "vault/settle.h"

/* Read it once its turn has come, and end what an earlier word left in flight. */
static enum status load(struct vault *v, struct request *r, int64_t id,
                        struct booking_stored *booking, struct page_stored *page,
                        struct error *err)
{
    TRY(store_booking_get(v->store, &r->a, id, booking, err));
    TRY(store_page_get(v->store, &r->a, booking->page, page, err));
    if (booking->step == STEP_CREATE && settle_look(v, booking, r->deadline_ms, NULL) == OK)
        TRY(store_booking_get(v->store, &r->a, id, booking, err));
    return OK;
}

static enum status no_request(const struct booking_stored *booking, struct error *err)
{
    const char *why =
        booking->at_desk ? "its host's PC is to enter it, and has not answered"
        : booking->state == BOOKING_UNVERIFIED ? "its customer has not confirmed it"
        : booking->state == BOOKING_UNCERTAIN  ? "it is being written"
        : booking->ended == ENDED_DECLINED     ? "it was declined"
        : booking->ended == ENDED_LAPSED       ? "nobody answered in time"
        : booking->state == BOOKING_CANCELLED  ? "it was cancelled"
                                               : "it is confirmed: cancel it instead";
    return error_set(err, ERR_CONFLICT, "request", "this is no open request: %s", why);
}

/* ---- the host's word ---- */

static enum status approve(struct vault *v, struct request *r, struct making *m,
                           struct error *err)
{
    if (m->booking.state == BOOKING_CONFIRMED)
        return OK;
    if (m->booking.state != BOOKING_REQUESTED || m->booking.at_desk)
        return no_request(&m->booking, err);
    if (m->page->host != m->booking.host)
        return error_set(err, ERR_CONFLICT, "request",
                         "the page has another host by now: decline it, or enter it there "
                         "(booking add)");
    m->start = m->booking.slot.start;
    TRY(booking_go_on(v, r, m, false, err));
    if (m->booking.state == BOOKING_CONFIRMED)
        METRIC_ADD(&v->metrics, bookings_made);
    return OK;
}

enum status handle_booking_approve(struct vault *v, struct request *r,
                                   const struct booking_approve_ask *ask,
                                   struct booking_approve_answer *answer, struct error *err)
{
    struct booking_stored found;
    struct page_stored page;
    struct claim claim CLEANUP(claim_release) = {0};
    struct making m = {.page = &page};
    m.permit = (struct permit){true, ask->over_busy, true, NULL, 0};
    TRY(booking_of(v, r, ask->account, ask->id, &found, err));
    TRY(claim_take(&v->claims, found.id, r->deadline_ms, &claim));
    TRY(load(v, r, found.id, &m.booking, &page, err));
    m.customer = &m.booking.customer;
    enum status status = approve(v, r, &m, err);
    answer->booking = booking_show(&r->a, &m.booking, &page);
    answer->reasons = m.permit.reasons;
    answer->n_reasons = m.permit.n_reasons;
    r->tells_anyway = status == ERR_CONFLICT;
    return status;
}

enum status handle_booking_decline(struct vault *v, struct request *r,
                                   const struct booking_decline_ask *ask,
                                   struct booking_decline_answer *answer, struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    struct claim claim CLEANUP(claim_release) = {0};
    const struct booking_end ending = {ENDED_DECLINED, text_trim(ask->reason)};
    if (text_misleads(ending.reason))
        return error_set(err, ERR_INVALID, "decline",
                         "the reason holds hidden characters that reorder text");
    TRY(booking_of(v, r, ask->account, ask->id, &booking, err));
    TRY(claim_take(&v->claims, booking.id, r->deadline_ms, &claim));
    TRY(load(v, r, booking.id, &booking, &page, err));
    bool is_declined = booking.state == BOOKING_CANCELLED && booking.ended == ENDED_DECLINED;
    if (booking.state == BOOKING_REQUESTED)
        TRY(booking_end_open(v, &booking, &ending, err));
    else if (!is_declined)
        return no_request(&booking, err);
    answer->booking = booking_show(&r->a, &booking, &page);
    return OK;
}

/* ---- the customer's ---- */

/* The rules let them ask; what has changed since is the calendar. */
static enum status confirm(struct vault *v, struct request *r, struct making *m,
                           struct error *err)
{
    if (m->booking.state != BOOKING_UNVERIFIED)
        return OK;
    if (!instant_before(v->now(), m->booking.open_until))
        return error_set(err, ERR_NOT_FOUND, "confirm", "its time to be confirmed is over");
    if (m->page->host != m->booking.host)
        return error_set(err, ERR_CONFLICT, "confirm", "the page has another host by now");
    m->start = m->booking.slot.start;
    enum status status = booking_go_on(v, r, m, m->page->policy.approve_hours > 0, err);
    if (booking_surely_unwritten(status)) /* why is the host's to know */
        return error_set(err, ERR_CONFLICT, "confirm", "the time is not to be had just now");
    TRY(status);
    if (m->booking.state == BOOKING_CONFIRMED)
        METRIC_ADD(&v->metrics, bookings_made);
    if (m->booking.state != BOOKING_UNVERIFIED)
        quota_take(&v->quotas, m->page->account, v->now());
    return OK;
}

enum status handle_confirm(struct vault *v, struct request *r, const struct confirm_ask *ask,
                           struct confirm_answer *answer, struct error *err)
{
    struct booking_stored found;
    struct page_stored page;
    struct claim claim CLEANUP(claim_release) = {0};
    struct making m = {.page = &page, .permit = {.beyond_rules = true, .tells = true}};
    TRY(store_booking_find_token(v->store, &r->a, &ask->token, v->now(), &found, err));
    TRY(claim_take(&v->claims, found.id, r->deadline_ms, &claim));
    TRY(load(v, r, found.id, &m.booking, &page, err));
    m.customer = &m.booking.customer;
    enum status status = confirm(v, r, &m, err);
    answer->booking = booking_show(&r->a, &m.booking, &page);
    r->tells_anyway = status == ERR_CONFLICT;
    return status;
}

/* ---- no word, or no ---- */

enum status booking_end_open(struct vault *v, struct booking_stored *booking,
                             const struct booking_end *ending, struct error *err)
{
    struct booking_end end = *ending;
    if (end.how == ENDED_BY_HOST)
        end.how = ENDED_DECLINED;
    fault_point("end_before_write");
    TRY(store_booking_end(v->store, booking->id, &end, v->now(), err));
    fault_point("end_after_write");
    METRIC_ADD(&v->metrics, cancellations);
    booking->state = BOOKING_CANCELLED;
    booking->ended = end.how;
    booking->reason = end.reason;
    return OK;
}

/* Another vault may have been faster, or its word have come meanwhile: it is looked at in the write again. */
static void lapse(struct vault *v, int64_t id)
{
    struct error err = {0};
    struct claim claim CLEANUP(claim_release) = {0};
    const struct booking_end ending = {.how = ENDED_LAPSED};
    if (claim_take(&v->claims, id, clock_ms(), &claim) != OK)
        return;
    fault_point("lapse_before_write");
    enum status status = store_booking_end(v->store, id, &ending, v->now(), &err);
    fault_point("lapse_after_write");
    if (status != OK && status != ERR_DENIED)
        log_error(LOG_ERROR, "a booking could not be ended", status, &err);
}

void booking_lapse_all(struct vault *v)
{
    int64_t ids[STORE_UNSETTLED_MAX];
    struct error err = {0};
    size_t n = 0;
    enum status status = store_booking_lapsing(v->store, v->now(), ids, &n, &err);
    if (status != OK)
        log_error(LOG_ERROR, "what waits for a word could not be read", status, &err);
    for (size_t i = 0; i < n; i++)
        lapse(v, ids[i]);
}
