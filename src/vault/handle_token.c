/* SPDX-License-Identifier: ISC */
#include "vault/request.h"
#include "wire/bearer.h"
#include "wire/grant.h"

enum { DAYS_MAX = 3660 };

static enum status check_ask(const struct token_add_ask *ask, enum user_role role,
                             struct error *err)
{
    if (!text_is_line(ask->name))
        return error_set(err, ERR_INVALID, "token",
                         "a token needs a name on one line, by which you know it again");
    if (ask->days < 0 || ask->days > DAYS_MAX)
        return error_set(err, ERR_INVALID, "token", "a token lasts 1 to %d days", DAYS_MAX);
    if (!ask->scopes || ask->scopes & ~(int64_t)SCOPE_ALL)
        return error_set(err, ERR_INVALID, "token", "a token needs at least one scope");
    int64_t beyond = ask->scopes & ~grant_scopes(role);
    if (beyond)
        return error_set(err, ERR_DENIED, "token", "the role %s does not give %s",
                         user_role_name(role), scope_name(__builtin_ctzll((uint64_t)beyond)));
    return OK;
}

enum status handle_token_add(struct vault *v, struct request *r,
                             const struct token_add_ask *ask, struct token_add_answer *answer,
                             struct error *err)
{
    struct user_stored user;
    struct secret inner;
    TRY(store_user_find(v->store, &r->a, ask->account, ask->email, &user, err));
    TRY(check_ask(ask, user.role, err));
    TRY(store_token_add(v->store, ask, v->now(), &answer->id, &inner, err));
    answer->token = bearer_format(&inner);
    secret_free(&inner);
    return OK;
}

enum status handle_token_list(struct vault *v, struct request *r,
                              const struct token_list_ask *ask,
                              struct token_list_answer *answer, struct error *err)
{
    return store_token_list(v->store, &r->a, ask, answer, err);
}

enum status handle_token_revoke(struct vault *v, struct request *r,
                                const struct token_revoke_ask *ask,
                                struct token_revoke_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_token_revoke(v->store, ask->account, ask->id, err);
}
