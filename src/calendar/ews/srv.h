/* SPDX-License-Identifier: ISC */
#ifndef EWS_SRV_H
#define EWS_SRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

/* Read a DNS answer: the SRV record that is to be tried first, of the lowest priority the heaviest (RFC 2782). A
 * target that is the root, "no such service here", is none. False: there is none, or it cannot be read. */
bool srv_read(const unsigned char *at, size_t n, char ret_host[static MAX_HOST + 1],
              int64_t *ret_port);

#endif
