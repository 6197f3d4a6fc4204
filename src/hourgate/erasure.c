/* SPDX-License-Identifier: ISC
 *
 * What erasing means, said before it is done, and its certificates. A certificate is its text and a last line with the
 * signature over all that stands before that line.
 */
#include "hourgate/erasure.h"

#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/output.h"
#include "os/file.h"
#include "time/instant.h"

#define SIGNATURE "signature    "

const struct option account_remove_options[] = {
    {"yes", NULL, "do it without being asked"},
    {"output", "FILE", "write the certificate into a new file"},
    {0},
};

const struct option user_remove_options[] = {
    {"yes", NULL, "do it without being asked"},
    {"hand-over-to", "EMAIL", "give pages and future bookings to this user"},
    {"output", "FILE", "write the certificate into a new file"},
    {0},
};

const struct option erasure_show_options[] = {
    {"output", "FILE", "write the certificate into a new file"},
    {0},
};

static const char *const kinds[ERASURE_KIND_COUNT] = {
    [ERASURE_ACCOUNT] = "account", [ERASURE_USER] = "user", [ERASURE_CUSTOMER] = "customer"};

static void add_instant(struct buf *out, const char *key, struct instant t)
{
    char text[INSTANT_SIZE];
    instant_format(t, text);
    buf_printf(out, t.s ? "\"%s\":\"%s\"," : "\"%s\":null,", key, text);
}

static void add_text(struct buf *out, const char *key, struct text t)
{
    buf_printf(out, "\"%s\":", key);
    output_json_string(out, t);
    buf_add_cstr(out, ",");
}

static void add_json(struct buf *out, const struct erasure *e)
{
    const struct erasure_facts *facts = &e->facts;
    buf_printf(out, "{\"id\":%lld,\"kind\":\"%s\",", (long long)e->id, kinds[e->kind]);
    add_text(out, "account", e->account);
    add_text(out, "subject", e->subject);
    add_instant(out, "begun", e->begun_at);
    add_instant(out, "done", e->done_at);
    add_text(out, "keys", facts->keys);
    add_instant(out, "backups_until", facts->backups_until);
    buf_printf(out, "\"coming\":%lld,\"in_doubt\":%lld,\"rows\":{", (long long)facts->coming,
               (long long)facts->in_doubt);
    for (size_t i = 0; i < facts->n_tables; i++)
        buf_printf(out, "%s\"" TEXT_FMT "\":%lld", i ? "," : "",
                   TEXT_ARG(facts->tables[i].table), (long long)facts->tables[i].rows);
    buf_add_cstr(out, "},");
    add_text(out, "certificate", e->certificate);
    add_text(out, "signature", e->signature);
    out->n--; /* the comma */
    buf_add_cstr(out, "}\n");
}

/* Its text and the signature's line, or JSON: into the file that --output names, else on standard output. */
enum status erasure_give(const struct call *call, const struct erasure *e, struct error *err)
{
    struct buf out CLEANUP(buf_done) = BUF(64 << 10);
    const char *file = call_cstr(call, "output", NULL);
    if (call->json)
        add_json(&out, e);
    else
        buf_printf(&out, TEXT_FMT SIGNATURE TEXT_FMT "\n", TEXT_ARG(e->certificate),
                   TEXT_ARG(e->signature));
    ENSURE(!buf_failed(&out));
    if (file)
        return file_create(file, out.at, out.n, 0600, err);
    fwrite(out.at, 1, out.n, stdout);
    return OK;
}

void erasure_tell_rows(const struct erasure *forecast)
{
    for (size_t i = 0; i < forecast->facts.n_tables; i++)
        printf("%s%lld " TEXT_FMT, i ? ", " : "- erases ",
               (long long)forecast->facts.tables[i].rows,
               TEXT_ARG(forecast->facts.tables[i].table));
    if (forecast->facts.n_tables)
        printf(";\n");
}

static void tell_account(const struct call *call, const struct erasure *forecast)
{
    const char *account = call->operands[0];
    if (call->json) {
        struct buf out CLEANUP(buf_done) = BUF(64 << 10);
        add_json(&out, forecast);
        fwrite(out.at, 1, out.n, stdout);
        return;
    }
    printf("Removing account %s\n", account);
    erasure_tell_rows(forecast);
    printf("- destroys its keys: nothing that was sealed for it can be opened again, also not "
           "by you; "
           "backups\n  that hold them can be restored until they expire;\n"
           "- leaves the events of %lld future bookings in the hosts' calendars: cancel them "
           "first "
           "where they\n  should go (hourgate booking cancel). Customers are not told;\n",
           (long long)forecast->facts.coming);
    if (forecast->facts.in_doubt)
        printf("- waits for %lld bookings that are being written just now;\n",
               (long long)forecast->facts.in_doubt);
    printf("- keeps a certificate of erasure, and in the audit that it happened.\n");
}

enum exit_code command_account_remove(struct call *call)
{
    struct error err = {0};
    bool is_sure = call_has(call, "yes");
    struct account_remove_ask ask = {.account = text_from(call->operands[0]),
                                     .forecast = !is_sure};
    struct account_remove_answer answer = {0};
    enum status status = command_ask(call, true, WIRE_account_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (!is_sure) {
        tell_account(call, &answer.erasure);
        command_is_sure(call, "nothing was done");
        return EXIT_NOT_DONE;
    }
    status = erasure_give(call, &answer.erasure, &err);
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}

static void tell_user(const struct call *call, const struct user_remove_answer *would)
{
    const char *heir = call_cstr(call, "hand-over-to", "");
    if (call->json) {
        printf("{\"done\":false,\"pages\":%lld,\"coming\":%lld}\n", (long long)would->pages,
               (long long)would->coming);
        return;
    }
    printf("Removing user %s of %s\n"
           "- erases their name and address, their calendar's credential and their tokens;\n",
           call->operands[1], call->operands[0]);
    if (*heir)
        printf("- hands %lld pages and %lld future bookings over to %s; the events stay in the "
               "calendar they\n  are in, and %s is told to enter them: hourgate attention list "
               "%s;\n",
               (long long)would->pages, (long long)would->coming, heir, heir,
               call->operands[0]);
    else if (would->pages + would->coming)
        printf(
            "- is refused as long as there are %lld pages and %lld future bookings: remove and "
            "cancel them,\n  or hand them over (--hand-over-to EMAIL);\n",
            (long long)would->pages, (long long)would->coming);
    printf("- keeps past bookings, without a host's name, and a certificate of erasure.\n");
}

enum exit_code command_user_remove(struct call *call)
{
    struct error err = {0};
    bool is_sure = call_has(call, "yes");
    struct user_remove_ask ask = {.account = text_from(call->operands[0]),
                                  .email = text_from(call->operands[1]),
                                  .hand_over_to = call_text(call, "hand-over-to", ""),
                                  .forecast = !is_sure};
    struct user_remove_answer answer = {0};
    enum status status = command_ask(call, false, WIRE_user_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (!is_sure) {
        tell_user(call, &answer);
        command_is_sure(call, "nothing was done");
        return EXIT_NOT_DONE;
    }
    status = erasure_give(call, &answer.erasure, &err);
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}

/* ---- records ---- */

static const struct column columns[] = {
    {"id", COLUMN_NUMBER},
    {"what", COLUMN_TEXT},
    {"account", COLUMN_TEXT},
    {"subject", COLUMN_TEXT},
    {"begun", COLUMN_TEXT},
    {"done", COLUMN_TEXT},
    {0},
};

static void table_instant(struct table *table, struct instant t)
{
    char text[INSTANT_SIZE] = "";
    if (t.s)
        instant_format(t, text);
    table_text(table, text_from(text));
}

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct erasure_list_ask ask = {0};
    struct erasure_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_erasure_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            const struct erasure_row *row = &answer.rows[i];
            table_number(table, row->id);
            table_text(table, text_from(kinds[row->kind]));
            table_text(table, row->account);
            table_text(table, row->subject);
            table_instant(table, row->begun_at);
            table_instant(table, row->done_at);
            ask.after = row->id;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_erasure_list(struct call *call)
{
    return command_list(call, columns, list, "nothing was erased so far");
}

enum exit_code command_erasure_show(struct call *call)
{
    struct error err = {0};
    struct erasure_show_ask ask = {0};
    struct erasure_show_answer answer = {0};
    if (!text_to_i64(text_from(call->operands[0]), &ask.id)) {
        error_set(&err, ERR_INVALID, "erasure",
                  "%s is no number; hourgate erasure list shows them", call->operands[0]);
        return call_misused(call, &err);
    }
    enum status status = command_ask(call, false, WIRE_erasure_show, &ask, &answer, &err);
    if (status == OK && !answer.erasure.done_at.s)
        status = error_set(&err, ERR_CONFLICT, "erasure", "it is not finished yet");
    if (status == OK)
        status = erasure_give(call, &answer.erasure, &err);
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}

/* Cut a certificate's file at its last line. */
static bool cut(struct text file, struct erasure_verify_ask *ret_ask)
{
    size_t n_mark = strlen(SIGNATURE);
    while (file.n && file.at[file.n - 1] == '\n')
        file.n--;
    size_t line = file.n;
    while (line > 0 && file.at[line - 1] != '\n')
        line--;
    struct text last = {file.at + line, file.n - line};
    if (!text_starts(last, text_from(SIGNATURE)) || last.n != n_mark + 64 ||
        line > MAX_CERTIFICATE)
        return false;
    ret_ask->certificate = (struct text){file.at, line};
    ret_ask->signature = (struct text){last.at + n_mark, 64};
    return true;
}

enum exit_code command_erasure_verify(struct call *call)
{
    struct error err = {0};
    struct buf content CLEANUP(buf_done) = BUF(MAX_CERTIFICATE + 128);
    struct erasure_verify_ask ask = {0};
    struct erasure_verify_answer answer = {0};
    enum status status = file_read(call->operands[0], &content, &err);
    if (status == OK && !cut(buf_text(&content), &ask))
        status = error_set(&err, ERR_INVALID, "erasure", "%s is no certificate of erasure",
                           call->operands[0]);
    if (status == OK)
        status = command_ask(call, false, WIRE_erasure_verify, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (call->json)
        printf("{\"ours\":%s}\n", answer.is_ours ? "true" : "false");
    else
        printf(answer.is_ours ? "this installation signed it, as it stands\n"
                              : "this installation did not sign it as it stands\n");
    return answer.is_ours ? EXIT_DONE : EXIT_NOT_DONE;
}
