/* SPDX-License-Identifier: ISC
 *
 * QR codes (ISO/IEC 18004), encoded by libqrencode, as the path of an SVG.
 */
#ifndef FORMAT_QR_H
#define FORMAT_QR_H

#include "base/buf.h"
#include "base/status.h"

/* Append the path of a code whose dark modules are squares of one unit, from 0,0 on; its error correction is M. The
 * quiet zone of four units around it is the caller's.
 *
 * Fails   ERR_INVALID  the text is empty, too long for a code, or holds a NUL
 *         ERR_FULL     the path does not fit into out */
enum status qr_path(struct buf *out, struct text text, int *ret_side) MUST_CHECK;

#endif
