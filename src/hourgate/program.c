/* SPDX-License-Identifier: ISC */
#include "hourgate/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/log.h"

enum { PRINT_MS = 60000 }; /* the jail's probe tries many things */

static const char *const short_names[PROGRAM_COUNT] = {
    [PROGRAM_VAULT] = "vault", [PROGRAM_COURIER] = "courier", [PROGRAM_EDGE] = "edge"};

const char *program_file(enum program_name name)
{
    static const char *const files[PROGRAM_COUNT] = {[PROGRAM_VAULT] = "hourgate-vault",
                                                     [PROGRAM_COURIER] = "hourgate-courier",
                                                     [PROGRAM_EDGE] = "hourgate-edge"};
    return files[name];
}

enum status program_find(enum program_name name, char *ret_path, size_t size, struct error *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return error_set(err, ERR_IO, "program", "/proc is not there");
    self[n] = 0;
    *strrchr(self, '/') = 0;
    for (int place = 0; place < 3; place++) {
        const char *file = program_file(name);
        if (place == 0)
            snprintf(ret_path, size, "%s/%s", self, file);
        else if (place == 1)
            snprintf(ret_path, size, "%s/../%s/%s", self, short_names[name], file);
        else
            snprintf(ret_path, size, "%s/../libexec/hourgate/%s", self, file);
        if (access(ret_path, X_OK) == 0)
            return OK;
    }
    return error_set(err, ERR_NOT_FOUND, "program", "%s is not installed beside %s",
                     program_file(name), self);
}

enum status program_print(enum program_name name, const char *option, struct buf *out,
                          int *ret_how, struct error *err)
{
    char path[PATH_MAX + 64];
    int output[2];
    struct process process = PROCESS_NONE;
    TRY(program_find(name, path, sizeof path, err));
    ENSURE(pipe2(output, O_CLOEXEC) == 0);
    const char *const argv[] = {program_file(name), option, NULL};
    enum status status = process_start(path, argv, -1, output[1], &process, err);
    close(output[1]);
    for (ssize_t got = 1; status == OK && got > 0;) {
        unsigned char *to = buf_room(out, 1024);
        got = to ? read(output[0], to, 1024) : 0;
        if (got > 0)
            buf_grown(out, (size_t)got);
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    close(output[0]);
    *ret_how = process_end(&process, clock_ms() + PRINT_MS);
    return status;
}

enum status program_start(struct program *program, enum program_name name, struct error *err)
{
    char path[PATH_MAX + 64];
    TRY(program_find(name, path, sizeof path, err));
    int ours, theirs;
    if (channel_pair(&ours, &theirs) != OK)
        return error_set(err, ERR_IO, "program", "no socket pair");
    *program = (struct program){.name = name, .process = PROCESS_NONE};
    const char *const argv[] = {program_file(name), NULL};
    enum status status = process_start(path, argv, theirs, -1, &program->process, err);
    close(theirs);
    link_init(&program->control, ours);
    if (status != OK)
        link_done(&program->control);
    return status;
}

const char *program_how(int how, char *ret_text, size_t size)
{
    if (how == 128 + SIGSYS)
        snprintf(ret_text, size, "killed by its jail");
    else if (how > 128)
        snprintf(ret_text, size, "killed by signal %d", how - 128);
    else
        snprintf(ret_text, size, "ended with exit code %d", how);
    return ret_text;
}

/* The channel is of no use any more: say why. */
static enum status explain(struct program *program, enum status status, struct error *err)
{
    char text[64];
    int how = 0;
    const char *file = program_file(program->name);
    if (status == ERR_TIMEOUT)
        return error_set(err, status, file, "gave no answer within %d s",
                         PROGRAM_ANSWER_MS / 1000);
    if (status == ERR_CLOSED && process_wait(&program->process, clock_ms() + 1000, &how) == OK)
        return error_set(err, status, file, "%s", program_how(how, text, sizeof text));
    return error_set(err, status, file, "broke off the conversation (%s)", status_name(status));
}

enum status program_ask(struct program *program, enum wire_type type, const void *ask, int fd,
                        struct error *err)
{
    struct edge_start_answer nothing; /* all these answers are NO_FIELDS */
    return program_ask_for(program, type, ask, fd, &nothing, err);
}

enum status program_ask_for(struct program *program, enum wire_type type, const void *ask,
                            int fd, void *ret_answer, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct reply reply = {0};
    enum status status = link_ask(&program->control, type, ask, fd,
                                  clock_ms() + PROGRAM_ANSWER_MS, &a, &reply, ret_answer, NULL);
    if (status == OK)
        return OK;
    if (reply.status != status) /* no answer came */
        return explain(program, status, err);
    reply_to_error(&reply, err);
    return status;
}

enum status program_attach(struct program *program, enum attach_role role, int fd,
                           struct error *err)
{
    struct attach_ask ask = {.role = role};
    return program_ask(program, WIRE_attach, &ask, fd, err);
}

void program_stop(struct program *program, int64_t deadline_ms)
{
    if (program->process.pid == 0 && program->control.ch.fd < 0)
        return;
    link_done(&program->control);
    if (program->process.pid == 0)
        return;
    int how = process_end(&program->process, deadline_ms);
    char text[64];
    if (how != 0)
        log_line(LOG_WARN, "%s: %s", program_file(program->name),
                 program_how(how, text, sizeof text));
}
