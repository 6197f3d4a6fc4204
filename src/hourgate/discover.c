/* SPDX-License-Identifier: ISC */
#include "hourgate/discover.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Ask at the terminal; where nobody looks at one the answer is no. */
static bool agrees(struct text domain, struct text user)
{
    char answer[8] = "";
    int fd = isatty(STDERR_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
    if (fd < 0)
        return false;
    dprintf(fd,
            "Autodiscover leads to another domain: " TEXT_FMT "\n"
            "Ask there and sign in there as " TEXT_FMT "? [y/N] ",
            TEXT_ARG(domain), TEXT_ARG(user));
    ssize_t got = read(fd, answer, sizeof answer - 1);
    close(fd);
    return got > 0 && (*answer == 'y' || *answer == 'Y');
}

static enum status add_consent(struct discover_ask *ask, struct text domain, struct error *err)
{
    if (ask->n_consents == MAX_CONSENTS)
        return error_set(err, ERR_LIMIT, "autodiscover", "it leads to more than %d domains",
                         MAX_CONSENTS);
    ask->consents[ask->n_consents++].domain = domain;
    return OK;
}

static bool is_there(const struct discover_ask *ask, struct text domain)
{
    for (size_t i = 0; i < ask->n_consents; i++)
        if (text_equal_nocase(ask->consents[i].domain, domain))
            return true;
    return false;
}

static enum status ask_all(struct call *call, discover_once *once, void *by,
                           const struct server *server, struct discover_answer *ret_found,
                           struct error *err)
{
    struct discover_ask ask = {.consents = ARENA_ARRAY(&call->a, MAX_CONSENTS, struct consent)};
    int at = 0;
    for (const char *domain; (domain = call_next(call, "consent", &at));)
        TRY(add_consent(&ask, text_from(domain), err));
    for (;;) {
        *ret_found = (struct discover_answer){0};
        enum status status = once(by, server, &ask, ret_found, err);
        struct text domain = ret_found->asks;
        if (status != OK || !domain.n || is_there(&ask, domain))
            return status;
        if (!agrees(domain, server->user))
            return error_set(err, ERR_DENIED, "autodiscover",
                             "it leads to " TEXT_FMT
                             ", another domain; where that is right, give --consent " TEXT_FMT,
                             TEXT_ARG(domain), TEXT_ARG(domain));
        TRY(add_consent(&ask, domain, err));
    }
}

enum status discover_server(struct call *call, discover_once *once, void *by,
                            struct server *server, struct discover_answer *ret_found,
                            struct error *err)
{
    TRY(ask_all(call, once, by, server, ret_found, err));
    if (ret_found->online)
        return error_set(
            err, ERR_UNSUPPORTED, "autodiscover",
            "this mailbox lives in Exchange Online: that takes no password any more, and its "
            "EWS is being switched off; it is reached by Microsoft Graph, which hourgate does "
            "not speak yet");
    if (!ret_found->host.n)
        return error_set(err, ERR_NOT_FOUND, "autodiscover",
                         "no server was named; give its address with --server");
    server->host = ret_found->host;
    server->port = ret_found->port;
    server->path = ret_found->path;
    if (ret_found->mailbox.n && !server->impersonate.n)
        server->mailbox = ret_found->mailbox;
    return OK;
}
