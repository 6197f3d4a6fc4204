/* SPDX-License-Identifier: ISC
 *
 * What store_open makes, and what it refuses.
 */
#include "fixture.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void assert_open_refused(struct fixture *f, const struct secret *key,
                                enum status expected, const char *line)
{
    struct store *st = NULL;
    f->err = (struct error){0};
    assert_int_equal(store_open(f->path, NULL, key, 2, &st, &f->err), expected);
    assert_null(st);
    if (!strstr(f->err.what, line))
        fail_msg("the line is: %s", f->err.what);
}

static void files_are_for_their_owner(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[300];
        struct stat st;
        snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
}

static void what_was_written_is_there_after_opening_again(void **state)
{
    struct fixture *f = *state;
    struct page_stored page;
    fixture_reopen(f);
    assert_int_equal(store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &page, &f->err),
                     OK);
    assert_true(page.id == f->page.id);
    assert_true(text_equal(page.host_email, TEXT("ada@example.org")));
}

static void another_master_key_is_refused(void **state)
{
    struct fixture *f = *state;
    struct secret other = secret_new("0123456789abcdef0123456789abcdeX", MASTER_KEY_BYTES);
    struct secret shorter = secret_new("0123", 4);
    store_close(f->st);
    f->st = NULL;
    assert_open_refused(f, &other, ERR_SEAL, "wrong master key");
    assert_open_refused(f, &shorter, ERR_INVALID, "wrong length");
    secret_free(&other);
    secret_free(&shorter);
    fixture_open(f);
}

static void a_newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;
    store_close(f->st);
    f->st = NULL;
    assert_true(raw_run(f, f->server ? "UPDATE hourgate_schema SET version = 99"
                                     : "PRAGMA user_version = 99"));
    assert_open_refused(f, &f->master_key, ERR_DENIED, "version 99");
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    store_close(f->st);
    f->st = NULL;
    unlink(f->path);
    run_sql(f->path, "CREATE TABLE theirs (a)");
    assert_open_refused(f, &f->master_key, ERR_DENIED, "not a database of hourgate");
    unlink(f->path);
    run_sql(f->path, "CREATE TABLE theirs (a); PRAGMA application_id = 7");
    assert_open_refused(f, &f->master_key, ERR_DENIED, "not a database of hourgate");
    unlink(f->path);
    FILE *file = fopen(f->path, "w");
    fputs("this is no database at all, but a text that is long enough to be looked at as one",
          file);
    fclose(file);
    assert_open_refused(f, &f->master_key, ERR_IO, "not a database");
}

static void a_second_process_is_kept_out(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    assert_open_refused(f, &f->master_key, ERR_FULL, "in use by another process");
}

static void a_directory_that_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    struct store *st = NULL;
    assert_int_equal(
        store_open("no-such-directory/hourgate.db", NULL, &f->master_key, 2, &st, &f->err),
        ERR_IO);
    assert_non_null(strstr(f->err.what, "no-such-directory"));
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 0, &st, &f->err), ERR_INVALID);
    assert_int_equal(
        store_open(f->path, NULL, &f->master_key, STORE_READERS_MAX + 1, &st, &f->err),
        ERR_INVALID);
}

static void the_database_is_set_as_it_must_be(void **state)
{
    struct fixture *f = *state;
    fixture_need_file(f);
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT (SELECT journal_mode FROM pragma_journal_mode) = 'wal',"
                           " (SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
                           "  AND type = 'table' AND name NOT LIKE 'sqlite%' AND strict = 0),"
                           " (SELECT count(*) FROM pragma_foreign_key_check)",
                           -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(stmt, 0), 1);
    assert_int_equal(sqlite3_column_int(stmt, 1), 0);
    assert_int_equal(sqlite3_column_int(stmt, 2), 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void connections_that_could_be_overheard_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *at, *line;
    } cases[] = {
        {"postgres:", "needs host="},
        {"postgres:dbname=hourgate", "needs host="},
        {"postgres:host=/run/postgresql", "dbname"},
        {"postgres:host=db.example.org dbname=hourgate", "verify-full"},
        {"postgres:host=db.example.org dbname=hourgate sslmode=require", "verify-full"},
        {"postgres:host=db.example.org dbname=hourgate sslmode=verify-full", "sslrootcert"},
        {"postgres:host=/run,db.example.org dbname=hourgate", "one server"},
        {"postgres:host=/run hostaddr=192.0.2.1 dbname=hourgate", "hostaddr is not taken"},
        {"postgres:host=/run dbname=hourgate password=marked", "store_password_file"},
        {"postgres:host=/run dbname=hourgate passfile=/etc/passwd", "passfile is not taken"},
        {"postgres:service=theirs", "service"},
        {"postgres:host", "missing \"=\""},
        {"postgres:host=/no-such-directory dbname=hourgate", "no-such-directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store *st = NULL;
        f->err = (struct error){0};
        enum status status = store_open(cases[i].at, NULL, &f->master_key, 1, &st, &f->err);
        assert_int_equal(status, i + 1 < sizeof cases / sizeof *cases ? ERR_INVALID : ERR_IO);
        if (!strstr(f->err.what, cases[i].line) || strstr(f->err.what, "marked"))
            fail_msg("%s: %s", cases[i].at, f->err.what);
    }
}

/* Forbid every way to open a file, to remove one, or to connect. */
static void close_the_door(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    static const int calls[] = {SCMP_SYS(open),   SCMP_SYS(openat), SCMP_SYS(openat2),
                                SCMP_SYS(creat),  SCMP_SYS(unlink), SCMP_SYS(unlinkat),
                                SCMP_SYS(rename), SCMP_SYS(socket), SCMP_SYS(connect)};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), calls[i], 0) != 0)
            _exit(2);
    if (seccomp_load(filter) != 0)
        _exit(3);
    seccomp_release(filter);
}

/* Enough bookings that the log is written back several times. */
_Noreturn static void write_behind_a_closed_door(struct fixture *f)
{
    fixture_open(f);
    close_the_door();
    for (int i = 0; i < 600; i++) {
        struct held held = hold_with(f, NOW + DAY + i * HOUR, TEXT(""), NOW);
        if (held.status != OK ||
            store_booking_confirm(f->st, held.booking.id, NULL, (struct instant){NOW}, NULL) !=
                OK ||
            booking_get(f, held.booking.id).state != BOOKING_CONFIRMED)
            _exit(4);
    }
    store_close(f->st);
    _exit(0);
}

static void nothing_is_opened_after_store_open(void **state)
{
    struct fixture *f = *state;
    int status = -1;
    store_close(f->st);
    f->st = NULL;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        write_behind_a_closed_door(f);
    assert_true(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    fixture_open(f);
    struct account_list_answer list;
    assert_int_equal(store_account_list(f->st, &f->a, (struct text){0}, &list, &f->err), OK);
    assert_int_equal(list.rows[0].bookings, 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(files_are_for_their_owner),
        FIXTURE_TEST(what_was_written_is_there_after_opening_again),
        FIXTURE_TEST(another_master_key_is_refused),
        FIXTURE_TEST(a_newer_schema_is_refused),
        FIXTURE_TEST(another_programs_database_is_refused_and_left_alone),
        FIXTURE_TEST(a_second_process_is_kept_out),
        FIXTURE_TEST(a_directory_that_is_not_there_is_named),
        FIXTURE_TEST(connections_that_could_be_overheard_are_refused),
        FIXTURE_TEST(nothing_is_opened_after_store_open),
        FIXTURE_TEST(the_database_is_set_as_it_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
