/* SPDX-License-Identifier: ISC
 *
 * The wait between two steps: until a calendar's folder changes, another command changed the pairing, XMPP says
 * something, a signal comes, or time is up.
 */
#ifndef CONNECTOR_LINUX_WATCH_H
#define CONNECTOR_LINUX_WATCH_H

#include "connector/linux/stream.h"
#include "connector/linux/vdir.h"

struct watch {
    const struct vdir *vdir;
    const struct settings *settings;
    int fd;        /* of inotify */
    int state_wd;  /* the state folder's watch */
    bool is_stale; /* folders came or went: look again */
};

/* Begin to watch. ERR_IO where the kernel gives no more watches: how to raise that is in the line. */
enum status watch_open(struct watch *watch, const struct vdir *vdir,
                       const struct settings *settings, struct error *err) MUST_CHECK;
void watch_close(struct watch *watch);

/* Wait at most ms, or until stop_fd can be read; return bits of enum signal_bit. */
unsigned watch_wait(struct watch *watch, const struct stream *stream, int stop_fd, int64_t ms);

#endif
