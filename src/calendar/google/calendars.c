/* SPDX-License-Identifier: ISC
 *
 * Which calendars the user has in the list at the left: own ones, and those that others have shared. What may be
 * done there is accessRole; a calendar of which only free/busy is shown can be a source all the same.
 */
#include <string.h>

#include "calendar/google/call.h"

#define LIST_FIELDS_WANTED                                                                     \
    "nextPageToken,items(id,summary,summaryOverride,primary,accessRole,deleted)"

static bool is_true(const struct json *row, const char *name)
{
    bool value = false;
    return json_get_bool(json_member(row, name), &value) && value;
}

static struct text line_of(struct arena *a, struct text t)
{
    return arena_text(a, text_first(t, MAX_NAME));
}

/* The mailbox that an id names. A calendar beside a mailbox's own has an id that only looks like an address. */
static struct text mailbox_of(struct text id)
{
    bool is_mailbox = text_is_address(id) && id.n <= MAX_EMAIL &&
                      !text_ends(id, TEXT(".calendar.google.com"));
    return is_mailbox ? id : (struct text){0};
}

static enum status add(const struct json *row, struct arena *a, struct calendars_answer *answer,
                       struct error *err)
{
    struct text id, name = {0}, role = {0};
    if (!json_get_text(json_member(row, "id"), &id) || !id.n || id.n > MAX_EXTERNAL_ID)
        return error_set(err, ERR_UPSTREAM, "google", "a calendar has no id");
    if (is_true(row, "deleted"))
        return OK;
    if (answer->n_calendars == MAX_CALENDARS)
        return error_set(err, ERR_LIMIT, "google", "there are more than %d calendars",
                         MAX_CALENDARS);
    if (!json_get_text(json_member(row, "summaryOverride"), &name))
        json_get_text(json_member(row, "summary"), &name);
    json_get_text(json_member(row, "accessRole"), &role);
    bool can_write = text_equal(role, TEXT("owner")) || text_equal(role, TEXT("writer"));
    id = arena_text(a, id);
    answer->calendars[answer->n_calendars++] = (struct calendar_row){
        .id = id,
        .name = line_of(a, name.n ? name : id),
        .mailbox = mailbox_of(id),
        .is_default = is_true(row, "primary"),
        .can_read = can_write || text_equal(role, TEXT("reader")) ||
                    text_equal(role, TEXT("freeBusyReader")),
        .can_write = can_write,
    };
    return OK;
}

/* The primary calendar comes first, and those that name no mailbox are listed under the user's. */
static void tidy(struct calendars_answer *answer)
{
    struct calendar_row *rows = answer->calendars;
    size_t at = 0;
    while (at < answer->n_calendars && !rows[at].is_default)
        at++;
    if (at == answer->n_calendars)
        return;
    struct calendar_row first = rows[at];
    memmove(&rows[1], &rows[0], at * sizeof first);
    rows[0] = first;
    for (size_t i = 1; i < answer->n_calendars; i++)
        if (!rows[i].mailbox.n)
            rows[i].mailbox = first.mailbox;
}

enum status google_calendars(struct calendar *google, int64_t deadline_ms, struct arena *a,
                             struct calendars_answer *ret_answer, struct error *err)
{
    CLEANUP(google_pages_done) struct google_pages pages;
    enum status status;
    google_pages_init(&pages, google, deadline_ms);
    google_path(&pages.target, "/users/me/calendarList");
    google_param(&pages.target, "maxResults", TEXT("250"));
    google_param(&pages.target, "fields", TEXT(LIST_FIELDS_WANTED));
    ret_answer->calendars = ARENA_ARRAY(a, MAX_CALENDARS, struct calendar_row);
    while (google_pages_next(&pages, &status, err)) {
        const struct json *items = json_member(pages.call.json, "items");
        for (size_t i = 0; i < json_count(items); i++)
            TRY(add(json_item(items, i), a, ret_answer, err));
    }
    TRY(status);
    tidy(ret_answer);
    return OK;
}
