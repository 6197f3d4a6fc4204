/* SPDX-License-Identifier: ISC
 *
 *     subject known ──────────────────────────────────────────────────────────▶ its user, unless disabled
 *     not known ─▶ address verified, its domain allowed? ─▶ a user has it ─▶ linked, unless to another subject already
 *                                                       └─▶ nobody does ─▶ joins, where the account wants that
 */
#include "store/sso.h"

#include "crypt/token.h"
#include "store/signing.h"
#include "store/trail.h"
#include "wire/codec.h"

static struct seal_place provider_place(int64_t row)
{
    return (struct seal_place){.table = "identity_providers", .column = "content", .row = row};
}

static struct seal_place flow_place(int64_t row)
{
    return (struct seal_place){.table = "oauth_flows", .column = "content", .row = row};
}

static enum status no_provider(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "sso",
                     "the account has no provider to sign in by");
}

/* ---- providers ---- */

static enum status find_provider(struct db *db, int64_t account, int64_t *ret_id)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM identity_providers WHERE account_id = ?");
    bind_i64(&q, account);
    TRY(query_step(&q));
    *ret_id = column_i64(&q);
    return q.status;
}

static enum status put(struct db *db, void *arg)
{
    const struct sso_put_ask *ask = *(const struct sso_put_ask **)arg;
    struct buf content CLEANUP(buf_wipe) = BUF(wire_max(identity_provider_shape));
    const struct account_keys *key;
    int64_t account = 0, id = 0;
    TRY(account_row_find(db, ask->account, &account));
    TRY(account_key(db, account, &key));
    enum status status = find_provider(db, account, &id);
    TRY(status == ERR_NOT_FOUND ? next_id(db, "identity_providers", &id) : status);
    TRY(wire_encode(&content, identity_provider_shape, &ask->provider));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO identity_providers (id, account_id, content)"
                      " VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                      " content = excluded.content");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_sealed(&q, key, provider_place(id), buf_text(&content));
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){
                             .kind = AUDIT_SSO_PUT, .account = account, .subject = account});
}

enum status store_provider_put(struct store *st, const struct sso_put_ask *ask,
                               struct error *err)
{
    TRY(value_check(sso_put_ask_shape, ask, err));
    return store_write(st, put, &ask, err);
}

enum status store_provider_get(struct store *st, struct arena *a, struct text account,
                               int64_t *ret_account, struct identity_provider *ret_provider,
                               struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    const struct account_keys *key;
    int64_t row = 0;
    TRY(account_row_find(db, account, &row));
    TRY(account_key(db, row, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id, content FROM identity_providers WHERE account_id = ?");
    bind_i64(&q, row);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return no_provider(db);
    TRY(status);
    int64_t id = column_i64(&q);
    column_sealed_wire(&q, a, key, provider_place(id), identity_provider_shape, ret_provider);
    *ret_account = row;
    return q.status;
}

static enum status read_row(struct query *q, struct arena *a, struct sso_row *row)
{
    const struct account_keys *key;
    struct identity_provider provider = {0};
    int64_t account = column_i64(q);
    TRY(account_key(q->db, account, &key));
    row->account = column_text(q, a);
    row->linked = column_i64(q);
    int64_t id = column_i64(q);
    column_sealed_wire(q, a, key, provider_place(id), identity_provider_shape, &provider);
    secret_free(&provider.secret);
    row->issuer = provider.issuer;
    row->label = provider.label;
    row->client_id = provider.client_id;
    row->domains = provider.domains;
    row->n_domains = provider.n_domains;
    row->joins = provider.joins;
    return q->status;
}

enum status store_provider_list(struct store *st, struct arena *a, struct text after,
                                struct sso_list_answer *ret_list, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct sso_list_answer list = {.rows = ARENA_ARRAY(a, MAX_ROWS, struct sso_row)};
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT a.id, a.slug,"
            " (SELECT count(*) FROM identities AS i WHERE i.account_id = a.id), p.id, p.content"
            " FROM identity_providers AS p JOIN accounts AS a ON a.id = p.account_id"
            " WHERE a.slug > ? ORDER BY a.slug LIMIT ?");
    bind_text(&q, after);
    bind_i64(&q, MAX_ROWS);
    enum status status;
    while ((status = query_step(&q)) == OK)
        TRY(read_row(&q, a, &list.rows[list.n_rows++]));
    *ret_list = list;
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_only_account(struct store *st, struct arena *a, struct text *ret_account,
                               struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    struct text only = {0};
    int n = 0;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT slug FROM accounts WHERE erasing = 0 ORDER BY id LIMIT 2");
    enum status status;
    for (; (status = query_step(&q)) == OK; n++)
        only = column_text(&q, a);
    *ret_account = n == 1 ? only : (struct text){0};
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status run_for_account(struct db *db, const char *sql, int64_t account)
{
    struct query q CLEANUP(query_done) = query_new(db, sql);
    bind_i64(&q, account);
    return query_run(&q, NULL);
}

static enum status remove_provider(struct db *db, void *arg)
{
    const struct text *slug = arg;
    int64_t account = 0, id = 0;
    TRY(account_row_find(db, *slug, &account));
    enum status status = find_provider(db, account, &id);
    if (status == ERR_NOT_FOUND)
        return no_provider(db);
    TRY(status);
    TRY(run_for_account(db, "DELETE FROM identity_providers WHERE account_id = ?", account));
    TRY(run_for_account(db, "DELETE FROM oauth_flows WHERE account_id = ? AND user_id IS NULL",
                        account));
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM sessions WHERE account_id = ? AND means = ?");
    bind_i64(&q, account);
    bind_i64(&q, MEANS_PROVIDER);
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_SSO_REMOVED,
                                               .account = account,
                                               .subject = account});
}

enum status store_provider_remove(struct store *st, struct text account, struct error *err)
{
    return store_write(st, remove_provider, &account, err);
}

/* ---- on the way ---- */

struct adding {
    int64_t account;
    struct text content;
    struct instant now;
    struct secret state, cookie;
};

static enum status make_room(struct db *db, const struct adding *adding)
{
    {
        struct query old CLEANUP(query_done) =
            query_new(db, "DELETE FROM oauth_flows WHERE expires_at <= ?");
        bind_instant(&old, adding->now);
        TRY(query_run(&old, NULL));
    }
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT count(*) FROM oauth_flows WHERE account_id = ? AND user_id IS NULL");
    bind_i64(&q, adding->account);
    TRY(query_step(&q));
    return column_i64(&q) < SSO_FLOWS_MAX
               ? OK
               : error_set(db->err, ERR_LIMIT, "sso", "too many are signing in just now");
}

static enum status insert_flow(struct db *db, void *arg)
{
    struct adding *adding = arg;
    const struct account_keys *key;
    int64_t id = 0;
    TRY(account_key(db, adding->account, &key));
    TRY(make_room(db, adding));
    TRY(next_id(db, "oauth_flows", &id));
    secret_free(&adding->state); /* of an attempt that another vault undid */
    secret_free(&adding->cookie);
    adding->state = token_new(id);
    adding->cookie = token_new(id);
    struct hash state = token_hash(&adding->state), cookie = token_hash(&adding->cookie);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO oauth_flows (id, account_id, session, state_hash,"
                      " cookie_hash, content, expires_at) VALUES (?, ?, 0, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, adding->account);
    bind_hash(&q, &state);
    bind_hash(&q, &cookie);
    bind_sealed(&q, key, flow_place(id), adding->content);
    bind_i64(&q, adding->now.s + OAUTH_FLOW_S);
    return query_run(&q, NULL);
}

enum status store_sign_flow_add(struct store *st, int64_t account, const struct sso_flow *flow,
                                struct instant now, struct secret *ret_state,
                                struct secret *ret_cookie, struct error *err)
{
    struct buf content CLEANUP(buf_wipe) = BUF(wire_max(sso_flow_shape));
    TRY(value_check(sso_flow_shape, flow, err));
    TRY(wire_encode(&content, sso_flow_shape, flow));
    struct adding adding = {.account = account, .content = buf_text(&content), .now = now};
    enum status status = store_write(st, insert_flow, &adding, err);
    if (status == OK) {
        *ret_state = adding.state;
        *ret_cookie = adding.cookie;
    } else {
        secret_free(&adding.state);
        secret_free(&adding.cookie);
    }
    return status;
}

struct taking {
    const struct secret *state, *cookie;
    struct instant now;
    struct arena *a;
    int64_t account;
    struct sso_flow flow;
};

static enum status no_flow(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "sso",
                     "this was begun elsewhere, or too long ago");
}

static enum status read_flow(struct db *db, struct taking *taking, int64_t id)
{
    const struct account_keys *key;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT state_hash, cookie_hash, expires_at, account_id, content"
                      " FROM oauth_flows WHERE id = ? AND user_id IS NULL" FOR_UPDATE);
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return no_flow(db);
    TRY(status);
    bool is_open = token_opens(column_blob(&q), taking->state);
    is_open &= token_opens(column_blob(&q), taking->cookie);
    is_open &= instant_before(taking->now, column_instant(&q));
    if (!is_open)
        return no_flow(db);
    taking->account = column_i64(&q);
    TRY(account_key(db, taking->account, &key));
    wire_wipe(sso_flow_shape, &taking->flow); /* of an attempt that another vault undid */
    column_sealed_wire(&q, taking->a, key, flow_place(id), sso_flow_shape, &taking->flow);
    return q.status;
}

static enum status take_flow(struct db *db, void *arg)
{
    struct taking *taking = arg;
    int64_t id = 0;
    if (token_row(taking->state, &id) != OK)
        return no_flow(db);
    TRY(read_flow(db, taking, id));
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM oauth_flows WHERE id = ?");
    bind_i64(&q, id);
    return query_run(&q, NULL);
}

enum status store_sign_flow_take(struct store *st, struct arena *a, const struct secret *state,
                                 const struct secret *cookie, struct instant now,
                                 int64_t *ret_account, struct sso_flow *ret_flow,
                                 struct error *err)
{
    struct taking taking = {.state = state, .cookie = cookie, .now = now, .a = a};
    enum status status = store_write(st, take_flow, &taking, err);
    if (status != OK) {
        wire_wipe(sso_flow_shape, &taking.flow);
        return status;
    }
    *ret_account = taking.account;
    *ret_flow = taking.flow;
    return OK;
}

/* ---- who it is ---- */

struct beginning {
    int64_t account;
    struct text slug;
    const struct identity_provider *provider;
    const struct sso_exchange_answer *person;
    struct instant now;
    struct secret token;
};

static enum status nobody(struct db *db)
{
    return error_set(db->err, ERR_DENIED, "sso", "nobody is let in by this");
}

/* A subject names somebody within its issuer alone; letters of both cases differ. */
static struct hash subject_hash(const struct beginning *b, const struct account_keys *key)
{
    struct buf both CLEANUP(buf_done) = BUF(MAX_PATH + MAX_ID_SUBJECT + 1);
    buf_add_text(&both, b->provider->issuer);
    buf_add_byte(&both, '\n');
    buf_add_text(&both, b->person->subject);
    ENSURE(!buf_failed(&both));
    return keys_lookup(key, "subject", buf_text(&both));
}

static enum status find_linked(struct db *db, const struct beginning *b,
                               const struct hash *subject, int64_t *ret_user)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT user_id FROM identities WHERE account_id = ? AND subject_hash = ?");
    bind_i64(&q, b->account);
    bind_hash(&q, subject);
    TRY(query_step(&q));
    *ret_user = column_i64(&q);
    return q.status;
}

/* Does the provider vouch for an address of a domain that the account allows? */
static bool is_vouched_for(const struct beginning *b)
{
    struct text name, domain;
    if (!b->person->verified || !text_cut(b->person->email, '@', &name, &domain))
        return false;
    for (size_t i = 0; i < b->provider->n_domains; i++)
        if (text_equal_nocase(domain, b->provider->domains[i].name))
            return true;
    return false;
}

/* Make a user of somebody, with the role that the account gives and never a greater one. */
static enum status join(struct db *db, const struct beginning *b, int64_t *ret_user)
{
    const struct sso_exchange_answer *person = b->person;
    const struct user_add_ask user = {.account = b->slug,
                                      .email = person->email,
                                      .name = person->name.n ? person->name : person->email,
                                      .zone = b->provider->zone};
    int64_t account = 0;
    TRY(user_insert(db, &user, &account, ret_user));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE users SET role = ? WHERE id = ?");
    bind_i64(&q, b->provider->role);
    bind_i64(&q, *ret_user);
    return query_run(&q, NULL);
}

/* A user has one subject: another one with the same address is somebody else. */
static enum status link_user(struct db *db, const struct beginning *b,
                             const struct hash *subject, int64_t user)
{
    int64_t id = 0;
    TRY(next_id(db, "identities", &id));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO identities (id, account_id, user_id, subject_hash)"
                      " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
    bind_i64(&q, id);
    bind_i64(&q, b->account);
    bind_i64(&q, user);
    bind_hash(&q, subject);
    enum status status = query_insert(&q);
    if (status == ERR_CONFLICT)
        return nobody(db);
    TRY(status);
    return audit_add(db, &(struct audit_event){.kind = AUDIT_IDENTITY_LINKED,
                                               .account = b->account,
                                               .subject = user});
}

static enum status find_person(struct db *db, const struct beginning *b, int64_t *ret_user)
{
    const struct account_keys *key;
    TRY(account_key(db, b->account, &key));
    struct hash subject = subject_hash(b, key);
    enum status status = find_linked(db, b, &subject, ret_user);
    if (status != ERR_NOT_FOUND)
        return status;
    if (!is_vouched_for(b))
        return nobody(db);
    status = user_row_find(db, b->account, b->person->email, ret_user);
    if (status == ERR_NOT_FOUND && b->provider->joins)
        status = join(db, b, ret_user);
    else if (status == ERR_NOT_FOUND)
        return nobody(db);
    TRY(status);
    return link_user(db, b, &subject, *ret_user);
}

/* A session stands on a password's version. Who has none gets a row that no password opens. */
static enum status password_version(struct db *db, int64_t account, int64_t user,
                                    int64_t *ret_version)
{
    const struct account_keys *key;
    const struct seal_place place = {.table = "passwords", .column = "stored", .row = user};
    TRY(account_key(db, account, &key));
    struct query add CLEANUP(query_done) =
        query_new(db, "INSERT INTO passwords (id, account_id, stored, version, wrong, tried_at)"
                      " VALUES (?, ?, ?, 1, 0, 0) ON CONFLICT DO NOTHING");
    bind_i64(&add, user);
    bind_i64(&add, account);
    bind_sealed(&add, key, place, (struct text){0});
    TRY(query_run(&add, NULL));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT version FROM passwords WHERE id = ?");
    bind_i64(&q, user);
    TRY(query_step(&q));
    *ret_version = column_i64(&q);
    return q.status;
}

/* Where the provider says when they proved who they are, that counts, and not when they came. */
static enum status note_proof(struct db *db, const struct beginning *b)
{
    struct instant proved = b->person->proved;
    if (!proved.s || !instant_before(proved, b->now))
        return OK;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE sessions SET proved_at = ? WHERE id = ?");
    bind_instant(&q, proved);
    bind_i64(&q, session_row_of(&b->token));
    return query_run(&q, NULL);
}

static enum status begin(struct db *db, void *arg)
{
    struct beginning *b = arg;
    int64_t user = 0, version = 0;
    TRY(find_person(db, b, &user));
    enum status status = user_enabled(db, user);
    TRY(status == ERR_CONFLICT ? nobody(db) : status);
    TRY(password_version(db, b->account, user, &version));
    TRY(session_insert(db, b->account, user, version, MEANS_PROVIDER, b->now, &b->token));
    TRY(note_proof(db, b));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_PERSON_SIGN_IN,
                                               .account = b->account,
                                               .subject = user});
}

enum status store_sso_begin(struct store *st, int64_t account, struct text slug,
                            const struct identity_provider *provider,
                            const struct sso_exchange_answer *person, struct instant now,
                            struct secret *ret_token, struct error *err)
{
    struct beginning b = {
        .account = account, .slug = slug, .provider = provider, .person = person, .now = now};
    enum status status = store_write(st, begin, &b, err);
    if (status == OK)
        *ret_token = b.token;
    else
        secret_free(&b.token);
    if (status == ERR_DENIED)
        store_audit_note(st, &(struct audit_event){.kind = AUDIT_PERSON_SIGN_IN,
                                                   .result = AUDIT_WENT_REFUSED,
                                                   .account = account});
    return status;
}
