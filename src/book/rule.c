/* SPDX-License-Identifier: ISC */
#include "book/rule.h"

#include <inttypes.h>

static const char where[] = "page rules";

static enum status check_range(const char *name, int64_t value, int64_t least, int64_t most,
                               struct error *err)
{
    if (value >= least && value <= most)
        return OK;
    return error_set(err, ERR_INVALID, where,
                     "%s must be %" PRId64 " to %" PRId64 ", not %" PRId64, name, least, most,
                     value);
}

static enum status check_numbers(const struct rule *rule, struct error *err)
{
    TRY(check_range("duration (minutes)", rule->duration_min, 1, RULE_DURATION_MAX, err));
    TRY(check_range("increment (minutes)", rule->increment_min, RULE_INCREMENT_MIN,
                    RULE_INCREMENT_MAX, err));
    TRY(check_range("buffer before (minutes)", rule->buffer_before_min, 0, RULE_BUFFER_MAX,
                    err));
    TRY(check_range("buffer after (minutes)", rule->buffer_after_min, 0, RULE_BUFFER_MAX, err));
    TRY(check_range("notice (minutes)", rule->notice_min, 0, RULE_NOTICE_MAX, err));
    TRY(check_range("horizon (days)", rule->horizon_days, 0, RULE_HORIZON_MAX, err));
    TRY(check_range("bookings per day (0: no limit)", rule->max_per_day, 0, RULE_PER_DAY_MAX,
                    err));
    return check_range("the set of statuses that block", rule->blocking, 0,
                       (1 << BUSY_STATUS_COUNT) - 1, err);
}

static enum status check_hours(const struct rule *rule, struct error *err)
{
    if (rule->n_hours > MAX_HOURS)
        return error_set(err, ERR_INVALID, where, "more than %d weekly spans", MAX_HOURS);
    for (size_t i = 0; i < rule->n_hours; i++) {
        const struct hours *span = &rule->hours[i];
        TRY(check_range("weekday (0: Monday)", span->weekday, 0, 6, err));
        TRY(check_range("begin of hours (minutes)", span->from_minute, 0, CIVIL_DAY_MIN - 1,
                        err));
        TRY(check_range("end of hours (minutes, behind their begin)", span->to_minute,
                        span->from_minute + 1, CIVIL_DAY_MIN, err));
    }
    return OK;
}

/* A closed date has no other rows: which of the two was meant is not ours to guess. */
static enum status check_closed(const struct rule *rule, const struct override *closed,
                                struct error *err)
{
    for (size_t i = 0; i < rule->n_overrides; i++) {
        const struct override *other = &rule->overrides[i];
        if (other->day != closed->day || other->from_minute == other->to_minute)
            continue;
        char date[CIVIL_DATE_SIZE];
        civil_format_date(closed->day, date);
        return error_set(err, ERR_INVALID, where, "%s is closed and has hours too", date);
    }
    return OK;
}

static enum status check_overrides(const struct rule *rule, struct error *err)
{
    if (rule->n_overrides > MAX_OVERRIDES)
        return error_set(err, ERR_INVALID, where, "more than %d dated spans", MAX_OVERRIDES);
    for (size_t i = 0; i < rule->n_overrides; i++) {
        const struct override *span = &rule->overrides[i];
        TRY(check_range("date (days since 1970)", span->day, CIVIL_FIRST_DAY, CIVIL_LAST_DAY,
                        err));
        TRY(check_range("begin of a date's hours (minutes)", span->from_minute, 0,
                        CIVIL_DAY_MIN, err));
        TRY(check_range("end of a date's hours (minutes, its begin for closed)",
                        span->to_minute, span->from_minute, CIVIL_DAY_MIN, err));
        if (span->from_minute == span->to_minute)
            TRY(check_closed(rule, span, err));
    }
    return OK;
}

enum status rule_check(const struct rule *rule, const struct zone *zone, struct error *err)
{
    if (!zone)
        return error_set(err, ERR_INVALID, where, "no time zone is called \"" TEXT_FMT "\"",
                         TEXT_ARG(rule->zone));
    TRY(check_numbers(rule, err));
    TRY(check_hours(rule, err));
    return check_overrides(rule, err);
}

static bool overlap(int64_t from, int64_t to, int64_t other_from, int64_t other_to)
{
    bool same = from == other_from && to == other_to; /* of closed dates: both are empty */
    return same || (from < other_to && other_from < to);
}

static enum status refuse_overlap(const char *when, int64_t from, int64_t to,
                                  int64_t other_from, int64_t other_to, struct error *err)
{
    if (from == to)
        return error_set(err, ERR_INVALID, where, "%s is closed twice", when);
    return error_set(
        err, ERR_INVALID, where, "%s: %02d:%02d-%02d:%02d and %02d:%02d-%02d:%02d overlap",
        when, (int)from / 60, (int)from % 60, (int)to / 60, (int)to % 60, (int)other_from / 60,
        (int)other_from % 60, (int)other_to / 60, (int)other_to % 60);
}

enum status rule_check_overlap(const struct rule *rule, struct error *err)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    for (size_t i = 0; i < rule->n_hours; i++)
        for (size_t k = 0; k < i; k++) {
            const struct hours *one = &rule->hours[k], *other = &rule->hours[i];
            if (one->weekday == other->weekday &&
                overlap(one->from_minute, one->to_minute, other->from_minute, other->to_minute))
                return refuse_overlap(days[one->weekday], one->from_minute, one->to_minute,
                                      other->from_minute, other->to_minute, err);
        }
    for (size_t i = 0; i < rule->n_overrides; i++)
        for (size_t k = 0; k < i; k++) {
            const struct override *one = &rule->overrides[k], *other = &rule->overrides[i];
            if (one->day != other->day || !overlap(one->from_minute, one->to_minute,
                                                   other->from_minute, other->to_minute))
                continue;
            char date[CIVIL_DATE_SIZE];
            civil_format_date(one->day, date);
            return refuse_overlap(date, one->from_minute, one->to_minute, other->from_minute,
                                  other->to_minute, err);
        }
    return OK;
}

bool rule_blocks(const struct rule *rule, enum busy_status status)
{
    bool is_known = (unsigned)status < BUSY_STATUS_COUNT && status != BUSY_NO_DATA;
    return !is_known || (rule->blocking >> status & 1);
}
