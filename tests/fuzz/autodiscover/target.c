/* SPDX-License-Identifier: ISC
 *
 * Any bytes as an answer of Autodiscover, in either language. What is read is within its limits; what fails has
 * a reason.
 */
#include "calendar/ews/autodiscover.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static bool is_ready;
    struct arena a CLEANUP(arena_done) = {0};
    struct autodiscover_answer answer = {0};
    struct error err = {0};
    if (!is_ready)
        xml_init();
    is_ready = true;
    enum status status =
        autodiscover_read((struct text){(const char *)at, n}, &a, &answer, &err);
    if (status != OK) {
        ENSURE(status == ERR_UPSTREAM && err.what[0]);
        return 0;
    }
    const struct text texts[] = {answer.external,         answer.internal,     answer.address,
                                 answer.redirect_address, answer.redirect_url, answer.code};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ENSURE(texts[i].n <= AUTODISCOVER_TEXT_MAX);
    return 0;
}
