/* SPDX-License-Identifier: ISC
 *
 * Colour and logo of an account's pages. For administrators.
 *
 *     GET  /settings/look
 *     POST /settings/look    own_colour, colour, removes, and a file: multipart/form-data
 *
 * The picture's head is read here, so that the vault keeps nothing but what is one and says beforehand how large it is.
 */
#include "edge/customer/look.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "format/colour.h"
#include "wire/image.h"

#define OWN_COLOUR "1f6f5c" /* as web/style.css has it */

/* What was typed, and what is wrong with it. */
struct typed {
    struct form form;
    struct text file;
    const char *colour_error, *file_error;
    bool was_sent;
};

static struct typed *typed(struct visit *visit)
{
    if (!visit->gathered)
        visit->gathered = ARENA_NEW(&visit->arena, struct typed);
    return visit->gathered;
}

/* ---- showing ---- */

static const char *named(struct visit *visit, struct colour colour)
{
    char *text = arena_alloc(&visit->arena, COLOUR_SIZE);
    colour_format(colour, text);
    return text;
}

static bool is_same(struct colour one, struct colour other)
{
    return one.red == other.red && one.green == other.green && one.blue == other.blue;
}

static void add_samples(struct visit *visit, struct colour chosen, struct look_view *view)
{
    static const struct {
        struct message name;
        const char *paper, *line, *text;
    } schemes[2] = {{MESSAGE("On light screens"), "#ffffff", "#dde2e7", "#16202c"},
                    {MESSAGE("On dark screens"), "#1a2129", "#323c48", "#eef1f4"}};
    view->samples = ARENA_ARRAY(&visit->arena, 2, struct sample_view);
    view->is_corrected = true;
    for (int dark = 0; dark < 2; dark++) {
        struct palette palette = colour_palette(chosen, dark);
        view->is_corrected = view->is_corrected && !is_same(palette.accent, chosen);
        view->samples[view->n_samples++] =
            (struct sample_view){.name = visit_say(visit, schemes[dark].name),
                                 .paper = schemes[dark].paper,
                                 .line = schemes[dark].line,
                                 .text = schemes[dark].text,
                                 .accent = named(visit, palette.accent),
                                 .ink = named(visit, palette.ink),
                                 .soft = named(visit, palette.soft),
                                 .left = 248 * dark};
    }
}

static void add_fields(struct visit *visit, const struct page_look *look, struct text colour,
                       bool has_own, struct look_view *view)
{
    view->own_colour = (struct field_view){
        .name = "own_colour",
        .label = visit_say(visit, MESSAGE("Use a colour of our own")),
        .hint = visit_say(visit, MESSAGE("Where text in it could not be read well, pages use "
                                         "the nearest shade of it that can.")),
        .is_box = true,
        .is_set = has_own};
    view->colour = (struct field_view){.name = "colour",
                                       .label = visit_say(visit, MESSAGE("Colour")),
                                       .type = "color",
                                       .value = colour,
                                       .is_narrow = true};
    view->file = (struct field_view){
        .name = "logo",
        .label = look->logo.n ? visit_say(visit, MESSAGE("Another logo"))
                              : visit_say(visit, MESSAGE("Logo")),
        .hint = visit_say(visit, MESSAGE("A PNG or WebP picture of at most 12 KB and 1024 "
                                         "pixels each way. Pages show it 56 pixels high.")),
        .type = "file",
        .is_optional = true};
    view->removes =
        (struct field_view){.name = "removes",
                            .label = visit_say(visit, MESSAGE("Show no logo any more")),
                            .is_box = true};
}

static void show(struct visit *visit, const struct told *told)
{
    const struct account_show_answer *account = told->answer;
    const struct typed *t = typed(visit);
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    struct text stored = account->look.accent.n ? account->look.accent : TEXT(OWN_COLOUR);
    struct text value = t->was_sent ? form_find(&t->form, "colour") : stored;
    struct colour colour;
    if (colour_parse(value, &colour) != OK && colour_parse(stored, &colour) != OK) {
        visit_fail(visit, ERR_INVALID);
        return;
    }
    struct look_view view = {.frame = frame_fill(visit, FRAME_SETTINGS,
                                                 visit_say(visit, MESSAGE("Colour and logo"))),
                             .logo = look_logo(&visit->arena, account->slug, &account->look)};
    bool has_own =
        t->was_sent ? form_find(&t->form, "own_colour").n > 0 : account->look.accent.n > 0;
    add_fields(visit, &account->look, text_from(named(visit, colour)), has_own, &view);
    add_samples(visit, colour, &view);
    view.is_corrected = view.is_corrected && has_own;
    if (t->colour_error)
        frame_problem(visit, &view.frame, &view.colour, t->colour_error);
    if (t->file_error)
        frame_problem(visit, &view.frame, &view.file, t->file_error);
    FRAME_SEND(visit, view.frame.n_problems || visit->problem ? 422 : 200, web_look, &view);
}

static void look(struct visit *visit)
{
    struct account_show_ask ask = {visit->session->account, visit->session->email};
    if (visit->session->role < USER_ADMINISTRATOR)
        visit_fail_http(visit, 404);
    else
        person_ask(visit, WIRE_account_show, &ask, DOOR_READ, show);
}

void account_look_get(struct visit *visit)
{
    session_need(visit, look);
}

/* ---- changing ---- */

static const char *why_no_logo(struct visit *visit, enum status status)
{
    switch (status) {
    case OK:
        return NULL;
    case ERR_UNSUPPORTED:
        return visit_say(visit, MESSAGE("This is neither a PNG nor a WebP picture."));
    case ERR_LIMIT:
        return visit_say(visit, MESSAGE("This picture is too large: 12 KB and 1024 pixels each "
                                        "way at most."));
    default:
        return visit_say(visit, MESSAGE("This picture is not whole, or it moves."));
    }
}

static void changed(struct visit *visit, const struct told *told)
{
    if (told->status == OK)
        visit_see_other(visit, "/settings/look?done=saved");
    else
        frame_refuse(visit, FRAME_SETTINGS, told);
}

/* Read what was typed into a question; false: something of it is wrong, and marked. */
static bool read_look(struct visit *visit, struct typed *t, struct account_look_ask *ask)
{
    struct image image = {0};
    struct colour colour;
    bool has_own = form_find(&t->form, "own_colour").n > 0;
    bool removes = form_find(&t->form, "removes").n > 0;
    if (has_own && colour_parse(form_find(&t->form, "colour"), &colour) != OK)
        t->colour_error =
            visit_say(visit, MESSAGE("A colour is six hexadecimal figures, such as #1f6f5c."));
    else if (has_own) /* "#1f6f5c" -> "1f6f5c" */
        ask->accent = (struct text){named(visit, colour) + 1, MAX_COLOUR};
    if (t->file.n)
        t->file_error = why_no_logo(visit, image_read(t->file, &image, NULL));
    ask->account = visit->session->account;
    ask->keeps_logo = !t->file.n && !removes;
    ask->logo = t->file_error ? (struct text){0} : t->file;
    ask->kind = image.kind;
    ask->width = image.width;
    ask->height = image.height;
    return !t->colour_error && !t->file_error;
}

static void change(struct visit *visit)
{
    struct typed *t = typed(visit);
    struct account_look_ask ask = {0};
    if (!session_form_file(visit, &t->form, &t->file) || !session_is_own_form(visit, &t->form))
        return;
    t->was_sent = true;
    if (read_look(visit, t, &ask))
        person_ask(visit, WIRE_account_look, &ask, DOOR_WRITE, changed);
    else
        look(visit);
}

void account_look_post(struct visit *visit)
{
    session_need(visit, change);
}
