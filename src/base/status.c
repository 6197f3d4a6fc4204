/* SPDX-License-Identifier: ISC */
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[STATUS_COUNT] = {
    [OK] = "ok",
    [ERR_INVALID] = "invalid",
    [ERR_NOT_FOUND] = "not-found",
    [ERR_CONFLICT] = "conflict",
    [ERR_DENIED] = "denied",
    [ERR_AUTH] = "sign-in-refused",
    [ERR_PAUSED] = "paused",
    [ERR_LIMIT] = "throttled",
    [ERR_TIMEOUT] = "timeout",
    [ERR_NETWORK] = "unreachable",
    [ERR_TLS] = "tls-refused",
    [ERR_UPSTREAM] = "upstream-error",
    [ERR_NO_DATA] = "no-data",
    [ERR_UNCERTAIN] = "uncertain",
    [ERR_FULL] = "full",
    [ERR_IO] = "io-error",
    [ERR_SEAL] = "seal-broken",
    [ERR_CLOSED] = "closed",
    [ERR_UNSUPPORTED] = "unsupported",
};

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? names[status] : "unknown";
}

_Noreturn void ensure_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}
