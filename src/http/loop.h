/* SPDX-License-Identifier: ISC
 *
 * One thread's descriptors. Somebody who waits for one embeds a struct watch, and is called with the
 * epoll events once per turn.
 *
 * A watch must stay where it is until the turn in which it was removed is over: an event for it may
 * already be in hand.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <stdint.h>

#include "base/status.h"

struct watch {
    void (*ready)(struct watch *watch, uint32_t events);
};

struct loop {
    int epoll_fd; /* owned */
};

enum status loop_init(struct loop *loop) MUST_CHECK;
void loop_done(struct loop *loop);

enum status loop_add(struct loop *loop, int fd, uint32_t events,
                     struct watch *watch) MUST_CHECK;
enum status loop_change(struct loop *loop, int fd, uint32_t events,
                        struct watch *watch) MUST_CHECK;
void loop_remove(struct loop *loop, int fd);

/* Wait for at most timeout_ms (-1: for ever) and call everybody whose descriptor is ready. */
enum status loop_turn(struct loop *loop, int timeout_ms) MUST_CHECK;

#endif
