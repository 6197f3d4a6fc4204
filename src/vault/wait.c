/* SPDX-License-Identifier: ISC */
#include "vault/wait.h"

#include <errno.h>
#include <time.h>

#include "os/clock.h"

void wait_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    ENSURE(pthread_condattr_init(&attributes) == 0);
    ENSURE(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    ENSURE(pthread_cond_init(cond, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

bool wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ms)
{
    struct timespec until = {.tv_sec = deadline_ms / 1000,
                             .tv_nsec = deadline_ms % 1000 * 1000000};
    return pthread_cond_timedwait(cond, lock, &until) != ETIMEDOUT;
}

/* pthread_timedjoin_np takes the wall clock's time. */
static struct timespec wall_time_of(int64_t deadline_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t left_ms = deadline_ms - clock_ms();
    if (left_ms > 0) {
        int64_t ns = t.tv_nsec + left_ms % 1000 * 1000000;
        t.tv_sec += left_ms / 1000 + ns / 1000000000;
        t.tv_nsec = ns % 1000000000;
    }
    return t;
}

enum status wait_join(pthread_t thread, int64_t deadline_ms)
{
    struct timespec until = wall_time_of(deadline_ms);
    return pthread_timedjoin_np(thread, NULL, &until) == 0 ? OK : ERR_TIMEOUT;
}
