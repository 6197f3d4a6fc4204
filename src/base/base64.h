/* SPDX-License-Identifier: ISC
 *
 * Base64 (RFC 4648): the standard alphabet with padding, and the URL alphabet without.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "base/status.h"

void base64_format(struct buf *out, const void *at, size_t n);
void base64url_format(struct buf *out, const void *at, size_t n);

/* Decode strictly: no white space, no bits left over. ERR_INVALID otherwise; out may hold a part. */
enum status base64_parse(struct buf *out, struct text t) MUST_CHECK;
enum status base64url_parse(struct buf *out, struct text t) MUST_CHECK;

#endif
