/* SPDX-License-Identifier: ISC
 *
 * A doubly linked ring of nodes that live inside the things they link; the list itself is a node.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *back;
};

#define LIST_OWNER(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))
/* Walk all nodes; the loop must not remove `node` (take list_first until empty for that). */
#define LIST_EACH(node, ring)                                                                  \
    for (struct list *node = (ring)->next; node != (ring); node = node->next)

static inline void list_init(struct list *list)
{
    list->next = list->back = list;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_add_last(struct list *list, struct list *node)
{
    node->back = list->back;
    node->next = list;
    list->back->next = node;
    list->back = node;
}

static inline void list_add_first(struct list *list, struct list *node)
{
    list_add_last(list->next, node);
}

/* Unlink; harmless where the node was initialised and is in no list. */
static inline void list_remove(struct list *node)
{
    node->back->next = node->next;
    node->next->back = node->back;
    list_init(node);
}

/* Return the first node, NULL where the list is empty. */
static inline struct list *list_first(struct list *list)
{
    return list_is_empty(list) ? NULL : list->next;
}

#endif
