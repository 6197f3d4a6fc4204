/* SPDX-License-Identifier: ISC
 *
 * What the head of a request must look like before anything is made of it. Two readers that disagree
 * about where a request ends are how one visitor's request becomes part of another's (RFC 9112, 11.2), so
 * whatever is not plainly one way is refused and the connection closed.
 */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    GUARD_FIELDS_MAX = 60,
    GUARD_TARGET_MAX = 4096, /* bytes of the request target */
};

enum guard_verdict {
    GUARD_OK,
    GUARD_REFUSED,  /* 400 */
    GUARD_TOO_LONG, /* 414: the target */
    GUARD_TOO_MANY, /* 431: header fields */
};

/* A field as it stands in the connection's buffer: both texts point into one run of bytes. */
struct guard_field {
    struct text name, value;
};

/* Where a head stood in the received bytes, into which all its texts point: their distances tell how lines
 * ended. */
struct guard_trace {
    const char *target_at; /* NULL: they are elsewhere, and nothing is told */
    size_t head_size;      /* from the method to the end of the empty line */
};

struct guard_head {
    struct text method, target, version;
    const struct guard_field *fields;
    size_t n_fields;
    struct guard_trace trace;
};

/* Judge a head.
 *
 * Refused: a Host that is missing (HTTP/1.1), doubled or odd; Content-Length doubled, not digits only, or
 * beside Transfer-Encoding; a Transfer-Encoding other than `chunked`; a control character or NUL in a
 * value; a name that is no token; a field that was folded or ended in a bare LF; a target that does not
 * begin with '/' or holds anything but visible ASCII; a version other than HTTP/1.0 and HTTP/1.1.
 */
enum guard_verdict guard_check(const struct guard_head *head);

/* Return what Content-Length says, -1 where the head has none; of a head that passed. */
int64_t guard_content_length(const struct guard_head *head);

#endif
