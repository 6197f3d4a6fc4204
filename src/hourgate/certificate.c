/* SPDX-License-Identifier: ISC */
#include "hourgate/certificate.h"

#include <sys/stat.h>

#include "base/buf.h"
#include "os/file.h"
#include "os/log.h"
#include "time/instant.h"

static void note(const char *path, struct file_mark *ret_mark)
{
    struct stat is;
    *ret_mark = (struct file_mark){0};
    if (stat(path, &is) == 0)
        *ret_mark = (struct file_mark){.inode = (uint64_t)is.st_ino,
                                       .size = is.st_size,
                                       .changed_s = is.st_mtim.tv_sec,
                                       .changed_ns = is.st_mtim.tv_nsec};
}

static bool is_same(const struct file_mark *one, const struct file_mark *other)
{
    return one->inode == other->inode && one->size == other->size &&
           one->changed_s == other->changed_s && one->changed_ns == other->changed_ns;
}

/* The key is the server's name to the world: a file that everybody may read is no secret. */
static enum status read_key(const char *path, struct buf *out, struct error *err)
{
    struct stat is;
    if (stat(path, &is) == 0 && (is.st_mode & (S_IROTH | S_IWOTH)))
        return error_set(err, ERR_DENIED, "tls_key",
                         "%s can be read by everybody: run chmod 600 %s", path, path);
    return file_read(path, out, err);
}

static enum status give(struct team *team, struct instant *ret_expires, struct error *err)
{
    const struct config *config = team->config;
    CLEANUP(buf_done) struct buf chain = BUF(MAX_OWN_CHAIN);
    CLEANUP(buf_wipe) struct buf key = BUF(MAX_OWN_KEY);
    struct certificate_answer answer = {0};
    note(config->tls_certificate, &team->certificate_mark[0]); /* before they are read */
    note(config->tls_key, &team->certificate_mark[1]);
    TRY(file_read(config->tls_certificate, &chain, err));
    TRY(read_key(config->tls_key, &key, err));
    struct certificate_ask ask = {.chain = buf_text(&chain),
                                  .key = {(unsigned char *)key.at, key.n}}; /* borrowed */
    TRY(program_ask_for(&team->programs[PROGRAM_EDGE], WIRE_certificate, &ask, -1, &answer,
                        err));
    *ret_expires = answer.expires;
    return OK;
}

enum status certificate_give(struct team *team, struct error *err)
{
    struct instant expires;
    team->certificate_refused = false;
    return *team->config->tls_certificate ? give(team, &expires, err) : OK;
}

void certificate_look(struct team *team, bool now)
{
    struct file_mark marks[2];
    struct error err = {0};
    struct instant expires;
    char until[INSTANT_SIZE];
    if (!*team->config->tls_certificate || !team_runs(team, PROGRAM_EDGE))
        return;
    note(team->config->tls_certificate, &marks[0]);
    note(team->config->tls_key, &marks[1]);
    bool is_old = is_same(&marks[0], &team->certificate_mark[0]) &&
                  is_same(&marks[1], &team->certificate_mark[1]);
    if (is_old && !now)
        return;
    enum status status = give(team, &expires, &err);
    team->certificate_refused = status != OK;
    if (status != OK) {
        log_error(LOG_ERROR, "certificate: the one before stays in use", status, &err);
        return;
    }
    instant_format(expires, until);
    log_line(LOG_NOTE, "certificate: another one is in use, good until %s", until);
}
