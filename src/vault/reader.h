/* SPDX-License-Identifier: ISC
 *
 * The one thread that reads: the control channel, every peer, the commands' socket. It decodes, asks the
 * permission table, and hands on; it never waits for anything but the next bytes.
 */
#ifndef VAULT_READER_H
#define VAULT_READER_H

#include "vault/vault.h"
#include "wire/link.h"

enum { READER_PEERS_MAX = 64 };

struct reader {
    struct vault *v;
    int poll; /* epoll: every peer, and the listener */
    struct list peers;
    size_t n_peers;
    int listener; /* the commands' socket; -1: none */
};

/* Take over the control channel, with what was already received over it. */
enum status reader_init(struct reader *reader, struct vault *v, struct link *control,
                        struct error *err) MUST_CHECK;
void reader_done(struct reader *reader);

/* Take over a channel with a peer of that role. ERR_FULL: too many; it is closed. */
enum status reader_add(struct reader *reader, enum wire_role role, int fd) MUST_CHECK;

/* Read and hand on until the control channel ends, or breaks the protocol. */
void reader_run(struct reader *reader);

#endif
