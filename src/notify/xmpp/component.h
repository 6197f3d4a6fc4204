/* SPDX-License-Identifier: ISC
 *
 * hourgate as a component of an XMPP server on the same machine (XEP-0114): it wakes connectors with a number, and makes
 * and deletes their accounts (XEP-0133, add-user, change-user-password, delete-user).
 */
#ifndef NOTIFY_XMPP_COMPONENT_H
#define NOTIFY_XMPP_COMPONENT_H

#include "base/error.h"
#include "wire/xmpp.h"

struct component;

/* Connect and shake hands. server stays the caller's, until component_close.
 *
 * Common to all that follow
 *   Fails   ERR_NETWORK, ERR_TIMEOUT, ERR_CLOSED: the link is of no more use
 *           ERR_AUTH      the secret is not the server's
 *           ERR_UPSTREAM  what came is no XMPP, or the server does not do it (is the component an admin there?)
 *   Limits  returns by deadline_ms of clock_ms
 */
enum status component_open(const struct xmpp_server *server, int64_t deadline_ms,
                           struct component **ret_component, struct error *err) MUST_CHECK;
void component_close(struct component *c); /* accepts NULL */

enum status component_tell(struct component *c, const struct xmpp_tell_ask *ask,
                           int64_t deadline_ms, struct error *err) MUST_CHECK;
enum status component_account(struct component *c, const struct xmpp_account_ask *ask,
                              int64_t deadline_ms, struct error *err) MUST_CHECK;
enum status component_forget(struct component *c, const struct xmpp_forget_ask *ask,
                             int64_t deadline_ms, struct error *err) MUST_CHECK;

#endif
