/* SPDX-License-Identifier: ISC */
#include "summary.h"

#include "calendar/ews/code.h"
#include "time/instant.h"

static bool find_operation(const char *as, enum ews_operation *ret)
{
    *ret = EWS_FIND_ITEM;
    if (strcmp(as, "View") == 0)
        return true;
    for (int i = 0; i < EWS_OPERATION_COUNT; i++)
        if (strcmp(as, ews_operation_name((enum ews_operation)i)) == 0) {
            *ret = (enum ews_operation)i;
            return true;
        }
    return false;
}

static void add_time(struct buf *out, struct instant t)
{
    char time[INSTANT_SIZE];
    instant_format(t, time);
    buf_add_cstr(out, time);
}

static void add_item(struct buf *out, const struct ews_item *item)
{
    buf_printf(out, " item=" TEXT_FMT, TEXT_ARG(item->uid));
    if (item->has_start && item->has_end) {
        buf_add_cstr(out, item->uid.n ? "/" : "");
        add_time(out, item->start);
        buf_add_cstr(out, "/");
        add_time(out, item->end);
    }
}

static void add_content(struct buf *out, const struct ews_answer *answer)
{
    static const char *const views[] = {"", " view=none", " view=merged", " view=events"};
    buf_add_cstr(out, views[answer->view]);
    if (answer->merged)
        buf_printf(out, " merged=%s", answer->merged);
    if (answer->is_cut)
        buf_add_cstr(out, " cut");
    if (answer->operation == EWS_FIND_ITEM && !answer->has_root && !answer->is_fault &&
        answer->n_errors == 0)
        buf_add_cstr(out, " no-folder");
    if (answer->n_items)
        buf_printf(out, " items=%zu", answer->n_items);
    for (size_t i = 0; !answer->into_busy && i < answer->n_items && i < EWS_ITEMS_MAX; i++)
        if (answer->items[i].uid.n)
            add_item(out, &answer->items[i]);
    if (answer->sync_state)
        buf_printf(out, " state=%.8s", answer->sync_state);
    for (size_t i = 0; i < answer->n_changes; i++) {
        const struct event_change *change = &answer->changes[i];
        buf_printf(out, " %s=" TEXT_FMT, change->removed ? "gone" : "changed",
                   TEXT_ARG(change->removed ? change->ref.id : change->uid));
        if (!change->removed) {
            buf_add_cstr(out, "/");
            add_time(out, change->ref.start);
        }
    }
    bool lists = answer->operation == EWS_FIND_FOLDER;
    for (size_t i = 0; lists && i < answer->n_folders && i < MAX_CALENDARS; i++)
        buf_printf(out, " folder=" TEXT_FMT "/%s%s", TEXT_ARG(answer->folders[i].name),
                   answer->folders[i].can_read ? "r" : "",
                   answer->folders[i].can_create ? "w" : "");
    for (size_t i = 0; i < answer->busy.n; i++) {
        buf_add_cstr(out, " busy=");
        add_time(out, answer->busy.at[i].start);
        buf_add_cstr(out, "/");
        add_time(out, answer->busy.at[i].end);
        buf_printf(out, "/%d", (int)answer->busy.at[i].status);
    }
}

static enum status read_all(struct ews_answer *answer, struct text bytes, size_t step,
                            struct error *err)
{
    struct ews_reader *reader = ews_reader_new(answer);
    enum status status = OK;
    for (size_t at = 0; at < bytes.n && status == OK; at += step) {
        size_t n = bytes.n - at < step ? bytes.n - at : step;
        status = ews_reader_read(reader, (struct text){bytes.at + at, n}, err);
    }
    if (status == OK)
        status = ews_reader_end(reader, err);
    ews_reader_free(reader);
    return status;
}

bool summarize(struct buf *out, const char *as, struct text bytes, size_t step,
               struct error *ret_why)
{
    enum ews_operation operation;
    if (!find_operation(as, &operation))
        return false;
    CLEANUP(ews_answer_done) struct ews_answer answer;
    ews_answer_init(&answer, operation);
    answer.into_busy = strcmp(as, "View") == 0;
    answer.own_uid = TEXT("booking-7");
    *ret_why = (struct error){0};
    if (read_all(&answer, bytes, step, ret_why) != OK) {
        buf_add_cstr(out, "unreadable");
        return true;
    }
    enum status status = ews_code_judge(&answer, ret_why);
    buf_add_cstr(out, status_name(status));
    if (status != OK)
        buf_printf(out, " code=%s", answer.code);
    if (ret_why->retry_s)
        buf_printf(out, " retry=%d", (int)ret_why->retry_s);
    add_content(out, &answer);
    return true;
}
