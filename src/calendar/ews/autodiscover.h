/* SPDX-License-Identifier: ISC
 *
 * What Autodiscover is asked and what it says, in both of its languages: GetUserSettings over SOAP, and POX
 * ("plain old XML"). Where to ask, and whom to believe, is discover.c's.
 */
#ifndef EWS_AUTODISCOVER_H
#define EWS_AUTODISCOVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum autodiscover_language { AUTODISCOVER_SOAP, AUTODISCOVER_POX };

enum { AUTODISCOVER_ANSWER_MAX = 1 << 20, AUTODISCOVER_TEXT_MAX = 1024 };

/* What was said; texts live in the arena that was given, empty where nothing was said. */
struct autodiscover_answer {
    struct text external, internal; /* addresses of EWS, for outside and inside */
    struct text address;            /* the mailbox's primary one */
    struct text redirect_address;
    struct text redirect_url;
    struct text code; /* of an error, on whichever of the levels: "InvalidUser", "500" */
    bool online;
};

void autodiscover_write(struct buf *out, enum autodiscover_language language,
                        struct text address);

/* Read a whole answer of either language. ERR_UPSTREAM where it is none. */
enum status autodiscover_read(struct text bytes, struct arena *a,
                              struct autodiscover_answer *ret_answer,
                              struct error *err) MUST_CHECK;

#endif
