/* SPDX-License-Identifier: ISC
 *
 * What each profile allows, as data. Everything that is not in a list ends the process.
 */
#ifndef OS_LINUX_JAIL_LISTS_H
#define OS_LINUX_JAIL_LISTS_H

#include <seccomp.h>
#include <stdint.h>

#include "os/jail.h"

/* A rule: allow a call (errno 0) or refuse it with errno, perhaps only where one argument says so. */
struct jail_rule {
    int call;         /* SCMP_SYS; a negative number: the end of a list */
    int refuse_errno; /* 0: allow */
    unsigned argument;
    uint32_t mask; /* 0: whatever the arguments are; else (argument & mask) == value */
    uint32_t value;
};

/* Return the lists of a profile: each ends in call JAIL_LIST_END, the array in NULL. What an earlier list says
 * of a call stands. */
enum { JAIL_LIST_END = INT32_MIN };
const struct jail_rule *const *jail_lists(enum jail_profile profile);

#endif
