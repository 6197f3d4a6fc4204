/* SPDX-License-Identifier: ISC
 *
 * What hosts do to bookings by themselves: enter one for a customer who telephones, and move one. Both go the way of
 * what customers do (make.h, move.h), but the host hears why not, and may set rules and calendar aside (permit.h).
 */
#include "book/question.h"
#include "vault/make.h"
#include "vault/move.h"

/* The answers must fit the page's questions; one that sets the rules aside may be silent. */
static enum status check_answers(const struct page_stored *page,
                                 const struct customer *customer, bool may_be_silent,
                                 struct error *err)
{
    static const char *const wrong[MISTAKE_KIND_COUNT] = {
        [MISTAKE_MISSING] = "must be answered",
        [MISTAKE_UNFIT] = "has an answer that does not fit",
        [MISTAKE_UNASKED] = "is not asked by the page",
    };
    struct mistake mistakes[MAX_ANSWERS];
    const struct question_list *asked = &page->questions;
    size_t n = question_mistakes(asked->questions, asked->n_questions, customer, mistakes);
    for (size_t i = 0; i < n; i++)
        if (mistakes[i].kind != MISTAKE_MISSING || !may_be_silent)
            return error_set(err, ERR_INVALID, "booking", "the question \"" TEXT_FMT "\" %s",
                             TEXT_ARG(mistakes[i].question), wrong[mistakes[i].kind]);
    return OK;
}

enum status host_customer_check(struct vault *v, const struct page_stored *page,
                                const struct customer *customer, bool may_be_silent,
                                struct error *err)
{
    if (!customer_is_fit(customer))
        return error_set(err, ERR_INVALID, "booking",
                         "the customer's words are not fit to print");
    if (!text_is_address(customer->email))
        return error_set(err, ERR_INVALID, "booking", "that is no e-mail address");
    if (!zone_find(v->zones, customer->zone))
        return error_set(err, ERR_INVALID, "booking", "the customer's zone is unknown");
    return check_answers(page, customer, may_be_silent, err);
}

enum status handle_booking_add(struct vault *v, struct request *r,
                               const struct booking_add_ask *ask,
                               struct booking_add_answer *answer, struct error *err)
{
    struct page_stored page;
    struct customer customer = ask->customer;
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    answer->booking.page = page.page;
    if (!customer.zone.n)
        customer.zone = page.rule.zone;
    TRY(host_customer_check(v, &page, &customer, ask->beyond_rules, err));
    struct making m = {.page = &page, .customer = &customer, .key = ask->key};
    m.permit = (struct permit){ask->beyond_rules, ask->over_busy, true, NULL, 0};
    TRY(booking_start(v, &page, ask->day, ask->minute, &m.start, err));
    enum status status = booking_make(v, r, &m, err);
    answer->reasons = m.permit.reasons;
    answer->n_reasons = m.permit.n_reasons;
    r->tells_anyway = status == ERR_CONFLICT;
    TRY(status);
    answer->token = m.token;
    answer->booking = booking_show(&r->a, &m.booking, &page);
    return OK;
}

enum status handle_booking_move(struct vault *v, struct request *r,
                                const struct booking_move_ask *ask,
                                struct booking_move_answer *answer, struct error *err)
{
    struct booking_stored found;
    struct page_stored page;
    TRY(booking_of(v, r, ask->account, ask->id, &found, err));
    TRY(store_page_get(v->store, &r->a, found.page, &page, err));
    struct moving m = {.id = found.id};
    m.permit = (struct permit){ask->beyond_rules, ask->over_busy, true, NULL, 0};
    TRY(booking_start(v, &page, ask->day, ask->minute, &m.start, err));
    enum status status = booking_move(v, r, &m, err);
    if (status == OK || status == ERR_CONFLICT)
        answer->booking = booking_show(&r->a, &m.booking, &m.page);
    answer->reasons = m.permit.reasons;
    answer->n_reasons = m.permit.n_reasons;
    r->tells_anyway = status == ERR_CONFLICT;
    return status;
}
