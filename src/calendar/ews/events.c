/* SPDX-License-Identifier: ISC
 *
 * A calendar as its owner sees it: FindItem for what each event says in a line, then GetItem for descriptions,
 * which FindItem never gives. Nothing here is for anybody else, and nothing of it is kept.
 */
#include <stdlib.h>

#include "calendar/ews/ews.h"

enum { BATCH = 40 /* items of one GetItem */ };

struct reading {
    struct calendar *ews;
    const struct events_ask *ask;
    int64_t deadline_ms;
    struct arena *a;
    struct ews_sight *sights; /* in a */
    size_t n;
};

static enum status call(struct reading *r, const struct buf *request, struct ews_answer *answer,
                        struct error *err)
{
    bool doubt;
    return soap_call(&r->ews->soap, request, false, answer, r->deadline_ms, &doubt, err);
}

/* ---- lines ---- */

static struct ews_sight copy_sight(struct arena *a, const struct ews_sight *sight)
{
    struct ews_sight copy = *sight;
    copy.item.id = arena_text(a, sight->item.id);
    copy.item.uid = arena_text(a, sight->item.uid);
    copy.title = arena_text(a, sight->title);
    copy.place = arena_text(a, sight->place);
    copy.text = arena_text(a, sight->text);
    return copy;
}

static enum status take_lines(struct reading *r, const struct ews_answer *answer,
                              struct error *err)
{
    if (!answer->has_root)
        return error_set(err, ERR_UPSTREAM, "ews FindItem", "the answer holds no folder");
    if (answer->is_cut || answer->n_items > MAX_EVENTS)
        return error_set(err, ERR_INVALID, "events",
                         "more than %d events lie in this time: look at a shorter one",
                         MAX_EVENTS);
    r->sights = ARENA_ARRAY(r->a, answer->n_items, struct ews_sight);
    for (size_t i = 0; i < answer->n_items; i++) {
        const struct ews_item *item = &answer->sights[i].item;
        if (!item->id.n || !item->has_start || !item->has_end ||
            instant_before(item->end, item->start))
            return error_set(err, ERR_UPSTREAM, "ews FindItem",
                             "an event in it has no id, or no times that fit");
        r->sights[r->n++] = copy_sight(r->a, &answer->sights[i]);
    }
    return OK;
}

static enum status read_lines(struct reading *r, struct error *err)
{
    struct ews_target target = ews_target_of(r->ews, r->ask->calendar);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    ews_answer_init(&answer, EWS_FIND_ITEM);
    answer.into_sights = true;
    ews_write_sights(&request, &target, r->ask->from, r->ask->to);
    TRY(call(r, &request, &answer, err));
    return take_lines(r, &answer, err);
}

/* ---- descriptions ---- */

static void take_text(struct reading *r, size_t first, size_t n, const struct ews_sight *sight)
{
    for (size_t i = first; i < first + n; i++)
        if (text_equal(r->sights[i].item.id, sight->item.id))
            r->sights[i].text = arena_text(r->a, sight->text);
}

static enum status read_texts(struct reading *r, size_t first, size_t n, struct error *err)
{
    struct ews_target target = ews_target_of(r->ews, r->ask->calendar);
    struct text ids[BATCH];
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    for (size_t i = 0; i < n; i++)
        ids[i] = r->sights[first + i].item.id;
    ews_answer_init(&answer, EWS_GET_ITEM);
    answer.into_sights = true;
    ews_write_texts(&request, &target, ids, n);
    TRY(call(r, &request, &answer, err));
    for (size_t i = 0; i < answer.n_items && i < MAX_EVENTS; i++)
        take_text(r, first, n, &answer.sights[i]);
    return OK;
}

/* A calendar without its descriptions is still one: an event that was removed in between, or a body beyond any size,
 * must not hide the others. A sign-in that is refused or a server that has enough says so, though. */
static enum status read_all_texts(struct reading *r, bool *ret_lacks, struct error *err)
{
    for (size_t first = 0; first < r->n; first += BATCH) {
        size_t n = r->n - first < BATCH ? r->n - first : BATCH;
        enum status status = read_texts(r, first, n, err);
        if (status == ERR_AUTH || status == ERR_LIMIT)
            return status;
        *ret_lacks = *ret_lacks || status != OK;
    }
    return OK;
}

/* ---- both ---- */

static int by_start(const void *one, const void *other)
{
    const struct ews_item *a = &((const struct ews_sight *)one)->item;
    const struct ews_item *b = &((const struct ews_sight *)other)->item;
    if (a->start.s != b->start.s)
        return a->start.s < b->start.s ? -1 : 1;
    return (a->end.s > b->end.s) - (a->end.s < b->end.s);
}

static struct secret secret_of(struct text t)
{
    return t.n ? secret_new(t.at, t.n) : (struct secret){0};
}

static void tell(struct reading *r, struct events_answer *ret_answer)
{
    ret_answer->n_events = r->n;
    ret_answer->events = ARENA_ARRAY(r->a, r->n, struct seen_event);
    for (size_t i = 0; i < r->n; i++) {
        const struct ews_sight *sight = &r->sights[i];
        ret_answer->events[i] = (struct seen_event){
            .start = sight->item.start,
            .end = sight->item.end,
            .status = sight->item.status,
            .all_day = sight->all_day,
            .is_private = sight->is_private,
            .uid = sight->item.uid,
            .title = secret_of(sight->title),
            .place = secret_of(sight->place),
            .text = secret_of(sight->text),
        };
    }
}

enum status ews_events(struct calendar *ews, const struct events_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct events_answer *ret_answer, struct error *err)
{
    struct reading r = {.ews = ews, .ask = ask, .deadline_ms = deadline_ms, .a = a};
    int64_t window_s = instant_until_s(ask->from, ask->to);
    if (window_s <= 0 || window_s > (int64_t)EWS_WINDOW_MAX_DAYS * 86400)
        return error_set(err, ERR_INVALID, "events",
                         "the window is empty or longer than %d days", EWS_WINDOW_MAX_DAYS);
    TRY(read_lines(&r, err));
    if (ask->with_text)
        TRY(read_all_texts(&r, &ret_answer->lacks_text, err));
    if (r.n)
        qsort(r.sights, r.n, sizeof *r.sights, by_start);
    tell(&r, ret_answer);
    return OK;
}
