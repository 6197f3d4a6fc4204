/* SPDX-License-Identifier: ISC
 *
 * The connection doctor: one layer after the other, each only where those below are in order. The first
 * request goes without a sign-in, so that name, address, certificate and methods are known to be right
 * before the password is sent; and it is sent only by the method that was chosen and is offered.
 */
#include <stdio.h>
#include <string.h>

#include "calendar/ews/ews.h"
#include "calendar/ews/fix.h"
#include "os/clock.h"
#include "os/random.h"

struct doctor {
    struct calendar *ews;
    int64_t deadline_ms;
    struct arena *a;
    struct layer *layers;
    size_t n, n_wanted;
    const char *names[MAX_LAYERS];
    struct text room; /* empty: none is looked at */
    bool probes;
    bool has_failed;
    char throttled[ERROR_WHAT_MAX +
                   1]; /* what the server said of coming back later; empty: nothing */
    int64_t skew_s;    /* how far the server's clock is ahead of ours */
};

/* Those that are always looked at; room and probe only where they are asked for. */
static const char *const names[] = {"dns",           "tcp",     "tls",     "certificate",
                                    "methods",       "sign-in", "version", "protection",
                                    "impersonation", "mailbox", "rights",  "free/busy",
                                    "throttling",    "clock"};
enum { N_NAMES = sizeof names / sizeof *names };

enum { ENDS_SOON_S = 30 * 86400, SKEW_MAX_S = 5 * 60 };

/* Add the next layer; detail and fix are cut to what the wire takes. */
static void add(struct doctor *doctor, enum layer_state state, const char *detail,
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
    doctor->n++;
    doctor->has_failed = doctor->has_failed || state == LAYER_REFUSED;
}

static void add_ok(struct doctor *doctor, const char *detail)
{
    add(doctor, LAYER_OK, detail, "");
}

/* Remember what the server said of coming back later. */
static void note_throttled(struct doctor *doctor, enum status status, const struct error *why)
{
    if (status == ERR_LIMIT && why->retry_s > 0)
        snprintf(doctor->throttled, sizeof doctor->throttled,
                 "the server says to wait %d s: %.200s", (int)why->retry_s, why->what);
}

static void add_throttling(struct doctor *doctor)
{
    if (*doctor->throttled)
        add(doctor, LAYER_WARN, doctor->throttled,
            fix_throttling(doctor->a, doctor->ews->server));
    else
        add_ok(doctor, "the server held none of these calls back");
}

/* Throttling is often what failed: it is told all the same. */
static void skip_rest(struct doctor *doctor)
{
    while (doctor->n < doctor->n_wanted)
        if (*doctor->throttled && strcmp(doctor->names[doctor->n], "throttling") == 0)
            add_throttling(doctor);
        else
            add(doctor, LAYER_SKIPPED, "a layer above failed", "");
}

/* ---- name, address, certificate, methods: without a sign-in ---- */

static void add_name(struct doctor *doctor, const struct fetch_facts *facts,
                     const struct error *err)
{
    const struct server *server = doctor->ews->server;
    if (facts->dial.resolved && facts->by_proxy)
        add_ok(doctor, arena_printf(doctor->a, "the proxy %s resolves " TEXT_FMT,
                                    facts->dial.address, TEXT_ARG(server->host)));
    else if (facts->dial.resolved)
        add_ok(doctor, arena_printf(doctor->a, TEXT_FMT " -> %s", TEXT_ARG(server->host),
                                    facts->dial.address));
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
    else if (facts->dial.address_denied)
        add(doctor, LAYER_REFUSED, err->what,
            "list the network with networks = CIDR if the server really stands there; "
            "link-local addresses are never called");
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
    struct fetch_request post = {.body = TEXT(""), .max_answer = 1 << 20};
    struct error why = {0};
    enum status status = fetch_send(fetch, &post, NULL, doctor->deadline_ms, &why);
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

static void add_protection(struct doctor *doctor)
{
    if (doctor->ews->server->method == AUTH_NTLM)
        add_ok(doctor, "Extended Protection is not demanded: NTLM without it was let in");
    else
        add_ok(doctor, "Extended Protection does not stand in the way of this sign-in");
}

static void add_impersonation(struct doctor *doctor, const struct ews_answer *answer,
                              const struct error *why)
{
    const struct server *server = doctor->ews->server;
    bool is_refused = strncmp(answer->code, "ErrorImpersonat", 15) == 0;
    if (is_refused)
        add(doctor, LAYER_REFUSED, why->what, fix_impersonation(doctor->a, server));
    else if (server->impersonate.n)
        add_ok(doctor,
               arena_printf(doctor->a, "acts as " TEXT_FMT, TEXT_ARG(server->impersonate)));
    else
        add_ok(doctor, "not used");
}

/* The mailbox, and what the server says that we may do in its calendar. */
static void add_mailbox(struct doctor *doctor, enum status status,
                        const struct ews_answer *answer, const struct error *why)
{
    struct calendar *ews = doctor->ews;
    struct text address = ews->address;
    const struct ews_folder *folder = answer->n_folders ? &answer->folders[0] : NULL;
    const char *fix = fix_rights(doctor->a, ews->server, address, "Editor");
    if (status == ERR_DENIED && address.n && strcmp(answer->code, "ErrorAccessDenied") == 0) {
        add(doctor, LAYER_WARN, "the calendar itself may not be read, perhaps free/busy", fix);
        add(doctor, LAYER_WARN, "free/busy only: slots can be shown, bookings not be written",
            fix);
        return;
    }
    if (status != OK)
        return add(doctor, LAYER_REFUSED, why->what, fix_mailbox(status));
    add_ok(doctor, address.n
                       ? arena_printf(doctor->a, "calendar of " TEXT_FMT, TEXT_ARG(address))
                       : "calendar of the user");
    if (folder && folder->can_create && folder->can_read)
        add_ok(doctor, "may read and write");
    else
        add(doctor, LAYER_WARN, "may not write into the calendar: bookings will fail", fix);
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
    note_throttled(doctor, status, &why);
    bool has_answered = status == OK || answer.is_fault || answer.n_messages > 0;
    if (!has_answered)
        return add(doctor, LAYER_REFUSED, why.what, fix_sign_in(ews->server->method, status));
    add_ok(doctor, arena_printf(doctor->a, "as " TEXT_FMT, TEXT_ARG(ews->server->user)));
    add_ok(doctor, *answer.version ? answer.version : "not said");
    add_protection(doctor);
    add_impersonation(doctor, &answer, &why);
    if (!doctor->has_failed)
        add_mailbox(doctor, status, &answer, &why);
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
    note_throttled(doctor, status, &why);
    if (status == OK)
        add_ok(doctor,
               arena_printf(doctor->a, "%zu intervals in the next 7 days%s", answer.n_busy,
                            doctor->ews->address.n ? "" : ", read from the calendar itself"));
    else
        add(doctor, LAYER_REFUSED, why.what,
            status == ERR_DENIED || status == ERR_NO_DATA
                ? fix_rights(doctor->a, doctor->ews->server, doctor->ews->address,
                             "AvailabilityOnly")
                : fix_mailbox(status));
    if (!doctor->has_failed)
        add_throttling(doctor);
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

/* ---- room ---- */

static void look_at_room(struct doctor *doctor)
{
    enum { DAYS_S = 7 * 86400 };
    struct arena *a = doctor->a;
    struct mailbox room = {.address = doctor->room};
    struct instant now = clock_now();
    struct view_ask ask = {
        .mailboxes = &room, .n_mailboxes = 1, .from = now, .to = instant_add_s(now, DAYS_S)};
    struct view_answer seen = {0};
    struct error why = {0};
    enum status status = ews_view(doctor->ews, &ask, doctor->deadline_ms, a, &seen, &why);
    if (status != OK)
        return add(doctor, LAYER_REFUSED, why.what, fix_mailbox(status));
    const struct mailbox_view *view = &seen.views[0];
    if (view->status == OK)
        return add_ok(doctor,
                      arena_printf(a, TEXT_FMT ": %zu intervals in the next 7 days%s",
                                   TEXT_ARG(room.address), view->n_busy,
                                   doctor->probes ? "" : "; --probe sees how it answers"));
    add(doctor, LAYER_REFUSED,
        arena_printf(a, "the server does not show when " TEXT_FMT " is free (%s)",
                     TEXT_ARG(room.address), status_name(view->status)),
        view->status == ERR_NOT_FOUND ? "check the room's address"
                                      : fix_room_rights(a, room.address));
}

/* ---- probe ---- */

/* Write an event where it is in nobody's way, find it, and take it away again. Rooms decline what is far ahead. */
static enum status probe(struct doctor *doctor, struct error *why)
{
    enum { DAY_S = 86400, AHEAD_DAYS = 600, ROOM_AHEAD_DAYS = 30 };
    const struct calendar_ops *ops = &ews_ops;
    struct calendar *ews = doctor->ews;
    struct arena *a = doctor->a;
    int64_t ahead_days = doctor->room.n ? ROOM_AHEAD_DAYS : AHEAD_DAYS;
    struct instant start = instant_add_s(clock_now(), ahead_days * DAY_S);
    start.s -= start.s % DAY_S;
    struct text uid =
        text_from(arena_printf(a, "hourgate-probe-%016llx", (unsigned long long)random_u64()));
    struct create_ask create = {.event = {.uid = uid,
                                          .start = start,
                                          .end = instant_add_s(start, 900),
                                          .zone = TEXT("UTC"),
                                          .title = TEXT("hourgate: a test of the connection"),
                                          .room = doctor->room}};
    struct find_ask find = {.uid = uid};
    struct event_ref ref = {0};
    enum status status = ops->create(ews, &create, doctor->deadline_ms, a, &ref, why);
    if (status == OK)
        status = ops->find(ews, &find, doctor->deadline_ms, a, &ref, why);
    if (status != OK && status != ERR_UNCERTAIN && !ref.id.n)
        return status;
    struct remove_ask remove = {.id = ref.id, .uid = uid};
    struct error not_removed = {0};
    enum status removed = ops->remove(ews, &remove, doctor->deadline_ms, &not_removed);
    if (status == OK && removed != OK)
        *why = not_removed;
    return status == OK ? removed : status;
}

static void look_by_probe(struct doctor *doctor)
{
    struct error why = {0};
    enum status status = probe(doctor, &why);
    if (status == OK)
        add_ok(doctor, doctor->room.n
                           ? "an event was written, the room took it, and it was deleted"
                           : "an event was written, read back, found and deleted");
    else
        add(doctor, LAYER_REFUSED, why.what,
            strcmp(why.where, "room") == 0 ? fix_room_processing(doctor->a, doctor->room)
            : status == ERR_DENIED
                ? fix_rights(doctor->a, doctor->ews->server, doctor->ews->address, "Editor")
                : fix_mailbox(status));
}

static void choose_names(struct doctor *doctor)
{
    for (size_t i = 0; i < N_NAMES; i++)
        doctor->names[doctor->n_wanted++] = names[i];
    if (doctor->room.n)
        doctor->names[doctor->n_wanted++] = "room";
    if (doctor->probes)
        doctor->names[doctor->n_wanted++] = "probe";
}

enum status ews_check(struct calendar *ews, const struct check_ask *ask, int64_t deadline_ms,
                      struct arena *a, struct check_answer *ret_answer, struct error *err)
{
    struct doctor doctor = {.ews = ews,
                            .deadline_ms = deadline_ms,
                            .a = a,
                            .room = ask->room,
                            .probes = ask->probe,
                            .layers = ARENA_ARRAY(a, MAX_LAYERS, struct layer)};
    choose_names(&doctor);
    TRY(look_without_sign_in(&doctor, err));
    if (!doctor.has_failed)
        look_at_mailbox(&doctor);
    if (!doctor.has_failed)
        look_at_busy(&doctor);
    if (!doctor.has_failed)
        look_at_clock(&doctor);
    if (!doctor.has_failed && ask->room.n)
        look_at_room(&doctor);
    if (!doctor.has_failed && ask->probe)
        look_by_probe(&doctor);
    skip_rest(&doctor);
    ret_answer->layers = doctor.layers;
    ret_answer->n_layers = doctor.n;
    return OK;
}
