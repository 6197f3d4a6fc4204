/* SPDX-License-Identifier: ISC
 *
 * The database never sees what is sealed: its files are searched for it, every column that the schema calls
 * sealed is looked at, and what is put in another place is refused.
 */
#include "fixture.h"
#include "store/follow.h"

#include <sqlite3.h>

#include "crypt/seal.h"
#include "store/desk.h"
#include "store/follow.h"
#include "store/inventory.h"
#include "store/schema.h"

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
    const struct booking_end end = {ENDED_BY_CUSTOMER, TEXT("Marked reason")};
    int64_t ended = confirmed_at(f, slot_start);
    assert_int_equal(
        store_booking_cancel_begin(f->st, ended, &end, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(hold_with(f, slot_start + HOUR, TEXT("idempotent"), NOW).status, OK);
    assert_int_equal(connection_stands(f, f->connection, CONNECTION_PAUSED,
                                       (struct instant){NOW}, TEXT("refused by server")),
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

/* What the schema's steps say above a column, in the last step that makes it; NULL: nothing. A table begins with
 * CREATE TABLE or ALTER TABLE, a column is the line behind a comment's. */
static const char *comment_of(const char *table, const char *column)
{
    const char *found = NULL, *comment = NULL;
    for (int i = 0; i < schema_version; i++) {
        bool inside = false;
        for (const char *line = schema_steps[i].both; line && *line;
             line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
            char name[64] = "";
            if (sscanf(line, "CREATE TABLE %63[a-z_]", name) == 1 ||
                sscanf(line, "ALTER TABLE %63[a-z_]", name) == 1)
                inside = strcmp(name, table) == 0;
            if (inside && comment && sscanf(line, " %63[a-z_]", name) == 1 &&
                strcmp(name, column) == 0)
                found = comment;
            if (strncmp(line, "    -- ", 7) != 0)
                comment = NULL;
            else if (!comment)
                comment = line + 7;
        }
    }
    return found;
}

/* One column: explained in the schema and in the inventory, which agree, and kept as they say. */
static bool check_facts(sqlite3 *db, const char *table, const char *column)
{
    const char *comment = comment_of(table, column);
    const struct column_entry *entry = inventory_find(table, column);
    if (!comment)
        fail_msg("%s.%s has no comment in store/schema.c", table, column);
    if (!entry)
        fail_msg("%s.%s has no entry in store/inventory.c", table, column);
    bool is_sealed = entry->keeping == KEEP_SEALED || entry->keeping == KEEP_BY_POLICY;
    if (is_sealed != (strncmp(comment, "sealed", 6) == 0))
        fail_msg("%s.%s: schema and inventory differ on whether it is sealed", table, column);
    if (is_sealed && check_column(db, table, column) == 0)
        fail_msg("%s.%s holds nothing: the fixture must fill it", table, column);
    return is_sealed;
}

/* Have something in every column that mail needs. */
static void fill_outbox(struct fixture *f)
{
    const struct account_mail_ask mail = {.account = TEXT("acme"),
                                          .sets_from = true,
                                          .from = TEXT("mail@marked.example"),
                                          .sets_reply_to = true,
                                          .reply_to = TEXT("office@marked.example"),
                                          .sets_text = true,
                                          .text = TEXT("Marked words")};
    struct outbox_entry entry;
    store_use_mail(f->st, true);
    assert_int_equal(store_account_mail_set(f->st, &mail, &f->err), OK);
    (void)confirmed_at(f, slot_start + DAY);
    assert_int_equal(
        store_outbox_claim(f->st, &f->a, (struct instant){NOW + DAY}, 60, &entry, &f->err), OK);
    assert_int_equal(store_outbox_later(f->st, entry.id, (struct instant){NOW + DAY},
                                        TEXT("marked refusal"), &f->err),
                     OK);
}

static void fill_reason(struct fixture *f)
{
    const struct booking_end end = {ENDED_BY_HOST, TEXT("Marked reason")};
    int64_t ended = confirmed_at(f, slot_start + 2 * DAY);
    assert_int_equal(
        store_booking_cancel_begin(f->st, ended, &end, (struct instant){NOW}, &f->err), OK);
}

/* A connector with an interval, and an order about somebody's booking that was carried out. */
static void fill_desk(struct fixture *f)
{
    struct user_add_ask user = {.account = TEXT("acme"),
                                .email = TEXT("desk@example.org"),
                                .name = TEXT("Marked Desk"),
                                .zone = TEXT("Europe/Zurich")};
    struct connector_add_ask ask = {.account = TEXT("acme"), .email = user.email};
    struct desk_hello hello = {.platform = TEXT("marked platform")};
    struct desk_interval interval = {
        .key = 7, .start = {NOW}, .end = {NOW + HOUR}, .status = BUSY_OOF};
    struct desk_push push = {.epoch = 1,
                             .sequence = 1,
                             .is_full = true,
                             .from = {NOW},
                             .to = {NOW + DAY},
                             .intervals = &interval,
                             .n_intervals = 1};
    struct instant now = {NOW}, start = {slot_start + 3 * DAY}, end = {start.s + HOUR / 2};
    struct desk_change change = {.booking = confirmed_at(f, start.s - HOUR),
                                 .kind = DESK_UPDATE,
                                 .slot = {start, end},
                                 .until = {NOW + DAY}};
    struct booking_move move = {.id = change.booking,
                                .slot = change.slot,
                                .occupied = change.slot,
                                .day = {{start.s - HOUR}, {start.s + HOUR}},
                                .now = now};
    struct desk_done done = {.outcome = DESK_WRITTEN, .id = TEXT("marked event")};
    struct desk_stored desk;
    struct desk_push_answer pushed;
    struct desk_order_row rows[DESK_ORDERS_MAX];
    struct event_ref ref;
    struct secret token;
    size_t n = 0;
    bool more;
    int64_t booking = 0;
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(store_desk_add(f->st, &ask, &change.desk, &token, &f->err), OK);
    secret_free(&token);
    assert_int_equal(store_desk_hello(f->st, change.desk, &hello, &desk, &f->err), OK);
    assert_int_equal(store_desk_push(f->st, change.desk, &push, now, &pushed, &f->err), OK);
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(store_desk_change(f->st, &f->a, &change, now, &ref, &f->err),
                     ERR_UNCERTAIN);
    assert_int_equal(store_desk_pull(f->st, change.desk, now, rows, &n, &more, &f->err), OK);
    assert_int_equal(n, 1);
    done.number = rows[0].number;
    assert_int_equal(store_desk_done(f->st, change.desk, &done, now, &booking, &f->err), OK);
    assert_int_equal(booking, change.booking);
}

static void every_column_is_explained_and_sealed_where_it_says_so(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    (void)confirmed_at(f, slot_start);
    fill_outbox(f);
    fill_reason(f);
    fill_desk(f);
    assert_int_equal(store_sync_state_set(f->st, f->connection, TEXT("marked calendar"),
                                          TEXT("marked state"), (struct instant){NOW}, &f->err),
                     OK);
    sqlite3 *db = raw_open(f);
    sqlite3_stmt *stmt = NULL;
    size_t n = 0, n_sealed = 0;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT m.name, c.name FROM sqlite_schema AS m,"
                                        " pragma_table_info(m.name) AS c WHERE m.type = 'table'"
                                        " AND m.name NOT LIKE 'sqlite%'",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; n++)
        n_sealed += check_facts(db, (const char *)sqlite3_column_text(stmt, 0),
                                (const char *)sqlite3_column_text(stmt, 1));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    assert_int_equal(n, inventory_n);
    assert_true(n_sealed >= 24);
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
    assert_true(raw_run(f, "DELETE FROM account_keys WHERE account_id ="
                           " (SELECT id FROM accounts WHERE slug = 'acme')"));
    assert_true(raw_run(f, "UPDATE account_keys SET account_id ="
                           " (SELECT id FROM accounts WHERE slug = 'acme')"));
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
