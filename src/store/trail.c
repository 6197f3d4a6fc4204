/* SPDX-License-Identifier: ISC
 *
 * A node's rows are numbered without a gap, and the database refuses a number twice: should two ever write one chain,
 * the second fails instead of making a fork. What waits is a ring that any thread fills and the writer alone empties,
 * so that the writer reads its entries without the lock.
 */
#include "store/trail.h"

#include <stdlib.h>

#include "os/clock.h"
#include "store/driver.h"
#include "wire/codec.h"

static _Thread_local struct trail_actor actor_here;

void store_act_as(enum audit_actor actor, struct text name)
{
    struct text cut = text_first(name, MAX_EMAIL);
    actor_here.actor = actor;
    actor_here.n = cut.n;
    if (cut.n)
        memcpy(actor_here.name, cut.at, cut.n);
}

const struct trail_actor *trail_actor(void)
{
    return &actor_here;
}

void trail_init(struct trail *trail)
{
    trail->noted = calloc(AUDIT_WAITING_MAX, sizeof *trail->noted);
    ENSURE(trail->noted && pthread_mutex_init(&trail->lock, NULL) == 0);
}

void trail_done(struct trail *trail)
{
    if (!trail->noted) /* of a store that only looks */
        return;
    wipe_bytes(trail->noted, AUDIT_WAITING_MAX * sizeof *trail->noted);
    free(trail->noted);
    pthread_mutex_destroy(&trail->lock);
    wipe_bytes(trail, sizeof *trail);
}

/* ---- what waits ---- */

static struct text keep(char to[MAX_EMAIL], struct text t)
{
    struct text cut = text_first(t, MAX_EMAIL);
    if (cut.n)
        memcpy(to, cut.at, cut.n);
    return (struct text){to, cut.n};
}

void trail_note(struct trail *trail, const struct audit_event *event)
{
    pthread_mutex_lock(&trail->lock);
    if (trail->n == AUDIT_WAITING_MAX) {
        trail->n_lost++;
    } else {
        struct trail_noted *noted =
            &trail->noted[(trail->first + trail->n++) % AUDIT_WAITING_MAX];
        noted->event = *event;
        noted->event.mailbox = keep(noted->mailbox, event->mailbox);
        noted->event.what = keep(noted->what, event->what);
        noted->event.at = event->at.s ? event->at : clock_now();
        noted->actor = actor_here;
    }
    pthread_mutex_unlock(&trail->lock);
}

bool trail_waits(struct trail *trail)
{
    pthread_mutex_lock(&trail->lock);
    bool waits = trail->n > 0 || trail->n_lost > 0;
    pthread_mutex_unlock(&trail->lock);
    return waits;
}

/* ---- keys ---- */

static struct seal_place key_place(int64_t account)
{
    return (struct seal_place){.table = "audit_keys", .column = "audit_key", .row = account};
}

enum status audit_key_get(struct db *db, int64_t account, struct seal_key *ret_key)
{
    unsigned char key[KEY_BYTES];
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT audit_key FROM audit_keys WHERE id = ?");
    bind_i64(&q, account);
    TRY(query_step(&q));
    enum status status = keyring_open(db->ring, key_place(account), column_blob(&q), key);
    if (status != OK)
        return error_set(db->err, status, "store",
                         "the account's audit key cannot be unwrapped");
    *ret_key = keyring_audit_seal(key);
    wipe_bytes(key, sizeof key);
    return OK;
}

/* Is the account there? It then stays until the commit. */
static enum status account_exists(struct db *db, int64_t account)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM accounts WHERE id = ?" FOR_SHARE);
    bind_i64(&q, account);
    return query_step(&q);
}

static enum status draw_key(struct db *db, int64_t account, struct seal_key *ret_key)
{
    unsigned char key[KEY_BYTES];
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    TRY(account_exists(db, account));
    TRY(master_key_check(db));
    TRY(keyring_draw(db->ring, key_place(account), key, &wrapped));
    *ret_key = keyring_audit_seal(key);
    wipe_bytes(key, sizeof key);
    db->trail->at.n_drawn++;
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO audit_keys (id, account_id, audit_key) VALUES (?, ?, ?)"
                      " ON CONFLICT DO NOTHING");
    bind_i64(&q, account);
    bind_i64(&q, account);
    bind_bytes(&q, buf_text(&wrapped));
    enum status status = query_insert(&q);
    return status == ERR_CONFLICT ? audit_key_get(db, account, ret_key) : status;
}

/* Get an account's audit key, drawn where it has none yet. ERR_NOT_FOUND: there is no such account any more. */
static enum status key_of(struct db *db, int64_t account, const struct seal_key **ret_key)
{
    struct trail_key *kept = &db->trail->keys[(uint64_t)account % TRAIL_KEYS];
    if (kept->account != account) {
        struct seal_key key;
        enum status status = audit_key_get(db, account, &key);
        if (status == ERR_NOT_FOUND)
            status = draw_key(db, account, &key);
        TRY(status);
        *kept = (struct trail_key){account, key};
        wipe_bytes(&key, sizeof key);
    }
    *ret_key = &kept->key;
    return OK;
}

void audit_forget(struct db *db, int64_t account)
{
    struct trail_key *kept = &db->trail->keys[(uint64_t)account % TRAIL_KEYS];
    if (kept->account == account)
        wipe_bytes(kept, sizeof *kept);
}

/* ---- the chain's end ---- */

static struct seal_place chain_place(int64_t node)
{
    return (struct seal_place){.table = "nodes", .column = "chain_key", .row = node};
}

static enum status add_node(struct db *db, int64_t *ret_node)
{
    struct trail *trail = db->trail;
    struct buf wrapped CLEANUP(buf_done) = BUF(WRAPPED_KEY);
    int64_t node = 0;
    TRY(next_id(db, "nodes", &node));
    TRY(master_key_check(db));
    TRY(keyring_draw(db->ring, chain_place(node), trail->chain_key, &wrapped));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO nodes (id, name, chain_key) VALUES (?, ?, ?)");
    bind_i64(&q, node);
    bind_text(&q, text_from(trail->node));
    bind_bytes(&q, buf_text(&wrapped));
    TRY(query_run(&q, NULL));
    *ret_node = node;
    return OK;
}

enum status audit_chain_key(struct db *db, int64_t node, unsigned char ret_key[KEY_BYTES])
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT chain_key FROM nodes WHERE id = ?");
    bind_i64(&q, node);
    TRY(query_step(&q));
    enum status status = keyring_open(db->ring, chain_place(node), column_blob(&q), ret_key);
    return status == OK ? OK
                        : error_set(db->err, status, "store",
                                    "the key of an audit chain cannot be unwrapped");
}

static enum status find_node(struct db *db, int64_t *ret_node)
{
    struct query q CLEANUP(query_done) = query_new(db, "SELECT id FROM nodes WHERE name = ?");
    bind_text(&q, text_from(db->trail->node));
    TRY(query_step(&q));
    *ret_node = column_i64(&q);
    return audit_chain_key(db, *ret_node, db->trail->chain_key);
}

static enum status read_hash(struct query *q, struct hash *ret_hash)
{
    struct text hash = column_blob(q);
    if (hash.n != HASH_BYTES)
        return error_set(q->db->err, ERR_IO, "audit", "a hash in the audit is no hash");
    memcpy(ret_hash->at, hash.at, HASH_BYTES);
    return OK;
}

enum status audit_beginning(struct db *db, int64_t node, int64_t *ret_last,
                            struct hash *ret_hash)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT subject, details FROM audit WHERE kind = 0 AND subject > ?"
                      " AND subject < ? ORDER BY subject DESC LIMIT 1");
    bind_i64(&q, trail_first(node));
    bind_i64(&q, trail_first(node + 1));
    *ret_last = trail_first(node);
    *ret_hash = (struct hash){0};
    enum status status = query_step(&q);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    *ret_last = column_i64(&q);
    return read_hash(&q, ret_hash);
}

static enum status find_end(struct db *db, struct trail_mark *at)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, hash FROM audit WHERE id > ? AND id < ?"
                      " ORDER BY id DESC LIMIT 1");
    bind_i64(&q, trail_first(at->node));
    bind_i64(&q, trail_first(at->node + 1));
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return audit_beginning(db, at->node, &at->last, &at->hash);
    TRY(status);
    at->last = column_i64(&q);
    return read_hash(&q, &at->hash);
}

static enum status know_end(struct db *db)
{
    struct trail_mark at = db->trail->at;
    if (at.is_known)
        return OK;
    enum status status = find_node(db, &at.node);
    if (status == ERR_NOT_FOUND)
        status = add_node(db, &at.node);
    TRY(status);
    TRY(find_end(db, &at));
    at.is_known = true;
    db->trail->at = at;
    return OK;
}

void trail_return(struct trail *trail, const struct trail_mark *mark)
{
    if (trail->at.n_drawn != mark->n_drawn)
        wipe_bytes(trail->keys, sizeof trail->keys);
    trail->at = *mark;
}

void trail_forget(struct trail *trail)
{
    trail->at.is_known = false;
    wipe_bytes(trail->keys, sizeof trail->keys);
}

/* ---- rows ---- */

/* Seal what may not be read. An account that is gone leaves nothing to seal it with. */
static enum status seal_details(struct db *db, const struct audit_event *event,
                                const struct trail_actor *actor, int64_t id, struct buf *out)
{
    struct audit_details details = {.mailbox = text_first(event->mailbox, MAX_EMAIL),
                                    .actor = {actor->name, actor->n},
                                    .what = text_first(event->what, MAX_EMAIL)};
    struct seal_place place = {.table = "audit", .column = "details", .row = id};
    struct buf clear CLEANUP(buf_wipe) = BUF(wire_max(audit_details_shape));
    const struct seal_key *key;
    if (!event->account || details.mailbox.n + details.actor.n + details.what.n == 0)
        return OK;
    enum status status = key_of(db, event->account, &key);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    if (wire_encode(&clear, audit_details_shape, &details) != OK)
        return OK; /* a text that is not clean is left out: one row must not hold up all others */
    return seal(out, key, place, buf_text(&clear));
}

static enum status insert_row(struct db *db, const struct chain_row *row,
                              const struct hash *hash, const struct hash *code)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO audit (id, at, kind, actor, account, subject, result, details, hash,"
            " code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bind_i64(&q, row->id);
    bind_i64(&q, row->at);
    bind_i64(&q, row->kind);
    bind_i64(&q, row->actor);
    bind_i64(&q, row->account);
    bind_i64(&q, row->subject);
    bind_i64(&q, row->result);
    bind_bytes(&q, row->details);
    bind_hash(&q, hash);
    bind_hash(&q, code);
    return query_run(&q, NULL);
}

/* Add a row behind the chain's end. details: as they are stored. */
static enum status add_row(struct db *db, const struct audit_event *event,
                           const struct trail_actor *actor, struct text details)
{
    struct trail_mark *at = &db->trail->at;
    struct chain_row row = {
        .id = at->last + 1,
        .at = event->at.s ? event->at.s : clock_now().s,
        .kind = event->kind,
        .actor = actor->actor,
        .account = event->account,
        .subject = event->subject,
        .result = event->result,
        .details = details,
    };
    struct hash hash = chain_hash(&at->hash, &row);
    struct hash code = chain_code(db->trail->chain_key, &hash);
    TRY(insert_row(db, &row, &hash, &code));
    at->last = row.id;
    at->hash = hash;
    return OK;
}

static enum status add_event(struct db *db, const struct audit_event *event,
                             const struct trail_actor *actor)
{
    struct buf details CLEANUP(buf_done) = BUF(CHAIN_DETAILS_MAX);
    TRY(know_end(db));
    TRY(seal_details(db, event, actor, db->trail->at.last + 1, &details));
    return add_row(db, event, actor, buf_text(&details));
}

enum status audit_add(struct db *db, const struct audit_event *event)
{
    return add_event(db, event, db->actor);
}

enum status audit_add_checkpoint(struct db *db, int64_t row, struct text hash)
{
    struct audit_event event = {.kind = AUDIT_CHECKPOINT, .subject = row};
    TRY(know_end(db));
    return add_row(db, &event, db->actor, hash);
}

enum status trail_flush(struct db *db)
{
    static const struct trail_actor hourgate = {.actor = AUDIT_BY_SYSTEM};
    struct trail *trail = db->trail;
    pthread_mutex_lock(&trail->lock);
    size_t first = trail->first, n = trail->n;
    trail->n_lost_written = trail->n_lost;
    pthread_mutex_unlock(&trail->lock);
    trail->n_written = n < TRAIL_FLUSH_MAX ? n : TRAIL_FLUSH_MAX;
    for (size_t i = 0; i < trail->n_written; i++) {
        const struct trail_noted *noted = &trail->noted[(first + i) % AUDIT_WAITING_MAX];
        TRY(add_event(db, &noted->event, &noted->actor));
    }
    if (!trail->n_lost_written)
        return OK;
    struct audit_event lost = {.kind = AUDIT_LOST, .subject = trail->n_lost_written};
    return add_event(db, &lost, &hourgate);
}

void trail_committed(struct trail *trail)
{
    if (!trail->at.is_known)
        return;
    pthread_mutex_lock(&trail->lock);
    memcpy(trail->end.node, trail->node, sizeof trail->node);
    trail->end.row = trail->at.last - trail_first(trail->at.node);
    trail->end.hash = trail->at.hash;
    pthread_mutex_unlock(&trail->lock);
}

void trail_stuck(struct trail *trail, enum status status, const struct error *why)
{
    pthread_mutex_lock(&trail->lock);
    trail->end.stuck = status;
    trail->end.why = *why;
    pthread_mutex_unlock(&trail->lock);
}

void trail_flushed(struct trail *trail)
{
    pthread_mutex_lock(&trail->lock);
    trail->end.stuck = OK;
    for (size_t i = 0; i < trail->n_written; i++)
        wipe_bytes(&trail->noted[(trail->first + i) % AUDIT_WAITING_MAX], sizeof *trail->noted);
    trail->first = (trail->first + trail->n_written) % AUDIT_WAITING_MAX;
    trail->n -= trail->n_written;
    trail->n_lost -= trail->n_lost_written;
    pthread_mutex_unlock(&trail->lock);
}
