/* SPDX-License-Identifier: ISC */
#include "time/instant.h"

#include <stddef.h>

#include "time/civil.h"

enum { DATE_N = CIVIL_DATE_SIZE - 1 };

struct instant instant_clamp(struct instant t)
{
    if (instant_before(t, INSTANT_MIN))
        return INSTANT_MIN;
    return instant_before(INSTANT_MAX, t) ? INSTANT_MAX : t;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Read two digits and the byte behind them; after 0, no byte is wanted. */
static bool take_two(struct text *t, int most, char after, int *ret_value)
{
    size_t n = after ? 3 : 2;
    if (t->n < n || !is_digit(t->at[0]) || !is_digit(t->at[1]) || (after && t->at[2] != after))
        return false;
    int value = (t->at[0] - '0') * 10 + (t->at[1] - '0');
    if (value > most)
        return false;
    *ret_value = value;
    *t = (struct text){t->at + n, t->n - n};
    return true;
}

static bool take_byte(struct text *t, char byte)
{
    if (t->n == 0 || t->at[0] != byte)
        return false;
    *t = (struct text){t->at + 1, t->n - 1};
    return true;
}

/* Pass ".000"; false where there is a point without digits or a fraction that is not zero. */
static bool take_zero_fraction(struct text *t)
{
    if (!take_byte(t, '.'))
        return true;
    size_t n = 0;
    while (take_byte(t, '0'))
        n++;
    return n > 0 && n <= 9 && !(t->n && is_digit(t->at[0]));
}

/* Read "Z", "+01:00" or "-05:30" to the end of the text. */
static bool take_offset(struct text *t, int64_t *ret_offset_s)
{
    *ret_offset_s = 0;
    if (take_byte(t, 'Z'))
        return t->n == 0;
    int sign = take_byte(t, '+') ? 1 : take_byte(t, '-') ? -1 : 0;
    int hours, minutes;
    if (sign == 0 || !take_two(t, 23, ':', &hours) || !take_two(t, 59, 0, &minutes))
        return false;
    *ret_offset_s = sign * (hours * CIVIL_HOUR_S + minutes * CIVIL_MINUTE_S);
    return t->n == 0;
}

enum status instant_parse(struct text t, struct instant *ret_instant)
{
    if (t.n <= DATE_N)
        return ERR_INVALID;
    int64_t day, offset_s;
    TRY(civil_parse_date((struct text){t.at, DATE_N}, &day));
    int hour, minute, second;
    struct text rest = {t.at + DATE_N, t.n - DATE_N};
    if (!take_byte(&rest, 'T') || !take_two(&rest, 23, ':', &hour) ||
        !take_two(&rest, 59, ':', &minute) || !take_two(&rest, 59, 0, &second) ||
        !take_zero_fraction(&rest) || !take_offset(&rest, &offset_s))
        return ERR_INVALID;
    struct instant found = {day * CIVIL_DAY_S + hour * CIVIL_HOUR_S + minute * CIVIL_MINUTE_S +
                            second - offset_s};
    if (instant_clamp(found).s != found.s)
        return ERR_INVALID;
    *ret_instant = found;
    return OK;
}

static void put_two(char *at, char before, int value)
{
    at[0] = before;
    at[1] = (char)('0' + value / 10);
    at[2] = (char)('0' + value % 10);
}

void instant_format(struct instant t, char ret_text[static INSTANT_SIZE])
{
    int64_t seconds = instant_clamp(t).s;
    int64_t day = civil_day_of(seconds);
    int of_day = (int)(seconds - day * CIVIL_DAY_S);
    civil_format_date(day, ret_text);
    put_two(ret_text + DATE_N, 'T', of_day / CIVIL_HOUR_S);
    put_two(ret_text + DATE_N + 3, ':', of_day % CIVIL_HOUR_S / CIVIL_MINUTE_S);
    put_two(ret_text + DATE_N + 6, ':', of_day % CIVIL_MINUTE_S);
    ret_text[INSTANT_SIZE - 2] = 'Z';
    ret_text[INSTANT_SIZE - 1] = 0;
}
