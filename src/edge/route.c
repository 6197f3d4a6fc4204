/* SPDX-License-Identifier: ISC */
#include "edge/route.h"

#include "wire/reserved.h"

#define PERSON(path, ...)                                                                      \
    {                                                                                          \
        .pattern = "api/v1/accounts/*" path, .is_api = true, .is_person = true, __VA_ARGS__    \
    }

static const struct route routes[] = {
    {.pattern = "", .get = info_home, .is_customer = true},
    {.pattern = "healthz", .get = info_healthz, .is_free = true},
    {.pattern = "readyz", .get = info_readyz, .is_setup = true},
    {.pattern = "setup", .get = setup_none},
    {.pattern = "setup/mail", .get = setup_mail_get, .post = setup_mail_post},
    {.pattern = "setup/done", .get = setup_done_get, .post = setup_done_post},
    {.pattern = "setup/*", .get = setup_get, .post = setup_post, .is_setup = true},
    {.pattern = "style", .get = style_get},
    {.pattern = "style/*", .get = style_state_get, .is_customer = true},
    {.pattern = "trust", .get = trust_get, .is_customer = true},
    {.pattern = ".well-known/security.txt", .get = info_security, .is_free = true},
    {.pattern = ".well-known/change-password", .get = info_change_password, .is_free = true},
    {.pattern = "robots.txt", .get = info_robots, .is_free = true},
    {.pattern = "embed.js", .get = info_embed, .is_free = true},
    {.pattern = "favicon.ico", .get = info_favicon, .is_free = true},
    {.pattern = "a/*/*", .get = info_asset, .is_free = true},
    {.pattern = "a/style/*/*", .get = look_style_get, .is_free = true},
    {.pattern = "a/logo/*/*", .get = look_logo_get},
    {.pattern = "api/openapi.json", .get = info_openapi, .is_api = true, .is_free = true},
    {.pattern = "api/v1/trust", .get = trust_api, .is_api = true},
    {.pattern = "api/v1/pages/*/*", .get = api_page, .is_api = true},
    {.pattern = "api/v1/pages/*/*/slots", .get = api_slots, .is_api = true},
    {.pattern = "api/v1/pages/*/*/bookings", .post = api_book, .is_api = true},
    PERSON("", .get = api_account),
    PERSON("/users", .get = api_users, .post = api_user_add),
    PERSON("/users/*/role", .put = api_user_role),
    PERSON("/users/*/invite", .post = api_user_invite),
    PERSON("/users/*/disabled", .put = api_user_disable),
    PERSON("/users/*/handover", .post = api_user_handover),
    PERSON("/require-totp", .put = api_account_require),
    PERSON("/tokens", .get = api_tokens),
    PERSON("/tokens/*", .del = api_token_revoke),
    PERSON("/connections", .get = api_connections, .post = api_connection_add),
    PERSON("/connections/discover", .post = api_connection_discover),
    PERSON("/connections/*", .del = api_connection_remove),
    PERSON("/connections/*/removal", .get = api_connection_removal),
    PERSON("/connections/*/check", .post = api_connection_check),
    PERSON("/connections/*/password", .put = api_connection_password),
    PERSON("/connections/*/server", .put = api_connection_move),
    PERSON("/connections/*/calendars", .get = api_calendars, .put = api_calendars_choose),
    PERSON("/pages", .get = api_host_pages),
    PERSON("/pages/*", .get = api_host_page, .put = api_host_page_put,
           .del = api_host_page_remove),
    PERSON("/pages/*/why", .get = api_host_page_why),
    PERSON("/pages/*/bookings", .post = api_booking_add),
    PERSON("/pages/*/series", .post = api_booking_series),
    PERSON("/bookings", .get = api_bookings),
    PERSON("/bookings/*", .get = api_booking),
    PERSON("/bookings/*/approve", .post = api_booking_approve),
    PERSON("/bookings/*/decline", .post = api_booking_decline),
    PERSON("/bookings/*/cancel", .post = api_booking_cancel),
    PERSON("/bookings/*/move", .post = api_booking_move),
    PERSON("/bookings/*/no-show", .put = api_booking_noshow),
    PERSON("/attentions", .get = api_attentions),
    PERSON("/attentions/*/done", .post = api_attention_done),
    PERSON("/attentions/*/accept", .post = api_attention_accept),
    PERSON("/attentions/*/restore", .post = api_attention_restore),
    PERSON("/outbox", .get = api_outbox),
    PERSON("/outbox/*/retry", .post = api_outbox_retry),
    PERSON("/team", .get = api_team),
    PERSON("/agenda", .get = api_agenda),
    {.pattern = "desk/v1/*", .post = desk_post, .is_api = true, .is_desk = true},
    {.pattern = "sign-in", .get = sign_in_get, .post = sign_in_post},
    {.pattern = "sign-in/code", .get = sign_in_code_get, .post = sign_in_code_post},
    {.pattern = "sign-in/with/*", .get = single_sign_on_get},
    {.pattern = "sign-in/callback", .get = single_sign_on_back_get},
    {.pattern = "sign-out", .post = sign_out_post, .is_bare = true},
    {.pattern = "invite/*", .get = invite_get, .post = invite_post},
    {.pattern = "again", .get = again_get, .post = again_post, .is_bare = true},
    {.pattern = "me", .get = today_get, .post = today_post, .is_place = true},
    {.pattern = "connections", .get = connections_get, .is_place = true},
    {.pattern = "connections/new", .get = connect_get, .post = connect_post, .is_place = true},
    {.pattern = "connections/authorise", .post = authorise_post},
    {.pattern = "oauth/callback", .get = oauth_callback_get},
    {.pattern = "connections/desk", .get = desk_get, .post = desk_place_post, .is_place = true},
    {.pattern = "connections/*",
     .get = connection_get,
     .post = connection_post,
     .is_place = true},
    {.pattern = "connections/*/calendars",
     .get = calendars_get,
     .post = calendars_post,
     .is_place = true},
    {.pattern = "connections/*/remove",
     .get = connection_remove_get,
     .post = connection_remove_post,
     .is_place = true},
    {.pattern = "settings/users", .get = users_get, .post = users_post, .is_place = true},
    {.pattern = "settings/user", .get = user_get, .post = user_post, .is_place = true},
    {.pattern = "settings/user/handover",
     .get = user_handover_get,
     .post = user_handover_post,
     .is_place = true},
    {.pattern = "settings/second-factor",
     .get = factor_get,
     .post = factor_post,
     .is_place = true,
     .is_bare = true},
    {.pattern = "bookings", .get = bookings_get, .is_place = true},
    {.pattern = "bookings/export", .get = bookings_export},
    {.pattern = "bookings/new",
     .get = booking_new_get,
     .post = booking_new_post,
     .is_place = true},
    {.pattern = "bookings/*", .get = booking_get, .post = booking_post, .is_place = true},
    {.pattern = "bookings/*/cancel",
     .get = booking_cancel_get,
     .post = booking_cancel_post,
     .is_place = true},
    {.pattern = "bookings/*/move",
     .get = booking_move_get,
     .post = booking_move_post,
     .is_place = true},
    {.pattern = "calendar", .get = agenda_get, .is_place = true},
    {.pattern = "calendar/changes", .get = agenda_changes},
    {.pattern = "team", .get = team_get, .is_place = true},
    {.pattern = "pages", .get = pages_get, .is_place = true},
    {.pattern = "pages/new", .get = new_page_get, .post = new_page_post, .is_place = true},
    {.pattern = "pages/*", .get = page_edit_get, .post = page_edit_post, .is_place = true},
    {.pattern = "pages/*/remove",
     .get = page_remove_get,
     .post = page_remove_post,
     .is_place = true},
    {.pattern = "settings/account",
     .get = account_settings_get,
     .post = account_settings_post,
     .is_place = true},
    {.pattern = "settings/look",
     .get = account_look_get,
     .post = account_look_post,
     .is_place = true},
    {.pattern = "settings", .get = settings_get, .post = settings_post, .is_place = true},
    {.pattern = "settings/mails",
     .get = mail_texts_get,
     .post = mail_texts_post,
     .is_place = true},
    {.pattern = "settings/readings", .get = readings_get, .is_place = true},
    {.pattern = "settings/tokens", .get = tokens_get, .is_place = true},
    {.pattern = "settings/tokens/new",
     .get = token_new_get,
     .post = token_new_post,
     .is_place = true},
    {.pattern = "settings/tokens/*/revoke",
     .get = token_revoke_get,
     .post = token_revoke_post,
     .is_place = true},
    {.pattern = "settings/data/leave", .get = leave_get, .post = leave_post, .is_place = true},
    {.pattern = "settings/user/remove", .get = leave_get, .post = leave_post, .is_place = true},
    {.pattern = "settings/account/remove",
     .get = account_remove_get,
     .post = account_remove_post,
     .is_place = true},
    {.pattern = "settings/data/export", .get = data_export_get, .is_place = true},
    {.pattern = "settings/account/export", .get = account_export_get, .is_place = true},
    {.pattern = "settings/data", .get = holdings_get, .is_place = true},
    {.pattern = "health", .get = health_get, .is_place = true},
    {.pattern = "b/*", .get = own_get, .post = own_post, .is_customer = true},
    {.pattern = "*/*", .get = page_get, .post = page_post, .is_customer = true},
};

static bool matches(const char *pattern, const struct text *parts, size_t n_parts)
{
    struct text rest = text_from(pattern);
    for (size_t i = 0; i < n_parts; i++) {
        struct text segment = rest, after = {0};
        bool more = text_cut(rest, '/', &segment, &after);
        if (more != (i + 1 < n_parts))
            return false;
        if (!text_equal(segment, TEXT("*")) && !text_equal(segment, parts[i]))
            return false;
        rest = after;
    }
    return true;
}

const struct route *route_find(const struct text *parts, size_t n_parts)
{
    const struct route *pages = &routes[sizeof routes / sizeof *routes - 1];
    for (const struct route *route = routes; route < pages; route++)
        if (matches(route->pattern, parts, n_parts))
            return route;
    if (n_parts == 2 && !reserved_segment(parts[0]) && text_is_slug(parts[0], MAX_SLUG) &&
        text_is_slug(parts[1], MAX_SLUG))
        return pages;
    return NULL;
}
