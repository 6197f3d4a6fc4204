/* SPDX-License-Identifier: ISC
 *
 * Each try is a child process: prepare (before the jail), enter, attempt. Its exit code tells: 0 it worked,
 * 1 to 133 the errno, NO_JAIL the jail itself failed; death by SIGSYS is seccomp's answer.
 *
 * Attempts change nothing where they do succeed: the file is one without a name, the signal is 0. Calls are
 * raw where the C library's name for them is one that no program of ours shall link.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/jail.h"

enum { NO_JAIL = 200, SIGNALLED = 300 };

enum {
    IN_EDGE = 1 << JAIL_EDGE,
    IN_VAULT = 1 << JAIL_VAULT,
    IN_COURIER = 1 << JAIL_COURIER,
    IN_CHILD = 1 << JAIL_COURIER_CHILD,
    IN_ALL = IN_EDGE | IN_VAULT | IN_COURIER | IN_CHILD,
};

static const struct sockaddr_in loopback = {
    .sin_family = AF_INET, .sin_port = 0x0900 /* 9, discard */, .sin_addr = {0x0100007f}};

/* Prepared before the jail. */
static int udp_socket(void)
{
    return (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
}

static int tcp_socket(void)
{
    return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static int try_read(int fd)
{
    (void)fd;
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int try_write(int fd)
{
    (void)fd;
    return open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

static int try_socket_inet(int fd)
{
    (void)fd;
    return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static int try_socket_inet6(int fd)
{
    (void)fd;
    return (int)syscall(SYS_socket, AF_INET6, SOCK_STREAM, 0);
}

static int try_socket_unix(int fd)
{
    (void)fd;
    return (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static int try_connect(int fd)
{
    return (int)syscall(SYS_connect, fd, &loopback, sizeof loopback);
}

static int try_bind(int fd)
{
    struct sockaddr_in any_port = {.sin_family = AF_INET, .sin_addr = loopback.sin_addr};
    return (int)syscall(SYS_bind, fd, &any_port, sizeof any_port);
}

static int try_listen(int fd)
{
    return (int)syscall(SYS_listen, fd, 1);
}

static int try_exec(int fd)
{
    (void)fd;
    char *argv[] = {(char *)"true", NULL}, *environment[] = {NULL};
    return (int)syscall(SYS_execve, "/bin/true", argv, environment);
}

static int try_fork(int fd)
{
    (void)fd;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid;
}

static int try_ptrace(int fd)
{
    (void)fd;
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? -1 : 0;
}

static int try_kill(int fd)
{
    (void)fd;
    return kill(getpid(), 0);
}

static int try_code(int fd)
{
    (void)fd;
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0);
    return at == MAP_FAILED ? -1 : 0;
}

static int try_namespace(int fd)
{
    (void)fd;
    return unshare(CLONE_NEWNS | CLONE_NEWUSER);
}

static const struct probe {
    const char *name;
    unsigned profiles;
    int (*prepare)(void); /* NULL: nothing */
    int (*attempt)(int fd);
} probes[] = {
    {"open a file", IN_ALL, NULL, try_read},
    {"write a file", IN_ALL, NULL, try_write},
    {"socket inet", IN_EDGE | IN_VAULT, NULL, try_socket_inet},
    {"socket inet6", IN_EDGE | IN_VAULT, NULL, try_socket_inet6},
    {"socket unix", IN_ALL, NULL, try_socket_unix},
    {"connect", IN_EDGE | IN_VAULT, udp_socket, try_connect},
    {"bind", IN_ALL, tcp_socket, try_bind},
    {"listen", IN_ALL, tcp_socket, try_listen},
    {"exec", IN_ALL, NULL, try_exec},
    {"fork", IN_EDGE | IN_VAULT | IN_CHILD, NULL, try_fork},
    {"kill", IN_EDGE | IN_VAULT | IN_CHILD, NULL, try_kill},
    {"ptrace", IN_ALL, NULL, try_ptrace},
    {"new code", IN_ALL, NULL, try_code},
    {"namespace", IN_ALL, NULL, try_namespace},
};

static enum status enter(enum jail_profile profile, const struct jail_paths *paths,
                         struct error *err)
{
    if (profile == JAIL_COURIER_CHILD) {
        TRY(jail_enter(JAIL_COURIER, paths, err));
        paths = NULL;
    }
    return jail_enter(profile, paths, err);
}

_Noreturn static void be_probe(const struct probe *probe, bool jailed,
                               enum jail_profile profile, const struct jail_paths *paths)
{
    int fd = probe->prepare ? probe->prepare() : -1;
    struct error err = {0};
    if (jailed && enter(profile, paths, &err) != OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.what);
        _exit(NO_JAIL);
    }
    _exit(probe->attempt(fd) >= 0 ? 0 : errno);
}

/* Returns be_probe's exit code, or SIGNALLED and the signal. */
static int run(const struct probe *probe, bool jailed, enum jail_profile profile,
               const struct jail_paths *paths)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        be_probe(probe, jailed, profile, paths);
    int how;
    while (waitpid(pid, &how, 0) < 0)
        ENSURE(errno == EINTR);
    return WIFEXITED(how) ? WEXITSTATUS(how) : SIGNALLED + WTERMSIG(how);
}

/* Returns true where it was refused. */
static bool probe_one(const struct probe *probe, enum jail_profile profile,
                      const struct jail_paths *paths)
{
    static const char *const names[] = {"edge", "vault", "courier", "courier child"};
    int without = run(probe, false, profile, paths);
    int with = run(probe, true, profile, paths);
    bool killed = with == SIGNALLED + SIGSYS;
    bool refused =
        killed || with == EPERM || with == EACCES || with == EAFNOSUPPORT || with == ENOSYS;
    const char *verdict = without != 0 ? "untried" : refused ? "refused" : "open";
    printf("%s\t%s\t%s\t", names[profile], probe->name, verdict);
    if (without != 0)
        printf("does not work without the jail either: %s\n", strerror(without));
    else if (killed)
        printf("ends the process\n");
    else if (with == NO_JAIL)
        printf("the jail could not be put up\n");
    else
        printf("%s\n", with >= SIGNALLED ? "died of another signal"
                       : with            ? strerror(with)
                                         : "it worked");
    return refused || without != 0;
}

bool jail_probe_wanted(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--probe-jail") == 0;
}

int jail_probe(enum jail_profile profile, const struct jail_paths *paths)
{
    bool all = true;
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (probes[i].profiles & 1u << profile)
            all &= probe_one(&probes[i], profile, paths);
    if (profile == JAIL_COURIER)
        all &= jail_probe(JAIL_COURIER_CHILD, paths) == 0;
    fflush(stdout);
    return all ? 0 : 1;
}
