/* SPDX-License-Identifier: ISC */
#include "calendar/doctor.h"

#include <stdio.h>
#include <string.h>

#include "os/clock.h"

enum { ENDS_SOON_S = 30 * 86400, SKEW_MAX_S = 5 * 60 };

void doctor_begin(struct doctor *doctor)
{
    doctor->layers = ARENA_ARRAY(doctor->a, MAX_LAYERS, struct layer);
}

void doctor_want(struct doctor *doctor, const char *name)
{
    ENSURE(doctor->n_wanted < MAX_LAYERS);
    doctor->names[doctor->n_wanted++] = name;
}

void doctor_add(struct doctor *doctor, enum layer_state state, const char *detail,
                const char *fix)
{
    ENSURE(doctor->n < doctor->n_wanted);
    char cut[MAX_WHAT + 1];
    struct error clean; /* masks what is not clean text */
    snprintf(cut, sizeof cut, "%s", detail);
    error_set(&clean, OK, "", "%s", cut);
    doctor->layers[doctor->n] = (struct layer){
        .name = text_from(doctor->names[doctor->n]),
        .state = state,
        .detail = arena_text(doctor->a, text_from(clean.what)),
        .fix = arena_text(doctor->a, text_from(fix)),
    };
    if (doctor->options && doctor->options->found)
        doctor->options->found(&doctor->layers[doctor->n]);
    doctor->n++;
    doctor->has_failed = doctor->has_failed || state == LAYER_REFUSED;
}

void doctor_add_ok(struct doctor *doctor, const char *detail)
{
    doctor_add(doctor, LAYER_OK, detail, "");
}

void doctor_note_throttled(struct doctor *doctor, enum status status, const struct error *why)
{
    if (status == ERR_LIMIT && why->retry_s > 0)
        snprintf(doctor->throttled, sizeof doctor->throttled,
                 "the server says to wait %d s: %.200s", (int)why->retry_s, why->what);
}

void doctor_add_throttling(struct doctor *doctor)
{
    if (*doctor->throttled)
        doctor_add(doctor, LAYER_WARN, doctor->throttled, doctor->throttling_fix);
    else
        doctor_add_ok(doctor, "the server held none of these calls back");
}

/* ---- name, address, certificate, methods: without a sign-in ---- */

static void add_name(struct doctor *doctor, const struct fetch_facts *facts,
                     const struct error *err)
{
    const struct server *server = doctor->server;
    if (facts->dial.resolved && facts->by_proxy)
        doctor_add_ok(doctor, arena_printf(doctor->a, "the proxy %s resolves " TEXT_FMT,
                                           facts->dial.address, TEXT_ARG(server->host)));
    else if (facts->dial.resolved)
        doctor_add_ok(doctor, arena_printf(doctor->a, TEXT_FMT " -> %s", TEXT_ARG(server->host),
                                           facts->dial.address));
    else
        doctor_add(doctor, LAYER_REFUSED, err->what,
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
    int port = (int)doctor->server->port;
    if (facts->by_proxy && (facts->proxy_status || !facts->connected) &&
        facts->proxy_status / 100 != 2)
        doctor_add(doctor, LAYER_REFUSED, err->what, proxy_fix(facts->proxy_status));
    else if (facts->connected)
        doctor_add_ok(doctor,
                      arena_printf(doctor->a, "%d in %d ms", port, (int)facts->connect_ms));
    else if (facts->dial.address_denied)
        doctor_add(doctor, LAYER_REFUSED, err->what,
                   "list the network with networks = CIDR if the server really stands there; "
                   "link-local addresses are never called");
    else
        doctor_add(
            doctor, LAYER_REFUSED, err->what,
            arena_printf(doctor->a, "check that port %d is open from this machine", port));
}

static void add_tls(struct doctor *doctor, const struct fetch_facts *facts,
                    const struct error *err)
{
    const struct tls_report *tls = &facts->tls;
    if (tls->refused)
        doctor_add(doctor, LAYER_REFUSED, err->what, tls->fix);
    else if (!*tls->version)
        doctor_add(doctor, LAYER_REFUSED, err->what, "check the port: 443 is usual");
    else
        doctor_add_ok(doctor, arena_printf(doctor->a, "%s, the highest that both sides have",
                                           tls->version));
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
        doctor_add_ok(doctor, detail);
    else
        doctor_add(
            doctor, LAYER_WARN,
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

/* What they are called in a challenge. */
static const char *const methods[AUTH_METHOD_COUNT] = {
    [AUTH_NTLM] = "ntlm",     [AUTH_BASIC] = "basic",  [AUTH_NEGOTIATE] = "negotiate",
    [AUTH_BEARER] = "bearer", [AUTH_OAUTH] = "bearer", [AUTH_ASSERTION] = "bearer"};

/* Return another method that the server offers, the best known first; NULL where there is none. */
static const char *other_offered(const char *challenges, enum auth_method chosen)
{
    for (enum auth_method i = 0; i < AUTH_METHOD_COUNT; i++)
        if (methods[i] && methods[i] != methods[chosen] && is_offered(challenges, methods[i]))
            return methods[i];
    return NULL;
}

static void add_methods(struct doctor *doctor, const struct fetch_facts *facts)
{
    enum auth_method method = doctor->server->method;
    const char *wanted = methods[method];
    const char *other = other_offered(facts->challenges, method);
    const char *offered = *facts->challenges ? facts->challenges : "none";
    if (method == AUTH_NONE)
        doctor_add_ok(doctor, "no sign-in: the address is the secret");
    else if (facts->http_status != 401)
        doctor_add(doctor, LAYER_REFUSED,
                   arena_printf(doctor->a, "HTTP %d %s%swhere a sign-in was due",
                                facts->http_status, facts->location,
                                *facts->location ? " " : ""),
                   doctor->path_fix);
    else if (is_offered(facts->challenges, wanted))
        doctor_add_ok(doctor, arena_printf(doctor->a, "%s (offered: %s)", wanted, offered));
    else if (other)
        doctor_add(doctor, LAYER_REFUSED,
                   arena_printf(doctor->a, "no %s (offered: %s)", wanted, offered),
                   arena_printf(doctor->a,
                                "use --method %s, or turn %s on for %s at the server", other,
                                wanted, doctor->service));
    else
        doctor_add(doctor, LAYER_REFUSED,
                   arena_printf(doctor->a, "no %s (offered: %s)", wanted, offered),
                   arena_printf(doctor->a, "turn %s on for %s at the server", wanted,
                                doctor->service));
}

enum status doctor_look_without_sign_in(struct doctor *doctor,
                                        const struct fetch_request *knock, struct error *err)
{
    struct fetch *fetch = NULL;
    TRY(fetch_open(doctor->server, doctor->options, FETCH_ANONYMOUS, &fetch, err));
    struct error why = {0};
    enum status status = fetch_send(fetch, knock, NULL, doctor->deadline_ms, &why);
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
        doctor_add(doctor, LAYER_REFUSED, why.what, "see what the server's own log says");
    else if (!doctor->has_failed)
        add_methods(doctor, facts);
    fetch_close(fetch);
    return OK;
}

/* ---- clock, end ---- */

void doctor_look_at_clock(struct doctor *doctor)
{
    int64_t off_s = doctor->skew_s < 0 ? -doctor->skew_s : doctor->skew_s;
    if (off_s <= SKEW_MAX_S)
        doctor_add_ok(doctor, "both clocks agree within 5 minutes");
    else
        doctor_add(
            doctor, LAYER_WARN,
            arena_printf(doctor->a, "the server's clock is %d s %s ours", (int)off_s,
                         doctor->skew_s < 0 ? "behind" : "ahead of"),
            "set both machines by NTP (timedatectl set-ntp true; w32tm /resync): Kerberos and "
            "certificates fail beyond 5 minutes");
}

enum status doctor_probe(struct doctor *doctor, const struct calendar_ops *ops,
                         struct calendar *calendar, struct text uid, struct text room,
                         struct error *err)
{
    enum { DAY_S = 86400, AHEAD_DAYS = 600, ROOM_AHEAD_DAYS = 30, LENGTH_S = 900 };
    int64_t ahead_days = room.n ? ROOM_AHEAD_DAYS : AHEAD_DAYS;
    struct instant start = instant_add_s(clock_now(), ahead_days * DAY_S);
    start.s -= start.s % DAY_S;
    struct create_ask create = {.event = {.uid = uid,
                                          .start = start,
                                          .end = instant_add_s(start, LENGTH_S),
                                          .zone = TEXT("UTC"),
                                          .title = TEXT("hourgate: a test of the connection"),
                                          .room = room}};
    struct find_ask find = {.uid = uid};
    struct event_ref ref = {0};
    enum status status =
        ops->create(calendar, &create, doctor->deadline_ms, doctor->a, &ref, err);
    if (status == OK)
        status = ops->find(calendar, &find, doctor->deadline_ms, doctor->a, &ref, err);
    if (status != OK && status != ERR_UNCERTAIN && !ref.id.n)
        return status;
    struct remove_ask remove = {.id = ref.id, .uid = uid};
    struct error not_removed = {0};
    enum status removed = ops->remove(calendar, &remove, doctor->deadline_ms, &not_removed);
    if (status == OK && removed != OK)
        *err = not_removed;
    return status == OK ? removed : status;
}

void doctor_end(struct doctor *doctor, struct check_answer *ret_answer)
{
    while (doctor->n < doctor->n_wanted)
        if (*doctor->throttled && strcmp(doctor->names[doctor->n], "throttling") == 0)
            doctor_add_throttling(doctor);
        else
            doctor_add(doctor, LAYER_SKIPPED, "a layer above failed", "");
    ret_answer->layers = doctor->layers;
    ret_answer->n_layers = doctor->n;
}
