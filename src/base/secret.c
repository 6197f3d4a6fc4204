/* SPDX-License-Identifier: ISC */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void wipe_bytes(void *at, size_t n)
{
    if (!n)
        return;
    memset(at, 0, n);
    __asm__ volatile("" : : "r"(at) : "memory");
}

struct secret secret_new(const void *at, size_t n)
{
    struct secret secret = {malloc(n + 1), n};
    ENSURE(secret.at);
    if (n)
        memcpy(secret.at, at, n);
    secret.at[n] = 0;
    return secret;
}

struct secret secret_copy(const struct secret *source)
{
    return source->at ? secret_new(source->at, source->n) : (struct secret){0};
}

void secret_free(struct secret *secret)
{
    if (secret->at)
        wipe_bytes(secret->at, secret->n);
    free(secret->at);
    *secret = (struct secret){0};
}

bool secret_equal(const struct secret *one, const struct secret *other)
{
    if (one->n != other->n)
        return false;
    unsigned differ = 0;
    for (size_t i = 0; i < one->n; i++)
        differ |= (unsigned)(one->at[i] ^ other->at[i]);
    return differ == 0;
}
