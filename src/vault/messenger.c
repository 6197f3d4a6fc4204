/* SPDX-License-Identifier: ISC */
#include "vault/messenger.h"

#include <stdlib.h>

#include "base/base64.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/random.h"

enum { TICKET_BYTES = 32 };

void messenger_init(struct messenger *m, struct couriers *couriers)
{
    *m = (struct messenger){.couriers = couriers};
    pthread_mutex_init(&m->lock, NULL);
    pthread_mutex_init(&m->tickets_lock, NULL);
}

static void shut(struct messenger *m)
{
    if (m->is_open)
        link_done(&m->link);
    m->is_open = false;
}

void messenger_done(struct messenger *m)
{
    shut(m);
    free(m->tickets);
    pthread_mutex_destroy(&m->tickets_lock);
    pthread_mutex_destroy(&m->lock);
}

void messenger_use(struct messenger *m, const struct xmpp_server *server)
{
    m->server = *server;
}

bool messenger_is_used(const struct messenger *m)
{
    return m->server.host.n > 0;
}

static enum status ask(struct messenger *m, enum wire_type type, const void *question,
                       struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct reply reply = {0};
    struct xmpp_tell_answer answer; /* each of them says nothing */
    enum status status = link_ask(&m->link, type, question, -1, clock_ms() + MESSENGER_MS, &a,
                                  &reply, &answer, NULL);
    if (status != OK && reply.status != OK)
        reply_to_error(&reply, err);
    return status;
}

/* Have a child with the link. Lock held. */
static enum status open_link(struct messenger *m, struct error *err)
{
    const struct xmpp_open_ask question = {.server = m->server};
    int fd = -1;
    if (m->is_open)
        return OK;
    if (clock_ms() < m->again_ms)
        return error_set(err, ERR_NETWORK, "xmpp", "the XMPP server did not answer just now");
    m->again_ms = clock_ms() + MESSENGER_AGAIN_MS;
    TRY(couriers_spawn(m->couriers, &fd));
    link_init(&m->link, fd);
    m->is_open = true;
    return ask(m, WIRE_xmpp_open, &question, err);
}

/* A link that the server closed meanwhile is noticed by its first use: then once more, on a new one. */
static enum status do_job(struct messenger *m, enum wire_type type, const void *question,
                          struct error *err)
{
    enum status status = OK;
    pthread_mutex_lock(&m->lock);
    for (int tries = 0; tries < 2; tries++) {
        bool was_open = m->is_open;
        status = open_link(m, err);
        if (status == OK)
            status = ask(m, type, question, err);
        if (status != OK)
            shut(m);
        if (status == OK || !was_open)
            break;
        m->again_ms = 0;
    }
    pthread_mutex_unlock(&m->lock);
    if (status != OK)
        log_error(LOG_WARN, "XMPP", status, err);
    return status;
}

static struct text user_of(struct arena *a, int64_t desk)
{
    return text_from(arena_printf(a, "desk-%lld", (long long)desk));
}

void messenger_tell(void *messenger, int64_t desk, int64_t number)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct error err = {0};
    const struct xmpp_tell_ask question = {.user = user_of(&a, desk), .number = number};
    if (messenger_is_used(messenger))
        (void)!do_job(messenger, WIRE_xmpp_tell, &question, &err);
}

/* ---- tickets ---- */

static void note_ticket(struct messenger *m, struct ticket ticket)
{
    size_t at = 0;
    pthread_mutex_lock(&m->tickets_lock);
    while (at < m->n_tickets && m->tickets[at].desk != ticket.desk)
        at++;
    if (at == m->room) {
        m->room = m->room ? 2 * m->room : 64;
        m->tickets = realloc(m->tickets, m->room * sizeof *m->tickets);
        ENSURE(m->tickets);
    }
    m->n_tickets += at == m->n_tickets;
    m->tickets[at] = ticket;
    pthread_mutex_unlock(&m->tickets_lock);
}

/* Take the ticket at a place out of the list, if it is still that one. */
static void drop_ticket(struct messenger *m, struct ticket ticket)
{
    pthread_mutex_lock(&m->tickets_lock);
    for (size_t i = 0; i < m->n_tickets; i++)
        if (m->tickets[i].desk == ticket.desk && m->tickets[i].ends.s == ticket.ends.s) {
            m->tickets[i] = m->tickets[--m->n_tickets];
            break;
        }
    pthread_mutex_unlock(&m->tickets_lock);
}

static bool ticket_at(struct messenger *m, size_t i, struct ticket *ret_ticket)
{
    pthread_mutex_lock(&m->tickets_lock);
    bool is_there = i < m->n_tickets;
    if (is_there)
        *ret_ticket = m->tickets[i];
    pthread_mutex_unlock(&m->tickets_lock);
    return is_there;
}

void messenger_tend(struct messenger *m, struct store *store, struct instant now)
{
    struct ticket ticket;
    size_t i = 0;
    if (clock_ms() < m->tend_ms)
        return;
    m->tend_ms = clock_ms() + MESSENGER_TEND_MS;
    while (ticket_at(m, i, &ticket)) {
        struct desk_stored desk;
        bool is_over = !instant_before(now, ticket.ends) ||
                       store_desk_get(store, ticket.desk, &desk, NULL) == ERR_NOT_FOUND;
        if (is_over) {
            drop_ticket(m, ticket);
            messenger_forget(m, ticket.desk);
        } else {
            i++;
        }
    }
}

enum status messenger_ticket(struct messenger *m, int64_t desk, struct instant now,
                             struct arena *a, struct desk_xmpp *ret_xmpp, struct error *err)
{
    unsigned char bytes[TICKET_BYTES];
    struct buf text CLEANUP(buf_wipe) = BUF(DESK_TICKET_MAX);
    struct text user = user_of(a, desk);
    if (!messenger_is_used(m))
        return error_set(err, ERR_UNSUPPORTED, "xmpp", "there is no XMPP server");
    random_bytes(bytes, sizeof bytes);
    base64url_format(&text, bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    struct xmpp_account_ask question = {.user = user, .ticket = secret_new(text.at, text.n)};
    enum status status = do_job(m, WIRE_xmpp_account, &question, err);
    if (status != OK) {
        secret_free(&question.ticket);
        return status;
    }
    *ret_xmpp = (struct desk_xmpp){
        .host = m->server.host,
        .port = m->server.port,
        .port_tls = m->server.port_tls,
        .jid = text_from(
            arena_printf(a, TEXT_FMT "@" TEXT_FMT, TEXT_ARG(user), TEXT_ARG(m->server.host))),
        .component = m->server.component,
        .ticket = question.ticket,
        .ends = instant_add_s(now, TICKET_LIFE_S),
    };
    note_ticket(m, (struct ticket){desk, ret_xmpp->ends});
    return OK;
}

void messenger_forget(struct messenger *m, int64_t desk)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct error err = {0};
    const struct xmpp_forget_ask question = {.user = user_of(&a, desk)};
    if (messenger_is_used(m))
        (void)!do_job(m, WIRE_xmpp_forget, &question, &err);
}
