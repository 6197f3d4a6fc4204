/* SPDX-License-Identifier: ISC
 *
 * Which address is answered by whom: the one table of all paths.
 */
#ifndef EDGE_ROUTE_H
#define EDGE_ROUTE_H

#include "edge/visit.h"

typedef void visit_handler(struct visit *visit);

struct route {
    const char *pattern; /* segments, `*` stands for one; the path's parts fill visit->parts */
    visit_handler *get;  /* NULL: not allowed */
    visit_handler *post;
    visit_handler *put;
    visit_handler *del;
    bool is_api;    /* failures are problems (RFC 9457) */
    bool is_person; /* for who proves to be somebody (person.h); parts[3] is the account */
    bool is_desk;   /* for connectors, by a bearer of their own (desk/desk.c) */
    bool is_place;  /* a page behind sign-in, to which one may come back (session_next) */
    bool
        is_bare; /* also for who has yet to turn on the second factor that their account asks for */
    bool is_customer; /* what customers see: in all languages */
    bool is_setup;    /* served before there is a user */
    bool is_free;     /* not counted by the rate limit: costs nothing */
};

/* Find the route of a split path; NULL: there is none. */
const struct route *route_find(const struct text *parts, size_t n_parts);

/* The handlers, by file: */
void info_home(struct visit *visit); /* info.c */
void info_healthz(struct visit *visit);
void info_readyz(struct visit *visit);
void setup_none(struct visit *visit); /* setup.c */
void setup_get(struct visit *visit);
void setup_post(struct visit *visit);
void setup_mail_get(struct visit *visit);
void setup_mail_post(struct visit *visit);
void setup_done_get(struct visit *visit);
void setup_done_post(struct visit *visit);

/* Serve a visit where hourgate is set up, else say that it is not. */
void setup_gate(struct visit *visit);

void style_get(struct visit *visit); /* style.c */
void style_state_get(struct visit *visit);
void trust_get(struct visit *visit); /* trust.c */
void trust_api(struct visit *visit);
void info_openapi(struct visit *visit);
void info_asset(struct visit *visit);
void look_style_get(struct visit *visit); /* look.c */
void look_logo_get(struct visit *visit);
void installer_get(struct visit *visit);
void info_embed(struct visit *visit);
void info_favicon(struct visit *visit);
void info_robots(struct visit *visit);
void info_security(struct visit *visit);
void info_change_password(struct visit *visit);
void page_get(struct visit *visit); /* page.c */
void page_post(struct visit *visit);
void desk_post(struct visit *visit);   /* desk/desk.c */
void sign_in_get(struct visit *visit); /* sign_in.c */
void sign_in_post(struct visit *visit);
void sign_out_post(struct visit *visit);
void invite_get(struct visit *visit);
void invite_post(struct visit *visit);
void single_sign_on_get(struct visit *visit); /* single_sign_on.c */
void single_sign_on_back_get(struct visit *visit);
void sign_in_code_get(struct visit *visit);
void sign_in_code_post(struct visit *visit);
void users_get(struct visit *visit); /* users.c */
void users_post(struct visit *visit);
void user_get(struct visit *visit);
void user_post(struct visit *visit);
void user_handover_get(struct visit *visit);
void user_handover_post(struct visit *visit);
void factor_get(struct visit *visit); /* factor.c */
void factor_post(struct visit *visit);
void again_get(struct visit *visit); /* again.c */
void again_post(struct visit *visit);
void today_get(struct visit *visit); /* today.c */
void today_post(struct visit *visit);
void authorise_post(struct visit *visit);
void oauth_callback_get(struct visit *visit);
void authorise_post(struct visit *visit); /* authorise.c */
void oauth_callback_get(struct visit *visit);
void connect_get(struct visit *visit); /* connect.c */
void connect_post(struct visit *visit);
void desk_get(struct visit *visit); /* connect_desk.c */
void desk_place_post(struct visit *visit);
void connect_caldav_get(struct visit *visit); /* connect_caldav.c */
void connect_caldav_post(struct visit *visit);
void connections_get(struct visit *visit); /* connection.c */
void connection_get(struct visit *visit);
void connection_post(struct visit *visit);
void calendars_get(struct visit *visit);
void calendars_post(struct visit *visit);
void connection_remove_get(struct visit *visit);
void connection_remove_post(struct visit *visit);
void agenda_get(struct visit *visit); /* agenda.c */
void agenda_changes(struct visit *visit);
void team_get(struct visit *visit);       /* team.c */
void mail_texts_get(struct visit *visit); /* mail_texts.c */
void mail_texts_post(struct visit *visit);
void pages_get(struct visit *visit); /* host_page.c */
void new_page_get(struct visit *visit);
void new_page_post(struct visit *visit);
void page_edit_get(struct visit *visit);
void page_edit_post(struct visit *visit);
void page_remove_get(struct visit *visit);
void page_remove_post(struct visit *visit);
void bookings_get(struct visit *visit); /* booking_list.c */
void bookings_export(struct visit *visit);
void booking_new_get(struct visit *visit); /* booking_enter.c */
void booking_new_post(struct visit *visit);
void booking_move_get(struct visit *visit);
void booking_move_post(struct visit *visit);
void booking_get(struct visit *visit); /* booking_page.c */
void booking_post(struct visit *visit);
void booking_cancel_get(struct visit *visit);
void booking_cancel_post(struct visit *visit);
void account_look_get(struct visit *visit); /* place/look.c */
void account_look_post(struct visit *visit);
void account_settings_get(struct visit *visit); /* account_settings.c */
void account_settings_post(struct visit *visit);
void settings_get(struct visit *visit); /* settings.c */
void settings_post(struct visit *visit);
void tokens_get(struct visit *visit); /* tokens.c */
void token_new_get(struct visit *visit);
void token_new_post(struct visit *visit);
void token_revoke_get(struct visit *visit);
void token_revoke_post(struct visit *visit);
void readings_get(struct visit *visit); /* privacy.c */
void holdings_get(struct visit *visit);
void leave_get(struct visit *visit); /* leave.c */
void leave_post(struct visit *visit);
void account_remove_get(struct visit *visit);
void account_remove_post(struct visit *visit);
void data_export_get(struct visit *visit); /* export.c */
void account_export_get(struct visit *visit);
void health_get(struct visit *visit); /* health.c */
void own_get(struct visit *visit);    /* own.c */
void own_post(struct visit *visit);

/* Tell whoever has booked to look at their mail. */
void own_mailed(struct visit *visit, const struct booking_public *booking);
void api_page(struct visit *visit);
void api_slots(struct visit *visit); /* api.c */
void api_book(struct visit *visit);

void api_account(struct visit *visit); /* api_account.c */
void api_users(struct visit *visit);
void api_user_add(struct visit *visit);
void api_user_role(struct visit *visit);
void api_user_invite(struct visit *visit);
void api_user_disable(struct visit *visit);
void api_user_handover(struct visit *visit);
void api_account_require(struct visit *visit);
void api_tokens(struct visit *visit);
void api_token_revoke(struct visit *visit);
void api_connections(struct visit *visit); /* api_connection.c */
void api_connection_add(struct visit *visit);
void api_connection_discover(struct visit *visit);
void api_connection_remove(struct visit *visit);
void api_connection_removal(struct visit *visit);
void api_connection_check(struct visit *visit);
void api_connection_password(struct visit *visit);
void api_connection_move(struct visit *visit);
void api_calendars(struct visit *visit);
void api_calendars_choose(struct visit *visit);
void api_host_pages(struct visit *visit); /* api_page.c */
void api_host_page(struct visit *visit);
void api_host_page_put(struct visit *visit);
void api_host_page_remove(struct visit *visit);
void api_host_page_why(struct visit *visit);
void api_bookings(struct visit *visit); /* api_booking.c */
void api_booking(struct visit *visit);
void api_booking_approve(struct visit *visit);
void api_booking_cancel(struct visit *visit);
void api_booking_add(struct visit *visit); /* api_host.c */
void api_booking_move(struct visit *visit);
void api_booking_series(struct visit *visit);
void api_booking_noshow(struct visit *visit);
void api_attentions(struct visit *visit); /* api_attention.c */
void api_attention_done(struct visit *visit);
void api_attention_accept(struct visit *visit);
void api_attention_restore(struct visit *visit);
void api_outbox(struct visit *visit);
void api_outbox_retry(struct visit *visit);
void api_booking_decline(struct visit *visit);
void api_team(struct visit *visit);
void api_agenda(struct visit *visit);

/* The plain listener: every request is sent to HTTPS (redirect.c). */
void redirect_begin(void *edge, struct http_request *request);

/* The metrics listener's only request (metrics.c). */
void metrics_begin(void *edge, struct http_request *request);

#endif
