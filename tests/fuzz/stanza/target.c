/* SPDX-License-Identifier: ISC
 *
 * A stream, whole and byte by byte: both give the same events, and what was read is written so that it reads the same.
 */
#include "xmpp/stanza.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { WRITTEN_MAX = 1 << 20 };

static void write_element(struct buf *out, const struct element *e)
{
    buf_add_cstr(out, "<m xmlns='");
    stanza_escape(out, e->space);
    for (size_t i = 0; i < e->n_attributes; i++) {
        buf_printf(out, "' a%zu='", i);
        stanza_escape(out, e->attributes[i].value);
    }
    buf_add_cstr(out, "'>");
    stanza_escape(out, e->text);
    for (const struct element *child = e->first; child; child = child->next)
        write_element(out, child);
    buf_add_cstr(out, "</m>");
}

static enum status read_all(const unsigned char *at, size_t n, size_t step, struct buf *out)
{
    struct stanza_reader r CLEANUP(stanza_reader_done) = {0};
    stanza_reader_init(&r);
    for (size_t i = 0; i < n; i += step) {
        struct arena a CLEANUP(arena_done) = {0};
        enum stanza_event event;
        struct element e;
        enum status status = stanza_feed(&r, at + i, i + step < n ? step : n - i);
        while (status == OK && (status = stanza_next(&r, &a, &event, &e)) == OK && event)
            if (event == STANZA_WHOLE)
                write_element(out, &e);
        if (status != OK)
            return status;
    }
    return OK;
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct buf once CLEANUP(buf_done) = BUF(WRITTEN_MAX);
    struct buf single CLEANUP(buf_done) = BUF(WRITTEN_MAX);
    struct buf again CLEANUP(buf_done) = BUF(WRITTEN_MAX);
    struct buf stream CLEANUP(buf_done) = BUF(WRITTEN_MAX);
    if (n > STANZA_MAX)
        return 0;
    enum status status = read_all(at, n, n ? n : 1, &once);
    ENSURE(read_all(at, n, 1, &single) == status);
    ENSURE(text_equal(buf_text(&once), buf_text(&single)));
    if (status != OK || buf_failed(&once) || once.n + 3 > STANZA_MAX)
        return 0;
    buf_add_cstr(&stream, "<s>");
    buf_add(&stream, once.at, once.n);
    if (read_all(stream.at, stream.n, stream.n, &again) == OK)
        ENSURE(text_equal(buf_text(&again), buf_text(&once)));
    return 0;
}
