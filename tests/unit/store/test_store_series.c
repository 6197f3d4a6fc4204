/* SPDX-License-Identifier: ISC
 *
 * Series: held whole or not at all, told of once when all of it is certain, undone without a word before.
 */
#include "fixture.h"

enum { N = 4, WEEK = 7 * DAY };

static const int64_t start = NOW + DAY;
static const struct instant now = {NOW};

static struct customer carla = {
    .name = TEXT("Carla"), .email = TEXT("carla@example.com"), .zone = TEXT("UTC")};

/* Hold N weekly sessions, or with a key find those that it made. */
static enum status hold(struct fixture *f, const char *key, struct series_held *ret_held)
{
    static struct series_time times[N];
    const struct booking_series_ask ask = {.account = TEXT("acme"),
                                           .page = TEXT("intro"),
                                           .times = times,
                                           .n_times = N,
                                           .customer = carla};
    struct booking_hold holds[N];
    for (int i = 0; i < N; i++)
        holds[i] = (struct booking_hold){.page = &f->page,
                                         .slot = slot_at(start + i * WEEK, 30),
                                         .occupied = slot_at(start + i * WEEK, 30),
                                         .day = day_of(start + i * WEEK),
                                         .customer = &carla,
                                         .title = TEXT("Marked title"),
                                         .now = now,
                                         .hold_s = 120};
    holds[0].key = text_from(key);
    holds[0].series = &ask;
    return store_series_hold(f->st, &f->a, holds, N, ret_held, &f->err);
}

static int64_t held(struct fixture *f)
{
    struct series_held series;
    assert_int_equal(hold(f, "", &series), OK);
    assert_true(series.is_fresh && series.n_bookings == N);
    return series.bookings[0].series;
}

static size_t count(struct fixture *f, int64_t series)
{
    struct series_held list;
    assert_int_equal(store_series_list(f->st, &f->a, series, &list, &f->err), OK);
    return list.n_bookings;
}

static void all_is_held_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct series_held series;
    int64_t other = confirmed_at(f, start + 2 * WEEK);
    assert_int_equal(hold(f, "", &series), ERR_CONFLICT);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM bookings"), 1);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM occupancies"), 1);
    assert_int_equal(store_booking_cancel_confirm(f->st, other, NULL, now, &f->err), OK);
    assert_int_equal(count(f, held(f)), N);
    assert_int_equal(hold(f, "", &series), ERR_CONFLICT); /* a time is sold once */
}

static void a_repeat_is_the_same_series(void **state)
{
    struct fixture *f = *state;
    struct series_held first, again;
    assert_int_equal(hold(f, "phone", &first), OK);
    assert_int_equal(hold(f, "phone", &again), OK);
    assert_true(first.is_fresh && !again.is_fresh && again.n_bookings == N);
    for (int i = 0; i < N; i++)
        assert_int_equal(again.bookings[i].id, first.bookings[i].id);
}

static void what_was_held_too_long_does_not_begin(void **state)
{
    struct fixture *f = *state;
    struct series_held series;
    assert_int_equal(hold(f, "", &series), OK);
    assert_int_equal(store_booking_release(f->st, series.bookings[1].id, &f->err), OK);
    assert_int_equal(store_series_begin(f->st, series.bookings[0].series, N, now, &f->err),
                     ERR_CONFLICT);
    assert_int_equal(booking_get(f, series.bookings[0].id).state, BOOKING_HELD);
    assert_int_equal(store_series_release(f->st, series.bookings[0].series, &f->err), OK);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM bookings"), 0);
}

static void it_is_told_when_its_last_session_is_certain(void **state)
{
    struct fixture *f = *state;
    struct series_held series;
    struct outbox_entry e;
    store_use_mail(f->st, true);
    assert_int_equal(hold(f, "", &series), OK);
    int64_t id = series.bookings[0].series;
    assert_int_equal(store_series_begin(f->st, id, N, now, &f->err), OK);
    for (int i = N - 1; i >= 0; i--) {
        assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox"), 0);
        assert_int_equal(booking_get(f, series.bookings[i].id).step, STEP_CREATE);
        assert_int_equal(
            store_booking_confirm(f->st, series.bookings[i].id, NULL, now, &f->err), OK);
    }
    assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox"), 2);
    assert_int_equal(store_outbox_claim(f->st, &f->a, now, 60, &e, &f->err), OK);
    assert_true(e.kind == MAIL_CONFIRMED && e.content.n_sessions == N);
    for (int i = 0; i < N; i++)
        assert_int_equal(e.content.sessions[i].slot.start.s, start + i * WEEK);
    assert_int_equal(store_series_undo(f->st, id, now, &f->err), ERR_DENIED);
}

static void what_is_not_whole_is_undone_without_a_word(void **state)
{
    struct fixture *f = *state;
    struct series_held series;
    store_use_mail(f->st, true);
    assert_int_equal(hold(f, "", &series), OK);
    int64_t id = series.bookings[0].series;
    assert_int_equal(store_series_begin(f->st, id, N, now, &f->err), OK);
    assert_int_equal(store_booking_confirm(f->st, series.bookings[0].id, NULL, now, &f->err),
                     OK);
    assert_int_equal(store_series_undo(f->st, id, now, &f->err), OK);
    for (int i = 0; i < N; i++) {
        int64_t session = series.bookings[i].id;
        assert_int_equal(booking_get(f, session).step, STEP_UNDO);
        assert_int_equal(store_booking_confirm(f->st, session, NULL, now, &f->err), ERR_DENIED);
        assert_int_equal(store_booking_release(f->st, session, &f->err), OK);
    }
    assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox"), 0);
    assert_int_equal(count(f, held(f)), N); /* the time is free */
}

static void the_rest_is_cancelled_and_told_once(void **state)
{
    struct fixture *f = *state;
    struct series_held series;
    const struct booking_end by_host = {.how = ENDED_BY_HOST, .reason = TEXT("Marked reason")};
    int64_t ids[MAX_SERIES];
    size_t n = 0;
    assert_int_equal(hold(f, "", &series), OK);
    assert_int_equal(store_series_begin(f->st, series.bookings[0].series, N, now, &f->err), OK);
    assert_int_equal(store_series_cancel_begin(f->st, series.bookings[1].id, &by_host, now, ids,
                                               &n, &f->err),
                     ERR_CONFLICT); /* in flight */
    for (int i = 0; i < N; i++)
        assert_int_equal(
            store_booking_confirm(f->st, series.bookings[i].id, NULL, now, &f->err), OK);
    store_use_mail(f->st, true);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(store_series_cancel_begin(f->st, series.bookings[1].id, &by_host, now,
                                                   ids, &n, &f->err),
                         OK);
        assert_int_equal(n, again ? 0 : N - 1);
    }
    assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox"), 2);
    assert_int_equal(booking_get(f, series.bookings[0].id).step, STEP_NONE);
    for (int i = 1; i < N; i++) {
        struct booking_stored b = booking_get(f, series.bookings[i].id);
        assert_true(b.step == STEP_CANCEL && b.sequence == 1 && b.ended == ENDED_BY_HOST);
    }
    int64_t alone = confirmed_at(f, start + HOUR);
    assert_int_equal(store_series_cancel_begin(f->st, alone, &by_host, now, ids, &n, &f->err),
                     ERR_CONFLICT);
}

static void a_disconnection_ends_what_is_being_undone(void **state)
{
    struct fixture *f = *state;
    struct series_held series;
    int64_t unbound;
    assert_int_equal(hold(f, "", &series), OK);
    int64_t id = series.bookings[0].series;
    assert_int_equal(store_series_begin(f->st, id, N, now, &f->err), OK);
    assert_int_equal(store_series_undo(f->st, id, now, &f->err), OK);
    assert_int_equal(store_connection_remove(f->st, f->connection, now, &unbound, &f->err), OK);
    for (int i = 0; i < N; i++)
        assert_int_equal(booking_get(f, series.bookings[i].id).state, BOOKING_CANCELLED);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM occupancies"), 0);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM attentions"), N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(all_is_held_or_nothing),
        FIXTURE_TEST(a_repeat_is_the_same_series),
        FIXTURE_TEST(what_was_held_too_long_does_not_begin),
        FIXTURE_TEST(it_is_told_when_its_last_session_is_certain),
        FIXTURE_TEST(what_is_not_whole_is_undone_without_a_word),
        FIXTURE_TEST(the_rest_is_cancelled_and_told_once),
        FIXTURE_TEST(a_disconnection_ends_what_is_being_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
