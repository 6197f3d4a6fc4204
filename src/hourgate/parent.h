/* SPDX-License-Identifier: ISC */
#ifndef HOURGATE_PARENT_H
#define HOURGATE_PARENT_H

#include "hourgate/config.h"

/* Serve until SIGTERM or SIGINT: start vault, courier and edge, say `ready URL` on standard output, and start
 * again what ends. Returns the exit code. */
int parent_serve(struct config *config);

#endif
