/* SPDX-License-Identifier: ISC */
#include "vault/permit.h"

#include "book/rule.h"

struct page_stored permit_page(const struct permit *permit, const struct page_stored *page)
{
    struct page_stored wide = *page;
    if (permit->beyond_rules) {
        wide.rule.notice_min = 0;
        wide.rule.horizon_days = RULE_HORIZON_MAX;
        wide.rule.max_per_day = 0;
        wide.policy.per_customer = 0;
    }
    if (permit->tells) /* whoever a host enters confirms nothing */
        wide.policy.confirm_min = 0;
    return wide;
}

bool permit_could(const struct permit *permit, const struct view *view, struct instant start)
{
    return permit->tells || view_could_offer(view, start);
}

static bool is_set_aside(const struct permit *permit, const struct reason *reason)
{
    switch (reason->why) {
    case WHY_NOTICE:
    case WHY_HORIZON:
    case WHY_HOURS:
    case WHY_GRID:
    case WHY_FULL:
        return permit->beyond_rules;
    case WHY_BUSY:
        return permit->over_busy;
    case WHY_PAST:
    case WHY_TAKEN:
    case WHY_UNKNOWN:
    case WHY_COUNT:
        break;
    }
    return false;
}

enum status permit_start(struct permit *permit, const struct view *view, struct arena *a,
                         struct instant start, struct error *err)
{
    bool is_free = view_offers(view, start);
    if (is_free || !permit->tells)
        return is_free ? OK : ERR_CONFLICT;
    bool all = view->known;
    TRY(view_why(view, a, start, &permit->reasons, &permit->n_reasons, err));
    for (size_t i = 0; i < permit->n_reasons; i++)
        all = all && is_set_aside(permit, &permit->reasons[i]);
    return all ? OK : error_set(err, ERR_CONFLICT, "booking", "something is in the way");
}
