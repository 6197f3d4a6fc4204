/* SPDX-License-Identifier: ISC */
#include "hourgate/walk.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 200 };

static void show(const struct seal_walk_answer *walk)
{
    fprintf(stderr, "\rsealing anew: %lld accounts to do; account %lld, %lld of %lld rows  ",
            (long long)walk->accounts, (long long)walk->account, (long long)walk->seen,
            (long long)walk->rows);
    fflush(stderr);
}

static enum status look(struct client *client, struct seal_walk_answer *ret_walk,
                        struct arena *a, struct error *err)
{
    struct seal_walk_ask ask = {0};
    TRY(client_ask(client, WIRE_seal_walk, &ask, a, ret_walk, err));
    if (ret_walk->account || !ret_walk->problem.n || !ret_walk->accounts)
        return OK;
    return error_set(err, ERR_SEAL, "walk",
                     TEXT_FMT "; the account's older keys are kept, nothing is lost",
                     TEXT_ARG(ret_walk->problem));
}

enum status walk_wait(struct call *call, struct client *client, int64_t *ret_left,
                      struct error *err)
{
    static const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000};
    bool waits = call_has(call, "wait") || team_runs(&client->team, PROGRAM_VAULT);
    bool is_shown = isatty(STDERR_FILENO) && !call->json;
    enum status status = OK;
    struct seal_walk_answer walk;
    do {
        struct arena a CLEANUP(arena_done) = {0};
        status = look(client, &walk, &a, err);
        *ret_left = walk.accounts;
        if (status != OK || !waits || !walk.accounts)
            break;
        if (is_shown)
            show(&walk);
        nanosleep(&pause, NULL);
    } while (true);
    if (is_shown && waits)
        fprintf(stderr, "\r%78s\r", "");
    return status;
}
