/* SPDX-License-Identifier: ISC */
#include "hourgate/commands.h"
#include "hourgate/output.h"

static const char *const kinds[ACCOUNT_KIND_COUNT] = {
    [ACCOUNT_CORPORATE] = "corporate", [ACCOUNT_PERSONAL] = "personal"};

static enum status read_account(struct call *call, struct account_add_ask *ret_ask,
                                struct error *err)
{
    TRY(call_need(call, "name", err));
    struct text kind = call_text(call, "kind", kinds[ACCOUNT_CORPORATE]);
    *ret_ask = (struct account_add_ask){
        .slug = text_from(call->operands[0]),
        .name = call_text(call, "name", ""),
        .kind = text_equal(kind, TEXT("personal")) ? ACCOUNT_PERSONAL : ACCOUNT_CORPORATE,
    };
    if (!text_equal(kind, text_from(kinds[ret_ask->kind])))
        return error_set(err, ERR_INVALID, "kind",
                         TEXT_FMT " is neither corporate nor personal", TEXT_ARG(kind));
    if (!text_is_slug(ret_ask->slug, MAX_SLUG))
        return error_set(
            err, ERR_INVALID, "account",
            "\"%s\": a slug has 1 to %d of a-z, 0-9 and -, and stands in addresses",
            call->operands[0], MAX_SLUG);
    return OK;
}

enum exit_code command_account_add(struct call *call)
{
    struct error err = {0};
    struct account_add_ask ask;
    struct account_add_answer answer;
    if (read_account(call, &ask, &err) != OK)
        return call_misused(call, &err);
    enum status status = command_ask(call, false, WIRE_account_add, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "account %s added", call->operands[0]);
    return EXIT_DONE;
}

const struct option account_links_options[] = {
    {"imprint", "URL", "shown below the account's pages; none where it is left out"},
    {"privacy", "URL", "the same for its privacy notice"},
    {0},
};

const struct option account_sites_options[] = {
    {"sites", "ORIGINS", "such as \"https://www.example.org\"; none where it is left out"},
    {0},
};

enum exit_code command_account_links(struct call *call)
{
    struct error err = {0};
    struct account_links_ask ask = {.account = text_from(call->operands[0]),
                                    .imprint = call_text(call, "imprint", ""),
                                    .privacy = call_text(call, "privacy", "")};
    struct account_links_answer answer;
    enum status status = command_ask(call, false, WIRE_account_links, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "%s",
                ask.imprint.n || ask.privacy.n ? "they stand below all pages"
                                               : "no links below the pages");
    return EXIT_DONE;
}

enum exit_code command_account_sites(struct call *call)
{
    struct error err = {0};
    struct account_sites_ask ask = {.account = text_from(call->operands[0]),
                                    .sites = call_text(call, "sites", "")};
    struct account_sites_answer answer;
    enum status status = command_ask(call, false, WIRE_account_sites, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "%s",
                ask.sites.n ? "these sites may show the account's pages"
                            : "no site may show the account's pages");
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"account", COLUMN_TEXT},
    {"name", COLUMN_TEXT},
    {"kind", COLUMN_TEXT},
    {"users", COLUMN_NUMBER},
    {"pages", COLUMN_NUMBER},
    {"bookings", COLUMN_NUMBER},
    {0},
};

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct account_list_ask ask = {0};
    struct account_list_answer answer;
    do {
        TRY(client_ask(client, WIRE_account_list, &ask, &call->a, &answer, err));
        for (size_t i = 0; i < answer.n_rows; i++) {
            const struct account_row *row = &answer.rows[i];
            table_text(table, row->slug);
            table_text(table, row->name);
            table_text(table, text_from(kinds[row->kind]));
            table_number(table, row->users);
            table_number(table, row->pages);
            table_number(table, row->bookings);
            ask.after = row->slug;
        }
    } while (answer.n_rows == MAX_ROWS);
    return OK;
}

enum exit_code command_account_keep(struct call *call)
{
    struct error err = {0};
    struct text days = text_from(call->operands[1]);
    struct account_keep_ask ask = {.account = text_from(call->operands[0]), .days = -1};
    struct account_keep_answer answer;
    if (!text_equal(days, TEXT("default")) && (!text_to_i64(days, &ask.days) || ask.days < 0)) {
        error_set(&err, ERR_INVALID, "days", "%s is neither a number nor \"default\"",
                  call->operands[1]);
        return call_misused(call, &err);
    }
    enum status status = command_ask(call, false, WIRE_account_keep, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    if (ask.days == 0)
        command_say(call, "past bookings of %s keep their customer for good",
                    call->operands[0]);
    else
        command_say(call, "past bookings of %s are made anonymous after %s%s",
                    call->operands[0], ask.days < 0 ? "the configured time" : call->operands[1],
                    ask.days < 0 ? "" : " days");
    return EXIT_DONE;
}

enum exit_code command_account_list(struct call *call)
{
    return command_list(call, columns, list,
                        "no accounts; add one: hourgate account add SLUG --name NAME");
}
