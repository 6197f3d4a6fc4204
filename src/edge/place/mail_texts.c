/* SPDX-License-Identifier: ISC
 *
 * What an account's mails say of their own: sender, address for answers, and a paragraph for each kind of mail, by
 * language. For administrators.
 *
 *     GET  /settings/mails?lang=de    as it is
 *     POST /settings/mails            lang, from, reply-to, text0 ... text3: one question each, in their order
 */
#include "edge/failure.h"
#include "edge/language.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"

static const struct {
    enum mail_kind kind;
    struct message label;
    const char *name;
} texts[] = {
    {MAIL_CONFIRMED, MESSAGE("A booking is confirmed"), "text0"},
    {MAIL_MOVED, MESSAGE("A booking has a new time"), "text1"},
    {MAIL_CANCELLED, MESSAGE("A booking is cancelled"), "text2"},
    {MAIL_REMINDER, MESSAGE("A reminder"), "text3"},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static const char *const languages[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "English",
    [LANGUAGE_DE] = "Deutsch",
    [LANGUAGE_FR] = "Fran\u00e7ais",
    [LANGUAGE_IT] = "Italiano",
    [LANGUAGE_AR] = "\u0627\u0644\u0639\u0631\u0628\u064a\u0629"};

/* What was typed, between the questions. */
struct texts {
    enum language language;
    struct form form;
    size_t n_put;
};

static const char *address_of(struct visit *visit, enum language language, const char *more)
{
    return arena_printf(&visit->arena, "/settings/mails?of=%s%s", language_tag(language), more);
}

static void read_language(struct texts *of, const struct form *form)
{
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        if (text_equal(form_find(form, "of"), text_from(language_tag((enum language)i))))
            of->language = (enum language)i;
}

/* ---- showing ---- */

static struct text text_of(const struct account_mail_answer *own, enum mail_kind kind,
                           enum language language)
{
    for (size_t i = 0; i < own->n_texts; i++)
        if (own->texts[i].kind == kind && own->texts[i].language == language)
            return own->texts[i].text;
    return (struct text){0};
}

static struct field_view address_field(struct visit *visit, const char *name,
                                       struct message label, struct message hint,
                                       struct text value)
{
    return (struct field_view){.name = name,
                               .label = visit_say(visit, label),
                               .hint = visit_say(visit, hint),
                               .type = "email",
                               .value = value,
                               .longest = MAX_EMAIL,
                               .is_optional = true};
}

static void show(struct visit *visit, const struct told *told)
{
    const struct account_mail_answer *own = told->answer;
    const struct texts *of = visit->gathered;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct mail_texts_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Mail texts"))),
        .tabs = {.label = visit_say(visit, MESSAGE("Language")),
                 .tabs = ARENA_ARRAY(&visit->arena, LANGUAGE_COUNT, struct tab_view)},
        .language = language_tag(of->language),
        .from = address_field(visit, "from", MESSAGE("Sender"),
                              MESSAGE("Empty: the operator's address."), own->from),
        .reply_to = address_field(visit, "reply-to", MESSAGE("Answers go to"),
                                  MESSAGE("Empty: to the sender."), own->reply_to),
        .texts = ARENA_ARRAY(&visit->arena, TEXTS, struct field_view),
    };
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        view.tabs.tabs[view.tabs.n_tabs++] =
            (struct tab_view){.label = languages[i],
                              .href = address_of(visit, (enum language)i, ""),
                              .is_here = i == (int)of->language};
    for (size_t i = 0; i < TEXTS; i++)
        view.texts[view.n_texts++] =
            (struct field_view){.name = texts[i].name,
                                .label = visit_say(visit, texts[i].label),
                                .value = text_of(own, texts[i].kind, of->language),
                                .longest = MAX_NOTE,
                                .rows = 3,
                                .is_optional = true};
    FRAME_SEND(visit, 200, web_mail_texts, &view);
}

static void look(struct visit *visit)
{
    struct texts *of = visit->gathered = ARENA_NEW(&visit->arena, struct texts);
    of->language = visit->language;
    frame_query(visit, &of->form);
    read_language(of, &of->form);
    struct account_mail_ask ask = {.account = visit->session->account};
    person_ask(visit, WIRE_account_mail, &ask, DOOR_READ, show);
}

void mail_texts_get(struct visit *visit)
{
    session_need(visit, look);
}

/* ---- changing ---- */

static void put_next(struct visit *visit);

static void put_one(struct visit *visit, const struct told *told)
{
    struct texts *of = visit->gathered;
    if (told->status != OK)
        frame_refuse(visit, FRAME_SETTINGS, told);
    else if (++of->n_put < TEXTS)
        put_next(visit);
    else
        visit_see_other(visit, address_of(visit, of->language, "&done=saved"));
}

static void put_next(struct visit *visit)
{
    const struct texts *of = visit->gathered;
    bool is_first = of->n_put == 0;
    struct account_mail_ask ask = {
        .account = visit->session->account,
        .sets_from = is_first,
        .from = text_trim(form_find(&of->form, "from")),
        .sets_reply_to = is_first,
        .reply_to = text_trim(form_find(&of->form, "reply-to")),
        .sets_text = true,
        .kind = texts[of->n_put].kind,
        .language = of->language,
        .text = text_trim(form_find(&of->form, texts[of->n_put].name)),
    };
    person_ask(visit, WIRE_account_mail, &ask, DOOR_WRITE, put_one);
}

static void change(struct visit *visit)
{
    struct texts *of = visit->gathered = ARENA_NEW(&visit->arena, struct texts);
    if (!session_form(visit, &of->form) || !session_is_own_form(visit, &of->form))
        return;
    read_language(of, &of->form);
    put_next(visit);
}

void mail_texts_post(struct visit *visit)
{
    session_need(visit, change);
}
