/* SPDX-License-Identifier: ISC
 *
 * Places where a test may kill the vault: a build with -Dfaults=true ends at once, without any clean-up,
 * where HOURGATE_FAULT names the place. Other builds know nothing of it.
 */
#ifndef VAULT_FAULT_H
#define VAULT_FAULT_H

#ifdef FAULTS
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void fault_point(const char *place)
{
    const char *wanted = getenv("HOURGATE_FAULT");
    if (wanted && strcmp(wanted, place) == 0)
        _exit(99);
}
#else
static inline void fault_point(const char *place)
{
    (void)place;
}
#endif

#endif
