/* SPDX-License-Identifier: ISC */
#include "os/clock.h"

#include <windows.h>

enum { HUNDRED_NS = 10000000 };
static const int64_t epoch_1601_s = 11644473600; /* from 1601, where FILETIME begins, to 1970 */

struct instant clock_now(void)
{
    FILETIME t;
    GetSystemTimePreciseAsFileTime(&t);
    uint64_t ticks = (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime;
    return (struct instant){(int64_t)(ticks / HUNDRED_NS) - epoch_1601_s};
}

int64_t clock_ms(void)
{
    return (int64_t)GetTickCount64();
}

int64_t clock_us(void)
{
    LARGE_INTEGER at, per_s;
    QueryPerformanceCounter(&at);
    QueryPerformanceFrequency(&per_s);
    return at.QuadPart / per_s.QuadPart * 1000000 +
           at.QuadPart % per_s.QuadPart * 1000000 / per_s.QuadPart;
}
