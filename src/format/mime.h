/* SPDX-License-Identifier: ISC
 *
 * A mail (RFC 5322, MIME): text, HTML and perhaps an invitation. The same message gives the same bytes, so
 * that a repeat after a lost answer is a repeat in every byte.
 *
 * A header's value has a type of its own, which only the functions here make: a text with a CR, an LF or
 * another control character does not become one, and so never reaches a header.
 */
#ifndef FORMAT_MIME_H
#define FORMAT_MIME_H

#include "base/buf.h"
#include "base/instant.h"
#include "base/status.h"

/* One line of any characters, for a subject or a name; the text is borrowed. */
struct mime_line {
    struct text checked;
};
enum status mime_line_from(struct text t, struct mime_line *ret_line) MUST_CHECK;

/* A name, which may be empty, and an address: local@domain in ASCII without quotes, spaces or brackets, as
 * SMTP takes it from everybody (there is no SMTPUTF8 here). ERR_INVALID otherwise. */
struct mime_address {
    struct mime_line name;
    struct mime_line email;
};
enum status mime_address_from(struct text name, struct text email,
                              struct mime_address *ret_address) MUST_CHECK;

/* What stands between < and > as Message-ID: printable ASCII with one @. */
struct mime_id {
    struct text checked;
};
enum status mime_id_from(struct text t, struct mime_id *ret_id) MUST_CHECK;

struct mime_message {
    struct mime_address from;
    struct mime_address to;
    struct mime_address reply_to; /* no address: none */
    struct mime_line subject;
    struct mime_id id;
    struct instant date;
    const char *language; /* a literal: "de" */
    struct text text;     /* UTF-8, lines end in LF; the same for what follows */
    struct text html;
    const struct text *calendars; /* iCalendar objects, CRLF */
    size_t n_calendars;           /* 0: none */
    const char *method;           /* a literal: their METHOD */
};

enum { MIME_MAX = 512 * 1024 }; /* of a message that we write */

/* Append the whole message, lines ending in CRLF: text and HTML as alternatives, the invitation as a third
 * one (Outlook and Google read that) and again as an attachment (others offer that). Several are attachments alone: none
 * of them is what the mail is about. */
void mime_write(struct buf *out, const struct mime_message *message);

#endif
