/* SPDX-License-Identifier: ISC */
#include "connector/linux/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

static enum status path_of(const struct settings *s, const char *name,
                           char ret_path[static MAX_FILE_PATH], struct error *err)
{
    if (snprintf(ret_path, MAX_FILE_PATH, "%s/%s", s->state, name) >= MAX_FILE_PATH)
        return error_set(err, ERR_INVALID, "storage", "the state folder's path is too long");
    return OK;
}

enum status files_open(const struct settings *settings, bool to_run, int *ret_lock,
                       struct error *err)
{
    char path[MAX_FILE_PATH];
    TRY(file_make_directory(settings->state, err));
    TRY(path_of(settings, "lock", path, err));
    *ret_lock = -1;
    if (!to_run)
        return OK;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, ERR_IO, "storage", "%s: %s", path, strerror(errno));
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        close(fd);
        return error_set(err, ERR_CONFLICT, "storage",
                         "another hourgate-connector runs over %s", settings->state);
    }
    *ret_lock = fd;
    return OK;
}

bool files_is_locked(const struct settings *settings)
{
    char path[MAX_FILE_PATH];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (path_of(settings, "lock", path, NULL) != OK)
        return false;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool is_locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return is_locked;
}

static enum status load(void *self, const char *name, struct buf *out, struct error *err)
{
    char path[MAX_FILE_PATH];
    TRY(path_of(self, name, path, err));
    return file_read(path, out, err);
}

static enum status store_lightly(const char *path, struct text bytes, struct error *err)
{
    char fresh[MAX_FILE_PATH + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool fine = fd >= 0 && write(fd, bytes.at, bytes.n) == (ssize_t)bytes.n;
    if (fd >= 0)
        fine &= close(fd) == 0;
    if (!fine || rename(fresh, path) != 0)
        return error_set(err, ERR_IO, "storage", "%s: %s", path, strerror(errno));
    return OK;
}

static enum status store(void *self, const char *name, struct text bytes, struct error *err)
{
    char path[MAX_FILE_PATH];
    TRY(path_of(self, name, path, err));
    if (strcmp(name, "status") == 0)
        return store_lightly(path, bytes, err);
    return file_write(path, bytes.at, bytes.n, 0600, err);
}

static enum status erase_path(const char *path, struct error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return error_set(err, ERR_IO, "storage", "%s: %s", path, strerror(errno));
    return OK;
}

static enum status erase(void *self, const char *name, struct error *err)
{
    char path[MAX_FILE_PATH];
    TRY(path_of(self, name, path, err));
    return erase_path(path, err);
}

struct storage_adapter files_storage(const struct settings *settings)
{
    return (struct storage_adapter){
        .self = (void *)(uintptr_t)settings, .load = load, .store = store, .erase = erase};
}

/* ---- the token ---- */

static bool credential_path(char ret_path[static MAX_FILE_PATH])
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    return folder && *folder == '/' &&
           snprintf(ret_path, MAX_FILE_PATH, "%s/token", folder) < MAX_FILE_PATH &&
           access(ret_path, R_OK) == 0;
}

static enum status load_token(void *self, struct secret *ret_token, struct error *err)
{
    char path[MAX_FILE_PATH];
    if (!credential_path(path))
        TRY(path_of(self, "token", path, err));
    return settings_secret(path, ret_token, err);
}

static enum status keep_token(void *self, const struct secret *token, struct error *err)
{
    char path[MAX_FILE_PATH];
    TRY(path_of(self, "token", path, err));
    return file_write(path, token->at, token->n, 0600, err);
}

static enum status forget_token(void *self, struct error *err)
{
    char path[MAX_FILE_PATH];
    TRY(path_of(self, "token", path, err));
    return erase_path(path, err);
}

struct secret_adapter files_secret(const struct settings *settings)
{
    return (struct secret_adapter){.self = (void *)(uintptr_t)settings,
                                   .load = load_token,
                                   .keep = keep_token,
                                   .forget = forget_token};
}
