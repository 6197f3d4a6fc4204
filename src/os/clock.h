/* SPDX-License-Identifier: ISC */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

#include "base/instant.h"

/* Return the wall clock's time. Pure code never asks for it; it is handed down. */
struct instant clock_now(void);

/* Return milliseconds (microseconds) that only go forward; deadlines are counted in them. */
int64_t clock_ms(void);
int64_t clock_us(void);

#endif
