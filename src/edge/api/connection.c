/* SPDX-License-Identifier: ISC
 *
 * The interface for people: calendars, connected, checked by the doctor, chosen, disconnected. Passwords come
 * in here and go nowhere but into one question; no answer has one.
 */
#include "edge/answer.h"
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/route.h"
#include "wire/upstream.h"
#include "wire/words.h"

/* ---- bodies ---- */

#define AT(field) offsetof(struct connection_body, field)

static const struct body_field pin_fields[] = {
    {"", BODY_BASE64, true, offsetof(struct pin, sha256), .least = 32, .most = 32}};
static const struct body_shape pin_body = BODY_SHAPE(struct pin, pin_fields);

static const struct body_field consent_fields[] = {
    {"", BODY_TEXT, true, offsetof(struct consent, domain), .least = 1, .most = MAX_HOST}};
static const struct body_shape consent_body = BODY_SHAPE(struct consent, consent_fields);

static const struct body_field source_fields[] = {{"", BODY_TEXT, true,
                                                   offsetof(struct source, calendar),
                                                   .least = 1, .most = MAX_EXTERNAL_ID}};
static const struct body_shape source_body = BODY_SHAPE(struct source, source_fields);

static const struct body_field token_server_fields[] = {
    {"url", BODY_TEXT, true, offsetof(struct token_server_body, url), .least = 1,
     .most = MAX_PATH},
    {"client_id", BODY_TEXT, true, offsetof(struct token_server_body, client_id), .least = 1,
     .most = MAX_USER},
    {"scope", BODY_TEXT, false, offsetof(struct token_server_body, scope), .most = MAX_PATH},
};
static const struct body_shape token_server_body =
    BODY_SHAPE(struct token_server_body, token_server_fields);

/* How a server is reached and signed in to. */
#define SIGN_IN_FIELDS                                                                         \
    {"kind",                                                                                   \
     BODY_WORD,                                                                                \
     false,                                                                                    \
     AT(kind),                                                                                 \
     .most = CALENDAR_CONNECTOR,                                                               \
     .words = calendar_kind_words},                                                            \
        {"user", BODY_TEXT, false, AT(user), .most = MAX_USER},                                \
        {"password", BODY_SECRET, false, AT(password), .most = MAX_PASSWORD},                  \
        {"keytab", BODY_BASE64, false, AT(keytab), .least = 1, .most = MAX_KEYTAB},            \
        {"method",                                                                             \
         BODY_WORD,                                                                            \
         false,                                                                                \
         AT(method),                                                                           \
         .most = AUTH_METHOD_COUNT,                                                            \
         .words = auth_method_words},                                                          \
        {"impersonate", BODY_TEXT, false, AT(impersonate), .most = MAX_EMAIL},                 \
        {"mailbox", BODY_TEXT, false, AT(mailbox), .most = MAX_EMAIL},                         \
        {"token_server", BODY_ONE, false, AT(token_server), .of = &token_server_body},         \
    {                                                                                          \
        "pins", BODY_LIST, false, AT(pins), .count_offset = AT(n_pins), .most = MAX_PINS,      \
                                            .of = &pin_body                                    \
    }
#define SERVER_FIELD                                                                           \
    {                                                                                          \
        "server", BODY_TEXT, false, AT(server), .least = 1, .most = MAX_PATH                   \
    }
#define UNCHECKED_FIELD                                                                        \
    {                                                                                          \
        "unchecked", BODY_FLAG, false, AT(unchecked)                                           \
    }

static const struct body_field add_fields[] = {
    {"email", BODY_TEXT, false, AT(email), .most = MAX_EMAIL},
    {"through", BODY_I64, false, AT(through), .least = 1, .most = INT64_MAX},
    {"free_busy_only", BODY_FLAG, false, AT(free_busy_only)},
    SERVER_FIELD,
    UNCHECKED_FIELD,
    SIGN_IN_FIELDS,
};
static const struct body_field move_fields[] = {SERVER_FIELD, UNCHECKED_FIELD, SIGN_IN_FIELDS};
static const struct body_field discover_fields[] = {
    {"consents", BODY_LIST, false, AT(consents), .count_offset = AT(n_consents),
     .most = MAX_CONSENTS, .of = &consent_body},
    SIGN_IN_FIELDS,
};
static const struct body_field password_fields[] = {
    {"password", BODY_SECRET, true, AT(password), .most = MAX_PASSWORD}};
static const struct body_field check_fields[] = {
    {"probe", BODY_FLAG, false, offsetof(struct connection_check_ask, probe)}};
#define CHOICE(field) offsetof(struct connection_calendars_ask, field)
static const struct body_field choice_fields[] = {
    {"busy", BODY_LIST, false, CHOICE(busy), .count_offset = CHOICE(n_busy),
     .most = MAX_CALENDARS, .of = &source_body},
    {"book", BODY_TEXT, false, CHOICE(book), .least = 1, .most = MAX_EXTERNAL_ID},
};

const struct body_shape body_connection_add = BODY_SHAPE(struct connection_body, add_fields);
const struct body_shape body_connection_move = BODY_SHAPE(struct connection_body, move_fields);
const struct body_shape body_connection_discover =
    BODY_SHAPE(struct connection_body, discover_fields);
const struct body_shape body_connection_password =
    BODY_SHAPE(struct connection_body, password_fields);
const struct body_shape body_connection_check =
    BODY_SHAPE(struct connection_check_ask, check_fields);
const struct body_shape body_calendars =
    BODY_SHAPE(struct connection_calendars_ask, choice_fields);

void connection_body_done(struct connection_body *body)
{
    secret_free(&body->password);
}

/* Split an address that the body names. False: it has been answered. */
static bool split(struct visit *visit, struct text url, enum calendar_kind kind,
                  struct upstream *ret_upstream)
{
    struct error err = {0};
    if (upstream_split(url, kind, &visit->arena, ret_upstream, &err) == OK)
        return true;
    person_fail(visit, 422, err.what);
    return false;
}

/* Cut a feed's address, which comes as the password, into where it is and what is the secret. */
static bool split_feed(struct visit *visit, const struct connection_body *body,
                       struct upstream *ret_upstream, struct secret *ret_secret)
{
    struct text whole = {(const char *)body->password.at, body->password.n}, secret = {0};
    CLEANUP(arena_wipe) struct arena a = {0};
    struct upstream at = {0};
    struct error err = {0};
    if (upstream_split_feed(whole, &a, &at, &secret, &err) != OK) {
        person_fail(visit, 422, err.what);
        return false;
    }
    at.host = arena_text(&visit->arena, at.host);
    at.path = TEXT("/");
    *ret_upstream = at;
    *ret_secret = secret_new(secret.at, secret.n);
    return true;
}

/* The usual sign-in of a kind where the body says none. */
static enum auth_method method_of(const struct connection_body *body)
{
    static const enum auth_method usual[CALENDAR_KIND_COUNT] = {
        [CALENDAR_EWS] = AUTH_NTLM,     [CALENDAR_GRAPH] = AUTH_OAUTH,
        [CALENDAR_GOOGLE] = AUTH_OAUTH, [CALENDAR_CALDAV] = AUTH_BASIC,
        [CALENDAR_ICS] = AUTH_NONE,     [CALENDAR_CONNECTOR] = AUTH_NONE};
    return body->method == AUTH_NTLM ? usual[body->kind] : body->method;
}

/* Make the server that a body describes; its secrets are the caller's to free. False: it has been answered. */
static bool make_server(struct visit *visit, const struct connection_body *body,
                        struct server *ret_server)
{
    struct upstream at = {0}, tokens = {0};
    struct secret secret = {0};
    if ((body->server.n && !split(visit, body->server, body->kind, &at)) ||
        (body->token_server.url.n &&
         !split(visit, body->token_server.url, CALENDAR_EWS, &tokens)) ||
        (body->kind == CALENDAR_ICS && !split_feed(visit, body, &at, &secret)))
        return false;
    if (body->kind != CALENDAR_ICS)
        secret = secret_copy(&body->password);
    *ret_server = (struct server){
        .kind = body->kind,
        .host = at.host,
        .port = at.port,
        .path = at.path,
        .method = method_of(body),
        .user = body->user,
        .password = secret,
        .impersonate = body->impersonate,
        .mailbox = body->mailbox,
        .keytab = secret_new(body->keytab.at, body->keytab.n),
        .token_server = {tokens.host, tokens.port, tokens.path, body->token_server.client_id,
                         body->token_server.scope},
        .pins = body->pins,
        .n_pins = body->n_pins,
    };
    return true;
}

/* The lists live in the visit, which may be gone: only its secrets are touched. */
static void free_secrets(struct server *server)
{
    secret_free(&server->password);
    secret_free(&server->keytab);
}

/* ---- the doctor ---- */

static bool all_hold(const struct layer *layers, size_t n)
{
    bool hold = n > 0;
    for (size_t i = 0; i < n; i++)
        hold = hold && (layers[i].state == LAYER_OK || layers[i].state == LAYER_WARN);
    return hold;
}

static void put_layers(struct json_writer *w, const struct layer *layers, size_t n)
{
    static const char *const states[LAYER_STATE_COUNT] = {[LAYER_OK] = "ok",
                                                          [LAYER_WARN] = "warn",
                                                          [LAYER_REFUSED] = "refused",
                                                          [LAYER_SKIPPED] = "skipped"};
    json_name(w, "layers");
    json_open(w, '[');
    for (size_t i = 0; i < n; i++) {
        json_open(w, '{');
        json_put_text(w, "layer", layers[i].name);
        json_put_text(w, "state", text_from(states[layers[i].state]));
        json_put_text(w, "detail", layers[i].detail);
        json_put_text(w, "fix", layers[i].fix);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* Nothing was stored: what the doctor found says why. */
static void refuse_with_layers(struct visit *visit, const struct told *told,
                               const struct layer *layers, size_t n)
{
    struct failure failure = person_failure(visit, told);
    struct http_response response;
    failure.http = 422;
    failure.type = "connection-refused";
    failure.title = (struct message){.one = "The calendar cannot be connected like this"};
    visit_response(visit, &response, failure.http, "application/problem+json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    answer_problem_members(&w, &failure);
    put_layers(&w, layers, n);
    json_close(&w, '}');
    visit_send(visit, &response);
}

static void check_told(struct visit *visit, const struct told *told)
{
    const struct check_answer *found = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_put_bool(&w, "ok", all_hold(found->layers, found->n_layers));
    put_layers(&w, found->layers, found->n_layers);
    person_send(visit, &response, &w);
}

void api_connection_check(struct visit *visit)
{
    struct connection_check_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id) && person_body(visit, &body_connection_check, &ask))
        person_ask(visit, WIRE_connection_check, &ask, DOOR_WRITE, check_told);
}

/* ---- connecting ---- */

static void add_told(struct visit *visit, const struct told *told)
{
    const struct connection_add_answer *added = told->answer;
    struct http_response response;
    if (told->status != OK && added && added->n_layers) {
        refuse_with_layers(visit, told, added->layers, added->n_layers);
        return;
    }
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 201);
    json_put_i64(&w, "id", added->id);
    put_layers(&w, added->layers, added->n_layers);
    person_send(visit, &response, &w);
}

static void add(struct visit *visit, const struct connection_body *body)
{
    struct connection_add_ask ask = {.account = visit->parts[3],
                                     .email = body->email,
                                     .through = body->through,
                                     .free_busy_only = body->free_busy_only,
                                     .unchecked = body->unchecked};
    if (!make_server(visit, body, &ask.server))
        return;
    person_ask(visit, WIRE_connection_add, &ask, DOOR_WRITE, add_told);
    free_secrets(&ask.server);
}

void api_connection_add(struct visit *visit)
{
    struct connection_body body CLEANUP(connection_body_done) = {0};
    if (!person_body(visit, &body_connection_add, &body))
        return;
    bool has_address = body.server.n || body.kind == CALENDAR_ICS;
    if (has_address == (body.through != 0) || (body.server.n && body.kind == CALENDAR_ICS))
        person_fail(
            visit, 422,
            "server is missing, or too much; it is left out with through, and with kind "
            "ics, whose secret address is the password.");
    else
        add(visit, &body);
}

static void moved_told(struct visit *visit, const struct told *told)
{
    const struct check_answer *found = told->answer;
    if (told->status != OK && found && found->n_layers)
        refuse_with_layers(visit, told, found->layers, found->n_layers);
    else
        check_told(visit, told);
}

void api_connection_move(struct visit *visit)
{
    struct connection_body body CLEANUP(connection_body_done) = {0};
    struct connection_move_ask ask = {.account = visit->parts[3]};
    if (!person_id(visit, &ask.id) || !person_body(visit, &body_connection_move, &body))
        return;
    if (!body.server.n) {
        person_fail(visit, 422, "server is missing.");
        return;
    }
    ask.unchecked = body.unchecked;
    if (!make_server(visit, &body, &ask.server))
        return;
    person_ask(visit, WIRE_connection_move, &ask, DOOR_WRITE, moved_told);
    free_secrets(&ask.server);
}

void api_connection_password(struct visit *visit)
{
    struct connection_body body CLEANUP(connection_body_done) = {0};
    struct connection_password_ask ask = {.account = visit->parts[3]};
    if (!person_id(visit, &ask.id) || !person_body(visit, &body_connection_password, &body))
        return;
    ask.password = body.password; /* stays the body's */
    person_ask(visit, WIRE_connection_password, &ask, DOOR_WRITE, person_done);
}

static void discover_told(struct visit *visit, const struct told *told)
{
    const struct connection_discover_answer *found = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    const char *url =
        arena_printf(&visit->arena, "https://" TEXT_FMT ":%lld" TEXT_FMT, TEXT_ARG(found->host),
                     (long long)found->port, TEXT_ARG(found->path));
    struct json_writer w = person_begin(visit, &response, 200);
    json_put_text(&w, "server", found->host.n ? text_from(url) : (struct text){0});
    json_put_text(&w, "mailbox", found->mailbox);
    json_put_bool(&w, "online", found->online);
    json_put_text(&w, "asks", found->asks);
    put_layers(&w, found->layers, found->n_layers);
    person_send(visit, &response, &w);
}

void api_connection_discover(struct visit *visit)
{
    struct connection_body body CLEANUP(connection_body_done) = {0};
    struct connection_discover_ask ask = {.account = visit->parts[3]};
    if (!person_body(visit, &body_connection_discover, &body) ||
        !make_server(visit, &body, &ask.server))
        return;
    ask.consents = body.consents;
    ask.n_consents = body.n_consents;
    person_ask(visit, WIRE_connection_discover, &ask, DOOR_WRITE, discover_told);
    free_secrets(&ask.server);
}

/* ---- what there is ---- */

void api_put_outage(struct json_writer *w, enum outage outage, struct instant since)
{
    static const char *const outages[OUTAGE_COUNT] = {
        [OUTAGE_NONE] = "none",
        [OUTAGE_SIGN_IN] = "sign-in",
        [OUTAGE_UNREACHABLE] = "unreachable",
        [OUTAGE_CERTIFICATE] = "certificate",
        [OUTAGE_SILENT] = "silent",
        [OUTAGE_THROTTLED] = "throttled",
        [OUTAGE_MAILBOX] = "mailbox",
        [OUTAGE_BROKEN] = "broken",
        [OUTAGE_MOVED] = "moved",
        [OUTAGE_GRANT] = "grant",
    };
    json_put_text(w, "outage", text_from(outages[outage]));
    if (outage != OUTAGE_NONE)
        put_instant(w, "failing_since", since);
}

void api_add_connection(struct json_writer *w, const struct connection_row *row)
{
    static const char *const states[CONNECTION_STATE_COUNT] = {[CONNECTION_OK] = "ok",
                                                               [CONNECTION_REFUSED_ONCE] =
                                                                   "refused",
                                                               [CONNECTION_PAUSED] = "paused"};
    json_open(w, '{');
    json_put_i64(w, "id", row->id);
    json_put_text(w, "email", row->email);
    json_put_i64(w, "through", row->through);
    json_put_text(w, "mailbox", row->mailbox);
    json_put_bool(w, "free_busy_only", row->free_busy_only);
    json_put_text(w, "kind", text_from(calendar_kind_words[row->kind]));
    json_put_text(w, "host", row->host);
    json_put_text(w, "method", text_from(auth_method_words[row->method]));
    json_put_text(w, "user", row->user);
    json_put_text(w, "state", text_from(states[row->state]));
    json_put_text(w, "problem", row->problem);
    api_put_outage(w, row->outage, row->failing_at);
    json_close(w, '}');
}

static void connections_told(struct visit *visit, const struct told *told)
{
    const struct connection_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "connections");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++)
        api_add_connection(&w, &list->rows[i]);
    json_close(&w, ']');
    if (list->n_rows)
        json_put_i64(&w, "next", list->rows[list->n_rows - 1].id);
    person_send(visit, &response, &w);
}

void api_connections(struct visit *visit)
{
    static const char *const names[] = {"email", "after", NULL};
    struct form form;
    struct connection_list_ask ask = {.account = visit->parts[3]};
    if (!person_query(visit, names, &form) || !person_after(visit, &form, &ask.after))
        return;
    ask.email = form_find(&form, "email");
    person_ask(visit, WIRE_connection_list, &ask, DOOR_READ, connections_told);
}

/* ---- calendars ---- */

static void add_calendar(struct json_writer *w, const struct calendar_use *use)
{
    json_open(w, '{');
    json_put_text(w, "id", use->calendar.id);
    json_put_text(w, "name", use->calendar.name);
    json_put_text(w, "mailbox", use->calendar.mailbox);
    json_put_bool(w, "is_default", use->calendar.is_default);
    json_put_bool(w, "can_read", use->calendar.can_read);
    json_put_bool(w, "can_write", use->calendar.can_write);
    json_put_bool(w, "is_busy", use->is_busy);
    json_put_bool(w, "is_book", use->is_book);
    json_close(w, '}');
}

static void calendars_told(struct visit *visit, const struct told *told)
{
    const struct connection_calendars_answer *seen = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "calendars");
    json_open(&w, '[');
    for (size_t i = 0; i < seen->n_uses; i++)
        add_calendar(&w, &seen->uses[i]);
    json_close(&w, ']');
    json_put_i64(&w, "lost", seen->lost);
    json_put_bool(&w, "free_busy_only", seen->free_busy_only);
    person_send(visit, &response, &w);
}

void api_calendars(struct visit *visit)
{
    struct connection_calendars_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_connection_calendars, &ask, DOOR_READ, calendars_told);
}

void api_calendars_choose(struct visit *visit)
{
    struct connection_calendars_ask ask = {.account = visit->parts[3], .changes = true};
    if (person_id(visit, &ask.id) && person_body(visit, &body_calendars, &ask))
        person_ask(visit, WIRE_connection_calendars, &ask, DOOR_WRITE, calendars_told);
}

/* ---- disconnecting ---- */

static void removal_told(struct visit *visit, const struct told *told)
{
    const struct connection_remove_answer *gone = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_put_i64(&w, "unbound_bookings", gone->unbound_bookings);
    json_put_i64(&w, "coming", gone->coming);
    json_put_i64(&w, "in_flight", gone->in_flight);
    json_put_i64(&w, "pages", gone->pages);
    person_send(visit, &response, &w);
}

/* What it would mean. */
void api_connection_removal(struct visit *visit)
{
    struct connection_remove_ask ask = {.account = visit->parts[3], .forecast = true};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_connection_remove, &ask, DOOR_READ, removal_told);
}

void api_connection_remove(struct visit *visit)
{
    struct connection_remove_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_connection_remove, &ask, DOOR_WRITE, removal_told);
}
