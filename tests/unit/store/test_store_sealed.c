/* SPDX-License-Identifier: ISC
 *
 * The database never sees what is sealed: its files are searched for it, every column that the schema calls
 * sealed is looked at, and what is put in another place is refused.
 */
#include "fixture.h"

#include <sqlite3.h>

#include "crypt/seal.h"

static const int64_t slot_start = NOW + DAY;

static sqlite3 *raw_open(struct fixture *f)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

static void assert_absent(const char *path, const char *mark)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    static char content[1 << 22];
    size_t n = fread(content, 1, sizeof content, file);
    fclose(file);
    assert_true(n < sizeof content);
    if (memmem(content, n, mark, strlen(mark)))
        fail_msg("%s is in %s", mark, path);
}

static void nothing_sealed_is_in_the_files(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    static const char *const marks[] = {
        "Marker",   "Marked",           "marked",        "ada@example.org",
        "grace@",   "mail.example.org", "Exchange.asmx", "EXAMPLE",
        "New_York", "idempotent",       "refused by",
    };
    static const char *const ends[] = {"", "-wal", "-shm"};
    (void)confirmed_at(f, slot_start);
    assert_int_equal(hold_with(f, slot_start + HOUR, TEXT("idempotent"), NOW).status, OK);
    assert_int_equal(store_connection_state_set(f->st, f->connection, CONNECTION_PAUSED,
                                                (struct instant){NOW},
                                                TEXT("refused by server"), &f->err),
                     OK);
    for (int closed = 0; closed < 2; closed++) {
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) {
                char path[300];
                snprintf(path, sizeof path, "%s%s", f->path, ends[j]);
                assert_absent(path, marks[i]);
            }
        store_close(f->st);
        f->st = NULL;
    }
    fixture_open(f);
}

/* Does every value of a column look like something sealed? */
static int check_column(sqlite3 *db, const char *table, const char *column)
{
    char sql[256];
    sqlite3_stmt *stmt = NULL;
    int n = 0;
    snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s IS NOT NULL", column, table, column);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; n++) {
        const unsigned char *at = sqlite3_column_blob(stmt, 0);
        assert_true(sqlite3_column_bytes(stmt, 0) >= SEAL_EXTRA && at[0] == SEAL_VERSION);
    }
    sqlite3_finalize(stmt);
    return n;
}

/* Read a table's definition line by line: a comment, then the column it speaks of. */
static int check_table(sqlite3 *db, const char *table, char *definition)
{
    bool has_comment = false, is_sealed = false;
    int n_sealed = 0;
    for (char *save, *line = strtok_r(definition, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        char column[64], type[16];
        if (strncmp(line, "    -- ", 7) == 0) {
            is_sealed = has_comment ? is_sealed : strncmp(line + 7, "sealed", 6) == 0;
            has_comment = true;
            continue;
        }
        if (sscanf(line, " %63[a-z_] %15[A-Z]", column, type) == 2 &&
            (!strcmp(type, "INTEGER") || !strcmp(type, "TEXT") || !strcmp(type, "BLOB"))) {
            if (!has_comment)
                fail_msg("%s.%s has no comment", table, column);
            if (is_sealed && check_column(db, table, column) == 0)
                fail_msg("%s.%s holds nothing: the fixture must fill it", table, column);
            n_sealed += is_sealed;
        }
        has_comment = is_sealed = false;
    }
    return n_sealed;
}

static void every_column_is_explained_and_sealed_where_it_says_so(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    (void)confirmed_at(f, slot_start);
    sqlite3 *db = raw_open(f);
    sqlite3_stmt *stmt = NULL;
    int n_sealed = 0;
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
                           " AND name NOT LIKE 'sqlite%'",
                           -1, &stmt, NULL),
        SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        char *definition = strdup((const char *)sqlite3_column_text(stmt, 1));
        n_sealed += check_table(db, (const char *)sqlite3_column_text(stmt, 0), definition);
        free(definition);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    assert_int_equal(n_sealed, 24);
}

static enum status booking_status(struct fixture *f, int64_t id)
{
    struct booking_stored booking;
    f->err = (struct error){0};
    return store_booking_get(f->st, &f->a, id, &booking, &f->err);
}

static void a_value_moved_to_another_place_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const swaps[] = {
        /* another column, another row, a shorter one, another's, a list's place */
        "UPDATE bookings SET customer_email = customer_name",
        ("UPDATE bookings SET customer_name = (SELECT customer_name FROM bookings"
         " ORDER BY start_at DESC LIMIT 1)"),
        "UPDATE bookings SET event_title = substr(event_title, 2)",
        "UPDATE bookings SET external_id = token_hash",
        "UPDATE bookings SET customer_answers = event_title",
    };
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
        int64_t id = confirmed_at(f, slot_start + (int64_t)i * DAY);
        (void)confirmed_at(f, slot_start + (int64_t)i * DAY + HOUR);
        assert_int_equal(booking_status(f, id), OK);
        assert_true(raw_run(f, swaps[i]));
        assert_int_equal(booking_status(f, id), ERR_SEAL);
        assert_non_null(strstr(f->err.what, "not authentic"));
        assert_true(raw_run(f, "DELETE FROM occupancies; DELETE FROM bookings"));
    }
    assert_true(raw_run(f, "UPDATE connections SET password = username"));
    struct connection_stored c;
    assert_int_equal(store_connection_get(f->st, &f->a, f->connection, &c, &f->err), ERR_SEAL);
}

static void an_account_cannot_use_anothers_key(void **state)
{
    struct fixture *f = *state;
    struct account_add_ask account = {TEXT("zeta"), TEXT("Zeta"), ACCOUNT_PERSONAL};
    struct user_stored user;
    assert_int_equal(store_account_add(f->st, &account, &f->err), OK);
    assert_true(raw_run(
        f,
        "UPDATE accounts SET data_key = (SELECT data_key FROM accounts WHERE slug = 'zeta')"));
    fixture_reopen(f);
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ada@example.org"), &user, &f->err),
        ERR_SEAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(nothing_sealed_is_in_the_files),
        FIXTURE_TEST(every_column_is_explained_and_sealed_where_it_says_so),
        FIXTURE_TEST(a_value_moved_to_another_place_is_refused),
        FIXTURE_TEST(an_account_cannot_use_anothers_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
