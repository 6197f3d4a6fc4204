/* SPDX-License-Identifier: ISC
 *
 * A courier that follows a script: a zygote and its children as threads over socket pairs, with a calendar
 * in memory behind them. What a test sets holds from the next job on; what was asked is counted.
 */
#ifndef TEST_VAULT_SCRIPT_H
#define TEST_VAULT_SCRIPT_H

#include <pthread.h>

#include "wire/link.h"

enum { SCRIPT_EVENTS = 256, SCRIPT_BUSY = 128, SCRIPT_THREADS = 512, SCRIPT_GONE = 64 };

struct script_event {
    char uid[MAX_UID + 1];
    struct instant start, end;
    char title[64]; /* of the last change */
    enum show_as show_as;
    int64_t changed; /* the script's number of its last change */
};

struct script {
    pthread_mutex_t lock;
    int fd; /* the vault's end of the zygote's channel, to be attached */
    struct busy busy[SCRIPT_BUSY];
    size_t n_busy;
    struct script_event events[SCRIPT_EVENTS]; /* what was written; they are busy too */
    size_t n_events;
    struct script_event gone[SCRIPT_GONE]; /* what was removed, oldest first */
    size_t n_gone;
    int64_t n_changes;      /* so far; `changes` gives it as state */
    size_t changes_at_once; /* 0: all */
    bool forgets;           /* what state `changes` is asked from, every time but from none */
    enum status result[WIRE_TYPE_MAX]; /* what a job ends with; OK does it */
    int64_t retry_s;
    bool unsound;                 /* the doctor finds the sign-in refused */
    bool loses[WIRE_TYPE_MAX];    /* does the job, then dies without an answer */
    bool swallows[WIRE_TYPE_MAX]; /* does not do the job, and dies without an answer */
    int hints;                    /* that a stream will tell */
    size_t n_watched;             /* mailboxes that the last `watch` named */
    int64_t delay_ms;             /* before the answer to each job */
    int calls[WIRE_TYPE_MAX];
    int most_at_once; /* jobs under way at the same time */
    int at_once;
    int spawned;
    char password[64];                 /* what the last `open` brought */
    char user[64], impersonate[64];    /* likewise, or a later `act` */
    struct instant busy_from, busy_to; /* the last window asked for */
    char busy_calendar[64];            /* which was asked there, and how many besides */
    size_t n_sources;
    char written_to[64];   /* the calendar of the last create */
    char searched_in[256]; /* the calendars of all finds, a ; behind each */
    bool told_removal;     /* the last removal was to be told to the invitee */
    enum room_answer room; /* what the room of every event has answered, as find tells */
    char asks[64];         /* Autodiscover wants consent to this domain */
    bool online;           /* and finds the mailbox in Microsoft 365 */
    pthread_t threads[SCRIPT_THREADS];
    size_t n_threads;
};

void script_start(struct script *s);

/* End all threads: close the vault's side first. */
void script_stop(struct script *s);

/* Compare a text that a job left, under the lock. */
#define SCRIPT_SAYS(s, member, expected)                                                       \
    do {                                                                                       \
        char said_[sizeof(s)->member];                                                         \
        pthread_mutex_lock(&(s)->lock);                                                        \
        memcpy(said_, (s)->member, sizeof said_);                                              \
        pthread_mutex_unlock(&(s)->lock);                                                      \
        assert_string_equal(said_, expected);                                                  \
    } while (0)

/* Change the script under its lock. */
#define SCRIPT_SET(s, change)                                                                  \
    do {                                                                                       \
        pthread_mutex_lock(&(s)->lock);                                                        \
        change;                                                                                \
        pthread_mutex_unlock(&(s)->lock);                                                      \
    } while (0)

int script_calls(struct script *s, enum wire_type type);
size_t script_events(struct script *s);
struct script_event script_event(struct script *s, size_t at);

/* Move or delete an event as its host does. */
void script_move(struct script *s, size_t at, struct instant start, struct instant end);
void script_delete(struct script *s, size_t at);

#endif
