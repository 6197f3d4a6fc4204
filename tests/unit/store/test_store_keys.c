/* SPDX-License-Identifier: ISC
 *
 * Rotation, policies, the walk that follows them, and another master key: what was written before opens afterwards,
 * nothing is left under an older key, and nothing plain is accepted where it was not allowed.
 */
#include "fixture.h"

#include "crypt/keys.h"
#include "store/walk.h"

static const int64_t slot_start = NOW + DAY;

/* Walk all accounts to the end; returns how many rows were sealed anew. */
static int64_t walk_all(struct fixture *f)
{
    struct store_walk walk = {0};
    int64_t n = 0;
    enum status status;
    while ((status = store_walk_find(f->st, 0, &walk, &f->err)) == OK) {
        for (bool done = false; !done;)
            assert_int_equal(store_walk_step(f->st, &walk, &done, &f->err), OK);
        assert_int_equal(store_walk_end(f->st, &walk, &f->err), OK);
        n += walk.n_sealed;
    }
    assert_int_equal(status, ERR_NOT_FOUND);
    return n;
}

static int64_t plain_values(struct fixture *f)
{
    struct sealed_count *counts;
    size_t n;
    int64_t plain = 0;
    assert_int_equal(store_sealed_list(f->st, &f->a, (struct text){0}, &counts, &n, &f->err),
                     OK);
    for (size_t i = 0; i < n; i++) {
        plain += counts[i].n_plain;
        if (counts[i].n_plain)
            assert_int_equal(counts[i].column->keeping, KEEP_BY_POLICY);
    }
    return plain;
}

static struct key_list_answer keys_of(struct fixture *f)
{
    struct key_list_answer list = {0};
    assert_int_equal(store_key_list(f->st, &f->a, 0, &list, &f->err), OK);
    return list;
}

/* Everything that the fixture and a booking wrote reads as it was given. */
static void assert_readable(struct fixture *f, int64_t booking)
{
    struct customer given = fixture_customer();
    struct booking_stored b = booking_get(f, booking);
    struct connection_stored c;
    struct user_stored user;
    assert_true(text_equal(b.customer.name, given.name));
    assert_true(text_equal(b.customer.email, given.email));
    assert_int_equal(b.customer.n_answers, 2);
    assert_true(text_equal(b.title, TEXT("Marked title")));
    assert_true(text_equal(b.ref.id, TEXT("marked-id")));
    assert_int_equal(store_connection_get(f->st, &f->a, f->connection, &c, &f->err), OK);
    assert_memory_equal(c.server.password.at, "marked-password", 15);
    wire_wipe(server_shape, &c.server);
    assert_int_equal(
        store_user_find(f->st, &f->a, TEXT("acme"), TEXT("ADA@example.org"), &user, &f->err),
        OK); /* by its look-up hash */
}

static void a_rotation_reseals_everything_and_destroys_the_older_key(void **state)
{
    struct fixture *f = *state;
    int64_t before = confirmed_at(f, slot_start);
    struct held keyed = hold_with(f, slot_start + DAY, TEXT("once"), NOW);
    struct key_list_answer was = keys_of(f);
    assert_int_equal(was.n_rows, 1);
    assert_true(was.rows[0].sealed > 20 && was.rows[0].is_newest);

    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    int64_t after = confirmed_at(f, slot_start + HOUR);
    struct key_list_answer both = keys_of(f);
    assert_int_equal(both.n_rows, 2);
    assert_int_equal(both.rows[0].sealed, was.rows[0].sealed);
    assert_true(both.rows[1].sealed > 0 && both.rows[1].is_newest && !both.rows[0].is_newest);
    assert_readable(f, before);
    assert_readable(f, after);

    assert_true(walk_all(f) > 0);
    struct key_list_answer now = keys_of(f);
    assert_int_equal(now.n_rows, 1);
    assert_true(text_equal(now.rows[0].id, both.rows[1].id));
    assert_int_equal(now.rows[0].sealed, both.rows[0].sealed + both.rows[1].sealed);
    for (int i = 0; i < 2; i++) {
        assert_readable(f, before);
        assert_readable(f, after);
        /* No rotation changes a hash: the same request finds the same booking. */
        struct held again = hold_with(f, slot_start + DAY, TEXT("once"), NOW);
        assert_int_equal(again.booking.id, keyed.booking.id);
        assert_false(again.fresh);
        fixture_reopen(f);
    }
}

static void a_walk_that_is_left_is_taken_up(void **state)
{
    struct fixture *f = *state;
    struct store_walk walk;
    bool done;
    int64_t booking = 0;
    for (int i = 0; i < 200; i++)
        booking = confirmed_at(f, slot_start + i * HOUR);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    assert_int_equal(store_walk_find(f->st, 0, &walk, &f->err), OK);
    assert_true(walk.n_rows > 200);
    for (int i = 0; i < 4; i++)
        assert_int_equal(store_walk_step(f->st, &walk, &done, &f->err), OK);
    int64_t n_sealed = walk.n_sealed, n_rows = walk.n_rows;
    assert_true(n_sealed > 0 && n_sealed < 200);
    fixture_reopen(f);
    assert_int_equal(keys_of(f).n_rows, 2);
    assert_int_equal(walk_all(f) + n_sealed, n_rows); /* nothing is done twice */
    assert_int_equal(keys_of(f).n_rows, 1);
    assert_readable(f, booking);
}

static void a_rotation_amid_a_walk_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct store_walk walk;
    bool done = false;
    int64_t booking = confirmed_at(f, slot_start);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    assert_int_equal(store_walk_find(f->st, 0, &walk, &f->err), OK);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    assert_int_equal(store_walk_step(f->st, &walk, &done, &f->err), ERR_CONFLICT);
    assert_int_equal(store_walk_end(f->st, &walk, &f->err), ERR_CONFLICT);
    (void)walk_all(f);
    assert_int_equal(keys_of(f).n_rows, 1);
    assert_readable(f, booking);
}

static void keys_in_use_have_a_limit(void **state)
{
    struct fixture *f = *state;
    for (int i = 1; i < ACCOUNT_KEYS_MAX; i++)
        assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), ERR_FULL);
    fixture_reopen(f);
    (void)walk_all(f);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    assert_int_equal(store_key_rotate(f->st, TEXT("nobody"), &f->err), ERR_NOT_FOUND);
}

static void a_value_that_does_not_open_keeps_its_key(void **state)
{
    struct fixture *f = *state;
    struct store_walk walk;
    bool done = false;
    int64_t booking = confirmed_at(f, slot_start);
    assert_true(raw_run(f, "UPDATE users SET name = email"));
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    assert_int_equal(store_walk_find(f->st, 0, &walk, &f->err), OK);
    while (!done)
        assert_int_equal(store_walk_step(f->st, &walk, &done, &f->err), OK);
    assert_int_equal(walk.n_failed, 1);
    assert_int_equal(store_walk_end(f->st, &walk, &f->err), ERR_SEAL);
    assert_non_null(strstr(f->err.what, "users.name"));
    assert_int_equal(keys_of(f).n_rows, 2);
    assert_true(text_equal(booking_get(f, booking).title, TEXT("Marked title")));
}

/* ---- policies ---- */

/* Make the fixture's account a personal one, before anything of it is read again. */
static void make_personal(struct fixture *f)
{
    assert_true(raw_run(f, "UPDATE accounts SET kind = 1"));
}

static void a_corporate_account_is_never_plain(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(store_policy_set(f->st, TEXT("acme"), true, &f->err), ERR_DENIED);
    assert_non_null(strstr(f->err.what, "corporate"));
    assert_int_equal(store_policy_set(f->st, TEXT("acme"), false, &f->err), OK);
    assert_int_equal(keys_of(f).n_rows, 1); /* it was so already: no key is drawn */
}

static void plain_is_what_follows_the_policy_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    int64_t before = confirmed_at(f, slot_start);
    make_personal(f);
    assert_int_equal(store_policy_set(f->st, TEXT("acme"), true, &f->err), OK);
    int64_t after = confirmed_at(f, slot_start + HOUR);
    assert_int_equal(plain_values(f), 6); /* of one booking; the older one is sealed still */
    assert_readable(f, before);
    assert_readable(f, after);
    (void)walk_all(f);
    assert_int_equal(plain_values(f), 12);
    assert_true(keys_of(f).rows[0].allows_plain);
    assert_readable(f, before);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err), OK);
    (void)walk_all(f);
    assert_int_equal(plain_values(f), 12); /* a rotation keeps the policy */

    assert_int_equal(store_policy_set(f->st, TEXT("acme"), false, &f->err), OK);
    assert_readable(f, before); /* plain still, and still allowed */
    (void)walk_all(f);
    assert_int_equal(plain_values(f), 0);
    fixture_reopen(f);
    assert_readable(f, before);
    assert_readable(f, after);
}

/* Who can write into the database, and has no key, makes nobody accept plain values. */
static void a_plain_value_is_refused_where_none_is_allowed(void **state)
{
    struct fixture *f = *state;
    struct booking_stored b;
    int64_t id = confirmed_at(f, slot_start);
    const char *const forged[] = {
        "UPDATE bookings SET customer_name = CAST(x'00' || 'Forged' AS BLOB)",
        "UPDATE account_keys SET purpose = 1 WHERE purpose = 0",
    };
    const char *const forged_there[] = {
        "UPDATE bookings SET customer_name = '\\x00466f72676564'",
        "UPDATE account_keys SET purpose = 1 WHERE purpose = 0",
    };
    for (size_t i = 0; i < 2; i++) {
        make_personal(f);
        assert_true(raw_run(f, f->server ? forged_there[i] : forged[i]));
        fixture_reopen(f);
        assert_int_equal(store_booking_get(f->st, &f->a, id, &b, &f->err), ERR_SEAL);
    }
}

static void a_credential_is_refused_plain_even_where_plain_is_allowed(void **state)
{
    struct fixture *f = *state;
    struct connection_stored c;
    make_personal(f);
    assert_int_equal(store_policy_set(f->st, TEXT("acme"), true, &f->err), OK);
    assert_true(raw_run(f, f->server ? "UPDATE connections SET password = '\\x00466f72676564'"
                                     : "UPDATE connections SET password ="
                                       " CAST(x'00' || 'Forged' AS BLOB)"));
    assert_int_equal(store_connection_get(f->st, &f->a, f->connection, &c, &f->err), ERR_SEAL);
}

/* After the walk a plain value is refused again, though the account allowed them once. */
static void the_end_of_a_walk_ends_plain_values(void **state)
{
    struct fixture *f = *state;
    struct booking_stored b;
    int64_t id = confirmed_at(f, slot_start);
    make_personal(f);
    assert_int_equal(store_policy_set(f->st, TEXT("acme"), true, &f->err), OK);
    (void)walk_all(f);
    assert_int_equal(store_policy_set(f->st, TEXT("acme"), false, &f->err), OK);
    (void)walk_all(f);
    assert_true(raw_run(f, f->server ? "UPDATE bookings SET event_title = '\\x00466f'"
                                     : "UPDATE bookings SET event_title = x'00466f'"));
    assert_int_equal(store_booking_get(f->st, &f->a, id, &b, &f->err), ERR_SEAL);
}

/* ---- the master key ---- */

static void another_master_key_opens_everything_and_the_older_nothing(void **state)
{
    struct fixture *f = *state;
    struct secret next = secret_new("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", MASTER_KEY_BYTES);
    struct key_rewrap_answer answer;
    struct store *st = NULL;
    struct text older = keys_of(f).master;
    int64_t booking = confirmed_at(f, slot_start);
    assert_int_equal(store_key_rotate(f->st, TEXT("acme"), &f->err),
                     OK); /* two keys, and look-up */
    assert_int_equal(store_key_rewrap(f->st, &next, &f->a, &answer, &f->err), OK);
    assert_true(answer.keys >= 3 && text_equal(answer.older, older));
    assert_true(text_equal(keys_of(f).master, answer.newer));
    assert_readable(f, booking);
    assert_int_equal(store_key_rewrap(f->st, &next, &f->a, &answer, &f->err), ERR_CONFLICT);
    (void)walk_all(f);

    store_close(f->st);
    f->st = NULL;
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 2, &st, &f->err), ERR_SEAL);
    assert_non_null(strstr(f->err.what, "wrong master key"));
    secret_free(&f->master_key);
    f->master_key = next;
    fixture_open(f);
    assert_readable(f, booking);
    assert_readable(f, confirmed_at(f, slot_start + HOUR));
}

static void a_key_that_does_not_open_stops_the_rewrapping_whole(void **state)
{
    struct fixture *f = *state;
    struct secret next = secret_new("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", MASTER_KEY_BYTES);
    struct key_rewrap_answer answer;
    int64_t booking = confirmed_at(f, slot_start);
    assert_true(raw_run(f, "UPDATE account_keys SET purpose = 0 WHERE purpose = 2"));
    assert_int_equal(store_key_rewrap(f->st, &next, &f->a, &answer, &f->err), ERR_SEAL);
    assert_true(raw_run(f, "UPDATE account_keys SET purpose = 2 WHERE id ="
                           " (SELECT min(id) FROM account_keys)"));
    fixture_reopen(f); /* by the key that it had */
    assert_readable(f, booking);
    secret_free(&next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_rotation_reseals_everything_and_destroys_the_older_key),
        FIXTURE_TEST(a_walk_that_is_left_is_taken_up),
        FIXTURE_TEST(a_rotation_amid_a_walk_is_noticed),
        FIXTURE_TEST(keys_in_use_have_a_limit),
        FIXTURE_TEST(a_value_that_does_not_open_keeps_its_key),
        FIXTURE_TEST(a_corporate_account_is_never_plain),
        FIXTURE_TEST(plain_is_what_follows_the_policy_and_nothing_else),
        FIXTURE_TEST(a_plain_value_is_refused_where_none_is_allowed),
        FIXTURE_TEST(a_credential_is_refused_plain_even_where_plain_is_allowed),
        FIXTURE_TEST(the_end_of_a_walk_ends_plain_values),
        FIXTURE_TEST(another_master_key_opens_everything_and_the_older_nothing),
        FIXTURE_TEST(a_key_that_does_not_open_stops_the_rewrapping_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
