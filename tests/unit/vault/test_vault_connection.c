/* SPDX-License-Identifier: ISC
 *
 * Service accounts, chosen calendars, colleagues' patterns, Autodiscover, moving house and budgets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/clock.h"
#include "rig.h"
#include "vault/budget.h"

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

static struct server server_of(const char *user, const char *password)
{
    return (struct server){.host = TEXT("mail.acme.test"),
                           .port = 443,
                           .path = TEXT("/EWS/Exchange.asmx"),
                           .user = text_from(user),
                           .password = secret_new(password, strlen(password))};
}

static struct connection_list_answer list(struct rig *rig)
{
    struct connection_list_ask ask = {.account = TEXT("acme")};
    struct connection_list_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_list, &ask, &answer), OK);
    return answer;
}

static void add_user(struct rig *rig, const char *email)
{
    struct user_add_ask ask = {.account = TEXT("acme"),
                               .email = text_from(email),
                               .name = TEXT("Somebody"),
                               .zone = TEXT("UTC")};
    struct user_add_answer answer;
    assert_int_equal(rig_command(rig, WIRE_user_add, &ask, &answer), OK);
}

/* Put ann behind a service account instead of her own sign-in; returns the account's number. */
static int64_t serve_ann(struct rig *rig)
{
    struct connection_remove_ask removal = {.account = TEXT("acme"),
                                            .id = list(rig).rows[0].id};
    struct connection_remove_answer removed;
    assert_int_equal(rig_command(rig, WIRE_connection_remove, &removal, &removed), OK);
    struct connection_add_ask ask = {.account = TEXT("acme"),
                                     .server = server_of("svc", "one")};
    struct connection_add_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), OK);
    secret_free(&ask.server.password);
    int64_t service = answer.id;
    ask = (struct connection_add_ask){
        .account = TEXT("acme"), .email = TEXT("ann@acme.test"), .through = service};
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &answer), OK);
    return service;
}

static size_t look(struct rig *rig)
{
    struct slots_answer slots;
    return rig_slots(rig, rig_tomorrow(0), &slots);
}

static void a_service_account_acts_for_its_mailboxes(void **state)
{
    struct rig *rig = *state;
    int64_t service = serve_ann(rig);
    assert_true(look(rig) > 0);
    SCRIPT_SAYS(&rig->script, user, "svc");
    SCRIPT_SAYS(&rig->script, impersonate, "ann@acme.test");
    struct connection_password_ask ask = {
        .account = TEXT("acme"), .id = service, .password = secret_new("two", 3)};
    struct connection_password_answer answer;
    assert_int_equal(rig_command(rig, WIRE_connection_password, &ask, &answer), OK);
    assert_true(look(rig) > 0); /* with a new child */
    SCRIPT_SAYS(&rig->script, password, "two");
    ask.id++;
    assert_int_equal(rig_command(rig, WIRE_connection_password, &ask, &answer), ERR_DENIED);
    secret_free(&ask.password);
}

static void a_refusal_pauses_the_service_account_as_a_whole(void **state)
{
    struct rig *rig = *state;
    serve_ann(rig);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_busy] = ERR_AUTH);
    assert_int_equal(look(rig), 0);
    rig_clock_set(900);
    assert_int_equal(look(rig), 0);
    struct connection_list_answer rows = list(rig);
    assert_int_equal(rows.n_rows, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(rows.rows[i].state, CONNECTION_PAUSED);
    int before = script_calls(&rig->script, WIRE_busy);
    rig_clock_set(90000);
    assert_int_equal(look(rig), 0);
    assert_int_equal(script_calls(&rig->script, WIRE_busy), before);
}

static enum status choose(struct rig *rig, const char *one, const char *other, const char *book,
                          struct connection_calendars_answer *answer)
{
    struct source busy[] = {{text_from(one)}, {text_from(other)}};
    struct connection_calendars_ask ask = {.account = TEXT("acme"),
                                           .id = list(rig).rows[0].id,
                                           .changes = *one || *book,
                                           .busy = busy,
                                           .n_busy = *other ? 2
                                                     : *one ? 1
                                                            : 0,
                                           .book = text_from(book)};
    return rig_command(rig, WIRE_connection_calendars, &ask, answer);
}

static void calendars_are_chosen_and_used(void **state)
{
    struct rig *rig = *state;
    struct connection_calendars_answer answer;
    assert_int_equal(choose(rig, "", "", "", &answer), OK);
    assert_true(answer.n_uses == 3 && answer.uses[0].is_busy && answer.uses[0].is_book);
    assert_false(answer.uses[1].is_busy || answer.uses[1].is_book);

    assert_int_equal(choose(rig, "nowhere", "", "", &answer), ERR_NOT_FOUND);
    assert_int_equal(choose(rig, "", "", "theirs", &answer), ERR_DENIED);
    assert_int_equal(choose(rig, "theirs", "main", "extra", &answer), OK);
    assert_true(answer.uses[0].is_busy && !answer.uses[1].is_busy && answer.uses[2].is_busy);
    assert_true(answer.uses[1].is_book && answer.lost == 0);

    struct book_answer made;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    SCRIPT_SAYS(&rig->script, busy_calendar, ""); /* the default one, by availability */
    size_t n_sources = 0;
    SCRIPT_SET(&rig->script, n_sources = rig->script.n_sources);
    assert_int_equal(n_sources, 1);
    SCRIPT_SAYS(&rig->script, written_to, "extra");
    secret_free(&made.token);
}

static void a_moved_connection_finds_its_events_by_uid(void **state)
{
    struct rig *rig = *state;
    struct book_answer made;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    secret_free(&made.token);
    struct connection_move_ask ask = {
        .account = TEXT("acme"), .id = list(rig).rows[0].id, .server = server_of("ann", "new")};
    struct connection_move_answer moved;
    ask.server.host = TEXT("new.acme.test");
    SCRIPT_SET(&rig->script, rig->script.unsound = true);
    assert_int_equal(rig_command(rig, WIRE_connection_move, &ask, &moved), ERR_UPSTREAM);
    assert_int_equal(moved.n_layers, 1);
    SCRIPT_SET(&rig->script, rig->script.unsound = false);
    assert_int_equal(rig_command(rig, WIRE_connection_move, &ask, &moved), OK);
    secret_free(&ask.server.password);
    assert_true(text_equal(list(rig).rows[0].host, TEXT("new.acme.test")));
    assert_true(text_equal(list(rig).rows[0].mailbox, TEXT("ann@acme.test")));

    struct booking_cancel_ask cancel = {.account = TEXT("acme"), .id = made.booking.id};
    struct booking_cancel_answer cancelled;
    assert_int_equal(rig_command(rig, WIRE_booking_cancel, &cancel, &cancelled), OK);
    SCRIPT_SAYS(&rig->script, password, "new");
    assert_int_equal(script_calls(&rig->script, WIRE_find), 1);
    assert_int_equal(script_events(&rig->script), 0);
}

static void free_busy_only_writes_nothing(void **state)
{
    struct rig *rig = *state;
    struct connection_remove_ask removal = {.account = TEXT("acme"),
                                            .id = list(rig).rows[0].id};
    struct connection_remove_answer removed;
    assert_int_equal(rig_command(rig, WIRE_connection_remove, &removal, &removed), OK);
    struct connection_add_ask ask = {.account = TEXT("acme"),
                                     .email = TEXT("ann@acme.test"),
                                     .server = server_of("ann", "one"),
                                     .free_busy_only = true};
    struct connection_add_answer added;
    assert_int_equal(rig_command(rig, WIRE_connection_add, &ask, &added), OK);
    secret_free(&ask.server.password);
    struct book_answer made;
    int reads = script_calls(&rig->script, WIRE_busy);
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    secret_free(&made.token);
    assert_int_equal(made.booking.state, BOOKING_CONFIRMED);
    assert_int_equal(script_calls(&rig->script, WIRE_busy), reads + 1);
    assert_int_equal(script_calls(&rig->script, WIRE_create), 0);
    struct connection_calendars_answer answer;
    assert_int_equal(choose(rig, "main", "", "", &answer), ERR_DENIED);
}

static void a_viewer_sees_patterns_with_their_own_right(void **state)
{
    struct rig *rig = *state;
    add_user(rig, "secret@acme.test");
    struct team_ask ask = {.account = TEXT("acme"),
                           .viewer = TEXT("ann@acme.test"),
                           .from = rig_tomorrow(0),
                           .to = rig_tomorrow(24)};
    struct team_answer answer;
    assert_int_equal(rig_command(rig, WIRE_team, &ask, &answer), OK);
    assert_int_equal(answer.n_rows, 2);
    assert_true(answer.rows[0].view.status == OK && answer.rows[0].view.n_busy == 1);
    assert_true(answer.rows[1].view.status == ERR_DENIED && answer.rows[1].view.n_busy == 0);
    SCRIPT_SAYS(&rig->script, user, "ann");

    ask.viewer = TEXT("secret@acme.test"); /* has no connection: nobody else's right is used */
    assert_int_equal(rig_command(rig, WIRE_team, &ask, &answer), ERR_NOT_FOUND);
    ask.viewer = TEXT("ann@acme.test");
    ask.to = rig_tomorrow(24 * 60);
    assert_int_equal(rig_command(rig, WIRE_team, &ask, &answer), ERR_INVALID);
}

static void another_domain_is_followed_with_consent_alone(void **state)
{
    struct rig *rig = *state;
    struct connection_discover_ask ask = {.server = server_of("ann@acme.test", "one")};
    struct connection_discover_answer answer = {0};
    ask.server.host = (struct text){0};
    SCRIPT_SET(&rig->script, strcpy(rig->script.asks, "elsewhere.test"));
    assert_int_equal(rig_command(rig, WIRE_connection_discover, &ask, &answer), OK);
    assert_true(answer.host.n == 0 && text_equal(answer.asks, TEXT("elsewhere.test")));
    struct consent consent = {TEXT("elsewhere.test")};
    ask.consents = &consent;
    ask.n_consents = 1;
    assert_int_equal(rig_command(rig, WIRE_connection_discover, &ask, &answer), OK);
    assert_true(text_equal(answer.host, TEXT("found.acme.test")));
    secret_free(&ask.server.password);
}

static void a_spent_budget_withholds_slots_and_keeps_bookings(void **state)
{
    struct rig *rig = *state;
    struct budgets *budgets = &rig->v.calendar.budgets;
    pthread_mutex_lock(&budgets->lock);
    budgets->mailbox = (struct budget_limits){4, 8, 4};
    pthread_mutex_unlock(&budgets->lock);
    for (int i = 0; i < 6; i++)
        assert_true(look(rig) > 0);
    int before = script_calls(&rig->script, WIRE_busy);
    assert_int_equal(look(rig), 0); /* a quarter is left: for bookings */
    assert_int_equal(script_calls(&rig->script, WIRE_busy), before);
    struct book_answer made;
    assert_int_equal(rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(10), "Cleo", "", &made),
                     OK);
    secret_free(&made.token);
    rig_clock_set(60); /* four more: two to fill the share that is kept */
    assert_true(look(rig) > 0);
}

static void a_server_that_is_short_is_left_alone(void **state)
{
    (void)state;
    struct budgets budgets;
    struct budget_hold one = {0}, other = {0}, third = {0};
    struct instant now = {1000000}, then = {1000060};
    struct error err = {0};
    budgets_init(&budgets);
#define TAKE(mailbox, hold)                                                                    \
    budget_take(&budgets, TEXT("Mail.test"), TEXT(mailbox), false, now, clock_ms(), hold, &err)
    assert_int_equal(TAKE("a@x", &one), OK);
    assert_int_equal(TAKE("b@x", &other), OK);
    budget_withhold(&budgets, &one, now, then);
    budget_give(&budgets, &one);
    assert_int_equal(TAKE("A@x", &one), ERR_LIMIT); /* the same mailbox */
    assert_int_equal(err.retry_s, 60);
    assert_int_equal(TAKE("c@x", &third), OK);
    budget_give(&budgets, &third);
    budget_withhold(&budgets, &other, now, then); /* a second one: the server's trouble */
    budget_give(&budgets, &other);
    assert_int_equal(TAKE("c@x", &third), ERR_LIMIT);
    now = then;
    for (int i = 0; i < BUDGET_MAILBOX_AT_ONCE - BUDGET_MAILBOX_AT_ONCE / BUDGET_KEPT; i++)
        assert_int_equal(TAKE("c@x", &third), OK);
    assert_int_equal(TAKE("c@x", &third), ERR_FULL);
    assert_int_equal(budget_take(&budgets, TEXT("mail.test"), TEXT("c@x"), true, now,
                                 clock_ms(), &third, &err),
                     OK);
    budgets_done(&budgets);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_service_account_acts_for_its_mailboxes),
        CASE(a_refusal_pauses_the_service_account_as_a_whole),
        CASE(calendars_are_chosen_and_used),
        CASE(a_moved_connection_finds_its_events_by_uid),
        CASE(free_busy_only_writes_nothing),
        CASE(a_viewer_sees_patterns_with_their_own_right),
        CASE(another_domain_is_followed_with_consent_alone),
        CASE(a_spent_budget_withholds_slots_and_keeps_bookings),
        cmocka_unit_test(a_server_that_is_short_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
