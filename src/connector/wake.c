/* SPDX-License-Identifier: ISC */
#include "connector/wake.h"

#include <stdio.h>

enum { IN_MAX = 64 * 1024, SEND_MS = 10000 };

static int64_t now_ms(const struct wake *wake)
{
    return wake->at->clock.ms(wake->at->clock.self);
}

static enum status flush(struct wake *wake, struct error *err)
{
    const struct stream_adapter *stream = &wake->at->stream;
    if (wake->client.out.n == 0)
        return OK;
    enum status status =
        stream->send(stream->self, buf_text(&wake->client.out), now_ms(wake) + SEND_MS, err);
    wipe_bytes(wake->client.out.at, wake->client.out.n); /* the ticket passes here */
    buf_clear(&wake->client.out);
    return status == OK ? OK : ERR_CLOSED;
}

static enum status receive(struct wake *wake, int64_t deadline_ms, struct error *err)
{
    const struct stream_adapter *stream = &wake->at->stream;
    struct buf in CLEANUP(buf_wipe) = BUF(IN_MAX);
    TRY(stream->receive(stream->self, &in, deadline_ms, err));
    wake->heard_ms = now_ms(wake);
    wake->is_asked = false;
    return xmpp_client_feed(&wake->client, buf_text(&in), err);
}

static enum status sign_in(struct wake *wake, const char *host, struct error *err)
{
    const struct stream_adapter *stream = &wake->at->stream;
    int64_t deadline_ms = now_ms(wake) + WAKE_OPEN_MS;
    for (;;) {
        enum xmpp_event event;
        int64_t number;
        TRY(xmpp_client_next(&wake->client, &event, &number, err));
        TRY(flush(wake, err));
        if (event == XMPP_READY)
            return OK;
        if (event == XMPP_SECURE) {
            TRY(stream->secure(stream->self, host, deadline_ms, err));
            xmpp_client_secured(&wake->client);
        }
        if (event == XMPP_NONE)
            TRY(receive(wake, deadline_ms, err));
    }
}

static enum status try_port(struct wake *wake, const struct platform *at,
                            const struct desk_xmpp *xmpp, int64_t port, bool tls,
                            bool *ret_reached, struct error *err)
{
    char host[MAX_HOST + 1];
    snprintf(host, sizeof host, TEXT_FMT, TEXT_ARG(xmpp->host));
    *wake = (struct wake){.at = at};
    int64_t deadline_ms = now_ms(wake) + WAKE_OPEN_MS;
    TRY(at->stream.open(at->stream.self, host, port, tls, deadline_ms, err));
    *ret_reached = true;
    wake->is_open = true;
    wake->heard_ms = now_ms(wake);
    enum status status =
        xmpp_client_init(&wake->client, xmpp->jid, xmpp->component, &xmpp->ticket, tls, err);
    if (status == OK)
        status = sign_in(wake, host, err);
    if (status != OK)
        wake_close(wake);
    return status;
}

enum status wake_open(struct wake *wake, const struct platform *at,
                      const struct desk_xmpp *xmpp, bool *ret_is_blocked, struct error *err)
{
    const struct {
        int64_t port;
        bool tls;
    } ports[] = {{xmpp->port, false}, {xmpp->port_tls, true}};
    enum status status = ERR_NETWORK;
    bool reached = false;
    *ret_is_blocked = false;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (ports[i].port == 0)
            continue;
        status = try_port(wake, at, xmpp, ports[i].port, ports[i].tls, &reached, err);
        if (status == OK || (reached && status != ERR_TIMEOUT && status != ERR_CLOSED))
            return status;
    }
    *ret_is_blocked = !reached && (status == ERR_NETWORK || status == ERR_TIMEOUT);
    if (*ret_is_blocked)
        error_set(err, status, "xmpp",
                  "ports %lld and %lld of " TEXT_FMT " cannot be reached: ask for them to be "
                  "opened, or switch to Auto-sync, which needs only HTTPS",
                  (long long)xmpp->port, (long long)xmpp->port_tls, TEXT_ARG(xmpp->host));
    return status;
}

void wake_close(struct wake *wake)
{
    if (wake->is_open)
        wake->at->stream.close(wake->at->stream.self);
    xmpp_client_done(&wake->client);
    wake->is_open = false;
}

static enum status look(struct wake *wake, int64_t *ret_number, struct error *err)
{
    for (;;) {
        enum xmpp_event event;
        TRY(xmpp_client_next(&wake->client, &event, ret_number, err));
        TRY(flush(wake, err));
        if (event == XMPP_NUMBER)
            return OK;
        if (event == XMPP_NONE)
            TRY(receive(wake, 0, err));
    }
}

enum status wake_next(struct wake *wake, int64_t *ret_number, struct error *err)
{
    if (!wake->is_open)
        return error_set(err, ERR_CLOSED, "xmpp", "not connected");
    enum status status = look(wake, ret_number, err);
    if (status == ERR_TIMEOUT && now_ms(wake) >= wake_due_ms(wake)) {
        if (wake->is_asked) {
            status = error_set(err, ERR_CLOSED, "xmpp", "the XMPP server is silent");
        } else {
            xmpp_client_ping(&wake->client);
            wake->is_asked = true;
            wake->heard_ms = now_ms(wake);
            status = flush(wake, err) == OK ? ERR_TIMEOUT : ERR_CLOSED;
        }
    }
    if (status != OK && status != ERR_TIMEOUT)
        wake_close(wake);
    return status;
}

int64_t wake_due_ms(const struct wake *wake)
{
    return wake->heard_ms + (wake->is_asked ? WAKE_PONG_MS : WAKE_QUIET_MS);
}
