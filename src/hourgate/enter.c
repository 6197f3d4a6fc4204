/* SPDX-License-Identifier: ISC
 *
 * Bookings that the host enters for a customer: what is in the way, or was set aside, is said.
 */
#include <stdio.h>

#include "base/buf.h"
#include "hourgate/commands.h"
#include "hourgate/reason.h"

#define ZONES "/usr/share/zoneinfo"

const struct option booking_add_options[] = {
    {"at", "\"DATE HH:MM\"", "when it starts, by the page's clock"},
    {"name", "NAME", "the customer's"},
    {"email", "EMAIL", "the customer's"},
    {"zone", "ZONE", "the customer's; default the page's"},
    {"answer", "QUESTION=ANSWER", "to a question of the page; may be repeated", true},
    {"beyond-rules", NULL, "outside hours, grid, notice, horizon or the limit of a day"},
    {"over-busy", NULL, "although the calendar says busy"},
    {"key", "KEY", "said twice with the same key, it is entered once"},
    {"weekly", "N", "a series: so many sessions at that time, all or none"},
    {"every", "WEEKS", "between its sessions; default 1"},
    {"also", "\"DATE HH:MM\"", "a further session of the series; may be repeated", true},
    {"skip-clashes", NULL, "leave out what is not to be had instead of booking nothing"},
    {0},
};

const struct option booking_move_options[] = {
    {"to", "\"DATE HH:MM\"", "when it starts, by the page's clock"},
    {"beyond-rules", NULL, "outside hours, grid, notice, horizon or the limit of a day"},
    {"over-busy", NULL, "although the calendar says busy"},
    {0},
};

static enum status read_answers(struct call *call, struct customer *customer, struct error *err)
{
    int at = 0;
    customer->answers = ARENA_ARRAY(&call->a, MAX_ANSWERS, struct answer);
    for (const char *given; (given = call_next(call, "answer", &at));) {
        struct answer *answer = &customer->answers[customer->n_answers];
        if (customer->n_answers++ == MAX_ANSWERS)
            return error_set(err, ERR_INVALID, "answer", "more than %d are given", MAX_ANSWERS);
        if (!text_cut(text_from(given), '=', &answer->question, &answer->answer))
            return error_set(err, ERR_INVALID, "answer",
                             "\"%s\": one looks like \"Question=Answer\"", given);
        answer->question = text_trim(answer->question);
        answer->answer = text_trim(answer->answer);
    }
    return OK;
}

static enum status read_ask(struct call *call, struct booking_add_ask *ask, struct error *err)
{
    *ask = (struct booking_add_ask){
        .account = text_from(call->operands[0]),
        .page = text_from(call->operands[1]),
        .customer = {.name = call_text(call, "name", ""),
                     .email = call_text(call, "email", ""),
                     .zone = call_text(call, "zone", "")},
        .key = call_text(call, "key", ""),
        .beyond_rules = call_has(call, "beyond-rules"),
        .over_busy = call_has(call, "over-busy"),
    };
    TRY(call_need(call, "at", err));
    TRY(call_need(call, "name", err));
    TRY(call_need(call, "email", err));
    TRY(command_moment(call, "at", &ask->day, &ask->minute, err));
    return read_answers(call, &ask->customer, err);
}

/* What was set aside, or is in the way, by the page's clock. */
static const char *tell(struct call *call, const struct booking_public *booking,
                        const struct reason *reasons, size_t n)
{
    struct error err;
    struct zones *zones = n ? zones_load(ZONES, &err) : NULL;
    const struct zone *zone = zones ? zone_find(zones, booking->page.zone) : NULL;
    struct teller teller = {&call->a, zone};
    const char *said = zone ? reason_sentences(&teller, reasons, n) : "";
    zones_free(zones);
    return said;
}

static enum exit_code fail(enum status status, const char *reasons, struct error *err)
{
    if (status == ERR_CONFLICT && *reasons)
        (void)error_set(err, status, "booking", "%s", reasons);
    return call_fail(status, err);
}

static void warn(const char *set_aside)
{
    if (*set_aside)
        fprintf(stderr, "warning: set aside: %s\n", set_aside);
}

static void print_added(const struct call *call, const struct booking_add_answer *answer,
                        const char *set_aside)
{
    const struct booking_public *b = &answer->booking;
    const char *state = b->state == BOOKING_CONFIRMED ? "confirmed" : "uncertain";
    struct buf link CLEANUP(buf_wipe) = BUF(MAX_PATH + MAX_TOKEN + 8);
    buf_printf(&link, "%s/b/%.*s", call->config.base_url, (int)answer->token.n,
               (const char *)answer->token.at);
    if (call->json) {
        struct buf out CLEANUP(buf_wipe) = BUF(16384);
        buf_printf(&out, "{\"id\":\"" TEXT_FMT "\",\"state\":\"%s\",\"link\":", TEXT_ARG(b->id),
                   state);
        output_json_string(&out, buf_text(&link));
        buf_add_cstr(&out, ",\"set_aside\":");
        output_json_string(&out, text_from(set_aside));
        printf("%.*s}\n", (int)out.n, (const char *)out.at);
        return;
    }
    printf("booking " TEXT_FMT " %s\n%.*s\n", TEXT_ARG(b->id), state, (int)link.n,
           (const char *)link.at);
    warn(set_aside);
}

/* ---- a series ---- */

enum { EVERY_MAX = 8, WEEK_DAYS = 7 };

static enum status read_number(struct call *call, const char *name, int64_t most,
                               int64_t *number, struct error *err)
{
    if (!call_has(call, name) ||
        (text_to_i64(call_text(call, name, ""), number) && *number > 0 && *number <= most))
        return OK;
    return error_set(err, ERR_INVALID, name, "it is a number from 1 to %lld", (long long)most);
}

static enum status read_times(struct call *call, const struct booking_add_ask *first,
                              struct booking_series_ask *ask, struct error *err)
{
    int64_t n = 1, every = 1;
    int at = 0;
    TRY(read_number(call, "weekly", MAX_SERIES, &n, err));
    TRY(read_number(call, "every", EVERY_MAX, &every, err));
    ask->times = ARENA_ARRAY(&call->a, MAX_SERIES, struct series_time);
    for (int64_t i = 0; i < n; i++)
        ask->times[ask->n_times++] =
            (struct series_time){first->day + i * every * WEEK_DAYS, first->minute};
    for (const char *given; (given = call_next(call, "also", &at));) {
        if (ask->n_times == MAX_SERIES)
            return error_set(err, ERR_INVALID, "also", "a series has %d sessions at most",
                             MAX_SERIES);
        struct series_time *time = &ask->times[ask->n_times++];
        TRY(command_moment_of(text_from(given), "also", &time->day, &time->minute, err));
    }
    return OK;
}

static void tell_clashes(const struct teller *teller,
                         const struct booking_series_answer *answer)
{
    for (size_t i = 0; i < answer->n_clashes; i++)
        fprintf(
            stderr, "not to be had: %s: %s\n", reason_local(teller, answer->clashes[i].start),
            reason_sentences(teller, answer->clashes[i].reasons, answer->clashes[i].n_reasons));
}

static void print_json(const struct booking_series_answer *answer)
{
    printf("{\"series\":\"" TEXT_FMT "\",\"skipped\":%zu,\"bookings\":[", TEXT_ARG(answer->id),
           answer->n_clashes);
    for (size_t i = 0; i < answer->n_sessions; i++)
        printf("%s\"" TEXT_FMT "\"", i ? "," : "", TEXT_ARG(answer->sessions[i].id));
    printf("]}\n");
}

static void print_series(const struct teller *teller,
                         const struct booking_series_answer *answer)
{
    printf("series " TEXT_FMT "\n", TEXT_ARG(answer->id));
    for (size_t i = 0; i < answer->n_sessions; i++) {
        const struct series_session *session = &answer->sessions[i];
        printf("booking " TEXT_FMT " %s %s\n", TEXT_ARG(session->id),
               session->state == BOOKING_CONFIRMED ? "confirmed" : "uncertain",
               reason_local(teller, session->start));
        if (session->n_reasons)
            fprintf(stderr, "warning: set aside: %s: %s\n",
                    reason_local(teller, session->start),
                    reason_sentences(teller, session->reasons, session->n_reasons));
    }
}

static void tell_series(struct call *call, const struct booking_series_answer *answer,
                        bool is_booked)
{
    struct error err;
    struct zones *zones = zones_load(ZONES, &err);
    const struct zone *zone = zones ? zone_find(zones, answer->zone) : NULL;
    struct teller teller = {&call->a, zone    ? zone
                                      : zones ? zone_find(zones, TEXT("UTC"))
                                              : NULL};
    if (teller.zone)
        tell_clashes(&teller, answer);
    if (is_booked && call->json)
        print_json(answer);
    else if (is_booked && teller.zone)
        print_series(&teller, answer);
    zones_free(zones);
}

static enum exit_code add_series(struct call *call, const struct booking_add_ask *first)
{
    struct error err = {0};
    struct booking_series_answer answer = {0};
    struct booking_series_ask ask = {.account = first->account,
                                     .page = first->page,
                                     .customer = first->customer,
                                     .key = first->key,
                                     .beyond_rules = first->beyond_rules,
                                     .over_busy = first->over_busy,
                                     .skip_clashes = call_has(call, "skip-clashes")};
    if (read_times(call, first, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, true, WIRE_booking_series, &ask, &answer, &err);
    if (status == OK || status == ERR_CONFLICT)
        tell_series(call, &answer, status == OK);
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}

enum exit_code command_booking_add(struct call *call)
{
    struct error err = {0};
    struct booking_add_ask ask;
    struct booking_add_answer answer = {0};
    if (read_ask(call, &ask, &err) != OK)
        return call_misused(call, &err);
    if (call_has(call, "weekly") || call_has(call, "also"))
        return add_series(call, &ask);
    enum status status = command_ask(call, true, WIRE_booking_add, &ask, &answer, &err);
    const char *reasons = tell(call, &answer.booking, answer.reasons, answer.n_reasons);
    if (status != OK)
        return fail(status, reasons, &err);
    print_added(call, &answer, reasons);
    secret_free(&answer.token);
    return EXIT_DONE;
}

enum exit_code command_booking_approve(struct call *call)
{
    struct error err = {0};
    struct booking_approve_answer answer = {0};
    struct booking_approve_ask ask = {.account = text_from(call->operands[0]),
                                      .id = text_from(call->operands[1]),
                                      .over_busy = call_has(call, "over-busy")};
    enum status status = command_ask(call, true, WIRE_booking_approve, &ask, &answer, &err);
    const char *reasons = tell(call, &answer.booking, answer.reasons, answer.n_reasons);
    if (status != OK)
        return fail(status, reasons, &err);
    command_say(call, "booking %s %s", call->operands[1],
                answer.booking.state == BOOKING_CONFIRMED ? "confirmed" : "uncertain");
    warn(reasons);
    return EXIT_DONE;
}

enum exit_code command_booking_move(struct call *call)
{
    struct error err = {0};
    struct booking_move_answer answer = {0};
    struct booking_move_ask ask = {.account = text_from(call->operands[0]),
                                   .id = text_from(call->operands[1]),
                                   .beyond_rules = call_has(call, "beyond-rules"),
                                   .over_busy = call_has(call, "over-busy")};
    if (call_need(call, "to", &err) != OK ||
        command_moment(call, "to", &ask.day, &ask.minute, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, true, WIRE_booking_move, &ask, &answer, &err);
    const char *reasons = tell(call, &answer.booking, answer.reasons, answer.n_reasons);
    if (status != OK)
        return fail(status, reasons, &err);
    command_say(call, "booking %s moved to %s", call->operands[1], call_cstr(call, "to", ""));
    warn(reasons);
    return EXIT_DONE;
}
