/* SPDX-License-Identifier: ISC
 *
 * One stream of notifications: a courier's child of its own, which holds no place among those that do jobs, and what is
 * asked of it. Nothing here waits for a server: a question goes out, and when its answer can be read is
 * for the caller to find out (vault/watch.h). Opening passes the gate like any job, listening sends nothing.
 */
#ifndef VAULT_STREAM_H
#define VAULT_STREAM_H

#include "vault/gate.h"
#include "vault/vault.h"

enum {
    STREAM_WAIT_MS = 20 * 1000, /* for a hint, until the question is put again */
    STREAM_SILENCE_S = 100,     /* Exchange gives a sign of life every 45 s */
};

enum stream_state {
    STREAM_FREE,      /* no stream: the rest means nothing */
    STREAM_NEW,       /* nothing was asked yet */
    STREAM_OPENING,   /* `watch` is out, inside the gate */
    STREAM_LISTENING, /* `watch_wait` is out */
    STREAM_ENDING,    /* `unwatch` is out */
};

/* A mailbox that an open stream was asked to watch. */
struct stream_mailbox {
    int64_t connection;
    bool is_watched; /* the server agreed */
};

struct stream {
    enum stream_state state;
    int64_t sign_in;
    int64_t members[MAX_WATCHED]; /* connections that are to be watched by it */
    size_t n_members;
    bool is_shared; /* a service account's, which may have more members */
    bool renews;    /* the members are others than it was opened for */
    bool ends;      /* nobody is to be watched any more */
    struct link link;
    bool has_child;
    uint64_t version; /* of the password that the child holds */
    int64_t
        deadline_ms; /* of the question that is out; its answer may take COURIER_GRACE_MS longer */
    int64_t opened_ms;
    struct stream_mailbox asked[MAX_WATCHED];
    size_t n_asked;

    /* while opening */
    struct pass pass;
    struct budget_hold hold;
    struct connection_stored seen; /* the first member; no secret is left in it */
    struct watch_ask ask;
    bool is_new; /* the child signs in for it */
    struct arena a;
};

/* Ask for the stream, or anew with the members of now. Fails as the jobs of vault/calendar.h do, and with
 * ERR_NOT_FOUND where no member is left; the stream is to be dropped then. */
enum status stream_open(struct vault *v, struct stream *s, struct error *err) MUST_CHECK;

/* Wait for a hint. */
enum status stream_listen(struct stream *s, struct error *err) MUST_CHECK;

/* Read the answer that has come. ret_changed: which of asked may have changed; all that are watched once the stream
 * has been opened, since what happened before is told by nobody. ret_over: it is to be opened anew. */
enum status stream_answered(struct vault *v, struct stream *s,
                            bool ret_changed[static MAX_WATCHED], bool *ret_over,
                            struct error *err) MUST_CHECK;

/* Ask the server to forget it; then it is to be dropped. */
enum status stream_end(struct stream *s, struct error *err) MUST_CHECK;

/* End the child, whatever it is at, and free the place. status: why, for the gate. */
void stream_drop(struct vault *v, struct stream *s, enum status status, struct error *err);

#endif
