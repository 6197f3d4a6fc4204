/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void format(struct buf *out, const unsigned char *at, size_t n, const char *letters,
                   bool pad)
{
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t three = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)at[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            if (k <= left)
                buf_add_byte(out, (unsigned char)letters[three >> (18 - 6 * k) & 63]);
            else if (pad)
                buf_add_byte(out, '=');
        }
    }
}

void base64_format(struct buf *out, const void *at, size_t n)
{
    format(out, at, n, standard, true);
}

void base64url_format(struct buf *out, const void *at, size_t n)
{
    format(out, at, n, for_urls, false);
}

static enum status parse(struct buf *out, struct text t, const char *letters)
{
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < t.n; i++) {
        const char *found = t.at[i] ? strchr(letters, t.at[i]) : NULL;
        if (!found)
            return ERR_INVALID;
        bits = bits << 6 | (uint32_t)(found - letters);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            buf_add_byte(out, (unsigned char)(bits >> n_bits));
        }
    }
    bool leftover = n_bits == 6 || (bits & ((1u << n_bits) - 1)) != 0;
    return leftover || buf_failed(out) ? ERR_INVALID : OK;
}

enum status base64_parse(struct buf *out, struct text t)
{
    if (t.n % 4)
        return ERR_INVALID;
    for (int i = 0; i < 2 && t.n && t.at[t.n - 1] == '='; i++)
        t.n--;
    return parse(out, t, standard);
}

enum status base64url_parse(struct buf *out, struct text t)
{
    return parse(out, t, for_urls);
}
