/* SPDX-License-Identifier: ISC */
#include "wire/grant.h"

static const struct grant grants[WIRE_TYPE_MAX] = {
    [WIRE_account_mail] = {SCOPE_USERS_WRITE, USER_ADMINISTRATOR},
    [WIRE_account_links] = {SCOPE_USERS_WRITE, USER_ADMINISTRATOR},
    [WIRE_account_sites] = {SCOPE_USERS_WRITE, USER_ADMINISTRATOR},
    [WIRE_account_look] = {SCOPE_USERS_WRITE, USER_ADMINISTRATOR},
    [WIRE_account_show] = {SCOPE_ACCOUNT_READ, USER_MEMBER, {{TIE_SELF, "email"}}},

    [WIRE_account_require] = {SCOPE_USERS_WRITE, USER_OWNER, .is_grave = true},

    [WIRE_user_list] = {SCOPE_USERS_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    [WIRE_user_add] = {SCOPE_USERS_WRITE, USER_ADMINISTRATOR},
    /* A link sets a password: who makes one for somebody above could become them. */
    [WIRE_invite_begin] = {SCOPE_USERS_WRITE,
                           USER_ADMINISTRATOR,
                           {{TIE_LESSER, "email"}},
                           .is_grave = true},
    [WIRE_user_disable] = {SCOPE_USERS_WRITE,
                           USER_ADMINISTRATOR,
                           {{TIE_LESSER, "email"}},
                           .is_grave = true},
    [WIRE_user_handover] = {SCOPE_USERS_WRITE,
                            USER_ADMINISTRATOR,
                            {{TIE_LESSER, "email"}},
                            .is_grave = true},
    /* What is left of somebody afterwards is nobody's: only whoever sits there does this, to themselves or somebody below. */
    [WIRE_user_remove] = {SCOPE_ACCOUNT_READ,
                          USER_MEMBER,
                          {{TIE_LESSER, "email"}},
                          .is_grave = true,
                          .by_session = true},
    [WIRE_account_remove] = {SCOPE_USERS_WRITE, USER_OWNER, .is_grave = true,
                             .by_session = true},
    [WIRE_user_role] = {SCOPE_USERS_WRITE, USER_OWNER, .is_grave = true},

    [WIRE_connection_list] = {SCOPE_CONNECTIONS_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    /* A service account acts for any mailbox: who goes through one is the account's to say. */
    [WIRE_connection_add] = {SCOPE_CONNECTIONS_WRITE,
                             USER_MEMBER,
                             {{TIE_USER, "email"}, {TIE_UNUSED, "through"}}},
    [WIRE_connection_check] = {SCOPE_CONNECTIONS_WRITE, USER_MEMBER, {{TIE_CONNECTION, "id"}}},
    [WIRE_connection_password] = {SCOPE_CONNECTIONS_WRITE,
                                  USER_MEMBER,
                                  {{TIE_CONNECTION, "id"}}},
    [WIRE_connection_move] = {SCOPE_CONNECTIONS_WRITE, USER_MEMBER, {{TIE_CONNECTION, "id"}}},
    [WIRE_connection_calendars] = {SCOPE_CONNECTIONS_WRITE,
                                   USER_MEMBER,
                                   {{TIE_OWN_CONNECTION, "id"}}},
    [WIRE_connection_remove] = {SCOPE_CONNECTIONS_WRITE,
                                USER_MEMBER,
                                {{TIE_CONNECTION, "id"}},
                                .is_grave = true},
    [WIRE_connector_add] = {SCOPE_CONNECTIONS_WRITE, USER_MEMBER, {{TIE_SELF, "email"}}},
    /* Who has the token says when its host is busy: nobody else makes one. */
    [WIRE_connector_token] = {SCOPE_CONNECTIONS_WRITE,
                              USER_MEMBER,
                              {{TIE_OWN_CONNECTION, "id"}}},
    [WIRE_connector_switch] = {SCOPE_CONNECTIONS_WRITE, USER_MEMBER, {{TIE_CONNECTION, "id"}}},
    /* The calendars' names are their owner's alone. */
    [WIRE_connector_list] = {SCOPE_CONNECTIONS_READ, USER_MEMBER, {{TIE_SELF, "email"}}},
    [WIRE_connection_discover] = {SCOPE_CONNECTIONS_WRITE, USER_MEMBER},
    [WIRE_oauth_offers] = {SCOPE_CONNECTIONS_READ, USER_MEMBER},

    [WIRE_page_list] = {SCOPE_PAGES_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    [WIRE_page_show] = {SCOPE_PAGES_READ, USER_MEMBER, {{TIE_PAGE, "page"}}},
    [WIRE_page_put] = {SCOPE_PAGES_WRITE,
                       USER_MEMBER,
                       {{TIE_USER, "email"}, {TIE_PAGE, "page"}}},
    [WIRE_page_remove] = {SCOPE_PAGES_WRITE, USER_MEMBER, {{TIE_PAGE, "page"}}},

    [WIRE_why] = {SCOPE_PAGES_READ, USER_MEMBER, {{TIE_OWN_PAGE, "page"}}},

    [WIRE_booking_list] = {SCOPE_BOOKINGS_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    [WIRE_booking_show] = {SCOPE_BOOKINGS_READ, USER_MEMBER, {{TIE_BOOKING, "id"}}},
    /* It says whether the calendar is busy then, which is its host's alone. */
    [WIRE_booking_approve] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_OWN_BOOKING, "id"}}},
    [WIRE_booking_decline] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_BOOKING, "id"}}},
    [WIRE_booking_history] = {SCOPE_BOOKINGS_READ, USER_MEMBER, {{TIE_BOOKING, "id"}}},
    [WIRE_booking_cancel] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_BOOKING, "id"}}},
    /* What is in the way is told, which is in the host's calendar. */
    [WIRE_booking_add] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_OWN_PAGE, "page"}}},
    [WIRE_booking_series] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_OWN_PAGE, "page"}}},
    [WIRE_booking_move] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_OWN_BOOKING, "id"}}},
    [WIRE_booking_noshow] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_BOOKING, "id"}}},

    [WIRE_attention_list] = {SCOPE_BOOKINGS_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    [WIRE_attention_done] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_ATTENTION, "id"}}},
    [WIRE_attention_accept] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_ATTENTION, "id"}}},
    [WIRE_attention_restore] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_ATTENTION, "id"}}},
    [WIRE_outbox_list] = {SCOPE_BOOKINGS_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    [WIRE_outbox_retry] = {SCOPE_BOOKINGS_WRITE, USER_MEMBER, {{TIE_MAIL, "id"}}},

    /* Nobody looks with another's right, whatever their role. */
    [WIRE_team] = {SCOPE_TEAM_READ, USER_MEMBER, {{TIE_SELF, "viewer"}}},

    [WIRE_readings] = {SCOPE_ACCOUNT_READ, USER_MEMBER, {{TIE_SELF, "email"}}},
    [WIRE_holdings] = {SCOPE_ACCOUNT_READ, USER_MEMBER, {{TIE_SELF, "email"}}},
    [WIRE_condition] = {SCOPE_ACCOUNT_READ, USER_ADMINISTRATOR},

    [WIRE_agenda_mark] = {SCOPE_EVENTS_READ, USER_MEMBER, {{TIE_SELF, "email"}}},
    [WIRE_agenda] = {SCOPE_EVENTS_READ, USER_MEMBER, {{TIE_SELF, "email"}}},

    /* A token that made another could give it more than it has itself, and outlive its own end. */
    [WIRE_token_add] = {SCOPE_TOKENS_WRITE,
                        USER_MEMBER,
                        {{TIE_SELF, "email"}},
                        .is_grave = true,
                        .by_session = true},
    [WIRE_token_list] = {SCOPE_TOKENS_READ, USER_MEMBER, {{TIE_USERS, "email"}}},
    [WIRE_token_revoke] = {SCOPE_TOKENS_WRITE, USER_MEMBER, {{TIE_TOKEN, "id"}}},
};

bool tie_is_number(enum tie_kind kind)
{
    switch (kind) {
    case TIE_CONNECTION:
    case TIE_TOKEN:
    case TIE_UNUSED:
    case TIE_ATTENTION:
    case TIE_MAIL:
    case TIE_OWN_CONNECTION:
        return true;
    case TIE_NONE:
    case TIE_SELF:
    case TIE_USER:
    case TIE_USERS:
    case TIE_LESSER:
    case TIE_PAGE:
    case TIE_BOOKING:
    case TIE_OWN_PAGE:
    case TIE_OWN_BOOKING:
        break;
    }
    return false;
}

const struct grant *grant_of(unsigned type)
{
    return type < WIRE_TYPE_MAX && grants[type].scope ? &grants[type] : NULL;
}

static const struct {
    const char *word;
    enum user_role least;
} scopes[SCOPE_COUNT] = {
#define SCOPE_ROW(bit, name, word, least) [bit] = {word, least},
    WIRE_SCOPES(SCOPE_ROW)};

int64_t grant_scopes(enum user_role role)
{
    int64_t all = 0;
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (role >= scopes[bit].least)
            all |= INT64_C(1) << bit;
    return all;
}

const char *scope_name(int bit)
{
    return scopes[bit].word;
}

bool scope_find(struct text name, int64_t *ret_scope)
{
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (text_equal(name, text_from(scopes[bit].word))) {
            *ret_scope = INT64_C(1) << bit;
            return true;
        }
    return false;
}

static const char *const roles[USER_ROLE_COUNT] = {
    [USER_MEMBER] = "member", [USER_ADMINISTRATOR] = "administrator", [USER_OWNER] = "owner"};

const char *user_role_name(enum user_role role)
{
    return roles[role];
}

bool user_role_find(struct text name, enum user_role *ret_role)
{
    for (int role = 0; role < USER_ROLE_COUNT; role++)
        if (text_equal(name, text_from(roles[role]))) {
            *ret_role = (enum user_role)role;
            return true;
        }
    return false;
}
