/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/linux/vdir.h"
#include "folder.h"

#define OBJECT(inner)                                                                          \
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" inner                     \
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define WEEKLY                                                                                 \
    OBJECT("UID:weekly\r\nDTSTAMP:20270101T000000Z\r\nDTSTART;TZID=Europe/Zurich:"             \
           "20270104T090000\r\nDTEND;TZID=Europe/Zurich:20270104T100000\r\n"                   \
           "RRULE:FREQ=WEEKLY\r\nSUMMARY:Canary\r\n")
#define ONCE                                                                                   \
    OBJECT("UID:b1\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:20270115T080000Z\r\n"                \
           "DTEND:20270115T083000Z\r\nSUMMARY:Canary\r\n")

enum { AT = 1800000000 }; /* 2027-01-15T08:00:00Z, a Friday */

static struct settings settings;
static struct vdir vdir;
static struct calendar_adapter calendar;
static struct arena a;
static struct error err;
static char root[128];

static int begin(void **state)
{
    (void)state;
    folder_make();
    snprintf(root, sizeof root, "%s", folder);
    settings = (struct settings){
        .path = "connector.conf", .directory = root, .zone = "Europe/Zurich", .book = "work"};
    assert_int_equal(mkdir(in_folder("work"), 0700), 0);
    assert_int_equal(mkdir(in_folder("home"), 0700), 0);
    assert_int_equal(vdir_open(&vdir, &settings, &err), OK);
    calendar = vdir_adapter(&vdir);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&a);
    vdir_close(&vdir);
    folder_remove();
    return 0;
}

static enum status reads(int64_t from, int64_t to, struct stretch **ret_list, size_t *ret_n)
{
    *ret_n = 0;
    return calendar.read(&vdir, (struct instant){from}, (struct instant){to}, &a, ret_list,
                         ret_n, &err);
}

static struct event event(int64_t start)
{
    return (struct event){.uid = TEXT("b1"),
                          .start = {start},
                          .end = {start + 1800},
                          .title = TEXT("Talk with Ana")};
}

static void series_are_counted_out(void **state)
{
    (void)state;
    struct stretch *list;
    size_t n;
    folder_write("work/a.ics", WEEKLY, 0600);
    folder_write("home/displayname", "At home\n", 0600);
    assert_int_equal(reads(AT, AT + 21 * 86400, &list, &n), OK);
    assert_int_equal(n, 3);
    assert_int_equal(list[0].busy.end.s - list[0].busy.start.s, 3600);
    assert_true(text_ends(list[0].id, TEXT("work/a.ics")));

    struct desk_calendar *calendars;
    assert_int_equal(calendar.list(&vdir, &a, &calendars, &n, &err), OK);
    assert_int_equal(n, 2);
    assert_true(text_equal(calendars[0].name, TEXT("At home")));
    assert_false(calendars[0].is_booked);
    assert_true(calendars[1].is_booked && calendars[1].is_read);
    assert_int_not_equal(calendars[0].number, calendars[1].number);
}

static void what_cannot_be_read_is_unknown(void **state)
{
    (void)state;
    struct stretch *list;
    size_t n;
    folder_write("work/bad.ics", "BEGIN:VCALENDAR\r\nno end", 0600);
    assert_int_equal(reads(AT, AT + 86400, &list, &n), ERR_NO_DATA);
    assert_non_null(strstr(err.what, "bad.ics"));
    assert_int_equal(remove(in_folder("work/bad.ics")), 0);
    assert_int_equal(reads(AT, AT + 86400, &list, &n), OK);
    settings.read[0] = "home";
    settings.read[1] = "gone";
    settings.n_read = 2;
    assert_int_equal(reads(AT, AT + 86400, &list, &n), ERR_NO_DATA);
    settings.n_read = 0;
    folder_remove(); /* as a disk that is not mounted */
    assert_int_equal(reads(AT, AT + 86400, &list, &n), ERR_NO_DATA);
}

static void an_event_is_written_changed_and_removed(void **state)
{
    (void)state;
    struct event e = event(AT);
    struct stretch found, *list;
    size_t n;
    assert_int_equal(calendar.find(&vdir, e.uid, &a, &found, &err), ERR_NOT_FOUND);
    assert_int_equal(calendar.create(&vdir, e.uid, &e, &err), OK);
    assert_int_equal(calendar.find(&vdir, e.uid, &a, &found, &err), OK);
    assert_int_equal(found.busy.start.s, AT);
    assert_int_equal(reads(AT, AT + 60, &list, &n), OK);
    assert_int_equal(n, 1);
    assert_true(text_equal(list[0].id, found.id));

    e = event(AT + 900);
    assert_int_equal(calendar.update(&vdir, e.uid, &e, &err), OK);
    assert_int_equal(calendar.find(&vdir, e.uid, &a, &found, &err), OK);
    assert_int_equal(found.busy.start.s, AT + 900);
    assert_int_equal(calendar.remove(&vdir, e.uid, &err), OK);
    assert_int_equal(calendar.remove(&vdir, e.uid, &err), ERR_NOT_FOUND);
    assert_int_equal(reads(AT, AT + 86400, &list, &n), OK);
    assert_int_equal(n, 0);
}

static void an_event_that_was_moved_elsewhere_is_found(void **state)
{
    (void)state;
    struct event e = event(AT);
    struct stretch found;
    assert_int_equal(calendar.create(&vdir, e.uid, &e, &err), OK);
    assert_int_equal(rename(in_folder("work/b1.ics"), in_folder("home/other.ics")), 0);
    assert_int_equal(calendar.find(&vdir, e.uid, &a, &found, &err), OK);
    assert_int_equal(calendar.remove(&vdir, e.uid, &err), OK);
    assert_int_not_equal(access(in_folder("home/other.ics"), F_OK), 0);
}

/* The same uid, from an invitation that was imported: not written by us, not touched. */
static void what_carries_no_mark_is_not_touched(void **state)
{
    (void)state;
    struct event e = event(AT + 7200);
    struct stretch found;
    folder_write("work/b1.ics", ONCE, 0600);
    assert_int_equal(calendar.find(&vdir, e.uid, &a, &found, &err), ERR_NOT_FOUND);
    assert_int_equal(calendar.update(&vdir, e.uid, &e, &err), ERR_NOT_FOUND);
    assert_int_equal(calendar.remove(&vdir, e.uid, &err), ERR_NOT_FOUND);
    assert_int_equal(calendar.create(&vdir, e.uid, &e, &err), ERR_DENIED);
    struct stretch *list;
    size_t n;
    assert_int_equal(reads(AT, AT + 60, &list, &n), OK);
    assert_int_equal(n, 1);
}

static void where_bookings_go_must_be_said(void **state)
{
    (void)state;
    struct vdir other CLEANUP(vdir_close) = {0};
    settings.book = NULL;
    assert_int_equal(vdir_open(&other, &settings, &err), ERR_INVALID);
    assert_non_null(strstr(err.what, "book = NAME"));
    vdir_close(&other);
    settings.directory = in_folder("work"); /* one calendar by itself */
    assert_int_equal(vdir_open(&other, &settings, &err), OK);
    vdir_close(&other);
    settings.directory = NULL;
    assert_int_equal(vdir_open(&other, &settings, &err), ERR_INVALID);
    vdir_close(&other);
    settings.directory = root;
    settings.book = "work";
    settings.zone = "Nowhere/Land";
    assert_int_equal(vdir_open(&other, &settings, &err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(series_are_counted_out, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_unknown, begin, end),
        cmocka_unit_test_setup_teardown(an_event_is_written_changed_and_removed, begin, end),
        cmocka_unit_test_setup_teardown(an_event_that_was_moved_elsewhere_is_found, begin, end),
        cmocka_unit_test_setup_teardown(what_carries_no_mark_is_not_touched, begin, end),
        cmocka_unit_test_setup_teardown(where_bookings_go_must_be_said, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
