/* SPDX-License-Identifier: ISC
 *
 * What Exchange's response codes mean to us: a status, and words for an administrator. One table.
 */
#ifndef EWS_CODE_H
#define EWS_CODE_H

#include "calendar/ews/answer.h"

/* Judge how Exchange answered: OK where nothing in it failed (of several mailboxes each has its own code), else the status of its code with its words in
 * err. ERR_LIMIT carries retry_s >= 1, from BackOffMilliseconds where that was sent. */
enum status ews_code_judge(const struct ews_answer *answer, struct error *err) MUST_CHECK;

/* What a code of one mailbox of several means: OK for "NoError". */
enum status ews_code_status(const char *code) MUST_CHECK;

/* Did the server give up in the middle, so that a change may stand in spite of its error? */
bool ews_code_is_doubtful(const char *code);

#endif
