/* SPDX-License-Identifier: ISC
 *
 * The programs are not dumpable, so that reading their memory needs root or CAP_SYS_PTRACE. Which process is
 * the parent the kernel tells: it remembers who listens at a Unix socket. Memory that goes away meanwhile is
 * no gap; memory that stays and cannot be read is one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hourgate/scan.h"
#include "os/socket.h"

enum { PROGRAMS_MAX = 512, MAPS_MAX = 8 << 20 };

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Who listens at the commands' socket? 0: nobody, or that cannot be known, which was noted. */
static pid_t find_parent(struct scan *scan)
{
    CLEANUP(close_fd) int fd = -1;
    struct error err = {0};
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    enum status status = socket_connect_unix(scan->call->config.commands, &fd, &err);
    if (status == ERR_NOT_FOUND)
        return 0;
    if (status == OK && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        peer.pid > 0)
        return peer.pid;
    scan_unseen(scan, "the running programs", "memory",
                status == ERR_DENIED ? "the server's socket is not for this user: run as root"
                                     : "who serves cannot be known");
    return 0;
}

/* Read a process's parent and name; false: it is gone. */
static bool read_stat(pid_t pid, pid_t *ret_parent, char ret_name[static 64])
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (n <= 0)
        return false;
    line[n] = 0;
    char *name = strchr(line, '('), *end = strrchr(line, ')');
    if (!name || !end || sscanf(end + 1, " %*c %d", ret_parent) != 1)
        return false;
    snprintf(ret_name, 64, "%.*s", (int)(end - name - 1), name + 1);
    return true;
}

/* Name a process by its program; the kernel's own name for it has 15 bytes at most. */
static const char *name_of(struct arena *a, pid_t pid, const char *comm)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    const char *slash = strrchr(path, '/');
    return arena_printf(a, "%s, process %d", slash ? slash + 1 : comm, pid);
}

struct tree {
    pid_t pids[PROGRAMS_MAX];
    size_t n;
};

static bool is_in(const struct tree *tree, pid_t pid)
{
    for (size_t i = 0; i < tree->n; i++)
        if (tree->pids[i] == pid)
            return true;
    return false;
}

/* Add the children of what is in the tree; false: there were none to add. */
static bool grow(struct tree *tree)
{
    DIR *proc = opendir("/proc");
    bool has_grown = false;
    for (struct dirent *entry; proc && (entry = readdir(proc));) {
        char name[64];
        pid_t pid = (pid_t)atoi(entry->d_name), parent;
        if (pid > 0 && tree->n < PROGRAMS_MAX && !is_in(tree, pid) &&
            read_stat(pid, &parent, name) && is_in(tree, parent)) {
            tree->pids[tree->n++] = pid;
            has_grown = true;
        }
    }
    if (proc)
        closedir(proc);
    return has_grown;
}

/* ---- one process ---- */

struct mapping {
    uint64_t from, to;
    const char *name; /* "[heap]", a file; empty: anonymous */
    bool is_readable;
};

/* Read a line of maps; false: no more. */
static bool next_mapping(char **at, struct mapping *ret_mapping)
{
    char *line = *at, *end = strchr(line, '\n'), rights[8];
    int name = 0;
    if (!end)
        return false;
    *end = 0;
    *at = end + 1;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %n", &ret_mapping->from,
               &ret_mapping->to, rights, &name) < 3)
        return false;
    ret_mapping->name = line + name;
    /* The kernel's own pages hold nothing of ours and cannot be read so. */
    ret_mapping->is_readable = rights[0] == 'r' &&
                               strncmp(ret_mapping->name, "[vvar", 5) != 0 &&
                               strcmp(ret_mapping->name, "[vsyscall]") != 0;
    return true;
}

/* Read /proc/PID/maps whole. NULL: errno says why. */
static char *read_maps(struct arena *a, pid_t pid)
{
    char path[64];
    struct buf maps CLEANUP(buf_done) = BUF(MAPS_MAX);
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    for (ssize_t got = 1; got > 0;) {
        unsigned char *to = buf_room(&maps, 64 * 1024);
        if (!to) {
            errno = EFBIG;
            return NULL;
        }
        got = read(fd, to, 64 * 1024);
        if (got < 0)
            return NULL;
        buf_grown(&maps, (size_t)got);
    }
    return arena_cstr(a, buf_text(&maps));
}

static bool is_still_mapped(pid_t pid, uint64_t address)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct mapping mapping;
    for (char *at = read_maps(&a, pid); at && next_mapping(&at, &mapping);)
        if (mapping.is_readable && address >= mapping.from && address < mapping.to)
            return true;
    return false;
}

/* Search one mapping. False: a part of it is there and cannot be read. */
static bool search_mapping(struct scan_stream *stream, pid_t pid, int mem,
                           const struct mapping *mapping)
{
    scan_seek(stream, mapping->from);
    while (stream->offset < mapping->to) {
        uint64_t left = mapping->to - stream->offset;
        size_t n = left < SCAN_BLOCK ? (size_t)left : SCAN_BLOCK;
        ssize_t got = pread(mem, scan_room(stream), n, (off_t)stream->offset);
        if (got > 0)
            scan_search(stream, (size_t)got);
        else if (got == 0 || errno != EINTR)
            return !is_still_mapped(pid, stream->offset);
    }
    return true;
}

static const char *kind_of(const struct mapping *mapping)
{
    return strcmp(mapping->name, "[heap]") == 0    ? "memory heap"
           : strcmp(mapping->name, "[stack]") == 0 ? "memory stack"
           : *mapping->name == '/'                 ? "memory file"
                                                   : "memory";
}

static void search_process(struct scan *scan, pid_t pid, const char *place, int mem)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct mapping mapping;
    struct scan_stream stream = scan_begin(scan, place, "memory");
    stream.is_hex = true;
    for (char *at = read_maps(&a, pid); at && next_mapping(&at, &mapping);) {
        stream.kind = kind_of(&mapping);
        if (mapping.is_readable && !search_mapping(&stream, pid, mem, &mapping))
            scan_unseen(scan, place, stream.kind, "a part of it cannot be read");
    }
    stream.kind = "memory";
    scan_end(&stream);
}

/* Try to open a program's memory. -1: it is gone, or *n_denied was counted. */
static int open_memory(pid_t pid, size_t *n_denied)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        ++*n_denied;
    return fd;
}

void scan_memory(struct scan *scan, int *ret_parent)
{
    struct tree tree = {{find_parent(scan)}, 1};
    size_t n_denied = 0;
    *ret_parent = tree.pids[0];
    if (!tree.pids[0])
        return;
    while (grow(&tree))
        ;
    for (size_t i = 0; i < tree.n; i++) {
        char name[64];
        pid_t parent;
        if (!read_stat(tree.pids[i], &parent, name))
            continue;
        const char *place = name_of(&scan->call->a, tree.pids[i], name);
        CLEANUP(close_fd) int mem = open_memory(tree.pids[i], &n_denied);
        if (mem >= 0)
            search_process(scan, tree.pids[i], place, mem);
    }
    if (n_denied)
        scan_unseen(scan, arena_printf(&scan->call->a, "%zu running programs", n_denied),
                    "memory",
                    "the kernel refuses it: run as root, or with the right to trace "
                    "(CAP_SYS_PTRACE)");
}
