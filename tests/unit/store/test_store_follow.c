/* SPDX-License-Identifier: ISC
 *
 * Following a host's calendar, as both databases keep it: one vault has a connection's turn, a booking follows its event
 * whole or not at all, and only as it was seen.
 */
#include "fixture.h"
#include "store/follow.h"

static const int64_t start = NOW + 2 * DAY;

static struct found_event found_at(const struct booking_stored *b, int64_t to, int64_t minutes)
{
    struct slot slot = slot_at(to, minutes);
    return (struct found_event){.booking = b->id,
                                .sequence = b->sequence,
                                .slot = b->slot,
                                .ref = {TEXT("new-id"), TEXT("2"), slot.start, slot.end},
                                .occupied = slot,
                                .now = {NOW}};
}

static int64_t notices(const struct fixture *f, enum attention_kind kind)
{
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM attentions WHERE kind = %d", (int)kind);
    return raw_number(f, sql);
}

static void one_vault_has_the_turn(void **state)
{
    struct fixture *f = *state;
    const struct instant now = {NOW}, until = {NOW + 60};
    int64_t ids[STORE_FOLLOW_DUE_MAX];
    size_t n = 9;
    assert_int_equal(store_follow_due(f->st, now, ids, &n, &f->err), OK);
    assert_int_equal(n, 1); /* nothing is booked, but its page offers times */
    (void)confirmed_at(f, start);
    assert_int_equal(store_page_remove(f->st,
                                       &(struct page_remove_ask){TEXT("acme"), TEXT("intro")},
                                       (struct instant){0}, &(int64_t){0}, &f->err),
                     OK);
    assert_int_equal(store_follow_due(f->st, now, ids, &n, &f->err), OK);
    assert_true(n == 1 && ids[0] == f->connection);
    assert_int_equal(store_follow_take(f->st, f->connection, now, until, &f->err), OK);
    assert_int_equal(store_follow_take(f->st, f->connection, now, until, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(store_follow_due(f->st, now, ids, &n, &f->err), OK);
    assert_int_equal(n, 0);
    assert_int_equal(store_follow_take(f->st, f->connection, until, until, &f->err), OK);
    assert_int_equal(
        store_follow_put_off(f->st, f->connection, (struct instant){NOW + 99}, &f->err), OK);
    assert_int_equal(store_follow_take(f->st, f->connection, until, until, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(store_follow_take(f->st, 4711, now, until, &f->err), ERR_NOT_FOUND);
}

static void what_is_over_or_ignored_is_not_followed(void **state)
{
    struct fixture *f = *state;
    struct follow_list list;
    int64_t id = confirmed_at(f, start);
    assert_int_equal(
        store_follow_list(f->st, &f->a, f->connection, (struct instant){NOW}, &list, &f->err),
        OK);
    assert_true(list.n_rows == 1 && list.rows[0].booking == id);
    assert_true(list.rows[0].event_id.n && list.rows[0].step == STEP_NONE);
    assert_int_equal(store_follow_list(f->st, &f->a, f->connection,
                                       (struct instant){start + DAY}, &list, &f->err),
                     OK);
    assert_int_equal(list.n_rows, 0);
    struct page_put_ask page = fixture_page();
    page.follow = FOLLOW_IGNORE;
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(
        store_follow_list(f->st, &f->a, f->connection, (struct instant){NOW}, &list, &f->err),
        OK);
    assert_int_equal(list.n_rows, 0);
}

static void a_long_state_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    static char long_state[MAX_SYNC_STATE];
    memset(long_state, 'x', sizeof long_state);
    const struct text known = {long_state, sizeof long_state};
    struct text read;
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_sync_state_set(f->st, f->connection, TEXT("cal"), known,
                                              (struct instant){NOW}, &f->err),
                         OK);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM sync_states"), 1);
    assert_int_equal(
        store_sync_state_get(f->st, &f->a, f->connection, TEXT("cal"), &read, &f->err), OK);
    assert_true(text_equal(read, known));
    assert_int_equal(
        store_sync_state_get(f->st, &f->a, f->connection, TEXT(""), &read, &f->err), OK);
    assert_int_equal(read.n, 0);
    assert_int_equal(store_sync_state_set(f->st, f->connection, TEXT("cal"), TEXT(""),
                                          (struct instant){NOW}, &f->err),
                     OK);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM sync_states"), 0);
    assert_int_equal(
        store_sync_state_set(f->st, 4711, TEXT("cal"), known, (struct instant){NOW}, &f->err),
        ERR_NOT_FOUND);
}

static void calendars_of_long_ago_make_room(void **state)
{
    struct fixture *f = *state;
    char name[16];
    for (int i = 0; i < STORE_SYNC_STATES_MAX + 4; i++) {
        snprintf(name, sizeof name, "cal%d", i);
        assert_int_equal(store_sync_state_set(f->st, f->connection, text_from(name), TEXT("s"),
                                              (struct instant){NOW + i}, &f->err),
                         OK);
    }
    assert_int_equal(raw_number(f, "SELECT count(*) FROM sync_states"), STORE_SYNC_STATES_MAX);
    assert_int_equal(raw_number(f, "SELECT min(id) FROM sync_states"), 5);
}

static void a_booking_follows_whole(void **state)
{
    struct fixture *f = *state;
    store_use_mail(f->st, true);
    struct booking_stored b = booking_get(f, confirmed_at(f, start));
    struct found_event found = found_at(&b, start + DAY, 60);
    assert_int_equal(store_event_follow(f->st, &found, &f->err), OK);
    struct booking_stored after = booking_get(f, b.id);
    assert_true(after.slot.start.s == start + DAY && after.slot.end.s == start + DAY + 3600);
    assert_true(after.state == BOOKING_CONFIRMED && after.step == STEP_NONE);
    assert_true(after.sequence == b.sequence + 1 && text_equal(after.ref.id, TEXT("new-id")));
    assert_int_equal(raw_number(f, "SELECT count(*) FROM occupancies"), 1);
    assert_int_equal(raw_number(f, "SELECT min(target) FROM occupancies"), 0);
    (void)confirmed_at(f, start); /* its old time is free */
    assert_int_equal(store_event_follow(f->st, &found, &f->err), ERR_DENIED);
    assert_int_equal(store_event_ask(f->st, &found, &f->err), ERR_DENIED);
    found = found_at(&after, 0, 0);
    found.ref = (struct event_ref){0};
    found.is_gone = true;
    assert_int_equal(store_event_follow(f->st, &found, &f->err), OK);
    assert_int_equal(booking_get(f, b.id).state, BOOKING_CANCELLED);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM occupancies"), 1);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox WHERE kind IN (1, 2)"), 2);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM outbox WHERE kind IN (5, 6)"), 0);
}

static void a_time_is_sold_once_even_so(void **state)
{
    struct fixture *f = *state;
    struct booking_stored b = booking_get(f, confirmed_at(f, start));
    (void)confirmed_at(f, start + DAY);
    struct found_event found = found_at(&b, start + DAY, 30);
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_event_follow(f->st, &found, &f->err), OK);
    assert_int_equal(booking_get(f, b.id).slot.start.s, start);
    assert_int_equal(notices(f, ATTENTION_EVENT_UNFIT), 1);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM occupancies"), 2);
    found = found_at(&b, start + 600, 30); /* over its own old time it may */
    assert_int_equal(store_event_follow(f->st, &found, &f->err), OK);
    assert_int_equal(booking_get(f, b.id).slot.start.s, start + 600);
}

static void a_notice_comes_once_and_not_again_when_it_was_seen_to(void **state)
{
    struct fixture *f = *state;
    struct booking_stored b = booking_get(f, confirmed_at(f, start));
    struct found_event found = found_at(&b, start + DAY, 30);
    assert_int_equal(store_event_ask(f->st, &found, &f->err), OK);
    const struct attention_done_ask done = {TEXT("acme"),
                                            raw_number(f, "SELECT id FROM attentions")};
    assert_int_equal(store_attention_done(f->st, &done, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(store_event_ask(f->st, &found, &f->err), OK);
    assert_int_equal(notices(f, ATTENTION_EVENT_MOVED), 1);
    found = found_at(&b, start + 2 * DAY, 30);
    assert_int_equal(store_event_ask(f->st, &found, &f->err), OK);
    assert_int_equal(notices(f, ATTENTION_EVENT_MOVED), 2);
    assert_int_equal(booking_get(f, b.id).slot.start.s, start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_vault_has_the_turn),
        FIXTURE_TEST(what_is_over_or_ignored_is_not_followed),
        FIXTURE_TEST(a_long_state_comes_back_whole),
        FIXTURE_TEST(calendars_of_long_ago_make_room),
        FIXTURE_TEST(a_booking_follows_whole),
        FIXTURE_TEST(a_time_is_sold_once_even_so),
        FIXTURE_TEST(a_notice_comes_once_and_not_again_when_it_was_seen_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
