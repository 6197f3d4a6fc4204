/* SPDX-License-Identifier: ISC
 *
 * The audit: chains that fit through refused writes, restarts and the end of old rows; events that nobody waits for.
 */
#include "fixture.h"

#include <pthread.h>

#include "os/clock.h"
#include "store/trail.h"

/* Go through all chains; return how many rows fit, and fail where one does not. */
static int64_t verify(struct fixture *f)
{
    struct audit_verify_answer found = {0};
    int64_t n = 0;
    do {
        assert_int_equal(store_audit_verify(f->st, &f->a, found.next, &found, &f->err), OK);
        if (found.what.n)
            fail_msg("row %lld: " TEXT_FMT, (long long)found.row, TEXT_ARG(found.what));
        n += found.rows;
    } while (found.next);
    return n;
}

static bool fits(struct fixture *f)
{
    struct audit_verify_answer found = {0};
    do {
        assert_int_equal(store_audit_verify(f->st, &f->a, found.next, &found, &f->err), OK);
    } while (found.next && !found.what.n);
    return !found.what.n;
}

static int64_t count(struct fixture *f, const char *where)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE %s", where);
    return raw_number(f, sql);
}

static void wait_for(struct fixture *f, const char *where, int64_t n)
{
    int64_t until = clock_ms() + 10 * AUDIT_NOTE_MS;
    while (count(f, where) < n && clock_ms() < until)
        usleep(20000);
    assert_int_equal(count(f, where), n);
}

static struct audit_event read_of(const struct fixture *f, const char *mailbox)
{
    return (struct audit_event){.kind = AUDIT_BUSY,
                                .account = f->page.account,
                                .subject = f->connection,
                                .mailbox = text_from(mailbox)};
}

static struct audit_show_answer show(struct fixture *f, const char *mailbox)
{
    struct audit_show_ask ask = {
        .account = TEXT("acme"), .mailbox = text_from(mailbox), .to = {INT64_MAX}};
    struct audit_show_answer shown;
    assert_int_equal(store_audit_show(f->st, &f->a, &ask, &shown, &f->err), OK);
    return shown;
}

/* ---- the tests ---- */

static void a_change_is_written_with_what_it_changes(void **state)
{
    struct fixture *f = *state;
    int64_t before = verify(f);
    struct user_add_ask bob = {TEXT("acme"), TEXT("bob@example.org"), TEXT("Bob"), TEXT("UTC")};
    assert_true(before >= 5); /* the fixture's */
    store_act_as(AUDIT_BY_HOST, TEXT("ada@example.org"));
    assert_int_equal(store_user_add(f->st, &bob, &f->err), OK);
    store_act_as(AUDIT_BY_SYSTEM, (struct text){0});
    assert_int_equal(verify(f), before + 1);
    struct audit_show_answer shown = show(f, "");
    const struct audit_shown *last = &shown.rows[shown.n_rows - 1];
    assert_int_equal(last->kind, AUDIT_USER_ADDED);
    assert_int_equal(last->actor, AUDIT_BY_HOST);
    assert_true(text_equal(last->name, TEXT("ada@example.org")));
    assert_true(text_equal(last->what, TEXT("bob@example.org")));
    assert_int_equal(store_user_add(f->st, &bob, &f->err), ERR_CONFLICT);
    assert_int_equal(verify(f), before + 1);
}

static void what_was_noted_is_written_soon(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = read_of(f, "eve@example.org");
    for (int i = 0; i < 10; i++)
        store_audit_note(f->st, &event);
    wait_for(f, "kind = 4", 10);
    assert_int_equal(show(f, "EVE@example.org").n_rows, 10);
    assert_int_equal(show(f, "ada@example.org").rows[0].kind, AUDIT_CONNECTION_ADDED);
    (void)verify(f);
}

static void what_was_noted_is_written_before_the_end(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = read_of(f, "eve@example.org");
    for (int i = 0; i < 1200; i++)
        store_audit_note(f->st, &event);
    fixture_reopen(f);
    assert_int_equal(count(f, "kind = 4"), 1200);
    (void)verify(f);
}

static void what_finds_no_room_is_counted(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = read_of(f, "eve@example.org");
    for (int i = 0; i < 3 * AUDIT_WAITING_MAX; i++)
        store_audit_note(f->st, &event);
    fixture_reopen(f);
    int64_t n_lost =
        raw_number(f, "SELECT COALESCE(sum(subject), 0) FROM audit WHERE kind = 2");
    assert_true(n_lost > 0);
    assert_int_equal(count(f, "kind = 4") + n_lost, 3 * AUDIT_WAITING_MAX);
    (void)verify(f);
}

static void a_reopened_chain_goes_on(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = {.kind = AUDIT_STARTED};
    int64_t before = verify(f);
    for (int i = 0; i < 3; i++) {
        fixture_reopen(f);
        assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    }
    struct audit_end end;
    store_audit_end(f->st, &end);
    assert_int_equal(end.row, before + 3);
    assert_int_equal(verify(f), before + 3);
    assert_int_equal(raw_number(f, "SELECT count(*) FROM nodes"), 1);
}

static void each_node_has_its_chain(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = {.kind = AUDIT_STARTED};
    int64_t before = verify(f);
    for (int i = 0; i < 4; i++) {
        store_close(f->st);
        assert_int_equal(store_open(f->path, NULL, &f->master_key, 3, &f->st, &f->err), OK);
        assert_int_equal(store_node_take(f->st, i % 2 ? TEXT("left") : TEXT("right"), &f->err),
                         OK);
        store_start(f->st);
        assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    }
    assert_int_equal(raw_number(f, "SELECT count(*) FROM nodes"), 3);
    assert_int_equal(verify(f), before + 4);
}

static void two_vaults_are_not_one_node(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;
    if (!f->server)
        skip(); /* the file lets no second one in */
    store_close(f->st);
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 1, &f->st, &f->err), OK);
    assert_int_equal(store_node_take(f->st, TEXT("left"), &f->err), OK);
    store_start(f->st);
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 1, &other, &f->err), OK);
    assert_int_equal(store_node_take(other, TEXT("left"), &f->err), ERR_FULL);
    assert_int_equal(store_node_take(other, TEXT("right"), &f->err), OK);
    store_close(other);
}

static void old_rows_end_at_a_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = read_of(f, "eve@example.org");
    int64_t before = verify(f);
    assert_int_equal(store_audit_expire(f->st, (struct instant){NOW - 800 * DAY}, &f->err), OK);
    assert_int_equal(verify(f), before);
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    assert_int_equal(store_audit_expire(f->st, instant_add_s(clock_now(), 10), &f->err), OK);
    assert_int_equal(verify(f), 1); /* the checkpoint */
    fixture_reopen(f);
    for (int i = 0; i < 3; i++)
        assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    assert_int_equal(verify(f), 4);
    assert_true(raw_run(f, "DELETE FROM audit WHERE kind = 0"));
    assert_false(fits(f));
}

static void a_node_that_is_gone_ends_as_well(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = {.kind = AUDIT_STARTED};
    const struct instant later = instant_add_s(clock_now(), 10);
    store_close(f->st);
    assert_int_equal(store_open(f->path, NULL, &f->master_key, 3, &f->st, &f->err), OK);
    assert_int_equal(store_node_take(f->st, TEXT("heir"), &f->err), OK);
    store_start(f->st);
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    for (int i = 0; i < 3; i++) { /* its checkpoint ends too, and is written again */
        assert_int_equal(store_audit_expire(f->st, later, &f->err), OK);
        assert_int_equal(verify(f), 2);
    }
    fixture_reopen(f); /* the first node comes back and goes on where it was */
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    assert_int_equal(verify(f), 3);
}

static void an_erased_account_leaves_its_chain_whole(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = read_of(f, "eve@example.org");
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    int64_t before = verify(f);
    assert_true(raw_run(f, "DELETE FROM audit_keys"));
    assert_int_equal(verify(f), before);
    assert_int_equal(show(f, "eve@example.org").n_rows, 0);
    assert_int_equal(show(f, "").n_rows, before);
    event.account = 4711; /* one that is gone */
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    assert_int_equal(verify(f), before + 1);
    assert_int_equal(count(f, "account = 4711 AND length(details) = 0"), 1);
}

/* One thread notes while another makes changes, some of which are refused. */
static void *note_many(void *at)
{
    struct fixture *f = at;
    struct audit_event event = read_of(f, "eve@example.org");
    for (int i = 0; i < 500; i++)
        store_audit_note(f->st, &event);
    return NULL;
}

static void chains_fit_through_crowds_and_refusals(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, note_many, f), 0);
    for (int i = 0; i < 60; i++) {
        char email[32];
        snprintf(email, sizeof email, "u%d@example.org", i / 2);
        struct user_add_ask user = {TEXT("acme"), text_from(email), TEXT("U"), TEXT("UTC")};
        assert_int_equal(store_user_add(f->st, &user, NULL), i % 2 ? ERR_CONFLICT : OK);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    fixture_reopen(f);
    assert_int_equal(count(f, "kind = 4"), 2000);
    assert_int_equal(count(f, "kind = 23"), 31);
    (void)verify(f);
}

/* A write that adds a row, and an audit key with it, and is refused then. */
static enum status add_and_refuse(struct db *db, void *arg)
{
    TRY(audit_add(db, arg));
    TRY(audit_add(db, arg));
    return error_set(db->err, ERR_CONFLICT, "test", "refused");
}

static void a_refused_write_takes_its_rows_back(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = read_of(f, "eve@example.org");
    int64_t before = verify(f);
    assert_true(raw_run(f, "DELETE FROM audit_keys"));
    fixture_reopen(f);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(store_write(f->st, add_and_refuse, &event, &f->err), ERR_CONFLICT);
        assert_int_equal(verify(f), before + i);
        assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    }
    assert_int_equal(verify(f), before + 3);
    assert_int_equal(count(f, "kind = 4"), 3);
    assert_int_equal(show(f, "eve@example.org").n_rows, 3);
}

static void a_text_that_is_not_clean_holds_nothing_up(void **state)
{
    struct fixture *f = *state;
    struct audit_event bad = read_of(f, "eve\xff@example.org"),
                       good = read_of(f, "eve@e.example");
    store_audit_note(f->st, &bad);
    store_audit_note(f->st, &good);
    wait_for(f, "kind = 4", 2);
    assert_int_equal(count(f, "kind = 4 AND length(details) = 0"), 1);
    (void)verify(f);
}

static void what_the_log_says_is_compared(void **state)
{
    struct fixture *f = *state;
    struct audit_event event = {.kind = AUDIT_STARTED};
    struct audit_verify_answer found = {0};
    struct audit_end end;
    assert_int_equal(store_audit_add(f->st, &event, &f->err), OK);
    store_audit_end(f->st, &end);
    struct audit_head head = {text_from(end.node), end.row, hash_text(&end.hash)};
    assert_int_equal(store_audit_compare(f->st, &head, 1, &found, &f->err), OK);
    assert_int_equal(found.what.n, 0);
    struct audit_head heads[] = {head, head, head};
    heads[0].row--, heads[1].row++, heads[2].node = TEXT("stranger");
    for (int i = 0; i < 3; i++) {
        found = (struct audit_verify_answer){0};
        assert_int_equal(store_audit_compare(f->st, &heads[i], 1, &found, &f->err), OK);
        assert_true(found.what.n > 0);
    }
    assert_int_equal(store_audit_expire(f->st, instant_add_s(clock_now(), 10), &f->err), OK);
    found = (struct audit_verify_answer){0};
    assert_int_equal(store_audit_compare(f->st, &head, 1, &found, &f->err), OK);
    assert_int_equal(found.what.n, 0); /* it ended, as it should */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_change_is_written_with_what_it_changes),
        FIXTURE_TEST(what_was_noted_is_written_soon),
        FIXTURE_TEST(what_was_noted_is_written_before_the_end),
        FIXTURE_TEST(what_finds_no_room_is_counted),
        FIXTURE_TEST(a_reopened_chain_goes_on),
        FIXTURE_TEST(each_node_has_its_chain),
        FIXTURE_TEST(two_vaults_are_not_one_node),
        FIXTURE_TEST(old_rows_end_at_a_checkpoint),
        FIXTURE_TEST(a_node_that_is_gone_ends_as_well),
        FIXTURE_TEST(an_erased_account_leaves_its_chain_whole),
        FIXTURE_TEST(chains_fit_through_crowds_and_refusals),
        FIXTURE_TEST(a_refused_write_takes_its_rows_back),
        FIXTURE_TEST(a_text_that_is_not_clean_holds_nothing_up),
        FIXTURE_TEST(what_the_log_says_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
