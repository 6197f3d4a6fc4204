/* SPDX-License-Identifier: ISC */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"

enum { ENVIRONMENT_MAX = 64 };

void process_prepare(void)
{
    ENSURE(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
    struct rlimit none = {0, 0};
    ENSURE(setrlimit(RLIMIT_CORE, &none) == 0);
    ENSURE(setenv("TZ", "UTC0", 1) == 0);
    tzset();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
}

void process_follow_parent(void)
{
    ENSURE(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0);
}

enum status process_become(int64_t uid, int64_t gid, struct error *err)
{
    if (uid < 0 && gid < 0)
        return OK;
    if (uid <= 0 || gid <= 0 || uid >= UINT32_MAX || gid >= UINT32_MAX)
        return error_set(err, ERR_DENIED, "process", "user %lld is not one to become",
                         (long long)uid);
    uid_t user = (uid_t)uid;
    gid_t group = (gid_t)gid;
    int died_with_parent = 0;
    prctl(PR_GET_PDEATHSIG, &died_with_parent, 0, 0, 0);
    if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 ||
        setresuid(user, user, user) != 0)
        return error_set(err, ERR_DENIED, "process", "cannot become user %u: %s", user,
                         strerror(errno));
    if (setuid(0) == 0 || setgid(0) == 0)
        return error_set(err, ERR_DENIED, "process", "still root after becoming user %u", user);
    /* The kernel forgets these two when the user changes. */
    ENSURE(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
    if (died_with_parent)
        process_follow_parent();
    return OK;
}

/* Which variables a started program may see. */
static bool is_passed_on(const char *variable)
{
    static const char *const sanitizers[] = {
        "ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS="};
    for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++)
        if (strncmp(variable, sanitizers[i], strlen(sanitizers[i])) == 0)
            return true;
    return strncmp(variable, "HOURGATE_", strlen("HOURGATE_")) == 0;
}

static void make_environment(char *ret_environment[static ENVIRONMENT_MAX])
{
    static char zone[] = "TZ=UTC0", locale[] = "LANG=C.UTF-8";
    size_t n = 0;
    ret_environment[n++] = zone;
    ret_environment[n++] = locale;
    for (char **variable = environ; *variable && n < ENVIRONMENT_MAX - 1; variable++)
        if (is_passed_on(*variable))
            ret_environment[n++] = *variable;
    ret_environment[n] = NULL;
}

struct program_fds {
    int control, output;
};

/* Put the descriptors where a program expects them and close all others. Both may be -1, and either may
 * sit where the other belongs. */
static bool arrange_fds(struct program_fds fds)
{
    int nothing = open("/dev/null", O_RDONLY);
    int output =
        fcntl(fds.output < 0 ? STDERR_FILENO : fds.output, F_DUPFD, PROCESS_CONTROL_FD + 1);
    int control = fds.control < 0 ? -1 : dup2(fds.control, PROCESS_CONTROL_FD);
    if (nothing < 0 || output < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0)
        return false;
    if (fds.control >= 0 && (control < 0 || fcntl(control, F_SETFD, 0) != 0))
        return false;
    unsigned first_to_close = PROCESS_CONTROL_FD + (fds.control >= 0 ? 1u : 0u);
    return syscall(SYS_close_range, first_to_close, ~0u, 0) == 0;
}

/* In the new process. */
_Noreturn static void become_program(const char *path, const char *const *argv,
                                     struct program_fds fds, char **environment, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0); /* Ctrl-C is for the parent, which stops us in order */
    process_follow_parent();
    if (getppid() == parent && arrange_fds(fds))
        execve(path, (char *const *)argv, environment);
    _exit(126);
}

enum status process_start(const char *path, const char *const *argv, int control_fd,
                          int output_fd, struct process *ret_process, struct error *err)
{
    if (access(path, X_OK) != 0)
        return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "process", "%s: %s",
                         path, strerror(errno));
    char *environment[ENVIRONMENT_MAX];
    make_environment(environment);
    pid_t self = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become_program(path, argv, (struct program_fds){control_fd, output_fd}, environment,
                       self);
    if (pid < 0)
        return error_set(err, ERR_IO, "process", "fork: %s", strerror(errno));
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    ENSURE(pidfd >= 0);
    *ret_process = (struct process){pid, pidfd};
    return OK;
}

enum status process_wait(struct process *process, int64_t deadline_ms, int *ret_how)
{
    if (process->pid == 0)
        return OK;
    struct pollfd ended = {.fd = process->pidfd, .events = POLLIN};
    for (int ready = 0; ready <= 0;) {
        int64_t left = deadline_ms - clock_ms();
        ready = poll(&ended, 1, left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready < 0 && errno != EINTR)
            return ERR_IO;
        if (ready <= 0 && clock_ms() >= deadline_ms)
            return ERR_TIMEOUT;
    }
    int how = 0;
    while (waitpid(process->pid, &how, 0) < 0)
        ENSURE(errno == EINTR);
    if (ret_how)
        *ret_how = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    close(process->pidfd);
    *process = PROCESS_NONE;
    return OK;
}

int process_end(struct process *process, int64_t deadline_ms)
{
    int how = 0;
    if (process_wait(process, deadline_ms, &how) == OK)
        return how;
    syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
    while (process_wait(process, clock_ms() + 1000, &how) != OK)
        ; /* SIGKILL is certain; only the disk can delay it */
    return how;
}
