/* SPDX-License-Identifier: ISC
 *
 * The connection doctor: one layer after the other, each only where those below are in order. The first
 * request goes without a sign-in, so that name, address, certificate and methods are known to be right
 * before the password is sent; and it is sent only by the method that was chosen and is offered.
 */
#include <stdio.h>
#include <string.h>

#include "calendar/ews/ews.h"
#include "os/clock.h"

struct doctor {
    struct calendar *ews;
    int64_t deadline_ms;
    struct arena *a;
    struct layer *layers;
    size_t n;
    bool has_failed;
    int64_t skew_s; /* how far the server's clock is ahead of ours */
};

static const char *const names[] = {"dns",     "tcp",     "tls",     "certificate", "methods",
                                    "sign-in", "version", "mailbox", "free/busy",   "clock"};
enum { N_NAMES = sizeof names / sizeof *names };

enum { ENDS_SOON_S = 30 * 86400, SKEW_MAX_S = 5 * 60 };

/* Add the next layer; detail and fix are cut to what the wire takes. */
static void add(struct doctor *doctor, enum layer_state state, const char *detail,
                const char *fix)
{
    ENSURE(doctor->n < N_NAMES);
    char cut[MAX_WHAT + 1];
    struct error clean; /* masks what is not clean text */
    snprintf(cut, sizeof cut, "%s", detail);
    error_set(&clean, OK, "", "%s", cut);
    doctor->layers[doctor->n] = (struct layer){
        .name = text_from(names[doctor->n]),
        .state = state,
        .detail = arena_text(doctor->a, text_from(clean.what)),
        .fix = arena_text(doctor->a, text_from(fix)),
    };
    doctor->n++;
    doctor->has_failed = doctor->has_failed || state == LAYER_REFUSED;
}

static void add_ok(struct doctor *doctor, const char *detail)
{
    add(doctor, LAYER_OK, detail, "");
}

static void skip_rest(struct doctor *doctor)
{
    while (doctor->n < N_NAMES)
        add(doctor, LAYER_SKIPPED, "a layer above failed", "");
}

/* ---- name, address, certificate, methods: without a sign-in ---- */

static void add_name(struct doctor *doctor, const struct fetch_facts *facts,
                     const struct error *err)
{
    const struct server *server = doctor->ews->server;
    if (facts->resolved && facts->by_proxy)
        add_ok(doctor, arena_printf(doctor->a, "the proxy %s resolves " TEXT_FMT,
                                    facts->address, TEXT_ARG(server->host)));
    else if (facts->resolved)
        add_ok(doctor, arena_printf(doctor->a, TEXT_FMT " -> %s", TEXT_ARG(server->host),
                                    facts->address));
    else
        add(doctor, LAYER_REFUSED, err->what,
            "check the server's name, and the name servers in /etc/resolv.conf");
}

static const char *proxy_fix(int status)
{
    switch (status) {
    case 407:
        return "check proxy_user, proxy_method and the proxy's password in the configuration";
    case 403:
        return "let this host and port through at the proxy (CONNECT)";
    case 0:
        return "check proxy = HOST:PORT in the configuration, and that the proxy runs";
    default:
        return "check the server's name, and what the proxy's own log says";
    }
}

static void add_connection(struct doctor *doctor, const struct fetch_facts *facts,
                           const struct error *err)
{
    int port = (int)doctor->ews->server->port;
    if (facts->by_proxy && (facts->proxy_status || !facts->connected) &&
        facts->proxy_status / 100 != 2)
        add(doctor, LAYER_REFUSED, err->what, proxy_fix(facts->proxy_status));
    else if (facts->connected)
        add_ok(doctor, arena_printf(doctor->a, "%d in %d ms", port, (int)facts->connect_ms));
    else if (facts->address_denied)
        add(doctor, LAYER_REFUSED, err->what,
            "list the network with networks = CIDR if the server really stands there");
    else
        add(doctor, LAYER_REFUSED, err->what,
            arena_printf(doctor->a, "check that port %d is open from this machine", port));
}

static void add_tls(struct doctor *doctor, const struct fetch_facts *facts,
                    const struct error *err)
{
    const struct tls_report *tls = &facts->tls;
    if (tls->refused)
        add(doctor, LAYER_REFUSED, err->what, tls->fix);
    else if (!*tls->version)
        add(doctor, LAYER_REFUSED, err->what, "check the port: 443 is usual");
    else
        add_ok(doctor,
               arena_printf(doctor->a, "%s, the highest that both sides have", tls->version));
}

/* The server's certificate and its chain; a warning in time before the first of them ends. */
static void add_certificate(struct doctor *doctor, const struct fetch_facts *facts)
{
    const struct tls_report *tls = &facts->tls;
    const char *detail = arena_printf(
        doctor->a, "%s, issued by %s, valid until %s; chain of %d: %s; pin sha256/%s",
        tls->subject, tls->issuer, tls->until, tls->n_chain, tls->chain, tls->pin);
    int64_t left_s = tls->end_s - clock_now().s;
    if (left_s > ENDS_SOON_S)
        add_ok(doctor, detail);
    else
        add(doctor, LAYER_WARN,
            arena_printf(doctor->a, "ends in %d days: %s", (int)(left_s / 86400), detail),
            arena_printf(doctor->a,
                         "renew the certificate of %s; after its last day hourgate refuses the "
                         "server",
                         tls->ends_first));
}

static bool is_offered(const char *challenges, const char *method)
{
    struct text rest = text_from(challenges), word;
    while (text_cut(rest, ' ', &word, &rest))
        if (text_equal(word, text_from(method)))
            return true;
    return text_equal(rest, text_from(method));
}

static const char *const methods[AUTH_METHOD_COUNT] = {[AUTH_NTLM] = "ntlm",
                                                       [AUTH_BASIC] = "basic",
                                                       [AUTH_NEGOTIATE] = "negotiate",
                                                       [AUTH_BEARER] = "bearer"};

/* Return another method that the server offers, the best known first; NULL where there is none. */
static const char *other_offered(const char *challenges, enum auth_method chosen)
{
    for (enum auth_method i = 0; i < AUTH_METHOD_COUNT; i++)
        if (i != chosen && is_offered(challenges, methods[i]))
            return methods[i];
    return NULL;
}

static void add_methods(struct doctor *doctor, const struct fetch_facts *facts)
{
    enum auth_method method = doctor->ews->server->method;
    const char *wanted = methods[method];
    const char *other = other_offered(facts->challenges, method);
    const char *offered = *facts->challenges ? facts->challenges : "none";
    if (facts->http_status != 401)
        add(doctor, LAYER_REFUSED,
            arena_printf(doctor->a, "HTTP %d %s%swhere a sign-in was due", facts->http_status,
                         facts->location, *facts->location ? " " : ""),
            "check the path (usually /EWS/Exchange.asmx), and what stands in front of "
            "Exchange");
    else if (is_offered(facts->challenges, wanted))
        add_ok(doctor, arena_printf(doctor->a, "%s (offered: %s)", wanted, offered));
    else if (other)
        add(doctor, LAYER_REFUSED,
            arena_printf(doctor->a, "no %s (offered: %s)", wanted, offered),
            arena_printf(doctor->a, "use --method %s, or turn %s on for EWS at the server",
                         other, wanted));
    else
        add(doctor, LAYER_REFUSED,
            arena_printf(doctor->a, "no %s (offered: %s)", wanted, offered),
            arena_printf(doctor->a, "turn %s on for EWS at the server", wanted));
}

static enum status look_without_sign_in(struct doctor *doctor, struct error *err)
{
    struct calendar *ews = doctor->ews;
    struct fetch *fetch = NULL;
    TRY(fetch_open(ews->server, ews->options, FETCH_ANONYMOUS, &fetch, err));
    struct fetch_post post = {.body = TEXT(""), .max_answer = 1 << 20};
    struct error why = {0};
    enum status status = fetch_post(fetch, &post, NULL, doctor->deadline_ms, &why);
    const struct fetch_facts *facts = fetch_facts_of(fetch);
    add_name(doctor, facts, &why);
    if (!doctor->has_failed)
        add_connection(doctor, facts, &why);
    if (!doctor->has_failed)
        add_tls(doctor, facts, &why);
    if (!doctor->has_failed)
        add_certificate(doctor, facts);
    if (!doctor->has_failed)
        doctor->skew_s = facts->date_s < 0 ? 0 : facts->date_s - clock_now().s;
    if (!doctor->has_failed && status != OK)
        add(doctor, LAYER_REFUSED, why.what, "see what the server's own log says");
    else if (!doctor->has_failed)
        add_methods(doctor, facts);
    fetch_close(fetch);
    return OK;
}

/* ---- sign-in, version, mailbox: one GetFolder ---- */

/* The administrator's line that turns off what our NTLM cannot do. */
#define ALLOW_PROTECTION                                                                       \
    "Set-WebServicesVirtualDirectory -Identity 'SERVER\\EWS (Default Web Site)' "              \
    "-ExtendedProtectionTokenChecking Allow"

static const char *refused_fix(enum auth_method method)
{
    switch (method) {
    case AUTH_NEGOTIATE:
        return "check user and password or keytab, and setspn -Q HTTP/HOST; a server that "
               "demands Extended Protection (Get-WebServicesVirtualDirectory | fl "
               "ExtendedProtectionTokenChecking) takes Basic or OAuth: " ALLOW_PROTECTION;
    case AUTH_BEARER:
        return "check client id, secret and scope; at Exchange: Get-AuthServer, and "
               "Get-PartnerApplication must know the application with a role that may "
               "impersonate";
    case AUTH_NTLM:
        return "check user and password (user@domain or DOMAIN\\user); if they are right, "
               "Extended Protection is \"Require\" (Get-WebServicesVirtualDirectory | fl "
               "ExtendedProtectionTokenChecking): use Basic or OAuth, or " ALLOW_PROTECTION;
    default:
        return "check user and password (user@domain or DOMAIN\\user)";
    }
}

static const char *sign_in_fix(enum auth_method method, enum status status)
{
    switch (status) {
    case ERR_AUTH:
        return refused_fix(method);
    case ERR_DENIED:
        return "allow EWS for this user: Set-CASMailbox USER -EwsEnabled $true";
    case ERR_NOT_FOUND:
        return "register the service's name: setspn -S HTTP/HOST ACCOUNT";
    case ERR_LIMIT:
        return "try again later";
    default:
        return method == AUTH_NEGOTIATE
                   ? "check krb5.conf on this machine, its KDCs, and both clocks"
                   : "see what stands between this machine and Exchange";
    }
}

static const char *mailbox_fix(enum status status)
{
    switch (status) {
    case ERR_DENIED:
        return "give the user the right that is missing, or use the mailbox's own user";
    case ERR_NOT_FOUND:
        return "check the address given with --impersonate or --mailbox";
    case ERR_LIMIT:
        return "try again later";
    default:
        return "see what the server's own log says";
    }
}

static void look_at_mailbox(struct doctor *doctor)
{
    struct calendar *ews = doctor->ews;
    struct ews_target target = ews_target_of(ews, (struct text){0});
    CLEANUP(buf_done) struct buf request = BUF(EWS_REQUEST_MAX);
    CLEANUP(ews_answer_done) struct ews_answer answer;
    struct error why = {0};
    bool doubt;
    ews_answer_init(&answer, EWS_GET_FOLDER);
    ews_write_get_folder(&request, &target);
    enum status status =
        soap_call(&ews->soap, &request, false, &answer, doctor->deadline_ms, &doubt, &why);
    bool has_answered = status == OK || answer.is_fault || answer.n_messages > 0;
    if (!has_answered) {
        add(doctor, LAYER_REFUSED, why.what, sign_in_fix(ews->server->method, status));
        return;
    }
    add_ok(doctor, arena_printf(doctor->a, "as " TEXT_FMT, TEXT_ARG(ews->server->user)));
    add_ok(doctor, *answer.version ? answer.version : "not said");
    if (status != OK)
        add(doctor, LAYER_REFUSED, why.what, mailbox_fix(status));
    else
        add_ok(doctor, ews->address.n ? arena_printf(doctor->a, "calendar of " TEXT_FMT,
                                                     TEXT_ARG(ews->address))
                                      : "calendar of the user");
}

/* ---- free/busy ---- */

static void look_at_busy(struct doctor *doctor)
{
    enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
    struct instant now = clock_now();
    struct instant from = {now.s - now.s % HOUR_S};
    struct busy_ask ask = {.from = from, .to = instant_add_s(from, 7 * DAY_S)};
    struct busy_answer answer = {0};
    struct error why = {0};
    enum status status =
        ews_busy(doctor->ews, &ask, doctor->deadline_ms, doctor->a, &answer, &why);
    if (status == OK)
        add_ok(doctor,
               arena_printf(doctor->a, "%zu intervals in the next 7 days%s", answer.n_busy,
                            doctor->ews->address.n ? "" : ", read from the calendar itself"));
    else
        add(doctor, LAYER_REFUSED, why.what, mailbox_fix(status));
}

/* ---- clock ---- */

static void look_at_clock(struct doctor *doctor)
{
    int64_t off_s = doctor->skew_s < 0 ? -doctor->skew_s : doctor->skew_s;
    if (off_s <= SKEW_MAX_S)
        add_ok(doctor, "both clocks agree within 5 minutes");
    else
        add(doctor, LAYER_WARN,
            arena_printf(doctor->a, "the server's clock is %d s %s ours", (int)off_s,
                         doctor->skew_s < 0 ? "behind" : "ahead of"),
            "set both machines by NTP (timedatectl set-ntp true; w32tm /resync): Kerberos and "
            "certificates fail beyond 5 minutes");
}

enum status ews_check(struct calendar *ews, const struct check_ask *ask, int64_t deadline_ms,
                      struct arena *a, struct check_answer *ret_answer, struct error *err)
{
    (void)ask;
    struct doctor doctor = {.ews = ews,
                            .deadline_ms = deadline_ms,
                            .a = a,
                            .layers = ARENA_ARRAY(a, N_NAMES, struct layer)};
    TRY(look_without_sign_in(&doctor, err));
    if (!doctor.has_failed)
        look_at_mailbox(&doctor);
    if (!doctor.has_failed)
        look_at_busy(&doctor);
    if (!doctor.has_failed)
        look_at_clock(&doctor);
    skip_rest(&doctor);
    ret_answer->layers = doctor.layers;
    ret_answer->n_layers = doctor.n;
    return OK;
}
