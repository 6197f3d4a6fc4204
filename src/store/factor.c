/* SPDX-License-Identifier: ISC
 *
 * A code is looked at within the write that uses it up, under the lock of its row: of two who send the same one at the
 * same time, one is right.
 *
 *     OFF ── begin ──▶ PENDING ── confirm, with a code ──▶ ON ── off, with password and code; clear ──▶ OFF
 */
#include "store/factor.h"

#include <string.h>

#include "crypt/recovery.h"
#include "crypt/totp.h"
#include "store/signing.h"
#include "store/trail.h"

void recovery_codes_free(struct recovery_codes *codes)
{
    for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++)
        secret_free(&codes->code[i]);
}

static struct seal_place secret_place(int64_t user)
{
    return (struct seal_place){.table = "second_factors", .column = "secret", .row = user};
}

static enum status not_on(struct db *db)
{
    return error_set(db->err, ERR_CONFLICT, "second factor", "it is not on");
}

/* ---- one-time codes ---- */

struct factor {
    struct secret secret;
    struct instant since; /* 0: it waits for its first code */
    int64_t used;         /* step of the last code */
};

static void factor_done(struct factor *factor)
{
    secret_free(&factor->secret);
}

/* Read a user's, and keep others off it until the commit. ERR_NOT_FOUND: there is none. */
static enum status factor_read(struct db *db, int64_t account, int64_t user,
                               struct factor *ret_factor)
{
    const struct account_keys *key;
    TRY(account_key(db, account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT secret, on_at, used FROM second_factors WHERE id = ?" FOR_UPDATE);
    bind_i64(&q, user);
    TRY(query_step(&q));
    ret_factor->secret = column_secret(&q, key, secret_place(user));
    ret_factor->since = column_instant(&q);
    ret_factor->used = column_i64(&q);
    return q.status;
}

/* Use a one-time code up. ERR_DENIED: it is wrong, or was used. */
static enum status factor_use(struct db *db, int64_t user, const struct factor *factor,
                              struct text code, struct instant now)
{
    int64_t step = 0;
    if (!totp_check(&factor->secret, code, now, factor->used, &step))
        return ERR_DENIED;
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE second_factors SET used = ? WHERE id = ?");
    bind_i64(&q, step);
    bind_i64(&q, user);
    return query_run(&q, NULL);
}

/* ---- recovery codes ---- */

static struct hash recovery_hash(const struct account_keys *keys, int64_t user,
                                 const char letters[static RECOVERY_LETTERS])
{
    char value[8 + RECOVERY_LETTERS];
    for (int i = 0; i < 8; i++)
        value[i] = (char)((uint64_t)user >> 8 * i);
    memcpy(value + 8, letters, RECOVERY_LETTERS);
    struct hash hash = keys_lookup(keys, "recovery", (struct text){value, sizeof value});
    wipe_bytes(value, sizeof value);
    return hash;
}

/* Use a recovery code up. ERR_DENIED: it is none, or was used. */
static enum status recovery_use(struct db *db, int64_t account, int64_t user, struct text code)
{
    const struct account_keys *keys;
    char letters[RECOVERY_LETTERS];
    int64_t n = 0;
    if (!recovery_fold(code, letters))
        return ERR_DENIED;
    TRY(account_key(db, account, &keys));
    struct hash hash = recovery_hash(keys, user, letters);
    wipe_bytes(letters, sizeof letters);
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM recovery_codes WHERE user_id = ? AND code_hash = ?");
    bind_i64(&q, user);
    bind_hash(&q, &hash);
    TRY(query_run(&q, &n));
    if (!n)
        return ERR_DENIED;
    return audit_add(db, &(struct audit_event){
                             .kind = AUDIT_RECOVERY_USED, .account = account, .subject = user});
}

static enum status drop_recovery(struct db *db, int64_t user)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM recovery_codes WHERE user_id = ?");
    bind_i64(&q, user);
    return query_run(&q, NULL);
}

static enum status insert_recovery(struct db *db, int64_t account, int64_t user,
                                   struct secret *ret_code)
{
    const struct account_keys *keys;
    char letters[RECOVERY_LETTERS];
    int64_t id = 0;
    TRY(account_key(db, account, &keys));
    TRY(next_id(db, "recovery_codes", &id));
    secret_free(ret_code); /* of an attempt that another vault undid */
    *ret_code = recovery_new();
    ENSURE(recovery_fold((struct text){(const char *)ret_code->at, ret_code->n}, letters));
    struct hash hash = recovery_hash(keys, user, letters);
    wipe_bytes(letters, sizeof letters);
    struct query q CLEANUP(query_done) = query_new(
        db,
        "INSERT INTO recovery_codes (id, account_id, user_id, code_hash) VALUES (?, ?, ?, ?)");
    bind_i64(&q, id);
    bind_i64(&q, account);
    bind_i64(&q, user);
    bind_hash(&q, &hash);
    return query_run(&q, NULL);
}

/* Draw them, instead of those before. */
static enum status renew_recovery(struct db *db, int64_t account, int64_t user,
                                  struct recovery_codes *codes)
{
    TRY(drop_recovery(db, user));
    for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++)
        TRY(insert_recovery(db, account, user, &codes->code[i]));
    return audit_add(db, &(struct audit_event){
                             .kind = AUDIT_RECOVERY_MADE, .account = account, .subject = user});
}

/* ---- either ---- */

/* Use up a code of a factor that is on. ERR_DENIED: it is none of theirs, or was used. */
static enum status code_use(struct db *db, int64_t account, int64_t user,
                            const struct secret *code, struct instant now)
{
    struct factor factor CLEANUP(factor_done) = {0};
    struct text text = {(const char *)code->at, code->n};
    enum status status = factor_read(db, account, user, &factor);
    if (status == ERR_NOT_FOUND || (status == OK && !factor.since.s))
        return ERR_DENIED;
    TRY(status);
    status = factor_use(db, user, &factor, text, now);
    return status == ERR_DENIED ? recovery_use(db, account, user, text) : status;
}

enum status factor_is_on(struct db *db, int64_t user, bool *ret_is_on)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT count(*) FROM second_factors WHERE id = ? AND on_at > 0");
    bind_i64(&q, user);
    TRY(query_step(&q));
    *ret_is_on = column_i64(&q) > 0;
    return q.status;
}

static enum status factor_drop(struct db *db, int64_t user, int64_t *ret_n)
{
    TRY(drop_recovery(db, user));
    struct query q CLEANUP(query_done) =
        query_new(db, "DELETE FROM second_factors WHERE id = ?");
    bind_i64(&q, user);
    return query_run(&q, ret_n);
}

/* ---- looking ---- */

static enum status read_state(struct db *db, const struct principal_stored *whose,
                              struct factor_show_answer *factor)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT (SELECT require_totp FROM accounts WHERE id = ?),"
                      " (SELECT count(*) FROM recovery_codes WHERE user_id = ?)");
    bind_i64(&q, whose->account);
    bind_i64(&q, whose->user);
    TRY(query_step(&q));
    factor->is_required = column_i64(&q) != 0;
    factor->codes = column_i64(&q);
    return q.status;
}

static enum status read_secret(struct db *db, const struct principal_stored *whose,
                               struct factor_show_answer *factor, struct secret *secret)
{
    const struct account_keys *key;
    TRY(account_key(db, whose->account, &key));
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT on_at, secret FROM second_factors WHERE id = ?");
    bind_i64(&q, whose->user);
    enum status status = query_step(&q);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    factor->since = column_instant(&q);
    factor->state = factor->since.s ? FACTOR_ON : FACTOR_PENDING;
    if (factor->state == FACTOR_PENDING)
        *secret = column_secret(&q, key, secret_place(whose->user));
    return q.status;
}

enum status store_factor_get(struct store *st, const struct principal_stored *whose,
                             struct factor_show_answer *ret_factor, struct secret *ret_secret,
                             struct error *err)
{
    struct factor_show_answer factor = {0};
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(read_state(db, whose, &factor));
    TRY(read_secret(db, whose, &factor, ret_secret));
    *ret_factor = factor;
    return OK;
}

/* ---- turning on ---- */

struct turning {
    const struct principal_stored *whose;
    const struct secret *session, *secret, *code;
    struct instant now;
    struct secret token;
    struct recovery_codes codes;
};

static enum status put_secret(struct db *db, void *arg)
{
    const struct turning *t = arg;
    const struct account_keys *key;
    int64_t n = 0;
    TRY(account_key(db, t->whose->account, &key));
    struct query q CLEANUP(query_done) = query_new(
        db, "INSERT INTO second_factors (id, account_id, secret, on_at, used)"
            " VALUES (?, ?, ?, 0, 0) ON CONFLICT (id) DO UPDATE SET secret = excluded.secret"
            " WHERE second_factors.on_at = 0");
    bind_i64(&q, t->whose->user);
    bind_i64(&q, t->whose->account);
    bind_sealed(&q, key, secret_place(t->whose->user),
                (struct text){(const char *)t->secret->at, t->secret->n});
    TRY(query_run(&q, &n));
    return n ? OK
             : error_set(db->err, ERR_CONFLICT, "second factor", "it is on: turn it off first");
}

enum status store_factor_begin(struct store *st, const struct principal_stored *whose,
                               const struct secret *secret, struct error *err)
{
    struct turning t = {.whose = whose, .secret = secret};
    return store_write(st, put_secret, &t, err);
}

static enum status turn_on(struct db *db, const struct turning *t)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE second_factors SET on_at = ? WHERE id = ?");
    bind_instant(&q, t->now);
    bind_i64(&q, t->whose->user);
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_FACTOR_ON,
                                               .account = t->whose->account,
                                               .subject = t->whose->user});
}

static enum status confirm_factor(struct db *db, void *arg)
{
    struct turning *t = arg;
    struct factor factor CLEANUP(factor_done) = {0};
    int64_t account = t->whose->account, user = t->whose->user;
    struct text code = {(const char *)t->code->at, t->code->n};
    enum status status = factor_read(db, account, user, &factor);
    if (status == ERR_NOT_FOUND || (status == OK && factor.since.s))
        return error_set(db->err, ERR_CONFLICT, "second factor", "no secret waits for a code");
    TRY(status);
    status = factor_use(db, user, &factor, code, t->now);
    if (status == ERR_DENIED)
        return error_set(db->err, ERR_INVALID, "second factor", "this is not its code of now");
    TRY(status);
    TRY(turn_on(db, t));
    TRY(sessions_end(db, user, t->whose->token));
    TRY(session_renew(db, t->session, user, MEANS_CODE, t->now, &t->token));
    return renew_recovery(db, account, user, &t->codes);
}

enum status store_factor_confirm(struct store *st, const struct principal_stored *whose,
                                 const struct secret *session, const struct secret *code,
                                 struct instant now, struct secret *ret_token,
                                 struct recovery_codes *ret_codes, struct error *err)
{
    struct turning t = {.whose = whose, .session = session, .code = code, .now = now};
    enum status status = store_write(st, confirm_factor, &t, err);
    if (status == OK) {
        *ret_token = t.token;
        *ret_codes = t.codes;
    } else {
        secret_free(&t.token);
        recovery_codes_free(&t.codes);
    }
    return status;
}

static enum status renew_codes(struct db *db, void *arg)
{
    struct turning *t = arg;
    bool is_on = false;
    TRY(factor_is_on(db, t->whose->user, &is_on));
    return is_on ? renew_recovery(db, t->whose->account, t->whose->user, &t->codes)
                 : not_on(db);
}

enum status store_factor_codes(struct store *st, const struct principal_stored *whose,
                               struct recovery_codes *ret_codes, struct error *err)
{
    struct turning t = {.whose = whose};
    enum status status = store_write(st, renew_codes, &t, err);
    if (status == OK)
        *ret_codes = t.codes;
    else
        recovery_codes_free(&t.codes);
    return status;
}

/* ---- turning off ---- */

struct ending {
    const struct sign_in *tried;
    const struct secret *session, *code;
    struct instant now;
    struct secret token;
};

static enum status end_factor(struct db *db, void *arg)
{
    struct ending *e = arg;
    const struct sign_in *tried = e->tried;
    int64_t n = 0;
    TRY(code_use(db, tried->account, tried->user, e->code, e->now));
    TRY(try_forgive(db, tried));
    TRY(factor_drop(db, tried->user, &n));
    TRY(sessions_end(db, tried->user, session_row_of(e->session)));
    TRY(session_renew(db, e->session, tried->user, MEANS_PASSWORD, e->now, &e->token));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_FACTOR_OFF,
                                               .account = tried->account,
                                               .subject = tried->user});
}

enum status store_factor_off(struct store *st, const struct sign_in *tried,
                             const struct secret *session, const struct secret *code,
                             struct instant now, struct secret *ret_token, struct error *err)
{
    struct ending e = {.tried = tried, .session = session, .code = code, .now = now};
    enum status status = store_write(st, end_factor, &e, err);
    if (status == OK)
        *ret_token = e.token;
    else
        secret_free(&e.token);
    if (status == ERR_DENIED)
        store_sign_in_refused(st, tried);
    return status;
}

static enum status clear_factor(struct db *db, void *arg)
{
    const struct factor_clear_ask *ask = *(const struct factor_clear_ask **)arg;
    int64_t account = 0, user = 0, n = 0;
    TRY(account_row_find(db, ask->account, &account));
    TRY(user_row_find(db, account, ask->email, &user));
    TRY(factor_drop(db, user, &n));
    if (!n)
        return error_set(db->err, ERR_NOT_FOUND, "second factor", TEXT_FMT " has none",
                         TEXT_ARG(ask->email));
    TRY(sessions_end(db, user, 0));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_FACTOR_OFF,
                                               .account = account,
                                               .subject = user,
                                               .what = ask->email});
}

enum status store_factor_clear(struct store *st, const struct factor_clear_ask *ask,
                               struct error *err)
{
    TRY(value_check(factor_clear_ask_shape, ask, err));
    return store_write(st, clear_factor, &ask, err);
}

/* ---- the second step of signing in ---- */

struct finishing {
    const struct secret *step, *code;
    struct instant now;
    struct sign_in tried;
    bool is_good;
    struct secret token;
};

/* Count the code as a wrong one, unless it is too soon, and look at it: a refusal is committed too. */
static enum status finish_step(struct db *db, void *arg)
{
    struct finishing *f = arg;
    f->is_good = false;
    f->tried = (struct sign_in){0};
    TRY(step_open(db, f->step, f->now, &f->tried));
    TRY(try_count(db, f->now, &f->tried));
    if (!f->tried.may_try)
        return OK;
    enum status status = code_use(db, f->tried.account, f->tried.user, f->code, f->now);
    if (status != OK)
        return status == ERR_DENIED ? OK : status;
    f->is_good = true;
    TRY(step_end(db, f->step));
    TRY(try_forgive(db, &f->tried));
    TRY(session_insert(db, f->tried.account, f->tried.user, f->tried.version, MEANS_CODE,
                       f->now, &f->token));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_PERSON_SIGN_IN,
                                               .account = f->tried.account,
                                               .subject = f->tried.user});
}

enum status store_step_finish(struct store *st, const struct secret *step,
                              const struct secret *code, struct instant now,
                              struct secret *ret_token, struct error *err)
{
    struct finishing f = {.step = step, .code = code, .now = now};
    enum status status = store_write(st, finish_step, &f, err);
    if (status == OK && f.is_good) {
        *ret_token = f.token;
        return OK;
    }
    secret_free(&f.token);
    TRY(status);
    store_sign_in_refused(st, &f.tried);
    return ERR_DENIED;
}

/* ---- for a whole account ---- */

static enum status update_require(struct db *db, void *arg)
{
    const struct account_require_ask *ask = *(const struct account_require_ask **)arg;
    int64_t account = 0;
    TRY(account_row_find(db, ask->account, &account));
    struct query q CLEANUP(query_done) =
        query_new(db, "UPDATE accounts SET require_totp = ? WHERE id = ?");
    bind_i64(&q, ask->totp);
    bind_i64(&q, account);
    TRY(query_run(&q, NULL));
    return audit_add(
        db, &(struct audit_event){.kind = AUDIT_ACCOUNT_CHANGED,
                                  .account = account,
                                  .subject = account,
                                  .what = ask->totp ? TEXT("second factor required")
                                                    : TEXT("second factor left to its users")});
}

enum status store_account_require(struct store *st, const struct account_require_ask *ask,
                                  struct error *err)
{
    TRY(value_check(account_require_ask_shape, ask, err));
    return store_write(st, update_require, &ask, err);
}
