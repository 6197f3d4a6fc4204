/* SPDX-License-Identifier: ISC
 *
 * Service accounts, chosen calendars, a move to another server, and a database of the time before them.
 */
#include "fixture.h"

#include <sqlite3.h>

#include "store/follow.h"
#include "wire/codec.h"

static int64_t add(struct fixture *f, const char *email, int64_t through, const char *mailbox,
                   enum status expected)
{
    int64_t id = 0;
    struct connection_add_ask ask = {.account = TEXT("acme"),
                                     .email = text_from(email),
                                     .server = fixture_server(),
                                     .through = through};
    ask.server.mailbox = text_from(mailbox);
    assert_int_equal(store_connection_add(f->st, &ask, &id, &f->err), expected);
    wire_wipe(connection_add_ask_shape, &ask);
    return id;
}

static struct connection_stored get(struct fixture *f, int64_t id)
{
    struct connection_stored c = {0};
    assert_int_equal(store_connection_get(f->st, &f->a, id, &c, &f->err), OK);
    return c;
}

static int64_t add_bob(struct fixture *f, int64_t service)
{
    struct user_add_ask bob = {TEXT("acme"), TEXT("bob@example.org"), TEXT("Bob"), TEXT("UTC")};
    assert_int_equal(store_user_add(f->st, &bob, &f->err), OK);
    return add(f, "bob@example.org", service, "bob@example.org", OK);
}

static void a_service_account_signs_in_for_others(void **state)
{
    struct fixture *f = *state;
    struct secret password = secret_new("replaced", 8);
    int64_t service = add(f, "", 0, "", OK);
    int64_t bob = add_bob(f, service);
    struct connection_stored c = get(f, bob);
    assert_true(c.sign_in == service && c.user != 0);
    assert_true(text_equal(c.server.impersonate, TEXT("bob@example.org")));
    assert_true(text_equal(c.server.host, TEXT("mail.example.org")));
    wire_wipe(server_shape, &c.server);

    assert_int_equal(store_connection_password_set(f->st, bob, &password, &f->err), ERR_DENIED);
    assert_int_equal(
        connection_stands(f, service, CONNECTION_PAUSED, (struct instant){NOW}, TEXT("no")),
        OK);
    c = get(f, bob);
    assert_int_equal(c.state, CONNECTION_PAUSED);
    wire_wipe(server_shape, &c.server);
    assert_int_equal(store_connection_password_set(f->st, service, &password, &f->err), OK);
    c = get(f, bob);
    assert_true(c.state == CONNECTION_OK && secret_equal(&c.server.password, &password));
    wire_wipe(server_shape, &c.server);

    struct connection_list_answer list;
    struct connection_list_ask all = {.account = TEXT("acme")};
    assert_int_equal(store_connection_list(f->st, &f->a, &all, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 3);
    assert_true(list.rows[1].email.n == 0 && list.rows[2].through == service);
    assert_true(text_equal(list.rows[2].host, TEXT("mail.example.org")));
    secret_free(&password);
}

static void a_service_account_stays_while_it_is_used(void **state)
{
    struct fixture *f = *state;
    int64_t unbound;
    int64_t service = add(f, "", 0, "", OK);
    int64_t bob = add_bob(f, service);
    (void)add(f, "", service, "", ERR_INVALID);
    (void)add(f, "bob@example.org", f->connection, "bob@example.org", ERR_NOT_FOUND);
    assert_int_equal(
        store_connection_remove(f->st, service, (struct instant){NOW}, &unbound, &f->err),
        ERR_CONFLICT);
    assert_int_equal(
        store_connection_remove(f->st, bob, (struct instant){NOW}, &unbound, &f->err), OK);
    assert_int_equal(
        store_connection_remove(f->st, service, (struct instant){NOW}, &unbound, &f->err), OK);
}

static void a_booking_remembers_its_calendar(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, NOW + DAY);
    assert_true(text_equal(f->page.calendar, TEXT("marked-book")));
    struct source_list none = {0};
    assert_int_equal(
        store_connection_calendars_set(f->st, f->connection, &none, TEXT(""), &f->err), OK);
    struct booking_stored b = booking_get(f, id);
    assert_true(text_equal(b.calendar, TEXT("marked-book")));
    assert_true(text_equal(b.ref.id, TEXT("marked-id")) && b.connection == f->connection);

    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &f->page, &f->err), OK);
    assert_int_equal(f->page.calendar.n, 0);
    b = booking_get(f, confirmed_at(f, NOW + 2 * DAY));
    assert_int_equal(b.calendar.n, 0);
}

static void a_move_keeps_bookings_bound(void **state)
{
    struct fixture *f = *state;
    int64_t id = confirmed_at(f, NOW + DAY);
    struct server server = fixture_server();
    server.host = TEXT("new.example.org");
    struct text known;
    assert_int_equal(store_sync_state_set(f->st, f->connection, TEXT("extra"), TEXT("so far"),
                                          (struct instant){NOW}, &f->err),
                     OK);
    assert_int_equal(
        store_sync_state_get(f->st, &f->a, f->connection, TEXT("extra"), &known, &f->err), OK);
    assert_true(text_equal(known, TEXT("so far")));
    assert_int_equal(store_connection_move(f->st, f->connection, &server, &f->err), OK);
    wire_wipe(server_shape, &server);
    assert_int_equal(
        store_sync_state_get(f->st, &f->a, f->connection, TEXT("extra"), &known, &f->err), OK);
    assert_int_equal(known.n, 0); /* another server's word */
    struct connection_stored c = get(f, f->connection);
    assert_true(text_equal(c.server.host, TEXT("new.example.org")));
    assert_int_equal(c.busy.n_sources, 2); /* unknown there: no slots until chosen again */
    wire_wipe(server_shape, &c.server);
    struct booking_stored b = booking_get(f, id);
    assert_true(b.connection == f->connection && b.state == BOOKING_CONFIRMED);
    assert_true(b.ref.id.n == 0 && b.calendar.n == 0);
}

static void free_busy_only_writes_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t unbound, id;
    struct connection_add_ask ask = {.account = TEXT("acme"),
                                     .email = TEXT("ada@example.org"),
                                     .server = fixture_server(),
                                     .free_busy_only = true};
    assert_int_equal(
        store_connection_remove(f->st, f->connection, (struct instant){NOW}, &unbound, &f->err),
        OK);
    assert_int_equal(store_connection_add(f->st, &ask, &id, &f->err), OK);
    wire_wipe(connection_add_ask_shape, &ask);
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &f->page, &f->err), OK);
    assert_true(f->page.connection == id && !f->page.synchronise);
    assert_int_equal(hold_at(f, NOW + DAY).booking.connection, 0);
}

static void what_the_doctor_found_is_listed(void **state)
{
    struct fixture *f = *state;
    struct connection_list_ask ask = {.account = TEXT("acme")};
    struct connection_list_answer list;
    assert_int_equal(store_connection_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.rows[0].checked_at.s, NOW);
    assert_int_equal(list.rows[0].n_findings, 1); /* what was in order is not kept */
    assert_true(text_equal(list.rows[0].findings[0].detail, TEXT("marked-finding")));
    struct check_answer fine = {0};
    assert_int_equal(store_connection_checked(f->st, f->connection, (struct instant){NOW + 1},
                                              &fine, &f->err),
                     OK);
    assert_int_equal(store_connection_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_true(list.rows[0].checked_at.s == NOW + 1 && list.rows[0].n_findings == 0);
}

/* What the first version of the schema had. */
static const char first_again[] =
    "DROP TABLE setups; DROP TABLE settings; DROP TABLE registrations; DROP TABLE oauth_flows;"
    "DROP TABLE identities; DROP TABLE identity_providers;"
    "DELETE FROM counters WHERE name IN ('identities', 'identity_providers');"
    "DELETE FROM counters WHERE name IN ('registrations', 'oauth_flows');"
    "ALTER TABLE connections DROP COLUMN refreshing_until;"
    "DROP TABLE desk_orders; DROP TABLE desk_intervals; DROP TABLE desks;"
    "DELETE FROM counters WHERE name IN ('desk_orders', 'desk_intervals');"
    "DROP TABLE sync_states; DELETE FROM counters WHERE name = 'sync_states';"
    "ALTER TABLE pages DROP COLUMN cancelled; DROP INDEX bookings_by_connection; ALTER TABLE "
    "pages DROP COLUMN follow;"
    "DROP INDEX bookings_by_customer; DROP INDEX bookings_named;"
    "DROP INDEX bookings_unhashed; ALTER TABLE accounts DROP COLUMN keep_days;"
    "ALTER TABLE bookings DROP COLUMN customer_hash;"
    "ALTER TABLE bookings DROP COLUMN anonymous;"
    "DROP TABLE erasures; DELETE FROM counters WHERE name = 'erasures';"
    "ALTER TABLE accounts DROP COLUMN erasing;"
    "ALTER TABLE hourgate DROP COLUMN certificate_key;"
    "ALTER TABLE pages DROP COLUMN room;"
    "DROP TABLE outbox; DROP TABLE account_mails; DROP TABLE mail_texts;"
    "DELETE FROM counters WHERE name IN ('outbox', 'mail_texts');"
    "ALTER TABLE bookings DROP COLUMN sequence; ALTER TABLE pages DROP COLUMN language;"
    "ALTER TABLE pages DROP COLUMN invite; ALTER TABLE pages DROP COLUMN reminders;"
    "ALTER TABLE pages DROP COLUMN per_customer; ALTER TABLE pages DROP COLUMN cancel_hours;"
    "ALTER TABLE bookings DROP COLUMN no_show; ALTER TABLE pages DROP COLUMN ask_reason;"
    "ALTER TABLE pages DROP COLUMN version;"
    "ALTER TABLE bookings DROP COLUMN customer_language;"
    "ALTER TABLE bookings DROP COLUMN ended; ALTER TABLE bookings DROP COLUMN reason;"
    "DROP INDEX bookings_open; ALTER TABLE bookings DROP COLUMN open_until;"
    "ALTER TABLE bookings DROP COLUMN waits; ALTER TABLE bookings DROP COLUMN by_mail;"
    "ALTER TABLE pages DROP COLUMN approve_hours; ALTER TABLE pages DROP COLUMN confirm_min;"
    "ALTER TABLE pages DROP COLUMN event_form; ALTER TABLE pages DROP COLUMN online_meeting;"
    "ALTER TABLE bookings DROP COLUMN meeting;"
    "ALTER TABLE connections DROP COLUMN outage;"
    "ALTER TABLE connections DROP COLUMN failing_at;"
    "ALTER TABLE connections DROP COLUMN failing_told;"
    "ALTER TABLE connections DROP COLUMN checked_at;"
    "ALTER TABLE connections DROP COLUMN findings;"
    "DROP TABLE attentions; DELETE FROM counters WHERE name = 'attentions';"
    "DROP INDEX bookings_by_series; ALTER TABLE bookings DROP COLUMN series_id;"
    "ALTER TABLE bookings DROP COLUMN undoing;"
    "ALTER TABLE bookings DROP COLUMN invited;"
    "ALTER TABLE bookings DROP COLUMN left_behind;"
    "ALTER TABLE bookings DROP COLUMN step_node;"
    "ALTER TABLE pages DROP COLUMN questions;"
    "ALTER TABLE accounts DROP COLUMN accent; ALTER TABLE accounts DROP COLUMN logo;"
    "ALTER TABLE accounts DROP COLUMN logo_mark; ALTER TABLE accounts DROP COLUMN logo_kind;"
    "ALTER TABLE accounts DROP COLUMN logo_width; ALTER TABLE accounts DROP COLUMN logo_height;"
    "ALTER TABLE accounts DROP COLUMN sites;"
    "ALTER TABLE accounts DROP COLUMN imprint; ALTER TABLE accounts DROP COLUMN privacy;"
    "UPDATE accounts SET data_key = (SELECT wrapped FROM account_keys"
    " WHERE account_id = accounts.id AND purpose = 0);"
    "DROP TABLE account_keys; DROP TABLE master_keys; DROP TABLE backups;"
    "DELETE FROM counters WHERE name IN ('account_keys', 'backups');"
    "DROP TABLE booking_calendars;"
    "DROP TABLE recovery_codes; DROP TABLE second_factors; DROP TABLE sign_in_steps;"
    "ALTER TABLE accounts DROP COLUMN require_totp;"
    "DROP TABLE invites; DROP TABLE sessions; DROP TABLE passwords;"
    "DELETE FROM counters WHERE name IN"
    " ('sessions', 'invites', 'recovery_codes', 'sign_in_steps');"
    "DROP TABLE tokens; DELETE FROM counters WHERE name = 'tokens';"
    "ALTER TABLE users DROP COLUMN role; ALTER TABLE users DROP COLUMN removed;"
    "ALTER TABLE users DROP COLUMN disabled;"
    "DROP TABLE audit; DROP TABLE audit_keys; DROP TABLE nodes;"
    "DELETE FROM counters WHERE name = 'nodes';"
    "CREATE TABLE old (id INTEGER PRIMARY KEY,"
    " account_id INTEGER NOT NULL REFERENCES accounts (id),"
    " user_id INTEGER NOT NULL UNIQUE REFERENCES users (id), kind INTEGER NOT NULL,"
    " host BLOB NOT NULL, port INTEGER NOT NULL, path BLOB NOT NULL, method INTEGER NOT NULL,"
    " username BLOB NOT NULL, password BLOB NOT NULL, impersonate BLOB NOT NULL,"
    " mailbox BLOB NOT NULL, state INTEGER NOT NULL, refused_at INTEGER NOT NULL,"
    " problem BLOB NOT NULL) STRICT;"
    "INSERT INTO old SELECT id, account_id, user_id, kind, host, port, path, method, username,"
    " password, impersonate, mailbox, state, refused_at, problem FROM connections;"
    "DROP TABLE connections; ALTER TABLE old RENAME TO connections;"
    "CREATE INDEX connections_by_account ON connections (account_id, id);"
    "PRAGMA user_version = 1";

static void an_older_database_is_taken_over(void **state)
{
    struct fixture *f = *state;
    if (f->server)
        skip(); /* it never had an older schema */
    sqlite3 *db = NULL;
    int64_t booking = confirmed_at(f, NOW + DAY);
    store_close(f->st);
    f->st = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, first_again, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    fixture_open(f);
    struct connection_stored c = get(f, f->connection);
    assert_true(text_equal(c.server.host, TEXT("mail.example.org")));
    assert_true(c.sign_in == f->connection && c.server.keytab.n == 0 && c.server.n_pins == 0);
    assert_true(c.busy.n_sources == 0 && c.book.n == 0 && c.server.password.n == 15);
    wire_wipe(server_shape, &c.server);
    assert_int_equal(booking_get(f, booking).connection, f->connection);
    (void)add(f, "", 0, "", OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_service_account_signs_in_for_others),
        FIXTURE_TEST(a_service_account_stays_while_it_is_used),
        FIXTURE_TEST(a_booking_remembers_its_calendar),
        FIXTURE_TEST(a_move_keeps_bookings_bound),
        FIXTURE_TEST(free_busy_only_writes_nothing),
        FIXTURE_TEST(what_the_doctor_found_is_listed),
        FIXTURE_TEST(an_older_database_is_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
