/* SPDX-License-Identifier: ISC
 *
 * The core's calendar_adapter: Outlook in a thread of its own (a single-threaded apartment), since a dialogue of its
 * can hold a call for as long as it is open. Whoever asks waits so long and no longer; a thread that does not come back
 * is left behind, and the next question gets another.
 */
#ifndef CONNECTOR_WINDOWS_DESK_H
#define CONNECTOR_WINDOWS_DESK_H

#include "connector/windows/outlook.h"
#include "connector/windows/settings.h"

enum {
    DESK_WAIT_MS = 45 * 1000,       /* without a step forward */
    DESK_WAIT_MOST_MS = 600 * 1000, /* in all: a calendar of 20,000 events is read whole */
    DESK_LOST_MOST = 4,
};

struct desk {
    struct settings *settings;  /* borrowed: which calendars count */
    struct desk_thread *thread; /* NULL: none yet, or the last was left behind */
    int n_lost;
};

struct calendar_adapter calendar_adapter_of(struct desk *desk);
void desk_done(struct desk *desk); /* accepts a zeroed one */

#endif
