/* SPDX-License-Identifier: ISC
 *
 * Graph's answers against a table of what each says. They are fed a few bytes at a time, as they may arrive.
 *
 * Usage: test_calendar_graph_answer TABLE-FOLDER TABLE DATA-FOLDER [extra]
 * Rows: file, HTTP status, then: how it is judged, "doubt"; of a good one its events, schedules and where it goes on.
 * An extra test is skipped where HOURGATE_REFERENCE, or the folder, is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../case.h"
#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
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

static void say_event(struct buf *out, const struct json *item, struct error *why)
{
    struct graph_event event;
    enum status status = graph_event_read(item, &event, why);
    if (status != OK) {
        buf_printf(out, " event:%s", status_name(status));
        return;
    }
    if (event.is_removed) {
        buf_add_cstr(out, " removed");
        return;
    }
    say_span(out, event.is_vague ? "vague" : "event", event.start, event.end, event.status);
    if (event.uid.n)
        buf_printf(out, " uid=" TEXT_FMT, TEXT_ARG(event.uid));
    if (event.room != ROOM_NONE)
        buf_printf(out, " room=%d", event.room);
    struct text scheme, host, rest;
    if (text_cut(event.meeting, '/', &scheme, &rest) && text_cut(rest, '/', &host, &rest) &&
        text_cut(rest, '/', &host, &rest))
        buf_printf(out, " meeting=" TEXT_FMT, TEXT_ARG(host));
}

static void say_schedule(struct buf *out, const struct json *schedule, struct error *why)
{
    CLEANUP(busylist_done) struct busylist list = {0};
    enum status status = graph_schedule_read(schedule, &list, why);
    buf_printf(out, " schedule%s%s", status == OK ? "" : ":",
               status == OK ? "" : status_name(status));
    for (size_t i = 0; status == OK && i < list.n; i++)
        say_span(out, "busy", list.at[i].start, list.at[i].end, list.at[i].status);
}

static void say_content(struct buf *out, const struct json *json, bool is_schedule,
                        struct error *why)
{
    const struct json *items = json_member(json, "value");
    if (json_member(json, "start"))
        say_event(out, json, why);
    for (size_t i = 0; i < json_count(items); i++) {
        if (is_schedule)
            say_schedule(out, json_item(items, i), why);
        else
            say_event(out, json_item(items, i), why);
    }
    if (json_member(json, "@odata.nextLink"))
        buf_add_cstr(out, " next");
    if (json_member(json, "@odata.deltaLink"))
        buf_add_cstr(out, " delta");
}

static void summarize(struct buf *out, struct text bytes, int http_status, bool is_schedule,
                      struct error *why)
{
    struct graph_reading reading;
    struct graph_answer answer;
    struct fetch_facts facts = {.http_status = http_status,
                                .content_type = "application/json",
                                .retry_after_s = -1,
                                .date_s = -1};
    enum { STEP = 7 };
    graph_reading_begin(&reading, is_schedule ? graph_schedule_names : graph_event_names);
    for (size_t at = 0; at < bytes.n; at += STEP)
        graph_reading_add(
            &reading, &facts,
            (struct text){bytes.at + at, bytes.n - at < STEP ? bytes.n - at : STEP});
    assert_null(
        strstr(buf_cstr(&reading.kept), "PLANTED")); /* what nobody asked for is not kept */
    enum status status = graph_reading_end(&reading, &facts, "graph", &answer, why);
    buf_add_cstr(out, status_name(status));
    if (status == OK && answer.json)
        say_content(out, answer.json, is_schedule, why);
    if (answer.is_doubtful)
        buf_add_cstr(out, " doubt");
    if (status == ERR_LIMIT)
        assert_in_range(why->retry_s, 1, 3600);
    graph_answer_done(&answer);
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
        summarize(&said, buf_text(&file), atoi(rows.words[1]),
                  strstr(rows.words[0], "chedule") != NULL, &why);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_answer_says_what_the_table_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
