/* SPDX-License-Identifier: ISC */
#include "running.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/clock.h"

enum status running_start(struct running *run, const char *program, struct text key)
{
    struct error err = {0};
    int mine, theirs;
    char here[400];
    if (!run->directory[0]) {
        snprintf(run->directory, sizeof run->directory, "%s", "vault-program-XXXXXX");
        assert_non_null(mkdtemp(run->directory));
    }
    assert_non_null(getcwd(here, sizeof here));
    snprintf(run->path, sizeof run->path, "%s/%s/hourgate.db", here, run->directory);
    assert_int_equal(channel_pair(&mine, &theirs), OK);
    link_init(&run->control, mine);
    const char *const argv[] = {program, NULL};
    assert_int_equal(process_start(program, argv, theirs, -1, &run->process, &err), OK);
    close(theirs);
    struct vault_start_ask ask = {.database = text_from(run->path),
                                  .master_key = secret_new(key.at, key.n),
                                  .base_url = TEXT("http://127.0.0.1:8080"),
                                  .jail = true,
                                  .uid = -1,
                                  .gid = -1,
                                  .workers = 4,
                                  .upstream_timeout_s = 5};
    struct vault_start_answer answer;
    struct reply reply;
    enum status status = link_ask(&run->control, WIRE_vault_start, &ask, -1,
                                  clock_ms() + ASK_MS, &run->a, &reply, &answer, NULL);
    if (status != OK)
        printf("# start: %s: " TEXT_FMT "\n", status_name(status), TEXT_ARG(reply.what));
    secret_free(&ask.master_key);
    return status;
}

int running_stop(struct running *run)
{
    link_done(&run->control);
    return process_end(&run->process, clock_ms() + ASK_MS);
}

void running_clean_up(struct running *run)
{
    DIR *dir = opendir(run->directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char file[400];
        snprintf(file, sizeof file, "%s/%s", run->directory, entry->d_name);
        unlink(file);
    }
    if (dir)
        closedir(dir);
    rmdir(run->directory);
    arena_done(&run->a);
}

void running_attach(struct running *run, enum attach_role role, int fd)
{
    struct attach_ask ask = {.role = role};
    struct attach_answer answer;
    struct reply reply;
    assert_int_equal(link_ask(&run->control, WIRE_attach, &ask, fd, clock_ms() + ASK_MS,
                              &run->a, &reply, &answer, NULL),
                     OK);
}
