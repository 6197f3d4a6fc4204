/* SPDX-License-Identifier: ISC
 *
 * Why the host's times are offered or not: the same view that visitors' slots come from, explained.
 */
#include "time/civil.h"
#include "time/instant.h"
#include "vault/slots.h"

static bool reasons_equal(const struct reason *one, size_t n_one, const struct reason *other,
                          size_t n_other)
{
    if (n_one != n_other)
        return false;
    for (size_t i = 0; i < n_one; i++)
        if (one[i].why != other[i].why || one[i].number != other[i].number ||
            one[i].from.s != other[i].from.s || one[i].to.s != other[i].to.s ||
            one[i].status != other[i].status)
            return false;
    return true;
}

static bool is_between_starts(const struct reason *reasons, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (reasons[i].why == WHY_GRID)
            return true;
    return false;
}

/* The hours that a start lies outside of are told by where they end; outside of all there is nothing to tell. */
static void forget_where(struct reason *reasons, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (reasons[i].why == WHY_HOURS && reasons[i].from.s == reasons[i].to.s)
            reasons[i].from = reasons[i].to = (struct instant){0};
        else if (reasons[i].why == WHY_HOURS)
            reasons[i].from = (struct instant){0};
}

/* Make the start part of the last spell, or the first of a new one. */
static enum status add_start(struct why_answer *answer, struct instant start,
                             struct reason *reasons, size_t n, struct error *err)
{
    struct spell *last = answer->n_spells ? &answer->spells[answer->n_spells - 1] : NULL;
    forget_where(reasons, n);
    if (last && reasons_equal(last->reasons, last->n_reasons, reasons, n)) {
        last->last = start;
        return OK;
    }
    if (answer->n_spells == MAX_SPELLS)
        return error_set(err, ERR_LIMIT, "why", "too much is going on: ask for a shorter time");
    answer->spells[answer->n_spells++] =
        (struct spell){.first = start, .last = start, .reasons = reasons, .n_reasons = n};
    return OK;
}

/* The window of a date, or of one minute of it: from its first to its last coming, where the clock shows it twice. */
static enum status find_window(const struct zone *zone, const struct why_ask *ask,
                               struct interval *ret_window, struct error *err)
{
    if (ask->day < CIVIL_FIRST_DAY || ask->day >= CIVIL_LAST_DAY || ask->minute < -1 ||
        ask->minute >= CIVIL_DAY_MIN)
        return error_set(err, ERR_INVALID, "why", "no such date, or no such time");
    if (ask->minute < 0) {
        *ret_window = (struct interval){zone_day_start(zone, ask->day),
                                        zone_day_start(zone, ask->day + 1)};
        return OK;
    }
    struct zone_match match = zone_match(
        zone, civil_from_seconds(ask->day * CIVIL_DAY_S + ask->minute * CIVIL_MINUTE_S));
    if (match.kind == ZONE_GAP)
        return error_set(err, ERR_INVALID, "why", "the page's clock skips that time");
    *ret_window = (struct interval){match.first, instant_add_s(match.second, CIVIL_MINUTE_S)};
    return OK;
}

/* Is it a minute that was asked for, and among all of a date's one that the page's grid knows? */
static bool is_wanted(const struct zone *zone, const struct why_ask *ask, struct instant t,
                      const struct reason *reasons, size_t n)
{
    struct civil c = zone_civil(zone, t);
    if (ask->minute >= 0)
        return c.hour * 60 + c.minute == ask->minute;
    return !is_between_starts(reasons, n);
}

enum status handle_why(struct vault *v, struct request *r, const struct why_ask *ask,
                       struct why_answer *answer, struct error *err)
{
    struct page_stored page;
    struct view view;
    struct interval window = {0};
    TRY(store_page_find(v->store, &r->a, ask->account, ask->page, &page, err));
    TRY(view_init(v, &page, (struct instant){0}, (struct instant){0}, &view, err));
    TRY(find_window(view.zone, ask, &window, err));
    /* The whole date, since servers cut what they say to the window that was asked for. */
    view.from = zone_day_start(view.zone, ask->day);
    view.to = zone_day_start(view.zone, ask->day + 1);
    view_ask_calendar(v, &r->a, &view, NULL, false, r->deadline_ms);
    TRY(view_read_taken(v, &r->a, &view, err));
    answer->page = page.page;
    answer->spells = ARENA_ARRAY(&r->a, MAX_SPELLS, struct spell);
    for (struct instant t = window.start; instant_before(t, window.end);
         t.s += CIVIL_MINUTE_S) {
        struct reason *reasons;
        size_t n;
        TRY(view_why(&view, &r->a, t, &reasons, &n, err));
        if (is_wanted(view.zone, ask, t, reasons, n))
            TRY(add_start(answer, t, reasons, n, err));
    }
    return OK;
}
