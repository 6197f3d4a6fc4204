/* SPDX-License-Identifier: ISC
 *
 * Recorded answers against a table of what each says: whole, and cut at every byte.
 *
 * Usage: test_calendar_answer TABLE-FOLDER TABLE DATA-FOLDER [extra]
 * Rows: file, operation (or View), the words of summary.h. An extra test takes the folder that
 * HOURGATE_REFERENCE names, if any, and is skipped where there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../case.h"
#include "format/xml.h"
#include "os/file.h"
#include "summary.h"

enum { SKIPPED = 77 };
enum { FILE_MAX = 8 << 20, ROWS_LEAST = 10, CUT_MAX = 100000 };

static const char *const *arguments;
static const char *data;
static unsigned n_failures;

static void join(struct buf *out, const struct case_file *row, size_t from)
{
    for (size_t i = from; i < row->n_words; i++)
        buf_printf(out, "%s%s", i > from ? " " : "", row->words[i]);
}

static void compare(const struct case_file *row, struct text bytes, size_t step,
                    const char *wanted)
{
    CLEANUP(buf_done) struct buf said = BUF(1 << 20);
    struct error why;
    assert_true(summarize(&said, row->words[1], bytes, step, &why));
    bool is_ok = strcmp(buf_cstr(&said), wanted) == 0;
    if (!is_ok) {
        print_error("%s:%d: %s in steps of %zu\n  wanted %s\n  got    %s (%s)\n", row->name,
                    row->line, row->words[0], step, wanted, buf_cstr(&said), why.what);
        n_failures++;
    }
    /* Whatever fails has a reason, and no reason quotes the server. */
    if (strncmp(wanted, "ok", 2) != 0)
        assert_true(why.what[0]);
    assert_null(strstr(why.what, "PLANTED"));
}

static void try_row(const struct case_file *row)
{
    CLEANUP(buf_done) struct buf file = BUF(FILE_MAX), wanted = BUF(CASE_LINE);
    char path[CASE_LINE];
    snprintf(path, sizeof path, "%s/%s", data, row->words[0]);
    struct error err;
    if (file_read(path, &file, &err) != OK)
        fail_msg("%s: %s", path, err.what);
    join(&wanted, row, 2);
    compare(row, buf_text(&file), FILE_MAX, buf_cstr(&wanted));
    compare(row, buf_text(&file), 7, buf_cstr(&wanted));
    if (file.n < CUT_MAX)
        compare(row, buf_text(&file), 1, buf_cstr(&wanted));
}

static void each_answer_says_what_the_table_says(void **state)
{
    (void)state;
    struct case_file rows = case_open(arguments[1], arguments[2]);
    unsigned n = 0;
    while (case_next(&rows)) {
        if (rows.n_words < 3)
            continue;
        try_row(&rows);
        n++;
    }
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
    xml_init();
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_answer_says_what_the_table_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
