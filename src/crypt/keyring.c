/* SPDX-License-Identifier: ISC
 *
 *     from          by HMAC-SHA-256 of          comes
 *     master key    "hourgate wrap 1"           the key that seals the data keys
 *     data key      "hourgate seal 1"           the key that seals an account's columns
 *     data key      "hourgate lookup 1"         the key of its look-up hashes
 *     audit key     "hourgate audit seal 1"     the key that seals an account's audit rows
 *     sealing key   "hourgate key id 1"         its id
 *
 * No key is used for two purposes, and an id tells nothing of its key.
 */
#include "crypt/keyring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "crypt/keyfile.h"
#include "crypt/seal.h"
#include "os/random.h"

struct entry {
    int64_t account;
    struct data_key key;
};

struct keyring {
    struct seal_key wrap;
    pthread_rwlock_t lock; /* guards entries; an entry never changes or moves */
    struct map entries;    /* by account */
};

static void derive(unsigned char to[KEY_BYTES], const unsigned char from[KEY_BYTES],
                   struct text purpose)
{
    struct hash hash = hmac_sha256((struct text){(const char *)from, KEY_BYTES}, purpose);
    memcpy(to, hash.at, KEY_BYTES);
    wipe_bytes(&hash, sizeof hash);
}

static void derive_seal_key(struct seal_key *to, const unsigned char from[KEY_BYTES],
                            struct text purpose)
{
    derive(to->key, from, purpose);
    struct text key = {(const char *)to->key, KEY_BYTES};
    struct hash id = hmac_sha256(key, TEXT("hourgate key id 1"));
    memcpy(to->id.at, id.at, KEY_ID_BYTES);
}

struct keyring *keyring_new(const struct secret *master_key)
{
    ENSURE(master_key->n == MASTER_KEY_BYTES);
    struct keyring *ring = calloc(1, sizeof *ring);
    ENSURE(ring && pthread_rwlock_init(&ring->lock, NULL) == 0);
    ring->entries = MAP(random_u64());
    derive_seal_key(&ring->wrap, master_key->at, TEXT("hourgate wrap 1"));
    return ring;
}

void keyring_free(struct keyring *ring)
{
    if (!ring)
        return;
    size_t pos = 0;
    for (struct entry *entry; (entry = map_next(&ring->entries, &pos));) {
        wipe_bytes(entry, sizeof *entry);
        free(entry);
    }
    map_done(&ring->entries);
    pthread_rwlock_destroy(&ring->lock);
    wipe_bytes(ring, sizeof *ring);
    free(ring);
}

struct key_id keyring_id(const struct keyring *ring)
{
    return ring->wrap.id;
}

static struct seal_place wrapped_place(int64_t account)
{
    return (struct seal_place){.table = "accounts", .column = "data_key", .row = account};
}

enum status keyring_wrap_new(struct keyring *ring, int64_t account, struct buf *ret_wrapped)
{
    char key[KEY_BYTES];
    random_bytes(key, sizeof key);
    enum status status =
        seal(ret_wrapped, &ring->wrap, wrapped_place(account), (struct text){key, sizeof key});
    wipe_bytes(key, sizeof key);
    return status;
}

enum status keyring_draw(struct keyring *ring, struct seal_place place,
                         unsigned char ret_key[KEY_BYTES], struct buf *ret_wrapped)
{
    random_bytes(ret_key, KEY_BYTES);
    return seal(ret_wrapped, &ring->wrap, place,
                (struct text){(const char *)ret_key, KEY_BYTES});
}

enum status keyring_open(struct keyring *ring, struct seal_place place, struct text wrapped,
                         unsigned char ret_key[KEY_BYTES])
{
    struct buf key CLEANUP(buf_wipe) = BUF(KEY_BYTES);
    if (wrapped.n != KEY_BYTES + SEAL_EXTRA)
        return ERR_SEAL;
    TRY(unseal(&key, &ring->wrap, place, wrapped));
    memcpy(ret_key, key.at, KEY_BYTES);
    return OK;
}

struct seal_key keyring_audit_seal(const unsigned char audit_key[KEY_BYTES])
{
    struct seal_key key;
    derive_seal_key(&key, audit_key, TEXT("hourgate audit seal 1"));
    return key;
}

static struct text map_key(const int64_t *account)
{
    return (struct text){(const char *)account, sizeof *account};
}

const struct data_key *keyring_find(struct keyring *ring, int64_t account)
{
    pthread_rwlock_rdlock(&ring->lock);
    struct entry *entry = map_find(&ring->entries, map_key(&account));
    pthread_rwlock_unlock(&ring->lock);
    return entry ? &entry->key : NULL;
}

static struct entry *entry_new(int64_t account, const unsigned char key[KEY_BYTES])
{
    struct entry *entry = calloc(1, sizeof *entry);
    ENSURE(entry);
    entry->account = account;
    derive_seal_key(&entry->key.seal, key, TEXT("hourgate seal 1"));
    derive(entry->key.lookup, key, TEXT("hourgate lookup 1"));
    return entry;
}

/* Keep the entry, unless another thread was first: then keep that one. */
static const struct data_key *keep(struct keyring *ring, struct entry *entry)
{
    pthread_rwlock_wrlock(&ring->lock);
    struct entry *first = map_find(&ring->entries, map_key(&entry->account));
    if (!first)
        map_put(&ring->entries, map_key(&entry->account), entry);
    pthread_rwlock_unlock(&ring->lock);
    if (!first)
        return &entry->key;
    wipe_bytes(entry, sizeof *entry);
    free(entry);
    return &first->key;
}

enum status keyring_unwrap(struct keyring *ring, int64_t account, struct text wrapped,
                           const struct data_key **ret_key)
{
    struct buf key CLEANUP(buf_wipe) = BUF(KEY_BYTES);
    if (wrapped.n != KEY_BYTES + SEAL_EXTRA)
        return ERR_SEAL;
    TRY(unseal(&key, &ring->wrap, wrapped_place(account), wrapped));
    *ret_key = keep(ring, entry_new(account, key.at));
    return OK;
}

struct hash keyring_lookup(const struct data_key *key, const char *domain, struct text value)
{
    size_t n_domain = strlen(domain) + 1;
    struct buf bytes CLEANUP(buf_wipe) = BUF(n_domain + value.n);
    buf_add(&bytes, domain, n_domain);
    buf_add_text(&bytes, value);
    ENSURE(!buf_failed(&bytes));
    return hmac_sha256((struct text){(const char *)key->lookup, KEY_BYTES}, buf_text(&bytes));
}
