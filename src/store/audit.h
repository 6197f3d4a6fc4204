/* SPDX-License-Identifier: ISC
 *
 * The audit: what was done, by whom, and which mailbox was read. Rows are only ever added. Each node has a chain of
 * its own (crypt/chain.h); who it was about is sealed by a key per account that is destroyed with the account and
 * never changes until then. Old rows end at a checkpoint, which is itself a row of a chain.
 *
 * A change is written down in the transaction that makes it, by the functions of store.h themselves. What only
 * passed by, such as a read of a calendar, is handed to store_audit_note, which waits for nothing.
 *
 * The same of all functions is said in store.h.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

enum {
    AUDIT_WAITING_MAX = 4096, /* events noted and not written yet; more are counted as lost */
    AUDIT_NOTE_MS = 1000,     /* what was noted is written after this, or with the next write */
    AUDIT_NODE_MAX = 64,      /* a node's name */
    AUDIT_PIECE = 10000,      /* rows that one call of verify or expire goes through */
};

/* Say which node this store is: before store_start. One that is not told has the empty name. With a PostgreSQL
 * database the name is taken until store_close.
 * Fails   ERR_FULL: another vault has that name now */
enum status store_node_take(struct store *st, struct text name, struct error *err) MUST_CHECK;

/* Say on whose behalf this thread acts from now on; nobody said is AUDIT_BY_SYSTEM. The name is copied. */
void store_act_as(enum audit_actor actor, struct text name);

struct audit_event {
    struct instant at; /* 0: now */
    enum audit_kind kind;
    enum audit_result result;
    int64_t account; /* 0: of the whole installation; then nothing has details */
    int64_t subject;
    struct text mailbox; /* borrowed; what is beyond MAX_EMAIL is cut, here and below */
    struct text what;
};

/* Note an event, in the name of this thread's actor. It is written within AUDIT_NOTE_MS. Where there is no room it is
 * lost, and how many were lost is written instead. */
void store_audit_note(struct store *st, const struct audit_event *event);

/* Write an event down and return when it is on the disk. */
enum status store_audit_add(struct store *st, const struct audit_event *event,
                            struct error *err) MUST_CHECK;

#endif
