/* SPDX-License-Identifier: ISC */
#include "edge/place/doctor.h"

struct steps_view doctor_steps(struct visit *visit, const struct layer *layers, size_t n)
{
    static const struct {
        const char *tone;
        struct message word;
    } marks[LAYER_STATE_COUNT] = {
        [LAYER_OK] = {"good", MESSAGE("in order")},
        [LAYER_WARN] = {"warn", MESSAGE("take care")},
        [LAYER_REFUSED] = {"bad", MESSAGE("does not work")},
        [LAYER_SKIPPED] = {"off", MESSAGE("not looked at")},
    };
    struct steps_view view = {.steps = ARENA_ARRAY(&visit->arena, n + 1, struct step_view)};
    for (size_t i = 0; i < n; i++)
        view.steps[view.n_steps++] = (struct step_view){
            .mark = {marks[layers[i].state].tone,
                     visit_say(visit, marks[layers[i].state].word)},
            .name = arena_cstr(&visit->arena, layers[i].name),
            .detail = layers[i].state == LAYER_SKIPPED ? (struct text){0} : layers[i].detail,
            .fix = layers[i].fix,
        };
    return view;
}

struct mark_view doctor_mark(struct visit *visit, const struct connection_row *row)
{
    if (row->state == CONNECTION_PAUSED)
        return (struct mark_view){"bad", visit_say(visit, MESSAGE("paused"))};
    if (row->state == CONNECTION_REFUSED_ONCE)
        return (struct mark_view){"warn", visit_say(visit, MESSAGE("sign-in refused once"))};
    if (row->failing_at.s)
        return (struct mark_view){"bad", visit_say(visit, MESSAGE("does not work"))};
    return (struct mark_view){"good", visit_say(visit, MESSAGE("works"))};
}
