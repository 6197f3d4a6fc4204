/* SPDX-License-Identifier: ISC
 *
 * A signed-in person's cookie. It is only ever set to what the vault has just drawn, so that nobody can sign
 * somebody in with a cookie of their own choice; whether it is good the vault alone can say.
 */
#ifndef EDGE_SESSION_H
#define EDGE_SESSION_H

#include "edge/visit.h"
#include "format/form.h"

/* A session, and before it what stands between the password and the code of a second factor, or ties somebody who was
 * sent to a provider to their browser. */
enum session_cookie { COOKIE_SESSION, COOKIE_STEP, COOKIE_WAY };

#define FACTOR_PAGE "/settings/second-factor"

/* Read the cookie; empty where none was sent that could be ours. Borrowed from the request. */
struct text session_cookie(const struct visit *visit);
struct text session_cookie_of(const struct visit *visit, enum session_cookie which);

/* Have whoever asks be known: `then` is called with visit->session set. Who is not signed in is sent to /sign-in; who
 * has to turn a second factor on first, there, unless the route is_bare. */
void session_need(struct visit *visit, void (*then)(struct visit *visit));

/* The same for what is dangerous: who has not said the password lately is asked for it (again.c) and comes back. What
 * they sent with a POST is lost then, so a page whose form does such a thing needs this too; then a POST is let
 * through for some minutes more than its page. */
void session_need_fresh(struct visit *visit, void (*then)(struct visit *visit));

/* Read a form that was posted from a page of ours. False: it has been answered. */
bool session_form(struct visit *visit, struct form *ret_form);

/* The same for a form that may bring a file (format/multipart.h). */
bool session_form_file(struct visit *visit, struct form *ret_form, struct text *ret_file);

/* Does the form carry what the session's pages put into it? Otherwise it has been answered: 403. */
bool session_is_own_form(struct visit *visit, const struct form *form);

/* Send the visitor on; token NULL: without a cookie from now on. */
void session_see_other(struct visit *visit, const char *location, const struct secret *token);

/* Set a cookie; token NULL: away with it. */
void session_set_cookie(struct visit *visit, struct http_response *response,
                        enum session_cookie which, const struct secret *token);

/* Send a visitor on whose password was right: to `next`, or first to where the code is asked for. */
void session_begun(struct visit *visit, const struct secret *token, bool needs_code,
                   const char *next);

/* Where to go after signing in: only to pages of ours that the table of routes calls places, whatever was asked for. */
const char *session_next(struct visit *visit, struct text asked);

/* May an address that was wrong before try again now? Otherwise it has been answered: 429. Then count a wrong one. */
bool session_may_try(struct visit *visit);
void session_count_wrong(struct visit *visit);

/* A secret for a question, which lives as long as the visit's arena. */
struct secret session_secret(struct visit *visit, struct text t);

#endif
