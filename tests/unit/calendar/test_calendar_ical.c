/* SPDX-License-Identifier: ISC
 *
 * Calendar objects by two tables: what stands in an object and what it takes (tests/case/ical.txt), and rules as
 * another program counts them out (tests/case/rules.txt). The folder with both is the first argument; a
 * second one, where it exists, holds reference objects that need only be read without harm.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../case.h"
#include "base/buf.h"
#include "calendar/ical/ical.h"
#include "time/instant.h"

static const char *folder;
static const char *reference;
static struct zones *zones;

static const char *const words[BUSY_STATUS_COUNT] = {"free", "elsewhere", "tentative",
                                                     "busy", "oof",       "no-data"};

static struct text object_of(struct buf *lines)
{
    buf_add_cstr(lines, "END:VCALENDAR\r\n");
    return buf_text(lines);
}

static void begin_object(struct buf *lines)
{
    buf_clear(lines);
    buf_add_cstr(lines, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
}

/* ---- the table of objects ---- */

struct example {
    char name[200];
    char home[MAX_ZONE + 1];
    struct instant from, to;
    struct buf lines;
    struct buf wanted; /* as `is` rows */
};

static void add_found(struct buf *found, const struct ical_occurrence *o)
{
    char start[INSTANT_SIZE], end[INSTANT_SIZE];
    instant_format(o->start, start);
    instant_format(o->end, end);
    buf_printf(found, "%s %s %s\n", start, end, words[o->status]);
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Sort lines, as occurrences come in no order. */
static void sort_lines(struct buf *b)
{
    char *rows[512];
    size_t n = 0;
    char *copy = strdup(buf_cstr(b)), *rest = copy;
    for (char *row; n < 512 && (row = strtok_r(NULL, "\n", &rest));)
        rows[n++] = row;
    qsort(rows, n, sizeof *rows, by_text);
    buf_clear(b);
    for (size_t i = 0; i < n; i++)
        buf_printf(b, "%s\n", rows[i]);
    free(copy);
}

static void try_example(struct example *e)
{
    const struct zone *home =
        strcmp(e->home, "unknown") == 0 ? NULL : zone_find(zones, text_from(e->home));
    struct ical *ical = NULL;
    struct error err = {0};
    struct buf found = BUF(100000);
    enum status status = ical_read(object_of(&e->lines), home, &ical, &err);
    if (status != OK) {
        assert_true(err.what[0]);
        buf_add_cstr(&found, "refused\n");
    } else {
        struct ical_occurrence o;
        ical_begin(ical, e->from, e->to);
        while (ical_next(ical, &o))
            add_found(&found, &o);
        if (!found.n)
            buf_add_cstr(&found, "nothing\n");
    }
    sort_lines(&found);
    sort_lines(&e->wanted);
    if (strcmp(buf_cstr(&found), buf_cstr(&e->wanted)) != 0)
        fail_msg("case %s:\nfound\n%swanted\n%s", e->name, buf_cstr(&found),
                 buf_cstr(&e->wanted));
    ical_free(ical);
    buf_done(&found);
}

static void read_instant(const char *word, struct instant *ret)
{
    assert_int_equal(instant_parse(text_from(word), ret), OK);
}

static void read_line(struct example *e, const char *line)
{
    char from[64], to[64];
    if (sscanf(line, "home %64s", e->home) == 1)
        return;
    if (sscanf(line, "window %63s %63s", from, to) == 2) {
        read_instant(from, &e->from);
        read_instant(to, &e->to);
    } else if (strncmp(line, "is ", 3) == 0) {
        buf_printf(&e->wanted, "%s\n", line + 3);
    } else if (*line) {
        buf_printf(&e->lines, "%s\r\n", line);
    }
}

static void objects_take_what_they_say(void **state)
{
    (void)state;
    char path[CASE_LINE], line[CASE_LINE];
    struct example e = {.lines = BUF(100000), .wanted = BUF(100000)};
    snprintf(path, sizeof path, "%s/ical.txt", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int n = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (*line == '#')
            continue;
        if (strncmp(line, "case ", 5) != 0) {
            read_line(&e, line);
            continue;
        }
        if (n++)
            try_example(&e);
        snprintf(e.name, sizeof e.name, "%.190s", line + 5);
        buf_clear(&e.wanted);
        begin_object(&e.lines);
    }
    try_example(&e);
    fclose(file);
    buf_done(&e.lines);
    buf_done(&e.wanted);
    assert_true(n > 30);
}

/* ---- the table of rules ---- */

static void try_rule(struct case_file *c, struct buf *object)
{
    struct instant from, to, starts[512];
    struct error err = {0};
    struct ical *ical;
    struct ical_occurrence o;
    size_t n = 0;
    read_instant("2026-01-01T00:00:00Z", &from);
    read_instant("2027-01-01T00:00:00Z", &to);
    begin_object(object);
    buf_printf(object,
               "BEGIN:VEVENT\r\nDTSTART:%s\r\nDURATION:PT1H\r\nRRULE:%s\r\nEND:VEVENT\r\n",
               c->words[0], c->words[1]);
    assert_int_equal(ical_read(object_of(object), zone_find(zones, TEXT("UTC")), &ical, &err),
                     OK);
    ical_begin(ical, from, to);
    while (ical_next(ical, &o) && n < 512) {
        if (o.status != BUSY_BUSY)
            fail_msg("line %d: %s %s is not counted out", c->line, c->words[0], c->words[1]);
        if (!instant_before(o.start, from)) /* one may reach into the year */
            starts[n++] = o.start;
    }
    ical_free(ical);
    if (n != (size_t)atoi(c->words[2]))
        fail_msg("line %d: %s %s: %zu times, not %s", c->line, c->words[0], c->words[1], n,
                 c->words[2]);
    for (size_t i = 3; i < c->n_words; i++) {
        struct civil civil;
        size_t k = 0;
        assert_int_equal(sscanf(c->words[i], "%4d%2d%2dT%2d%2d%2d", &civil.year, &civil.month,
                                &civil.day, &civil.hour, &civil.minute, &civil.second),
                         6);
        while (k < n && starts[k].s != civil_seconds(civil))
            k++;
        if (k == n)
            fail_msg("line %d: %s %s: not at %s", c->line, c->words[0], c->words[1],
                     c->words[i]);
    }
}

static void rules_are_counted_as_others_count_them(void **state)
{
    (void)state;
    struct case_file c = case_open(folder, "rules.txt");
    struct buf object = BUF(10000);
    int n = 0;
    while (case_next(&c)) {
        try_rule(&c, &object);
        n++;
    }
    case_close(&c);
    buf_done(&object);
    assert_true(n > 200);
}

/* ---- bounds ---- */

static enum status read_text(struct text text)
{
    struct ical *ical = NULL;
    struct error err = {0};
    enum status status = ical_read(text, NULL, &ical, &err);
    ical_free(ical);
    assert_true(status == OK || err.what[0]);
    return status;
}

static void what_is_no_object_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text(TEXT("")), ERR_UPSTREAM);
    assert_int_equal(read_text(TEXT("<html>")), ERR_UPSTREAM);
    assert_int_equal(read_text(TEXT("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")), ERR_UPSTREAM);
    assert_int_equal(read_text(TEXT("BEGIN:VCARD\r\nEND:VCARD\r\n")), ERR_UPSTREAM);
    assert_int_equal(read_text(TEXT("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")), OK);
}

static void depth_and_number_are_bounded(void **state)
{
    (void)state;
    struct buf b = BUF(ICAL_TEXT_MAX + 1);
    for (int i = 0; i < 100000; i++)
        buf_add_cstr(&b, "BEGIN:VEV\r\n ENT\r\n");
    for (int i = 0; i < 100000; i++)
        buf_add_cstr(&b, "END:VEVENT\r\n");
    assert_int_equal(read_text(buf_text(&b)), ERR_UPSTREAM);
    begin_object(&b);
    for (int i = 0; i <= ICAL_ITEMS_MAX; i++)
        buf_add_cstr(&b, "BEGIN:VEVENT\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\n");
    assert_int_equal(read_text(object_of(&b)), ERR_UPSTREAM);
    buf_done(&b);
}

static void zones_are_told_by_name(void **state)
{
    (void)state;
    assert_non_null(ical_zone_named(TEXT("Europe/Zurich")));
    assert_string_equal(zone_name(ical_zone_named(TEXT("pacific standard time"))).at,
                        "America/Los_Angeles");
    assert_null(ical_zone_named(TEXT("Customized Time Zone")));
    assert_null(ical_zone_named(TEXT("/nowhere/at/all")));
}

/* ---- reference objects ---- */

/* Templates of a test suite say $now.year.1:0101 for a day of a year, $now.1: for a day. */
static void fill_in(struct buf *out, struct text from)
{
    for (size_t i = 0; i < from.n; i++) {
        struct text rest = {from.at + i, from.n - i};
        const char *end = text_starts(rest, TEXT("$now")) ? memchr(rest.at, ':', rest.n) : NULL;
        if (!end) {
            buf_add_byte(out, (unsigned char)from.at[i]);
            continue;
        }
        buf_add(out, "20261122", text_starts(rest, TEXT("$now.year")) ? 4 : 8);
        i = (size_t)(end - from.at);
    }
}

static void read_file(const char *path)
{
    static char bytes[4 << 20];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct buf filled = BUF(sizeof bytes);
    fill_in(&filled, (struct text){bytes, n});
    struct ical *ical = NULL;
    struct ical_occurrence o;
    struct error err = {0};
    enum status status =
        ical_read(buf_text(&filled), zone_find(zones, TEXT("UTC")), &ical, &err);
    printf("%s: %s %s\n", strrchr(path, '/') + 1, status_name(status), err.what);
    assert_true(status == OK);
    if (status == OK) {
        ical_begin(ical, (struct instant){0}, (struct instant){4102444800});
        while (ical_next(ical, &o))
            assert_false(instant_before(o.end, o.start));
    }
    ical_free(ical);
    buf_done(&filled);
}

static void reference_objects_are_read(void **state)
{
    (void)state;
    DIR *top = reference ? opendir(reference) : NULL;
    if (!top)
        skip();
    for (struct dirent *kind; (kind = readdir(top));) {
        char path[8192];
        if (strncmp(kind->d_name, "ics-", 4) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", reference, kind->d_name);
        DIR *inner = opendir(path);
        for (struct dirent *one; inner && (one = readdir(inner));) {
            size_t n = strlen(one->d_name);
            if (n < 4 || strcmp(one->d_name + n - 4, ".ics") != 0)
                continue;
            snprintf(path, sizeof path, "%s/%s/%s", reference, kind->d_name, one->d_name);
            read_file(path);
        }
        if (inner)
            closedir(inner);
    }
    closedir(top);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_take_what_they_say),
        cmocka_unit_test(rules_are_counted_as_others_count_them),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(depth_and_number_are_bounded),
        cmocka_unit_test(zones_are_told_by_name),
        cmocka_unit_test(reference_objects_are_read),
    };
    struct error err = {0};
    if (argc < 2)
        return 2;
    folder = argv[1];
    reference = argc > 2 ? argv[2] : NULL;
    zones = zones_load("/usr/share/zoneinfo", &err);
    if (!zones)
        return 2;
    ical_init(zones);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zones_free(zones);
    return failed;
}
