/* SPDX-License-Identifier: ISC
 *
 * Moving a booking, whoever asks for it: its customer (handle_move.c) or the host (handle_host.c).
 */
#ifndef VAULT_MOVE_H
#define VAULT_MOVE_H

#include "vault/booking.h"
#include "vault/permit.h"

struct moving {
    int64_t id;
    struct instant start; /* where to */
    struct permit permit;

    /* what became of it */
    struct booking_stored booking;
    struct page_stored page;
    struct view view;
    bool looked; /* into the calendar: the view knows what it said */
};

/* Move a booking. OK too where it stands there already.
 *
 * Fails   ERR_CONFLICT: it stays where it is (booking says where); ERR_UNCERTAIN: the calendar has not said yet
 */
enum status booking_move(struct vault *v, struct request *r, struct moving *m,
                         struct error *err) MUST_CHECK;

#endif
