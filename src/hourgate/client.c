/* SPDX-License-Identifier: ISC */
#include "hourgate/client.h"

#include <unistd.h>

#include "os/clock.h"
#include "os/socket.h"
#include "wire/codec.h"

enum {
    CLIENT_ANSWER_MS = 180000,        /* the doctor may wait for a slow server at every layer */
    CLIENT_FILE_MS = 4 * 3600 * 1000, /* a database of millions of bookings */
};

/* Start what the command needs, and give the vault one end of a channel. */
static enum status start_own(struct client *client, bool with_courier, int *ret_fd,
                             struct error *err)
{
    struct team *team = &client->team;
    TRY(team_unlock(team, err));
    TRY(team_start(team, PROGRAM_VAULT, err));
    if (with_courier)
        TRY(team_start(team, PROGRAM_COURIER, err));
    int theirs;
    ENSURE(channel_pair(ret_fd, &theirs) == OK);
    enum status status =
        program_attach(&team->programs[PROGRAM_VAULT], ATTACH_COMMAND, theirs, err);
    if (status != OK)
        close(*ret_fd);
    return status;
}

enum status client_open(struct client *client, struct config *config, bool with_courier,
                        struct error *err)
{
    *client = (struct client){.link = {.ch = {.fd = -1}}};
    team_init(&client->team, config);
    int fd;
    enum status status = socket_connect_unix(config->commands, &fd, err);
    if (status == ERR_NOT_FOUND)
        status = start_own(client, with_courier, &fd, err);
    if (status == OK)
        link_init(&client->link, fd);
    else
        client_close(client);
    return status;
}

void client_close(struct client *client)
{
    if (!client->team.config) /* zeroed */
        return;
    link_done(&client->link);
    team_done(&client->team);
    *client = (struct client){0};
}

/* The message did not fit its shape: name the field. */
static void unfit(enum wire_type type, const void *ask, struct error *err)
{
    const struct wire_message *message = wire_message_of(type);
    const struct field *field = wire_unfit(message->ask, ask);
    if (field && field->kind == FIELD_TEXT)
        error_set(err, ERR_INVALID, field->name,
                  "longer than %zu bytes, not UTF-8, or with control characters", field->max);
    else if (field)
        error_set(err, ERR_INVALID, field->name, "too long, or not a value it can have");
    else
        error_set(err, ERR_INVALID, message->name,
                  "the server's answer cannot be read; one of another version may still run: "
                  "restart it");
}

static enum status ask_within(struct client *client, enum wire_type type, const void *ask,
                              int fd, int64_t timeout_ms, struct arena *a, void *ret_answer,
                              struct error *err)
{
    struct reply reply = {0};
    enum status status = link_ask(&client->link, type, ask, fd, clock_ms() + timeout_ms, a,
                                  &reply, ret_answer, NULL);
    if (status == OK)
        return OK;
    if (reply.status == status)
        reply_to_error(&reply, err);
    else if (status == ERR_INVALID)
        unfit(type, ask, err);
    else
        error_set(err, status, "vault", "no answer: %s", status_name(status));
    return status;
}

enum status client_ask(struct client *client, enum wire_type type, const void *ask,
                       struct arena *a, void *ret_answer, struct error *err)
{
    return ask_within(client, type, ask, -1, CLIENT_ANSWER_MS, a, ret_answer, err);
}

enum status client_ask_file(struct client *client, enum wire_type type, const void *ask, int fd,
                            struct arena *a, void *ret_answer, struct error *err)
{
    return ask_within(client, type, ask, fd, CLIENT_FILE_MS, a, ret_answer, err);
}
