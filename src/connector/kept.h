/* SPDX-License-Identifier: ISC
 *
 * What stays on this PC between two runs, in three small files that are each written whole:
 *
 *     pairing   the server, the connection's number, what the person switched
 *     journal   what the server was told: start, end, status and key of every time, no ids, no titles
 *     events    what we wrote: our id of it and the booking's uid; outcomes that the server has not heard yet
 *
 * The token is not among them (platform.h, secret_adapter). A journal that is lost or damaged is begun anew;
 * events that are lost are found again by the mark that they carry.
 */
#ifndef CONNECTOR_KEPT_H
#define CONNECTOR_KEPT_H

#include "connector/platform.h"
#include "wire/desk.h"

enum {
    KEPT_VERSION = 1,
    KEPT_EVENTS_MAX = 4000,
    KEPT_OUTCOMES_MAX = 256,
    KEPT_FILE_MAX = 2 << 20,
    KEPT_DAYS = 60, /* after its end an event of ours is forgotten */
};

/* Why the program asks the server nothing any more until it is paired again. */
enum kept_end {
    KEPT_SERVES,
    KEPT_REVOKED, /* the connection was removed at the server */
    KEPT_END_COUNT
};

#define KEPT_PAIRING_FIELDS(F)                                                                 \
    F(I64, version, 0, )                                                                       \
    F(TEXT, url, MAX_LINK, ) /* without a slash at its end */                                  \
    F(I64, connection, 0, )                                                                    \
    F(FLAG, asks_mode, 0, ) /* the server has not heard of `mode` yet */                       \
    F(CODE, mode, DESK_MODE_COUNT, desk_mode)                                                  \
    F(CODE, end, KEPT_END_COUNT, kept_end)
SHAPE_STRUCT(kept_pairing, KEPT_PAIRING_FIELDS)

#define KEPT_TIME_FIELDS(F)                                                                    \
    F(I64, key, 0, )                                                                           \
    F(ONE, busy, 0, busy)
SHAPE_STRUCT(kept_time, KEPT_TIME_FIELDS)

#define KEPT_JOURNAL_FIELDS(F)                                                                 \
    F(I64, version, 0, )                                                                       \
    F(I64, connection, 0, )                                                                    \
    F(I64, epoch, 0, )                                                                         \
    F(I64, sequence, 0, )               /* 0: nothing was told, or nobody knows what */        \
    F(LIST, times, MAX_BUSY, kept_time) /* in the order of delta_compare */
SHAPE_STRUCT(kept_journal, KEPT_JOURNAL_FIELDS)

#define KEPT_EVENT_FIELDS(F)                                                                   \
    F(TEXT, id, DESK_ID_MAX, )                                                                 \
    F(TEXT, uid, MAX_UID, )                                                                    \
    F(INSTANT, end, 0, )
SHAPE_STRUCT(kept_event, KEPT_EVENT_FIELDS)

#define KEPT_OUTCOME_FIELDS(F)                                                                 \
    F(I64, number, 0, ) /* of the order */                                                     \
    F(CODE, outcome, DESK_OUTCOME_COUNT, desk_outcome)                                         \
    F(TEXT, id, DESK_ID_MAX, )
SHAPE_STRUCT(kept_outcome, KEPT_OUTCOME_FIELDS)

#define KEPT_EVENTS_FIELDS(F)                                                                  \
    F(I64, version, 0, )                                                                       \
    F(I64, connection, 0, )                                                                    \
    F(LIST, events, KEPT_EVENTS_MAX, kept_event)                                               \
    F(LIST, outcomes, KEPT_OUTCOMES_MAX, kept_outcome)
SHAPE_STRUCT(kept_events, KEPT_EVENTS_FIELDS)

/* All of it in memory. */
struct kept {
    const struct platform *at;
    struct kept_pairing pairing;
    struct kept_journal journal;
    struct kept_events written;
    struct arena of_pairing, of_journal, of_written; /* whose lists and texts these are */
};

/* Read what is there; nothing is no failure: pairing.url is empty then. What belongs to another pairing is dropped.
 * A damaged pairing is ERR_INVALID, ERR_IO is the platform's. */
enum status kept_load(struct kept *kept, const struct platform *at,
                      struct error *err) MUST_CHECK;
void kept_done(struct kept *kept); /* accepts a zeroed one */

/* Read the pairing again, which another program has changed. */
enum status kept_load_pairing(struct kept *kept, struct error *err) MUST_CHECK;

/* Store what was changed in memory. */
enum status kept_store_pairing(struct kept *kept, struct error *err) MUST_CHECK;
enum status kept_store_events(struct kept *kept, struct error *err) MUST_CHECK;

/* Put a journal in the place of the one in memory; times are copied. It is stored once the server has answered. */
void kept_set_journal(struct kept *kept, int64_t epoch, int64_t sequence,
                      const struct kept_time *times, size_t n);
enum status kept_store_journal(struct kept *kept, struct error *err) MUST_CHECK;
enum status kept_drop_journal(struct kept *kept, struct error *err) MUST_CHECK;

/* Return the id of the event of this uid; one is drawn, and not yet stored, where there was none. NULL where
 * no more fit. Of those that are over, old ones are forgotten first. */
const struct kept_event *kept_event_for(struct kept *kept, struct text uid, struct instant end,
                                        struct instant now);

/* Return the event of this id, NULL where we wrote none. */
const struct kept_event *kept_event_of_id(const struct kept *kept, struct text id);

/* Forget an event; in memory. */
void kept_event_gone(struct kept *kept, struct text uid);

/* The outcome of an order that the server may not have heard; NULL where there is none. */
const struct kept_outcome *kept_outcome_find(const struct kept *kept, int64_t number);
void kept_outcome_add(struct kept *kept, int64_t number, enum desk_outcome outcome,
                      struct text id);
void kept_outcome_heard(struct kept *kept, int64_t number);

/* Forget everything on this PC, the token too: all is tried, the first failure told. */
enum status kept_forget(struct kept *kept, struct error *err) MUST_CHECK;

#endif
