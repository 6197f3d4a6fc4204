/* SPDX-License-Identifier: ISC */
#include "vault/house.h"

#include "os/log.h"
#include "wire/codec.h"

/* Can Autodiscover be asked by this sign-in? A ticket or token is for one server alone. */
static bool may_look(const struct connection_stored *c)
{
    return c->server.kind == CALENDAR_EWS && c->standing.outage == OUTAGE_MAILBOX &&
           c->state == CONNECTION_OK && c->server.mailbox.n &&
           (c->server.method == AUTH_NTLM || c->server.method == AUTH_BASIC);
}

void house_look(struct vault *v, int64_t connection)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct connection_stored c = {0};
    struct discover_ask ask = {0};
    struct discover_answer found = {0};
    struct error err = {0};
    enum status status = store_connection_get(v->store, &a, connection, &c, &err);
    bool looks = status == OK && may_look(&c);
    if (looks) {
        struct server server = c.server; /* its secrets stay the connection's */
        server.host = server.impersonate = (struct text){0};
        status = calendar_discover(&v->calendar, &server, &ask, vault_patience_ms(v), &a,
                                   &found, &err);
    }
    wire_wipe(server_shape, &c.server);
    if (!looks || status != OK || !found.online)
        return;
    log_line(LOG_NOTE, "connection %lld: its mailbox has moved to Microsoft 365",
             (long long)connection);
    status = calendar_moved_away(&v->calendar, connection, &err);
    if (status != OK)
        log_error(LOG_ERROR, "that a mailbox has moved could not be written down", status,
                  &err);
}
