/* SPDX-License-Identifier: ISC */
#include "store/session.h"

#include "crypt/token.h"
#include "store/signing.h"
#include "store/trail.h"

static enum status not_found(struct error *err)
{
    return error_set(err, ERR_NOT_FOUND, "session", "there is no such session");
}

/* ---- beginning ---- */

enum status sessions_end(struct db *db, int64_t user, int64_t keep)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM sessions WHERE user_id = ? AND id <> ?");
    bind_i64(&q, user);
    bind_i64(&q, keep);
    return query_run(&q, NULL);
}

/* Those that are over, and the oldest of those that are too many once there is one more. */
static enum status prune(struct db *db, int64_t user, struct instant now)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "DELETE FROM sessions WHERE user_id = ? AND (expires_at <= ? OR seen_at <= ?"
            " OR id NOT IN (SELECT id FROM sessions WHERE user_id = ?"
            " ORDER BY id DESC LIMIT ?))");
    bind_i64(&q, user);
    bind_instant(&q, now);
    bind_i64(&q, now.s - SESSION_IDLE_S);
    bind_i64(&q, user);
    bind_i64(&q, SESSIONS_MAX - 1);
    return query_run(&q, NULL);
}

int64_t session_row_of(const struct secret *session)
{
    int64_t row = 0;
    return token_row(session, &row) == OK ? row : 0;
}

enum status session_insert(struct db *db, int64_t account, int64_t user, int64_t version,
                           enum sign_in_means means, struct instant now,
                           struct secret *ret_token)
{
    int64_t id = 0;
    TRY(prune(db, user, now));
    TRY(next_id(db, "sessions", &id));
    struct secret token = token_new(id);
    struct hash hash = token_hash(&token);
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO sessions (id, account_id, user_id, token_hash, version, made_at,"
            " seen_at, expires_at, proved_at, means)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, user);
    bind_hash(&q, &hash);
    bind_i64(&q, version);
    bind_instant(&q, now);
    bind_i64(&q, now.s - now.s % SESSION_SEEN_S);
    bind_i64(&q, now.s + SESSION_LIFE_S);
    bind_instant(&q, now);
    bind_i64(&q, means);
    enum status status = query_run(&q, NULL);
    secret_free(ret_token); /* of an attempt that another vault undid */
    *ret_token = token;
    return status;
}

struct beginning {
    const struct sign_in *tried;
    const struct secret *session; /* that is to go on; NULL: a new one */
    struct instant now;
    struct begun begun;
};

static enum status insert_session(struct db *db, void *arg)
{
    struct beginning *b = arg;
    const struct sign_in *tried = b->tried;
    TRY(session_or_step(db, tried->account, tried->user, tried->version, b->now, &b->begun));
    if (b->begun.needs_code)
        return try_take_back(db, tried);
    TRY(try_forgive(db, tried));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_PERSON_SIGN_IN,
                                               .account = b->tried->account,
                                               .subject = b->tried->user});
}

static enum status run_beginning(struct store *st, write_function *write, struct beginning *b,
                                 struct begun *ret_begun, struct error *err)
{
    enum status status = store_write(st, write, b, err);
    if (status == OK)
        *ret_begun = b->begun;
    else
        secret_free(&b->begun.token);
    return status;
}

enum status store_session_add(struct store *st, const struct sign_in *tried, struct instant now,
                              struct begun *ret_begun, struct error *err)
{
    struct beginning b = {.tried = tried, .now = now};
    return run_beginning(st, insert_session, &b, ret_begun, err);
}

/* ---- proving again ---- */

enum status session_renew(struct db *db, const struct secret *session, int64_t user,
                          enum sign_in_means means, struct instant now,
                          struct secret *ret_token)
{
    int64_t id = session_row_of(session), n = 0;
    struct hash before = token_hash(session);
    secret_free(ret_token); /* of an attempt that another vault undid */
    *ret_token = token_new(id);
    struct hash hash = token_hash(ret_token);
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE sessions SET token_hash = ?, proved_at = ?, means = ?"
                      " WHERE id = ? AND user_id = ? AND token_hash = ?");
    bind_hash(&q, &hash);
    bind_instant(&q, now);
    bind_i64(&q, means);
    bind_i64(&q, id);
    bind_i64(&q, user);
    bind_hash(&q, &before);
    TRY(query_run(&q, &n));
    return n ? OK : not_found(db->err);
}

/* How a session's user proved who they are. */
static enum status read_means(struct db *db, const struct secret *session,
                              enum sign_in_means *ret_means)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT means FROM sessions WHERE id = ?");
    bind_i64(&q, session_row_of(session));
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db->err);
    TRY(status);
    *ret_means = column_code(&q, SIGN_IN_MEANS_COUNT);
    return q.status;
}

static enum status prove_session(struct db *db, void *arg)
{
    struct beginning *b = arg;
    enum sign_in_means means = MEANS_PASSWORD;
    TRY(try_forgive(db, b->tried));
    TRY(read_means(db, b->session, &means));
    TRY(session_renew(db, b->session, b->tried->user, means, b->now, &b->begun.token));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_PROVED_AGAIN,
                                               .account = b->tried->account,
                                               .subject = b->tried->user});
}

enum status store_session_prove(struct store *st, const struct sign_in *tried,
                                const struct secret *session, struct instant now,
                                struct secret *ret_token, struct error *err)
{
    struct beginning b = {.tried = tried, .session = session, .now = now};
    struct begun begun;
    TRY(run_beginning(st, prove_session, &b, &begun, err));
    *ret_token = begun.token;
    return OK;
}

/* ---- opening ---- */

struct use {
    int64_t id, seen;
};

static enum status update_seen(struct db *db, void *arg)
{
    const struct use *use = arg;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE sessions SET seen_at = ? WHERE id = ?");
    bind_i64(&q, use->seen);
    bind_i64(&q, use->id);
    return query_run(&q, NULL);
}

static enum status read_principal(struct query *q, struct arena *a,
                                  struct principal_stored *found)
{
    const struct account_keys *key;
    found->account = column_i64(q);
    found->slug = column_text(q, a);
    found->user = column_i64(q);
    found->role = column_code(q, USER_ROLE_COUNT);
    found->proved = column_instant(q);
    found->means = column_code(q, SIGN_IN_MEANS_COUNT);
    found->lacks_factor = column_i64(q) && found->means == MEANS_PASSWORD;
    TRY(account_key(q->db, found->account, &key));
    struct seal_place place = {.table = "users", .column = "email", .row = found->user};
    found->email = column_sealed(q, a, key, place);
    return q->status;
}

/* Find an open session. Another password than the one it began with ends it, and so does the user's removal. */
static enum status open_session(struct db *db, struct arena *a, const struct secret *token,
                                struct instant now, struct principal_stored *ret_principal,
                                struct instant *ret_seen)
{
    struct principal_stored found = {0};
    if (token_row(token, &found.token) != OK)
        return not_found(db->err);
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT s.token_hash, s.expires_at, s.seen_at, a.id, a.slug, u.id, u.role,"
            " s.proved_at, s.means, a.require_totp, u.email FROM sessions AS s"
            " JOIN passwords AS p ON p.id = s.user_id AND p.version = s.version"
            " JOIN users AS u ON u.id = s.user_id AND u.removed = 0 AND u.disabled = 0"
            " JOIN accounts AS a ON a.id = s.account_id AND a.erasing = 0"
            " WHERE s.id = ?");
    bind_i64(&q, found.token);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return not_found(db->err);
    TRY(status);
    bool is_open = token_opens(column_blob(&q), token);
    is_open &= instant_before(now, column_instant(&q));
    *ret_seen = column_instant(&q);
    if (!is_open || now.s - ret_seen->s >= SESSION_IDLE_S)
        return not_found(db->err);
    TRY(read_principal(&q, a, &found));
    *ret_principal = found;
    return OK;
}

enum status store_session_open(struct store *st, struct arena *a, const struct secret *token,
                               struct instant now, struct principal_stored *ret_principal,
                               struct error *err)
{
    struct instant seen = {0};
    struct db *db = read_begin(st, err);
    if (!db)
        return ERR_IO;
    enum status status = open_session(db, a, token, now, ret_principal, &seen);
    read_end(&db); /* before the write: it may have to wait for others who hold one */
    TRY(status);
    struct use use = {ret_principal->token, now.s - now.s % SESSION_SEEN_S};
    if (use.seen > seen.s)
        (void)!store_write(st, update_seen, &use,
                           NULL); /* a full disk still lets people read */
    return OK;
}

/* ---- showing ---- */

static enum status read_user(struct db *db, struct arena *a,
                             const struct principal_stored *whose,
                             struct session_show_answer *shown)
{
    const struct account_keys *key;
    TRY(account_key(db, whose->account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT a.name, u.name, u.zone,"
                      " (SELECT count(*) FROM second_factors WHERE id = u.id AND on_at > 0),"
                      " (SELECT count(*) FROM identities WHERE user_id = u.id) FROM users AS u"
                      " JOIN accounts AS a ON a.id = u.account_id WHERE u.id = ?");
    struct seal_place name = {.table = "users", .column = "name", .row = whose->user};
    bind_i64(&q, whose->user);
    TRY(query_step(&q));
    shown->account_name = column_text(&q, a);
    shown->name = column_sealed(&q, a, key, name);
    shown->zone = column_text(&q, a);
    shown->has_factor = column_i64(&q) > 0;
    shown->is_linked = column_i64(&q) > 0;
    return q.status;
}

static enum status read_rows(struct db *db, struct arena *a, int64_t user, struct instant now,
                             struct session_show_answer *shown)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT s.id, s.made_at, s.seen_at, s.expires_at FROM sessions AS s"
                      " JOIN passwords AS p ON p.id = s.user_id AND p.version = s.version"
                      " WHERE s.user_id = ? AND s.expires_at > ? AND s.seen_at > ?"
                      " ORDER BY s.id DESC LIMIT ?");
    bind_i64(&q, user);
    bind_instant(&q, now);
    bind_i64(&q, now.s - SESSION_IDLE_S);
    bind_i64(&q, SESSIONS_MAX);
    shown->rows = ARENA_ARRAY(a, SESSIONS_MAX, struct session_row);
    enum status status;
    while ((status = query_step(&q)) == OK) {
        struct session_row *row = &shown->rows[shown->n_rows++];
        row->id = column_i64(&q);
        row->made = column_instant(&q);
        row->seen = column_instant(&q);
        row->expires = column_instant(&q);
    }
    return status == ERR_NOT_FOUND ? q.status == ERR_NOT_FOUND ? OK : q.status : status;
}

/* What needs the user's attention: shown on each of their pages, so that nobody has to look for it. */
static enum status count_attention(struct db *db, const struct principal_stored *whose,
                                   struct session_show_answer *shown)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT (SELECT count(*) FROM attentions WHERE account_id = CAST(? AS BIGINT)"
            " AND host_id = CAST(? AS BIGINT) AND done_at IS NULL),"
            " (SELECT count(*) FROM connections WHERE user_id = CAST(? AS BIGINT)"
            " AND (state <> CAST(? AS BIGINT) OR failing_at > 0))");
    bind_i64(&q, whose->account);
    bind_i64(&q, whose->user);
    bind_i64(&q, whose->user);
    bind_i64(&q, CONNECTION_OK);
    TRY(query_step(&q));
    shown->attentions = column_i64(&q);
    shown->troubled = column_i64(&q);
    return q.status;
}

enum status store_session_show(struct store *st, struct arena *a, const struct secret *token,
                               struct instant now, struct session_show_answer *ret_shown,
                               struct error *err)
{
    struct principal_stored whose;
    struct session_show_answer shown = {0};
    TRY(store_session_open(st, a, token, now, &whose, err));
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    shown.account = whose.slug;
    shown.email = whose.email;
    shown.role = whose.role;
    shown.id = whose.token;
    shown.proved = whose.proved;
    shown.means = whose.means;
    shown.lacks_factor = whose.lacks_factor;
    TRY(read_user(db, a, &whose, &shown));
    TRY(read_rows(db, a, whose.user, now, &shown));
    TRY(count_attention(db, &whose, &shown));
    *ret_shown = shown;
    return OK;
}

/* ---- ending ---- */

struct ending {
    const struct principal_stored *whose;
    int64_t id;
};

static enum status delete_session(struct db *db, int64_t user, int64_t id)
{
    int64_t n = 0;
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM sessions WHERE user_id = ? AND id = ?");
    bind_i64(&q, user);
    bind_i64(&q, id);
    TRY(query_run(&q, &n));
    return n ? OK : not_found(db->err);
}

static enum status end_session(struct db *db, void *arg)
{
    const struct ending *ending = arg;
    const struct principal_stored *whose = ending->whose;
    TRY(ending->id ? delete_session(db, whose->user, ending->id)
                   : sessions_end(db, whose->user, whose->token));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_SESSION_ENDED,
                                               .account = whose->account,
                                               .subject = whose->user});
}

enum status store_session_end(struct store *st, const struct principal_stored *whose,
                              int64_t id, struct error *err)
{
    struct ending ending = {whose, id};
    return store_write(st, end_session, &ending, err);
}
