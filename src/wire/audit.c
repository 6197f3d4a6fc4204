/* SPDX-License-Identifier: ISC */
#include "wire/audit.h"

#define NAME(number, name, words) [number] = words,

const char *audit_kind_name(enum audit_kind kind)
{
    static const char *const names[AUDIT_KIND_COUNT] = {AUDIT_KINDS(NAME)};
    return kind < AUDIT_KIND_COUNT && names[kind] ? names[kind] : "?";
}

const char *audit_actor_name(enum audit_actor actor)
{
    static const char *const names[AUDIT_ACTOR_COUNT] = {AUDIT_ACTORS(NAME)};
    return actor < AUDIT_ACTOR_COUNT ? names[actor] : "?";
}

const char *audit_result_name(enum audit_result result)
{
    static const char *const names[AUDIT_RESULT_COUNT] = {AUDIT_RESULTS(NAME)};
    return result < AUDIT_RESULT_COUNT ? names[result] : "?";
}

enum audit_result audit_result_of(enum status status)
{
    static const enum audit_result results[STATUS_COUNT] = {
        [OK] = AUDIT_WENT_OK,
        [ERR_INVALID] = AUDIT_WENT_FAILED,
        [ERR_NOT_FOUND] = AUDIT_WENT_NOT_FOUND,
        [ERR_CONFLICT] = AUDIT_WENT_CONFLICT,
        [ERR_DENIED] = AUDIT_WENT_DENIED,
        [ERR_AUTH] = AUDIT_WENT_REFUSED,
        [ERR_PAUSED] = AUDIT_WENT_UNSENT,
        [ERR_LIMIT] = AUDIT_WENT_THROTTLED,
        [ERR_TIMEOUT] = AUDIT_WENT_TIMEOUT,
        [ERR_NETWORK] = AUDIT_WENT_UNREACHABLE,
        [ERR_TLS] = AUDIT_WENT_UNTRUSTED,
        [ERR_UPSTREAM] = AUDIT_WENT_FAILED,
        [ERR_NO_DATA] = AUDIT_WENT_NO_DATA,
        [ERR_UNCERTAIN] = AUDIT_WENT_UNCERTAIN,
        [ERR_FULL] = AUDIT_WENT_UNSENT,
        [ERR_IO] = AUDIT_WENT_FAILED,
        [ERR_SEAL] = AUDIT_WENT_FAILED,
        [ERR_CLOSED] = AUDIT_WENT_UNSENT,
        [ERR_UNSUPPORTED] = AUDIT_WENT_FAILED,
    };
    return results[status];
}
