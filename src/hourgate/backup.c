/* SPDX-License-Identifier: ISC
 *
 * The vault reads and writes databases, this program knows the operator's files: a descriptor goes from one to the
 * other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "hourgate/commands.h"
#include "os/file.h"
#include "time/instant.h"

const struct option restore_options[] = {
    {"replace", NULL, "put it in the place of a database that is there"},
    {0},
};

static enum status file_failed(const char *file, struct error *err)
{
    enum status status = errno == EEXIST ? ERR_CONFLICT : ERR_IO;
    return error_set(err, status, "file", "%s: %s", file, strerror(errno));
}

/* ---- backup ---- */

static enum status ask_backup(struct call *call, int fd, struct backup_answer *answer,
                              struct error *err)
{
    struct client client;
    struct backup_ask ask = {0};
    enum status status = client_open(&client, &call->config, false, err);
    if (status != OK) {
        close(fd);
        return status;
    }
    status = client_ask_file(&client, WIRE_backup, &ask, fd, &call->a, answer, err);
    client_close(&client);
    return status;
}

/* Nobody sees the file by its name before it is whole. */
static enum status backup(struct call *call, const char *file, struct backup_answer *answer,
                          struct error *err)
{
    const char *partial = arena_printf(&call->a, "%s.partial", file);
    if (access(file, F_OK) == 0) {
        errno = EEXIST;
        return file_failed(file, err);
    }
    unlink(partial);
    int fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_failed(partial, err);
    enum status status = ask_backup(call, fd, answer, err);
    if (status == OK && renameat2(AT_FDCWD, partial, AT_FDCWD, file, RENAME_NOREPLACE) != 0)
        status = file_failed(file, err);
    if (status != OK)
        unlink(partial);
    return status;
}

enum exit_code command_backup(struct call *call)
{
    struct error err = {0};
    struct backup_answer answer = {0};
    char expires[INSTANT_SIZE];
    enum status status = backup(call, call->operands[0], &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    instant_format(answer.expires_at, expires);
    command_say(call,
                "%s  %lld bytes, under master key " TEXT_FMT "; erase it by %s\n"
                "It opens with that key alone: keep the key, and keep it elsewhere.",
                call->operands[0], (long long)answer.bytes, TEXT_ARG(answer.master), expires);
    return EXIT_DONE;
}

/* ---- restore ---- */

static enum status restore(struct call *call, struct restore_answer *answer, struct error *err)
{
    struct team team;
    const char *file = call->operands[0];
    if (*call->config.store)
        return error_set(
            err, ERR_UNSUPPORTED, "restore",
            "[data] store is a PostgreSQL database: bring it back by its own tools, "
            "such as pg_restore");
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return file_failed(file, err);
    team_init(&team, &call->config);
    enum status status = team_unlock(&team, err);
    if (status == OK)
        status = file_make_directory(call->config.directory, err);
    if (status == OK)
        status = team_restore(&team, fd, call_has(call, "replace"), &call->a, answer, err);
    else
        close(fd);
    team_done(&team);
    return status;
}

enum exit_code command_restore(struct call *call)
{
    struct error err = {0};
    struct restore_answer answer = {0};
    enum status status = restore(call, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call,
                "%s  restored: %lld accounts; all %lld sealed values were opened\n"
                "What was erased after the backup was made is there again: erase it again.",
                config_data_path(&call->config, "hourgate.db"), (long long)answer.accounts,
                (long long)answer.opened);
    return EXIT_DONE;
}
