/* SPDX-License-Identifier: ISC
 *
 * Accounts, users, connections and pages.
 */
#include "fixture.h"

static const struct instant now = {NOW};

static void accounts_are_found_counted_and_listed(void **state)
{
    struct fixture *f = *state;
    struct account_add_ask account = {TEXT("zeta"), TEXT("Zeta"), ACCOUNT_PERSONAL};
    struct account_row row;
    struct account_list_answer list;
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_int_equal(store_account_add(f->st, &account, &f->err), ERR_CONFLICT);
    assert_non_null(strstr(f->err.what, "zeta exists"));
    assert_int_equal(store_account_find(f->st, &f->a, TEXT("zeta"), &row, &f->err), OK);
    assert_int_equal(row.kind, ACCOUNT_PERSONAL);
    assert_int_equal(store_account_find(f->st, &f->a, TEXT("none"), &row, &f->err),
                     ERR_NOT_FOUND);
    (void)hold_at(f, NOW + DAY);
    assert_int_equal(store_account_list(f->st, &f->a, (struct text){0}, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 2);
    assert_true(text_equal(list.rows[0].slug, TEXT("acme")));
    assert_true(list.rows[0].users == 1 && list.rows[0].pages == 1 &&
                list.rows[0].bookings == 1);
    assert_int_equal(store_account_list(f->st, &f->a, TEXT("acme"), &list, &f->err), OK);
    assert_int_equal(list.n_rows, 1);
}

static void users_are_found_in_any_case_within_their_account(void **state)
{
    struct fixture *f = *state;
    struct account_add_ask account = {TEXT("zeta"), TEXT("Zeta"), ACCOUNT_PERSONAL};
    struct user_add_ask user = {TEXT("acme"), TEXT("ADA@example.org"), TEXT("Ada"),
                                TEXT("UTC")};
    struct user_stored found;
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_int_equal(store_user_add(f->st, &user, &f->err), ERR_CONFLICT);
    assert_int_equal(store_user_find(f->st, &f->a, TEXT("acme"), user.email, &found, &f->err),
                     OK);
    assert_true(text_equal(found.email, TEXT("ada@example.org")));
    assert_true(text_equal(found.name, TEXT("Ada Marker")));
    assert_true(found.connection == f->connection);
    assert_int_equal(store_user_find(f->st, &f->a, TEXT("zeta"), user.email, &found, &f->err),
                     ERR_NOT_FOUND);
    user.account = TEXT("zeta");
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    user.account = TEXT("none");
    assert_int_equal(store_user_add(f->st, &user, &f->err), ERR_NOT_FOUND);
}

static void users_are_listed_behind_an_address(void **state)
{
    struct fixture *f = *state;
    struct user_add_ask user = {TEXT("acme"), TEXT("bob@example.org"), TEXT("Bob"),
                                TEXT("UTC")};
    struct user_list_answer list;
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(store_user_list(f->st, &f->a,
                                     &(struct user_list_ask){.account = TEXT("acme")}, &list,
                                     &f->err),
                     OK);
    assert_int_equal(list.n_rows, 2);
    assert_true(list.rows[0].connections == 1 && list.rows[0].pages == 1);
    assert_int_equal(store_user_list(f->st, &f->a,
                                     &(struct user_list_ask){.account = TEXT("acme"),
                                                             .after = list.rows[0].email},
                                     &list, &f->err),
                     OK);
    assert_int_equal(list.n_rows, 1);
    assert_true(text_equal(list.rows[0].name, TEXT("Bob")));
    assert_int_equal(store_user_list(f->st, &f->a,
                                     &(struct user_list_ask){.account = TEXT("acme"),
                                                             .after = list.rows[0].email},
                                     &list, &f->err),
                     OK);
    assert_int_equal(list.n_rows, 0);
}

static void values_beyond_their_limits_are_refused(void **state)
{
    struct fixture *f = *state;
    static char longer[MAX_DESCRIPTION + 1];
    memset(longer, 'x', sizeof longer);
    struct account_add_ask account = {TEXT("zeta"), {longer, MAX_NAME + 1}, ACCOUNT_PERSONAL};
    struct user_add_ask user = {
        TEXT("acme"), {longer, MAX_EMAIL + 1}, TEXT("Bob"), TEXT("UTC")};
    struct page_put_ask page = fixture_page();
    page.description = (struct text){longer, sizeof longer};
    assert_int_equal(store_account_add(f->st, &account, &f->err), ERR_INVALID);
    assert_int_equal(store_user_add(f->st, &user, &f->err), ERR_INVALID);
    assert_int_equal(store_page_put(f->st, &page, &f->err), ERR_INVALID);
}

static struct connection_stored connection_get(struct fixture *f)
{
    struct connection_stored c = {0};
    assert_int_equal(store_connection_get(f->st, &f->a, f->connection, &c, &f->err), OK);
    return c;
}

static void a_connection_comes_back_as_it_was_given(void **state)
{
    struct fixture *f = *state;
    struct connection_stored c = connection_get(f), again = {0};
    struct server server = fixture_server();
    struct buf one = BUF(20000), two = BUF(20000);
    server.zone = TEXT("Europe/Zurich"); /* its host's */
    assert_int_equal(wire_encode(&one, server_shape, &server), OK);
    assert_int_equal(wire_encode(&two, server_shape, &c.server), OK);
    assert_true(text_equal(buf_text(&one), buf_text(&two)));
    assert_int_equal(c.state, CONNECTION_OK);
    assert_int_equal(c.problem.n, 0);
    assert_int_equal(
        store_connection_find(f->st, &f->a, TEXT("acme"), f->connection, &again, &f->err), OK);
    wire_wipe(server_shape, &again.server);
    wire_wipe(server_shape, &c.server);
    assert_true(c.busy.n_sources == 2 && c.busy.sources[0].calendar.n == 0);
    assert_true(text_equal(c.busy.sources[1].calendar, TEXT("marked-busy")));
    assert_true(text_equal(c.book, TEXT("marked-book")) && !c.free_busy_only);
    wire_wipe(server_shape, &server);
    buf_wipe(&one);
    buf_wipe(&two);
}

static void a_connection_is_its_accounts_alone(void **state)
{
    struct fixture *f = *state;
    struct account_add_ask account = {TEXT("zeta"), TEXT("Zeta"), ACCOUNT_PERSONAL};
    struct connection_add_ask again = {
        .account = TEXT("acme"), .email = TEXT("ada@example.org"), .server = fixture_server()};
    struct connection_stored c;
    int64_t id;
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_int_equal(
        store_connection_find(f->st, &f->a, TEXT("zeta"), f->connection, &c, &f->err),
        ERR_NOT_FOUND);
    assert_int_equal(store_connection_get(f->st, &f->a, f->connection + 1, &c, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(store_connection_add(f->st, &again, &id, &f->err), ERR_CONFLICT);
    assert_non_null(strstr(f->err.what, "remove it first"));
    again.email = TEXT("none@example.org");
    assert_int_equal(store_connection_add(f->st, &again, &id, &f->err), ERR_NOT_FOUND);
    wire_wipe(connection_add_ask_shape, &again);
}

static void a_pause_lasts_until_the_password_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct secret password = secret_new("another", 7);
    assert_int_equal(
        connection_stands(f, f->connection, CONNECTION_PAUSED, now, TEXT("sign-in refused")),
        OK);
    struct connection_stored c = connection_get(f);
    assert_int_equal(c.state, CONNECTION_PAUSED);
    assert_true(c.refused_at.s == NOW && text_equal(c.problem, TEXT("sign-in refused")));
    wire_wipe(server_shape, &c.server);
    struct connection_list_answer list;
    assert_int_equal(store_connection_list(
                         f->st, &f->a, &(struct connection_list_ask){.account = TEXT("acme")},
                         &list, &f->err),
                     OK);
    assert_int_equal(list.n_rows, 1);
    assert_true(text_equal(list.rows[0].problem, TEXT("sign-in refused")));
    assert_true(text_equal(list.rows[0].host, TEXT("mail.example.org")));
    assert_true(text_equal(list.rows[0].email, TEXT("ada@example.org")));

    assert_int_equal(store_connection_password_set(f->st, f->connection, &password, &f->err),
                     OK);
    c = connection_get(f);
    assert_int_equal(c.state, CONNECTION_OK);
    assert_true(c.refused_at.s == 0 && c.problem.n == 0);
    assert_true(secret_equal(&c.server.password, &password));
    wire_wipe(server_shape, &c.server);
    assert_int_equal(store_connection_password_set(f->st, 99, &password, &f->err),
                     ERR_NOT_FOUND);
    secret_free(&password);
}

static void a_removed_connection_leaves_bookings_without_event(void **state)
{
    struct fixture *f = *state;
    int64_t start = NOW + DAY;
    int64_t stays = confirmed_at(f, start);
    int64_t moves = confirmed_at(f, start + HOUR), leaves = confirmed_at(f, start + 2 * HOUR);
    int64_t held = hold_at(f, start + 3 * HOUR).booking.id;
    int64_t uncertain = hold_at(f, start + 4 * HOUR).booking.id;
    struct booking_move move = {.id = moves,
                                .slot = slot_at(start + 5 * HOUR, 30),
                                .occupied = slot_at(start + 5 * HOUR, 30),
                                .day = day_of(start + 5 * HOUR),
                                .now = now};
    struct event_ref ref = {.id = TEXT("late")};
    int64_t unbound = 0;
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_booking_cancel_begin(f->st, leaves,
                                                &(struct booking_end){ENDED_BY_HOST, {0}}, now,
                                                &f->err),
                     OK);
    assert_int_equal(store_booking_begin(f->st, uncertain, now, &f->err), OK);
    assert_int_equal(
        store_connection_remove(f->st, f->connection, (struct instant){NOW}, &unbound, &f->err),
        OK);
    assert_int_equal(unbound, 5);
    assert_int_equal(
        store_connection_remove(f->st, f->connection, (struct instant){NOW}, &unbound, &f->err),
        ERR_NOT_FOUND);

    static const enum booking_state states[] = {BOOKING_CONFIRMED, BOOKING_CONFIRMED,
                                                BOOKING_CANCELLED, BOOKING_HELD,
                                                BOOKING_CONFIRMED};
    const int64_t ids[] = {stays, moves, leaves, held, uncertain};
    for (int i = 0; i < 5; i++) {
        struct booking_stored b = booking_get(f, ids[i]);
        assert_int_equal(b.state, states[i]);
        assert_int_equal(b.step, b.state == BOOKING_HELD ? STEP_HOLD : STEP_NONE);
        assert_true(b.connection == 0 && b.ref.id.n == 0 && b.ref.change_key.n == 0);
    }
    /* The cancelled one's time and the new time of the move are free, the others' are not. */
    assert_int_equal(hold_at(f, start + 2 * HOUR).status, OK);
    assert_int_equal(hold_at(f, start + 5 * HOUR).status, OK);
    assert_int_equal(hold_at(f, start + HOUR).status, ERR_CONFLICT);
    assert_int_equal(hold_at(f, start + 4 * HOUR).status, ERR_CONFLICT);
    /* An event that a slow request made through it is not remembered. */
    assert_int_equal(store_booking_confirm(f->st, held, &ref, now, &f->err), OK);
    assert_int_equal(booking_get(f, held).ref.id.n, 0);
    struct page_stored page;
    assert_int_equal(store_page_get(f->st, &f->a, f->page.id, &page, &f->err), OK);
    assert_true(page.connection == 0);
}

static void a_page_comes_back_as_it_was_put(void **state)
{
    struct fixture *f = *state;
    const struct page_stored *page = &f->page;
    struct rule rule = fixture_page().rule;
    struct buf one = BUF(20000), two = BUF(20000);
    assert_int_equal(wire_encode(&one, rule_shape, &rule), OK);
    assert_int_equal(wire_encode(&two, rule_shape, &page->rule), OK);
    assert_true(text_equal(buf_text(&one), buf_text(&two)));
    buf_done(&one);
    buf_done(&two);
    assert_true(page->synchronise && !page->removed && page->connection == f->connection);
    assert_true(text_equal(page->host_email, TEXT("ada@example.org")));
    assert_true(text_equal(page->host_zone, TEXT("Europe/Zurich")));
    assert_true(text_equal(page->page.account, TEXT("acme")));
    assert_true(text_equal(page->page.account_name, TEXT("Acme AG")));
    assert_true(text_equal(page->page.title, TEXT("A first talk")));
    assert_true(text_equal(page->page.description, TEXT("Half an hour.\nOr less.")));
    assert_true(text_equal(page->page.host_name, TEXT("Ada Marker")));
    assert_true(text_equal(page->page.location, TEXT("Room 1")));
    assert_true(text_equal(page->page.zone, TEXT("Europe/Zurich")));
    assert_int_equal(page->page.duration_min, 30);
}

static void a_page_put_again_keeps_its_row(void **state)
{
    struct fixture *f = *state;
    struct page_put_ask put = fixture_page();
    struct page_stored page;
    struct page_list_answer list;
    put.title = TEXT("Another title");
    put.rule.duration_min = 45;
    assert_int_equal(store_page_put(f->st, &put, &f->err), OK);
    assert_int_equal(store_page_find(f->st, &f->a, put.account, put.page, &page, &f->err), OK);
    assert_true(page.id == f->page.id && page.page.duration_min == 45);
    put.email = TEXT("none@example.org");
    assert_int_equal(store_page_put(f->st, &put, &f->err), ERR_NOT_FOUND);
    assert_int_equal(store_page_list(f->st, &f->a,
                                     &(struct page_list_ask){.account = TEXT("acme")}, &list,
                                     &f->err),
                     OK);
    assert_int_equal(list.n_rows, 1);
    assert_true(text_equal(list.rows[0].title, TEXT("Another title")));
    assert_true(text_equal(list.rows[0].email, TEXT("ada@example.org")));
    assert_int_equal(store_page_list(f->st, &f->a,
                                     &(struct page_list_ask){.account = TEXT("acme"),
                                                             .after = TEXT("intro")},
                                     &list, &f->err),
                     OK);
    assert_int_equal(list.n_rows, 0);
}

static void a_removed_page_takes_no_bookings_and_keeps_its_old_ones(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, NOW + DAY);
    struct page_put_ask put = fixture_page();
    struct page_stored page;
    assert_int_equal(store_page_remove(f->st,
                                       &(struct page_remove_ask){TEXT("acme"), TEXT("intro")},
                                       (struct instant){0}, &(int64_t){0}, &f->err),
                     OK);
    assert_int_equal(store_page_remove(f->st,
                                       &(struct page_remove_ask){TEXT("acme"), TEXT("intro")},
                                       (struct instant){0}, &(int64_t){0}, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &page, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(hold_at(f, NOW + 2 * DAY).status, ERR_NOT_FOUND);
    assert_int_equal(store_page_get(f->st, &f->a, booking_get(f, id).page, &page, &f->err), OK);
    assert_true(page.removed && text_equal(page.page.title, TEXT("A first talk")));
    /* Its name may be given again, to another page. */
    assert_int_equal(store_page_put(f->st, &put, &f->err), OK);
    assert_int_equal(store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &page, &f->err),
                     OK);
    assert_true(page.id != f->page.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(accounts_are_found_counted_and_listed),
        FIXTURE_TEST(users_are_found_in_any_case_within_their_account),
        FIXTURE_TEST(users_are_listed_behind_an_address),
        FIXTURE_TEST(values_beyond_their_limits_are_refused),
        FIXTURE_TEST(a_connection_comes_back_as_it_was_given),
        FIXTURE_TEST(a_connection_is_its_accounts_alone),
        FIXTURE_TEST(a_pause_lasts_until_the_password_is_replaced),
        FIXTURE_TEST(a_removed_connection_leaves_bookings_without_event),
        FIXTURE_TEST(a_page_comes_back_as_it_was_put),
        FIXTURE_TEST(a_page_put_again_keeps_its_row),
        FIXTURE_TEST(a_removed_page_takes_no_bookings_and_keeps_its_old_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
