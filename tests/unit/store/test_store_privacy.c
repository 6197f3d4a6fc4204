/* SPDX-License-Identifier: ISC
 *
 * What a person is told of themselves is about nobody else, and what administrators are told is about nobody.
 */
#include "fixture.h"

#include "store/audit.h"
#include "store/privacy.h"

enum { HOURS = 40 };

static void note(struct fixture *f, enum audit_kind kind, const char *mailbox, int64_t at)
{
    const struct audit_event event = {.at = {at},
                                      .kind = kind,
                                      .account = f->page.account,
                                      .subject = f->connection,
                                      .mailbox = text_from(mailbox)};
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
}

static struct readings_answer readings(struct fixture *f, struct readings_ask ask)
{
    struct readings_answer answer = {0};
    ask.account = TEXT("acme");
    ask.email = f->page.host_email;
    ask.to.s = NOW + DAY * 10;
    assert_int_equal(store_readings(f->st, &f->a, &ask, &answer, &f->err), OK);
    return answer;
}

static void who_read_is_told_of_ones_own_calendar_alone(void **state)
{
    struct fixture *f = *state;
    char own[MAX_EMAIL + 1];
    snprintf(own, sizeof own, TEXT_FMT, TEXT_ARG(f->page.host_email));
    note(f, AUDIT_BUSY, own, NOW);
    note(f, AUDIT_BUSY, "other@acme.example", NOW + 1);
    note(f, AUDIT_VIEW, own, NOW + 2);
    note(f, AUDIT_PAGE_PUT, own, NOW + 3);
    struct readings_answer found = readings(f, (struct readings_ask){0});
    assert_int_equal(found.n_rows, 2);
    assert_int_equal(found.rows[0].kind, AUDIT_VIEW);
    assert_int_equal(found.rows[1].kind, AUDIT_BUSY);
    assert_false(found.goes_on);
    struct readings_ask later = {.from = {NOW + 1}};
    assert_int_equal(readings(f, later).n_rows, 1);
}

static void the_same_within_an_hour_is_one_row(void **state)
{
    struct fixture *f = *state;
    char own[MAX_EMAIL + 1];
    int64_t hour = NOW - NOW % HOUR;
    snprintf(own, sizeof own, TEXT_FMT, TEXT_ARG(f->page.host_email));
    for (int i = 0; i < 6; i++)
        note(f, AUDIT_BUSY, own, hour + i * 1200);
    struct readings_answer found = readings(f, (struct readings_ask){0});
    assert_int_equal(found.n_rows, 2);
    assert_true(found.rows[0].times == 3 && found.rows[1].times == 3);
    assert_true(found.rows[1].since.s == hour && found.rows[1].at.s == hour + 2400);
}

static void the_next_ones_follow_without_a_gap(void **state)
{
    struct fixture *f = *state;
    char own[MAX_EMAIL + 1];
    size_t n = 0;
    snprintf(own, sizeof own, TEXT_FMT, TEXT_ARG(f->page.host_email));
    for (int i = 0; i < MAX_ROWS + HOURS; i++)
        note(f, i % 2 ? AUDIT_BUSY : AUDIT_FIND, own, NOW + i);
    struct readings_answer found = readings(f, (struct readings_ask){0});
    assert_true(found.goes_on);
    for (n = found.n_rows; found.goes_on; n += found.n_rows)
        found = readings(
            f, (struct readings_ask){.before_at = found.next_at, .before = found.next});
    assert_int_equal(n, MAX_ROWS + HOURS);
}

static void what_is_kept_is_counted(void **state)
{
    struct fixture *f = *state;
    const struct holdings_ask ask = {TEXT("acme"), f->page.host_email};
    struct holdings_answer found;
    (void)confirmed_at(f, NOW + DAY);
    assert_int_equal(store_holdings(f->st, &ask, (struct instant){NOW}, 365, &found, &f->err),
                     OK);
    assert_true(found.connections == 1 && found.pages == 1 && found.bookings == 1);
    assert_int_equal(found.coming, 1);
    assert_int_equal(found.keep_bookings_days, 365);
    assert_int_equal(found.tokens, 1);
    const struct holdings_ask nobody = {TEXT("acme"), TEXT("nobody@acme.example")};
    assert_int_equal(
        store_holdings(f->st, &nobody, (struct instant){NOW}, 365, &found, &f->err),
        ERR_NOT_FOUND);
}

static void what_waits_is_counted(void **state)
{
    struct fixture *f = *state;
    struct condition_answer found;
    store_use_mail(f->st, true);
    (void)confirmed_at(f, NOW + DAY);
    assert_int_equal(
        store_condition(f->st, TEXT("acme"), (struct instant){NOW}, &found, &f->err), OK);
    assert_true(found.mails_waiting == 2 && found.mails_since.s == NOW);
    assert_int_equal(found.mails_refused, 0);
    assert_int_equal(found.in_flight, 0);
    assert_int_equal(found.backup_at.s, 0);
    assert_true(found.database_bytes > 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(who_read_is_told_of_ones_own_calendar_alone),
        FIXTURE_TEST(the_same_within_an_hour_is_one_row),
        FIXTURE_TEST(the_next_ones_follow_without_a_gap),
        FIXTURE_TEST(what_is_kept_is_counted),
        FIXTURE_TEST(what_waits_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
