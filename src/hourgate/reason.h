/* SPDX-License-Identifier: ISC
 *
 * Why a start is not offered, in sentences. For the host's eyes; customers learn none of it.
 */
#ifndef HOURGATE_REASON_H
#define HOURGATE_REASON_H

#include "base/arena.h"
#include "time/zone.h"
#include "wire/types.h"

struct teller {
    struct arena *a;         /* of all that is returned */
    const struct zone *zone; /* the page's */
};

/* Format an instant by the page's clock: "2026-12-24 09:00". */
const char *reason_local(const struct teller *teller, struct instant t);

/* Say all reasons on one line; none is the empty text. */
const char *reason_sentences(const struct teller *teller, const struct reason *reasons,
                             size_t n);

#endif
