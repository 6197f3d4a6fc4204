/* SPDX-License-Identifier: ISC
 *
 * What became of our events, by SyncFolderItems: a state that the server gives, and later what changed since. It
 * is the safety net below notifications, which may be lost, and the only way where there are none.
 */
#include "calendar/ews/ews.h"

static enum status take(const struct ews_answer *answer, struct arena *a,
                        struct changes_answer *ret_answer, struct error *err)
{
    if (!answer->sync_state || !*answer->sync_state)
        return error_set(err, ERR_UPSTREAM, "ews SyncFolderItems",
                         "the answer holds no state to go on from");
    ret_answer->state = arena_text(a, text_from(answer->sync_state));
    ret_answer->more = answer->is_cut;
    ret_answer->n_changes = answer->n_changes;
    ret_answer->changes = ARENA_ARRAY(a, answer->n_changes, struct event_change);
    for (size_t i = 0; i < answer->n_changes; i++) {
        const struct event_change *change = &answer->changes[i];
        ret_answer->changes[i] = (struct event_change){
            .removed = change->removed,
            .uid = arena_text(a, change->uid),
            .ref = {arena_text(a, change->ref.id), arena_text(a, change->ref.change_key),
                    change->ref.start, change->ref.end}};
    }
    return OK;
}

enum status ews_changes(struct calendar *ews, const struct changes_ask *ask,
                        int64_t deadline_ms, struct arena *a, struct changes_answer *ret_answer,
                        struct error *err)
{
    struct ews_target target = ews_target_of(ews, ask->calendar);
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    bool doubt;
    ews_answer_init(&answer, EWS_SYNC_FOLDER_ITEMS);
    ews_write_sync(&request, &target, ask->state);
    enum status status =
        soap_call(&ews->soap, &request, false, &answer, deadline_ms, &doubt, err);
    ret_answer->lost = status != OK && ask->state.n &&
                       text_equal(text_from(answer.code), TEXT("ErrorInvalidSyncStateData"));
    if (ret_answer->lost)
        return OK;
    TRY(status);
    return take(&answer, a, ret_answer, err);
}
