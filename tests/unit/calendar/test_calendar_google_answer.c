/* SPDX-License-Identifier: ISC
 *
 * Google's answers against a table of what each says.
 *
 * Usage: test_calendar_google_answer TABLE-FOLDER TABLE DATA-FOLDER [extra]
 * Rows: file, HTTP status, then: how it is judged, its reason, "doubt"; of a good one its events, busy times and tokens.
 * An extra test is skipped where HOURGATE_REFERENCE, or the folder, is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../case.h"
#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "calendar/ical/ical.h"
#include "os/file.h"
#include "time/instant.h"

enum { SKIPPED = 77, FILE_MAX = 1 << 20, ROWS_LEAST = 25 };

static const char *const *arguments;
static const char *data;

static void say_span(struct buf *out, const char *what, struct instant start,
                     struct instant end, enum busy_status status)
{
    char from[INSTANT_SIZE], to[INSTANT_SIZE];
    instant_format(start, from);
    instant_format(end, to);
    buf_printf(out, " %s=%s/%s/%d", what, from, to, status);
}

static void say_event(struct buf *out, const struct json *item, const struct zone *zone,
                      struct error *why)
{
    struct google_event event;
    enum status status = google_event_read(item, zone, &event, why);
    if (status != OK)
        buf_printf(out, " event:%s", status_name(status));
    else if (event.is_cancelled)
        buf_add_cstr(out, " cancelled");
    else
        say_span(out, "event", event.start, event.end, event.status);
    if (status == OK && event.uid.n)
        buf_printf(out, " uid=" TEXT_FMT " room=%d", TEXT_ARG(event.uid), google_room(item));
}

static bool is_event(const struct json *item)
{
    struct text status = {0};
    json_get_text(json_member(item, "status"), &status);
    return json_member(item, "start") || text_equal(status, TEXT("cancelled"));
}

static void say_busy(struct buf *out, const struct json *calendar)
{
    CLEANUP(busylist_done) struct busylist list = {0};
    enum status status = google_free_busy_read(calendar, &list);
    if (status != OK)
        buf_printf(out, " busy:%s", status_name(status));
    for (size_t i = 0; status == OK && i < list.n; i++)
        say_span(out, "busy", list.at[i].start, list.at[i].end, list.at[i].status);
}

static void say_content(struct buf *out, const struct json *json, struct error *why)
{
    struct text t;
    const struct json *items = json_member(json, "items");
    const struct json *calendars = json_member(json, "calendars");
    const struct zone *zone =
        json_get_text(json_member(json, "timeZone"), &t) ? ical_zone_named(t) : NULL;
    if (is_event(json))
        say_event(out, json, zone, why);
    for (size_t i = 0; i < json_count(items); i++)
        if (is_event(json_item(items, i)))
            say_event(out, json_item(items, i), zone, why);
    for (const char *name = NULL;
         json_is_an_object(calendars) && (name = json_next_name(calendars, name));)
        say_busy(out, json_member(calendars, name));
    if (json_get_text(json_member(json, "nextPageToken"), &t))
        buf_printf(out, " page=" TEXT_FMT, TEXT_ARG(t));
    if (json_get_text(json_member(json, "nextSyncToken"), &t))
        buf_printf(out, " sync=" TEXT_FMT, TEXT_ARG(t));
}

static void summarize(struct buf *out, struct text bytes, int http_status, struct error *why)
{
    struct calendar google = {0};
    struct google_call call = {0};
    struct fetch_facts facts = {.http_status = http_status, .retry_after_s = -1, .date_s = -1};
    if (json_parse(bytes, &call.json, NULL) != OK)
        call.json = NULL;
    enum status status = google_judge(&google, &facts, &call, why);
    buf_add_cstr(out, status_name(status));
    if (status == OK)
        say_content(out, call.json, why);
    else if (*call.reason)
        buf_printf(out, " %s", call.reason);
    if (status != OK && call.doubt)
        buf_add_cstr(out, " doubt");
    if (status == ERR_LIMIT)
        assert_in_range(why->retry_s, 1, 64);
    google_call_done(&call);
}

static void each_answer_says_what_the_table_says(void **state)
{
    (void)state;
    struct case_file rows = case_open(arguments[1], arguments[2]);
    unsigned n = 0, n_failures = 0;
    while (case_next(&rows)) {
        CLEANUP(buf_done)
        struct buf file = BUF(FILE_MAX), said = BUF(1 << 16), wanted = BUF(CASE_LINE);
        char path[CASE_LINE];
        struct error err, why = {0};
        if (rows.n_words < 3)
            continue;
        snprintf(path, sizeof path, "%s/%s", data, rows.words[0]);
        if (file_read(path, &file, &err) != OK)
            fail_msg("%s: %s", path, err.what);
        for (size_t i = 2; i < rows.n_words; i++)
            buf_printf(&wanted, "%s%s", i > 2 ? " " : "", rows.words[i]);
        summarize(&said, buf_text(&file), atoi(rows.words[1]), &why);
        assert_null(strstr(why.what, "PLANTED")); /* no reason quotes the server */
        n++;
        if (strcmp(buf_cstr(&said), buf_cstr(&wanted)) == 0)
            continue;
        print_error("%s:%d: %s\n  wanted %s\n  got    %s (%s)\n", rows.name, rows.line,
                    rows.words[0], buf_cstr(&wanted), buf_cstr(&said), why.what);
        n_failures++;
    }
    case_close(&rows);
    assert_true(n >= ROWS_LEAST);
    assert_int_equal(n_failures, 0);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    arguments = (const char *const *)argv;
    data = argc > 4 && getenv("HOURGATE_REFERENCE") ? getenv("HOURGATE_REFERENCE") : argv[3];
    if (argc > 4 && access(data, R_OK) != 0)
        return SKIPPED;
    struct error err;
    struct zones *zones = zones_load("/usr/share/zoneinfo", &err);
    if (!zones)
        return 2;
    ical_init(zones);
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_answer_says_what_the_table_says)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zones_free(zones);
    return failed;
}
