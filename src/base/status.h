/* SPDX-License-Identifier: ISC
 *
 * How a call went. Every function that can fail returns an enum status and must be checked; the
 * happy path is the page: TRY returns at once and CLEANUP releases what was held.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    OK,
    ERR_INVALID,     /* the request itself makes no sense or breaks a limit */
    ERR_NOT_FOUND,   /* no such thing, or none that the asker may know of */
    ERR_CONFLICT,    /* taken, or changed meanwhile */
    ERR_DENIED,      /* understood, not allowed */
    ERR_AUTH,        /* a server refused our sign-in */
    ERR_PAUSED,      /* the connection is paused: nothing is sent until the host acts */
    ERR_LIMIT,       /* throttled; struct error holds retry_s */
    ERR_TIMEOUT,     /* the deadline passed before an answer came */
    ERR_NETWORK,     /* no name, no route, no connection */
    ERR_TLS,         /* the server's certificate or TLS version is not acceptable */
    ERR_UPSTREAM,    /* a server answered with an error, or with something unreadable */
    ERR_NO_DATA,     /* a server answered, but does not know; unknown is never free */
    ERR_UNCERTAIN,   /* a write may or may not have happened */
    ERR_FULL,        /* a queue or a quota is full; try again later */
    ERR_IO,          /* disk, database or channel failed */
    ERR_SEAL,        /* a sealed value is not authentic, or its key is not here */
    ERR_CLOSED,      /* the other end is gone */
    ERR_UNSUPPORTED, /* not by this server, kind or build */
    STATUS_COUNT
};

/* Name a status for logs and --json; never NULL. */
const char *status_name(enum status status);

#define MUST_CHECK __attribute__((warn_unused_result))
#define CLEANUP(function) __attribute__((cleanup(function)))

#define TRY(call)                                                                              \
    do {                                                                                       \
        enum status try_status_ = (call);                                                      \
        if (try_status_ != OK)                                                                 \
            return try_status_;                                                                \
    } while (0)

/* Stop the program: an invariant of ours does not hold, and going on could do harm. */
#define ENSURE(condition)                                                                      \
    do {                                                                                       \
        if (!(condition))                                                                      \
            ensure_failed(__FILE__, __LINE__, #condition);                                     \
    } while (0)
_Noreturn void ensure_failed(const char *file, int line, const char *condition);

#endif
