/* SPDX-License-Identifier: ISC
 *
 * The programs that work together for one server, or for one command: started from the configuration, told
 * what they need, joined by channels.
 */
#ifndef HOURGATE_TEAM_H
#define HOURGATE_TEAM_H

#include "base/secret.h"
#include "hourgate/config.h"
#include "hourgate/program.h"
#include "os/socket.h"

/* By what a changed file is known. */
struct file_mark {
    uint64_t inode;
    int64_t size, changed_s, changed_ns;
};

struct team {
    struct config *config; /* borrowed */
    struct secret key;     /* the master key, while a vault is started */
    struct program programs[PROGRAM_COUNT];
    /* Listeners stay open here for the next edge and vault; -1: none. */
    int listen_fd;
    int metrics_fd;
    int redirect_fd;
    int commands_fd;
    struct address listen; /* with the port that was chosen */
    struct address metrics;
    struct file_mark certificate_mark[2]; /* certificate and key as they were read last */
    bool certificate_refused;
    bool waits_for_setup; /* there was no user when the vault started */
    bool makes_database;  /* hourgate init: where there is none, the vault may make one */
};

/* Nothing runs yet. */
void team_init(struct team *team, struct config *config);

/* Stop whatever runs, orderly and in bounded time, close the listeners, wipe the key. */
void team_done(struct team *team);

/* Read the master key, again where it was read before. A vault's start does so by itself. */
enum status team_unlock(struct team *team, struct error *err) MUST_CHECK;

/* Bind the listeners of a server. */
enum status team_listen(struct team *team, struct error *err) MUST_CHECK;

/* Return where a listener is reached: http://127.0.0.1:8080 or unix:/path; lives as long as the
 * configuration. */
const char *team_url(struct team *team, const struct address *address);

/* Start one program and join it to those that run: a vault gets the commands' listener, a courier its channel
 * to the vault, an edge also its listeners. A vault must be the first. On failure it does not run. */
enum status team_start(struct team *team, enum program_name name, struct error *err) MUST_CHECK;

/* Start a vault that copies the data directory's database into another one, verifies it and ends. Not while a
 * server runs: ERR_FULL. Texts of the answer live in a. */
enum status team_migrate(struct team *team, const char *to, const struct secret *password,
                         struct arena *a, struct migrate_answer *ret_answer,
                         struct error *err) MUST_CHECK;

/* Start a vault that looks for texts in the database and ends; a server may be running. Only ask->needles is the
 * caller's to fill. Texts of the answer live in a. */
enum status team_search(struct team *team, struct search_ask *ask, struct arena *a,
                        struct search_answer *ret_answer, struct error *err) MUST_CHECK;

/* Start a vault that puts a backup, an open file that is given away, into the database's place, and ends. The key must
 * have been read. Not while a server runs: ERR_FULL. */
enum status team_restore(struct team *team, int fd, bool replaces, struct arena *a,
                         struct restore_answer *ret_answer, struct error *err) MUST_CHECK;

bool team_runs(const struct team *team, enum program_name name);

/* Stop those that run, the edge first, so that nothing new comes in while the vault finishes. */
void team_stop(struct team *team);

#endif
