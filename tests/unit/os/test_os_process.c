/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/clock.h"
#include "os/process.h"

/* Run a shell script as a program and collect its output. */
static int run(const char *script, int control_fd, char *ret_output, size_t size)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct process process;
    int ends[2], how = -1;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(process_start("/bin/sh", argv, control_fd, ends[1], &process, NULL), OK);
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; n < size - 1 && (got = read(ends[0], ret_output + n, size - 1 - n)) > 0;)
        n += (size_t)got;
    ret_output[n] = 0;
    close(ends[0]);
    assert_int_equal(process_wait(&process, clock_ms() + 10000, &how), OK);
    assert_int_equal(process.pid, 0);
    return how;
}

static void a_program_gets_its_control_channel_as_3_and_nothing_else(void **state)
{
    (void)state;
    char output[1000];
    int ends[2];
    assert_int_equal(pipe(ends), 0); /* inheritable, like a library's careless descriptor */
    assert_int_equal(run("echo hello >&3; ls /proc/self/fd", ends[1], output, sizeof output),
                     0);
    char byte = 0;
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'h');
    assert_string_equal(output, "0\n1\n2\n3\n4\n"); /* 4 is ls's own */
    assert_int_equal(run("ls /proc/self/fd", -1, output, sizeof output), 0);
    assert_string_equal(output, "0\n1\n2\n3\n");
    close(ends[0]);
    close(ends[1]);
}

static void its_environment_is_bare(void **state)
{
    (void)state;
    char output[4000];
    setenv("HTTPS_PROXY", "http://proxy.example", 1);
    setenv("NOTIFY_SOCKET", "/run/x", 1);
    setenv("HOURGATE_TEST", "yes", 1);
    assert_int_equal(run("env; cat", -1, output, sizeof output), 0); /* cat: nothing to read */
    assert_non_null(strstr(output, "TZ=UTC0\n"));
    assert_non_null(strstr(output, "HOURGATE_TEST=yes\n"));
    assert_null(strstr(output, "PROXY"));
    assert_null(strstr(output, "NOTIFY"));
    assert_null(strstr(output, "HOME="));
}

static void how_it_ended_is_told(void **state)
{
    (void)state;
    char output[10];
    assert_int_equal(run("exit 7", -1, output, sizeof output), 7);
    assert_int_equal(run("kill -9 $$", -1, output, sizeof output), 128 + SIGKILL);
    struct process process = PROCESS_NONE;
    struct error err = {0};
    const char *const argv[] = {"none", NULL};
    assert_int_equal(process_start("/nowhere/none", argv, -1, -1, &process, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(process_wait(&process, 0, NULL), OK);
}

static void one_that_does_not_end_is_killed_in_time(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "trap '' TERM HUP INT; exec sleep 100", NULL};
    struct process process;
    assert_int_equal(process_start("/bin/sh", argv, -1, -1, &process, NULL), OK);
    int64_t before = clock_ms();
    assert_int_equal(process_wait(&process, before + 20, NULL), ERR_TIMEOUT);
    assert_int_equal(process_end(&process, clock_ms() + 50), 128 + SIGKILL);
    assert_true(clock_ms() - before < 5000);
}

/* In a child process, since it is for good. */
static void prepared_means_no_core_and_no_debugger(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        process_prepare();
        bool good =
            prctl(PR_GET_DUMPABLE) == 0 && strcmp(getenv("TZ"), "UTC0") == 0 && umask(0) == 077;
        good = good && (geteuid() != 0 ||
                        (process_become(65534, 65534, NULL) == OK && geteuid() == 65534 &&
                         prctl(PR_GET_DUMPABLE) == 0 && setuid(0) != 0));
        good = good && process_become(-1, -1, NULL) == OK &&
               process_become(0, 0, NULL) == ERR_DENIED;
        _exit(good ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

static void it_dies_with_the_process_that_started_it(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t parent = fork();
    if (parent == 0) {
        const char *const argv[] = {"sh", "-c", "echo; exec sleep 100", NULL};
        struct process process;
        close(ends[0]);
        bool started = process_start("/bin/sh", argv, -1, ends[1], &process, NULL) == OK;
        sleep(started ? 100 : 0);
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1); /* it runs */
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    alarm(10);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* and holds the pipe no more */
    alarm(0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_gets_its_control_channel_as_3_and_nothing_else),
        cmocka_unit_test(its_environment_is_bare),
        cmocka_unit_test(how_it_ended_is_told),
        cmocka_unit_test(one_that_does_not_end_is_killed_in_time),
        cmocka_unit_test(prepared_means_no_core_and_no_debugger),
        cmocka_unit_test(it_dies_with_the_process_that_started_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
