/* SPDX-License-Identifier: ISC */
#include "vault/restore.h"

#include <string.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/jail.h"
#include "os/process.h"
#include "store/backup.h"
#include "vault/fault.h"
#include "wire/codec.h"

enum { ANSWER_MS = 30000 };

static void step(const char *name)
{
    fault_point(name);
}

static enum status enter_jail(struct arena *a, const char *database, bool jail,
                              struct error *err)
{
    const char *slash = strrchr(database, '/');
    const char *const writable[] = {
        slash ? arena_printf(a, "%.*s/", (int)(slash - database), database) : ".", NULL};
    const struct jail_paths paths = {.write = writable};
    return jail ? jail_enter(JAIL_VAULT, &paths, err) : OK;
}

static enum status restore(struct arena *a, const struct restore_ask *ask, int fd,
                           struct restore_answer *answer, struct error *err)
{
    const char *database = arena_cstr(a, ask->database);
    struct store_restored restored;
    if (fd < 0)
        return error_set(err, ERR_INVALID, "restore", "no file came with the question");
    TRY(process_become(ask->uid, ask->gid, err));
    TRY(enter_jail(a, database, ask->jail, err));
    TRY(store_restore(database, fd, &ask->master_key, ask->replaces, step, &restored, err));
    *answer = (struct restore_answer){restored.n_accounts, restored.n_opened};
    return OK;
}

enum status restore_take(struct link *control, const struct frame *frame, struct arena *a)
{
    struct error err = {0};
    struct restore_ask ask;
    struct restore_answer answer = {0};
    int fd = channel_take_fd(&control->ch);
    enum status status = frame_read_ask(a, frame, &ask);
    if (status == OK) {
        status = restore(a, &ask, fd, &answer, &err);
        wire_wipe(restore_ask_shape, &ask);
    }
    if (fd >= 0)
        close(fd);
    struct reply reply = reply_from(status, &err);
    TRY(link_answer(control, frame, &reply, status == OK ? &answer : NULL, -1,
                    clock_ms() + ANSWER_MS));
    return ERR_NOT_FOUND;
}
