/* SPDX-License-Identifier: ISC
 *
 * Writing: a new file without a name beside the old one, its content and mode, fsync, then a name for it,
 * then fsync of the directory. A power cut leaves the old file, the new one, or a forgotten *.new.
 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096, READ_STEP = 16 * 1024 };

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum status fail(struct error *err, const char *path)
{
    enum status status = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND
                         : errno == EACCES || errno == EPERM ? ERR_DENIED
                         : errno == EEXIST                   ? ERR_CONFLICT
                                                             : ERR_IO;
    return error_set(err, status, "file", "%s: %s", path, strerror(errno));
}

static enum status open_regular(const char *path, int *ret_fd, struct error *err)
{
    struct stat is;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(err, path);
    if (fstat(fd, &is) != 0 || !S_ISREG(is.st_mode)) {
        close(fd);
        return error_set(err, ERR_INVALID, "file", "%s: not a regular file", path);
    }
    *ret_fd = fd;
    return OK;
}

static enum status read_all(int fd, const char *path, struct buf *out, struct error *err)
{
    for (;;) {
        size_t left = out->max - out->n;
        size_t step = left < READ_STEP ? left : READ_STEP;
        unsigned char extra, *to = step ? buf_room(out, step) : &extra;
        if (!to)
            return error_set(err, ERR_LIMIT, "file", "%s: larger than %zu bytes", path,
                             out->max);
        ssize_t got = read(fd, to, step ? step : 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(err, path);
        if (got == 0)
            return OK;
        if (!step)
            return error_set(err, ERR_LIMIT, "file", "%s: larger than %zu bytes", path,
                             out->max);
        buf_grown(out, (size_t)got);
    }
}

enum status file_read(const char *path, struct buf *out, struct error *err)
{
    CLEANUP(close_fd) int fd = -1;
    TRY(open_regular(path, &fd, err));
    return read_all(fd, path, out, err);
}

static enum status write_all(int fd, const char *path, const unsigned char *at, size_t n,
                             struct error *err)
{
    while (n > 0) {
        ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(err, path);
        at += written;
        n -= (size_t)written;
    }
    return OK;
}

static enum status sync_directory_of(const char *path, struct error *err)
{
    char directory[PATH_MAX_BYTES];
    const char *slash = strrchr(path, '/');
    int n = slash == path ? 1 : slash ? (int)(slash - path) : 1;
    snprintf(directory, sizeof directory, "%.*s", n, slash ? path : ".");
    CLEANUP(close_fd) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? OK : fail(err, directory);
}

static enum status fill_new(const char *path, const void *at, size_t n, mode_t mode,
                            struct error *err)
{
    CLEANUP(close_fd)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, path);
    TRY(write_all(fd, path, at, n, err));
    return fchmod(fd, mode) == 0 && fsync(fd) == 0 ? OK : fail(err, path);
}

/* Give a filled file its name: over an older one, or only where there is none. */
static enum status give_name(const char *from, const char *to, bool replace, struct error *err)
{
    unsigned flags = replace ? 0 : RENAME_NOREPLACE;
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags) == 0 ? OK : fail(err, to);
}

static enum status put(const char *path, const void *at, size_t n, mode_t mode, bool replace,
                       struct error *err)
{
    char fresh[PATH_MAX_BYTES];
    if (snprintf(fresh, sizeof fresh, "%s.%ld.new", path, (long)getpid()) >= (int)sizeof fresh)
        return error_set(err, ERR_INVALID, "file", "a path may have %d bytes", PATH_MAX_BYTES);
    unlink(fresh);
    enum status status = fill_new(fresh, at, n, mode, err);
    if (status == OK)
        status = give_name(fresh, path, replace, err);
    if (status != OK) {
        unlink(fresh);
        return status;
    }
    return sync_directory_of(path, err);
}

enum status file_write(const char *path, const void *at, size_t n, mode_t mode,
                       struct error *err)
{
    return put(path, at, n, mode, true, err);
}

enum status file_create(const char *path, const void *at, size_t n, mode_t mode,
                        struct error *err)
{
    return put(path, at, n, mode, false, err);
}

enum status file_make_directory(const char *path, struct error *err)
{
    char part[PATH_MAX_BYTES];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(err, ERR_INVALID, "file", "a path may have %d bytes", PATH_MAX_BYTES);
    for (char *at = part + 1;; at++) {
        bool last = *at == 0;
        if (!last && *at != '/')
            continue;
        *at = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return fail(err, part);
        if (last)
            break;
        *at = '/';
    }
    struct stat is;
    if (stat(path, &is) != 0 || !S_ISDIR(is.st_mode))
        return error_set(err, ERR_INVALID, "file", "%s: not a directory", path);
    return OK;
}
