/* SPDX-License-Identifier: ISC
 *
 * Every kind of mail in every language.
 *
 * Usage: test_notify_mail [FOLDER]   with a folder, each mail's HTML and text are written into it, to be looked at
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "format/mime.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "notify/mail/mail.h"
#include "notify/mail/render.h"

static struct zones *zones;
static const char *folder;

static struct answer answers[] = {
    {TEXT("What is it about?"), TEXT("A first talk about <b>the</b> garden.\nAnd the hedge.")}};

static struct mail_ask mail(enum mail_kind kind, enum language language)
{
    bool is_hosts = kind > MAIL_REMINDER;
    return (struct mail_ask){
        .kind = kind,
        .language = language,
        .id = TEXT("19a3.0.0.0@host.example"),
        .date = {1795334400},
        .from = TEXT("booking@host.example"),
        .from_name = TEXT("Praxis am See"),
        .to = is_hosts ? TEXT("anna@host.example") : TEXT("carla@customer.example"),
        .to_name = is_hosts ? TEXT("Anna Host") : TEXT("Carla M\u00fcller"),
        .uid = TEXT("19a3@hourgate"),
        .has_calendar = kind <= MAIL_CANCELLED,
        .booking = {.id = TEXT("19a3"),
                    .start = {1795507200},
                    .end = {1795509000},
                    .customer = {.name = TEXT("Carla M\u00fcller"),
                                 .email = is_hosts ? TEXT("carla@customer.example") : TEXT(""),
                                 .answers = answers,
                                 .n_answers = is_hosts},
                    .page = {.account_name = TEXT("Praxis am See"),
                             .title = TEXT("Erstgespr\u00e4ch & mehr"),
                             .host_name = TEXT("Anna Host"),
                             .location = TEXT("Seestrasse 1, 8002 Z\u00fcrich"),
                             .zone = TEXT("Europe/Zurich")}},
        .before = {{1795420800}, {1795422600}},
        .zone = is_hosts ? TEXT("Europe/Zurich") : TEXT("Europe/London"),
        .note = kind == MAIL_CONFIRMED ? TEXT("Please bring your card.\nThe bell says Host.")
                                       : TEXT(""),
        .problem = TEXT("HTTP 401"),
        .mailbox = TEXT("anna@host.example"),
    };
}

static void save(const char *name, struct text content)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content.at, 1, content.n, file), content.n);
    fclose(file);
}

static struct letter letter_of(struct arena *a, struct mail_ask *ask)
{
    char link[] = "https://book.example.ch/b/0123456789abcdef";
    if (ask->kind <= MAIL_REMINDER)
        ask->link = secret_new(link, strlen(link));
    return letter_write(a, zones, ask);
}

static void check(struct mail_ask *ask)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct buf text CLEANUP(buf_done) = BUF(RENDER_MAX),
                    html CLEANUP(buf_done) = BUF(RENDER_MAX);
    struct buf whole CLEANUP(buf_done) = BUF(MIME_MAX), again CLEANUP(buf_done) = BUF(MIME_MAX);
    struct error err;
    char name[64];
    struct letter letter = letter_of(&a, ask);
    render_text(&text, &letter);
    render_html(&html, &letter);
    assert_int_equal(mail_write(zones, ask, &whole, &err), OK);
    assert_int_equal(mail_write(zones, ask, &again, &err), OK);
    assert_true(text_equal(buf_text(&whole), buf_text(&again)));
    assert_true(text_is_clean(buf_text(&text)) && text_is_clean(buf_text(&html)));
    assert_null(memmem(text.at, text.n, "{", 1)); /* every {name} was filled */
    assert_null(memmem(html.at, html.n, "<b>the", 6));
    snprintf(name, sizeof name, "%d-%s.html", ask->kind, letter.lang);
    if (folder)
        save(name, buf_text(&html));
    snprintf(name, sizeof name, "%d-%s.txt", ask->kind, letter.lang);
    if (folder)
        save(name, buf_text(&text));
    secret_free(&ask->link);
}

static void every_mail_in_every_language(void **state)
{
    (void)state;
    for (int l = 0; l < LANGUAGE_COUNT; l++)
        for (int k = 0; k < MAIL_KIND_COUNT; k++) {
            struct mail_ask ask = mail((enum mail_kind)k, (enum language)l);
            check(&ask);
        }
}

/* An account's own colour paints its button, in both schemes; without one, hourgate's does. */
static void a_button_has_its_accounts_colour(void **state)
{
    (void)state;
    static const struct {
        struct text accent;
        const char *light;
    } cases[] = {{TEXT(""), "background:#1f6f5c"}, {TEXT("8b1e3f"), "background:#8b1e3f"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a CLEANUP(arena_done) = {0};
        struct buf html CLEANUP(buf_done) = BUF(RENDER_MAX);
        struct mail_ask ask = mail(MAIL_CONFIRMED, LANGUAGE_EN);
        ask.booking.page.look.accent = cases[i].accent;
        struct letter letter = letter_of(&a, &ask);
        render_html(&html, &letter);
        assert_non_null(memmem(html.at, html.n, cases[i].light, strlen(cases[i].light)));
        assert_int_equal(memmem(html.at, html.n, "#74cdb4", 7) != NULL, i == 0);
        secret_free(&ask.link);
    }
}

/* Arabic is for customers: what their mails say themselves is all in it. */
static void customers_read_arabic(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    for (int k = 0; k < MAIL_KIND_COUNT; k++) {
        if (!mail_is_for_customer((enum mail_kind)k))
            continue;
        struct mail_ask ask = mail((enum mail_kind)k, LANGUAGE_AR);
        struct letter letter = letter_of(&a, &ask);
        const struct text said[] = {letter.heading, letter.lead, letter.action_label,
                                    letter.sender, letter.facts[0].label};
        for (size_t i = 0; i < sizeof said / sizeof *said; i++)
            assert_true(said[i].n == 0 || memchr(said[i].at, 0xd8, said[i].n));
        secret_free(&ask.link);
    }
}

static bool says(const struct mail_ask *ask, const char *words)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct buf text CLEANUP(buf_done) = BUF(RENDER_MAX),
                    html CLEANUP(buf_done) = BUF(RENDER_MAX);
    struct letter letter = letter_write(&a, zones, ask);
    render_text(&text, &letter);
    render_html(&html, &letter);
    return memmem(text.at, text.n, words, strlen(words)) &&
           memmem(html.at, html.n, words, strlen(words));
}

static void times_are_the_readers_and_the_pages(void **state)
{
    (void)state;
    struct mail_ask ask = mail(MAIL_CONFIRMED, LANGUAGE_EN);
    assert_true(says(&ask, "08:00 \u2013 08:30")); /* in London */
    assert_true(says(&ask, "09:00 \u2013 09:30")); /* in Zurich */
    ask.zone = TEXT("Europe/Zurich");
    assert_false(says(&ask, "08:00"));
    ask.zone = TEXT("No/Where");
    assert_true(says(&ask, "08:00 \u2013 08:30"));
}

static void a_change_names_both_times(void **state)
{
    (void)state;
    struct mail_ask ask = mail(MAIL_MOVED, LANGUAGE_DE);
    ask.zone = TEXT("Europe/Zurich");
    assert_true(says(&ask, "Dienstag, 24. November 2026, 09:00"));
    assert_true(says(&ask, "Montag, 23. November 2026, 09:00"));
}

static void a_line_end_in_a_name_is_refused(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(MIME_MAX);
    struct error err;
    struct mail_ask ask = mail(MAIL_CONFIRMED, LANGUAGE_EN);
    ask.to_name = TEXT("Carla\nBcc: all@customer.example");
    assert_int_equal(mail_write(zones, &ask, &out, &err), ERR_DENIED);
    ask = mail(MAIL_CONFIRMED, LANGUAGE_EN);
    ask.booking.page.title = TEXT("A\nB: c");
    assert_int_equal(mail_write(zones, &ask, &out, &err), ERR_DENIED);
    ask = mail(MAIL_CONFIRMED, LANGUAGE_EN);
    ask.to = TEXT("carla@customer.example>\r\nRCPT TO:<x@y.example");
    assert_int_equal(mail_write(zones, &ask, &out, &err), ERR_DENIED);
}

static int start(void **state)
{
    (void)state;
    struct error err;
    zones = zones_load("/usr/share/zoneinfo", &err);
    if (!zones || moment_init(&err) != OK)
        return -1;
    place_init(zones);
    return 0;
}

static int end(void **state)
{
    (void)state;
    moment_done();
    zones_free(zones);
    return 0;
}

/* Every session with its own time, link and entry; the mail itself is no invitation to one of them. */
static void a_series_is_one_mail_with_an_entry_for_each(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_wipe) = BUF(MIME_MAX);
    struct mail_session sessions[3];
    for (int i = 0; i < 3; i++)
        sessions[i] = (struct mail_session){
            .uid = i ? TEXT("19a5@hourgate") : TEXT("19a4@hourgate"),
            .slot = {{1795507200 + i * 604800}, {1795509000 + i * 604800}},
            .link = secret_new("https://book.example/b/x", 24)};
    struct mail_ask ask = mail(MAIL_CONFIRMED, LANGUAGE_EN);
    ask.sessions = sessions;
    ask.n_sessions = 3;
    assert_int_equal(mail_write(zones, &ask, &out, NULL), OK);
    const char *written = buf_cstr(&out);
    assert_non_null(strstr(written, "filename=\"appointment-3.ics\""));
    assert_null(strstr(written, "appointment-4.ics"));
    assert_non_null(strstr(written, "each of the times below"));
    size_t n = 0;
    for (const char *at = written; (at = strstr(at, "https://book.example/b/x")); at++)
        n++;
    assert_int_equal(n, 6); /* in the text and in the HTML */
    ask.kind = MAIL_CANCELLED;
    buf_wipe(&out);
    out = BUF(MIME_MAX);
    assert_int_equal(mail_write(zones, &ask, &out, NULL), OK);
    assert_non_null(strstr(buf_cstr(&out), "method=CANCEL"));
    for (int i = 0; i < 3; i++)
        secret_free(&sessions[i].link);
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_is_one_mail_with_an_entry_for_each),
        cmocka_unit_test(every_mail_in_every_language),
        cmocka_unit_test(a_button_has_its_accounts_colour),
        cmocka_unit_test(customers_read_arabic),
        cmocka_unit_test(times_are_the_readers_and_the_pages),
        cmocka_unit_test(a_change_names_both_times),
        cmocka_unit_test(a_line_end_in_a_name_is_refused),
    };
    return cmocka_run_group_tests(tests, start, end);
}
