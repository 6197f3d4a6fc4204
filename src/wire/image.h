/* SPDX-License-Identifier: ISC
 *
 * What a picture says of itself in its first bytes. Asked where a picture comes in, before the vault keeps it: a page
 * says beforehand how large it will be, and nothing is kept that is not what it seems. Pure.
 */
#ifndef WIRE_IMAGE_H
#define WIRE_IMAGE_H

#include "base/error.h"
#include "wire/types.h"

struct image {
    enum image_kind kind;
    int64_t width, height; /* of its pixels */
};

/* Read a PNG's or a still WebP's size, and whether its parts fill the file to its last byte.
 *
 * Fails   ERR_UNSUPPORTED  it is neither
 *         ERR_INVALID      it is cut short, moves, or something stands behind it
 *         ERR_LIMIT        more than MAX_LOGO bytes, or wider or higher than MAX_LOGO_PIXELS
 * Source  PNG (ISO/IEC 15948) 5.3 and 11.2.2; RFC 9649 2.5 to 2.7
 */
enum status image_read(struct text bytes, struct image *ret_image,
                       struct error *err) MUST_CHECK;

#endif
