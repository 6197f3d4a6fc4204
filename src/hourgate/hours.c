/* SPDX-License-Identifier: ISC
 *
 * groups  = group *(";" group)        group = days 1*(SP span)      days = day *("," day) | day "-" day | "daily"
 * span    = HH:MM "-" HH:MM           24:00 is the end of a day; a span over midnight is written as two
 */
#include "hourgate/hours.h"

#include "base/buf.h"
#include "time/civil.h"

enum { DAYS = 7, FORMAT_MAX = 64 * 1024 };

static const char day_names[DAYS][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static const char *const busy_names[BUSY_STATUS_COUNT] = {[BUSY_FREE] = "free",
                                                          [BUSY_ELSEWHERE] = "elsewhere",
                                                          [BUSY_TENTATIVE] = "tentative",
                                                          [BUSY_BUSY] = "busy",
                                                          [BUSY_OOF] = "oof",
                                                          [BUSY_NO_DATA] = "no-data"};

struct span {
    int64_t from_minute, to_minute;
};

/* Take the part before the next separator off the front of *rest; false at its end. */
static bool next_part(struct text *rest, char separator, struct text *ret_part)
{
    *rest = text_trim(*rest);
    if (!rest->n)
        return false;
    struct text part, left;
    if (!text_cut(*rest, separator, &part, &left)) {
        part = *rest;
        left = (struct text){0};
    }
    *ret_part = text_trim(part);
    *rest = left;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "09:30", and "24:00" as an end. */
static bool parse_minute(struct text t, int64_t *ret_minute)
{
    if (t.n != 5 || t.at[2] != ':' || !is_digit(t.at[0]) || !is_digit(t.at[1]) ||
        !is_digit(t.at[3]) || !is_digit(t.at[4]))
        return false;
    int hour = (t.at[0] - '0') * 10 + t.at[1] - '0',
        minute = (t.at[3] - '0') * 10 + t.at[4] - '0';
    *ret_minute = hour * 60 + minute;
    return minute < 60 && *ret_minute <= CIVIL_DAY_MIN;
}

static enum status parse_span(struct text t, struct span *ret_span, struct error *err)
{
    struct text from, to;
    if (!text_cut(t, '-', &from, &to) || !parse_minute(from, &ret_span->from_minute) ||
        !parse_minute(to, &ret_span->to_minute))
        return error_set(err, ERR_INVALID, "hours",
                         "\"" TEXT_FMT "\" is no span; one looks like 09:00-12:30",
                         TEXT_ARG(t));
    if (ret_span->from_minute >= ret_span->to_minute)
        return error_set(err, ERR_INVALID, "hours", TEXT_FMT " ends before it starts",
                         TEXT_ARG(t));
    return OK;
}

static bool parse_day(struct text t, int *ret_day)
{
    for (int day = 0; day < DAYS; day++)
        if (text_equal_nocase(t, text_from(day_names[day]))) {
            *ret_day = day;
            return true;
        }
    return false;
}

/* Parse "mon", "mon-fri" (also "fri-mon") into a set of days. */
static bool parse_day_range(struct text t, unsigned *set)
{
    struct text first, last;
    int from, to;
    if (!text_cut(t, '-', &first, &last))
        first = last = t;
    if (!parse_day(first, &from) || !parse_day(last, &to))
        return false;
    for (int day = from;; day = (day + 1) % DAYS) {
        *set |= 1u << day;
        if (day == to)
            return true;
    }
}

static enum status parse_days(struct text t, unsigned *ret_set, struct error *err)
{
    struct text part, rest = t;
    *ret_set = 0;
    bool good = true;
    if (text_equal_nocase(t, TEXT("daily")))
        *ret_set = (1u << DAYS) - 1;
    else
        while (good && next_part(&rest, ',', &part))
            good = parse_day_range(part, ret_set);
    return good && *ret_set
               ? OK
               : error_set(err, ERR_INVALID, "hours",
                           "\"" TEXT_FMT
                           "\" are no days; they look like mon, mon-fri or mon,wed",
                           TEXT_ARG(t));
}

static enum status add_hours(struct rule *rule, unsigned days, struct span span,
                             struct error *err)
{
    for (int day = 0; day < DAYS; day++) {
        if (!(days & 1u << day))
            continue;
        if (rule->n_hours == MAX_HOURS)
            return error_set(err, ERR_INVALID, "hours", "at most %d spans a week", MAX_HOURS);
        rule->hours[rule->n_hours++] = (struct hours){day, span.from_minute, span.to_minute};
    }
    return OK;
}

enum status hours_parse(struct text t, struct arena *a, struct rule *rule, struct error *err)
{
    rule->hours = ARENA_ARRAY(a, MAX_HOURS, struct hours);
    rule->n_hours = 0;
    struct text group, word, groups = t;
    while (next_part(&groups, ';', &group)) {
        unsigned days;
        size_t before = rule->n_hours;
        if (!next_part(&group, ' ', &word))
            continue;
        TRY(parse_days(word, &days, err));
        while (next_part(&group, ' ', &word)) {
            struct span span;
            TRY(parse_span(word, &span, err));
            TRY(add_hours(rule, days, span, err));
        }
        if (rule->n_hours == before)
            return error_set(err, ERR_INVALID, "hours",
                             "\"" TEXT_FMT "\" has days and no times", TEXT_ARG(word));
    }
    return OK;
}

static enum status add_override(struct rule *rule, int64_t day, struct span span,
                                struct error *err)
{
    if (rule->n_overrides == MAX_OVERRIDES)
        return error_set(err, ERR_INVALID, "override", "at most %d spans", MAX_OVERRIDES);
    rule->overrides[rule->n_overrides++] =
        (struct override){day, span.from_minute, span.to_minute};
    return OK;
}

static enum status parse_override(struct text group, struct rule *rule, struct error *err)
{
    struct text word;
    int64_t day;
    if (!next_part(&group, ' ', &word) || civil_parse_date(word, &day) != OK)
        return error_set(err, ERR_INVALID, "override",
                         "\"" TEXT_FMT "\" does not start with a date, "
                         "2026-12-24",
                         TEXT_ARG(word));
    if (text_equal_nocase(text_trim(group), TEXT("closed")))
        return add_override(rule, day, (struct span){0}, err);
    size_t before = rule->n_overrides;
    while (next_part(&group, ' ', &word)) {
        struct span span;
        TRY(parse_span(word, &span, err));
        TRY(add_override(rule, day, span, err));
    }
    return rule->n_overrides > before
               ? OK
               : error_set(err, ERR_INVALID, "override",
                           TEXT_FMT ": say closed, or the hours of that day", TEXT_ARG(word));
}

enum status overrides_parse(struct text t, struct arena *a, struct rule *rule,
                            struct error *err)
{
    rule->overrides = ARENA_ARRAY(a, MAX_OVERRIDES, struct override);
    rule->n_overrides = 0;
    struct text group, groups = t;
    while (next_part(&groups, ';', &group))
        if (group.n)
            TRY(parse_override(group, rule, err));
    return OK;
}

enum status blocks_parse(struct text t, struct rule *rule, struct error *err)
{
    struct text word, rest = t;
    rule->blocking = 0;
    while (next_part(&rest, ',', &word)) {
        unsigned status = BUSY_ELSEWHERE;
        while (status < BUSY_NO_DATA && !text_equal_nocase(word, text_from(busy_names[status])))
            status++;
        if (status == BUSY_NO_DATA)
            return error_set(err, ERR_INVALID, "blocks",
                             "\"" TEXT_FMT "\" is none of elsewhere, tentative, busy, oof",
                             TEXT_ARG(word));
        rule->blocking |= INT64_C(1) << status;
    }
    return OK;
}

static void add_span(struct buf *out, int64_t from, int64_t to)
{
    buf_printf(out, " %02d:%02d-%02d:%02d", (int)from / 60, (int)from % 60, (int)to / 60,
               (int)to % 60);
}

static struct text spans_of_day(const struct rule *rule, int day, struct arena *a)
{
    CLEANUP(buf_done) struct buf out = BUF(FORMAT_MAX);
    for (size_t i = 0; i < rule->n_hours; i++)
        if (rule->hours[i].weekday == day)
            add_span(&out, rule->hours[i].from_minute, rule->hours[i].to_minute);
    return arena_text(a, buf_text(&out));
}

struct text hours_format(const struct rule *rule, struct arena *a)
{
    CLEANUP(buf_done) struct buf out = BUF(FORMAT_MAX);
    struct text spans[DAYS];
    for (int day = 0; day < DAYS; day++)
        spans[day] = spans_of_day(rule, day, a);
    for (int day = 0, last; day < DAYS; day = last + 1) {
        for (last = day; last + 1 < DAYS && text_equal(spans[last + 1], spans[day]);)
            last++;
        if (!spans[day].n)
            continue;
        buf_printf(&out, "%s%s", out.n ? "; " : "", day_names[day]);
        if (last > day)
            buf_printf(&out, "-%s", day_names[last]);
        buf_add_text(&out, spans[day]);
    }
    return arena_text(a, buf_text(&out));
}

struct text overrides_format(const struct rule *rule, struct arena *a)
{
    CLEANUP(buf_done) struct buf out = BUF(FORMAT_MAX);
    for (size_t i = 0; i < rule->n_overrides; i++) {
        const struct override *o = &rule->overrides[i];
        char date[CIVIL_DATE_SIZE];
        civil_format_date(o->day, date);
        bool is_first = i == 0 || o->day != rule->overrides[i - 1].day;
        bool is_closed = o->from_minute == o->to_minute;
        if (is_first)
            buf_printf(&out, "%s%s", out.n ? "; " : "", date);
        if (is_first && is_closed)
            buf_add_cstr(&out, " closed");
        else if (!is_closed)
            add_span(&out, o->from_minute, o->to_minute);
    }
    return arena_text(a, buf_text(&out));
}

struct text blocks_format(const struct rule *rule, struct arena *a)
{
    CLEANUP(buf_done) struct buf out = BUF(FORMAT_MAX);
    for (unsigned status = 0; status < BUSY_NO_DATA; status++)
        if (rule->blocking & INT64_C(1) << status)
            buf_printf(&out, "%s%s", out.n ? "," : "", busy_names[status]);
    return arena_text(a, buf_text(&out));
}
