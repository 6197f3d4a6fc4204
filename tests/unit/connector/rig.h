/* SPDX-License-Identifier: ISC
 *
 * A whole world for the connector's core: a calendar, a server that keeps wire/desk.h's promises, files, two
 * clocks, chance from a seed, and a counter after which the machine is dead: every call fails from then on and
 * has no effect, as if the program had been killed there.
 */
#ifndef UNIT_CONNECTOR_RIG_H
#define UNIT_CONNECTOR_RIG_H

#include "connector/connector.h"

enum {
    RIG_EVENTS = 64,
    RIG_ORDERS = 64,
    RIG_FILES = 4,
    RIG_TIMES = 9000,
    RIG_NOW = 1800000000, /* 2027-01-15T08:00:00Z */
    RIG_CONNECTION = 7,
};
#define RIG_TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define RIG_URL "https://hourgate.example"

struct rig_event {
    bool is_there;
    char uid[MAX_UID + 1]; /* empty: the owner's own */
    char id[32];
    char title[32];
    struct busy busy;
};

struct rig_order {
    int64_t number;
    enum desk_order_kind kind;
    char uid[32], id[DESK_ID_MAX + 1];
    struct slot slot;
    bool is_done;
    enum desk_outcome outcome;
    int n_done;     /* how often it was told so */
    int n_outcomes; /* different ones that were told */
};

struct rig_file {
    char name[32];
    struct buf bytes;
    bool is_there;
};

struct rig {
    struct platform platform;
    struct connector connector;
    /* the machine */
    int64_t now_s, ms;
    uint64_t seed;
    int lives_for; /* calls; -1: for ever */
    bool is_dead;
    struct rig_file files[RIG_FILES];
    bool has_token;
    struct buf said; /* the log */
    /* the calendar */
    struct rig_event events[RIG_EVENTS];
    enum status calendar_fails;
    int n_wrong; /* writes that broke a rule: over another's time, over another's event, twice */
    /* the server */
    int code;           /* that it answers instead; 0: none */
    int64_t retry_s;    /* and this */
    enum status broken; /* no answer comes */
    int lose_one_in;    /* answers; 0: none */
    enum desk_mode mode;
    bool may_fall_back, wants_xmpp;
    int64_t epoch, sequence;
    bool is_whole;
    struct desk_interval times[RIG_TIMES];
    size_t n_times;
    struct rig_order orders[RIG_ORDERS];
    size_t n_orders;
    int n_hello, n_push, n_full, n_changes, n_pull, n_left;
    int64_t question; /* waits; 0: none */
    struct interval_asked {
        struct instant from, to;
    } asked;
    struct desk_answer answered; /* without its list */
    struct busy answer_first;
    size_t sent_bytes;
    char last_sent[8192]; /* the beginning of the last body */
    /* the stream */
    bool blocked;
    const char *const *script; /* what it receives, in turn; NULL at the end: closed */
    struct buf streamed;       /* what was sent on it */
    bool is_secure, is_stream_open;
};

void rig_init(struct rig *rig);
void rig_done(struct rig *rig);

/* The pairing is there, as if connector_pair had been called; then the program is started. */
void rig_pair(struct rig *rig);
void rig_start(struct rig *rig);
void rig_stop(struct rig *rig);

/* One step; then the clocks move on by what it wanted, at most most_ms. Returns what it wanted. */
int64_t rig_step(struct rig *rig, unsigned signals, int64_t most_ms);

/* Steps for so long by the clock. */
void rig_run(struct rig *rig, int64_t seconds);

/* An event of the owner's own, or -1 where the calendar is full. */
int rig_event(struct rig *rig, int64_t start_s, int64_t end_s, enum busy_status status);

/* The event of this uid, NULL: none. */
struct rig_event *rig_find(struct rig *rig, const char *uid);

struct rig_order *rig_order(struct rig *rig, enum desk_order_kind kind, const char *uid,
                            int64_t start_s, int64_t end_s);

/* Does the server hold exactly what the calendar does? */
bool rig_is_equal(struct rig *rig);

uint64_t rig_chance(struct rig *rig);

/* What the program stored as its status. */
const char *rig_status(struct rig *rig);

#endif
