/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/failure.h"
#include "edge/route.h"

static const struct route *find(const char *one, const char *two, const char *three)
{
    struct text parts[] = {text_from(one), text_from(two), text_from(three)};
    return route_find(parts, three ? 3 : two ? 2 : one ? 1 : 0);
}

static void pages_are_two_slugs(void **state)
{
    (void)state;
    assert_ptr_equal(find("acme", "intro", NULL)->get, page_get);
    assert_ptr_equal(find("acme", "intro", NULL)->post, page_post);
    static const char *const wrong[] = {"", "-a", "a-", "Acme", "a_b", "a%20b", "..", "a.b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(find(wrong[i], "intro", NULL));
        assert_null(find("acme", wrong[i], NULL));
    }
    assert_null(find("acme", NULL, NULL));
    assert_null(find("acme", "intro", "more"));
}

static void reserved_names_are_no_accounts(void **state)
{
    (void)state;
    static const char *const reserved[] = {"api",   "docs",  "healthz",
                                           "admin", "login", "metrics"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        assert_null(find(reserved[i], "intro", NULL));
    assert_ptr_equal(find("b", "some-token", NULL)->get, own_get);
    assert_ptr_equal(find("setup", "some-token", NULL)->get, setup_get);
    assert_ptr_equal(find("setup", "mail", NULL)->get, setup_mail_get);
    assert_ptr_equal(find("a", "0123", "style.css")->get, info_asset);
    assert_ptr_equal(find(NULL, NULL, NULL)->get, info_home);
    assert_null(find("metrics", NULL, NULL));
}

static void the_api_answers_in_problems(void **state)
{
    (void)state;
    struct text slots[] = {TEXT("api"),  TEXT("v1"),    TEXT("pages"),
                           TEXT("acme"), TEXT("intro"), TEXT("slots")};
    assert_true(route_find(slots, 6)->is_api);
    assert_true(route_find(slots, 5)->is_api);
    assert_null(route_find(slots, 4));
    assert_null(route_find(slots, 6)->post);
}

static const struct route *find_person(const char *three, const char *four)
{
    struct text parts[] = {TEXT("api"),  TEXT("v1"),       TEXT("accounts"),
                           TEXT("acme"), text_from(three), text_from(four)};
    return route_find(parts, four ? 6 : three ? 5 : 4);
}

/* Whatever lies under an account is asked by somebody, and refused without a bearer before its handler runs. */
static void what_lies_under_an_account_takes_a_person(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {NULL, NULL},          {"users", NULL},      {"tokens", "7"},
        {"connections", NULL}, {"connections", "7"}, {"connections", "discover"},
        {"pages", "intro"},    {"bookings", "x"},    {"team", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct route *route = find_person(rows[i][0], rows[i][1]);
        assert_non_null(route);
        assert_true(route->is_person && route->is_api && !route->is_free);
    }
    assert_ptr_equal(find_person("connections", "discover")->post, api_connection_discover);
    assert_ptr_equal(find_person("connections", "7")->del, api_connection_remove);
    assert_null(find_person("secrets", NULL));
    assert_false(find("acme", "intro", NULL)->is_person);
}

static void every_status_has_an_answer(void **state)
{
    (void)state;
    for (int status = OK + 1; status < STATUS_COUNT; status++) {
        const struct failure *failure = failure_of((enum status)status);
        assert_non_null(failure);
        assert_in_range(failure->http, 400, 599);
        assert_ptr_equal(failure_of_http(failure->http), failure);
    }
    assert_int_equal(failure_of_http(299)->http, 500);
}

/* P2: nobody can tell why a calendar does not answer. */
static void upstream_failures_look_alike(void **state)
{
    (void)state;
    for (int status = OK + 1; status < STATUS_COUNT; status++)
        if (failure_is_upstream((enum status)status))
            assert_int_equal(failure_of((enum status)status)->http, 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_two_slugs),
        cmocka_unit_test(reserved_names_are_no_accounts),
        cmocka_unit_test(the_api_answers_in_problems),
        cmocka_unit_test(what_lies_under_an_account_takes_a_person),
        cmocka_unit_test(every_status_has_an_answer),
        cmocka_unit_test(upstream_failures_look_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
