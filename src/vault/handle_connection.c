/* SPDX-License-Identifier: ISC */
#include "vault/request.h"
#include "wire/codec.h"

/* Is a server's address and sign-in complete? */
static enum status check_server(const struct server *server, struct error *err)
{
    if (server->host.n == 0 || server->port < 1 || server->port > 65535)
        return error_set(err, ERR_INVALID, "connection",
                         "the server's address has no host or a wrong port");
    if (server->user.n == 0 || server->password.n == 0)
        return error_set(err, ERR_INVALID, "connection",
                         "a connection needs a user and a password");
    return OK;
}

enum status handle_connection_add(struct vault *v, struct request *r,
                                  const struct connection_add_ask *ask,
                                  struct connection_add_answer *answer, struct error *err)
{
    struct user_stored user;
    struct server server = ask->server; /* the password stays the question's */
    TRY(check_server(&server, err));
    TRY(store_user_find(v->store, &r->a, ask->account, ask->email, &user, err));
    if (user.connection)
        return error_set(err, ERR_CONFLICT, "connection", "this user has one; remove it first");
    if (server.mailbox.n == 0)
        server.mailbox = server.impersonate.n ? server.impersonate : user.email;
    if (!ask->unchecked) {
        struct check_answer found;
        TRY(calendar_check_new(&v->calendar, &server, r->deadline_ms, &r->a, &found, err));
        answer->layers = found.layers;
        answer->n_layers = found.n_layers;
        if (!calendar_is_sound(&found)) {
            r->tells_anyway = true;
            return error_set(err, ERR_UPSTREAM, "connection",
                             "not stored: the doctor's findings say why");
        }
    }
    return store_connection_add(v->store, ask->account, ask->email, &server, &answer->id, err);
}

enum status handle_connection_list(struct vault *v, struct request *r,
                                   const struct connection_list_ask *ask,
                                   struct connection_list_answer *answer, struct error *err)
{
    return store_connection_list(v->store, &r->a, ask->account, ask->after, answer, err);
}

/* Is there such a connection in that account? */
static enum status find(struct vault *v, struct text account, int64_t id, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored connection;
    TRY(store_connection_find(v->store, &a, account, id, &connection, err));
    wire_wipe(server_shape, &connection.server);
    return OK;
}

enum status handle_connection_check(struct vault *v, struct request *r,
                                    const struct connection_check_ask *ask,
                                    struct connection_check_answer *answer, struct error *err)
{
    struct check_answer found;
    TRY(find(v, ask->account, ask->id, err));
    TRY(calendar_check(&v->calendar, ask->id, r->deadline_ms, &r->a, &found, err));
    answer->layers = found.layers;
    answer->n_layers = found.n_layers;
    return OK;
}

enum status handle_connection_password(struct vault *v, struct request *r,
                                       const struct connection_password_ask *ask,
                                       struct connection_password_answer *answer,
                                       struct error *err)
{
    (void)r, (void)answer;
    if (ask->password.n == 0)
        return error_set(err, ERR_INVALID, "connection", "the password is empty");
    TRY(find(v, ask->account, ask->id, err));
    return calendar_password_set(&v->calendar, ask->id, &ask->password, err);
}

enum status handle_connection_remove(struct vault *v, struct request *r,
                                     const struct connection_remove_ask *ask,
                                     struct connection_remove_answer *answer, struct error *err)
{
    (void)r;
    TRY(find(v, ask->account, ask->id, err));
    TRY(store_connection_remove(v->store, ask->id, &answer->unbound_bookings, err));
    calendar_forget(&v->calendar, ask->id);
    return OK;
}
