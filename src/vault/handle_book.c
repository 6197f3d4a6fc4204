/* SPDX-License-Identifier: ISC
 *
 * A customer books: make.c does it. Whatever keeps a start from being had, the customer hears the same:
 * ERR_CONFLICT and the slots of that week, exactly as a question for slots would list them.
 */
#include "book/question.h"
#include "vault/make.h"

/* Refuse with what the fresh view says of the week; it is what a question for slots would hear. */
static enum status refuse(struct request *r, const struct view *view,
                          struct book_answer *answer)
{
    *answer = (struct book_answer){0};
    r->tells_anyway = true;
    TRY(view_slots(view, &r->a, view->from, view->to, &answer->slots, &answer->n_slots));
    return ERR_CONFLICT;
}

/* Do the answers fit what the page asks? Said before the start is looked at, so that it tells nothing of it. */
static enum status check_answers(struct request *r, const struct page_stored *page,
                                 const struct customer *customer, struct book_answer *answer,
                                 struct error *err)
{
    const struct question_list *asked = &page->questions;
    answer->mistakes = ARENA_ARRAY(&r->a, MAX_ANSWERS, struct mistake);
    answer->n_mistakes =
        question_mistakes(asked->questions, asked->n_questions, customer, answer->mistakes);
    if (answer->n_mistakes == 0)
        return OK;
    r->tells_anyway = true;
    return error_set(err, ERR_INVALID, "book", "the answers do not fit the page's questions");
}

enum status handle_book(struct vault *v, struct request *r, const struct book_ask *ask,
                        struct book_answer *answer, struct error *err)
{
    struct page_stored page;
    struct making m = {
        .page = &page, .start = ask->start, .customer = &ask->customer, .key = ask->key};
    if (!customer_is_fit(&ask->customer))
        return error_set(err, ERR_INVALID, "book", "the customer's words are not fit to print");
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    TRY(check_answers(r, &page, &ask->customer, answer, err));
    enum status status = booking_make(v, r, &m, err);
    if (status == ERR_CONFLICT && m.looked)
        return refuse(r, &m.view, answer);
    if (status == ERR_CONFLICT) /* without having asked: a flight does, for all refused now */
        return slots_refuse(v, r, ask->account, ask->page, ask->start, err);
    TRY(status);
    if (!m.repeated && m.booking.state != BOOKING_UNCERTAIN)
        quota_take(&v->quotas, page.account, v->now());
    if (m.booking.by_mail) /* whoever asked has yet to show that the address is theirs */
        secret_free(&m.token);
    answer->token = m.token;
    answer->booking = booking_show(&r->a, &m.booking, &page);
    return OK;
}
