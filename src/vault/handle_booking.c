/* SPDX-License-Identifier: ISC */
#include "vault/booking.h"

enum status handle_booking(struct vault *v, struct request *r, const struct booking_ask *ask,
                           struct booking_answer *answer, struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    TRY(store_booking_find_token(v->store, &r->a, &ask->token, v->now(), &booking, err));
    TRY(store_page_get(v->store, &r->a, booking.page, &page, err));
    answer->booking = booking_show(&r->a, &booking, &page);
    return OK;
}

enum status handle_booking_noshow(struct vault *v, struct request *r,
                                  const struct booking_noshow_ask *ask,
                                  struct booking_noshow_answer *answer, struct error *err)
{
    (void)answer;
    struct booking_stored booking;
    TRY(booking_of(v, r, ask->account, ask->id, &booking, err));
    return store_booking_noshow(v->store, booking.id, !ask->undo, v->now(), err);
}

enum status handle_booking_list(struct vault *v, struct request *r,
                                const struct booking_list_ask *ask,
                                struct booking_list_answer *answer, struct error *err)
{
    return store_booking_list(v->store, &r->a, ask, answer, err);
}

enum status handle_booking_show(struct vault *v, struct request *r,
                                const struct booking_show_ask *ask,
                                struct booking_show_answer *answer, struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    TRY(booking_of(v, r, ask->account, ask->id, &booking, err));
    TRY(store_page_get(v->store, &r->a, booking.page, &page, err));
    answer->booking = booking_show(&r->a, &booking, &page);
    answer->booking.no_show = booking.no_show;
    return OK;
}
