/* SPDX-License-Identifier: ISC
 *
 * What a program may no longer do once it serves. Two walls: Landlock for files (and TCP, where the
 * kernel's ABI has it), seccomp for system calls. Both or none: a program that cannot put them up does
 * not start. Whatever a program needs for its life (zones, roots, libraries) is loaded before.
 *
 * A call that no sound build makes ends the process at once; calls that libraries try in passing are
 * refused by errno. Lists and reasons: doc/boundary.md.
 *
 * Sanitizer builds (JAIL_SANITIZER) have looser lists: the sanitizer's run-time maps memory as it likes,
 * reads /proc and stops its own threads by ptrace to look for leaks. What they allow, their probe shows.
 */
#ifndef OS_JAIL_H
#define OS_JAIL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/status.h"

enum jail_profile {
    JAIL_EDGE,          /* serve inherited listeners; no file, no new socket, no thread */
    JAIL_VAULT,         /* files under the data directory, threads; no socket of its own */
    JAIL_COURIER,       /* the zygote: fork; what it forbids its children can never do */
    JAIL_COURIER_CHILD, /* stacked upon JAIL_COURIER: threads, but neither fork nor kill */
    JAIL_PROFILE_COUNT
};

/* Lists end in NULL; a NULL list is empty. A directory stands for everything beneath it. */
struct jail_paths {
    const char *const *read;  /* one that does not exist is passed over */
    const char *const *write; /* read, write, create and remove files; must exist */
};

/* Enter the jail for good, with no new privileges ever after. Call it before any thread is started.
 * paths may be NULL: no file at all. JAIL_COURIER_CHILD takes no paths; it keeps those of JAIL_COURIER.
 *
 * Fails   ERR_UNSUPPORTED (the kernel lacks Landlock or seccomp), ERR_INVALID (a thread runs already),
 *         ERR_IO; the program must end then
 */
enum status jail_enter(enum jail_profile profile, const struct jail_paths *paths,
                       struct error *err) MUST_CHECK;

/* Was the program called as `PROGRAM --probe-jail`? */
bool jail_probe_wanted(int argc, char **argv);

/* Try everything that a profile forbids, each thing in a child process of its own that entered the jail
 * first, and each once without the jail, to know that it would work. Prints one line per operation:
 * profile, operation, `refused`, `open` or `untried`, and how, with tabs between. JAIL_COURIER tries
 * JAIL_COURIER_CHILD too. Returns the exit code: 0 only where all was refused. A main's first line:
 *
 *     if (jail_probe_wanted(argc, argv))
 *         return jail_probe(JAIL_EDGE, NULL);
 */
int jail_probe(enum jail_profile profile, const struct jail_paths *paths);

#endif
