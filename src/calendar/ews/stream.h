/* SPDX-License-Identifier: ISC
 *
 * The answer to GetStreamingEvents is many documents in one body: whole SOAP envelopes, one behind the other, with
 * or without white space and XML declarations between them, cut by the network at any byte. This takes
 * them apart and has each read by the one reader of answers (answer.h).
 */
#ifndef EWS_STREAM_H
#define EWS_STREAM_H

#include "calendar/ews/answer.h"

struct ews_stream;

/* take is called with each document once it is whole; what it is given is gone afterwards. */
struct ews_stream *ews_stream_new(void (*take)(void *owner, const struct ews_answer *document),
                                  void *owner);
void ews_stream_free(struct ews_stream *stream); /* accepts NULL */

/* Read the next bytes, cut anywhere. ERR_UPSTREAM: this is no such stream; it cannot be read any further. */
enum status ews_stream_read(struct ews_stream *stream, struct text bytes,
                            struct error *err) MUST_CHECK;

/* There are no more bytes: ERR_UPSTREAM where the last document is cut short. */
enum status ews_stream_end(struct ews_stream *stream, struct error *err) MUST_CHECK;

#endif
