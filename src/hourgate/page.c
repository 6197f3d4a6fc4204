/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/hours.h"
#include "hourgate/kinds.h"
#include "hourgate/question.h"
#include "time/instant.h"

enum { REMIND_MAX_MIN = 60 * 1440, APPROVE_HOURS = 48 };

const struct option page_put_options[] = {
    {"host", "EMAIL", "the user who takes the appointments"},
    {"title", "TITLE", "what is booked; also the event's subject"},
    {"description", "TEXT", "shown on the page"},
    {"location", "TEXT", "where; also in the event"},
    {"zone", "ZONE", "the zone of the hours; default the host's"},
    {"duration", "MIN", "how long an appointment is"},
    {"increment", "MIN", "between possible starts; default the duration"},
    {"buffer-before", "MIN", "that must be free before; default 0"},
    {"buffer-after", "MIN", "that must be free after; default 0"},
    {"notice", "MIN", "from now to the earliest start; default 60"},
    {"horizon", "DAYS", "how far ahead; default 60"},
    {"per-day", "N", "bookings a day at most; default 0, no limit"},
    {"hours", "HOURS", "default \"mon-fri 09:00-17:00\"; groups by ;"},
    {"per-customer", "N", "coming bookings of one address at most; default 0, no limit"},
    {"cancel-until", "HOURS",
     "before the start; then customers ask the host; default 0, the end"},
    {"ask-reason", "HOW", "of customers who cancel: no (default), optional or required"},
    {"approve", NULL, "bookings are requests until the host has approved them"},
    {"approve-within", "HOURS", "so long a request waits, with --approve; default 48"},
    {"confirm-by-mail", "MIN",
     "customers have so long to confirm by mail; default: they need not"},
    {"override", "DATES", "\"2026-12-24 closed; 2026-12-31 09:00-12:00\""},
    {"blocks", "STATES", "what counts as busy; default tentative,busy,oof"},
    {.name = "question",
     .value = "QUESTION",
     .help = "asked of customers, such as \"choice!: How? = By telephone / On site\"",
     .repeats = true},
    {"room", "ADDRESS", "a room that must be free too and is booked with it"},
    {"no-sync", NULL, "do not write bookings into the calendar"},
    {"follow", "HOW", "events changed in the calendar: follow (default), ask or ignore"},
    {"cancelled", "HOW",
     "a cancelled booking's event: remove (default) or keep, marked and free"},
    {"language", "LANG", "of its pages and mails: en, de, fr, it or ar; default en"},
    {"remind", "TIMES", "remind customers so long before, such as \"24h,2h\" or \"30m\""},
    {"invite", "BY", "mail (an .ics; default), exchange or none"},
    {"event-title", "TEXT", "default \"{page} - {customer}\""},
    {"event-text", "TEXT", "default \"{customer}, {email}, {answers}\", a line each"},
    {"event-location", "TEXT", "default {location}"},
    {"private", NULL, "the event is private"},
    {"reminder", "MIN", "the event's own; 0 none; default as the calendar does"},
    {"show-as", "STATUS", "busy (default), tentative, oof or free"},
    {"online-meeting", NULL,
     "with a link: Teams or Meet, where the calendar is Microsoft 365 or Google"},
    {"keep-out", "WHAT", "answers,email: what never reaches the calendar or the host's mail"},
    {0},
};

static enum status read_rule(struct call *call, struct rule *rule, struct error *err)
{
    enum { DAY_MIN = 1440 };
    TRY(call_need(call, "duration", err));
    TRY(call_number(call, "duration", 0, 1, DAY_MIN, &rule->duration_min, err));
    TRY(call_number(call, "increment", rule->duration_min, 1, DAY_MIN, &rule->increment_min,
                    err));
    TRY(call_number(call, "buffer-before", 0, 0, DAY_MIN, &rule->buffer_before_min, err));
    TRY(call_number(call, "buffer-after", 0, 0, DAY_MIN, &rule->buffer_after_min, err));
    TRY(call_number(call, "notice", 60, 0, 525600, &rule->notice_min, err));
    TRY(call_number(call, "horizon", 60, 1, 730, &rule->horizon_days, err));
    TRY(call_number(call, "per-day", 0, 0, 1000, &rule->max_per_day, err));
    TRY(hours_parse(call_text(call, "hours", "mon-fri 09:00-17:00"), &call->a, rule, err));
    TRY(overrides_parse(call_text(call, "override", ""), &call->a, rule, err));
    return blocks_parse(call_text(call, "blocks", "tentative,busy,oof"), rule, err);
}

static enum status read_questions(struct call *call, struct page_put_ask *ask,
                                  struct error *err)
{
    int at = 0;
    ask->questions = ARENA_ARRAY(&call->a, MAX_QUESTIONS, struct question);
    for (const char *words; (words = call_next(call, "question", &at));) {
        if (ask->n_questions == MAX_QUESTIONS)
            return error_set(err, ERR_INVALID, "question", "a page asks %d questions at most",
                             MAX_QUESTIONS);
        TRY(question_parse(text_from(words), &call->a, &ask->questions[ask->n_questions++],
                           err));
    }
    return OK;
}

/* Read "24h,2h": a whole number of minutes, hours or days each. */
static enum status read_reminders(struct call *call, struct page_put_ask *ask,
                                  struct error *err)
{
    struct text one, rest = call_text(call, "remind", "");
    ask->reminders = ARENA_ARRAY(&call->a, MAX_REMINDERS, struct reminder);
    while (rest.n) {
        if (!text_cut(rest, ',', &one, &rest)) {
            one = rest;
            rest = (struct text){0};
        }
        one = text_trim(one);
        int64_t n = 0;
        char unit = one.n ? one.at[one.n - 1] : 0;
        int64_t minutes = unit == 'm' ? 1 : unit == 'h' ? 60 : unit == 'd' ? 1440 : 0;
        bool good = minutes && text_to_i64((struct text){one.at, one.n - 1}, &n) && n > 0 &&
                    n <= REMIND_MAX_MIN / minutes;
        if (!good || ask->n_reminders == MAX_REMINDERS)
            return error_set(err, ERR_INVALID, "remind",
                             "\"" TEXT_FMT
                             "\": up to %d times such as 30m, 2h or 1d, by commas",
                             TEXT_ARG(one), MAX_REMINDERS);
        ask->reminders[ask->n_reminders++].minutes = n * minutes;
    }
    return OK;
}

static enum status read_mail(struct call *call, struct page_put_ask *ask, struct error *err)
{
    TRY(language_parse(call_text(call, "language", "en"), &ask->language, err));
    TRY(invite_parse(call_text(call, "invite", "mail"), &ask->invite, err));
    return read_reminders(call, ask, err);
}

static enum status read_keep_out(struct call *call, struct event_form *form, struct error *err)
{
    struct text one, rest = call_text(call, "keep-out", "");
    while (rest.n) {
        if (!text_cut(rest, ',', &one, &rest)) {
            one = rest;
            rest = (struct text){0};
        }
        one = text_trim(one);
        if (text_equal(one, TEXT("answers")))
            form->hides_answers = true;
        else if (text_equal(one, TEXT("email")))
            form->hides_email = true;
        else
            return error_set(err, ERR_INVALID, "keep-out",
                             "\"" TEXT_FMT "\" is neither answers nor email", TEXT_ARG(one));
    }
    return OK;
}

static enum status read_form(struct call *call, struct event_form *form, struct error *err)
{
    *form = (struct event_form){
        .title = call_text(call, "event-title", ""),
        .text = call_text(call, "event-text", ""),
        .location = call_text(call, "event-location", ""),
        .is_private = call_has(call, "private"),
    };
    TRY(show_as_parse(call_text(call, "show-as", "busy"), &form->show_as, err));
    if (call_has(call, "reminder")) {
        TRY(call_number(call, "reminder", 0, 0, REMIND_MAX_MIN, &form->reminder_min, err));
        if (form->reminder_min == 0)
            form->reminder_min = -1;
    }
    return read_keep_out(call, form, err);
}

static enum status read_page(struct call *call, struct page_put_ask *ask, struct error *err)
{
    TRY(call_need(call, "host", err));
    TRY(call_need(call, "title", err));
    *ask = (struct page_put_ask){
        .account = text_from(call->operands[0]),
        .page = text_from(call->operands[1]),
        .email = call_text(call, "host", ""),
        .title = call_text(call, "title", ""),
        .description = call_text(call, "description", ""),
        .location = call_text(call, "location", ""),
        .synchronise = !call_has(call, "no-sync"),
        .room = call_text(call, "room", ""),
        .online_meeting = call_has(call, "online-meeting"),
        .rule.zone = call_text(call, "zone", ""),
    };
    TRY(follow_parse(call_text(call, "follow", "follow"), &ask->follow, err));
    TRY(call_number(call, "per-customer", 0, 0, POLICY_PER_CUSTOMER_MAX,
                    &ask->policy.per_customer, err));
    TRY(call_number(call, "cancel-until", 0, 0, POLICY_CANCEL_HOURS_MAX,
                    &ask->policy.cancel_hours, err));
    if (call_has(call, "approve") || call_has(call, "approve-within"))
        TRY(call_number(call, "approve-within", APPROVE_HOURS, 1, POLICY_APPROVE_HOURS_MAX,
                        &ask->policy.approve_hours, err));
    TRY(call_number(call, "confirm-by-mail", 0, 1, POLICY_CONFIRM_MIN_MAX,
                    &ask->policy.confirm_min, err));
    TRY(ask_reason_parse(call_text(call, "ask-reason", "no"), &ask->policy.ask_reason, err));
    TRY(cancelled_parse(call_text(call, "cancelled", "remove"), &ask->cancelled, err));
    TRY(read_mail(call, ask, err));
    TRY(read_form(call, &ask->form, err));
    if (!text_is_slug(ask->page, MAX_SLUG))
        return error_set(
            err, ERR_INVALID, "page",
            "\"%s\": a slug has 1 to %d of a-z, 0-9 and -, and stands in the page's address",
            call->operands[1], MAX_SLUG);
    TRY(read_questions(call, ask, err));
    return read_rule(call, &ask->rule, err);
}

static enum status put(struct call *call, struct page_put_ask *ask,
                       struct page_put_answer *ret_answer, struct error *err)
{
    struct client client;
    TRY(client_open(&client, &call->config, false, err));
    enum status status = ask->rule.zone.n ? OK
                                          : user_find_zone(call, &client, ask->account,
                                                           ask->email, &ask->rule.zone, err);
    if (status == OK)
        status = client_ask(&client, WIRE_page_put, ask, &call->a, ret_answer, err);
    client_close(&client);
    return status;
}

/* Warn of what the page's title does not show: a host whose calendar is not read, or not written. */
static void warn(const struct page_put_ask *ask, const struct page_put_answer *answer)
{
    if (!answer->connected && ask->room.n)
        fprintf(stderr,
                "warning: " TEXT_FMT
                " has no connection: whether the room is free cannot be seen, so "
                "no slot is offered\n",
                TEXT_ARG(ask->email));
    else if (!answer->connected)
        fprintf(stderr,
                "warning: " TEXT_FMT
                " has no connection: nothing blocks a slot but hourgate's own "
                "bookings; add one: hourgate connection add " TEXT_FMT " " TEXT_FMT
                " --server URL --user U\n",
                TEXT_ARG(ask->email), TEXT_ARG(ask->account), TEXT_ARG(ask->email));
    else if (answer->outage != OUTAGE_NONE)
        fprintf(stderr,
                "warning: the calendar of " TEXT_FMT
                " fails (%s): no slot is offered until it works; see hourgate connection "
                "list " TEXT_FMT "\n",
                TEXT_ARG(ask->email), outage_name(answer->outage), TEXT_ARG(ask->account));
    else if (answer->free_busy_only && ask->synchronise)
        fprintf(stderr,
                "warning: the connection of " TEXT_FMT
                " is free/busy only: bookings are kept in "
                "hourgate and not written into the calendar; say --no-sync, or connect it with "
                "the right to write\n",
                TEXT_ARG(ask->email));
    else if (ask->room.n && !ask->synchronise)
        fprintf(
            stderr,
            "warning: the room must be free, but without synchronisation nobody books it\n");
}

enum exit_code command_page_put(struct call *call)
{
    struct error err = {0};
    struct page_put_ask ask;
    struct page_put_answer answer;
    if (read_page(call, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status = put(call, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "page /%s/%s is there, its hours in %s", call->operands[0],
                call->operands[1], arena_cstr(&call->a, ask.rule.zone));
    warn(&ask, &answer);
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"page", COLUMN_TEXT},           {"host", COLUMN_TEXT},
    {"title", COLUMN_TEXT},          {"duration", COLUMN_NUMBER},
    {"increment", COLUMN_NUMBER},    {"buffers", COLUMN_TEXT},
    {"notice", COLUMN_NUMBER},       {"horizon", COLUMN_NUMBER},
    {"per_day", COLUMN_NUMBER},      {"per_customer", COLUMN_NUMBER},
    {"cancel_hours", COLUMN_NUMBER}, {"room", COLUMN_TEXT},
    {"synchronised", COLUMN_FLAG},   {"calendar", COLUMN_TEXT},
    {"blocks", COLUMN_TEXT},         {"zone", COLUMN_TEXT},
    {"hours", COLUMN_TEXT},          {"override", COLUMN_TEXT},
    {"language", COLUMN_TEXT},       {"remind", COLUMN_TEXT},
    {"invite", COLUMN_TEXT},         {"keep_out", COLUMN_TEXT},
    {"online_meeting", COLUMN_FLAG}, {"questions", COLUMN_TEXT},
    {"follow", COLUMN_TEXT},         {"cancelled", COLUMN_TEXT},
    {"ask_reason", COLUMN_TEXT},     {"approve_hours", COLUMN_NUMBER},
    {"confirm_min", COLUMN_NUMBER},  {0},
};

/* What becomes of the host's calendar. */
static const char *calendar_of(struct arena *a, const struct page_row *row)
{
    char since[INSTANT_SIZE];
    if (!row->connected)
        return "none: only hourgate's own bookings block";
    if (row->outage != OUTAGE_NONE) {
        instant_format(row->failing_at, since);
        return arena_printf(a, "fails since %s (%s): no times are offered", since,
                            outage_name(row->outage));
    }
    if (row->free_busy_only)
        return "free/busy only: bookings are not written";
    return row->synchronise ? "read and written" : "read";
}

static struct text reminders_format(const struct page_row *row, struct arena *a)
{
    const char *all = "";
    for (size_t i = 0; i < row->n_reminders; i++) {
        int64_t minutes = row->reminders[i].minutes;
        int64_t unit = minutes % 1440 == 0 ? 1440 : minutes % 60 == 0 ? 60 : 1;
        all = arena_printf(a, "%s%s%lld%c", all, i ? "," : "", (long long)(minutes / unit),
                           unit == 1440 ? 'd'
                           : unit == 60 ? 'h'
                                        : 'm');
    }
    return text_from(all);
}

static void add_row(struct call *call, struct table *table, const struct page_row *row)
{
    static const char *const keep_outs[2][2] = {{"", "email"}, {"answers", "answers,email"}};
    const struct rule *rule = &row->rule;
    table_text(table, row->page);
    table_text(table, row->email);
    table_text(table, row->title);
    table_number(table, rule->duration_min);
    table_number(table, rule->increment_min);
    table_text(table,
               text_from(arena_printf(&call->a, "%lld+%lld", (long long)rule->buffer_before_min,
                                      (long long)rule->buffer_after_min)));
    table_number(table, rule->notice_min);
    table_number(table, rule->horizon_days);
    table_number(table, rule->max_per_day);
    table_number(table, row->policy.per_customer);
    table_number(table, row->policy.cancel_hours);
    table_text(table, row->room);
    table_flag(table, row->synchronise && !row->free_busy_only);
    table_text(table, text_from(calendar_of(&call->a, row)));
    table_text(table, blocks_format(rule, &call->a));
    table_text(table, rule->zone);
    table_text(table, hours_format(rule, &call->a));
    table_text(table, overrides_format(rule, &call->a));
    table_text(table, text_from(language_name(row->language)));
    table_text(table, reminders_format(row, &call->a));
    table_text(table, text_from(invite_name(row->invite)));
    table_text(table, text_from(keep_outs[row->form.hides_answers][row->form.hides_email]));
    table_flag(table, row->online_meeting);
    table_text(table, questions_format(row->questions, row->n_questions, &call->a));
    table_text(table, text_from(follow_name(row->follow)));
    table_text(table, text_from(cancelled_name(row->cancelled)));
    table_text(table, text_from(ask_reason_name(row->policy.ask_reason)));
    table_number(table, row->policy.approve_hours);
    table_number(table, row->policy.confirm_min);
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct page_list_ask ask = {.account = text_from(call->operands[0])};
    struct page_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_page_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            add_row(call, table, &answer.rows[i]);
            ask.after = answer.rows[i].page;
        }
    } while (answer.n_rows > 0);
    return OK;
}

enum exit_code command_page_list(struct call *call)
{
    return command_list(call, columns, list,
                        "no pages; add one: hourgate page put ACCOUNT PAGE --host EMAIL "
                        "--title T --duration 30");
}

enum exit_code command_page_remove(struct call *call)
{
    struct error err = {0};
    struct page_remove_ask ask = {.account = text_from(call->operands[0]),
                                  .page = text_from(call->operands[1])};
    struct page_remove_answer answer = {0};
    if (!command_is_sure(call, "the page's address will answer that there is no such page"))
        return EXIT_NOT_DONE;
    enum status status = command_ask(call, false, WIRE_page_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "page /%s/%s removed", call->operands[0], call->operands[1]);
    return EXIT_DONE;
}
