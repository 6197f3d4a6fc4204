/* SPDX-License-Identifier: ISC
 *
 * The program itself: started as the parent starts it, in its jail; given an edge and the commands' socket;
 * gone when the control channel closes. Usage: test_vault_program HOURGATE-VAULT
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/clock.h"
#include "os/process.h"
#include "wire/link.h"

enum { ASK_MS = 20000 };

static const char *program;

struct running {
    char directory[64];
    char path[512];
    struct process process;
    struct link control;
    struct arena a;
};

static enum status start(struct running *run, struct text key)
{
    struct error err = {0};
    int mine, theirs;
    char here[400];
    if (!run->directory[0]) {
        snprintf(run->directory, sizeof run->directory, "%s", "vault-program-XXXXXX");
        assert_non_null(mkdtemp(run->directory));
    }
    assert_non_null(getcwd(here, sizeof here));
    snprintf(run->path, sizeof run->path, "%s/%s/hourgate.db", here, run->directory);
    assert_int_equal(channel_pair(&mine, &theirs), OK);
    link_init(&run->control, mine);
    const char *const argv[] = {program, NULL};
    assert_int_equal(process_start(program, argv, theirs, -1, &run->process, &err), OK);
    close(theirs);
    struct vault_start_ask ask = {.database = text_from(run->path),
                                  .master_key = secret_new(key.at, key.n),
                                  .base_url = TEXT("http://127.0.0.1:8080"),
                                  .jail = true,
                                  .uid = -1,
                                  .gid = -1,
                                  .workers = 4,
                                  .upstream_timeout_s = 5};
    struct vault_start_answer answer;
    struct reply reply;
    enum status status = link_ask(&run->control, WIRE_vault_start, &ask, -1,
                                  clock_ms() + ASK_MS, &run->a, &reply, &answer, NULL);
    if (status != OK)
        printf("# start: %s: " TEXT_FMT "\n", status_name(status), TEXT_ARG(reply.what));
    secret_free(&ask.master_key);
    return status;
}

static int stop(struct running *run)
{
    link_done(&run->control);
    return process_end(&run->process, clock_ms() + ASK_MS);
}

static void clean_up(struct running *run)
{
    DIR *dir = opendir(run->directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char file[400];
        snprintf(file, sizeof file, "%s/%s", run->directory, entry->d_name);
        unlink(file);
    }
    if (dir)
        closedir(dir);
    rmdir(run->directory);
    arena_done(&run->a);
}

static void attach(struct running *run, enum attach_role role, int fd)
{
    struct attach_ask ask = {.role = role};
    struct attach_answer answer;
    struct reply reply;
    assert_int_equal(link_ask(&run->control, WIRE_attach, &ask, fd, clock_ms() + ASK_MS,
                              &run->a, &reply, &answer, NULL),
                     OK);
}

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
    assert_int_equal(start(&run, TEXT("0123456789abcdef0123456789abcdef")), OK);
    assert_int_equal(channel_pair(&mine, &theirs), OK);
    link_init(&edge, mine);
    attach(&run, ATTACH_EDGE, theirs);
    assert_int_equal(ask_page(&run, &edge), ERR_NOT_FOUND);

    /* a command over the listening socket */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.64s/s", run.directory);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
    attach(&run, ATTACH_COMMANDS, listener);
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
    assert_int_equal(stop(&run), 0);
    link_done(&edge);
    link_done(&command);

    /* the same directory, another key: it says so and does not serve */
    assert_int_equal(start(&run, TEXT("another key another key another!")), ERR_SEAL);
    stop(&run);
    clean_up(&run);
}

/* Bytes that are no message close the edge's channel and nothing else. */
static void malformed_bytes_close_one_channel(void **state)
{
    (void)state;
    struct running run = {0};
    assert_int_equal(start(&run, TEXT("0123456789abcdef0123456789abcdef")), OK);
    for (int round = 0; round < 3; round++) {
        struct link edge;
        int mine, theirs;
        assert_int_equal(channel_pair(&mine, &theirs), OK);
        link_init(&edge, mine);
        attach(&run, ATTACH_EDGE, theirs);
        assert_int_equal(ask_page(&run, &edge), ERR_NOT_FOUND);
        unsigned char bytes[64];
        memset(bytes, round == 0 ? 0xFF : round == 1 ? 0 : 30, sizeof bytes);
        assert_int_equal(write(mine, bytes, sizeof bytes), sizeof bytes);
        struct frame frame;
        assert_int_equal(link_next(&edge, clock_ms() + ASK_MS, &frame), ERR_CLOSED);
        link_done(&edge);
    }
    assert_int_equal(stop(&run), 0);
    clean_up(&run);
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
