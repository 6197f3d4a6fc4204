/* SPDX-License-Identifier: ISC
 *
 * The check is CRC-32 (the polynomial of ISO 3309, reflected) over all before it, as base64url: it tells every
 * single wrong character and every two that were swapped.
 */
#include "wire/bearer.h"

#include "base/base64.h"
#include "base/limits.h"
#include "base/status.h"

#define PREFIX "hg_"
enum { CRC_POLYNOMIAL = 0xEDB88320, CRC_BYTES = 4 };
_Static_assert((int)BEARER_TEXT <= (int)MAX_TOKEN, "a token fits where tokens go");

static uint32_t crc32_of(struct text t)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < t.n; i++) {
        crc ^= (unsigned char)t.at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? (uint32_t)CRC_POLYNOMIAL : 0);
    }
    return ~crc;
}

static void add_check(struct buf *out)
{
    unsigned char bytes[CRC_BYTES];
    uint32_t crc = crc32_of(buf_text(out));
    for (unsigned i = 0; i < CRC_BYTES; i++)
        bytes[i] = (unsigned char)(crc >> 8 * i);
    base64url_format(out, bytes, sizeof bytes);
}

struct secret bearer_format(const struct secret *inner)
{
    struct buf out CLEANUP(buf_wipe) = BUF(BEARER_TEXT);
    ENSURE(inner->n == BEARER_INNER);
    buf_add_cstr(&out, PREFIX);
    buf_add(&out, inner->at, inner->n);
    add_check(&out);
    ENSURE(!buf_failed(&out) && out.n == BEARER_TEXT);
    return secret_new(out.at, out.n);
}

bool bearer_parse(struct text bearer, struct text *ret_inner)
{
    struct buf whole CLEANUP(buf_wipe) = BUF(BEARER_TEXT);
    if (bearer.n != BEARER_TEXT || !text_starts(bearer, TEXT(PREFIX)))
        return false;
    buf_add(&whole, bearer.at, bearer.n - BEARER_CHECK);
    add_check(&whole);
    if (buf_failed(&whole) || !text_equal(buf_text(&whole), bearer))
        return false;
    *ret_inner = (struct text){bearer.at + sizeof PREFIX - 1, BEARER_INNER};
    return true;
}
