/* SPDX-License-Identifier: ISC
 *
 * The desktop program's installers, where the operator has put them: read before the jail, held in memory, given to
 * whoever asks. They hold nothing of this place: address, id and token are entered on the PC.
 */
#ifndef EDGE_INSTALLERS_H
#define EDGE_INSTALLERS_H

#include "base/arena.h"
#include "base/error.h"

enum { INSTALLERS = 3, INSTALLER_BYTES = (2 << 20) - 4096 };

struct installer {
    const char *name;  /* of its file, and in its address */
    struct text bytes; /* empty: it is not there */
};

struct installers {
    struct installer at[INSTALLERS];
};

/* Read those that lie in a directory; none is OK, one that cannot be read is not. Bytes live in a. An empty
 * directory's name: there are none. */
enum status installers_load(const char *directory, struct arena *a,
                            struct installers *ret_installers, struct error *err) MUST_CHECK;

#endif
