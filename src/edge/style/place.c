/* SPDX-License-Identifier: ISC
 *
 * Whole pages of signed-in people, and those by which they come in, in every state.
 */
#include "edge/style/grid.h"
#include "edge/style/style.h"
#include "edge/web.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WRONG "What was wrong, in a sentence."

/* ---- coming in ---- */

static void write_confirm(struct visit *visit, const struct style_state *state, struct buf *out)
{
    static struct loss_view losses[] = {
        {7, "coming bookings",
         "become plain events: what customers change later does not reach the calendar."},
        {2, "booking pages", "offer all their hours from then on."},
    };
    struct confirm_view view = {.frame = style_frame(visit, state->title),
                                .question = "Disconnect it, and erase its password here?",
                                .meaning = "The events in the calendar stay as they are.",
                                .losses = losses,
                                .n_losses = COUNT(losses),
                                .action = "/style",
                                .name = "yes",
                                .value = "1",
                                .button = "Disconnect",
                                .back_href = "/style"};
    web_confirm(out, &view);
}

static void write_refused(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct refused_view view = {.frame = style_frame(visit, state->title),
                                .detail = "What happened, what it means, and what to do.",
                                .back_href = "/style",
                                .back = "Style"};
    web_refused(out, &view);
}

static void write_sign_in(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct sign_in_view view = {.head = visit_head(visit, text_from(state->title)),
                                .action = "/style",
                                .next = "/style",
                                .problem = state->how ? WRONG : NULL};
    web_sign_in(out, &view);
}

static void write_failure(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct failure_view view = {.head = visit_head(visit, text_from(state->title)),
                                .title = state->title,
                                .detail = "What happened, what it means, and what to do."};
    web_failure(out, &view);
}

static void write_code(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct code_view view = {.head = visit_head(visit, text_from(state->title)),
                             .next = "/style",
                             .problem = state->how ? WRONG : NULL};
    web_code(out, &view);
}

static void write_again(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct again_view view = {.head = visit_head(visit, text_from(state->title)),
                              .email = TEXT("anna@practice.example"),
                              .next = "/style",
                              .problem = state->how ? WRONG : NULL};
    web_again(out, &view);
}

static void write_invite(struct visit *visit, const struct style_state *state, struct buf *out)
{
    struct invite_view view = {.head = visit_head(visit, text_from(state->title)),
                               .action = "/style",
                               .problem = state->how ? WRONG : NULL};
    web_invite(out, &view);
}

/* ---- setting up ---- */

static void write_setup_wait(struct visit *visit, const struct style_state *state,
                             struct buf *out)
{
    struct setup_wait_view view = {.head = visit_head(visit, text_from(state->title)),
                                   .link_is_over = state->how};
    web_setup_wait(out, &view);
}

static void write_setup(struct visit *visit, const struct style_state *state, struct buf *out)
{
    static struct zone_view zones[] = {{.name = {"Europe/Zurich", 13}, .label = "Zurich"}};
    struct setup_account_view view = {.head = visit_head(visit, text_from(state->title)),
                                      .action = "/style",
                                      .problem = state->how ? WRONG : NULL,
                                      .account_name = TEXT("Practice GmbH"),
                                      .name = TEXT("Anna Host"),
                                      .email = TEXT("anna@practice.example"),
                                      .zone = TEXT("Europe/Zurich"),
                                      .zones = zones,
                                      .n_zones = COUNT(zones)};
    web_setup_account(out, &view);
}

static void write_setup_mail(struct visit *visit, const struct style_state *state,
                             struct buf *out)
{
    static struct setup_layer_view layers[] = {
        {.name = {"dns", 3}, .state = "in order", .is_good = true},
        {.name = {"tls", 3},
         .state = "refused",
         .is_bad = true,
         .detail = {"the certificate has ended", 25},
         .fix = {"renew it on the mail server", 27}},
    };
    struct setup_mail_view view = {.head = visit_head(visit, text_from(state->title)),
                                   .email = TEXT("anna@practice.example"),
                                   .host = TEXT("smtp.practice.example"),
                                   .is_tls = true,
                                   .layers = layers,
                                   .n_layers = state->how ? COUNT(layers) : 0,
                                   .problem = state->how ? WRONG : NULL};
    web_setup_mail(out, &view);
}

static void write_setup_done(struct visit *visit, const struct style_state *state,
                             struct buf *out)
{
    struct setup_done_view view = {.head = visit_head(visit, text_from(state->title)),
                                   .place = TEXT("/var/lib/hourgate"),
                                   .base_url = TEXT("https://book.practice.example"),
                                   .mail = TEXT("smtp.practice.example"),
                                   .is_https = true,
                                   .is_jailed = true,
                                   .keep_days = "400",
                                   .location = TEXT("Zurich, Switzerland")};
    web_setup_done(out, &view);
}

/* ---- in the place ---- */

static void write_doctor(struct visit *visit, const struct style_state *state, struct buf *out)
{
    static struct step_view steps[] = {
        {.mark = {"good", "in order"},
         .name = "dns",
         .detail = {"mail.practice.example -> 192.0.2.10", 35}},
        {.mark = {"good", "in order"}, .name = "tcp", .detail = {"443 in 4 ms", 11}},
        {.mark = {"bad", "does not work"},
         .name = "tls",
         .detail = {"certificate expired on 2026-11-01 (depth 0)", 43},
         .fix = {"renew the certificate on the server", 35}},
        {.mark = {"off", "not looked at"}, .name = "sign-in"},
    };
    struct doctor_view top = {.frame = style_frame(visit, state->title)};
    web_doctor_top(out, &top);
    for (size_t i = 0; i < (state->how ? COUNT(steps) : 2); i++)
        web_steps_item(out, LANGUAGE_EN, &steps[i]);
    web_doctor_end(out, LANGUAGE_EN, &(struct doctor_end_view){state->how ? WRONG : NULL});
    web_place_foot(out, LANGUAGE_EN, &top.frame);
}

const struct style_state style_place_states[STYLE_PLACE_STATES] = {
    {"sign-in", "Sign in", write_sign_in, 0},
    {"sign-in-wrong", "Sign in: refused", write_sign_in, 1},
    {"code", "The code of a second factor", write_code, 0},
    {"code-wrong", "The code: refused", write_code, 1},
    {"again", "The password once more", write_again, 0},
    {"invite", "By invitation", write_invite, 0},
    {"invite-wrong", "By invitation: refused", write_invite, 1},
    {"setup-wait", "Not set up yet", write_setup_wait, 0},
    {"setup", "Setting up: who", write_setup, 0},
    {"setup-mail", "Setting up: mail", write_setup_mail, 1},
    {"setup-done", "Setting up: done", write_setup_done, 0},
    {"doctor", "The doctor is looking", write_doctor, 0},
    {"doctor-refused", "The doctor found something", write_doctor, 1},
    {"calendar", "A week of one's calendar", style_write_week, 0},
    {"calendar-month", "A month of it", style_write_month, 0},
    {"team", "The team", style_write_team, 0},
    {"confirm", "Before something is gone", write_confirm, 0},
    {"refused", "What cannot be shown", write_refused, 0},
    {"failure", "A page that is not there", write_failure, 0},
};
