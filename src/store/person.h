/* SPDX-License-Identifier: ISC
 *
 * What is kept of a customer, who has no row but in bookings: found by address, given out, erased; and bookings that are
 * made anonymous in time. An erasure of a customer goes on as one of an account does (store/erasure.h).
 *
 * The same of all functions is said in store.h.
 */
#ifndef STORE_PERSON_H
#define STORE_PERSON_H

#include "store/erasure.h"

/* Fill in the hashes of bookings that an older version made. Until it has been called once they are not found. */
enum status store_customers_hash(struct store *st, struct error *err) MUST_CHECK;

struct customer_count {
    int64_t bookings;
    int64_t coming;    /* confirmed, and not over */
    int64_t in_flight; /* being written, moved or cancelled */
};

/* Count the bookings of a customer. ERR_NOT_FOUND: no such account. */
enum status store_customer_count(struct store *st, struct text account, struct text email,
                                 struct instant now, struct customer_count *ret_count,
                                 struct error *err) MUST_CHECK;

/* List all that is kept of a customer, behind ask->after. */
enum status store_customer_bookings(struct store *st, struct arena *a,
                                    const struct customer_export_ask *ask,
                                    struct customer_export_answer *ret_list,
                                    struct error *err) MUST_CHECK;

/* Note in the audit that so many bookings of a customer were given out. */
enum status store_customer_note(struct store *st, struct text account, int64_t n,
                                struct error *err) MUST_CHECK;

/* Begin to make a customer's bookings anonymous, whenever they are; store_erasure_rows goes on. */
enum status store_customer_erase(struct store *st, struct text account, struct text email,
                                 struct instant now, struct erasure_open *ret_open,
                                 struct error *err) MUST_CHECK;

/* Make some of the bookings anonymous that ended keep_days ago, or as many as their account says; 0 keeps them for good.
 * ret_n 0: there are none any more. */
enum status store_bookings_forget(struct store *st, struct instant now, int64_t keep_days,
                                  size_t *ret_n, struct error *err) MUST_CHECK;

/* Say how many days an account keeps past bookings; -1: as the installation does. ERR_NOT_FOUND. */
enum status store_account_keep(struct store *st, struct text account, int64_t days,
                               struct error *err) MUST_CHECK;

#endif
