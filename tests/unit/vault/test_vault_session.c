/* SPDX-License-Identifier: ISC
 *
 * People who sign in: by invitation, then by password; how tries are counted, and what ends a session.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypt/token.h"
#include "rig.h"
#include "store/session.h"
#include "vault/principal.h"
#include "wire/codec.h"

#define ANN TEXT("ann@acme.test")
#define RIGHT "a right password"
#define OTHER "quite another one"

/* ---- asking; tokens are the caller's ---- */

static struct secret secret_of(const char *text)
{
    return secret_new(text, strlen(text));
}

static enum status sign_in_as(struct rig *rig, struct text account, struct text email,
                              const char *password, struct secret *ret_token)
{
    struct session_begin_ask ask = {account, email, secret_of(password)};
    struct session_begin_answer answer = {0};
    enum status status = rig_ask(rig, WIRE_session_begin, &ask, &answer);
    wire_wipe(session_begin_ask_shape, &ask);
    if (status == OK)
        *ret_token = answer.token;
    return status;
}

static enum status sign_in(struct rig *rig, const char *password)
{
    struct secret token = {0};
    enum status status = sign_in_as(rig, TEXT(""), ANN, password, &token);
    secret_free(&token);
    return status;
}

static struct secret invite(struct rig *rig)
{
    struct invite_begin_ask ask = {TEXT("acme"), ANN};
    struct invite_begin_answer answer = {0};
    assert_int_equal(rig_command(rig, WIRE_invite_begin, &ask, &answer), OK);
    return answer.token;
}

static enum status use(struct rig *rig, const struct secret *link, const char *password,
                       struct secret *ret_token)
{
    struct invite_use_ask ask = {secret_copy(link), secret_of(password)};
    struct invite_use_answer answer = {0};
    enum status status = rig_ask(rig, WIRE_invite_use, &ask, &answer);
    wire_wipe(invite_use_ask_shape, &ask);
    if (status == OK)
        *ret_token = answer.token;
    return status;
}

static enum status show(struct rig *rig, const struct secret *token,
                        struct session_show_answer *ret_shown)
{
    struct session_show_ask ask = {secret_copy(token)};
    enum status status = rig_ask(rig, WIRE_session_show, &ask, ret_shown);
    wire_wipe(session_show_ask_shape, &ask);
    return status;
}

static enum status end(struct rig *rig, const struct secret *token, int64_t id)
{
    struct session_end_ask ask = {secret_copy(token), id};
    struct session_end_answer answer;
    enum status status = rig_ask(rig, WIRE_session_end, &ask, &answer);
    wire_wipe(session_end_ask_shape, &ask);
    return status;
}

static enum status replace(struct rig *rig, const struct secret *token, const char *old,
                           const char *password, struct secret *ret_token)
{
    struct password_set_ask ask = {secret_copy(token), secret_of(old), secret_of(password)};
    struct password_set_answer answer = {0};
    enum status status = rig_ask(rig, WIRE_password_set, &ask, &answer);
    wire_wipe(password_set_ask_shape, &ask);
    if (status == OK)
        *ret_token = answer.token;
    return status;
}

/* Ann, with a password and one session. */
struct world {
    struct rig rig;
    struct secret token;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    rig_start(&w->rig);
    rig_clock_set(0);
    struct secret link = invite(&w->rig);
    assert_int_equal(use(&w->rig, &link, RIGHT, &w->token), OK);
    secret_free(&link);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    secret_free(&w->token);
    rig_stop(&w->rig);
    rig_clock_set(0);
    free(w);
    return 0;
}

/* ---- the tests ---- */

static void an_invitation_sets_a_password_once(void **state)
{
    struct world *w = *state;
    struct secret token = {0}, first = invite(&w->rig), second = invite(&w->rig);
    assert_int_equal(use(&w->rig, &first, OTHER, &token), ERR_NOT_FOUND); /* replaced */
    assert_int_equal(use(&w->rig, &second, "short", &token), ERR_INVALID);
    assert_int_equal(use(&w->rig, &second, "ANN@acme.test", &token), ERR_INVALID);
    assert_int_equal(use(&w->rig, &second, OTHER, &token), OK);
    secret_free(&token);
    assert_int_equal(use(&w->rig, &second, OTHER, &token), ERR_NOT_FOUND); /* used */
    assert_int_equal(sign_in(&w->rig, OTHER), OK);
    assert_int_equal(sign_in(&w->rig, RIGHT), ERR_AUTH);
    secret_free(&first);
    first = invite(&w->rig);
    rig_clock_set(INVITE_LIFE_S);
    assert_int_equal(use(&w->rig, &first, OTHER, &token), ERR_NOT_FOUND); /* too old */
    secret_free(&first);
    secret_free(&second);
}

static void the_address_alone_does_where_it_is_in_one_account(void **state)
{
    struct world *w = *state;
    struct secret token = {0};
    assert_int_equal(sign_in_as(&w->rig, TEXT(""), TEXT("Ann@ACME.test"), RIGHT, &token), OK);
    secret_free(&token);
    struct account_add_ask other = {TEXT("other"), TEXT("Other"), ACCOUNT_CORPORATE};
    struct account_add_answer added;
    struct user_add_ask ann = {TEXT("other"), ANN, TEXT("Ann"), TEXT("UTC")};
    struct user_add_answer user;
    assert_int_equal(rig_command(&w->rig, WIRE_account_add, &other, &added), OK);
    assert_int_equal(rig_command(&w->rig, WIRE_user_add, &ann, &user), OK);
    assert_int_equal(sign_in(&w->rig, RIGHT), ERR_AUTH);
    assert_int_equal(sign_in_as(&w->rig, TEXT("other"), ANN, RIGHT, &token), ERR_AUTH);
    assert_int_equal(sign_in_as(&w->rig, TEXT("nobody"), ANN, RIGHT, &token), ERR_AUTH);
    assert_int_equal(sign_in_as(&w->rig, TEXT("acme"), ANN, RIGHT, &token), OK);
    secret_free(&token);
}

/* A right password is refused like a wrong one while it is too soon, and nothing tells the two apart. */
static void wrong_tries_make_the_next_ones_wait(void **state)
{
    struct world *w = *state;
    struct secret token = {0};
    for (int i = 0; i < TRIES_FREE; i++)
        assert_int_equal(sign_in(&w->rig, OTHER), ERR_AUTH);
    assert_int_equal(sign_in(&w->rig, RIGHT), ERR_AUTH);
    assert_int_equal(replace(&w->rig, &w->token, RIGHT, OTHER, &token), ERR_DENIED);
    rig_clock_set(TRIES_WAIT_S - 1);
    assert_int_equal(sign_in(&w->rig, RIGHT), ERR_AUTH);
    rig_clock_set(TRIES_WAIT_S);
    assert_int_equal(sign_in(&w->rig, OTHER), ERR_AUTH); /* once more: twice as long */
    rig_clock_set(3 * TRIES_WAIT_S - 1);
    assert_int_equal(sign_in(&w->rig, RIGHT), ERR_AUTH);
    rig_clock_set(3 * TRIES_WAIT_S);
    assert_int_equal(sign_in(&w->rig, RIGHT), OK);
    assert_int_equal(sign_in(&w->rig, OTHER), ERR_AUTH); /* counted from the start again */
    assert_int_equal(sign_in(&w->rig, RIGHT), OK);
}

static void a_session_ends_unused_and_in_any_case(void **state)
{
    struct world *w = *state;
    struct session_show_answer shown;
    for (int64_t at = 0; at < SESSION_LIFE_S; at += SESSION_IDLE_S - SESSION_SEEN_S) {
        rig_clock_set(at);
        assert_int_equal(show(&w->rig, &w->token, &shown), OK);
    }
    rig_clock_set(SESSION_LIFE_S);
    assert_int_equal(show(&w->rig, &w->token, &shown), ERR_AUTH);
    struct secret idle = {0};
    assert_int_equal(sign_in_as(&w->rig, TEXT(""), ANN, RIGHT, &idle), OK);
    rig_clock_set(SESSION_LIFE_S + SESSION_IDLE_S);
    assert_int_equal(show(&w->rig, &idle, &shown), ERR_AUTH);
    secret_free(&idle);
}

static void a_session_is_ended_by_its_user_and_nobody_else(void **state)
{
    struct world *w = *state;
    struct session_show_answer shown;
    struct secret one = {0}, two = {0};
    assert_int_equal(sign_in_as(&w->rig, TEXT(""), ANN, RIGHT, &one), OK);
    assert_int_equal(sign_in_as(&w->rig, TEXT(""), ANN, RIGHT, &two), OK);
    assert_int_equal(show(&w->rig, &two, &shown), OK);
    assert_true(shown.n_rows == 3 && shown.rows[0].id == shown.id);
    assert_true(text_equal(shown.email, ANN) && text_equal(shown.account, TEXT("acme")));
    assert_int_equal(end(&w->rig, &two, 99), ERR_NOT_FOUND);
    assert_int_equal(end(&w->rig, &two, shown.rows[1].id), OK);
    assert_int_equal(show(&w->rig, &one, &shown), ERR_AUTH);
    assert_int_equal(end(&w->rig, &two, 0), OK);
    assert_int_equal(show(&w->rig, &w->token, &shown), ERR_AUTH);
    assert_int_equal(show(&w->rig, &two, &shown), OK);
    assert_int_equal(end(&w->rig, &two, shown.id), OK);
    assert_int_equal(end(&w->rig, &two, shown.id), ERR_AUTH);
    secret_free(&one);
    secret_free(&two);
}

static void a_new_password_or_role_ends_all_sessions(void **state)
{
    struct world *w = *state;
    struct session_show_answer shown;
    struct secret next = {0}, none = {0};
    assert_int_equal(replace(&w->rig, &w->token, OTHER, OTHER, &next), ERR_DENIED);
    assert_int_equal(replace(&w->rig, &w->token, RIGHT, "short", &next), ERR_INVALID);
    assert_int_equal(replace(&w->rig, &w->token, RIGHT, OTHER, &next), OK);
    assert_int_equal(show(&w->rig, &w->token, &shown), ERR_AUTH);
    assert_int_equal(replace(&w->rig, &w->token, OTHER, RIGHT, &none), ERR_AUTH);
    assert_int_equal(show(&w->rig, &next, &shown), OK);
    struct user_role_ask role = {TEXT("acme"), ANN, USER_OWNER};
    struct user_role_answer done;
    assert_int_equal(rig_command(&w->rig, WIRE_user_role, &role, &done), OK);
    assert_int_equal(show(&w->rig, &next, &shown), ERR_AUTH);
    secret_free(&next);
}

static void another_token_of_the_same_row_opens_nothing(void **state)
{
    struct world *w = *state;
    struct session_show_answer shown;
    int64_t row = 0;
    assert_int_equal(token_row(&w->token, &row), OK);
    struct secret forged = token_new(row);
    assert_int_equal(show(&w->rig, &forged, &shown), ERR_AUTH);
    secret_free(&forged);
}

/* A session asks through `as` like a token, with all that the role gives. */
static void a_session_asks_as_its_user(void **state)
{
    struct world *w = *state;
    struct buf question CLEANUP(buf_wipe) = BUF(AS_QUESTION_MAX);
    struct booking_list_ask list = {.account = TEXT("acme")};
    assert_int_equal(wire_encode(&question, booking_list_ask_shape, &list), OK);
    for (int kind = 0; kind < BEARER_KIND_COUNT; kind++) {
        struct as_ask as = {.kind = (enum bearer_kind)kind,
                            .bearer = secret_copy(&w->token),
                            .type = WIRE_booking_list,
                            .question = secret_new(question.at, question.n)};
        struct as_answer answer;
        enum status status = rig_ask(&w->rig, WIRE_as, &as, &answer);
        assert_int_equal(status, kind == BEARER_SESSION ? OK : ERR_AUTH);
        if (status == OK)
            assert_int_equal(answer.reply.status, OK);
        wire_wipe(as_ask_shape, &as);
    }
}

static enum status prove(struct rig *rig, const struct secret *token, const char *password,
                         struct secret *ret_token)
{
    struct session_prove_ask ask = {secret_copy(token), secret_of(password)};
    struct session_prove_answer answer = {0};
    enum status status = rig_ask(rig, WIRE_session_prove, &ask, &answer);
    wire_wipe(session_prove_ask_shape, &ask);
    if (status == OK)
        *ret_token = answer.token;
    return status;
}

/* Ask for something grave through a session: ERR_DENIED unless the password was said lately. */
static enum status do_grave(struct rig *rig, const struct secret *token)
{
    struct buf question CLEANUP(buf_wipe) = BUF(AS_QUESTION_MAX);
    struct connection_remove_ask remove = {.account = TEXT("acme"), .id = 999};
    assert_int_equal(wire_encode(&question, connection_remove_ask_shape, &remove), OK);
    struct as_ask as = {.kind = BEARER_SESSION,
                        .bearer = secret_copy(token),
                        .type = WIRE_connection_remove,
                        .question = secret_new(question.at, question.n)};
    struct as_answer answer;
    assert_int_equal(rig_ask(rig, WIRE_as, &as, &answer), OK);
    wire_wipe(as_ask_shape, &as);
    return answer.reply.status;
}

/* The password said again makes a session fresh, gives it another token, and keeps its place among the others. */
static void what_is_grave_takes_the_password_again(void **state)
{
    struct world *w = *state;
    struct session_show_answer before, after;
    struct secret next = {0}, none = {0};
    assert_int_equal(do_grave(&w->rig, &w->token),
                     ERR_NOT_FOUND); /* there is none: it was asked */
    rig_clock_set(SESSION_FRESH_S);
    assert_int_equal(do_grave(&w->rig, &w->token), ERR_DENIED);
    assert_int_equal(show(&w->rig, &w->token, &before), OK);
    assert_int_equal(prove(&w->rig, &w->token, OTHER, &next), ERR_DENIED);
    assert_int_equal(prove(&w->rig, &w->token, RIGHT, &next), OK);
    assert_int_equal(show(&w->rig, &w->token, &after), ERR_AUTH);
    assert_int_equal(prove(&w->rig, &w->token, RIGHT, &none), ERR_AUTH);
    assert_int_equal(show(&w->rig, &next, &after), OK);
    assert_true(after.id == before.id && after.n_rows == before.n_rows);
    assert_int_equal(after.proved.s - before.proved.s, SESSION_FRESH_S);
    assert_int_equal(do_grave(&w->rig, &next), ERR_NOT_FOUND);
    secret_free(&next);
}

static void the_password_asked_again_counts_its_tries(void **state)
{
    struct world *w = *state;
    struct secret next = {0};
    for (int i = 0; i < TRIES_FREE; i++)
        assert_int_equal(prove(&w->rig, &w->token, OTHER, &next), ERR_DENIED);
    assert_int_equal(prove(&w->rig, &w->token, RIGHT, &next), ERR_DENIED);
    assert_int_equal(sign_in(&w->rig, RIGHT), ERR_AUTH);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_invitation_sets_a_password_once),
        WORLD_TEST(the_address_alone_does_where_it_is_in_one_account),
        WORLD_TEST(wrong_tries_make_the_next_ones_wait),
        WORLD_TEST(a_session_ends_unused_and_in_any_case),
        WORLD_TEST(a_session_is_ended_by_its_user_and_nobody_else),
        WORLD_TEST(a_new_password_or_role_ends_all_sessions),
        WORLD_TEST(another_token_of_the_same_row_opens_nothing),
        WORLD_TEST(a_session_asks_as_its_user),
        WORLD_TEST(what_is_grave_takes_the_password_again),
        WORLD_TEST(the_password_asked_again_counts_its_tries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
