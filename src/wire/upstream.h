/* SPDX-License-Identifier: ISC
 *
 * A calendar server's address as a person writes it; it crosses the wire split.
 */
#ifndef WIRE_UPSTREAM_H
#define WIRE_UPSTREAM_H

#include "base/arena.h"
#include "base/error.h"
#include "wire/types.h"

struct upstream {
    struct text host;
    int64_t port;
    struct text path;
};

/* Split https://HOST[:PORT][/PATH]; the scheme may be left out, and the path, which is the usual one of that kind
 * then. Texts live in a. ERR_INVALID: it is none, or says http:. */
enum status upstream_split(struct text url, enum calendar_kind kind, struct arena *a,
                           struct upstream *ret_upstream, struct error *err) MUST_CHECK;

/* Split a feed's secret address, https:// or webcal://: path is "/", and what stands behind the host is the secret. It may
 * have a query. ERR_INVALID, in words that do not repeat it. */
enum status upstream_split_feed(struct text url, struct arena *a, struct upstream *ret_upstream,
                                struct text *ret_secret, struct error *err) MUST_CHECK;

/* Where all calendars of a kind are, as https://HOST/PATH; NULL: each server has its own address. */
const char *upstream_usual(enum calendar_kind kind);

#endif
