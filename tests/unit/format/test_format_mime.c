/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/mime.h"

static struct mime_line line(const char *t)
{
    struct mime_line made;
    assert_int_equal(mime_line_from(text_from(t), &made), OK);
    return made;
}

static struct mime_address address(const char *name, const char *email)
{
    struct mime_address made;
    assert_int_equal(mime_address_from(text_from(name), text_from(email), &made), OK);
    return made;
}

static struct mime_message message(void)
{
    struct mime_message m = {
        .from = address("Anna Host", "mail@host.example"),
        .to = address("Carla M\u00fcller", "carla@customer.example"),
        .subject = line("Confirmed"),
        .date = {1795334400},
        .language = "en",
        .text = TEXT("Good day\n"),
        .html = TEXT("<p>Good day</p>\n"),
        .method = "REQUEST",
    };
    assert_int_equal(mime_id_from(TEXT("19a3.0@hourgate"), &m.id), OK);
    return m;
}

static const char *written(struct buf *out, const struct mime_message *m)
{
    buf_clear(out);
    mime_write(out, m);
    assert_false(buf_failed(out));
    return buf_cstr(out);
}

static void has(struct buf *out, const char *part)
{
    if (!memmem(out->at, out->n, part, strlen(part)))
        fail_msg("not in it: %s\n%s", part, buf_cstr(out));
}

static void no_header_value_holds_a_lines_end(void **state)
{
    (void)state;
    static const struct text wrong[] = {
        TEXT("a\rb"), TEXT("a\nb"), TEXT("a\r\nBcc: x@y.example"),
        TEXT("a\0b"), TEXT("\x7f"), TEXT("\xff")};
    struct mime_line made;
    struct mime_address whom;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(mime_line_from(wrong[i], &made), ERR_INVALID);
        assert_int_equal(mime_address_from(wrong[i], TEXT("a@b.example"), &whom), ERR_INVALID);
    }
}

static void an_address_is_plain(void **state)
{
    (void)state;
    struct mime_address whom;
    static const char *const right[] = {"a@b", "o'brien+x@mail.b.example", "A_b-c.d@x.example"};
    static const char *const wrong[] = {
        "",         "a",           "@b",          "a@",          "a@b@c",  "a b@c",
        "a@b c",    "<a@b>",       "a@b>",        "a@b\r\nX: y", "a,b@c",  "\"a\"@b",
        "\u00e4@b", "a@\u00e4.ch", ".a@b",        "a.@b",        "a..b@c", "a@.b",
        "a@-b",     "a@b..c",      "a@[1.2.3.4]", "a;b@c"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_int_equal(mime_address_from(TEXT(""), text_from(right[i]), &whom), OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (mime_address_from(TEXT(""), text_from(wrong[i]), &whom) != ERR_INVALID)
            fail_msg("taken: %s", wrong[i]);
}

static void other_alphabets_become_encoded_words(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(MIME_MAX);
    struct mime_message m = message();
    m.subject = line("Best\u00e4tigt: Erstgespr\u00e4ch, Dienstag, 24. November, 09:30");
    written(&out, &m);
    has(&out, "From: \"Anna Host\"\r\n <mail@host.example>\r\n");
    has(&out, "To: =?utf-8?B?Q2FybGEgTcO8bGxlcg==?=\r\n <carla@customer.example>\r\n");
    has(&out, "Subject: =?utf-8?B?QmVzdMOkdGlndDog");
    has(&out, "Date: Sun, 22 Nov 2026 08:00:00 +0000\r\n");
    has(&out, "Message-ID: <19a3.0@hourgate>\r\n");
    m.from = address("Anna \"the\" Host", "mail@host.example");
    m.subject = line("=?utf-8?B?not one?=");
    written(&out, &m);
    has(&out, "From: \"Anna \\\"the\\\" Host\"\r\n");
    has(&out, "Subject: =?utf-8?B?PT91dGYtOD9CP25vdCBvbmU/PQ==?=\r\n");
}

static void every_line_is_short_and_ends_in_crlf(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(MIME_MAX), text CLEANUP(buf_done) = BUF(4096);
    for (int i = 0; i < 500; i++)
        buf_add_cstr(&text, i % 7 ? "word " : "\u00e9\u4e09=");
    struct mime_message m = message();
    char subject[251];
    memset(subject, 'x', sizeof subject - 1);
    subject[250] = 0;
    m.subject = line(subject);
    m.text = m.html = buf_text(&text);
    const struct text calendar = buf_text(&text);
    m.calendars = &calendar;
    m.n_calendars = 1;
    written(&out, &m);
    struct text part, rest = buf_text(&out);
    while (text_cut(rest, '\n', &part, &rest)) {
        assert_true(part.n >= 1 && part.at[part.n - 1] == '\r');
        assert_true(part.n <= 79);
        assert_true(part.n < 2 || part.at[part.n - 2] != ' ');
    }
    assert_int_equal(rest.n, 0);
}

static void bodies_are_quoted_printable(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(MIME_MAX);
    struct mime_message m = message();
    m.text = TEXT("1 = 1\nspace \ntab\t\n--=_hourgate_mixed--\n\u00fc");
    written(&out, &m);
    has(&out,
        "\r\n\r\n1 =3D 1\r\nspace=20\r\ntab=09\r\n--=3D_hourgate_mixed--\r\n=C3=BC\r\n--=_");
}

static void an_invitation_comes_twice(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(MIME_MAX);
    struct mime_message m = message();
    assert_null(strstr(written(&out, &m), "calendar"));
    const struct text calendar = TEXT("BEGIN:VCALENDAR\r\n");
    m.calendars = &calendar;
    m.n_calendars = 1;
    m.method = "CANCEL";
    written(&out, &m);
    has(&out, "Content-Type: text/calendar; charset=utf-8; method=CANCEL\r\n"
              "Content-Transfer-Encoding: base64\r\n\r\nQkVHSU46VkNBTEVOREFSDQo=\r\n");
    has(&out, "Content-Type: application/ics; name=\"appointment.ics\"\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_header_value_holds_a_lines_end),
        cmocka_unit_test(an_address_is_plain),
        cmocka_unit_test(other_alphabets_become_encoded_words),
        cmocka_unit_test(every_line_is_short_and_ends_in_crlf),
        cmocka_unit_test(bodies_are_quoted_printable),
        cmocka_unit_test(an_invitation_comes_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
