/* SPDX-License-Identifier: ISC
 *
 * Signing in, and what a session may do about itself. Who is not known, who mistyped and who tries too often get the
 * same answer after the same work.
 */
#include "base/base64.h"
#include "crypt/password.h"
#include "store/session.h"
#include "vault/request.h"
#include "vault/sign_in.h"

enum status sign_in_compare(struct vault *v, const struct secret *password,
                            struct sign_in *tried)
{
    enum status status = password_check(password, &tried->stored);
    secret_free(&tried->stored);
    if (status == OK && !tried->may_try)
        status = ERR_AUTH;
    if (status == ERR_AUTH)
        store_sign_in_refused(v->store, tried);
    return status;
}

enum status handle_session_begin(struct vault *v, struct request *r,
                                 const struct session_begin_ask *ask,
                                 struct session_begin_answer *answer, struct error *err)
{
    struct sign_in tried = {0};
    (void)r;
    TRY(store_sign_in_try(v->store, ask->account, ask->email, v->now(), &tried, err));
    TRY(sign_in_compare(v, &ask->password, &tried));
    struct begun begun;
    TRY(store_session_add(v->store, &tried, v->now(), &begun, err));
    answer->token = begun.token;
    answer->needs_code = begun.needs_code;
    return OK;
}

/* ---- passwords ---- */

enum status session_none(enum status status)
{
    return status == ERR_NOT_FOUND ? ERR_AUTH : status;
}

enum status sign_in_try_again(struct vault *v, const struct secret *token,
                              const struct secret *password, struct sign_in *ret_tried,
                              struct error *err)
{
    TRY(session_none(store_sign_in_again(v->store, token, v->now(), ret_tried, err)));
    enum status status = sign_in_compare(v, password, ret_tried);
    return status == ERR_AUTH ? ERR_DENIED : status;
}

enum status handle_session_prove(struct vault *v, struct request *r,
                                 const struct session_prove_ask *ask,
                                 struct session_prove_answer *answer, struct error *err)
{
    struct sign_in tried = {0};
    (void)r;
    TRY(sign_in_try_again(v, &ask->token, &ask->password, &tried, err));
    return session_none(
        store_session_prove(v->store, &tried, &ask->token, v->now(), &answer->token, err));
}

static enum status check_new(const struct secret *password, struct text email,
                             struct error *err)
{
    struct text text = {(const char *)password->at, password->n};
    if (password->n < PASSWORD_LEAST || text_equal_nocase(text, email))
        return error_set(err, ERR_INVALID, "password",
                         "a password has at least %d characters and is not the address",
                         PASSWORD_LEAST);
    return OK;
}

enum status handle_password_set(struct vault *v, struct request *r,
                                const struct password_set_ask *ask,
                                struct password_set_answer *answer, struct error *err)
{
    struct sign_in tried = {0};
    struct principal_stored whose;
    struct secret stored = {0};
    TRY(session_none(store_session_open(v->store, &r->a, &ask->token, v->now(), &whose, err)));
    TRY(check_new(&ask->password, whose.email, err));
    TRY(sign_in_try_again(v, &ask->token, &ask->old, &tried, err));
    TRY(password_hash(&ask->password, &stored));
    enum status status = store_password_set(v->store, &tried, whose.means, &stored, v->now(),
                                            &answer->token, err);
    secret_free(&stored);
    return status;
}

/* ---- invitations ---- */

enum status handle_invite_begin(struct vault *v, struct request *r,
                                const struct invite_begin_ask *ask,
                                struct invite_begin_answer *answer, struct error *err)
{
    (void)r;
    return store_invite_add(v->store, ask->account, ask->email, v->now(), &answer->token,
                            &answer->expires, err);
}

enum status handle_invite_use(struct vault *v, struct request *r,
                              const struct invite_use_ask *ask,
                              struct invite_use_answer *answer, struct error *err)
{
    struct text email;
    struct secret stored = {0};
    TRY(store_invite_find(v->store, &r->a, &ask->token, v->now(), &email, err));
    TRY(check_new(&ask->password, email, err));
    TRY(password_hash(&ask->password, &stored));
    struct begun begun = {0};
    enum status status =
        store_invite_use(v->store, &ask->token, &stored, v->now(), &begun, err);
    secret_free(&stored);
    answer->token = begun.token;
    answer->needs_code = begun.needs_code;
    return status;
}

/* ---- sessions ---- */

/* What the session's forms carry: nobody makes it without the cookie, and it opens nothing. */
static struct text form_of(struct arena *a, const struct secret *token)
{
    struct buf out CLEANUP(buf_wipe) = BUF(SESSION_FORM);
    struct hash hash =
        hmac_sha256((struct text){(const char *)token->at, token->n}, TEXT("form"));
    base64url_format(&out, hash.at, sizeof hash.at);
    ENSURE(!buf_failed(&out) && out.n == SESSION_FORM);
    return arena_text(a, buf_text(&out));
}

enum status handle_session_show(struct vault *v, struct request *r,
                                const struct session_show_ask *ask,
                                struct session_show_answer *answer, struct error *err)
{
    TRY(session_none(store_session_show(v->store, &r->a, &ask->token, v->now(), answer, err)));
    answer->form = form_of(&r->a, &ask->token);
    return OK;
}

enum status handle_session_end(struct vault *v, struct request *r,
                               const struct session_end_ask *ask,
                               struct session_end_answer *answer, struct error *err)
{
    struct principal_stored whose;
    (void)answer;
    TRY(session_none(store_session_open(v->store, &r->a, &ask->token, v->now(), &whose, err)));
    return store_session_end(v->store, &whose, ask->id, err);
}
