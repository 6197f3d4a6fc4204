/* SPDX-License-Identifier: ISC
 *
 * What the parts of the server share; nobody else includes this.
 *
 * A connection is in one of three lists: idle (nothing received, or a part of a request's first line),
 * reading (a request is coming in), waiting (it is suspended until its request is answered); or in none
 * (an answer is going out). The first two are in order of time, so the sweep that ends slow visitors
 * looks at their heads alone.
 *
 *     STARTED --head passes guard--> READING --whole--> HANDLING --answered--> ANSWERED --sent--> (freed)
 *        |                                                 |  ^
 *        +--refused: ANSWERED, and closed                  v  |
 *                                                       WAITING --visitor left--> ABANDONED
 *
 * An answer that comes in pieces is sent from ANSWERED; where the next piece is not there yet the connection is suspended
 * again (PAUSED, among those that wait) until it is. Its request lives until the owner has ended it or was told that
 * the visitor is gone, whatever the library does meanwhile.
 *
 * Three things that the library needs us to do (all seen): a resumed connection moves only in MHD_run; a
 * suspended one never times out and does not notice that its visitor left, so its socket is in our loop for
 * EPOLLRDHUP as well; and a response queued in the handler's first call costs the keep-alive, so only
 * refusals are.
 */
#ifndef HTTP_INNER_H
#define HTTP_INNER_H

#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <sys/socket.h>

#include "base/list.h"
#include "http/guard.h"
#include "http/server.h"

enum { LISTENERS_MAX = 4 };

/* How a head is known to be what was sent; library.c finds out which of them is true. */
enum library_way {
    LIBRARY_LEAVES_TRACES, /* lines are told apart by the distance of their texts: 0.9.75 */
    LIBRARY_IS_STRICT,     /* the library itself refuses what can be read two ways: 1.0 */
    LIBRARY_WAYS,
};

enum exchange_state {
    STARTED,
    READING,
    HANDLING,
    WAITING,
    ANSWERED,
    PAUSED, /* between two pieces of its answer */
    ABANDONED,
};

struct connection {
    struct watch watch; /* for the visitor's leaving */
    struct http_server *server;
    struct list node; /* in idle, reading or waiting */
    int64_t since_ms;
    struct exchange *exchange; /* NULL between requests */
    int fd;                    /* the library's */
    struct peer peer;
    bool watched; /* is in our loop */
    bool left;    /* the visitor's side is closed */
};

/* One request and its answer. */
struct exchange {
    struct http_request request;
    struct MHD_Connection *mhd;
    struct connection *connection;
    enum exchange_state state;
    bool too_large;
    unsigned status;             /* of the answer */
    struct MHD_Response *answer; /* owned until it is queued, or of shared */
    struct http_shared *shared;  /* held until then; NULL: not shared */
    struct buf pieces;           /* of an answer that comes in pieces: what is not sent yet */
    size_t n_sent;               /* of them */
    bool goes_on;                /* its owner has not ended it */
    char target[];
};

struct http_shared {
    struct MHD_Response *answer;
    unsigned status;
    unsigned n_holders;
};

struct listener {
    struct watch watch;
    struct http_server *server;
    int fd; /* -1: none */
};

struct http_server {
    struct http_settings settings;
    enum library_way way;
    struct MHD_Daemon *mhd;
    struct watch watch; /* the library's epoll descriptor */
    struct listener listeners[LISTENERS_MAX];
    struct list idle, reading, waiting;
    struct connection *accepting; /* while MHD_add_connection runs */
    struct http_counts counts;
    bool ready, resumed;
    int64_t resumed_ms; /* when the first of those that were resumed was */
    int64_t run_ms; /* when the library wants to run at the latest; INT64_MAX: not by itself */
    int64_t sweep_ms;
    int64_t paused_until_ms; /* 0: listeners are in the loop */
};

/* ---- server.c ---- */

/* http_server_new without asking library.c. */
enum status server_open(const struct http_settings *settings, enum library_way way,
                        struct http_server **ret_server, struct error *err) MUST_CHECK;

/* ---- tls.c ---- */

extern const char tls_priorities[];

/* The library's question which certificate to show. */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *issuers, int n_issuers,
                 const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                 gnutls_pcert_st **ret_chain, unsigned *ret_n, gnutls_privkey_t *ret_key);

/* ---- library.c ---- */

/* Find the way in which the installed library can be trusted. ERR_IO: in none. */
enum status library_find_way(enum library_way *ret_way, struct error *err) MUST_CHECK;

/* Is every doubtful head refused in that way, and every plain one understood? */
bool library_is_safe(enum library_way way);

/* ---- answer.c ---- */

/* Send what x->answer holds. */
enum MHD_Result exchange_send(struct exchange *x);

/* Answer with an error of the owner's making, and close the connection. */
enum MHD_Result exchange_refuse(struct exchange *x, unsigned status);

/* The visitor of an answer that goes on is gone: its owner is told, once. */
void exchange_lose(struct exchange *x);

/* Have a suspended request move on. */
void exchange_resume(struct exchange *x);

/* Let go of an answer that was not sent. */
void exchange_drop_answer(struct exchange *x);

/* ---- exchange.c: what the library calls ---- */

enum MHD_Result exchange_on_request(void *owner, struct MHD_Connection *mhd, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *n_upload, void **context);

/* A request's first line is there: the earliest that we hear of it, and the only time that its target is
 * shown as it was sent. */
void *exchange_on_target(void *owner, const char *target, struct MHD_Connection *mhd);

void exchange_on_completed(void *owner, struct MHD_Connection *mhd, void **context,
                           enum MHD_RequestTerminationCode code);

/* ---- connection.c ---- */

void connection_on_change(void *owner, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code);

/* Take over an accepted socket. */
void connection_admit(struct http_server *server, int fd, const struct sockaddr *address,
                      socklen_t n_address);

/* From its first request that waits on, a connection is watched for its visitor's leaving. False where that
 * has happened. */
bool connection_watch(struct connection *c);

/* Shut those in a list that began before an instant of clock_ms. */
void connections_end_slow(struct list *list, int64_t before_ms);

/* ---- listener.c ---- */

/* Prepare the places for listeners; there are none yet. */
void listeners_init(struct http_server *server);

/* Accept again after a pause. */
void listeners_resume(struct http_server *server);

#endif
