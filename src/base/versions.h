/* SPDX-License-Identifier: ISC
 *
 * `PROGRAM --versions` names the libraries that it runs with, for `hourgate trust`. Each program defines
 * versions_print in a file of its own, which alone sees the libraries' headers.
 */
#ifndef BASE_VERSIONS_H
#define BASE_VERSIONS_H

#include <stdbool.h>
#include <string.h>

static inline bool versions_wanted(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--versions") == 0;
}

/* Print a line for each library, its name and version with a tab between; return the exit code. */
int versions_print(void);

#endif
