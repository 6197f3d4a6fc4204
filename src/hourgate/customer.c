/* SPDX-License-Identifier: ISC
 *
 * What is kept of one customer, given out as JSON or erased.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/erasure.h"
#include "hourgate/output.h"
#include "os/file.h"
#include "time/instant.h"

enum { EXPORT_MAX = 64 << 20 };

const struct option customer_export_options[] = {
    {"output", "FILE", "write it into a new file"},
    {0},
};

const struct option customer_erase_options[] = {
    {"yes", NULL, "do it without being asked"},
    {"cancel", NULL, "cancel what is still to come first"},
    {"output", "FILE", "write the certificate into a new file"},
    {0},
};

static void add_text(struct buf *out, const char *key, struct text t)
{
    buf_printf(out, "\"%s\":", key);
    output_json_string(out, t);
    buf_add_cstr(out, ",");
}

static void add_instant(struct buf *out, const char *key, struct instant t)
{
    char text[INSTANT_SIZE];
    instant_format(t, text);
    buf_printf(out, "\"%s\":\"%s\",", key, text);
}

static void add_answers(struct buf *out, const struct customer *customer)
{
    buf_add_cstr(out, "\"answers\":[");
    for (size_t i = 0; i < customer->n_answers; i++) {
        buf_add_cstr(out, i ? ",{" : "{");
        add_text(out, "question", customer->answers[i].question);
        buf_add_cstr(out, "\"answer\":");
        output_json_string(out, customer->answers[i].answer);
        buf_add_cstr(out, "}");
    }
    buf_add_cstr(out, "],");
}

static void add_booking(struct buf *out, const struct customer_row *row)
{
    static const char *const states[BOOKING_STATE_COUNT] = {
        [BOOKING_HELD] = "held",           [BOOKING_UNCERTAIN] = "uncertain",
        [BOOKING_CONFIRMED] = "confirmed", [BOOKING_CANCELLED] = "cancelled",
        [BOOKING_REQUESTED] = "requested", [BOOKING_UNVERIFIED] = "unverified"};
    const struct booking_public *b = &row->booking;
    buf_add_cstr(out, "{");
    add_text(out, "id", b->id);
    buf_printf(out, "\"state\":\"%s\",", states[b->state]);
    add_instant(out, "made", row->made_at);
    add_instant(out, "start", b->start);
    add_instant(out, "end", b->end);
    add_text(out, "page", b->page.page);
    add_text(out, "page_title", b->page.title);
    add_text(out, "host", b->page.host_name);
    add_text(out, "name", b->customer.name);
    add_text(out, "email", b->customer.email);
    add_text(out, "zone", b->customer.zone);
    add_answers(out, &b->customer);
    add_text(out, "reason", b->reason);
    add_text(out, "event_title", row->title);
    add_text(out, "event_description", row->description);
    buf_printf(out, "\"event\":\"%s\"}",
               row->in_calendar   ? "in the host's calendar"
               : row->left_behind ? "left in a calendar that was disconnected"
                                  : "none");
}

static enum status collect(struct call *call, struct client *client, struct buf *out,
                           struct error *err)
{
    struct customer_export_ask ask = {.account = text_from(call->operands[0]),
                                      .email = text_from(call->operands[1])};
    struct customer_export_answer answer;
    bool first = true;
    do {
        TRY(client_ask(client, WIRE_customer_export, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            buf_add_cstr(out, first ? "\n" : ",\n");
            add_booking(out, &answer.rows[i]);
            ask.after = answer.rows[i].booking.id;
            first = false;
        }
    } while (answer.n_rows == MAX_CUSTOMER_ROWS);
    return OK;
}

static enum status export(struct call *call, struct buf *out, struct error *err) {
    struct client client; buf_add_cstr(out, "{");
    add_text(out, "account", text_from(call->operands[0]));
    add_text(out, "customer", text_from(call->operands[1]));
    buf_add_cstr(out, "\"bookings\":[");
    TRY(client_open(&client, &call->config, false, err));
    enum status status = collect(call, &client, out, err);
    client_close(&client);
    buf_add_cstr(out, "\n]}\n");
    if (status == OK && buf_failed(out)) return error_set(err, ERR_LIMIT, "customer",
                                                          "more than %d MiB", EXPORT_MAX >> 20);
    return status;
}

enum exit_code command_customer_export(struct call *call)
{
    struct error err = {0};
    struct buf out CLEANUP(buf_wipe) = BUF(EXPORT_MAX);
    const char *file = call_cstr(call, "output", NULL);
    enum status status = export(call, &out, &err);
    if (status == OK && file)
        status = file_create(file, out.at, out.n, 0600, &err);
    else if (status == OK)
        fwrite(out.at, 1, out.n, stdout);
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}

static void tell(const struct call *call, const struct customer_erase_answer *would)
{
    if (call->json) {
        printf("{\"done\":false,\"bookings\":%lld,\"coming\":%lld}\n",
               (long long)would->bookings, (long long)would->coming);
        return;
    }
    printf(
        "Erasing customer %s of %s\n"
        "- makes %lld bookings anonymous: their times and pages stay, and nothing else; their "
        "private\n  links open nothing any more;\n",
        call->operands[1], call->operands[0], (long long)would->bookings);
    if (would->coming)
        printf(
            "- cancels the %lld that are still to come, with --cancel; without it nothing is "
            "done;\n",
            (long long)would->coming);
    printf("- leaves the events of past bookings in the hosts' calendars, which are theirs;\n"
           "- keeps a certificate of erasure, which does not name the customer.\n");
}

enum exit_code command_customer_erase(struct call *call)
{
    struct error err = {0};
    bool is_sure = call_has(call, "yes");
    struct customer_erase_ask ask = {.account = text_from(call->operands[0]),
                                     .email = text_from(call->operands[1]),
                                     .cancel = call_has(call, "cancel"),
                                     .forecast = !is_sure};
    struct customer_erase_answer answer = {0};
    enum status status = command_ask(call, true, WIRE_customer_erase, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (!is_sure) {
        tell(call, &answer);
        command_is_sure(call, "nothing was done");
        return EXIT_NOT_DONE;
    }
    status = erasure_give(call, &answer.erasure, &err);
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}
