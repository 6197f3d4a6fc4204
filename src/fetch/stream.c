/* SPDX-License-Identifier: ISC
 *
 * libcurl's multi interface with one transfer in it. Beside the socket it watches stop_fd: nobody is told
 * anything there while we wait, so that what becomes readable is its end.
 */
#include "fetch/stream.h"

#include <stdlib.h>

#include "fetch/transfer.h"
#include "os/clock.h"

enum { STEP_MAX_MS = 60 * 1000 };

struct fetch_stream {
    struct fetch *fetch;
    CURLM *multi;
};

enum status fetch_stream_open(struct fetch *fetch, const struct fetch_request *post,
                              const struct fetch_sink *sink, int64_t deadline_ms,
                              struct fetch_stream **ret_stream, struct error *err)
{
    TRY(transfer_ready(fetch, deadline_ms, err));
    struct fetch_stream *stream = calloc(1, sizeof *stream);
    ENSURE(stream);
    *stream = (struct fetch_stream){.fetch = fetch, .multi = curl_multi_init()};
    ENSURE(stream->multi);
    transfer_begin(fetch, post, sink, 0);
    if (curl_multi_add_handle(stream->multi, fetch->curl) != CURLM_OK) {
        fetch_stream_close(stream);
        return error_set(err, ERR_UNSUPPORTED, "fetch", "libcurl begins no transfer");
    }
    *ret_stream = stream;
    return OK;
}

static bool has_ended(struct fetch_stream *stream, CURLcode *ret_code)
{
    int n_left;
    for (CURLMsg *message; (message = curl_multi_info_read(stream->multi, &n_left));)
        if (message->msg == CURLMSG_DONE) {
            *ret_code = message->data.result;
            return true;
        }
    return false;
}

static int wait_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_ms();
    return left < 0 ? 0 : left > STEP_MAX_MS ? STEP_MAX_MS : (int)left;
}

enum status fetch_stream_read(struct fetch_stream *stream, int64_t deadline_ms, bool *ret_ended,
                              struct error *err)
{
    struct fetch *fetch = stream->fetch;
    struct curl_waitfd stop = {.fd = fetch->options.stop_fd, .events = CURL_WAIT_POLLIN};
    size_t before = fetch->n_answer;
    CURLcode code = CURLE_OK;
    int n_running, n_ready;
    *ret_ended = false;
    while (fetch->n_answer == before) {
        if (curl_multi_perform(stream->multi, &n_running) != CURLM_OK)
            return error_set(err, ERR_NETWORK, "http", "the transfer broke");
        if (has_ended(stream, &code)) {
            *ret_ended = true;
            transfer_collect(fetch, code);
            return transfer_explain(fetch, code, err);
        }
        if (fetch->n_answer != before || clock_ms() >= deadline_ms)
            break;
        if (curl_multi_poll(stream->multi, &stop, stop.fd >= 0 ? 1 : 0, wait_ms(deadline_ms),
                            &n_ready) != CURLM_OK)
            return error_set(err, ERR_NETWORK, "http", "the transfer broke");
        if (dial_is_stopped(fetch->options.stop_fd))
            return error_set(err, ERR_CLOSED, "http", "nobody waits for the answer any more");
    }
    return OK;
}

void fetch_stream_close(struct fetch_stream *stream)
{
    if (!stream)
        return;
    curl_multi_remove_handle(stream->multi, stream->fetch->curl);
    transfer_end(stream->fetch);
    curl_multi_cleanup(stream->multi);
    free(stream);
}
