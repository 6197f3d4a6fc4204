/* SPDX-License-Identifier: ISC
 *
 * The vault's program, started as the parent starts it, in its jail, with a database of its own.
 */
#ifndef TEST_VAULT_RUNNING_H
#define TEST_VAULT_RUNNING_H

#include "os/process.h"
#include "wire/link.h"

enum { ASK_MS = 20000 };

struct running {
    char directory[64];
    char path[512];
    struct process process;
    struct link control;
    struct arena a;
};

/* Start it with a master key; again on the same database where it ran before. */
enum status running_start(struct running *run, const char *program, struct text key);
int running_stop(struct running *run); /* its exit code */
void running_clean_up(struct running *run);

/* Give it a descriptor, as the parent does. */
void running_attach(struct running *run, enum attach_role role, int fd);

#endif
