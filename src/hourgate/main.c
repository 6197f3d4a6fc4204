/* SPDX-License-Identifier: ISC
 *
 * hourgate: the parent of a server, and its operator's commands. It reads what the operator wrote and never a
 * byte that came from outside.
 */
#include <stdarg.h>
#include <stdio.h>

#include "hourgate/commands.h"
#include "hourgate/output.h"
#include "hourgate/parent.h"
#include "os/log.h"
#include "os/process.h"
#include "time/civil.h"

static const struct option account_add_options[] = {
    {"name", "NAME", "the name that visitors see"},
    {"kind", "corporate|personal", "default corporate"},
    {0},
};

static const struct option user_add_options[] = {
    {"name", "NAME", "the name that visitors see"},
    {"zone", "ZONE", "the user's time zone, such as Europe/Zurich"},
    {0},
};

static const struct option sure_options[] = {
    {"yes", NULL, "do it without being asked"},
    {0},
};

const struct command commands[] = {
    {"init", "", "Make a configuration, a master key and a database.", init_options,
     command_init, false},
    {"serve", "", "Serve until SIGTERM; prints `ready URL` when all programs serve.", NULL,
     command_serve, true},
    {"setup link", "", "Print a one-time link by which the first account is made.", NULL,
     command_setup_link, true},
    {"migrate", "", "Move from SQLite to a PostgreSQL database, and verify it.",
     migrate_options, command_migrate, true},
    {"backup", "FILE", "Write a backup while serving; it opens with the master key alone.",
     NULL, command_backup, true},
    {"restore", "FILE", "Put a backup into place, verified; not while serving.",
     restore_options, command_restore, true},
    {"key list", "", "List the master key and all data keys, and what each still seals.", NULL,
     command_key_list, true},
    {"key rotate", "[ACCOUNT]",
     "Give an account, or --all, a new data key; everything is sealed anew while serving.",
     key_rotate_options, command_key_rotate, true},
    {"key rewrap", "", "Wrap all keys by a new master key.", key_rewrap_options,
     command_key_rewrap, true},
    {"seal status", "[ACCOUNT]", "Count what is sealed and what is plain, column by column.",
     NULL, command_seal_status, true},
    {"seal all", "[ACCOUNT]", "Seal an account that is kept plain, or all of them.",
     seal_options, command_seal_all, true},
    {"seal policy", "ACCOUNT POLICY",
     "Keep a personal account's customers and titles plain, or sealed again.", seal_options,
     command_seal_policy, true},
    {"account add", "SLUG", "Add an account: a tenant.", account_add_options,
     command_account_add, true},
    {"account links", "ACCOUNT", "Show imprint and privacy notice below an account's pages.",
     account_links_options, command_account_links, true},
    {"account sites", "ACCOUNT", "Say which sites may show an account's pages in a frame.",
     account_sites_options, command_account_sites, true},
    {"account look", "ACCOUNT", "Give an account's pages a colour and a logo.",
     account_look_options, command_account_look, true},
    {"account list", "", "List accounts.", NULL, command_account_list, true},
    {"account keep", "SLUG DAYS",
     "Say how long past bookings keep their customer; 0: for good, default: as configured.",
     NULL, command_account_keep, true},
    {"account require-totp", "ACCOUNT on|off",
     "Say whether who signs in by password must have a second factor.", NULL,
     command_account_require_totp, true},
    {"account remove", "SLUG", "Erase an account with all that is kept for it, and certify it.",
     account_remove_options, command_account_remove, true},
    {"account mail", "ACCOUNT", "Show or change how an account's mails present themselves.",
     account_mail_options, command_account_mail, true},
    {"outbox list", "ACCOUNT", "List mails that wait or were refused.", NULL,
     command_outbox_list, true},
    {"outbox retry", "ACCOUNT ID", "Try a mail again now.", NULL, command_outbox_retry, true},
    {"user add", "ACCOUNT EMAIL", "Add a user, who can then be a host.", user_add_options,
     command_user_add, true},
    {"user remove", "ACCOUNT EMAIL",
     "Erase a user; pages and future bookings go to another one.", user_remove_options,
     command_user_remove, true},
    {"user list", "ACCOUNT", "List an account's users.", NULL, command_user_list, true},
    {"user role", "ACCOUNT EMAIL ROLE",
     "Make a user member, administrator or owner; the last owner stays one.", NULL,
     command_user_role, true},
    {"user invite", "ACCOUNT EMAIL",
     "Make a link by which a user sets a password; it is shown once.", NULL,
     command_user_invite, true},
    {"user disable", "ACCOUNT EMAIL",
     "Let a user in no more; their pages are not shown, their bookings stand.", NULL,
     command_user_disable, true},
    {"user enable", "ACCOUNT EMAIL", "Let a disabled user in again.", NULL, command_user_enable,
     true},
    {"user handover", "ACCOUNT FROM TO", "Give a user's pages and coming bookings to another.",
     user_totp_options, command_user_handover, true},
    {"user totp", "off ACCOUNT EMAIL",
     "Turn a user's second factor off, who lost their phone and codes.", user_totp_options,
     command_user_totp, true},
    {"token add", "ACCOUNT EMAIL", "Make an API token for a user; it is shown once.",
     token_add_options, command_token_add, true},
    {"token list", "ACCOUNT [EMAIL]", "List tokens: what they may and when they were used.",
     NULL, command_token_list, true},
    {"token revoke", "ACCOUNT ID", "Cut a token off at once.", NULL, command_token_revoke,
     true},
    {"connection add", "ACCOUNT [EMAIL]",
     "Connect a user's calendar, or add a --service account; every layer is checked first.",
     connection_add_options, command_connection_add, true},
    {"connection list", "ACCOUNT", "List an account's connections and how they are.", NULL,
     command_connection_list, true},
    {"connection check", "ACCOUNT ID",
     "Check every layer of a connection; a success ends a pause.", connection_check_options,
     command_connection_check, true},
    {"connection password", "ACCOUNT ID", "Replace a connection's password; ends a pause.",
     connection_password_options, command_connection_password, true},
    {"connection calendars", "ACCOUNT ID",
     "List what a connection sees, and choose busy sources and where bookings go.",
     connection_calendars_options, command_connection_calendars, true},
    {"connection move", "ACCOUNT ID",
     "Give a connection another address and sign-in; bookings stay bound.",
     connection_move_options, command_connection_move, true},
    {"connection remove", "ACCOUNT ID", "Erase a connection and its password.", sure_options,
     command_connection_remove, true},
    {"oauth put", "NAME",
     "Let people connect calendars at a provider, microsoft or google, where hourgate is "
     "registered.",
     oauth_put_options, command_oauth_put, true},
    {"oauth list", "", "List the providers where hourgate is registered.", NULL,
     command_oauth_list, true},
    {"oauth remove", "NAME", "Forget a registration.", sure_options, command_oauth_remove,
     true},
    {"connector add", "ACCOUNT EMAIL", "Pair a program on a user's PC: prints its token, once.",
     connector_options, command_connector_add, true},
    {"connector list", "ACCOUNT [EMAIL]", "List connectors, and how they do.", NULL,
     command_connector_list, true},
    {"connector token", "ACCOUNT ID",
     "Give a connector another token; the earlier one opens nothing any more.", NULL,
     command_connector_token, true},
    {"connector mode", "ACCOUNT ID", "Switch between Auto-sync and Real-time.",
     connector_options, command_connector_mode, true},
    {"connector remove", "ACCOUNT ID", "Disconnect a connector, and erase what it pushed.",
     sure_options, command_connection_remove, true},
    {"sso put", "ACCOUNT",
     "Have an account's people sign in by an OpenID Connect provider of theirs.",
     sso_put_options, command_sso_put, true},
    {"sso list", "", "List by which providers people sign in.", NULL, command_sso_list, true},
    {"sso remove", "ACCOUNT", "Have them sign in by password alone again.", sure_options,
     command_sso_remove, true},
    {"xmpp setup", "HOST",
     "Make the secret and the configuration by which Prosody wakes connectors.",
     xmpp_setup_options, command_xmpp_setup, true},
    {"page put", "ACCOUNT PAGE", "Add a booking page, or replace it.", page_put_options,
     command_page_put, true},
    {"page list", "ACCOUNT", "List an account's pages and their rules.", NULL,
     command_page_list, true},
    {"page remove", "ACCOUNT PAGE", "Remove a page; its bookings stay.", sure_options,
     command_page_remove, true},
    {"booking list", "ACCOUNT", "List bookings.", booking_list_options, command_booking_list,
     true},
    {"booking add", "ACCOUNT PAGE",
     "Enter a booking for a customer, and print their private link.", booking_add_options,
     command_booking_add, true},
    {"booking move", "ACCOUNT ID", "Move a booking; the calendar follows.",
     booking_move_options, command_booking_move, true},
    {"booking cancel", "ACCOUNT ID", "Cancel a booking; the calendar follows.",
     booking_cancel_options, command_booking_cancel, true},
    {"booking approve", "ACCOUNT ID", "Approve a request; the event is written.",
     booking_approve_options, command_booking_approve, true},
    {"booking decline", "ACCOUNT ID", "Decline a request; its time is free.",
     booking_decline_options, command_booking_decline, true},
    {"booking noshow", "ACCOUNT ID", "Note that the customer did not come.",
     booking_noshow_options, command_booking_noshow, true},
    {"why", "ACCOUNT PAGE", "Say why times are offered or not.", why_options, command_why,
     true},
    {"customer export", "ACCOUNT EMAIL", "Give out all that is kept of a customer, as JSON.",
     customer_export_options, command_customer_export, true},
    {"customer erase", "ACCOUNT EMAIL", "Make a customer's bookings anonymous, and certify it.",
     customer_erase_options, command_customer_erase, true},
    {"erasure list", "", "List what was erased.", NULL, command_erasure_list, true},
    {"erasure show", "ID", "Give out a certificate of erasure.", erasure_show_options,
     command_erasure_show, true},
    {"erasure verify", "FILE", "Check that this installation signed a certificate of erasure.",
     NULL, command_erasure_verify, true},
    {"attention list", "ACCOUNT",
     "List what hosts have to do by hand in calendars that were disconnected.",
     attention_list_options, command_attention_list, true},
    {"attention done", "ACCOUNT ID", "Note that a notice was seen to.", NULL,
     command_attention_done, true},
    {"attention accept", "ACCOUNT ID",
     "Let a booking follow its event that was moved or deleted in the calendar.", NULL,
     command_attention_accept, true},
    {"attention restore", "ACCOUNT ID", "Write such an event back as it was booked.",
     attention_restore_options, command_attention_restore, true},
    {"team", "ACCOUNT", "Show colleagues' free and busy times, with a viewer's own right.",
     team_options, command_team, true},
    {"audit show", "ACCOUNT", "Show what was done in an account, and who read which mailbox.",
     audit_show_options, command_audit_show, true},
    {"audit verify", "", "Check that no row of the audit was changed, added or removed.",
     audit_verify_options, command_audit_verify, true},
    {"audit export", "", "Print the audit as JSON lines that can be verified elsewhere.",
     audit_export_options, command_audit_export, true},
    {"check exchange", "",
     "Check an Exchange server from here, layer by layer; needs no configuration.",
     check_exchange_options, command_check_exchange, false},
    {"check mail", "",
     "Check the mail server of the configuration, layer by layer; --to sends a test mail.",
     check_mail_options, command_check_mail, true},
    {"check jail", "", "Try what the programs' jails forbid.", NULL, command_check_jail, false},
    {"inventory", "",
     "List what is kept: every column, file, log and memory; how, and until when.", NULL,
     command_inventory, true},
    {"trust", "", "Say all of what /trust says, and servers, versions and outbound hosts.",
     NULL, command_trust, true},
    {"scan", "", "Look for planted texts in files, logs, cores and memory of this hourgate.",
     scan_options, command_scan, true},
    {0},
};

enum status command_ask(struct call *call, bool with_courier, enum wire_type type,
                        const void *ask, void *ret_answer, struct error *err)
{
    struct client client;
    TRY(client_open(&client, &call->config, with_courier, err));
    enum status status = client_ask(&client, type, ask, &call->a, ret_answer, err);
    client_close(&client);
    return status;
}

enum exit_code command_list(struct call *call, const struct column *columns, list_rows *list,
                            const char *when_empty)
{
    struct error err = {0};
    struct client client;
    CLEANUP(table_done) struct table table;
    table_init(&table, columns);
    enum status status = client_open(&client, &call->config, false, &err);
    if (status == OK) {
        status = list(call, &client, &table, &err);
        client_close(&client);
    }
    if (status != OK)
        return call_fail(status, &err);
    table_print(&table, call->json, when_empty);
    return EXIT_DONE;
}

enum status command_day(const struct call *call, const char *name, int64_t otherwise,
                        int64_t *ret_day, struct error *err)
{
    *ret_day = otherwise;
    if (!call_has(call, name) || civil_parse_date(call_text(call, name, ""), ret_day) == OK)
        return OK;
    return error_set(err, ERR_INVALID, name, "\"%s\" is no date; one looks like 2026-12-24",
                     call_cstr(call, name, ""));
}

enum status command_moment_of(struct text given, const char *name, int64_t *ret_day,
                              int64_t *ret_minute, struct error *err)
{
    int hour = 0, minute = 0, n = 0;
    struct text date = given, time = {0};
    (void)text_cut(date, ' ', &date, &time);
    bool is_time = time.n && sscanf(time.at, "%2d:%2d%n", &hour, &minute, &n) == 2 &&
                   (size_t)n == time.n && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
    *ret_minute = hour * 60 + minute;
    if (is_time && civil_parse_date(date, ret_day) == OK)
        return OK;
    return error_set(err, ERR_INVALID, name,
                     "\"" TEXT_FMT "\" is none; one looks like 2026-12-24 09:00",
                     TEXT_ARG(given));
}

enum status command_moment(const struct call *call, const char *name, int64_t *ret_day,
                           int64_t *ret_minute, struct error *err)
{
    return command_moment_of(call_text(call, name, ""), name, ret_day, ret_minute, err);
}

void command_say(const struct call *call, const char *format, ...)
{
    if (call->json) {
        printf("{\"done\":true}\n");
        return;
    }
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

const char *command_link(struct call *call, const char *segment, const struct secret *token)
{
    const char *base = call->config.base_url;
    return arena_printf(&call->a, "%s%s/%s/%.*s", *base ? "" : "http://",
                        *base ? base : call->config.listen, segment, (int)token->n,
                        (const char *)token->at);
}

bool command_is_sure(const struct call *call, const char *what_goes)
{
    if (call_has(call, "yes"))
        return true;
    struct error err = {0};
    error_set(&err, ERR_DENIED, call->command->words, "%s; give --yes to do it", what_goes);
    output_error(ERR_DENIED, &err);
    return false;
}

enum status command_id(const struct call *call, const char *operand, int64_t *ret_id,
                       struct error *err)
{
    return text_to_i64(text_from(operand), ret_id) && *ret_id > 0
               ? OK
               : error_set(err, ERR_INVALID, call->command->words,
                           "%s is no connection's number; hourgate connection list shows them",
                           operand);
}

enum exit_code command_serve(struct call *call)
{
    return parent_serve(&call->config) == 0 ? EXIT_DONE : EXIT_NOT_DONE;
}

static enum exit_code run(struct call *call)
{
    struct error err = {0};
    if (call->command->needs_config) {
        enum status status = config_read(&call->config, call->config_file, &err);
        if (status != OK) {
            output_error(status, &err);
            return EXIT_CONFIG;
        }
    }
    return call->command->run(call);
}

/* hourgate help [COMMAND ...] */
static enum exit_code help(int argc, char **argv)
{
    char words[64] = "";
    for (int i = 2, n = 0; i < argc && n < (int)sizeof words; i++)
        n += snprintf(words + n, sizeof words - (size_t)n, "%s%s", n ? " " : "", argv[i]);
    call_help(words);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    log_init("hourgate", LOG_NOTE);
    process_prepare();
    if (argc > 1 && strcmp(argv[1], "help") == 0)
        return (int)help(argc, argv);
    struct call call;
    struct error err = {0};
    enum exit_code code = EXIT_DONE;
    if (call_parse(argc, argv, &call, &err) != OK)
        code = call_misused(&call, &err);
    else if (call.help)
        call_help(call.command ? call.command->words : "");
    else
        code = run(&call);
    config_done(&call.config);
    arena_done(&call.a);
    return (int)code;
}
