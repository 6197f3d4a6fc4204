/* SPDX-License-Identifier: ISC
 *
 * libcurl speaks SMTP; what was said and answered is read along in its debug callback, since its own error
 * codes do not tell a refused recipient from a refused sender, nor a message whose answer was lost from
 * one that was never sent. Of a command only its verb is looked at: the sign-in passes here too.
 */
#include "notify/mail/smtp.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "os/clock.h"

enum { CONNECT_MS = 10 * 1000, VERB_SIZE = 5 };

struct smtp {
    CURL *curl;
    const struct mail_server *server;
    struct smtp_options options;
    struct tls_wanted wanted;
    char host[MAX_HOST + 1];
    struct smtp_facts facts;
    char verb[VERB_SIZE]; /* of the last command: "MAIL" */
    struct text message;  /* being sent */
    size_t n_given;
    char curl_says[CURL_ERROR_SIZE];
};

const struct smtp_facts *smtp_facts_of(const struct smtp *smtp)
{
    return &smtp->facts;
}

/* ---- callbacks ---- */

static CURLcode on_ssl_context(CURL *curl, void *ctx, void *owner)
{
    (void)curl;
    struct smtp *smtp = owner;
    return tls_prepare(ctx, &smtp->wanted, &smtp->facts.tls) ? CURLE_OK
                                                             : CURLE_SSL_CONNECT_ERROR;
}

/* Nothing is listed, so that private addresses are told from public ones; both may be called here. */
static curl_socket_t on_open_socket(void *owner, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    (void)purpose;
    static const struct network_list none;
    struct smtp *smtp = owner;
    return dial_open(&smtp->facts.dial, address,
                     network_judge(&none, &address->addr) == NETWORK_NEVER);
}

static int on_progress(void *owner, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    return dial_is_stopped(((const struct smtp *)owner)->options.stop_fd);
}

static size_t on_give(char *to, size_t size, size_t n, void *owner)
{
    struct smtp *smtp = owner;
    size_t left = smtp->message.n - smtp->n_given, step = size * n < left ? size * n : left;
    if (step)
        memcpy(to, smtp->message.at + smtp->n_given, step);
    smtp->n_given += step;
    return step;
}

static size_t on_ignore(char *at, size_t size, size_t n, void *owner)
{
    (void)at, (void)owner;
    return size * n;
}

/* An answer to the last command. Behind DATA comes 354 first, then the answer to the message. */
static void note_answer(struct smtp *smtp, struct text line)
{
    struct smtp_facts *facts = &smtp->facts;
    int64_t code = 0;
    if (line.n < 4 || !text_to_i64((struct text){line.at, 3}, &code) ||
        strcmp(smtp->verb, "QUIT") == 0)
        return;
    text_print(text_trim(line), "", facts->said, sizeof facts->said);
    bool is_last = line.at[3] != '-';
    if (strcmp(smtp->verb, "EHLO") == 0) {
        struct text word = {line.at + 4, line.n - 4};
        facts->offers_auth = facts->offers_auth || text_starts(word, TEXT("AUTH ")) ||
                             text_starts(word, TEXT("AUTH="));
        facts->has_greeted = facts->has_greeted || (is_last && code / 100 == 2);
    } else if (!is_last) {
        return;
    } else if (strcmp(smtp->verb, "MAIL") == 0) {
        facts->sender_code = (int)code;
    } else if (strcmp(smtp->verb, "RCPT") == 0) {
        facts->recipient_code = (int)code;
    } else if (strcmp(smtp->verb, "DATA") == 0 && !facts->data_code) {
        facts->data_code = (int)code;
    } else if (strcmp(smtp->verb, "DATA") == 0 && !facts->end_code) {
        facts->end_code = (int)code;
    }
    facts->signed_in = facts->signed_in || code == 235;
}

static int on_debug(CURL *curl, curl_infotype type, char *at, size_t n, void *owner)
{
    (void)curl;
    struct smtp *smtp = owner;
    if (type == CURLINFO_HEADER_IN) {
        struct text line, rest = {at, n};
        while (text_cut(rest, '\n', &line, &rest))
            note_answer(smtp, line);
        if (rest.n)
            note_answer(smtp, rest);
    } else if (type == CURLINFO_HEADER_OUT && n >= VERB_SIZE - 1) {
        if (strncmp(at, "EHLO", 4) == 0) /* another one, behind STARTTLS, counts alone */
            smtp->facts.offers_auth = smtp->facts.has_greeted = false;
        memcpy(smtp->verb, at, VERB_SIZE - 1);
    }
    return 0;
}

/* ---- opening ---- */

static bool is_word(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] <= ' ' || (unsigned char)t.at[i] >= 0x7f || strchr("/\\@?#[]<>\"", t.at[i]))
            return false;
    return t.n > 0;
}

static enum status check_server(const struct mail_server *server, struct error *err)
{
    if (!is_word(server->host))
        return error_set(err, ERR_INVALID, "mail", "the server's host is not a name");
    if (server->port < 1 || server->port > 65535)
        return error_set(err, ERR_INVALID, "mail", "the port is not within 1 to 65535");
    if (server->helo.n && !is_word(server->helo))
        return error_set(err, ERR_INVALID, "mail", "helo is not a name");
    if (server->user.n && !server->password.n)
        return error_set(err, ERR_INVALID, "mail", "a user without a password");
    return OK;
}

/* Every option that is the same for all messages. libcurl copies the strings it is given. */
static bool set_options(struct smtp *smtp, struct arena *a)
{
    const struct mail_server *server = smtp->server;
    bool is_v6 = strchr(smtp->host, ':');
    bool is_tls = server->security == MAIL_TLS;
    CURL *c = smtp->curl;
    int failed = 0;
#define SET(option, value) failed |= curl_easy_setopt(c, option, value) != CURLE_OK
    SET(CURLOPT_URL,
        arena_printf(a, "%s://%s%s%s:%d/" TEXT_FMT, is_tls ? "smtps" : "smtp", is_v6 ? "[" : "",
                     smtp->host, is_v6 ? "]" : "", (int)server->port,
                     TEXT_ARG(server->helo.n ? server->helo : TEXT("localhost"))));
    SET(CURLOPT_PROTOCOLS_STR, is_tls ? "smtps" : "smtp");
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_ERRORBUFFER, smtp->curl_says);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
    SET(CURLOPT_SSL_CTX_DATA, smtp);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, smtp);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, smtp);
    SET(CURLOPT_VERBOSE, 1L);
    SET(CURLOPT_DEBUGFUNCTION, on_debug);
    SET(CURLOPT_DEBUGDATA, smtp);
    SET(CURLOPT_WRITEFUNCTION, on_ignore);
    SET(CURLOPT_HEADERFUNCTION, on_ignore);
    SET(CURLOPT_READFUNCTION, on_give);
    SET(CURLOPT_READDATA, smtp);
    SET(CURLOPT_MAIL_FROM, arena_cstr(a, server->from));
    if (server->user.n) { /* these two, over TLS; never what else a server may ask for */
        SET(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
        SET(CURLOPT_SASL_IR, 1L);
        SET(CURLOPT_USERNAME, arena_cstr(a, server->user));
        SET(CURLOPT_PASSWORD, (const char *)server->password.at);
    }
#undef SET
    return !failed;
}

enum status smtp_open(const struct mail_server *server, const struct smtp_options *options,
                      struct smtp **ret_smtp, struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    TRY(check_server(server, err));
    struct smtp *smtp = calloc(1, sizeof *smtp);
    ENSURE(smtp);
    *smtp = (struct smtp){.curl = curl_easy_init(), .server = server, .options = *options};
    ENSURE(smtp->curl);
    snprintf(smtp->host, sizeof smtp->host, TEXT_FMT, TEXT_ARG(server->host));
    struct in6_addr address;
    smtp->wanted =
        (struct tls_wanted){.roots = options->roots,
                            .host = smtp->host,
                            .is_address = inet_pton(AF_INET6, smtp->host, &address) == 1 ||
                                          inet_pton(AF_INET, smtp->host, &address) == 1};
    if (!set_options(smtp, &a)) {
        smtp_close(smtp);
        return error_set(err, ERR_UNSUPPORTED, "mail",
                         "this libcurl lacks an option: 7.88 with SMTP is needed");
    }
    *ret_smtp = smtp;
    return OK;
}

void smtp_close(struct smtp *smtp)
{
    if (!smtp)
        return;
    curl_easy_cleanup(smtp->curl);
    free(smtp);
}

/* ---- a conversation ---- */

static enum status tls_failed(const struct smtp *smtp, struct error *err)
{
    const struct tls_report *tls = &smtp->facts.tls;
    if (!tls->refused)
        return error_set(err, ERR_TLS, "tls", "the TLS handshake failed (%s)", smtp->curl_says);
    return error_set(err, ERR_TLS, "tls", "%s; certificate of %s, issued by %s, valid until %s",
                     tls->reason, tls->subject, tls->issuer, tls->until);
}

/* What the server's answers mean; OK where they mean nothing bad. */
static enum status judge(const struct smtp_facts *facts, struct error *err)
{
    if (facts->end_code)
        return facts->end_code / 100 == 2 ? OK
               : facts->end_code / 100 == 5
                   ? error_set(err, ERR_DENIED, "smtp", "refused the message: %s", facts->said)
                   : error_set(err, ERR_UPSTREAM, "smtp", "did not take the message: %s",
                               facts->said);
    if (facts->data_code / 100 == 5)
        return error_set(err, ERR_DENIED, "smtp", "refused the message: %s", facts->said);
    if (facts->data_code >= 400)
        return error_set(err, ERR_UPSTREAM, "smtp", "did not take the message: %s",
                         facts->said);
    if (facts->recipient_code / 100 == 5)
        return error_set(err, ERR_DENIED, "smtp", "refused the recipient: %s", facts->said);
    if (facts->recipient_code >= 400)
        return error_set(err, ERR_UPSTREAM, "smtp", "did not take the recipient: %s",
                         facts->said);
    /* A refused sender is the operator's matter: the mail waits until it is put right. */
    if (facts->sender_code >= 400)
        return error_set(err, ERR_UPSTREAM, "smtp", "refused the sender: %s", facts->said);
    return OK;
}

/* The whole message went out and its answer did not come. */
static bool is_uncertain(const struct smtp *smtp)
{
    return smtp->facts.data_code == 354 && !smtp->facts.end_code &&
           smtp->n_given == smtp->message.n;
}

static enum status unreachable(const struct smtp *smtp, CURLcode code, struct error *err)
{
    const struct smtp_facts *facts = &smtp->facts;
    const char *where = facts->connected ? "smtp" : facts->dial.resolved ? "tcp" : "dns";
    if (facts->dial.address_denied)
        return error_set(err, ERR_NETWORK, "address", "%s is an address that is never called",
                         facts->dial.address);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return error_set(err, ERR_TIMEOUT, where, "%s did not answer in time",
                         facts->dial.resolved ? facts->dial.address : "no name server");
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return error_set(err, ERR_NETWORK, "dns", "there is no address for %s", smtp->host);
    if (code == CURLE_COULDNT_CONNECT)
        return error_set(err, ERR_NETWORK, "tcp",
                         "%s refuses the connection or cannot be reached", facts->dial.address);
    return error_set(err, ERR_NETWORK, where, "the connection broke: %s%s%s",
                     curl_easy_strerror(code), *facts->said ? "; last said: " : "",
                     facts->said);
}

static enum status explain(const struct smtp *smtp, CURLcode code, struct error *err)
{
    const struct smtp_facts *facts = &smtp->facts;
    TRY(judge(facts, err));
    if (facts->end_code || code == CURLE_OK)
        return OK;
    if (is_uncertain(smtp))
        return error_set(err, ERR_UNCERTAIN, "smtp",
                         "the message was sent, and no answer came: it may have arrived");
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
        return error_set(err, ERR_CLOSED, "smtp", "nobody waits for the answer any more");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return tls_failed(smtp, err);
    case CURLE_USE_SSL_FAILED:
        return error_set(err, ERR_TLS, "tls", "the server offers no STARTTLS");
    case CURLE_LOGIN_DENIED:
        return error_set(err, ERR_AUTH, "smtp", "refused the sign-in: %s",
                         *facts->said ? facts->said : "neither PLAIN nor LOGIN is offered");
    default:
        return unreachable(smtp, code, err);
    }
}

/* Talk, and collect what was learnt. */
static enum status converse(struct smtp *smtp, int64_t deadline_ms, struct error *err)
{
    int64_t left = deadline_ms - clock_ms();
    curl_off_t connect_us = 0;
    smtp->facts = (struct smtp_facts){0};
    smtp->verb[0] = smtp->curl_says[0] = 0;
    smtp->n_given = 0;
    if (left <= 0)
        return error_set(err, ERR_TIMEOUT, "smtp", "no time was left");
    curl_easy_setopt(smtp->curl, CURLOPT_TIMEOUT_MS, (long)left);
    curl_easy_setopt(smtp->curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(left < CONNECT_MS ? left : CONNECT_MS));
    CURLcode code = curl_easy_perform(smtp->curl);
    curl_easy_getinfo(smtp->curl, CURLINFO_CONNECT_TIME_T, &connect_us);
    smtp->facts.connected = connect_us > 0 || *smtp->facts.said || smtp->facts.tls.refused;
    return explain(smtp, code, err);
}

enum status smtp_send(struct smtp *smtp, struct text to, struct text message,
                      int64_t deadline_ms, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct curl_slist *recipients = curl_slist_append(NULL, arena_cstr(&a, to));
    ENSURE(recipients);
    smtp->message = message;
    curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 1L);
    enum status status = converse(smtp, deadline_ms, err);
    curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    smtp->message = (struct text){0};
    return status;
}

enum status smtp_look(struct smtp *smtp, int64_t deadline_ms, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    smtp->message = (struct text){0};
    curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 0L);
    curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(
        smtp->curl, CURLOPT_CUSTOMREQUEST,
        arena_printf(&a, "MAIL FROM:<" TEXT_FMT ">", TEXT_ARG(smtp->server->from)));
    enum status status = converse(smtp, deadline_ms, err);
    curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 0L);
    return status;
}
