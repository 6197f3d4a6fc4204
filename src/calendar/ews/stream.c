/* SPDX-License-Identifier: ISC
 *
 * A document can only end with a '>': the bytes go to its reader in pieces that end with one, and behind each it is
 * asked whether its envelope is whole. So no byte of the next document ever reaches the reader of this one.
 */
#include "calendar/ews/stream.h"

#include <stdlib.h>

struct ews_stream {
    void (*take)(void *owner, const struct ews_answer *document);
    void *owner;
    struct ews_answer document;
    struct ews_reader *reader; /* NULL between two documents */
};

struct ews_stream *ews_stream_new(void (*take)(void *owner, const struct ews_answer *document),
                                  void *owner)
{
    struct ews_stream *stream = calloc(1, sizeof *stream);
    ENSURE(stream);
    stream->take = take;
    stream->owner = owner;
    return stream;
}

static void begin(struct ews_stream *stream)
{
    ews_answer_init(&stream->document, EWS_GET_STREAMING_EVENTS);
    stream->reader = ews_reader_new(&stream->document);
}

static void finish(struct ews_stream *stream)
{
    if (!stream->reader)
        return;
    ews_reader_free(stream->reader);
    ews_answer_done(&stream->document);
    stream->reader = NULL;
}

void ews_stream_free(struct ews_stream *stream)
{
    if (!stream)
        return;
    finish(stream);
    free(stream);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum status ews_stream_read(struct ews_stream *stream, struct text bytes, struct error *err)
{
    while (bytes.n > 0) {
        if (!stream->reader && is_space(*bytes.at)) {
            bytes = (struct text){bytes.at + 1, bytes.n - 1};
            continue;
        }
        if (!stream->reader)
            begin(stream);
        const char *close = memchr(bytes.at, '>', bytes.n);
        size_t n = close ? (size_t)(close - bytes.at) + 1 : bytes.n;
        TRY(ews_reader_read(stream->reader, (struct text){bytes.at, n}, err));
        bytes = (struct text){bytes.at + n, bytes.n - n};
        if (!close || !ews_reader_is_whole(stream->reader))
            continue;
        TRY(ews_reader_end(stream->reader, err));
        stream->take(stream->owner, &stream->document);
        finish(stream);
    }
    return OK;
}

enum status ews_stream_end(struct ews_stream *stream, struct error *err)
{
    if (stream->reader)
        return error_set(err, ERR_UPSTREAM, "ews GetStreamingEvents",
                         "the stream is cut short: the server hung up");
    return OK;
}
