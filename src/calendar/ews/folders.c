/* SPDX-License-Identifier: ISC
 *
 * Which calendars there are: those of the user's own mailbox and, where another's is named, of that one. A
 * delegate often sees another's calendar and not the folders above it; then that calendar is all there is.
 * What we may do is what the server says of our EffectiveRights, never guessed from a role.
 */
#include "calendar/ews/ews.h"

struct listing {
    struct calendar *ews;
    int64_t deadline_ms;
    struct arena *a;
    struct calendars_answer *answer;
};

static enum status ask_folders(struct listing *listing, struct text mailbox,
                               enum ews_operation operation, struct ews_answer *answer,
                               struct error *err)
{
    struct ews_target target = {.impersonate = listing->ews->impersonate, .mailbox = mailbox};
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    bool doubt;
    ews_answer_init(answer, operation);
    if (operation == EWS_GET_FOLDER)
        ews_write_get_folder(&request, &target);
    else
        ews_write_find_folders(&request, &target);
    TRY(soap_call(&listing->ews->soap, &request, false, answer, listing->deadline_ms, &doubt,
                  err));
    if (answer->is_cut || answer->n_folders > MAX_CALENDARS)
        return error_set(err, ERR_LIMIT, "ews FindFolder", "there are more than %d calendars",
                         MAX_CALENDARS);
    return OK;
}

static enum status add(struct listing *listing, const struct ews_folder *folder,
                       struct text mailbox, bool is_default, struct error *err)
{
    struct calendars_answer *answer = listing->answer;
    for (size_t i = 0; i < answer->n_calendars; i++)
        if (text_equal(answer->calendars[i].id, folder->id))
            return OK;
    if (answer->n_calendars == MAX_CALENDARS)
        return error_set(err, ERR_LIMIT, "ews", "there are more than %d calendars",
                         MAX_CALENDARS);
    answer->calendars[answer->n_calendars++] =
        (struct calendar_row){.id = arena_text(listing->a, folder->id),
                              .name = arena_text(listing->a, folder->name),
                              .mailbox = mailbox,
                              .is_default = is_default,
                              .can_read = folder->can_read,
                              .can_write = folder->can_create};
    return OK;
}

static enum status add_all(struct listing *listing, const struct ews_answer *answer,
                           struct text shown, bool is_default, struct error *err)
{
    for (size_t i = 0; i < answer->n_folders; i++)
        TRY(add(listing, &answer->folders[i], shown, is_default, err));
    return OK;
}

/* mailbox: as folders are addressed, empty for the caller's own; shown: its address, where it is known. */
static enum status add_mailbox(struct listing *listing, struct text mailbox, struct text shown,
                               struct error *err)
{
    CLEANUP(ews_answer_done) struct ews_answer standard, all;
    ews_answer_init(&all, EWS_FIND_FOLDER);
    TRY(ask_folders(listing, mailbox, EWS_GET_FOLDER, &standard, err));
    TRY(add_all(listing, &standard, shown, true, err));
    enum status status = ask_folders(listing, mailbox, EWS_FIND_FOLDER, &all, err);
    if (mailbox.n && (status == ERR_DENIED || status == ERR_NOT_FOUND))
        return OK;
    TRY(status);
    return add_all(listing, &all, shown, false, err);
}

enum status ews_calendars(struct calendar *ews, int64_t deadline_ms, struct arena *a,
                          struct calendars_answer *ret_answer, struct error *err)
{
    struct listing listing = {
        .ews = ews, .deadline_ms = deadline_ms, .a = a, .answer = ret_answer};
    ret_answer->calendars = ARENA_ARRAY(a, MAX_CALENDARS, struct calendar_row);
    if (!ews->folder_of.n)
        return add_mailbox(&listing, (struct text){0}, ews->address, err);
    /* The named one first: it may be the user's own, whose address the sign-in did not tell. */
    TRY(add_mailbox(&listing, ews->folder_of, ews->folder_of, err));
    enum status status = add_mailbox(&listing, (struct text){0}, ews->impersonate, err);
    bool has_none = status == ERR_NOT_FOUND || status == ERR_DENIED; /* a service account */
    return has_none ? OK : status;
}
