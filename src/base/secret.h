/* SPDX-License-Identifier: ISC
 *
 * A password, token or key in memory. It is a type of its own so that no printf can take it, and its
 * bytes are overwritten when it is freed. Programs that hold secrets are not dumpable (os/process).
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret {
    unsigned char *at; /* n bytes and a NUL behind them, heap; NULL when empty */
    size_t n;
};

/* Overwrite n bytes in a way the compiler keeps. */
void wipe_bytes(void *at, size_t n);

/* Copy n bytes into a new secret; the caller wipes its own copy. */
struct secret secret_new(const void *at, size_t n);
struct secret secret_copy(const struct secret *source);

/* Wipe and free; accepts an empty secret; afterwards it is empty. */
void secret_free(struct secret *secret);

/* Compare in time that depends on the lengths alone. */
bool secret_equal(const struct secret *one, const struct secret *other);

#endif
