/* SPDX-License-Identifier: ISC
 *
 * The booking page. One page in three states: choose a time; say who you are; the time went away.
 *
 *     GET   slots -> page
 *     POST  book -> 303 to the private link
 *                -> taken, or whatever else about the time: page -> 409, neighbours, what was typed
 *                -> fields or answers wrong: slots -> 422, what was typed
 *
 * Which of its reasons the vault had for saying no is not asked, so that nobody can be told.
 */
#include "base/base64.h"
#include "edge/answer.h"
#include "edge/failure.h"
#include "edge/language.h"
#include "edge/route.h"
#include "edge/web.h"

enum { NEIGHBOURS = 6, PATH_MAX_BYTES = 2 * MAX_SLUG + 4 };

static struct month_links links_of(struct visit *visit)
{
    return (struct month_links){
        .path = arena_printf(&visit->arena, "/" TEXT_FMT "/" TEXT_FMT,
                             TEXT_ARG(visit->parts[0]), TEXT_ARG(visit->parts[1])),
        .zone_name = visit->query.zone_name,
        .lang = visit->lang,
        .language = visit->language,
    };
}

/* ---- showing ---- */

/* What is on offer: a page, what it asks, its slots; and how a booking of them was refused, NULL where none was. */
struct offered {
    const struct page_public *page;
    const struct question *questions;
    size_t n_questions;
    const struct slot *slots;
    size_t n_slots;
    const struct book_answer *refused;
    bool is_taken; /* the start went away */
};

/* The refusal that brought the visit back to the page, if one did. */
static const struct book_answer *refusal_of(const struct visit *visit)
{
    return visit->n_answers > 1 ? visit->answers[0].value : NULL;
}

static void fill_form(struct visit *visit, const char *path, const struct offered *offered,
                      struct form_view *form)
{
    const struct customer_form *typed = &visit->form;
    *form = (struct form_view){
        .action = path,
        .key = parts_new_key(&visit->arena),
        .start = typed->start_text,
        .name = typed->name,
        .email = typed->email,
        .note = typed->note,
        .name_error = typed->name_error,
        .email_error = typed->email_error,
        .note_error = typed->note_error,
        .has_errors = typed->name_error || typed->email_error || typed->note_error,
    };
    parts_questions(&visit->arena, visit->language, offered->questions, offered->n_questions,
                    typed, offered->refused, form);
}

static const struct slot *find_slot(const struct slot *slots, size_t n_slots,
                                    struct instant start)
{
    for (size_t i = 0; i < n_slots; i++)
        if (slots[i].start.s == start.s)
            return &slots[i];
    return NULL;
}

/* The page with what was chosen, in other languages. */
static void offer_languages(struct visit *visit, struct head_view *head,
                            struct month_links links, struct month_query query)
{
    links.lang = (struct text){0};
    language_offer(visit, head, month_href(&visit->arena, &links, &query));
}

/* Show what is to be had. A chosen start that is not, is as one that went away. */
static void show(struct visit *visit, const struct offered *offered)
{
    const struct page_public *page = offered->page;
    language_of_host(visit, page->language);
    visit->frame_sites = page->sites;
    const struct slot *slots = offered->slots;
    size_t n_slots = offered->n_slots;
    struct arena *a = &visit->arena;
    const struct edge *edge = visit->edge;
    struct month_query *query = &visit->query;
    struct month_links links = links_of(visit);
    const struct zone *page_zone = parts_page_zone(edge->zones, page);
    const struct zone *zone = query->zone ? query->zone : page_zone;
    month_query_settle(query, zone, visit->now);
    const struct slot *chosen =
        query->has_start && !offered->is_taken ? find_slot(slots, n_slots, query->start) : NULL;
    struct page_view view = {
        .head = parts_head(a, visit_head(visit, page->title), page),
        .offer = parts_offer(a, visit->language, page),
        .zones =
            parts_zones(a, &edge->zone_choices, zone, page_zone, query, &links, visit->now),
        .month = month_lay_out(a, slots, n_slots, query, &links, zone, visit->now),
        .has_choice = chosen != NULL,
        .is_taken = query->has_start && !chosen,
    };
    if (!query->zone)
        view.head.zone = zone_name(zone);
    offer_languages(visit, &view.head, links, *query);
    fill_form(visit, language_kept(visit, links.path), offered, &view.form);
    struct month_query back = *query;
    back.has_start = false;
    view.back_href = month_href(a, &links, &back);
    if (chosen)
        view.chosen = month_when(a, visit->language, *chosen, zone, page_zone);
    if (view.is_taken) {
        view.zones.start = TEXT(""); /* another zone leads back to the calendar */
        view.n_neighbours = month_neighbours(a, slots, n_slots, query->start, NEIGHBOURS,
                                             &links, zone, &view.neighbours);
    }
    struct http_response response;
    visit_response(visit, &response, offered->is_taken ? 409 : visit->http_status,
                   "text/html; charset=utf-8");
    web_page(&response.body, &view);
    visit_send(visit, &response);
}

/* A page whose calendar does not answer looks like one that is full. */
static void show_empty(struct visit *visit, enum status status, const void *answer)
{
    const struct page_answer *found = answer;
    if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else
        show(visit, &(struct offered){.page = &found->page,
                                      .questions = found->questions,
                                      .n_questions = found->n_questions});
}

static void show_slots(struct visit *visit, enum status status, const void *answer)
{
    const struct slots_answer *found = answer;
    struct page_ask ask = {visit->parts[0], visit->parts[1]};
    if (failure_is_upstream(status))
        visit_ask(visit, WIRE_page, &ask, DOOR_READ, show_empty);
    else if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else
        show(visit, &(struct offered){.page = &found->page,
                                      .questions = found->questions,
                                      .n_questions = found->n_questions,
                                      .slots = found->slots,
                                      .n_slots = found->n_slots,
                                      .refused = refusal_of(visit)});
}

static void ask_slots(struct visit *visit, unsigned http_status)
{
    const struct zone *zone = visit->query.zone;
    const struct zone *shown = zone ? zone : zone_find(visit->edge->zones, TEXT("UTC"));
    struct month_query query = visit->query;
    month_query_settle(&query, shown, visit->now);
    struct month_window window = month_ask(&query, shown, zone != NULL, visit->now);
    struct slots_ask ask = {.account = visit->parts[0],
                            .page = visit->parts[1],
                            .from = window.from,
                            .to = window.to};
    visit->http_status = http_status;
    /* A form, filled in or not, is one visitor's: it carries their key. */
    visit->has_equals = http_status == 200 && !visit->query.has_start;
    visit_ask(visit, WIRE_slots, &ask, DOOR_READ, show_slots);
}

void page_get(struct visit *visit)
{
    struct form form;
    if (form_parse(&visit->arena, visit->request->query, &form) != OK)
        form.n_fields = 0;
    parts_query(&form, visit->edge->zones, &visit->query);
    arena_done(&visit->arena); /* nothing of it is kept: thousands may wait here */
    ask_slots(visit, 200);
}

/* ---- booking ---- */

/* The slots around the lost one came with the refusal. */
static void show_taken(struct visit *visit, enum status status, const void *answer)
{
    const struct page_answer *found = answer;
    const struct book_answer *refused = refusal_of(visit);
    if (status != OK || !found)
        visit_fail(visit, status == OK ? ERR_INVALID : status);
    else
        show(visit, &(struct offered){.page = &found->page,
                                      .questions = found->questions,
                                      .n_questions = found->n_questions,
                                      .slots = refused ? refused->slots : NULL,
                                      .n_slots = refused ? refused->n_slots : 0,
                                      .is_taken = true});
}

static void booked(struct visit *visit, enum status status, const void *answer)
{
    const struct book_answer *booked = answer;
    if ((status == OK || status == ERR_UNCERTAIN) && booked && booked->token.n > 0) {
        visit_see_other(visit,
                        language_kept(visit, arena_printf(&visit->arena, "/b/%.*s?new=1",
                                                          (int)booked->token.n,
                                                          (const char *)booked->token.at)));
    } else if (status == OK && booked && booked->booking.id.n) { /* its link goes by mail */
        own_mailed(visit, &booked->booking);
    } else if (status == ERR_CONFLICT || failure_is_upstream(status)) {
        struct page_ask ask = {visit->parts[0], visit->parts[1]};
        visit_ask(visit, WIRE_page, &ask, DOOR_READ, show_taken);
    } else if (status == ERR_INVALID && booked && booked->n_mistakes) {
        ask_slots(visit, 422);
    } else {
        visit_fail(visit, status == OK ? ERR_UNCERTAIN : status);
    }
}

/* The key that the vault sees names the start too: one form that is sent again after another time was
 * chosen is another booking. */
static void book(struct visit *visit)
{
    const struct customer_form *form = &visit->form;
    struct answer note = {TEXT("Note"), form->note};
    bool has_note = form->n_answers == 0 && form->note.n;
    struct book_ask ask = {
        .account = visit->parts[0],
        .page = visit->parts[1],
        .start = form->start,
        .customer = {.name = form->name,
                     .email = form->email,
                     .zone = form->zone_name,
                     .has_language = !visit->host_chooses_language,
                     .language = visit->language,
                     .answers = has_note ? &note : visit->form.answers,
                     .n_answers = has_note ? 1 : form->n_answers},
        .key = text_from(arena_printf(&visit->arena, TEXT_FMT ".%lld", TEXT_ARG(form->key),
                                      (long long)form->start.s)),
    };
    visit_ask(visit, WIRE_book, &ask, DOOR_WRITE, booked);
}

void page_post(struct visit *visit)
{
    struct form form;
    if (!visit_is_same_origin(visit)) {
        visit_fail(visit, ERR_DENIED);
    } else if (!visit_has_type(visit, "application/x-www-form-urlencoded")) {
        visit_fail_http(visit, 415);
    } else if (form_parse(&visit->arena, buf_text(&visit->request->body), &form) != OK ||
               parts_customer(&form, visit->edge->zones, visit->language, &visit->form) != OK) {
        visit_fail_http(visit, 400);
    } else {
        parts_query(&form, visit->edge->zones, &visit->query);
        visit->query.has_month = visit->query.has_day = false;
        if (visit->form.name_error || visit->form.email_error || visit->form.note_error)
            ask_slots(visit, 422);
        else
            book(visit);
    }
}
