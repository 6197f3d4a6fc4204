/* SPDX-License-Identifier: ISC
 *
 * The audit: who read which mailbox, what was changed and by whom, and whether all of that is still as it was
 * written. An export is what an auditor verifies without us; doc/crypto.md says how.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hourgate/commands.h"
#include "time/civil.h"
#include "time/instant.h"

enum { HASH_BYTES = 32, LINE_MAX_BYTES = 4096 };

const struct option audit_verify_options[] = {
    {"log", "FILE", "compare with what the log says how far the chains go"},
    {0},
};

const struct option audit_export_options[] = {
    {"from", "DATE", "begin each chain at its first row of this day, UTC"},
    {"to", "DATE", "end each chain before its first row after this day, UTC"},
    {0},
};

const struct option audit_show_options[] = {
    {"mailbox", "ADDRESS", "only what was about this mailbox"},
    {"from", "DATE", "first day, UTC"},
    {"to", "DATE", "last day, UTC"},
    {0},
};

static void add_hex(struct buf *out, struct text bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        buf_printf(out, "%02x", (unsigned char)bytes.at[i]);
}

static const char *hex(struct arena *a, struct text bytes)
{
    struct buf out CLEANUP(buf_done) = BUF(2 * bytes.n + 1);
    add_hex(&out, bytes);
    return arena_cstr(a, buf_text(&out));
}

/* ---- verify ---- */

/* Read the hash of a line of the log; false: these are not 64 hexadecimal digits. */
static bool read_hash(const char *digits, char hash[HASH_BYTES])
{
    for (size_t i = 0; i < HASH_BYTES; i++) {
        unsigned byte;
        if (sscanf(digits + 2 * i, "%2x", &byte) != 1)
            return false;
        hash[i] = (char)byte;
    }
    return true;
}

/* Keep the last row that the log names of each node. */
static enum status keep_head(struct call *call, struct audit_verify_ask *ask, const char *node,
                             int64_t row, const char *hash, struct error *err)
{
    size_t i = 0;
    while (i < ask->n_heads && !text_equal(ask->heads[i].node, text_from(node)))
        i++;
    if (i == MAX_ROWS)
        return error_set(err, ERR_LIMIT, "log", "it names more than %d nodes", MAX_ROWS);
    if (i == ask->n_heads)
        ask->n_heads++;
    ask->heads[i] =
        (struct audit_head){.node = arena_text(&call->a, text_from(node)),
                            .row = row,
                            .hash = arena_text(&call->a, (struct text){hash, HASH_BYTES})};
    return OK;
}

/* Find what vaults told the log: "audit: node NAME row N hash HEX". */
static enum status read_log(struct call *call, struct audit_verify_ask *ask, struct error *err)
{
    const char *path = call_cstr(call, "log", "");
    char line[LINE_MAX_BYTES], node[MAX_NODE + 1], digits[2 * HASH_BYTES + 1], hash[HASH_BYTES];
    enum status status = OK;
    ask->heads = ARENA_ARRAY(&call->a, MAX_ROWS, struct audit_head);
    if (!*path)
        return OK;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, ERR_NOT_FOUND, "log", "%s: %s", path, strerror(errno));
    while (status == OK && fgets(line, sizeof line, file)) {
        const char *at = strstr(line, "audit: node ");
        long long row = 0;
        if (at &&
            sscanf(at, "audit: node %64[a-z0-9-] row %lld hash %64[0-9a-f]", node, &row,
                   digits) == 3 &&
            strlen(digits) == 2 * HASH_BYTES && read_hash(digits, hash))
            status = keep_head(call, ask, node, row, hash, err);
    }
    fclose(file);
    if (status == OK && !ask->n_heads)
        return error_set(err, ERR_NOT_FOUND, "log", "%s has no line \"audit: node ...\"", path);
    return status;
}

struct verdict {
    int64_t n_rows, n_chains;
    struct audit_verify_answer last;
    struct buf chains; /* as they are printed */
};

static void add_chain(struct call *call, struct verdict *verdict, const struct audit_head *end)
{
    const char *hash = hex(&call->a, end->hash);
    if (call->json)
        buf_printf(
            &verdict->chains, "%s{\"node\":\"" TEXT_FMT "\",\"row\":%lld,\"hash\":\"%s\"}",
            verdict->n_chains ? "," : "", TEXT_ARG(end->node), (long long)end->row, hash);
    else
        buf_printf(&verdict->chains, "node " TEXT_FMT "  ends at row %lld  hash %s\n",
                   TEXT_ARG(end->node), (long long)end->row, hash);
    verdict->n_chains++;
}

static enum status go_through(struct call *call, struct verdict *verdict, struct error *err)
{
    struct audit_verify_ask ask = {0};
    struct client client;
    TRY(read_log(call, &ask, err));
    TRY(client_open(&client, &call->config, false, err));
    enum status status;
    do {
        status = client_ask(&client, WIRE_audit_verify, &ask, &call->a, &verdict->last, err);
        if (status != OK)
            break;
        verdict->n_rows += verdict->last.rows;
        if (verdict->last.end.hash.n)
            add_chain(call, verdict, &verdict->last.end);
        ask.after = verdict->last.next;
        ask.n_heads = 0;
    } while (ask.after && !verdict->last.what.n);
    client_close(&client);
    return status;
}

static void say_verdict(const struct call *call, struct verdict *verdict)
{
    const struct audit_verify_answer *last = &verdict->last;
    struct buf what CLEANUP(buf_done) = BUF(2 * MAX_WHAT);
    output_json_string(&what, last->what);
    if (call->json)
        printf("{\"ok\":%s,\"rows\":%lld,\"chains\":[%s],\"node\":\"" TEXT_FMT
               "\",\"row\":%lld,\"what\":%s}\n",
               last->what.n ? "false" : "true", (long long)verdict->n_rows,
               buf_cstr(&verdict->chains), TEXT_ARG(last->node), (long long)last->row,
               buf_cstr(&what));
    else if (last->what.n)
        printf("%snode " TEXT_FMT ", row %lld: " TEXT_FMT "\n", buf_cstr(&verdict->chains),
               TEXT_ARG(last->node), (long long)last->row, TEXT_ARG(last->what));
    else
        printf("%severy row fits: %lld in %lld chain%s\n", buf_cstr(&verdict->chains),
               (long long)verdict->n_rows, (long long)verdict->n_chains,
               verdict->n_chains == 1 ? "" : "s");
}

enum exit_code command_audit_verify(struct call *call)
{
    struct error err = {0};
    struct verdict verdict = {.chains = BUF(1 << 20)};
    enum status status = go_through(call, &verdict, &err);
    if (status == OK)
        say_verdict(call, &verdict);
    buf_done(&verdict.chains);
    if (status != OK)
        return call_fail(status, &err);
    return verdict.last.what.n ? EXIT_NOT_DONE : EXIT_DONE;
}

/* ---- export ---- */

struct exporting {
    struct instant from, to;
    struct text node;    /* whose chain is being printed */
    bool is_begun, past; /* that chain has lines; is behind `to` */
    struct arena a;      /* of node */
};

static void print_row(const struct exporting *e, const struct audit_export_answer *answer,
                      const struct audit_row *row)
{
    struct arena a CLEANUP(arena_done) = {0};
    printf("{\"node\":\"" TEXT_FMT "\",\"number\":%lld,\"row\":%lld,\"at\":%lld,"
           "\"kind\":%lld,\"actor\":%lld,\"account\":%lld,\"subject\":%lld,\"result\":%lld,"
           "\"what\":\"%s\",\"details\":\"%s\",\"hash\":\"%s\",\"code\":\"%s\"",
           TEXT_ARG(answer->node), (long long)answer->number, (long long)row->row,
           (long long)row->at.s, (long long)row->kind, (long long)row->actor,
           (long long)row->account, (long long)row->subject, (long long)row->result,
           audit_kind_name((enum audit_kind)row->kind), hex(&a, row->details),
           hex(&a, row->hash), hex(&a, row->code));
    if (!e->is_begun)
        printf(",\"previous\":\"%s\"", hex(&a, answer->previous));
    printf("}\n");
}

static void print_rows(struct exporting *e, const struct audit_export_answer *answer)
{
    if (!text_equal(e->node, answer->node)) {
        arena_done(&e->a);
        e->node = arena_text(&e->a, answer->node);
        e->is_begun = e->past = false;
    }
    for (size_t i = 0; i < answer->n_rows && !e->past; i++) {
        e->past = !instant_before(answer->rows[i].at, e->to);
        if (e->past)
            break;
        print_row(e, answer, &answer->rows[i]);
        e->is_begun = true;
    }
}

static enum status export_rows(struct client *client, struct exporting *e, struct error *err)
{
    struct audit_export_ask ask = {.from = e->from};
    do {
        struct arena a CLEANUP(arena_done) = {0};
        struct audit_export_answer answer;
        TRY(client_ask(client, WIRE_audit_export, &ask, &a, &answer, err));
        print_rows(e, &answer);
        ask.after = answer.next;
    } while (ask.after);
    return OK;
}

/* Read --from and --to as [from, to). */
static enum status read_days(struct call *call, struct instant *ret_from,
                             struct instant *ret_to, struct error *err)
{
    int64_t first = 0, last = 0;
    TRY(command_day(call, "from", 0, &first, err));
    TRY(command_day(call, "to", 3000000, &last, err)); /* the year 10183 */
    if (last < first)
        return error_set(err, ERR_INVALID, "to", "the last day lies before the first");
    ret_from->s = first * CIVIL_DAY_S;
    ret_to->s = (last + 1) * CIVIL_DAY_S;
    return OK;
}

enum exit_code command_audit_export(struct call *call)
{
    struct error err = {0};
    struct exporting e = {0};
    struct client client;
    enum status status = read_days(call, &e.from, &e.to, &err);
    if (status == OK)
        status = client_open(&client, &call->config, false, &err);
    if (status != OK)
        return call_fail(status, &err);
    status = export_rows(&client, &e, &err);
    client_close(&client);
    arena_done(&e.a);
    if (status == OK && fflush(stdout) != 0)
        status = error_set(&err, ERR_IO, "export", "%s", strerror(errno));
    return status == OK ? EXIT_DONE : call_fail(status, &err);
}

/* ---- show ---- */

static const struct column columns[] = {
    {"at", COLUMN_TEXT},     {"what", COLUMN_TEXT},
    {"by", COLUMN_TEXT},     {"mailbox", COLUMN_TEXT},
    {"result", COLUMN_TEXT}, {"number", COLUMN_TEXT},
    {"detail", COLUMN_TEXT}, {0},
};

/* A booking's number as everywhere, any other as it is. */
static const char *number_of(struct arena *a, const struct audit_shown *row)
{
    bool is_booking = row->kind >= AUDIT_BOOKING_MADE && row->kind <= AUDIT_BOOKING_ANONYMISED;
    if (is_booking)
        return arena_printf(a, "%016llx", (unsigned long long)row->subject);
    return row->subject ? arena_printf(a, "%lld", (long long)row->subject) : "";
}

static const char *actor_of(struct arena *a, const struct audit_shown *row)
{
    const char *actor = audit_actor_name(row->actor);
    return row->name.n ? arena_printf(a, "%s " TEXT_FMT, actor, TEXT_ARG(row->name)) : actor;
}

static void add_shown(struct table *table, struct arena *a, const struct audit_shown *row)
{
    char at[INSTANT_SIZE];
    instant_format(row->at, at);
    table_text(table, text_from(at));
    table_text(table, text_from(audit_kind_name(row->kind)));
    table_text(table, text_from(actor_of(a, row)));
    table_text(table, row->mailbox);
    table_text(table, text_from(audit_result_name(row->result)));
    table_text(table, text_from(number_of(a, row)));
    table_text(table, row->what);
}

static enum status show(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct audit_show_ask ask = {.account = text_from(call->operands[0]),
                                 .mailbox = call_text(call, "mailbox", "")};
    struct audit_show_answer answer;
    TRY(read_days(call, &ask.from, &ask.to, err));
    do {
        TRY(client_ask(client, WIRE_audit_show, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++)
            add_shown(table, &call->a, &answer.rows[i]);
        ask.after_at = answer.next_at;
        ask.after = answer.next;
    } while (answer.goes_on);
    return OK;
}

enum exit_code command_audit_show(struct call *call)
{
    return command_list(call, columns, show, "nothing was done between these days");
}
