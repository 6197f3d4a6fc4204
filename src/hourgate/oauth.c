/* SPDX-License-Identifier: ISC
 *
 * Registrations of hourgate with providers of calendars. What Microsoft's and Google's addresses are is known here, and
 * each may be said otherwise: a national cloud, or a counterpart in a test.
 */
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/password.h"
#include "wire/codec.h"
#include "wire/upstream.h"
#include "wire/words.h"

const struct option oauth_put_options[] = {
    {"client-id", "ID", "what the provider calls hourgate"},
    {"secret-file", "FILE",
     "its secret there, the first line of a file; none: a public client"},
    {"tenant", "TENANT", "microsoft: whose accounts may sign in (default common)"},
    {"label", "TEXT", "what the button on the connect page says"},
    {"kind", "KIND", "of calendar, for a NAME of your own: ews, graph, google or caldav"},
    {"scope", "SCOPES", "what is asked for, by spaces"},
    {"authorize", "URL", "where people are sent"},
    {"token", "URL", "where tokens are fetched"},
    {"revoke", "URL", "where they are taken back; `none`: nowhere"},
    {"userinfo", "URL", "what says whose mailbox it is; `none`: nothing"},
    {"server", "URL", "the calendar's own address"},
    {0},
};

/* A tenant is put in the place of the %s. */
static const struct known {
    const char *name, *label;
    enum calendar_kind kind;
    const char *scope, *authorize, *token, *revoke, *userinfo, *server;
} known[] = {
    {"microsoft", "Microsoft 365", CALENDAR_GRAPH,
     "openid email offline_access https://graph.microsoft.com/Calendars.ReadWrite",
     "https://login.microsoftonline.com/%s/oauth2/v2.0/authorize",
     "https://login.microsoftonline.com/%s/oauth2/v2.0/token", "none",
     "https://graph.microsoft.com/oidc/userinfo", "https://graph.microsoft.com/v1.0"},
    {"google", "Google Calendar", CALENDAR_GOOGLE,
     "openid email https://www.googleapis.com/auth/calendar.events"
     " https://www.googleapis.com/auth/calendar.freebusy"
     " https://www.googleapis.com/auth/calendar.calendarlist.readonly",
     "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token",
     "https://oauth2.googleapis.com/revoke", "https://openidconnect.googleapis.com/v1/userinfo",
     "https://www.googleapis.com/calendar/v3"},
};

static const struct known *find_known(struct text name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal(name, text_from(known[i].name)))
            return &known[i];
    return NULL;
}

/* Read an address: as given, or as it is known. */
static enum status read_endpoint(struct call *call, const char *option, const char *usual,
                                 bool is_needed, struct endpoint *ret_endpoint,
                                 struct error *err)
{
    struct text tenant = call_text(call, "tenant", "common");
    struct text url = call_text(call, option, "");
    struct upstream at;
    struct text before = text_from(usual ? usual : ""), after;
    if (!url.n && text_cut(before, '%', &before, &after))
        url = text_from(arena_printf(&call->a, TEXT_FMT TEXT_FMT "%s", TEXT_ARG(before),
                                     TEXT_ARG(tenant), after.at + 1));
    else if (!url.n)
        url = text_from(usual ? usual : "");
    if (!url.n && is_needed)
        return error_set(err, ERR_INVALID, option, "add --%s URL", option);
    if (!url.n || text_equal(url, TEXT("none")))
        return OK;
    TRY(upstream_split(url, CALENDAR_EWS, &call->a, &at, err));
    *ret_endpoint = (struct endpoint){at.host, at.port, at.path};
    return OK;
}

static enum status read_kind(struct call *call, const struct known *usual,
                             enum calendar_kind *ret_kind, struct error *err)
{
    int kind = usual ? (int)usual->kind : 0;
    if (call_has(call, "kind") && !word_find(calendar_kind_words, CALENDAR_KIND_COUNT,
                                             call_text(call, "kind", ""), &kind))
        return error_set(err, ERR_INVALID, "kind", "%s is no kind of calendar",
                         call_cstr(call, "kind", ""));
    if (!usual && !call_has(call, "kind"))
        return error_set(err, ERR_INVALID, "kind",
                         "microsoft and google are known by name; for another one add --kind");
    *ret_kind = (enum calendar_kind)kind;
    return OK;
}

static enum status read_registration(struct call *call, struct registration *r,
                                     struct error *err)
{
    static const struct known none;
    struct text name = text_from(call->operands[0]);
    const struct known *found = find_known(name), *usual = found ? found : &none;
    TRY(call_need(call, "client-id", err));
    r->name = name;
    r->client_id = call_text(call, "client-id", "");
    r->label = call_text(call, "label", found ? usual->label : call->operands[0]);
    r->scope = call_text(call, "scope", found ? usual->scope : "");
    TRY(read_kind(call, found, &r->kind, err));
    TRY(read_endpoint(call, "authorize", usual->authorize, true, &r->authorize, err));
    TRY(read_endpoint(call, "token", usual->token, true, &r->token, err));
    TRY(read_endpoint(call, "revoke", usual->revoke, false, &r->revoke, err));
    TRY(read_endpoint(call, "userinfo", usual->userinfo, false, &r->userinfo, err));
    return read_endpoint(call, "server", usual->server, true, &r->server, err);
}

static void wipe_ask(struct oauth_put_ask *ask)
{
    wire_wipe(oauth_put_ask_shape, ask);
}

enum exit_code command_oauth_put(struct call *call)
{
    struct error err = {0};
    CLEANUP(wipe_ask) struct oauth_put_ask ask = {0};
    struct oauth_put_answer answer;
    const char *file = call_cstr(call, "secret-file", NULL);
    if (read_registration(call, &ask.registration, &err) != OK)
        return call_misused(call, &err);
    enum status status = file ? password_read_file(file, &ask.registration.secret, &err) : OK;
    if (status == OK)
        status = command_ask(call, false, WIRE_oauth_put, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call,
                "registration %s kept; let the provider know this address: %s/oauth/callback",
                call->operands[0], call->config.base_url);
    return EXIT_DONE;
}

static const struct column columns[] = {
    {"name", COLUMN_TEXT},
    {"label", COLUMN_TEXT},
    {"kind", COLUMN_TEXT},
    {"host", COLUMN_TEXT},
    {"client_id", COLUMN_TEXT},
    {"scope", COLUMN_TEXT},
    {0},
};

static enum status list(struct call *call, struct client *client, struct table *table,
                        struct error *err)
{
    struct oauth_list_ask ask = {0};
    struct oauth_list_answer answer;
    TRY(client_ask(client, WIRE_oauth_list, &ask, &call->a, &answer, err));
    for (size_t i = 0; i < answer.n_rows; i++) {
        const struct oauth_row *row = &answer.rows[i];
        table_text(table, row->name);
        table_text(table, row->label);
        table_text(table, text_from(calendar_kind_words[row->kind]));
        table_text(table, row->host);
        table_text(table, row->client_id);
        table_text(table, row->scope);
    }
    return OK;
}

enum exit_code command_oauth_list(struct call *call)
{
    return command_list(
        call, columns, list,
        "no registrations; make one: hourgate oauth put microsoft --client-id ID "
        "--secret-file FILE");
}

enum exit_code command_oauth_remove(struct call *call)
{
    struct error err = {0};
    struct oauth_remove_ask ask = {text_from(call->operands[0])};
    struct oauth_remove_answer answer;
    if (!command_is_sure(call, "calendars that were connected by it go dark within the hour"))
        return EXIT_NOT_DONE;
    enum status status = command_ask(call, false, WIRE_oauth_remove, &ask, &answer, &err);
    if (status != OK)
        return call_fail(status, &err);
    command_say(call, "registration %s removed", call->operands[0]);
    return EXIT_DONE;
}
