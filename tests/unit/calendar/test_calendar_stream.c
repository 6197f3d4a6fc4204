/* SPDX-License-Identifier: ISC
 *
 * Streams of notifications against a table of what each says: whole, and cut at every byte; and those that real servers
 * sent, where the reference is at hand.
 *
 * Usage: test_calendar_stream TRACES REFERENCE
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../case.h"
#include "calendar/ews/code.h"
#include "calendar/ews/stream.h"
#include "format/xml.h"
#include "os/file.h"

enum { FILE_MAX = 1 << 20, ROWS_LEAST = 10 };

static const char *traces, *reference;

static void say(void *owner, const struct ews_answer *document)
{
    struct buf *said = owner;
    struct error why = {0};
    enum status status = ews_code_judge(document, &why);
    buf_printf(said, "%s%s", said->n ? " " : "", status_name(status));
    for (size_t i = 0; i < document->n_subscriptions; i++)
        buf_printf(said, "%s" TEXT_FMT, document->subscriptions[i].is_lost ? "-" : "+",
                   TEXT_ARG(text_first(document->subscriptions[i].id, 12)));
    buf_add_cstr(said, document->is_closed ? ",closed" : "");
    assert_null(strstr(why.what, "PLANTED"));
}

static void read_in_steps(struct text bytes, size_t step, struct buf *said)
{
    struct error why = {0};
    struct ews_stream *stream = ews_stream_new(say, said);
    enum status status = OK;
    for (size_t at = 0; at < bytes.n && status == OK; at += step) {
        size_t n = bytes.n - at < step ? bytes.n - at : step;
        status = ews_stream_read(stream, (struct text){bytes.at + at, n}, &why);
    }
    if (status != OK)
        buf_printf(said, "%sunreadable", said->n ? " " : "");
    else if (ews_stream_end(stream, &why) != OK)
        buf_printf(said, "%scut", said->n ? " " : "");
    else if (!said->n)
        buf_add_cstr(said, "nothing");
    assert_int_equal(why.what[0] == 0, status == OK && !strstr(buf_cstr(said), "cut"));
    assert_null(strstr(why.what, "PLANTED"));
    ews_stream_free(stream);
}

static void says(const char *folder, const char *name, const char *wanted)
{
    static const size_t steps[] = {FILE_MAX, 1, 7, 61};
    CLEANUP(buf_done) struct buf file = BUF(FILE_MAX);
    char path[1024];
    struct error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (file_read(path, &file, &err) != OK)
        fail_msg("%s: %s", path, err.what);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CLEANUP(buf_done) struct buf said = BUF(FILE_MAX);
        read_in_steps(buf_text(&file), steps[i], &said);
        if (strcmp(buf_cstr(&said), wanted) != 0)
            fail_msg("%s in steps of %zu\n  wanted %s\n  got    %s", name, steps[i], wanted,
                     buf_cstr(&said));
    }
}

static void each_stream_says_what_the_table_says(void **state)
{
    (void)state;
    struct case_file rows = case_open(traces, "stream.txt");
    char folder[1024];
    unsigned n = 0;
    snprintf(folder, sizeof folder, "%s/stream", traces);
    while (case_next(&rows)) {
        if (!rows.n_words)
            continue;
        CLEANUP(buf_done) struct buf wanted = BUF(CASE_LINE);
        for (size_t i = 1; i < rows.n_words; i++)
            buf_printf(&wanted, "%s%s", i > 1 ? " " : "", rows.words[i]);
        says(folder, rows.words[0], buf_cstr(&wanted));
        n++;
    }
    assert_true(n >= ROWS_LEAST);
}

static void real_streams_are_read(void **state)
{
    (void)state;
    if (access(reference, R_OK) != 0)
        skip();
    says(reference, "ews/GetStreamingEvents/0595-response-test-sync.xml", "ok,closed");
    says(reference, "ews/GetStreamingEvents/0596-response-calendarevent.xml",
         "ok+GABzamNwZXgw");
    says(reference, "ews/GetStreamingEvents/0598-response-closedevent.xml", "ok,closed");
    says(reference, "issue-quotes/GetStreamingEvents/1040-response-jamesiarmes-php-ews-453.txt",
         "ok cut");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    traces = argv[1];
    reference = getenv("HOURGATE_REFERENCE") ? getenv("HOURGATE_REFERENCE") : argv[2];
    xml_init();
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_stream_says_what_the_table_says),
                                       cmocka_unit_test(real_streams_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
