/* SPDX-License-Identifier: ISC
 *
 * Objects of a calendar by calendar-query and calendar-multiget (RFC 4791 7.8, 7.9). The server is never asked to
 * expand: few do, and those that do differ. One that lists objects without their data is asked for these.
 */
#include <stdio.h>
#include <stdlib.h>

#include "calendar/caldav/inner.h"
#include "format/xml.h"

enum { DAY_S = 86400, SPLIT_SMALLEST_S = 6 * 3600, SPLITS_MAX = 64, MISSING_MAX = 20000 };

struct reading {
    struct calendar *c;
    struct dav_place place;
    const struct caldav_objects *objects;
    int64_t deadline_ms;
    struct arena a;            /* of `missing` */
    struct dav_place *missing; /* heap: listed without their data */
    size_t n_missing, size;
    unsigned n_calls;
    bool asks_for_these; /* a multiget: what has no data is gone */
};

#define OPEN                                                                                   \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"                                               \
    "<C:%s xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">"                          \
    "<prop><getetag/><C:calendar-data/></prop>"

static void add_missing(struct reading *r, const struct dav_place *place)
{
    if (r->n_missing == r->size) {
        r->size = r->size ? r->size * 2 : 64;
        r->missing = reallocarray(r->missing, r->size, sizeof *r->missing);
        ENSURE(r->missing);
    }
    r->missing[r->n_missing++] = (struct dav_place){.host = arena_text(&r->a, place->host),
                                                    .port = place->port,
                                                    .target = arena_text(&r->a, place->target)};
}

static enum status on_response(void *owner, const struct dav_response *response,
                               struct error *err)
{
    struct reading *r = owner;
    CLEANUP(arena_done) struct arena a = {0};
    struct dav_place place;
    int status = response->status;
    if (status == 404 || status == 410 || status == 507) /* 507 speaks of the whole answer */
        return OK;
    if (status && status / 100 != 2)
        return error_set(err, ERR_UPSTREAM, "caldav",
                         "the server keeps a part of the calendar back (HTTP %d)", status);
    TRY(dav_resolve(&r->c->dav, &a, &r->place, response->href, &place, err));
    if (response->has_data)
        return r->objects->object(r->objects->owner, &place, response->etag, response->data,
                                  err);
    if (r->asks_for_these || response->is_collection)
        return OK;
    if (r->n_missing == MISSING_MAX)
        return error_set(err, ERR_LIMIT, "caldav", "there are more than %d events",
                         MISSING_MAX);
    add_missing(r, &place);
    return OK;
}

static enum status report(struct reading *r, const struct buf *body, bool *ret_is_cut,
                          struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct dav_request request = {
        .verb = "REPORT", .depth = "1", .body = buf_text(body), .max_answer = DAV_ANSWER_MAX};
    struct dav_sink sink = {.owner = r, .response = on_response};
    struct dav_reply reply;
    if (buf_failed(body))
        return error_set(err, ERR_INVALID, "caldav", "the request is too long");
    if (r->n_calls++ == SPLITS_MAX * 4)
        return error_set(err, ERR_UPSTREAM, "caldav", "the server cuts every answer");
    enum status status =
        dav_ask(&r->c->dav, &a, &r->place, &request, &sink, r->deadline_ms, &reply, err);
    *ret_is_cut = reply.answer.is_cut;
    if (reply.answer.is_cut && (status == OK || status == ERR_DENIED || status == ERR_UPSTREAM))
        return OK;
    return status;
}

/* Ask for those that came without data, a batch at a time. */
static enum status read_missing(struct reading *r, struct error *err)
{
    r->asks_for_these = true;
    for (size_t i = 0; i < r->n_missing;) {
        CLEANUP(buf_done) struct buf body = BUF(DAV_REQUEST_MAX);
        bool is_cut;
        buf_printf(&body, OPEN, "calendar-multiget");
        for (size_t end = i + CALDAV_BATCH; i < r->n_missing && i < end; i++)
            xml_add_element(&body, "href", r->missing[i].target);
        buf_add_cstr(&body, "</C:calendar-multiget>");
        TRY(report(r, &body, &is_cut, err));
        if (is_cut)
            return error_set(err, ERR_UPSTREAM, "caldav", "the server cuts its answer short");
    }
    r->asks_for_these = false;
    r->n_missing = 0;
    return OK;
}

static void done(struct reading *r)
{
    free(r->missing);
    arena_done(&r->a);
}

/* ---- by time ---- */

static void add_stamp(struct buf *out, const char *name, struct instant t)
{
    struct civil c = civil_from_seconds(t.s);
    buf_printf(out, " %s=\"%04d%02d%02dT%02d%02d%02dZ\"", name, c.year, c.month, c.day, c.hour,
               c.minute, c.second);
}

static void add_window(struct buf *out, struct instant from, struct instant to)
{
    buf_printf(out, OPEN, "calendar-query");
    buf_add_cstr(out, "<C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter "
                      "name=\"VEVENT\"><C:time-range");
    add_stamp(out, "start", instant_add_s(from, -DAY_S));
    add_stamp(out, "end", instant_add_s(to, DAY_S));
    buf_add_cstr(out, "/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>");
}

static enum status read_span(struct reading *r, struct instant from, struct instant to,
                             struct error *err)
{
    CLEANUP(buf_done) struct buf body = BUF(DAV_REQUEST_MAX);
    bool is_cut;
    add_window(&body, from, to);
    TRY(report(r, &body, &is_cut, err));
    if (!is_cut)
        return read_missing(r, err);
    r->n_missing = 0;
    int64_t half_s = instant_until_s(from, to) / 2;
    if (half_s < SPLIT_SMALLEST_S || r->n_calls > SPLITS_MAX)
        return error_set(err, ERR_UPSTREAM, "caldav",
                         "the server cuts its answer short, however short a time is asked for");
    struct instant middle = instant_add_s(from, half_s);
    TRY(read_span(r, from, middle, err));
    return read_span(r, middle, to, err);
}

enum status caldav_read_window(struct calendar *c, const struct dav_place *place,
                               struct instant from, struct instant to,
                               const struct caldav_objects *objects, int64_t deadline_ms,
                               struct error *err)
{
    CLEANUP(done)
    struct reading r = {
        .c = c, .place = *place, .objects = objects, .deadline_ms = deadline_ms};
    return read_span(&r, from, to, err);
}

/* ---- by uid, by address ---- */

enum status caldav_read_uid(struct calendar *c, const struct dav_place *place, struct text uid,
                            const struct caldav_objects *objects, int64_t deadline_ms,
                            struct error *err)
{
    CLEANUP(done)
    struct reading r = {
        .c = c, .place = *place, .objects = objects, .deadline_ms = deadline_ms};
    CLEANUP(buf_done) struct buf body = BUF(DAV_REQUEST_MAX);
    bool is_cut;
    buf_printf(&body, OPEN, "calendar-query");
    buf_add_cstr(&body, "<C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter "
                        "name=\"VEVENT\"><C:prop-filter name=\"UID\">");
    buf_add_cstr(&body, "<C:text-match collation=\"i;octet\">");
    xml_add_text(&body, uid);
    buf_add_cstr(&body, "</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter>"
                        "</C:filter></C:calendar-query>");
    TRY(report(&r, &body, &is_cut, err));
    if (is_cut)
        return error_set(err, ERR_UPSTREAM, "caldav", "the server cuts its answer short");
    return read_missing(&r, err);
}

enum status caldav_read_these(struct calendar *c, const struct dav_place *place,
                              const struct dav_place *which, size_t n,
                              const struct caldav_objects *objects, int64_t deadline_ms,
                              struct error *err)
{
    CLEANUP(done)
    struct reading r = {
        .c = c, .place = *place, .objects = objects, .deadline_ms = deadline_ms};
    for (size_t i = 0; i < n; i++)
        add_missing(&r, &which[i]);
    return read_missing(&r, err);
}

enum status caldav_get(struct calendar *c, const struct dav_place *place, int64_t deadline_ms,
                       struct arena *a, struct text *ret_data, char ret_etag[static 256],
                       struct error *err)
{
    CLEANUP(buf_wipe) struct buf body = BUF(DAV_OBJECT_MAX);
    struct dav_request request = {.verb = "GET"};
    struct dav_reply reply;
    TRY(dav_call(&c->dav, a, place, &request, NULL, &body, deadline_ms, &reply, err));
    *ret_data = arena_text(a, buf_text(&body));
    snprintf(ret_etag, 256, "%s", reply.etag);
    return OK;
}
