/* SPDX-License-Identifier: ISC
 *
 * A set-associative table: a key's hash names a set of WAYS buckets, in which it has one or takes the place
 * of the fullest. A full bucket knows nothing, so that loses the least. A request costs TOKEN tokens, of which
 * `per_minute` arrive each millisecond.
 */
#include "http/rate.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

enum { SETS = 4096, WAYS = 4, TOKEN = 60 * 1000 };

struct bucket {
    unsigned char key[16];
    int64_t tokens;
    int64_t at_ms; /* when tokens was right; 0: never used */
};

struct rate {
    int64_t per_minute, most;
    uint64_t seed;
    struct bucket sets[SETS][WAYS];
};

struct rate *rate_new(int64_t per_minute, int64_t burst, uint64_t random_seed)
{
    struct rate *rate = calloc(1, sizeof *rate);
    ENSURE(rate);
    rate->per_minute = per_minute;
    rate->most = burst * TOKEN;
    rate->seed = random_seed | 1;
    return rate;
}

void rate_free(struct rate *rate)
{
    free(rate);
}

static size_t set_of(const struct rate *rate, const unsigned char key[static 16])
{
    uint64_t halves[2];
    memcpy(halves, key, sizeof halves);
    uint64_t h = (halves[0] ^ rate->seed) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
    h = (h + halves[1]) * (rate->seed | 0x94d049bb133111ebu);
    h ^= h >> 32;
    return (size_t)h % SETS;
}

static int64_t tokens_at(const struct rate *rate, const struct bucket *bucket, int64_t now_ms)
{
    if (bucket->at_ms == 0)
        return rate->most;
    int64_t passed_ms = now_ms - bucket->at_ms;
    if (passed_ms >= rate->most / rate->per_minute)
        return rate->most;
    int64_t tokens = bucket->tokens + passed_ms * rate->per_minute;
    return tokens < rate->most ? tokens : rate->most;
}

static struct bucket *bucket_of(struct rate *rate, const unsigned char key[static 16],
                                int64_t now_ms)
{
    struct bucket *set = rate->sets[set_of(rate, key)];
    struct bucket *fullest = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].at_ms != 0 && memcmp(set[i].key, key, sizeof set[i].key) == 0)
            return &set[i];
        if (tokens_at(rate, &set[i], now_ms) > tokens_at(rate, fullest, now_ms))
            fullest = &set[i];
    }
    *fullest = (struct bucket){.tokens = rate->most, .at_ms = now_ms};
    memcpy(fullest->key, key, sizeof fullest->key);
    return fullest;
}

/* Bring a bucket up to date. Does it hold a token? */
static bool refill(struct rate *rate, struct bucket *bucket, int64_t now_ms,
                   int64_t *ret_retry_s)
{
    bucket->tokens = tokens_at(rate, bucket, now_ms);
    bucket->at_ms = now_ms;
    if (bucket->tokens >= TOKEN)
        return true;
    int64_t wait_ms = (TOKEN - bucket->tokens) / rate->per_minute;
    *ret_retry_s = wait_ms / 1000 + 1;
    return false;
}

bool rate_take(struct rate *rate, const unsigned char key[static 16], int64_t now_ms,
               int64_t *ret_retry_s)
{
    if (rate->per_minute == 0)
        return true;
    struct bucket *bucket = bucket_of(rate, key, now_ms);
    if (!refill(rate, bucket, now_ms, ret_retry_s))
        return false;
    bucket->tokens -= TOKEN;
    return true;
}

bool rate_has(struct rate *rate, const unsigned char key[static 16], int64_t now_ms,
              int64_t *ret_retry_s)
{
    return rate->per_minute == 0 ||
           refill(rate, bucket_of(rate, key, now_ms), now_ms, ret_retry_s);
}
