/* SPDX-License-Identifier: ISC
 *
 * What commands set up and are told, and that every message the vault may be asked has its handler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"
#include "vault/request.h"
#include "wire/codec.h"

static int set_up(void **state)
{
    struct rig *rig = malloc(sizeof *rig);
    rig_start(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_stop(*state);
    free(*state);
    return 0;
}

static void every_question_has_a_handler(void **state)
{
    (void)state;
    enum lane lane;
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        bool asked = wire_may_ask(type, ROLE_EDGE) || wire_may_ask(type, ROLE_COMMAND) ||
                     wire_may_ask(type, ROLE_PERSON);
        assert_int_equal(request_lane((enum wire_type)type, &lane), asked);
    }
}

static void names_that_are_no_names_are_refused(void **state)
{
    struct rig *rig = *state;
    static const char *const wrong[] = {"",    "Acme", "-acme", "acme-",
                                        "a/b", "api",  "b",     "healthz"};
    struct account_add_answer answer;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct account_add_ask ask = {.slug = text_from(wrong[i]), .name = TEXT("Name")};
        assert_int_equal(rig_command(rig, WIRE_account_add, &ask, &answer), ERR_INVALID);
    }
    struct account_add_ask again = {.slug = TEXT("acme"), .name = TEXT("Name")};
    assert_int_equal(rig_command(rig, WIRE_account_add, &again, &answer), ERR_CONFLICT);
}

static void a_user_needs_an_address_and_a_zone(void **state)
{
    struct rig *rig = *state;
    struct user_add_answer answer;
    struct user_add_ask ask = {.account = TEXT("acme"),
                               .email = TEXT("bob"),
                               .name = TEXT("Bob"),
                               .zone = TEXT("Europe/Zurich")};
    assert_int_equal(rig_command(rig, WIRE_user_add, &ask, &answer), ERR_INVALID);
    ask.email = TEXT("bob@acme.test");
    ask.zone = TEXT("Europe/Nowhere");
    assert_int_equal(rig_command(rig, WIRE_user_add, &ask, &answer), ERR_INVALID);
    ask.zone = TEXT("Europe/Zurich");
    assert_int_equal(rig_command(rig, WIRE_user_add, &ask, &answer), OK);
}

static void a_page_needs_a_rule_that_makes_sense(void **state)
{
    struct rig *rig = *state;
    struct page_put_answer answer;
    struct hours hours = {0, 9 * 60, 17 * 60};
    struct page_put_ask ask = {.account = TEXT("acme"),
                               .email = TEXT("ann@acme.test"),
                               .page = TEXT("long"),
                               .title = TEXT("Long"),
                               .rule = {.zone = TEXT("UTC"),
                                        .duration_min = 0,
                                        .increment_min = 30,
                                        .horizon_days = 30,
                                        .hours = &hours,
                                        .n_hours = 1}};
    assert_int_equal(rig_command(rig, WIRE_page_put, &ask, &answer), ERR_INVALID);
    ask.rule.duration_min = 60;
    assert_int_equal(rig_command(rig, WIRE_page_put, &ask, &answer), OK);
    struct page_list_ask list = {.account = TEXT("acme")};
    struct page_list_answer pages;
    assert_int_equal(rig_command(rig, WIRE_page_list, &list, &pages), OK);
    assert_int_equal(pages.n_rows, 2);
    struct page_remove_ask removal = {.account = TEXT("acme"), .page = TEXT("long")};
    struct page_remove_answer removed;
    assert_int_equal(rig_command(rig, WIRE_page_remove, &removal, &removed), OK);
    assert_int_equal(rig_command(rig, WIRE_page_remove, &removal, &removed), ERR_NOT_FOUND);
}

/* A connection that the doctor finds fault with is not stored; the findings come back. */
static void an_unsound_connection_is_not_stored(void **state)
{
    struct rig *rig = *state;
    struct user_add_ask user = {.account = TEXT("acme"),
                                .email = TEXT("bob@acme.test"),
                                .name = TEXT("Bob"),
                                .zone = TEXT("UTC")};
    struct user_add_answer user_answer;
    assert_int_equal(rig_command(rig, WIRE_user_add, &user, &user_answer), OK);
    struct connection_add_ask ask = {.account = TEXT("acme"),
                                     .email = TEXT("bob@acme.test"),
                                     .server = {.host = TEXT("mail.acme.test"),
                                                .port = 443,
                                                .path = TEXT("/EWS/Exchange.asmx"),
                                                .user = TEXT("bob"),
                                                .password = secret_new("secret", 6)}};
    struct connection_add_answer answer;
    SCRIPT_SET(&rig->script, rig->script.unsound = true);
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), ERR_UPSTREAM);
    assert_int_equal(answer.n_layers, 1);
    assert_int_equal(answer.layers[0].state, LAYER_REFUSED);

    SCRIPT_SET(&rig->script, rig->script.unsound = false);
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), OK);
    assert_true(answer.id > 0);
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), ERR_CONFLICT);
    ask.email = TEXT("nobody@acme.test");
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), ERR_NOT_FOUND);
    secret_free(&ask.server.password);
}

static void bookings_are_listed_and_cancelled(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    struct booking_list_ask list = {
        .account = TEXT("acme"), .from = rig_tomorrow(0), .to = rig_tomorrow(24)};
    struct booking_list_answer bookings;
    assert_int_equal(rig_command(rig, WIRE_booking_list, &list, &bookings), OK);
    assert_int_equal(bookings.n_rows, 1);
    assert_true(text_equal(bookings.rows[0].customer.name, TEXT("Cleo")));

    struct booking_cancel_ask ask = {.account = TEXT("acme"), .id = bookings.rows[0].id};
    struct booking_cancel_answer answer;
    assert_int_equal(rig_command(rig, WIRE_booking_cancel, &ask, &answer), OK);
    assert_int_equal(answer.booking.state, BOOKING_CANCELLED);
    assert_int_equal(script_events(&rig->script), 0);
    ask.id = TEXT("0000000000000000");
    assert_int_equal(rig_command(rig, WIRE_booking_cancel, &ask, &answer), ERR_NOT_FOUND);
    secret_free(&made.token);
}

static void a_page_without_a_calendar_books_in_hourgate(void **state)
{
    struct rig *rig = *state;
    struct page_put_answer put;
    struct hours hours = {1, 9 * 60, 17 * 60};
    struct user_add_ask user = {.account = TEXT("acme"),
                                .email = TEXT("bob@acme.test"),
                                .name = TEXT("Bob"),
                                .zone = TEXT("UTC")};
    struct user_add_answer added;
    assert_int_equal(rig_command(rig, WIRE_user_add, &user, &added), OK);
    struct page_put_ask page = {.account = TEXT("acme"),
                                .email = TEXT("bob@acme.test"),
                                .page = TEXT("bob"),
                                .title = TEXT("Bob"),
                                .synchronise = true,
                                .rule = {.zone = TEXT("UTC"),
                                         .duration_min = 30,
                                         .increment_min = 30,
                                         .horizon_days = 30,
                                         .hours = &hours,
                                         .n_hours = 1}};
    assert_int_equal(rig_command(rig, WIRE_page_put, &page, &put), OK);
    struct book_ask ask = {.account = TEXT("acme"),
                           .page = TEXT("bob"),
                           .start = rig_tomorrow(10),
                           .customer = {.name = TEXT("Cleo"),
                                        .email = TEXT("c@example.org"),
                                        .zone = TEXT("UTC")}};
    struct book_answer answer;
    int before =
        script_calls(&rig->script, WIRE_busy) + script_calls(&rig->script, WIRE_create);
    assert_int_equal(rig_ask(rig, WIRE_book, &ask, &answer), OK);
    assert_int_equal(answer.booking.state, BOOKING_CONFIRMED);
    secret_free(&answer.token);
    assert_int_equal(rig_ask(rig, WIRE_book, &ask, &answer), ERR_CONFLICT);
    assert_int_equal(script_calls(&rig->script, WIRE_busy) +
                         script_calls(&rig->script, WIRE_create),
                     before);
}

static void health_counts(void **state)
{
    struct rig *rig = *state;
    struct health_ask ask = {0};
    struct health_answer answer;
    assert_int_equal(rig_ask(rig, WIRE_health, &ask, &answer), OK);
    assert_true(answer.ready);
    for (size_t i = 0; i < answer.n_counters; i++)
        if (text_equal(answer.counters[i].name, TEXT("asked_health")))
            assert_int_equal(answer.counters[i].value, 1);
    assert_true(answer.n_counters <= WIRE_COUNTERS_MAX);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_has_a_handler),
        CASE(names_that_are_no_names_are_refused),
        CASE(a_user_needs_an_address_and_a_zone),
        CASE(a_page_needs_a_rule_that_makes_sense),
        CASE(an_unsound_connection_is_not_stored),
        CASE(bookings_are_listed_and_cancelled),
        CASE(a_page_without_a_calendar_books_in_hourgate),
        CASE(health_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
