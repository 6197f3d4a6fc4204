/* SPDX-License-Identifier: ISC
 *
 * The interface for people: an account, its users, their tokens.
 */
#include "edge/api.h"
#include "edge/person.h"
#include "edge/route.h"
#include "format/url.h"
#include "wire/grant.h"

static const char *const role_words[USER_ROLE_COUNT] = {
    [USER_MEMBER] = "member", [USER_ADMINISTRATOR] = "administrator", [USER_OWNER] = "owner"};

/* ---- users ---- */

static void add_user(struct json_writer *w, const struct user_row *user)
{
    json_open(w, '{');
    json_put_text(w, "email", user->email);
    json_put_text(w, "name", user->name);
    json_put_text(w, "zone", user->zone);
    json_put_text(w, "role", text_from(user_role_name(user->role)));
    json_put_i64(w, "connections", user->connections);
    json_put_i64(w, "pages", user->pages);
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
    add_user(&w, &account->user);
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
        add_user(&w, &list->rows[i]);
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

void api_user_role(struct visit *visit)
{
    struct user_role_ask ask = {.account = visit->parts[3]};
    if (url_decode(&visit->arena, visit->parts[5], false, &ask.email) != OK ||
        !text_is_line(ask.email) || ask.email.n > MAX_EMAIL)
        person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    else if (person_body(visit, &body_role, &ask))
        person_ask(visit, WIRE_user_role, &ask, DOOR_WRITE, person_done);
}

/* ---- tokens ---- */

static void add_token(struct json_writer *w, const struct token_row *token)
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
        add_token(&w, &list->rows[i]);
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
