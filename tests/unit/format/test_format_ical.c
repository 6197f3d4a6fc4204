/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "format/ical.h"

static struct ical_event event(void)
{
    return (struct ical_event){
        .method = ICAL_REQUEST,
        .uid = TEXT("19a3@hourgate"),
        .sequence = 2,
        .stamp = {1795334400}, /* 2026-11-22T08:00:00Z */
        .start = {1795507200}, /* 2026-11-24T08:00:00Z */
        .end = {1795509000},
        .title = TEXT("Introduction"),
        .organizer_name = TEXT("Anna Host"),
        .organizer_email = TEXT("anna@host.example"),
        .attendee_name = TEXT("Carla"),
        .attendee_email = TEXT("carla@customer.example"),
    };
}

static const char *written(struct buf *out, const struct ical_event *e)
{
    buf_clear(out);
    ical_write(out, e);
    assert_false(buf_failed(out));
    return buf_cstr(out);
}

static void has(struct buf *out, const char *line)
{
    if (!memmem(out->at, out->n, line, strlen(line)))
        fail_msg("not in it: %s\n%s", line, buf_cstr(out));
}

static void an_invitation_says_all_that_updates_an_entry(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICAL_MAX);
    struct ical_event e = event();
    written(&out, &e);
    assert_true(text_starts(buf_text(&out), TEXT("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")));
    assert_true(text_ends(buf_text(&out), TEXT("END:VEVENT\r\nEND:VCALENDAR\r\n")));
    has(&out, "\r\nMETHOD:REQUEST\r\n");
    has(&out, "\r\nUID:19a3@hourgate\r\nSEQUENCE:2\r\nDTSTAMP:20261122T080000Z\r\n"
              "DTSTART:20261124T080000Z\r\nDTEND:20261124T083000Z\r\n");
    has(&out, "\r\nORGANIZER;CN=\"Anna Host\":mailto:anna@host.example\r\n");
    has(&out, "\r\nSTATUS:CONFIRMED\r\n");
    e.method = ICAL_CANCEL;
    written(&out, &e);
    has(&out, "\r\nMETHOD:CANCEL\r\n");
    has(&out, "\r\nSTATUS:CANCELLED\r\n");
}

static void an_online_meeting_is_the_place_or_stands_in_the_text(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICAL_MAX);
    struct ical_event e = event();
    e.meeting = TEXT("https://meet.example/a,b;c");
    written(&out, &e);
    has(&out, "\r\nLOCATION:https://meet.example/a\\,b\\;c\r\n");
    has(&out, "\r\nCONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/a,b;c\r\n");
    e.location = TEXT("Room 1");
    e.text = TEXT("If plans change");
    written(&out, &e);
    has(&out, "\r\nLOCATION:Room 1\r\n");
    has(&out, "\r\nDESCRIPTION:https://meet.example/a\\,b\\;c\\n\\nIf plans change\r\n");
}

static void a_file_to_import_names_nobody(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICAL_MAX);
    struct ical_event e = event();
    e.method = ICAL_PLAIN;
    const char *all = written(&out, &e);
    assert_null(strstr(all, "METHOD"));
    assert_null(strstr(all, "ORGANIZER"));
    assert_null(strstr(all, "ATTENDEE"));
}

static void nothing_breaks_out_of_its_line(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICAL_MAX);
    struct ical_event e = event();
    e.title = TEXT("a;b,c\\d\nEND:VEVENT\r\x01");
    e.organizer_name = TEXT("An\"na;\r\nX:y");
    e.attendee_email = TEXT("a;b\"c\r\n%@customer.example");
    written(&out, &e);
    has(&out, "\r\nSUMMARY:a\\;b\\,c\\\\d\\nEND:VEVENT  \r\n");
    has(&out, "\r\nORGANIZER;CN=\"An'na;  X:y\":mailto:anna@host.example\r\n");
    has(&out, "o:a%3Bb%22c%0D%0A%25@customer.example\r\n");
}

static void lines_are_folded_between_characters(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICAL_MAX);
    struct buf title CLEANUP(buf_done) = BUF(1000);
    for (int shift = 0; shift < 4; shift++) {
        buf_clear(&title);
        for (int i = 0; i < shift; i++)
            buf_add_byte(&title, 'x');
        for (int i = 0; i < 60; i++)
            buf_add_cstr(&title, "\u4e09\u00e9");
        struct ical_event e = event();
        e.title = buf_text(&title);
        written(&out, &e);
        struct text line, rest = buf_text(&out);
        size_t folds = 0;
        while (text_cut(rest, '\n', &line, &rest)) {
            assert_true(line.n <= 76); /* 75 and its CR */
            assert_true(text_is_utf8(line));
            folds += line.at[0] == ' ';
        }
        assert_true(folds >= 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_says_all_that_updates_an_entry),
        cmocka_unit_test(an_online_meeting_is_the_place_or_stands_in_the_text),
        cmocka_unit_test(a_file_to_import_names_nobody),
        cmocka_unit_test(nothing_breaks_out_of_its_line),
        cmocka_unit_test(lines_are_folded_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
