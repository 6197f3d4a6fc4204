/* SPDX-License-Identifier: ISC */
#include "hourgate/commands.h"
#include "time/instant.h"

const struct option attention_list_options[] = {
    {"all", NULL, "also what is done"},
    {0},
};

static const struct column columns[] = {
    {"id", COLUMN_NUMBER},
    {"host", COLUMN_TEXT},
    {"what", COLUMN_TEXT},
    {"event", COLUMN_TEXT},
    {"start", COLUMN_TEXT},
    {"end", COLUMN_TEXT},
    {"moved_to", COLUMN_TEXT},
    {"booking", COLUMN_TEXT},
    {"since", COLUMN_TEXT},
    {"done", COLUMN_TEXT},
    {0},
};

static void add_instant(struct table *table, struct instant t)
{
    char text[INSTANT_SIZE] = "";
    if (t.s)
        instant_format(t, text);
    table_text(table, text_from(text));
}

static void add_row(struct table *table, const struct attention_row *row)
{
    static const char *const kinds[ATTENTION_KIND_COUNT] = {
        [ATTENTION_CANCELLED] = "cancelled: remove the event",
        [ATTENTION_MOVED] = "moved: move the event",
        [ATTENTION_HANDED_OVER] = "handed over: enter it into your calendar",
        [ATTENTION_EVENT_MOVED] = "the event was moved in the calendar: follow it or not",
        [ATTENTION_EVENT_GONE] = "the event is gone from the calendar: cancel or not",
        [ATTENTION_EVENT_UNFIT] = "the event was moved where the booking cannot follow",
        [ATTENTION_NOT_APPROVED] = "not approved: the calendar did not take it; answer again",
        [ATTENTION_UNSURE] = "disconnected meanwhile: look at the event",
    };
    table_number(table, row->id);
    table_text(table, row->host);
    table_text(table, text_from(kinds[row->kind]));
    table_text(table, row->title);
    add_instant(table, row->start);
    add_instant(table, row->end);
    add_instant(table, row->moved_to);
    table_text(table, row->booking);
    add_instant(table, row->at);
    add_instant(table, row->done_at);
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct attention_list_ask ask = {.account = text_from(call->operands[0]),
                                     .all = call_has(call, "all")};
    struct attention_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_attention_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_row(table, &answer.rows[i]);
            ask.after = answer.rows[i].id;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_attention_list(struct call *call)
{
    return command_list(call, columns, list, "nothing to do by hand");
}

static enum status read_number(struct call *call, int64_t *ret_id, struct error *err)
{
    if (text_to_i64(text_from(call->operands[1]), ret_id) && *ret_id > 0)
        return OK;
    return error_set(err, ERR_INVALID, "attention",
                     "%s is no notice's number; hourgate attention list shows them",
                     call->operands[1]);
}

enum exit_code command_attention_done(struct call *call)
{
    struct error err = {0};
    struct attention_done_ask ask = {.account = text_from(call->operands[0])};
    struct attention_done_answer answer;
    if (read_number(call, &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_attention_done, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "notice %s is done", call->operands[1]);
    return EXIT_DONE;
}

/* ---- events that were changed in the calendar ---- */

const struct option attention_restore_options[] = {
    {"over-busy", NULL, "although the calendar says busy"},
    {0},
};

static const char *moment(struct call *call, struct instant t)
{
    char *text = arena_alloc(&call->a, INSTANT_SIZE);
    instant_format(t, text);
    return text;
}

enum exit_code command_attention_accept(struct call *call)
{
    struct error err = {0};
    struct attention_accept_ask ask = {.account = text_from(call->operands[0])};
    struct attention_accept_answer answer;
    if (read_number(call, &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, true, WIRE_attention_accept, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (answer.booking.state == BOOKING_CANCELLED)
        command_say(call, "booking " TEXT_FMT " is cancelled", TEXT_ARG(answer.booking.id));
    else
        command_say(call, "booking " TEXT_FMT " is at %s", TEXT_ARG(answer.booking.id),
                    moment(call, answer.booking.start));
    return EXIT_DONE;
}

enum exit_code command_attention_restore(struct call *call)
{
    struct error err = {0};
    struct attention_restore_ask ask = {.account = text_from(call->operands[0]),
                                        .over_busy = call_has(call, "over-busy")};
    struct attention_restore_answer answer;
    if (read_number(call, &ask.id, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, true, WIRE_attention_restore, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (answer.booking.state == BOOKING_CANCELLED)
        command_say(call, "booking " TEXT_FMT " was cancelled meanwhile",
                    TEXT_ARG(answer.booking.id));
    else
        command_say(call, "the event of booking " TEXT_FMT " stands at %s",
                    TEXT_ARG(answer.booking.id), moment(call, answer.booking.start));
    return EXIT_DONE;
}
