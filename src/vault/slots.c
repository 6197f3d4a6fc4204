/* SPDX-License-Identifier: ISC
 *
 * The leader of a flight asks the calendar; then the flight closes; then what hourgate gave away is read.
 * In this order, so that a booking committed before anybody boarded is never offered to them.
 */
#include "vault/slots.h"

#include "book/why.h"
#include "os/clock.h"
#include "time/instant.h"

enum { DAY_S = 86400 };

static struct instant later(struct instant one, struct instant other)
{
    return instant_before(one, other) ? other : one;
}

static struct instant earlier(struct instant one, struct instant other)
{
    return instant_before(one, other) ? one : other;
}

enum status view_init(struct vault *v, const struct page_stored *page, struct instant from,
                      struct instant to, struct view *ret_view, struct error *err)
{
    const struct zone *zone = zone_find(v->zones, page->rule.zone);
    if (!zone)
        return error_set(err, ERR_IO, "zones", "the page's zone is not installed");
    *ret_view =
        (struct view){.page = page, .zone = zone, .now = v->now(), .from = from, .to = to};
    return OK;
}

/* Cut the view's window to where slots are possible at all: from now to the day behind the horizon. False
 * where nothing is left of it. */
static bool possible_window(const struct view *view, struct instant *ret_from,
                            struct instant *ret_to)
{
    int64_t horizon_s = (view->page->rule.horizon_days + 2) * DAY_S;
    *ret_from = later(view->from, view->now);
    *ret_to = earlier(view->to, instant_add_s(view->now, horizon_s));
    return instant_before(*ret_from, *ret_to);
}

void view_ask_calendar(struct vault *v, struct arena *a, struct view *view,
                       const struct busy_ask *own, bool for_booking, int64_t deadline_ms)
{
    struct instant from, to;
    if (!own && !quota_has(&v->quotas, view->page->account, view->now))
        return; /* as if nothing were known: no slot is offered */
    view->known = (view->page->connection == 0 && !view->page->room.n) ||
                  !possible_window(view, &from, &to);
    if (view->known || view->page->connection == 0)
        return;
    struct interval window = slot_busy_window(&view->page->rule, from, to);
    struct busy_ask ask = own ? *own : (struct busy_ask){0};
    ask.from = window.start;
    ask.to = window.end;
    ask.room = view->page->room;
    struct busy_answer busy;
    view->known = calendar_busy(&v->calendar, view->page->connection, &ask, for_booking,
                                deadline_ms, a, &busy, NULL) == OK;
    if (view->known) {
        view->busy = busy.busy;
        view->n_busy = busy.n_busy;
    }
}

enum status view_read_taken(struct vault *v, struct arena *a, struct view *view,
                            struct error *err)
{
    struct instant from, to;
    if (!possible_window(view, &from, &to))
        return OK;
    struct interval window = slot_booked_window(from, to);
    struct occupied_list list;
    TRY(store_occupied_list(v->store, a, view->page->host, window.start, window.end,
                            view->except, view->now, &list, err));
    view->taken = ARENA_ARRAY(a, list.n_rows + 1, struct slot);
    view->booked = ARENA_ARRAY(a, list.n_rows + 1, struct instant);
    view->n_taken = view->n_booked = 0;
    for (size_t i = 0; i < list.n_rows; i++) {
        view->taken[view->n_taken++] = list.rows[i].occupied;
        if (list.rows[i].page == view->page->id)
            view->booked[view->n_booked++] = list.rows[i].slot_start;
    }
    return OK;
}

static struct slot_query query_of(const struct view *view)
{
    return (struct slot_query){
        .rule = &view->page->rule,
        .zone = view->zone,
        .now = view->now,
        .from = view->from,
        .to = view->to,
        .busy = view->busy,
        .n_busy = view->n_busy,
        .taken = view->taken,
        .n_taken = view->n_taken,
        .booked = view->booked,
        .n_booked = view->n_booked,
    };
}

enum status view_slots(const struct view *view, struct arena *a, struct instant from,
                       struct instant to, struct slot **ret_slots, size_t *ret_n)
{
    *ret_slots = NULL;
    *ret_n = 0;
    if (!view->known)
        return OK;
    struct slot_query query = query_of(view);
    query.from = from;
    query.to = to;
    return slot_list(a, &query, ret_slots, ret_n, NULL);
}

bool view_offers(const struct view *view, struct instant start)
{
    struct slot_query query = query_of(view);
    return view->known && slot_is_offered(&query, start);
}

bool view_could_offer(const struct view *view, struct instant start)
{
    struct slot_query query = query_of(view);
    query.n_busy = query.n_taken = query.n_booked = 0;
    return slot_is_offered(&query, start);
}

enum status view_why(const struct view *view, struct arena *a, struct instant start,
                     struct reason **ret_reasons, size_t *ret_n, struct error *err)
{
    struct slot_query query = query_of(view);
    TRY(why_list(a, &query, start, ret_reasons, ret_n, err));
    if (!view->known && *ret_n < MAX_REASONS)
        (*ret_reasons)[(*ret_n)++] = (struct reason){.why = WHY_UNKNOWN};
    return OK;
}

struct interval slots_week(struct instant start)
{
    struct instant from = instant_clamp(start);
    struct instant to = instant_add_s(from, 1);
    flight_widen(&from, &to);
    return (struct interval){instant_clamp(from), instant_clamp(to)};
}

/* ---- flights ---- */

/* Put the answer to equal questions: the passenger's, whose numbers these are. */
static void put_answer(const struct view *view, enum status status, const struct passenger *p,
                       const uint64_t *numbers, size_t n)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct slots_answer slots = {.page = view->page->page,
                                 .questions = view->page->questions.questions,
                                 .n_questions = view->page->questions.n_questions};
    struct book_answer refused = {0};
    if (status == OK)
        status = view_slots(view, &a, p->from, p->to, &slots.slots, &slots.n_slots);
    const void *answer = status == OK ? &slots : NULL;
    if (status == OK && p->type == WIRE_book) {
        refused.slots = slots.slots;
        refused.n_slots = slots.n_slots;
        answer = &refused;
        status = ERR_CONFLICT;
    }
    peer_put_all(p->peer, p->type, numbers, n, status, NULL, answer);
}

/* Only what was asked for slots has equals: whoever was refused a booking goes on alone. */
static bool asks_the_same(const struct passenger *one, const struct passenger *other)
{
    return one->type == WIRE_slots && other->type == WIRE_slots && one->peer == other->peer &&
           one->from.s == other->from.s && one->to.s == other->to.s;
}

/* Answer all who are aboard. Visitors come from a few zones, so there are few windows: each is worked out
 * and sent once, with the numbers of all who asked for it. */
static void answer_all(struct vault *v, struct flight *flight, const struct view *view,
                       enum status status)
{
    struct arena a CLEANUP(arena_done) = {0};
    int64_t now_ms = clock_ms();
    flight_close(&v->flights, flight);
    uint64_t *numbers = ARENA_ARRAY(&a, flight->n_passengers, uint64_t);
    LIST_EACH (node, &flight->passengers) {
        struct passenger *p = LIST_OWNER(node, struct passenger, node);
        size_t n = 0;
        if (p->answered || p->deadline_ms <= now_ms)
            continue;
        numbers[n++] = p->number;
        for (struct list *at = node->next; at != &flight->passengers; at = at->next) {
            struct passenger *other = LIST_OWNER(at, struct passenger, node);
            if (other->answered || other->deadline_ms <= now_ms || !asks_the_same(p, other))
                continue;
            other->answered = true;
            numbers[n++] = other->number;
        }
        put_answer(view, status, p, numbers, n);
    }
    LIST_EACH (node, &flight->passengers)
        peer_flush(LIST_OWNER(node, struct passenger, node)->peer);
}

/* Read once for everybody aboard, and answer them. */
static void fly(struct vault *v, struct flight *flight, struct arena *a, struct error *err)
{
    struct page_stored page = {0};
    struct view view = {.page = &page};
    enum status status =
        store_page_find(v->store, a, flight->account, flight->page, &page, err);
    if (status == OK)
        status = view_init(v, &page, flight->from, flight->to, &view, err);
    if (status == OK) {
        view_ask_calendar(v, a, &view, NULL, false, vault_patience_ms(v));
        flight_close(&v->flights, flight);
        status = view_read_taken(v, a, &view, err);
    }
    answer_all(v, flight, &view, status);
}

enum status slots_board(struct vault *v, struct request *r)
{
    const struct slots_ask *ask = r->ask;
    struct instant from = instant_clamp(ask->from), to = instant_clamp(ask->to);
    if (from.s != ask->from.s || to.s != ask->to.s || !instant_before(from, to) ||
        instant_until_s(from, to) > MAX_SLOT_DAYS * DAY_S)
        return ERR_INVALID;
    struct passenger p = {.peer = r->peer,
                          .type = r->type,
                          .number = r->number,
                          .deadline_ms = r->deadline_ms,
                          .from = from,
                          .to = to};
    TRY(flight_board(&v->flights, ask->account, ask->page, &p, &r->led));
    r->answered = r->led == NULL;
    return OK;
}

enum status handle_slots(struct vault *v, struct request *r, const struct slots_ask *ask,
                         struct slots_answer *answer, struct error *err)
{
    (void)ask, (void)answer;
    fly(v, r->led, &r->a, err);
    r->answered = true;
    return OK;
}

enum status slots_refuse(struct vault *v, struct request *r, struct text account,
                         struct text page, struct instant start, struct error *err)
{
    struct interval week = slots_week(start);
    struct passenger p = {.peer = r->peer,
                          .type = r->type,
                          .number = r->number,
                          .deadline_ms = r->deadline_ms,
                          .from = week.start,
                          .to = week.end};
    err->retry_s = VAULT_RETRY_S;
    TRY(flight_board(&v->flights, account, page, &p, &r->led));
    if (r->led)
        fly(v, r->led, &r->a, err);
    r->answered = true;
    return OK;
}

void slots_turn_away(struct vault *v, struct flight *flight, enum status status,
                     const struct error *err)
{
    flight_close(&v->flights, flight);
    LIST_EACH (node, &flight->passengers) {
        struct passenger *p = LIST_OWNER(node, struct passenger, node);
        peer_answer_now(p->peer, p->type, p->number, status, err, NULL);
    }
}
