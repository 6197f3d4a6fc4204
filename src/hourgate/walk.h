/* SPDX-License-Identifier: ISC
 *
 * A command that sets the walk going may wait for its end (store/walk.h), with a line of progress for a person.
 */
#ifndef HOURGATE_WALK_H
#define HOURGATE_WALK_H

#include "hourgate/call.h"
#include "hourgate/client.h"

#define WAIT_OPTION                                                                            \
    {                                                                                          \
        "wait", NULL, "wait until all values are sealed anew"                                  \
    }

/* Wait where --wait was given, and where no server runs that would go on with it. ret_left: the accounts that are
 * not done yet. ERR_SEAL: some values cannot be opened, and the older keys are kept for them. */
enum status walk_wait(struct call *call, struct client *client, int64_t *ret_left,
                      struct error *err) MUST_CHECK;

#endif
