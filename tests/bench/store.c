/* SPDX-License-Identifier: ISC
 *
 * Row 13: durable bookings of 16 clients, three ways in turns, in databases of one schema:
 *
 *     store    store_booking_hold: sealed, hashed, checked
 *     anchor   bare SQLite behind one writer thread with group commit: the same two INSERTs, nothing else
 *     peer     bare SQLite, a connection per client, BEGIN IMMEDIATE and the busy handler
 *
 * and, with HOURGATE_POSTGRES (tests/tool/postgres --durable), the store with its data in PostgreSQL.
 *
 * Every tenth attempt is for a slot that was just sold and must be refused. A round lasts one second; the
 * ratio is the median of the rounds, the slowest booking is of all rounds.
 */
#include "bench.h"

#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypt/keyfile.h"
#include "os/clock.h"
#include "os/random.h"
#include "store/store.h"

enum { CLIENTS = 16, HOSTS = 64, ROUNDS = 5, ROUND_MS = 1000, PER_DAY = 16, FIRST_DAY = 20000 };

static char directory[] = "bench-store-XXXXXX";

/* ---- what is booked ---- */

struct round {
    atomic_long next; /* attempt */
    atomic_long sold; /* durable bookings */
    atomic_long refused;
    int64_t deadline_ms;
    atomic_long slowest_us;
};

struct attempt {
    int host; /* from 0 */
    int64_t start;
};

/* Spread attempts over hosts and days; every tenth repeats the one before. */
static struct attempt attempt_next(struct round *r)
{
    long n = atomic_fetch_add(&r->next, 1);
    if (n % 10 == 9)
        n--;
    long of_host = n / HOSTS;
    return (struct attempt){(int)(n % HOSTS), (FIRST_DAY + of_host / PER_DAY) * 86400 +
                                                  8 * 3600 + of_host % PER_DAY * 1800};
}

static void attempt_done(struct round *r, bool was_sold, int64_t us)
{
    atomic_fetch_add(was_sold ? &r->sold : &r->refused, 1);
    long slowest = atomic_load(&r->slowest_us);
    while (us > slowest && !atomic_compare_exchange_weak(&r->slowest_us, &slowest, us))
        continue;
}

/* ---- the databases ---- */

struct database {
    char path[256];
    struct store *st;
    struct page_stored pages[HOSTS];
};

static void fill(struct database *d, struct arena *a)
{
    struct account_add_ask account = {TEXT("acme"), TEXT("Acme"), ACCOUNT_CORPORATE};
    ENSURE(store_account_add(d->st, &account, NULL) == OK);
    for (int i = 0; i < HOSTS; i++) {
        struct text email = text_from(arena_printf(a, "host%d@example.org", i));
        struct text slug = text_from(arena_printf(a, "page%d", i));
        struct user_add_ask user = {TEXT("acme"), email, TEXT("A Host"), TEXT("UTC")};
        struct page_put_ask page = {.account = TEXT("acme"),
                                    .email = email,
                                    .page = slug,
                                    .title = TEXT("Talk"),
                                    .rule = {.zone = TEXT("UTC"), .duration_min = 30}};
        ENSURE(store_user_add(d->st, &user, NULL) == OK &&
               store_page_put(d->st, &page, NULL) == OK);
        ENSURE(store_page_find(d->st, a, TEXT("acme"), slug, &d->pages[i], NULL) == OK);
    }
}

static void database_make(struct database *d, struct arena *a, const char *name)
{
    struct secret key = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
    struct error err = {0};
    const char *postgres = getenv("HOURGATE_POSTGRES");
    if (strcmp(name, "postgres") == 0)
        snprintf(d->path, sizeof d->path, "postgres:%s", postgres);
    else
        snprintf(d->path, sizeof d->path, "%s/%s.db", directory, name);
    if (store_open(d->path, NULL, &key, 2, &d->st, &err) != OK) {
        fprintf(stderr, "%s: %s\n", d->path, err.what);
        exit(1);
    }
    store_start(d->st);
    fill(d, a);
    secret_free(&key);
}

/* ---- the store ---- */

struct client {
    struct round *round;
    struct database *database;
};

static bool store_book(struct database *d, struct attempt attempt)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct customer customer = {TEXT("Grace Example"), TEXT("grace@example.net"),
                                TEXT("Europe/Zurich"), NULL, 0};
    struct instant start = {attempt.start}, end = {attempt.start + 1800};
    struct instant midnight = {attempt.start - attempt.start % 86400};
    struct booking_hold hold = {
        .page = &d->pages[attempt.host],
        .slot = {start, end},
        .occupied = {start, end},
        .day = {midnight, instant_add_s(midnight, 86400)},
        .customer = &customer,
        .title = TEXT("Talk with Grace Example"),
        .now = clock_now(),
        .hold_s = STORE_HOLD_S,
    };
    struct booking_stored booking;
    struct secret token = {0};
    bool fresh;
    enum status status = store_booking_hold(d->st, &a, &hold, &booking, &token, &fresh, NULL);
    secret_free(&token);
    ENSURE(status == OK || status == ERR_CONFLICT);
    return status == OK;
}

static void *store_client(void *arg)
{
    struct client *c = arg;
    while (clock_ms() < c->round->deadline_ms) {
        int64_t before = clock_us();
        bool sold = store_book(c->database, attempt_next(c->round));
        attempt_done(c->round, sold, clock_us() - before);
    }
    return NULL;
}

/* ---- bare SQLite ---- */

struct bare {
    sqlite3 *handle;
    sqlite3_stmt *booking, *occupancy;
};

static void bare_run(sqlite3 *handle, const char *sql)
{
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return;
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(handle));
    exit(1);
}

static struct bare bare_open(const char *path)
{
    struct bare b = {0};
    ENSURE(sqlite3_open_v2(path, &b.handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                           NULL) == 0);
    sqlite3_busy_timeout(b.handle, 60000);
    bare_run(b.handle, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                       "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY");
    ENSURE(sqlite3_prepare_v2(b.handle,
                              "INSERT INTO bookings (id, account_id, page_id, host_id, state, "
                              "step, step_at, start_at,"
                              " end_at, customer_name, customer_email, customer_zone, "
                              "customer_answers, event_title,"
                              " event_description, token, token_hash, content_hash)"
                              " VALUES (?1, 1, ?2, ?2, 0, 1, 1, ?3, ?3 + 1800, ?4, ?4, ?4, ?4, "
                              "?4, ?4, ?5, ?6, ?6)",
                              -1, &b.booking, NULL) == SQLITE_OK);
    ENSURE(sqlite3_prepare_v2(b.handle,
                              "INSERT INTO occupancies (booking_id, target, host_id, page_id, "
                              "start_at, end_at, slot_at,"
                              " expires_at) VALUES (?1, 0, ?2, ?2, ?3, ?3 + 1800, ?3, 1)",
                              -1, &b.occupancy, NULL) == SQLITE_OK);
    return b;
}

static void bare_close(struct bare *b)
{
    sqlite3_finalize(b->booking);
    sqlite3_finalize(b->occupancy);
    ENSURE(sqlite3_close(b->handle) == SQLITE_OK);
}

/* Insert a row of the same size as the store's. */
static bool bare_book(struct bare *b, struct attempt attempt, const unsigned char noise[128])
{
    int64_t id = (int64_t)(((uint64_t)clock_now().s << 30 | (random_u64() >> 34)) & INT64_MAX);
    sqlite3_bind_int64(b->booking, 1, id);
    sqlite3_bind_int64(b->booking, 2, attempt.host + 1);
    sqlite3_bind_int64(b->booking, 3, attempt.start);
    sqlite3_bind_blob(b->booking, 4, noise, 52, SQLITE_STATIC);
    sqlite3_bind_blob(b->booking, 5, noise, 91, SQLITE_STATIC);
    sqlite3_bind_blob(b->booking, 6, noise, 32, SQLITE_STATIC);
    sqlite3_bind_int64(b->occupancy, 1, id);
    sqlite3_bind_int64(b->occupancy, 2, attempt.host + 1);
    sqlite3_bind_int64(b->occupancy, 3, attempt.start);
    bool sold =
        sqlite3_step(b->booking) == SQLITE_DONE && sqlite3_step(b->occupancy) == SQLITE_DONE;
    sqlite3_reset(b->booking);
    sqlite3_reset(b->occupancy);
    return sold;
}

/* ---- the anchor: one writer, group commit ---- */

struct wish {
    struct attempt attempt;
    bool sold;
    sem_t done;
    struct wish *next;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct wish *first;
    bool stop;
} anchor = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static void *anchor_writer(void *arg)
{
    struct database *d = arg;
    struct bare b = bare_open(d->path);
    unsigned char noise[128];
    random_bytes(noise, sizeof noise);
    for (;;) {
        pthread_mutex_lock(&anchor.lock);
        while (!anchor.first && !anchor.stop)
            pthread_cond_wait(&anchor.wake, &anchor.lock);
        struct wish *group = anchor.first;
        anchor.first = NULL;
        pthread_mutex_unlock(&anchor.lock);
        if (!group)
            break;
        bare_run(b.handle, "BEGIN IMMEDIATE");
        for (struct wish *wish = group; wish; wish = wish->next) {
            bare_run(b.handle, "SAVEPOINT one");
            wish->sold = bare_book(&b, wish->attempt, noise);
            bare_run(b.handle, wish->sold ? "RELEASE one" : "ROLLBACK TO one; RELEASE one");
        }
        bare_run(b.handle, "COMMIT");
        for (struct wish *next; group; group = next) {
            next = group->next;
            sem_post(&group->done);
        }
    }
    bare_close(&b);
    return NULL;
}

static void *anchor_client(void *arg)
{
    struct client *c = arg;
    struct wish wish;
    sem_init(&wish.done, 0, 0);
    while (clock_ms() < c->round->deadline_ms) {
        int64_t before = clock_us();
        wish.attempt = attempt_next(c->round);
        pthread_mutex_lock(&anchor.lock);
        wish.next = anchor.first;
        anchor.first = &wish;
        pthread_cond_signal(&anchor.wake);
        pthread_mutex_unlock(&anchor.lock);
        while (sem_wait(&wish.done) != 0)
            continue;
        attempt_done(c->round, wish.sold, clock_us() - before);
    }
    sem_destroy(&wish.done);
    return NULL;
}

/* ---- the peer: a connection per client ---- */

static void *peer_client(void *arg)
{
    struct client *c = arg;
    struct bare b = bare_open(c->database->path);
    unsigned char noise[128];
    random_bytes(noise, sizeof noise);
    while (clock_ms() < c->round->deadline_ms) {
        int64_t before = clock_us();
        bare_run(b.handle, "BEGIN IMMEDIATE");
        bool sold = bare_book(&b, attempt_next(c->round), noise);
        bare_run(b.handle, sold ? "COMMIT" : "ROLLBACK");
        attempt_done(c->round, sold, clock_us() - before);
    }
    bare_close(&b);
    return NULL;
}

/* ---- rounds ---- */

struct way {
    void *(*client)(void *);
    struct database *database;
    long attempts; /* over all rounds: slots are never offered twice but on purpose */
    double per_s[ROUNDS];
    long slowest_us;
};

static void run_round(struct way *way, int index)
{
    struct round r = {.deadline_ms = clock_ms() + ROUND_MS};
    atomic_store(&r.next, way->attempts);
    struct client client = {&r, way->database};
    pthread_t threads[CLIENTS], writer = 0;
    int64_t start = clock_us();
    anchor.stop = false;
    if (way->client == anchor_client)
        ENSURE(pthread_create(&writer, NULL, anchor_writer, way->database) == 0);
    for (int i = 0; i < CLIENTS; i++)
        ENSURE(pthread_create(&threads[i], NULL, way->client, &client) == 0);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    way->per_s[index] = (double)atomic_load(&r.sold) * 1e6 / (double)(clock_us() - start);
    if (writer) {
        pthread_mutex_lock(&anchor.lock);
        anchor.stop = true;
        pthread_cond_signal(&anchor.wake);
        pthread_mutex_unlock(&anchor.lock);
        pthread_join(writer, NULL);
    }
    way->attempts = (atomic_load(&r.next) / 10 + 1) * 10;
    if (atomic_load(&r.slowest_us) > way->slowest_us)
        way->slowest_us = atomic_load(&r.slowest_us);
}

static double median(const double values[ROUNDS])
{
    double sorted[ROUNDS];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, bench_compare);
    return sorted[ROUNDS / 2];
}

/* Count overlaps without the database's own rule: by comparing neighbours. */
static long count_overlaps(const char *path)
{
    struct bare b = bare_open(path);
    sqlite3_stmt *stmt;
    ENSURE(sqlite3_prepare_v2(
               b.handle,
               "SELECT count(*) FROM (SELECT start_at, lag(end_at) OVER"
               " (PARTITION BY host_id ORDER BY start_at) AS before FROM occupancies)"
               " WHERE before > start_at",
               -1, &stmt, NULL) == SQLITE_OK);
    ENSURE(sqlite3_step(stmt) == SQLITE_ROW);
    long n = (long)sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    bare_close(&b);
    return n;
}

/* Print the rows; true where all goals are met. */
static bool report(const struct way *ours, const struct way *bare, const struct way *peer)
{
    double ratios[ROUNDS];
    char measured[96], other[96];
    for (int i = 0; i < ROUNDS; i++)
        ratios[i] = ours->per_s[i] / bare->per_s[i];
    double ratio = median(ratios);
    snprintf(measured, sizeof measured, "%.2fx (%.0f/s of %.0f/s)", ratio, median(ours->per_s),
             median(bare->per_s));
    snprintf(other, sizeof other, "a connection per client %.0f/s", median(peer->per_s));
    bool met = bench_row_peer("13", "durable bookings, 16 clients",
                              ">= 0.8x of one bare writer", measured, other, ratio >= 0.8);
    snprintf(measured, sizeof measured, "%.1f ms", (double)ours->slowest_us / 1e3);
    snprintf(other, sizeof other, "%.0f ms; bare writer %.1f ms",
             (double)peer->slowest_us / 1e3, (double)bare->slowest_us / 1e3);
    met &= bench_row_peer("13", "slowest booking", "<= 50 ms", measured, other,
                          ours->slowest_us <= 50000);
    long overlaps = count_overlaps(ours->database->path);
    snprintf(measured, sizeof measured, "%ld", overlaps);
    met &= bench_row_peer("13", "overlaps", "0", measured, "", overlaps == 0);
    return met;
}

static bool report_postgres(const struct way *way)
{
    char measured[96];
    snprintf(measured, sizeof measured, "%.0f/s, slowest %.1f ms", median(way->per_s),
             (double)way->slowest_us / 1e3);
    return bench_row_peer("13", "the same in PostgreSQL", "-", measured, "", true);
}

static void remove_files(void)
{
    DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(directory);
}

int main(void)
{
    struct arena a = {0};
    static struct database databases[4];
    const char *postgres = getenv("HOURGATE_POSTGRES");
    int n_ways = postgres && *postgres ? 4 : 3;
    struct way ways[] = {{store_client, &databases[0], .attempts = 0},
                         {anchor_client, &databases[1], .attempts = 0},
                         {peer_client, &databases[2], .attempts = 0},
                         {store_client, &databases[3], .attempts = 0}};
    static const char *const names[] = {"store", "anchor", "peer", "postgres"};
    ENSURE(mkdtemp(directory));
    for (int i = 0; i < n_ways; i++)
        database_make(&databases[i], &a, names[i]);
    store_close(databases[1].st);
    store_close(databases[2].st);
    for (int index = 0; index < ROUNDS; index++)
        for (int i = 0; i < n_ways; i++)
            run_round(&ways[i], index);
    store_close(databases[0].st);
    store_close(databases[3].st);
    bool met = report(&ways[0], &ways[1], &ways[2]);
    if (n_ways == 4)
        met &= report_postgres(&ways[3]);
    remove_files();
    arena_done(&a);
    return met ? 0 : 1;
}
