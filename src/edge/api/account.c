/* SPDX-License-Identifier: ISC
 *
 * The interface for people: an account, its users, their tokens.
 */
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/route.h"
#include "format/url.h"
#include "wire/grant.h"

static const char *const role_words[USER_ROLE_COUNT] = {
    [USER_MEMBER] = "member", [USER_ADMINISTRATOR] = "administrator", [USER_OWNER] = "owner"};

/* ---- users ---- */

void api_add_user(struct json_writer *w, const struct user_row *user)
{
    json_open(w, '{');
    json_put_text(w, "email", user->email);
    json_put_text(w, "name", user->name);
    json_put_text(w, "zone", user->zone);
    json_put_text(w, "role", text_from(user_role_name(user->role)));
    json_put_i64(w, "connections", user->connections);
    json_put_i64(w, "pages", user->pages);
    json_put_bool(w, "disabled", user->is_disabled);
    json_close(w, '}');
}

static void account_told(struct visit *visit, const struct told *told)
{
    static const char *const kinds[ACCOUNT_KIND_COUNT] = {
        [ACCOUNT_CORPORATE] = "corporate", [ACCOUNT_PERSONAL] = "personal"};
    const struct account_show_answer *account = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_put_text(&w, "account", account->slug);
    json_put_text(&w, "name", account->name);
    json_put_text(&w, "kind", text_from(kinds[account->kind]));
    json_name(&w, "user");
    api_add_user(&w, &account->user);
    person_send(visit, &response, &w);
}

void api_account(struct visit *visit)
{
    struct account_show_ask ask = {.account = visit->parts[3]};
    person_ask(visit, WIRE_account_show, &ask, DOOR_READ, account_told);
}

static void users_told(struct visit *visit, const struct told *told)
{
    const struct user_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "users");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++)
        api_add_user(&w, &list->rows[i]);
    json_close(&w, ']');
    if (list->n_rows)
        json_put_text(&w, "next", list->rows[list->n_rows - 1].email);
    person_send(visit, &response, &w);
}

void api_users(struct visit *visit)
{
    static const char *const names[] = {"email", "after", NULL};
    struct form form;
    if (!person_query(visit, names, &form))
        return;
    struct user_list_ask ask = {.account = visit->parts[3],
                                .email = form_find(&form, "email"),
                                .after = form_find(&form, "after")};
    person_ask(visit, WIRE_user_list, &ask, DOOR_READ, users_told);
}

static const struct body_field user_fields[] = {
    {"email", BODY_TEXT, true, offsetof(struct user_add_ask, email), .least = 1,
     .most = MAX_EMAIL},
    {"name", BODY_TEXT, true, offsetof(struct user_add_ask, name), .least = 1,
     .most = MAX_NAME},
    {"zone", BODY_TEXT, true, offsetof(struct user_add_ask, zone), .least = 1,
     .most = MAX_ZONE},
};
const struct body_shape body_user = BODY_SHAPE(struct user_add_ask, user_fields);

void api_user_add(struct visit *visit)
{
    struct user_add_ask ask = {.account = visit->parts[3]};
    if (person_body(visit, &body_user, &ask))
        person_ask(visit, WIRE_user_add, &ask, DOOR_WRITE, person_done);
}

static const struct body_field role_fields[] = {
    {"role", BODY_WORD, true, offsetof(struct user_role_ask, role), .most = USER_ROLE_COUNT,
     .words = role_words},
};
const struct body_shape body_role = BODY_SHAPE(struct user_role_ask, role_fields);

/* Whose it is about, from the path. False: it has been answered. */
static bool read_email(struct visit *visit, struct text *ret_email)
{
    if (url_decode(&visit->arena, visit->parts[5], false, ret_email) == OK &&
        text_is_line(*ret_email) && ret_email->n <= MAX_EMAIL)
        return true;
    person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    return false;
}

void api_user_role(struct visit *visit)
{
    struct user_role_ask ask = {.account = visit->parts[3]};
    if (read_email(visit, &ask.email) && person_body(visit, &body_role, &ask))
        person_ask(visit, WIRE_user_role, &ask, DOOR_WRITE, person_done);
}

static void invited(struct visit *visit, const struct told *told)
{
    const struct invite_begin_answer *invite = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 201);
    json_put_text(&w, "path",
                  text_from(arena_printf(&visit->arena, "/invite/%.*s", (int)invite->token.n,
                                         (const char *)invite->token.at)));
    put_instant(&w, "expires", invite->expires);
    person_send(visit, &response, &w);
}

void api_user_invite(struct visit *visit)
{
    struct invite_begin_ask ask = {.account = visit->parts[3]};
    if (read_email(visit, &ask.email))
        person_ask(visit, WIRE_invite_begin, &ask, DOOR_WRITE, invited);
}

static const struct body_field disable_fields[] = {
    {"disabled", BODY_FLAG, true, offsetof(struct user_disable_ask, disabled)},
};
const struct body_shape body_disable = BODY_SHAPE(struct user_disable_ask, disable_fields);

void api_user_disable(struct visit *visit)
{
    struct user_disable_ask ask = {.account = visit->parts[3]};
    if (read_email(visit, &ask.email) && person_body(visit, &body_disable, &ask))
        person_ask(visit, WIRE_user_disable, &ask, DOOR_WRITE, person_done);
}

static void handed_over(struct visit *visit, const struct told *told)
{
    const struct user_handover_answer *handed = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_put_i64(&w, "pages", handed->pages);
    json_put_i64(&w, "coming", handed->coming);
    json_put_i64(&w, "events", handed->events);
    json_put_i64(&w, "in_flight", handed->in_flight);
    person_send(visit, &response, &w);
}

static const struct body_field handover_fields[] = {
    {"to", BODY_TEXT, true, offsetof(struct user_handover_ask, to), .least = 1,
     .most = MAX_EMAIL},
    {"forecast", BODY_FLAG, false, offsetof(struct user_handover_ask, forecast)},
};
const struct body_shape body_handover = BODY_SHAPE(struct user_handover_ask, handover_fields);

void api_user_handover(struct visit *visit)
{
    struct user_handover_ask ask = {.account = visit->parts[3]};
    if (read_email(visit, &ask.email) && person_body(visit, &body_handover, &ask))
        person_ask(visit, WIRE_user_handover, &ask, DOOR_WRITE, handed_over);
}

static const struct body_field require_fields[] = {
    {"required", BODY_FLAG, true, offsetof(struct account_require_ask, totp)},
};
const struct body_shape body_require = BODY_SHAPE(struct account_require_ask, require_fields);

void api_account_require(struct visit *visit)
{
    struct account_require_ask ask = {.account = visit->parts[3]};
    if (person_body(visit, &body_require, &ask))
        person_ask(visit, WIRE_account_require, &ask, DOOR_WRITE, person_done);
}

/* ---- tokens ---- */

void api_add_token(struct json_writer *w, const struct token_row *token)
{
    json_open(w, '{');
    json_put_i64(w, "id", token->id);
    json_put_text(w, "email", token->email);
    json_put_text(w, "name", token->name);
    json_name(w, "scopes");
    json_open(w, '[');
    for (int bit = 0; bit < SCOPE_COUNT; bit++)
        if (token->scopes >> bit & 1)
            json_add_text(w, text_from(scope_name(bit)));
    json_close(w, ']');
    put_instant(w, "made", token->made);
    put_instant(w, "used", token->used);
    put_instant(w, "expires", token->expires);
    json_close(w, '}');
}

static void tokens_told(struct visit *visit, const struct told *told)
{
    const struct token_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "tokens");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++)
        api_add_token(&w, &list->rows[i]);
    json_close(&w, ']');
    if (list->n_rows)
        json_put_i64(&w, "next", list->rows[list->n_rows - 1].id);
    person_send(visit, &response, &w);
}

void api_tokens(struct visit *visit)
{
    static const char *const names[] = {"email", "after", NULL};
    struct form form;
    struct token_list_ask ask = {.account = visit->parts[3]};
    if (!person_query(visit, names, &form) || !person_after(visit, &form, &ask.after))
        return;
    ask.email = form_find(&form, "email");
    person_ask(visit, WIRE_token_list, &ask, DOOR_READ, tokens_told);
}

void api_token_revoke(struct visit *visit)
{
    struct token_revoke_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_token_revoke, &ask, DOOR_WRITE, person_done);
}
