/* SPDX-License-Identifier: ISC
 *
 * The kind `ics`: a feed of a calendar (text/calendar) at an HTTPS address that whoever knows it may read. What stands
 * behind the host in that address is the connection's secret and lies in server->password: it goes into the
 * request and into no line, no answer, no log. Nothing else is sent.
 *
 * A feed is fetched whole, as there is no other way, with If-None-Match or If-Modified-Since of the last time; what
 * it was then is kept in this process, without its texts, as long as the process lives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "calendar/busylist.h"
#include "calendar/calendar.h"
#include "calendar/doctor.h"
#include "calendar/ical/ical.h"
#include "os/clock.h"

enum {
    WINDOW_MAX_DAYS = 800,
    TARGET_MAX = MAX_PASSWORD,
    RETRY_UNSAID_S = 60,
    RETRY_MAX_S = 3600,
};

struct calendar {
    const struct server *server;
    const struct fetch_options *options;
    struct fetch *fetch;
    char target[TARGET_MAX + 1]; /* secret */
    struct ical *feed;           /* NULL: not fetched yet */
    char etag[256], modified[64];
};

static void ics_close(struct calendar *c)
{
    if (!c)
        return;
    fetch_close(c->fetch);
    ical_free(c->feed);
    wipe_bytes(c->target, sizeof c->target);
    free(c);
}

static enum status ics_open(const struct server *server, const struct fetch_options *options,
                            struct calendar **ret_calendar, struct error *err)
{
    const struct secret *secret = &server->password;
    if (!secret->n || secret->n > TARGET_MAX || secret->at[0] != '/')
        return error_set(err, ERR_INVALID, "server", "the feed's secret address is missing");
    struct calendar *c = calloc(1, sizeof *c);
    ENSURE(c);
    *c = (struct calendar){.server = server, .options = options};
    memcpy(c->target, secret->at, secret->n);
    enum status status = fetch_open(server, options, FETCH_ANONYMOUS, &c->fetch, err);
    if (status == OK)
        *ret_calendar = c;
    else
        ics_close(c);
    return status;
}

static enum status ics_act(struct calendar *c, struct error *err)
{
    (void)c, (void)err;
    return OK; /* a feed is one person's */
}

/* ---- fetching ---- */

static enum status on_bytes(void *owner, const struct fetch_facts *facts, struct text bytes,
                            struct error *err)
{
    struct buf *body = owner;
    if (facts->http_status != 200)
        return OK;
    buf_add_text(body, bytes);
    if (!buf_failed(body))
        return OK;
    return error_set(err, ERR_UPSTREAM, "feed", "the feed is longer than %d bytes",
                     ICAL_TEXT_MAX);
}

static enum status throttled(const struct fetch_facts *facts, struct error *err)
{
    int64_t retry_s = facts->retry_after_s < 0 ? RETRY_UNSAID_S : facts->retry_after_s;
    error_set(err, ERR_LIMIT, "http", "the server asks to come back later (HTTP %d)",
              facts->http_status);
    if (err)
        err->retry_s = retry_s < 1 ? 1 : retry_s > RETRY_MAX_S ? RETRY_MAX_S : retry_s;
    return ERR_LIMIT;
}

/* No line says where the server sends us: that may be the secret again. */
static enum status judge(const struct fetch_facts *facts, struct error *err)
{
    int http = facts->http_status;
    switch (http) {
    case 200:
    case 304:
        return OK;
    case 401:
    case 403:
        return error_set(err, http == 401 ? ERR_AUTH : ERR_DENIED, "feed",
                         "the server does not give this feed out any more (HTTP %d): its "
                         "address was perhaps made anew",
                         http);
    case 404:
    case 410:
        return error_set(err, ERR_NOT_FOUND, "feed",
                         "there is no feed at this address any more (HTTP %d): it was perhaps "
                         "made anew",
                         http);
    case 429:
    case 503:
        return throttled(facts, err);
    default:
        break;
    }
    if (http / 100 == 3)
        return error_set(err, ERR_UPSTREAM, "feed",
                         "the feed has moved (HTTP %d): connect to its new address", http);
    return error_set(err, ERR_UPSTREAM, "feed", "the server answered HTTP %d", http);
}

static enum status take(struct calendar *c, const struct buf *body, struct error *err)
{
    const struct fetch_facts *facts = fetch_facts_of(c->fetch);
    struct ical *feed;
    if (strstr(facts->content_type, "html"))
        return error_set(
            err, ERR_UPSTREAM, "feed",
            "a page for people answered, not a feed: take the address that ends in "
            ".ics, or is named iCal or ICS");
    TRY(ical_read(buf_text(body), ical_zone_named(c->server->zone), &feed, err));
    ical_forget_texts(feed);
    ical_free(c->feed);
    c->feed = feed;
    snprintf(c->etag, sizeof c->etag, "%s", facts->etag);
    snprintf(c->modified, sizeof c->modified, "%s", facts->modified);
    return OK;
}

/* Make sure that c->feed is how the feed is now. */
static enum status fetch_feed(struct calendar *c, int64_t deadline_ms, struct error *err)
{
    CLEANUP(buf_wipe) struct buf body = BUF(ICAL_TEXT_MAX);
    char match[300], since[100];
    const char *headers[3] = {"Accept: text/calendar"};
    size_t n = 1;
    snprintf(match, sizeof match, "If-None-Match: %s", c->etag);
    snprintf(since, sizeof since, "If-Modified-Since: %s", c->modified);
    if (c->feed && *c->etag)
        headers[n++] = match;
    else if (c->feed && *c->modified)
        headers[n++] = since;
    headers[n] = NULL;
    struct fetch_request request = {
        .verb = "GET", .target = c->target, .headers = headers, .max_answer = ICAL_TEXT_MAX};
    struct fetch_sink sink = {.owner = &body, .bytes = on_bytes};
    TRY(fetch_send(c->fetch, &request, &sink, deadline_ms, err));
    const struct fetch_facts *facts = fetch_facts_of(c->fetch);
    TRY(judge(facts, err));
    if (facts->http_status == 200)
        return take(c, &body, err);
    return c->feed ? OK
                   : error_set(
                         err, ERR_UPSTREAM, "feed",
                         "the server says that nothing has changed, to one who knows nothing");
}

/* ---- busy ---- */

static enum status add_all(struct calendar *c, const struct busy_ask *ask,
                           struct busylist *list, struct error *err)
{
    struct ical_occurrence o;
    ical_begin(c->feed, ask->from, ask->to);
    while (ical_next(c->feed, &o))
        if (!ask->own_uid.n || !text_equal_nocase(o.item->uid, ask->own_uid))
            busylist_add(list, (struct busy){o.start, o.end, o.status});
    return list->is_full
               ? error_set(err, ERR_LIMIT, "feed", "there are more than %d events", MAX_BUSY)
               : OK;
}

static enum status ics_busy(struct calendar *c, const struct busy_ask *ask, int64_t deadline_ms,
                            struct arena *a, struct busy_answer *ret_answer, struct error *err)
{
    struct busylist list = {0};
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)WINDOW_MAX_DAYS * 86400)
        return error_set(err, ERR_INVALID, "busy", "the window is empty or longer than %d days",
                         WINDOW_MAX_DAYS);
    if (ask->room.n)
        return error_set(err, ERR_UNSUPPORTED, "feed",
                         "rooms are asked through Exchange alone");
    TRY(fetch_feed(c, deadline_ms, err));
    enum status status = add_all(c, ask, &list, err);
    if (status == OK)
        status = busylist_finish(&list, ask->from, ask->to, a, &ret_answer->busy,
                                 &ret_answer->n_busy);
    busylist_done(&list);
    return status;
}

/* ---- the doctor ---- */

static void look_at_feed(struct doctor *doctor, struct calendar *c)
{
    enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
    struct instant now = clock_now();
    struct instant from = {now.s - now.s % HOUR_S};
    struct busy_ask ask = {.from = from, .to = instant_add_s(from, 7 * DAY_S)};
    struct busy_answer answer = {0};
    struct error why = {0};
    enum status status = ics_busy(c, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    doctor_note_throttled(doctor, status, &why);
    if (status == OK) {
        doctor_add_ok(doctor, *c->etag || *c->modified ? "a feed that says when it has changed"
                                                       : "a feed; each look fetches it whole");
        doctor_add_ok(
            doctor, arena_printf(doctor->a, "%zu intervals in the next 7 days", answer.n_busy));
        return;
    }
    doctor_add(
        doctor, LAYER_REFUSED, why.what,
        "copy the feed's secret address once more from the calendar's settings, where it "
        "is made");
}

static enum status ics_check(struct calendar *c, const struct check_ask *ask,
                             int64_t deadline_ms, struct arena *a,
                             struct check_answer *ret_answer, struct error *err)
{
    static const char *const names[] = {"dns",         "tcp",        "tls",
                                        "certificate", "methods",    "feed",
                                        "free/busy",   "throttling", "clock"};
    struct doctor doctor = {.server = c->server,
                            .options = c->options,
                            .deadline_ms = deadline_ms,
                            .a = a,
                            .service = "the feed",
                            .path_fix = "check the address",
                            .throttling_fix =
                                "ask less often: raise `poll` in the configuration"};
    struct fetch_request knock = {
        .verb = "GET", .target = c->target, .max_answer = ICAL_TEXT_MAX};
    if (ask->room.n || ask->probe)
        return error_set(err, ERR_UNSUPPORTED, "feed", "nothing can be written into a feed");
    doctor_begin(&doctor);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        doctor_want(&doctor, names[i]);
    TRY(doctor_look_without_sign_in(&doctor, &knock, err));
    if (!doctor.has_failed)
        look_at_feed(&doctor, c);
    if (!doctor.has_failed)
        doctor_add_throttling(&doctor);
    if (!doctor.has_failed)
        doctor_look_at_clock(&doctor);
    doctor_end(&doctor, ret_answer);
    return OK;
}

const struct calendar_ops ics_ops = {
    .name = "ics",
    .open = ics_open,
    .close = ics_close,
    .act = ics_act,
    .busy = ics_busy,
    .check = ics_check,
};
