/* SPDX-License-Identifier: ISC
 *
 *     the courier says      then
 *     OK                    the row goes
 *     ERR_DENIED            REFUSED: the host sees it in the outbox
 *     ERR_UNCERTAIN         again later, the same in every byte: a server that has it already may tell
 *     anything else         again later, after waits that double, for two days; a reminder until the start
 */
#include "vault/mailer.h"

#include "os/clock.h"
#include "os/log.h"
#include "vault/fault.h"
#include "vault/mail_server.h"
#include "vault/wait.h"
#include "wire/codec.h"

enum {
    LOOK_EVERY_MS = 1000,
    LOAD_EVERY_MS = 30000, /* between two looks whether another vault was given a server */
};

/* ---- the mail ---- */

/* Does the customer have an entry in their calendar that this is about? */
static bool has_entry(enum mail_kind kind)
{
    return kind == MAIL_CONFIRMED || kind == MAIL_MOVED || kind == MAIL_CANCELLED;
}

/* Is there nothing left of the booking but to book anew? */
static bool is_over(enum mail_kind kind)
{
    return kind == MAIL_CANCELLED || kind == MAIL_DECLINED || kind == MAIL_LAPSED ||
           kind == MAIL_WITHDRAWN || kind == MAIL_NOT_MADE;
}

/* What the operator's server sends from is a domain that exists: part of every Message-ID. */
static struct text domain_of(struct text email)
{
    struct text local, domain;
    return text_cut(email, '@', &local, &domain) && domain.n ? domain : TEXT("hourgate");
}

static struct text message_id(struct vault *v, struct arena *a, const struct outbox_entry *e)
{
    const struct mail_server *server = mail_server_of(v);
    struct text domain = domain_of(server ? server->from : (struct text){0});
    if (!e->booking)
        return text_from(arena_printf(a, "c%lld.%d.%lld.%lld@" TEXT_FMT,
                                      (long long)e->connection, e->kind, (long long)e->user,
                                      (long long)e->date.s, TEXT_ARG(domain)));
    struct text booking = booking_id_format(a, e->booking);
    return text_from(arena_printf(a, TEXT_FMT ".%d.%lld.%lld@" TEXT_FMT, TEXT_ARG(booking),
                                  e->kind, (long long)e->sequence, (long long)e->minutes,
                                  TEXT_ARG(domain)));
}

/* The customer's link: to the booking, or to book again once that is cancelled. */
static enum status add_link(struct vault *v, struct arena *a, const struct outbox_entry *e,
                            const struct page_stored *page, struct mail_ask *mail,
                            struct error *err)
{
    struct secret token = {0};
    struct buf link CLEANUP(buf_wipe) = BUF(MAX_LINK);
    (void)a;
    if (!v->mail.base_url.n || (is_over(e->kind) && page->removed))
        return OK;
    buf_add_text(&link, v->mail.base_url);
    if (is_over(e->kind)) {
        buf_printf(&link, "/" TEXT_FMT "/" TEXT_FMT, TEXT_ARG(page->page.account),
                   TEXT_ARG(page->page.page));
    } else {
        TRY(store_booking_token(v->store, e->booking, &token, err));
        buf_add_cstr(&link, "/b/");
        buf_add(&link, token.at, token.n);
        secret_free(&token);
    }
    if (!buf_failed(&link))
        mail->link = secret_new(link.at, link.n);
    return OK;
}

/* The host's place, where requests are answered. */
static void add_place(struct vault *v, struct mail_ask *mail)
{
    struct buf link CLEANUP(buf_wipe) = BUF(MAX_LINK);
    if (!v->mail.base_url.n || mail->kind != MAIL_HOST_REQUESTED)
        return;
    buf_add_text(&link, v->mail.base_url);
    buf_add_cstr(&link, "/me");
    if (!buf_failed(&link))
        mail->link = secret_new(link.at, link.n);
}

/* The sessions of a series that it tells of, each with its own link. One that is gone by now is left out. */
static enum status add_sessions(struct vault *v, struct arena *a, const struct outbox_entry *e,
                                struct mail_ask *mail, struct error *err)
{
    mail->sessions = ARENA_ARRAY(a, MAX_SERIES, struct mail_session);
    for (size_t i = 0; i < e->content.n_sessions; i++) {
        const struct outbox_session *from = &e->content.sessions[i];
        struct secret token = {0};
        struct booking_stored booking;
        enum status status = store_booking_get(v->store, a, from->booking, &booking, NULL);
        if (status == OK)
            status = store_booking_token(v->store, from->booking, &token, NULL);
        if (status == ERR_NOT_FOUND)
            continue;
        TRY(status == OK ? OK : error_set(err, status, "mail", "a session cannot be read"));
        struct mail_session *session = &mail->sessions[mail->n_sessions++];
        *session = (struct mail_session){.uid = booking_uid(a, from->booking),
                                         .meeting = booking_meeting(&booking),
                                         .sequence = from->sequence,
                                         .slot = from->slot};
        struct buf link CLEANUP(buf_wipe) = BUF(MAX_LINK);
        buf_printf(&link, TEXT_FMT "/b/%.*s", TEXT_ARG(v->mail.base_url), (int)token.n,
                   (const char *)token.at);
        secret_free(&token);
        if (v->mail.base_url.n && e->kind == MAIL_CONFIRMED && !buf_failed(&link))
            session->link = secret_new(link.at, link.n);
    }
    return OK;
}

/* Who it comes from, and the account's own words for this kind of mail in this language. */
static enum status add_account(struct vault *v, struct arena *a, struct text account,
                               struct mail_ask *mail, struct error *err)
{
    struct account_mail_answer own;
    TRY(store_account_mail_get(v->store, a, account, &own, err));
    const struct mail_server *server = mail_server_of(v);
    mail->from = own.from.n || !server ? own.from : server->from;
    if (mail_is_for_customer(mail->kind))
        mail->reply_to = own.reply_to;
    for (size_t i = 0; i < own.n_texts; i++)
        if (own.texts[i].kind == mail->kind && own.texts[i].language == mail->language)
            mail->note = own.texts[i].text;
    return OK;
}

/* What the one side said of the end is for the other. */
static void pass_reason(struct mail_ask *mail, enum ended theirs)
{
    if (mail->booking.ended != theirs)
        mail->booking.reason = (struct text){0};
}

static void address_customer(const struct booking_stored *booking,
                             const struct page_stored *page, struct mail_ask *mail)
{
    mail->to = booking->customer.email;
    mail->to_name = booking->customer.name;
    mail->language = booking->customer.language;
    mail->zone = booking->customer.zone.n ? booking->customer.zone : page->page.zone;
    pass_reason(mail, mail->kind == MAIL_DECLINED ? ENDED_DECLINED : ENDED_BY_HOST);
    mail->booking.customer.n_answers =
        0; /* they know what they said; a mail is read by others */
    /* Exchange invites, or we do. Where it cannot, since no event is written, a page that wants it to gets ours. */
    mail->has_calendar =
        !booking->invited && page->invite != INVITE_NONE && has_entry(mail->kind);
}

/* What a page keeps out of the calendar stays out of the host's mailbox too: it is the same server. */
static void address_host(const struct page_stored *page, struct mail_ask *mail)
{
    struct customer *customer = &mail->booking.customer;
    mail->to = page->host_email;
    mail->to_name = page->page.host_name;
    mail->zone = page->host_zone;
    pass_reason(mail, ENDED_BY_CUSTOMER);
    if (page->form.hides_answers) {
        mail->has_kept_back = customer->n_answers > 0 || mail->booking.reason.n > 0;
        customer->n_answers = 0;
        mail->booking.reason = (struct text){0};
    }
    if (page->form.hides_email) {
        mail->has_kept_back = true;
        customer->email = (struct text){0};
    } else if (mail->kind != MAIL_HOST_ATTENTION) {
        mail->reply_to = customer->email;
    }
}

/* Is a reminder still one of an appointment that takes place then? */
static bool is_wanted(struct vault *v, const struct outbox_entry *e,
                      const struct booking_stored *booking)
{
    if (!booking->customer.email.n)
        return false;
    if (e->kind == MAIL_CONFIRM)
        return booking->state == BOOKING_UNVERIFIED &&
               instant_before(v->now(), booking->open_until);
    return e->kind != MAIL_REMINDER ||
           (booking->state == BOOKING_CONFIRMED && booking->step != STEP_CANCEL &&
            booking->slot.start.s == e->content.slot.start.s &&
            instant_before(v->now(), booking->slot.start));
}

static enum status compose_booking(struct vault *v, struct arena *a,
                                   const struct outbox_entry *e, struct mail_ask *mail,
                                   struct error *err)
{
    struct booking_stored booking;
    struct page_stored page;
    TRY(store_booking_get(v->store, a, e->booking, &booking, err));
    if (!is_wanted(v, e, &booking))
        return ERR_NOT_FOUND;
    TRY(store_page_get(v->store, a, booking.page, &page, err));
    mail->language = page.language;
    mail->booking = booking_show(a, &booking, &page);
    mail->booking.start = e->content.slot.start;
    mail->booking.end = e->content.slot.end;
    mail->booking.sequence = e->sequence;
    mail->before = e->content.before;
    mail->attention = e->content.attention;
    mail->uid = booking_uid(a, booking.id);
    TRY(add_sessions(v, a, e, mail, err));
    mail->from_name = page.page.account_name;
    if (mail_is_for_customer(e->kind)) {
        address_customer(&booking, &page, mail);
        TRY(add_link(v, a, e, &page, mail, err));
    } else {
        address_host(&page, mail);
        add_place(v, mail);
    }
    return add_account(v, a, page.page.account, mail, err);
}

/* Does it still hold what a mail about a connection says? Somebody, or the server, may have been quicker. */
static bool is_true(const struct outbox_entry *e, const struct connection_host *host)
{
    switch (e->kind) {
    case MAIL_HOST_PAUSED:
        return host->state == CONNECTION_PAUSED;
    case MAIL_HOST_FAILING:
        return host->standing.told && host->standing.outage != OUTAGE_NONE &&
               host->standing.failing_at.s == e->content.slot.start.s;
    default:
        return true;
    }
}

static enum status compose_connection(struct vault *v, struct arena *a,
                                      const struct outbox_entry *e, struct mail_ask *mail,
                                      struct error *err)
{
    struct connection_host host;
    TRY(store_connection_host(v->store, a, e->connection, e->user, &host, err));
    if (!is_true(e, &host))
        return ERR_NOT_FOUND;
    mail->language = host.language;
    mail->to = host.email;
    mail->to_name = host.name;
    mail->zone = host.zone;
    mail->mailbox = host.mailbox;
    mail->problem = host.problem;
    mail->is_service = host.is_service;
    mail->outage = host.standing.outage;
    mail->booking.start = e->content.slot.start;
    mail->booking.end = e->content.slot.end;
    mail->booking.page.zone = host.zone;
    mail->from_name = host.account_name;
    mail->booking.page.account_name = host.account_name;
    return add_account(v, a, host.account, mail, err);
}

enum status mailer_compose(struct vault *v, struct arena *a, const struct outbox_entry *e,
                           struct mail_ask *ret_mail, struct error *err)
{
    struct mail_ask mail = {.kind = e->kind, .id = message_id(v, a, e), .date = e->date};
    enum status status = e->booking ? compose_booking(v, a, e, &mail, err)
                                    : compose_connection(v, a, e, &mail, err);
    if (status == OK)
        *ret_mail = mail;
    else
        wire_wipe(mail_ask_shape, &mail);
    return status;
}

/* ---- sending ---- */

static enum status deliver(struct vault *v, struct arena *a, const struct mail_ask *mail,
                           struct error *err)
{
    struct mail_answer answer;
    const struct mail_server *server = mail_server_of(v);
    struct courier_job job = {
        .key = {.connection = COURIER_MAIL,
                .sign_in = COURIER_MAIL,
                .version =
                    (uintptr_t)server}, /* a child keeps the server that it was opened for */
        .mail_server = server,
        .type = WIRE_mail,
        .ask = mail,
        .deadline_ms = clock_ms() + v->mail.timeout_ms,
    };
    return courier_do(&v->couriers, &job, a, &answer, err);
}

/* The first wait is the operator's; each further one is twice as long. */
static int64_t wait_s(const struct vault *v, int64_t tries)
{
    int64_t wait = v->mail.retry_s;
    for (int64_t i = 1; i < tries && wait < MAILER_WAIT_MAX_S; i++)
        wait *= 2;
    return wait < MAILER_WAIT_MAX_S ? wait : MAILER_WAIT_MAX_S;
}

/* It was not taken: put it off, or give it up where its time is over. */
static enum status put_off(struct vault *v, const struct outbox_entry *e, bool is_final,
                           const struct error *why, struct error *err)
{
    struct instant now = v->now(), due = instant_add_s(now, wait_s(v, e->tries));
    bool is_over = is_final || instant_before(e->until, due);
    METRIC_ADD(&v->metrics, mails_failed);
    if (is_over && e->kind == MAIL_REMINDER && !is_final) /* nobody needs it any more */
        return store_outbox_done(v->store, e->id, err);
    if (is_over) {
        METRIC_ADD(&v->metrics, mails_refused);
        return store_outbox_refuse(v->store, e->id, now, text_from(why->what), err);
    }
    return store_outbox_later(v->store, e->id, due, text_from(why->what), err);
}

static enum status send_claimed(struct vault *v, struct arena *a, const struct outbox_entry *e,
                                enum status *ret_status, struct error *err)
{
    struct mail_ask mail = {0};
    struct error why = {0};
    fault_point("mail_after_claim");
    enum status status = mailer_compose(v, a, e, &mail, &why);
    if (status == ERR_NOT_FOUND)
        return store_outbox_done(v->store, e->id, err);
    if (status == OK) {
        fault_point("mail_before_send");
        status = deliver(v, a, &mail, &why);
        fault_point("mail_after_send");
    }
    wire_wipe(mail_ask_shape, &mail);
    *ret_status = status;
    if (status != OK)
        return put_off(v, e, status == ERR_DENIED || status == ERR_SEAL, &why, err);
    METRIC_ADD(&v->metrics, mails_sent);
    TRY(store_outbox_done(v->store, e->id, err));
    fault_point("mail_after_done");
    return OK;
}

enum status mailer_send_one(struct vault *v, enum status *ret_status, struct error *err)
{
    struct arena a CLEANUP(arena_wipe) = {0};
    struct outbox_entry entry;
    int64_t lease_s = v->mail.timeout_ms / 1000 + MAILER_LEASE_EXTRA_S;
    *ret_status = OK;
    TRY(store_outbox_claim(v->store, &a, v->now(), lease_s, &entry, err));
    return send_claimed(v, &a, &entry, ret_status, err);
}

/* ---- the threads ---- */

/* Is it the server that is in trouble, and not this one mail? */
static bool is_servers(enum status status)
{
    switch (status) {
    case ERR_NETWORK:
    case ERR_TLS:
    case ERR_AUTH:
    case ERR_TIMEOUT:
    case ERR_CLOSED:
    case ERR_FULL:
        return true;
    default:
        return false;
    }
}

/* Send until nothing is due or the server is in trouble; how long to wait then. */
static int64_t send_due(struct vault *v, int64_t pause_ms)
{
    enum status status = OK, went = OK;
    struct error err = {0};
    if (!couriers_attached(&v->couriers))
        return LOOK_EVERY_MS;
    do
        status = mailer_send_one(v, &went, &err);
    while (status == OK && !is_servers(went));
    if (status != OK && status != ERR_NOT_FOUND)
        log_error(LOG_ERROR, "the outbox", status, &err);
    if (!is_servers(went))
        return LOOK_EVERY_MS;
    pause_ms *= 2;
    return pause_ms < MAILER_PAUSE_MAX_MS ? pause_ms : MAILER_PAUSE_MAX_MS;
}

/* Is there a server? One may be given at any time, here or by another vault of this database. */
static bool has_server(struct vault *v, int64_t *load_ms)
{
    struct error err = {0};
    if (!mail_server_of(v) && clock_ms() >= *load_ms) {
        *load_ms = clock_ms() + LOAD_EVERY_MS;
        if (mail_server_load(v, &err) != OK)
            log_line(LOG_WARN, "the mail server's settings cannot be read: %s", err.what);
    }
    return mail_server_of(v) != NULL;
}

static void *mail_on(void *at)
{
    struct mailer *mailer = at;
    int64_t pause_ms = LOOK_EVERY_MS, load_ms = 0;
    pthread_mutex_lock(&mailer->lock);
    while (!mailer->ends) {
        int64_t next_ms = clock_ms() + pause_ms;
        while (!mailer->ends && wait_until(&mailer->changed, &mailer->lock, next_ms))
            continue;
        if (mailer->ends)
            break;
        pthread_mutex_unlock(&mailer->lock);
        if (has_server(mailer->v, &load_ms))
            pause_ms = send_due(mailer->v, pause_ms);
        pthread_mutex_lock(&mailer->lock);
    }
    pthread_mutex_unlock(&mailer->lock);
    return NULL;
}

enum status mailer_start(struct mailer *mailer, struct vault *v, struct error *err)
{
    *mailer = (struct mailer){.v = v};
    pthread_mutex_init(&mailer->lock, NULL);
    wait_init(&mailer->changed);
    TRY(mail_server_load(v, err));
    for (; mailer->n_threads < MAILER_THREADS; mailer->n_threads++)
        if (pthread_create(&mailer->threads[mailer->n_threads], NULL, mail_on, mailer) != 0)
            return error_set(err, ERR_IO, "mail", "the system gives no further thread");
    return OK;
}

enum status mailer_stop(struct mailer *mailer, int64_t deadline_ms)
{
    pthread_mutex_lock(&mailer->lock);
    mailer->ends = true;
    pthread_cond_broadcast(&mailer->changed);
    pthread_mutex_unlock(&mailer->lock);
    for (; mailer->n_threads > 0; mailer->n_threads--)
        TRY(wait_join(mailer->threads[mailer->n_threads - 1], deadline_ms));
    pthread_cond_destroy(&mailer->changed);
    pthread_mutex_destroy(&mailer->lock);
    return OK;
}
