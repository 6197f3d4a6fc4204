/* SPDX-License-Identifier: ISC
 *
 * A CalDAV server's answer, cut anywhere: it is refused with a reason or read, and read the same however it is cut.
 */
#include <stdlib.h>

#include "calendar/caldav/answer.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static enum status on_response(void *owner, const struct dav_response *response,
                               struct error *err)
{
    (void)err;
    size_t *sum = owner;
    *sum = *sum * 31 + response->href.n + response->etag.n + response->data.n +
           (size_t)response->status + response->name.n + response->is_calendar;
    return OK;
}

static enum status run(struct text text, size_t step, struct dav_answer *answer, size_t *sum)
{
    struct dav_sink sink = {.owner = sum, .response = on_response};
    struct error err = {0};
    struct dav_reader *reader = dav_reader_new(&sink, answer);
    enum status status = OK;
    while (text.n && status == OK) {
        struct text part = {text.at, text.n < step ? text.n : step};
        status = dav_reader_read(reader, part, &err);
        text = (struct text){text.at + part.n, text.n - part.n};
    }
    if (status == OK)
        status = dav_reader_end(reader, &err);
    ENSURE(status == OK || err.what[0]);
    dav_reader_free(reader);
    return status;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct dav_answer whole = {0}, cut = {0};
    size_t sum = 0, cut_sum = 0;
    struct text text = {(const char *)data, size};
    xml_init();
    bool is_good = run(text, size ? size : 1, &whole, &sum) == OK;
    ENSURE(is_good == (run(text, 3, &cut, &cut_sum) == OK));
    if (is_good)
        ENSURE(sum == cut_sum && whole.n_responses == cut.n_responses &&
               whole.is_cut == cut.is_cut);
    return 0;
}
