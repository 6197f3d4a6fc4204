/* SPDX-License-Identifier: ISC
 *
 * `check exchange` starts a courier of its own and asks a child of it; no vault, no key, no database.
 * `check jail` runs each program's own probe.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "hourgate/child.h"
#include "hourgate/commands.h"
#include "hourgate/discover.h"
#include "hourgate/password.h"
#include "hourgate/report.h"
#include "hourgate/upstream.h"
#include "os/clock.h"
#include "os/file.h"
#include "wire/words.h"

enum { PROBE_MAX = 64 * 1024 };

const struct option check_exchange_options[] = {
    UPSTREAM_OPTIONS,
    {"email", "ADDRESS", "find the server by Autodiscover instead of --server"},
    DISCOVER_OPTION,
    {"probe", NULL, "also write an event, read it and delete it"},
    {"room", "ADDRESS", "look at this room too; with --probe see whether it takes the event"},
    REPORT_OPTION,
    {"roots", "FILE", "further CA roots, PEM"},
    {"networks", "LIST", "private networks that may be called, CIDR, by spaces"},
    PASSWORD_OPTIONS,
    {0},
};

/* Use the configuration where there is one, and what the options say before it. */
static enum status read_upstream_config(struct call *call, struct error *err)
{
    enum status status = config_read(&call->config, call->config_file, err);
    if (status != OK && (call->config_given || status == ERR_INVALID))
        return status;
    call->config.roots = call_cstr(call, "roots", call->config.roots);
    call->config.networks = call_cstr(call, "networks", call->config.networks);
    struct courier_start_ask networks;
    return config_networks(call->config.networks, &call->a, &networks, err);
}

/* What discover_server asks by. */
struct asker {
    struct call *call;
    struct team team;
};

/* Ask a child of its own one thing about a server. ret_answer may hold findings although it failed. */
static enum status ask_child(struct asker *asker, const struct server *server,
                             enum wire_type type, const void *ask, void *ret_answer,
                             struct error *err)
{
    const struct open_ask open = {.server = *server};
    return child_ask(&asker->team, WIRE_open, &open, type, ask, &asker->call->a, ret_answer,
                     err);
}

static enum status discover_by_child(void *by, const struct server *server,
                                     const struct discover_ask *ask,
                                     struct discover_answer *ret_found, struct error *err)
{
    return ask_child(by, server, WIRE_discover, ask, ret_found, err);
}

/* Put the findings of two questions behind each other. */
static struct check_answer join_layers(struct arena *a, const struct discover_answer *found,
                                       const struct check_answer *checked)
{
    struct check_answer all = {
        .layers = ARENA_ARRAY(a, found->n_layers + checked->n_layers + 1, struct layer)};
    for (size_t i = 0; i < found->n_layers; i++)
        all.layers[all.n_layers++] = found->layers[i];
    for (size_t i = 0; i < checked->n_layers; i++)
        all.layers[all.n_layers++] = checked->layers[i];
    return all;
}

static enum status check_server(struct call *call, struct server *server,
                                struct check_answer *ret_answer, struct error *err)
{
    struct asker asker = {.call = call};
    struct discover_answer found = {0};
    struct check_answer checked = {0};
    struct check_ask ask = {.probe = call_has(call, "probe"),
                            .room = call_text(call, "room", "")};
    enum status status = OK;
    team_init(&asker.team, &call->config);
    status = team_start(&asker.team, PROGRAM_COURIER, err);
    if (status == OK && !server->host.n)
        status = discover_server(call, discover_by_child, &asker, server, &found, err);
    if (status == OK)
        status = ask_child(&asker, server, WIRE_check, &ask, &checked, err);
    *ret_answer = join_layers(&call->a, &found, &checked);
    team_done(&asker.team);
    return status;
}

/* Whose server, and whose mailbox? Without one it is the default calendar of who signs in. */
static enum status read_question(struct call *call, struct server *server, struct error *err)
{
    bool discovers = call_has(call, "email");
    TRY(upstream_read(call, !discovers, server, err));
    if (discovers && call_has(call, "server"))
        return error_set(err, ERR_INVALID, "server", "give one of --server and --email");
    if (discovers && !server->user.n)
        server->user = call_text(call, "email", "");
    if (!server->mailbox.n)
        server->mailbox = call_text(call, "email", "");
    bool is_address = server->user.n && memchr(server->user.at, '@', server->user.n);
    if (!server->mailbox.n && is_address)
        server->mailbox = server->user;
    return OK;
}

enum exit_code command_check_exchange(struct call *call)
{
    struct error err = {0};
    struct server server = {0};
    struct check_answer answer = {0};
    if (read_question(call, &server, &err) != OK)
        return call_misused(call, &err);
    enum status status = read_upstream_config(call, &err);
    if (status != OK) {
        output_error(status, &err);
        return EXIT_CONFIG;
    }
    status = upstream_read_secret(call, "Password", &server, &err);
    if (status == OK)
        status = check_server(call, &server, &answer, &err);
    secret_free(&server.password);
    secret_free(&server.keytab);
    bool all_hold =
        answer.n_layers && output_layers(answer.layers, answer.n_layers, call->json);
    if (status != OK)
        return call_fail(status, &err);
    struct report report = {.method = auth_method_words[server.method],
                            .hidden = {server.user, server.mailbox, server.impersonate,
                                       call_text(call, "email", ""),
                                       call_text(call, "room", ""),
                                       server.token_server.client_id},
                            .layers = answer.layers,
                            .n_layers = answer.n_layers};
    status = report_write(call, &report, &err);
    if (status != OK)
        return call_fail(status, &err);
    return all_hold ? EXIT_DONE : EXIT_NOT_DONE;
}

static const struct column probe_columns[] = {{"program", COLUMN_TEXT},
                                              {"tries_to", COLUMN_TEXT},
                                              {"state", COLUMN_TEXT},
                                              {"how", COLUMN_TEXT},
                                              {0}};

static void add_probe_lines(struct table *table, struct text lines)
{
    struct text line;
    while (text_cut(lines, '\n', &line, &lines)) {
        size_t n = 1;
        struct text cell;
        for (; n < table->n_columns && text_cut(line, '\t', &cell, &line); n++)
            table_text(table, cell);
        for (; n <= table->n_columns; n++, line = (struct text){0})
            table_text(table, line);
    }
}

enum exit_code command_check_jail(struct call *call)
{
    CLEANUP(table_done) struct table table;
    struct error err = {0};
    bool all = true;
    table_init(&table, probe_columns);
    for (int i = 0; i < PROGRAM_COUNT; i++) {
        CLEANUP(buf_done) struct buf lines = BUF(PROBE_MAX);
        int how = 0;
        enum status status =
            program_print((enum program_name)i, "--probe-jail", &lines, &how, &err);
        if (status != OK)
            output_error(status, &err);
        else
            add_probe_lines(&table, buf_text(&lines));
        all = all && status == OK && how == 0 && lines.n;
    }
    table_print(&table, call->json, "no program answered");
    return all ? EXIT_DONE : EXIT_NOT_DONE;
}
