/* SPDX-License-Identifier: ISC */
#include "crypt/token.h"

#include <string.h>

#include "base/base64.h"
#include "os/random.h"

enum { ROW_BYTES = 8, RANDOM_BYTES = 32 };

struct secret token_new(int64_t row)
{
    unsigned char bytes[ROW_BYTES + RANDOM_BYTES];
    struct buf out CLEANUP(buf_wipe) = BUF(TOKEN_TEXT);
    for (unsigned i = 0; i < ROW_BYTES; i++)
        bytes[i] = (unsigned char)((uint64_t)row >> 8 * i);
    random_bytes(bytes + ROW_BYTES, RANDOM_BYTES);
    base64url_format(&out, bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    ENSURE(!buf_failed(&out) && out.n == TOKEN_TEXT);
    return secret_new(out.at, out.n);
}

struct hash token_hash(const struct secret *token)
{
    return sha256((struct text){(const char *)token->at, token->n});
}

enum status token_row(const struct secret *token, int64_t *ret_row)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(ROW_BYTES + RANDOM_BYTES);
    struct text text = {(const char *)token->at, token->n};
    if (token->n != TOKEN_TEXT || base64url_parse(&bytes, text) != OK || buf_failed(&bytes))
        return ERR_NOT_FOUND;
    uint64_t row = 0;
    for (unsigned i = ROW_BYTES; i-- > 0;)
        row = row << 8 | bytes.at[i];
    *ret_row = (int64_t)row;
    return OK;
}
