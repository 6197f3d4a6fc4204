/* SPDX-License-Identifier: ISC
 *
 * Registrations, and a person's way to a provider and back:
 *
 *     oauth_begin   whose session, which registration ─▶ state and verifier are kept ─▶ the edge sends them there
 *     oauth_end     the state is taken, once ─▶ a courier trades the code ─▶ the doctor looks, with the access token
 *                   ─▶ the connection is kept with the refresh token
 */
#include "base/base64.h"
#include "os/log.h"
#include "os/random.h"
#include "store/audit.h"
#include "store/oauth.h"
#include "store/session.h"
#include "vault/request.h"
#include "vault/sign_in.h"
#include "wire/codec.h"

/* ---- registrations ---- */

static bool is_endpoint(const struct endpoint *at)
{
    return at->host.n && at->port >= 1 && at->port <= 65535 && at->path.n;
}

enum status handle_oauth_put(struct vault *v, struct request *r,
                             const struct oauth_put_ask *ask, struct oauth_put_answer *answer,
                             struct error *err)
{
    const struct registration *registration = &ask->registration;
    (void)r, (void)answer;
    if (!text_is_slug(registration->name, MAX_SLUG) || !text_is_line(registration->label))
        return error_set(err, ERR_INVALID, "oauth",
                         "a registration has a short name of letters, digits and hyphens");
    if (!registration->client_id.n || !is_endpoint(&registration->authorize) ||
        !is_endpoint(&registration->token) || !is_endpoint(&registration->server))
        return error_set(err, ERR_INVALID, "oauth",
                         "it needs a client id, and the addresses of the provider");
    return store_registration_put(v->store, registration, err);
}

enum status handle_oauth_list(struct vault *v, struct request *r,
                              const struct oauth_list_ask *ask,
                              struct oauth_list_answer *answer, struct error *err)
{
    struct registration *list;
    size_t n;
    (void)ask;
    TRY(store_registration_list(v->store, &r->a, &list, &n, err));
    answer->rows = ARENA_ARRAY(&r->a, n, struct oauth_row);
    for (size_t i = 0; i < n; i++)
        answer->rows[answer->n_rows++] = (struct oauth_row){.name = list[i].name,
                                                            .label = list[i].label,
                                                            .kind = list[i].kind,
                                                            .client_id = list[i].client_id,
                                                            .scope = list[i].scope,
                                                            .host = list[i].authorize.host};
    return OK;
}

enum status handle_oauth_remove(struct vault *v, struct request *r,
                                const struct oauth_remove_ask *ask,
                                struct oauth_remove_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    return store_registration_remove(v->store, ask->name, err);
}

enum status handle_oauth_offers(struct vault *v, struct request *r,
                                const struct oauth_offers_ask *ask,
                                struct oauth_offers_answer *answer, struct error *err)
{
    struct registration *list;
    size_t n;
    (void)ask;
    TRY(store_registration_list(v->store, &r->a, &list, &n, err));
    answer->offers = ARENA_ARRAY(&r->a, n, struct oauth_offer);
    for (size_t i = 0; i < n; i++)
        answer->offers[answer->n_offers++] = (struct oauth_offer){.name = list[i].name,
                                                                  .label = list[i].label,
                                                                  .kind = list[i].kind,
                                                                  .scope = list[i].scope};
    return OK;
}

/* ---- the way there ---- */

/* Whose session is it, where it may connect calendars? */
static enum status open_session(struct vault *v, struct request *r, const struct secret *token,
                                struct principal_stored *ret_whose, struct error *err)
{
    TRY(session_none(store_session_open(v->store, &r->a, token, v->now(), ret_whose, err)));
    if (ret_whose->lacks_factor)
        return error_set(err, ERR_DENIED, "access", "a second factor must be turned on first");
    store_act_as(AUDIT_BY_HOST, ret_whose->email);
    return OK;
}

/* Find a connection of theirs; its secrets are gone. */
static enum status find_own(struct vault *v, struct request *r,
                            const struct principal_stored *whose, int64_t id,
                            struct connection_stored *ret_connection, struct error *err)
{
    TRY(store_connection_find(v->store, &r->a, whose->slug, id, ret_connection, err));
    secret_free(&ret_connection->server.password);
    secret_free(&ret_connection->server.keytab);
    if (ret_connection->user != whose->user || ret_connection->sign_in != ret_connection->id)
        return error_set(err, ERR_NOT_FOUND, "connection", "they have no such connection");
    return OK;
}

/* Is there room for a new one, or is it theirs that is to be let in anew? */
static enum status check_aim(struct vault *v, struct request *r,
                             const struct principal_stored *whose, int64_t connection,
                             struct text *ret_mailbox, struct error *err)
{
    struct user_stored user;
    struct connection_stored c;
    if (connection) {
        TRY(find_own(v, r, whose, connection, &c, err));
        *ret_mailbox = c.server.mailbox;
        return OK;
    }
    *ret_mailbox = whose->email;
    TRY(store_user_find(v->store, &r->a, whose->slug, whose->email, &user, err));
    return user.connection ? error_set(err, ERR_CONFLICT, "connection",
                                       "this user has one; remove it first")
                           : OK;
}

/* What a connection is to be let in to anew: what it is, but where Exchange served it, Microsoft 365, where its mailbox
 * has moved. */
static enum calendar_kind kind_anew(enum calendar_kind kind)
{
    return kind == CALENDAR_EWS ? CALENDAR_GRAPH : kind;
}

/* The registration that is named; of a connection without a name the one by which it was let in, or if that is gone
 * the first of its kind. The secret stays in the store. */
static enum status find_registration(struct vault *v, struct request *r,
                                     const struct principal_stored *whose,
                                     const struct oauth_begin_ask *ask,
                                     struct registration *ret_at, struct error *err)
{
    struct registration *list;
    struct connection_stored c = {0};
    size_t n;
    if (!ask->name.n)
        TRY(find_own(v, r, whose, ask->connection, &c, err));
    TRY(store_registration_list(v->store, &r->a, &list, &n, err));
    const struct registration *found = NULL;
    for (size_t i = 0; i < n; i++) {
        bool is_it = ask->name.n
                         ? text_equal(list[i].name, ask->name)
                         : text_equal(list[i].client_id, c.server.token_server.client_id);
        if (is_it || (!found && !ask->name.n && list[i].kind == kind_anew(c.server.kind)))
            found = &list[i];
        if (is_it)
            break;
    }
    if (!found)
        return error_set(err, ERR_NOT_FOUND, "oauth", "there is no such registration");
    *ret_at = *found;
    return OK;
}

static struct secret draw_verifier(void)
{
    unsigned char bytes[32];
    struct buf out CLEANUP(buf_wipe) = BUF(MAX_VERIFIER);
    random_bytes(bytes, sizeof bytes);
    base64url_format(&out, bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    ENSURE(!buf_failed(&out) && out.n == MAX_VERIFIER);
    return secret_new(out.at, out.n);
}

/* S256 of RFC 7636, 4.2. */
static struct text challenge_of(struct arena *a, const struct secret *verifier)
{
    struct buf out CLEANUP(buf_wipe) = BUF(MAX_VERIFIER);
    struct hash hash = sha256((struct text){(const char *)verifier->at, verifier->n});
    base64url_format(&out, hash.at, sizeof hash.at);
    return arena_text(a, buf_text(&out));
}

enum status handle_oauth_begin(struct vault *v, struct request *r,
                               const struct oauth_begin_ask *ask,
                               struct oauth_begin_answer *answer, struct error *err)
{
    struct principal_stored whose;
    struct registration at = {0};
    TRY(open_session(v, r, &ask->token, &whose, err));
    TRY(check_aim(v, r, &whose, ask->connection, &answer->hint, err));
    TRY(find_registration(v, r, &whose, ask, &at, err));
    struct oauth_flow flow = {.name = at.name,
                              .connection = ask->connection,
                              .redirect = ask->redirect,
                              .verifier = draw_verifier()};
    enum status status = store_flow_add(v->store, &whose, &flow, v->now(), &answer->state, err);
    answer->challenge = challenge_of(&r->a, &flow.verifier);
    wire_wipe(oauth_flow_shape, &flow);
    answer->label = at.label;
    answer->kind = at.kind;
    answer->authorize = at.authorize;
    answer->client_id = at.client_id;
    answer->scope = at.scope;
    return status;
}

/* ---- and back ---- */

/* What is known of a way that ends. */
struct ending {
    const struct principal_stored *whose;
    struct registration at;
    struct oauth_flow flow;
    struct text mailbox; /* that is expected */
    struct oauth_exchange_answer tokens;
};

static void wipe_ending(struct ending *e)
{
    wire_wipe(registration_shape, &e->at);
    wire_wipe(oauth_flow_shape, &e->flow);
    wire_wipe(oauth_exchange_answer_shape, &e->tokens);
}

/* Trade the code. OK, and another outcome than OAUTH_CONNECTED: the provider would not. */
static enum status trade(struct vault *v, struct request *r, struct ending *e,
                         const struct secret *code, enum oauth_outcome *ret_outcome,
                         struct error *err)
{
    const struct oauth_exchange_ask ask = {
        .code = *code, .verifier = e->flow.verifier, .redirect = e->flow.redirect};
    enum status status = provider_ask(&v->calendar, &e->at, WIRE_oauth_exchange, &ask,
                                      r->deadline_ms, &r->a, &e->tokens, err);
    if (status == ERR_DENIED || status == ERR_AUTH || status == ERR_UPSTREAM)
        *ret_outcome = OAUTH_FAILED;
    else if (status == OK && !e->tokens.refresh.n)
        *ret_outcome = OAUTH_SHORT;
    else
        return status;
    if (status != OK)
        log_error(LOG_WARN, "a code was not traded", status, err);
    return OK;
}

/* The server as it is to be kept; its password borrows the refresh token. */
static struct server server_of(const struct ending *e)
{
    struct text mailbox = e->tokens.mailbox.n ? e->tokens.mailbox : e->mailbox;
    return (struct server){
        .kind = e->at.kind,
        .host = e->at.server.host,
        .port = e->at.server.port,
        .path = e->at.server.path,
        .method = AUTH_OAUTH,
        .user = mailbox,
        .password = e->tokens.refresh,
        .mailbox = mailbox,
        .token_server = {.host = e->at.token.host,
                         .port = e->at.token.port,
                         .path = e->at.token.path,
                         .client_id = e->at.client_id,
                         .scope = e->at.scope},
    };
}

static enum status keep(struct vault *v, struct ending *e, const struct server *server,
                        int64_t *ret_id, struct error *err)
{
    const struct connection_add_ask add = {
        .account = e->whose->slug, .email = e->whose->email, .server = *server};
    *ret_id = e->flow.connection;
    TRY(e->flow.connection ? calendar_move(&v->calendar, e->flow.connection, server, err)
                           : store_connection_add(v->store, &add, ret_id, err));
    grant_remember(&v->calendar, *ret_id, &e->tokens.access, e->tokens.life_s);
    return OK;
}

/* Have the doctor look, and keep it. What is not kept is taken back. */
static enum status settle(struct vault *v, struct request *r, struct ending *e,
                          struct oauth_end_answer *answer, struct error *err)
{
    struct check_answer found = {0};
    struct server server = server_of(e), looked = server;
    looked.password = e->tokens.access;
    answer->mailbox = server.mailbox;
    bool is_other = e->flow.connection && !text_equal_nocase(server.mailbox, e->mailbox);
    enum status status = OK;
    if (is_other) {
        answer->outcome = OAUTH_OTHER;
    } else {
        status =
            calendar_check_new(&v->calendar, &looked, r->deadline_ms, NULL, &r->a, &found, err);
        answer->layers = found.layers;
        answer->n_layers = found.n_layers;
        if (status == OK && !calendar_is_sound(&found))
            answer->outcome = OAUTH_UNSOUND;
    }
    if (status == OK && answer->outcome == OAUTH_CONNECTED)
        status = keep(v, e, &server, &answer->connection, err);
    if (status == ERR_CONFLICT) {
        answer->outcome = OAUTH_TAKEN;
        status = OK;
    }
    if (status != OK || answer->outcome != OAUTH_CONNECTED)
        grant_revoke(&v->calendar, &server, r->deadline_ms);
    return status;
}

/* Take what was begun, and look what has become of it since. */
static enum status take_up(struct vault *v, struct request *r, const struct secret *state,
                           struct ending *e, struct error *err)
{
    TRY(store_flow_take(v->store, &r->a, e->whose, state, v->now(), &e->flow, err));
    TRY(store_registration_get(v->store, &r->a, e->flow.name, (struct text){0}, &e->at, err));
    enum status status = check_aim(v, r, e->whose, e->flow.connection, &e->mailbox, err);
    return status == ERR_CONFLICT ? ERR_NOT_FOUND : status;
}

enum status handle_oauth_end(struct vault *v, struct request *r,
                             const struct oauth_end_ask *ask, struct oauth_end_answer *answer,
                             struct error *err)
{
    struct principal_stored whose;
    struct ending e = {.whose = &whose};
    answer->outcome = OAUTH_CONNECTED;
    TRY(open_session(v, r, &ask->token, &whose, err));
    enum status status = take_up(v, r, &ask->state, &e, err);
    if (status == ERR_NOT_FOUND) {
        answer->outcome = OAUTH_STALE;
        status = OK;
    } else if (status == OK && !ask->code.n) {
        answer->outcome = OAUTH_DECLINED;
    } else if (status == OK) {
        status = trade(v, r, &e, &ask->code, &answer->outcome, err);
        if (status == OK && answer->outcome == OAUTH_CONNECTED)
            status = settle(v, r, &e, answer, err);
    }
    wipe_ending(&e);
    return status;
}
