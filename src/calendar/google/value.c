/* SPDX-License-Identifier: ISC
 *
 * How an event of Google's becomes a status, the first that fits:
 *
 *     workingLocation     at the office is free, anywhere else is working elsewhere
 *     declined by self    free, as Google's own free/busy has it
 *     transparent         free
 *     outOfOffice         out of office
 *     status or answer of self is tentative    tentative
 *     all others          busy: also what was not answered yet, and focus time
 */
#include "calendar/google/value.h"

#include <string.h>

#include "calendar/ical/ical.h"
#include "time/instant.h"

/* ---- times ---- */

/* "2026-11-22T09:00:00", which is somewhere. */
static enum status read_local(struct text t, const struct zone *zone,
                              struct instant *ret_instant)
{
    char utc[INSTANT_SIZE];
    struct instant as_utc;
    if (t.n != INSTANT_SIZE - 2)
        return ERR_INVALID;
    memcpy(utc, t.at, t.n);
    utc[t.n] = 'Z';
    if (instant_parse((struct text){utc, t.n + 1}, &as_utc) != OK)
        return ERR_INVALID;
    if (!zone)
        return ERR_NO_DATA;
    *ret_instant = zone_match(zone, civil_from_seconds(as_utc.s)).first;
    return OK;
}

enum status google_time_read(const struct json *when, const struct zone *zone,
                             struct instant *ret_instant, bool *ret_is_day)
{
    struct text t, name;
    int64_t day;
    if (json_get_text(json_member(when, "dateTime"), &t)) {
        *ret_is_day = false;
        if (instant_parse(t, ret_instant) == OK)
            return OK;
        if (json_get_text(json_member(when, "timeZone"), &name))
            zone = ical_zone_named(name);
        return read_local(t, zone, ret_instant);
    }
    if (!json_get_text(json_member(when, "date"), &t) || civil_parse_date(t, &day) != OK)
        return ERR_INVALID;
    if (!zone)
        return ERR_NO_DATA;
    *ret_instant = zone_day_start(zone, day);
    *ret_is_day = true;
    return OK;
}

/* ---- meaning ---- */

static bool says(const struct json *object, const char *name, const char *word)
{
    struct text t;
    return json_get_text(json_member(object, name), &t) && text_equal(t, text_from(word));
}

static bool is_true(const struct json *object, const char *name)
{
    bool value = false;
    return json_get_bool(json_member(object, name), &value) && value;
}

/* The attendee whose calendar this is; NULL where nobody is invited. */
static const struct json *self_of(const struct json *event)
{
    const struct json *attendees = json_member(event, "attendees");
    for (size_t i = 0; i < json_count(attendees); i++)
        if (is_true(json_item(attendees, i), "self"))
            return json_item(attendees, i);
    return NULL;
}

enum busy_status google_status(const struct json *event)
{
    const struct json *self = self_of(event);
    if (says(event, "eventType", "workingLocation"))
        return says(json_member(event, "workingLocationProperties"), "type", "officeLocation")
                   ? BUSY_FREE
                   : BUSY_ELSEWHERE;
    if (says(self, "responseStatus", "declined") || says(event, "transparency", "transparent"))
        return BUSY_FREE;
    if (says(event, "eventType", "outOfOffice"))
        return BUSY_OOF;
    if (says(event, "status", "tentative") || says(self, "responseStatus", "tentative"))
        return BUSY_TENTATIVE;
    return BUSY_BUSY;
}

enum room_answer google_room(const struct json *event)
{
    const struct json *attendees = json_member(event, "attendees");
    for (size_t i = 0; i < json_count(attendees); i++) {
        const struct json *one = json_item(attendees, i);
        if (!is_true(one, "resource"))
            continue;
        return says(one, "responseStatus", "accepted")   ? ROOM_ACCEPTED
               : says(one, "responseStatus", "declined") ? ROOM_DECLINED
                                                         : ROOM_OPEN;
    }
    return ROOM_NONE;
}

struct text google_meeting(const struct json *event)
{
    const struct json *entries =
        json_member(json_member(event, "conferenceData"), "entryPoints");
    struct text link = {0};
    for (size_t i = 0; i < json_count(entries); i++)
        if (says(json_item(entries, i), "entryPointType", "video") &&
            json_get_text(json_member(json_item(entries, i), "uri"), &link) &&
            text_is_link(link))
            return link;
    return json_get_text(json_member(event, "hangoutLink"), &link) && text_is_link(link)
               ? link
               : (struct text){0};
}

enum status google_event_read(const struct json *json, const struct zone *zone,
                              struct google_event *ret_event, struct error *err)
{
    struct google_event event = {.is_cancelled = says(json, "status", "cancelled")};
    const struct json *properties = json_member(json, "extendedProperties");
    if (!json_get_text(json_member(json, "id"), &event.id) || !event.id.n ||
        event.id.n > GOOGLE_ID_MAX)
        return error_set(err, ERR_UPSTREAM, "google", "an event has no id");
    json_get_text(json_member(json, "etag"), &event.etag);
    json_get_text(json_member(json_member(properties, "private"), GOOGLE_UID), &event.uid);
    if (event.is_cancelled) {
        *ret_event = event;
        return OK;
    }
    bool end_is_day = false;
    enum status status =
        google_time_read(json_member(json, "start"), zone, &event.start, &event.all_day);
    if (status == OK)
        status = google_time_read(json_member(json, "end"), zone, &event.end, &end_is_day);
    if (status == ERR_NO_DATA)
        return error_set(err, ERR_NO_DATA, "google",
                         "an event stands in a time zone that we do not know");
    if (status != OK || instant_before(event.end, event.start))
        return error_set(err, ERR_UPSTREAM, "google", "an event has no times that fit");
    event.status = google_status(json);
    *ret_event = event;
    return OK;
}

/* ---- ids ---- */

void google_id_write(struct buf *out, struct text uid, unsigned generation)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    unsigned bits = 0, n_bits = 0;
    for (size_t i = 0; i < uid.n; i++) {
        bits = (bits << 8 | (unsigned char)uid.at[i]) & 0xfff;
        n_bits += 8;
        for (; n_bits >= 5; n_bits -= 5)
            buf_add_byte(out, (unsigned char)digits[bits >> (n_bits - 5) & 31]);
    }
    if (n_bits)
        buf_add_byte(out, (unsigned char)digits[bits << (5 - n_bits) & 31]);
    while (out->n && out->n < 4) /* an id has five characters at least */
        buf_add_byte(out, '0');
    buf_add_byte(out, (unsigned char)digits[generation % GOOGLE_GENERATIONS]);
}

/* ---- descriptions ---- */

static const struct {
    const char *name;
    char is;
} references[] = {{"&amp;", '&'},  {"&lt;", '<'},   {"&gt;", '>'},
                  {"&quot;", '"'}, {"&#39;", '\''}, {"&nbsp;", ' '}};
enum { N_REFERENCES = sizeof references / sizeof *references, N_WRITTEN = 3 };

void google_html_write(struct buf *out, struct text plain)
{
    for (size_t i = 0; i < plain.n; i++) {
        size_t k = 0;
        while (k < N_WRITTEN && references[k].is != plain.at[i])
            k++;
        if (k < N_WRITTEN)
            buf_add_cstr(out, references[k].name);
        else
            buf_add_byte(out, (unsigned char)plain.at[i]);
    }
}

/* A tag is dropped, but for those that end a line. Return how long it is; 0: it is none. */
static size_t skip_tag(struct buf *out, struct text rest)
{
    const char *end = memchr(rest.at, '>', rest.n);
    if (rest.at[0] != '<' || !end)
        return 0;
    static const char *const breaks[] = {"<br", "</p", "</li", "</div"};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        struct text word = text_from(breaks[i]);
        if (rest.n > word.n && text_equal_nocase((struct text){rest.at, word.n}, word))
            buf_add_byte(out, '\n');
    }
    return (size_t)(end - rest.at) + 1;
}

void google_html_read(struct buf *out, struct text html)
{
    for (size_t at = 0, step; at < html.n; at += step) {
        struct text rest = {html.at + at, html.n - at};
        step = skip_tag(out, rest);
        for (size_t k = 0; step == 0 && k < N_REFERENCES; k++)
            if (text_starts(rest, text_from(references[k].name))) {
                buf_add_byte(out, (unsigned char)references[k].is);
                step = strlen(references[k].name);
            }
        if (step == 0) {
            buf_add_byte(out, (unsigned char)rest.at[0]);
            step = 1;
        }
    }
}
