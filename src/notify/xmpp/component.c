/* SPDX-License-Identifier: ISC
 *
 * The link is read only while an answer is awaited: what else the server says in between waits in the socket, and is
 * passed over then. A headline is never kept for later: a question that came too late would wake for nothing.
 */
#include "notify/xmpp/component.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/clock.h"
#include "xmpp/stanza.h"

#define NS_COMPONENT "jabber:component:accept"
#define NS_STREAM "http://etherx.jabber.org/streams"
#define NS_COMMANDS "http://jabber.org/protocol/commands"
#define NS_ADMIN "http://jabber.org/protocol/admin"

enum { OUT_MAX = 8192, READ_SIZE = 4096, SHA1_BYTES = 20 };

struct component {
    int fd;
    const struct xmpp_server *server; /* the caller's */
    struct stanza_reader reader;
    uint64_t last_id;
};

/* ---- bytes ---- */

static enum status gone(struct error *err)
{
    return error_set(err, ERR_CLOSED, "xmpp", "the XMPP server ended the component's link");
}

static enum status await(int fd, short events, int64_t deadline_ms, struct error *err)
{
    for (;;) {
        int64_t left_ms = deadline_ms - clock_ms();
        struct pollfd p = {.fd = fd, .events = events};
        int n = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;
        if (n > 0)
            return OK;
        if (n == 0)
            return error_set(err, ERR_TIMEOUT, "xmpp", "the XMPP server does not answer");
        if (errno != EINTR)
            return gone(err);
    }
}

static enum status send_all(struct component *c, struct buf *out, int64_t deadline_ms,
                            struct error *err)
{
    if (buf_failed(out))
        return error_set(err, ERR_INVALID, "xmpp", "a stanza is too long");
    for (size_t at = 0; at < out->n;) {
        TRY(await(c->fd, POLLOUT, deadline_ms, err));
        ssize_t n = send(c->fd, out->at + at, out->n - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return gone(err);
        at += n > 0 ? (size_t)n : 0;
    }
    return OK;
}

/* Wait for the next event of the stream. */
static enum status next(struct component *c, struct arena *a, int64_t deadline_ms,
                        enum stanza_event *ret_event, struct element *ret_element,
                        struct error *err)
{
    char bytes[READ_SIZE];
    for (;;) {
        enum status status = stanza_next(&c->reader, a, ret_event, ret_element);
        if (status == OK && *ret_event == STANZA_CLOSED)
            return gone(err);
        if (status == OK && *ret_event != STANZA_NONE)
            return OK;
        TRY(await(c->fd, POLLIN, deadline_ms, err));
        ssize_t n = status == OK ? recv(c->fd, bytes, sizeof bytes, 0) : 0;
        if (n <= 0 && status == OK)
            return gone(err);
        if (status != OK || stanza_feed(&c->reader, bytes, (size_t)n) != OK)
            return error_set(err, ERR_UPSTREAM, "xmpp", "what the server sends is no XMPP");
    }
}

/* ---- the handshake ---- */

static enum status connect_to(const struct xmpp_server *server, int64_t deadline_ms,
                              int *ret_fd, struct error *err)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)server->link_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(err, ERR_NETWORK, "xmpp", "no socket is to be had");
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return error_set(err, ERR_NETWORK, "xmpp", "no XMPP server listens at 127.0.0.1:%lld",
                         (long long)server->link_port);
    }
    (void)deadline_ms; /* on this machine a connection is made or refused at once */
    *ret_fd = fd;
    return OK;
}

/* XEP-0114, 3: SHA-1 of the stream's id and the secret. The standard knows no better; the link does not leave the
 * machine. */
static void add_proof(struct buf *out, struct text id, const struct secret *secret)
{
    struct buf both CLEANUP(buf_wipe) = BUF(id.n + secret->n + 1);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    buf_add_text(&both, id);
    buf_add(&both, secret->at, secret->n);
    ENSURE(EVP_Digest(both.at, both.n, hash, &n, EVP_sha1(), NULL) == 1 && n == SHA1_BYTES);
    for (unsigned i = 0; i < n; i++)
        buf_printf(out, "%02x", hash[i]);
}

static enum status shake_hands(struct component *c, int64_t deadline_ms, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct buf out CLEANUP(buf_wipe) = BUF(OUT_MAX);
    enum stanza_event event;
    struct element e;
    buf_add_cstr(&out, "<?xml version='1.0'?><stream:stream xmlns='" NS_COMPONENT
                       "' xmlns:stream='" NS_STREAM "' to='");
    stanza_escape(&out, c->server->component);
    buf_add_cstr(&out, "'>");
    TRY(send_all(c, &out, deadline_ms, err));
    TRY(next(c, &a, deadline_ms, &event, &e, err));
    if (event != STANZA_OPENED || !element_attribute(&e, "id").n)
        return error_set(err, ERR_UPSTREAM, "xmpp", "the server opens no stream");
    buf_clear(&out);
    buf_add_cstr(&out, "<handshake>");
    add_proof(&out, element_attribute(&e, "id"), &c->server->secret);
    buf_add_cstr(&out, "</handshake>");
    TRY(send_all(c, &out, deadline_ms, err));
    TRY(next(c, &a, deadline_ms, &event, &e, err));
    return element_is(&e, NS_COMPONENT, "handshake")
               ? OK
               : error_set(err, ERR_AUTH, "xmpp",
                           "the server does not take the component: compare name and secret");
}

enum status component_open(const struct xmpp_server *server, int64_t deadline_ms,
                           struct component **ret_component, struct error *err)
{
    int fd = -1;
    TRY(connect_to(server, deadline_ms, &fd, err));
    struct component *c = calloc(1, sizeof *c);
    ENSURE(c);
    c->fd = fd;
    c->server = server;
    stanza_reader_init(&c->reader);
    enum status status = shake_hands(c, deadline_ms, err);
    if (status != OK) {
        component_close(c);
        return status;
    }
    *ret_component = c;
    return OK;
}

void component_close(struct component *c)
{
    if (!c)
        return;
    close(c->fd);
    stanza_reader_done(&c->reader);
    free(c);
}

/* ---- messages ---- */

static void add_address(struct buf *out, const struct component *c, struct text user)
{
    stanza_escape(out, user);
    buf_add_byte(out, '@');
    stanza_escape(out, c->server->host);
}

/* Pass over what came since; a link that the server has closed is found out before it is used. */
static enum status pass_over(struct component *c, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    enum stanza_event event;
    struct element e;
    enum status status = next(c, &a, clock_ms() + 1, &event, &e, err);
    while (status == OK)
        status = next(c, &a, clock_ms() + 1, &event, &e, err);
    return status == ERR_TIMEOUT ? OK : status;
}

enum status component_tell(struct component *c, const struct xmpp_tell_ask *ask,
                           int64_t deadline_ms, struct error *err)
{
    struct buf out CLEANUP(buf_wipe) = BUF(OUT_MAX);
    TRY(pass_over(c, err));
    buf_add_cstr(&out, "<message type='headline' from='");
    stanza_escape(&out, c->server->component);
    buf_add_cstr(&out, "' to='");
    add_address(&out, c, ask->user);
    buf_printf(&out, "'><body>%lld</body></message>", (long long)ask->number);
    return send_all(c, &out, deadline_ms, err);
}

/* ---- accounts ---- */

/* Send a step of a command (XEP-0050) and wait for its answer. session: of the step before; empty: the first. */
static enum status step(struct component *c, const char *node, struct text session,
                        struct text form, int64_t deadline_ms, struct arena *a,
                        struct element *ret_command, struct error *err)
{
    struct buf out CLEANUP(buf_wipe) = BUF(OUT_MAX);
    const char *id = arena_printf(a, "c%llu", (unsigned long long)++c->last_id);
    buf_add_cstr(&out, "<iq type='set' from='");
    stanza_escape(&out, c->server->component);
    buf_add_cstr(&out, "' to='");
    stanza_escape(&out, c->server->host);
    buf_printf(&out, "' id='%s'><command xmlns='" NS_COMMANDS "' node='" NS_ADMIN "#%s'", id,
               node);
    if (session.n) {
        buf_add_cstr(&out, " sessionid='");
        stanza_escape(&out, session);
        buf_add_cstr(&out, "'");
    }
    buf_add_cstr(&out, ">");
    buf_add_text(&out, form);
    buf_add_cstr(&out, "</command></iq>");
    TRY(send_all(c, &out, deadline_ms, err));
    for (;;) {
        enum stanza_event event;
        struct element e;
        TRY(next(c, a, deadline_ms, &event, &e, err));
        if (!element_is(&e, NS_COMPONENT, "iq") ||
            !text_equal(element_attribute(&e, "id"), text_from(id)))
            continue;
        const struct element *command = element_child(&e, NS_COMMANDS, "command");
        if (!command || !text_equal(element_attribute(&e, "type"), TEXT("result")))
            return error_set(err, ERR_UPSTREAM, "xmpp",
                             "the server does not let the component make accounts: name it in "
                             "admins, and enable admin_adhoc");
        *ret_command = *command;
        return OK;
    }
}

static void add_field(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, "<field var='%s'><value>", name);
    stanza_escape(out, value);
    buf_add_cstr(out, "</value></field>");
}

/* Do a command about an account. *ret_did: the server says that it did; else that it could not. */
static enum status command(struct component *c, const char *node, struct text user,
                           const struct secret *ticket, int64_t deadline_ms, bool *ret_did,
                           struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct buf form CLEANUP(buf_wipe) = BUF(OUT_MAX / 2);
    struct buf address CLEANUP(buf_done) = BUF(MAX_HOST + XMPP_USER_MAX + 1);
    struct element answer;
    bool deletes = !ticket;
    TRY(step(c, node, (struct text){0}, (struct text){0}, deadline_ms, &a, &answer, err));
    struct text session = element_attribute(&answer, "sessionid");
    buf_add_text(&address, user);
    buf_add_byte(&address, '@');
    buf_add_text(&address, c->server->host);
    buf_add_cstr(&form, "<x xmlns='jabber:x:data' type='submit'>");
    add_field(&form, "FORM_TYPE", TEXT(NS_ADMIN));
    add_field(&form, deletes ? "accountjids" : "accountjid", buf_text(&address));
    if (ticket) {
        struct text password = {(const char *)ticket->at, ticket->n};
        add_field(&form, "password", password);
        add_field(&form, "password-verify", password);
    }
    buf_add_cstr(&form, "</x>");
    if (buf_failed(&form))
        return error_set(err, ERR_INVALID, "xmpp", "a form is too long");
    TRY(step(c, node, session, buf_text(&form), deadline_ms, &a, &answer, err));
    const struct element *note = element_child(&answer, NS_COMMANDS, "note");
    *ret_did = text_equal(element_attribute(&answer, "status"), TEXT("completed")) &&
               !(note && text_equal(element_attribute(note, "type"), TEXT("error")));
    return OK;
}

enum status component_account(struct component *c, const struct xmpp_account_ask *ask,
                              int64_t deadline_ms, struct error *err)
{
    bool did = false;
    TRY(pass_over(c, err));
    TRY(command(c, "change-user-password", ask->user, &ask->ticket, deadline_ms, &did, err));
    if (!did)
        TRY(command(c, "add-user", ask->user, &ask->ticket, deadline_ms, &did, err));
    return did ? OK : error_set(err, ERR_UPSTREAM, "xmpp", "the server makes no such account");
}

enum status component_forget(struct component *c, const struct xmpp_forget_ask *ask,
                             int64_t deadline_ms, struct error *err)
{
    bool did = false;
    TRY(pass_over(c, err));
    return command(c, "delete-user", ask->user, NULL, deadline_ms, &did, err);
}
