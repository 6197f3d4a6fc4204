/* SPDX-License-Identifier: ISC
 *
 * The word that some bookings wait for: of their customer by mail, of their host; and what becomes of those for which
 * it does not come.
 */
#ifndef VAULT_APPROVE_H
#define VAULT_APPROVE_H

#include "vault/booking.h"

/* End a booking that waits, as its customer or its host does. The caller has claimed and read it; leaves in *booking
 * what stands then. */
enum status booking_end_open(struct vault *v, struct booking_stored *booking,
                             const struct booking_end *ending, struct error *err) MUST_CHECK;

/* End those whose time is over; by the settler. */
void booking_lapse_all(struct vault *v);

#endif
