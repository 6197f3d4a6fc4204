/* SPDX-License-Identifier: ISC
 *
 * A folder of a test's own, with small files in it; gone when the test is over.
 */
#ifndef UNIT_CONNECTOR_FOLDER_H
#define UNIT_CONNECTOR_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/text.h"

static char folder[64];

static inline const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

static inline void folder_make(void)
{
    snprintf(folder, sizeof folder, "/tmp/hourgate-unit-XXXXXX");
    ENSURE(mkdtemp(folder));
}

static inline int folder_forget(const char *path, const struct stat *is, int kind,
                                struct FTW *ftw)
{
    (void)is, (void)kind, (void)ftw;
    return remove(path);
}

static inline void folder_remove(void)
{
    nftw(folder, folder_forget, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void folder_write(const char *name, const char *content, mode_t mode)
{
    FILE *file = fopen(in_folder(name), "w");
    ENSURE(file && fputs(content, file) >= 0 && fclose(file) == 0);
    ENSURE(chmod(in_folder(name), mode) == 0);
}

#endif
