/* SPDX-License-Identifier: ISC
 *
 * One thread, one poll: the parent's link, the vaults' links, and children that end (SIGCHLD interrupts the
 * poll). A child's end of its channel is in nobody's hands but the child's and the asker's.
 *
 * Landlock's rules follow the file, not its name: once /etc/resolv.conf has been replaced by a new file, no
 * name resolves in here any more. So that is looked for, and the zygote ends; the parent starts another.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "courier/courier.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"

enum { SEND_MS = 5 * 1000, LOOK_S = 5 };

struct zygote {
    const struct courier *courier;
    struct link *control;
    struct link peers[COURIER_PEERS];
    size_t n_peers;
    size_t n_children;
    sigset_t while_waiting; /* SIGCHLD comes through only in ppoll */
};

/* ---- children ---- */

static void reap(struct zygote *zygote)
{
    int how;
    while (waitpid(-1, &how, WNOHANG) > 0) {
        zygote->n_children--;
        if (!WIFSIGNALED(how))
            continue;
        if (WTERMSIG(how) == SIGALRM)
            log_line(LOG_WARN, "a child missed its deadline and was ended");
        else
            log_line(LOG_ERROR, "a child crashed (signal %d)", WTERMSIG(how));
    }
}

/* In the child: let go of everything that is the zygote's. */
static _Noreturn void become_child(struct zygote *zygote, int fd, enum wire_role asker)
{
    process_follow_parent();
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &zygote->while_waiting, NULL);
    link_done(zygote->control);
    for (size_t i = 0; i < zygote->n_peers; i++)
        link_done(&zygote->peers[i]);
    _exit(child_serve(zygote->courier, fd, asker));
}

static enum status spawn(struct zygote *zygote, enum wire_role asker, int *ret_fd,
                         struct error *err)
{
    if (zygote->n_children >= COURIER_CHILDREN)
        return error_set(err, ERR_FULL, "courier", "%d children run already", COURIER_CHILDREN);
    int childs, askers;
    if (channel_pair(&childs, &askers) != OK)
        return error_set(err, ERR_FULL, "courier", "no channel for a child: too many are open");
    pid_t pid = fork();
    if (pid == 0) {
        close(askers);
        become_child(zygote, childs, asker);
    }
    close(childs);
    if (pid < 0) {
        close(askers);
        return error_set(err, ERR_FULL, "courier", "no process for a child");
    }
    zygote->n_children++;
    *ret_fd = askers;
    return OK;
}

/* ---- messages ---- */

static enum status do_spawn(struct zygote *zygote, struct link *link, const struct frame *frame,
                            enum wire_role asker)
{
    struct error err = {0};
    struct spawn_answer body = {0};
    int fd = -1;
    enum status status = spawn(zygote, asker, &fd, &err);
    struct reply reply = reply_from(status, &err);
    return link_answer(link, frame, &reply, status == OK ? &body : NULL, fd,
                       clock_ms() + SEND_MS);
}

static enum status do_attach(struct zygote *zygote, struct link *link,
                             const struct frame *frame)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct attach_ask ask;
    struct attach_answer body = {0};
    TRY(frame_read_ask(&a, frame, &ask));
    int fd = frame->n_fds ? channel_take_fd(&link->ch) : -1;
    if (fd < 0 || ask.role != ATTACH_VAULT || zygote->n_peers == COURIER_PEERS) {
        if (fd >= 0)
            close(fd);
        return ERR_INVALID;
    }
    link_init(&zygote->peers[zygote->n_peers++], fd);
    struct reply reply = reply_from(OK, NULL);
    return link_answer(link, frame, &reply, &body, -1, clock_ms() + SEND_MS);
}

/* Handle what has come over a link. ERR_TIMEOUT: nothing more is there now. */
static enum status serve_link(struct zygote *zygote, struct link *link, enum wire_role asker)
{
    struct frame frame;
    TRY(link_next(link, clock_ms(), &frame));
    if (!wire_may_ask(frame.type, asker))
        return ERR_INVALID;
    if (frame.type == WIRE_spawn && !frame.n_fds)
        return do_spawn(zygote, link, &frame, asker);
    if (frame.type == WIRE_attach)
        return do_attach(zygote, link, &frame);
    return ERR_INVALID;
}

/* Serve until nothing more is there; false where the link is to be closed. */
static bool serve_all(struct zygote *zygote, struct link *link, enum wire_role asker)
{
    enum status status;
    do
        status = serve_link(zygote, link, asker);
    while (status == OK);
    if (status == ERR_INVALID)
        log_line(LOG_ERROR, "a message came that may not come; its channel is closed");
    return status == ERR_TIMEOUT;
}

/* ---- the resolver's files ---- */

/* Fold which files stand behind these names into a number; those that are missing count too. */
static uint64_t files_behind(const char *const *names)
{
    uint64_t all = 0;
    for (; *names; names++) {
        struct stat is = {0};
        if (stat(*names, &is) != 0)
            is = (struct stat){0};
        all = all * 1000003 + is.st_ino * 31 + is.st_dev;
    }
    return all;
}

/* ---- the loop ---- */

static void drop_peer(struct zygote *zygote, size_t i)
{
    link_done(&zygote->peers[i]);
    zygote->peers[i] = zygote->peers[--zygote->n_peers];
}

static void on_child(int signal_number)
{
    (void)signal_number; /* it only has to interrupt ppoll */
}

static void wait_for_signals(struct zygote *zygote)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &zygote->while_waiting);
    sigdelset(&zygote->while_waiting, SIGCHLD);
    struct sigaction action = {.sa_handler = on_child};
    sigaction(SIGCHLD, &action, NULL);
}

static bool wait_for_more(struct zygote *zygote)
{
    struct pollfd polled[1 + COURIER_PEERS] = {
        {.fd = zygote->control->ch.fd, .events = POLLIN}};
    for (size_t i = 0; i < zygote->n_peers; i++)
        polled[1 + i] = (struct pollfd){.fd = zygote->peers[i].ch.fd, .events = POLLIN};
    const struct timespec look = {.tv_sec = LOOK_S};
    return ppoll(polled, 1 + zygote->n_peers, &look, &zygote->while_waiting) >= 0 ||
           errno == EINTR;
}

void zygote_serve(const struct courier *courier, struct link *control)
{
    struct zygote zygote = {.courier = courier, .control = control};
    const uint64_t files = files_behind(courier->resolver_files);
    wait_for_signals(&zygote);
    for (;;) {
        reap(&zygote);
        if (!serve_all(&zygote, control, ROLE_PARENT))
            break;
        for (size_t i = zygote.n_peers; i-- > 0;)
            if (!serve_all(&zygote, &zygote.peers[i], ROLE_VAULT))
                drop_peer(&zygote, i);
        if (files_behind(courier->resolver_files) != files) {
            log_line(LOG_NOTE, "the resolver's files were replaced: a new courier is needed");
            break;
        }
        if (!wait_for_more(&zygote))
            break;
    }
    for (size_t i = 0; i < zygote.n_peers; i++)
        link_done(&zygote.peers[i]);
}
