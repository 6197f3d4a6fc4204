/* SPDX-License-Identifier: ISC
 *
 * The calendar on somebody's desk, behind vault/calendar.h: what was pushed, or a question that waits until its PC has
 * fetched and answered it. It is always the PC that asks, so nothing is sent from here but a hint to come.
 *
 * A question is a record on the stack of whoever waits for its answer, and the answer is handed over in memory: of
 * Real-time sync nothing is kept. A PC that waits for a question is a record too, not a thread.
 */
#ifndef VAULT_DESK_H
#define VAULT_DESK_H

#include <pthread.h>

#include "store/desk.h"
#include "vault/peer.h"

enum {
    DESK_QUESTIONS_MAX = 8,   /* that wait for one PC */
    DESK_WAITERS_MAX = 10000, /* PCs that wait for a question */
    DESK_ANSWER_MS = 10000,   /* so long a question waits for its answer */
    DESK_SILENT_S = 900,      /* a PC that was not heard for so long is not asked */
    DESK_DAYS_AHEAD =
        750, /* pushed: the longest horizon of a page, and whole weeks around it */
};

struct calendar;
struct vault;

struct desks {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct list questions; /* struct desk_question_open; each on its asker's stack */
    struct list waiters;   /* struct desk_waiter, heap */
    size_t n_waiters;
    /* Tell a PC that something waits for it: a question's number, or 0. NULL: it will ask by itself. Under no lock. */
    void (*wake)(void *with, int64_t desk, int64_t number);
    void *with;
};

void desks_init(struct desks *desks);
void desks_done(struct desks *desks);

/* Is a connection's calendar on a desk? */
enum status desk_is(struct calendar *cal, int64_t connection, bool *ret_is,
                    struct error *err) MUST_CHECK;

/* Do a job of calendar.h there. ERR_UNSUPPORTED: it knows no such job; the others as that one says. */
enum status desk_do(struct calendar *cal, int64_t connection, enum wire_type type,
                    const void *ask, int64_t deadline_ms, struct arena *a, void *ret_answer,
                    struct error *err) MUST_CHECK;

/* Something waits for a PC: hand it to the PC where it waits, or wake it. number 0: an order. */
void desk_wake(struct desks *desks, int64_t desk, int64_t number);

/* Find what is asked of a PC: the question of that number, or with 0 one that it has not fetched yet. False: none. */
bool desk_question_find(struct desks *desks, int64_t desk, int64_t number,
                        struct desk_question_answer *ret_question);

/* Let a PC wait for a question until deadline_ms of clock_ms; an earlier waiter of it is answered with none. False: too
 * many wait. */
bool desk_wait(struct desks *desks, int64_t desk, struct peer *peer, uint64_t number,
               int64_t deadline_ms);

/* Hand an answer to whoever asked; false: nobody waits for it any more. */
bool desk_question_answer(struct desks *desks, int64_t desk, const struct desk_answer *answer);

/* Answer the waiters whose time is over. Every few seconds. */
void desk_tend(struct desks *desks);

/* A pairing was ended or changed: whoever waits is sent away. */
void desk_dismiss(struct desks *desks, int64_t desk);

#endif
