/* SPDX-License-Identifier: ISC */
#include "edge/place/doctor.h"

#include "edge/failure.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/web.h"

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

/* ---- a page that grows ---- */

static void begin(struct visit *visit, const char *heading)
{
    struct http_response response;
    struct doctor_view view = {.frame = frame_fill(visit, FRAME_CONNECTIONS, heading)};
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_doctor_top(&response.body, &view);
    visit_begin_answer(visit, &response);
}

static void add(struct visit *visit, const struct layer *layers, size_t n)
{
    struct buf items CLEANUP(buf_done) = BUF(HTTP_BODY_MAX);
    struct steps_view steps = doctor_steps(visit, layers, n);
    for (size_t i = 0; i < steps.n_steps; i++)
        web_steps_item(&items, visit->language, &steps.steps[i]);
    visit_more(visit, buf_text(&items));
}

void doctor_tell(struct visit *visit, struct doctor_page *page, const char *heading,
                 const struct layer *layers, size_t n)
{
    if (!n)
        return;
    if (!page->n_told)
        begin(visit, heading);
    page->n_told += n;
    add(visit, layers, n);
}

void doctor_tell_rest(struct visit *visit, struct doctor_page *page, const struct layer *layers,
                      size_t n, const char *problem)
{
    struct buf end CLEANUP(buf_done) = BUF(HTTP_BODY_MAX);
    if (n > page->n_told)
        add(visit, layers + page->n_told, n - page->n_told);
    web_doctor_end(&end, visit->language, &(struct doctor_end_view){problem});
    visit_more(visit, buf_text(&end));
}

const char *doctor_why_not_added(struct visit *visit, const struct told *told, bool has_layers)
{
    if (told->status == OK)
        return NULL;
    if (told->status == ERR_CONFLICT)
        return visit_say(visit, MESSAGE("You have a calendar connected already. Disconnect it "
                                        "first, or change its password."));
    return has_layers
               ? visit_say(visit, MESSAGE("Nothing was stored: the calendar cannot be used "
                                          "like this. What to do stands with what was found."))
               : visit_say(visit, person_failure(visit, told).detail);
}
