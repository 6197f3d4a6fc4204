/* SPDX-License-Identifier: ISC
 *
 * An account's colour and logo: told with its pages, handed out by the mark of the very picture, gone with the account.
 */
#include "fixture.h"

static enum status set(struct fixture *f, struct account_look_ask ask, const char *mark)
{
    ask.account = TEXT("acme");
    return store_account_look_set(f->st, &ask, text_from(mark), &f->err);
}

static struct page_look look_of(struct fixture *f)
{
    struct page_stored page;
    assert_int_equal(store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &page, &f->err),
                     OK);
    return page.page.look;
}

static enum status logo(struct fixture *f, const char *account, const char *mark,
                        struct logo_answer *found)
{
    struct logo_ask ask = {text_from(account), text_from(mark)};
    return store_logo_find(f->st, &f->a, &ask, found, &f->err);
}

static const struct account_look_ask both = {.accent = {"8b1e3f", 6},
                                             .kind = IMAGE_WEBP,
                                             .width = 300,
                                             .height = 80,
                                             .logo = {"RI\0FF", 5}};

static void a_page_tells_its_accounts_look(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(look_of(f).accent.n, 0);
    assert_int_equal(look_of(f).logo.n, 0);
    assert_int_equal(set(f, both, "00112233"), OK);
    assert_true(text_equal(look_of(f).accent, TEXT("8b1e3f")));
    assert_true(text_equal(look_of(f).logo, TEXT("00112233")));
    assert_true(look_of(f).width == 300 && look_of(f).height == 80);
}

static void a_logo_is_found_by_its_mark_alone(void **state)
{
    struct fixture *f = *state;
    struct logo_answer found;
    assert_int_equal(set(f, both, "00112233"), OK);
    assert_int_equal(logo(f, "acme", "00112233", &found), OK);
    assert_int_equal(found.kind, IMAGE_WEBP);
    assert_true(text_equal(found.logo, both.logo));
    assert_int_equal(logo(f, "acme", "00112234", &found), ERR_NOT_FOUND);
    assert_int_equal(logo(f, "other", "00112233", &found), ERR_NOT_FOUND);
}

static void what_is_kept_stays(void **state)
{
    struct fixture *f = *state;
    struct logo_answer found;
    assert_int_equal(set(f, both, "00112233"), OK);
    assert_int_equal(set(f, (struct account_look_ask){.keeps_logo = true}, ""), OK);
    assert_int_equal(look_of(f).accent.n, 0);
    assert_int_equal(logo(f, "acme", "00112233", &found), OK);
    assert_int_equal(set(f, (struct account_look_ask){.accent = TEXT("000000")}, ""), OK);
    assert_int_equal(set(f, (struct account_look_ask){.keeps_accent = true}, ""), OK);
    assert_true(text_equal(look_of(f).accent, TEXT("000000")));
    assert_int_equal(look_of(f).width, 0);
    assert_int_equal(logo(f, "acme", "00112233", &found), ERR_NOT_FOUND);
    assert_int_equal(logo(f, "acme", "", &found), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_page_tells_its_accounts_look),
        FIXTURE_TEST(a_logo_is_found_by_its_mark_alone),
        FIXTURE_TEST(what_is_kept_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
