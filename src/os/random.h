/* SPDX-License-Identifier: ISC */
#ifndef OS_RANDOM_H
#define OS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fill with random bytes from the kernel; aborts where it has none to give. */
void random_bytes(void *at, size_t n);
uint64_t random_u64(void);

#endif
