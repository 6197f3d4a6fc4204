/* SPDX-License-Identifier: ISC
 *
 * A connector as its host sees it: pairing, token, mode, how it does.
 */
#include "store/desk.h"
#include "vault/desk.h"
#include "vault/request.h"

enum status handle_connector_add(struct vault *v, struct request *r,
                                 const struct connector_add_ask *ask,
                                 struct connector_add_answer *answer, struct error *err)
{
    struct user_stored user;
    TRY(store_user_find(v->store, &r->a, ask->account, ask->email, &user, err));
    if (user.connection)
        return error_set(err, ERR_CONFLICT, "connector",
                         "this user has a connection; remove it first");
    return store_desk_add(v->store, ask, &answer->id, &answer->token, err);
}

enum status handle_connector_token(struct vault *v, struct request *r,
                                   const struct connector_token_ask *ask,
                                   struct connector_token_answer *answer, struct error *err)
{
    (void)r;
    TRY(store_desk_token(v->store, ask->account, ask->id, &answer->token, err));
    answer->id = ask->id;
    desk_dismiss(&v->calendar.desks, ask->id);
    messenger_forget(&v->messenger, ask->id);
    return OK;
}

enum status handle_connector_switch(struct vault *v, struct request *r,
                                    const struct connector_switch_ask *ask,
                                    struct connector_switch_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    TRY(store_desk_switch(v->store, ask, err));
    desk_dismiss(&v->calendar.desks, ask->id);
    desk_wake(&v->calendar.desks, ask->id, 0);
    return OK;
}

enum status handle_connector_list(struct vault *v, struct request *r,
                                  const struct connector_list_ask *ask,
                                  struct connector_list_answer *answer, struct error *err)
{
    return store_desk_list(v->store, &r->a, ask, v->now(), answer, err);
}
