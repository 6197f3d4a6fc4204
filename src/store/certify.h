/* SPDX-License-Identifier: ISC
 *
 * The key that signs certificates of erasure: one per installation, wrapped by the master key in
 * hourgate.certificate_key. Who changes the master key wraps it anew, so that old certificates stay verifiable.
 */
#ifndef STORE_CERTIFY_H
#define STORE_CERTIFY_H

#include "store/db.h"
#include "store/erasure.h"

/* Sign a text inside a write; the key is drawn at the first. */
enum status certificate_sign(struct db *db, struct text certificate,
                             struct hash *ret_signature) MUST_CHECK;

/* Format bytes as hexadecimal figures. */
struct text text_hex(struct arena *a, const unsigned char *bytes, size_t n);

/* Read them back; n bytes, no more and no less. ERR_INVALID. */
enum status text_unhex(struct text figures, unsigned char *ret_bytes, size_t n) MUST_CHECK;

/* Begin a record inside a write; open->account and kind are the caller's, its id is drawn. */
enum status erasure_insert(struct db *db, struct erasure_open *open, struct text slug,
                           struct text subject, struct instant now,
                           const struct erasure_facts *facts) MUST_CHECK;

/* Make some bookings of a customer anonymous, inside a write. subject: as in struct erasure. */
enum status person_erase_some(struct db *db, int64_t account, struct text subject,
                              size_t *ret_n) MUST_CHECK;

/* Does store/erasure.c delete that table's rows with an account? */
bool erasure_knows(const char *table);

#endif
