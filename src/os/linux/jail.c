/* SPDX-License-Identifier: ISC
 *
 * Order: no new privileges, Landlock (its calls are not in the seccomp lists), seccomp. Both cover the
 * calling thread, so there must be no other yet.
 *
 * A second filter in a courier's child is a list of its own; the kernel takes the stricter answer of the two.
 */
#include "os/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/jail_lists.h"

/* Debian 12's headers know ABI 2; the kernel is asked what it has. */
#define FS_ABI_1 0x1fffull        /* execute up to make_sym */
#define FS_REFER (1ull << 13)     /* ABI 2 */
#define FS_TRUNCATE (1ull << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define NET_BIND_TCP (1ull << 0)
#define NET_CONNECT_TCP (1ull << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ull << 0)
#define SCOPE_SIGNAL (1ull << 1)

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_READ_AND_WRITE                                                                      \
    (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                \
     LANDLOCK_ACCESS_FS_MAKE_REG | FS_TRUNCATE)
/* A rule on a file may hold only what applies to one. */
#define FS_OF_A_FILE                                                                           \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

/* The newest form; older kernels are told a shorter size. */
struct ruleset {
    uint64_t fs;    /* ABI 1 */
    uint64_t net;   /* ABI 4 */
    uint64_t scope; /* ABI 6 */
};

static struct ruleset ruleset_for(long abi, enum jail_profile profile, size_t *ret_size)
{
    struct ruleset set = {.fs = FS_ABI_1};
    *ret_size = sizeof set.fs;
    if (abi >= 2)
        set.fs |= FS_REFER;
    if (abi >= 3)
        set.fs |= FS_TRUNCATE;
    if (abi >= 4) {
        set.net = NET_BIND_TCP | (profile == JAIL_COURIER ? 0 : NET_CONNECT_TCP);
        *ret_size = offsetof(struct ruleset, scope);
    }
    if (abi >= 5)
        set.fs |= FS_IOCTL_DEV;
    if (abi >= 6) {
        set.scope = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
        *ret_size = sizeof set;
    }
    return set;
}

/* Allow `access` at and beneath a path. */
static enum status add_path(int ruleset, const char *path, uint64_t access, bool must_exist,
                            struct error *err)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        if ((errno == ENOENT || errno == ENOTDIR || errno == EACCES) && !must_exist)
            return OK;
        return error_set(err, ERR_IO, "jail", "%s: %s", path, strerror(errno));
    }
    struct stat is;
    if (fstat(fd, &is) == 0 && !S_ISDIR(is.st_mode))
        access &= FS_OF_A_FILE;
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int why = errno;
    close(fd);
    return failed
               ? error_set(err, ERR_IO, "jail", "Landlock rule for %s: %s", path, strerror(why))
               : OK;
}

static enum status add_paths(int ruleset, const struct jail_paths *paths, uint64_t handled,
                             struct error *err)
{
    for (const char *const *path = paths->read; path && *path; path++)
        TRY(add_path(ruleset, *path, FS_READ & handled, false, err));
    for (const char *const *path = paths->write; path && *path; path++)
        TRY(add_path(ruleset, *path, FS_READ_AND_WRITE & handled, true, err));
    return OK;
}

static enum status enter_landlock(enum jail_profile profile, const struct jail_paths *paths,
                                  struct error *err)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return error_set(
            err, ERR_UNSUPPORTED, "jail",
            "this kernel has no Landlock (%s): boot one that has (Debian 12's has), with "
            "landlock among its lsm= modules",
            strerror(errno));
    size_t size;
    struct ruleset set = ruleset_for(abi, profile, &size);
    int fd = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
    if (fd < 0)
        return error_set(err, ERR_IO, "jail", "Landlock: %s", strerror(errno));
    enum status status = paths ? add_paths(fd, paths, set.fs, err) : OK;
#ifdef JAIL_SANITIZER
    if (status == OK)
        status = add_path(fd, "/proc", FS_READ & set.fs, false, err);
#endif
    if (status == OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        status = error_set(err, ERR_IO, "jail", "Landlock: %s", strerror(errno));
    close(fd);
    return status;
}

static int add_rule(scmp_filter_ctx filter, const struct jail_rule *rule)
{
    uint32_t action =
        rule->refuse_errno ? SCMP_ACT_ERRNO((uint16_t)rule->refuse_errno) : SCMP_ACT_ALLOW;
    struct scmp_arg_cmp compare =
        SCMP_CMP(rule->argument, SCMP_CMP_MASKED_EQ, rule->mask, rule->value);
    return rule->mask ? seccomp_rule_add(filter, action, rule->call, 1, compare)
                      : seccomp_rule_add(filter, action, rule->call, 0);
}

/* Does one of the first n lists speak of this call? */
static bool is_said(const struct jail_rule *const *lists, size_t n, int call)
{
    for (size_t i = 0; i < n; i++)
        for (const struct jail_rule *rule = lists[i]; rule->call != JAIL_LIST_END; rule++)
            if (rule->call == call)
                return true;
    return false;
}

static int load_filter(scmp_filter_ctx filter, enum jail_profile profile)
{
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0); /* done already */
    if (!failed) /* a tree instead of a chain of comparisons: the edge makes many calls */
        failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    const struct jail_rule *const *lists = jail_lists(profile);
    for (size_t i = 0; !failed && lists[i]; i++)
        for (const struct jail_rule *rule = lists[i]; !failed && rule->call != JAIL_LIST_END;
             rule++)
            if (!is_said(lists, i, rule->call))
                failed = add_rule(filter, rule);
    return failed ? failed : seccomp_load(filter);
}

static enum status enter_seccomp(enum jail_profile profile, struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    ENSURE(filter);
    int failed = load_filter(filter, profile);
    seccomp_release(filter);
    return failed ? error_set(err, ERR_UNSUPPORTED, "jail", "seccomp: %s", strerror(-failed))
                  : OK;
}

enum status jail_enter(enum jail_profile profile, const struct jail_paths *paths,
                       struct error *err)
{
    if (profile != JAIL_COURIER_CHILD) {
#ifndef JAIL_SANITIZER
        if (unshare(CLONE_THREAD) != 0) /* does nothing, and only where there is one thread */
            return error_set(err, ERR_INVALID, "jail", "a thread was started before the jail");
#endif
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            return error_set(err, ERR_IO, "jail", "no_new_privs: %s", strerror(errno));
        TRY(enter_landlock(profile, paths, err));
    }
    return enter_seccomp(profile, err);
}
