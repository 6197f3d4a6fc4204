/* SPDX-License-Identifier: ISC */
#include "vault/looks.h"

#include <stdlib.h>

#include "base/status.h"

void looks_init(struct looks *looks)
{
    *looks = (struct looks){0};
    pthread_mutex_init(&looks->lock, NULL);
    list_init(&looks->all);
}

/* Lock held. */
static void drop(struct looks *looks, struct look *look)
{
    list_remove(&look->node);
    looks->n--;
    free(look);
}

void looks_done(struct looks *looks)
{
    for (struct list *node; (node = list_first(&looks->all));)
        drop(looks, LIST_OWNER(node, struct look, node));
    pthread_mutex_destroy(&looks->lock);
}

/* Lock held. */
static struct look *find(struct looks *looks, int64_t booking)
{
    LIST_EACH (node, &looks->all) {
        struct look *look = LIST_OWNER(node, struct look, node);
        if (look->booking == booking)
            return look;
    }
    return NULL;
}

struct instant looks_note(struct looks *looks, int64_t booking, int64_t connection,
                          struct instant now)
{
    pthread_mutex_lock(&looks->lock);
    struct look *look = find(looks, booking);
    if (!look) {
        if (looks->n == LOOKS_MAX)
            drop(looks, LIST_OWNER(list_first(&looks->all), struct look, node));
        look = calloc(1, sizeof *look);
        ENSURE(look);
        look->booking = booking;
        look->connection = connection;
        look->first = now;
        list_add_last(&looks->all, &look->node);
        looks->n++;
    }
    if (look->until.s != 0) { /* another write than the one that was given up */
        look->first = now;
        look->until = look->moved_to = (struct instant){0};
    }
    struct instant first = look->first;
    pthread_mutex_unlock(&looks->lock);
    return first;
}

void looks_give_up(struct looks *looks, int64_t booking, struct instant until,
                   struct instant moved_to)
{
    pthread_mutex_lock(&looks->lock);
    struct look *look = find(looks, booking);
    if (look) {
        look->until = until;
        look->moved_to = moved_to;
    }
    pthread_mutex_unlock(&looks->lock);
}

void looks_forget(struct looks *looks, int64_t booking)
{
    pthread_mutex_lock(&looks->lock);
    struct look *look = find(looks, booking);
    if (look)
        drop(looks, look);
    pthread_mutex_unlock(&looks->lock);
}

size_t looks_given_up(struct looks *looks, struct look *ret_looks, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&looks->lock);
    LIST_EACH (node, &looks->all) {
        const struct look *look = LIST_OWNER(node, struct look, node);
        if (look->until.s != 0 && n < max)
            ret_looks[n++] = *look;
    }
    pthread_mutex_unlock(&looks->lock);
    return n;
}
