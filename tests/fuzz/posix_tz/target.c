/* SPDX-License-Identifier: ISC
 *
 * The rule at the end of a zone's file. Whatever is accepted has one offset at every instant, and changes lie
 * around it.
 */
#include "time/instant.h"
#include "time/posix_tz.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static const int64_t moments[] = {
        INT64_C(-62135596800), -1, 0, 951782400, 1774742400, 4102444800, INT64_C(253402300799)};
    struct posix_tz tz;
    if (posix_tz_parse((struct text){(const char *)at, n}, &tz) != OK)
        return 0;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        int64_t from = INT64_MIN, until = INT64_MAX;
        int32_t offset_s = posix_tz_offset(&tz, moments[i], &from, &until);
        ENSURE(offset_s == tz.standard_s || (tz.has_daylight && offset_s == tz.daylight_s));
        ENSURE(from <= moments[i] && moments[i] < until);
        int64_t again_from = INT64_MIN, again_until = INT64_MAX;
        if (from != INT64_MIN)
            ENSURE(posix_tz_offset(&tz, from, &again_from, &again_until) == offset_s);
    }
    return 0;
}
