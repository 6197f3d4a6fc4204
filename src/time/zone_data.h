/* SPDX-License-Identifier: ISC
 *
 * What a zone is made of. Internal to time/.
 */
#ifndef TIME_ZONE_DATA_H
#define TIME_ZONE_DATA_H

#include "base/limits.h"
#include "time/posix_tz.h"
#include "time/zone.h"

struct zone {
    char name[MAX_ZONE + 1];
    int32_t first_offset_s;      /* before the first change */
    struct zone_change *changes; /* heap; rising, each a real change of the offset */
    size_t n_changes;
    int64_t rule_from; /* the rule holds from here on: the table's last entry */
    bool has_rule;
    struct posix_tz rule;
};

#endif
