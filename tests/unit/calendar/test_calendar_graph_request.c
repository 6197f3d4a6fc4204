/* SPDX-License-Identifier: ISC
 *
 * Requests to Graph as they go out: percent-encoded, with literals that nothing ends early, and bodies that say no more
 * than was meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "calendar/graph/call.h"
#include "calendar/graph/property.h"
#include "calendar/graph/request.h"
#include "fetch/server.h"
#include "format/url.h"

static const struct server server = {
    .host = {"graph.example", 13}, .port = 443, .path = {"/v1.0/", 6}};
static const struct instant from = {1795766400},
                            to = {1795770000}; /* 2026-11-27T08:00:00Z, an hour */

static const struct calendar own = {.server = &server};
static const struct calendar others = {.server = &server, .mailbox = {"b'o b@x.example", 15}};

static struct event an_event(void)
{
    return (struct event){
        .uid = TEXT("a-uid"), .start = from, .end = to, .title = TEXT("\"T\"\n")};
}

/* What a target means, once it is decoded. */
static const char *meant(struct arena *a, const struct buf *target)
{
    struct text decoded;
    assert_false(buf_failed(target));
    assert_true(server_is_target(buf_text(target)));
    assert_int_equal(url_decode(a, buf_text(target), false, &decoded), OK);
    return arena_cstr(a, decoded);
}

static void test_paths_name_whose_calendar_it_is(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf mine = BUF(MAX_TARGET), theirs = BUF(MAX_TARGET);
    graph_write_calendar(&own, (struct text){0}, "/events", &mine);
    graph_write_calendar(&others, TEXT("AA+/=="), "/events", &theirs);
    assert_string_equal(buf_cstr(&mine), "/v1.0/me/calendar/events");
    assert_string_equal(buf_cstr(&theirs),
                        "/v1.0/users/b%27o%20b%40x.example/calendars/AA%2B%2F%3D%3D/events");
}

static void test_a_view_asks_for_times_and_nothing_that_says_what_for(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    graph_write_view(&own, (struct text){0}, from, to, NULL, &target);
    const char *said = meant(&a, &target);
    assert_non_null(strstr(said, "/me/calendar/calendarView?startDateTime=2026-11-27T08:00:00Z&"
                                 "endDateTime=2026-11-27T09:00:00Z&$select=id,start,end,"));
    assert_non_null(
        strstr(said, "$expand=singleValueExtendedProperties($filter=id eq '" GRAPH_UID "'"));
    assert_null(strstr(said, "subject"));
    assert_null(strstr(said, "body"));
}

static void test_a_uid_ends_no_literal(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET), all = BUF(MAX_TARGET);
    graph_write_find(&own, (struct text){0}, TEXT("x' or 1 eq 1 or 'y&$top=9"), &target);
    assert_non_null(
        strstr(meant(&a, &target), "ep/value eq 'x'' or 1 eq 1 or ''y&$top=9')&$select="));
    assert_non_null(strstr(buf_cstr(&target), "y%26%24top%3D9"));
    graph_write_find(&own, (struct text){0}, (struct text){0}, &all);
    assert_non_null(strstr(meant(&a, &all), "ep/value ne null)"));
}

static struct json *written(struct buf *body)
{
    struct json *json = NULL;
    assert_int_equal(json_parse(buf_text(body), &json, NULL), OK);
    return json;
}

static struct text said(const struct json *object, const char *name)
{
    struct text t = {0};
    json_get_text(json_member(object, name), &t);
    return t;
}

static void test_a_new_event_says_what_it_is(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf body = BUF(GRAPH_REQUEST_MAX);
    struct event event = an_event();
    event.room = TEXT("room@x.example");
    event.is_private = true;
    event.reminder_min = -1;
    event.show_as = SHOW_OOF;
    event.online_meeting = true;
    graph_write_new(&event, &body);
    struct json *json = written(&body);
    bool reminds = true;
    const struct json *property =
        json_item(json_member(json, "singleValueExtendedProperties"), 0);
    const struct json *attendees = json_member(json, "attendees");
    assert_true(text_equal(said(json, "subject"), event.title));
    assert_true(
        text_equal(said(json_member(json, "start"), "dateTime"), TEXT("2026-11-27T08:00:00")));
    assert_true(text_equal(said(json_member(json, "end"), "timeZone"), TEXT("UTC")));
    assert_true(text_equal(said(json, "showAs"), TEXT("oof")));
    assert_true(text_equal(said(json, "sensitivity"), TEXT("private")));
    assert_true(json_get_bool(json_member(json, "isReminderOn"), &reminds) && !reminds);
    bool is_online = false;
    assert_true(json_get_bool(json_member(json, "isOnlineMeeting"), &is_online) && is_online);
    assert_null(json_member(json, "onlineMeetingProvider"));
    assert_true(text_equal(said(property, "id"), TEXT(GRAPH_UID)));
    assert_true(text_equal(said(property, "value"), event.uid));
    assert_true(text_equal(said(json, "transactionId"), TEXT("a-uid/1795766400")));
    assert_int_equal(json_count(attendees), 1);
    assert_true(text_equal(said(json_item(attendees, 0), "type"), TEXT("resource")));
    json_free(json);
}

static void test_who_is_not_invited_is_not_named(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf body = BUF(GRAPH_REQUEST_MAX);
    struct event event = an_event();
    graph_write_new(&event, &body);
    struct json *json = written(&body);
    assert_null(json_member(json, "attendees"));
    assert_null(json_member(json, "isReminderOn"));
    assert_null(json_member(json, "isOnlineMeeting"));
    assert_null(json_member(json, "location"));
    json_free(json);
}

static void test_a_change_leaves_alone_what_it_does_not_name(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf body = BUF(GRAPH_REQUEST_MAX);
    struct event event = {.uid = TEXT("a-uid"), .start = from, .end = to};
    graph_write_change(&event, &body);
    struct json *json = written(&body);
    assert_non_null(json_member(json, "start"));
    assert_null(json_member(json, "subject"));
    assert_null(json_member(json, "transactionId"));
    assert_null(json_member(json, "showAs"));
    json_free(json);
}

static void test_links_to_others_are_not_followed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "/v1.0/me",
                                        "http://graph.example/v1.0/me",
                                        "https://graph.example",
                                        "https://graph.example.evil/v1.0",
                                        "https://evil/v1.0",
                                        "https://graph.example:444/v1.0",
                                        "https://u@graph.example/v1.0",
                                        "https://graph.example@evil/v1.0",
                                        "https://graph.example:443@evil/v1.0",
                                        "https://graph.example/v1.0 x",
                                        "https://graph.example/v1.0#x",
                                        "https://graph.example\\@evil/",
                                        "//graph.example/v1.0"};
    struct text target;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(graph_link(&own, text_from(wrong[i]), &target, NULL), ERR_UPSTREAM);
    assert_int_equal(
        graph_link(&own, TEXT("https://Graph.Example:443/v1.0/me?$skip=3"), &target, NULL), OK);
    assert_true(text_equal(target, TEXT("/v1.0/me?$skip=3")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_name_whose_calendar_it_is),
        cmocka_unit_test(test_a_view_asks_for_times_and_nothing_that_says_what_for),
        cmocka_unit_test(test_a_uid_ends_no_literal),
        cmocka_unit_test(test_a_new_event_says_what_it_is),
        cmocka_unit_test(test_who_is_not_invited_is_not_named),
        cmocka_unit_test(test_a_change_leaves_alone_what_it_does_not_name),
        cmocka_unit_test(test_links_to_others_are_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
