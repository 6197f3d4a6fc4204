/* SPDX-License-Identifier: ISC */
#include "os/random.h"

#include <stdlib.h>
#include <windows.h>

#include <bcrypt.h>

void random_bytes(void *at, size_t n)
{
    if (BCryptGenRandom(NULL, at, (ULONG)n, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0)
        abort();
}

uint64_t random_u64(void)
{
    uint64_t value;
    random_bytes(&value, sizeof value);
    return value;
}
