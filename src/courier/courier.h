/* SPDX-License-Identifier: ISC
 *
 * hourgate-courier: a zygote that loads roots and resolver, jails itself and forks a child for each
 * connection it is asked for. It parses nothing from the network; its children do, one server each.
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include "calendar/calendar.h"
#include "time/zone.h"
#include "wire/link.h"

enum { COURIER_PEERS = 4, COURIER_CHILDREN = 512 };

/* What the zygote has prepared, and all children share. */
struct courier {
    struct tls_roots *roots;
    struct network_list networks;
    struct zones *zones;               /* for mails */
    struct proxy proxy;                /* of the start message, kept for life */
    const char *const *resolver_files; /* ends in NULL */
    bool jail;
};

/* Answer spawns until the parent goes away, or one of the resolver's files is another file than before: the
 * jail knows the old one, and a new courier must be started. control is the parent's link. */
void zygote_serve(const struct courier *courier, struct link *control);

/* Serve one sign-in over fd until the asker closes it; the exit code. asker: who asked for the child. */
int child_serve(const struct courier *courier, int fd, enum wire_role asker);

#endif
