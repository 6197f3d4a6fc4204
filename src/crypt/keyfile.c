/* SPDX-License-Identifier: ISC
 *
 * The file is one line, so that a person who finds it knows what it is:
 *
 *     hourgate-master-key-1:BASE64URL-OF-32-BYTES\n
 */
#include "crypt/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "os/random.h"

static const struct text prefix = TEXT("hourgate-master-key-1:");
enum { FILE_MAX = 128 };

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum status sync_directory_of(const char *path)
{
    char *copy = strdup(path);
    ENSURE(copy);
    int fd CLEANUP(close_fd) = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    return fd >= 0 && fsync(fd) == 0 ? OK : ERR_IO;
}

static enum status write_line(const char *path, const struct buf *line)
{
    int fd CLEANUP(close_fd) =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd < 0)
        return errno == EEXIST ? ERR_CONFLICT : ERR_IO;
    if (write(fd, line->at, line->n) == (ssize_t)line->n && fsync(fd) == 0 &&
        sync_directory_of(path) == OK)
        return OK;
    int saved = errno;
    unlink(path); /* half a key is worse than none */
    errno = saved;
    return ERR_IO;
}

enum status keyfile_create(const char *path, struct error *err)
{
    unsigned char key[MASTER_KEY_BYTES];
    struct buf line CLEANUP(buf_wipe) = BUF(FILE_MAX);
    random_bytes(key, sizeof key);
    buf_add_text(&line, prefix);
    base64url_format(&line, key, sizeof key);
    buf_add_byte(&line, '\n');
    wipe_bytes(key, sizeof key);
    ENSURE(!buf_failed(&line));
    enum status status = write_line(path, &line);
    if (status == ERR_CONFLICT)
        return error_set(err, status, "key file", "%s exists and is left as it is", path);
    if (status != OK)
        return error_set(err, status, "key file", "%s: %s", path, strerror(errno));
    return OK;
}

static enum status parse_line(struct text line, struct secret *ret_key)
{
    struct buf key CLEANUP(buf_wipe) = BUF(MASTER_KEY_BYTES);
    if (line.n && line.at[line.n - 1] == '\n')
        line.n--;
    if (!text_starts(line, prefix))
        return ERR_INVALID;
    TRY(base64url_parse(&key, (struct text){line.at + prefix.n, line.n - prefix.n}));
    if (buf_failed(&key) || key.n != MASTER_KEY_BYTES)
        return ERR_INVALID;
    *ret_key = secret_new(key.at, key.n);
    return OK;
}

enum status keyfile_read(const char *path, struct secret *ret_key, struct error *err)
{
    static const mode_t forbidden = S_IWGRP | S_IXGRP | S_IRWXO;
    char line[FILE_MAX];
    struct stat st;
    int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "key file", "%s: %s",
                         path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return error_set(err, ERR_INVALID, "key file", "%s is not a regular file", path);
    if (st.st_mode & forbidden)
        return error_set(err, ERR_DENIED, "key file",
                         "%s is open to others than its owner (mode %04o): chmod 0400 it", path,
                         (unsigned)st.st_mode & 07777);
    ssize_t n = read(fd, line, sizeof line);
    if (n < 0)
        return error_set(err, ERR_IO, "key file", "%s: %s", path, strerror(errno));
    enum status status = parse_line((struct text){line, (size_t)n}, ret_key);
    wipe_bytes(line, sizeof line);
    if (status != OK)
        return error_set(err, status, "key file", "%s does not hold a master key of hourgate",
                         path);
    return OK;
}
