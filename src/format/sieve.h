/* SPDX-License-Identifier: ISC
 *
 * JSON of which only chosen members pass, as its bytes arrive: what is not named is gone before anything of it is kept,
 * with all that is in it. What passes is JSON again for json_parse, which is as strict as ever; what
 * was dropped has only been followed to its end.
 */
#ifndef FORMAT_SIEVE_H
#define FORMAT_SIEVE_H

#include "base/buf.h"
#include "base/error.h"

enum { SIEVE_DEPTH_MAX = 32, SIEVE_NAME_MAX = 48 };

struct sieve {
    const char *const
        *names;      /* of the members that pass, at any depth; ends in NULL; borrowed */
    struct buf *out; /* borrowed */

    int state;
    unsigned depth;
    bool is_object[SIEVE_DEPTH_MAX + 1], has_item[SIEVE_DEPTH_MAX + 1];
    unsigned dropped_at; /* the depth whose member is being dropped; 0: none is */
    bool may_end;        /* nothing has come yet in the list or object */
    bool in_key, is_escaped;
    unsigned n_hex, hex; /* of \u: digits still to come, and what they say */
    size_t n_name;
    char name[SIEVE_NAME_MAX];
};

#define SIEVE(which, to) ((struct sieve){.names = (which), .out = (to)})

/* Read more bytes. ERR_INVALID: no JSON, or deeper than SIEVE_DEPTH_MAX; ERR_FULL: the buffer is. */
enum status sieve_read(struct sieve *sieve, struct text bytes) MUST_CHECK;

/* Was it one whole value? */
bool sieve_is_whole(const struct sieve *sieve);

#endif
