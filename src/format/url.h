/* SPDX-License-Identifier: ISC
 *
 * Addresses (RFC 3986), as far as a server needs them.
 */
#ifndef FORMAT_URL_H
#define FORMAT_URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

/* Append a text percent-encoded: unreserved characters stay, all others become %XX. */
void url_encode(struct buf *out, struct text t);

/* Decode %XX, and '+' as a space where plus_is_space. The result lives in a, or is t itself where there
 * was nothing to decode. ERR_INVALID on a broken escape or where the result is not UTF-8. */
enum status url_decode(struct arena *a, struct text t, bool plus_is_space,
                       struct text *ret_text) MUST_CHECK;

/* An absolute http or https address without query and fragment, split; all parts borrow from it. */
struct url {
    struct text scheme;    /* "http" or "https" */
    struct text authority; /* host, and port where one is given */
    struct text path;      /* empty, or from its '/' on */
};

/* Split an address. ERR_INVALID where it has another scheme, a user, a query or odd characters. */
enum status url_split(struct text t, struct url *ret_url) MUST_CHECK;

#endif
