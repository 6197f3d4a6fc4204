/* SPDX-License-Identifier: ISC
 *
 * The edge's one door: questions to the vault, answers in any order. A question that waits is a place in a
 * table; its number is the place and the place's generation, so an answer that comes after its asker
 * gave up finds nobody and is dropped. Every question has a deadline. The vault may go and another come.
 */
#ifndef EDGE_DOOR_H
#define EDGE_DOOR_H

#include "base/list.h"
#include "http/loop.h"
#include "os/channel.h"
#include "wire/frame.h"

/* Embedded by whoever asks. */
struct door_question {
    struct list node; /* in order of deadlines, per kind of deadline */
    int64_t deadline_ms;
    struct arena *arena; /* answers are decoded into it */
    enum wire_type type;
    uint32_t place; /* in the table, from 1; 0: not waiting */
    uint64_t
        batch; /* of the answer: equal for questions that one answer was for; 0: for this one alone */
    /* Take the answer. status is the reply's. Where none came in time, or the vault went, it is ERR_CLOSED, or
     * ERR_UNCERTAIN for a write; where nonsense came, ERR_INVALID. answer is NULL unless the reply had a body;
     * it lives in the arena, and whoever takes it does its wire_wipe; that of a batch is lent for the call. */
    void (*answered)(struct door_question *question, enum status status, int64_t retry_s,
                     void *answer);
    /* NULL, or: take a part of the answer before it comes (wire/frame.h). It lives for the call. */
    void (*part)(struct door_question *question, const void *part);
};

struct door_place {
    struct door_question *question; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
};

enum door_patience {
    DOOR_READ,  /* slots, pages: as long as a visitor waits */
    DOOR_WRITE, /* booking, moving, cancelling: below the minute after which proxies give up */
    DOOR_PATIENCE_COUNT
};

struct door {
    struct watch watch;
    struct loop *loop;
    struct channel channel;
    bool open;                 /* a vault is there */
    int64_t shut_ms;           /* since when none is; 0: one is, or none ever was */
    bool wants_out;            /* waiting for room in the socket */
    struct door_place *places; /* places[0] heads the free list */
    uint32_t n_places, n_waiting;
    struct list waiting[DOOR_PATIENCE_COUNT];
    uint64_t n_batches;
    uint64_t asked, late, timeouts; /* counts; late: answers that found nobody */
};

/* At most max_waiting questions wait. */
void door_init(struct door *door, struct loop *loop, uint32_t max_waiting);
void door_done(struct door *door);

/* Talk to the vault at the other end of fd from now on. What waited for an older one fails: ERR_CLOSED. */
void door_attach(struct door *door, int fd);

/* Ask. ERR_CLOSED: no vault is there. ERR_FULL: too many wait. ERR_INVALID: a field breaks its maximum. */
enum status door_ask(struct door *door, struct door_question *question, enum wire_type type,
                     const void *ask, enum door_patience patience) MUST_CHECK;

/* Forget a question; its answer will be dropped. Harmless where it does not wait. */
void door_forget(struct door *door, struct door_question *question);

/* After each turn: send what was asked, and end what waited too long. */
void door_turn(struct door *door, int64_t now_ms);

/* Was there a vault, and is none there for so long that none will come? The parent gives a new one at once where
 * the vault ended; where it closed this channel alone, only a new edge gets another. */
bool door_is_lost(const struct door *door, int64_t now_ms);

/* Return how long the next turn may wait, -1 for ever. */
int door_timeout_ms(const struct door *door, int64_t now_ms);

#endif
