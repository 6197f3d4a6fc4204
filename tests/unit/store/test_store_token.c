/* SPDX-License-Identifier: ISC
 *
 * Tokens and roles as the store keeps them.
 */
#include "fixture.h"

#include "crypt/token.h"

static struct token_add_ask ada(void)
{
    return (struct token_add_ask){.account = TEXT("acme"),
                                  .email = TEXT("ADA@example.org"),
                                  .name = TEXT("laptop"),
                                  .scopes = 5};
}

static int64_t make(struct fixture *f, struct secret *ret_token)
{
    struct token_add_ask ask = ada();
    int64_t id;
    assert_int_equal(
        store_token_add(f->st, &ask, (struct instant){NOW}, &id, ret_token, &f->err), OK);
    return id;
}

static enum status open_at(struct fixture *f, const struct secret *token, int64_t now,
                           struct principal_stored *ret_found)
{
    return store_token_open(f->st, &f->a, token, (struct instant){now}, ret_found, &f->err);
}

static struct token_row row_of(struct fixture *f, int64_t id)
{
    struct token_list_ask ask = {.account = TEXT("acme"), .after = id - 1};
    struct token_list_answer list;
    assert_int_equal(store_token_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_true(list.n_rows >= 1 && list.rows[0].id == id);
    return list.rows[0];
}

static void a_token_opens_until_it_is_revoked(void **state)
{
    struct fixture *f = *state;
    struct principal_stored found;
    struct secret token;
    int64_t id = make(f, &token);
    assert_int_equal(open_at(f, &token, NOW, &found), OK);
    assert_true(found.token == id && found.scopes == 5 && found.role == USER_OWNER);
    assert_true(text_equal(found.slug, TEXT("acme")) &&
                text_equal(found.email, TEXT("ada@example.org")));
    fixture_reopen(f);
    assert_int_equal(open_at(f, &token, NOW, &found), OK);
    assert_int_equal(store_token_revoke(f->st, TEXT("nobody"), id, &f->err), ERR_NOT_FOUND);
    assert_int_equal(store_token_revoke(f->st, TEXT("acme"), id, &f->err), OK);
    assert_int_equal(store_token_revoke(f->st, TEXT("acme"), id, &f->err), ERR_NOT_FOUND);
    assert_int_equal(open_at(f, &token, NOW, &found), ERR_NOT_FOUND);
    secret_free(&token);
}

static void only_the_token_itself_opens(void **state)
{
    struct fixture *f = *state;
    struct principal_stored found;
    struct secret token;
    int64_t id = make(f, &token);
    struct secret other = token_new(id);
    assert_int_equal(open_at(f, &other, NOW, &found), ERR_NOT_FOUND);
    secret_free(&other);
    other = token_new(id + 1000);
    assert_int_equal(open_at(f, &other, NOW, &found), ERR_NOT_FOUND);
    secret_free(&other);
    secret_free(&token);
}

static void its_use_is_known_to_the_hour(void **state)
{
    struct fixture *f = *state;
    struct principal_stored found;
    struct secret token;
    int64_t id = make(f, &token), hour = NOW - NOW % HOUR;
    assert_int_equal(row_of(f, id).used.s, 0);
    assert_int_equal(open_at(f, &token, hour + 59, &found), OK);
    assert_int_equal(row_of(f, id).used.s, hour);
    assert_int_equal(open_at(f, &token, hour + HOUR - 1, &found), OK);
    assert_int_equal(row_of(f, id).used.s, hour);
    assert_int_equal(open_at(f, &token, hour + HOUR, &found), OK);
    assert_int_equal(row_of(f, id).used.s, hour + HOUR);
    secret_free(&token);
}

static void a_user_has_no_more_than_a_hundred(void **state)
{
    struct fixture *f = *state;
    struct token_add_ask ask = ada();
    struct secret token;
    int64_t id;
    enum status status = OK;
    int n = 0; /* the fixture made one */
    for (; status == OK && n < 2 * STORE_USER_TOKENS_MAX; n++) {
        status = store_token_add(f->st, &ask, (struct instant){NOW}, &id, &token, &f->err);
        if (status == OK)
            secret_free(&token);
    }
    assert_int_equal(status, ERR_FULL);
    assert_int_equal(n, STORE_USER_TOKENS_MAX);
}

static void a_list_may_be_of_one_user(void **state)
{
    struct fixture *f = *state;
    struct user_add_ask bob = {TEXT("acme"), TEXT("bob@example.org"), TEXT("Bob"), TEXT("UTC")};
    struct token_list_ask ask = {.account = TEXT("acme"), .email = TEXT("bob@example.org")};
    struct token_list_answer list;
    assert_int_equal(store_user_add(f->st, &bob, &f->err), OK);
    assert_int_equal(store_token_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 0);
    ask.email = TEXT("ada@example.org");
    assert_int_equal(store_token_list(f->st, &f->a, &ask, &list, &f->err), OK);
    assert_int_equal(list.n_rows, 1);
    ask.email = TEXT("eve@example.org");
    assert_int_equal(store_token_list(f->st, &f->a, &ask, &list, &f->err), ERR_NOT_FOUND);
}

static void things_are_found_with_their_owner_and_only_in_their_account(void **state)
{
    struct fixture *f = *state;
    struct user_stored user;
    int64_t owner = 0;
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ada@example.org"), &user, &f->err),
        OK);
    assert_int_equal(
        store_owner_find(f->st, user.account, STORE_PAGE, 0, TEXT("intro"), &owner, &f->err),
        OK);
    assert_int_equal(owner, user.id);
    owner = 0;
    assert_int_equal(store_owner_find(f->st, user.account, STORE_CONNECTION, f->connection,
                                      (struct text){0}, &owner, &f->err),
                     OK);
    assert_int_equal(owner, user.id);
    assert_int_equal(store_owner_find(f->st, user.account + 1, STORE_CONNECTION, f->connection,
                                      (struct text){0}, &owner, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(store_owner_find(f->st, user.account, STORE_TOKEN, 1, (struct text){0},
                                      &owner, &f->err),
                     OK);
    assert_int_equal(store_owner_find(f->st, user.account, STORE_BOOKING, 1, (struct text){0},
                                      &owner, &f->err),
                     ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_token_opens_until_it_is_revoked),
        FIXTURE_TEST(only_the_token_itself_opens),
        FIXTURE_TEST(its_use_is_known_to_the_hour),
        FIXTURE_TEST(a_user_has_no_more_than_a_hundred),
        FIXTURE_TEST(a_list_may_be_of_one_user),
        FIXTURE_TEST(things_are_found_with_their_owner_and_only_in_their_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
