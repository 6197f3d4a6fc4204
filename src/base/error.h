/* SPDX-License-Identifier: ISC
 *
 * One line for an administrator: where it happened, what happened and, for ERR_LIMIT, when to come
 * back. Never a secret and never shown to a visitor. A status travels alone where nobody reads the
 * line; functions take `struct error *err` as their last parameter where somebody does. err may be
 * NULL everywhere.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdint.h>

#include "base/status.h"

#define ERROR_WHERE_MAX 64
#define ERROR_WHAT_MAX 384

struct error {
    char where[ERROR_WHERE_MAX]; /* the layer: "tls", "ews GetUserAvailability", "store" */
    char what[ERROR_WHAT_MAX];   /* what happened, and what to do where that is known */
    int64_t retry_s;             /* ERR_LIMIT: seconds to wait, 0 unknown */
};

/* Fill err (unless NULL) and return status, so that a failing function ends in one line. Control
 * characters that came from outside become '?'; a text too long for its field is cut. */
enum status error_set(struct error *err, enum status status, const char *where,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
