/* SPDX-License-Identifier: ISC */
#include "edge/place/gather.h"

/* The answer itself goes with the visit's next one; its rows do not. */
static const void *keep(struct visit *visit, enum wire_type type, const void *answer)
{
    size_t n = wire_message_of(type)->answer()->size;
    void *kept = arena_alloc(&visit->arena, n);
    memcpy(kept, answer, n);
    return kept;
}

static void gathered(struct visit *visit, const struct told *told)
{
    struct gather *g = visit->gathered;
    const void *answer = told->status == OK ? keep(visit, g->type, told->answer) : NULL;
    visit_forget(visit, g->n_kept);
    if (answer)
        g->answers[g->n_answers++] = answer;
    bool more = answer && g->go_on && g->go_on(g->ask, answer);
    g->is_cut = more && g->n_answers == GATHER_MAX;
    if (more && !g->is_cut)
        person_ask(visit, g->type, g->ask, DOOR_READ, gathered);
    else
        g->then(visit, told);
}

void gather(struct visit *visit, struct gather *g)
{
    g->n_kept = visit->n_answers;
    visit->gathered = g;
    person_ask(visit, g->type, g->ask, DOOR_READ, gathered);
}
