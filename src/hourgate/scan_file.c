/* SPDX-License-Identifier: ISC
 *
 * Files: the configuration, the data directory, logs, core files. What is compressed cannot be looked into
 * and is told. The journal compresses too, so that journalctl reads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hourgate/scan.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"

enum { PATTERN_MAX = 256, JOURNAL_MS = 600000 };

static bool is_compressed(struct text name)
{
    static const char *const ends[] = {".gz", ".xz", ".zst", ".lz4", ".bz2"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (text_ends(name, text_from(ends[i])))
            return true;
    return false;
}

static void search_file(struct scan *scan, const char *path, const char *kind)
{
    struct stat is;
    if (is_compressed(text_from(path))) {
        scan_unseen(scan, path, kind, "compressed");
        return;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0) {
        if (errno != ENOENT)
            scan_unseen(scan, path, kind, strerror(errno));
        return;
    }
    if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode)) {
        struct scan_stream stream = scan_begin(scan, path, kind);
        if (scan_read_all(&stream, fd))
            scan_end(&stream);
    }
    close(fd);
}

void scan_path(struct scan *scan, const char *path, const char *kind)
{
    char *const roots[] = {(char *)path, NULL};
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return;
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    ENSURE(tree);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_F)
            search_file(scan, entry->fts_path, kind);
        else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
                 entry->fts_info == FTS_NS)
            scan_unseen(scan, entry->fts_path, kind, strerror(entry->fts_errno));
    }
    fts_close(tree);
}

void scan_files(struct scan *scan)
{
    const struct config *config = &scan->call->config;
    int at = 0;
    scan_path(scan, config->file, "configuration");
    scan_path(scan, config->directory, "data");
    for (const char *path; (path = call_next(scan->call, "also", &at));) {
        if (access(path, F_OK) != 0)
            scan_unseen(scan, path, "file", strerror(errno));
        else
            scan_path(scan, path, "file");
    }
}

/* ---- logs ---- */

static const char journalctl[] = "/usr/bin/journalctl";

/* Search what the journal has of our programs; names are cut to 15 bytes by the kernel. */
static void search_journal(struct scan *scan)
{
    static const char *const argv[] = {"journalctl",
                                       "--quiet",
                                       "--no-pager",
                                       "--output=cat",
                                       "_COMM=hourgate",
                                       "_COMM=hourgate-edge",
                                       "_COMM=hourgate-vault",
                                       "_COMM=hourgate-courie",
                                       NULL};
    struct error err = {0};
    struct process process = PROCESS_NONE;
    int output[2];
    ENSURE(pipe2(output, O_CLOEXEC) == 0);
    enum status status = process_start(journalctl, argv, -1, output[1], &process, &err);
    close(output[1]);
    struct scan_stream stream = scan_begin(scan, "the journal", "log");
    bool was_read = status == OK && scan_read_all(&stream, output[0]);
    close(output[0]);
    if (status == OK && process_end(&process, clock_ms() + JOURNAL_MS) != 0)
        was_read = false;
    if (was_read)
        scan_end(&stream);
    else
        scan_unseen(scan, "the journal", "log", "journalctl could not read it");
}

static bool has_journal(void)
{
    return access("/var/log/journal", F_OK) == 0 || access("/run/log/journal", F_OK) == 0;
}

/* Where does the server's standard error go? */
static void search_standard_error(struct scan *scan, int parent)
{
    char link[64], target[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/fd/2", parent);
    ssize_t n = readlink(link, target, sizeof target - 1);
    if (n < 0) {
        scan_unseen(scan, "the server's standard error", "log", strerror(errno));
        return;
    }
    target[n] = 0;
    if (*target == '/' && strncmp(target, "/dev/", 5) != 0)
        scan_path(scan, target, "log");
    else if (strcmp(target, "/dev/null") != 0 && !has_journal())
        scan_unseen(scan, target, "log",
                    "the server's lines go there: name the files they end in with --also");
}

void scan_logs(struct scan *scan, int parent)
{
    if (parent)
        search_standard_error(scan, parent);
    if (has_journal())
        search_journal(scan);
}

/* ---- core files ---- */

/* Search files in a folder whose names begin as the kernel's pattern does, up to its first variable. */
static void search_cores(struct scan *scan, const char *folder, const char *pattern)
{
    char *const roots[] = {(char *)folder, NULL};
    size_t n = strcspn(pattern, "%");
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    ENSURE(tree);
    for (FTSENT *entry; (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_D && entry->fts_level > 0)
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F && strncmp(entry->fts_name, pattern, n) == 0)
            search_file(scan, entry->fts_path, "core");
        else if (entry->fts_info == FTS_DNR)
            scan_unseen(scan, entry->fts_path, "core", strerror(entry->fts_errno));
    }
    fts_close(tree);
}

/* Cores that a handler keeps: only those of our programs. */
static void search_handler(struct scan *scan, const char *handler)
{
    static const char kept[] = "/var/lib/systemd/coredump";
    if (!strstr(handler, "systemd-coredump"))
        scan_unseen(scan, arena_printf(&scan->call->a, "cores that %s took", handler), "core",
                    "where it keeps them is not known here: name the folder with --also");
    else if (access(kept, F_OK) == 0)
        search_cores(scan, kept, "core.hourgate");
}

void scan_cores(struct scan *scan, int parent)
{
    struct buf read CLEANUP(buf_done) = BUF(PATTERN_MAX);
    char cwd[PATH_MAX] = "", link[64];
    if (file_read("/proc/sys/kernel/core_pattern", &read, NULL) != OK) {
        scan_unseen(scan, "/proc/sys/kernel/core_pattern", "core", "cannot be read");
        return;
    }
    char *pattern = arena_cstr(&scan->call->a, text_trim(buf_text(&read)));
    char *slash = strrchr(pattern, '/');
    if (*pattern == '|') {
        search_handler(scan, pattern + 1);
    } else if (*pattern == '/') {
        *slash = 0;
        search_cores(scan, *pattern ? pattern : "/", slash + 1);
    } else if (parent) {
        snprintf(link, sizeof link, "/proc/%d/cwd", parent);
        if (readlink(link, cwd, sizeof cwd - 1) < 0)
            scan_unseen(scan, "the server's working directory", "core", strerror(errno));
        else
            search_cores(scan, cwd, pattern);
    }
}
