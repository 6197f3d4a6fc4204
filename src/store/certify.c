/* SPDX-License-Identifier: ISC
 *
 * Records of erasure as they are read, and the key that signs their certificates.
 */
#include "store/certify.h"

#include <string.h>

#include "crypt/seal.h"
#include "store/erasure.h"

static const struct seal_place place = {
    .table = "hourgate", .column = "certificate_key", .row = 1};

static enum status key_get(struct db *db, unsigned char ret_key[KEY_BYTES])
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT certificate_key FROM hourgate WHERE id = 1"
                      " AND certificate_key IS NOT NULL");
    TRY(query_step(&q));
    enum status status = keyring_open(db->ring, place, column_blob(&q), ret_key);
    return status == OK ? OK
                        : error_set(db->err, status, "store",
                                    "the key that signs certificates cannot be unwrapped");
}

/* Draw the key. Another node's that came first stays. */
static enum status key_draw(struct db *db, unsigned char ret_key[KEY_BYTES])
{
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    TRY(keyring_draw(db->ring, place, ret_key, &wrapped));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE hourgate SET certificate_key = ?"
                      " WHERE id = 1 AND certificate_key IS NULL");
    bind_bytes(&q, buf_text(&wrapped));
    TRY(query_run(&q, NULL));
    return key_get(db, ret_key);
}

static struct hash sign(unsigned char key[KEY_BYTES], struct text certificate)
{
    struct hash hash = hmac_sha256((struct text){(const char *)key, KEY_BYTES}, certificate);
    wipe_bytes(key, KEY_BYTES);
    return hash;
}

enum status certificate_sign(struct db *db, struct text certificate, struct hash *ret_signature)
{
    unsigned char key[KEY_BYTES];
    enum status status = key_get(db, key);
    if (status == ERR_NOT_FOUND)
        status = key_draw(db, key);
    TRY(status);
    *ret_signature = sign(key, certificate);
    return OK;
}

struct text text_hex(struct arena *a, const unsigned char *bytes, size_t n)
{
    struct buf out CLEANUP(buf_done) = BUF(2 * n + 1);
    for (size_t i = 0; i < n; i++)
        buf_printf(&out, "%02x", bytes[i]);
    return arena_text(a, buf_text(&out));
}

enum status text_unhex(struct text figures, unsigned char *ret_bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    if (figures.n != 2 * n)
        return ERR_INVALID;
    for (size_t i = 0; i < figures.n; i++) {
        const char *digit = memchr(digits, figures.at[i], 16);
        if (!digit)
            return ERR_INVALID;
        unsigned value = (unsigned)(digit - digits);
        ret_bytes[i / 2] = (unsigned char)(i % 2 ? ret_bytes[i / 2] | value : value << 4);
    }
    return OK;
}

enum status store_erasure_verify(struct store *st, struct text certificate,
                                 struct text signature, bool *ret_is_ours, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct arena a CLEANUP(arena_done) = {0};
    unsigned char key[KEY_BYTES];
    enum status status = key_get(db, key);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    *ret_is_ours = false;
    if (status == OK) {
        struct hash ours = sign(key, certificate);
        *ret_is_ours = text_equal(text_hex(&a, ours.at, HASH_BYTES), signature);
    }
    return OK;
}

/* ---- records ---- */

enum status erasure_insert(struct db *db, struct erasure_open *open, struct text slug,
                           struct text subject, struct instant now,
                           const struct erasure_facts *facts)
{
    TRY(next_id(db, "erasures", &open->id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO erasures (id, kind, account, slug, subject, begun_at, facts)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?)");
    bind_i64(&q, open->id);
    bind_i64(&q, open->kind);
    bind_i64(&q, open->account);
    bind_text(&q, slug);
    bind_text(&q, subject);
    bind_instant(&q, now);
    bind_wire(&q, erasure_facts_shape, facts);
    return query_run(&q, NULL);
}

enum status store_erasure_get(struct store *st, struct arena *a, int64_t id,
                              struct erasure *ret_erasure, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT kind, slug, subject, begun_at, done_at, facts, certificate,"
                      " signature FROM erasures WHERE id = ?");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return error_set(err, status, "erasure", "there is no erasure %lld", (long long)id);
    TRY(status);
    struct erasure e = {.id = id, .kind = column_code(&q, ERASURE_KIND_COUNT)};
    e.account = column_text(&q, a);
    e.subject = column_text(&q, a);
    e.begun_at = column_instant(&q);
    e.done_at = column_instant(&q);
    column_wire(&q, a, erasure_facts_shape, &e.facts);
    e.certificate = column_text(&q, a);
    struct text signature = column_blob(&q);
    e.signature = text_hex(a, (const unsigned char *)signature.at, signature.n);
    TRY(q.status);
    *ret_erasure = e;
    return OK;
}

enum status store_erasure_list(struct store *st, struct arena *a, int64_t after,
                               struct erasure_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, kind, slug, subject, begun_at, done_at FROM erasures"
                      " WHERE id > ? ORDER BY id LIMIT ?");
    bind_i64(&q, after);
    bind_i64(&q, MAX_ROWS);
    struct erasure_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct erasure_row)};
    enum status status;
    while ((status = query_step(&q)) == OK) {
        struct erasure_row *row = &list.rows[list.n_rows++];
        row->id = column_i64(&q);
        row->kind = column_code(&q, ERASURE_KIND_COUNT);
        row->account = column_text(&q, a);
        row->subject = column_text(&q, a);
        row->begun_at = column_instant(&q);
        row->done_at = column_instant(&q);
    }
    if (status != ERR_NOT_FOUND)
        return status;
    TRY(q.status);
    *ret_list = list;
    return OK;
}
