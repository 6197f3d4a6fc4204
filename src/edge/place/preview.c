/* SPDX-License-Identifier: ISC
 *
 *     POST /pages/NAME action=preview -> page_show (host_page.c) -> account_show, for the look
 *          -> of somebody else's page, for their name: user_list -> the customer's own template
 *
 * It may stand in a frame of its editor, and in no other.
 */
#include "edge/place/preview.h"

#include "edge/customer/parts.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/web.h"

enum { PREVIEW_DAYS = 62, PREVIEW_SLOTS = 2000 };

/* ---- times ---- */

struct filling {
    const struct rule *rule;
    const struct zone *zone;
    struct instant earliest;
    struct slot *slots;
    size_t n;
};

static void add_span(struct filling *f, int64_t day, int64_t from, int64_t to)
{
    int64_t length = f->rule->duration_min, step = f->rule->increment_min;
    struct civil clock = civil_from_days(day);
    if (length < 1 || step < 1)
        return;
    for (int64_t at = from; at + length <= to && f->n < PREVIEW_SLOTS; at += step) {
        clock.hour = (int)(at / 60);
        clock.minute = (int)(at % 60);
        struct zone_match match = zone_match(f->zone, clock);
        if (match.kind != ZONE_GAP && match.first.s >= f->earliest.s)
            f->slots[f->n++] = (struct slot){match.first, {match.first.s + length * 60}};
    }
}

static void add_day(struct filling *f, int64_t day)
{
    bool is_own = false; /* it has hours of its own */
    for (size_t i = 0; i < f->rule->n_overrides; i++) {
        const struct override *own = &f->rule->overrides[i];
        if (own->day != day)
            continue;
        is_own = true;
        add_span(f, day, own->from_minute, own->to_minute);
    }
    for (size_t i = 0; i < f->rule->n_hours && !is_own; i++)
        if (f->rule->hours[i].weekday == civil_weekday(day))
            add_span(f, day, f->rule->hours[i].from_minute, f->rule->hours[i].to_minute);
}

size_t preview_slots(struct arena *a, const struct rule *rule, const struct zone *zone,
                     struct instant now, struct slot **ret_slots)
{
    struct filling f = {.rule = rule,
                        .zone = zone,
                        .earliest = {now.s + rule->notice_min * 60},
                        .slots = ARENA_ARRAY(a, PREVIEW_SLOTS, struct slot)};
    int64_t today = zone_day(zone, now);
    for (int64_t i = 0; i < PREVIEW_DAYS && i <= rule->horizon_days; i++)
        add_day(&f, today + i);
    *ret_slots = f.slots;
    return f.n;
}

/* ---- the page ---- */

/* What is known of it, between the questions. */
struct preview {
    const struct page_put_ask *page;
    struct page_public public;
    bool opens_form;
};

static void fill_form(struct visit *visit, const struct preview *p, struct page_view *view)
{
    static const struct customer_form nothing;
    view->form = (struct form_view){.action = "#"};
    parts_questions(&visit->arena, visit->language, p->page->questions, p->page->n_questions,
                    &nothing, NULL, &view->form);
}

static void show(struct visit *visit)
{
    const struct preview *p = visit->gathered;
    struct arena *a = &visit->arena;
    const struct zone *zone = parts_page_zone(visit->edge->zones, &p->public);
    struct month_query query = {0};
    /* A link that begins with '#' leads nowhere else. */
    const struct month_links links = {.path = "#", .language = visit->language};
    struct slot *slots;
    size_t n = preview_slots(a, &p->page->rule, zone, visit->now, &slots);
    month_query_settle(&query, zone, visit->now);
    struct page_view view = {
        .head = parts_head(a, visit_head(visit, p->public.title), &p->public),
        .offer = parts_offer(a, visit->language, &p->public),
        .zones =
            parts_zones(a, &visit->edge->zone_choices, zone, zone, &query, &links, visit->now),
        .month = month_lay_out(a, slots, n, &query, &links, zone, visit->now),
        .is_preview = true,
        .has_choice = p->opens_form && n,
        .back_href = "#",
    };
    if (view.has_choice)
        view.chosen = month_when(a, visit->language, slots[0], zone, zone);
    fill_form(visit, p, &view);
    visit->frame_sites = TEXT("'self'");
    FRAME_SEND(visit, 200, web_page, &view);
}

static void named(struct visit *visit, const struct told *told)
{
    struct preview *p = visit->gathered;
    const struct user_list_answer *list = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_PAGES, told);
        return;
    }
    if (list->n_rows == 1)
        p->public.host_name = list->rows[0].name;
    show(visit);
}

static void looked_up(struct visit *visit, const struct told *told)
{
    struct preview *p = visit->gathered;
    const struct account_show_answer *account = told->answer;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_PAGES, told);
        return;
    }
    p->public.account_name = account->name;
    p->public.look = account->look;
    p->public.imprint = account->imprint;
    p->public.privacy = account->privacy;
    p->public.host_name = account->user.name;
    struct user_list_ask ask = {.account = visit->session->account, .email = p->page->email};
    if (text_equal_nocase(p->page->email, visit->session->email))
        show(visit);
    else
        person_ask(visit, WIRE_user_list, &ask, DOOR_READ, named);
}

void preview_show(struct visit *visit, const struct page_put_ask *page, bool opens_form)
{
    struct account_show_ask ask = {visit->session->account, visit->session->email};
    struct preview *p = visit->gathered = ARENA_NEW(&visit->arena, struct preview);
    *p = (struct preview){.page = page,
                          .opens_form = opens_form,
                          .public = {.account = page->account,
                                     .page = page->page,
                                     .title = page->title,
                                     .description = page->description,
                                     .location = page->location,
                                     .zone = page->rule.zone,
                                     .duration_min = page->rule.duration_min,
                                     .approves = page->policy.approve_hours > 0,
                                     .by_mail = page->policy.confirm_min > 0}};
    person_ask(visit, WIRE_account_show, &ask, DOOR_READ, looked_up);
}
