/* SPDX-License-Identifier: ISC
 *
 *     PNG   8 bytes that name it, then chunks: u32 length | 4 letters | data | u32 check; IHDR first, IEND last
 *     WebP  "RIFF" u32 size "WEBP", then chunks: 4 letters | u32 length | data, padded to an even number. The
 *           first is VP8 (lossy), VP8L (lossless) or VP8X (what follows has more to it)
 */
#include "wire/image.h"

#include <string.h>

enum { CHUNKS_MAX = 256 };

static uint32_t big32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little(const unsigned char *at, int n)
{
    uint32_t value = 0;
    while (n--)
        value = value << 8 | at[n];
    return value;
}

static bool is(const unsigned char *at, const char *letters)
{
    return memcmp(at, letters, 4) == 0;
}

/* ---- PNG ---- */

static enum status read_png(const unsigned char *at, size_t n, struct image *image)
{
    size_t i = 8;
    for (int chunks = 0; chunks < CHUNKS_MAX && n - i >= 12; chunks++) {
        size_t length = big32(at + i);
        const unsigned char *letters = at + i + 4;
        if (length > n - i - 12 || (chunks == 0) != is(letters, "IHDR") || is(letters, "acTL"))
            return ERR_INVALID;
        if (chunks == 0 && length != 13)
            return ERR_INVALID;
        if (chunks == 0)
            *image = (struct image){IMAGE_PNG, big32(letters + 4), big32(letters + 8)};
        i += 12 + length;
        if (is(letters, "IEND"))
            return i == n && length == 0 ? OK : ERR_INVALID;
    }
    return ERR_INVALID;
}

/* ---- WebP ---- */

static enum status read_first(const unsigned char *letters, const unsigned char *data, size_t n,
                              struct image *image)
{
    enum { MOVES = 0x02 };
    *image = (struct image){.kind = IMAGE_WEBP};
    if (is(letters, "VP8 ") && n >= 10 && !(data[0] & 1) &&
        memcmp(data + 3, "\x9d\x01\x2a", 3) == 0) {
        image->width = little(data + 6, 2) & 0x3fff;
        image->height = little(data + 8, 2) & 0x3fff;
    } else if (is(letters, "VP8L") && n >= 5 && data[0] == 0x2f) {
        uint32_t bits = little(data + 1, 4);
        image->width = (bits & 0x3fff) + 1;
        image->height = (bits >> 14 & 0x3fff) + 1;
    } else if (is(letters, "VP8X") && n == 10 && !(data[0] & MOVES)) {
        image->width = (int64_t)little(data + 4, 3) + 1;
        image->height = (int64_t)little(data + 7, 3) + 1;
    } else {
        return ERR_INVALID;
    }
    return OK;
}

static enum status read_webp(const unsigned char *at, size_t n, struct image *image)
{
    size_t i = 12;
    if (little(at + 4, 4) != n - 8)
        return ERR_INVALID;
    for (int chunks = 0; chunks < CHUNKS_MAX && n - i >= 8; chunks++) {
        size_t length = little(at + i + 4, 4), padded = length + (length & 1);
        if (length > n - i - 8 || padded > n - i - 8 || is(at + i, "ANIM"))
            return ERR_INVALID;
        if (chunks == 0)
            TRY(read_first(at + i, at + i + 8, length, image));
        i += 8 + padded;
        if (i == n)
            return OK;
    }
    return ERR_INVALID;
}

enum status image_read(struct text bytes, struct image *ret_image, struct error *err)
{
    const unsigned char *at = (const unsigned char *)bytes.at;
    struct image image = {0};
    enum status status = ERR_UNSUPPORTED;
    if (bytes.n > MAX_LOGO)
        return error_set(err, ERR_LIMIT, "logo", "it has %zu bytes; %d at most", bytes.n,
                         MAX_LOGO);
    if (bytes.n >= 8 && memcmp(at, "\x89PNG\r\n\x1a\n", 8) == 0)
        status = read_png(at, bytes.n, &image);
    else if (bytes.n >= 12 && is(at, "RIFF") && is(at + 8, "WEBP"))
        status = read_webp(at, bytes.n, &image);
    if (status == ERR_UNSUPPORTED)
        return error_set(err, status, "logo", "it is neither a PNG nor a WebP picture");
    if (status != OK || image.width < 1 || image.height < 1)
        return error_set(err, ERR_INVALID, "logo",
                         "the picture is not whole, or moves, or something stands behind it");
    if (image.width > MAX_LOGO_PIXELS || image.height > MAX_LOGO_PIXELS)
        return error_set(err, ERR_LIMIT, "logo", "it has %lld by %lld pixels; %d each at most",
                         (long long)image.width, (long long)image.height, MAX_LOGO_PIXELS);
    *ret_image = image;
    return OK;
}
