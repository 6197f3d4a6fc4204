/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "edge/customer/parts.h"
#include "lang/moment.h"
#include "lang/place.h"

static struct zones *zones;

static struct form parse(struct arena *a, const char *t)
{
    struct form form;
    assert_int_equal(form_parse(a, text_from(t), &form), OK);
    return form;
}

static void a_query_is_read(void **state)
{
    (void)state;
    struct arena a = {0};
    struct form form =
        parse(&a, "month=2026-12&day=2026-12-24&start=2026-12-24T09:00:00Z&tz=Asia/Tokyo");
    struct month_query query;
    parts_query(&form, zones, &query);
    assert_true(query.has_month && query.has_day && query.has_start);
    assert_int_equal(query.month, 2026 * 12 + 11);
    assert_true(text_equal(query.zone_name, TEXT("Asia/Tokyo")));
    arena_done(&a);
}

static void what_cannot_be_read_is_not_there(void **state)
{
    (void)state;
    struct arena a = {0};
    struct form form =
        parse(&a, "month=2026-13&day=2026-02-30&start=2026-12-24&tz=../../etc/passwd");
    struct month_query query;
    parts_query(&form, zones, &query);
    assert_false(query.has_month || query.has_day || query.has_start || query.zone);
    arena_done(&a);
}

static void addresses_are_checked_for_shape_alone(void **state)
{
    (void)state;
    static const char *const right[] = {"a@b.ch", "ada.keller+x@mail.example.org",
                                        "o'neil@example.org", "a@1.2"};
    static const char *const wrong[] = {"",
                                        "a",
                                        "a@",
                                        "@b.ch",
                                        "a@b",
                                        "a@@b.ch",
                                        "a b@c.ch",
                                        "a@b.ch\nBcc: x",
                                        "a@.ch",
                                        "a@b.",
                                        "<a@b.ch>",
                                        "a@b.ch,c@d.ch",
                                        "\xc3\xbc@b.ch"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_null(parts_email_error(LANGUAGE_EN, text_from(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(parts_email_error(LANGUAGE_EN, text_from(wrong[i])));
}

static void fields_have_a_most(void **state)
{
    (void)state;
    static char long_text[MAX_ANSWER + 2];
    memset(long_text, 'a', sizeof long_text - 1);
    assert_non_null(parts_name_error(LANGUAGE_EN, text_from(long_text)));
    assert_non_null(parts_name_error(LANGUAGE_EN, TEXT("")));
    assert_non_null(parts_name_error(LANGUAGE_EN, TEXT("a\nb")));
    assert_null(parts_name_error(LANGUAGE_EN, (struct text){long_text, MAX_NAME}));
    assert_non_null(parts_note_error(LANGUAGE_EN, text_from(long_text)));
    assert_null(parts_note_error(LANGUAGE_EN, (struct text){long_text, MAX_ANSWER}));
    assert_null(parts_note_error(LANGUAGE_EN, TEXT("one\ntwo")));
}

static void a_form_of_ours_has_a_start_and_a_key(void **state)
{
    (void)state;
    struct arena a = {0};
    struct customer_form read;
    struct form form =
        parse(&a, "start=2026-12-24T09:00:00Z&key=k&name=+Ada+&email=a@b.ch&tz=UTC");
    assert_int_equal(parts_customer(&form, zones, LANGUAGE_EN, &read), OK);
    assert_true(text_equal(read.name, TEXT("Ada")));
    assert_null(read.email_error);
    form = parse(&a, "start=2026-12-24T09:00:00Z&name=Ada&email=a@b.ch");
    assert_int_equal(parts_customer(&form, zones, LANGUAGE_EN, &read), ERR_INVALID);
    form = parse(&a, "key=k&name=Ada&email=a@b.ch");
    assert_int_equal(parts_customer(&form, zones, LANGUAGE_EN, &read), ERR_INVALID);
    form = parse(&a, "start=2026-12-24T09:00:00Z&key=k");
    assert_int_equal(parts_customer(&form, zones, LANGUAGE_EN, &read), OK);
    assert_non_null(read.name_error);
    assert_non_null(read.email_error);
    arena_done(&a);
}

static int load(void **state)
{
    (void)state;
    zones = zones_load("/usr/share/zoneinfo", NULL);
    if (!zones || moment_init(NULL) != OK)
        return -1;
    place_init(zones);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    place_done();
    moment_done();
    zones_free(zones);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_read),
        cmocka_unit_test(what_cannot_be_read_is_not_there),
        cmocka_unit_test(addresses_are_checked_for_shape_alone),
        cmocka_unit_test(fields_have_a_most),
        cmocka_unit_test(a_form_of_ours_has_a_start_and_a_key),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
