/* SPDX-License-Identifier: ISC */
#include "crypt/chain.h"

struct hash chain_hash(const struct hash *previous, const struct chain_row *row)
{
    const int64_t numbers[] = {row->id,      row->at,      row->kind,  row->actor,
                               row->account, row->subject, row->result};
    struct buf bytes CLEANUP(buf_done) =
        BUF(HASH_BYTES + sizeof numbers + 4 + CHAIN_DETAILS_MAX);
    buf_add_text(&bytes, hash_text(previous));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        buf_add_u64(&bytes, (uint64_t)numbers[i]);
    buf_add_u32(&bytes, (uint32_t)row->details.n);
    buf_add_text(&bytes, row->details);
    ENSURE(!buf_failed(&bytes));
    return sha256(buf_text(&bytes));
}

struct hash chain_code(const unsigned char key[KEY_BYTES], const struct hash *hash)
{
    return hmac_sha256((struct text){(const char *)key, KEY_BYTES}, hash_text(hash));
}
