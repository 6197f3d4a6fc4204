/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar/google/value.h"
#include "calendar/google/write.h"

static void expect_id(const char *uid, unsigned generation, const char *wanted)
{
    CLEANUP(buf_done) struct buf id = BUF(GOOGLE_ID_MAX);
    google_id_write(&id, text_from(uid), generation);
    assert_string_equal(buf_cstr(&id), wanted);
}

static void an_id_is_the_uid_in_base32hex_and_a_digit(void **state)
{
    (void)state;
    expect_id("foobar", 0, "cpnmuoj1e80"); /* RFC 4648, 10: CPNMUOJ1E8 */
    expect_id("fooba", 1, "cpnmuoj11");
    expect_id("foob", 2, "cpnmuog2");
    expect_id("foo", 7, "cpnmu7");
    expect_id("f", 0, "co000"); /* five characters at least */
}

static void the_longest_uid_has_an_id(void **state)
{
    (void)state;
    char uid[MAX_UID + 1];
    CLEANUP(buf_done) struct buf id = BUF(GOOGLE_ID_MAX);
    memset(uid, 0xff, MAX_UID);
    uid[MAX_UID] = 0;
    google_id_write(&id, text_from(uid), GOOGLE_GENERATIONS - 1);
    assert_false(buf_failed(&id));
    for (size_t i = 0; i < id.n; i++)
        assert_true((id.at[i] >= 'a' && id.at[i] <= 'v') ||
                    (id.at[i] >= '0' && id.at[i] <= '9'));
}

static void expect_plain(const char *html, const char *wanted)
{
    CLEANUP(buf_done) struct buf plain = BUF(1000);
    google_html_read(&plain, text_from(html));
    assert_string_equal(buf_cstr(&plain), wanted);
}

static void a_description_is_read_as_its_reader_sees_it(void **state)
{
    (void)state;
    expect_plain("", "");
    expect_plain("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c");
    expect_plain("one<br>two<br/>three", "one\ntwo\nthree");
    expect_plain("<p>one</p><ul><li>two</li></ul>", "one\ntwo\n");
    expect_plain("<a href=\"https://x.example/?a=1&amp;b\">link</a>", "link");
    expect_plain("1 < 2", "1 < 2");
    expect_plain("<", "<");
    expect_plain("&", "&");
    expect_plain("&unknown;", "&unknown;");
    expect_plain("caf\u00e9&nbsp;\U0001F600", "caf\u00e9 \U0001F600");
}

static void what_a_customer_writes_is_no_markup(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf html = BUF(1000), plain = BUF(1000);
    const char *text = "<a href='https://evil.example'>free</a> & \"more\"\nline";
    google_html_write(&html, text_from(text));
    assert_null(strchr(buf_cstr(&html), '<'));
    google_html_read(&plain, buf_text(&html));
    assert_string_equal(buf_cstr(&plain), text);
}

static const struct event plain_event = {.uid = TEXT("u-1"),
                                         .start = {1795420800},
                                         .end = {1795422600},
                                         .zone = TEXT("Mars/Base"),
                                         .title = TEXT("T"),
                                         .body = TEXT("a<b")};

static void expect_new(struct event event, const char *wanted)
{
    CLEANUP(buf_done) struct buf out = BUF(10000);
    google_write_new(&out, &event, TEXT("id123"));
    assert_string_equal(buf_cstr(&out), wanted);
}

#define TIMES                                                                                  \
    "\"start\":{\"dateTime\":\"2026-11-23T08:00:00Z\",\"timeZone\":\"UTC\"},"                  \
    "\"end\":{\"dateTime\":\"2026-11-23T08:30:00Z\",\"timeZone\":\"UTC\"}"
#define PROPERTY "\"extendedProperties\":{\"private\":{\"hourgateUid\":\"u-1\"}}"

static void a_new_event_says_all_of_it(void **state)
{
    (void)state;
    expect_new(plain_event, "{\"id\":\"id123\"," TIMES
                            ",\"summary\":\"T\",\"description\":\"a&lt;b\"," PROPERTY "}");
    struct event full = {.uid = TEXT("u-1"),
                         .start = {1795420800},
                         .end = {1795422600},
                         .room = TEXT("room@x.example"),
                         .invitee_name = TEXT("C"),
                         .invitee_email = TEXT("c@x.example"),
                         .is_private = true,
                         .reminder_min = 90000,
                         .show_as = SHOW_TENTATIVE,
                         .online_meeting = true};
    expect_new(full,
               "{\"id\":\"id123\"," TIMES "," PROPERTY
               ",\"reminders\":{\"useDefault\":false,\"overrides\":[{\"method\":\"popup\","
               "\"minutes\":40320}]},\"attendees\":[{\"email\":\"c@x.example\",\"displayName\":"
               "\"C\"},{\"email\":\"room@x.example\",\"resource\":true}],\"conferenceData\":"
               "{\"createRequest\":{\"requestId\":\"id123\",\"conferenceSolutionKey\":"
               "{\"type\":\"hangoutsMeet\"}}},\"visibility\":"
               "\"private\",\"status\":\"tentative\"}");
}

static void a_change_leaves_what_it_does_not_name(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = BUF(10000);
    struct event event = {
        .uid = TEXT("u-1"), .start = {1795420800}, .end = {1795422600}, .zone = TEXT("UTC")};
    google_write_change(&out, &event);
    assert_string_equal(buf_cstr(&out), "{" TIMES "}");
    buf_clear(&out);
    event.show_as = SHOW_FREE;
    event.reminder_min = -1;
    google_write_change(&out, &event);
    assert_string_equal(buf_cstr(&out),
                        "{" TIMES ",\"transparency\":\"transparent\",\"reminders\":"
                        "{\"useDefault\":false,\"overrides\":[]}}");
}

static void expect_meeting(const char *event, const char *wanted)
{
    struct json *json = NULL;
    struct error err = {0};
    if (json_parse(text_from(event), &json, &err) != OK)
        fail_msg("%s: %s", event, err.what);
    assert_true(text_equal(google_meeting(json), text_from(wanted)));
    json_free(json);
}

static void a_meeting_is_what_can_be_joined_by_video(void **state)
{
    (void)state;
    expect_meeting("{}", "");
    expect_meeting("{\"hangoutLink\":\"https://meet.example/a\"}", "https://meet.example/a");
    expect_meeting("{\"hangoutLink\":\"javascript:alert(1)\"}", "");
    expect_meeting("{\"conferenceData\":{\"createRequest\":{\"status\":"
                   "{\"statusCode\":\"pending\"}}}}",
                   "");
    expect_meeting("{\"conferenceData\":{\"entryPoints\":["
                   "{\"entryPointType\":\"phone\",\"uri\":\"tel:+41-1\"},"
                   "{\"entryPointType\":\"video\",\"uri\":\"http://meet.example/c\"},"
                   "{\"entryPointType\":\"video\",\"uri\":\"https://meet.example/b\"}]}}",
                   "https://meet.example/b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_the_uid_in_base32hex_and_a_digit),
        cmocka_unit_test(the_longest_uid_has_an_id),
        cmocka_unit_test(a_description_is_read_as_its_reader_sees_it),
        cmocka_unit_test(what_a_customer_writes_is_no_markup),
        cmocka_unit_test(a_new_event_says_all_of_it),
        cmocka_unit_test(a_change_leaves_what_it_does_not_name),
        cmocka_unit_test(a_meeting_is_what_can_be_joined_by_video),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
