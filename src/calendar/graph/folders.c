/* SPDX-License-Identifier: ISC
 *
 * Which calendars there are: those of the user's own mailbox, among them others' that were shared and accepted, and,
 * where another's mailbox is named, of that one. What we may do is what Graph says of canEdit.
 */
#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"
#include "fetch/server.h"

struct listing {
    struct calendar *graph;
    int64_t deadline_ms;
    struct arena *a;
    struct calendars_answer *answer;
};

static struct text text_of(const struct json *object, const char *name)
{
    struct text t = {0};
    json_get_text(json_member(object, name), &t);
    return t;
}

static enum status add(struct listing *listing, const struct json *calendar,
                       struct text mailbox, struct error *err)
{
    struct calendars_answer *answer = listing->answer;
    struct text id = text_of(calendar, "id"),
                owner = text_of(json_member(calendar, "owner"), "address");
    bool can_edit = false, is_default = false;
    if (!id.n || id.n > MAX_EXTERNAL_ID)
        return error_set(err, ERR_UPSTREAM, "graph calendars",
                         "a calendar has no id that fits");
    for (size_t i = 0; i < answer->n_calendars; i++)
        if (text_equal(answer->calendars[i].id, id))
            return OK;
    if (answer->n_calendars == MAX_CALENDARS)
        return error_set(err, ERR_LIMIT, "graph calendars", "there are more than %d calendars",
                         MAX_CALENDARS);
    json_get_bool(json_member(calendar, "canEdit"), &can_edit);
    json_get_bool(json_member(calendar, "isDefaultCalendar"), &is_default);
    answer->calendars[answer->n_calendars++] = (struct calendar_row){
        .id = arena_text(listing->a, id),
        .name = arena_text(listing->a, text_first(text_of(calendar, "name"), MAX_NAME)),
        .mailbox = arena_text(listing->a, owner.n && owner.n <= MAX_EMAIL ? owner : mailbox),
        .is_default = is_default,
        .can_read = true,
        .can_write = can_edit,
    };
    return OK;
}

static enum status add_mailbox(struct listing *listing, struct text mailbox, struct error *err)
{
    CLEANUP(buf_done) struct buf target = BUF(MAX_TARGET);
    CLEANUP(graph_pages_done) struct graph_pages pages;
    graph_target(listing->graph, mailbox, &target);
    buf_add_cstr(&target, "calendars?$select=id,name,owner,canEdit,isDefaultCalendar&$top=100");
    struct graph_ask first = {.where = "graph calendars",
                              .verb = "GET",
                              .target = buf_text(&target),
                              .names = graph_calendar_names};
    graph_pages_begin(&pages, listing->graph, &first, listing->deadline_ms);
    for (bool has;;) {
        TRY(graph_pages_next(&pages, &has, err));
        if (!has)
            return OK;
        for (size_t i = 0; i < json_count(pages.items); i++)
            TRY(add(listing, json_item(pages.items, i),
                    mailbox.n ? mailbox : listing->graph->address, err));
    }
}

enum status graph_calendars(struct calendar *graph, int64_t deadline_ms, struct arena *a,
                            struct calendars_answer *ret_answer, struct error *err)
{
    struct listing listing = {
        .graph = graph, .deadline_ms = deadline_ms, .a = a, .answer = ret_answer};
    ret_answer->calendars = ARENA_ARRAY(a, MAX_CALENDARS, struct calendar_row);
    TRY(add_mailbox(&listing, graph->mailbox, err));
    if (!graph->mailbox.n || graph->is_app)
        return OK;
    enum status status = add_mailbox(&listing, (struct text){0}, err);
    bool has_none = status == ERR_NOT_FOUND || status == ERR_DENIED;
    return has_none ? OK : status;
}
