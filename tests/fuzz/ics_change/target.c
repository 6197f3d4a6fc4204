/* SPDX-License-Identifier: ISC
 *
 * Any file in the place of one of ours, changed into an event: it carries the mark, says the event's times once within
 * its only event, and a change of the change changes nothing more.
 */
#include <string.h>

#include "base/status.h"
#include "connector/linux/ics.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static bool has(const struct buf *b, const char *text)
{
    return b->n && memmem(b->at, b->n, text, strlen(text));
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct buf once CLEANUP(buf_done) = BUF(1 << 20), twice CLEANUP(buf_done) = BUF(1 << 20);
    struct event event = {.uid = TEXT("b1"), .start = {1800000000}, .end = {1800001800}};
    struct instant stamp = {1700000000};
    ics_change(&once, (struct text){(const char *)at, n}, &event, 7, stamp);
    ENSURE(!buf_failed(&once) && has(&once, "X-HOURGATE-BOOKING:1\r\n"));
    ENSURE(has(&once, "DTSTART:20270115T080000Z\r\n"));
    ics_change(&twice, buf_text(&once), &event, 7, stamp);
    ENSURE(once.n == twice.n && memcmp(once.at, twice.at, once.n) == 0);
    return 0;
}
