/* SPDX-License-Identifier: ISC
 *
 * One account's crowd does not keep another account's visitors waiting: a whole vault before slow calendars,
 * flooded with bookings of one account, is asked for the slots of another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"

enum { FLOOD = 150, CALENDAR_MS = 150, ASK_MS = 60000, SAMPLES = 5, TIMES_USUAL = 4 };

/* A second account with a host, a connection and a page of the same names. */
static void add_other(struct rig *rig)
{
    struct account_add_ask account = {.slug = TEXT("other"), .name = TEXT("Other")};
    struct account_add_answer account_answer;
    assert_int_equal(rig_command(rig, WIRE_account_add, &account, &account_answer), OK);
    struct user_add_ask user = {.account = TEXT("other"),
                                .email = TEXT("bob@other.test"),
                                .name = TEXT("Bob"),
                                .zone = TEXT("UTC")};
    struct user_add_answer user_answer;
    assert_int_equal(rig_command(rig, WIRE_user_add, &user, &user_answer), OK);
    struct connection_add_ask connection = {.account = TEXT("other"),
                                            .email = TEXT("bob@other.test"),
                                            .server = {.host = TEXT("mail.other.test"),
                                                       .port = 443,
                                                       .path = TEXT("/EWS/Exchange.asmx"),
                                                       .user = TEXT("bob"),
                                                       .password = secret_new("second", 6)}};
    struct connection_add_answer connection_answer;
    assert_int_equal(rig_command(rig, WIRE_connection_add, &connection, &connection_answer),
                     OK);
    secret_free(&connection.server.password);
    struct hours hours[] = {{1, 9 * 60, 17 * 60}};
    struct page_put_ask page = {.account = TEXT("other"),
                                .email = TEXT("bob@other.test"),
                                .page = TEXT("intro"),
                                .title = TEXT("Intro"),
                                .rule = {.zone = TEXT("UTC"),
                                         .duration_min = 30,
                                         .increment_min = 30,
                                         .horizon_days = 60,
                                         .hours = hours,
                                         .n_hours = 1}};
    struct page_put_answer page_answer;
    assert_int_equal(rig_command(rig, WIRE_page_put, &page, &page_answer), OK);
}

/* Ask for the other account's slots, and return how long that took. */
static int64_t ask_other_ms(struct rig *rig)
{
    struct slots_ask ask = {.account = TEXT("other"),
                            .page = TEXT("intro"),
                            .from = rig_now(),
                            .to = instant_add_s(rig_now(), 7 * 86400)};
    struct slots_answer answer;
    int64_t began_ms = clock_ms();
    assert_int_equal(rig_ask(rig, WIRE_slots, &ask, &answer), OK);
    assert_true(answer.n_slots > 0);
    return clock_ms() - began_ms;
}

static int64_t longest_ms(struct rig *rig)
{
    int64_t longest = 0;
    for (int i = 0; i < SAMPLES; i++) {
        int64_t ms = ask_other_ms(rig);
        longest = ms > longest ? ms : longest;
    }
    return longest;
}

static void flood(struct link *link)
{
    for (int i = 0; i < FLOOD; i++) {
        struct book_ask ask = {
            .account = TEXT("acme"),
            .page = TEXT("intro"),
            .start = instant_add_s(rig_tomorrow(9), (i / 16) * 86400 + i % 16 * 1800),
            .key = TEXT(""),
            .customer = {.name = TEXT("Crowd"), .email = TEXT("c@example.org")}};
        assert_int_equal(link_send(link, WIRE_book, &ask, -1, clock_ms() + ASK_MS), OK);
    }
}

static void a_flooded_account_leaves_others_their_time(void **state)
{
    (void)state;
    static struct rig rig;
    struct link crowd;
    rig_start(&rig);
    add_other(&rig);
    rig_attach_edge(&rig, &crowd);
    (void)ask_other_ms(&rig); /* its courier is there from now on */
    SCRIPT_SET(&rig.script, rig.script.delay_ms = CALENDAR_MS);
    int64_t usual_ms = longest_ms(&rig);
    flood(&crowd);
    int64_t flooded_ms = longest_ms(&rig);
    print_message("# usual %lld ms, while another account is flooded %lld ms\n",
                  (long long)usual_ms, (long long)flooded_ms);
    assert_true(queue_depth(&rig.v.queue) > FLOOD / 2); /* the crowd still waits */
    assert_true(flooded_ms < usual_ms * TIMES_USUAL);
    SCRIPT_SET(&rig.script, rig.script.delay_ms = 0);
    link_done(&crowd);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flooded_account_leaves_others_their_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
