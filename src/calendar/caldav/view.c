/* SPDX-License-Identifier: ISC
 *
 * When colleagues are busy: one request for free/busy time in the scheduling outbox (RFC 6638 5), where the server
 * has one. It tells each recipient's time as the server lets us see it; nobody is told that we asked.
 */
#include <stdlib.h>

#include "calendar/caldav/inner.h"
#include "calendar/ical/freebusy.h"
#include "os/clock.h"
#include "os/random.h"

struct views {
    const struct view_ask *ask;
    struct busylist busy[MAX_MAILBOXES];
    enum status status[MAX_MAILBOXES];
};

static void add_stamp(struct buf *out, const char *name, struct instant t)
{
    struct civil c = civil_from_seconds(t.s);
    buf_printf(out, "%s:%04d%02d%02dT%02d%02d%02dZ\r\n", name, c.year, c.month, c.day, c.hour,
               c.minute, c.second);
}

static void write_ask(struct buf *out, const struct view_ask *ask, struct text organizer)
{
    buf_add_cstr(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//hourgate//hourgate//EN\r\n"
                      "METHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\n");
    buf_printf(out, "UID:%016llx@hourgate\r\n", (unsigned long long)random_u64());
    add_stamp(out, "DTSTAMP", clock_now());
    add_stamp(out, "DTSTART", ask->from);
    add_stamp(out, "DTEND", ask->to);
    buf_printf(out, "ORGANIZER:mailto:" TEXT_FMT "\r\n", TEXT_ARG(organizer));
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        buf_printf(out, "ATTENDEE:mailto:" TEXT_FMT "\r\n",
                   TEXT_ARG(ask->mailboxes[i].address));
    buf_add_cstr(out, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n");
}

static enum status status_of(struct text said)
{
    if (text_starts(said, TEXT("2.")))
        return OK;
    if (text_starts(said, TEXT("3.7")))
        return ERR_NOT_FOUND;
    return text_starts(said, TEXT("3.8")) ? ERR_DENIED : ERR_NO_DATA;
}

static enum status on_response(void *owner, const struct dav_response *response,
                               struct error *err)
{
    (void)err;
    struct views *v = owner;
    struct text address = response->href;
    if (address.n > 7 && text_equal_nocase((struct text){address.at, 7}, TEXT("mailto:")))
        address = (struct text){address.at + 7, address.n - 7};
    for (size_t i = 0; i < v->ask->n_mailboxes; i++) {
        if (!text_equal_nocase(v->ask->mailboxes[i].address, address))
            continue;
        v->status[i] = status_of(response->recipient_status);
        if (v->status[i] == OK)
            v->status[i] = ical_freebusy(response->data, &v->busy[i], NULL);
    }
    return OK;
}

static enum status check_ask(const struct view_ask *ask, struct error *err)
{
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)CALDAV_WINDOW_MAX_DAYS * 86400)
        return error_set(err, ERR_INVALID, "view", "the window is empty or longer than %d days",
                         CALDAV_WINDOW_MAX_DAYS);
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        if (!text_is_address(ask->mailboxes[i].address) ||
            !text_is_line(ask->mailboxes[i].address))
            return error_set(err, ERR_INVALID, "view", "a mailbox has no address");
    return ask->n_mailboxes ? OK : error_set(err, ERR_INVALID, "view", "no mailbox is named");
}

static enum status post(struct calendar *c, struct views *v, int64_t deadline_ms,
                        struct arena *a, struct error *err)
{
    CLEANUP(buf_done) struct buf body = BUF(DAV_REQUEST_MAX);
    struct dav_sink sink = {.owner = v, .response = on_response};
    struct dav_reply reply;
    write_ask(&body, v->ask, c->dav.server->mailbox);
    struct dav_request request = {.verb = "POST",
                                  .body = buf_text(&body),
                                  .type = "text/calendar; charset=utf-8",
                                  .max_answer = DAV_ANSWER_MAX};
    return dav_ask(&c->dav, a, &c->outbox, &request, &sink, deadline_ms, &reply, err);
}

/* Nothing is told of one that failed. */
static void answer_one(struct views *v, size_t i, struct arena *a, struct mailbox_view *ret)
{
    ret->status = v->status[i];
    if (ret->status == OK)
        ret->status =
            busylist_finish(&v->busy[i], v->ask->from, v->ask->to, a, &ret->busy, &ret->n_busy);
    if (ret->status == OK && ret->n_busy > MAX_VIEW_BUSY)
        ret->status = ERR_LIMIT;
    if (ret->status != OK)
        ret->n_busy = 0;
}

enum status caldav_view(struct calendar *c, const struct view_ask *ask, int64_t deadline_ms,
                        struct arena *a, struct view_answer *ret_answer, struct error *err)
{
    TRY(check_ask(ask, err));
    TRY(caldav_find(c, deadline_ms, err));
    if (!c->has_outbox)
        return error_set(err, ERR_UNSUPPORTED, "caldav",
                         "this server does not tell when colleagues are busy");
    struct views *v = calloc(1, sizeof *v);
    ENSURE(v);
    v->ask = ask;
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        v->status[i] = ERR_NO_DATA; /* not answered */
    enum status status = post(c, v, deadline_ms, a, err);
    if (status == OK) {
        ret_answer->n_views = ask->n_mailboxes;
        ret_answer->views = ARENA_ARRAY(a, ask->n_mailboxes, struct mailbox_view);
        for (size_t i = 0; i < ask->n_mailboxes; i++)
            answer_one(v, i, a, &ret_answer->views[i]);
    }
    for (size_t i = 0; i < ask->n_mailboxes; i++)
        busylist_done(&v->busy[i]);
    free(v);
    return status;
}
