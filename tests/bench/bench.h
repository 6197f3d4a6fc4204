/* SPDX-License-Identifier: ISC
 *
 * What the bench programs share: time a call, print a row. A row is a line of six fields apart by tabs: number,
 * quantity, goal, measured, peer, and "met" or "missed". tests/bench/run collects them.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double bench_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline int bench_compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

/* Return the median CPU time of a call in microseconds, over `times` calls (at most 1000) after one to warm up. */
static inline double bench_median_us(void (*call)(void *), void *context, int times)
{
    double taken[1000];
    call(context);
    for (int i = 0; i < times; i++) {
        double before = bench_now_us();
        call(context);
        taken[i] = bench_now_us() - before;
    }
    qsort(taken, (size_t)times, sizeof *taken, bench_compare);
    return taken[times / 2];
}

/* Print a row; peer may be empty. Returns whether the goal was met. */
static inline bool bench_row_peer(const char *number, const char *quantity, const char *goal,
                                  const char *measured, const char *peer, bool met)
{
    printf("%s\t%s\t%s\t%s\t%s\t%s\n", number, quantity, goal, measured, peer,
           met ? "met" : "missed");
    return met;
}

/* Print a row without a peer; returns whether the goal was met. */
static inline bool bench_row(const char *number, const char *quantity, const char *goal,
                             const char *measured, bool met)
{
    return bench_row_peer(number, quantity, goal, measured, "", met);
}

#endif
