/* SPDX-License-Identifier: ISC
 *
 * /trust: how data is kept here, under five pillars, for whoever is about to give some. The facts come from the
 * vault, already coarse, and are kept for a minute, so that nobody can learn from them when something happened.
 * There is no name, version or count among them. The operator reads the rest by `hourgate trust`.
 */
#include "edge/answer.h"
#include "edge/route.h"
#include "edge/web.h"
#include "lang/moment.h"
#include "os/clock.h"
#include "time/civil.h"

enum { KEPT_MS = 60000, PILLARS = 5, FACTS_MAX = 4 };

/* The oldest version that a courier accepts (fetch/tls.c). */
#define TLS_LEAST "1.2"

/* Keep what the vault said; NULL where it said nothing. */
static const struct trust_answer *keep(struct visit *visit, enum status status,
                                       const void *answer)
{
    struct trust_facts *kept = &visit->edge->trust;
    if (status != OK || !answer)
        return NULL;
    if (answer != &kept->facts) {
        kept->facts = *(const struct trust_answer *)answer;
        kept->until_ms = clock_ms() + KEPT_MS;
    }
    return &kept->facts;
}

static void with_facts(struct visit *visit,
                       void (*then)(struct visit *visit, enum status status,
                                    const void *answer))
{
    struct trust_ask ask = {0};
    if (clock_ms() < visit->edge->trust.until_ms)
        then(visit, OK, &visit->edge->trust.facts);
    else
        visit_ask(visit, WIRE_trust, &ask, DOOR_READ, then);
}

/* ---- the page ---- */

struct writer {
    struct arena *a;
    const struct edge *edge;
    enum language language;
    const struct trust_answer *facts; /* NULL: the vault does not answer */
    struct pillar_view *pillar;
};

enum mood { PLAIN, GOOD, BAD };

static void add(struct writer *w, const char *name, enum mood mood, const char *value,
                const char *meaning)
{
    struct pillar_view *pillar = w->pillar;
    ENSURE(pillar->n_facts < FACTS_MAX);
    pillar->facts[pillar->n_facts++] = (struct fact_view){.name = name,
                                                          .value = value,
                                                          .meaning = meaning,
                                                          .is_good = mood == GOOD,
                                                          .is_bad = mood == BAD};
}

static const char *since(struct writer *w, const char *words, int64_t day)
{
    return arena_printf(w->a, "%s %s", words,
                        moment_date(w->a, w->language, MOMENT_DATE, day).at);
}

/* How long? An account may have set a term of its own, which is nobody's business here. */
static const char *booking_term(struct writer *w)
{
    int64_t days = w->facts ? w->facts->keep_bookings_days : 0;
    if (!days)
        return "Kept until the host's organisation erases it. Your private link shows it, "
               "moves "
               "it and cancels it.";
    return arena_printf(
        w->a,
        "%lld days after the appointment it is made anonymous, where the host's "
        "organisation has set no other term. Your private link shows it, moves it "
        "and cancels it.",
        (long long)days);
}

static const char *audit_term(struct writer *w)
{
    static const char chain[] = "A chain of every look into a calendar and every change: a row "
                                "that is altered or taken out is noticed.";
    int64_t days = w->facts ? w->facts->keep_audit_days : 0;
    return days ? arena_printf(w->a, "%s Kept for %lld days.", chain, (long long)days) : chain;
}

static void add_transparency(struct writer *w)
{
    add(w, "Calendars", GOOD, "Not stored",
        "Free and busy times are read when somebody asks, and are gone with the answer. What "
        "appointments say is not read for it.");
    add(w, "Your booking", PLAIN, "Your name, e-mail address, answers, and the time",
        booking_term(w));
    add(w, "This page", PLAIN, "Read from the running programs",
        "At most a minute ago. Programs find the same at /api/v1/trust.");
}

static void add_security(struct writer *w)
{
    const struct trust_answer *facts = w->facts;
    bool is_jailed = w->edge->config.jail && (!facts || facts->jailed);
    bool has_plain = facts && facts->sealing == SEALING_BUT_PLAIN;
    add(w, "Stored data", has_plain ? PLAIN : GOOD,
        has_plain ? "Sealed with AES-256, some personal accounts apart" : "Sealed with AES-256",
        has_plain ? "Passwords of calendars are sealed for every account, organisations' data "
                    "always."
                  : "Passwords of calendars, and what customers say of themselves, for every "
                    "account.");
    if (facts && facts->key_day)
        add(w, "Master key", PLAIN, since(w, "In use since", facts->key_day),
            "It is kept apart from the database, which cannot be read without it.");
    add(w, "On the way", GOOD, "TLS " TLS_LEAST " or newer",
        "Calendar servers are called only where a known authority has signed their "
        "certificate. "
        "Otherwise nothing is sent, no password either.");
    add(w, "Separation", is_jailed ? GOOD : BAD,
        is_jailed ? "Each program in a jail of its own" : "The jail is turned off",
        is_jailed ? "The one that faces the internet has no key, no stored password and no "
                    "database, and the kernel refuses it what it has no need of."
                  : "The programs are separate, but the kernel does not hold them to it.");
}

static void add_privacy(struct writer *w)
{
    add(w, "Customers", GOOD, "See free times, nothing else",
        "No reason why a time is not offered, and no number of appointments.");
    add(w, "Colleagues", GOOD, "See free and busy, no details",
        "And only of calendars that the calendar server shows them.");
    add(w, "Visitors", GOOD, "Are not followed",
        "Looking and booking sets no cookie, and nothing is loaded from elsewhere. Addresses "
        "are "
        "counted in memory against floods, and written nowhere.");
}

static void add_availability(struct writer *w)
{
    const struct trust_answer *facts = w->facts;
    bool is_ready = facts && facts->ready;
    add(w, "Bookings", is_ready ? GOOD : BAD,
        is_ready ? "Can be made" : "Cannot be made right now",
        is_ready
            ? "A time is confirmed only once it stands in the calendar. A calendar that does "
              "not answer offers no times."
            : "A part that they need is not there; it is being started again.");
    if (facts)
        add(w, "Running", PLAIN, since(w, "Since", facts->since_day), NULL);
    if (facts && facts->backup_day)
        add(w, "Backup", PLAIN, since(w, "Last on", facts->backup_day),
            "As sealed as the database; the key is not in it.");
}

static void add_compliance(struct writer *w)
{
    const struct trust_answer *facts = w->facts;
    const char *place = arena_cstr(w->a, w->edge->config.location);
    bool is_verified = facts && facts->audit_day;
    add(w, "Location", PLAIN, *place ? place : "Not stated here",
        *place ? "As the operator states it." : "The operator of this server can tell.");
    add(w, "Record", is_verified ? (facts->audit_holds ? GOOD : BAD) : PLAIN,
        !is_verified         ? "Every look into a calendar is written down"
        : facts->audit_holds ? since(w, "Complete when it was verified on", facts->audit_day)
                             : since(w, "Did not verify on", facts->audit_day),
        audit_term(w));
    add(w, "Erasure", PLAIN, "By destroying the key",
        "Each account has a key of its own. Once it is destroyed nobody can read what it "
        "sealed, "
        "and backups that still hold it expire.");
}

static void show(struct visit *visit, enum status status, const void *answer)
{
    static const struct {
        const char *name, *promise;
        void (*add)(struct writer *w);
    } pillars[PILLARS] = {
        {"Transparency", "What is kept, and what is not.", add_transparency},
        {"Security", "What protects it.", add_security},
        {"Privacy", "Who sees what.", add_privacy},
        {"Availability", "Whether it is there when you need it.", add_availability},
        {"Compliance", "Where it is, and how that is shown.", add_compliance},
    };
    struct arena *a = &visit->arena;
    struct writer w = {.a = a,
                       .edge = visit->edge,
                       .language = visit->language,
                       .facts = keep(visit, status, answer)};
    struct trust_view view = {
        .head = visit_head_said(visit, MESSAGE("Trust")),
        .pillars = ARENA_ARRAY(a, PILLARS, struct pillar_view),
        .n_pillars = PILLARS,
    };
    for (size_t i = 0; i < PILLARS; i++) {
        w.pillar = &view.pillars[i];
        *w.pillar = (struct pillar_view){.name = pillars[i].name,
                                         .promise = pillars[i].promise,
                                         .facts = ARENA_ARRAY(a, FACTS_MAX, struct fact_view)};
        pillars[i].add(&w);
    }
    struct http_response response;
    visit_response(visit, &response, 200, "text/html; charset=utf-8");
    web_trust(&response.body, &view);
    visit_send(visit, &response);
}

void trust_get(struct visit *visit)
{
    with_facts(visit, show);
}

/* ---- for programs ---- */

static void put_day(struct json_writer *w, const char *name, int64_t day)
{
    char date[CIVIL_DATE_SIZE];
    if (!day)
        return;
    civil_format_date(day, date);
    json_put_text(w, name, text_from(date));
}

static void tell(struct visit *visit, enum status status, const void *answer)
{
    const struct trust_answer *facts = keep(visit, status, answer);
    struct http_response response;
    if (!facts) {
        visit_fail(visit, status == OK ? ERR_INVALID : status);
        return;
    }
    visit_response(visit, &response, 200, "application/json");
    struct json_writer w = JSON_WRITER(&response.body);
    json_open(&w, '{');
    json_put_bool(&w, "ready", facts->ready);
    json_put_bool(&w, "jailed", facts->jailed && visit->edge->config.jail);
    json_put_bool(&w, "all_sealed", facts->sealing == SEALING_ALL);
    json_put_text(&w, "cipher", TEXT("AES-256-GCM"));
    json_put_text(&w, "tls_least", TEXT(TLS_LEAST));
    json_put_bool(&w, "events_stored", false);
    put_day(&w, "running_since", facts->since_day);
    put_day(&w, "key_since", facts->key_day);
    put_day(&w, "last_backup", facts->backup_day);
    put_day(&w, "audit_verified", facts->audit_day);
    if (facts->keep_bookings_days)
        json_put_i64(&w, "keep_bookings_days", facts->keep_bookings_days);
    if (facts->keep_audit_days)
        json_put_i64(&w, "keep_audit_days", facts->keep_audit_days);
    if (facts->audit_day)
        json_put_bool(&w, "audit_holds", facts->audit_holds);
    if (visit->edge->config.location.n)
        json_put_text(&w, "location", visit->edge->config.location);
    json_close(&w, '}');
    visit_send(visit, &response);
}

void trust_api(struct visit *visit)
{
    with_facts(visit, tell);
}
