/* SPDX-License-Identifier: ISC
 *
 * Messages to the one mail server that the operator named, each over a connection of its own. TLS is not
 * optional: from the first byte, or by STARTTLS before anything is said; the certificate is verified as a
 * calendar server's is (fetch/tls.h). The address may be private or this machine, since no host can name
 * it; link-local and metadata addresses are not called here either.
 */
#ifndef NOTIFY_MAIL_SMTP_H
#define NOTIFY_MAIL_SMTP_H

#include "base/error.h"
#include "fetch/dial.h"
#include "fetch/tls.h"
#include "wire/types.h"

struct smtp_options {
    const struct tls_roots *roots;
    int stop_fd; /* -1, or: when its peer hangs up, the conversation ends */
};

/* What a conversation has shown. */
struct smtp_facts {
    struct dial dial;
    bool connected;
    bool has_greeted; /* EHLO was answered, after STARTTLS where that is used */
    bool offers_auth; /* it has a sign-in */
    bool signed_in;   /* it took ours */
    int sender_code;  /* its answers, 0: none came */
    int recipient_code;
    int data_code;  /* 354: the message was asked for */
    int end_code;   /* to the whole message */
    char said[256]; /* its last line, cleaned */
    struct tls_report tls;
};

struct smtp;

/* Keep what is needed; sends nothing. Both are borrowed for life. ERR_INVALID: no such server can be. */
enum status smtp_open(const struct mail_server *server, const struct smtp_options *options,
                      struct smtp **ret_smtp, struct error *err) MUST_CHECK;
void smtp_close(struct smtp *smtp); /* accepts NULL */

/* Send a message (MIME, CRLF) to one address, by deadline_ms of clock_ms.
 *
 * Fails   ERR_DENIED     refused for good (5xx), the recipient or the message
 *         ERR_UNCERTAIN  all of it was sent and no answer came: it may have been delivered
 *         not taken: ERR_UPSTREAM (4xx, or a 5xx that is about us and not this message), ERR_AUTH (the
 *         sign-in refused), ERR_NETWORK, ERR_TLS, ERR_TIMEOUT
 *         ERR_CLOSED     nobody waits any more; as ERR_UNCERTAIN where all was sent
 */
enum status smtp_send(struct smtp *smtp, struct text to, struct text message,
                      int64_t deadline_ms, struct error *err) MUST_CHECK;

/* Go as far as naming the sender, and leave. OK: it was accepted. */
enum status smtp_look(struct smtp *smtp, int64_t deadline_ms, struct error *err) MUST_CHECK;

/* Of the last conversation. */
const struct smtp_facts *smtp_facts_of(const struct smtp *smtp);

#endif
