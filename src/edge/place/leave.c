/* SPDX-License-Identifier: ISC
 *
 * Erasing a person or all of an account: first what it means, in numbers, then it is done, and the signed certificate is
 * shown. Who is erased is signed out with it.
 *
 *     GET  /settings/data/leave              who is signed in
 *     POST /settings/data/leave              to (a colleague), sure (their own address)
 *     GET, POST /settings/user/remove?email= somebody below
 *     GET, POST /settings/account/remove     all of the account: sure (its name in addresses)
 */
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/url.h"

/* Whom it is about, and what was typed. */
struct leaving {
    struct text email; /* empty: the account */
    bool is_own, was_sent;
    struct form form;
    const char *to_error, *sure_error;
};

/* Read the address, and the form where one was sent. False: it has been answered. */
static bool read_leaving(struct visit *visit, bool is_account)
{
    struct form query;
    struct leaving *l = ARENA_NEW(&visit->arena, struct leaving);
    visit->gathered = l;
    l->was_sent = visit->request->method == HTTP_POST;
    if (l->was_sent &&
        (!session_form(visit, &l->form) || !session_is_own_form(visit, &l->form)))
        return false;
    if (is_account)
        return true;
    l->is_own = text_equal(visit->parts[1], TEXT("data"));
    l->email = visit->session->email;
    if (l->is_own)
        return true;
    frame_query(visit, &query);
    l->email = form_find(&query, "email");
    if (visit->session->role < USER_ADMINISTRATOR) {
        frame_refuse(visit, FRAME_SETTINGS, &(struct told){.status = ERR_DENIED});
        return false;
    }
    if (!l->email.n || l->email.n > MAX_EMAIL || !text_is_line(l->email)) {
        visit_see_other(visit, "/settings/users");
        return false;
    }
    return true;
}

/* An address of ours about whom it is. */
static const char *href_of(struct visit *visit, const char *path)
{
    const struct leaving *l = visit->gathered;
    struct buf out CLEANUP(buf_done) = BUF(4 * MAX_EMAIL);
    buf_printf(&out, "%s?email=", path);
    url_encode(&out, l->email);
    return buf_failed(&out) ? path : arena_cstr(&visit->arena, buf_text(&out));
}

/* What has to be typed so that nobody does it by a slip. */
static struct text sure_words(const struct visit *visit)
{
    const struct leaving *l = visit->gathered;
    return l->email.n ? l->email : visit->session->account;
}

/* ---- what it means ---- */

static const char *fill(struct visit *visit, struct message message, struct text who)
{
    const struct message_value values[] = {{"who", who}, {0}};
    return message_fill(&visit->arena, visit->language, message, values).at;
}

static void add_loss(struct visit *visit, struct leave_view *view, int64_t n,
                     struct message of_what, struct message meaning)
{
    if (n)
        view->losses[view->n_losses++] =
            (struct loss_view){n, visit_say(visit, of_what), visit_say(visit, meaning)};
}

static struct field_view field(struct visit *visit, const char *name, const char *label,
                               const char *error)
{
    const struct leaving *l = visit->gathered;
    return (struct field_view){.name = name,
                               .label = label,
                               .type = "text",
                               .autocomplete = "off",
                               .value = l->was_sent ? form_find(&l->form, name) : TEXT(""),
                               .error = error,
                               .longest = MAX_EMAIL,
                               .is_required = true};
}

static void send_page(struct visit *visit, struct leave_view *view)
{
    const struct leaving *l = visit->gathered;
    view->sure = field(visit, "sure",
                       fill(visit, MESSAGE("To be sure, type {who}"), sure_words(visit)), NULL);
    if (l->to_error)
        frame_problem(visit, &view->frame, &view->to, l->to_error);
    if (l->sure_error)
        frame_problem(visit, &view->frame, &view->sure, l->sure_error);
    FRAME_SEND(visit, l->to_error || l->sure_error || visit->problem ? 422 : 200, web_leave,
               view);
}

static void lay_out_person(struct visit *visit, const struct user_remove_answer *would,
                           struct leave_view *view)
{
    add_loss(visit, view, would->pages, MESSAGE("booking pages"),
             MESSAGE("go to the colleague who is named below: with their name, and by their "
                     "calendar."));
    add_loss(visit, view, would->coming, MESSAGE("coming bookings"),
             MESSAGE("go to that colleague too, who is told to look after them. Their events "
                     "stay where they are, as plain ones."));
    add_loss(visit, view, would->in_flight, MESSAGE("bookings being written just now"),
             MESSAGE("keep it from being done: try again in a minute."));
    if (would->is_last_owner)
        view->stays = visit_say(
            visit, MESSAGE("This is the account's last owner. Make somebody else an owner "
                           "first, or erase the whole account."));
}

static void show_person(struct visit *visit, const struct told *told)
{
    const struct leaving *l = visit->gathered;
    const struct user_remove_answer *would = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct text whom = l->is_own ? visit->session->account_name : l->email;
    struct leave_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS,
                            l->is_own ? visit_say(visit, MESSAGE("Leave"))
                                      : visit_say(visit, MESSAGE("Remove somebody"))),
        .question = l->is_own
                        ? fill(visit, MESSAGE("Leave {who}, and have yourself erased?"), whom)
                        : fill(visit, MESSAGE("Remove {who}, and have them erased?"), whom),
        .meaning = visit_say(
            visit,
            MESSAGE("Name, address, password, sessions and tokens are erased here at once and "
                    "for good; the calendar is disconnected, and its events stay in it. Past "
                    "bookings stay, without the name. There will be a signed certificate.")),
        .losses = ARENA_ARRAY(&visit->arena, 3, struct loss_view),
        .needs_heir = would->pages + would->coming > 0,
        .to = field(visit, "to", visit_say(visit, MESSAGE("E-mail of the colleague")), NULL),
        .action = l->is_own ? "/settings/data/leave" : href_of(visit, "/settings/user/remove"),
        .button = l->is_own ? visit_say(visit, MESSAGE("Leave"))
                            : visit_say(visit, MESSAGE("Remove")),
        .back_href = l->is_own ? "/settings/data" : href_of(visit, "/settings/user"),
    };
    lay_out_person(visit, would, &view);
    send_page(visit, &view);
}

static void lay_out_account(struct visit *visit, const struct erasure_facts *would,
                            struct leave_view *view)
{
    static const struct {
        const char *table;
        struct message name;
    } known[] = {
        {"users", MESSAGE("people")},
        {"connections", MESSAGE("connected calendars")},
        {"pages", MESSAGE("booking pages")},
        {"bookings", MESSAGE("bookings in all")},
    };
    const size_t n = sizeof known / sizeof *known;
    view->losses = ARENA_ARRAY(&visit->arena, n + 1, struct loss_view);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < would->n_tables; j++)
            if (text_equal(would->tables[j].table, text_from(known[i].table)))
                add_loss(visit, view, would->tables[j].rows, known[i].name,
                         MESSAGE("are gone, also for whoever runs the server."));
    add_loss(visit, view, would->coming, MESSAGE("coming bookings"),
             MESSAGE("are among them. Their events stay in the calendars and nobody is told: "
                     "cancel first what should be cancelled."));
}

static void show_account(struct visit *visit, const struct told *told)
{
    const struct account_remove_answer *would = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct leave_view view = {
        .frame =
            frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Erase the account"))),
        .question = fill(visit, MESSAGE("Erase {who} with everything in it?"),
                         visit->session->account_name),
        .meaning = visit_say(
            visit,
            MESSAGE("The keys with which all of it was sealed are destroyed: nothing of it can "
                    "be opened again. Backups that hold the keys can be restored until they "
                    "expire; the certificate says until when.")),
        .action = "/settings/account/remove",
        .button = visit_say(visit, MESSAGE("Erase it")),
        .back_href = "/settings/account",
    };
    lay_out_account(visit, &would->erasure.facts, &view);
    send_page(visit, &view);
}

/* ---- doing it ---- */

static bool is_sure(struct visit *visit)
{
    struct leaving *l = visit->gathered;
    if (text_equal_nocase(text_trim(form_find(&l->form, "sure")), sure_words(visit)))
        return true;
    l->sure_error = visit_say(visit, MESSAGE("This is something else."));
    return false;
}

/* Was nothing done? Other failures come after the deed, and the certificate later. */
static bool is_undone(enum status status)
{
    return status == ERR_CONFLICT || status == ERR_NOT_FOUND || status == ERR_INVALID ||
           status == ERR_LIMIT || status == ERR_DENIED;
}

static void send_certificate(struct visit *visit, const struct erasure *erasure)
{
    const struct leaving *l = visit->gathered;
    bool signs_out = l->is_own || !l->email.n;
    struct http_response response;
    struct erased_view view = {
        .head = visit_head_said(visit, MESSAGE("Erased")),
        .heading = visit_say(visit, MESSAGE("Erased")),
        .text = erasure
                    ? visit_say(visit, MESSAGE("This is the certificate, signed by the server. "
                                               "Keep it: whoever runs the server can say "
                                               "whether it is theirs."))
                    : visit_say(visit, MESSAGE("What is left is being erased in the "
                                               "background. Whoever runs the server has the "
                                               "certificate then.")),
        .href = signs_out ? NULL : "/settings/users",
        .label = visit_say(visit, MESSAGE("Back to all")),
    };
    view.head.is_place = true;
    if (erasure) {
        view.certificate = erasure->certificate;
        view.signature = erasure->signature;
    }
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    if (signs_out)
        session_set_cookie(visit, &response, COOKIE_SESSION, NULL);
    web_erased(&response.body, &view);
    visit_send(visit, &response);
}

static void ask_person(struct visit *visit, bool forecast);

static void person_removed(struct visit *visit, const struct told *told)
{
    struct leaving *l = visit->gathered;
    const struct user_remove_answer *done = told->answer;
    bool has_heir = text_trim(form_find(&l->form, "to")).n > 0;
    if (!is_undone(told->status)) {
        send_certificate(visit, told->status == OK ? &done->erasure : NULL);
        return;
    }
    if (told->status == ERR_DENIED) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    if (told->status == ERR_NOT_FOUND || told->status == ERR_INVALID)
        l->to_error =
            visit_say(visit, MESSAGE("Nobody else in this account has this address."));
    else if (!has_heir)
        visit->problem =
            visit_say(visit, MESSAGE("Nothing was done: somebody has to take over, "
                                     "or bookings are being written just now."));
    else
        visit->problem = visit_say(
            visit, MESSAGE("Nothing was done: the colleague has a booking at one of these "
                           "times already, or bookings are being written just now."));
    ask_person(visit, true);
}

static void ask_person(struct visit *visit, bool forecast)
{
    const struct leaving *l = visit->gathered;
    struct user_remove_ask ask = {
        .account = visit->session->account, .email = l->email, .forecast = forecast};
    if (!forecast)
        ask.hand_over_to = text_trim(form_find(&l->form, "to"));
    person_ask(visit, WIRE_user_remove, &ask, forecast ? DOOR_READ : DOOR_WRITE,
               forecast ? show_person : person_removed);
}

static void leave(struct visit *visit)
{
    if (read_leaving(visit, false)) {
        const struct leaving *l = visit->gathered;
        ask_person(visit, !l->was_sent || !is_sure(visit));
    }
}

void leave_get(struct visit *visit)
{
    session_need_fresh(visit, leave);
}

void leave_post(struct visit *visit)
{
    session_need_fresh(visit, leave);
}

static void account_removed(struct visit *visit, const struct told *told)
{
    const struct account_remove_answer *done = told->answer;
    if (is_undone(told->status))
        frame_refuse(visit, FRAME_SETTINGS, told);
    else
        send_certificate(visit, told->status == OK ? &done->erasure : NULL);
}

static void remove_account(struct visit *visit)
{
    if (!read_leaving(visit, true))
        return;
    const struct leaving *l = visit->gathered;
    bool forecast = !l->was_sent || !is_sure(visit);
    struct account_remove_ask ask = {visit->session->account, forecast};
    person_ask(visit, WIRE_account_remove, &ask, forecast ? DOOR_READ : DOOR_WRITE,
               forecast ? show_account : account_removed);
}

void account_remove_get(struct visit *visit)
{
    session_need_fresh(visit, remove_account);
}

void account_remove_post(struct visit *visit)
{
    session_need_fresh(visit, remove_account);
}
