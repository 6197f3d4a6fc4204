/* SPDX-License-Identifier: ISC
 *
 * The walk: every row of every sealed column of an account, brought to the account's newest key and to its policy.
 * A rotation needs one, and so does a change of the policy. What is left to do stands in the database alone: an
 * account that has more than one data key. So a walk that was killed begins again and passes over what is done.
 *
 *     while (store_walk_find(st, &walk, err) == OK) {      an account
 *         while (!done)
 *             store_walk_step(st, &walk, &done, err)        a few rows, one write
 *         store_walk_end(st, &walk, err)                    destroys the older keys
 *     }
 *
 * Bookings go on meanwhile: what they write is under the newest key already, and a row that they change between
 * a step's read and its write is left to the next pass. A walk is at its end after a pass that changed nothing.
 */
#ifndef STORE_WALK_H
#define STORE_WALK_H

#include "store/inventory.h"
#include "store/store.h"

struct store_walk {
    int64_t account;
    int64_t newest; /* number of the key to which everything is brought */
    size_t table;   /* of the walk's tables, the present one */
    int64_t after;  /* its last row seen */
    int64_t n_rows,
        n_seen; /* of this pass: all there were at its beginning, and how many are behind it */
    int64_t n_changed;    /* of this pass */
    int64_t n_sealed;     /* rows that were written by the whole walk */
    int64_t n_failed;     /* values of this pass that no key opens */
    struct error problem; /* the first of those */
};

/* Find the next account with something to do, behind the account `after`. ERR_NOT_FOUND: there is none. */
enum status store_walk_find(struct store *st, int64_t after, struct store_walk *ret_walk,
                            struct error *err) MUST_CHECK;

/* Walk on by a few rows. ERR_CONFLICT: the account got another key meanwhile: find it again. */
enum status store_walk_step(struct store *st, struct store_walk *walk, bool *ret_done,
                            struct error *err) MUST_CHECK;

/* Destroy the older keys. First nothing of what they sealed, or of what stood plain, is left in the file or its
 * log; ERR_FULL where a reader held the log: try again. ERR_CONFLICT as above. ERR_SEAL: some values failed, and
 * the keys are kept for them. */
enum status store_walk_end(struct store *st, const struct store_walk *walk,
                           struct error *err) MUST_CHECK;

/* ---- counts ---- */

struct sealed_count {
    const struct column_entry *column;
    int64_t n_sealed, n_plain;
};

/* Count the accounts that are not walked to the end yet. */
enum status store_walk_count(struct store *st, int64_t *ret_n, struct error *err) MUST_CHECK;

/* Count the values of every sealed column, of one account, or of all where that is empty. ERR_NOT_FOUND. */
enum status store_sealed_list(struct store *st, struct arena *a, struct text account,
                              struct sealed_count **ret_counts, size_t *ret_n,
                              struct error *err) MUST_CHECK;

#endif
