/* SPDX-License-Identifier: ISC
 *
 * The connection doctor, as far as it is the same for all kinds: layers one after the other, each only where those
 * below are in order. The first request goes without a sign-in, so that name, address, certificate and
 * methods are known to be right before a credential is sent. What stands above them is the kind's own.
 */
#ifndef CALENDAR_DOCTOR_H
#define CALENDAR_DOCTOR_H

#include "base/arena.h"
#include "base/error.h"
#include "calendar/calendar.h"
#include "fetch/client.h"
#include "wire/messages.h"

struct doctor {
    const struct server *server;
    const struct fetch_options *options;
    int64_t deadline_ms;
    struct arena *a;
    const char *service;        /* what methods are turned on for: "EWS" */
    const char *path_fix;       /* where the server does not ask for a sign-in */
    const char *throttling_fix; /* what to do where the server holds calls back */

    const char *names[MAX_LAYERS];
    size_t n_wanted;
    struct layer *layers; /* in a */
    size_t n;
    bool has_failed;
    int64_t skew_s;                     /* how far the server's clock is ahead of ours */
    char throttled[ERROR_WHAT_MAX + 1]; /* what it said of coming back later; empty: nothing */
};

/* Prepare: every other field is set by the caller, names in the order in which layers will be added. */
void doctor_begin(struct doctor *doctor);

/* Want a further layer, behind those that are wanted already. */
void doctor_want(struct doctor *doctor, const char *name);

/* Add the next layer; detail and fix are cut to what the wire takes. Refused: the rest is skipped. */
void doctor_add(struct doctor *doctor, enum layer_state state, const char *detail,
                const char *fix);
void doctor_add_ok(struct doctor *doctor, const char *detail);

/* Remember what the server said of coming back later; add the layer "throttling". */
void doctor_note_throttled(struct doctor *doctor, enum status status, const struct error *why);
void doctor_add_throttling(struct doctor *doctor);

/* Look at name, address, TLS, certificate and methods ("dns" to "methods") by one request without a sign-in.
 * Fails only where it could not even look. */
enum status doctor_look_without_sign_in(struct doctor *doctor,
                                        const struct fetch_request *knock,
                                        struct error *err) MUST_CHECK;

/* Add the layer "clock". */
void doctor_look_at_clock(struct doctor *doctor);

/* Write an event where it is in nobody's way, find it, and take it away again; room: invite it too, else empty. Rooms decline
 * what is far ahead. Fails as the kind's functions do; err says at what. */
enum status doctor_probe(struct doctor *doctor, const struct calendar_ops *ops,
                         struct calendar *calendar, struct text uid, struct text room,
                         struct error *err) MUST_CHECK;

/* Skip what was not looked at, and answer. Throttling is often what failed: it is told all the same. */
void doctor_end(struct doctor *doctor, struct check_answer *ret_answer);

#endif
