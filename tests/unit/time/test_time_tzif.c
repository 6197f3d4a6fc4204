/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "time/instant.h"
#include "time/posix_tz.h"
#include "time/zone.h"

static struct buf file_bytes(const char *path)
{
    struct buf bytes = BUF(1 << 20);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    buf_grown(&bytes, fread(buf_room(&bytes, 1 << 16), 1, 1 << 16, file));
    fclose(file);
    return bytes;
}

static void add_big(struct buf *b, uint64_t value, int n)
{
    for (int i = n - 1; i >= 0; i--)
        buf_add_byte(b, (unsigned char)(value >> (8 * i)));
}

/* What goes into a small file of our own. */
struct made {
    char version;
    uint32_t n_leaps, n_times, n_types;
    int64_t times[3];
    unsigned char indexes[3];
    int32_t offsets[2];
    const char *rule;
};

static void add_header(struct buf *b, const struct made *m, bool is_empty)
{
    static const char zeros[15] = {0};
    buf_add_cstr(b, "TZif");
    buf_add_byte(b, (unsigned char)m->version);
    buf_add(b, zeros, sizeof zeros);
    add_big(b, 0, 4);
    add_big(b, 0, 4);
    add_big(b, is_empty ? 0 : m->n_leaps, 4);
    add_big(b, is_empty ? 0 : m->n_times, 4);
    add_big(b, is_empty ? 0 : m->n_types, 4);
    add_big(b, is_empty ? 0 : 4, 4);
}

static enum status parse_made(const struct made *m, struct zone **ret_zone, struct error *err)
{
    struct buf b = BUF(1 << 16);
    add_header(&b, m, true);
    add_header(&b, m, false);
    for (uint32_t i = 0; i < m->n_times && i < 3; i++)
        add_big(&b, (uint64_t)m->times[i], 8);
    buf_add(&b, m->indexes, m->n_times < 3 ? m->n_times : 3);
    for (uint32_t i = 0; i < m->n_types && i < 2; i++) {
        add_big(&b, (uint32_t)m->offsets[i], 4);
        add_big(&b, 0, 2);
    }
    buf_add(&b, "ABC", 4);
    buf_printf(&b, "\n%s\n", m->rule);
    enum status status = zone_parse(TEXT("Test/Zone"), buf_text(&b), ret_zone, err);
    buf_done(&b);
    return status;
}

static const struct made sound = {'2', 0, 3, 2, {0, 100, 200}, {1, 0, 1}, {0, 3600}, "ABC-1"};

static void a_sound_file_is_read(void **state)
{
    (void)state;
    struct zone *zone;
    assert_int_equal(parse_made(&sound, &zone, NULL), OK);
    assert_int_equal(zone_period_at(zone, (struct instant){-1}).offset_s, 0);
    assert_int_equal(zone_period_at(zone, (struct instant){0}).offset_s, 3600);
    assert_int_equal(zone_period_at(zone, (struct instant){99}).until.s, 100);
    assert_int_equal(zone_period_at(zone, (struct instant){150}).from.s, 100);
    assert_int_equal(zone_period_at(zone, (struct instant){150}).offset_s, 0);
    assert_int_equal(zone_period_at(zone, INSTANT_MAX).offset_s, 3600);
    assert_true(text_equal(zone_name(zone), TEXT("Test/Zone")));
    zone_free(zone);
    zone_free(NULL);
}

static void assert_refused(struct made m, const char *because)
{
    struct zone *zone = NULL;
    struct error err = {0};
    assert_int_equal(parse_made(&m, &zone, &err), ERR_INVALID);
    assert_null(zone);
    assert_non_null(strstr(err.what, because));
}

static void each_thing_that_makes_no_sense_is_refused_by_name(void **state)
{
    (void)state;
    struct made m = sound;
    m.version = 0;
    assert_refused(m, "version 2");
    m = sound, m.n_leaps = 1;
    assert_refused(m, "leap seconds");
    m = sound, m.n_types = 0;
    assert_refused(m, "too many or none");
    m = sound, m.n_times = UINT32_MAX;
    assert_refused(m, "too many or none");
    m = sound, m.times[2] = 100;
    assert_refused(m, "out of order");
    m = sound, m.indexes[1] = 2;
    assert_refused(m, "unknown kind");
    m = sound, m.offsets[0] = ZONE_OFFSET_MAX_S;
    assert_refused(m, "out of range");
    m = sound, m.offsets[1] = INT32_MIN;
    assert_refused(m, "out of range");
    m = sound, m.rule = "ABC";
    assert_refused(m, "POSIX TZ");
    struct zone *zone;
    assert_int_equal(zone_parse(TEXT(""), TEXT("TZif"), &zone, NULL), ERR_INVALID);
}

static void every_cut_of_a_real_file_is_refused(void **state)
{
    (void)state;
    struct buf bytes = file_bytes("/usr/share/zoneinfo/Europe/Dublin");
    struct zone *zone;
    for (size_t n = 0; n < bytes.n; n++) {
        struct text cut = {(const char *)bytes.at, n};
        assert_int_equal(zone_parse(TEXT("Europe/Dublin"), cut, &zone, NULL), ERR_INVALID);
    }
    assert_int_equal(zone_parse(TEXT("Europe/Dublin"), buf_text(&bytes), &zone, NULL), OK);
    zone_free(zone);
    buf_done(&bytes);
}

/* Whatever was accepted must be safe to ask anything. */
static void ask_everywhere(const struct zone *zone)
{
    static const int64_t moments[] = {INT64_MIN,  -62135596800, -5000000000,
                                      0,          1000000000,   2000000000,
                                      4000000000, 253402300799, INT64_MAX};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct zone_period p = zone_period_at(zone, (struct instant){moments[i]});
        assert_true(p.from.s < p.until.s);
        assert_true(abs(p.offset_s) < ZONE_OFFSET_MAX_S);
        struct civil c = zone_civil(zone, (struct instant){moments[i]});
        assert_true(civil_is_valid(c));
        zone_match(zone, c);
        zone_day_start(zone, civil_days(c));
    }
}

static void damaged_files_are_refused_or_safe(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Dublin", "Africa/Casablanca", "UTC",
                                        "Asia/Gaza"};
    srand(3);
    for (int round = 0; round < 20000; round++) {
        static struct buf files[4];
        struct buf *whole = &files[round % 4];
        if (!whole->at) {
            char path[100];
            snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", names[round % 4]);
            *whole = file_bytes(path);
        }
        unsigned char bytes[1 << 16];
        memcpy(bytes, whole->at, whole->n);
        for (int damage = rand() % 3; damage >= 0; damage--)
            bytes[(size_t)rand() % whole->n] = (unsigned char)rand();
        struct zone *zone;
        struct text damaged = {(const char *)bytes, whole->n};
        if (zone_parse(TEXT("Damaged"), damaged, &zone, NULL) != OK)
            continue;
        ask_everywhere(zone);
        zone_free(zone);
    }
}

static void rules_for_later_years(void **state)
{
    (void)state;
    static const char *const good[] = {
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "<+0545>-5:45",
        "<-03>3<-02>,M3.5.0/-1,M10.4.4/167",
        "XXX3EDT4,0/0,J365/23",
        "EST5EDT,J60/2:30:15,300",
        "LHST-10:30LHDT-11,M10.1.0,M4.1.0",
    };
    static const char *const bad[] = {
        "",
        "UTC",
        "U0",
        "UTC25",
        "CET-1CEST",
        "<+05>",
        "<+05-5",
        "CET-1 ",
        "CET-1CEST,M3.5",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J365",
        "CET-1CEST,J366,1",
        "CET-1CEST,366,1",
        "CET-1CEST,M3.5.0/168,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0,",
        "CET-1:60",
        "CET-99999999999999999999",
    };
    struct posix_tz tz;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (posix_tz_parse(text_from(good[i]), &tz) != OK)
            fail_msg("refused: \"%s\"", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (posix_tz_parse(text_from(bad[i]), &tz) != ERR_INVALID)
            fail_msg("taken for a rule: \"%s\"", bad[i]);
}

static int32_t offset_by(const char *rule, const char *at)
{
    struct posix_tz tz;
    struct instant t;
    int64_t from = INT64_MIN, until = INT64_MAX;
    assert_int_equal(posix_tz_parse(text_from(rule), &tz), OK);
    assert_int_equal(instant_parse(text_from(at), &t), OK);
    int32_t offset_s = posix_tz_offset(&tz, t.s, &from, &until);
    assert_true(from <= t.s && t.s < until);
    return offset_s;
}

static void rules_say_the_offset_of_any_year(void **state)
{
    (void)state;
    static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";
    assert_int_equal(offset_by(berlin, "2099-03-29T00:59:59Z"), 3600);
    assert_int_equal(offset_by(berlin, "2099-03-29T01:00:00Z"), 7200);
    assert_int_equal(offset_by(berlin, "2099-10-25T00:59:59Z"), 7200);
    assert_int_equal(offset_by(berlin, "2099-10-25T01:00:00Z"), 3600);
    static const char south[] = "LHST-10:30LHDT-11,M10.1.0,M4.1.0";
    assert_int_equal(offset_by(south, "2099-01-01T00:00:00Z"), 39600);
    assert_int_equal(offset_by(south, "2099-07-01T00:00:00Z"), 37800);
    static const char dublin[] = "IST-1GMT0,M10.5.0,M3.5.0/1";
    assert_int_equal(offset_by(dublin, "2099-01-01T00:00:00Z"), 0);
    assert_int_equal(offset_by(dublin, "2099-07-01T00:00:00Z"), 3600);
    static const char always[] = "XXX3EDT4,0/0,J365/23";
    assert_int_equal(offset_by(always, "2099-01-01T04:00:00Z"), -14400);
    assert_int_equal(offset_by(always, "2099-12-31T23:59:59Z"), -14400);
    /* Day 60 of J never is the leap day; day 59 of the other count is, in a leap year. */
    assert_int_equal(offset_by("AAA0BBB,J60/0,300", "2024-02-29T12:00:00Z"), 0);
    assert_int_equal(offset_by("AAA0BBB,59/0,300", "2024-02-29T12:00:00Z"), 3600);
    assert_int_equal(offset_by("AAA0BBB,J60/0,300", "2024-03-01T00:00:00Z"), 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_file_is_read),
        cmocka_unit_test(each_thing_that_makes_no_sense_is_refused_by_name),
        cmocka_unit_test(every_cut_of_a_real_file_is_refused),
        cmocka_unit_test(damaged_files_are_refused_or_safe),
        cmocka_unit_test(rules_for_later_years),
        cmocka_unit_test(rules_say_the_offset_of_any_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
