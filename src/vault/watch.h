/* SPDX-License-Identifier: ISC
 *
 * Streams of notifications from the calendars that bookings stand in, so that what hosts do there is followed within
 * seconds and not at the next poll. A stream only ever says that something may have changed in a mailbox; the
 * follower then asks what (vault/follow.h), as it does once whenever a stream has been opened or has broken, and
 * now and then in any case. So nothing is lost with a hint, and whoever is not watched is polled.
 *
 * A personal mailbox has a stream of its own, those of a service account share some. Which vault watches whom is
 * agreed with nobody: two that do so ask twice and come to the same.
 */
#ifndef VAULT_WATCH_H
#define VAULT_WATCH_H

#include "store/follow.h"
#include "vault/follow.h"
#include "vault/stream.h"

enum {
    WATCH_STREAMS = 32,         /* a child each; personal mailboxes beyond it are polled */
    WATCH_PER_SIGN_IN = 3,      /* Exchange 2013 lets a user hold no more */
    WATCH_SOUND_MS = 10 * 1000, /* a stream that ends sooner is a broken one */
};

struct watcher {
    struct vault *v;
    struct follower *follower;
    size_t n_streams; /* that there may be; 0: nothing is watched */
    int64_t every_ms; /* between two looks at who is to be watched */
    struct stream streams[WATCH_STREAMS];
    struct backoff backoff; /* by sign-in; this and streams: the thread's own */
    struct watchable wanted[STORE_WATCHABLE_MAX];
    size_t n_wanted;
    pthread_t thread;
    atomic_bool ends;
};

/* Make one without a thread: for watcher_plan and watcher_turn alone. */
void watcher_init(struct watcher *w, struct follower *follower, size_t n_streams);
void watcher_done(struct watcher *w);

/* See who is to be watched now: open what is missing, end what is not wanted any more. */
void watcher_plan(struct watcher *w);

/* Wait until deadline_ms of clock_ms for answers of couriers, and act on those that came. */
void watcher_turn(struct watcher *w, int64_t deadline_ms);

/* The thread that does both. */
enum status watcher_start(struct watcher *w, struct follower *follower, size_t n_streams,
                          struct error *err) MUST_CHECK;

/* Ask it to end and wait until deadline_ms of clock_ms: ERR_TIMEOUT where it is still at work. */
enum status watcher_stop(struct watcher *w, int64_t deadline_ms) MUST_CHECK;

#endif
