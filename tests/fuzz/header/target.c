/* SPDX-License-Identifier: ISC
 *
 * The headers of a calendar server's answer, a line each: what is kept of them is printable and ends.
 */
#include <string.h>

#include "fetch/transfer.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static void is_printable(const char *at, size_t size)
{
    size_t n = strnlen(at, size);
    ENSURE(n < size);
    for (size_t i = 0; i < n; i++)
        ENSURE(at[i] >= ' ' && at[i] <= '~');
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct fetch_facts facts = {0};
    struct text rest = {(const char *)at, n};
    while (rest.n) {
        struct text line = rest, after = {0}, name, value;
        (void)text_cut(rest, '\n', &line, &after);
        if (text_cut(line, ':', &name, &value))
            transfer_note_header(&facts, name, text_trim(value));
        rest = after;
    }
    is_printable(facts.content_type, sizeof facts.content_type);
    is_printable(facts.location, sizeof facts.location);
    is_printable(facts.challenges, sizeof facts.challenges);
    return 0;
}
