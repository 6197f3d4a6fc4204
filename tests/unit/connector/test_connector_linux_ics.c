/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "connector/linux/ics.h"

static struct event event(void)
{
    return (struct event){.uid = TEXT("b1@hourgate"),
                          .start = {1800000000},
                          .end = {1800001800},
                          .title = TEXT("Talk; with, \"Ana\""),
                          .body = TEXT("one\ntwo"),
                          .is_private = true,
                          .reminder_min = 15,
                          .show_as = SHOW_TENTATIVE};
}

static void an_event_of_ours_carries_the_mark(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICS_MAX);
    struct event e = event();
    ics_write(&out, &e, 3, (struct instant){1700000000});
    assert_true(ics_is_ours(buf_text(&out)));
    assert_int_equal(ics_sequence(buf_text(&out)), 3);
    const char *text = buf_cstr(&out);
    assert_non_null(strstr(text, "DTSTART:20270115T080000Z\r\n"));
    assert_non_null(strstr(text, "CLASS:PRIVATE\r\n"));
    assert_non_null(strstr(text, "TRIGGER:-PT15M\r\n"));
    assert_non_null(strstr(text, "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\n"));
    assert_non_null(strstr(text, "END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"));
}

static void what_its_owner_added_stays(void **state)
{
    (void)state;
    struct buf old CLEANUP(buf_done) = BUF(ICS_MAX), out CLEANUP(buf_done) = BUF(ICS_MAX);
    buf_add_cstr(&old, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\n"
                       "DTSTART:1\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:b1@hourgate\r\n"
                       "SUMMARY:old\r\n  title\r\nCATEGORIES:Sales\r\nDTSTART;TZID=X:2\r\n"
                       "duration:PT1H\r\nX-HOURGATE-BOOKING:1\r\n"
                       "BEGIN:VALARM\r\nDESCRIPTION:mine\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
                       "ATTACH:http://x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    struct event e = event();
    ics_change(&out, buf_text(&old), &e, 4, (struct instant){1700000000});
    const char *text = buf_cstr(&out);
    assert_non_null(strstr(text, "TZID:X\r\nDTSTART:1\r\nEND:VTIMEZONE"));
    assert_non_null(strstr(text, "CATEGORIES:Sales\r\n"));
    assert_non_null(strstr(text, "DESCRIPTION:mine\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
                                 "ATTACH:http://x\r\nEND:VEVENT\r\n"));
    assert_non_null(strstr(text, "DTSTART:20270115T080000Z\r\n"));
    assert_null(strstr(text, "old"));
    assert_null(strstr(text, "title"));
    assert_null(strstr(text, "duration"));
    assert_null(strstr(text, "TZID=X"));
    assert_int_equal(ics_sequence(buf_text(&out)), 4);
    const char *first = strstr(text, "X-HOURGATE-BOOKING");
    assert_null(strstr(first + 1, "X-HOURGATE-BOOKING"));
    assert_null(strstr(strstr(text, "UID:") + 1, "UID:"));
}

static void several_events_become_one(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICS_MAX), fresh CLEANUP(buf_done) = BUF(ICS_MAX);
    struct event e = event();
    struct instant stamp = {1700000000};
    ics_write(&fresh, &e, 1, stamp);
    ics_change(&out,
               TEXT("BEGIN:VEVENT\r\nUID:b1\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n"),
               &e, 1, stamp);
    assert_true(text_equal(buf_text(&out), buf_text(&fresh)));
}

static void a_text_cannot_forge_the_mark(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = BUF(ICS_MAX);
    struct event e = event();
    e.body = TEXT("x\nX-HOURGATE-BOOKING:1\nEND:VEVENT");
    ics_write(&out, &e, 0, (struct instant){1700000000});
    const char *first = strstr(buf_cstr(&out), "\nX-HOURGATE-BOOKING:");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\nX-HOURGATE-BOOKING:"));
    assert_false(ics_is_ours(TEXT("BEGIN:VCALENDAR\r\nX-HOURGATE:1\r\n")));
    assert_false(ics_is_ours((struct text){0}));
}

static void names_are_harmless(void **state)
{
    (void)state;
    char name[ICS_NAME_MAX];
    ics_name(TEXT("../../etc/passwd"), name);
    assert_string_equal(name, "_._.._etc_passwd.ics");
}

static void names_of_usual_uids_stay(void **state)
{
    (void)state;
    char name[ICS_NAME_MAX], long_uid[400];
    ics_name(TEXT("Ab-9_x@hourgate.example"), name);
    assert_string_equal(name, "Ab-9_x@hourgate.example.ics");
    memset(long_uid, 'a', sizeof long_uid);
    ics_name((struct text){long_uid, sizeof long_uid}, name);
    assert_int_equal(strlen(name), MAX_UID + 4);
    ics_name(TEXT(".hidden"), name);
    assert_string_equal(name, "_hidden.ics");
}

static void sequences_are_read_with_care(void **state)
{
    (void)state;
    assert_int_equal(ics_sequence(TEXT("A\r\nSEQUENCE:12\r\nB")), 12);
    assert_int_equal(ics_sequence(TEXT("A\nSEQUENCE: 7")), 7);
    assert_int_equal(ics_sequence(TEXT("A\r\nSEQUENCE:-1\r\n")), 0);
    assert_int_equal(ics_sequence(TEXT("A\r\nSEQUENCE:99999999999999\r\n")), 0);
    assert_int_equal(ics_sequence(TEXT("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_of_ours_carries_the_mark),
        cmocka_unit_test(what_its_owner_added_stays),
        cmocka_unit_test(several_events_become_one),
        cmocka_unit_test(a_text_cannot_forge_the_mark),
        cmocka_unit_test(names_are_harmless),
        cmocka_unit_test(names_of_usual_uids_stay),
        cmocka_unit_test(sequences_are_read_with_care),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
