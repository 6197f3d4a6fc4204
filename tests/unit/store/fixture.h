/* SPDX-License-Identifier: ISC
 *
 * A database in a directory of its own, with an account, a host with a connected calendar, and a page.
 */
#ifndef UNIT_STORE_FIXTURE_H
#define UNIT_STORE_FIXTURE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypt/keyfile.h"
#include "store/store.h"
#include "wire/codec.h"

enum { NOW = 1800000000, HOUR = 3600, DAY = 86400 };

struct fixture {
    char directory[64];
    char path[96];
    struct secret master_key;
    struct store *st;
    struct arena a;
    struct error err;
    int64_t connection;
    struct page_stored page;
};

static inline void fixture_open(struct fixture *f)
{
    f->err = (struct error){0};
    enum status status = store_open(f->path, NULL, &f->master_key, 3, &f->st, &f->err);
    if (status != OK)
        fail_msg("store_open: %s: %s", status_name(status), f->err.what);
    store_start(f->st);
}

static inline void fixture_reopen(struct fixture *f)
{
    store_close(f->st);
    f->st = NULL;
    fixture_open(f);
}

static inline struct server fixture_server(void)
{
    return (struct server){
        .kind = CALENDAR_EWS,
        .host = TEXT("mail.example.org"),
        .port = 443,
        .path = TEXT("/EWS/Exchange.asmx"),
        .method = AUTH_NTLM,
        .user = TEXT("EXAMPLE\\ada"),
        .password = secret_new("marked-password", 15),
        .impersonate = TEXT("ada@example.org"),
        .mailbox = TEXT("ada@example.org"),
    };
}

static inline struct page_put_ask fixture_page(void)
{
    static struct hours hours[] = {{0, 540, 1020}, {4, 540, 720}};
    static struct override overrides[] = {{20000, 0, 0}};
    return (struct page_put_ask){
        .account = TEXT("acme"),
        .email = TEXT("Ada@example.org"),
        .page = TEXT("intro"),
        .title = TEXT("A first talk"),
        .description = TEXT("Half an hour.\nOr less."),
        .location = TEXT("Room 1"),
        .synchronise = true,
        .rule = {.zone = TEXT("Europe/Zurich"),
                 .duration_min = 30,
                 .increment_min = 15,
                 .buffer_after_min = 10,
                 .horizon_days = 60,
                 .blocking = 1 << BUSY_BUSY,
                 .hours = hours,
                 .n_hours = 2,
                 .overrides = overrides,
                 .n_overrides = 1},
    };
}

static inline void fixture_fill(struct fixture *f)
{
    struct account_add_ask account = {TEXT("acme"), TEXT("Acme AG"), ACCOUNT_CORPORATE};
    struct user_add_ask user = {TEXT("acme"), TEXT("ada@example.org"), TEXT("Ada Marker"),
                                TEXT("Europe/Zurich")};
    struct server server = fixture_server();
    struct page_put_ask page = fixture_page();
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(store_connection_add(f->st, TEXT("acme"), TEXT("ada@example.org"), &server,
                                          &f->connection, &f->err),
                     OK);
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &f->page, &f->err), OK);
    secret_free(&server.password);
}

static inline int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->directory, sizeof f->directory, "store-XXXXXX");
    if (!f || !mkdtemp(f->directory))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/hourgate.db", f->directory);
    f->master_key = secret_new("0123456789abcdef0123456789abcdef", MASTER_KEY_BYTES);
    fixture_open(f);
    fixture_fill(f);
    *state = f;
    return 0;
}

static inline void fixture_remove_files(const char *directory)
{
    DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(directory);
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->st);
    fixture_remove_files(f->directory);
    secret_free(&f->master_key);
    arena_done(&f->a);
    free(f);
    return 0;
}

/* ---- bookings ---- */

static inline struct slot slot_at(int64_t start, int64_t minutes)
{
    return (struct slot){{start}, {start + 60 * minutes}};
}

static inline struct slot day_of(int64_t start)
{
    return (struct slot){{start - start % DAY}, {start - start % DAY + DAY}};
}

static inline struct customer fixture_customer(void)
{
    static struct answer answers[] = {{TEXT("Why?"), TEXT("Marked answer")},
                                      {TEXT("How?"), TEXT("")}};
    return (struct customer){.name = TEXT("Grace Marker"),
                             .email = TEXT("grace@marker.example"),
                             .zone = TEXT("America/New_York"),
                             .answers = answers,
                             .n_answers = 2};
}

/* What came of a hold; the token is freed. */
struct held {
    enum status status;
    struct booking_stored booking;
    bool fresh;
};

static inline struct held hold_with(struct fixture *f, int64_t start, struct text key,
                                    int64_t now)
{
    struct customer customer = fixture_customer();
    struct booking_hold hold = {
        .page = &f->page,
        .slot = slot_at(start, 30),
        .occupied = slot_at(start, 40),
        .day = day_of(start),
        .customer = &customer,
        .title = TEXT("Marked title"),
        .description = TEXT("Marked description"),
        .key = key,
        .now = {now},
        .hold_s = STORE_HOLD_S,
    };
    struct held held = {0};
    struct secret token = {0};
    held.status =
        store_booking_hold(f->st, &f->a, &hold, &held.booking, &token, &held.fresh, &f->err);
    secret_free(&token);
    return held;
}

static inline struct held hold_at(struct fixture *f, int64_t start)
{
    return hold_with(f, start, (struct text){0}, NOW);
}

static inline int64_t confirmed_at(struct fixture *f, int64_t start)
{
    struct event_ref ref = {.id = TEXT("marked-id"), .change_key = TEXT("marked-change")};
    struct held held = hold_at(f, start);
    assert_int_equal(held.status, OK);
    assert_int_equal(
        store_booking_begin(f->st, held.booking.id, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(
        store_booking_confirm(f->st, held.booking.id, &ref, (struct instant){NOW}, &f->err),
        OK);
    return held.booking.id;
}

static inline struct booking_stored booking_get(struct fixture *f, int64_t id)
{
    struct booking_stored booking = {0};
    assert_int_equal(store_booking_get(f->st, &f->a, id, &booking, &f->err), OK);
    return booking;
}

#define FIXTURE_TEST(name)                                                                     \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

#endif
