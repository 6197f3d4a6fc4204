/* SPDX-License-Identifier: ISC */
#include "crypt/keys.h"

#include <string.h>

bool keys_accept_plain(const struct account_keys *keys)
{
    for (unsigned i = 0; i < keys->n; i++)
        if (keys->keys[i].purpose == KEY_ALLOWS_PLAIN)
            return true;
    return false;
}

const struct data_key *keys_find(const struct account_keys *keys, struct text value)
{
    struct key_id id;
    if (!seal_key_id(value, &id))
        return NULL;
    for (unsigned i = 0; i < keys->n; i++)
        if (memcmp(id.at, keys->keys[i].seal.id.at, KEY_ID_BYTES) == 0)
            return &keys->keys[i];
    return NULL;
}

enum status keys_plain(struct buf *out, struct text clear)
{
    unsigned char *at = buf_room(out, clear.n + 1);
    if (!at)
        return ERR_FULL;
    at[0] = PLAIN_VERSION;
    if (clear.n)
        memcpy(at + 1, clear.at, clear.n);
    buf_grown(out, clear.n + 1);
    return OK;
}

enum status keys_open_plain(struct buf *out, const struct account_keys *keys, struct text value)
{
    if (!value_is_plain(value) || !keys_accept_plain(keys))
        return ERR_SEAL;
    buf_add(out, value.at + 1, value.n - 1);
    return buf_failed(out) ? ERR_FULL : OK;
}

struct hash keys_lookup(const struct account_keys *keys, const char *domain, struct text value)
{
    size_t n_domain = strlen(domain) + 1;
    struct buf bytes CLEANUP(buf_wipe) = BUF(n_domain + value.n);
    buf_add(&bytes, domain, n_domain);
    buf_add_text(&bytes, value);
    ENSURE(!buf_failed(&bytes));
    return hmac_sha256((struct text){(const char *)keys->lookup, KEY_BYTES}, buf_text(&bytes));
}
