/* SPDX-License-Identifier: ISC */
#include "vault/request.h"

enum status handle_user_add(struct vault *v, struct request *r, const struct user_add_ask *ask,
                            struct user_add_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    if (!text_is_address(ask->email))
        return error_set(err, ERR_INVALID, "user", "this is no e-mail address");
    if (!text_is_line(ask->name))
        return error_set(err, ERR_INVALID, "user", "a user needs a name to show, on one line");
    if (!zone_find(v->zones, ask->zone))
        return error_set(err, ERR_INVALID, "user",
                         "no such time zone; names are like Europe/Zurich");
    return store_user_add(v->store, ask, err);
}

enum status handle_user_list(struct vault *v, struct request *r,
                             const struct user_list_ask *ask, struct user_list_answer *answer,
                             struct error *err)
{
    return store_user_list(v->store, &r->a, ask, answer, err);
}

enum status handle_user_role(struct vault *v, struct request *r,
                             const struct user_role_ask *ask, struct user_role_answer *answer,
                             struct error *err)
{
    (void)r, (void)answer;
    return store_user_role_set(v->store, ask, err);
}

enum status handle_user_disable(struct vault *v, struct request *r,
                                const struct user_disable_ask *ask,
                                struct user_disable_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_user_disable(v->store, ask, err);
}

enum status handle_user_handover(struct vault *v, struct request *r,
                                 const struct user_handover_ask *ask,
                                 struct user_handover_answer *answer, struct error *err)
{
    (void)r;
    return store_user_handover(v->store, ask, v->now(), answer, err);
}
