/* SPDX-License-Identifier: ISC
 *
 *     from          by HMAC-SHA-256 of          comes
 *     master key    "hourgate wrap 1"           the key that seals the accounts' keys
 *     data key      "hourgate seal 1"           the key that seals an account's columns
 *     data key      "hourgate lookup 1"         the look-up key of an account that was given none of its own
 *     audit key     "hourgate audit seal 1"     the key that seals an account's audit rows
 *     sealing key   "hourgate key id 1"         its id
 *
 * No key is used for two purposes, and an id tells nothing of its key.
 */
#include "crypt/keyring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "crypt/keyfile.h"
#include "os/clock.h"
#include "os/random.h"

struct entry {
    struct list node;    /* among those that were replaced */
    int64_t replaced_ms; /* of clock_ms */
    struct account_keys keys;
};

struct keyring {
    pthread_rwlock_t lock; /* guards all of it; the keys of an entry never change */
    struct seal_key wrap;
    struct map entries;   /* by account */
    struct list replaced; /* to be wiped, the oldest first */
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
    list_init(&ring->replaced);
    derive_seal_key(&ring->wrap, master_key->at, TEXT("hourgate wrap 1"));
    return ring;
}

static void entry_free(struct entry *entry)
{
    wipe_bytes(entry, sizeof *entry);
    free(entry);
}

void keyring_free(struct keyring *ring)
{
    if (!ring)
        return;
    keyring_forget_all(ring);
    keyring_tidy(ring, INT64_MAX);
    map_done(&ring->entries);
    pthread_rwlock_destroy(&ring->lock);
    wipe_bytes(ring, sizeof *ring);
    free(ring);
}

/* The wrapping key, copied: another may take its place at any time. */
static struct seal_key wrap_of(struct keyring *ring)
{
    pthread_rwlock_rdlock(&ring->lock);
    struct seal_key wrap = ring->wrap;
    pthread_rwlock_unlock(&ring->lock);
    return wrap;
}

static void seal_key_wipe(struct seal_key *key)
{
    wipe_bytes(key, sizeof *key);
}

struct key_id keyring_id(struct keyring *ring)
{
    struct seal_key wrap CLEANUP(seal_key_wipe) = wrap_of(ring);
    return wrap.id;
}

/* ---- wrapping ---- */

struct seal_place keyring_place(int64_t account, enum key_purpose purpose)
{
    static const char *const columns[KEY_PURPOSE_COUNT] = {
        [KEY_SEALS] = "data_key",
        [KEY_ALLOWS_PLAIN] = "data_key_plain",
        [KEY_LOOKS_UP] = "lookup_key",
    };
    return (struct seal_place){.table = "accounts", .column = columns[purpose], .row = account};
}

static enum status wrap(struct keyring *ring, struct seal_place place,
                        const unsigned char key[KEY_BYTES], struct buf *ret_wrapped)
{
    struct seal_key by CLEANUP(seal_key_wipe) = wrap_of(ring);
    return seal(ret_wrapped, &by, place, (struct text){(const char *)key, KEY_BYTES});
}

static enum status unwrap(struct keyring *ring, struct seal_place place, struct text wrapped,
                          unsigned char ret_key[KEY_BYTES])
{
    struct seal_key by CLEANUP(seal_key_wipe) = wrap_of(ring);
    struct buf key CLEANUP(buf_wipe) = BUF(KEY_BYTES);
    if (wrapped.n != KEY_BYTES + SEAL_EXTRA)
        return ERR_SEAL;
    TRY(unseal(&key, &by, place, wrapped));
    memcpy(ret_key, key.at, KEY_BYTES);
    return OK;
}

enum status keyring_wrap_new(struct keyring *ring, int64_t account, enum key_purpose purpose,
                             struct buf *ret_wrapped)
{
    unsigned char key[KEY_BYTES];
    random_bytes(key, sizeof key);
    enum status status = wrap(ring, keyring_place(account, purpose), key, ret_wrapped);
    wipe_bytes(key, sizeof key);
    return status;
}

enum status keyring_draw(struct keyring *ring, struct seal_place place,
                         unsigned char ret_key[KEY_BYTES], struct buf *ret_wrapped)
{
    random_bytes(ret_key, KEY_BYTES);
    return wrap(ring, place, ret_key, ret_wrapped);
}

enum status keyring_open(struct keyring *ring, struct seal_place place, struct text wrapped,
                         unsigned char ret_key[KEY_BYTES])
{
    return unwrap(ring, place, wrapped, ret_key);
}

struct seal_key keyring_audit_seal(const unsigned char audit_key[KEY_BYTES])
{
    struct seal_key key;
    derive_seal_key(&key, audit_key, TEXT("hourgate audit seal 1"));
    return key;
}

struct seal_key keyring_settings_seal(const unsigned char settings_key[KEY_BYTES])
{
    struct seal_key key;
    derive_seal_key(&key, settings_key, TEXT("hourgate settings seal 1"));
    return key;
}

enum status keyring_wrap_lookup(struct keyring *ring, const struct account_keys *keys,
                                struct buf *ret_wrapped)
{
    return wrap(ring, keyring_place(keys->account, KEY_LOOKS_UP), keys->lookup, ret_wrapped);
}

enum status keyring_rewrap(struct keyring *ring, struct keyring *next, struct seal_place place,
                           struct text wrapped, struct buf *ret_wrapped)
{
    unsigned char key[KEY_BYTES];
    TRY(unwrap(ring, place, wrapped, key));
    enum status status = wrap(next, place, key, ret_wrapped);
    wipe_bytes(key, sizeof key);
    return status;
}

void keyring_swap(struct keyring *ring, struct keyring *other)
{
    struct seal_key ours CLEANUP(seal_key_wipe) = wrap_of(ring);
    struct seal_key theirs CLEANUP(seal_key_wipe) = wrap_of(other);
    pthread_rwlock_wrlock(&ring->lock);
    ring->wrap = theirs;
    pthread_rwlock_unlock(&ring->lock);
    pthread_rwlock_wrlock(&other->lock);
    other->wrap = ours;
    pthread_rwlock_unlock(&other->lock);
}

/* ---- the accounts' keys ---- */

static struct text map_key(const int64_t *account)
{
    return (struct text){(const char *)account, sizeof *account};
}

const struct account_keys *keyring_find(struct keyring *ring, int64_t account)
{
    pthread_rwlock_rdlock(&ring->lock);
    struct entry *entry = map_find(&ring->entries, map_key(&account));
    pthread_rwlock_unlock(&ring->lock);
    return entry ? &entry->keys : NULL;
}

/* Unwrap one more key of an account. */
static enum status add_key(struct keyring *ring, struct account_keys *keys,
                           const struct wrapped_key *wrapped, bool *has_lookup)
{
    unsigned char key[KEY_BYTES];
    bool is_lookup = wrapped->purpose == KEY_LOOKS_UP;
    if (!is_lookup && keys->n == ACCOUNT_KEYS_MAX)
        return ERR_LIMIT;
    TRY(unwrap(ring, keyring_place(keys->account, wrapped->purpose), wrapped->wrapped, key));
    if (is_lookup) {
        memcpy(keys->lookup, key, sizeof key);
        *has_lookup = true;
    } else {
        struct data_key *to = &keys->keys[keys->n++];
        to->row = wrapped->row;
        to->purpose = wrapped->purpose;
        derive_seal_key(&to->seal, key, TEXT("hourgate seal 1"));
        if (!*has_lookup) /* stays where no other comes: such an account has one data key */
            derive(keys->lookup, key, TEXT("hourgate lookup 1"));
    }
    wipe_bytes(key, sizeof key);
    return OK;
}

/* Is what this entry tells newer? Rotation adds a newer key; its end destroys the older ones. */
static bool is_newer(const struct entry *entry, const struct entry *than)
{
    const struct account_keys *one = &entry->keys, *other = &than->keys;
    return one->keys[0].row > other->keys[0].row ||
           (one->keys[0].row == other->keys[0].row && one->n < other->n);
}

static void replace(struct keyring *ring, struct entry *entry)
{
    entry->replaced_ms = clock_ms();
    list_add_last(&ring->replaced, &entry->node);
}

/* Publish an entry, unless the one that is there tells as much; return the keys that the caller may use. */
static const struct account_keys *publish(struct keyring *ring, struct entry *entry,
                                          bool replaces)
{
    pthread_rwlock_wrlock(&ring->lock);
    struct entry *there = map_find(&ring->entries, map_key(&entry->keys.account));
    if (!there || replaces || is_newer(entry, there)) {
        map_put(&ring->entries, map_key(&entry->keys.account), entry);
        if (there)
            replace(ring, there);
    } else {
        replace(ring, entry);
    }
    pthread_rwlock_unlock(&ring->lock);
    return &entry->keys;
}

enum status keyring_take(struct keyring *ring, int64_t account,
                         const struct wrapped_key *wrapped, size_t n, bool replaces,
                         const struct account_keys **ret_keys)
{
    struct entry *entry = calloc(1, sizeof *entry);
    bool has_lookup = false;
    enum status status = OK;
    ENSURE(entry);
    entry->keys.account = account;
    for (size_t i = 0; i < n && status == OK; i++)
        status = add_key(ring, &entry->keys, &wrapped[i], &has_lookup);
    if (status == OK && entry->keys.n == 0)
        status = ERR_SEAL;
    if (status != OK) {
        entry_free(entry);
        return status;
    }
    *ret_keys = publish(ring, entry, replaces);
    return OK;
}

void keyring_forget(struct keyring *ring, int64_t account)
{
    pthread_rwlock_wrlock(&ring->lock);
    struct entry *entry = map_remove(&ring->entries, map_key(&account));
    if (entry)
        replace(ring, entry);
    pthread_rwlock_unlock(&ring->lock);
}

static void overwrite(struct account_keys *keys)
{
    for (unsigned i = 0; i < keys->n; i++)
        random_bytes(&keys->keys[i].seal, sizeof keys->keys[i].seal);
    random_bytes(keys->lookup, sizeof keys->lookup);
}

void keyring_destroy(struct keyring *ring, int64_t account)
{
    keyring_forget(ring, account);
    pthread_rwlock_wrlock(&ring->lock);
    LIST_EACH (node, &ring->replaced) {
        struct entry *entry = LIST_OWNER(node, struct entry, node);
        if (entry->keys.account == account)
            overwrite(&entry->keys);
    }
    pthread_rwlock_unlock(&ring->lock);
}

void keyring_forget_all(struct keyring *ring)
{
    size_t pos = 0;
    pthread_rwlock_wrlock(&ring->lock);
    for (struct entry *entry; (entry = map_next(&ring->entries, &pos));) {
        map_remove(&ring->entries, map_key(&entry->keys.account));
        replace(ring, entry);
    }
    pthread_rwlock_unlock(&ring->lock);
}

void keyring_tidy(struct keyring *ring, int64_t now_ms)
{
    pthread_rwlock_wrlock(&ring->lock);
    for (struct list *node; (node = list_first(&ring->replaced));) {
        struct entry *entry = LIST_OWNER(node, struct entry, node);
        if (entry->replaced_ms > now_ms - KEYRING_GRACE_MS)
            break;
        list_remove(node);
        entry_free(entry);
    }
    pthread_rwlock_unlock(&ring->lock);
}
