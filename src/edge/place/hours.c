/* SPDX-License-Identifier: ISC */
#include "edge/place/hours.h"

#include "base/buf.h"
#include "time/civil.h"

enum { TEXT_MAX = 16 * 1024, HOUR_MIN = 60 };

/* ---- reading ---- */

/* Skip blanks and what stands between two of something; false at the end. */
static bool skip(struct text *rest)
{
    while (rest->n && strchr(" \t,;\r\n", rest->at[0]))
        *rest = (struct text){rest->at + 1, rest->n - 1};
    return rest->n > 0;
}

static bool take_char(struct text *rest, char c)
{
    if (!rest->n || rest->at[0] != c)
        return false;
    *rest = (struct text){rest->at + 1, rest->n - 1};
    return true;
}

static bool take_number(struct text *rest, int64_t most, int64_t *ret_value)
{
    int64_t value = 0;
    size_t n = 0;
    while (n < rest->n && rest->at[n] >= '0' && rest->at[n] <= '9' && value <= most)
        value = value * 10 + (rest->at[n++] - '0');
    if (n == 0 || value > most)
        return false;
    *rest = (struct text){rest->at + n, rest->n - n};
    *ret_value = value;
    return true;
}

/* "9", "9:30", "9.30", "24:00" */
static bool take_clock(struct text *rest, int64_t *ret_minute)
{
    int64_t hour = 0, minute = 0;
    if (!take_number(rest, 24, &hour))
        return false;
    if ((take_char(rest, ':') || take_char(rest, '.')) && !take_number(rest, 59, &minute))
        return false;
    *ret_minute = hour * HOUR_MIN + minute;
    return *ret_minute <= CIVIL_DAY_MIN;
}

static bool take_dash(struct text *rest)
{
    static const char dash[] = "\xe2\x80\x93"; /* U+2013 */
    (void)take_char(rest, ' ');
    bool is_long = text_starts(*rest, text_from(dash));
    if (is_long)
        *rest = (struct text){rest->at + 3, rest->n - 3};
    if (!is_long && !take_char(rest, '-'))
        return false;
    (void)take_char(rest, ' ');
    return true;
}

static bool take_span(struct text *rest, int64_t *ret_from, int64_t *ret_to)
{
    return take_clock(rest, ret_from) && take_dash(rest) && take_clock(rest, ret_to) &&
           *ret_from < *ret_to;
}

bool hours_read(struct text t, int64_t weekday, struct rule *rule)
{
    while (skip(&t)) {
        struct hours span = {.weekday = weekday};
        if (rule->n_hours == MAX_HOURS || !take_span(&t, &span.from_minute, &span.to_minute))
            return false;
        rule->hours[rule->n_hours++] = span;
    }
    return true;
}

static bool read_date(struct text line, struct rule *rule)
{
    int64_t day = 0;
    struct text date = text_first(line, CIVIL_DATE_SIZE - 1);
    if (civil_parse_date(date, &day) != OK)
        return false;
    struct text rest = text_trim((struct text){line.at + date.n, line.n - date.n});
    bool is_closed = !rest.n || text_equal_nocase(rest, TEXT("closed")) ||
                     text_equal_nocase(rest, TEXT("geschlossen")) ||
                     text_equal_nocase(rest, TEXT("ferm\xc3\xa9")) ||
                     text_equal_nocase(rest, TEXT("chiuso"));
    if (is_closed)
        rest.n = 0;
    do {
        struct override span = {.day = day};
        if (rule->n_overrides == MAX_OVERRIDES ||
            (!is_closed && !take_span(&rest, &span.from_minute, &span.to_minute)))
            return false;
        rule->overrides[rule->n_overrides++] = span;
    } while (skip(&rest));
    return true;
}

bool hours_read_dates(struct text t, struct arena *a, struct rule *rule, int64_t *ret_line)
{
    rule->overrides = ARENA_ARRAY(a, MAX_OVERRIDES, struct override);
    rule->n_overrides = 0;
    *ret_line = 0;
    while (t.n) {
        struct text line = t, after = {0};
        (void)text_cut(t, '\n', &line, &after);
        ++*ret_line;
        line = text_trim(line);
        if (line.n && !read_date(line, rule))
            return false;
        t = after;
    }
    return true;
}

bool hours_read_reminders(struct text t, struct reminder *ret_reminders, size_t *ret_n)
{
    size_t n = 0;
    while (skip(&t)) {
        int64_t value = 0, unit = 1;
        if (n == MAX_REMINDERS || !take_number(&t, 100000, &value))
            return false;
        (void)take_char(&t, ' ');
        if (take_char(&t, 'd'))
            unit = CIVIL_DAY_MIN;
        else if (take_char(&t, 'h'))
            unit = HOUR_MIN;
        else if (take_char(&t, 'm') && take_char(&t, 'i') && !take_char(&t, 'n'))
            return false;
        if (t.n && !strchr(" \t,;", t.at[0]))
            return false;
        ret_reminders[n++].minutes = value * unit;
    }
    *ret_n = n;
    return true;
}

/* ---- writing ---- */

static void add_span(struct buf *out, int64_t from, int64_t to)
{
    buf_printf(out, "%02d:%02d-%02d:%02d", (int)(from / HOUR_MIN), (int)(from % HOUR_MIN),
               (int)(to / HOUR_MIN), (int)(to % HOUR_MIN));
}

struct text hours_write(const struct rule *rule, int64_t weekday, struct arena *a)
{
    struct buf out CLEANUP(buf_done) = BUF(TEXT_MAX);
    for (size_t i = 0; i < rule->n_hours; i++)
        if (rule->hours[i].weekday == weekday) {
            buf_add_cstr(&out, out.n ? ", " : "");
            add_span(&out, rule->hours[i].from_minute, rule->hours[i].to_minute);
        }
    return arena_text(a, buf_text(&out));
}

struct text hours_write_dates(const struct rule *rule, struct arena *a)
{
    struct buf out CLEANUP(buf_done) = BUF(TEXT_MAX);
    for (size_t i = 0; i < rule->n_overrides; i++) {
        const struct override *span = &rule->overrides[i];
        char date[CIVIL_DATE_SIZE];
        civil_format_date(span->day, date);
        if (i && rule->overrides[i - 1].day == span->day)
            buf_add_cstr(&out, ", ");
        else
            buf_printf(&out, "%s%s ", i ? "\n" : "", date);
        if (span->from_minute == span->to_minute)
            buf_add_cstr(&out, "closed");
        else
            add_span(&out, span->from_minute, span->to_minute);
    }
    return arena_text(a, buf_text(&out));
}

struct text hours_write_reminders(const struct reminder *reminders, size_t n, struct arena *a)
{
    struct buf out CLEANUP(buf_done) = BUF(TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        int64_t minutes = reminders[i].minutes;
        bool is_days = minutes % CIVIL_DAY_MIN == 0, is_hours = minutes % HOUR_MIN == 0;
        buf_printf(&out, "%s%lld %s", i ? ", " : "",
                   (long long)(is_days    ? minutes / CIVIL_DAY_MIN
                               : is_hours ? minutes / HOUR_MIN
                                          : minutes),
                   is_days    ? "d"
                   : is_hours ? "h"
                              : "min");
    }
    return arena_text(a, buf_text(&out));
}
