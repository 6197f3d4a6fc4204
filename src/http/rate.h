/* SPDX-License-Identifier: ISC
 *
 * How often an address may ask: a token bucket for each, in a table of fixed size. A flood of addresses
 * pushes out those that have asked least, so it cannot make itself forgotten, nor the table grow.
 */
#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate;

/* Allow per_minute for each address, and `burst` at once after a pause. per_minute 0 allows everything. */
struct rate *rate_new(int64_t per_minute, int64_t burst, uint64_t random_seed);
void rate_free(struct rate *rate); /* accepts NULL */

/* May it ask once more? Where not, *ret_retry_s is when it may again, at least 1. */
bool rate_take(struct rate *rate, const unsigned char key[static 16], int64_t now_ms,
               int64_t *ret_retry_s);

/* Could it ask once more? As rate_take, and takes nothing. */
bool rate_has(struct rate *rate, const unsigned char key[static 16], int64_t now_ms,
              int64_t *ret_retry_s);

#endif
