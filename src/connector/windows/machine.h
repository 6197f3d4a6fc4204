/* SPDX-License-Identifier: ISC
 *
 * The core with all that Windows gives it, and its loop. The command (main.c) runs it in the foreground, the window
 * (tray.c) in a thread.
 */
#ifndef CONNECTOR_WINDOWS_MACHINE_H
#define CONNECTOR_WINDOWS_MACHINE_H

#include "connector/windows/desk.h"
#include "connector/windows/http.h"

#include "connector/connector.h"

struct machine {
    struct keep keep;
    struct settings settings;
    struct desk desk;
    struct http http;
    struct wake_line wake;
    struct platform platform;
    HANDLE stop;    /* end the loop */
    HANDLE changed; /* the settings or the pairing were changed by whoever has the window */
};

#define MACHINE_CLOSED ((struct machine){.keep.log = INVALID_HANDLE_VALUE})

/* Open all of it; sends nothing. machine_done in any case. */
enum status machine_open(struct machine *m, struct error *err) MUST_CHECK;
void machine_done(struct machine *m); /* accepts a closed one */

/* Become the one that serves this user: two would write every booking twice. NULL: another one does. The
 * caller closes it. */
HANDLE machine_hold_alone(void);

/* To the window of the one that serves: end. Its class is the program's name. */
enum { MACHINE_QUIT = WM_APP + 1 };
#define MACHINE_WINDOW L"hourgate-connector"

enum { MACHINE_ONCE_STEPS = 200, MACHINE_ONCE_WAIT_MS = 1000 };

/* Serve until m->stop is set; once: until nothing is due. ret_works: at its end it was in order. */
enum status machine_serve(struct machine *m, bool once, bool *ret_works,
                          struct error *err) MUST_CHECK;

#endif
