/* SPDX-License-Identifier: ISC
 *
 * The free/busy pattern of several mailboxes in one question, by nothing but the right to see it: what the
 * signed-in user may not see, nobody here sees. Answers come in the order of the question, without addresses;
 * each mailbox has its own code inside a 200.
 */
#include <stdlib.h>
#include <string.h>

#include "calendar/ews/code.h"
#include "calendar/ews/ews.h"

enum { DAY_S = 86400 };

struct views {
    struct calendar *ews;
    const struct view_ask *ask;
    int64_t deadline_ms;
    struct busylist busy[MAX_MAILBOXES];
    enum status status[MAX_MAILBOXES]; /* the first failure of each */
};

static enum status status_of(struct ews_mailbox *mailbox, struct instant from,
                             struct instant to)
{
    TRY(ews_code_status(mailbox->code));
    if (mailbox->view == EWS_VIEW_MERGED)
        return ews_add_merged(&mailbox->busy, mailbox->merged, from, to, NULL);
    ews_add_unknown(&mailbox->busy, mailbox->merged, from);
    return mailbox->view == EWS_VIEW_EVENTS ? OK : ERR_NO_DATA;
}

static void keep(struct views *views, struct ews_mailbox *mailboxes, struct instant from,
                 struct instant to)
{
    for (size_t i = 0; i < views->ask->n_mailboxes; i++) {
        enum status status = status_of(&mailboxes[i], from, to);
        if (views->status[i] == OK)
            views->status[i] = status;
        for (size_t k = 0; k < mailboxes[i].busy.n; k++)
            busylist_add(&views->busy[i], mailboxes[i].busy.at[k]);
    }
}

static enum status read_window(struct views *views, struct instant from, struct instant to,
                               struct error *err)
{
    const struct view_ask *ask = views->ask;
    struct ews_target target = {.impersonate = views->ews->impersonate};
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    struct ews_mailbox mailboxes[MAX_MAILBOXES];
    bool doubt;
    memset(mailboxes, 0, sizeof mailboxes);
    ews_answer_init(&answer, EWS_GET_USER_AVAILABILITY);
    answer.mailboxes = mailboxes;
    answer.max_mailboxes = ask->n_mailboxes;
    ews_write_availability(&request, &target, ask->mailboxes, ask->n_mailboxes, from, to);
    TRY(soap_call(&views->ews->soap, &request, false, &answer, views->deadline_ms, &doubt,
                  err));
    if (answer.n_mailboxes != ask->n_mailboxes)
        return error_set(err, ERR_UPSTREAM, "ews GetUserAvailability",
                         "the answer speaks of %zu mailboxes, not of %zu", answer.n_mailboxes,
                         ask->n_mailboxes);
    keep(views, mailboxes, from, to);
    return OK;
}

static enum status read_all(struct views *views, struct error *err)
{
    for (struct instant from = views->ask->from; instant_before(from, views->ask->to);) {
        struct instant to = instant_add_s(from, (int64_t)EWS_WINDOW_DAYS * DAY_S);
        if (instant_before(views->ask->to, to))
            to = views->ask->to;
        TRY(read_window(views, from, to, err));
        from = to;
    }
    return OK;
}

/* Nothing at all is told of a mailbox that failed in any part of the window. */
static void answer_one(struct views *views, size_t i, struct arena *a, struct mailbox_view *ret)
{
    ret->status = views->status[i];
    if (ret->status == OK)
        ret->status = busylist_finish(&views->busy[i], views->ask->from, views->ask->to, a,
                                      &ret->busy, &ret->n_busy);
    if (ret->status == OK && ret->n_busy > MAX_VIEW_BUSY)
        ret->status = ERR_LIMIT;
    if (ret->status != OK)
        ret->n_busy = 0;
}

static enum status check_ask(const struct view_ask *ask, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)EWS_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "view", "the window is empty or longer than %d days",
                         EWS_WINDOW_MAX_DAYS);
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        if (!memchr(ask->mailboxes[i].address.at ? ask->mailboxes[i].address.at : "", '@',
                    ask->mailboxes[i].address.n))
            return error_set(err, ERR_INVALID, "view", "a mailbox has no address");
    return ask->n_mailboxes ? OK : error_set(err, ERR_INVALID, "view", "no mailbox is named");
}

enum status ews_view(struct calendar *ews, const struct view_ask *ask, int64_t deadline_ms,
                     struct arena *a, struct view_answer *ret_answer, struct error *err)
{
    TRY(check_ask(ask, err));
    struct views views = {.ews = ews, .ask = ask, .deadline_ms = deadline_ms};
    enum status status = read_all(&views, err);
    if (status == OK) {
        ret_answer->n_views = ask->n_mailboxes;
        ret_answer->views = ARENA_ARRAY(a, ask->n_mailboxes, struct mailbox_view);
        for (size_t i = 0; i < ask->n_mailboxes; i++)
            answer_one(&views, i, a, &ret_answer->views[i]);
    }
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        busylist_done(&views.busy[i]);
    return status;
}
