/* SPDX-License-Identifier: ISC
 *
 * The commands, one file per family: init.c migrate.c serve.c account.c user.c token.c connection.c
 * page.c booking.c attention.c audit.c view.c why.c check.c.
 * Each reads its options, asks the vault once (a list: until it ends) and prints the answer.
 */
#ifndef HOURGATE_COMMANDS_H
#define HOURGATE_COMMANDS_H

#include "hourgate/call.h"
#include "hourgate/client.h"
#include "hourgate/output.h"

enum exit_code command_init(struct call *call);
enum exit_code command_serve(struct call *call);
enum exit_code command_help(struct call *call);

enum exit_code command_setup_link(struct call *call);

enum exit_code command_account_add(struct call *call);
enum exit_code command_account_links(struct call *call);
enum exit_code command_account_sites(struct call *call);
enum exit_code command_account_look(struct call *call);
enum exit_code command_account_list(struct call *call);
enum exit_code command_user_add(struct call *call);
enum exit_code command_user_list(struct call *call);
enum exit_code command_user_role(struct call *call);
enum exit_code command_user_totp(struct call *call);
enum exit_code command_user_disable(struct call *call);
enum exit_code command_user_enable(struct call *call);
enum exit_code command_user_handover(struct call *call);
enum exit_code command_account_require_totp(struct call *call);
enum exit_code command_user_invite(struct call *call);
enum exit_code command_token_add(struct call *call);
enum exit_code command_token_list(struct call *call);
enum exit_code command_token_revoke(struct call *call);
enum exit_code command_connection_add(struct call *call);
enum exit_code command_connection_list(struct call *call);
enum exit_code command_connection_check(struct call *call);
enum exit_code command_connection_password(struct call *call);
enum exit_code command_connection_remove(struct call *call);
enum exit_code command_connection_move(struct call *call);
enum exit_code command_connection_calendars(struct call *call);
enum exit_code command_oauth_put(struct call *call);
enum exit_code command_sso_put(struct call *call);
enum exit_code command_sso_list(struct call *call);
enum exit_code command_sso_remove(struct call *call);
enum exit_code command_oauth_list(struct call *call);
enum exit_code command_oauth_remove(struct call *call);
enum exit_code command_connector_add(struct call *call);
enum exit_code command_connector_list(struct call *call);
enum exit_code command_connector_token(struct call *call);
enum exit_code command_connector_mode(struct call *call);
enum exit_code command_xmpp_setup(struct call *call);
enum exit_code command_team(struct call *call);
enum exit_code command_page_put(struct call *call);
enum exit_code command_page_list(struct call *call);
enum exit_code command_page_remove(struct call *call);
enum exit_code command_booking_list(struct call *call);
enum exit_code command_booking_move(struct call *call);
enum exit_code command_booking_noshow(struct call *call);
enum exit_code command_booking_approve(struct call *call);
enum exit_code command_booking_decline(struct call *call);
enum exit_code command_booking_add(struct call *call);
enum exit_code command_booking_cancel(struct call *call);
enum exit_code command_why(struct call *call);
enum exit_code command_audit_show(struct call *call);
enum exit_code command_audit_verify(struct call *call);
enum exit_code command_audit_export(struct call *call);
enum exit_code command_account_remove(struct call *call);
enum exit_code command_account_keep(struct call *call);
enum exit_code command_customer_export(struct call *call);
enum exit_code command_customer_erase(struct call *call);
enum exit_code command_user_remove(struct call *call);
enum exit_code command_erasure_list(struct call *call);
enum exit_code command_erasure_show(struct call *call);
enum exit_code command_erasure_verify(struct call *call);
enum exit_code command_attention_list(struct call *call);
enum exit_code command_attention_done(struct call *call);
enum exit_code command_attention_accept(struct call *call);
enum exit_code command_attention_restore(struct call *call);
enum exit_code command_check_exchange(struct call *call);
enum exit_code command_backup(struct call *call);
enum exit_code command_restore(struct call *call);
enum exit_code command_key_list(struct call *call);
enum exit_code command_key_rotate(struct call *call);
enum exit_code command_key_rewrap(struct call *call);
enum exit_code command_seal_status(struct call *call);
enum exit_code command_seal_all(struct call *call);
enum exit_code command_seal_policy(struct call *call);
enum exit_code command_migrate(struct call *call);
enum exit_code command_check_jail(struct call *call);
enum exit_code command_check_mail(struct call *call);
enum exit_code command_outbox_list(struct call *call);
enum exit_code command_outbox_retry(struct call *call);
enum exit_code command_account_mail(struct call *call);
enum exit_code command_inventory(struct call *call);
enum exit_code command_scan(struct call *call);
enum exit_code command_trust(struct call *call);

extern const struct option check_mail_options[], account_mail_options[];
extern const struct option init_options[], account_links_options[], key_rotate_options[],
    key_rewrap_options[], restore_options[], seal_options[], migrate_options[],
    connection_add_options[], connection_password_options[], connection_check_options[],
    connection_move_options[], connection_calendars_options[], team_options[],
    token_add_options[], why_options[], audit_show_options[], audit_verify_options[],
    audit_export_options[], page_put_options[], booking_list_options[], booking_add_options[],
    booking_cancel_options[], booking_approve_options[], booking_decline_options[],
    booking_noshow_options[], booking_move_options[], attention_list_options[],
    attention_restore_options[], account_remove_options[], erasure_show_options[],
    customer_export_options[], customer_erase_options[], user_remove_options[],
    erasure_show_options[], check_exchange_options[], scan_options[];
extern const struct option xmpp_setup_options[], connector_options[], user_totp_options[],
    oauth_put_options[], sso_put_options[];
extern const struct option account_sites_options[], account_look_options[];

/* Connect, ask one thing, disconnect. Texts of the answer live in the call. */
enum status command_ask(struct call *call, bool with_courier, enum wire_type type,
                        const void *ask, void *ret_answer, struct error *err) MUST_CHECK;

/* Ask for all rows of a list and print them. `list` asks behind the last row until none comes. */
typedef enum status list_rows(struct call *call, struct client *client, struct table *table,
                              struct error *err);
enum exit_code command_list(struct call *call, const struct column *columns, list_rows *list,
                            const char *when_empty);

/* Say on standard output what was done; nothing but {"done":true} under --json. */
void command_say(const struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Return a one-time link: the configuration's address, a first segment, a token. A port that the system chose is not
 * known here. */
const char *command_link(struct call *call, const char *segment, const struct secret *token);

/* Was --yes given? Otherwise says what would be gone. */
bool command_is_sure(const struct call *call, const char *what_goes);

/* Read an option as a day, in days since 1970-01-01. */
enum status command_day(const struct call *call, const char *name, int64_t otherwise,
                        int64_t *ret_day, struct error *err) MUST_CHECK;

/* Read an option as a wall clock, "2026-12-24 09:00": its day, and the minute of that. */
enum status command_moment(const struct call *call, const char *name, int64_t *ret_day,
                           int64_t *ret_minute, struct error *err) MUST_CHECK;
enum status command_moment_of(struct text given, const char *name, int64_t *ret_day,
                              int64_t *ret_minute, struct error *err) MUST_CHECK;

/* Look up the zone of a user of an account. ERR_NOT_FOUND. */
enum status user_find_zone(struct call *call, struct client *client, struct text account,
                           struct text email, struct text *ret_zone,
                           struct error *err) MUST_CHECK;

/* Read an operand as a connection's number. */
enum status command_id(const struct call *call, const char *operand, int64_t *ret_id,
                       struct error *err) MUST_CHECK;

#endif
