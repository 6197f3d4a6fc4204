/* SPDX-License-Identifier: ISC
 *
 * The keys of an account: rows of account_keys, of which the newest data key seals what is written.
 *
 * A vault remembers the keys that it has read, and another vault, or a command, may add one at any time. So a
 * write looks which key is the newest, under a lock on the account's row that a rotation waits for: after the
 * rotation's commit nothing is written under an older key any more. A read needs no look: where a value names
 * a key that is not remembered, all keys are read again.
 */
#include <string.h>

#include "os/clock.h"
#include "store/trail.h"

static enum status insert_key(struct db *db, int64_t account, enum key_purpose purpose,
                              struct instant made_at, struct text wrapped)
{
    int64_t id = 0;
    TRY(master_key_check(db));
    TRY(next_id(db, "account_keys", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO account_keys (id, account_id, purpose, made_at, wrapped)"
                      " VALUES (?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, purpose);
    bind_instant(&q, made_at);
    bind_bytes(&q, wrapped);
    return query_run(&q, NULL);
}

enum status account_key_add(struct db *db, int64_t account, enum key_purpose purpose)
{
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    TRY(keyring_wrap_new(db->ring, account, purpose, &wrapped));
    return insert_key(db, account, purpose, clock_now(), buf_text(&wrapped));
}

/* ---- reading ---- */

/* Say why keys do not open: the commonest reason is a master key that was replaced elsewhere. */
static enum status not_opened(struct db *db, enum status status)
{
    if (db->is_writer) /* it may lock, a read may not */
        TRY(master_key_check(db));
    return error_set(db->err, status, "store",
                     "an account's keys cannot be unwrapped by this master key");
}

enum status account_keys_load(struct db *db, int64_t account,
                              const struct account_keys **ret_keys)
{
    enum { ROWS = ACCOUNT_KEYS_MAX + 1 }; /* the data keys, and the look-up key */
    char bytes[ROWS][WRAPPED_KEY];
    struct wrapped_key rows[ROWS];
    size_t n = 0;
    enum status status;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, purpose, wrapped FROM account_keys WHERE account_id = ?"
                      " ORDER BY id DESC LIMIT ?");
    bind_i64(&q, account);
    bind_i64(&q, ROWS);
    while ((status = query_step(&q)) == OK && n < ROWS) {
        struct wrapped_key *row = &rows[n];
        row->row = column_i64(&q);
        row->purpose = column_code(&q, KEY_PURPOSE_COUNT);
        struct text wrapped = column_blob(&q);
        if (wrapped.n != WRAPPED_KEY)
            return not_opened(db, ERR_SEAL);
        memcpy(bytes[n], wrapped.at, WRAPPED_KEY);
        row->wrapped = (struct text){bytes[n++], WRAPPED_KEY};
    }
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    if (n == 0)
        return error_set(db->err, ERR_NOT_FOUND, "account", "the account is being erased");
    status = keyring_take(db->ring, account, rows, n, db->is_writer, ret_keys);
    return status == OK ? OK : not_opened(db, status);
}

/* Keep a rotation of the account off until the commit, and see which of its keys is the newest. */
static enum status newest_key(struct db *db, int64_t account, int64_t *ret_row)
{
    struct query lock CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM accounts WHERE id = ?" FOR_SHARE);
    bind_i64(&lock, account);
    TRY(query_step(&lock));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT max(id) FROM account_keys WHERE account_id = ? AND purpose <> 2");
    bind_i64(&q, account);
    TRY(query_step(&q));
    *ret_row = column_i64(&q);
    return OK;
}

enum status account_key(struct db *db, int64_t account, const struct account_keys **ret_keys)
{
    int64_t newest = 0;
    if (db->is_writer)
        TRY(newest_key(db, account, &newest));
    *ret_keys = keyring_find(db->ring, account);
    if (*ret_keys && (!db->is_writer || (*ret_keys)->keys[0].row == newest))
        return OK;
    return account_keys_load(db, account, ret_keys);
}

enum status store_account_key(struct store *st, int64_t account,
                              const struct account_keys **ret_keys, struct error *err)
{
    *ret_keys = keyring_find(store_ring(st), account);
    if (*ret_keys)
        return OK;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    return db ? account_key(db, account, ret_keys) : ERR_IO;
}

/* ---- rotation ---- */

struct rotation {
    struct text account;
    bool keeps_policy;
    enum key_purpose purpose; /* of the new key, unless keeps_policy */
};

/* Keep everybody else off the account's keys until the commit. */
static enum status lock_account(struct db *db, int64_t account, enum account_kind *ret_kind)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT kind FROM accounts WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, account);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(db->err, status, "account", "the account is gone");
    TRY(status);
    *ret_kind = column_code(&q, ACCOUNT_KIND_COUNT);
    return q.status;
}

/* Give the look-up key a row of its own, before there is more than one data key that it could come from. */
static enum status keep_lookup(struct db *db, const struct account_keys *keys)
{
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT 1 FROM account_keys WHERE account_id = ? AND purpose = 2");
    bind_i64(&q, keys->account);
    enum status status = query_step(&q);
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(keyring_wrap_lookup(db->ring, keys, &wrapped));
    return insert_key(db, keys->account, KEY_LOOKS_UP, clock_now(), buf_text(&wrapped));
}

static enum status rotate(struct db *db, void *arg)
{
    const struct rotation *rotation = arg;
    const struct account_keys *keys;
    enum account_kind kind;
    int64_t account = 0;
    TRY(account_row_find(db, rotation->account, &account));
    TRY(lock_account(db, account, &kind));
    TRY(account_key(db, account, &keys));
    enum key_purpose purpose =
        rotation->keeps_policy ? keys->keys[0].purpose : rotation->purpose;
    if (purpose == KEY_ALLOWS_PLAIN && kind == ACCOUNT_CORPORATE)
        return error_set(db->err, ERR_DENIED, "account",
                         "a corporate account is always sealed");
    if (!rotation->keeps_policy && purpose == keys->keys[0].purpose)
        return OK; /* it is kept so already */
    if (keys->n == ACCOUNT_KEYS_MAX)
        return error_set(db->err, ERR_FULL, "account",
                         "%d keys are still in use: wait until the walk has sealed its values "
                         "anew (hourgate seal status)",
                         ACCOUNT_KEYS_MAX);
    TRY(keep_lookup(db, keys));
    TRY(account_key_add(db, account, purpose));
    return audit_add(
        db, &(struct audit_event){
                .kind = rotation->keeps_policy ? AUDIT_KEY_ROTATED : AUDIT_SEALING_CHANGED,
                .account = account,
                .subject = account,
                .what = purpose == KEY_ALLOWS_PLAIN ? TEXT("plain") : TEXT("sealed")});
}

enum status store_key_rotate(struct store *st, struct text account, struct error *err)
{
    struct rotation rotation = {.account = account, .keeps_policy = true};
    return store_write(st, rotate, &rotation, err);
}

enum status store_policy_set(struct store *st, struct text account, bool plain,
                             struct error *err)
{
    struct rotation rotation = {.account = account,
                                .purpose = plain ? KEY_ALLOWS_PLAIN : KEY_SEALS};
    return store_write(st, rotate, &rotation, err);
}

/* ---- the end of keys ---- */

enum status account_keys_destroy(struct db *db, int64_t account)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM account_keys WHERE account_id = ?");
    bind_i64(&q, account);
    TRY(query_run(&q, NULL));
    keyring_forget(db->ring, account);
    return OK;
}
