/* SPDX-License-Identifier: ISC
 *
 * A connector's row: who gets in, what of its journal counts, and what becomes of its orders.
 */
#include "fixture.h"
#include "store/desk.h"

#define HOST TEXT("desk@example.org")
static const struct instant now = {NOW};

struct desk {
    struct desk_bearer who;
    struct desk_stored stored;
};

static struct desk pair(struct fixture *f)
{
    struct user_add_ask user = {.account = TEXT("acme"),
                                .email = HOST,
                                .name = TEXT("Desk"),
                                .zone = TEXT("Europe/Zurich")};
    struct connector_add_ask ask = {.account = TEXT("acme"), .email = HOST};
    struct desk d = {{0}, {0}};
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(store_desk_add(f->st, &ask, &d.who.connection, &d.who.token, &f->err), OK);
    assert_int_equal(store_desk_get(f->st, d.who.connection, &d.stored, &f->err), OK);
    return d;
}

static enum status admit(struct fixture *f, const struct desk *d, const char *token, int64_t at)
{
    struct desk_stored stored;
    struct desk_bearer who = {d->who.connection,
                              token ? secret_new(token, strlen(token)) : d->who.token};
    f->err = (struct error){0};
    enum status status = store_desk_admit(f->st, &who, (struct instant){at}, &stored, &f->err);
    if (token)
        secret_free(&who.token);
    return status;
}

static enum status push(struct fixture *f, const struct desk *d, int64_t base, int64_t sequence,
                        bool is_full, bool more, struct desk_interval *intervals, size_t n)
{
    struct desk_push_answer answer;
    const struct desk_push said = {.epoch = d->stored.epoch,
                                   .base = base,
                                   .sequence = sequence,
                                   .is_full = is_full,
                                   .more = more,
                                   .from = now,
                                   .to = {NOW + DAY},
                                   .intervals = intervals,
                                   .n_intervals = n};
    return store_desk_push(f->st, d->who.connection, &said, now, &answer, &f->err);
}

static enum status read_busy(struct fixture *f, const struct desk *d, int64_t from, int64_t to,
                             int64_t at, size_t *ret_n)
{
    struct busy_answer busy;
    struct slot window = {{from}, {to}}, none = {{0}, {0}};
    enum status status = store_desk_busy(f->st, &f->a, d->who.connection, window, none,
                                         (struct instant){at}, &busy, &f->err);
    *ret_n = status == OK ? busy.n_busy : 0;
    return status;
}

static void six_wrong_tokens_block_whoever_comes(void **state)
{
    struct fixture *f = *state;
    struct desk d = pair(f);
    static const char wrong[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_int_equal(admit(f, &d, NULL, NOW), OK);
    for (int i = 0; i < DESK_WRONG_MAX - 1; i++)
        assert_int_equal(admit(f, &d, wrong, NOW + i), ERR_AUTH);
    assert_int_equal(admit(f, &d, NULL, NOW + 10), OK);
    assert_int_equal(admit(f, &d, wrong, NOW + 11), ERR_AUTH);
    assert_int_equal(admit(f, &d, NULL, NOW + 12), ERR_LIMIT);
    assert_true(f->err.retry_s > DESK_BLOCK_S - 10);
    assert_int_equal(admit(f, &d, NULL, NOW + 12 + DESK_BLOCK_S), OK);
    for (int i = 0; i < 20; i++) /* one now and then blocks nobody */
        assert_int_equal(admit(f, &d, wrong, NOW + DAY + i * DESK_WRONG_S), ERR_AUTH);
    assert_int_equal(admit(f, &d, NULL, NOW + 3 * DAY), OK);
    secret_free(&d.who.token);
}

static void a_journal_counts_once_it_is_complete_and_while_its_lease_lasts(void **state)
{
    struct fixture *f = *state;
    struct desk d = pair(f);
    struct desk_interval one = {
        .key = -5, .start = {NOW + HOUR}, .end = {NOW + 2 * HOUR}, .status = BUSY_BUSY};
    struct desk_interval gone = {.key = -5, .is_removed = true};
    size_t n;
    assert_int_equal(read_busy(f, &d, NOW, NOW + DAY, NOW, &n), ERR_NO_DATA);
    assert_int_equal(push(f, &d, 0, 1, true, true, &one, 1), OK);
    assert_int_equal(read_busy(f, &d, NOW, NOW + DAY, NOW, &n), ERR_NO_DATA);
    assert_int_equal(push(f, &d, 1, 2, false, false, NULL, 0), ERR_CONFLICT);
    assert_int_equal(push(f, &d, 1, 2, true, false, NULL, 0), OK);
    assert_int_equal(read_busy(f, &d, NOW, NOW + DAY, NOW, &n), OK);
    assert_int_equal(n, 1);
    /* Beyond what was read nothing is known. */
    assert_int_equal(read_busy(f, &d, NOW - DAY, NOW + 2 * DAY, NOW, &n), OK);
    assert_int_equal(n, 3);
    assert_int_equal(read_busy(f, &d, NOW, NOW + DAY, NOW + DESK_LEASE_S, &n), ERR_NO_DATA);
    assert_int_equal(push(f, &d, 2, 3, false, false, &gone, 1), OK);
    assert_int_equal(push(f, &d, 2, 3, false, false, &gone, 1), ERR_CONFLICT);
    assert_int_equal(push(f, &d, 3, 3, false, false, NULL, 0), OK);
    assert_int_equal(push(f, &d, 3, 3, false, false, &one, 1), ERR_INVALID);
    assert_int_equal(read_busy(f, &d, NOW, NOW + DAY, NOW, &n), OK);
    assert_int_equal(n, 0);
    d.stored.epoch++;
    assert_int_equal(push(f, &d, 3, 4, false, false, NULL, 0), ERR_CONFLICT);
    secret_free(&d.who.token);
}

static void whoever_was_disconnected_is_told_and_nobody_else(void **state)
{
    struct fixture *f = *state;
    struct desk d = pair(f);
    int64_t unbound = 0;
    assert_int_equal(store_connection_remove(f->st, d.who.connection, now, &unbound, &f->err),
                     OK);
    assert_int_equal(admit(f, &d, NULL, NOW), ERR_DENIED);
    assert_int_equal(admit(f, &d, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NOW),
                     ERR_AUTH);
    assert_int_equal(push(f, &d, 0, 1, true, false, NULL, 0), ERR_NOT_FOUND);
    secret_free(&d.who.token);
}

/* A move that its PC has seen and never answered is taken back by an order of its own. */
static void an_order_that_is_not_answered_is_taken_back(void **state)
{
    struct fixture *f = *state;
    struct desk d = pair(f);
    struct desk_order_row rows[DESK_ORDERS_MAX];
    struct event_ref ref;
    struct instant start = {NOW + 3 * DAY}, late = {NOW + DAY + 1};
    int64_t booking = confirmed_at(f, start.s);
    struct booking_move move = {.id = booking,
                                .slot = {{start.s + HOUR}, {start.s + 2 * HOUR}},
                                .occupied = {{start.s + HOUR}, {start.s + 2 * HOUR}},
                                .day = {{start.s - DAY}, {start.s + DAY}},
                                .now = now};
    struct desk_change change = {.desk = d.who.connection,
                                 .booking = booking,
                                 .kind = DESK_UPDATE,
                                 .slot = move.slot,
                                 .until = {NOW + DAY}};
    size_t n;
    bool more;
    int64_t goes_on;
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    for (int i = 0; i < 2; i++) /* asked again it is the same order */
        assert_int_equal(store_desk_change(f->st, &f->a, &change, now, &ref, &f->err),
                         ERR_UNCERTAIN);
    assert_int_equal(store_desk_find(f->st, &f->a, booking, now, &ref, &f->err), ERR_UNCERTAIN);
    assert_int_equal(store_desk_pull(f->st, d.who.connection, now, rows, &n, &more, &f->err),
                     OK);
    assert_int_equal(n, 1);
    int64_t seen = rows[0].number;
    assert_int_equal(store_desk_find(f->st, &f->a, booking, late, &ref, &f->err), OK);
    assert_int_equal(ref.start.s, start.s);
    assert_int_equal(store_desk_pull(f->st, d.who.connection, late, rows, &n, &more, &f->err),
                     OK);
    assert_true(n == 1 && rows[0].number != seen && rows[0].kind == DESK_UPDATE &&
                rows[0].slot.start.s == start.s);
    struct desk_done done = {.number = seen, .outcome = DESK_WRITTEN, .id = TEXT("x")};
    assert_int_equal(store_desk_done(f->st, d.who.connection, &done, late, &goes_on, &f->err),
                     OK); /* too late, and about an order that is none any more */
    assert_int_equal(goes_on, 0);
    done.number = rows[0].number;
    assert_int_equal(store_desk_done(f->st, d.who.connection, &done, late, &goes_on, &f->err),
                     OK);
    assert_int_equal(goes_on, 0);
    assert_int_equal(store_desk_pull(f->st, d.who.connection, late, rows, &n, &more, &f->err),
                     OK);
    assert_int_equal(n, 0);
    secret_free(&d.who.token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(six_wrong_tokens_block_whoever_comes),
        FIXTURE_TEST(a_journal_counts_once_it_is_complete_and_while_its_lease_lasts),
        FIXTURE_TEST(whoever_was_disconnected_is_told_and_nobody_else),
        FIXTURE_TEST(an_order_that_is_not_answered_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
