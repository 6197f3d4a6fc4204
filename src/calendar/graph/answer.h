/* SPDX-License-Identifier: ISC
 *
 * Graph's JSON as values of ours. What is read here has passed call.c: members that are not in a list below were dropped
 * as they arrived.
 */
#ifndef GRAPH_ANSWER_H
#define GRAPH_ANSWER_H

#include "base/error.h"
#include "base/instant.h"
#include "calendar/busylist.h"
#include "format/json.h"
#include "wire/courier.h"

/* What passes of answers: of schedules, of events for everybody else's use, of a delta, of events for their owner's own
 * view, of calendars. */
extern const char *const graph_schedule_names[];
extern const char *const graph_event_names[];
extern const char *const graph_sight_names[];
extern const char *const graph_calendar_names[];

/* One event. Texts borrow from the JSON. */
struct graph_event {
    struct text id, etag, uid; /* uid: of ours, else empty */
    struct text meeting;       /* the link of its online meeting; empty: none that is fit */
    struct instant start, end;
    enum busy_status status;
    enum room_answer room;
    bool all_day, is_private, is_removed;
    bool is_vague; /* all day, nobody knows in which zone: start and end leave room for any */
    struct text title, place, text;
};

/* Read an event; of a removed one there is an id alone.
 *
 * An all-day event comes with the midnights of a zone that is not said, called UTC. What they are as instants stands in
 * MAPI's properties, or in originalStart; where it does not, the event is made as long as it may be anywhere.
 *
 * Fails   ERR_UPSTREAM: it lacks its id or times, or they are not in UTC as was asked
 */
enum status graph_event_read(const struct json *event, struct graph_event *ret_event,
                             struct error *err) MUST_CHECK;

/* What getSchedule says of one mailbox: add its busy times to a list.
 *
 * Fails   as its own error says; ERR_FULL: the window holds more than the service tells at once
 */
enum status graph_schedule_read(const struct json *schedule, struct busylist *busy,
                                struct error *err) MUST_CHECK;

/* Read a dateTimeTimeZone that must be in UTC; see ews/value.h for fractions. */
enum status graph_time_read(const struct json *value, bool round_up,
                            struct instant *ret_instant) MUST_CHECK;

/* A word of showAs or status, in any capitals; NO_DATA for one that is not known. */
enum busy_status graph_status_parse(struct text word);

#endif
