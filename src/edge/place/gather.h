/* SPDX-License-Identifier: ISC
 *
 * A list that the vault tells in pieces, gathered whole: it is asked again behind the last row until there are no more.
 */
#ifndef EDGE_GATHER_H
#define EDGE_GATHER_H

#include "edge/person.h"

enum { GATHER_MAX = 160 }; /* pieces; what is beyond is left out, and said so */

struct gather {
    enum wire_type type;
    void *ask; /* in the visit's arena */
    /* Have the question go on behind the last row of an answer. False: that was all. NULL: there is one answer. */
    bool (*go_on)(void *ask, const void *answer);
    void (*then)(struct visit *visit, const struct told *told); /* with visit->gathered */
    const void *answers[GATHER_MAX];
    size_t n_answers, n_kept;
    bool is_cut; /* there was more */
};

/* Gather; `then` hears how the last question went. The answers live as long as the visit, without their secrets. */
void gather(struct visit *visit, struct gather *g);

/* How a list goes on behind the member of its last row: GATHER_NEXT(booking_list, id). */
#define GATHER_NEXT(list, member)                                                              \
    static bool next_##list(void *ask, const void *answer)                                     \
    {                                                                                          \
        const struct list##_answer *found = answer;                                            \
        if (!found->n_rows)                                                                    \
            return false;                                                                      \
        ((struct list##_ask *)ask)->after = found->rows[found->n_rows - 1].member;             \
        return true;                                                                           \
    }

#endif
