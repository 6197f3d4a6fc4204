/* SPDX-License-Identifier: ISC */
#include "hourgate/reason.h"

#include "time/civil.h"

const char *reason_local(const struct teller *teller, struct instant t)
{
    struct civil c = zone_civil(teller->zone, t);
    return arena_printf(teller->a, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour,
                        c.minute);
}

/* "2026-12-24 09:00-10:30", with the second date where it is another. */
static const char *span(const struct teller *teller, struct instant from, struct instant to)
{
    const char *end = reason_local(teller, to);
    bool same_day = zone_day(teller->zone, from) == zone_day(teller->zone, to);
    return arena_printf(teller->a, "%s-%s", reason_local(teller, from),
                        same_day ? end + 11 : end);
}

static const char *status_word(enum busy_status status)
{
    static const char *const words[BUSY_STATUS_COUNT] = {
        [BUSY_FREE] = "free",           [BUSY_ELSEWHERE] = "working elsewhere",
        [BUSY_TENTATIVE] = "tentative", [BUSY_BUSY] = "busy",
        [BUSY_OOF] = "out of office",   [BUSY_NO_DATA] = "nothing known",
    };
    return words[status];
}

static const char *hours_sentence(const struct teller *teller, const struct reason *reason)
{
    const char *whose = reason->number ? "that date's own hours" : "the weekly hours";
    if (reason->to.s == reason->from.s || reason->to.s == 0)
        return arena_printf(teller->a, "outside %s", whose);
    return arena_printf(teller->a, "does not end before %s, when %s do",
                        reason_local(teller, reason->to) + 11, whose);
}

static const char *sentence(const struct teller *teller, const struct reason *reason)
{
    long long number = (long long)reason->number;
    switch (reason->why) {
    case WHY_PAST:
        return "it is over";
    case WHY_NOTICE:
        return arena_printf(teller->a, "less than the notice of %lld minutes away", number);
    case WHY_HORIZON:
        return arena_printf(teller->a, "more than %lld days away", number);
    case WHY_HOURS:
        return hours_sentence(teller, reason);
    case WHY_GRID:
        return arena_printf(teller->a, "starts are %lld minutes apart, and this is none",
                            number);
    case WHY_FULL:
        return arena_printf(teller->a, "that day has its %lld bookings", number);
    case WHY_BUSY:
        return arena_printf(teller->a, "%s %s in the calendar", status_word(reason->status),
                            span(teller, reason->from, reason->to));
    case WHY_TAKEN:
        return arena_printf(teller->a, "booked %s, with buffers",
                            span(teller, reason->from, reason->to));
    case WHY_UNKNOWN:
        return "the calendar does not answer: see hourgate connection list";
    case WHY_COUNT:
        break;
    }
    return "";
}

const char *reason_sentences(const struct teller *teller, const struct reason *reasons,
                             size_t n)
{
    const char *all = "";
    for (size_t i = 0; i < n; i++)
        all = arena_printf(teller->a, "%s%s%s", all, i ? "; " : "",
                           sentence(teller, &reasons[i]));
    return all;
}
