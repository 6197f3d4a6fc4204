/* SPDX-License-Identifier: ISC
 *
 * One end of a stream socket between two of our programs: bytes in, bytes out, and descriptors that ride
 * along. It knows nothing of messages (wire/frame does). Works blocking, through channel_wait, and in a
 * loop of its owner's. Not for two threads at once.
 */
#ifndef OS_CHANNEL_H
#define OS_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

enum { CHANNEL_FDS = 4 };

struct channel {
    int fd;         /* non-blocking, owned */
    struct buf in;  /* received, not yet dropped */
    struct buf out; /* to be sent */
    int fds_in[CHANNEL_FDS];
    int fds_out[CHANNEL_FDS];
    unsigned n_fds_in, n_fds_out;
};

/* Take over a socket; at most max_in and max_out bytes wait on its two sides. */
void channel_init(struct channel *ch, int fd, size_t max_in, size_t max_out);

/* Close it and every descriptor that nobody took; wipe its buffers. Accepts a zeroed one with fd -1. */
void channel_done(struct channel *ch);

/* Make a connected pair. ret_two is not inherited over exec unless the owner says so. */
enum status channel_pair(int *ret_one, int *ret_two) MUST_CHECK;

/* Read once. OK: ch->in grew. ERR_NOT_FOUND: nothing there now. ERR_CLOSED: the peer is gone. ERR_FULL: in
 * is full, or the peer sends more descriptors than allowed; close it. */
enum status channel_fill(struct channel *ch) MUST_CHECK;

/* Drop n handled bytes from the front of in, overwriting them: they may have held a secret. */
void channel_drop(struct channel *ch, size_t n);

/* Send what is waiting. OK: all gone. ERR_NOT_FOUND: the rest must wait. ERR_CLOSED: the peer is gone. */
enum status channel_flush(struct channel *ch) MUST_CHECK;

/* Let fd, which the channel now owns, ride on the bytes in out. ERR_FULL: too many wait (fd is closed). */
enum status channel_put_fd(struct channel *ch, int fd) MUST_CHECK;

/* Take the oldest descriptor received; -1 where there is none. */
int channel_take_fd(struct channel *ch);

/* Wait until it can be read (or written) or until deadline_ms of clock_ms: ERR_TIMEOUT. */
enum status channel_wait(struct channel *ch, bool to_write, int64_t deadline_ms) MUST_CHECK;

#endif
