/* SPDX-License-Identifier: ISC
 *
 * Any bytes as the answer to GetStreamingEvents: the first one says in what steps they come. How they are cut must make no
 * difference to the documents that come out before it ends or fails; what fails has a reason.
 */
#include <string.h>

#include "calendar/ews/code.h"
#include "calendar/ews/stream.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct told {
    size_t n_documents, n_subscriptions, n_lost, n_closed, n_failed;
};

static void take(void *owner, const struct ews_answer *document)
{
    struct told *told = owner;
    struct error err = {0};
    told->n_documents++;
    ENSURE(document->n_subscriptions <= MAX_WATCHED);
    for (size_t i = 0; i < document->n_subscriptions; i++) {
        ENSURE(document->subscriptions[i].id.n > 0 &&
               document->subscriptions[i].id.n <= MAX_EXTERNAL_ID);
        told->n_subscriptions++;
        told->n_lost += document->subscriptions[i].is_lost;
    }
    told->n_closed += document->is_closed;
    if (ews_code_judge(document, &err) != OK) {
        told->n_failed++;
        ENSURE(err.what[0]);
    }
}

static enum status read_stream(struct text bytes, size_t step, struct told *told)
{
    struct error err = {0};
    struct ews_stream *stream = ews_stream_new(take, told);
    enum status status = OK;
    for (size_t at = 0; at < bytes.n && status == OK; at += step) {
        size_t n = bytes.n - at < step ? bytes.n - at : step;
        status = ews_stream_read(stream, (struct text){bytes.at + at, n}, &err);
    }
    if (status == OK)
        status = ews_stream_end(stream, &err);
    ews_stream_free(stream);
    ENSURE(status == OK || (status == ERR_UPSTREAM && err.what[0]));
    return status;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static bool is_ready;
    if (!is_ready)
        xml_init();
    is_ready = true;
    if (size == 0)
        return 0;
    struct text bytes = {(const char *)data + 1, size - 1};
    struct told whole = {0}, cut = {0};
    enum status status = read_stream(bytes, bytes.n ? bytes.n : 1, &whole);
    ENSURE(status == read_stream(bytes, 1 + data[0] % 13, &cut));
    ENSURE(memcmp(&whole, &cut, sizeof whole) == 0);
    return 0;
}
