/* SPDX-License-Identifier: ISC
 *
 * Setting up, in three screens (wire/setup.h). Before there is a user nothing else is served.
 *
 *     GET  /setup/T      the first account and its owner; T is the operator's one-time link
 *     POST /setup/T      -> 303 to /setup/mail, signed in
 *     GET  /setup/mail   how mail is sent; POST tries it with a mail to the owner
 *     GET  /setup/done   where the data is; POST -> 303 to the owner's place
 */
#include <stdio.h>

#include "edge/answer.h"
#include "edge/failure.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"

/* The writers of web/ take each their own view. */
#define SEND_PAGE(visit, http, write, view)                                                    \
    do {                                                                                       \
        struct http_response response;                                                         \
        visit_response(visit, &response, http, "text/html; charset=utf-8");                    \
        write(&response.body, view);                                                           \
        visit_send(visit, &response);                                                          \
    } while (0)

/* ---- nothing is served yet ---- */

static void gate_known(struct visit *visit, enum status status, const void *answer)
{
    const struct setup_show_answer *shown = answer;
    if (status != OK || !shown) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    } else if (shown->stage != SETUP_WAITS) {
        visit->edge->may_wait_for_setup = false;
        visit_handle(visit);
    } else if (visit->route->is_api) {
        visit_fail(visit, ERR_FULL);
    } else {
        struct setup_wait_view view = {.head =
                                           visit_head_said(visit, MESSAGE("Not set up yet"))};
        SEND_PAGE(visit, 503, web_setup_wait, &view);
    }
}

void setup_gate(struct visit *visit)
{
    struct setup_show_ask ask = {0};
    visit_ask(visit, WIRE_setup_show, &ask, DOOR_READ, gate_known);
}

void setup_none(struct visit *visit)
{
    visit_fail_http(visit, 404); /* it is set up: setup_gate let it through */
}

/* ---- 1: the first account ---- */

/* What of the form does not fit, in the order of enum setup_wrong. */
static const struct message wrongs[SETUP_WRONG_COUNT] = {
    [SETUP_WRONG_ACCOUNT] =
        MESSAGE("The place needs a name, and a word for its addresses of a to z, 0 to 9 and "
                "dashes that hourgate does not use itself."),
    [SETUP_WRONG_EMAIL] =
        MESSAGE("Please give your name and an e-mail address that can be one."),
    [SETUP_WRONG_ZONE] =
        MESSAGE("This time zone is not known. They are called like Europe/Zurich."),
    [SETUP_WRONG_PASSWORD] =
        MESSAGE("A password has at least 10 characters and is not your e-mail address."),
};

/* Zones to choose from; any other may be typed. */
static void lay_out_zones(struct visit *visit, struct setup_account_view *view)
{
    const struct zone_choices *choices = &visit->edge->zone_choices;
    view->zones = ARENA_ARRAY(&visit->arena, choices->n_zones, struct zone_view);
    for (size_t i = 0; i < choices->n_zones; i++)
        view->zones[view->n_zones++].name = zone_name(choices->zones[i]);
}

static void show_account(struct visit *visit, const struct form *form, unsigned http,
                         const char *problem)
{
    static const struct form empty;
    if (!form)
        form = &empty;
    struct setup_account_view view = {
        .head = visit_head_said(visit, MESSAGE("Set up hourgate")),
        .action = arena_printf(&visit->arena, "/setup/" TEXT_FMT, TEXT_ARG(visit->parts[1])),
        .problem = problem,
        .account_name = form_find(form, "account_name"),
        .account = form_find(form, "account"),
        .is_personal = text_equal(form_find(form, "kind"), TEXT("personal")),
        .name = form_find(form, "name"),
        .email = form_find(form, "email"),
        .zone = form_find(form, "zone"),
    };
    lay_out_zones(visit, &view);
    SEND_PAGE(visit, http, web_setup_account, &view);
}

static void link_is_bad(struct visit *visit, bool is_set_up)
{
    if (is_set_up) {
        visit_fail_http(visit, 404);
        return;
    }
    session_count_wrong(visit);
    struct setup_wait_view view = {.head = visit_head_said(visit, MESSAGE("Not set up yet")),
                                   .link_is_over = true};
    SEND_PAGE(visit, 404, web_setup_wait, &view);
}

static void link_known(struct visit *visit, enum status status, const void *answer)
{
    const struct setup_show_answer *shown = answer;
    if (status != OK || !shown)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else if (shown->stage == SETUP_WAITS && shown->is_good)
        show_account(visit, NULL, 200, NULL);
    else
        link_is_bad(visit, shown->stage != SETUP_WAITS);
}

enum { LINK_TEXT = 54 }; /* crypt/token.h */

void setup_get(struct visit *visit)
{
    if (visit->parts[1].n != LINK_TEXT) {
        if (visit->edge->may_wait_for_setup)
            setup_gate(visit);
        else
            visit_fail_http(visit, 404);
        return;
    }
    if (!session_may_try(visit))
        return;
    struct setup_show_ask ask = {.link = session_secret(visit, visit->parts[1])};
    visit_ask(visit, WIRE_setup_show, &ask, DOOR_READ, link_known);
}

/* Make a word for addresses of a name: "Müller & Co." becomes m-ller-co, which its owner may better. */
static struct text slug_of(struct visit *visit, struct text name)
{
    struct buf out CLEANUP(buf_done) = BUF(MAX_SLUG);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.at[i];
        bool is_capital = c >= 'A' && c <= 'Z';
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_capital)
            c = (char)(c - 'A' + 'a');
        else if (!is_plain)
            c = '-';
        if (c != '-' || (out.n && out.at[out.n - 1] != '-'))
            buf_add(&out, &c, 1);
    }
    struct text slug = buf_text(&out);
    while (text_ends(slug, TEXT("-")))
        slug.n--;
    return buf_failed(&out) ? (struct text){0} : arena_text(&visit->arena, slug);
}

static void begun(struct visit *visit, enum status status, const void *answer)
{
    const struct setup_begin_answer *begun = answer;
    struct form form;
    if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK)
        form.n_fields = 0;
    if (status == OK && begun) {
        visit->edge->may_wait_for_setup = false;
        session_see_other(visit, "/setup/mail", &begun->token);
    } else if (status == ERR_INVALID && begun) {
        show_account(visit, &form, 422, visit_say(visit, wrongs[begun->wrong]));
    } else if (status == ERR_NOT_FOUND) {
        link_is_bad(visit, false);
    } else {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    }
}

/* Do all fields fit into the question? What they mean the vault judges. */
static bool fits(const struct setup_begin_ask *ask)
{
    const struct account_add_ask *account = &ask->account;
    const struct user_add_ask *user = &ask->user;
    return account->slug.n <= MAX_SLUG && account->name.n <= MAX_NAME &&
           user->email.n <= MAX_EMAIL && user->name.n <= MAX_NAME && user->zone.n <= MAX_ZONE &&
           ask->password.n <= MAX_PASSWORD && text_is_clean(account->name) &&
           text_is_clean(user->name) && text_is_clean(user->email) && text_is_clean(user->zone);
}

void setup_post(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_may_try(visit))
        return;
    struct text name = form_find(&form, "account_name"), slug = form_find(&form, "account");
    bool is_personal = text_equal(form_find(&form, "kind"), TEXT("personal"));
    if (!slug.n)
        slug = slug_of(visit, name);
    struct setup_begin_ask ask = {
        .link = session_secret(visit, visit->parts[1]),
        .account = {.slug = slug,
                    .name = name,
                    .kind = is_personal ? ACCOUNT_PERSONAL : ACCOUNT_CORPORATE},
        .user = {.email = form_find(&form, "email"),
                 .name = form_find(&form, "name"),
                 .zone = form_find(&form, "zone")},
        .password = session_secret(visit, form_find(&form, "password")),
    };
    if (visit->parts[1].n != LINK_TEXT)
        visit_fail_http(visit, 404);
    else if (!text_is_slug(slug, MAX_SLUG))
        show_account(visit, &form, 422, visit_say(visit, wrongs[SETUP_WRONG_ACCOUNT]));
    else if (!fits(&ask))
        show_account(visit, &form, 422,
                     visit_say(visit, MESSAGE("Something is longer than it can be.")));
    else
        visit_ask(visit, WIRE_setup_begin, &ask, DOOR_WRITE, begun);
}

/* ---- 2 and 3: whoever goes on ---- */

/* Is it the owner's session, and the hour not over? Otherwise it has been answered. */
static const struct setup_show_answer *may_go_on(struct visit *visit, enum status status,
                                                 const void *answer)
{
    const struct setup_show_answer *shown = answer;
    if (status != OK || !shown)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else if (shown->stage != SETUP_GOES_ON || !shown->is_good)
        visit_fail_http(visit, 404);
    else
        return shown;
    return NULL;
}

static void ask_show(struct visit *visit,
                     void (*then)(struct visit *visit, enum status status, const void *answer))
{
    struct setup_show_ask ask = {.session = session_secret(visit, session_cookie(visit))};
    visit_ask(visit, WIRE_setup_show, &ask, DOOR_READ, then);
}

static void see_place(struct visit *visit)
{
    visit_see_other(visit, session_next(visit, (struct text){0}));
}

/* ---- 2: mail ---- */

static const char *state_word(enum layer_state state)
{
    static const char *const words[LAYER_STATE_COUNT] = {[LAYER_OK] = "ok",
                                                         [LAYER_WARN] = "look",
                                                         [LAYER_REFUSED] = "refused",
                                                         [LAYER_SKIPPED] = "not tried"};
    return words[state];
}

static void lay_out_layers(struct visit *visit, const struct setup_mail_answer *answer,
                           struct setup_mail_view *view)
{
    view->layers = ARENA_ARRAY(&visit->arena, answer->n_layers, struct setup_layer_view);
    for (size_t i = 0; i < answer->n_layers; i++) {
        const struct layer *layer = &answer->layers[i];
        view->layers[view->n_layers++] =
            (struct setup_layer_view){.name = layer->name,
                                      .state = state_word(layer->state),
                                      .is_good = layer->state == LAYER_OK,
                                      .is_bad = layer->state == LAYER_REFUSED,
                                      .detail = layer->detail,
                                      .fix = layer->fix};
    }
}

static void fill_mail(const struct form *form, struct setup_mail_view *view)
{
    view->host = form_find(form, "host");
    view->is_tls = text_equal(form_find(form, "security"), TEXT("tls"));
    view->user = form_find(form, "user");
    view->from = form_find(form, "from");
}

static void show_mail(struct visit *visit, struct setup_mail_view *view)
{
    view->head = visit_head_said(visit, MESSAGE("Mail"));
    view->form = visit->session->form;
    view->email = visit->session->email;
    SEND_PAGE(visit, view->problem ? 422 : 200, web_setup_mail, view);
}

static void mail_known(struct visit *visit, enum status status, const void *answer)
{
    const struct setup_show_answer *shown = may_go_on(visit, status, answer);
    if (!shown)
        return;
    struct setup_mail_view view = {.used = shown->mail_host,
                                   .used_from = shown->mail_from,
                                   .is_configured = shown->mail_is_configured,
                                   .from = visit->session->email};
    show_mail(visit, &view);
}

static void ask_mail(struct visit *visit)
{
    ask_show(visit, mail_known);
}

void setup_mail_get(struct visit *visit)
{
    session_need(visit, ask_mail);
}

static void mail_tried(struct visit *visit, enum status status, const void *answer)
{
    const struct setup_mail_answer *tried = answer;
    struct form form;
    struct setup_mail_view view = {0};
    if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK)
        form.n_fields = 0;
    fill_mail(&form, &view);
    if (status == OK && tried && tried->is_used) {
        view.used = view.host;
        view.used_from = view.from;
        view.sent_to = tried->to;
        lay_out_layers(visit, tried, &view);
    } else if (status == OK && tried) {
        view.problem = visit_say(
            visit, MESSAGE("Mail cannot be sent by this server yet. Nothing was kept."));
        lay_out_layers(visit, tried, &view);
    } else if (status == ERR_INVALID) {
        view.problem =
            visit_say(visit, MESSAGE("A server's name and a sender's address are needed."));
    } else if (status == ERR_NOT_FOUND || status == ERR_CONFLICT) {
        visit_fail_http(visit, 404);
        return;
    } else if (status == ERR_UNCERTAIN || status == ERR_TIMEOUT) {
        view.problem =
            visit_say(visit, MESSAGE("The server gave no answer in time. Nothing was kept."));
    } else {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    show_mail(visit, &view);
}

/* "mail.example.ch:2525": the port that it names. False: it is none. */
static bool take_port(struct mail_server *server)
{
    struct text host = {0}, port = {0};
    if (!text_cut(server->host, ':', &host, &port))
        return true;
    server->host = host;
    return text_to_i64(port, &server->port) && server->port > 0 && server->port < 65536;
}

static bool server_fits(const struct mail_server *server)
{
    return server->host.n && server->host.n <= MAX_HOST && text_is_line(server->host) &&
           server->user.n <= MAX_USER && text_is_clean(server->user) &&
           server->password.n <= MAX_PASSWORD && server->from.n <= MAX_EMAIL &&
           text_is_clean(server->from);
}

static void try_mail(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    bool is_tls = text_equal(form_find(&form, "security"), TEXT("tls"));
    struct setup_mail_ask ask = {
        .session = session_secret(visit, session_cookie(visit)),
        .server = {.security = is_tls ? MAIL_TLS : MAIL_STARTTLS,
                   .host = text_trim(form_find(&form, "host")),
                   .port = is_tls ? 465 : 587,
                   .user = form_find(&form, "user"),
                   .password = session_secret(visit, form_find(&form, "password")),
                   .from = text_trim(form_find(&form, "from"))},
    };
    if (take_port(&ask.server) && server_fits(&ask.server))
        visit_ask(visit, WIRE_setup_mail, &ask, DOOR_WRITE, mail_tried);
    else
        mail_tried(visit, ERR_INVALID, NULL);
}

void setup_mail_post(struct visit *visit)
{
    session_need(visit, try_mail);
}

/* ---- 3: where the data is ---- */

static void done_known(struct visit *visit, enum status status, const void *answer)
{
    const struct setup_show_answer *shown = may_go_on(visit, status, answer);
    if (!shown)
        return;
    const struct edge_config *config = &visit->edge->config;
    struct setup_done_view view = {
        .head = visit_head_said(visit, MESSAGE("Your data")),
        .form = visit->session->form,
        .place = shown->place,
        .base_url = config->base_url,
        .is_https = config->is_https,
        .is_jailed = shown->jailed && config->jail,
        .mail = shown->mail_host,
        .keep_days =
            shown->keep_bookings_days
                ? arena_printf(&visit->arena, "%lld", (long long)shown->keep_bookings_days)
                : NULL,
        .is_located = config->location.n > 0,
        .location = config->location.n ? config->location : shown->location,
    };
    SEND_PAGE(visit, 200, web_setup_done, &view);
}

static void ask_done(struct visit *visit)
{
    ask_show(visit, done_known);
}

void setup_done_get(struct visit *visit)
{
    session_need(visit, ask_done);
}

static void ended(struct visit *visit, enum status status, const void *answer)
{
    (void)answer;
    if (status == OK || status == ERR_NOT_FOUND) /* it was done already */
        see_place(visit);
    else
        visit_fail(visit, status);
}

static void end(struct visit *visit)
{
    struct form form;
    if (!session_form(visit, &form) || !session_is_own_form(visit, &form))
        return;
    struct setup_end_ask ask = {.session = session_secret(visit, session_cookie(visit)),
                                .location = text_trim(form_find(&form, "location"))};
    if (ask.location.n > MAX_LOCATION || (ask.location.n && !text_is_line(ask.location)))
        visit_fail_http(visit, 400);
    else
        visit_ask(visit, WIRE_setup_end, &ask, DOOR_WRITE, ended);
}

void setup_done_post(struct visit *visit)
{
    session_need(visit, end);
}
