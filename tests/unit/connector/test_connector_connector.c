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
    rig_pair(&rig);
    rig_start(&rig);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_done(&rig);
    return 0;
}

static bool shows(const char *text)
{
    return strstr(rig_status(&rig), text);
}

static void unpaired_it_does_nothing(void **state)
{
    (void)state;
    rig_init(&rig);
    rig_start(&rig);
    assert_int_equal(rig_step(&rig, SIGNAL_CALENDAR, 0), CONNECTOR_IDLE_MS);
    assert_true(shows("not paired"));
    assert_int_equal(rig.sent_bytes, 0);
}

static void a_revoked_pc_stops_and_says_so(void **state)
{
    (void)state;
    rig_event(&rig, RIG_NOW + 60, RIG_NOW + 120, BUSY_BUSY);
    rig_run(&rig, 5);
    rig.code = 403;
    rig_run(&rig, 70);
    assert_true(shows("disconnected at the server"));
    assert_false(rig.has_token);
    assert_null(strstr(rig_status(&rig), "works"));
    size_t sent = rig.sent_bytes;
    rig_run(&rig, 7200);
    rig_step(&rig, SIGNAL_CALENDAR | SIGNAL_SETTINGS, 0);
    rig_stop(&rig);
    rig_start(&rig);
    rig_run(&rig, 7200);
    assert_int_equal(rig.sent_bytes, sent);
    assert_true(shows("disconnected at the server"));
    for (int i = 0; i < RIG_FILES; i++)
        assert_false(rig.files[i].is_there && strcmp(rig.files[i].name, "journal") == 0);
    rig.code = 0;
    rig_pair(&rig); /* paired again it goes on */
    rig_step(&rig, SIGNAL_SETTINGS, 1000);
    rig_run(&rig, 5);
    assert_true(shows("State: works"));
    assert_true(rig_is_equal(&rig));
}

static void an_unknown_token_locks_nobody_out(void **state)
{
    (void)state;
    rig.code = 401;
    rig_run(&rig, 10);
    size_t sent = rig.sent_bytes;
    assert_true(shows("pair again"));
    for (int i = 0; i < 60; i++)
        rig_step(&rig, SIGNAL_CALENDAR, 10000);
    assert_int_equal(rig.sent_bytes, sent);
    rig.code = 0;
    rig_run(&rig, 3700);
    assert_true(shows("State: works"));
}

static void it_waits_as_the_server_says(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    rig.code = 429;
    rig.retry_s = 1800;
    rig_run(&rig, 61);
    size_t sent = rig.sent_bytes;
    rig_run(&rig, 1700);
    assert_int_equal(rig.sent_bytes, sent);
    assert_true(shows("wants us to wait"));
    rig.code = 0;
    rig_run(&rig, 200);
    assert_true(shows("State: works"));
}

static void an_unreachable_server_is_asked_more_and_more_rarely(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    rig.broken = ERR_NETWORK;
    int n = 0;
    size_t sent = rig.sent_bytes;
    for (int64_t until_s = rig.now_s + 4 * 3600; rig.now_s < until_s;) {
        rig_step(&rig, 0, 600000);
        n += rig.sent_bytes != sent;
        sent = rig.sent_bytes;
    }
    assert_in_range(n, 10, 45);
    assert_true(shows("tried again"));
    rig.broken = OK;
    rig_event(&rig, RIG_NOW + 60 * 3600, RIG_NOW + 61 * 3600, BUSY_BUSY);
    rig_run(&rig, 1200);
    assert_true(rig_is_equal(&rig));
}

static void sleep_is_noticed(void **state)
{
    (void)state;
    rig_run(&rig, 5);
    int hellos = rig.n_hello;
    rig.now_s += 8 * 3600; /* and rig.ms stood still */
    rig_step(&rig, 0, 100);
    assert_int_equal(rig.n_hello, hellos + 1);
    rig.now_s -= 3600; /* somebody sets the clock */
    rig_step(&rig, 0, 100);
    assert_int_equal(rig.n_hello, hellos + 2);
    rig_step(&rig, 0, 100);
    assert_int_equal(rig.n_hello, hellos + 2);
}

static void a_proxy_that_answers_in_the_servers_place_is_named(void **state)
{
    (void)state;
    rig.code = 302;
    rig_run(&rig, 3);
    assert_true(shows("HTTP 302: that is not how hourgate answers"));
}

/* ---- Real-time ---- */

#define STREAM                                                                                 \
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
static const char *const woken[] = {
    STREAM "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
           "</stream:features>",
    "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    STREAM "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
           "<mechanism>PLAIN</mechanism></mechanisms></stream:features>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    STREAM "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
           "</stream:features>",
    "<iq type='result' id='bind'/>",
    "<message from='desk.xmpp.example'><body>9</body></message>",
    "",
    NULL,
};

static void ask(int64_t number)
{
    rig.question = number;
    rig.asked = (struct interval_asked){{RIG_NOW + 86400}, {RIG_NOW + 2 * 86400}};
    rig_event(&rig, RIG_NOW + 86000, RIG_NOW + 90000, BUSY_OOF);
    rig_event(&rig, RIG_NOW + 90000, RIG_NOW + 90500, BUSY_FREE);
    rig_event(&rig, RIG_NOW + 9 * 86400, RIG_NOW + 9 * 86400 + 60, BUSY_BUSY);
}

static void woken_by_xmpp_it_answers_and_keeps_nothing(void **state)
{
    (void)state;
    rig.mode = DESK_REALTIME;
    rig.wants_xmpp = true;
    rig.script = woken;
    ask(9);
    rig_step(&rig, 0, 100);
    assert_int_equal(rig.answered.number, 9);
    assert_true(rig.answered.is_known);
    assert_int_equal(rig.answered.n_busy, 1);
    assert_int_equal(rig.answer_first.start.s, RIG_NOW + 86400); /* not a second more */
    assert_int_equal(rig.n_push, 0);
    assert_int_equal(rig.n_times, 0);
    assert_true(rig.is_secure);
    assert_true(shows("woken by XMPP"));
    for (int i = 0; i < RIG_FILES; i++)
        assert_false(rig.files[i].is_there && strcmp(rig.files[i].name, "journal") == 0);
    int64_t wanted = rig_step(&rig, 0, 100);
    assert_true(wanted > 1000); /* it sleeps until it is woken */
}

static void a_silent_xmpp_server_is_left(void **state)
{
    (void)state;
    rig.mode = DESK_REALTIME;
    rig.wants_xmpp = true;
    rig.script = woken;
    rig_run(&rig, 2);
    assert_true(rig.is_stream_open);
    rig_run(&rig, 70);
    assert_non_null(strstr(buf_cstr(&rig.streamed), "urn:xmpp:ping"));
    rig_run(&rig, 30);
    assert_true(shows("silent") || shows("hung up"));
}

static void blocked_ports_are_named_and_https_waits(void **state)
{
    (void)state;
    rig.mode = DESK_REALTIME;
    rig.wants_xmpp = true;
    rig.blocked = true;
    rig_run(&rig, 60);
    assert_true(shows("ports 5222 and 5223 of xmpp.example cannot be reached"));
    assert_true(shows("switch to Auto-sync"));
    assert_true(shows("waiting over HTTPS"));
    ask(12);
    rig_run(&rig, 30);
    assert_int_equal(rig.answered.number, 12);
    assert_int_equal(rig.n_hello, 3); /* of pairing, of starting, and one that tells it */
}

static void a_calendar_that_does_not_answer_is_unknown_never_free(void **state)
{
    (void)state;
    rig.mode = DESK_REALTIME;
    ask(3);
    rig.calendar_fails = ERR_TIMEOUT;
    rig_run(&rig, 10);
    assert_int_equal(rig.answered.number, 3);
    assert_false(rig.answered.is_known);
    assert_int_equal(rig.answered.n_busy, 0);
}

static void it_pushes_in_real_time_only_where_its_host_wants_that(void **state)
{
    (void)state;
    rig.mode = DESK_REALTIME;
    rig_run(&rig, 300);
    assert_int_equal(rig.n_push, 0);
    rig.may_fall_back = true;
    rig.connector.told.is_valid = false;
    rig_run(&rig, 5);
    assert_true(rig_is_equal(&rig));
}

static void a_server_that_does_not_wait_is_not_asked_in_a_loop(void **state)
{
    (void)state;
    rig.mode = DESK_REALTIME;
    rig_run(&rig, 2);
    int steps = 0;
    rig.code = 0;
    for (int64_t until_s = rig.now_s + 100; rig.now_s < until_s; steps++)
        rig_step(&rig, 0, 100000);
    assert_true(steps < 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(unpaired_it_does_nothing, end),
        cmocka_unit_test_setup_teardown(a_revoked_pc_stops_and_says_so, begin, end),
        cmocka_unit_test_setup_teardown(an_unknown_token_locks_nobody_out, begin, end),
        cmocka_unit_test_setup_teardown(it_waits_as_the_server_says, begin, end),
        cmocka_unit_test_setup_teardown(an_unreachable_server_is_asked_more_and_more_rarely,
                                        begin, end),
        cmocka_unit_test_setup_teardown(sleep_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(a_proxy_that_answers_in_the_servers_place_is_named,
                                        begin, end),
        cmocka_unit_test_setup_teardown(woken_by_xmpp_it_answers_and_keeps_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_silent_xmpp_server_is_left, begin, end),
        cmocka_unit_test_setup_teardown(blocked_ports_are_named_and_https_waits, begin, end),
        cmocka_unit_test_setup_teardown(a_calendar_that_does_not_answer_is_unknown_never_free,
                                        begin, end),
        cmocka_unit_test_setup_teardown(it_pushes_in_real_time_only_where_its_host_wants_that,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_does_not_wait_is_not_asked_in_a_loop,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
