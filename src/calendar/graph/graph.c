/* SPDX-License-Identifier: ISC
 *
 * A person who has granted access is /me, and may name another's mailbox that is shared with them. An application
 * (a certificate's key, or a secret) is nobody: it always names the mailbox that it acts for.
 */
#include "calendar/graph/graph.h"

#include <stdlib.h>

static bool has_space_or_control(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.at[i] <= ' ' || t.at[i] == 0x7f)
            return true;
    return false;
}

static struct text or_else(struct text one, struct text other)
{
    return one.n ? one : other;
}

/* Take over from the server's description whom all jobs are for. */
static enum status graph_act(struct calendar *graph, struct error *err)
{
    const struct server *server = graph->server;
    struct text self = text_is_address(server->user) ? server->user : (struct text){0};
    struct text wanted = or_else(server->mailbox, server->impersonate);
    if (has_space_or_control(wanted))
        return error_set(err, ERR_INVALID, "server", "a mailbox's address has spaces in it");
    if (graph->is_app && !wanted.n)
        return error_set(err, ERR_INVALID, "server",
                         "an application has no mailbox of its own: name one with --mailbox");
    bool is_own = !graph->is_app && text_equal_nocase(wanted, self);
    graph->mailbox = is_own ? (struct text){0} : wanted;
    graph->address = or_else(wanted, self);
    graph->lacks_schedule = false;
    return OK;
}

static void graph_close(struct calendar *graph)
{
    if (!graph)
        return;
    fetch_close(graph->fetch);
    free(graph);
}

static enum status graph_open(const struct server *server, const struct fetch_options *options,
                              struct calendar **ret_calendar, struct error *err)
{
    struct calendar *graph = calloc(1, sizeof *graph);
    ENSURE(graph);
    *graph = (struct calendar){.server = server,
                               .options = options,
                               .is_app = server->method == AUTH_ASSERTION ||
                                         server->method == AUTH_BEARER};
    enum status status = OK;
    if (server->method < AUTH_BEARER || server->method == AUTH_NONE)
        status = error_set(err, ERR_INVALID, "server",
                           "Microsoft Graph takes OAuth alone: oauth, assertion or bearer");
    if (status == OK)
        status = graph_act(graph, err);
    if (status == OK)
        status = fetch_open(server, options, FETCH_SIGNED_IN, &graph->fetch, err);
    if (status == OK)
        *ret_calendar = graph;
    else
        graph_close(graph);
    return status;
}

const struct calendar_ops graph_ops = {
    .name = "graph",
    .open = graph_open,
    .close = graph_close,
    .act = graph_act,
    .busy = graph_busy,
    .create = graph_create,
    .find = graph_find,
    .update = graph_update,
    .remove = graph_remove,
    .view = graph_view,
    .calendars = graph_calendars,
    .changes = graph_changes,
    .events = graph_events,
    .check = graph_check,
};
