/* SPDX-License-Identifier: ISC */
#include "vault/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "os/random.h"
#include "vault/wait.h"

enum {
    SHARE = 60
}; /* a call in the unit of the bucket: what a minute's rate gives each second */

struct budget {
    char *name;
    size_t n_name;
    bool is_new;
    int64_t n_out;
    int64_t shares; /* SHARE a call */
    struct instant filled_at;
    struct instant withheld_until;
    int64_t minute; /* which one `sent` counts; before: the one before it */
    int64_t sent, sent_before;
    struct instant asked_at;
    int64_t asked_s;
};

void budgets_init(struct budgets *budgets)
{
    *budgets = (struct budgets){
        .mailbox = {BUDGET_MAILBOX_AT_ONCE, BUDGET_MAILBOX_BURST, BUDGET_MAILBOX_PER_MINUTE},
        .server = {BUDGET_SERVER_AT_ONCE, BUDGET_SERVER_BURST, BUDGET_SERVER_PER_MINUTE},
        .all = MAP(random_u64()),
    };
    pthread_mutex_init(&budgets->lock, NULL);
    wait_init(&budgets->freed);
}

void budgets_done(struct budgets *budgets)
{
    size_t at = 0;
    for (struct budget *budget; (budget = map_next(&budgets->all, &at));) {
        free(budget->name);
        free(budget);
    }
    map_done(&budgets->all);
    pthread_cond_destroy(&budgets->freed);
    pthread_mutex_destroy(&budgets->lock);
}

/* Find or make the budget of a server, or of a mailbox at it. Lock held. */
static struct budget *budget_of(struct budgets *budgets, struct text host, struct text mailbox)
{
    char name[MAX_HOST + MAX_EMAIL + 1];
    size_t n = 0;
    for (size_t i = 0; i < host.n && n < MAX_HOST; i++)
        name[n++] = (char)(host.at[i] | 0x20); /* letters of any case are one */
    name[n++] = ' ';
    for (size_t i = 0; i < mailbox.n && n < sizeof name; i++)
        name[n++] = (char)(mailbox.at[i] | 0x20);
    struct budget *budget = map_find(&budgets->all, (struct text){name, n});
    if (budget)
        return budget;
    budget = calloc(1, sizeof *budget);
    ENSURE(budget && (budget->name = malloc(n)));
    memcpy(budget->name, name, n);
    budget->n_name = n;
    budget->is_new = true;
    map_put(&budgets->all, (struct text){budget->name, n}, budget);
    return budget;
}

static void refill(struct budget *budget, const struct budget_limits *limits,
                   struct instant now)
{
    int64_t full = limits->burst * SHARE;
    int64_t gone_s = instant_until_s(budget->filled_at, now);
    if (budget->is_new || gone_s > full)
        budget->shares = full;
    else if (gone_s > 0)
        budget->shares += gone_s * limits->per_minute;
    if (budget->shares > full)
        budget->shares = full;
    if (budget->is_new || gone_s > 0)
        budget->filled_at = now;
    budget->is_new = false;
}

/* Let the counts of sent calls be of this minute and the one before it. */
static void turn_minute(struct budget *budget, struct instant now)
{
    int64_t minute = now.s / 60;
    if (minute == budget->minute)
        return;
    budget->sent_before = minute == budget->minute + 1 ? budget->sent : 0;
    budget->sent = 0;
    budget->minute = minute;
}

/* How much of a limit may this job use? */
static int64_t usable(int64_t limit, bool for_booking)
{
    return for_booking ? limit : limit - limit / BUDGET_KEPT;
}

static bool has_room(const struct budget *budget, const struct budget_limits *limits,
                     bool for_booking)
{
    return budget->n_out < usable(limits->at_once, for_booking);
}

/* Is there a call left, and did the server not ask us to wait? Lock held. */
static enum status check(struct budget *budget, const struct budget_limits *limits,
                         bool for_booking, struct instant now, struct error *err)
{
    int64_t left_s = instant_until_s(now, budget->withheld_until);
    if (left_s > 0) {
        error_set(err, ERR_LIMIT, "calendar", "the server asked us to wait");
        err->retry_s = left_s;
        return ERR_LIMIT;
    }
    refill(budget, limits, now);
    int64_t kept = (limits->burst - usable(limits->burst, for_booking)) * SHARE;
    int64_t missing = kept + SHARE - budget->shares;
    if (missing <= 0)
        return OK;
    error_set(err, ERR_LIMIT, "calendar", "the budget for this calendar server is used up");
    err->retry_s = (missing + limits->per_minute - 1) / limits->per_minute;
    return ERR_LIMIT;
}

enum status budget_take(struct budgets *budgets, struct text host, struct text mailbox,
                        bool for_booking, struct instant now, int64_t deadline_ms,
                        struct budget_hold *ret_hold, struct error *err)
{
    bool in_time = true;
    pthread_mutex_lock(&budgets->lock);
    struct budget_hold hold = {.mailbox = budget_of(budgets, host, mailbox),
                               .server = budget_of(budgets, host, (struct text){0})};
    enum status status = check(hold.mailbox, &budgets->mailbox, for_booking, now, err);
    if (status == OK)
        status = check(hold.server, &budgets->server, for_booking, now, err);
    while (status == OK && !(has_room(hold.mailbox, &budgets->mailbox, for_booking) &&
                             has_room(hold.server, &budgets->server, for_booking))) {
        if (!in_time)
            status = error_set(err, ERR_FULL, "calendar", "too many jobs are out at once");
        else
            in_time = wait_until(&budgets->freed, &budgets->lock, deadline_ms);
    }
    if (status == OK) {
        struct budget *both[] = {hold.mailbox, hold.server};
        for (int i = 0; i < 2; i++) {
            both[i]->n_out++;
            both[i]->shares -= SHARE;
            turn_minute(both[i], now);
            both[i]->sent++;
        }
        *ret_hold = hold;
    }
    pthread_mutex_unlock(&budgets->lock);
    return status;
}

struct budget_state budget_state_of(struct budgets *budgets, struct text host,
                                    struct text mailbox, struct instant now)
{
    pthread_mutex_lock(&budgets->lock);
    const struct budget_limits *limits = mailbox.n ? &budgets->mailbox : &budgets->server;
    struct budget *budget = budget_of(budgets, host, mailbox);
    refill(budget, limits, now);
    turn_minute(budget, now);
    struct budget_state state = {.sent = budget->sent + budget->sent_before,
                                 .left = budget->shares / SHARE,
                                 .burst = limits->burst,
                                 .per_minute = limits->per_minute,
                                 .asked_at = budget->asked_at,
                                 .asked_s = budget->asked_s};
    pthread_mutex_unlock(&budgets->lock);
    return state;
}

void budget_give(struct budgets *budgets, struct budget_hold *hold)
{
    if (!hold->mailbox)
        return;
    pthread_mutex_lock(&budgets->lock);
    hold->mailbox->n_out--;
    hold->server->n_out--;
    *hold = (struct budget_hold){0};
    pthread_cond_broadcast(&budgets->freed);
    pthread_mutex_unlock(&budgets->lock);
}

/* Does another mailbox of that server wait? Lock held. */
static bool another_waits(struct budgets *budgets, const struct budget_hold *hold,
                          struct instant now)
{
    size_t at = 0;
    for (struct budget *other; (other = map_next(&budgets->all, &at));) {
        bool same_server = other->n_name > hold->server->n_name &&
                           memcmp(other->name, hold->server->name, hold->server->n_name) == 0;
        if (same_server && other != hold->mailbox && instant_before(now, other->withheld_until))
            return true;
    }
    return false;
}

void budget_withhold(struct budgets *budgets, const struct budget_hold *hold,
                     struct instant now, struct instant until)
{
    if (!hold->mailbox)
        return;
    pthread_mutex_lock(&budgets->lock);
    hold->mailbox->asked_at = now;
    hold->mailbox->asked_s = instant_until_s(now, until);
    if (instant_before(hold->mailbox->withheld_until, until))
        hold->mailbox->withheld_until = until;
    if (another_waits(budgets, hold, now) &&
        instant_before(hold->server->withheld_until, until))
        hold->server->withheld_until = until;
    pthread_mutex_unlock(&budgets->lock);
}
