/* SPDX-License-Identifier: ISC
 *
 *     begun ── features with starttls ──▶ starttls ── proceed ──▶ (TLS) begun
 *     begun, secure ── mechanisms ──▶ sign_in ── success ──▶ begun
 *     begun, signed in ── features with bind ──▶ bind ── result ──▶ present
 *
 * PLAIN is enough: the password is a ticket that lives for minutes, and goes out within verified TLS alone.
 */
#include "connector/xmpp.h"

#include <stdio.h>

#include "base/base64.h"

#define NS_STREAM "http://etherx.jabber.org/streams"
#define NS_CLIENT "jabber:client"
#define NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"
#define NS_PING "urn:xmpp:ping"
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

static void begin_stream(struct xmpp_client *x)
{
    stanza_reader_done(&x->reader);
    stanza_reader_init(&x->reader);
    x->state = XMPP_BEGUN;
    buf_add_cstr(&x->out, "<?xml version='1.0'?><stream:stream to='");
    stanza_escape(&x->out, text_from(x->domain));
    buf_add_cstr(&x->out,
                 "' version='1.0' xmlns='" NS_CLIENT "' xmlns:stream='" NS_STREAM "'>");
}

enum status xmpp_client_init(struct xmpp_client *x, struct text jid, struct text component,
                             const struct secret *ticket, bool is_secure, struct error *err)
{
    *x = (struct xmpp_client){.out = BUF(XMPP_OUT_MAX), .is_secure = is_secure};
    struct text user, domain;
    if (jid.n > DESK_JID_MAX || component.n > DESK_JID_MAX ||
        !text_cut(jid, '@', &user, &domain) || user.n == 0 || domain.n == 0)
        return error_set(err, ERR_INVALID, "xmpp", "the server gave no usable address");
    snprintf(x->user, sizeof x->user, TEXT_FMT, TEXT_ARG(user));
    snprintf(x->domain, sizeof x->domain, TEXT_FMT, TEXT_ARG(domain));
    snprintf(x->component, sizeof x->component, TEXT_FMT, TEXT_ARG(component));
    x->ticket = secret_copy(ticket);
    begin_stream(x);
    return OK;
}

void xmpp_client_done(struct xmpp_client *x)
{
    stanza_reader_done(&x->reader);
    buf_wipe(&x->out);
    secret_free(&x->ticket);
    *x = (struct xmpp_client){0};
}

void xmpp_client_secured(struct xmpp_client *x)
{
    x->is_secure = true;
    begin_stream(x);
}

enum status xmpp_client_feed(struct xmpp_client *x, struct text bytes, struct error *err)
{
    if (stanza_feed(&x->reader, bytes.at, bytes.n) != OK)
        return error_set(err, ERR_UPSTREAM, "xmpp", "the server sent too much at once");
    return OK;
}

void xmpp_client_ping(struct xmpp_client *x)
{
    buf_add_cstr(&x->out, "<iq type='get' id='ping' to='");
    stanza_escape(&x->out, text_from(x->domain));
    buf_add_cstr(&x->out, "'><ping xmlns='" NS_PING "'/></iq>");
}

static bool offers_plain(const struct element *mechanisms)
{
    for (const struct element *e = mechanisms->first; e; e = e->next)
        if (element_is(e, NS_SASL, "mechanism") &&
            text_equal(text_trim(e->text), TEXT("PLAIN")))
            return true;
    return false;
}

static void send_password(struct xmpp_client *x)
{
    struct buf plain CLEANUP(buf_wipe) = BUF(DESK_JID_MAX + DESK_TICKET_MAX + 2);
    buf_add_byte(&plain, 0);
    buf_add_cstr(&plain, x->user);
    buf_add_byte(&plain, 0);
    buf_add(&plain, x->ticket.at, x->ticket.n);
    buf_add_cstr(&x->out, "<auth xmlns='" NS_SASL "' mechanism='PLAIN'>");
    base64_format(&x->out, plain.at, plain.n);
    buf_add_cstr(&x->out, "</auth>");
    x->state = XMPP_SIGN_IN;
}

static enum status on_features(struct xmpp_client *x, const struct element *features,
                               struct error *err)
{
    if (!x->is_secure) {
        if (!element_child(features, NS_TLS, "starttls"))
            return error_set(err, ERR_TLS, "xmpp",
                             "the XMPP server offers no TLS on this port: nothing was sent");
        buf_add_cstr(&x->out, "<starttls xmlns='" NS_TLS "'/>");
        x->state = XMPP_STARTTLS;
        return OK;
    }
    if (!x->has_signed_in) {
        const struct element *mechanisms = element_child(features, NS_SASL, "mechanisms");
        if (!mechanisms || !offers_plain(mechanisms))
            return error_set(err, ERR_UPSTREAM, "xmpp",
                             "the XMPP server does not offer SASL PLAIN within TLS");
        send_password(x);
        return OK;
    }
    if (!element_child(features, NS_BIND, "bind"))
        return error_set(err, ERR_UPSTREAM, "xmpp", "the XMPP server binds no resource");
    buf_add_cstr(&x->out, "<iq type='set' id='bind'><bind xmlns='" NS_BIND "'/></iq>");
    x->state = XMPP_BIND;
    return OK;
}

static enum status on_sign_in(struct xmpp_client *x, const struct element *e, struct error *err)
{
    if (element_is(e, NS_SASL, "failure"))
        return error_set(err, ERR_AUTH, "xmpp", "the XMPP server refuses the ticket");
    if (!element_is(e, NS_SASL, "success"))
        return OK;
    x->has_signed_in = true;
    begin_stream(x);
    return OK;
}

static bool is_iq(const struct element *e, const char *type, const char *id)
{
    return element_is(e, NS_CLIENT, "iq") &&
           text_equal(element_attribute(e, "type"), text_from(type)) &&
           (!id || text_equal(element_attribute(e, "id"), text_from(id)));
}

/* Whoever asks gets an answer (RFC 6120, 8.2.3): to a ping that we are here, to all else that we know nothing. */
static void answer_iq(struct xmpp_client *x, const struct element *e)
{
    bool is_ping = element_child(e, NS_PING, "ping");
    if (x->out.n > XMPP_OUT_MAX / 2)
        return; /* nobody reads what we say */
    buf_add_cstr(&x->out, "<iq id='");
    stanza_escape(&x->out, element_attribute(e, "id"));
    if (element_attribute(e, "from").n) {
        buf_add_cstr(&x->out, "' to='");
        stanza_escape(&x->out, element_attribute(e, "from"));
    }
    buf_add_cstr(&x->out, is_ping ? "' type='result'/>"
                                  : "' type='error'><error type='cancel'><service-unavailable "
                                    "xmlns='" NS_STANZAS "'/></error></iq>");
}

static bool is_from_component(const struct xmpp_client *x, const struct element *e)
{
    struct text bare = element_attribute(e, "from"), resource;
    text_cut(bare, '/', &bare, &resource);
    return bare.n && text_equal(bare, text_from(x->component));
}

static void on_present(struct xmpp_client *x, const struct element *e,
                       enum xmpp_event *ret_event, int64_t *ret_number)
{
    if (is_iq(e, "result", "ping") || is_iq(e, "error", "ping")) {
        *ret_event = XMPP_PONG;
    } else if (is_iq(e, "get", NULL) || is_iq(e, "set", NULL)) {
        answer_iq(x, e);
    } else if (element_is(e, NS_CLIENT, "message") && is_from_component(x, e)) {
        const struct element *body = element_child(e, NS_CLIENT, "body");
        int64_t number;
        if (body && text_to_i64(text_trim(body->text), &number) && number >= 0) {
            *ret_event = XMPP_NUMBER;
            *ret_number = number;
        }
    }
}

static enum status on_stanza(struct xmpp_client *x, const struct element *e,
                             enum xmpp_event *ret_event, int64_t *ret_number, struct error *err)
{
    if (element_is(e, NS_STREAM, "error")) {
        char what[48] = "no reason given";
        if (e->first)
            text_print(e->first->name, "", what, sizeof what);
        return error_set(err, ERR_CLOSED, "xmpp", "the XMPP server ends the stream: %s", what);
    }
    switch (x->state) {
    case XMPP_BEGUN:
        return element_is(e, NS_STREAM, "features") ? on_features(x, e, err) : OK;
    case XMPP_STARTTLS:
        if (!element_is(e, NS_TLS, "proceed"))
            return error_set(err, ERR_TLS, "xmpp", "the XMPP server refuses to begin TLS");
        *ret_event = XMPP_SECURE;
        return OK;
    case XMPP_SIGN_IN:
        return on_sign_in(x, e, err);
    case XMPP_BIND:
        if (is_iq(e, "error", "bind"))
            return error_set(err, ERR_UPSTREAM, "xmpp", "the XMPP server gives no resource");
        if (!is_iq(e, "result", "bind"))
            return OK;
        buf_add_cstr(&x->out, "<presence/>");
        x->state = XMPP_PRESENT;
        *ret_event = XMPP_READY;
        return OK;
    case XMPP_PRESENT:
        on_present(x, e, ret_event, ret_number);
        return OK;
    }
    return OK;
}

enum status xmpp_client_next(struct xmpp_client *x, enum xmpp_event *ret_event,
                             int64_t *ret_number, struct error *err)
{
    *ret_event = XMPP_NONE;
    for (;;) {
        struct arena a CLEANUP(arena_done) = {0};
        enum stanza_event event;
        struct element element;
        if (stanza_next(&x->reader, &a, &event, &element) != OK)
            return error_set(err, ERR_UPSTREAM, "xmpp", "what the server sends is no XMPP");
        if (event == STANZA_NONE)
            return OK;
        if (event == STANZA_CLOSED)
            return error_set(err, ERR_CLOSED, "xmpp", "the XMPP server ended the stream");
        if (event == STANZA_WHOLE)
            TRY(on_stanza(x, &element, ret_event, ret_number, err));
        if (buf_failed(&x->out))
            return error_set(err, ERR_UPSTREAM, "xmpp", "the XMPP server asks too much");
        if (*ret_event != XMPP_NONE)
            return OK;
    }
}
