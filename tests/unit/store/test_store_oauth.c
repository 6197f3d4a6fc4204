/* SPDX-License-Identifier: ISC
 *
 * Registrations, people on their way to a provider, refresh tokens that are good once, and who is known by whom.
 */
#include "fixture.h"

static const struct instant now = {NOW};

static struct registration registration(const char *name, const char *client)
{
    return (struct registration){.name = text_from(name),
                                 .label = TEXT("Label"),
                                 .kind = CALENDAR_GRAPH,
                                 .client_id = text_from(client),
                                 .secret = secret_new("marked-secret", 13),
                                 .authorize = {TEXT("login.example"), 443, TEXT("/a")}};
}

static void put(struct fixture *f, const char *name, const char *client)
{
    struct registration r = registration(name, client);
    assert_int_equal(store_registration_put(f->st, &r, &f->err), OK);
    secret_free(&r.secret);
}

static void registrations_are_found_by_name_and_by_client(void **state)
{
    struct fixture *f = *state;
    struct registration found, *list;
    size_t n = 0;
    put(f, "microsoft", "one");
    put(f, "google", "two");
    put(f, "google", "three"); /* instead */
    assert_int_equal(store_registration_list(f->st, &f->a, &list, &n, &f->err), OK);
    assert_true(n == 2 && text_equal(list[0].name, TEXT("google")) && !list[0].secret.n);
    assert_int_equal(
        store_registration_get(f->st, &f->a, (struct text){0}, TEXT("three"), &found, &f->err),
        OK);
    assert_true(text_equal(found.name, TEXT("google")) && found.secret.n == 13);
    wire_wipe(registration_shape, &found);
    assert_int_equal(
        store_registration_get(f->st, &f->a, (struct text){0}, TEXT("two"), &found, &f->err),
        ERR_NOT_FOUND);
    assert_int_equal(store_registration_get(f->st, &f->a, (struct text){0}, (struct text){0},
                                            &found, &f->err),
                     ERR_NOT_FOUND);
    assert_int_equal(store_registration_remove(f->st, TEXT("google"), &f->err), OK);
    assert_int_equal(store_registration_remove(f->st, TEXT("google"), &f->err), ERR_NOT_FOUND);
}

static void registrations_have_a_maximum(void **state)
{
    struct fixture *f = *state;
    char name[16];
    for (int i = 0; i < MAX_REGISTRATIONS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        put(f, name, name);
    }
    struct registration more = registration("more", "more");
    assert_int_equal(store_registration_put(f->st, &more, &f->err), ERR_FULL);
    secret_free(&more.secret);
}

/* ---- refresh tokens ---- */

static void let_in(struct fixture *f, const char *refresh)
{
    struct server server = {.host = TEXT("graph.example"),
                            .port = 443,
                            .path = TEXT("/"),
                            .method = AUTH_OAUTH,
                            .user = TEXT("ada@example.org"),
                            .mailbox = TEXT("ada@example.org"),
                            .password = secret_new(refresh, strlen(refresh))};
    assert_int_equal(store_connection_move(f->st, f->connection, &server, &f->err), OK);
    secret_free(&server.password);
}

static void keep(struct fixture *f, const char *used, const char *next)
{
    struct secret one = secret_new(used, strlen(used)), other = {0};
    if (*next)
        other = secret_new(next, strlen(next));
    assert_int_equal(store_grant_keep(f->st, f->connection, &one, &other, &f->err), OK);
    secret_free(&one);
    secret_free(&other);
}

static void claims(struct fixture *f, int64_t at, const char *expected)
{
    struct secret refresh = {0};
    assert_int_equal(
        store_grant_claim(f->st, f->connection, (struct instant){at}, &refresh, &f->err), OK);
    assert_true(refresh.n == strlen(expected) && !memcmp(refresh.at, expected, refresh.n));
    secret_free(&refresh);
}

static void is_in_use(struct fixture *f, int64_t at)
{
    struct secret refresh = {0};
    assert_int_equal(
        store_grant_claim(f->st, f->connection, (struct instant){at}, &refresh, &f->err),
        ERR_FULL);
    assert_int_equal(refresh.n, 0);
}

static void a_refresh_token_is_used_by_one_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct secret refresh = {0};
    assert_int_equal(store_grant_claim(f->st, f->connection, now, &refresh, &f->err),
                     ERR_NOT_FOUND); /* a password is none */
    let_in(f, "first");
    claims(f, NOW, "first");
    is_in_use(f, NOW);
    is_in_use(f, NOW + GRANT_CLAIM_S - 1);
    keep(f, "first", "second");
    claims(f, NOW + 1, "second");
    keep(f, "second", ""); /* it goes on */
    claims(f, NOW + 2, "second");
    claims(f, NOW + 2 + GRANT_CLAIM_S, "second"); /* whoever had it is gone */
}

static void what_was_let_in_anew_meanwhile_stays(void **state)
{
    struct fixture *f = *state;
    let_in(f, "first");
    claims(f, NOW, "first");
    let_in(f, "anew");
    keep(f, "first", "second");
    claims(f, NOW + 1, "anew");
}

static void grants_of_an_account_are_found_one_after_the_other(void **state)
{
    struct fixture *f = *state;
    struct connection_stored c;
    struct arena a CLEANUP(arena_done) = {0};
    int64_t found = 0;
    assert_int_equal(store_connection_get(f->st, &a, f->connection, &c, &f->err), OK);
    wire_wipe(server_shape, &c.server);
    assert_int_equal(store_grant_next(f->st, c.account, 0, &found, &f->err), ERR_NOT_FOUND);
    let_in(f, "first");
    assert_int_equal(store_grant_next(f->st, c.account, 0, &found, &f->err), OK);
    assert_int_equal(found, f->connection);
    assert_int_equal(store_grant_next(f->st, c.account, found, &found, &f->err), ERR_NOT_FOUND);
    assert_int_equal(store_grant_next(f->st, c.account + 1, 0, &found, &f->err), ERR_NOT_FOUND);
}

/* ---- people on their way ---- */

static struct secret sign_flow(struct fixture *f, int64_t account, struct secret *ret_cookie)
{
    struct sso_flow flow = {.account = TEXT("acme"), .issuer = TEXT("https://login.example")};
    struct secret state;
    assert_int_equal(
        store_sign_flow_add(f->st, account, &flow, now, &state, ret_cookie, &f->err), OK);
    return state;
}

static enum status take(struct fixture *f, const struct secret *state,
                        const struct secret *cookie, int64_t at)
{
    struct sso_flow flow = {0};
    int64_t account = 0;
    return store_sign_flow_take(f->st, &f->a, state, cookie, (struct instant){at}, &account,
                                &flow, &f->err);
}

static void a_sign_in_is_good_once_and_with_its_cookie(void **state)
{
    struct fixture *f = *state;
    struct user_stored ada;
    struct secret cookie, other;
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ada@example.org"), &ada, &f->err),
        OK);
    struct secret one = sign_flow(f, ada.account, &cookie);
    struct secret two = sign_flow(f, ada.account, &other);
    struct secret none = {0};
    assert_int_equal(take(f, &one, &none, NOW), ERR_NOT_FOUND);
    assert_int_equal(take(f, &one, &other, NOW), ERR_NOT_FOUND);
    assert_int_equal(take(f, &cookie, &one, NOW), ERR_NOT_FOUND);
    assert_int_equal(take(f, &one, &cookie, NOW), OK);
    assert_int_equal(take(f, &one, &cookie, NOW), ERR_NOT_FOUND);
    assert_int_equal(take(f, &two, &other, NOW + OAUTH_FLOW_S), ERR_NOT_FOUND);
    secret_free(&one);
    secret_free(&two);
    secret_free(&cookie);
    secret_free(&other);
}

/* ---- who is known ---- */

struct case_of {
    const char *subject, *email;
    bool verified;
    enum status status;
};

static void subjects_decide_and_addresses_link_once(void **state)
{
    struct fixture *f = *state;
    struct domain domains[] = {{TEXT("example.org")}};
    struct identity_provider provider = {.issuer = TEXT("https://login.example"),
                                         .domains = domains,
                                         .n_domains = 1,
                                         .zone = TEXT("UTC")};
    static const struct case_of cases[] = {
        {"s1", "ada@example.org", false, ERR_DENIED},    /* not vouched for */
        {"s1", "ada@sub.example.org", true, ERR_DENIED}, /* another domain */
        {"s1", "nobody@example.org", true, ERR_DENIED},  /* no user, and nobody joins */
        {"s1", "ADA@Example.ORG", true, OK},             /* linked */
        {"s1", "other@elsewhere.example", false, OK},    /* the address counts no more */
        {"S1", "ada@example.org", true, ERR_DENIED},     /* another subject */
        {"s2", "ada@example.org", true, ERR_DENIED},
    };
    struct user_stored ada;
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ada@example.org"), &ada, &f->err),
        OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct secret token = {0};
        struct sso_exchange_answer person = {.subject = text_from(cases[i].subject),
                                             .email = text_from(cases[i].email),
                                             .verified = cases[i].verified};
        assert_int_equal(store_sso_begin(f->st, ada.account, TEXT("acme"), &provider, &person,
                                         now, &token, &f->err),
                         cases[i].status);
        struct principal_stored whose = {0};
        if (cases[i].status == OK) {
            assert_int_equal(store_session_open(f->st, &f->a, &token, now, &whose, &f->err),
                             OK);
            assert_true(whose.user == ada.id && whose.means == MEANS_PROVIDER);
        }
        secret_free(&token);
    }
    provider.issuer = TEXT("https://other.example"); /* its s1 is somebody else */
    struct secret token = {0};
    struct sso_exchange_answer person = {.subject = TEXT("s1"),
                                         .email = TEXT("ada@example.org")};
    assert_int_equal(store_sso_begin(f->st, ada.account, TEXT("acme"), &provider, &person, now,
                                     &token, &f->err),
                     ERR_DENIED);
}

static void colleagues_join_with_the_role_that_is_given(void **state)
{
    struct fixture *f = *state;
    struct domain domains[] = {{TEXT("example.org")}};
    const struct identity_provider provider = {.issuer = TEXT("https://login.example"),
                                               .domains = domains,
                                               .n_domains = 1,
                                               .joins = true,
                                               .role = USER_ADMINISTRATOR,
                                               .zone = TEXT("Europe/Zurich")};
    const struct sso_exchange_answer person = {.subject = TEXT("new"),
                                               .email = TEXT("new@example.org"),
                                               .verified = true,
                                               .name = TEXT("New One"),
                                               .proved = {NOW - 3000}};
    struct user_stored user;
    struct secret token = {0};
    struct principal_stored whose;
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ada@example.org"), &user, &f->err),
        OK);
    assert_int_equal(store_sso_begin(f->st, user.account, TEXT("acme"), &provider, &person, now,
                                     &token, &f->err),
                     OK);
    assert_int_equal(store_session_open(f->st, &f->a, &token, now, &whose, &f->err), OK);
    assert_true(whose.role == USER_ADMINISTRATOR && whose.proved.s == NOW - 3000);
    secret_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(registrations_are_found_by_name_and_by_client),
        FIXTURE_TEST(registrations_have_a_maximum),
        FIXTURE_TEST(a_refresh_token_is_used_by_one_at_a_time),
        FIXTURE_TEST(what_was_let_in_anew_meanwhile_stays),
        FIXTURE_TEST(grants_of_an_account_are_found_one_after_the_other),
        FIXTURE_TEST(a_sign_in_is_good_once_and_with_its_cookie),
        FIXTURE_TEST(subjects_decide_and_addresses_link_once),
        FIXTURE_TEST(colleagues_join_with_the_role_that_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
