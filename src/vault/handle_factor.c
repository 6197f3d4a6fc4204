/* SPDX-License-Identifier: ISC
 *
 * The second factor: turned on and off by its user, asked for as the second step of signing in.
 */
#include "crypt/totp.h"
#include "store/factor.h"
#include "vault/request.h"
#include "vault/sign_in.h"

/* Find whose session it is, which must be fresh. */
static enum status open_fresh(struct vault *v, struct request *r, const struct secret *token,
                              struct principal_stored *ret_whose, struct error *err)
{
    TRY(session_none(store_session_open(v->store, &r->a, token, v->now(), ret_whose, err)));
    if (v->now().s - ret_whose->proved.s < SESSION_FRESH_S)
        return OK;
    return error_set(err, ERR_DENIED, "second factor",
                     "this takes the password again, said a moment ago");
}

enum status handle_session_code(struct vault *v, struct request *r,
                                const struct session_code_ask *ask,
                                struct session_code_answer *answer, struct error *err)
{
    (void)r;
    return session_none(
        store_step_finish(v->store, &ask->token, &ask->code, v->now(), &answer->token, err));
}

enum status handle_factor_show(struct vault *v, struct request *r,
                               const struct factor_show_ask *ask,
                               struct factor_show_answer *answer, struct error *err)
{
    struct principal_stored whose;
    struct secret secret = {0};
    TRY(session_none(store_session_open(v->store, &r->a, &ask->token, v->now(), &whose, err)));
    enum status status = store_factor_get(v->store, &whose, answer, &secret, err);
    bool is_fresh = v->now().s - whose.proved.s < SESSION_FRESH_S;
    if (status == OK && secret.n && is_fresh)
        answer->secret = totp_secret_format(&secret);
    secret_free(&secret);
    return status;
}

enum status handle_factor_begin(struct vault *v, struct request *r,
                                const struct factor_begin_ask *ask,
                                struct factor_begin_answer *answer, struct error *err)
{
    struct principal_stored whose;
    (void)answer;
    TRY(open_fresh(v, r, &ask->token, &whose, err));
    struct secret secret = totp_secret_new();
    enum status status = store_factor_begin(v->store, &whose, &secret, err);
    secret_free(&secret);
    return status;
}

/* Hand the codes on to the answer, which is wiped when it was sent. */
static void put_codes(struct request *r, struct recovery_codes *codes,
                      struct factor_recovery **ret_codes, size_t *ret_n)
{
    *ret_codes = ARENA_ARRAY(&r->a, FACTOR_RECOVERY_CODES, struct factor_recovery);
    *ret_n = FACTOR_RECOVERY_CODES;
    for (size_t i = 0; i < FACTOR_RECOVERY_CODES; i++)
        (*ret_codes)[i].code = codes->code[i];
}

enum status handle_factor_confirm(struct vault *v, struct request *r,
                                  const struct factor_confirm_ask *ask,
                                  struct factor_confirm_answer *answer, struct error *err)
{
    struct principal_stored whose;
    struct recovery_codes codes;
    TRY(open_fresh(v, r, &ask->token, &whose, err));
    TRY(session_none(store_factor_confirm(v->store, &whose, &ask->token, &ask->code, v->now(),
                                          &answer->token, &codes, err)));
    put_codes(r, &codes, &answer->codes, &answer->n_codes);
    return OK;
}

enum status handle_factor_codes(struct vault *v, struct request *r,
                                const struct factor_codes_ask *ask,
                                struct factor_codes_answer *answer, struct error *err)
{
    struct principal_stored whose;
    struct recovery_codes codes;
    TRY(open_fresh(v, r, &ask->token, &whose, err));
    TRY(store_factor_codes(v->store, &whose, &codes, err));
    put_codes(r, &codes, &answer->codes, &answer->n_codes);
    return OK;
}

enum status handle_factor_off(struct vault *v, struct request *r,
                              const struct factor_off_ask *ask,
                              struct factor_off_answer *answer, struct error *err)
{
    struct sign_in tried = {0};
    (void)r;
    TRY(sign_in_try_again(v, &ask->token, &ask->password, &tried, err));
    return session_none(store_factor_off(v->store, &tried, &ask->token, &ask->code, v->now(),
                                         &answer->token, err));
}

/* ---- for others ---- */

enum status handle_factor_clear(struct vault *v, struct request *r,
                                const struct factor_clear_ask *ask,
                                struct factor_clear_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_factor_clear(v->store, ask, err);
}

enum status handle_account_require(struct vault *v, struct request *r,
                                   const struct account_require_ask *ask,
                                   struct account_require_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_account_require(v->store, ask, err);
}
