/* SPDX-License-Identifier: ISC
 *
 * Runs a fuzz target over saved inputs, so that what was found once stays found without libFuzzer. The folder
 * comes as the first argument. Each input is tried whole and cut short at many places.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/file.h"

enum { INPUT_MAX = 1 << 20, CUTS = 64 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* A copy of exactly this size: a sanitizer sees a read behind its end. */
static void run(const unsigned char *data, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    ENSURE(copy);
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay(const char *path)
{
    CLEANUP(buf_done) struct buf input = BUF(INPUT_MAX);
    struct error err = {0};
    if (file_read(path, &input, &err) != OK) {
        fprintf(stderr, "%s\n", err.what);
        exit(1);
    }
    run(input.at, input.n);
    for (size_t i = 0; i < CUTS; i++)
        run(input.at, input.n * i / CUTS);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 1;
    }
    int n = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        replay(path);
        n++;
    }
    closedir(folder);
    printf("%d inputs\n", n);
    return n > 0 ? 0 : 1;
}
