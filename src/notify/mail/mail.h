/* SPDX-License-Identifier: ISC
 *
 * One kind of message to people: mail. From a typed row to a message in its reader's language, and to the
 * operator's server.
 */
#ifndef NOTIFY_MAIL_MAIL_H
#define NOTIFY_MAIL_MAIL_H

#include "base/arena.h"
#include "base/buf.h"
#include "notify/mail/smtp.h"
#include "time/zone.h"
#include "wire/messages.h"

struct mail; /* a server, for life */

/* Keep what is needed; sends nothing. All is borrowed for life. ERR_INVALID: no such server can be. */
enum status mail_open(const struct mail_server *server, const struct smtp_options *options,
                      const struct zones *zones, struct mail **ret_mail,
                      struct error *err) MUST_CHECK;
void mail_close(struct mail *mail); /* accepts NULL */

/* Write the message, without sending it: the same bytes each time. ERR_DENIED: an address or a name that no
 * mail can carry. */
enum status mail_write(const struct zones *zones, const struct mail_ask *ask, struct buf *out,
                       struct error *err) MUST_CHECK;

/* Write it and send it. Fails as smtp_send. */
enum status mail_send(struct mail *mail, const struct mail_ask *ask, int64_t deadline_ms,
                      struct error *err) MUST_CHECK;

/* The doctor: dns, tcp, tls, certificate, sign-in, sender and, where ask->to names somebody, a test mail.
 * Fails only where it could not even look. */
enum status mail_check(struct mail *mail, const struct mail_check_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct mail_check_answer *ret_answer,
                       struct error *err) MUST_CHECK;

#endif
