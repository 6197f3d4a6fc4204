/* SPDX-License-Identifier: ISC
 *
 * An answer that goes on for as long as the server likes, taken as it comes: the same post, the same sign-in and
 * the same checks as fetch_send, but the caller decides when to wait for more, and for how long.
 */
#ifndef FETCH_STREAM_H
#define FETCH_STREAM_H

#include "fetch/client.h"

struct fetch_stream;

/* Begin a post. post and sink are borrowed until the stream is closed; fetch serves nothing else until then.
 *
 * Fails   as fetch_send, for what is found out before anything is sent
 */
enum status fetch_stream_open(struct fetch *fetch, const struct fetch_request *post,
                              const struct fetch_sink *sink, int64_t deadline_ms,
                              struct fetch_stream **ret_stream, struct error *err) MUST_CHECK;

/* Wait until deadline_ms for more, and give the sink what has come, be it nothing. ended: the answer is whole, and
 * fetch_facts_of tells its status; nothing more comes.
 *
 * Fails   as fetch_send; the stream is over then
 */
enum status fetch_stream_read(struct fetch_stream *stream, int64_t deadline_ms, bool *ret_ended,
                              struct error *err) MUST_CHECK;

/* Hang up, ended or not; accepts NULL. */
void fetch_stream_close(struct fetch_stream *stream);

#endif
