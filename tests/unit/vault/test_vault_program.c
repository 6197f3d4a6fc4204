/* SPDX-License-Identifier: ISC
 *
 * The program itself: started as the parent starts it, in its jail; given an edge and the commands' socket;
 * gone when the control channel closes. Usage: test_vault_program HOURGATE-VAULT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/clock.h"
#include "running.h"

static const char *program;

static enum status ask_page(struct running *run, struct link *edge)
{
    struct page_ask ask = {.account = TEXT("acme"), .page = TEXT("intro")};
    struct page_answer answer;
    struct reply reply;
    enum status status = link_ask(edge, WIRE_page, &ask, -1, clock_ms() + ASK_MS, &run->a,
                                  &reply, &answer, NULL);
    assert_int_equal(reply.where.n + reply.what.n, 0);
    return status;
}

static void it_serves_in_its_jail_and_ends_with_its_parent(void **state)
{
    (void)state;
    struct running run = {0};
    struct link edge, command;
    int mine, theirs;
    assert_int_equal(running_start(&run, program, TEXT("0123456789abcdef0123456789abcdef")),
                     OK);
    assert_int_equal(channel_pair(&mine, &theirs), OK);
    link_init(&edge, mine);
    running_attach(&run, ATTACH_EDGE, theirs);
    assert_int_equal(ask_page(&run, &edge), ERR_NOT_FOUND);

    /* a command over the listening socket */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.64s/s", run.directory);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
    running_attach(&run, ATTACH_COMMANDS, listener);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    link_init(&command, fd);
    struct account_add_ask account = {.slug = TEXT("acme"), .name = TEXT("Acme")};
    struct account_add_answer added;
    struct reply reply;
    assert_int_equal(link_ask(&command, WIRE_account_add, &account, -1, clock_ms() + ASK_MS,
                              &run.a, &reply, &added, NULL),
                     OK);
    account.slug = TEXT("api");
    assert_int_equal(link_ask(&command, WIRE_account_add, &account, -1, clock_ms() + ASK_MS,
                              &run.a, &reply, &added, NULL),
                     ERR_INVALID);
    assert_true(reply.what.n > 0); /* commands are told why */

    struct health_ask health = {0};
    struct health_answer how;
    assert_int_equal(link_ask(&run.control, WIRE_health, &health, -1, clock_ms() + ASK_MS,
                              &run.a, &reply, &how, NULL),
                     OK);
    assert_true(how.jailed);
    assert_false(how.ready); /* no courier yet */
    assert_true(how.n_counters > 30);
    assert_int_equal(running_stop(&run), 0);
    link_done(&edge);
    link_done(&command);

    /* the same directory, another key: it says so and does not serve */
    assert_int_equal(running_start(&run, program, TEXT("another key another key another!")),
                     ERR_SEAL);
    running_stop(&run);
    running_clean_up(&run);
}

/* Bytes that are no message close the edge's channel and nothing else. */
static void malformed_bytes_close_one_channel(void **state)
{
    (void)state;
    struct running run = {0};
    assert_int_equal(running_start(&run, program, TEXT("0123456789abcdef0123456789abcdef")),
                     OK);
    for (int round = 0; round < 3; round++) {
        struct link edge;
        int mine, theirs;
        assert_int_equal(channel_pair(&mine, &theirs), OK);
        link_init(&edge, mine);
        running_attach(&run, ATTACH_EDGE, theirs);
        assert_int_equal(ask_page(&run, &edge), ERR_NOT_FOUND);
        unsigned char bytes[64];
        memset(bytes, round == 0 ? 0xFF : round == 1 ? 0 : 30, sizeof bytes);
        assert_int_equal(write(mine, bytes, sizeof bytes), sizeof bytes);
        struct frame frame;
        assert_int_equal(link_next(&edge, clock_ms() + ASK_MS, &frame), ERR_CLOSED);
        link_done(&edge);
    }
    assert_int_equal(running_stop(&run), 0);
    running_clean_up(&run);
}

int main(int argc, char **argv)
{
    ENSURE(argc > 1);
    program = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_in_its_jail_and_ends_with_its_parent),
        cmocka_unit_test(malformed_bytes_close_one_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
