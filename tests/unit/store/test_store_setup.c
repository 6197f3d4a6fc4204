/* SPDX-License-Identifier: ISC
 *
 * An installation's first steps, and what belongs to all of it.
 */
#include "fixture.h"

#include "store/setup.h"

static const struct instant now = {NOW};

/* A database in which nobody is yet, beside the fixture's, which is set up. */
static struct store *open_fresh(struct fixture *f)
{
    char path[512];
    struct store *st = NULL;
    snprintf(path, sizeof path, "%s/fresh.db", f->directory);
    assert_int_equal(store_open(path, NULL, &f->master_key, 2, &st, &f->err), OK);
    store_start(st);
    return st;
}

static struct secret link_at(struct fixture *f, struct store *st, int64_t at)
{
    struct secret link;
    struct instant expires;
    assert_int_equal(store_setup_link(st, (struct instant){at}, &link, &expires, &f->err), OK);
    assert_int_equal(expires.s, at + SETUP_LINK_S);
    return link;
}

static struct setup_begin_ask first(const struct secret *link)
{
    return (struct setup_begin_ask){
        .link = *link,
        .account = {.slug = TEXT("first"), .name = TEXT("First")},
        .user = {.email = TEXT("eva@example.org"),
                 .name = TEXT("Eva"),
                 .zone = TEXT("Europe/Zurich")},
    };
}

static enum status begin_at(struct fixture *f, struct store *st, const struct secret *link,
                            int64_t at, struct secret *ret_token)
{
    struct setup_begin_ask ask = first(link);
    struct secret stored = secret_new("stored", 6);
    enum status status =
        store_setup_begin(st, &ask, &stored, (struct instant){at}, ret_token, &f->err);
    secret_free(&stored);
    return status;
}

static enum setup_stage stage_at(struct fixture *f, struct store *st, const struct secret *link,
                                 const struct secret *session, int64_t at, bool *ret_is_good)
{
    enum setup_stage stage;
    struct secret none = {0};
    assert_int_equal(store_setup_show(st, link ? link : &none, session ? session : &none,
                                      (struct instant){at}, &stage, ret_is_good, &f->err),
                     OK);
    return stage;
}

static void a_link_makes_the_first_account_once(void **state)
{
    struct fixture *f = *state;
    struct store *st = open_fresh(f);
    struct secret older = link_at(f, st, NOW), link = link_at(f, st, NOW), session = {0};
    bool is_good = true;
    assert_int_equal(stage_at(f, st, &older, NULL, NOW, &is_good), SETUP_WAITS);
    assert_false(is_good);
    assert_int_equal(stage_at(f, st, &link, NULL, NOW, &is_good), SETUP_WAITS);
    assert_true(is_good);
    (void)stage_at(f, st, &link, NULL, NOW + SETUP_LINK_S, &is_good);
    assert_false(is_good);
    assert_int_equal(begin_at(f, st, &older, NOW, &session), ERR_NOT_FOUND);
    assert_int_equal(begin_at(f, st, &link, NOW + SETUP_LINK_S, &session), ERR_NOT_FOUND);
    assert_int_equal(begin_at(f, st, &link, NOW + 1, &session), OK);
    assert_int_equal(stage_at(f, st, NULL, &session, NOW + 2, &is_good), SETUP_GOES_ON);
    assert_true(is_good);
    (void)stage_at(f, st, &link, &link, NOW + 2, &is_good);
    assert_false(is_good);
    struct secret again = {0};
    assert_int_equal(begin_at(f, st, &link, NOW + 2, &again), ERR_NOT_FOUND);
    struct instant expires;
    assert_int_equal(store_setup_link(st, now, &again, &expires, &f->err), ERR_CONFLICT);
    secret_free(&older);
    secret_free(&link);
    secret_free(&session);
    store_close(st);
}

static void the_owner_ends_it_or_the_hour(void **state)
{
    struct fixture *f = *state;
    struct store *st = open_fresh(f);
    struct secret link = link_at(f, st, NOW), session = {0};
    struct text email, location;
    bool is_good;
    assert_int_equal(begin_at(f, st, &link, NOW, &session), OK);
    assert_int_equal(store_setup_owner(st, &f->a, &session, now, &email, &f->err), OK);
    assert_true(text_equal(email, TEXT("eva@example.org")));
    assert_int_equal(store_setup_owner(st, &f->a, &session, (struct instant){NOW + SETUP_END_S},
                                       &email, &f->err),
                     ERR_NOT_FOUND);
    struct setup_end_ask end = {.session = session, .location = TEXT("Bern")};
    assert_int_equal(store_setup_end(st, &end, now, &f->err), OK);
    assert_int_equal(store_location_get(st, &f->a, &location, &f->err), OK);
    assert_true(text_equal(location, TEXT("Bern")));
    assert_int_equal(store_setup_end(st, &end, now, &f->err), ERR_NOT_FOUND);
    assert_int_equal(stage_at(f, st, NULL, &session, NOW, &is_good), SETUP_DONE);
    secret_free(&link);
    secret_free(&session);
    store_close(st);
}

static void the_mail_server_is_sealed_and_outlives_the_master_key(void **state)
{
    struct fixture *f = *state;
    struct mail_server found, server = {.security = MAIL_STARTTLS,
                                        .host = TEXT("mail.example.org"),
                                        .port = 587,
                                        .user = TEXT("marked-user"),
                                        .password = secret_new("marked-password", 15),
                                        .from = TEXT("booking@example.org")};
    assert_int_equal(store_mail_server_get(f->st, &f->a, &found, &f->err), ERR_NOT_FOUND);
    for (int i = 0; i < 2; i++) { /* the second time the key is there */
        assert_int_equal(store_mail_server_set(f->st, &server, &f->err), OK);
        assert_int_equal(store_mail_server_get(f->st, &f->a, &found, &f->err), OK);
        assert_true(secret_equal(&found.password, &server.password) && found.port == 587);
        wire_wipe(mail_server_shape, &found);
    }
    struct key_rewrap_answer answer;
    struct secret next = secret_new("another master key of 32 bytes..", 32);
    assert_int_equal(store_key_rewrap(f->st, &next, &f->a, &answer, &f->err), OK);
    secret_free(&f->master_key);
    f->master_key = next;
    fixture_reopen(f);
    assert_int_equal(store_mail_server_get(f->st, &f->a, &found, &f->err), OK);
    assert_true(text_equal(found.host, server.host));
    wire_wipe(mail_server_shape, &found);
    secret_free(&server.password);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_link_makes_the_first_account_once),
        FIXTURE_TEST(the_owner_ends_it_or_the_hour),
        FIXTURE_TEST(the_mail_server_is_sealed_and_outlives_the_master_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
