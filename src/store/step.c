/* SPDX-License-Identifier: ISC
 *
 * Between the password and the code there is no session, but a step: a row of a table of its own, which nothing opens
 * but the question that brings the code.
 */
#include "crypt/token.h"
#include "store/factor.h"
#include "store/signing.h"

static enum status prune(struct db *db, int64_t user, struct instant now)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "DELETE FROM sign_in_steps WHERE user_id = ? AND (expires_at <= ? OR id NOT IN"
            " (SELECT id FROM sign_in_steps WHERE user_id = ? ORDER BY id DESC LIMIT ?))");
    bind_i64(&q, user);
    bind_instant(&q, now);
    bind_i64(&q, user);
    bind_i64(&q, STEPS_MAX - 1);
    return query_run(&q, NULL);
}

static enum status step_insert(struct db *db, int64_t account, int64_t user, int64_t version,
                               struct instant now, struct secret *ret_token)
{
    int64_t id = 0;
    TRY(prune(db, user, now));
    TRY(next_id(db, "sign_in_steps", &id));
    secret_free(ret_token); /* of an attempt that another vault undid */
    *ret_token = token_new(id);
    struct hash hash = token_hash(ret_token);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO sign_in_steps (id, account_id, user_id, token_hash, version,"
                      " expires_at) VALUES (?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, user);
    bind_hash(&q, &hash);
    bind_i64(&q, version);
    bind_i64(&q, now.s + STEP_LIFE_S);
    return query_run(&q, NULL);
}

enum status session_or_step(struct db *db, int64_t account, int64_t user, int64_t version,
                            struct instant now, struct begun *ret_begun)
{
    TRY(factor_is_on(db, user, &ret_begun->needs_code));
    return ret_begun->needs_code
               ? step_insert(db, account, user, version, now, &ret_begun->token)
               : session_insert(db, account, user, version, MEANS_PASSWORD, now,
                                &ret_begun->token);
}

static enum status no_step(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "sign-in", "it began too long ago");
}

enum status step_open(struct db *db, const struct secret *step, struct instant now,
                      struct sign_in *ret_tried)
{
    int64_t id = 0;
    if (token_row(step, &id) != OK)
        return no_step(db);
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT s.token_hash, s.expires_at, s.account_id, s.user_id, s.version"
            " FROM sign_in_steps AS s"
            " JOIN passwords AS p ON p.id = s.user_id AND p.version = s.version"
            " JOIN users AS u ON u.id = s.user_id AND u.removed = 0 AND u.disabled = 0"
            " JOIN accounts AS a ON a.id = s.account_id AND a.erasing = 0"
            " WHERE s.id = ?");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return no_step(db);
    TRY(status);
    bool is_open = token_opens(column_blob(&q), step);
    is_open &= instant_before(now, column_instant(&q));
    struct sign_in tried = {0};
    tried.account = column_i64(&q);
    tried.user = column_i64(&q);
    tried.version = column_i64(&q);
    TRY(q.status);
    if (!is_open)
        return no_step(db);
    *ret_tried = tried;
    return OK;
}

enum status step_end(struct db *db, const struct secret *step)
{
    int64_t id = 0, n = 0;
    TRY(token_row(step, &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM sign_in_steps WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_run(&q, &n));
    return n ? OK : no_step(db);
}
