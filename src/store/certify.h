/* SPDX-License-Identifier: ISC
 *
 * The key that signs certificates of erasure: one per installation, wrapped by the master key in
 * hourgate.certificate_key. Who changes the master key wraps it anew, so that old certificates stay verifiable.
 */
#ifndef STORE_CERTIFY_H
#define STORE_CERTIFY_H

#include "store/db.h"

/* Sign a text inside a write; the key is drawn at the first. */
enum status certificate_sign(struct db *db, struct text certificate,
                             struct hash *ret_signature) MUST_CHECK;

/* Format bytes as hexadecimal figures. */
struct text text_hex(struct arena *a, const unsigned char *bytes, size_t n);

/* Does store/erasure.c delete that table's rows with an account? */
bool erasure_knows(const char *table);

#endif
