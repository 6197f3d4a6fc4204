/* SPDX-License-Identifier: ISC
 *
 * The loop: start what is due, wait for a signal or an end, note what ended.
 *
 *     edge ended       the edge is started again; visitors wait in the listener's queue
 *     courier ended    the courier is started again; the vault gets a new channel to it
 *     vault ended      the others are stopped and all three started again
 *     parent ended     all are killed by the kernel (process_start)
 *
 * What ends soon after it was started waits longer each time. The first start is another matter: whoever
 * starts a server wants to see it fail.
 */
#include "hourgate/parent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hourgate/certificate.h"
#include "hourgate/team.h"
#include "os/clock.h"
#include "os/log.h"

enum {
    WAIT_FIRST_MS = 100,
    WAIT_MOST_MS = 10000,
    LOOK_MS = 5000,         /* between two looks at the certificate's files */
    WAIT_FORGET_MS = 60000, /* one that lived this long starts at WAIT_FIRST_MS again */
};

struct parent {
    struct team team;
    int signals; /* signalfd */
    bool stopping;
    bool renews;     /* SIGHUP: take the certificate's files over now */
    int64_t look_ms; /* when to look at them next */
    struct due {
        int64_t at_ms;   /* when to start it, where it does not run */
        int64_t wait_ms; /* the last wait */
        int64_t started_ms;
    } due[PROGRAM_COUNT];
};

/* Tell systemd, where it asked to be told. */
static void notify(const char *what)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.sun_path)
        return;
    size_t n = strlen(path);
    memcpy(address.sun_path, path, n);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto(fd, what, strlen(what), MSG_NOSIGNAL, (struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
        log_line(LOG_WARN, "NOTIFY_SOCKET: %s", strerror(errno));
    close(fd);
}

static void catch_signals(struct parent *parent)
{
    sigset_t caught;
    sigemptyset(&caught);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGINT);
    sigaddset(&caught, SIGHUP);
    ENSURE(sigprocmask(SIG_BLOCK, &caught, NULL) == 0);
    parent->signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    ENSURE(parent->signals >= 0);
}

static void take_signals(struct parent *parent)
{
    struct signalfd_siginfo signal;
    while (read(parent->signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGHUP)
            parent->renews = true;
        else
            parent->stopping = true;
    }
}

/* Plan the next start of a program that ended or could not be started. */
static void plan(struct parent *parent, enum program_name name)
{
    struct due *due = &parent->due[name];
    int64_t now = clock_ms();
    if (now - due->started_ms > WAIT_FORGET_MS)
        due->wait_ms = 0;
    due->wait_ms = due->wait_ms ? due->wait_ms * 2 : WAIT_FIRST_MS;
    if (due->wait_ms > WAIT_MOST_MS)
        due->wait_ms = WAIT_MOST_MS;
    due->at_ms = now + due->wait_ms;
}

/* The others hold channels to a vault that is gone; start_due starts them behind the next one. */
static void follow_vault(struct parent *parent)
{
    team_stop(&parent->team);
    if (parent->due[PROGRAM_VAULT].at_ms <=
        clock_ms()) /* seen by a question that got no answer */
        plan(parent, PROGRAM_VAULT);
    for (int i = 0; i < PROGRAM_COUNT; i++)
        parent->due[i].at_ms = parent->due[PROGRAM_VAULT].at_ms;
}

/* Note a program's end, where it has ended. */
static void reap(struct parent *parent, enum program_name name)
{
    struct program *program = &parent->team.programs[name];
    int how = 0;
    char text[64];
    if (!team_runs(&parent->team, name) || process_wait(&program->process, 0, &how) != OK)
        return;
    log_line(how ? LOG_ERROR : LOG_NOTE, "%s %s", program_file(name),
             program_how(how, text, sizeof text));
    program_stop(program, 0); /* its channel */
    plan(parent, name);
}

static enum status start(struct parent *parent, enum program_name name, struct error *err)
{
    struct team *team = &parent->team;
    parent->due[name].started_ms = clock_ms();
    TRY(team_start(team, name, err));
    log_line(LOG_NOTE, "%s started, pid %ld", program_file(name),
             (long)team->programs[name].process.pid);
    return OK;
}

static void start_again(struct parent *parent, enum program_name name)
{
    struct error err = {0};
    enum status status = start(parent, name, &err);
    if (status == OK)
        return;
    log_error(LOG_ERROR, program_file(name), status, &err);
    plan(parent, name);
}

/* Start what is due, the vault first and none without it. */
static void start_due(struct parent *parent)
{
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        enum program_name name = (enum program_name)i;
        if (name != PROGRAM_VAULT && !team_runs(&parent->team, PROGRAM_VAULT))
            return;
        if (!team_runs(&parent->team, name) && parent->due[i].at_ms <= clock_ms())
            start_again(parent, name);
    }
}

/* Return until when to sleep: the next start that is due; without a vault that one is. */
static int wait_ms(const struct parent *parent)
{
    int64_t at_ms = INT64_MAX;
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        if (!team_runs(&parent->team, (enum program_name)i) && parent->due[i].at_ms < at_ms)
            at_ms = parent->due[i].at_ms;
        if (i == PROGRAM_VAULT && at_ms < INT64_MAX)
            break;
    }
    int64_t left = at_ms == INT64_MAX ? -1 : at_ms - clock_ms();
    return at_ms == INT64_MAX ? -1 : left < 0 ? 0 : (int)left;
}

static void wait_for_something(struct parent *parent)
{
    struct pollfd fds[1 + PROGRAM_COUNT] = {{.fd = parent->signals, .events = POLLIN}};
    for (int i = 0; i < PROGRAM_COUNT; i++) /* poll passes over -1 */
        fds[1 + i] =
            (struct pollfd){.fd = parent->team.programs[i].process.pidfd, .events = POLLIN};
    int wait = wait_ms(parent);
    if (*parent->team.config->tls_certificate && (wait < 0 || wait > LOOK_MS))
        wait = LOOK_MS;
    if (poll(fds, sizeof fds / sizeof *fds, wait) < 0)
        ENSURE(errno == EINTR);
}

/* Hand changed files of the certificate to the edge. */
static void renew(struct parent *parent)
{
    bool now = parent->renews || (parent->team.certificate_refused && !parent->stopping);
    if (!parent->renews && clock_ms() < parent->look_ms)
        return;
    if (parent->renews && !*parent->team.config->tls_certificate)
        log_line(LOG_NOTE, "SIGHUP renews a certificate, and none is configured");
    parent->renews = false;
    parent->look_ms = clock_ms() + LOOK_MS;
    certificate_look(&parent->team, now);
}

static void keep_running(struct parent *parent)
{
    bool vault_ran = true;
    while (!parent->stopping) {
        for (int i = 0; i < PROGRAM_COUNT; i++)
            reap(parent, (enum program_name)i);
        if (vault_ran && !team_runs(&parent->team, PROGRAM_VAULT))
            follow_vault(parent);
        start_due(parent);
        vault_ran = team_runs(&parent->team, PROGRAM_VAULT);
        wait_for_something(parent);
        take_signals(parent);
        renew(parent);
    }
}

static enum status start_first(struct parent *parent, struct error *err)
{
    TRY(team_unlock(&parent->team, err));
    TRY(team_listen(&parent->team, err));
    for (int i = 0; i < PROGRAM_COUNT; i++)
        TRY(start(parent, (enum program_name)i, err));
    return OK;
}

static void say_ready(struct parent *parent)
{
    struct team *team = &parent->team;
    printf("ready %s\n", team_url(team, &team->listen));
    if (team->metrics_fd >= 0)
        printf("metrics %s/metrics\n", team_url(team, &team->metrics));
    fflush(stdout);
    notify("READY=1");
    if (!team->config->jail)
        log_line(LOG_WARN, "jail = off: a captured program can do whatever its user can");
    if (geteuid() == 0 && !*team->config->vault_user)
        log_line(LOG_WARN, "all programs run as root: name their users in [users]");
}

int parent_serve(struct config *config)
{
    struct parent parent = {0};
    struct error err = {0};
    team_init(&parent.team, config);
    catch_signals(&parent);
    enum status status = start_first(&parent, &err);
    if (status == OK) {
        say_ready(&parent);
        keep_running(&parent);
        notify("STOPPING=1");
        log_line(LOG_NOTE, "stopping");
    } else {
        log_error(LOG_ERROR, "not started", status, &err);
    }
    team_done(&parent.team);
    close(parent.signals);
    return status == OK ? 0 : 1;
}
