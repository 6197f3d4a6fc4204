/* SPDX-License-Identifier: ISC
 *
 * Threads may all call at once: libsodium keeps nothing between calls, and sodium_init is its own lock.
 */
#include "crypt/password.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert((int)PASSWORD_STORED == (int)crypto_pwhash_STRBYTES, "as libsodium writes it");

/* Of a password that nobody has: what is compared where nothing was kept. Its costs are those above. */
static const char nobody[PASSWORD_STORED] =
    "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

enum status password_hash(const struct secret *password, struct secret *ret_stored)
{
    char stored[PASSWORD_STORED];
    ENSURE(sodium_init() >= 0);
    if (crypto_pwhash_str(stored, (const char *)password->at, password->n, PASSWORD_PASSES,
                          PASSWORD_MEMORY) != 0)
        return ERR_FULL;
    *ret_stored = secret_new(stored, strlen(stored));
    wipe_bytes(stored, sizeof stored);
    return OK;
}

enum status password_check(const struct secret *password, const struct secret *stored)
{
    bool is_kept = stored->n > 0 && stored->n < PASSWORD_STORED;
    const char *given = password->n ? (const char *)password->at : "";
    char kept[PASSWORD_STORED] = {0};
    memcpy(kept, is_kept ? (const char *)stored->at : nobody,
           is_kept ? stored->n : sizeof nobody);
    ENSURE(sodium_init() >= 0);
    errno = 0;
    int refused = crypto_pwhash_str_verify(kept, given, password->n);
    bool lacks_memory = refused && errno == ENOMEM;
    wipe_bytes(kept, sizeof kept);
    if (lacks_memory)
        return ERR_FULL;
    return refused || !is_kept ? ERR_AUTH : OK;
}
