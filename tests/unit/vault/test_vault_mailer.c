/* SPDX-License-Identifier: ISC
 *
 * Who is told what, and what becomes of a mail that was not taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"
#include "vault/mailer.h"
#include "wire/codec.h"

static int set_up(void **state)
{
    struct rig *rig = malloc(sizeof *rig);
    rig_start_with(rig,
                   (struct rig_options){.mail = {.server = {.host = TEXT("mail.host.test"),
                                                            .port = 465,
                                                            .from = TEXT("booking@host.test")},
                                                 .base_url = TEXT("https://book.host.test"),
                                                 .timeout_ms = 2000,
                                                 .retry_s = 30}});
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_stop(*state);
    free(*state);
    return 0;
}

static void book_at(struct rig *rig, int hour)
{
    struct book_answer answer;
    assert_int_equal(
        rig_book(rig, &rig->edge, &rig->a, rig_tomorrow(hour), "Carla", "", &answer), OK);
    wire_wipe(book_answer_shape, &answer);
}

static void book(struct rig *rig)
{
    book_at(rig, 10);
}

/* Have the page keep things out of the calendar. */
static void keep_out(struct rig *rig)
{
    struct page_stored page;
    assert_int_equal(
        store_page_find(rig->store, &rig->a, TEXT("acme"), TEXT("intro"), &page, NULL), OK);
    const struct page_put_ask ask = {.account = TEXT("acme"),
                                     .email = page.host_email,
                                     .page = TEXT("intro"),
                                     .title = page.page.title,
                                     .synchronise = page.synchronise,
                                     .rule = page.rule,
                                     .language = LANGUAGE_IT,
                                     .form = {.hides_answers = true, .hides_email = true}};
    assert_int_equal(store_page_put(rig->store, &ask, NULL), OK);
}

static struct outbox_entry claim(struct rig *rig)
{
    struct outbox_entry entry = {0};
    assert_int_equal(store_outbox_claim(rig->store, &rig->a, rig_now(), 60, &entry, NULL), OK);
    return entry;
}

/* Have the next one gone: the mails of a booking go one after the other. */
static void let_go(struct rig *rig)
{
    assert_int_equal(store_outbox_done(rig->store, claim(rig).id, NULL), OK);
}

static struct mail_ask compose(struct rig *rig, const struct outbox_entry *entry)
{
    struct mail_ask mail;
    assert_int_equal(mailer_compose(&rig->v, &rig->a, entry, &mail, NULL), OK);
    return mail;
}

static void a_customer_hears_nothing_of_the_host(void **state)
{
    struct rig *rig = *state;
    book(rig);
    struct outbox_entry entry = claim(rig);
    struct mail_ask mail = compose(rig, &entry), again = compose(rig, &entry);
    assert_int_equal(mail.kind, MAIL_CONFIRMED);
    assert_true(mail.has_calendar && mail.to.n && mail.reply_to.n == 0);
    assert_int_equal(mail.booking.customer.n_answers, 0);
    assert_true(text_equal(mail.from, TEXT("booking@host.test")));
    assert_true(text_ends(mail.id, TEXT(".0.0.0@host.test")));
    assert_true(text_equal(mail.id, again.id) && mail.date.s == again.date.s);
    assert_true(mail.link.n > 30 && memcmp(mail.link.at, "https://book.host.test/b/", 25) == 0);
    assert_true(secret_equal(&mail.link, &again.link));
    wire_wipe(mail_ask_shape, &mail);
    wire_wipe(mail_ask_shape, &again);
}

static void what_is_kept_out_is_not_mailed_to_the_host(void **state)
{
    struct rig *rig = *state;
    keep_out(rig);
    book(rig);
    let_go(rig);
    struct outbox_entry entry = claim(rig);
    struct mail_ask mail = compose(rig, &entry);
    assert_int_equal(mail.kind, MAIL_HOST_BOOKED);
    assert_true(text_equal(mail.to, TEXT("ann@acme.test")));
    assert_true(mail.has_kept_back && mail.booking.customer.email.n == 0 &&
                mail.reply_to.n == 0);
    assert_int_equal(mail.booking.customer.n_answers, 0);
    assert_true(mail.language == LANGUAGE_IT && mail.link.n == 0 && !mail.has_calendar);
    wire_wipe(mail_ask_shape, &mail);
}

/* The reason in the mails of a cancellation: to the customer, to the host. */
static void reasons_mailed(struct rig *rig, int hour, enum ended how,
                           struct text ret_reasons[static 2], bool *ret_kept_back)
{
    const struct booking_end end = {how, TEXT("I am ill")};
    struct outbox_entry entry;
    book_at(rig, hour);
    entry = claim(rig); /* confirmed */
    assert_int_equal(
        store_booking_cancel_begin(rig->store, entry.booking, &end, rig_now(), NULL), OK);
    assert_int_equal(
        store_booking_cancel_confirm(rig->store, entry.booking, NULL, rig_now(), NULL), OK);
    assert_int_equal(store_outbox_done(rig->store, entry.id, NULL), OK);
    let_go(rig); /* the host of the booking */
    for (int i = 0; i < 2; i++) {
        entry = claim(rig);
        struct mail_ask mail = compose(rig, &entry);
        assert_int_equal(mail.kind, i ? MAIL_HOST_CANCELLED : MAIL_CANCELLED);
        ret_reasons[i] = mail.booking.reason;
        *ret_kept_back = mail.has_kept_back;
        wire_wipe(mail_ask_shape, &mail);
        assert_int_equal(store_outbox_done(rig->store, entry.id, NULL), OK);
    }
}

static void what_one_side_says_of_the_end_goes_to_the_other(void **state)
{
    struct rig *rig = *state;
    struct text said[2];
    bool kept_back;
    reasons_mailed(rig, 10, ENDED_BY_HOST, said, &kept_back);
    assert_true(text_equal(said[0], TEXT("I am ill")) && said[1].n == 0);
    reasons_mailed(rig, 11, ENDED_BY_CUSTOMER, said, &kept_back);
    assert_true(said[0].n == 0 && text_equal(said[1], TEXT("I am ill")) && !kept_back);
    keep_out(rig);
    reasons_mailed(rig, 12, ENDED_BY_CUSTOMER, said, &kept_back);
    assert_true(said[0].n == 0 && said[1].n == 0 && kept_back);
}

static struct outbox_list_answer list(struct rig *rig)
{
    const struct outbox_list_ask ask = {.account = TEXT("acme")};
    struct outbox_list_answer answer;
    assert_int_equal(rig_command(rig, WIRE_outbox_list, &ask, &answer), OK);
    return answer;
}

static void what_is_not_taken_waits_longer_and_longer_for_two_days(void **state)
{
    struct rig *rig = *state;
    enum status went;
    int64_t last = 0, now = 0;
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_mail] = ERR_UPSTREAM);
    book(rig);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(mailer_send_one(&rig->v, &went, NULL), OK);
        assert_int_equal(mailer_send_one(&rig->v, &went, NULL), OK);
        assert_int_equal(mailer_send_one(&rig->v, &went, NULL), ERR_NOT_FOUND);
        struct outbox_row row = list(rig).rows[0];
        int64_t wait = instant_until_s(rig_now(), row.due);
        assert_true(row.state == OUTBOX_WAITING && row.tries == i + 1);
        assert_int_equal(wait, last ? last * 2 : 30);
        last = wait;
        now += wait;
        rig_clock_set(now);
    }
    rig_clock_set(48 * 3600);
    assert_int_equal(mailer_send_one(&rig->v, &went, NULL), OK);
    assert_int_equal(list(rig).rows[0].state, OUTBOX_REFUSED);
}

#define TESTED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TESTED(a_customer_hears_nothing_of_the_host),
        TESTED(what_is_kept_out_is_not_mailed_to_the_host),
        TESTED(what_one_side_says_of_the_end_goes_to_the_other),
        TESTED(what_is_not_taken_waits_longer_and_longer_for_two_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
