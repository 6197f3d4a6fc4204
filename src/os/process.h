/* SPDX-License-Identifier: ISC
 *
 * Programs as processes: how one makes itself safe to hold secrets, how it drops to another user, and
 * how the parent starts and ends the others.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/status.h"

/* The descriptor on which a started program finds its control channel. */
enum { PROCESS_CONTROL_FD = 3 };

/* Make this process hold secrets well, first thing in every main: not dumpable, no core, TZ=UTC0 (so that
 * nothing opens /etc/localtime later), umask 077, SIGPIPE ignored. */
void process_prepare(void);

/* Be killed when the process that started this one ends. Holds until process_become or the next exec. */
void process_follow_parent(void);

/* Become another user for good, with no further groups; -1 and -1 stay. Keeps process_prepare's and
 * process_follow_parent's promises. ERR_DENIED where the kernel refuses or the old user could come back. */
enum status process_become(int64_t uid, int64_t gid, struct error *err) MUST_CHECK;

struct process {
    pid_t pid; /* 0: none */
    int pidfd; /* readable when it has ended; owned; -1: none */
};

#define PROCESS_NONE ((struct process){.pid = 0, .pidfd = -1})

/* Start a program in a process group of its own. It inherits control_fd as PROCESS_CONTROL_FD, output_fd as
 * its standard output, standard error, nothing to read, and a bare environment: no variable of ours but
 * those that start with HOURGATE_ and sanitizer options. It dies with us.
 *
 * argv    ends in NULL
 * Owner   the descriptors stay the caller's; -1: no control channel, standard error as output
 * Fails   ERR_NOT_FOUND (no such program), ERR_IO
 */
enum status process_start(const char *path, const char *const *argv, int control_fd,
                          int output_fd, struct process *ret_process,
                          struct error *err) MUST_CHECK;

/* Wait until it has ended or deadline_ms of clock_ms: ERR_TIMEOUT. *ret_how (may be NULL) is its exit code,
 * or 128 and the signal's number. Frees the process; PROCESS_NONE is OK at once. */
enum status process_wait(struct process *process, int64_t deadline_ms, int *ret_how) MUST_CHECK;

/* Give it until deadline_ms to end by itself, then kill it, and wait. Returns as process_wait's *ret_how. */
int process_end(struct process *process, int64_t deadline_ms);

#endif
