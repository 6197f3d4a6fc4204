/* SPDX-License-Identifier: ISC */
#include "vault/backoff.h"

#include <string.h>

#include "os/random.h"

static size_t find(const struct backoff *backoff, int64_t connection)
{
    size_t i = 0;
    while (i < backoff->n && backoff->entries[i].connection != connection)
        i++;
    return i;
}

bool backoff_may(const struct backoff *backoff, int64_t connection, struct instant answered_at,
                 struct instant now)
{
    size_t i = find(backoff, connection);
    if (i == backoff->n)
        return true;
    const struct backoff_entry *entry = &backoff->entries[i];
    bool clock_was_set = instant_before(now, entry->failed_at);
    return clock_was_set || !instant_before(now, entry->until) ||
           instant_before(entry->failed_at, answered_at);
}

static void drop(struct backoff *backoff, size_t i)
{
    backoff->n--;
    memmove(&backoff->entries[i], &backoff->entries[i + 1],
            (backoff->n - i) * sizeof *backoff->entries);
}

/* Up to a quarter more, by chance. */
static int64_t spread(int64_t wait_s)
{
    return wait_s + (int64_t)(random_u64() % (uint64_t)(wait_s / 4 + 1));
}

void backoff_failed(struct backoff *backoff, int64_t connection, struct instant now)
{
    size_t i = find(backoff, connection);
    if (i == backoff->n) {
        if (backoff->n == BACKOFF_MAX)
            drop(backoff, 0);
        i = backoff->n++;
        backoff->entries[i] = (struct backoff_entry){.connection = connection};
    }
    struct backoff_entry *entry = &backoff->entries[i];
    entry->wait_s = entry->wait_s ? entry->wait_s * 2 : BACKOFF_FIRST_S;
    if (entry->wait_s > BACKOFF_MOST_S)
        entry->wait_s = BACKOFF_MOST_S;
    entry->failed_at = now;
    entry->until = instant_add_s(now, spread(entry->wait_s));
}

void backoff_worked(struct backoff *backoff, int64_t connection)
{
    size_t i = find(backoff, connection);
    if (i < backoff->n)
        drop(backoff, i);
}
