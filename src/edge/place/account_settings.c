/* SPDX-License-Identifier: ISC
 *
 * What stands on all pages of an account, and where they may stand. For administrators.
 *
 *     GET  /settings/account
 *     POST /settings/account    imprint, privacy, sites: two questions, in this order
 */
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"

/* What was typed, between the questions. */
struct typed {
    struct form form;
    bool was_sent;
};

static struct typed *typed(struct visit *visit)
{
    if (!visit->gathered)
        visit->gathered = ARENA_NEW(&visit->arena, struct typed);
    return visit->gathered;
}

static struct field_view field(struct visit *visit, const char *name, struct message label,
                               struct message hint, struct text stored)
{
    const struct typed *t = typed(visit);
    return (struct field_view){.name = name,
                               .label = visit_say(visit, label),
                               .hint = visit_say(visit, hint),
                               .type = "text",
                               .value = t->was_sent ? form_find(&t->form, name) : stored,
                               .longest = MAX_PATH - 1,
                               .is_optional = true};
}

static void show(struct visit *visit, const struct told *told)
{
    const struct account_show_answer *account = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct account_settings_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Account"))),
        .is_owner = visit->session->role == USER_OWNER,
        .imprint =
            field(visit, "imprint", MESSAGE("Imprint"),
                  MESSAGE("An address of your website, such as "
                          "https://www.example.ch/imprint. Each booking page links to it."),
                  account->imprint),
        .privacy = field(visit, "privacy", MESSAGE("Privacy notice"),
                         MESSAGE("Likewise. Customers can read it before they book."),
                         account->privacy),
        .sites = field(visit, "sites", MESSAGE("Sites that may show your pages"),
                       MESSAGE("Such as https://www.example.ch, a space between two. Empty: "
                               "your pages stand on no other site."),
                       account->sites),
    };
    FRAME_SEND(visit, visit->problem ? 422 : 200, web_account_settings, &view);
}

static void look(struct visit *visit)
{
    struct account_show_ask ask = {visit->session->account, visit->session->email};
    if (visit->session->role < USER_ADMINISTRATOR)
        visit_fail_http(visit, 404);
    else
        person_ask(visit, WIRE_account_show, &ask, DOOR_READ, show);
}

void account_settings_get(struct visit *visit)
{
    session_need(visit, look);
}

/* ---- changing ---- */

static bool is_refused(struct visit *visit, const struct told *told, struct message problem)
{
    if (told->status == OK)
        return false;
    visit->problem = visit_say(visit, problem);
    if (told->status == ERR_INVALID)
        look(visit);
    else
        frame_refuse(visit, FRAME_SETTINGS, told);
    return true;
}

static void put_sites(struct visit *visit, const struct told *told)
{
    if (!is_refused(visit, told,
                    MESSAGE("A site is an https address without anything behind its name.")))
        visit_see_other(visit, "/settings/account?done=saved");
}

static void put_links(struct visit *visit, const struct told *told)
{
    if (is_refused(visit, told,
                   MESSAGE("An address begins with https:// and has no spaces or quotes.")))
        return;
    struct account_sites_ask ask = {
        visit->session->account,
        text_first(text_trim(form_find(&typed(visit)->form, "sites")), MAX_PATH)};
    person_ask(visit, WIRE_account_sites, &ask, DOOR_WRITE, put_sites);
}

static void change(struct visit *visit)
{
    struct form *form = &typed(visit)->form;
    if (!session_form(visit, form) || !session_is_own_form(visit, form))
        return;
    typed(visit)->was_sent = true;
    struct account_links_ask ask = {
        visit->session->account, text_first(text_trim(form_find(form, "imprint")), MAX_PATH),
        text_first(text_trim(form_find(form, "privacy")), MAX_PATH)};
    person_ask(visit, WIRE_account_links, &ask, DOOR_WRITE, put_links);
}

void account_settings_post(struct visit *visit)
{
    session_need(visit, change);
}
