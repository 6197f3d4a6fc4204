/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../case.h"
#include "time/instant.h"
#include "time/zone.h"

static const char *cases;
static struct zones *zones;

static const struct zone *get_zone(const char *name)
{
    const struct zone *zone = zone_find(zones, text_from(name));
    if (!zone)
        fail_msg("no zone %s", name);
    return zone;
}

static struct instant get_instant(const char *text)
{
    struct instant t = {0};
    if (instant_parse(text_from(text), &t) != OK)
        fail_msg("not an instant: %s", text);
    return t;
}

/* Read "2026-03-29T02:30:00". */
static struct civil get_civil(const char *text)
{
    char with_z[40];
    snprintf(with_z, sizeof with_z, "%sZ", text);
    return civil_from_seconds(get_instant(with_z).s);
}

static void zones_are_found_by_their_exact_name(void **state)
{
    (void)state;
    static const char *const there[] = {
        "UTC",        "Europe/Berlin", "America/Argentina/Buenos_Aires",
        "US/Eastern", "Etc/GMT+5",     "Asia/Calcutta"};
    static const char *const absent[] = {
        "",          "Berlin",    "europe/berlin", "Europe/Berlin ",
        "posix/UTC", "right/UTC", "localtime",     "posixrules",
        "Factory",   "Europe",    "tzdata.zi",     "../zoneinfo/UTC"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        assert_true(text_equal(zone_name(get_zone(there[i])), text_from(there[i])));
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_null(zone_find(zones, text_from(absent[i])));
    assert_null(zone_find(zones, (struct text){"UTC\0", 4}));
    size_t pos = 0, n = 0;
    while (zones_next(zones, &pos))
        n++;
    assert_true(n > 400);
}

static void a_directory_without_zones_says_what_to_install(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(zones_load("/nonexistent", &err));
    assert_non_null(strstr(err.what, "/nonexistent"));
    assert_null(zones_load(cases, &err));
    assert_non_null(strstr(err.what, "install tzdata"));
    zones_free(NULL);
}

static void wall_clocks_are_where_python_says(void **state)
{
    (void)state;
    static const char *const kinds[] = {"unique", "gap", "overlap"};
    struct case_file c = case_open(cases, "zones.txt");
    int n = 0;
    while (case_next(&c)) {
        if (c.n_words == 0)
            continue;
        assert_true(c.n_words >= 4);
        const struct zone *zone = get_zone(c.words[0]);
        struct civil wall = get_civil(c.words[1]);
        struct zone_match m = zone_match(zone, wall);
        struct instant first = get_instant(c.words[3]);
        struct instant second = c.n_words > 4 ? get_instant(c.words[4]) : first;
        if (strcmp(kinds[m.kind], c.words[2]) != 0 || m.first.s != first.s ||
            m.second.s != second.s)
            fail_msg("zones.txt:%d: is %s %lld %lld", c.line, kinds[m.kind],
                     (long long)m.first.s, (long long)m.second.s);
        if (m.kind != ZONE_GAP) {
            assert_int_equal(civil_seconds(zone_civil(zone, m.first)), civil_seconds(wall));
            assert_int_equal(civil_seconds(zone_civil(zone, m.second)), civil_seconds(wall));
        }
        n++;
    }
    case_close(&c);
    assert_true(n > 500);
}

static void every_period_of_every_zone_meets_the_next(void **state)
{
    (void)state;
    size_t pos = 0;
    const struct zone *zone;
    while ((zone = zones_next(zones, &pos)))
        for (struct instant t = INSTANT_MIN; t.s < 5000000000;) {
            struct zone_period p = zone_period_at(zone, t);
            assert_int_equal(p.from.s, t.s);
            assert_true(p.until.s > t.s);
            assert_int_equal(zone_period_at(zone, (struct instant){p.until.s - 1}).from.s, t.s);
            t = p.until;
        }
}

static void days_begin_where_the_clock_first_shows_them(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *date, *start;
    } rows[] = {
        {"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
        {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, /* no midnight that day */
        {"America/Sao_Paulo", "2019-02-17",
         "2019-02-17T03:00:00Z"},                                 /* 23:00 came twice before */
        {"America/Havana", "2019-11-03", "2019-11-03T04:00:00Z"}, /* midnight came twice */
        {"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
        {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, /* there was no such day */
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
        {"Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t day;
        assert_int_equal(civil_parse_date(text_from(rows[i].date), &day), OK);
        struct instant start = zone_day_start(get_zone(rows[i].zone), day);
        char text[INSTANT_SIZE];
        instant_format(start, text);
        assert_string_equal(text, rows[i].start);
    }
}

static void the_ends_of_time_are_safe(void **state)
{
    (void)state;
    const struct zone *zone = get_zone("Pacific/Kiritimati");
    assert_int_equal(zone_civil(zone, (struct instant){INT64_MAX}).year, 9999);
    assert_int_equal(zone_civil(zone, (struct instant){INT64_MIN}).year, 1);
    assert_int_equal(zone_day(zone, (struct instant){INT64_MAX}), CIVIL_LAST_DAY + 1);
    zone = get_zone("Asia/Tokyo");
    struct zone_match m = zone_match(zone, (struct civil){1, 1, 1, 0, 0, 0});
    assert_int_equal(m.kind, ZONE_UNIQUE);
    assert_int_equal(m.first.s, INSTANT_MIN.s);
    zone = get_zone("America/New_York");
    m = zone_match(zone, (struct civil){9999, 12, 31, 23, 59, 59});
    assert_int_equal(m.kind, ZONE_UNIQUE);
    assert_int_equal(m.first.s, INSTANT_MAX.s);
}

/* Compare with a listing of zdump -v: "Zone  Sun Mar 29 00:59:59 2026 UT = ... isdst=0 gmtoff=3600". Only
 * years that are settled: governments change the later ones, and another tzdata than the listing's may be here. */
static void compare_listing(const char *path, int *n)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[400], name[80], month[4];
    while (fgets(line, sizeof line, file)) {
        struct civil c = {0};
        const char *gmtoff = strstr(line, "gmtoff=");
        if (!gmtoff || sscanf(line, "%79s %*s %3s %d %d:%d:%d %d UT", name, month, &c.day,
                              &c.hour, &c.minute, &c.second, &c.year) != 7)
            continue;
        const struct zone *zone = zone_find(zones, text_from(name));
        c.month = (int)(strstr(months, month) - months) / 3 + 1;
        if (!zone || !civil_is_valid(c) || c.year > 2024)
            continue;
        struct instant at = {civil_seconds(c)};
        if (zone_period_at(zone, at).offset_s != atoi(gmtoff + 7))
            fail_msg("%s: %s", path, line);
        (*n)++;
    }
    fclose(file);
}

static void reference_listings_agree(void **state)
{
    (void)state;
    const char *reference = getenv("HOURGATE_REFERENCE");
    char folder[1024], path[2048];
    snprintf(folder, sizeof folder, "%s/timezones",
             reference ? reference : "../shared/reference");
    DIR *dir = opendir(folder);
    if (!dir)
        skip();
    int n = 0;
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        if (strncmp(entry->d_name, "zdump-", 6) == 0) {
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            compare_listing(path, &n);
        }
    closedir(dir);
    assert_true(n > 300);
}

static void a_zone_is_made_of_changes_in_any_order(void **state)
{
    (void)state;
    struct zone *zone = NULL;
    const struct zone_change changes[] = {
        {1000000, 3600}, {500000, 7200}, {2000000, 3600}, {500000, 7200}};
    assert_int_equal(zone_make(TEXT("mine"), 3600, changes, 4, &zone), OK);
    assert_int_equal(zone_period_at(zone, (struct instant){0}).offset_s, 3600);
    assert_int_equal(zone_period_at(zone, (struct instant){500000}).offset_s, 7200);
    assert_int_equal(zone_period_at(zone, (struct instant){500000}).until.s, 1000000);
    assert_true(zone_period_at(zone, (struct instant){1000000}).until.s > INSTANT_MAX.s);
    zone_free(zone);
    const struct zone_change twice[] = {{5, 3600}, {5, 7200}}, wild = {5, 100 * 3600};
    assert_int_equal(zone_make(TEXT("mine"), 0, twice, 2, &zone), ERR_INVALID);
    assert_int_equal(zone_make(TEXT("mine"), 0, &wild, 1, &zone), ERR_INVALID);
}

int main(int argc, char **argv)
{
    cases = argc > 1 ? argv[1] : "tests/case";
    struct error err = {0};
    zones = zones_load("/usr/share/zoneinfo", &err);
    if (!zones) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_found_by_their_exact_name),
        cmocka_unit_test(a_directory_without_zones_says_what_to_install),
        cmocka_unit_test(wall_clocks_are_where_python_says),
        cmocka_unit_test(every_period_of_every_zone_meets_the_next),
        cmocka_unit_test(days_begin_where_the_clock_first_shows_them),
        cmocka_unit_test(the_ends_of_time_are_safe),
        cmocka_unit_test(a_zone_is_made_of_changes_in_any_order),
        cmocka_unit_test(reference_listings_agree),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zones_free(zones);
    return failed;
}
