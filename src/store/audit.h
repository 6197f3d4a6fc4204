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

/* Where this node's chain ends on the disk, and what keeps noted events from being written, if anything does. */
struct audit_end {
    char node[MAX_NODE + 1];
    int64_t row; /* its place in the chain; 0: nothing was written yet */
    struct hash hash;
    enum status stuck; /* OK: nothing */
    struct error why;
};
void store_audit_end(struct store *st, struct audit_end *ret_end);

/* Go through a piece of the chains, behind the row `after` (0: from the beginning), as many as AUDIT_PIECE rows of one
 * chain. found.what says what does not fit, and is empty where all does. */
enum status store_audit_verify(struct store *st, struct arena *a, int64_t after,
                               struct audit_verify_answer *ret_found,
                               struct error *err) MUST_CHECK;

/* Compare rows that somebody wrote down elsewhere with the chains; ret_found is touched by one that does not fit. */
enum status store_audit_compare(struct store *st, const struct audit_head *heads, size_t n,
                                struct audit_verify_answer *ret_found,
                                struct error *err) MUST_CHECK;

/* Hand out rows as they are stored, of one chain, behind the row ask->after; of each chain from ask->from on. */
enum status store_audit_export(struct store *st, struct arena *a,
                               const struct audit_export_ask *ask,
                               struct audit_export_answer *ret_rows,
                               struct error *err) MUST_CHECK;

/* Show an account's rows, opened, by time; those about a mailbox where ask names one. ERR_NOT_FOUND: no account. */
enum status store_audit_show(struct store *st, struct arena *a,
                             const struct audit_show_ask *ask,
                             struct audit_show_answer *ret_rows, struct error *err) MUST_CHECK;

/* What became of a booking, by its id. ERR_NOT_FOUND: no such account, or an id that is none. */
enum status store_booking_history(struct store *st, struct arena *a,
                                  const struct booking_history_ask *ask,
                                  struct booking_history_answer *ret_history,
                                  struct error *err) MUST_CHECK;

/* End all rows that are older than an instant, of all nodes, each chain at a checkpoint. */
enum status store_audit_expire(struct store *st, struct instant before,
                               struct error *err) MUST_CHECK;

#endif
