/* SPDX-License-Identifier: ISC
 *
 * A vault, courier or edge that only answers: which one it is, its name says. So the parent's part can be
 * tested alone.
 *
 *   HOURGATE_STUB_REFUSE=NAME   refuse the start of that program with a line
 *   HOURGATE_STUB_SILENT=NAME   never answer its start
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"
#include "wire/link.h"

static const char *name;

static bool is_named_by(const char *variable)
{
    const char *value = getenv(variable);
    return value && strcmp(value, name) == 0;
}

static void answer(struct link *link, const struct frame *question, enum status status,
                   const void *body, int fd)
{
    struct error err = {0};
    if (status != OK)
        error_set(&err, status, "stub", "refused as asked");
    struct reply reply = reply_from(status, &err);
    ENSURE(link_answer(link, question, &reply, body, fd, clock_ms() + 5000) == OK);
}

static void answer_command(struct link *link, const struct frame *question)
{
    struct account_row account = {
        .slug = TEXT("acme"), .name = TEXT("Acme \"AG\"\n"), .users = 3};
    struct account_list_answer accounts = {.rows = &account, .n_rows = 1};
    struct user_row user = {.email = TEXT("ann@acme.example"), .zone = TEXT("Europe/Zurich")};
    struct user_list_answer users = {.rows = &user, .n_rows = 1};
    struct layer layers[] = {
        {TEXT("dns"), LAYER_OK, TEXT("mail.example.ch -> 192.0.2.10"), {0}},
        {TEXT("tls"), LAYER_REFUSED, TEXT("certificate expired"), TEXT("renew it")},
    };
    struct connection_add_answer refused = {.layers = layers, .n_layers = 2};
    struct no_answer {
        bool unused;
    } nothing = {false};
    switch (question->type) {
    case WIRE_account_list:
        return answer(link, question, OK, &accounts, -1);
    case WIRE_user_list:
        return answer(link, question, OK, &users, -1);
    case WIRE_connection_add:
        return answer(link, question, ERR_TLS, &refused, -1);
    case WIRE_account_add:
        return answer(link, question, OK, &nothing, -1);
    case WIRE_page_put: {
        struct page_put_answer put = {.connected = true};
        return answer(link, question, OK, &put, -1);
    }
    case WIRE_check: {
        struct check_answer found = {.layers = layers, .n_layers = 1};
        return answer(link, question, OK, &found, -1);
    }
    case WIRE_open:
        return answer(link, question, OK, &nothing, -1);
    default:
        return answer(link, question, ERR_UNSUPPORTED, NULL, -1);
    }
}

/* Answer one command's (or a courier child's) questions until it is gone, in a process of its own. */
static void serve_one(int fd, int to_close)
{
    if (fork() == 0) {
        struct link link;
        struct frame question;
        close(to_close);
        process_follow_parent();
        link_init(&link, fd);
        while (link_next(&link, clock_ms() + 60000, &question) == OK)
            answer_command(&link, &question);
        _exit(0);
    }
    close(fd);
}

static void serve_listener(int fd, int to_close)
{
    if (fork() == 0) {
        close(to_close);
        process_follow_parent();
        for (;;) {
            int one = accept(fd, NULL, NULL);
            if (one >= 0)
                serve_one(one, fd);
            else
                usleep(1000); /* the listener does not block */
        }
    }
    close(fd);
}

static void attached(struct link *link, const struct frame *question)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct attach_ask ask;
    ENSURE(frame_read_ask(&a, question, &ask) == OK);
    int fd = channel_take_fd(&link->ch);
    ENSURE(fd >= 0);
    log_line(LOG_NOTE, "attached %d", (int)ask.role);
    if (ask.role == ATTACH_COMMANDS)
        serve_listener(fd, link->ch.fd);
    else if (ask.role == ATTACH_COMMAND)
        serve_one(fd, link->ch.fd);
    answer(link, question, OK, NULL, -1); /* other descriptors are kept until the end */
}

static void spawn(struct link *link, const struct frame *question)
{
    int ours, theirs;
    ENSURE(channel_pair(&ours, &theirs) == OK);
    serve_one(ours, link->ch.fd);
    answer(link, question, OK, NULL, theirs);
}

int main(int argc, char **argv)
{
    name = strrchr(argv[0], '-');
    name = name ? name + 1 : argv[0];
    if (argc > 1) { /* --probe-jail */
        printf("%s\topen a file\trefused\tends the process\n", name);
        return 0;
    }
    log_init(argv[0], LOG_NOTE);
    process_prepare();
    struct link link;
    struct frame question;
    link_init(&link, PROCESS_CONTROL_FD);
    while (link_next(&link, clock_ms() + 600000, &question) == OK) {
        if (question.type == WIRE_attach)
            attached(&link, &question);
        else if (question.type == WIRE_spawn)
            spawn(&link, &question);
        else if (!is_named_by("HOURGATE_STUB_SILENT"))
            answer(&link, &question, is_named_by("HOURGATE_STUB_REFUSE") ? ERR_DENIED : OK,
                   NULL, -1);
    }
    return 0;
}
