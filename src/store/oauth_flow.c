/* SPDX-License-Identifier: ISC
 *
 * Somebody at a provider is a row: found by the number within the state that comes back, good for one session, once.
 */
#include "crypt/token.h"
#include "store/db.h"
#include "store/oauth.h"
#include "wire/codec.h"

static struct seal_place place(int64_t row)
{
    return (struct seal_place){.table = "oauth_flows", .column = "content", .row = row};
}

static enum status no_flow(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "oauth",
                     "this was begun elsewhere, or too long ago");
}

struct adding {
    const struct principal_stored *whose;
    struct text content;
    struct instant now;
    struct secret state;
};

/* Everybody's that are over, and the oldest of this person's that are too many once there is one more. */
static enum status prune(struct db *db, int64_t user, struct instant now)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "DELETE FROM oauth_flows WHERE expires_at <= ? OR (user_id = ? AND id NOT IN"
            " (SELECT id FROM oauth_flows WHERE user_id = ? ORDER BY id DESC LIMIT ?))");
    bind_instant(&q, now);
    bind_i64(&q, user);
    bind_i64(&q, user);
    bind_i64(&q, FLOWS_MAX - 1);
    return query_run(&q, NULL);
}

static enum status insert(struct db *db, void *arg)
{
    struct adding *adding = arg;
    const struct account_keys *key;
    int64_t id = 0;
    TRY(account_key(db, adding->whose->account, &key));
    TRY(prune(db, adding->whose->user, adding->now));
    TRY(next_id(db, "oauth_flows", &id));
    secret_free(&adding->state); /* of an attempt that another vault undid */
    adding->state = token_new(id);
    struct hash hash = token_hash(&adding->state);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO oauth_flows (id, account_id, user_id, session, state_hash,"
                      " content, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, adding->whose->account);
    bind_i64(&q, adding->whose->user);
    bind_i64(&q, adding->whose->token);
    bind_hash(&q, &hash);
    bind_sealed(&q, key, place(id), adding->content);
    bind_i64(&q, adding->now.s + OAUTH_FLOW_S);
    return query_run(&q, NULL);
}

enum status store_flow_add(struct store *st, const struct principal_stored *whose,
                           const struct oauth_flow *flow, struct instant now,
                           struct secret *ret_state, struct error *err)
{
    struct buf content CLEANUP(buf_wipe) = BUF(wire_max(oauth_flow_shape));
    TRY(value_check(oauth_flow_shape, flow, err));
    TRY(wire_encode(&content, oauth_flow_shape, flow));
    struct adding adding = {.whose = whose, .content = buf_text(&content), .now = now};
    enum status status = store_write(st, insert, &adding, err);
    if (status == OK)
        *ret_state = adding.state;
    else
        secret_free(&adding.state);
    return status;
}

struct taking {
    const struct principal_stored *whose;
    const struct secret *state;
    struct instant now;
    struct arena *a;
    struct oauth_flow flow;
};

static enum status delete_row(struct db *db, int64_t id)
{
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM oauth_flows WHERE id = ?");
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

static enum status take(struct db *db, void *arg)
{
    struct taking *taking = arg;
    const struct account_keys *key;
    int64_t id = 0;
    if (token_row(taking->state, &id) != OK)
        return no_flow(db);
    TRY(account_key(db, taking->whose->account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT state_hash, expires_at, content FROM oauth_flows WHERE id = ?"
                      " AND account_id = ? AND user_id = ? AND session = ?" FOR_UPDATE);
    bind_i64(&q, id);
    bind_i64(&q, taking->whose->account);
    bind_i64(&q, taking->whose->user);
    bind_i64(&q, taking->whose->token);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return no_flow(db);
    TRY(status);
    bool is_open = token_opens(column_blob(&q), taking->state);
    is_open &= instant_before(taking->now, column_instant(&q));
    if (!is_open)
        return no_flow(db);
    wire_wipe(oauth_flow_shape, &taking->flow); /* of an attempt that another vault undid */
    column_sealed_wire(&q, taking->a, key, place(id), oauth_flow_shape, &taking->flow);
    TRY(q.status);
    return delete_row(db, id);
}

enum status store_flow_take(struct store *st, struct arena *a,
                            const struct principal_stored *whose, const struct secret *state,
                            struct instant now, struct oauth_flow *ret_flow, struct error *err)
{
    struct taking taking = {.whose = whose, .state = state, .now = now, .a = a};
    enum status status = store_write(st, take, &taking, err);
    if (status == OK)
        *ret_flow = taking.flow;
    else
        wire_wipe(oauth_flow_shape, &taking.flow);
    return status;
}
