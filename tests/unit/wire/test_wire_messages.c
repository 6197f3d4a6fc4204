/* SPDX-License-Identifier: ISC
 *
 * The permission table, written a second time by hand: a change of one must be a change of both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/messages.h"

static const char *const may_ask[][2] = {
    {"parent", "edge_start vault_start courier_start attach certificate migrate search restore "
               "spawn open check "
               "calendars discover mail_open mail_check health"},
    {"edge", "page logo slots book booking move_slots move confirm cancel health trust as "
             "session_begin session_show session_end session_prove session_code factor_show "
             "factor_begin factor_confirm factor_codes factor_off password_set invite_use "
             "setup_show setup_begin setup_mail setup_end oauth_begin oauth_end "
             "desk_hello desk_ticket desk_push desk_pull desk_done desk_question desk_answer "
             "desk_leave sso_offer sso_begin sso_end"},
    {"command",
     "health account_add account_list user_add user_list connection_add connection_list "
     "connection_check connection_password connection_remove page_put page_list page_remove "
     "booking_list booking_add booking_series booking_move booking_noshow booking_cancel "
     "booking_approve "
     "booking_decline connection_move "
     "connector_add connector_token connector_switch connector_list "
     "connection_calendars "
     "connection_discover "
     "account_remove user_remove account_keep customer_export customer_erase erasure_list "
     "erasure_show "
     "erasure_verify attention_list attention_done attention_accept attention_restore "
     "audit_verify audit_export audit_show "
     "team why account_links account_sites account_look inventory trust trust_servers "
     "user_role page_show booking_show "
     "user_disable user_handover token_add invite_begin setup_link factor_clear "
     "account_require "
     "key_list key_rotate key_rewrap seal_policy seal_status seal_walk backup "
     "token_list token_revoke outbox_list outbox_retry account_mail "
     "oauth_put oauth_list oauth_remove sso_put sso_list sso_remove"},
    {"person",
     "account_mail "
     "account_links account_sites account_look account_show account_require invite_begin "
     "user_disable "
     "user_handover user_remove account_remove user_list user_add "
     "user_role connection_list connection_add "
     "connection_check connection_password connection_move connection_calendars "
     "connector_add connector_token connector_switch connector_list "
     "connection_remove connection_discover page_list page_show page_put page_remove "
     "booking_list booking_show booking_history booking_cancel booking_approve booking_decline "
     "booking_add "
     "booking_series booking_move "
     "booking_noshow attention_list attention_done attention_accept "
     "attention_restore outbox_list outbox_retry team agenda agenda_mark readings holdings "
     "condition "
     "why token_add token_list token_revoke oauth_offers"},
    {"vault", "spawn open check busy create find update remove view calendars discover act "
              "xmpp_open xmpp_tell xmpp_account xmpp_forget "
              "changes events watch watch_wait unwatch mail_open mail mail_check "
              "oauth_open oauth_exchange oauth_refresh oauth_revoke sso_discover sso_exchange"},
};
static const enum wire_role roles[] = {ROLE_PARENT, ROLE_EDGE, ROLE_COMMAND, ROLE_PERSON,
                                       ROLE_VAULT};

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == 0 || at[n] == ' '))
            return true;
    return false;
}

static void each_role_may_ask_what_its_row_says(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX + 20; type++)
        for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
            const struct wire_message *message = wire_message_of(type);
            assert_int_equal(wire_may_ask(type, roles[i]),
                             message && has_word(may_ask[i][1], message->name));
        }
    assert_false(wire_may_ask(WIRE_book, (enum wire_role)0));
    assert_false(wire_may_ask(0, ROLE_PARENT) || wire_may_ask(UINT32_MAX, ROLE_PARENT));
}

/* What faces the internet may not even name what could change an account or read a credential. */
static void the_edge_asks_for_nothing_that_a_visitor_may_not_have(void **state)
{
    (void)state;
    for (unsigned type = 50; type < WIRE_TYPE_MAX; type++)
        if (type < 170 ||
            (type >= 190 && type < 197)) /* signing in and logos have numbers of their own */
            assert_false(wire_may_ask(type, ROLE_EDGE));
    for (unsigned type = 0; type < 30; type++)
        assert_false(wire_may_ask(type, ROLE_EDGE));
}

static bool holds_secret(const struct shape *shape)
{
    bool found = false;
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        found =
            found || field->kind == FIELD_SECRET || (field->of && holds_secret(field->of()));
    }
    return found;
}

/* What people read of their own calendars is handled as a secret on its way to them. */
static bool shows_events(unsigned type)
{
    return type == WIRE_events || type == WIRE_agenda;
}

static bool is_factor(unsigned type)
{
    return type == WIRE_session_code || type == WIRE_factor_show ||
           type == WIRE_factor_confirm || type == WIRE_factor_codes || type == WIRE_factor_off;
}

/* The only others that an answer may carry are tokens for whom they were made: of a booking's own link, also to
 * the command that entered the booking; of a session; of a user's program, connector or invitation, to whoever asked for it; of a connector's XMPP. */
static bool makes_token(unsigned type)
{
    return type == WIRE_book || type == WIRE_booking_add || type == WIRE_token_add ||
           type == WIRE_invite_begin || type == WIRE_session_begin ||
           type == WIRE_password_set || type == WIRE_session_prove || is_factor(type) ||
           type == WIRE_invite_use || type == WIRE_setup_link || type == WIRE_setup_begin ||
           type == WIRE_oauth_begin || type == WIRE_sso_begin || type == WIRE_sso_end ||
           type == WIRE_connector_add || type == WIRE_connector_token ||
           type == WIRE_desk_hello || type == WIRE_desk_ticket;
}

/* What a provider gives comes from a courier to the vault, and goes no further. */
static bool is_of_provider(unsigned type)
{
    return type == WIRE_oauth_exchange || type == WIRE_oauth_refresh;
}

static void answers_carry_no_stored_secret(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++)
        if (wire_message_of(type) && !makes_token(type) && !shows_events(type) &&
            !is_of_provider(type))
            assert_false(holds_secret(wire_message_of(type)->answer()));
}

static void every_message_fits_into_a_frame(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        const struct wire_message *message = wire_message_of(type);
        if (!message)
            continue;
        assert_true(wire_max(message->ask) <= FRAME_BODY_MAX);
        assert_true(wire_max(reply_shape) + wire_max(message->answer) <= FRAME_BODY_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_may_ask_what_its_row_says),
        cmocka_unit_test(the_edge_asks_for_nothing_that_a_visitor_may_not_have),
        cmocka_unit_test(answers_carry_no_stored_secret),
        cmocka_unit_test(every_message_fits_into_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
