/* SPDX-License-Identifier: ISC
 *
 *     no user ──link made──▶ no user, a link ──used: account and owner──▶ owner goes on ──done, or an hour──▶ set up
 *
 * Whether there is a user decides, not this table: an installation made by commands was never here.
 */
#include "store/setup.h"

#include "crypt/token.h"
#include "store/signing.h"
#include "store/trail.h"

static enum status has_user(struct db *db, bool *ret_has)
{
    struct query q CLEANUP(query_done) = query_new(db, "SELECT 1 FROM users LIMIT 1");
    enum status status = query_step(&q);
    *ret_has = status == OK;
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status nowhere(struct db *db)
{
    return error_set(db->err, ERR_NOT_FOUND, "setup", "the link leads nowhere any more");
}

/* ---- the row ---- */

struct setup {
    bool opens; /* by the link that was asked about */
    struct instant expires;
    int64_t owner;
};

static enum status read_setup(struct db *db, const struct secret *link, struct setup *ret_setup)
{
    struct query q CLEANUP(query_done) =
        query_new(db, "SELECT token_hash, expires_at, owner FROM setups WHERE id = 1");
    enum status status = query_step(&q);
    if (status == ERR_NOT_FOUND)
        return nowhere(db);
    TRY(status);
    struct text stored = column_blob(&q);
    struct setup setup = {.opens = stored.n && link && token_opens(stored, link)};
    setup.expires = column_instant(&q);
    setup.owner = column_i64(&q);
    *ret_setup = setup;
    return q.status;
}

/* ---- the link ---- */

struct linking {
    struct instant expires;
    struct secret token;
};

static enum status write_link(struct db *db, void *arg)
{
    struct linking *linking = arg;
    bool has = false;
    TRY(has_user(db, &has));
    if (has)
        return error_set(db->err, ERR_CONFLICT, "setup",
                         "hourgate is set up: it has users; hourgate user invite lets one in");
    secret_free(&linking->token); /* of an attempt that another vault undid */
    linking->token = token_new(1);
    struct hash hash = token_hash(&linking->token);
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO setups (id, token_hash, expires_at, owner)"
                      " VALUES (1, ?, ?, 0) ON CONFLICT (id) DO UPDATE SET"
                      " token_hash = excluded.token_hash, expires_at = excluded.expires_at,"
                      " owner = 0");
    bind_hash(&q, &hash);
    bind_instant(&q, linking->expires);
    TRY(query_run(&q, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_SETUP_LINK});
}

enum status store_setup_link(struct store *st, struct instant now, struct secret *ret_token,
                             struct instant *ret_expires, struct error *err)
{
    struct linking linking = {.expires = instant_add_s(now, SETUP_LINK_S)};
    enum status status = store_write(st, write_link, &linking, err);
    if (status != OK) {
        secret_free(&linking.token);
        return status;
    }
    *ret_token = linking.token;
    *ret_expires = linking.expires;
    return OK;
}

/* ---- how far it is ---- */

/* Whose session is it, where it is whoever goes on? ERR_NOT_FOUND: it is not. */
static enum status find_owner(struct store *st, struct arena *a, const struct setup *setup,
                              const struct secret *session, struct instant now,
                              struct principal_stored *ret_owner, struct error *err)
{
    struct error unknown = {0};
    struct principal_stored whose = {0};
    enum status status =
        session->n ? store_session_open(st, a, session, now, &whose, &unknown) : ERR_NOT_FOUND;
    if (status != OK && status != ERR_NOT_FOUND) {
        *err = unknown;
        return status;
    }
    bool may = status == OK && setup->owner && whose.user == setup->owner &&
               instant_before(now, setup->expires);
    if (!may)
        return error_set(err, ERR_NOT_FOUND, "setup", "this session does not set up");
    *ret_owner = whose;
    return OK;
}

static enum status look(struct store *st, const struct secret *link, bool *ret_has_user,
                        struct setup *ret_setup, struct error *err)
{
    struct db *db CLEANUP(read_end) = read_begin(st, err);
    if (!db)
        return ERR_IO;
    TRY(has_user(db, ret_has_user));
    enum status status = read_setup(db, link, ret_setup);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_setup_show(struct store *st, const struct secret *link,
                             const struct secret *session, struct instant now,
                             enum setup_stage *ret_stage, bool *ret_is_good, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct principal_stored owner;
    struct setup setup = {0};
    bool has = false;
    TRY(look(st, link, &has, &setup, err));
    bool is_open = instant_before(now, setup.expires);
    *ret_stage = !has ? SETUP_WAITS : is_open && setup.owner ? SETUP_GOES_ON : SETUP_DONE;
    *ret_is_good = !has && is_open && setup.opens;
    if (*ret_stage != SETUP_GOES_ON)
        return OK;
    enum status status = find_owner(st, &a, &setup, session, now, &owner, err);
    *ret_is_good = status == OK;
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status store_setup_owner(struct store *st, struct arena *a, const struct secret *session,
                              struct instant now, struct text *ret_email, struct error *err)
{
    struct setup setup = {0};
    struct principal_stored owner;
    bool has = false;
    TRY(look(st, NULL, &has, &setup, err));
    TRY(find_owner(st, a, &setup, session, now, &owner, err));
    *ret_email = owner.email;
    return OK;
}

/* ---- the first account ---- */

struct beginning {
    const struct setup_begin_ask *ask;
    const struct secret *stored;
    struct instant now;
    struct secret token;
};

/* The link is good for this once, as long as nobody else came in by a command. */
static enum status use_link(struct db *db, const struct beginning *b)
{
    struct setup setup = {0};
    bool has = false;
    TRY(has_user(db, &has));
    TRY(read_setup(db, &b->ask->link, &setup));
    return !has && setup.opens && instant_before(b->now, setup.expires) ? OK : nowhere(db);
}

static enum status note_owner(struct db *db, int64_t owner, struct instant expires)
{
    struct query q CLEANUP(query_done) = query_new(
        db, "UPDATE setups SET token_hash = NULL, owner = ?, expires_at = ? WHERE id = 1");
    bind_i64(&q, owner);
    bind_instant(&q, expires);
    return query_run(&q, NULL);
}

static enum status begin(struct db *db, void *arg)
{
    struct beginning *b = arg;
    struct user_add_ask user = b->ask->user;
    int64_t account = 0, owner = 0;
    user.account = b->ask->account.slug;
    TRY(use_link(db, b));
    TRY(account_insert(db, &b->ask->account));
    TRY(user_insert(db, &user, &account, &owner));
    TRY(note_owner(db, owner, instant_add_s(b->now, SETUP_END_S)));
    return password_first(db, account, owner, b->stored, b->now, &b->token);
}

enum status store_setup_begin(struct store *st, const struct setup_begin_ask *ask,
                              const struct secret *stored, struct instant now,
                              struct secret *ret_token, struct error *err)
{
    struct beginning b = {.ask = ask, .stored = stored, .now = now};
    TRY(value_check(setup_begin_ask_shape, ask, err));
    enum status status = store_write(st, begin, &b, err);
    if (status == OK)
        *ret_token = b.token;
    else
        secret_free(&b.token);
    return status;
}

/* ---- done ---- */

struct ending {
    struct text location;
    int64_t account, owner;
};

static enum status end(struct db *db, void *arg)
{
    const struct ending *ending = arg;
    struct query q CLEANUP(query_done) =
        query_new(db, "INSERT INTO settings (id, location) VALUES (1, ?)"
                      " ON CONFLICT (id) DO UPDATE SET location = excluded.location");
    bind_text(&q, ending->location);
    TRY(query_run(&q, NULL));
    struct query gone CLEANUP(query_done) = query_new(db, "DELETE FROM setups WHERE id = 1");
    TRY(query_run(&gone, NULL));
    return audit_add(db, &(struct audit_event){.kind = AUDIT_SETUP_DONE,
                                               .account = ending->account,
                                               .subject = ending->owner});
}

enum status store_setup_end(struct store *st, const struct setup_end_ask *ask,
                            struct instant now, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct setup setup = {0};
    struct principal_stored owner;
    bool has = false;
    TRY(value_check(setup_end_ask_shape, ask, err));
    TRY(look(st, NULL, &has, &setup, err));
    TRY(find_owner(st, &a, &setup, &ask->session, now, &owner, err));
    struct ending ending = {ask->location, owner.account, owner.user};
    return store_write(st, end, &ending, err);
}
