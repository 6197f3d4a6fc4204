/* SPDX-License-Identifier: ISC
 *
 * One request on its way through the edge: what was asked, whom it waits for, how it is answered. While it
 * waits it is this struct alone; its arena stays empty until the vault's answer is decoded into it.
 */
#ifndef EDGE_VISIT_H
#define EDGE_VISIT_H

#include "edge/customer/month.h"
#include "edge/customer/parts.h"
#include "edge/edge.h"
#include "edge/view.h"
#include "lang/message.h"

enum { VISIT_PARTS = 8, VISIT_ANSWERS = 16 };

struct route;
struct told;

struct visit {
    struct door_question question;
    struct edge *edge;
    struct http_request *request;
    const struct route *route;
    struct arena arena;             /* wiped: it held a customer's words */
    struct text parts[VISIT_PARTS]; /* the path's segments */
    size_t n_parts;
    struct instant now;
    /* Continue once the vault has answered; see struct door_question. */
    void (*then)(struct visit *visit, enum status status, const void *answer);
    uint32_t *share; /* of its account, while it waits; or NULL */
    /* The same for a question of a person (person.h), and which one it was. */
    void (*then_told)(struct visit *visit, const struct told *told);
    void (*then_part)(struct visit *visit,
                      const void *part); /* of its answer, as it comes; NULL: nobody looks */
    enum wire_type asked;
    void (*then_known)(struct visit *visit); /* once it is known who is signed in (session.h) */
    void (*then_fresh)(struct visit *visit); /* and that they said the password just now */
    const struct session_show_answer *session; /* who that is; NULL: not known */
    const char *problem;                       /* that a page is to show; NULL: none */
    void *gathered;  /* of a handler that asks several questions, in the arena; or NULL */
    int64_t retry_s; /* of the reply, for ERR_LIMIT and ERR_FULL */
    enum language language;     /* in which the visitor reads (language.h) */
    struct text lang;           /* the same, where the address says it: "de"; else empty */
    struct text frame_sites;    /* that may show the page in a frame; empty: none */
    bool host_chooses_language; /* the visitor did not */
    struct month_query query;   /* of handlers that show a month */
    struct customer_form form;  /* of those that read one */
    bool has_begun;             /* a part of its answer is on its way */
    bool has_equals;            /* its page depends on the answer, now and query alone */
    struct echo *echo;          /* where its page is kept for them; or NULL */
    unsigned http_status;       /* with which a page is to be shown */
    struct {
        shape_table *shape;
        void *value;
    } answers
        [VISIT_ANSWERS]; /* of the vault: they live, with their secrets, until the visit ends */
    size_t n_answers;
};

/* Take a request from the server, and one whose visitor left. */
void visit_begin(void *edge, struct http_request *request);
void visit_gone(void *edge, struct http_request *request);

/* Split a path, which begins with '/', at its slashes. False: it has too many parts, or ends in a slash. */
bool path_split(struct text path, struct text parts[static VISIT_PARTS], size_t *ret_n);

/* Have the route's handler answer. */
void visit_handle(struct visit *visit);

/* Keep a decoded value with its secrets until the visit ends; both are wiped then. */
void visit_keep(struct visit *visit, shape_table *shape, void *value);

/* Keep no more than the first n values: the others are emptied, their secrets wiped; texts and rows stay in the arena. */
void visit_forget(struct visit *visit, size_t n);

/* Forget the pages of this turn of the loop. */
void visit_turn(struct edge *edge);

/* Ask the vault and continue with `then`; where it cannot be asked, `then` runs at once. */
void visit_ask(struct visit *visit, enum wire_type type, const void *ask,
               enum door_patience patience,
               void (*then)(struct visit *visit, enum status status, const void *answer));

/* ---- the last thing that a handler does: answer; the visit is gone afterwards ---- */

/* Begin a response of ours, with all that every answer carries. */
void visit_response(struct visit *visit, struct http_response *ret_response, unsigned status,
                    const char *content_type);
void visit_send(struct visit *visit, struct http_response *response);

/* Begin an answer that goes on: the body of response goes out at once, what follows by visit_more, all of it still before
 * the last thing. Whatever answers afterwards then only adds its body: how it went can no longer be told by a status. */
void visit_begin_answer(struct visit *visit, struct http_response *response);
void visit_more(struct visit *visit, struct text piece);

/* Answer with a failure, as HTML or as a problem (RFC 9457), by the table in failure.c. */
void visit_fail(struct visit *visit, enum status status);
void visit_fail_http(struct visit *visit, unsigned http_status);

/* Answer a POST: go and look there (303). location is on this server, from its '/' on. */
void visit_see_other(struct visit *visit, const char *location);

/* May this POST come from where it says it does: our own pages, or no page at all? */
bool visit_is_same_origin(const struct visit *visit);

/* By what limits count the visitor. False: it has no address that can be known. */
bool visit_peer_key(const struct visit *visit, unsigned char ret_key[static 16]);

/* Does the request's body have this media type? */
bool visit_has_type(const struct visit *visit, const char *media_type);

/* The head of an HTML page. title is copied to nowhere: it must live as long as the visit. */
struct head_view visit_head(const struct visit *visit, struct text title);

/* The same for a title of ours. */
struct head_view visit_head_said(const struct visit *visit, struct message title);

/* Return a text in the visitor's language. */
const char *visit_say(const struct visit *visit, struct message message);

#endif
