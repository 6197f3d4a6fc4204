/* SPDX-License-Identifier: ISC
 *
 * There are few registrations, and each is sealed as a whole: who looks for a client id opens them all.
 */
#include "store/oauth.h"

#include "store/trail.h"
#include "wire/codec.h"

static struct seal_place place(int64_t row)
{
    return (struct seal_place){.table = "registrations", .column = "stored", .row = row};
}

static enum status not_found(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "oauth", "there is no such registration");
}

/* ---- writing ---- */

struct putting {
    struct text name, encoded;
};

static enum status find_row(struct db *db, struct text name, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM registrations WHERE name = ?");
    bind_text(&q, name);
    TRY(query_step(&q));
    *ret_id = column_i64(&q);
    return q.status;
}

static enum status new_row(struct db *db, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) = query_new(db, "SELECT count(*) FROM registrations");
    TRY(query_step(&q));
    if (column_i64(&q) >= MAX_REGISTRATIONS)
        return error_set(db->err, ERR_FULL, "oauth", "there are %d registrations: remove one",
                         MAX_REGISTRATIONS);
    return next_id(db, "registrations", ret_id);
}

static enum status put(struct db *db, void *arg)
{
    const struct putting *putting = arg;
    struct buf sealed CLEANUP(buf_done) = BUF(putting->encoded.n + SEAL_EXTRA);
    struct seal_key key;
    int64_t id = 0;
    enum status status = find_row(db, putting->name, &id);
    TRY(status == ERR_NOT_FOUND ? new_row(db, &id) : status);
    TRY(settings_key_ready(db, &key));
    status = seal(&sealed, &key, place(id), putting->encoded);
    wipe_bytes(&key, sizeof key);
    TRY(status);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO registrations (id, name, stored) VALUES (?, ?, ?)"
                      " ON CONFLICT (id) DO UPDATE SET stored = excluded.stored");
    bind_i64(&q, id);
    bind_text(&q, putting->name);
    bind_bytes(&q, buf_text(&sealed));
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_REGISTRATION_PUT, .subject = id});
}

enum status store_registration_put(struct store *st, const struct registration *registration,
                                   struct error *err)
{
    struct buf encoded CLEANUP(buf_wipe) = BUF(wire_max(registration_shape));
    TRY(value_check(registration_shape, registration, err));
    TRY(wire_encode(&encoded, registration_shape, registration));
    struct putting putting = {registration->name, buf_text(&encoded)};
    return store_write(st, put, &putting, err);
}

static enum status delete_row(struct db *db, void *arg)
{
    const struct text *name = arg;
    int64_t id = 0;
    enum status status = find_row(db, *name, &id);
    if (status == ERR_NOT_FOUND)
        return not_found(db);
    TRY(status);
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM registrations WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_run(&q, NULL));
    return audit_add(db,
                     &(struct audit_event){.kind = AUDIT_REGISTRATION_REMOVED, .subject = id});
}

enum status store_registration_remove(struct store *st, struct text name, struct error *err)
{
    return store_write(st, delete_row, &name, err);
}

/* ---- reading ---- */

static enum status open_row(struct query *q, struct arena *a, const struct seal_key *key,
                            struct registration *ret_registration)
{
    struct buf clear CLEANUP(buf_wipe) = BUF(wire_max(registration_shape));
    int64_t id = column_i64(q);
    enum status status = unseal(&clear, key, place(id), column_blob(q));
    if (status != OK)
        return error_set(q->db->err, status, "store", "registration %lld cannot be opened",
                         (long long)id);
    TRY(q->status);
    return wire_decode(a, registration_shape, buf_text(&clear), ret_registration);
}

/* Open all; those that are there stay the caller's to wipe, also where one fails. */
static enum status open_all(struct db *db, struct arena *a, struct registration *list,
                            size_t *n)
{
    struct seal_key key;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, stored FROM registrations ORDER BY name LIMIT ?");
    bind_i64(&q, MAX_REGISTRATIONS);
    enum status status = query_step(&q);
    if (status == OK)
        TRY(settings_key_open(db, &key));
    while (status == OK) {
        status = open_row(&q, a, &key, &list[*n]);
        if (status == OK) {
            ++*n;
            status = query_step(&q);
        }
    }
    wipe_bytes(&key, sizeof key);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_registration_list(struct store *st, struct arena *a,
                                    struct registration **ret_list, size_t *ret_n,
                                    struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    size_t n = 0;
    struct registration *list = ARENA_ARRAY(a, MAX_REGISTRATIONS, struct registration);
    enum status status = open_all(db, a, list, &n);
    for (size_t i = 0; i < n; i++)
        secret_free(&list[i].secret);
    TRY(status);
    *ret_list = list;
    *ret_n = n;
    return OK;
}

static bool is_meant(const struct registration *r, struct text name, struct text client_id)
{
    return name.n ? text_equal(r->name, name)
                  : client_id.n && text_equal(r->client_id, client_id);
}

enum status store_registration_get(struct store *st, struct arena *a, struct text name,
                                   struct text client_id, struct registration *ret_registration,
                                   struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct registration *found = NULL;
    size_t n = 0;
    struct registration *list = ARENA_ARRAY(a, MAX_REGISTRATIONS, struct registration);
    enum status status = open_all(db, a, list, &n);
    for (size_t i = 0; i < n; i++) {
        if (status == OK && !found && is_meant(&list[i], name, client_id))
            found = &list[i];
        else
            wire_wipe(registration_shape, &list[i]);
    }
    TRY(status);
    if (!found)
        return not_found(db);
    *ret_registration = *found;
    return OK;
}
