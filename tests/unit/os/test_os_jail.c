/* SPDX-License-Identifier: ISC
 *
 * What a jail forbids is the probe's to try; here the probe is run, and what a jail must still allow is done.
 * Everything happens in child processes, since a jail is for good.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/channel.h"
#include "os/clock.h"
#include "os/jail.h"
#include "os/process.h"
#include "os/random.h"
#include "os/socket.h"

static char folder[] = "/tmp/hourgate-unit-XXXXXX";
static const char *const no_files[] = {NULL};
static const char *const hosts[] = {"/etc/hosts", "/etc/no-such-file", NULL};
static const char *const in_folder[] = {folder, NULL};
static const struct jail_paths vault_paths = {no_files, in_folder};
static const struct jail_paths courier_paths = {hosts, no_files};

#define NEED(condition)                                                                        \
    do {                                                                                       \
        if (!(condition))                                                                      \
            _exit(__LINE__ & 0xff ? __LINE__ & 0xff : 1);                                      \
    } while (0)

/* Run body in a child; returns its exit code, or 1000 and the signal. */
static int in_child(void (*body)(void))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        process_prepare();
        body();
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WIFEXITED(how) ? WEXITSTATUS(how) : 1000 + WTERMSIG(how);
}

/* The probe's lines would look like a test's. */
static void silently(enum jail_profile profile, const struct jail_paths *paths)
{
    NEED(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) >= 0);
    _exit(jail_probe(profile, paths));
}

static void probe_edge(void)
{
    silently(JAIL_EDGE, NULL);
}

static void probe_vault(void)
{
    silently(JAIL_VAULT, &vault_paths);
}

static void probe_courier(void)
{
    silently(JAIL_COURIER, &courier_paths);
}

static void everything_forbidden_is_refused(void **state)
{
    (void)state;
#ifdef JAIL_SANITIZER
    skip(); /* its lists are looser; os/jail.h */
#endif
    assert_int_equal(in_child(probe_edge), 0);
    assert_int_equal(in_child(probe_vault), 0);
    assert_int_equal(in_child(probe_courier), 0);
}

/* Accept, read, write, wait, tell the time: on what was there before. */
static void serve_as_edge(void)
{
    struct address address;
    int listener;
    NEED(address_parse(TEXT("127.0.0.1:0"), &address, NULL) == OK);
    NEED(socket_listen(&address, 0, &listener, NULL) == OK);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    NEED(connect(client, &address.any, address.size) == 0);
    NEED(jail_enter(JAIL_EDGE, NULL, NULL) == OK);

    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    NEED(epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event) == 0 &&
         epoll_wait(loop, &event, 1, 1000) == 1);
    int served = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    char byte = 0;
    NEED(served >= 0 && send(client, "x", 1, 0) == 1 && recv(served, &byte, 1, 0) == 1 &&
         byte == 'x');
    void *memory = malloc(10 << 20);
    NEED(memory && clock_now().s > 0 && clock_ms() > 0 && random_u64() != 0);
    free(memory);
}

static void *wait_a_little(void *nothing)
{
    struct timespec short_time = {0, 1000000};
    nanosleep(&short_time, NULL);
    return nothing;
}

/* Files and locks in the directory, threads, shared memory. */
static void store_as_vault(void)
{
    char path[64];
    pthread_t thread;
    NEED(jail_enter(JAIL_VAULT, &vault_paths, NULL) == OK);
    snprintf(path, sizeof path, "%s/file", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    NEED(fd >= 0 && pwrite(fd, "abc", 3, 4096) == 3 && fsync(fd) == 0 &&
         fcntl(fd, F_SETLK, &lock) == 0);
    NEED(ftruncate(fd, 8192) == 0);
    void *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    NEED(shared != MAP_FAILED && memcmp((char *)shared + 4096, "abc", 3) == 0);
    NEED(unlink(path) == 0);
    for (int i = 0; i < 8; i++)
        NEED(pthread_create(&thread, NULL, wait_a_little, NULL) == 0 &&
             pthread_join(thread, NULL) == 0);
    int one, other;
    NEED(channel_pair(&one, &other) == OK);
}

/* Fork a child that reads a listed file and connects out; then end it. */
static void dial_as_courier(void)
{
    struct address address;
    int listener, how;
    NEED(address_parse(TEXT("127.0.0.1:0"), &address, NULL) == OK);
    NEED(socket_listen(&address, 0, &listener, NULL) == OK);
    NEED(jail_enter(JAIL_COURIER, &courier_paths, NULL) == OK);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        NEED(jail_enter(JAIL_COURIER_CHILD, NULL, NULL) == OK);
        int fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
        char byte;
        NEED(fd >= 0 && read(fd, &byte, 1) == 1);
        int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        NEED(client >= 0 && connect(client, &address.any, address.size) == 0);
        NEED(pthread_create(&thread, NULL, wait_a_little, NULL) == 0 &&
             pthread_join(thread, NULL) == 0);
        NEED(recv(client, &byte, 1, 0) == 1); /* never comes: it is killed here */
        _exit(0);
    }
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    NEED(pid > 0 && poll(&ready, 1, 5000) == 1 && waitpid(pid, &how, WNOHANG) == 0);
    NEED(kill(pid, SIGKILL) == 0 && waitpid(pid, &how, 0) == pid && WIFSIGNALED(how));
}

static void each_program_can_still_do_its_work(void **state)
{
    (void)state;
    assert_int_equal(in_child(serve_as_edge), 0);
    assert_int_equal(in_child(store_as_vault), 0);
    assert_int_equal(in_child(dial_as_courier), 0);
}

static void jail_with_a_thread(void)
{
    pthread_t thread;
    struct error err = {0};
    NEED(pthread_create(&thread, NULL, wait_a_little, NULL) == 0);
    NEED(jail_enter(JAIL_VAULT, &vault_paths, &err) == ERR_INVALID);
    NEED(pthread_join(thread, NULL) == 0);
}

static void a_thread_must_not_stay_outside(void **state)
{
    (void)state;
#ifdef JAIL_SANITIZER
    skip();
#endif
    assert_int_equal(in_child(jail_with_a_thread), 0);
}

static void jail_without_its_directory(void)
{
    static const char *const missing[] = {"/no/such/directory", NULL};
    static const struct jail_paths paths = {no_files, missing};
    struct error err = {0};
    NEED(jail_enter(JAIL_VAULT, &paths, &err) == ERR_IO);
    NEED(strstr(err.what, "/no/such/directory"));
}

static void a_missing_directory_is_said(void **state)
{
    (void)state;
    assert_int_equal(in_child(jail_without_its_directory), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_forbidden_is_refused),
        cmocka_unit_test(each_program_can_still_do_its_work),
        cmocka_unit_test(a_thread_must_not_stay_outside),
        cmocka_unit_test(a_missing_directory_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
