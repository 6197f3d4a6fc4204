/* SPDX-License-Identifier: ISC
 *
 * What is to be mailed stands there if, and only if, what it tells of has happened.
 */
#include "fixture.h"

static const int64_t start = NOW + 2 * DAY;

/* How many rows wait, of a kind (-1: any). */
static int64_t count(const struct fixture *f, int kind)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE kind = %d OR %d < 0", kind,
             kind);
    return raw_number(f, sql);
}

static struct outbox_entry claim(struct fixture *f, int64_t now)
{
    struct outbox_entry entry = {0};
    f->err = (struct error){0};
    enum status status =
        store_outbox_claim(f->st, &f->a, (struct instant){now}, 60, &entry, &f->err);
    if (status != OK && status != ERR_NOT_FOUND)
        fail_msg("%s: %s", status_name(status), f->err.what);
    return entry;
}

/* Claim and send all that is due; the kinds, a bit each. */
static unsigned send_all(struct fixture *f, int64_t now)
{
    unsigned kinds = 0;
    for (struct outbox_entry e; (e = claim(f, now)).id;) {
        kinds |= 1u << e.kind;
        assert_int_equal(store_outbox_done(f->st, e.id, &f->err), OK);
    }
    return kinds;
}

/* A page that reminds a day and two hours before. */
static void use_reminders(struct fixture *f)
{
    struct reminder reminders[] = {{1440}, {120}};
    struct page_put_ask page = fixture_page();
    page.reminders = reminders;
    page.n_reminders = 2;
    page.language = LANGUAGE_FR;
    store_use_mail(f->st, true);
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &f->page, &f->err), OK);
    assert_int_equal(f->page.language, LANGUAGE_FR);
    assert_int_equal(f->page.reminders.n_reminders, 2);
}

static void move_to(struct fixture *f, int64_t id, int64_t to)
{
    const struct slot slot = {{to}, {to + HOUR / 2}};
    const struct booking_move move = {.id = id,
                                      .slot = slot,
                                      .occupied = slot,
                                      .day = {{to - HOUR}, {to + HOUR}},
                                      .now = {NOW}};
    assert_int_equal(store_booking_move_hold(f->st, &move, &f->err), OK);
    assert_int_equal(
        store_booking_move_confirm(f->st, id, NULL, (struct instant){NOW}, &f->err), OK);
}

static void nothing_is_written_without_a_mail_server(void **state)
{
    struct fixture *f = *state;
    (void)confirmed_at(f, start);
    assert_int_equal(count(f, -1), 0);
}

static void a_confirmation_tells_both_and_reminds(void **state)
{
    struct fixture *f = *state;
    use_reminders(f);
    int64_t id = confirmed_at(f, start);
    assert_int_equal(count(f, -1), 4);
    struct outbox_entry e = claim(f, NOW);
    assert_true(e.booking == id && e.kind == MAIL_CONFIRMED && e.content.slot.start.s == start);
    assert_int_equal(e.tries, 1);
    assert_int_equal(claim(f, NOW).id, 0); /* of one booking: one after the other */
    assert_int_equal(store_outbox_done(f->st, e.id, &f->err), OK);
    assert_int_equal(claim(f, NOW).kind, MAIL_HOST_BOOKED);
    assert_int_equal(claim(f, NOW).id, 0);
    assert_int_equal(send_all(f, start - DAY - 1), 1u << MAIL_HOST_BOOKED);
    e = claim(f, start - DAY);
    assert_true(e.kind == MAIL_REMINDER && e.minutes == 1440 && e.until.s == start);
}

static void a_reminder_whose_time_is_over_is_not_made_up_for(void **state)
{
    struct fixture *f = *state;
    use_reminders(f);
    (void)confirmed_at(f, NOW + 3 * HOUR);
    assert_int_equal(count(f, MAIL_REMINDER), 1);
}

static void a_move_reminds_anew(void **state)
{
    struct fixture *f = *state;
    use_reminders(f);
    int64_t id = confirmed_at(f, start);
    (void)send_all(f, NOW);
    move_to(f, id, start + DAY);
    assert_int_equal(count(f, MAIL_REMINDER), 2);
    struct outbox_entry e = claim(f, NOW);
    assert_true(e.kind == MAIL_MOVED && e.sequence == 1);
    assert_true(e.content.before.start.s == start && e.content.slot.start.s == start + DAY);
    assert_int_equal(send_all(f, NOW + 100), 1u << MAIL_MOVED | 1u << MAIL_HOST_MOVED);
    assert_int_equal(claim(f, start - DAY).id, 0);
    assert_int_equal(claim(f, start).kind, MAIL_REMINDER);
}

static void a_cancellation_is_told_once_and_ends_reminders(void **state)
{
    struct fixture *f = *state;
    use_reminders(f);
    int64_t id = confirmed_at(f, start);
    (void)send_all(f, NOW);
    assert_int_equal(store_booking_cancel_begin(f->st, id,
                                                &(struct booking_end){ENDED_BY_HOST, {0}},
                                                (struct instant){NOW}, &f->err),
                     OK);
    assert_int_equal(count(f, -1), 2);
    assert_int_equal(
        store_booking_cancel_confirm(f->st, id, NULL, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(
        store_booking_cancel_confirm(f->st, id, NULL, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(count(f, -1), 2);
    assert_int_equal(claim(f, NOW).sequence, 1);
}

static void a_disconnected_calendar_ends_reminders(void **state)
{
    struct fixture *f = *state;
    int64_t unbound;
    use_reminders(f);
    int64_t id = confirmed_at(f, start);
    (void)send_all(f, NOW);
    assert_int_equal(
        store_connection_remove(f->st, f->connection, (struct instant){NOW}, &unbound, &f->err),
        OK);
    assert_int_equal(count(f, -1), 0);
    move_to(f, id, start + DAY);
    assert_int_equal(count(f, MAIL_REMINDER), 0);
    assert_int_equal(count(f, MAIL_MOVED), 1);
    assert_int_equal(count(f, MAIL_HOST_ATTENTION), 1);
    assert_int_equal(count(f, MAIL_HOST_MOVED), 0);
}

/* A write whose answer was lost counts as done once nobody can ask any more; its customer waits for word. */
static void what_a_disconnection_confirms_is_told(void **state)
{
    struct fixture *f = *state;
    int64_t unbound;
    use_reminders(f);
    struct held held = hold_at(f, start);
    assert_int_equal(
        store_booking_begin(f->st, held.booking.id, (struct instant){NOW}, &f->err), OK);
    assert_int_equal(
        store_connection_remove(f->st, f->connection, (struct instant){NOW}, &unbound, &f->err),
        OK);
    assert_int_equal(count(f, MAIL_CONFIRMED), 1);
    assert_int_equal(count(f, MAIL_HOST_BOOKED), 1);
    assert_int_equal(count(f, MAIL_REMINDER), 0);
}

static void a_pause_is_told_once(void **state)
{
    struct fixture *f = *state;
    store_use_mail(f->st, true);
    for (int i = 0; i < 3; i++)
        assert_int_equal(connection_stands(f, f->connection, CONNECTION_PAUSED,
                                           (struct instant){NOW + i}, TEXT("refused")),
                         OK);
    struct outbox_entry e = claim(f, NOW);
    assert_true(e.kind == MAIL_HOST_PAUSED && e.connection == f->connection && !e.booking);
    assert_int_equal(count(f, -1), 1);
}

/* A job found this at that time; told of after ten minutes. */
static void report(struct fixture *f, int64_t connection, enum outage outage, int64_t now)
{
    const struct connection_report found = {
        .id = connection,
        .outage = outage,
        .problem = outage == OUTAGE_NONE ? TEXT("") : TEXT("tls: expired"),
        .now = {now},
        .tell_after_s = 600};
    assert_int_equal(store_connection_report(f->st, &found, &f->err), OK);
}

static void an_outage_is_told_once_and_so_is_its_end(void **state)
{
    struct fixture *f = *state;
    store_use_mail(f->st, true);
    report(f, f->connection, OUTAGE_CERTIFICATE, NOW);
    report(f, f->connection, OUTAGE_CERTIFICATE, NOW + 599);
    assert_int_equal(count(f, -1), 0);
    report(f, f->connection, OUTAGE_SILENT, NOW + 600);
    report(f, f->connection, OUTAGE_CERTIFICATE, NOW + 700);
    report(f, f->connection, OUTAGE_CERTIFICATE, NOW + 5000);
    struct outbox_entry e = claim(f, NOW + 600);
    assert_true(e.kind == MAIL_HOST_FAILING && e.connection == f->connection && !e.user);
    assert_true(e.content.slot.start.s == NOW && e.content.slot.end.s == NOW + 600);
    assert_int_equal(count(f, -1), 1);
    for (int i = 0; i < 2; i++)
        report(f, f->connection, OUTAGE_NONE, NOW + 6000 + i);
    assert_int_equal(count(f, MAIL_HOST_WORKS), 1);
    report(f, f->connection, OUTAGE_SILENT, NOW + 7000);
    report(f, f->connection, OUTAGE_SILENT, NOW + 7600);
    assert_int_equal(count(f, MAIL_HOST_FAILING), 2);
}

static void a_hiccup_tells_nobody(void **state)
{
    struct fixture *f = *state;
    store_use_mail(f->st, true);
    for (int i = 0; i < 10; i++)
        report(f, f->connection, i % 2 ? OUTAGE_NONE : OUTAGE_SILENT, NOW + i * 500);
    assert_int_equal(count(f, -1), 0);
}

/* Who was told hears of the end, though the password was replaced meanwhile. */
static void another_password_ends_no_outage(void **state)
{
    struct fixture *f = *state;
    struct secret password = secret_new("another", 7);
    store_use_mail(f->st, true);
    report(f, f->connection, OUTAGE_SILENT, NOW);
    report(f, f->connection, OUTAGE_SILENT, NOW + 600);
    assert_int_equal(store_connection_password_set(f->st, f->connection, &password, &f->err),
                     OK);
    secret_free(&password);
    report(f, f->connection, OUTAGE_SILENT, NOW + 700);
    report(f, f->connection, OUTAGE_SILENT, NOW + 1400);
    assert_int_equal(count(f, MAIL_HOST_FAILING), 1);
    report(f, f->connection, OUTAGE_NONE, NOW + 1500);
    assert_int_equal(count(f, MAIL_HOST_WORKS), 1);
}

static int64_t add_user(struct fixture *f, const char *email, enum user_role role)
{
    const struct user_add_ask user = {TEXT("acme"), text_from(email), TEXT("X"), TEXT("UTC")};
    struct user_stored stored;
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(
        store_user_role_set(
            f->st, &(struct user_role_ask){TEXT("acme"), text_from(email), role}, &f->err),
        OK);
    assert_int_equal(store_user_find(f->st, &f->a, TEXT("acme"), user.email, &stored, &f->err),
                     OK);
    return stored.id;
}

static void an_outage_of_a_service_account_is_its_administrators(void **state)
{
    struct fixture *f = *state;
    struct secret secret = secret_new("pass", 4);
    struct connection_add_ask ask = {
        .account = TEXT("acme"),
        .server = {.host = TEXT("mail"), .port = 443, .path = TEXT("/"), .user = TEXT("svc")}};
    int64_t service, through;
    store_use_mail(f->st, true);
    int64_t admin = add_user(f, "admin@acme.example", USER_ADMINISTRATOR);
    (void)add_user(f, "bob@acme.example", USER_MEMBER);
    ask.server.password = secret;
    assert_int_equal(store_connection_add(f->st, &ask, &service, &f->err), OK);
    ask.server = (struct server){.mailbox = TEXT("bob@acme.example")};
    ask.email = TEXT("bob@acme.example");
    ask.through = service;
    assert_int_equal(store_connection_add(f->st, &ask, &through, &f->err), OK);
    secret_free(&secret);
    for (int i = 0; i < 2; i++) {
        report(f, service, OUTAGE_UNREACHABLE, NOW + i * 600);
        report(f, through, OUTAGE_UNREACHABLE, NOW + i * 600);
    }
    assert_int_equal(count(f, MAIL_HOST_FAILING), 2); /* the owner, and the administrator */
    struct outbox_entry e;
    bool has_admin = false;
    while ((e = claim(f, NOW + 600)).id) {
        assert_int_equal(e.connection, service);
        has_admin |= e.user == admin;
        assert_int_equal(store_outbox_done(f->st, e.id, &f->err), OK);
    }
    assert_true(has_admin);
    report(f, service, OUTAGE_NONE, NOW + 700); /* the others work: it is this mailbox */
    report(f, through, OUTAGE_MAILBOX, NOW + 1300);
    assert_int_equal(count(f, MAIL_HOST_FAILING), 1);
    assert_int_equal(count(f, MAIL_HOST_WORKS), 2);
    assert_int_equal(connection_stands(f, service, CONNECTION_PAUSED,
                                       (struct instant){NOW + 1400}, TEXT("refused")),
                     OK);
    assert_int_equal(count(f, MAIL_HOST_PAUSED), 3); /* both, and who goes through it */
}

static void a_lease_that_ran_out_is_none(void **state)
{
    struct fixture *f = *state;
    store_use_mail(f->st, true);
    (void)confirmed_at(f, start);
    struct outbox_entry e = claim(f, NOW);
    (void)claim(f, NOW);
    assert_int_equal(claim(f, NOW + 59).id, 0);
    struct outbox_entry again = claim(f, NOW + 60);
    assert_true(again.id == e.id && again.tries == 2 && again.date.s == e.date.s);
}

static void what_failed_comes_back_when_it_is_due(void **state)
{
    struct fixture *f = *state;
    struct outbox_list_answer list;
    const struct outbox_list_ask ask = {.account = TEXT("acme")};
    store_use_mail(f->st, true);
    (void)confirmed_at(f, start);
    struct outbox_entry e = claim(f, NOW);
    assert_int_equal(
        store_outbox_later(f->st, e.id, (struct instant){NOW + 30}, TEXT("450 busy"), &f->err),
        OK);
    (void)claim(f, NOW);
    assert_int_equal(claim(f, NOW + 29).id, 0);
    assert_int_equal(claim(f, NOW + 30).id, e.id);
    assert_int_equal(store_outbox_refuse(f->st, e.id, (struct instant){NOW + 31},
                                         TEXT("550 nobody"), &f->err),
                     OK);
    assert_int_equal(claim(f, NOW + 59).id, 0);
    assert_int_equal(store_outbox_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 2);
    assert_int_equal(list.rows[0].state, OUTBOX_REFUSED);
    assert_true(text_equal(list.rows[0].problem, TEXT("550 nobody")));
    assert_true(text_equal(list.rows[0].to, TEXT("grace@marker.example")));
    assert_true(text_equal(list.rows[1].to, TEXT("ada@example.org")));
    struct outbox_retry_ask retry = {TEXT("acme"), e.id};
    assert_int_equal(store_outbox_retry(f->st, &retry, (struct instant){NOW + 40}, &f->err),
                     OK);
    assert_int_equal(claim(f, NOW + 40).tries, 1);
    retry.id = 12345;
    assert_int_equal(store_outbox_retry(f->st, &retry, (struct instant){NOW}, &f->err),
                     ERR_NOT_FOUND);
}

static void an_account_has_its_own_words(void **state)
{
    struct fixture *f = *state;
    struct account_mail_ask ask = {.account = TEXT("acme"),
                                   .sets_from = true,
                                   .from = TEXT("mail@acme.example"),
                                   .sets_text = true,
                                   .kind = MAIL_REMINDER,
                                   .language = LANGUAGE_IT,
                                   .text = TEXT("Uno.\nDue.")};
    struct account_mail_answer mail;
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_account_mail_set(f->st, &ask, &f->err), OK);
    assert_int_equal(store_account_mail_get(f->st, &f->a, TEXT("acme"), &mail, &f->err), OK);
    assert_true(text_equal(mail.from, ask.from) && !mail.reply_to.n);
    assert_int_equal(mail.n_texts, 1);
    assert_true(text_equal(mail.texts[0].text, ask.text));
    ask = (struct account_mail_ask){.account = TEXT("acme"),
                                    .sets_from = true,
                                    .sets_text = true,
                                    .kind = MAIL_REMINDER,
                                    .language = LANGUAGE_IT};
    assert_int_equal(store_account_mail_set(f->st, &ask, &f->err), OK);
    assert_int_equal(store_account_mail_get(f->st, &f->a, TEXT("acme"), &mail, &f->err), OK);
    assert_true(!mail.from.n && mail.n_texts == 0);
}

#define TESTED(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TESTED(nothing_is_written_without_a_mail_server),
        TESTED(a_confirmation_tells_both_and_reminds),
        TESTED(a_reminder_whose_time_is_over_is_not_made_up_for),
        TESTED(a_move_reminds_anew),
        TESTED(a_cancellation_is_told_once_and_ends_reminders),
        TESTED(a_disconnected_calendar_ends_reminders),
        TESTED(what_a_disconnection_confirms_is_told),
        TESTED(a_pause_is_told_once),
        TESTED(an_outage_is_told_once_and_so_is_its_end),
        TESTED(a_hiccup_tells_nobody),
        TESTED(another_password_ends_no_outage),
        TESTED(an_outage_of_a_service_account_is_its_administrators),
        TESTED(a_lease_that_ran_out_is_none),
        TESTED(what_failed_comes_back_when_it_is_due),
        TESTED(an_account_has_its_own_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
