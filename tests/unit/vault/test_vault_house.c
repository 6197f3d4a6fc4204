/* SPDX-License-Identifier: ISC
 *
 * Moving house: when Autodiscover is asked where a mailbox went, and what is written down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"
#include "vault/house.h"
#include "wire/codec.h"

static int set_up(void **state)
{
    struct rig *rig = malloc(sizeof *rig);
    rig_start(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_stop(*state);
    free(*state);
    return 0;
}

static int64_t only_connection(struct rig *rig)
{
    struct connection_list_ask ask = {.account = TEXT("acme")};
    struct connection_list_answer list;
    assert_int_equal(rig_command(rig, WIRE_connection_list, &ask, &list), OK);
    assert_int_equal(list.n_rows, 1);
    return list.rows[0].id;
}

static void report(struct rig *rig, enum connection_state state, enum outage outage)
{
    const struct connection_report report = {.id = only_connection(rig),
                                             .state = state,
                                             .outage = outage,
                                             .problem = TEXT("tried"),
                                             .now = rig_now(),
                                             .tell_after_s = 600};
    struct error err;
    assert_int_equal(store_connection_report(rig->v.store, &report, &err), OK);
}

static enum outage outage(struct rig *rig)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored c;
    struct error err;
    assert_int_equal(store_connection_get(rig->v.store, &a, only_connection(rig), &c, &err),
                     OK);
    wire_wipe(server_shape, &c.server);
    return c.standing.outage;
}

static void only_a_mailbox_that_is_not_known_is_looked_for(void **state)
{
    struct rig *rig = *state;
    house_look(&rig->v, only_connection(rig));
    report(rig, CONNECTION_OK, OUTAGE_UNREACHABLE);
    house_look(&rig->v, only_connection(rig));
    report(rig, CONNECTION_PAUSED,
           OUTAGE_MAILBOX); /* its password would be refused once more */
    house_look(&rig->v, only_connection(rig));
    house_look(&rig->v, 4711);
    assert_int_equal(script_calls(&rig->script, WIRE_discover), 0);
}

static void a_mailbox_that_has_moved_is_found_once(void **state)
{
    struct rig *rig = *state;
    report(rig, CONNECTION_OK, OUTAGE_MAILBOX);
    house_look(&rig->v, only_connection(rig));
    assert_int_equal(outage(rig), OUTAGE_MAILBOX); /* found, but on a server of its own */
    SCRIPT_SET(&rig->script, rig->script.online = true);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_discover] = ERR_TIMEOUT);
    house_look(&rig->v, only_connection(rig));
    assert_int_equal(outage(rig), OUTAGE_MAILBOX);
    SCRIPT_SET(&rig->script, rig->script.result[WIRE_discover] = OK);
    house_look(&rig->v, only_connection(rig));
    assert_int_equal(outage(rig), OUTAGE_MOVED);
    house_look(&rig->v, only_connection(rig));
    assert_int_equal(script_calls(&rig->script, WIRE_discover), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_a_mailbox_that_is_not_known_is_looked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_mailbox_that_has_moved_is_found_once, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
