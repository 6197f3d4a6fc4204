/* SPDX-License-Identifier: ISC
 *
 * What customers see, in every state, from a page and times that are made up.
 */
#include "base/limits.h"
#include "edge/customer/look.h"
#include "edge/customer/own.h"
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
    PAGE_LOOK = 32, /* of an account with a colour of its own */
    PAGE_PREVIEW = 64,
    PAGE_LONG = 128, /* names that hardly fit */
};

enum own_how {
    OWN_CANCELS = 1,
    OWN_UNANSWERED = 2, /* the question why was left empty */
    OWN_PROBLEM = 4,
    OWN_PAST = 8,
    OWN_TOO_LATE = 16,
    OWN_STATE = 32, /* times enum booking_state */
    OWN_END = 512,  /* times enum ended */
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

static void vary(unsigned how, struct page_public *page)
{
    if (how & PAGE_LOOK)
        page->look.accent = TEXT("8b1e3f");
    if (how & PAGE_LONG) {
        page->account_name = TEXT("Gemeinschaftspraxis f\u00fcr Rechtsberatung Wallisellen-"
                                  "Dietlikon und Umgebung");
        page->title =
            TEXT("Erstberatungsgespr\u00e4ch zur Grundst\u00fccksverkehrsgenehmigung");
        page->host_name = TEXT("Dr. Maximiliane-Friederike von Hohenstein-Schwarzenberg");
        page->location =
            TEXT("https://video.example.org/room/0123456789abcdef0123456789abcdef");
    }
}

static void write_page(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct arena *a = &visit->arena;
    struct sample s;
    fill_sample(visit, state, state->how & PAGE_FREE, &s);
    vary(state->how, &s.page);
    struct page_view view = {
        .head = parts_head(a, visit_head(visit, text_from(state->title)), &s.page),
        .offer = parts_offer(a, visit->language, &s.page),
        .zones = parts_zones(a, &visit->edge->zone_choices, s.zone, s.page_zone, &s.query,
                             &s.links, visit->now),
        .month = month_lay_out(a, s.slots, s.n_slots, &s.query, &s.links, s.zone, visit->now),
        .has_choice = state->how & PAGE_CHOSEN,
        .is_taken = state->how & PAGE_TAKEN,
        .is_preview = state->how & PAGE_PREVIEW,
        .back_href = s.links.path,
        .chosen = month_when(a, visit->language, s.slots[1], s.zone, s.page_zone),
    };
    if (state->how & PAGE_LOOK) /* a picture that is there */
        view.offer.logo = (struct logo_view){"/favicon.ico", 56, 56};
    fill_form(visit, state->how, &view.form);
    if (view.is_taken)
        view.n_neighbours = month_neighbours(a, s.slots, s.n_slots, s.slots[NEIGHBOURS].start,
                                             NEIGHBOURS, &s.links, s.zone, &view.neighbours);
    language_offer(visit, &view.head, s.links.path);
    web_page(out, &view);
}

/* ---- a booking, and moving it ---- */

static struct booking_public booking_of(struct visit *visit, const struct sample *s,
                                        unsigned how)
{
    static struct answer answers[] = {{.question = {"Company", 7}, .answer = {"Muster AG", 9}}};
    int64_t shift_s = how & OWN_PAST ? -7 * DAY_S : 0;
    struct booking_public booking = {
        .state = (enum booking_state)(how / OWN_STATE % (OWN_END / OWN_STATE)),
        .ended = (enum ended)(how / OWN_END),
        .start = {s->slots[1].start.s + shift_s},
        .end = {s->slots[1].end.s + shift_s},
        .page = s->page,
        .customer = {.name = TEXT("Max Muster"),
                     .email = TEXT("max@example.org"),
                     .answers = answers,
                     .n_answers = 1},
    };
    booking.page.ask_reason = ASK_REASON_REQUIRED;
    if (how & OWN_TOO_LATE)
        booking.changes_until = visit->now;
    if (booking.state == BOOKING_CANCELLED)
        booking.reason = TEXT("I am on a train.");
    return booking;
}

static void write_own(struct visit *visit, const struct style_state *state, struct buf *out)
{
    unsigned how = state->how;
    struct sample s;
    fill_sample(visit, state, true, &s);
    const struct booking_public booking = booking_of(visit, &s, how);
    struct own_view view = own_lay_out(visit, &booking, how & OWN_CANCELS);
    view.action = view.calendar_href = view.google_href = view.outlook_href = "/style";
    view.move_href = "/style/move";
    view.cancel_href = "/style/cancel";
    view.again_href = "/style/month";
    if (how & OWN_UNANSWERED)
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

#define IN(state) (BOOKING_##state * OWN_STATE)
#define AS(end) (ENDED_##end * OWN_END)

const struct style_state style_customer_states[STYLE_CUSTOMER_STATES] = {
    {"month", "A time to choose", write_page, PAGE_FREE},
    {"nothing", "No time to choose", write_page, 0},
    {"form", "A time is chosen", write_page, PAGE_FREE | PAGE_CHOSEN},
    {"questions", "The page has questions", write_page, PAGE_FREE | PAGE_CHOSEN | PAGE_ASKS},
    {"mistakes", "Something is missing", write_page,
     PAGE_FREE | PAGE_CHOSEN | PAGE_ASKS | PAGE_WRONG},
    {"taken", "The time went away", write_page, PAGE_FREE | PAGE_TAKEN},
    {"taken-all", "The time went away, and all near it", write_page, PAGE_TAKEN},
    {"look", "In the colour and with the logo of an account", write_page,
     PAGE_FREE | PAGE_LOOK},
    {"look-form", "The same, a time is chosen", write_page,
     PAGE_FREE | PAGE_CHOSEN | PAGE_LOOK},
    {"preview", "As its host previews it", write_page, PAGE_FREE | PAGE_PREVIEW},
    {"long", "Long names", write_page, PAGE_FREE | PAGE_LONG},
    {"confirmed", "A booking", write_own, IN(CONFIRMED)},
    {"checked", "A booking that waits for the calendar", write_own, IN(HELD)},
    {"unverified", "A booking to confirm", write_own, IN(UNVERIFIED)},
    {"requested", "A request", write_own, IN(REQUESTED)},
    {"declined", "A request that is declined", write_own, IN(CANCELLED) + AS(DECLINED)},
    {"lapsed", "A request that nobody answered", write_own, IN(CANCELLED) + AS(LAPSED)},
    {"not-made", "A booking that did not come about", write_own, IN(CANCELLED) + AS(NOT_MADE)},
    {"too-late", "A booking that is too near to be changed", write_own,
     IN(CONFIRMED) | OWN_TOO_LATE},
    {"past", "A booking that is over", write_own, IN(CONFIRMED) | OWN_PAST},
    {"cancel", "A booking to cancel", write_own, IN(CONFIRMED) | OWN_CANCELS},
    {"cancel-why", "A booking to cancel, and why", write_own,
     IN(CONFIRMED) | OWN_CANCELS | OWN_UNANSWERED},
    {"problem", "A booking that could not be changed", write_own, IN(CONFIRMED) | OWN_PROBLEM},
    {"cancelled", "A booking that is cancelled", write_own, IN(CANCELLED)},
    {"move", "Another time for a booking", write_move, PAGE_FREE},
    {"move-chosen", "Another time is chosen", write_move, PAGE_FREE | PAGE_CHOSEN},
    {"move-taken", "The other time went away", write_move, PAGE_FREE | PAGE_TAKEN},
};
