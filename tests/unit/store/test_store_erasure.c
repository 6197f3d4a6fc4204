/* SPDX-License-Identifier: ISC
 *
 * Erasing an account: everything of it goes, nothing of others, and the record says how much.
 */
#include "fixture.h"

#include "store/certify.h"
#include "store/erasure.h"
#include "store/inventory.h"

static const struct instant now = {NOW};

static void add_zeta(struct fixture *f)
{
    struct account_add_ask account = {TEXT("zeta"), TEXT("Zeta Marker"), ACCOUNT_CORPORATE};
    struct user_add_ask user = {TEXT("zeta"), TEXT("zoe@example.org"), TEXT("Zoe"),
                                TEXT("UTC")};
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
}

/* Do all steps, the whole or again from the start of it. */
static void erase_from(struct fixture *f, int64_t id)
{
    bool more = true;
    assert_int_equal(store_erasure_keys(f->st, id, &f->err), OK);
    while (more) {
        enum status status = store_erasure_rows(f->st, id, &more, &f->err);
        if (status != OK)
            fail_msg("%s", f->err.what);
    }
    assert_int_equal(store_scrub(f->st, &f->err), OK);
    assert_int_equal(store_erasure_finish(f->st, id, TEXT("it is so\n"), now, &f->err), OK);
}

static int64_t rows_of(const struct erasure *e, const char *table)
{
    for (size_t i = 0; i < e->facts.n_tables; i++)
        if (text_equal(e->facts.tables[i].table, text_from(table)))
            return e->facts.tables[i].rows;
    return 0;
}

static void nothing_is_left_but_the_record(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open, none;
    struct erasure e;
    add_zeta(f);
    for (int i = 0; i < 3; i++)
        (void)confirmed_at(f, NOW + DAY + i * HOUR);
    (void)hold_at(f, NOW + 2 * DAY);
    assert_int_equal(store_erasure_forecast(f->st, &f->a, TEXT("acme"), now, &e, &f->err), OK);
    assert_true(e.facts.coming == 3 && rows_of(&e, "bookings") == 4);
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &none, &f->err),
                     ERR_NOT_FOUND);
    erase_from(f, open.id);

    assert_int_equal(store_erasure_get(f->st, &f->a, open.id, &e, &f->err), OK);
    assert_true(rows_of(&e, "bookings") == 3 && rows_of(&e, "accounts") == 1);
    assert_true(rows_of(&e, "users") == 1 && rows_of(&e, "connections") == 1);
    assert_true(e.facts.coming == 3 && e.facts.keys.n == 16 && e.done_at.s == NOW);
    assert_true(text_equal(e.account, TEXT("acme")) && e.subject.n == 0);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM accounts"), 1);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM users"), 1);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM bookings"), 0);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM pages"), 0);
    struct user_stored zoe;
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("zeta"), TEXT("zoe@example.org"), &zoe, &f->err),
        OK);
    assert_int_equal(store_erasure_next(f->st, 0, &none, &f->err), ERR_NOT_FOUND);
    /* The name is free again. */
    struct account_add_ask again = {TEXT("acme"), TEXT("Another"), ACCOUNT_PERSONAL};
    assert_int_equal(store_account_add(f->st, &again, &f->err), OK);
}

static void each_step_may_be_done_again(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open, found;
    struct erasure e;
    bool more;
    (void)confirmed_at(f, NOW + DAY);
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    fixture_reopen(f);
    assert_int_equal(store_erasure_next(f->st, 0, &found, &f->err), OK);
    assert_true(found.id == open.id && found.account == open.account);
    assert_int_equal(store_erasure_keys(f->st, open.id, &f->err), OK);
    fixture_reopen(f);
    assert_int_equal(store_erasure_keys(f->st, open.id, &f->err), OK);
    assert_int_equal(store_erasure_rows(f->st, open.id, &more, &f->err), OK);
    fixture_reopen(f);
    erase_from(f, open.id);
    erase_from(f, open.id);
    assert_int_equal(store_erasure_get(f->st, &f->a, open.id, &e, &f->err), OK);
    assert_true(rows_of(&e, "bookings") == 1 && rows_of(&e, "accounts") == 1);
    assert_true(rows_of(&e, "audit_keys") == 1 && e.facts.keys.n == 16);
}

static void more_rows_than_one_step_takes(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open;
    struct erasure e;
    for (int i = 0; i < 1100; i++)
        (void)hold_at(f, NOW + DAY + i * HOUR);
    assert_true(raw_run(f, "UPDATE bookings SET state = 2, step = 0"));
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    erase_from(f, open.id);
    assert_int_equal(store_erasure_get(f->st, &f->a, open.id, &e, &f->err), OK);
    assert_true(rows_of(&e, "bookings") == 1100 && rows_of(&e, "occupancies") == 1100);
}

static void what_is_being_erased_is_found_by_nobody(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open;
    struct page_stored page;
    struct account_list_answer list;
    struct booking_stored booking;
    struct connection_stored connection;
    int64_t id = confirmed_at(f, NOW + DAY);
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    assert_int_equal(store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &page, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(hold_at(f, NOW + 2 * DAY).status,
                     ERR_NOT_FOUND); /* of a page seen before */
    assert_int_equal(store_account_list(f->st, &f->a, (struct text){0}, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 0);
    assert_int_equal(store_booking_get(f->st, &f->a, id, &booking, &f->err),
                     OK); /* to settle */
    assert_int_equal(store_erasure_keys(f->st, open.id, &f->err), OK);
    assert_int_equal(store_booking_get(f->st, &f->a, id, &booking, &f->err), ERR_NOT_FOUND);
    assert_int_equal(store_connection_get(f->st, &f->a, f->connection, &connection, &f->err),
                     ERR_NOT_FOUND);
    bool exists = true;
    assert_int_equal(store_connection_exists(f->st, f->connection, &exists, &f->err), OK);
    assert_false(exists);
}

static void what_is_in_flight_to_the_end_is_counted(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open;
    struct erasure e;
    struct unsettled_list list;
    int64_t id = hold_at(f, NOW + DAY).booking.id;
    assert_int_equal(store_booking_begin(f->st, id, now, &f->err), OK);
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    assert_int_equal(store_unsettled_list(f->st, &f->a, now, 0, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 1);
    assert_int_equal(store_erasure_keys(f->st, open.id, &f->err), OK);
    assert_int_equal(store_unsettled_list(f->st, &f->a, now, 0, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 0);
    assert_int_equal(store_booking_confirm(f->st, id, NULL, now, &f->err), ERR_NOT_FOUND);
    erase_from(f, open.id);
    assert_int_equal(store_erasure_get(f->st, &f->a, open.id, &e, &f->err), OK);
    assert_true(e.facts.in_doubt == 1 && rows_of(&e, "bookings") == 1);
}

static void a_certificate_is_known_again(void **state)
{
    struct fixture *f = *state;
    struct erasure_open open;
    struct erasure e;
    bool is_ours = true;
    assert_int_equal(
        store_erasure_verify(f->st, TEXT("it is so\n"), TEXT("00"), &is_ours, &f->err), OK);
    assert_false(is_ours); /* nothing was signed yet */
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    erase_from(f, open.id);
    fixture_reopen(f);
    assert_int_equal(store_erasure_get(f->st, &f->a, open.id, &e, &f->err), OK);
    assert_int_equal(store_erasure_verify(f->st, e.certificate, e.signature, &is_ours, &f->err),
                     OK);
    assert_true(is_ours);
    assert_int_equal(
        store_erasure_verify(f->st, TEXT("it is sO\n"), e.signature, &is_ours, &f->err), OK);
    assert_false(is_ours);
}

/* Rows that name an account must go with it: whoever adds a table says so in store/erasure.c. */
static void every_table_of_an_account_is_erased(void **state)
{
    (void)state;
    for (size_t i = 0; i < inventory_n; i++)
        if (strcmp(inventory[i].column, "account_id") == 0 &&
            !erasure_knows(inventory[i].table))
            fail_msg("%s is not erased with its account: store/erasure.c", inventory[i].table);
}

/* Clear columns too: nothing of them stays in the file, its log or its index. */
static void nothing_clear_is_left_in_the_files(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    static const char *const marks[] = {"Acme AG", "A first talk",  "Half an hour",
                                        "Room 1",  "Europe/Zurich", "intro"};
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct erasure_open open;
    for (int i = 0; i < 40; i++) /* pages that fill database pages */
        (void)confirmed_at(f, NOW + DAY + i * HOUR);
    struct page_put_ask page = fixture_page();
    page.title = TEXT("A first talk, renamed");
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(store_erasure_begin(f->st, TEXT("acme"), now, &open, &f->err), OK);
    erase_from(f, open.id);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        for (size_t j = 0; j < 3; j++) {
            char path[300];
            static char content[1 << 23];
            snprintf(path, sizeof path, "%s%s", f->path, ends[j]);
            FILE *file = fopen(path, "r");
            assert_non_null(file);
            size_t n = fread(content, 1, sizeof content, file);
            fclose(file);
            if (memmem(content, n, marks[i], strlen(marks[i])))
                fail_msg("\"%s\" is in %s", marks[i], path);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(nothing_is_left_but_the_record),
        FIXTURE_TEST(each_step_may_be_done_again),
        FIXTURE_TEST(more_rows_than_one_step_takes),
        FIXTURE_TEST(what_is_being_erased_is_found_by_nobody),
        FIXTURE_TEST(what_is_in_flight_to_the_end_is_counted),
        FIXTURE_TEST(a_certificate_is_known_again),
        cmocka_unit_test(every_table_of_an_account_is_erased),
        FIXTURE_TEST(nothing_clear_is_left_in_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
