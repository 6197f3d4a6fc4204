/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hourgate/hours.h"
#include "hourgate/upstream.h"

/* What is written, and how it is formatted again; NULL: refused. */
static const struct row {
    const char *written, *formatted;
} hours_rows[] = {
    {"mon-fri 09:00-12:00 13:00-17:00; sat 10:00-12:00",
     "mon-fri 09:00-12:00 13:00-17:00; sat 10:00-12:00"},
    {"daily 00:00-24:00", "mon-sun 00:00-24:00"},
    {"mon,wed,FRI 08:30-09:00", "mon 08:30-09:00; wed 08:30-09:00; fri 08:30-09:00"},
    {"  fri-mon   09:00-10:00 ; ; ", "mon 09:00-10:00; fri-sun 09:00-10:00"},
    {"mon 09:00-10:00; mon 11:00-12:00", "mon 09:00-10:00 11:00-12:00"},
    {"", ""},
    {"mon", NULL},
    {"09:00-10:00", NULL},
    {"mon 9:00-10:00", NULL},
    {"mon 09:00", NULL},
    {"mon 10:00-09:00", NULL},
    {"mon 09:00-09:00", NULL},
    {"mon 09:60-10:00", NULL},
    {"mon 09:00-24:01", NULL},
    {"mon 09:00-99:00", NULL},
    {"mon, 09:00-10:00", "mon 09:00-10:00"},
    {"monday 09:00-10:00", NULL},
    {"mon-xyz 09:00-10:00", NULL},
    {"mon- 09:00-10:00", NULL},
    {"mon 09:00-10:00 tue", NULL},
    {"mon -1:00-10:00", NULL},
};

static const struct row override_rows[] = {
    {"2026-12-24 closed; 2026-12-31 09:00-12:00 13:00-14:00",
     "2026-12-24 closed; 2026-12-31 09:00-12:00 13:00-14:00"},
    {"2028-02-29 CLOSED", "2028-02-29 closed"},
    {"", ""},
    {"2026-02-29 closed", NULL},
    {"24.12.2026 closed", NULL},
    {"2026-12-24", NULL},
    {"2026-12-24 closed 09:00-10:00", NULL},
    {"closed", NULL},
};

static const struct row blocks_rows[] = {
    {"tentative,busy,oof", "tentative,busy,oof"},
    {"OOF, busy", "busy,oof"},
    {"elsewhere", "elsewhere"},
    {"", ""},
    {"free", NULL},
    {"no-data", NULL},
    {"busy oof", NULL},
};

static void check(const struct row *row, enum status status, struct text formatted)
{
    if (status != (row->formatted ? OK : ERR_INVALID))
        fail_msg("\"%s\" gave %s", row->written, status_name(status));
    if (row->formatted && !text_equal(formatted, text_from(row->formatted)))
        fail_msg("\"%s\" became \"" TEXT_FMT "\"", row->written, TEXT_ARG(formatted));
}

static void hours_are_read_as_people_write_them(void **state)
{
    (void)state;
    struct arena a = {0};
    struct rule rule = {0};
    for (size_t i = 0; i < sizeof hours_rows / sizeof *hours_rows; i++) {
        enum status status = hours_parse(text_from(hours_rows[i].written), &a, &rule, NULL);
        check(&hours_rows[i], status, hours_format(&rule, &a));
    }
    for (size_t i = 0; i < sizeof override_rows / sizeof *override_rows; i++) {
        enum status status =
            overrides_parse(text_from(override_rows[i].written), &a, &rule, NULL);
        check(&override_rows[i], status, overrides_format(&rule, &a));
    }
    for (size_t i = 0; i < sizeof blocks_rows / sizeof *blocks_rows; i++) {
        enum status status = blocks_parse(text_from(blocks_rows[i].written), &rule, NULL);
        check(&blocks_rows[i], status, blocks_format(&rule, &a));
    }
    arena_done(&a);
}

static void the_week_starts_on_monday(void **state)
{
    (void)state;
    struct arena a = {0};
    struct rule rule = {0};
    assert_int_equal(hours_parse(TEXT("sun 23:00-24:00"), &a, &rule, NULL), OK);
    assert_int_equal(rule.n_hours, 1);
    assert_int_equal(rule.hours[0].weekday, 6);
    assert_int_equal(rule.hours[0].from_minute, 1380);
    assert_int_equal(rule.hours[0].to_minute, 1440);
    assert_int_equal(overrides_parse(TEXT("1970-01-02 closed"), &a, &rule, NULL), OK);
    assert_int_equal(rule.overrides[0].day, 1);
    assert_int_equal(rule.overrides[0].from_minute, rule.overrides[0].to_minute);
    arena_done(&a);
}

static void more_spans_than_a_page_may_have_are_refused(void **state)
{
    (void)state;
    struct arena a = {0};
    struct rule rule = {0};
    struct error err = {0};
    assert_int_equal(
        hours_parse(TEXT("daily 00:00-01:00 02:00-03:00 04:00-05:00 06:00-07:00 08:00-09:00 "
                         "10:00-11:00 12:00-13:00 14:00-15:00"),
                    &a, &rule, &err),
        OK);
    assert_int_equal(rule.n_hours, MAX_HOURS);
    assert_int_equal(
        hours_parse(TEXT("daily 00:00-01:00 02:00-03:00 04:00-05:00 06:00-07:00 08:00-09:00 "
                         "10:00-11:00 12:00-13:00 14:00-15:00 16:00-17:00"),
                    &a, &rule, &err),
        ERR_INVALID);
    assert_non_null(strstr(err.what, "at most 56"));
    arena_done(&a);
}

static void servers_are_split(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
        int64_t port;
        const char *path;
    } good[] = {
        {"https://mail.example.ch/EWS/Exchange.asmx", "mail.example.ch", 443,
         "/EWS/Exchange.asmx"},
        {"https://mail.example.ch", "mail.example.ch", 443, "/EWS/Exchange.asmx"},
        {"https://mail.example.ch/", "mail.example.ch", 443, "/EWS/Exchange.asmx"},
        {"mail.example.ch:8443", "mail.example.ch", 8443, "/EWS/Exchange.asmx"},
        {"https://[2001:db8::1]:444/x", "2001:db8::1", 444, "/x"},
        {"https://[::1]/x", "::1", 443, "/x"},
    };
    static const char *const wrong[] = {"",
                                        "http://mail.example.ch",
                                        "https://",
                                        "https://u:p@mail.example.ch/",
                                        "https://mail.example.ch:0",
                                        "https://mail.example.ch:x",
                                        "https://mail.example.ch:65536",
                                        "https://mail example.ch",
                                        "https://mail.example.ch/x?y",
                                        "https://[::1",
                                        "https://[::1]x/",
                                        "ftp://mail.example.ch",
                                        "https://mail.example.ch/a b",
                                        "https://mail\xc3\xa4.example.ch"};
    struct arena a = {0};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct server server = {0};
        assert_int_equal(upstream_parse_url(text_from(good[i].url), &a, &server, NULL), OK);
        assert_true(text_equal(server.host, text_from(good[i].host)));
        assert_int_equal(server.port, good[i].port);
        assert_true(text_equal(server.path, text_from(good[i].path)));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct server server = {0};
        assert_int_equal(upstream_parse_url(text_from(wrong[i]), &a, &server, NULL),
                         ERR_INVALID);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_read_as_people_write_them),
        cmocka_unit_test(the_week_starts_on_monday),
        cmocka_unit_test(more_spans_than_a_page_may_have_are_refused),
        cmocka_unit_test(servers_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* upstream.c reads options from a call, whose table is main's. */
const struct command commands[] = {{0}};
