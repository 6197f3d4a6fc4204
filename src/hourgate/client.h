/* SPDX-License-Identifier: ISC
 *
 * A command's conversation with the vault: over the server's socket for commands, or with a vault (and a
 * courier) started for this command where no server runs.
 */
#ifndef HOURGATE_CLIENT_H
#define HOURGATE_CLIENT_H

#include "hourgate/team.h"

struct client {
    struct link link;
    struct team team; /* runs only where no server does */
};

/* Connect. with_courier: the command makes the vault speak to a calendar server. */
enum status client_open(struct client *client, struct config *config, bool with_courier,
                        struct error *err) MUST_CHECK;

/* End the conversation, and what was started for it. Accepts a zeroed client. */
void client_close(struct client *client);

/* Ask. Texts of the answer live in a; it is filled also where the reply is an error with content. */
enum status client_ask(struct client *client, enum wire_type type, const void *ask,
                       struct arena *a, void *ret_answer, struct error *err) MUST_CHECK;

/* Ask for something that goes into an open file, and may take long; fd is given away. */
enum status client_ask_file(struct client *client, enum wire_type type, const void *ask, int fd,
                            struct arena *a, void *ret_answer, struct error *err) MUST_CHECK;

#endif
