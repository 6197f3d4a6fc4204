/* SPDX-License-Identifier: ISC
 *
 * The lists were found by running the programs, then by reading what their libraries can call; each line
 * says whose need it is where that is not plain. seccomp sees numbers and not what pointers point at: where
 * a path matters, Landlock decides.
 */
#include "os/linux/jail_lists.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Tables, several rules to a line. */
/* clang-format off */
#define ALLOW(name) {.call = SCMP_SYS(name)}
#define ALLOW_IF(name, n, bits, is)                                                            \
    {.call = SCMP_SYS(name), .argument = (n), .mask = (bits), .value = (is)}
#define REFUSE(name, error) {.call = SCMP_SYS(name), .refuse_errno = (error)}
#define REFUSE_IF(name, error, n, bits, is)                                                    \
    {.call = SCMP_SYS(name), .refuse_errno = (error), .argument = (n), .mask = (bits), .value = (is)}
#define END {.call = JAIL_LIST_END}

/* New namespaces: no profile may make one. */
#define NAMESPACES                                                                             \
    ((uint32_t)CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |   \
     CLONE_NEWPID | CLONE_NEWNET)

/* Memory, time, random numbers, and what is open already. */
static const struct jail_rule everybody[] = {
    ALLOW(read), ALLOW(write), ALLOW(writev), ALLOW(close), ALLOW(fcntl),
    ALLOW(recvmsg), ALLOW(sendmsg), ALLOW(recvfrom), ALLOW(sendto), ALLOW(shutdown),
    ALLOW(poll), ALLOW(ppoll), ALLOW(epoll_wait), ALLOW(epoll_pwait), ALLOW(epoll_ctl),
    ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(futex), ALLOW(rseq),
    ALLOW(set_robust_list), ALLOW(sched_yield), ALLOW(getpid), ALLOW(gettid), ALLOW(getrandom),
    ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep), ALLOW(gettimeofday), ALLOW(time),
    ALLOW(rt_sigaction), ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(restart_syscall),
    ALLOW(exit), ALLOW(exit_group),
    REFUSE(clone3, ENOSYS), /* its flags lie behind a pointer; glibc falls back to clone */
    END,
};

/* Memory may be written or run, never both, and no new code comes in. */
static const struct jail_rule no_new_code[] = {
    ALLOW_IF(mmap, 2, PROT_EXEC, 0),
    ALLOW_IF(mprotect, 2, PROT_EXEC, 0),
    END,
};

static const struct jail_rule serve[] = {
    ALLOW(accept4), ALLOW(getsockname), ALLOW(getpeername), ALLOW(getsockopt), ALLOW(setsockopt),
    ALLOW(epoll_create1), ALLOW(eventfd2), ALLOW(timerfd_create), ALLOW(timerfd_settime),
    REFUSE(newfstatat, EPERM), /* stdio asks before its first write */
    REFUSE(ioctl, ENOTTY),
    END,
};

static const struct jail_rule threads[] = {
    ALLOW_IF(clone, 0, NAMESPACES | CLONE_THREAD, CLONE_THREAD),
    ALLOW_IF(prctl, 0, UINT32_MAX, PR_SET_NAME),
    ALLOW(sched_getaffinity), /* malloc counts processors once there are threads */
    ALLOW(sysinfo),
    ALLOW(membarrier),
    END,
};

/* SQLite in WAL mode: the database, its log, its shared memory; Landlock keeps them to the directory. */
static const struct jail_rule database[] = {
    ALLOW(accept4), /* commands */
    ALLOW(epoll_create1), ALLOW(eventfd2), ALLOW(timerfd_create), ALLOW(timerfd_settime),
    ALLOW(getsockopt), ALLOW(socketpair),
    ALLOW(openat), ALLOW(open), ALLOW(newfstatat), ALLOW(stat), ALLOW(lstat), ALLOW(fstat),
    ALLOW(access), ALLOW(faccessat), ALLOW(faccessat2), ALLOW(readlink), ALLOW(getcwd),
    ALLOW(pread64), ALLOW(pwrite64), ALLOW(lseek), ALLOW(ftruncate), ALLOW(fallocate),
    ALLOW(flock), ALLOW(fsync), ALLOW(fdatasync), ALLOW(unlink), ALLOW(unlinkat), ALLOW(fchmod),
    ALLOW(rename), ALLOW(renameat), ALLOW(renameat2), /* a restored database takes its place */
    ALLOW(getuid), ALLOW(geteuid), ALLOW(getegid), ALLOW(mlock), ALLOW(munlock),
    REFUSE(fchown, EPERM), /* SQLite as root gives its log to the database's owner */
    REFUSE(mkdir, EPERM),
    REFUSE(statx, ENOSYS),
    REFUSE(ioctl, ENOTTY),
    END,
};

/* libcurl, OpenSSL and glibc's resolver. */
static const struct jail_rule connect_out[] = {
    ALLOW_IF(socket, 0, UINT32_MAX, AF_INET),
    ALLOW_IF(socket, 0, UINT32_MAX, AF_INET6),
    REFUSE_IF(socket, EAFNOSUPPORT, 0, UINT32_MAX, AF_UNIX),    /* nscd, systemd-resolved's varlink */
    REFUSE_IF(socket, EAFNOSUPPORT, 0, UINT32_MAX, AF_NETLINK), /* getaddrinfo's list of addresses */
    ALLOW(connect), ALLOW(getsockname), ALLOW(getpeername), ALLOW(getsockopt), ALLOW(setsockopt),
    ALLOW(setitimer), /* a courier's child ends when it misses its deadline */
    ALLOW(sendmmsg), ALLOW(socketpair), ALLOW(eventfd2), ALLOW(pipe2), ALLOW(ioctl),
    ALLOW_IF(openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
    REFUSE_IF(openat, EACCES, 2, O_ACCMODE, O_WRONLY),
    REFUSE_IF(openat, EACCES, 2, O_ACCMODE, O_RDWR),
    REFUSE(open, EACCES),
    ALLOW(newfstatat), ALLOW(lseek), ALLOW(pread64), ALLOW(getuid), ALLOW(geteuid), ALLOW(getgid),
    ALLOW(getegid), ALLOW(uname), ALLOW(sched_getaffinity), ALLOW(sysinfo),
    REFUSE(execve, EPERM), REFUSE(execveat, EPERM), REFUSE(bind, EPERM), REFUSE(listen, EPERM),
    REFUSE(ptrace, EPERM), REFUSE(readlink, EPERM), REFUSE(statx, EPERM), REFUSE(access, EPERM),
    END,
};

/* The zygote: fork, wait for and kill children, and put them into their second jail. */
static const struct jail_rule fork_children[] = {
    ALLOW_IF(clone, 0, NAMESPACES, 0),
    ALLOW(wait4), ALLOW(kill), ALLOW(getppid), ALLOW(seccomp), ALLOW(prctl), ALLOW(setpgid),
    ALLOW(pidfd_open), ALLOW(pidfd_send_signal), ALLOW(epoll_create1),
    END,
};

/* What JAIL_COURIER allowed and a child of it must not do. The kernel takes the stricter answer of the two
 * filters, so this one is written as what to refuse. */
static const struct jail_rule fork_no_more[] = {
    ALLOW_IF(clone, 0, CLONE_THREAD, CLONE_THREAD),
    ALLOW_IF(prctl, 0, UINT32_MAX, PR_SET_NAME),
    ALLOW(epoll_create1),
    END,
};

#ifdef JAIL_SANITIZER
static const struct jail_rule sanitizer[] = {
    ALLOW(mmap), ALLOW(mprotect), ALLOW(sigaltstack), ALLOW(tgkill), ALLOW(openat), ALLOW(newfstatat),
    ALLOW(readlink), ALLOW(sched_getaffinity), ALLOW(sysinfo), ALLOW(getuid), ALLOW(geteuid),
    ALLOW(getgid), ALLOW(getegid), ALLOW(prctl), ALLOW(clone), ALLOW(ptrace), ALLOW(wait4),
    ALLOW(getppid), ALLOW(lseek), ALLOW(pipe2), ALLOW(getdents), ALLOW(getdents64), ALLOW(prlimit64),
    ALLOW(dup), ALLOW(process_vm_readv), ALLOW(open), ALLOW(stat), ALLOW(fstat), ALLOW(waitid),
    END,
};
#else
static const struct jail_rule sanitizer[] = {END};
#endif
/* clang-format on */

const struct jail_rule *const *jail_lists(enum jail_profile profile)
{
    static const struct jail_rule *const lists[JAIL_PROFILE_COUNT][6] = {
        [JAIL_EDGE] = {sanitizer, everybody, no_new_code, serve},
        [JAIL_VAULT] = {sanitizer, everybody, no_new_code, threads, database},
        [JAIL_COURIER] = {sanitizer, everybody, no_new_code, connect_out, fork_children},
        [JAIL_COURIER_CHILD] = {sanitizer, everybody, no_new_code, connect_out, fork_no_more},
    };
    return lists[profile];
}
