/* SPDX-License-Identifier: ISC
 *
 * A scan for planted texts: what is looked for, what was found, and what could not be looked at. The places
 * are scan_memory.c, scan_file.c and scan_database.c; scan.c is the command. Nothing of what stands around a
 * canary is ever kept or shown.
 */
#ifndef HOURGATE_SCAN_H
#define HOURGATE_SCAN_H

#include "base/needle.h"
#include "hourgate/canary.h"
#include "hourgate/commands.h"

enum {
    SCAN_FOUND_MAX = 1000, /* findings that are shown; more are counted */
    SCAN_PLACES_MAX = 1000 /* places that are told one by one */
};

struct scan {
    struct call *call;
    struct arena a; /* texts of the forms: wiped at the end */
    struct canary_form *forms;
    size_t n_forms, n_canaries;
    struct needles *needles;
    struct table found, looked, unseen;
    size_t n_found, n_unseen;
    unsigned char *block; /* SCAN_BLOCK and what is carried over */
    bool shows_progress;
    int64_t shown_ms; /* when progress was shown last */
};

/* One run of bytes that is searched block by block. */
struct scan_stream {
    struct scan *scan;
    const char *place, *kind;
    bool is_hex;      /* offsets are addresses */
    uint64_t offset;  /* of the next byte */
    size_t n_carried; /* bytes before it that are looked at again */
    uint64_t n_bytes;
};

enum { SCAN_BLOCK = 1 << 20 };

/* Begin a run; place and kind are borrowed until its end. */
struct scan_stream scan_begin(struct scan *scan, const char *place, const char *kind);

/* Continue at another offset; what ended there and what begins here are not one text. */
void scan_seek(struct scan_stream *stream, uint64_t offset);

/* Where the next bytes go, at most SCAN_BLOCK; then scan_search how many there are. */
unsigned char *scan_room(struct scan_stream *stream);
void scan_search(struct scan_stream *stream, size_t n);

/* Search a descriptor to its end. False: it could not be read; that was noted. */
bool scan_read_all(struct scan_stream *stream, int fd);

/* End a run: what was looked at is told with its size. */
void scan_end(struct scan_stream *stream);

/* Note a finding. at: where in the place; form: of scan->forms. */
void scan_found(struct scan *scan, const char *place, const char *kind, const char *at,
                size_t form);

/* Note a place that was looked at, and one that could not be, with the reason. */
void scan_looked(struct scan *scan, const char *place, const char *kind, uint64_t n_bytes);
void scan_unseen(struct scan *scan, const char *place, const char *kind, const char *why);

/* ---- the places ---- */

/* Look at the memory of the server's programs: the parent that listens at the commands' socket, and all that
 * descend from it. ret_parent: its process, 0 where none runs. */
void scan_memory(struct scan *scan, int *ret_parent);

/* Look at the configuration, the data directory, and whatever --also names. */
void scan_files(struct scan *scan);

/* Look at where the server's standard error goes, and at the journal. */
void scan_logs(struct scan *scan, int parent);

/* Look at where the kernel puts core files. */
void scan_cores(struct scan *scan, int parent);

/* Look at a file, or all files beneath a folder; one that does not exist is passed over. */
void scan_path(struct scan *scan, const char *path, const char *kind);

/* Look at every column of every table, by a vault that is started for this and holds no key. */
void scan_database(struct scan *scan);

#endif
