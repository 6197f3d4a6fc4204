/* SPDX-License-Identifier: ISC
 *
 * Many writers at once, writes that fail half way, and processes that are killed.
 */
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "store/db.h"

static const int64_t slot_start = NOW - NOW % DAY + DAY + 10 * HOUR;

/* ---- one slot, many customers ---- */

enum { RIVALS = 100 };

struct rivalry {
    struct fixture *f;
    atomic_int won, refused;
};

static enum status book(struct fixture *f, int64_t start, int64_t *ret_id)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct customer customer = fixture_customer();
    struct booking_hold hold = {
        .page = &f->page,
        .slot = slot_at(start, 30),
        .occupied = slot_at(start, 40),
        .day = day_of(start),
        .customer = &customer,
        .now = {NOW},
        .hold_s = STORE_HOLD_S,
    };
    struct booking_stored booking = {0};
    struct secret token = {0};
    bool fresh;
    enum status status = store_booking_hold(f->st, &a, &hold, &booking, &token, &fresh, NULL);
    secret_free(&token);
    *ret_id = booking.id;
    return status;
}

static void *rival(void *arg)
{
    struct rivalry *r = arg;
    int64_t id;
    enum status status = book(r->f, slot_start, &id);
    atomic_fetch_add(status == OK ? &r->won : &r->refused,
                     status == OK || status == ERR_CONFLICT);
    return NULL;
}

static void of_100_rivals_one_gets_the_slot(void **state)
{
    struct rivalry r = {*state, 0, 0};
    pthread_t threads[RIVALS];
    for (int i = 0; i < RIVALS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, rival, &r), 0);
    for (int i = 0; i < RIVALS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(r.won, 1);
    assert_int_equal(r.refused, RIVALS - 1);
    assert_int_equal(raw_number(r.f, "SELECT count(*) FROM bookings"), 1);
}

/* ---- neighbours in a group ---- */

struct neighbour {
    struct fixture *f;
    int number;
    enum status status;
};

/* Write half of something, and then give up where the number is odd. */
static enum status half_write(struct db *db, void *arg)
{
    const struct neighbour *n = arg;
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO counters (name, last) VALUES (?, ?)");
    char name[32];
    snprintf(name, sizeof name, "test%d", n->number);
    bind_text(&q, text_from(name));
    bind_i64(&q, n->number);
    TRY(query_run(&q, NULL));
    return n->number % 2 ? ERR_CONFLICT : OK;
}

static void *be_neighbour(void *arg)
{
    struct neighbour *n = arg;
    n->status = store_write(n->f->st, half_write, n, NULL);
    return NULL;
}

static void a_refusal_undoes_itself_and_no_neighbour(void **state)
{
    struct neighbour all[64];
    pthread_t threads[64];
    for (int i = 0; i < 64; i++) {
        all[i] = (struct neighbour){*state, i, ERR_IO};
        assert_int_equal(pthread_create(&threads[i], NULL, be_neighbour, &all[i]), 0);
    }
    for (int i = 0; i < 64; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(all[i].status, i % 2 ? ERR_CONFLICT : OK);
    }
    assert_int_equal(
        raw_number(*state, "SELECT count(*) FROM counters WHERE name LIKE 'test%'"), 32);
    assert_int_equal(
        raw_number(*state,
                   "SELECT count(*) FROM counters WHERE name LIKE 'test%' AND last % 2 <> 0"),
        0);
}

/* ---- the database's own rule ---- */

static void the_database_itself_refuses_an_overlap(void **state)
{
    struct fixture *f = *state;
    (void)confirmed_at(f, slot_start);
    (void)confirmed_at(f, slot_start + HOUR);
    /* As another booking's time, as a longer time, as a moved one. */
    static const char *const sql[] = {
        "INSERT INTO occupancies SELECT (SELECT max(id) FROM bookings), 1, host_id, page_id, "
        "start_at + 60,"
        " end_at + 60, slot_at, NULL FROM occupancies WHERE booking_id = (SELECT min(id) FROM "
        "bookings)",
        "UPDATE occupancies SET end_at = end_at + 3600",
        ("INSERT INTO occupancies SELECT booking_id, 1, host_id, page_id, 0, 259201, slot_at, "
         "NULL"
         " FROM occupancies"),
    };
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
        assert_false(raw_run(f, sql[i]));
}

/* ---- two vaults, one database ---- */

struct vault_rival {
    struct fixture f; /* a store of its own; nothing else in it is */
    int at;
    int won;
    int failed;
};

enum { VAULT_RIVALS = 16, SLOTS = 24 };

/* Half of them want the slots in the other order, so that groups of two vaults wait for each other. */
static void *want_all_slots(void *arg)
{
    struct vault_rival *rival = arg;
    for (int i = 0; i < SLOTS; i++) {
        int slot = rival->at % 2 ? SLOTS - 1 - i : i;
        struct held held = hold_with(&rival->f, slot_start + slot * HOUR, TEXT(""), NOW);
        rival->won += held.status == OK;
        rival->failed += held.status != OK && held.status != ERR_CONFLICT;
    }
    arena_done(&rival->f.a);
    return NULL;
}

static void two_vaults_sell_a_slot_once(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;
    if (!f->server)
        skip();
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 3, &other, &f->err), OK);
    store_start(other);
    static struct vault_rival rivals[VAULT_RIVALS];
    pthread_t threads[VAULT_RIVALS];
    int won = 0, failed = 0;
    for (int i = 0; i < VAULT_RIVALS; i++) {
        rivals[i] = (struct vault_rival){.f = *f, .at = i};
        rivals[i].f.a = (struct arena){0};
        rivals[i].f.st = i / 2 % 2 ? other : f->st;
        assert_int_equal(pthread_create(&threads[i], NULL, want_all_slots, &rivals[i]), 0);
    }
    for (int i = 0; i < VAULT_RIVALS; i++) {
        pthread_join(threads[i], NULL);
        won += rivals[i].won;
        failed += rivals[i].failed;
    }
    store_close(other);
    assert_int_equal(failed, 0);
    assert_int_equal(won, SLOTS);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM bookings"), SLOTS);
}

static void *want_a_day(void *arg)
{
    struct vault_rival *rival = arg;
    rival->f.page.rule.max_per_day = 3;
    struct held held = hold_with(&rival->f, slot_start + rival->at * HOUR, TEXT(""), NOW);
    rival->won = held.status == OK;
    arena_done(&rival->f.a);
    return NULL;
}

static void two_vaults_keep_the_day_limit(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;
    if (!f->server)
        skip();
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 3, &other, &f->err), OK);
    store_start(other);
    static struct vault_rival rivals[10];
    pthread_t threads[10];
    int won = 0;
    for (int i = 0; i < 10; i++) {
        rivals[i] = (struct vault_rival){.f = *f, .at = i};
        rivals[i].f.a = (struct arena){0};
        rivals[i].f.st = i % 2 ? other : f->st;
        assert_int_equal(pthread_create(&threads[i], NULL, want_a_day, &rivals[i]), 0);
    }
    for (int i = 0; i < 10; i++) {
        pthread_join(threads[i], NULL);
        won += rivals[i].won;
    }
    store_close(other);
    assert_int_equal(won, 3);
}

/* ---- a database that goes away ---- */

static void a_lost_connection_is_told_and_stays_lost(void **state)
{
    struct fixture *f = *state;
    if (!f->server)
        skip();
    assert_int_equal(hold_at(f, slot_start).status, OK);
    assert_false(store_is_lost(f->st));
    server_run(f->server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                          " WHERE datname LIKE 'store-%'");
    assert_int_equal(hold_at(f, slot_start + HOUR).status, ERR_IO);
    assert_true(store_is_lost(f->st));
    assert_int_equal(hold_at(f, slot_start + HOUR).status, ERR_IO);
    fixture_reopen(f);
    assert_int_equal(hold_at(f, slot_start + HOUR).status, OK);
}

/* ---- kill -9 ---- */

enum { KILLS = 8, WRITERS = 4 };

struct doomed {
    struct fixture *f;
    int pipe;
    atomic_int next;
};

/* Book, confirm, move and cancel without end, and tell what is surely on the disk. */
static void *write_without_end(void *arg)
{
    struct doomed *d = arg;
    for (;;) {
        int64_t start = slot_start + (int64_t)atomic_fetch_add(&d->next, 1) * 2 * HOUR, id;
        struct booking_move move = {.slot = slot_at(start + HOUR, 30),
                                    .occupied = slot_at(start + HOUR, 40),
                                    .day = day_of(start + HOUR),
                                    .now = {NOW}};
        if (book(d->f, start, &id) != OK ||
            store_booking_confirm(d->f->st, id, NULL, move.now, NULL) != OK)
            _exit(3);
        move.id = id;
        if (write(d->pipe, &id, sizeof id) != sizeof id ||
            store_booking_move_hold(d->f->st, &move, NULL) != OK ||
            store_booking_move_confirm(d->f->st, id, NULL, move.now, NULL) != OK)
            _exit(4);
    }
}

_Noreturn static void be_killed(struct fixture *f, int pipe, int first)
{
    pthread_t thread;
    struct doomed d = {f, pipe, first};
    fixture_open(f);
    for (int i = 1; i < WRITERS; i++)
        pthread_create(&thread, NULL, write_without_end, &d);
    write_without_end(&d);
    _exit(5);
}

/* Start a process that writes, kill it at some moment, return how many bookings it told of. */
static int kill_once(struct fixture *f, int round, int64_t *last)
{
    int fds[2], n = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_killed(f, fds[1], round * 10000);
    close(fds[1]);
    int64_t id;
    while (n < 20 + 7 * round && read(fds[0], &id, sizeof id) == sizeof id) {
        n++;
        *last = id;
    }
    kill(pid, SIGKILL);
    for (; read(fds[0], &id, sizeof id) == sizeof id; n++)
        *last = id;
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
    close(fds[0]);
    return n;
}

static void what_was_answered_survives_a_kill(void **state)
{
    struct fixture *f = *state;
    int told = 0;
    for (int round = 0; round < KILLS; round++) {
        int64_t last = 0;
        store_close(f->st);
        f->st = NULL;
        told += kill_once(f, round, &last);
        fixture_open(f);
        assert_int_equal(booking_get(f, last).state, BOOKING_CONFIRMED);
        assert_true(raw_number(f, "SELECT count(*) FROM bookings WHERE state = 2") >= told);
        if (!f->server)
            assert_int_equal(raw_number(f, "SELECT count(*) FROM pragma_integrity_check"
                                           " WHERE integrity_check <> 'ok'"),
                             0);
        /* One occupancy each, two during a move. */
        assert_int_equal(
            raw_number(f, "SELECT count(*) FROM bookings AS b WHERE"
                          " (SELECT count(*) FROM occupancies WHERE booking_id = b.id)"
                          " <> CASE WHEN step = 3 THEN 2 ELSE 1 END"),
            0);
        assert_int_equal(raw_number(f,
                                    "SELECT count(*) FROM bookings AS b JOIN occupancies AS o"
                                    " ON o.booking_id = b.id AND o.target = 0"
                                    " WHERE o.slot_at <> b.start_at"),
                         0);
    }
    assert_true(told >= KILLS * 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(of_100_rivals_one_gets_the_slot),
        FIXTURE_TEST(a_refusal_undoes_itself_and_no_neighbour),
        FIXTURE_TEST(the_database_itself_refuses_an_overlap),
        FIXTURE_TEST(two_vaults_sell_a_slot_once),
        FIXTURE_TEST(two_vaults_keep_the_day_limit),
        FIXTURE_TEST(a_lost_connection_is_told_and_stays_lost),
        FIXTURE_TEST(what_was_answered_survives_a_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
