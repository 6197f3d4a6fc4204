/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rig.h"

static struct rig rig;

static int begin(void **state)
{
    (void)state;
    rig_init(&rig);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_done(&rig);
    return 0;
}

static enum status pair(const char *url, int64_t connection, const char *token)
{
    struct error err;
    struct secret secret CLEANUP(secret_free) = secret_new(token, strlen(token));
    return connector_pair(&rig.platform, text_from(url), connection, &secret, &err);
}

static void what_cannot_be_right_is_not_sent(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "",
        "hourgate.example",
        "http://hourgate.example",
        "https://",
        "https:///x",
        "https://user@h.example",
        "ftp://h.example",
        "https://h.example/?x",
        "https://h.example/a b",
        "http://localhost.example",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(pair(urls[i], RIG_CONNECTION, RIG_TOKEN), ERR_INVALID);
    assert_int_equal(pair(RIG_URL, 0, RIG_TOKEN), ERR_INVALID);
    assert_int_equal(pair(RIG_URL, RIG_CONNECTION, "short"), ERR_INVALID);
    assert_int_equal(pair(RIG_URL, RIG_CONNECTION, RIG_TOKEN "A"), ERR_INVALID);
    assert_int_equal(rig.sent_bytes, 0);
}

static void a_refused_pairing_leaves_nothing(void **state)
{
    (void)state;
    rig.code = 401;
    assert_int_equal(pair(RIG_URL, RIG_CONNECTION, RIG_TOKEN), ERR_AUTH);
    assert_false(rig.has_token);
    for (int i = 0; i < RIG_FILES; i++)
        assert_false(rig.files[i].is_there);
}

static void unpairing_erases_both_ends(void **state)
{
    (void)state;
    struct error err;
    bool told;
    rig_event(&rig, RIG_NOW + 60, RIG_NOW + 120, BUSY_BUSY);
    rig_pair(&rig);
    rig_start(&rig);
    rig_run(&rig, 5);
    assert_int_equal(rig.n_times, 1);
    rig_stop(&rig);
    assert_int_equal(connector_unpair(&rig.platform, &told, &err), OK);
    assert_true(told);
    assert_int_equal(rig.n_times, 0);
    assert_false(rig.has_token);
    assert_int_equal(connector_unpair(&rig.platform, &told, &err), ERR_NOT_FOUND);

    rig_pair(&rig);
    rig.broken = ERR_NETWORK;
    assert_int_equal(connector_unpair(&rig.platform, &told, &err), OK);
    assert_false(told || rig.has_token);
}

static void the_person_switches_the_mode(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(connector_mode(&rig.platform, DESK_REALTIME, &err), ERR_NOT_FOUND);
    rig_pair(&rig);
    rig_start(&rig);
    rig_run(&rig, 5);
    assert_int_equal(connector_mode(&rig.platform, DESK_REALTIME, &err), OK);
    rig_step(&rig, SIGNAL_SETTINGS, 1000);
    assert_int_equal(rig.mode, DESK_REALTIME);
    rig.mode = DESK_AUTO; /* the host switches back on the page: that was asked once */
    rig.connector.told.is_valid = false;
    rig_run(&rig, 5);
    assert_int_equal(rig.mode, DESK_AUTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_cannot_be_right_is_not_sent, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_pairing_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(unpairing_erases_both_ends, begin, end),
        cmocka_unit_test_setup_teardown(the_person_switches_the_mode, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
