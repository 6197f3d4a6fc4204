/* SPDX-License-Identifier: ISC
 *
 * One of the other programs, seen from the parent: its process and its control channel. Whatever it
 * must know or hold goes over that channel.
 */
#ifndef HOURGATE_PROGRAM_H
#define HOURGATE_PROGRAM_H

#include "base/buf.h"
#include "base/error.h"
#include "os/process.h"
#include "wire/link.h"

enum program_name {
    PROGRAM_VAULT, /* in the order of starting; stopping goes from edge to vault to courier */
    PROGRAM_COURIER,
    PROGRAM_EDGE,
    PROGRAM_COUNT
};

enum {
    PROGRAM_ANSWER_MS = 30000, /* a start may load zones and roots, or migrate a database */
    PROGRAM_STOP_MS = 5000,    /* to end by itself, before it is killed */
};

struct program {
    enum program_name name;
    struct process process; /* PROCESS_NONE: not running */
    struct link control;
};

/* "hourgate-vault" */
const char *program_file(enum program_name name);

/* Find a program beside this one, in ../NAME (a build tree) or in ../libexec/hourgate. ERR_NOT_FOUND. */
enum status program_find(enum program_name name, char *ret_path, size_t size,
                         struct error *err) MUST_CHECK;

/* Run it with one option that makes it print something and end, and collect that. ret_how as process_wait's. */
enum status program_print(enum program_name name, const char *option, struct buf *out,
                          int *ret_how, struct error *err) MUST_CHECK;

/* Start it. It does nothing before it was asked to. */
enum status program_start(struct program *program, enum program_name name,
                          struct error *err) MUST_CHECK;

/* Ask its control channel something whose answer has no content but how it went. An error says which program,
 * and how it ended where it did. */
enum status program_ask(struct program *program, enum wire_type type, const void *ask, int fd,
                        struct error *err) MUST_CHECK;

/* The same with an answer, which holds nothing but numbers. */
enum status program_ask_for(struct program *program, enum wire_type type, const void *ask,
                            int fd, void *ret_answer, struct error *err) MUST_CHECK;

/* Give it a descriptor, which is given away, in that role. */
enum status program_attach(struct program *program, enum attach_role role, int fd,
                           struct error *err) MUST_CHECK;

/* Close its control channel, which tells it to end, wait until deadline_ms, then kill it. Does nothing to one
 * that does not run. */
void program_stop(struct program *program, int64_t deadline_ms);

/* Say how a process ended: "exit code 1", "killed by its jail". */
const char *program_how(int how, char *ret_text, size_t size);

#endif
