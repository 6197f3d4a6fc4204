/* SPDX-License-Identifier: ISC
 *
 * Requests: what must and must not stand in them, and, where Microsoft's schema is at hand, that each of
 * them is valid.
 *
 * Usage: test_calendar_request [FOLDER]   with a folder, each request is written into it instead
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "calendar/ews/request.h"
#include "format/xml.h"
#include "os/file.h"

static const struct ews_target own = {0};
static const struct ews_target delegate = {.impersonate = {"svc&co@example.ch", 17},
                                           .mailbox = {"anna@example.ch", 15}};
static const struct ews_target other_calendar = {.calendar = {"AAMk\"<>&==", 10}};

static const struct event event = {
    .uid = {"booking-7", 9},
    .start = {1795395600},
    .end = {1795397400},
    .zone = {"Europe/Zurich", 13},
    .title = {"Caf\xc3\xa9 & <b>\x01 \"x\"", 17},
    .body = {"one\r\ntwo\xff", 9},
    .location = {"", 0},
    .is_private = true,
    .reminder_min = 45,
    .show_as = SHOW_TENTATIVE,
};

static const struct event in_a_room = {
    .uid = {"0123", 4},
    .start = {1795395600},
    .end = {1795397400},
    .title = {"In a room", 9},
    .room = {"r&d@example.ch", 14},
};

static const struct event with_a_customer = {
    .uid = {"4567", 4},
    .start = {1795395600},
    .end = {1795397400},
    .title = {"With a customer", 15},
    .room = {"r&d@example.ch", 14},
    .invitee_name = {"Carla & <Co>", 12},
    .invitee_email = {"carla&co@example.ch", 19},
};

static const struct event cancelled = {
    .uid = {"0123", 4},
    .start = {1795395600},
    .end = {1795397400},
    .title = {"Cancelled: it", 13},
    .reminder_min = -1,
    .show_as = SHOW_FREE,
};

static const struct mailbox mailboxes[] = {{.address = {"anna@example.ch", 15}},
                                           {.address = {"o'bea&co@example.ch", 19}}};

static const struct source calendars[] = {{{"", 0}}, {{"AAMk\"<>&==", 10}}};

static void write_one(struct buf *out, unsigned n, const struct ews_target *target)
{
    struct instant from = {1795395600}, to = {1795395600 + 42 * 86400};
    struct text id = {"AAMk/+==", 8}, key = {"DwAA", 4}, uid = {"booking-7", 9};
    switch (n) {
    case 0:
        return ews_write_availability(out, target, mailboxes, 2, from, to);
    case 1:
        return ews_write_view(out, target, from, to);
    case 2:
        return ews_write_find(out, target, uid);
    case 3:
        return ews_write_get(out, target, id);
    case 4:
        return ews_write_create(out, target, &event, "W. Europe Standard Time");
    case 5:
        return ews_write_update(out, target, id, key, &event, "W. Europe Standard Time",
                                EWS_TELLS_NOBODY);
    case 6:
        return ews_write_delete(out, target, id, EWS_TELLS_NOBODY);
    case 7:
        return ews_write_find_folders(out, target);
    case 8:
        return ews_write_get_folder(out, target);
    case 9:
        return ews_write_create(out, target, &in_a_room, "W. Europe Standard Time");
    case 10:
        return ews_write_update(out, target, id, key, &event, "W. Europe Standard Time",
                                EWS_TELLS_ROOM);
    case 11:
        return ews_write_delete(out, target, id, EWS_TELLS_ROOM);
    case 12:
        return ews_write_sync(out, target, id);
    case 13:
        return ews_write_create(out, target, &with_a_customer, "W. Europe Standard Time");
    case 14:
        return ews_write_update(out, target, id, key, &event, "W. Europe Standard Time",
                                EWS_TELLS_CUSTOMER);
    case 15:
        return ews_write_delete(out, target, id, EWS_TELLS_CUSTOMER);
    case 16:
        return ews_write_update(out, target, id, key, &cancelled, "W. Europe Standard Time",
                                EWS_TELLS_NOBODY);
    case 17:
        return ews_write_sights(out, target, from, to);
    case 18:
        return ews_write_texts(out, target, (const struct text[]){id, id}, 2);
    case 19:
        return ews_write_subscribe(out, target, calendars, 2);
    case 20:
        return ews_write_unsubscribe(out, target, id);
    case 21:
        return ews_write_stream(out, target, (const struct text[]){id, uid}, 2, 30);
    default:
        return ews_write_sync(out, target, (struct text){0});
    }
}

enum { REQUESTS = 23 };

static void nothing(void *owner, unsigned id, const struct xml_tag *tag)
{
    (void)owner, (void)id, (void)tag;
}

static void nothing_more(void *owner, unsigned id, struct text text)
{
    (void)owner, (void)id, (void)text;
}

static void assert_well_formed(const struct buf *request)
{
    static const struct xml_rule rules[] = {{XML_ROOT, 1, XML_START, "Envelope"}};
    static const struct xml_handler handler = {
        .rules = rules, .n_rules = 1, .start = nothing, .end = nothing_more};
    static const struct xml_limits limits = {
        .bytes = 1 << 20, .text = 1024, .elements = 1000, .depth = 40};
    struct xml_reader *reader = xml_reader_new(&handler, NULL, &limits);
    assert_int_equal(xml_read(reader, buf_text(request), NULL), OK);
    assert_int_equal(xml_read_end(reader, NULL), OK);
    xml_reader_free(reader);
}

static void every_request_is_well_formed_whatever_stands_in_it(void **state)
{
    (void)state;
    const struct ews_target *targets[] = {&own, &delegate, &other_calendar};
    for (unsigned i = 0; i < 3 * REQUESTS; i++) {
        CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
        write_one(&request, i % REQUESTS, targets[i / REQUESTS]);
        assert_false(buf_failed(&request));
        assert_well_formed(&request);
        assert_null(strstr(buf_cstr(&request), "&co@"));
    }
}

static void has(const struct ews_target *target, unsigned n, const char *wanted)
{
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    write_one(&request, n, target);
    if (!strstr(buf_cstr(&request), wanted))
        fail_msg("request %u lacks %s: %s", n, wanted, buf_cstr(&request));
}

static void nobody_is_told_unasked(void **state)
{
    (void)state;
    has(&own, 4, " SendMeetingInvitations=\"SendToNone\"");
    has(&own, 5, " SendMeetingInvitationsOrCancellations=\"SendToNone\"");
    has(&own, 6, " SendMeetingCancellations=\"SendToNone\"");
}

static void but_a_room_is_told(void **state)
{
    (void)state;
    has(&own, 9, " SendMeetingInvitations=\"SendOnlyToAll\"");
    has(&own, 9, "<t:Resources><t:Attendee><t:Mailbox><t:EmailAddress>r&amp;d@example.ch<");
    has(&own, 10, " SendMeetingInvitationsOrCancellations=\"SendOnlyToAll\"");
    has(&own, 11, " SendMeetingCancellations=\"SendOnlyToAll\"");
}

static void and_a_customer_whom_exchange_invites(void **state)
{
    (void)state;
    has(&own, 13, " SendMeetingInvitations=\"SendToAllAndSaveCopy\"");
    has(&own, 13,
        "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Carla &amp; &lt;Co&gt;</t:Name>"
        "<t:EmailAddress>carla&amp;co@example.ch</t:EmailAddress></t:Mailbox></t:Attendee>"
        "</t:RequiredAttendees><t:Resources>");
    has(&own, 14, " SendMeetingInvitationsOrCancellations=\"SendToAllAndSaveCopy\"");
    has(&own, 15, " SendMeetingCancellations=\"SendToAllAndSaveCopy\"");
}

static void times_say_utc(void **state)
{
    (void)state;
    has(&own, 4, "<t:Start>2026-11-23T01:00:00Z</t:Start>");
    has(&own, 1, " StartDate=\"2026-11-23T01:00:00Z\"");
    has(&own, 0, "<t:StartTime>2026-11-23T01:00:00</t:StartTime>");
    has(&own, 0, "<t:TimeZone><t:Bias>0</t:Bias>");
}

static void the_folder_is_the_right_one(void **state)
{
    (void)state;
    has(&own, 8, "<t:DistinguishedFolderId Id=\"calendar\"></t:Dist");
    has(&delegate, 8, "<t:EmailAddress>anna@example.ch</t:EmailAddress>");
    has(&delegate, 8, "<t:SmtpAddress>svc&amp;co@example.ch</t:SmtpAddress>");
    has(&other_calendar, 1, "<t:FolderId Id=\"AAMk&quot;&lt;&gt;&amp;==\"/>");
}

static void subjects_are_never_asked_for(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
        write_one(&request, i, &own);
        assert_null(strstr(buf_cstr(&request), "Subject"));
        assert_null(strstr(buf_cstr(&request), "AllProperties"));
        assert_null(strstr(buf_cstr(&request), "Detailed"));
    }
}

static int write_all(const char *folder)
{
    const struct ews_target *targets[] = {&own, &delegate, &other_calendar};
    for (unsigned i = 0; i < 3 * REQUESTS; i++) {
        CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
        char path[4096];
        write_one(&request, i % REQUESTS, targets[i / REQUESTS]);
        snprintf(path, sizeof path, "%s/request-%02u.xml", folder, i);
        if (file_write(path, request.at, request.n, 0600, NULL) != OK)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    xml_init();
    if (argc > 1)
        return write_all(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_well_formed_whatever_stands_in_it),
        cmocka_unit_test(nobody_is_told_unasked),
        cmocka_unit_test(but_a_room_is_told),
        cmocka_unit_test(and_a_customer_whom_exchange_invites),
        cmocka_unit_test(times_say_utc),
        cmocka_unit_test(the_folder_is_the_right_one),
        cmocka_unit_test(subjects_are_never_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
