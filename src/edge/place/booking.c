/* SPDX-License-Identifier: ISC */
#include "edge/place/booking.h"

#include <stdio.h>

#include "lang/moment.h"
#include "time/civil.h"

struct mark_view booking_mark(struct visit *visit, const struct booking_public *booking)
{
    if (booking->state == BOOKING_CANCELLED)
        return (struct mark_view){"off", visit_say(visit, MESSAGE("cancelled"))};
    if (booking->at_desk)
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("waits for your PC"))};
    if (booking->state == BOOKING_REQUESTED)
        return (struct mark_view){"warn", visit_say(visit, MESSAGE("waits for you"))};
    if (booking->state == BOOKING_UNVERIFIED)
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("waits for the customer"))};
    if (booking->state != BOOKING_CONFIRMED)
        return (struct mark_view){"wait", visit_say(visit, MESSAGE("being checked"))};
    if (booking->no_show)
        return (struct mark_view){"warn", visit_say(visit, MESSAGE("did not come"))};
    return (struct mark_view){"good", visit_say(visit, MESSAGE("confirmed"))};
}

struct when_view booking_when(struct visit *visit, const struct booking_public *booking)
{
    struct slot slot = {booking->start, booking->end};
    const struct zone *zone = frame_zone(visit);
    return month_when(&visit->arena, visit->language, slot, zone, zone);
}

const char *booking_when_short(struct visit *visit, const struct booking_public *booking)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    struct slot slot = {booking->start, booking->end};
    return arena_printf(a, TEXT_FMT ", " TEXT_FMT,
                        TEXT_ARG(moment_day_short(a, visit->language, zone, booking->start)),
                        TEXT_ARG(moment_span(a, visit->language, zone, slot)));
}

const char *booking_href(struct visit *visit, struct text id, const char *more)
{
    return arena_printf(&visit->arena, "/bookings/" TEXT_FMT "%s", TEXT_ARG(id), more);
}

/* ---- why not ---- */

static struct text sentence(struct visit *visit, const struct reason *reason)
{
    struct arena *a = &visit->arena;
    struct slot slot = {reason->from, reason->to};
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)reason->number);
    struct text span = reason->to.s ? moment_span(a, visit->language, frame_zone(visit), slot)
                                    : (struct text){0};
    const struct message_value values[] = {
        {"number", text_from(number)}, {"time", span}, {NULL, {0}}};
    static const struct message sentences[WHY_COUNT] = {
        [WHY_PAST] = MESSAGE("It is over."),
        [WHY_NOTICE] = MESSAGE("It is nearer than the page's notice of {number} minutes."),
        [WHY_HORIZON] = MESSAGE("It is more than {number} days away."),
        [WHY_HOURS] = MESSAGE("It is outside the page's hours."),
        [WHY_GRID] = MESSAGE("The page's starts are {number} minutes apart, and this is none."),
        [WHY_FULL] = MESSAGE("That day has its {number} bookings."),
        [WHY_BUSY] = MESSAGE("Your calendar is busy then: {time}."),
        [WHY_TAKEN] = MESSAGE("A booking has that time, with its buffers: {time}."),
        [WHY_UNKNOWN] = MESSAGE("Your calendar does not answer: look at the connection."),
    };
    return message_fill(a, visit->language, sentences[reason->why], values);
}

static bool is_busy_reason(enum why why)
{
    return why == WHY_BUSY || why == WHY_UNKNOWN;
}

void booking_ways(struct visit *visit, const struct reason *reasons, size_t n,
                  struct host_enter_view *view)
{
    bool is_final = false; /* what no word sets aside */
    view->ways = ARENA_ARRAY(&visit->arena, n, struct given_view);
    for (size_t i = 0; i < n; i++) {
        enum why why = reasons[i].why;
        view->ways[view->n_ways++].value = sentence(visit, &reasons[i]);
        is_final |= why == WHY_TAKEN || why == WHY_PAST;
        view->asks_busy |= is_busy_reason(why);
        view->asks_rules |= !is_busy_reason(why);
    }
    view->asks_busy &= !is_final;
    view->asks_rules &= !is_final;
}
