/* SPDX-License-Identifier: ISC
 *
 * Dates are counted in years that begin on 1 March, so that the leap day is the last of its
 * year and the days before a month follow from its number alone: months of 31, 30, 31, 30, 31
 * days repeat, 153 in five.
 */
#include "time/civil.h"

enum {
    DAYS_PER_ERA = 146097, /* 400 years: after them the calendar repeats, weekdays too */
    YEARS_PER_ERA = 400,
    DAYS_BEFORE_1970 = 719468, /* from 0000-03-01 */
};

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    bool is_short = month == 4 || month == 6 || month == 9 || month == 11;
    return month == 2 ? 28 + is_leap(year) : 31 - is_short;
}

bool civil_is_valid(struct civil c)
{
    return c.year >= 1 && c.year <= 9999 && c.month >= 1 && c.month <= 12 && c.day >= 1 &&
           c.day <= days_in_month(c.year, c.month) && c.hour >= 0 && c.hour <= 23 &&
           c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59;
}

int64_t civil_days(struct civil c)
{
    int64_t month = (c.month + 9) % 12; /* 0 is March */
    int64_t year = c.year - (c.month <= 2);
    return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + c.day - 1 -
           DAYS_BEFORE_1970;
}

struct civil civil_from_days(int64_t day)
{
    /* 32 bits hold all days that there are, and divide in half the time. */
    uint32_t since = (uint32_t)(clamp(day, CIVIL_FIRST_DAY, CIVIL_LAST_DAY) + DAYS_BEFORE_1970);
    uint32_t era = since / DAYS_PER_ERA;
    uint32_t left = since % DAYS_PER_ERA;
    /* Take the leap days out, so that every year has 365: one each four years, none each hundred. */
    uint32_t year = (left - left / 1460 + left / 36524 - left / 146096) / 365;
    uint32_t day_of_year = left - (year * 365 + year / 4 - year / 100);
    uint32_t month = (day_of_year * 5 + 2) / 153;
    return (struct civil){
        .year = (int)(era * YEARS_PER_ERA + year + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (month * 153 + 2) / 5 + 1),
    };
}

int64_t civil_seconds(struct civil c)
{
    return civil_days(c) * CIVIL_DAY_S + c.hour * CIVIL_HOUR_S + c.minute * CIVIL_MINUTE_S +
           c.second;
}

struct civil civil_from_seconds(int64_t seconds)
{
    int64_t last = (CIVIL_LAST_DAY + (int64_t)1) * CIVIL_DAY_S - 1;
    seconds = clamp(seconds, (int64_t)CIVIL_FIRST_DAY * CIVIL_DAY_S, last);
    int64_t day = civil_day_of(seconds);
    int of_day = (int)(seconds - day * CIVIL_DAY_S);
    struct civil c = civil_from_days(day);
    c.hour = of_day / CIVIL_HOUR_S;
    c.minute = of_day % CIVIL_HOUR_S / CIVIL_MINUTE_S;
    c.second = of_day % CIVIL_MINUTE_S;
    return c;
}

int64_t civil_day_of(int64_t seconds)
{
    return floor_div(seconds, CIVIL_DAY_S);
}

int civil_weekday(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static bool two_digits(const char *at, int *ret_value)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *ret_value = (at[0] - '0') * 10 + (at[1] - '0');
    return true;
}

enum status civil_parse_date(struct text t, int64_t *ret_day)
{
    int century, year, month, day;
    if (t.n != CIVIL_DATE_SIZE - 1 || t.at[4] != '-' || t.at[7] != '-' ||
        !two_digits(t.at, &century) || !two_digits(t.at + 2, &year) ||
        !two_digits(t.at + 5, &month) || !two_digits(t.at + 8, &day))
        return ERR_INVALID;
    struct civil c = {.year = century * 100 + year, .month = month, .day = day};
    if (!civil_is_valid(c))
        return ERR_INVALID;
    *ret_day = civil_days(c);
    return OK;
}

static void put_two(char *at, int value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
}

void civil_format_date(int64_t day, char ret_date[static CIVIL_DATE_SIZE])
{
    struct civil c = civil_from_days(day);
    put_two(ret_date, c.year / 100);
    put_two(ret_date + 2, c.year % 100);
    ret_date[4] = '-';
    put_two(ret_date + 5, c.month);
    ret_date[7] = '-';
    put_two(ret_date + 8, c.day);
    ret_date[CIVIL_DATE_SIZE - 1] = 0;
}
