/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rig.h"

static struct rig rig;

static int begin(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_pair(&rig);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_done(&rig);
    return 0;
}

static void keeps_what_it_wrote(void **state)
{
    (void)state;
    struct kept kept CLEANUP(kept_done) = {0};
    struct error err;
    struct instant now = {RIG_NOW};
    assert_int_equal(kept_load(&kept, &rig.platform, &err), OK);
    char id[64];
    const struct kept_event *one = kept_event_for(&kept, TEXT("uid-1"), now, now);
    snprintf(id, sizeof id, TEXT_FMT, TEXT_ARG(one->id));
    kept_event_for(&kept, TEXT("uid-2"), now, now);
    kept_outcome_add(&kept, 5, DESK_WRITTEN, kept.written.events[0].id);
    assert_int_equal(kept_store_events(&kept, &err), OK);

    struct kept again CLEANUP(kept_done) = {0};
    assert_int_equal(kept_load(&again, &rig.platform, &err), OK);
    one = kept_event_for(&again, TEXT("uid-1"), now, now);
    assert_true(text_equal(one->id, text_from(id)));
    assert_int_equal(one->id.n, 32);
    assert_true(text_equal(kept_event_of_id(&again, text_from(id))->uid, TEXT("uid-1")));
    assert_true(text_equal(kept_outcome_find(&again, 5)->id, text_from(id)));
    kept_outcome_heard(&again, 5);
    assert_null(kept_outcome_find(&again, 5));
    kept_event_gone(&again, TEXT("uid-1"));
    assert_null(kept_event_of_id(&again, text_from(id)));
}

static void forgets_what_is_long_over(void **state)
{
    (void)state;
    struct kept kept CLEANUP(kept_done) = {0};
    struct error err;
    assert_int_equal(kept_load(&kept, &rig.platform, &err), OK);
    struct instant now = {RIG_NOW}, later = {RIG_NOW + (KEPT_DAYS + 1) * 86400};
    kept_event_for(&kept, TEXT("old"), now, now);
    kept_event_for(&kept, TEXT("new"), later, later);
    assert_int_equal(kept.written.n_events, 1);
    assert_true(text_equal(kept.written.events[0].uid, TEXT("new")));
}

static void takes_no_more_than_it_can_keep(void **state)
{
    (void)state;
    struct kept kept CLEANUP(kept_done) = {0};
    struct error err;
    assert_int_equal(kept_load(&kept, &rig.platform, &err), OK);
    struct instant now = {RIG_NOW};
    struct kept_event *events =
        ARENA_ARRAY(&kept.of_written, KEPT_EVENTS_MAX, struct kept_event);
    for (int i = 0; i < KEPT_EVENTS_MAX; i++)
        events[i] =
            (struct kept_event){.id = TEXT("x"),
                                .uid = text_from(arena_printf(&kept.of_written, "uid-%d", i)),
                                .end = now};
    kept.written.events = events;
    kept.written.n_events = KEPT_EVENTS_MAX;
    assert_null(kept_event_for(&kept, TEXT("one more"), now, now));
    for (int i = 0; i < KEPT_OUTCOMES_MAX + 10; i++)
        kept_outcome_add(&kept, i + 1, DESK_BUSY, TEXT(""));
    assert_int_equal(kept.written.n_outcomes, KEPT_OUTCOMES_MAX);
    assert_null(kept_outcome_find(&kept, 10));
    assert_non_null(kept_outcome_find(&kept, 11));
    assert_int_equal(kept_store_events(&kept, &err), OK);
}

static void begins_anew_where_files_are_damaged(void **state)
{
    (void)state;
    struct error err;
    struct kept kept CLEANUP(kept_done) = {0};
    const struct storage_adapter *storage = &rig.platform.storage;
    assert_int_equal(storage->store(&rig, "journal", TEXT("rubbish"), &err), OK);
    assert_int_equal(storage->store(&rig, "events", TEXT(""), &err), OK);
    assert_int_equal(kept_load(&kept, &rig.platform, &err), OK);
    assert_int_equal(kept.journal.sequence, 0);
    assert_int_equal(kept.written.n_events, 0);
    assert_int_equal(kept.pairing.connection, RIG_CONNECTION);

    kept_done(&kept);
    assert_int_equal(storage->store(&rig, "pairing", TEXT("rubbish"), &err), OK);
    assert_int_equal(kept_load(&kept, &rig.platform, &err), ERR_INVALID);
}

static void forgets_everything(void **state)
{
    (void)state;
    struct error err;
    struct kept kept CLEANUP(kept_done) = {0};
    assert_int_equal(kept_load(&kept, &rig.platform, &err), OK);
    assert_int_equal(kept_store_events(&kept, &err), OK);
    assert_int_equal(kept_store_journal(&kept, &err), OK);
    assert_int_equal(kept_forget(&kept, &err), OK);
    for (int i = 0; i < RIG_FILES; i++)
        assert_false(rig.files[i].is_there);
    assert_false(rig.has_token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_what_it_wrote, begin, end),
        cmocka_unit_test_setup_teardown(forgets_what_is_long_over, begin, end),
        cmocka_unit_test_setup_teardown(takes_no_more_than_it_can_keep, begin, end),
        cmocka_unit_test_setup_teardown(begins_anew_where_files_are_damaged, begin, end),
        cmocka_unit_test_setup_teardown(forgets_everything, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
