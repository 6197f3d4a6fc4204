/* SPDX-License-Identifier: ISC */
#include "store/person.h"
#include "vault/booking.h"
#include "vault/erase.h"

enum { KEEP_DAYS_MAX = 36500 };

enum status handle_account_keep(struct vault *v, struct request *r,
                                const struct account_keep_ask *ask,
                                struct account_keep_answer *answer, struct error *err)
{
    (void)r, (void)answer;
    if (ask->days < -1 || ask->days > KEEP_DAYS_MAX)
        return error_set(err, ERR_INVALID, "account", "0 to %d days", KEEP_DAYS_MAX);
    return store_account_keep(v->store, ask->account, ask->days, err);
}

enum status handle_customer_export(struct vault *v, struct request *r,
                                   const struct customer_export_ask *ask,
                                   struct customer_export_answer *answer, struct error *err)
{
    TRY(store_customers_hash(v->store, err));
    TRY(store_customer_bookings(v->store, &r->a, ask, answer, err));
    if (ask->after.n)
        return OK;
    return store_customer_note(v->store, ask->account, (int64_t)answer->n_rows, err);
}

/* Cancel what is still to come, as its customer could. */
static enum status cancel_coming(struct vault *v, struct request *r,
                                 const struct customer_erase_ask *ask, struct error *err)
{
    struct customer_export_ask page = {.account = ask->account, .email = ask->email};
    struct customer_export_answer list;
    do {
        TRY(store_customer_bookings(v->store, &r->a, &page, &list, err));
        for (size_t i = 0; i < list.n_rows; i++) {
            const struct booking_public *b = &list.rows[i].booking;
            int64_t id;
            page.after = b->id;
            if (b->state == BOOKING_CANCELLED || !instant_before(v->now(), b->end))
                continue;
            TRY(booking_id_parse(b->id, &id));
            TRY(booking_cancel(v, r, id, err));
        }
    } while (list.n_rows == MAX_CUSTOMER_ROWS);
    return OK;
}

/* Is nothing of theirs to come or in flight, or can it be made so? */
static enum status clear_way(struct vault *v, struct request *r,
                             const struct customer_erase_ask *ask, struct customer_count *count,
                             struct error *err)
{
    struct customer_count left;
    if (count->bookings == 0)
        return error_set(err, ERR_NOT_FOUND, "customer",
                         "nothing is kept of a customer with that address");
    if (count->coming && !ask->cancel)
        return error_set(err, ERR_CONFLICT, "customer",
                         "%lld bookings are still to come: --cancel cancels them first",
                         (long long)count->coming);
    if (count->coming)
        TRY(cancel_coming(v, r, ask, err));
    TRY(store_customer_count(v->store, ask->account, ask->email, v->now(), &left, err));
    if (left.coming + left.in_flight)
        return error_set(err, ERR_UNCERTAIN, "customer",
                         "%lld bookings are not settled with the calendar yet: try again in a "
                         "minute",
                         (long long)(left.coming + left.in_flight));
    return OK;
}

enum status handle_customer_erase(struct vault *v, struct request *r,
                                  const struct customer_erase_ask *ask,
                                  struct customer_erase_answer *answer, struct error *err)
{
    struct customer_count count;
    struct erasure_open open = {0};
    TRY(store_customers_hash(v->store, err));
    TRY(store_customer_count(v->store, ask->account, ask->email, v->now(), &count, err));
    answer->bookings = count.bookings;
    answer->coming = count.coming;
    if (ask->forecast)
        return OK;
    TRY(clear_way(v, r, ask, &count, err));
    TRY(store_customer_erase(v->store, ask->account, ask->email, v->now(), &open, err));
    TRY(erase_run(v, &open, r->deadline_ms, err));
    return store_erasure_get(v->store, &r->a, open.id, &answer->erasure, err);
}
