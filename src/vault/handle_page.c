/* SPDX-License-Identifier: ISC */
#include "book/form.h"
#include "book/question.h"
#include "book/rule.h"
#include "vault/request.h"

enum { REMIND_MAX_MIN = 60 * CIVIL_DAY_MIN };

enum status handle_page(struct vault *v, struct request *r, const struct page_ask *ask,
                        struct page_answer *answer, struct error *err)
{
    struct page_stored page;
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    answer->page = page.page;
    answer->questions = page.questions.questions;
    answer->n_questions = page.questions.n_questions;
    return OK;
}

static enum status check_reminders(const struct page_put_ask *ask, struct error *err)
{
    for (size_t i = 0; i < ask->n_reminders; i++)
        if (ask->reminders[i].minutes < 1 || ask->reminders[i].minutes > REMIND_MAX_MIN)
            return error_set(err, ERR_INVALID, "page",
                             "a reminder is 1 to %d minutes before the start", REMIND_MAX_MIN);
    return OK;
}

static enum status check_policy(const struct policy *policy, struct error *err)
{
    if (policy->per_customer < 0 || policy->per_customer > POLICY_PER_CUSTOMER_MAX)
        return error_set(err, ERR_INVALID, "page", "one customer has 0 to %d bookings",
                         POLICY_PER_CUSTOMER_MAX);
    if (policy->cancel_hours < 0 || policy->cancel_hours > POLICY_CANCEL_HOURS_MAX)
        return error_set(err, ERR_INVALID, "page",
                         "cancelling ends 0 to %d hours before the start",
                         POLICY_CANCEL_HOURS_MAX);
    if (policy->approve_hours < 0 || policy->approve_hours > POLICY_APPROVE_HOURS_MAX)
        return error_set(err, ERR_INVALID, "page", "a request waits 0 to %d hours",
                         POLICY_APPROVE_HOURS_MAX);
    if (policy->confirm_min < 0 || policy->confirm_min > POLICY_CONFIRM_MIN_MAX)
        return error_set(err, ERR_INVALID, "page", "customers have 0 to %d minutes to confirm",
                         POLICY_CONFIRM_MIN_MAX);
    return OK;
}

enum status handle_page_put(struct vault *v, struct request *r, const struct page_put_ask *ask,
                            struct page_put_answer *answer, struct error *err)
{
    struct page_stored page;
    if (!text_is_slug(ask->page, MAX_SLUG))
        return error_set(err, ERR_INVALID, "page",
                         "a page's name is 1 to %d of a-z, 0-9 and '-'", MAX_SLUG);
    TRY(form_check(&ask->form, err));
    TRY(check_reminders(ask, err));
    TRY(check_policy(&ask->policy, err));
    if (ask->policy.confirm_min && !store_sends_mail(v->store))
        return error_set(err, ERR_INVALID, "page",
                         "customers cannot confirm by mail: no mail server is configured");
    if (ask->invite == INVITE_EXCHANGE && ask->form.hides_email)
        return error_set(err, ERR_INVALID, "page",
                         "Exchange cannot invite an address that is kept out of the calendar");
    if (ask->room.n && !memchr(ask->room.at, '@', ask->room.n))
        return error_set(err, ERR_INVALID, "room", "a room is named by its mailbox's address");
    if (!text_is_line(ask->title))
        return error_set(err, ERR_INVALID, "page", "a page needs a title, on one line");
    if (ask->location.n && !text_is_line(ask->location))
        return error_set(err, ERR_INVALID, "page", "a location is one line");
    if (text_misleads(ask->description))
        return error_set(err, ERR_INVALID, "page",
                         "the description holds hidden characters that reorder text");
    TRY(question_check(ask->questions, ask->n_questions, err));
    TRY(rule_check(&ask->rule, zone_find(v->zones, ask->rule.zone), err));
    TRY(rule_check_overlap(&ask->rule, err));
    TRY(store_page_put(v->store, ask, err));
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    answer->version = page.version;
    answer->connected = page.connection != 0;
    answer->free_busy_only = page.free_busy_only;
    answer->outage = page.outage;
    answer->failing_at = page.failing_at;
    return OK;
}

enum status handle_page_list(struct vault *v, struct request *r,
                             const struct page_list_ask *ask, struct page_list_answer *answer,
                             struct error *err)
{
    return store_page_list(v->store, &r->a, ask, answer, err);
}

enum status handle_page_show(struct vault *v, struct request *r,
                             const struct page_show_ask *ask, struct page_show_answer *answer,
                             struct error *err)
{
    return store_page_show(v->store, &r->a, ask->account, ask->page, &answer->page, err);
}

enum status handle_page_remove(struct vault *v, struct request *r,
                               const struct page_remove_ask *ask,
                               struct page_remove_answer *answer, struct error *err)
{
    (void)r;
    return ask->forecast ? store_page_forecast(v->store, ask, v->now(), &answer->coming, err)
                         : store_page_remove(v->store, ask, v->now(), &answer->coming, err);
}
