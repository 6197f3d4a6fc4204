/* SPDX-License-Identifier: ISC
 *
 * Connecting a calendar, by its owner. One form: with the server's address, or with the e-mail address alone, from which
 * Autodiscover finds it. The password comes in once, goes into the question or two that one sending of the form takes,
 * and never back into a page.
 *
 *     GET  /connections/new    the providers that need none (authorise.c), and the form
 *     POST /connections/new    no server: discover -> add;  server: add
 *                              -> the layers, each as it is found, then what comes next or the form again
 */
#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/doctor.h"
#include "edge/place/frame.h"
#include "edge/place/provider.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "wire/upstream.h"

static const char *const methods[] = {[AUTH_NTLM] = "ntlm", [AUTH_BASIC] = "basic"};
enum { METHODS = sizeof methods / sizeof *methods };

/* What was typed, between the questions. */
struct connect {
    struct text email, url, user, impersonate, consent;
    enum auth_method method;
    struct server server;
    struct doctor_page page;
};

/* ---- the form ---- */

static void fill_second_part(struct visit *visit, const struct connect *typed,
                             struct connect_view *view)
{
    struct choice_of_view *choices = ARENA_ARRAY(&visit->arena, METHODS, struct choice_of_view);
    choices[0] =
        (struct choice_of_view){methods[AUTH_NTLM], visit_say(visit, MESSAGE("NTLM (usual)")),
                                typed->method == AUTH_NTLM};
    choices[1] = (struct choice_of_view){
        methods[AUTH_BASIC], visit_say(visit, MESSAGE("Basic")), typed->method == AUTH_BASIC};
    view->server = (struct field_view){
        .name = "server",
        .label = visit_say(visit, MESSAGE("Server address")),
        .hint =
            visit_say(visit, MESSAGE("Such as https://mail.example.ch. Leave it empty to have "
                                     "it found from the e-mail address.")),
        .type = "text",
        .value = typed->url,
        .longest = MAX_PATH,
        .is_optional = true};
    view->user = (struct field_view){
        .name = "user",
        .label = visit_say(visit, MESSAGE("User name")),
        .hint = visit_say(visit,
                          MESSAGE("Where it is not the e-mail address, such as DOMAIN\\name.")),
        .type = "text",
        .value = typed->user,
        .autocomplete = "username",
        .longest = MAX_USER,
        .is_optional = true};
    view->impersonate = (struct field_view){
        .name = "impersonate",
        .label = visit_say(visit, MESSAGE("Impersonation address")),
        .hint =
            visit_say(visit, MESSAGE("Only where the user above is a service account that acts "
                                     "for this mailbox.")),
        .type = "email",
        .value = typed->impersonate,
        .longest = MAX_EMAIL,
        .is_optional = true};
    view->method = (struct field_view){.name = "method",
                                       .label = visit_say(visit, MESSAGE("How it signs in")),
                                       .is_choice = true,
                                       .choices = choices,
                                       .n_choices = METHODS};
}

static struct connect_view form_view(struct visit *visit, const struct connect *typed)
{
    struct connect_view view = {
        .frame = frame_fill(visit, FRAME_CONNECTIONS,
                            visit_say(visit, MESSAGE("Connect your calendar"))),
        .email = {.name = "email",
                  .label = visit_say(visit, MESSAGE("E-mail address of the mailbox")),
                  .type = "email",
                  .value = typed->email,
                  .autocomplete = "email",
                  .longest = MAX_EMAIL,
                  .is_required = true},
        .password = {.name = "password",
                     .label = visit_say(visit, MESSAGE("Password of the mailbox")),
                     .type = "password",
                     .autocomplete = "off",
                     .longest = MAX_PASSWORD,
                     .is_required = true},
        .is_open = typed->url.n || typed->user.n || typed->impersonate.n,
    };
    fill_second_part(visit, typed, &view);
    return view;
}

/* Without the providers, where these cannot be had, the form is still of use. */
static void show_form(struct visit *visit, const struct told *told)
{
    struct connect typed = {.email = visit->session->email};
    struct connect_view view = form_view(visit, &typed);
    view.providers = provider_list(visit, told->status == OK ? told->answer : NULL);
    FRAME_SEND(visit, 200, web_connect, &view);
}

static void ask_offers(struct visit *visit)
{
    struct oauth_offers_ask ask = {.account = visit->session->account};
    person_ask(visit, WIRE_oauth_offers, &ask, DOOR_READ, show_form);
}

void connect_get(struct visit *visit)
{
    session_need(visit, ask_offers);
}

/* ---- what came of it ---- */

static void found(struct visit *visit, const void *part)
{
    struct connect *typed = visit->gathered;
    const struct connection_add_answer *so_far = part;
    doctor_tell(visit, &typed->page, visit_say(visit, MESSAGE("Connect your calendar")),
                so_far->layers, so_far->n_layers);
}

/* The page stands already, up to the last layer but what the vault added itself. */
static void end_page(struct visit *visit, const struct connection_add_answer *answer,
                     struct connect_view *view)
{
    struct connect *typed = visit->gathered;
    struct http_response response;
    doctor_tell_rest(visit, &typed->page, answer ? answer->layers : NULL,
                     answer ? answer->n_layers : 0, view->frame.problem);
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_connect_rest(&response.body, visit->language, view);
    web_place_foot(&response.body, visit->language, &view->frame);
    visit_send(visit, &response);
}

static void added(struct visit *visit, const struct told *told)
{
    const struct connect *typed = visit->gathered;
    const struct connection_add_answer *answer = told->answer;
    struct connect_view view = form_view(visit, typed);
    bool has_layers = answer && answer->n_layers;
    view.is_connected = told->status == OK;
    view.is_open = !view.is_connected;
    view.frame.problem = doctor_why_not_added(visit, told, has_layers);
    if (view.is_connected)
        view.next_href =
            arena_printf(&visit->arena, "/connections/%lld", (long long)answer->id);
    if (typed->page.n_told) {
        end_page(visit, answer, &view);
        return;
    }
    if (has_layers)
        view.steps = doctor_steps(visit, answer->layers, answer->n_layers);
    if (view.is_connected)
        view.frame.heading = visit_say(visit, MESSAGE("Your calendar is connected"));
    FRAME_SEND(visit,
               view.is_connected              ? 201
               : told->status == ERR_CONFLICT ? 409
                                              : 422,
               web_connect, &view);
}

static void ask_add(struct visit *visit)
{
    const struct connect *typed = visit->gathered;
    struct connection_add_ask ask = {.account = visit->session->account,
                                     .email = visit->session->email,
                                     .server = typed->server};
    person_ask_by_parts(visit, WIRE_connection_add, &ask, found, added);
}

static void show_nothing_found(struct visit *visit, const struct told *told)
{
    const struct connect *typed = visit->gathered;
    const struct connection_discover_answer *found = told->answer;
    struct connect_view view = form_view(visit, typed);
    view.is_open = true;
    if (found) {
        view.steps = doctor_steps(visit, found->layers, found->n_layers);
        view.is_online = found->online;
        view.asks_consent = found->asks.n > 0;
        view.domain = found->asks;
    }
    if (!view.is_online && !view.asks_consent)
        view.frame.problem =
            visit_say(visit, MESSAGE("No server was found from this address. Please type the "
                                     "server's address; whoever runs it knows it."));
    FRAME_SEND(visit, 422, web_connect, &view);
}

static void discovered(struct visit *visit, const struct told *told)
{
    struct connect *typed = visit->gathered;
    const struct connection_discover_answer *found = told->answer;
    if (told->status != OK || !found->host.n || found->online || found->asks.n) {
        show_nothing_found(visit, told);
        return;
    }
    typed->server.host = found->host;
    typed->server.port = found->port;
    typed->server.path = found->path;
    if (found->mailbox.n && !typed->impersonate.n)
        typed->server.mailbox = found->mailbox;
    ask_add(visit);
}

static void ask_discover(struct visit *visit)
{
    const struct connect *typed = visit->gathered;
    struct consent consent = {typed->consent};
    struct connection_discover_ask ask = {.account = visit->session->account,
                                          .server = typed->server,
                                          .consents = &consent,
                                          .n_consents = typed->consent.n > 0};
    person_ask(visit, WIRE_connection_discover, &ask, DOOR_WRITE, discovered);
}

/* ---- reading it ---- */

static struct connect *read_form(struct visit *visit, const struct form *form)
{
    struct connect *typed = ARENA_NEW(&visit->arena, struct connect);
    struct text method = form_find(form, "method");
    *typed = (struct connect){
        .email = text_trim(form_find(form, "email")),
        .url = text_trim(form_find(form, "server")),
        .user = text_trim(form_find(form, "user")),
        .impersonate = text_trim(form_find(form, "impersonate")),
        .consent = form_find(form, "consent"),
        .method = text_equal(method, TEXT("basic")) ? AUTH_BASIC : AUTH_NTLM,
    };
    typed->server = (struct server){
        .kind = CALENDAR_EWS,
        .method = typed->method,
        .user = typed->user.n ? typed->user : typed->email,
        .password = session_secret(visit, form_find(form, "password")),
        .impersonate = typed->impersonate,
        .mailbox = typed->email,
    };
    return typed;
}

/* Mark what cannot be asked as it stands. */
static void check_form(struct visit *visit, struct connect *typed, struct connect_view *view)
{
    struct upstream at = {0};
    struct error err = {0};
    if (!text_is_address(typed->email) || typed->email.n > MAX_EMAIL)
        frame_problem(visit, &view->frame, &view->email,
                      visit_say(visit, MESSAGE("This does not look like an e-mail address, "
                                               "such as ada@example.org.")));
    if (!typed->server.password.n || typed->server.password.n > MAX_PASSWORD)
        frame_problem(visit, &view->frame, &view->password,
                      visit_say(visit, MESSAGE("Please enter the mailbox's password.")));
    if (typed->user.n > MAX_USER)
        frame_problem(visit, &view->frame, &view->user,
                      visit_say(visit, MESSAGE("This name is too long.")));
    if (typed->impersonate.n &&
        (!text_is_address(typed->impersonate) || typed->impersonate.n > MAX_EMAIL))
        frame_problem(visit, &view->frame, &view->impersonate,
                      visit_say(visit, MESSAGE("This does not look like an e-mail address, "
                                               "such as ada@example.org.")));
    if (typed->url.n &&
        upstream_split(typed->url, typed->server.kind, &visit->arena, &at, &err) != OK)
        frame_problem(visit, &view->frame, &view->server,
                      visit_say(visit, MESSAGE("This is no https address of a server, such as "
                                               "https://mail.example.ch.")));
    typed->server.host = at.host;
    typed->server.port = at.port;
    typed->server.path = at.path;
    if (view->server.error || view->user.error || view->impersonate.error)
        view->is_open = true;
}

static void connect_calendar(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct connect *typed = read_form(visit, &form);
    struct connect_view view = form_view(visit, typed);
    check_form(visit, typed, &view);
    visit->gathered = typed;
    if (view.frame.n_problems)
        FRAME_SEND(visit, 422, web_connect, &view);
    else if (typed->url.n)
        ask_add(visit);
    else
        ask_discover(visit);
}

void connect_post(struct visit *visit)
{
    session_need(visit, connect_calendar);
}
