/* SPDX-License-Identifier: ISC */
#include "time/instant.h"
#include "vault/request.h"
#include "wire/codec.h"

/* Is a server's address and sign-in complete? */
static enum status check_server(const struct server *server, struct error *err)
{
    bool has_key = (server->method == AUTH_NEGOTIATE || server->method == AUTH_ASSERTION) &&
                   server->keytab.n;
    bool wants_user = server->method < AUTH_BEARER,
         wants_secret = server->method != AUTH_NONE || server->kind == CALENDAR_ICS;
    if (server->kind == CALENDAR_CONNECTOR)
        return error_set(err, ERR_INVALID, "connection",
                         "a calendar on a PC is paired: hourgate connector add");
    if (server->host.n == 0 || server->port < 1 || server->port > 65535)
        return error_set(err, ERR_INVALID, "connection",
                         "the server's address has no host or a wrong port");
    if ((wants_user && server->user.n == 0) ||
        (wants_secret && server->password.n == 0 && !has_key))
        return error_set(err, ERR_INVALID, "connection",
                         "a connection needs a user and a password");
    bool has_client = server->method == AUTH_BEARER || server->method == AUTH_ASSERTION;
    if (has_client && (!server->token_server.host.n || !server->token_server.client_id.n))
        return error_set(err, ERR_INVALID, "connection",
                         "this sign-in needs a token server and a client id");
    return OK;
}

/* Who asked is told each layer as it is found. */
struct telling {
    struct link_parts parts;
    struct request *r;
};

static void tell_added(struct link_parts *parts, const void *part)
{
    const struct check_answer *found = part;
    request_tell(
        LIST_OWNER(parts, struct telling, parts)->r,
        &(struct connection_add_answer){.layers = found->layers, .n_layers = found->n_layers});
}

static void tell_checked(struct link_parts *parts, const void *part)
{
    const struct check_answer *found = part;
    request_tell(LIST_OWNER(parts, struct telling, parts)->r,
                 &(struct connection_check_answer){.layers = found->layers,
                                                   .n_layers = found->n_layers});
}

/* Have the doctor look; parts may be NULL. ERR_UPSTREAM: it found fault; the layers say why. */
static enum status check_layers(struct vault *v, struct request *r, const struct server *server,
                                struct link_parts *parts, struct check_answer *ret_found,
                                struct error *err)
{
    TRY(calendar_check_new(&v->calendar, server, r->deadline_ms, parts, &r->a, ret_found, err));
    if (calendar_is_sound(ret_found))
        return OK;
    r->tells_anyway = true;
    return error_set(err, ERR_UPSTREAM, "connection",
                     "not stored: the doctor's findings say why");
}

/* Fill in what the doctor and the store need: of a service account its credential, acting for the mailbox. */
static enum status complete_server(struct vault *v, struct request *r,
                                   const struct connection_add_ask *ask, struct server *server,
                                   struct connection_stored *ret_service, struct error *err)
{
    struct user_stored user = {0};
    if (ask->email.n) {
        TRY(store_user_find(v->store, &r->a, ask->account, ask->email, &user, err));
        if (user.connection)
            return error_set(err, ERR_CONFLICT, "connection",
                             "this user has one; remove it first");
    }
    server->zone = user.zone;
    if (server->mailbox.n == 0)
        server->mailbox = server->impersonate.n ? server->impersonate : user.email;
    if (!ask->through)
        return check_server(server, err);
    struct text mailbox = server->mailbox;
    TRY(store_connection_find(v->store, &r->a, ask->account, ask->through, ret_service, err));
    if (ret_service->user)
        return error_set(err, ERR_INVALID, "connection",
                         "connection %lld is a user's own, no service account",
                         (long long)ask->through);
    *server = ret_service->server;
    server->impersonate = server->mailbox = mailbox;
    return OK;
}

enum status handle_connection_add(struct vault *v, struct request *r,
                                  const struct connection_add_ask *ask,
                                  struct connection_add_answer *answer, struct error *err)
{
    struct connection_add_ask complete = *ask; /* its secrets stay the question's */
    struct connection_stored service = {0};
    struct check_answer found = {0};
    complete.free_busy_only |=
        ask->server.kind == CALENDAR_ICS; /* nothing can be written there */
    enum status status = complete_server(v, r, ask, &complete.server, &service, err);
    struct telling telling = {.parts.take = tell_added, .r = r};
    if (status == OK && !ask->unchecked)
        status = check_layers(v, r, &complete.server, &telling.parts, &found, err);
    wire_wipe(server_shape, &service.server);
    answer->layers = found.layers;
    answer->n_layers = found.n_layers;
    TRY(status);
    if (ask->through)
        complete.server = (struct server){.mailbox = complete.server.mailbox};
    return store_connection_add(v->store, &complete, &answer->id, err);
}

enum status handle_connection_list(struct vault *v, struct request *r,
                                   const struct connection_list_ask *ask,
                                   struct connection_list_answer *answer, struct error *err)
{
    return store_connection_list(v->store, &r->a, ask, answer, err);
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

/* Say besides what the doctor's own calls met what hourgate has met and spent. */
static void add_spending(struct vault *v, struct request *r, const struct connection_stored *c,
                         struct check_answer *found)
{
    struct budgets *budgets = &v->calendar.budgets;
    struct instant now = v->now();
    struct budget_state mailbox =
        budget_state_of(budgets, c->server.host, c->server.mailbox, now);
    struct budget_state server =
        budget_state_of(budgets, c->server.host, (struct text){0}, now);
    char asked[INSTANT_SIZE] = "";
    if (mailbox.asked_at.s)
        instant_format(mailbox.asked_at, asked);
    for (size_t i = 0; i < found->n_layers; i++) {
        struct layer *layer = &found->layers[i];
        if (!text_equal(layer->name, TEXT("throttling")) || layer->state == LAYER_SKIPPED)
            continue;
        const char *last = mailbox.asked_at.s
                               ? arena_printf(&r->a, "last asked to wait at %s, for %lld s",
                                              asked, (long long)mailbox.asked_s)
                               : "never asked to wait since the start";
        layer->detail = text_first(
            text_from(arena_printf(
                &r->a,
                TEXT_FMT "; %s; sent in the last two minutes %lld calls to this mailbox, "
                         "%lld to the server; left %lld of %lld and %lld of %lld, "
                         "refilled by %lld and %lld a minute",
                TEXT_ARG(layer->detail), last, (long long)mailbox.sent, (long long)server.sent,
                (long long)mailbox.left, (long long)mailbox.burst, (long long)server.left,
                (long long)server.burst, (long long)mailbox.per_minute,
                (long long)server.per_minute)),
            MAX_WHAT);
    }
}

/* Are the calendars still there that were chosen? The doctor itself knows the default one alone. */
static void add_choice(struct vault *v, struct request *r, int64_t id,
                       struct check_answer *found)
{
    int64_t n_lost = 0;
    enum status status = calendars_lost(v, r, id, &n_lost);
    if (!calendar_is_sound(found) || found->n_layers == MAX_LAYERS || status == ERR_NOT_FOUND)
        return;
    struct layer *all = ARENA_ARRAY(&r->a, found->n_layers + 1, struct layer);
    memcpy(all, found->layers, found->n_layers * sizeof *all);
    all[found->n_layers] = (struct layer){.name = TEXT("calendars"),
                                          .detail = TEXT("all that were chosen are seen")};
    if (status != OK || n_lost)
        all[found->n_layers] = (struct layer){
            .name = TEXT("calendars"),
            .state = LAYER_REFUSED,
            .detail = n_lost ? text_from(arena_printf(&r->a,
                                                      "%lld that were chosen are not seen any "
                                                      "more: no slots are offered",
                                                      (long long)n_lost))
                             : TEXT("they cannot be listed"),
            .fix = TEXT("choose again: hourgate connection calendars ACCOUNT ID --busy ... "
                        "--book ...")};
    found->layers = all;
    found->n_layers++;
}

/* What the doctor finds where there is no token to look with. */
static struct check_answer no_grant(struct request *r, const struct error *why)
{
    struct layer *layer = ARENA_NEW(&r->a, struct layer);
    *layer = (struct layer){.name = TEXT("grant"),
                            .state = LAYER_REFUSED,
                            .detail = arena_text(&r->a, text_from(why->what)),
                            .fix = TEXT("let hourgate in again, on the connection's page")};
    return (struct check_answer){.layers = layer, .n_layers = 1};
}

enum status handle_connection_check(struct vault *v, struct request *r,
                                    const struct connection_check_ask *ask,
                                    struct connection_check_answer *answer, struct error *err)
{
    struct check_answer found;
    struct connection_stored connection;
    TRY(store_connection_find(v->store, &r->a, ask->account, ask->id, &connection, err));
    secret_free(&connection.server.password); /* its names are needed */
    secret_free(&connection.server.keytab);
    struct check_ask check = {.probe = ask->probe, .room = ask->room};
    struct telling telling = {.parts.take = tell_checked, .r = r};
    enum status status = calendar_check(&v->calendar, ask->id, &check, r->deadline_ms,
                                        &telling.parts, &r->a, &found, err);
    if (status == ERR_AUTH && connection.server.method == AUTH_OAUTH)
        found = no_grant(r, err);
    else
        TRY(status);
    add_spending(v, r, &connection, &found);
    add_choice(v, r, ask->id, &found);
    TRY(store_connection_checked(v->store, ask->id, v->now(), &found, err));
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

/* Erase a connection, and end what goes on with it. At its provider the grant is taken back afterwards: it is erased
 * here whatever is said there. */
static enum status disconnect(struct vault *v, struct request *r,
                              const struct connection_stored *c, int64_t *ret_unbound,
                              struct error *err)
{
    TRY(store_connection_remove(v->store, c->id, v->now(), ret_unbound, err));
    calendar_forget(&v->calendar, c->id);
    desk_dismiss(&v->calendar.desks, c->id);
    if (c->server.kind == CALENDAR_CONNECTOR)
        messenger_forget(&v->messenger, c->id);
    if (c->sign_in == c->id)
        grant_revoke(&v->calendar, &c->server, r->deadline_ms);
    return OK;
}

enum status handle_connection_remove(struct vault *v, struct request *r,
                                     const struct connection_remove_ask *ask,
                                     struct connection_remove_answer *answer, struct error *err)
{
    struct connection_stored c;
    TRY(store_connection_find(v->store, &r->a, ask->account, ask->id, &c, err));
    enum status status = store_connection_forecast(v->store, ask->id, v->now(), answer, err);
    if (status == OK && !ask->forecast)
        status = disconnect(v, r, &c, &answer->unbound_bookings, err);
    wire_wipe(server_shape, &c.server);
    return status;
}

enum status handle_connection_move(struct vault *v, struct request *r,
                                   const struct connection_move_ask *ask,
                                   struct connection_move_answer *answer, struct error *err)
{
    struct connection_stored now;
    struct server server = ask->server; /* its secrets stay the question's */
    struct check_answer found = {0};
    TRY(check_server(&server, err));
    TRY(store_connection_find(v->store, &r->a, ask->account, ask->id, &now, err));
    bool at_desk = now.server.kind == CALENDAR_CONNECTOR;
    if (at_desk)
        wire_wipe(server_shape, &now.server);
    if (at_desk)
        return error_set(
            err, ERR_DENIED, "connection",
            "a calendar on a PC has no server: disconnect it, and connect another");
    if (server.impersonate.n == 0)
        server.impersonate = now.server.impersonate;
    if (server.mailbox.n == 0)
        server.mailbox = now.server.mailbox;
    wire_wipe(server_shape, &now.server);
    enum status status = ask->unchecked ? OK : check_layers(v, r, &server, NULL, &found, err);
    answer->layers = found.layers;
    answer->n_layers = found.n_layers;
    TRY(status);
    return calendar_move(&v->calendar, ask->id, &server, err);
}

enum status handle_connection_discover(struct vault *v, struct request *r,
                                       const struct connection_discover_ask *ask,
                                       struct connection_discover_answer *answer,
                                       struct error *err)
{
    struct discover_ask discover = {ask->consents, ask->n_consents};
    struct discover_answer found = {0};
    enum status status = calendar_discover(&v->calendar, &ask->server, &discover,
                                           r->deadline_ms, &r->a, &found, err);
    *answer = (struct connection_discover_answer){
        .host = found.host,
        .port = found.port,
        .path = found.path,
        .mailbox = found.mailbox,
        .online = found.online,
        .asks = found.asks,
        .layers = found.layers,
        .n_layers = found.n_layers,
    };
    return status;
}
