/* SPDX-License-Identifier: ISC
 *
 * Waking connectors by XMPP: a courier's child that holds the component's link, one job at a time. Where there is no XMPP
 * server, or it does not answer, PCs that wait over HTTPS are woken by that alone (vault/desk.h).
 */
#ifndef VAULT_MESSENGER_H
#define VAULT_MESSENGER_H

#include <pthread.h>

#include "store/desk.h"
#include "vault/courier.h"
#include "wire/xmpp.h"

enum {
    MESSENGER_MS = 3000, /* for one job */
    MESSENGER_TEND_MS = 60000,
    MESSENGER_AGAIN_MS = 5000, /* the link is not tried again sooner */
    TICKET_LIFE_S = 12 * 3600,
};

/* A password that is good until then. */
struct ticket {
    int64_t desk;
    struct instant ends;
};

struct messenger {
    pthread_mutex_t lock; /* one job at a time */
    struct couriers *couriers;
    struct xmpp_server server; /* no host: there is none */
    struct link link;
    bool is_open;
    int64_t again_ms; /* of clock_ms: not before */
    pthread_mutex_t tickets_lock;
    struct ticket
        *tickets; /* heap: that were given out here since the start, one of each desk */
    size_t n_tickets, room;
    int64_t tend_ms; /* the tending thread's: when next */
};

void messenger_init(struct messenger *m, struct couriers *couriers);
void messenger_done(struct messenger *m);

/* Use this server from now on. Its texts and secret stay the caller's. */
void messenger_use(struct messenger *m, const struct xmpp_server *server);
bool messenger_is_used(const struct messenger *m);

/* Tell a desk a number. It is a hint: nobody hears of it where that fails. */
void messenger_tell(void *messenger, int64_t desk, int64_t number);

/* Draw a password for a desk's account, and say how to sign in with it.
 *
 * Owner   texts live in a; the ticket is the caller's
 * Fails   ERR_UNSUPPORTED there is no XMPP server; else as the courier said */
enum status messenger_ticket(struct messenger *m, int64_t desk, struct instant now,
                             struct arena *a, struct desk_xmpp *ret_xmpp,
                             struct error *err) MUST_CHECK;

/* Delete a desk's account, which ends its live session. */
void messenger_forget(struct messenger *m, int64_t desk);

/* Delete the accounts whose tickets are over, or whose pairing was ended elsewhere. Every few seconds, always by the same
 * thread. */
void messenger_tend(struct messenger *m, struct store *store, struct instant now);

#endif
