/* SPDX-License-Identifier: ISC
 *
 * What the members of an event mean: its times, what it does to its owner's time, whose it is.
 */
#ifndef GOOGLE_VALUE_H
#define GOOGLE_VALUE_H

#include "base/buf.h"
#include "base/error.h"
#include "format/json.h"
#include "time/zone.h"
#include "wire/types.h"

/* The private extended property that carries our uid. It is seen by who writes it and in that copy of the event alone. */
#define GOOGLE_UID "hourgateUid"

enum {
    GOOGLE_ID_MAX = 1024,  /* characters of an event's id */
    GOOGLE_GENERATIONS = 8 /* ids that one uid can have */
};

struct google_event {
    struct text id, etag, uid; /* borrowed from the JSON; uid empty: not ours */
    bool is_cancelled, all_day;
    struct instant start, end;
    enum busy_status status;
};

/* Read an event of a list. zone: the calendar's, for whole days; NULL: not known.
 *
 * A cancelled event has an id and perhaps nothing else.
 * Fails   ERR_UPSTREAM: it has no id or no times that can be read; ERR_NO_DATA: its zone is not known
 */
enum status google_event_read(const struct json *json, const struct zone *zone,
                              struct google_event *ret_event, struct error *err) MUST_CHECK;

/* Read `start` or `end` of an event. ERR_INVALID, ERR_NO_DATA (the zone is not known). */
enum status google_time_read(const struct json *when, const struct zone *zone,
                             struct instant *ret_instant, bool *ret_is_day) MUST_CHECK;

/* Return what an event does to its owner's time. */
enum busy_status google_status(const struct json *event);

/* Return what a room among the attendees has said; ROOM_NONE: there is none. */
enum room_answer google_room(const struct json *event);

/* Return the link of an event's online meeting; empty: it has none that is fit to be passed on. */
struct text google_meeting(const struct json *event);

/* Write the id that an event of ours has: the uid in base32hex, then a digit. Google never gives an id twice, also
 * not once its event is gone: then the next generation's is taken. */
void google_id_write(struct buf *out, struct text uid, unsigned generation);

/* Write a description, which is HTML there, and read one as its reader sees it. */
void google_html_write(struct buf *out, struct text plain);
void google_html_read(struct buf *out, struct text html);

#endif
