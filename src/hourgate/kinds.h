/* SPDX-License-Identifier: ISC
 *
 * The words that commands take and print for values of wire/types.h.
 */
#ifndef HOURGATE_KINDS_H
#define HOURGATE_KINDS_H

#include "base/error.h"
#include "wire/types.h"

/* Each pair: its word, and the word read; ERR_INVALID names all that can be said. */
const char *mail_kind_name(enum mail_kind kind);
enum status mail_kind_parse(struct text t, enum mail_kind *ret, struct error *err) MUST_CHECK;
const char *language_name(enum language language);
enum status language_parse(struct text t, enum language *ret, struct error *err) MUST_CHECK;
/* Empty where all is well. */
const char *outage_name(enum outage outage);
const char *follow_name(enum follow follow);
enum status follow_parse(struct text t, enum follow *ret, struct error *err) MUST_CHECK;
const char *cancelled_name(enum cancelled cancelled);
enum status cancelled_parse(struct text t, enum cancelled *ret, struct error *err) MUST_CHECK;
const char *invite_name(enum invite invite);
enum status invite_parse(struct text t, enum invite *ret, struct error *err) MUST_CHECK;
const char *ask_reason_name(enum ask_reason ask_reason);
enum status ask_reason_parse(struct text t, enum ask_reason *ret, struct error *err) MUST_CHECK;
const char *show_as_name(enum show_as show_as);
enum status show_as_parse(struct text t, enum show_as *ret, struct error *err) MUST_CHECK;

#endif
