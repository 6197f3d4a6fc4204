/* SPDX-License-Identifier: ISC
 *
 * Passwords and invitations. A try is counted before it is compared:
 *
 *     find who it is about ─▶ count it as wrong, unless it is too soon ─▶ (compare) ─▶ begin a session: count none
 *
 * so that a hundred tries at once are a hundred wrong ones.
 */
#include "store/session.h"

#include "crypt/token.h"
#include "store/signing.h"
#include "store/trail.h"

static struct seal_place stored_place(int64_t user)
{
    return (struct seal_place){.table = "passwords", .column = "stored", .row = user};
}

/* ---- who it is about ---- */

struct known {
    int64_t account, user;
};

static enum status list_accounts(struct db *db, struct text slug,
                                 int64_t ids[static SIGN_IN_ACCOUNTS_MAX], size_t *ret_n)
{
    size_t n = 0;
    enum status status = slug.n ? account_row_find(db, slug, &ids[0]) : OK;
    *ret_n = slug.n && status == OK;
    if (slug.n)
        return status == ERR_NOT_FOUND ? OK : status;
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT id FROM accounts WHERE erasing = 0 ORDER BY id LIMIT ?");
    bind_i64(&q, SIGN_IN_ACCOUNTS_MAX + 1);
    while ((status = query_step(&q)) == OK)
        if (n++ < SIGN_IN_ACCOUNTS_MAX)
            ids[n - 1] = column_i64(&q);
    *ret_n = n <= SIGN_IN_ACCOUNTS_MAX ? n : 0; /* one must be named */
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Find the one user with that address; all accounts are looked at, whichever has it. */
static enum status find_known(struct db *db, struct text account, struct text email,
                              struct known *ret_known)
{
    int64_t ids[SIGN_IN_ACCOUNTS_MAX];
    size_t n = 0, n_found = 0;
    struct known known = {0};
    TRY(list_accounts(db, account, ids, &n));
    for (size_t i = 0; i < n; i++) {
        int64_t user = 0;
        enum status status = user_row_find(db, ids[i], email, &user);
        if (status == OK && n_found++ == 0)
            known = (struct known){ids[i], user};
        else if (status != OK && status != ERR_NOT_FOUND)
            return status;
    }
    *ret_known = n_found == 1 ? known : (struct known){0};
    return OK;
}

/* ---- counting ---- */

struct claim {
    struct known known;
    struct instant now;
    struct sign_in tried;
};

static bool is_too_soon(int64_t wrong, struct instant tried, struct instant now)
{
    int64_t wait_s = TRIES_WAIT_S;
    for (int64_t n = wrong; n > TRIES_FREE && wait_s < TRIES_WAIT_MAX_S; n--)
        wait_s *= 2;
    if (wait_s > TRIES_WAIT_MAX_S)
        wait_s = TRIES_WAIT_MAX_S;
    return wrong >= TRIES_FREE && now.s < tried.s + wait_s;
}

static enum status count_try(struct db *db, int64_t user, struct instant now)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE passwords SET wrong = wrong + 1, tried_at = ? WHERE id = ?");
    bind_instant(&q, now);
    bind_i64(&q, user);
    return query_run(&q, NULL);
}

/* Read what the try is compared with. ERR_NOT_FOUND: nobody, or they have no password. */
static enum status read_password(struct db *db, struct claim *claim)
{
    const struct account_keys *key;
    if (!claim->known.user)
        return ERR_NOT_FOUND;
    TRY(account_key(db, claim->known.account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT stored, version, wrong, tried_at FROM passwords WHERE id = ?"
                      " AND id IN (SELECT id FROM users WHERE disabled = 0)" FOR_UPDATE);
    bind_i64(&q, claim->known.user);
    TRY(query_step(&q));
    struct sign_in tried = {.account = claim->known.account, .user = claim->known.user};
    tried.stored = column_secret(&q, key, stored_place(tried.user));
    tried.version = column_i64(&q);
    tried.wrong = column_i64(&q);
    tried.last = column_instant(&q);
    tried.at = claim->now;
    tried.may_try = !is_too_soon(tried.wrong, tried.last, claim->now);
    secret_free(&claim->tried.stored);
    claim->tried = tried;
    return q.status;
}

enum status try_count(struct db *db, struct instant now, struct sign_in *tried)
{
    {
        struct query q CLEANUP(query_done) =
            query_new(db, "SELECT wrong, tried_at FROM passwords"
                          " WHERE id = ? AND version = ?" FOR_UPDATE);
        bind_i64(&q, tried->user);
        bind_i64(&q, tried->version);
        TRY(query_step(&q));
        tried->wrong = column_i64(&q);
        tried->last = column_instant(&q);
        TRY(q.status);
    }
    tried->at = now;
    tried->may_try = !is_too_soon(tried->wrong, tried->last, now);
    return tried->may_try ? count_try(db, tried->user, now) : OK;
}

enum status try_forgive(struct db *db, const struct sign_in *tried)
{
    int64_t n = 0;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE passwords SET wrong = 0 WHERE id = ? AND version = ?");
    bind_i64(&q, tried->user);
    bind_i64(&q, tried->version);
    TRY(query_run(&q, &n));
    return n ? OK
             : error_set(db->err, ERR_CONFLICT, "session",
                         "the password was replaced at the same time");
}

/* Where another try was counted meanwhile, this one stays counted with it. */
enum status try_take_back(struct db *db, const struct sign_in *tried)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE passwords SET wrong = ?, tried_at = ?"
                      " WHERE id = ? AND version = ? AND wrong = ? AND tried_at = ?");
    bind_i64(&q, tried->wrong);
    bind_instant(&q, tried->last);
    bind_i64(&q, tried->user);
    bind_i64(&q, tried->version);
    bind_i64(&q, tried->wrong + 1);
    bind_instant(&q, tried->at);
    return query_run(&q, NULL);
}

/* Nobody is written down too: a try at an unknown address must not be told by its faster answer. */
static enum status claim_try(struct db *db, void *arg)
{
    struct claim *claim = arg;
    enum status status = read_password(db, claim);
    if (status == ERR_NOT_FOUND)
        return audit_add(db, &(struct audit_event){.kind = AUDIT_PERSON_SIGN_IN,
                                                   .result = AUDIT_WENT_REFUSED});
    TRY(status);
    return claim->tried.may_try ? count_try(db, claim->tried.user, claim->now) : OK;
}

static enum status run_claim(struct store *st, struct claim *claim, struct sign_in *ret_try,
                             struct error *err)
{
    enum status status = store_write(st, claim_try, claim, err);
    if (status == OK)
        *ret_try = claim->tried;
    else
        secret_free(&claim->tried.stored);
    return status;
}

enum status store_sign_in_try(struct store *st, struct text account, struct text email,
                              struct instant now, struct sign_in *ret_try, struct error *err)
{
    struct claim claim = {.now = now};
    struct error none = {0}; /* who is not known is nobody's failure */
    struct db *db = read_begin(st, &none);
    if (!db)
        return error_set(err, ERR_IO, "sign-in", "the database refuses to be read");
    enum status status = find_known(db, account, email, &claim.known);
    read_end(&db);
    if (status != OK)
        *err = none;
    TRY(status);
    return run_claim(st, &claim, ret_try, err);
}

enum status store_sign_in_again(struct store *st, const struct secret *token,
                                struct instant now, struct sign_in *ret_try, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct principal_stored whose;
    TRY(store_session_open(st, &a, token, now, &whose, err));
    struct claim claim = {.known = {whose.account, whose.user}, .now = now};
    return run_claim(st, &claim, ret_try, err);
}

void store_sign_in_refused(struct store *st, const struct sign_in *tried)
{
    if (tried->user)
        store_audit_note(st,
                         &(struct audit_event){.kind = AUDIT_PERSON_SIGN_IN,
                                               .result = tried->may_try ? AUDIT_WENT_REFUSED
                                                                        : AUDIT_WENT_THROTTLED,
                                               .account = tried->account,
                                               .subject = tried->user});
}

/* ---- setting ---- */

/* Write a user's password and say which version it is. */
static enum status put_password(struct db *db, const struct known *whose,
                                const struct secret *stored, int64_t *ret_version)
{
    const struct account_keys *key;
    struct text text = {(const char *)stored->at, stored->n};
    TRY(account_key(db, whose->account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO passwords (id, account_id, stored, version, wrong, tried_at)"
                      " VALUES (?, ?, ?, 1, 0, 0) ON CONFLICT (id) DO UPDATE SET"
                      " stored = excluded.stored, version = passwords.version + 1, wrong = 0,"
                      " tried_at = 0 RETURNING version");
    bind_i64(&q, whose->user);
    bind_i64(&q, whose->account);
    bind_sealed(&q, key, stored_place(whose->user), text);
    TRY(query_step(&q));
    *ret_version = column_i64(&q);
    return q.status;
}

struct setting {
    struct known whose;
    int64_t version;             /* of the password that was compared; 0: none was */
    const struct secret *invite; /* NULL: none */
    const struct secret *stored;
    struct instant now;
    enum sign_in_means means; /* of the session in which it is set */
    struct begun begun;
};

static enum status renew(struct db *db, struct setting *set)
{
    int64_t version = 0;
    TRY(put_password(db, &set->whose, set->stored, &version));
    if (set->version && version != set->version + 1)
        return error_set(db->err, ERR_CONFLICT, "password",
                         "the password was replaced at the same time");
    TRY(sessions_end(db, set->whose.user, 0));
    if (set->invite)
        TRY(session_or_step(db, set->whose.account, set->whose.user, version, set->now,
                            &set->begun));
    else
        TRY(session_insert(db, set->whose.account, set->whose.user, version, set->means,
                           set->now, &set->begun.token));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_PASSWORD_SET,
                                               .account = set->whose.account,
                                               .subject = set->whose.user});
}

enum status password_first(struct db *db, int64_t account, int64_t user,
                           const struct secret *stored, struct instant now,
                           struct secret *ret_token)
{
    struct setting set = {.whose = {account, user}, .stored = stored, .now = now};
    enum status status = renew(db, &set);
    if (status == OK)
        *ret_token = set.begun.token;
    else
        secret_free(&set.begun.token);
    return status;
}

static enum status set_password(struct db *db, void *arg)
{
    return renew(db, arg);
}

static enum status run_setting(struct store *st, write_function *write, struct setting *set,
                               struct begun *ret_begun, struct error *err)
{
    enum status status = store_write(st, write, set, err);
    if (status == OK)
        *ret_begun = set->begun;
    else
        secret_free(&set->begun.token);
    return status;
}

enum status store_password_set(struct store *st, const struct sign_in *of,
                               enum sign_in_means means, const struct secret *stored,
                               struct instant now, struct secret *ret_token, struct error *err)
{
    struct setting set = {.whose = {of->account, of->user},
                          .version = of->version,
                          .means = means,
                          .stored = stored,
                          .now = now};
    struct begun begun;
    TRY(run_setting(st, set_password, &set, &begun, err));
    *ret_token = begun.token;
    return OK;
}

/* ---- invitations ---- */

static enum status no_invite(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "invitation", "the link leads nowhere any more");
}

struct inviting {
    struct text account, email;
    struct instant expires;
    struct secret token;
};

static enum status drop_invites(struct db *db, int64_t user)
{
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM invites WHERE user_id = ?");
    bind_i64(&q, user);
    return query_run(&q, NULL);
}

static enum status insert_invite(struct db *db, void *arg)
{
    struct inviting *inviting = arg;
    int64_t account = 0, user = 0, id = 0;
    TRY(account_row_find(db, inviting->account, &account));
    TRY(user_row_find(db, account, inviting->email, &user));
    TRY(user_enabled(db, user));
    TRY(drop_invites(db, user));
    TRY(next_id(db, "invites", &id));
    secret_free(&inviting->token); /* of an attempt that another vault undid */
    inviting->token = token_new(id);
    struct hash hash = token_hash(&inviting->token);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO invites (id, account_id, user_id, token_hash, expires_at)"
                      " VALUES (?, ?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, user);
    bind_hash(&q, &hash);
    bind_instant(&q, inviting->expires);
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_INVITED,
                                               .account = account,
                                               .subject = user,
                                               .what = inviting->email});
}

enum status store_invite_add(struct store *st, struct text account, struct text email,
                             struct instant now, struct secret *ret_token,
                             struct instant *ret_expires, struct error *err)
{
    struct inviting inviting = {account, email, instant_add_s(now, INVITE_LIFE_S), {0}};
    enum status status = store_write(st, insert_invite, &inviting, err);
    if (status != OK) {
        secret_free(&inviting.token);
        return status;
    }
    *ret_token = inviting.token;
    *ret_expires = inviting.expires;
    return OK;
}

static enum status find_invite(struct db *db, const struct secret *token, struct instant now,
                               struct known *ret_known)
{
    int64_t id;
    if (token_row(token, &id) != OK)
        return no_invite(db);
    struct query q CLEANUP(query_done) = query_new(
        db, "SELECT i.token_hash, i.expires_at, i.account_id, i.user_id"
            " FROM invites AS i"
            " JOIN users AS u ON u.id = i.user_id AND u.removed = 0 AND u.disabled = 0"
            " JOIN accounts AS a ON a.id = i.account_id AND a.erasing = 0"
            " WHERE i.id = ?");
    bind_i64(&q, id);
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return no_invite(db);
    TRY(status);
    bool is_good = token_opens(column_blob(&q), token);
    is_good &= instant_before(now, column_instant(&q));
    struct known known = {.account = column_i64(&q), .user = column_i64(&q)};
    TRY(q.status);
    if (!is_good)
        return no_invite(db);
    *ret_known = known;
    return OK;
}

enum status store_invite_find(struct store *st, struct arena *a, const struct secret *token,
                              struct instant now, struct text *ret_email, struct error *err)
{
    struct known known;
    const struct account_keys *key;
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(find_invite(db, token, now, &known));
    TRY(account_key(db, known.account, &key));
    struct query q CLEANUP(query_done) = query_new(db, "SELECT email FROM users WHERE id = ?");
    struct seal_place place = {.table = "users", .column = "email", .row = known.user};
    bind_i64(&q, known.user);
    TRY(query_step(&q));
    *ret_email = column_sealed(&q, a, key, place);
    return q.status;
}

/* Whoever deletes it uses it: nobody else finds it then. */
static enum status use_invite(struct db *db, void *arg)
{
    struct setting *set = arg;
    int64_t id = 0, n = 0;
    TRY(find_invite(db, set->invite, set->now, &set->whose));
    TRY(token_row(set->invite, &id));
    struct query q CLEANUP(query_done) = query_new(db, "DELETE FROM invites WHERE id = ?");
    bind_i64(&q, id);
    TRY(query_run(&q, &n));
    return n ? renew(db, set) : no_invite(db);
}

enum status store_invite_use(struct store *st, const struct secret *token,
                             const struct secret *stored, struct instant now,
                             struct begun *ret_begun, struct error *err)
{
    struct setting set = {.invite = token, .stored = stored, .now = now};
    return run_setting(st, use_invite, &set, ret_begun, err);
}
