/* SPDX-License-Identifier: ISC
 *
 * What belongs to the installation and to no account is sealed by a key of its own, which the master key wraps like
 * all others (doc/crypto.md).
 */
#include "store/setup.h"
#include "store/trail.h"
#include "wire/codec.h"

static const struct seal_place key_place = {
    .table = "settings", .column = "settings_key", .row = 1};
static const struct seal_place mail_place = {.table = "settings", .column = "mail", .row = 1};

/* Open the key, or with `drawn` draw it where there is none. */
static enum status get_key(struct db *db, struct buf *drawn, struct seal_key *ret_key)
{
    unsigned char key[KEY_BYTES];
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT settings_key FROM settings WHERE id = 1"
                      " AND settings_key IS NOT NULL");
    enum status status = query_step(&q);
    if (status == OK)
        status = keyring_open(db->ring, key_place, column_blob(&q), key);
    else if (status == ERR_NOT_FOUND && drawn)
        status = keyring_draw(db->ring, key_place, key, drawn);
    if (status == OK)
        *ret_key = keyring_settings_seal(key);
    wipe_bytes(key, sizeof key);
    return status == ERR_SEAL ? error_set(db->err, status, "store",
                                          "the key of the settings cannot be unwrapped")
                              : status;
}

/* The key may be new: then it is written down before it seals. */
enum status settings_key_ready(struct db *db, struct seal_key *ret_key)
{
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    TRY(master_key_check(db));
    TRY(get_key(db, &wrapped, ret_key));
    if (!wrapped.n)
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO settings (id, settings_key, location) VALUES (1, ?, '')"
                      " ON CONFLICT (id) DO UPDATE SET settings_key = excluded.settings_key");
    bind_bytes(&q, buf_text(&wrapped));
    return query_run(&q, NULL);
}

enum status settings_key_open(struct db *db, struct seal_key *ret_key)
{
    return get_key(db, NULL, ret_key);
}

struct keeping {
    struct text mail; /* in the wire encoding */
};

static enum status write_mail(struct db *db, void *arg)
{
    const struct keeping *keeping = arg;
    struct buf sealed CLEANUP(buf_done) = BUF(keeping->mail.n + SEAL_EXTRA);
    struct seal_key key;
    TRY(settings_key_ready(db, &key));
    enum status status = seal(&sealed, &key, mail_place, keeping->mail);
    wipe_bytes(&key, sizeof key);
    TRY(status);
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE settings SET mail = ? WHERE id = 1");
    bind_bytes(&q, buf_text(&sealed));
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_MAIL_SERVER});
}

enum status store_mail_server_set(struct store *st, const struct mail_server *server,
                                  struct error *err)
{
    struct buf encoded CLEANUP(buf_wipe) = BUF(wire_max(mail_server_shape));
    TRY(value_check(mail_server_shape, server, err));
    TRY(wire_encode(&encoded, mail_server_shape, server));
    struct keeping keeping = {buf_text(&encoded)};
    return store_write(st, write_mail, &keeping, err);
}

enum status store_mail_server_get(struct store *st, struct arena *a,
                                  struct mail_server *ret_server, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct buf clear CLEANUP(buf_wipe) = BUF(wire_max(mail_server_shape));
    struct seal_key key;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT mail FROM settings WHERE id = 1 AND mail IS NOT NULL");
    TRY(query_step(&q));
    TRY(get_key(db, NULL, &key));
    enum status status = unseal(&clear, &key, mail_place, column_blob(&q));
    wipe_bytes(&key, sizeof key);
    if (status != OK)
        return error_set(err, status, "store", "the mail server's settings cannot be opened");
    TRY(q.status);
    return wire_decode(a, mail_server_shape, buf_text(&clear), ret_server);
}

enum status store_location_get(struct store *st, struct arena *a, struct text *ret_location,
                               struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT location FROM settings WHERE id = 1");
    enum status status = query_step(&q);
    *ret_location = status == OK ? column_text(&q, a) : (struct text){0};
    return status == ERR_NOT_FOUND ? OK : q.status;
}
