/* SPDX-License-Identifier: ISC
 *
 * Single values as Exchange writes them.
 */
#ifndef EWS_VALUE_H
#define EWS_VALUE_H

#include "base/instant.h"
#include "base/status.h"
#include "base/text.h"
#include "wire/types.h"

/* Read an xs:dateTime: 0 to 9 fraction digits, an offset as Z, +01:00 or +0100, or none, which is UTC, as
 * every request of ours says UTC. White space around it is dropped. A fraction rounds down, or up where
 * round_up, so that no interval loses a part. ERR_INVALID otherwise. */
enum status ews_time_parse(struct text t, bool round_up,
                           struct instant *ret_instant) MUST_CHECK;

/* Return what a LegacyFreeBusyStatus or BusyType means; NO_DATA for a word that is not known. */
enum busy_status ews_status_parse(struct text t);

/* Return what a digit of a MergedFreeBusy string means. */
enum busy_status ews_digit_status(char digit);

#endif
