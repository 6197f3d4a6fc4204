/* SPDX-License-Identifier: ISC */
#include "os/log.h"
#include "vault/erase.h"
#include "vault/oauth.h"
#include "vault/request.h"
#include "wire/codec.h"

enum status handle_account_remove(struct vault *v, struct request *r,
                                  const struct account_remove_ask *ask,
                                  struct account_remove_answer *answer, struct error *err)
{
    struct erasure_open open = {0};
    TRY(store_erasure_forecast(v->store, &r->a, ask->account, v->now(), &answer->erasure, err));
    if (ask->forecast)
        return OK;
    TRY(store_erasure_begin(v->store, ask->account, v->now(), &open, err));
    TRY(erase_run(v, &open, r->deadline_ms, err));
    return store_erasure_get(v->store, &r->a, open.id, &answer->erasure, err);
}

/* Read a user's connection; that it cannot be read keeps nobody from being removed. */
static void read_connection(struct vault *v, struct request *r,
                            const struct user_remove_ask *ask,
                            struct connection_stored *ret_connection)
{
    struct user_stored user = {0};
    struct error err = {0};
    enum status status =
        store_user_find(v->store, &r->a, ask->account, ask->email, &user, &err);
    if (status == OK && user.connection)
        status = store_connection_get(v->store, &r->a, user.connection, ret_connection, &err);
    if (status != OK && status != ERR_NOT_FOUND)
        log_error(LOG_WARN, "a grant could not be read to take it back", status, &err);
}

/* Remove a user, and take back their grant, which is erased here by then. */
static enum status remove_user(struct vault *v, struct request *r,
                               const struct user_remove_ask *ask,
                               struct user_remove_answer *answer, struct erasure_open *ret_open,
                               struct error *err)
{
    struct connection_stored c = {0};
    read_connection(v, r, ask, &c);
    enum status status = store_user_remove(v->store, ask, v->now(), answer, ret_open, err);
    if (status == OK && c.id) {
        calendar_forget(&v->calendar, c.id);
        if (c.sign_in == c.id)
            grant_revoke(&v->calendar, &c.server, r->deadline_ms);
    }
    wire_wipe(server_shape, &c.server);
    return status;
}

enum status handle_user_remove(struct vault *v, struct request *r,
                               const struct user_remove_ask *ask,
                               struct user_remove_answer *answer, struct error *err)
{
    struct erasure_open open = {0};
    if (ask->forecast)
        return store_user_forecast(v->store, ask, v->now(), answer, err);
    TRY(remove_user(v, r, ask, answer, &open, err));
    calendar_tidy(&v->calendar);
    TRY(erase_run(v, &open, r->deadline_ms, err));
    return store_erasure_get(v->store, &r->a, open.id, &answer->erasure, err);
}

enum status handle_erasure_list(struct vault *v, struct request *r,
                                const struct erasure_list_ask *ask,
                                struct erasure_list_answer *answer, struct error *err)
{
    return store_erasure_list(v->store, &r->a, ask->after, answer, err);
}

enum status handle_erasure_show(struct vault *v, struct request *r,
                                const struct erasure_show_ask *ask,
                                struct erasure_show_answer *answer, struct error *err)
{
    return store_erasure_get(v->store, &r->a, ask->id, &answer->erasure, err);
}

enum status handle_erasure_verify(struct vault *v, struct request *r,
                                  const struct erasure_verify_ask *ask,
                                  struct erasure_verify_answer *answer, struct error *err)
{
    (void)r;
    return store_erasure_verify(v->store, ask->certificate, ask->signature, &answer->is_ours,
                                err);
}
