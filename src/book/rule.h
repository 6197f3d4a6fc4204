/* SPDX-License-Identifier: ISC
 *
 * The rules of a page (struct rule, wire/types.h): what may stand in them. doc/time.md says
 * what they mean.
 */
#ifndef BOOK_RULE_H
#define BOOK_RULE_H

#include "base/error.h"
#include "time/zone.h"
#include "wire/types.h"

enum {
    RULE_DURATION_MAX = 1440, /* minutes; at least 1 */
    RULE_INCREMENT_MIN = 5,   /* minutes: MAX_SLOTS holds MAX_SLOT_DAYS of them */
    RULE_INCREMENT_MAX = 1440,
    RULE_BUFFER_MAX = 1440,   /* minutes, each side */
    RULE_NOTICE_MAX = 525600, /* minutes: a year */
    RULE_HORIZON_MAX = 730,   /* days */
    RULE_PER_DAY_MAX = 288,
    /* The default of `blocking`: everything but free and working elsewhere. */
    RULE_BLOCKING_DEFAULT =
        1 << BUSY_TENTATIVE | 1 << BUSY_BUSY | 1 << BUSY_OOF | 1 << BUSY_NO_DATA,
};

/* Check every field of a rule. zone is what rule->zone names, NULL where there is no such zone.
 *
 * Fails   ERR_INVALID; err->what names the first field that is wrong, its bounds and its value
 */
enum status rule_check(const struct rule *rule, const struct zone *zone,
                       struct error *err) MUST_CHECK;

/* Check that no two spans of a day overlap and no date is closed twice: slots are the same either way, but
 * whoever writes that meant something else. For rules that come in; those that stand are left alone.
 *
 * Fails   ERR_INVALID; err->what names the day and both spans
 */
enum status rule_check_overlap(const struct rule *rule, struct error *err) MUST_CHECK;

/* Does a calendar's interval of this status keep the host from being booked? What is not known
 * does. */
bool rule_blocks(const struct rule *rule, enum busy_status status);

#endif
