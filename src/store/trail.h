/* SPDX-License-Identifier: ISC
 *
 * The writer's side of the audit: the head of this node's chain, and what waits to be added to it. One thread writes,
 * so that the chain has one end; it is read back from the database whenever a transaction failed, and at the start.
 *
 * Keys here are wrapped by the master key alone: nodes.chain_key and audit_keys.audit_key. Who changes the master
 * key wraps them anew, as the data keys; a rotation of data keys leaves them and all rows of audit alone.
 */
#ifndef STORE_TRAIL_H
#define STORE_TRAIL_H

#include <pthread.h>

#include "crypt/chain.h"
#include "store/audit.h"
#include "store/db.h"

enum {
    TRAIL_PLACE_BITS = 40, /* of a row's number: its place in its chain */
    TRAIL_KEYS = 64,       /* audit keys that are kept at hand */
    TRAIL_FLUSH_MAX = 512, /* noted events in one transaction */
};

/* The number that stands before all rows of a node. */
static inline int64_t trail_first(int64_t node)
{
    return node << TRAIL_PLACE_BITS;
}

/* Whoever acts in a thread. */
struct trail_actor {
    enum audit_actor actor;
    size_t n;
    char name[MAX_EMAIL];
};

struct trail_noted {
    struct audit_event event; /* its texts lie below */
    struct trail_actor actor;
    char mailbox[MAX_EMAIL], what[MAX_EMAIL];
};

struct trail_key {
    int64_t account; /* 0: none */
    struct seal_key key;
};

/* Where the chain ends, for a savepoint to come back to. */
struct trail_mark {
    bool is_known; /* the rest was read from the database */
    int64_t node;
    int64_t last; /* number of the last row */
    struct hash hash;
    unsigned n_drawn; /* keys made by the writes so far */
};

struct trail {
    char node[MAX_NODE + 1];
    struct trail_mark at; /* this and the keys: the writer's alone */
    unsigned char chain_key[KEY_BYTES];
    struct trail_key keys[TRAIL_KEYS];
    size_t n_written; /* noted events in the transaction that is open */
    int64_t n_lost_written;
    pthread_mutex_t lock;      /* guards what follows */
    struct audit_end end;      /* on the disk */
    struct trail_noted *noted; /* a ring */
    size_t first, n;
    int64_t n_lost;
};

void trail_init(struct trail *trail);
void trail_done(struct trail *trail);

/* ---- for store_write's functions ---- */

/* Add a row, in the name of the thread that asked for the write. Part of the transaction: undone with it. An account
 * that is gone has no details. */
enum status audit_add(struct db *db, const struct audit_event *event) MUST_CHECK;

/* Add a checkpoint: a node's rows up to the one with that number and hash are ended. */
enum status audit_add_checkpoint(struct db *db, int64_t row, struct text hash) MUST_CHECK;

/* Forget an account's audit key, which the transaction destroys. */
void audit_forget(struct db *db, int64_t account);

/* Read an account's audit key for reading rows. ERR_NOT_FOUND: it has none, or it was destroyed. */
enum status audit_key_get(struct db *db, int64_t account, struct seal_key *ret_key) MUST_CHECK;

/* Open what is sealed of a row, the query's next column. What nobody can open any more stays empty; key NULL: nothing
 * can. ERR_SEAL: it is not authentic. */
enum status audit_details_open(struct query *q, struct arena *a, const struct seal_key *key,
                               int64_t row, struct audit_details *details) MUST_CHECK;

/* Read the key of a node's chain. ERR_NOT_FOUND: there is no such node. */
enum status audit_chain_key(struct db *db, int64_t node,
                            unsigned char ret_key[KEY_BYTES]) MUST_CHECK;

/* Say behind which row a node's chain begins: the last one that a checkpoint ended, else none. */
enum status audit_beginning(struct db *db, int64_t node, int64_t *ret_last,
                            struct hash *ret_hash) MUST_CHECK;

/* ---- for the writer ---- */

const struct trail_actor *trail_actor(void); /* this thread's */

void trail_return(struct trail *trail, const struct trail_mark *mark);
void trail_forget(struct trail *trail); /* a transaction failed: read everything again */

bool trail_waits(struct trail *trail); /* is something noted? */

void trail_stuck(struct trail *trail, enum status status, const struct error *why);

/* Add what was noted, at most TRAIL_FLUSH_MAX; once the commit is on the disk, trail_flushed. */
enum status trail_flush(struct db *db) MUST_CHECK;
void trail_flushed(struct trail *trail);

void trail_committed(struct trail *trail); /* what was added stands on the disk */

void trail_note(struct trail *trail, const struct audit_event *event);

#endif
