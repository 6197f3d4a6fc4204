/* SPDX-License-Identifier: ISC
 *
 * What became of our events, by events.list and its sync tokens. One call reads one page. A state is one of
 *
 *     "sync TOKEN"            all is known up to there
 *     "first INSTANT PAGE"    within the first listing: its timeMin, and the next page's token
 *     "next TOKEN PAGE"       within a later one
 *
 * The first listing begins a day ago: what is over moves no booking. 410 means that the token is too old.
 */
#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "calendar/ical/ical.h"
#include "os/clock.h"
#include "time/instant.h"

enum { DAY_S = 86400 };

#define CHANGES_FIELDS_WANTED                                                                  \
    "timeZone,nextPageToken,nextSyncToken,items(id,etag,status,start,end,"                     \
    "extendedProperties/private/" GOOGLE_UID ")"

struct state {
    struct text word, origin, page; /* origin: timeMin, or the sync token */
};

static enum status read_state(struct text t, struct state *ret_state, struct error *err)
{
    struct state state = {0};
    if (t.n && (!text_cut(t, ' ', &state.word, &state.origin) ||
                (text_cut(state.origin, ' ', &state.origin, &state.page) &&
                 text_equal(state.word, TEXT("sync")))))
        return error_set(err, ERR_INVALID, "changes", "this is no state of ours");
    *ret_state = state;
    return OK;
}

static void write_list(struct google_call *call, const struct calendar *google,
                       struct text calendar, const struct state *state)
{
    google_path(&call->target, "/calendars/");
    google_path_id(&call->target, google_calendar_of(google, calendar));
    google_path(&call->target, "/events");
    google_param(&call->target, "maxResults", TEXT("500"));
    google_param(&call->target, "fields", TEXT(CHANGES_FIELDS_WANTED));
    if (text_equal(state->word, TEXT("first")))
        google_param(&call->target, "timeMin", state->origin);
    else
        google_param(&call->target, "syncToken", state->origin);
    if (state->page.n)
        google_param(&call->target, "pageToken", state->page);
}

static enum status take_item(const struct json *item, const struct zone *zone, struct arena *a,
                             struct changes_answer *ret_answer, struct error *err)
{
    struct google_event event;
    enum status status = google_event_read(item, zone, &event, err);
    if (status == ERR_NO_DATA)
        return OK; /* not ours: those name their zone by an offset */
    TRY(status);
    if (!event.is_cancelled && !event.uid.n)
        return OK;
    if (ret_answer->n_changes == MAX_CHANGES)
        return error_set(err, ERR_UPSTREAM, "google", "a page is longer than was asked for");
    ret_answer->changes[ret_answer->n_changes++] = (struct event_change){
        .removed = event.is_cancelled,
        .uid = event.is_cancelled ? (struct text){0} : arena_text(a, event.uid),
        .ref = {.id = arena_text(a, event.id),
                .change_key = arena_text(a, event.etag),
                .start = event.start,
                .end = event.end},
    };
    return OK;
}

static enum status take_state(const struct json *page, const struct state *state,
                              struct arena *a, struct changes_answer *ret_answer,
                              struct error *err)
{
    struct text token;
    bool is_first = text_equal(state->word, TEXT("first"));
    if (json_get_text(json_member(page, "nextPageToken"), &token) && token.n) {
        if (text_equal(token, state->page))
            return error_set(err, ERR_UPSTREAM, "google", "the pages of a list have no end");
        ret_answer->more = true;
        ret_answer->state =
            text_from(arena_printf(a, "%s " TEXT_FMT " " TEXT_FMT, is_first ? "first" : "next",
                                   TEXT_ARG(state->origin), TEXT_ARG(token)));
    } else if (json_get_text(json_member(page, "nextSyncToken"), &token) && token.n) {
        ret_answer->state = text_from(arena_printf(a, "sync " TEXT_FMT, TEXT_ARG(token)));
    } else {
        return error_set(err, ERR_UPSTREAM, "google",
                         "the answer holds no state to go on from");
    }
    if (ret_answer->state.n > MAX_SYNC_STATE)
        return error_set(err, ERR_UPSTREAM, "google", "the state is too long");
    return OK;
}

static enum status take(const struct json *page, const struct state *state, struct arena *a,
                        struct changes_answer *ret_answer, struct error *err)
{
    const struct json *items = json_member(page, "items");
    struct text name;
    const struct zone *zone =
        json_get_text(json_member(page, "timeZone"), &name) ? ical_zone_named(name) : NULL;
    ret_answer->changes = ARENA_ARRAY(a, MAX_CHANGES, struct event_change);
    for (size_t i = 0; i < json_count(items); i++)
        TRY(take_item(json_item(items, i), zone, a, ret_answer, err));
    return take_state(page, state, a, ret_answer, err);
}

enum status google_changes(struct calendar *google, const struct changes_ask *ask,
                           int64_t deadline_ms, struct arena *a,
                           struct changes_answer *ret_answer, struct error *err)
{
    CLEANUP(google_call_done) struct google_call call;
    char since[INSTANT_SIZE];
    struct state state;
    google_call_init(&call, google, "GET");
    TRY(read_state(ask->state, &state, err));
    if (!state.word.n) {
        instant_format(instant_add_s(clock_now(), -DAY_S), since);
        state = (struct state){.word = TEXT("first"), .origin = text_from(since)};
    }
    write_list(&call, google, ask->calendar, &state);
    enum status status = google_send(google, &call, deadline_ms, err);
    ret_answer->lost =
        status == ERR_NOT_FOUND && fetch_facts_of(google->fetch)->http_status == 410;
    if (ret_answer->lost)
        return OK;
    TRY(status);
    return take(call.json, &state, a, ret_answer, err);
}
