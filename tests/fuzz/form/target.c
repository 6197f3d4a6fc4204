/* SPDX-License-Identifier: ISC
 *
 * A query or a posted form. What is accepted says the same when it is encoded and read again.
 */
#include "base/buf.h"
#include "format/form.h"
#include "format/url.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { AGAIN_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct buf again CLEANUP(buf_done) = BUF(AGAIN_MAX);
    struct form form, same;
    if (form_parse(&a, (struct text){(const char *)at, n}, &form) != OK)
        return 0;
    for (size_t i = 0; i < form.n_fields; i++) {
        ENSURE(text_is_clean(form.fields[i].value));
        url_encode(&again, form.fields[i].name);
        buf_add_byte(&again, '=');
        url_encode(&again, form.fields[i].value);
        buf_add_byte(&again, '&');
    }
    ENSURE(form_parse(&a, buf_text(&again), &same) == OK && same.n_fields == form.n_fields);
    for (size_t i = 0; i < form.n_fields; i++)
        ENSURE(text_equal(form.fields[i].value, same.fields[i].value));
    return 0;
}
