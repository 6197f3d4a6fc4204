/* SPDX-License-Identifier: ISC
 *
 * What customers see, in every state, from a page and times that are made up.
 */
#include "base/limits.h"
#include "edge/customer/parts.h"
#include "edge/language.h"
#include "edge/style/style.h"
#include "edge/web.h"
#include "lang/message.h"

enum {
    DAYS = 4,
    SLOTS_A_DAY = 6,
    SLOTS = DAYS * SLOTS_A_DAY,
    SLOT_S = 1800,
    DAY_S = 86400,
    MORNING_S = 8 * 3600
};
enum { NEIGHBOURS = 4 };

enum page_how {
    PAGE_FREE = 1,
    PAGE_CHOSEN = 2,
    PAGE_ASKS = 4, /* questions of its own */
    PAGE_WRONG = 8,
    PAGE_TAKEN = 16,
};

enum own_how {
    OWN_GOOD = 1,
    OWN_WAITS = 2,
    OWN_ENDED = 4,
    OWN_CANCELS = 8,
    OWN_CONFIRMS = 16,
    OWN_PROBLEM = 32
};

/* What all of them are made of. */
struct sample {
    struct page_public page;
    struct slot slots[SLOTS];
    size_t n_slots;
    struct month_query query;
    struct month_links links;
    const struct zone *zone, *page_zone;
};

static void fill_sample(struct visit *visit, const struct style_state *state, bool is_free,
                        struct sample *sample)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    *sample = (struct sample){
        .page = {.account_name = TEXT("Practice GmbH"),
                 .title = TEXT("A first conversation"),
                 .description = TEXT("Half an hour to find out whether we can help."),
                 .host_name = TEXT("Anna Host"),
                 .location = TEXT("By video"),
                 .zone = TEXT("Europe/Zurich"),
                 .duration_min = SLOT_S / 60},
        .n_slots = is_free ? SLOTS : 0,
        .links = {.path = style_path(visit, state),
                  .lang = visit->lang,
                  .language = visit->language},
    };
    int64_t morning = visit->now.s / DAY_S * DAY_S + DAY_S + MORNING_S;
    for (int i = 0; i < SLOTS; i++) {
        int64_t start =
            morning + (int64_t)(i / SLOTS_A_DAY) * DAY_S + (int64_t)(i % SLOTS_A_DAY) * SLOT_S;
        sample->slots[i] = (struct slot){{start}, {start + SLOT_S}};
    }
    parts_query(&form, visit->edge->zones, &sample->query);
    sample->query.has_start = false;
    sample->links.zone_name = sample->query.zone_name;
    sample->page_zone = parts_page_zone(visit->edge->zones, &sample->page);
    sample->zone = sample->query.zone ? sample->query.zone : sample->page_zone;
}

/* ---- the booking page ---- */

static void fill_form(struct visit *visit, unsigned how, struct form_view *form)
{
    static const struct question questions[] = {
        {.label = {"Company", 7}, .kind = QUESTION_LINE},
        {.label = {"What is it about?", 17}, .kind = QUESTION_TEXT, .required = true},
        {.label = {"How shall we meet?", 18},
         .kind = QUESTION_CHOICE,
         .required = true,
         .choices = {"By video\nBy telephone\nAt your office", 37}},
        {.label = {"I have read the terms.", 22}, .kind = QUESTION_CONSENT, .required = true},
    };
    struct customer_form typed = {0};
    *form = (struct form_view){.action = "/style",
                               .key = TEXT("style"),
                               .name = TEXT("Max Muster"),
                               .email = TEXT("max@example.org")};
    parts_questions(&visit->arena, visit->language, questions,
                    how & PAGE_ASKS ? sizeof questions / sizeof *questions : 0, &typed, NULL,
                    form);
    if (!(how & PAGE_WRONG))
        return;
    form->has_errors = true;
    form->name = TEXT("");
    form->email = TEXT("max at example");
    form->name_error = parts_name_error(visit->language, form->name);
    form->email_error = parts_email_error(visit->language, form->email);
    for (size_t i = 0; i < form->n_questions; i++)
        form->questions[i].error = form->questions[i].is_required
                                       ? visit_say(visit, MESSAGE("Please answer this."))
                                       : NULL;
}

static void write_page(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct arena *a = &visit->arena;
    struct sample s;
    fill_sample(visit, state, state->how & PAGE_FREE, &s);
    struct page_view view = {
        .head = visit_head(visit, text_from(state->title)),
        .offer = parts_offer(a, visit->language, &s.page),
        .zones = parts_zones(a, &visit->edge->zone_choices, s.zone, s.page_zone, &s.query,
                             &s.links, visit->now),
        .month = month_lay_out(a, s.slots, s.n_slots, &s.query, &s.links, s.zone, visit->now),
        .has_choice = state->how & PAGE_CHOSEN,
        .is_taken = state->how & PAGE_TAKEN,
        .back_href = s.links.path,
        .chosen = month_when(a, visit->language, s.slots[1], s.zone, s.page_zone),
    };
    fill_form(visit, state->how, &view.form);
    if (view.is_taken)
        view.n_neighbours = month_neighbours(a, s.slots, s.n_slots, s.slots[NEIGHBOURS].start,
                                             NEIGHBOURS, &s.links, s.zone, &view.neighbours);
    language_offer(visit, &view.head, s.links.path);
    web_page(out, &view);
}

/* ---- a booking, and moving it ---- */

static void write_own(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct arena *a = &visit->arena;
    unsigned how = state->how;
    struct sample s;
    fill_sample(visit, state, true, &s);
    static struct answer answers[] = {{.question = {"Company", 7}, .answer = {"Muster AG", 9}}};
    bool is_good = how & OWN_GOOD;
    struct own_view view = {
        .head = visit_head(visit, text_from(state->title)),
        .offer = parts_offer(a, visit->language, &s.page),
        .when = month_when(a, visit->language, s.slots[1], s.zone, s.page_zone),
        .customer_name = TEXT("Max Muster"),
        .customer_email = TEXT("max@example.org"),
        .answers = answers,
        .n_answers = 1,
        .is_good = is_good,
        .is_waiting = how & OWN_WAITS,
        .is_ended = how & OWN_ENDED,
        .can_change = is_good,
        .can_move = is_good,
        .has_entry = is_good,
        .asks_confirm = how & OWN_CONFIRMS,
        .asks_cancel = how & OWN_CANCELS,
        .asks_reason = true,
        .needs_reason = how & OWN_CANCELS,
        .reason = how & OWN_ENDED ? TEXT("I am on a train.") : TEXT(""),
        .action = "/style",
        .move_href = "/style/move",
        .cancel_href = "/style/cancel",
        .again_href = "/style/month",
        .calendar_href = "/style",
        .google_href = "/style",
        .outlook_href = "/style",
    };
    view.heading = is_good           ? visit_say(visit, MESSAGE("Your booking is confirmed"))
                   : how & OWN_ENDED ? visit_say(visit, MESSAGE("This booking is cancelled"))
                   : how & OWN_CONFIRMS
                       ? visit_say(visit, MESSAGE("Please confirm your booking"))
                       : visit_say(visit, MESSAGE("Your booking is being checked"));
    view.explanation =
        is_good ? visit_say(visit, MESSAGE("Nothing else is needed. Keep this page's address: "
                                           "with it you can move or cancel."))
        : how & OWN_ENDED
            ? visit_say(visit,
                        MESSAGE("The time is free again. Nothing else needs to be done."))
            : visit_say(visit, MESSAGE("The time is held for you for a short while. Nothing is "
                                       "booked until you press the button."));
    if (how & OWN_CANCELS)
        view.reason_error = visit_say(visit, MESSAGE("Please answer this."));
    if (how & OWN_PROBLEM)
        view.problem = visit_say(visit, MESSAGE("This time is no longer available."));
    language_offer(visit, &view.head, s.links.path);
    web_own(out, &view);
}

static void write_move(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct arena *a = &visit->arena;
    struct sample s;
    fill_sample(visit, state, true, &s);
    struct move_view view = {
        .head = visit_head(visit, text_from(state->title)),
        .offer = parts_offer(a, visit->language, &s.page),
        .when = month_when(a, visit->language, s.slots[1], s.zone, s.page_zone),
        .zones = parts_zones(a, &visit->edge->zone_choices, s.zone, s.page_zone, &s.query,
                             &s.links, visit->now),
        .month = month_lay_out(a, s.slots, s.n_slots, &s.query, &s.links, s.zone, visit->now),
        .has_choice = state->how & PAGE_CHOSEN,
        .is_taken = state->how & PAGE_TAKEN,
        .chosen = month_when(a, visit->language, s.slots[2], s.zone, s.page_zone),
        .action = "/style",
        .own_href = "/style/confirmed",
        .back_href = "/style/move",
    };
    if (view.is_taken)
        view.n_neighbours = month_neighbours(a, s.slots, s.n_slots, s.slots[NEIGHBOURS].start,
                                             NEIGHBOURS, &s.links, s.zone, &view.neighbours);
    language_offer(visit, &view.head, s.links.path);
    web_move(out, &view);
}

const struct style_state style_customer_states[STYLE_CUSTOMER_STATES] = {
    {"month", "A time to choose", write_page, PAGE_FREE},
    {"nothing", "No time to choose", write_page, 0},
    {"form", "A time is chosen", write_page, PAGE_FREE | PAGE_CHOSEN},
    {"questions", "The page has questions", write_page, PAGE_FREE | PAGE_CHOSEN | PAGE_ASKS},
    {"mistakes", "Something is missing", write_page,
     PAGE_FREE | PAGE_CHOSEN | PAGE_ASKS | PAGE_WRONG},
    {"taken", "The time went away", write_page, PAGE_FREE | PAGE_TAKEN},
    {"taken-all", "The time went away, and all near it", write_page, PAGE_TAKEN},
    {"confirmed", "A booking", write_own, OWN_GOOD},
    {"checked", "A booking that waits for the calendar", write_own, OWN_WAITS},
    {"unverified", "A booking to confirm", write_own, OWN_WAITS | OWN_CONFIRMS},
    {"cancel", "A booking to cancel", write_own, OWN_GOOD | OWN_CANCELS},
    {"problem", "A booking that could not be changed", write_own, OWN_GOOD | OWN_PROBLEM},
    {"cancelled", "A booking that is cancelled", write_own, OWN_ENDED},
    {"move", "Another time for a booking", write_move, PAGE_FREE},
    {"move-chosen", "Another time is chosen", write_move, PAGE_FREE | PAGE_CHOSEN},
    {"move-taken", "The other time went away", write_move, PAGE_FREE | PAGE_TAKEN},
};
