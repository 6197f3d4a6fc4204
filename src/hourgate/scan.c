/* SPDX-License-Identifier: ISC
 *
 * The memory comes first: the other places are read by programs of the scan's own, which hold the canaries
 * too, and which nothing looks at. A block is searched together with the end of the one before it; a match
 * inside that end alone was told then.
 */
#include "hourgate/scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hourgate/password.h"
#include "os/clock.h"
#include "os/file.h"

enum { CANARY_FILE_MAX = 64 * 1024, PROGRESS_MS = 200 };

const struct option scan_options[] = {
    {"canary", "TEXT", "a planted text; other users can read it on the command line", true},
    {"canary-file", "FILE", "planted texts, one a line; such as a password", true},
    {"also", "PATH", "a further file or folder to look at, such as your logs", true},
    {0},
};

static const struct column found_columns[] = {
    {"place", COLUMN_TEXT},    {"kind", COLUMN_TEXT},     {"at", COLUMN_TEXT},
    {"canary", COLUMN_NUMBER}, {"encoding", COLUMN_TEXT}, {0}};
static const struct column looked_columns[] = {
    {"place", COLUMN_TEXT}, {"kind", COLUMN_TEXT}, {"bytes", COLUMN_NUMBER}, {0}};
static const struct column unseen_columns[] = {
    {"place", COLUMN_TEXT}, {"kind", COLUMN_TEXT}, {"why", COLUMN_TEXT}, {0}};

/* ---- what is told ---- */

void scan_found(struct scan *scan, const char *place, const char *kind, const char *at,
                size_t form)
{
    if (scan->n_found++ >= SCAN_FOUND_MAX)
        return;
    table_text(&scan->found, text_from(place));
    table_text(&scan->found, text_from(kind));
    table_text(&scan->found, text_from(at));
    table_number(&scan->found, (int64_t)scan->forms[form].canary);
    table_text(&scan->found, text_from(scan->forms[form].encoding));
}

void scan_looked(struct scan *scan, const char *place, const char *kind, uint64_t n_bytes)
{
    if (scan->looked.n_rows >= SCAN_PLACES_MAX)
        return;
    table_text(&scan->looked, text_from(place));
    table_text(&scan->looked, text_from(kind));
    table_number(&scan->looked, (int64_t)n_bytes);
}

void scan_unseen(struct scan *scan, const char *place, const char *kind, const char *why)
{
    if (scan->n_unseen++ >= SCAN_PLACES_MAX)
        return;
    table_text(&scan->unseen, text_from(place));
    table_text(&scan->unseen, text_from(kind));
    table_text(&scan->unseen, text_from(why));
}

static void show_progress(struct scan_stream *stream)
{
    struct scan *scan = stream->scan;
    int64_t now_ms = clock_ms();
    if (!scan->shows_progress || now_ms - scan->shown_ms < PROGRESS_MS)
        return;
    scan->shown_ms = now_ms;
    fprintf(stderr, "\r\033[K%s: %s, %" PRIu64 " MB", stream->kind, stream->place,
            stream->n_bytes >> 20);
}

static void clear_progress(struct scan *scan)
{
    if (scan->shows_progress && scan->shown_ms)
        fprintf(stderr, "\r\033[K");
}

/* ---- searching ---- */

struct scan_stream scan_begin(struct scan *scan, const char *place, const char *kind)
{
    return (struct scan_stream){.scan = scan, .place = place, .kind = kind};
}

void scan_seek(struct scan_stream *stream, uint64_t offset)
{
    stream->offset = offset;
    stream->n_carried = 0;
}

unsigned char *scan_room(struct scan_stream *stream)
{
    return stream->scan->block + stream->n_carried;
}

void scan_search(struct scan_stream *stream, size_t n)
{
    struct scan *scan = stream->scan;
    size_t carried = stream->n_carried, all = carried + n;
    struct text block = {(const char *)scan->block, all};
    struct needle_walk walk = {0};
    while (needles_next(scan->needles, block, &walk)) {
        char at[32];
        uint64_t offset = stream->offset - carried + walk.at;
        if (walk.at + scan->forms[walk.which].bytes.n <= carried)
            continue;
        snprintf(at, sizeof at, stream->is_hex ? "0x%" PRIx64 : "%" PRIu64, offset);
        scan_found(scan, stream->place, stream->kind, at, walk.which);
    }
    size_t keep = needles_longest(scan->needles) - 1;
    stream->n_carried = all < keep ? all : keep;
    memmove(scan->block, scan->block + all - stream->n_carried, stream->n_carried);
    stream->offset += n;
    stream->n_bytes += n;
    show_progress(stream);
}

bool scan_read_all(struct scan_stream *stream, int fd)
{
    for (;;) {
        ssize_t got = read(fd, scan_room(stream), SCAN_BLOCK);
        if (got == 0)
            return true;
        if (got > 0)
            scan_search(stream, (size_t)got);
        else if (errno != EINTR) {
            scan_unseen(stream->scan, stream->place, stream->kind, strerror(errno));
            return false;
        }
    }
}

void scan_end(struct scan_stream *stream)
{
    scan_looked(stream->scan, stream->place, stream->kind, stream->n_bytes);
}

/* ---- what is looked for ---- */

static enum status add_canary(struct scan *scan, struct text canary, struct error *err)
{
    TRY(canary_check(canary, err));
    if (scan->n_canaries == CANARIES_MAX)
        return error_set(err, ERR_INVALID, "canary", "give at most %d", CANARIES_MAX);
    scan->n_forms +=
        canary_forms(&scan->a, canary, ++scan->n_canaries, scan->forms + scan->n_forms);
    return OK;
}

static enum status add_canary_file(struct scan *scan, const char *file, struct error *err)
{
    struct buf content CLEANUP(buf_wipe) = BUF(CANARY_FILE_MAX);
    TRY(password_check_file(file, err));
    TRY(file_read(file, &content, err));
    for (struct text line, rest = buf_text(&content); rest.n;) {
        if (!text_cut(rest, '\n', &line, &rest)) {
            line = rest;
            rest = (struct text){0};
        }
        if (line.n)
            TRY(add_canary(scan, line, err));
    }
    return OK;
}

static enum status read_canaries(struct scan *scan, struct error *err)
{
    int at = 0;
    scan->forms = ARENA_ARRAY(&scan->a, CANARIES_MAX * CANARY_FORMS, struct canary_form);
    for (const char *text; (text = call_next(scan->call, "canary", &at));)
        TRY(add_canary(scan, text_from(text), err));
    at = 0;
    for (const char *file; (file = call_next(scan->call, "canary-file", &at));)
        TRY(add_canary_file(scan, file, err));
    return scan->n_canaries
               ? OK
               : error_set(err, ERR_INVALID, "scan", "give --canary or --canary-file");
}

static void prepare(struct scan *scan)
{
    struct text *texts = ARENA_ARRAY(&scan->a, scan->n_forms, struct text);
    for (size_t i = 0; i < scan->n_forms; i++)
        texts[i] = scan->forms[i].bytes;
    scan->needles = needles_new(texts, scan->n_forms);
    scan->block = malloc(SCAN_BLOCK + NEEDLE_MAX);
    ENSURE(scan->block);
    table_init(&scan->found, found_columns);
    table_init(&scan->looked, looked_columns);
    table_init(&scan->unseen, unseen_columns);
    scan->shows_progress = isatty(STDERR_FILENO) && !scan->call->json;
}

static void done(struct scan *scan)
{
    if (scan->block) {
        wipe_bytes(scan->block, SCAN_BLOCK + NEEDLE_MAX);
        free(scan->block);
        needles_free(scan->needles);
        table_done(&scan->found);
        table_done(&scan->looked);
        table_done(&scan->unseen);
    }
    arena_wipe(&scan->a);
}

/* ---- the command ---- */

static void print_json(const struct scan *scan)
{
    printf("{\"canaries\":%zu,\"n_found\":%zu,\"found\":", scan->n_canaries, scan->n_found);
    table_print(&scan->found, true, "");
    printf(",\"not_looked_at\":");
    table_print(&scan->unseen, true, "");
    printf(",\"looked_at\":");
    table_print(&scan->looked, true, "");
    printf("}\n");
}

static void print(const struct scan *scan)
{
    uint64_t n_places = scan->looked.n_rows;
    table_print(&scan->looked, false, "nothing could be looked at");
    if (scan->n_unseen) {
        printf("\nNot looked at:\n");
        table_print(&scan->unseen, false, "");
    }
    printf("\n");
    table_print(&scan->found, false, "nothing found");
    if (scan->n_found > scan->found.n_rows)
        printf("and %zu more\n", scan->n_found - scan->found.n_rows);
    printf("\n%zu canaries in %zu forms, %" PRIu64 " places: found %zu times", scan->n_canaries,
           scan->n_forms, n_places, scan->n_found);
    printf(scan->n_unseen ? "; %zu places could not be looked at\n" : "\n", scan->n_unseen);
}

enum exit_code command_scan(struct call *call)
{
    struct scan scan = {.call = call};
    struct error err = {0};
    int parent = 0;
    if (read_canaries(&scan, &err) != OK) {
        done(&scan);
        return call_misused(call, &err);
    }
    prepare(&scan);
    scan_memory(&scan, &parent);
    scan_files(&scan);
    scan_database(&scan);
    scan_logs(&scan, parent);
    scan_cores(&scan, parent);
    clear_progress(&scan);
    if (call->json)
        print_json(&scan);
    else
        print(&scan);
    enum exit_code code = scan.n_found    ? EXIT_NOT_DONE
                          : scan.n_unseen ? EXIT_NOT_EVERYWHERE
                                          : EXIT_DONE;
    done(&scan);
    return code;
}
