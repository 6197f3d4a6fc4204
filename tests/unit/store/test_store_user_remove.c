/* SPDX-License-Identifier: ISC
 *
 * Removing a user: refused while something is to come, or handed over; past bookings stay without a name.
 */
#include "fixture.h"

#include "store/erasure.h"

static const struct instant now = {NOW};

static void add_bob(struct fixture *f)
{
    struct user_add_ask user = {TEXT("acme"), TEXT("bob@example.org"), TEXT("Bob"),
                                TEXT("UTC")};
    struct user_role_ask role = {TEXT("acme"), TEXT("bob@example.org"), USER_OWNER};
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(store_user_role_set(f->st, &role, &f->err), OK);
}

static enum status remove_ada(struct fixture *f, const char *heir,
                              struct user_remove_answer *counts)
{
    struct user_remove_ask ask = {.account = TEXT("acme"),
                                  .email = TEXT("ada@example.org"),
                                  .hand_over_to = text_from(heir)};
    struct erasure_open open;
    f->err = (struct error){0};
    return store_user_remove(f->st, &ask, now, counts, &open, &f->err);
}

static int64_t id_of(struct fixture *f, const char *email)
{
    struct user_stored user;
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), text_from(email), &user, &f->err), OK);
    return user.id;
}

static void pages_and_bookings_keep_a_user(void **state)
{
    struct fixture *f = *state;
    struct user_remove_answer counts;
    add_bob(f);
    (void)confirmed_at(f, NOW + DAY);
    assert_int_equal(remove_ada(f, "", &counts), ERR_CONFLICT);
    assert_non_null(strstr(f->err.what, "1 pages and 1 future bookings"));
    assert_non_null(strstr(f->err.what, "--hand-over-to"));
    assert_int_equal(remove_ada(f, "nobody@example.org", &counts), ERR_NOT_FOUND);
    assert_int_equal(remove_ada(f, "ada@example.org", &counts), ERR_INVALID);
    (void)id_of(f, "ada@example.org");
}

static void what_is_to_come_is_handed_over(void **state)
{
    struct fixture *f = *state;
    struct user_remove_answer counts;
    struct user_stored gone;
    struct page_stored page;
    struct attention_list_ask ask = {.account = TEXT("acme")};
    struct attention_list_answer notices;
    add_bob(f);
    int64_t past = confirmed_at(f, NOW - 5 * DAY), comes = confirmed_at(f, NOW + DAY);
    assert_int_equal(remove_ada(f, "bob@example.org", &counts), OK);
    assert_true(counts.pages == 1 && counts.coming == 1 && counts.connections == 1);
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ada@example.org"), &gone, &f->err),
        ERR_NOT_FOUND);
    int64_t bob = id_of(f, "bob@example.org");
    assert_int_equal(store_page_find(f->st, &f->a, TEXT("acme"), TEXT("intro"), &page, &f->err),
                     OK);
    assert_true(page.host == bob && page.connection == 0);
    struct booking_stored b = booking_get(f, comes);
    assert_true(b.host == bob && b.left_behind && b.connection == 0);
    assert_true(booking_get(f, past).host != bob);
    assert_int_equal(store_attention_list(f->st, &f->a, &ask, &notices, &f->err), OK);
    assert_int_equal(notices.n_rows, 1);
    assert_true(notices.rows[0].kind == ATTENTION_HANDED_OVER &&
                text_equal(notices.rows[0].host, TEXT("bob@example.org")));
    /* The time is bob's now. */
    f->page = page;
    assert_int_equal(hold_at(f, NOW + DAY).status, ERR_CONFLICT);
    struct user_list_ask all = {.account = TEXT("acme")};
    struct user_list_answer users;
    assert_int_equal(store_user_list(f->st, &f->a, &all, &users, &f->err), OK);
    assert_int_equal(users.n_rows, 1);
    /* The address is free again. */
    struct user_add_ask again = {TEXT("acme"), TEXT("ada@example.org"), TEXT("Ada"),
                                 TEXT("UTC")};
    assert_int_equal(store_user_add(f->st, &again, &f->err), OK);
}

static void taken_time_is_not_handed_over(void **state)
{
    struct fixture *f = *state;
    struct user_remove_answer counts;
    struct page_put_ask page = fixture_page();
    struct page_stored of_ada = f->page;
    add_bob(f);
    (void)confirmed_at(f, NOW + DAY);
    page.email = TEXT("bob@example.org");
    page.page = TEXT("other");
    assert_int_equal(store_page_put(f->st, &page, &f->err), OK);
    assert_int_equal(
        store_page_find(f->st, &f->a, TEXT("acme"), TEXT("other"), &f->page, &f->err), OK);
    assert_int_equal(hold_at(f, NOW + DAY + 600).status, OK);
    f->page = of_ada;
    assert_int_equal(remove_ada(f, "bob@example.org", &counts), ERR_CONFLICT);
    assert_non_null(strstr(f->err.what, "another booking at the time"));
    (void)id_of(f, "ada@example.org");
    assert_int_equal(raw_number(f, "SELECT count(*) FROM connections"),
                     1); /* nothing by half */
    assert_int_equal(hold_at(f, NOW + DAY).status, ERR_CONFLICT);
}

static void a_user_without_anything_goes_with_their_name(void **state)
{
    struct fixture *f = *state;
    struct user_remove_answer counts;
    struct erasure e;
    add_bob(f);
    assert_int_equal(store_page_remove(f->st,
                                       &(struct page_remove_ask){TEXT("acme"), TEXT("intro")},
                                       (struct instant){0}, &(int64_t){0}, &f->err),
                     OK);
    assert_int_equal(remove_ada(f, "", &counts), OK);
    assert_int_equal(store_erasure_get(f->st, &f->a, 1, &e, &f->err), OK);
    assert_true(e.kind == ERASURE_USER && e.subject.n == 64);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM connections"), 0);
    bool more = true;
    while (more)
        assert_int_equal(store_erasure_rows(f->st, 1, &more, &f->err), OK);
}

static void the_last_owner_stays(void **state)
{
    struct fixture *f = *state;
    struct user_remove_answer counts;
    struct user_add_ask user = {TEXT("acme"), TEXT("bob@example.org"), TEXT("Bob"),
                                TEXT("UTC")};
    assert_int_equal(store_user_add(f->st, &user, &f->err), OK);
    assert_int_equal(remove_ada(f, "bob@example.org", &counts), ERR_CONFLICT);
    assert_non_null(strstr(f->err.what, "last owner"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(pages_and_bookings_keep_a_user),
        FIXTURE_TEST(what_is_to_come_is_handed_over),
        FIXTURE_TEST(taken_time_is_not_handed_over),
        FIXTURE_TEST(a_user_without_anything_goes_with_their_name),
        FIXTURE_TEST(the_last_owner_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
