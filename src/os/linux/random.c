/* SPDX-License-Identifier: ISC */
#include "os/random.h"

#include <sys/random.h>

#include "base/status.h"

void random_bytes(void *at, size_t n)
{
    for (unsigned char *to = at; n > 0;) {
        ssize_t got = getrandom(to, n, 0);
        ENSURE(got > 0);
        to += got;
        n -= (size_t)got;
    }
}

uint64_t random_u64(void)
{
    uint64_t value;
    random_bytes(&value, sizeof value);
    return value;
}
