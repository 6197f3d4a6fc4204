/* SPDX-License-Identifier: ISC
 *
 * Erasing an account, and the records of what was erased. An erasure goes on from wherever it was interrupted, on
 * whichever node; each function is one step of it, and doing a step again changes nothing.
 *
 *     begin    the account is found by nobody any more, its pages are gone, nothing new is booked
 *     keys     its keys are destroyed, and with them everything that is sealed; credentials are deleted
 *     rows     all its rows are deleted, some at a time, the account's own at last
 *     scrub    what was overwritten in the database is overwritten in its files
 *     finish   the certificate is signed and kept
 *
 * The same of all functions is said in store.h.
 */
#ifndef STORE_ERASURE_H
#define STORE_ERASURE_H

#include "store/store.h"

/* Count what erasing an account would mean, and change nothing: its rows by table, its bookings that are still to come,
 * those in flight as in_doubt. ERR_NOT_FOUND. */
enum status store_erasure_forecast(struct store *st, struct arena *a, struct text account,
                                   struct instant now, struct erasure *ret_forecast,
                                   struct error *err) MUST_CHECK;

struct erasure_open {
    int64_t id;
    int64_t account; /* the account's row, which may be gone */
    enum erasure_kind kind;
};

/* Begin to erase an account. ERR_NOT_FOUND: there is none, or its erasure has begun. */
enum status store_erasure_begin(struct store *st, struct text account, struct instant now,
                                struct erasure_open *ret_open, struct error *err) MUST_CHECK;

/* Count what removing a user would mean, and change nothing. ERR_NOT_FOUND: them, or whom they hand over to. */
enum status store_user_forecast(struct store *st, const struct user_remove_ask *ask,
                                struct instant now, struct user_remove_answer *ret_counts,
                                struct error *err) MUST_CHECK;

/* Remove a user: their credential, tokens and name go at once; pages and bookings still to come go to
 * ask->hand_over_to, who is told (store_attention_list). The rest of the erasure empties the log and certifies.
 * Fails   ERR_NOT_FOUND
 *         ERR_CONFLICT  there are pages or such bookings and nobody to hand them to; the other host's time is taken;
 *                       bookings in flight; the last owner
 *         ERR_LIMIT     too many bookings for one transaction */
enum status store_user_remove(struct store *st, const struct user_remove_ask *ask,
                              struct instant now, struct user_remove_answer *ret_counts,
                              struct erasure_open *ret_open, struct error *err) MUST_CHECK;

/* Find the first erasure, of whatever kind, that is not finished, behind the erasure `after`. ERR_NOT_FOUND. */
enum status store_erasure_next(struct store *st, int64_t after, struct erasure_open *ret_open,
                               struct error *err) MUST_CHECK;

/* Destroy the account's keys and credentials, and give up what is in flight. */
enum status store_erasure_keys(struct store *st, int64_t id, struct error *err) MUST_CHECK;

/* Delete some of an account's rows, or make some of a person's anonymous. ret_more: there may be others. */
enum status store_erasure_rows(struct store *st, int64_t id, bool *ret_more,
                               struct error *err) MUST_CHECK;

/* Leave nothing of deleted rows in the database's files, as far as hourgate can: of PostgreSQL's it cannot. ERR_FULL:
 * readers stood in the way. */
enum status store_scrub(struct store *st, struct error *err) MUST_CHECK;

/* Keep a certificate with our signature. Where there is one already nothing changes. */
enum status store_erasure_finish(struct store *st, int64_t id, struct text certificate,
                                 struct instant now, struct error *err) MUST_CHECK;

/* Forget the keys of the account whose erasure this is, in this process: another may have destroyed them. */
enum status store_erasure_forget(struct store *st, int64_t id, struct error *err) MUST_CHECK;

/* Get a record. ERR_NOT_FOUND. */
enum status store_erasure_get(struct store *st, struct arena *a, int64_t id,
                              struct erasure *ret_erasure, struct error *err) MUST_CHECK;

/* List records by number, behind `after`. */
enum status store_erasure_list(struct store *st, struct arena *a, int64_t after,
                               struct erasure_list_answer *ret_list,
                               struct error *err) MUST_CHECK;

/* Did this installation sign that text? signature: as in struct erasure. */
enum status store_erasure_verify(struct store *st, struct text certificate,
                                 struct text signature, bool *ret_is_ours,
                                 struct error *err) MUST_CHECK;

#endif
