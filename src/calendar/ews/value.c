/* SPDX-License-Identifier: ISC */
#include "calendar/ews/value.h"

#include "time/civil.h"
#include "time/instant.h"

enum { FRACTION_DIGITS_MAX = 9 };

/* Take n digits off the front. */
static bool take_number(struct text *t, size_t n, int *ret)
{
    if (t->n < n)
        return false;
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        if (t->at[i] < '0' || t->at[i] > '9')
            return false;
        value = value * 10 + (t->at[i] - '0');
    }
    t->at += n;
    t->n -= n;
    *ret = value;
    return true;
}

static bool take(struct text *t, char c)
{
    if (t->n == 0 || *t->at != c)
        return false;
    t->at++;
    t->n--;
    return true;
}

static inline int two_digits(const char *at, bool *is_wrong)
{
    unsigned tens = (unsigned)at[0] - '0', ones = (unsigned)at[1] - '0';
    *is_wrong |= tens > 9 || ones > 9;
    return (int)(tens * 10 + ones);
}

/* Read "2026-11-23T08:00:00" off the front: thousands of times an answer, so without loops. */
static bool take_civil(struct text *t, struct civil *ret)
{
    enum { LENGTH = sizeof "2026-11-23T08:00:00" - 1 };
    const char *at = t->at;
    if (t->n < LENGTH)
        return false;
    bool is_wrong =
        at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':';
    *ret = (struct civil){
        .year = two_digits(at, &is_wrong) * 100 + two_digits(at + 2, &is_wrong),
        .month = two_digits(at + 5, &is_wrong),
        .day = two_digits(at + 8, &is_wrong),
        .hour = two_digits(at + 11, &is_wrong),
        .minute = two_digits(at + 14, &is_wrong),
        .second = two_digits(at + 17, &is_wrong),
    };
    t->at += LENGTH;
    t->n -= LENGTH;
    return !is_wrong && civil_is_valid(*ret);
}

static bool take_fraction(struct text *t, bool *ret_is_zero)
{
    *ret_is_zero = true;
    if (!take(t, '.'))
        return true;
    int digit, n = 0;
    while (take_number(t, 1, &digit)) {
        n++;
        *ret_is_zero = *ret_is_zero && digit == 0;
    }
    return n >= 1 && n <= FRACTION_DIGITS_MAX;
}

static bool take_offset(struct text *t, int64_t *ret_s)
{
    *ret_s = 0;
    if (t->n == 0 || take(t, 'Z'))
        return true;
    bool is_west = *t->at == '-';
    int hours, minutes;
    if (!take(t, is_west ? '-' : '+') || !take_number(t, 2, &hours))
        return false;
    take(t, ':');
    if (!take_number(t, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *ret_s = (hours * 60 + minutes) * 60;
    if (is_west)
        *ret_s = -*ret_s;
    return true;
}

enum status ews_time_parse(struct text t, bool round_up, struct instant *ret_instant)
{
    struct civil civil = {0};
    bool is_whole;
    int64_t offset_s;
    if (t.n && (*t.at <= ' ' || t.at[t.n - 1] <= ' '))
        t = text_trim(t);
    if (!take_civil(&t, &civil) || !take_fraction(&t, &is_whole) ||
        !take_offset(&t, &offset_s) || t.n > 0)
        return ERR_INVALID;
    struct instant found = {civil_seconds(civil)};
    if (offset_s || !is_whole)
        found = instant_clamp(instant_add_s(found, (round_up && !is_whole) - offset_s));
    *ret_instant = found;
    return OK;
}

enum busy_status ews_status_parse(struct text t)
{
    static const struct {
        struct text word;
        enum busy_status status;
    } words[] = {
        {{"Busy", 4}, BUSY_BUSY},
        {{"Tentative", 9}, BUSY_TENTATIVE},
        {{"Free", 4}, BUSY_FREE},
        {{"OOF", 3}, BUSY_OOF},
        {{"WorkingElsewhere", 16}, BUSY_ELSEWHERE},
    };
    t = text_trim(t);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal(t, words[i].word))
            return words[i].status;
    return BUSY_NO_DATA;
}

enum busy_status ews_digit_status(char digit)
{
    static const enum busy_status statuses[] = {BUSY_FREE, BUSY_TENTATIVE, BUSY_BUSY, BUSY_OOF};
    return digit >= '0' && digit <= '3' ? statuses[digit - '0'] : BUSY_NO_DATA;
}
