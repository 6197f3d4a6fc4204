/* SPDX-License-Identifier: ISC
 *
 * The couriers that speak to calendar servers: a zygote that forks, and its children, each of which
 * serves one sign-in for its life and one job at a time: one connection, or a service account for all
 * connections that go through it. A child that answers late, wrongly or not at all is dropped, and the next job gets a new one.
 */
#ifndef VAULT_COURIER_H
#define VAULT_COURIER_H

#include <pthread.h>

#include "base/list.h"
#include "wire/link.h"

enum {
    COURIER_PER_CONNECTION = 4, /* children of one mailbox at most */
    COURIER_PER_SIGN_IN = 12,   /* of one service account, whose mailboxes share them */
    COURIER_SIGN_IN_READS = 9,  /* of them, and */
    COURIER_READS = 3,        /* of them for visitors' reads: a booking never waits for those */
    COURIER_CHILDREN = 64,    /* in all; the least recently used idle one makes room */
    COURIER_GRACE_MS = 1000,  /* a child that kept its deadline still has its answer to send */
    COURIER_IDLE_MS = 600000, /* an idle child ends after this, and its credential with it */
};

struct couriers {
    pthread_mutex_t lock; /* of all but the zygote */
    pthread_cond_t freed; /* a child became idle or ended */
    struct list children; /* the least recently used first */
    size_t n_children;
    uint64_t n_spawned;
    uint64_t n_jobs;
    pthread_mutex_t zygote_lock;
    struct link zygote;
    bool has_zygote;
};

/* Which connection a job is for. A password that was replaced makes another version. */
struct courier_key {
    int64_t connection; /* 0: none yet; its child ends after one job */
    int64_t sign_in;    /* whose credential it holds: the connection, or its service account */
    uint64_t version;
};

/* What stands in a key's place for a connection where a child sends mail. */
enum { COURIER_MAIL = -1 };

struct courier_job {
    struct courier_key key;
    const struct server *server;           /* for a child that has to be made: what it opens */
    const struct mail_server *mail_server; /* COURIER_MAIL: instead of server */
    const struct registration
        *registration; /* of a question to a provider: instead of server */
    enum wire_type type;
    const void *ask;
    struct link_parts *parts; /* who is told parts of the answer; NULL: nobody */
    bool yields;              /* leaves one child to those that do not */
    int64_t deadline_ms; /* the child's; its answer is waited for COURIER_GRACE_MS longer */
    bool is_new;         /* set by courier_do: its child was made for it, and signs in */
};

void couriers_init(struct couriers *couriers);
void couriers_done(struct couriers *couriers); /* no job may run */

/* Take over the channel of a (new) zygote. Children of an older one are dropped as they become idle. */
void couriers_attach(struct couriers *couriers, int fd);
bool couriers_attached(struct couriers *couriers);

/* Have the zygote fork a child that is not among these: its channel is the caller's. ERR_CLOSED: none runs. */
enum status couriers_spawn(struct couriers *couriers, int *ret_fd) MUST_CHECK;

/* Do a job and wait for its answer.
 *
 * Owner   texts of the answer live in a
 * Fails   what the courier said; besides
 *         ERR_FULL       no child became free before the deadline; nothing was sent
 *         ERR_CLOSED     no courier runs, or the child ended before anything was sent
 *         ERR_UNCERTAIN  the job was sent and no answer came: a read failed, a write may have happened
 */
enum status courier_do(struct couriers *couriers, struct courier_job *job, struct arena *a,
                       void *ret_answer, struct error *err) MUST_CHECK;

/* End the idle children of a connection or of all that sign in through it, and those that work once they are done. */
void couriers_forget(struct couriers *couriers, int64_t connection);

/* List the connections that children serve, each once. Returns how many. */
size_t couriers_connections(struct couriers *couriers,
                            int64_t ret_connections[COURIER_CHILDREN]);

/* End the children that were idle for long. */
void couriers_tidy(struct couriers *couriers, int64_t now_ms);

#endif
