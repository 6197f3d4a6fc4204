/* SPDX-License-Identifier: ISC
 *
 * What a disconnected calendar leaves behind: plain events, and notices for their host.
 */
#include "fixture.h"

static const struct instant now = {NOW};
static const int64_t start = NOW + DAY;

static void disconnect(struct fixture *f)
{
    int64_t unbound;
    assert_int_equal(store_connection_remove(f->st, f->connection, now, &unbound, &f->err), OK);
}

static struct attention_list_answer list(struct fixture *f, bool all)
{
    struct attention_list_ask ask = {.account = TEXT("acme"), .all = all};
    struct attention_list_answer answer;
    assert_int_equal(store_attention_list(f->st, &f->a, &ask, &answer, &f->err), OK);
    return answer;
}

static enum status done(struct fixture *f, const char *account, int64_t id, int64_t at)
{
    const struct attention_done_ask ask = {text_from(account), id};
    return store_attention_done(f->st, &ask, (struct instant){at}, &f->err);
}

static struct booking_move move_to(int64_t id, int64_t at)
{
    return (struct booking_move){.id = id,
                                 .slot = slot_at(at, 30),
                                 .occupied = slot_at(at, 30),
                                 .day = day_of(at),
                                 .now = now};
}

static void what_customers_change_later_is_told_the_host(void **state)
{
    struct fixture *f = *state;
    int64_t goes = confirmed_at(f, start), moves = confirmed_at(f, start + HOUR);
    disconnect(f);
    assert_true(booking_get(f, goes).left_behind && booking_get(f, goes).connection == 0);
    assert_int_equal(list(f, true).n_rows, 0);

    struct booking_move move = move_to(moves, start + 2 * HOUR);
    assert_int_equal(store_booking_cancel_confirm(f->st, goes, NULL, now, &f->err), OK);
    assert_int_equal(store_booking_cancel_confirm(f->st, goes, NULL, now, &f->err),
                     OK); /* again */
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_booking_move_confirm(f->st, moves, NULL, now, &f->err), OK);
    struct attention_list_answer notices = list(f, false);
    assert_int_equal(notices.n_rows, 2);
    const struct attention_row *row = notices.rows;
    assert_true(row->kind == ATTENTION_CANCELLED && row->start.s == start &&
                row->end.s == start + 1800 && row->moved_to.s == 0 && row->at.s == NOW);
    assert_true(text_equal(row->host, TEXT("ada@example.org")));
    assert_true(text_equal(row->title, TEXT("Marked title")));
    assert_true(text_equal(row->booking, booking_id_format(&f->a, goes)));
    assert_true(row[1].kind == ATTENTION_MOVED && row[1].start.s == start + HOUR &&
                row[1].moved_to.s == start + 2 * HOUR);

    assert_int_equal(done(f, "acme", row->id, NOW), OK);
    assert_int_equal(done(f, "acme", row->id, NOW + 5), OK);
    assert_int_equal(done(f, "acme", 99, NOW), ERR_NOT_FOUND);
    assert_int_equal(done(f, "other", row[1].id, NOW), ERR_NOT_FOUND);
    assert_int_equal(list(f, false).n_rows, 1);
    notices = list(f, true);
    assert_true(notices.n_rows == 2 && notices.rows[0].done_at.s == NOW);
}

static void what_was_in_flight_is_told_the_host(void **state)
{
    struct fixture *f = *state;
    int64_t moves = confirmed_at(f, start), goes = confirmed_at(f, start + HOUR);
    int64_t comes = hold_at(f, start + 2 * HOUR).booking.id;
    int64_t held = hold_at(f, start + 3 * HOUR).booking.id;
    struct booking_move move = move_to(moves, start + 4 * HOUR);
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_booking_cancel_begin(
                         f->st, goes, &(struct booking_end){ENDED_BY_HOST, {0}}, now, &f->err),
                     OK);
    assert_int_equal(store_booking_begin(f->st, comes, now, &f->err), OK);
    disconnect(f);
    struct attention_list_answer notices = list(f, false);
    assert_int_equal(notices.n_rows, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(notices.rows[i].kind, ATTENTION_UNSURE);
    assert_false(booking_get(f, held).left_behind);
    assert_true(booking_get(f, comes).left_behind);
}

static void many_in_flight_are_all_told(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 70; i++) {
        int64_t id = hold_at(f, start + i * HOUR).booking.id;
        assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    }
    disconnect(f);
    assert_int_equal(list(f, false).n_rows, 70);
}

static void bookings_without_an_event_need_nobody(void **state)
{
    struct fixture *f = *state;
    struct page_put_ask page = fixture_page();
    page.synchronise = false;
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &f->page, &f->err), OK);
    struct held held = hold_at(f, start);
    assert_int_equal(store_booking_confirm(f->st, held.booking.id, NULL, now, &f->err), OK);
    disconnect(f);
    assert_int_equal(store_booking_cancel_confirm(f->st, held.booking.id, NULL, now, &f->err),
                     OK);
    assert_int_equal(list(f, true).n_rows, 0);
}

static void a_forecast_counts_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct connection_remove_answer would;
    (void)confirmed_at(f, NOW - 2 * HOUR);
    (void)confirmed_at(f, start);
    int64_t comes = hold_at(f, start + 2 * HOUR).booking.id;
    assert_int_equal(store_booking_begin(f->st, comes, now, &f->err), OK);
    assert_int_equal(store_connection_forecast(f->st, f->connection, now, &would, &f->err), OK);
    assert_true(would.unbound_bookings == 3 && would.coming == 1 && would.in_flight == 1 &&
                would.pages == 1);
    assert_int_equal(store_connection_forecast(f->st, 99, now, &would, &f->err), ERR_NOT_FOUND);
    assert_int_equal(booking_get(f, comes).connection, f->connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_customers_change_later_is_told_the_host),
        FIXTURE_TEST(what_was_in_flight_is_told_the_host),
        FIXTURE_TEST(many_in_flight_are_all_told),
        FIXTURE_TEST(bookings_without_an_event_need_nobody),
        FIXTURE_TEST(a_forecast_counts_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
