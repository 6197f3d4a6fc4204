/* SPDX-License-Identifier: ISC
 *
 * Connecting what is neither Exchange nor a provider's: iCloud, any CalDAV server, a feed. One page for each, of which
 * this is the table; the steps that people take elsewhere first stand in the template. What is typed in as a
 * secret, an app password or a feed's address, never comes back into a page.
 *
 *     GET  /connections/new/KIND    KIND is icloud, caldav or feed
 *     POST /connections/new/KIND    -> the layers, each as it is found, then what comes next or the form again
 */
#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/doctor.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "wire/upstream.h"

enum way { WAY_ICLOUD, WAY_CALDAV, WAY_FEED, WAYS };

static const struct {
    struct text word; /* in the address */
    struct message heading;
} ways[WAYS] = {
    [WAY_ICLOUD] = {{"icloud", 6}, MESSAGE("Connect iCloud")},
    [WAY_CALDAV] = {{"caldav", 6}, MESSAGE("Connect a CalDAV calendar")},
    [WAY_FEED] = {{"feed", 4}, MESSAGE("Connect an ICS feed")},
};

#define ICLOUD "https://caldav.icloud.com/"

/* What was typed, between the question and its answer. */
struct typed {
    enum way way;
    struct text url, user;
    struct server server;
    struct doctor_page page;
};

static bool find_way(struct visit *visit, enum way *ret_way)
{
    for (enum way way = 0; way < WAYS; way++)
        if (text_equal(visit->parts[2], ways[way].word)) {
            *ret_way = way;
            return true;
        }
    visit_fail_http(visit, 404);
    return false;
}

/* ---- the form ---- */

static struct field_view server_field(struct visit *visit, const struct typed *typed)
{
    return (struct field_view){
        .name = "server",
        .label = visit_say(visit, MESSAGE("Server address")),
        .hint = visit_say(
            visit, MESSAGE("Such as https://cloud.example.ch. The server says itself where its "
                           "calendars are; where it does not, type the whole address that it "
                           "names for CalDAV.")),
        .type = "text",
        .value = typed->url,
        .longest = MAX_PATH,
        .is_required = true};
}

static struct field_view user_field(struct visit *visit, const struct typed *typed)
{
    bool is_icloud = typed->way == WAY_ICLOUD;
    return (struct field_view){
        .name = "user",
        .label = is_icloud ? visit_say(visit, MESSAGE("Apple Account"))
                           : visit_say(visit, MESSAGE("User name")),
        .hint =
            is_icloud
                ? visit_say(visit, MESSAGE("The e-mail address by which you sign in at Apple."))
                : NULL,
        .type = "text",
        .value = typed->user,
        .autocomplete = "username",
        .longest = MAX_USER,
        .is_required = true};
}

static struct field_view secret_field(struct visit *visit, const struct typed *typed)
{
    struct field_view field = {.name = "password",
                               .type = "password",
                               .autocomplete = "off",
                               .longest = MAX_PASSWORD,
                               .is_required = true};
    switch (typed->way) {
    case WAY_ICLOUD:
        field.label = visit_say(visit, MESSAGE("App-specific password"));
        field.hint = visit_say(
            visit, MESSAGE("Sixteen letters with dashes, made as described above. Not the "
                           "password of your Apple Account."));
        break;
    case WAY_CALDAV:
        field.label = visit_say(visit, MESSAGE("App password"));
        field.hint = visit_say(
            visit, MESSAGE("Most servers make passwords for single programs in their security "
                           "settings; use one of those where you can."));
        break;
    default:
        field.label = visit_say(visit, MESSAGE("Secret address of the feed"));
        field.hint = visit_say(
            visit,
            MESSAGE("It begins with https:// or webcal:// and mostly ends in .ics. Whoever "
                    "knows it can read your calendar: it is kept like a password."));
        break;
    }
    return field;
}

static struct connect_caldav_view form_view(struct visit *visit, const struct typed *typed)
{
    return (struct connect_caldav_view){
        .frame =
            frame_fill(visit, FRAME_CONNECTIONS, visit_say(visit, ways[typed->way].heading)),
        .action = arena_printf(&visit->arena, "/connections/new/" TEXT_FMT,
                               TEXT_ARG(ways[typed->way].word)),
        .is_icloud = typed->way == WAY_ICLOUD,
        .is_caldav = typed->way == WAY_CALDAV,
        .is_feed = typed->way == WAY_FEED,
        .server = server_field(visit, typed),
        .user = user_field(visit, typed),
        .password = secret_field(visit, typed),
    };
}

static void show_form(struct visit *visit)
{
    struct typed typed = {0};
    if (!find_way(visit, &typed.way))
        return;
    struct connect_caldav_view view = form_view(visit, &typed);
    FRAME_SEND(visit, 200, web_connect_caldav, &view);
}

void connect_caldav_get(struct visit *visit)
{
    session_need(visit, show_form);
}

/* ---- what came of it ---- */

static void found(struct visit *visit, const void *part)
{
    struct typed *typed = visit->gathered;
    const struct connection_add_answer *so_far = part;
    doctor_tell(visit, &typed->page, visit_say(visit, ways[typed->way].heading), so_far->layers,
                so_far->n_layers);
}

/* The page stands already, up to the last layer but what the vault added itself. */
static void end_page(struct visit *visit, const struct connection_add_answer *answer,
                     struct connect_caldav_view *view)
{
    struct typed *typed = visit->gathered;
    struct http_response response;
    doctor_tell_rest(visit, &typed->page, answer ? answer->layers : NULL,
                     answer ? answer->n_layers : 0, view->frame.problem);
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_connect_caldav_rest(&response.body, visit->language, view);
    web_place_foot(&response.body, visit->language, &view->frame);
    visit_send(visit, &response);
}

static void added(struct visit *visit, const struct told *told)
{
    const struct typed *typed = visit->gathered;
    const struct connection_add_answer *answer = told->answer;
    struct connect_caldav_view view = form_view(visit, typed);
    bool has_layers = answer && answer->n_layers;
    view.is_connected = told->status == OK;
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
               web_connect_caldav, &view);
}

static void ask_add(struct visit *visit, const struct typed *typed)
{
    struct connection_add_ask ask = {.account = visit->session->account,
                                     .email = visit->session->email,
                                     .server = typed->server};
    person_ask_by_parts(visit, WIRE_connection_add, &ask, found, added);
}

/* ---- reading it ---- */

static void check_feed(struct visit *visit, struct typed *typed,
                       struct connect_caldav_view *view, struct text address)
{
    struct upstream at = {0};
    struct text secret = {0};
    if (upstream_split_feed(address, &visit->arena, &at, &secret, NULL) != OK) {
        frame_problem(
            visit, &view->frame, &view->password,
            visit_say(visit,
                      MESSAGE("This is no address of a feed. It begins with https:// or "
                              "webcal://, and something stands behind the server's name.")));
        return;
    }
    typed->server.host = at.host;
    typed->server.port = at.port;
    typed->server.path = at.path;
    typed->server.password = session_secret(visit, secret);
}

static void check_server(struct visit *visit, struct typed *typed,
                         struct connect_caldav_view *view)
{
    struct upstream at = {0};
    struct text url = typed->way == WAY_ICLOUD ? TEXT(ICLOUD) : typed->url;
    if (!url.n || upstream_split(url, CALENDAR_CALDAV, &visit->arena, &at, NULL) != OK)
        frame_problem(visit, &view->frame, &view->server,
                      visit_say(visit, MESSAGE("This is no https address of a server, such as "
                                               "https://cloud.example.ch.")));
    if (!typed->user.n || typed->user.n > MAX_USER ||
        memchr(typed->user.at, ':', typed->user.n))
        frame_problem(
            visit, &view->frame, &view->user,
            visit_say(visit,
                      MESSAGE("Please enter the user name by which you sign in there.")));
    if (!typed->server.password.n)
        frame_problem(visit, &view->frame, &view->password,
                      visit_say(visit, MESSAGE("Please enter the app password.")));
    typed->server.host = at.host;
    typed->server.port = at.port;
    typed->server.path = at.path;
}

static void connect_calendar(struct visit *visit)
{
    struct form form;
    struct typed *typed = ARENA_NEW(&visit->arena, struct typed);
    if (!find_way(visit, &typed->way) || !session_form(visit, &form) ||
        !session_is_own_form(visit, &form))
        return;
    bool is_feed = typed->way == WAY_FEED;
    struct text secret = text_trim(form_find(&form, "password"));
    typed->url = text_trim(form_find(&form, "server"));
    typed->user = text_trim(form_find(&form, "user"));
    typed->server = (struct server){.kind = is_feed ? CALENDAR_ICS : CALENDAR_CALDAV,
                                    .method = is_feed ? AUTH_NONE : AUTH_BASIC,
                                    .user = typed->user,
                                    .mailbox = visit->session->email};
    if (!is_feed && secret.n <= MAX_PASSWORD)
        typed->server.password = session_secret(visit, secret);
    struct connect_caldav_view view = form_view(visit, typed);
    if (is_feed)
        check_feed(visit, typed, &view, secret);
    else
        check_server(visit, typed, &view);
    visit->gathered = typed;
    if (view.frame.n_problems)
        FRAME_SEND(visit, 422, web_connect_caldav, &view);
    else
        ask_add(visit, typed);
}

void connect_caldav_post(struct visit *visit)
{
    session_need(visit, connect_calendar);
}
