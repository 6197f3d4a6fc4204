/* SPDX-License-Identifier: ISC
 *
 * /style, in the demo alone: every component in every state, drawn by the templates that draw the real ones, from views that
 * are made up. The components of signed-in people stand on one page, in English; what fills a screen of its own
 * stands at /style/STATE. No form of theirs leads anywhere: their address takes no POST.
 */
#include "edge/style/style.h"

#include "edge/place/frame.h"
#include "edge/route.h"
#include "edge/web.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- the frame around signed-in people's ---- */

struct frame_view style_frame(struct visit *visit, const char *heading)
{
    static struct entry_view entries[] = {
        {.label = "Today", .href = "/style", .icon = "today", .is_here = true},
        {.label = "Bookings", .href = "/style/month", .icon = "bookings", .count = 3},
        {.label = "Pages", .href = "/style/form", .icon = "pages"},
        {.label = "Calendar", .href = "/style/confirmed", .icon = "calendar"},
        {.label = "Team", .href = "/style/gone", .icon = "team", .is_rest = true},
        {.label = "Settings",
         .href = "/style/refused",
         .icon = "settings",
         .count = 1,
         .is_rest = true},
    };
    struct frame_view frame = {
        .head = visit_head(visit, text_from(heading)),
        .heading = heading,
        .person = TEXT("Anna Host"),
        .account_name = TEXT("Practice GmbH"),
        .entries = entries,
        .n_entries = COUNT(entries),
        .has_rest = true,
    };
    frame.head.is_place = true;
    frame.head.is_private = true;
    frame.head.language = LANGUAGE_EN;
    frame.head.lang = "en";
    frame.head.is_rtl = false;
    return frame;
}

/* ---- the page ---- */

static struct style_link_view *links_of(struct visit *visit, size_t *ret_n)
{
    size_t n = STYLE_CUSTOMER_STATES + STYLE_PLACE_STATES;
    struct style_link_view *links = ARENA_ARRAY(&visit->arena, n, struct style_link_view);
    for (size_t i = 0; i < n; i++) {
        const struct style_state *state = i < STYLE_CUSTOMER_STATES
                                              ? &style_customer_states[i]
                                              : &style_place_states[i - STYLE_CUSTOMER_STATES];
        links[i] = (struct style_link_view){style_path(visit, state), state->title};
    }
    *ret_n = n;
    return links;
}

static struct field_view fields[] = {
    {.name = "plain",
     .label = "A line",
     .type = "text",
     .value = {"Anna Host", 9},
     .is_required = true},
    {.name = "hinted",
     .label = "With a hint",
     .type = "email",
     .hint = "One sentence, below.",
     .is_optional = true},
    {.name = "wrong",
     .label = "One that is wrong",
     .type = "text",
     .value = {"half", 4},
     .error = "What is wrong of it."},
    {.name = "secret", .label = "A password", .type = "password", .autocomplete = "off"},
    {.name = "number",
     .label = "A number",
     .type = "number",
     .value = {"30", 2},
     .unit = "minutes",
     .least = "5",
     .most = "480",
     .is_narrow = true},
    {.name = "lines",
     .label = "Several lines",
     .rows = 3,
     .longest = 400,
     .hint = "One a line."},
    {.name = "one",
     .label = "One of several",
     .is_choice = true,
     .n_choices = 2,
     .choices =
         (struct choice_of_view[]){{"a", "The first", false}, {"b", "The second", true}}},
    {.name = "box",
     .label = "A box to tick",
     .hint = "And what it means.",
     .is_box = true,
     .is_set = true},
    {.name = "wrong-box",
     .label = "A box that has to be ticked",
     .is_box = true,
     .error = "Please tick it."},
};

static struct mark_view marks[] = {{"good", "In order"},
                                   {"warn", "Take care"},
                                   {"bad", "Does not work"},
                                   {"wait", "Being looked at"},
                                   {"off", "Not looked at"}};

static struct step_view steps[] = {
    {.mark = {"good", "in order"},
     .name = "dns",
     .detail = {"mail.practice.example -> 192.0.2.10", 35}},
    {.mark = {"warn", "take care"},
     .name = "tls",
     .detail = {"The certificate ends in 9 days.", 31}},
    {.mark = {"bad", "does not work"},
     .name = "sign-in",
     .detail = {"The server refused the password.", 32},
     .fix = {"Replace the password of the connection.", 39},
     .href = "/style",
     .action = "Replace it"},
    {.mark = {"wait", "being looked at"}, .name = "mailbox"},
    {.mark = {"off", "not looked at"}, .name = "calendar"},
};

static struct tab_view tabs[] = {{"Coming", "/style", 0, true},
                                 {"Past", "/style/month", 0, false},
                                 {"Needs attention", "/style/form", 2, false}};

void style_get(struct visit *visit)
{
    static struct problem_view problem = {"wrong", "One that is wrong: what is wrong of it."};
    if (!visit->edge->config.demo) {
        visit_fail_http(visit, 404);
        return;
    }
    struct style_view view = {
        .frame = style_frame(visit, "Style"),
        .marks = marks,
        .n_marks = COUNT(marks),
        .steps = {.steps = steps, .n_steps = COUNT(steps)},
        .tabs = {.label = "Bookings by time", .tabs = tabs, .n_tabs = COUNT(tabs)},
        .pager = {"/style/month", "/style/form", "Earlier", "Later"},
        .empty = {"No calendar is connected yet", "What such a list is for, in a sentence.",
                  "/style", "Connect a calendar"},
        .plain_empty = {"Nothing needs attention", "What does stands here.", NULL, NULL},
        .fields = fields,
        .n_fields = COUNT(fields),
    };
    view.frame.done = "Saved.";
    view.frame.problem = "Not saved: what happened, and what to do.";
    view.frame.problems = &problem;
    view.frame.n_problems = 1;
    view.links = links_of(visit, &view.n_links);
    FRAME_SEND(visit, 200, web_style, &view);
}

const char *style_path(struct visit *visit, const struct style_state *state)
{
    return arena_printf(&visit->arena, "/style/%s", state->name);
}

static const struct style_state *find_state(struct text name)
{
    for (size_t i = 0; i < STYLE_CUSTOMER_STATES; i++)
        if (text_equal(name, text_from(style_customer_states[i].name)))
            return &style_customer_states[i];
    for (size_t i = 0; i < STYLE_PLACE_STATES; i++)
        if (text_equal(name, text_from(style_place_states[i].name)))
            return &style_place_states[i];
    return NULL;
}

void style_state_get(struct visit *visit)
{
    const struct style_state *state =
        visit->edge->config.demo ? find_state(visit->parts[1]) : NULL;
    if (!state) {
        visit_fail_http(visit, 404);
        return;
    }
    struct http_response response;
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    state->write(visit, state, &response.body);
    visit_send(visit, &response);
}
