/* SPDX-License-Identifier: ISC
 *
 * Two ways to read when a mailbox is busy:
 *
 *   GetUserAvailability  half the bytes, no ids, no subjects; for the default calendar of a mailbox
 *   FindItem             a calendar view with ids, start, end and status: where an event of ours must be left
 *                        out, for another calendar than the default one, and where no address is known
 *
 * Both end in one busylist. An answer that is not whole, or says that it does not know, fails the question:
 * unknown is never free.
 */
#include "calendar/ews/ews.h"

#include <string.h>

#include "calendar/ews/value.h"

enum { DAY_S = 86400, VIEW_SPLITS_MAX = 64, VIEW_SMALLEST_S = 60 };

/* ---- GetUserAvailability ---- */

/* Each digit stands for a quarter of an hour from the window's start; '0' adds nothing. */
enum status ews_add_merged(struct busylist *busy, const char *digits, struct instant from,
                           struct instant to, struct error *err)
{
    const int64_t step_s = EWS_MERGED_MINUTES * 60;
    size_t due = (size_t)((instant_until_s(from, to) + step_s - 1) / step_s);
    size_t n = digits ? strlen(digits) : 0;
    if (n < due)
        return error_set(err, ERR_NO_DATA, "ews GetUserAvailability",
                         "the server knows %zu of %zu quarters of an hour", n, due);
    for (size_t i = 0; i < n; i++) {
        struct instant start = instant_add_s(from, (int64_t)i * step_s);
        if (digits[i] != '0')
            busylist_add(busy, (struct busy){start, instant_add_s(start, step_s),
                                             ews_digit_status(digits[i])});
    }
    return OK;
}

void ews_add_unknown(struct busylist *busy, const char *digits, struct instant from)
{
    const int64_t step_s = EWS_MERGED_MINUTES * 60;
    for (int64_t i = 0; digits && digits[i]; i++) {
        struct instant start = instant_add_s(from, i * step_s);
        if (ews_digit_status(digits[i]) == BUSY_NO_DATA)
            busylist_add(busy,
                         (struct busy){start, instant_add_s(start, step_s), BUSY_NO_DATA});
    }
}

static enum status judge_view(struct ews_answer *answer, struct instant from, struct instant to,
                              struct error *err)
{
    switch (answer->view) {
    case EWS_VIEW_EVENTS:
        ews_add_unknown(&answer->busy, answer->merged, from);
        return OK;
    case EWS_VIEW_MERGED:
        return ews_add_merged(&answer->busy, answer->merged, from, to, err);
    default:
        return error_set(
            err, ERR_NO_DATA, "ews GetUserAvailability",
            "the server shows nothing of this mailbox (view None): give the user the right "
            "to see its free/busy time");
    }
}

static void move_all(struct busylist *to, const struct busylist *from)
{
    for (size_t i = 0; i < from->n; i++)
        busylist_add(to, from->at[i]);
    to->is_full = to->is_full || from->is_full;
}

static enum status read_availability(struct calendar *ews, struct instant from,
                                     struct instant to, int64_t deadline_ms,
                                     struct busylist *busy, struct error *err)
{
    struct ews_target target = ews_target_of(ews, (struct text){0});
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_GET_USER_AVAILABILITY);
    struct mailbox one = {.address = ews->address};
    ews_write_availability(&request, &target, &one, 1, from, to);
    enum status status =
        soap_call(&ews->soap, &request, false, &answer, deadline_ms, &doubt, err);
    if (status == OK)
        status = judge_view(&answer, from, to, err);
    if (status == OK)
        move_all(busy, &answer.busy);
    return status;
}

/* ---- FindItem ---- */

struct view {
    struct calendar *ews;
    const struct busy_ask *ask;
    struct text calendar; /* empty: the default one */
    int64_t deadline_ms;
    struct busylist *busy;
    unsigned calls;
};

/* Read a window; where the server cuts its answer, read its two halves instead. */
static enum status read_view(struct view *view, struct instant from, struct instant to,
                             struct error *err)
{
    struct ews_target target = ews_target_of(view->ews, view->calendar);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_FIND_ITEM);
    answer.into_busy = true;
    answer.own_id = view->ask->own_id;
    answer.own_uid = view->ask->own_uid;
    ews_write_view(&request, &target, from, to);
    TRY(soap_call(&view->ews->soap, &request, false, &answer, view->deadline_ms, &doubt, err));
    if (!answer.has_root)
        return error_set(err, ERR_UPSTREAM, "ews FindItem", "the answer holds no folder");
    if (!answer.is_cut) {
        move_all(view->busy, &answer.busy);
        return OK;
    }
    int64_t half_s = instant_until_s(from, to) / 2;
    if (half_s < VIEW_SMALLEST_S || ++view->calls > VIEW_SPLITS_MAX)
        return error_set(err, ERR_UPSTREAM, "ews FindItem",
                         "more events lie in the window than the server lets us read");
    struct instant middle = instant_add_s(from, half_s);
    TRY(read_view(view, from, middle, err));
    return read_view(view, middle, to, err);
}

/* ---- both ---- */

/* Every calendar of the question; where one fails the whole does. */
static enum status read_window(struct calendar *ews, const struct busy_ask *ask,
                               struct instant from, struct instant to, int64_t deadline_ms,
                               struct busylist *busy, struct error *err)
{
    bool needs_items = ask->own_id.n || ask->own_uid.n || ask->calendar.n || !ews->address.n;
    struct view view = {.ews = ews,
                        .ask = ask,
                        .calendar = ask->calendar,
                        .deadline_ms = deadline_ms,
                        .busy = busy};
    TRY(needs_items ? read_view(&view, from, to, err)
                    : read_availability(ews, from, to, deadline_ms, busy, err));
    for (size_t i = 0; i < ask->n_sources; i++) {
        view.calendar = ask->sources[i].calendar;
        view.calls = 0;
        TRY(read_view(&view, from, to, err));
    }
    return OK;
}

/* ---- a room ---- */

/* The room by its availability, which has no ids: the time that it gave to our own event is left out instead. */
static enum status read_room(struct calendar *ews, const struct busy_ask *ask,
                             int64_t deadline_ms, struct arena *a, struct busylist *busy,
                             struct error *err)
{
    struct mailbox room = {.address = ask->room};
    struct view_ask view = {
        .mailboxes = &room, .n_mailboxes = 1, .from = ask->from, .to = ask->to};
    struct view_answer seen = {0};
    TRY(ews_view(ews, &view, deadline_ms, a, &seen, err));
    if (seen.views[0].status != OK)
        return error_set(err, seen.views[0].status, "room",
                         "the server does not show when " TEXT_FMT " is free (%s)",
                         TEXT_ARG(ask->room), status_name(seen.views[0].status));
    for (size_t i = 0; i < seen.views[0].n_busy; i++)
        busylist_add_around(busy, seen.views[0].busy[i], &ask->own_slot);
    return OK;
}

static enum status read_all(struct calendar *ews, const struct busy_ask *ask,
                            int64_t deadline_ms, struct busylist *busy, struct error *err)
{
    for (struct instant from = ask->from; instant_before(from, ask->to);) {
        struct instant to = instant_add_s(from, (int64_t)EWS_WINDOW_DAYS * DAY_S);
        if (instant_before(ask->to, to))
            to = ask->to;
        TRY(read_window(ews, ask, from, to, deadline_ms, busy, err));
        from = to;
    }
    return OK;
}

enum status ews_busy(struct calendar *ews, const struct busy_ask *ask, int64_t deadline_ms,
                     struct arena *a, struct busy_answer *ret_answer, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)EWS_WINDOW_MAX_DAYS * DAY_S)
        return error_set(err, ERR_INVALID, "busy", "the window is empty or longer than %d days",
                         EWS_WINDOW_MAX_DAYS);
    CLEANUP(busylist_done) struct busylist busy = {0};
    TRY(read_all(ews, ask, deadline_ms, &busy, err));
    if (ask->room.n)
        TRY(read_room(ews, ask, deadline_ms, a, &busy, err));
    if (busylist_finish(&busy, ask->from, ask->to, a, &ret_answer->busy, &ret_answer->n_busy) !=
        OK)
        return error_set(err, ERR_LIMIT, "busy", "more than %d events lie in the window",
                         MAX_BUSY);
    return OK;
}
