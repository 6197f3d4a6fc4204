/* SPDX-License-Identifier: ISC */
#include "notify/mail/mail.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/ical.h"
#include "format/mime.h"
#include "notify/mail/render.h"
#include "os/clock.h"
#include "os/random.h"

struct mail {
    const struct mail_server *server;
    const struct zones *zones;
    struct smtp *smtp;
};

enum status mail_open(const struct mail_server *server, const struct smtp_options *options,
                      const struct zones *zones, struct mail **ret_mail, struct error *err)
{
    struct smtp *smtp;
    TRY(smtp_open(server, options, &smtp, err));
    struct mail *mail = calloc(1, sizeof *mail);
    ENSURE(mail);
    *mail = (struct mail){server, zones, smtp};
    *ret_mail = mail;
    return OK;
}

void mail_close(struct mail *mail)
{
    if (!mail)
        return;
    smtp_close(mail->smtp);
    free(mail);
}

/* ---- the message ---- */

/* The invitation: its organizer is who the mail is from, as programs believe no other. */
static void write_calendar(struct arena *a, const struct mail_ask *ask, struct buf *out)
{
    const struct booking_public *booking = &ask->booking;
    struct ical_event event = {
        .method = ask->kind == MAIL_CANCELLED ? ICAL_CANCEL : ICAL_REQUEST,
        .uid = ask->uid,
        .sequence = booking->sequence,
        .stamp = ask->date,
        .start = booking->start,
        .end = booking->end,
        .title = letter_entry_title(a, ask),
        .text = letter_entry_text(a, ask),
        .location = booking->page.location,
        .meeting = booking->meeting,
        .organizer_name = ask->from_name,
        .organizer_email = ask->from,
        .attendee_name = ask->to_name,
        .attendee_email = ask->to,
    };
    ical_write(out, &event);
}

/* The session of a series as a mail about it alone, to be borrowed from. */
static struct mail_ask session_mail(const struct mail_ask *ask, size_t at)
{
    const struct mail_session *session = &ask->sessions[at];
    struct mail_ask one = *ask;
    one.uid = session->uid;
    one.booking.sequence = session->sequence;
    one.booking.start = session->slot.start;
    one.booking.end = session->slot.end;
    one.booking.meeting = session->meeting;
    one.link = session->link;
    return one;
}

/* An entry for each session: programs take one appointment from a file. */
static void write_calendars(struct arena *a, const struct mail_ask *ask,
                            struct mime_message *message)
{
    size_t n = ask->n_sessions;
    struct text *calendars = ARENA_ARRAY(a, n ? n : 1, struct text);
    for (size_t i = 0; i < (n ? n : 1); i++) {
        CLEANUP(buf_wipe) struct buf calendar = BUF(ICAL_MAX);
        const struct mail_ask one = n ? session_mail(ask, i) : *ask;
        write_calendar(a, &one, &calendar);
        calendars[i] = arena_text(a, buf_text(&calendar));
    }
    message->calendars = calendars;
    message->n_calendars = n ? n : 1;
}

static enum status bad_value(struct error *err, const char *what)
{
    return error_set(err, ERR_DENIED, "mail", "no mail can carry %s", what);
}

/* Everything that becomes a header, checked. */
static enum status fill_headers(const struct mail_ask *ask, const struct letter *letter,
                                struct mime_message *m, struct error *err)
{
    struct text none = {0};
    if (mime_address_from(ask->from_name, ask->from, &m->from) != OK)
        return bad_value(err, "its sender's name or address");
    if (mime_address_from(ask->to_name, ask->to, &m->to) != OK)
        return bad_value(err, "the recipient's name or address");
    if (ask->reply_to.n && mime_address_from(none, ask->reply_to, &m->reply_to) != OK)
        return bad_value(err, "the address for replies");
    if (mime_line_from(letter->subject, &m->subject) != OK)
        return bad_value(err, "its subject");
    if (mime_id_from(ask->id, &m->id) != OK)
        return bad_value(err, "its Message-ID");
    return OK;
}

enum status mail_write(const struct zones *zones, const struct mail_ask *ask, struct buf *out,
                       struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    CLEANUP(buf_wipe) struct buf text = BUF(RENDER_MAX);
    CLEANUP(buf_wipe) struct buf html = BUF(RENDER_MAX);
    struct letter letter = letter_write(&a, zones, ask);
    struct mime_message message = {.date = ask->date,
                                   .language = letter.lang,
                                   .method =
                                       ask->kind == MAIL_CANCELLED ? "CANCEL" : "REQUEST"};
    TRY(fill_headers(ask, &letter, &message, err));
    render_text(&text, &letter);
    render_html(&html, &letter);
    if (ask->has_calendar)
        write_calendars(&a, ask, &message);
    message.text = buf_text(&text);
    message.html = buf_text(&html);
    mime_write(out, &message);
    if (buf_failed(&text) || buf_failed(&html) || buf_failed(out))
        return error_set(err, ERR_DENIED, "mail", "the message is too long");
    return OK;
}

enum status mail_send(struct mail *mail, const struct mail_ask *ask, int64_t deadline_ms,
                      struct error *err)
{
    CLEANUP(buf_wipe) struct buf message = BUF(MIME_MAX);
    TRY(mail_write(mail->zones, ask, &message, err));
    return smtp_send(mail->smtp, ask->to, buf_text(&message), deadline_ms, err);
}

/* ---- the doctor ---- */

enum { ENDS_SOON_S = 30 * 86400 };

struct doctor {
    struct arena *a;
    struct layer *layers;
    size_t n;
    bool has_failed;
};

static void add(struct doctor *d, const char *name, enum layer_state state, const char *detail,
                const char *fix)
{
    struct error clean; /* masks what is not clean text, and cuts it */
    if (d->has_failed) {
        state = LAYER_SKIPPED;
        detail = "a layer above failed";
        fix = "";
    }
    error_set(&clean, OK, "", "%s", detail);
    d->layers[d->n++] = (struct layer){.name = text_from(name),
                                       .state = state,
                                       .detail = arena_text(d->a, text_from(clean.what)),
                                       .fix = arena_text(d->a, text_from(fix))};
    d->has_failed = d->has_failed || state == LAYER_REFUSED;
}

static void look_at_way(struct doctor *d, const struct mail_server *server,
                        const struct smtp_facts *facts, const struct error *err)
{
    if (facts->dial.resolved)
        add(d, "dns", LAYER_OK,
            arena_printf(d->a, TEXT_FMT " -> %s", TEXT_ARG(server->host), facts->dial.address),
            "");
    else
        add(d, "dns", LAYER_REFUSED, err->what,
            "check the server's name, and the name servers in /etc/resolv.conf");
    if (facts->connected)
        add(d, "tcp", LAYER_OK, arena_printf(d->a, "port %d", (int)server->port), "");
    else
        add(d, "tcp", LAYER_REFUSED, err->what,
            arena_printf(d->a, "check that port %d is open from this machine",
                         (int)server->port));
}

static void look_at_tls(struct doctor *d, const struct mail_server *server,
                        const struct smtp_facts *facts, const struct error *err)
{
    const struct tls_report *tls = &facts->tls;
    if (tls->refused || !*tls->version) {
        add(d, "tls", LAYER_REFUSED, err->what,
            tls->refused ? tls->fix
            : server->security == MAIL_TLS
                ? "smtps:// is port 465 mostly; port 587 wants smtp+starttls://"
                : "the server must offer STARTTLS; smtps:// wants port 465 mostly");
        add(d, "certificate", LAYER_SKIPPED, "", "");
        return;
    }
    const char *how = server->security == MAIL_TLS ? "from the first byte" : "by STARTTLS";
    const char *whose = arena_printf(d->a, "%s, issued by %s, valid until %s", tls->subject,
                                     tls->issuer, tls->until);
    int64_t left_s = tls->end_s - clock_now().s;
    add(d, "tls", LAYER_OK, arena_printf(d->a, "%s, %s", tls->version, how), "");
    if (left_s > ENDS_SOON_S)
        add(d, "certificate", LAYER_OK, whose, "");
    else
        add(d, "certificate", LAYER_WARN,
            arena_printf(d->a, "ends in %d days: %s", (int)(left_s / 86400), whose),
            "renew the server's certificate; after its last day no mail is sent");
}

static void look_at_sign_in(struct doctor *d, const struct mail_server *server,
                            const struct smtp_facts *facts, enum status status,
                            const struct error *err)
{
    if (!facts->has_greeted)
        add(d, "sign-in", LAYER_REFUSED, err->what, "see what the mail server's own log says");
    else if (!server->user.n)
        add(d, "sign-in", LAYER_OK, "none wanted: [mail] user is not set", "");
    else if (facts->signed_in)
        add(d, "sign-in", LAYER_OK, arena_printf(d->a, "as " TEXT_FMT, TEXT_ARG(server->user)),
            "");
    else if (!facts->offers_auth)
        add(d, "sign-in", LAYER_WARN, "the server offers none, so none was made",
            "take user away from [mail], or ask at the port for clients (587 or 465)");
    else
        add(d, "sign-in", LAYER_REFUSED, status == OK ? "no answer" : err->what,
            "check the user and the password");
}

static void look_at_sender(struct doctor *d, const struct mail_server *server,
                           const struct smtp_facts *facts, const struct error *err)
{
    if (facts->sender_code / 100 == 2)
        add(d, "sender", LAYER_OK, arena_printf(d->a, TEXT_FMT, TEXT_ARG(server->from)), "");
    else
        add(d, "sender", LAYER_REFUSED, err->what,
            "let this sign-in send as the address in [mail] from, or change that");
}

/* A mail of its own number each time: it is not a repeat. */
static void send_test(struct doctor *d, struct mail *mail, struct text to, int64_t deadline_ms)
{
    struct error err = {0};
    struct mail_ask ask = {
        .kind = MAIL_TEST,
        .id = text_from(
            arena_printf(d->a, "test.%016llx@hourgate", (unsigned long long)random_u64())),
        .date = clock_now(),
        .from = mail->server->from,
        .from_name = TEXT("hourgate"),
        .to = to,
        .zone = TEXT("UTC"),
    };
    if (d->has_failed)
        add(d, "test mail", LAYER_SKIPPED, "", "");
    else if (mail_send(mail, &ask, deadline_ms, &err) == OK)
        add(d, "test mail", LAYER_OK,
            arena_printf(d->a, "taken for " TEXT_FMT ": %s", TEXT_ARG(to),
                         smtp_facts_of(mail->smtp)->said),
            "");
    else
        add(d, "test mail", LAYER_REFUSED, err.what, "see what the mail server's own log says");
}

enum status mail_check(struct mail *mail, const struct mail_check_ask *ask, int64_t deadline_ms,
                       struct arena *a, struct mail_check_answer *ret_answer, struct error *err)
{
    struct error found = {0};
    struct doctor d = {.a = a, .layers = ARENA_ARRAY(a, MAX_LAYERS, struct layer)};
    enum status status = smtp_look(mail->smtp, deadline_ms, &found);
    const struct smtp_facts *facts = smtp_facts_of(mail->smtp);
    if (status == ERR_CLOSED) {
        *err = found;
        return status;
    }
    look_at_way(&d, mail->server, facts, &found);
    look_at_tls(&d, mail->server, facts, &found);
    look_at_sign_in(&d, mail->server, facts, status, &found);
    look_at_sender(&d, mail->server, facts, &found);
    if (ask->to.n)
        send_test(&d, mail, ask->to, deadline_ms);
    *ret_answer = (struct mail_check_answer){.layers = d.layers, .n_layers = d.n};
    return OK;
}
