/* SPDX-License-Identifier: ISC
 *
 * /trust: how data is kept here, under five pillars, for whoever is about to give some. The facts come from the
 * vault, already coarse, and are kept for a minute, so that nobody can learn from them when something happened.
 * There is no name, version or count among them. The operator reads the rest by `hourgate trust`.
 */
#include <string.h>

#include "edge/answer.h"
#include "edge/language.h"
#include "edge/route.h"
#include "edge/web.h"
#include "lang/message.h"
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
        struct text *location = &kept->facts.location;
        memcpy(kept->location, location->n ? location->at : "", location->n);
        *location = (struct text){kept->location, location->n};
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

static const char *say(const struct writer *w, struct message message)
{
    return message_in(w->language, message);
}

static void add(struct writer *w, struct message name, enum mood mood, const char *value,
                const char *meaning)
{
    struct pillar_view *pillar = w->pillar;
    ENSURE(pillar->n_facts < FACTS_MAX);
    pillar->facts[pillar->n_facts++] = (struct fact_view){.name = say(w, name),
                                                          .value = value,
                                                          .meaning = meaning,
                                                          .is_good = mood == GOOD,
                                                          .is_bad = mood == BAD};
}

/* A message with a date or a number in it. */
static const char *say_with(const struct writer *w, struct message message, const char *name,
                            struct text value)
{
    const struct message_value values[] = {{name, value}, {0}};
    return message_fill(w->a, w->language, message, values).at;
}

static const char *on_day(const struct writer *w, struct message message, int64_t day)
{
    return say_with(w, message, "date", moment_date(w->a, w->language, MOMENT_DATE, day));
}

/* How long? An account may have set a term of its own, which is nobody's business here. */
static const char *booking_term(const struct writer *w)
{
    int64_t days = w->facts ? w->facts->keep_bookings_days : 0;
    if (!days)
        return say(w, MESSAGE("Kept until the host's organisation erases it. Your private link "
                              "shows it, moves it and cancels it."));
    return message_count(w->a, w->language,
                         MESSAGES("{n} day after the appointment it is made anonymous, where "
                                  "the host's organisation has set no other term. Your private "
                                  "link shows it, moves it and cancels it.",
                                  "{n} days after the appointment it is made anonymous, where "
                                  "the host's organisation has set no other term. Your private "
                                  "link shows it, moves it and cancels it."),
                         days)
        .at;
}

static const char *audit_term(const struct writer *w)
{
    const char *chain =
        say(w, MESSAGE("A chain of every look into a calendar and every change: a row that is "
                       "altered or taken out is noticed."));
    int64_t days = w->facts ? w->facts->keep_audit_days : 0;
    if (!days)
        return chain;
    return arena_printf(w->a, "%s %s", chain,
                        message_count(w->a, w->language,
                                      MESSAGES("Kept for {n} day.", "Kept for {n} days."), days)
                            .at);
}

static void add_transparency(struct writer *w)
{
    add(w, MESSAGE("Calendars"), GOOD, say(w, MESSAGE("Not stored")),
        say(w, MESSAGE("Free and busy times are read when somebody asks, and are gone with the "
                       "answer. What appointments say is not read for it.")));
    add(w, MESSAGE("Your booking"), PLAIN,
        say(w, MESSAGE("Your name, e-mail address, answers, and the time")), booking_term(w));
    add(w, MESSAGE("This page"), PLAIN, say(w, MESSAGE("Read from the running programs")),
        say(w, MESSAGE("At most a minute ago. Programs find the same at /api/v1/trust.")));
}

static void add_security(struct writer *w)
{
    const struct trust_answer *facts = w->facts;
    bool is_jailed = w->edge->config.jail && (!facts || facts->jailed);
    bool has_plain = facts && facts->sealing == SEALING_BUT_PLAIN;
    add(w, MESSAGE("Stored data"), has_plain ? PLAIN : GOOD,
        has_plain ? say(w, MESSAGE("Sealed with AES-256, some personal accounts apart"))
                  : say(w, MESSAGE("Sealed with AES-256")),
        has_plain ? say(w, MESSAGE("Passwords of calendars are sealed for every account, "
                                   "organisations' data always."))
                  : say(w, MESSAGE("Passwords of calendars, and what customers say of "
                                   "themselves, for every account.")));
    if (facts && facts->key_day)
        add(w, MESSAGE("Master key"), PLAIN,
            on_day(w, MESSAGE("In use since {date}"), facts->key_day),
            say(w,
                MESSAGE(
                    "It is kept apart from the database, which cannot be read without it.")));
    add(w, MESSAGE("On the way"), GOOD,
        say_with(w, MESSAGE("TLS {version} or newer"), "version", TEXT(TLS_LEAST)),
        say(w, MESSAGE("Calendar servers are called only where a known authority has signed "
                       "their certificate. Otherwise nothing is sent, no password either.")));
    add(w, MESSAGE("Separation"), is_jailed ? GOOD : BAD,
        is_jailed ? say(w, MESSAGE("Each program in a jail of its own"))
                  : say(w, MESSAGE("The jail is turned off")),
        is_jailed
            ? say(w,
                  MESSAGE("The one that faces the internet has no key, no stored password and "
                          "no database, and the kernel refuses it what it has no need of."))
            : say(w,
                  MESSAGE(
                      "The programs are separate, but the kernel does not hold them to it.")));
}

static void add_privacy(struct writer *w)
{
    add(w, MESSAGE("Customers"), GOOD, say(w, MESSAGE("See free times, nothing else")),
        say(w, MESSAGE("No reason why a time is not offered, and no number of appointments.")));
    add(w, MESSAGE("Colleagues"), GOOD, say(w, MESSAGE("See free and busy, no details")),
        say(w, MESSAGE("And only of calendars that the calendar server shows them.")));
    add(w, MESSAGE("Visitors"), GOOD, say(w, MESSAGE("Are not followed")),
        say(w,
            MESSAGE("Looking and booking sets no cookie, and nothing is loaded from elsewhere. "
                    "Addresses are counted in memory against floods, and written nowhere.")));
}

static void add_availability(struct writer *w)
{
    const struct trust_answer *facts = w->facts;
    bool is_ready = facts && facts->ready;
    add(w, MESSAGE("Bookings"), is_ready ? GOOD : BAD,
        is_ready ? say(w, MESSAGE("Can be made")) : say(w, MESSAGE("Cannot be made right now")),
        is_ready
            ? say(w, MESSAGE("A time is confirmed only once it stands in the calendar. A "
                             "calendar that does not answer offers no times."))
            : say(w,
                  MESSAGE("A part that they need is not there; it is being started again.")));
    if (facts)
        add(w, MESSAGE("Running"), PLAIN, on_day(w, MESSAGE("Since {date}"), facts->since_day),
            NULL);
    if (facts && facts->backup_day)
        add(w, MESSAGE("Backup"), PLAIN,
            on_day(w, MESSAGE("Last on {date}"), facts->backup_day),
            say(w, MESSAGE("As sealed as the database; the key is not in it.")));
}

/* What the configuration says counts more than what was said at set-up. */
static struct text location_of(const struct edge *edge, const struct trust_answer *facts)
{
    if (edge->config.location.n || !facts)
        return edge->config.location;
    return facts->location;
}

static void add_compliance(struct writer *w)
{
    const struct trust_answer *facts = w->facts;
    const char *place = arena_cstr(w->a, location_of(w->edge, w->facts));
    bool is_verified = facts && facts->audit_day;
    add(w, MESSAGE("Location"), PLAIN, *place ? place : say(w, MESSAGE("Not stated here")),
        *place ? say(w, MESSAGE("As the operator states it."))
               : say(w, MESSAGE("The operator of this server can tell.")));
    add(w, MESSAGE("Record"), is_verified ? (facts->audit_holds ? GOOD : BAD) : PLAIN,
        !is_verified ? say(w, MESSAGE("Every look into a calendar is written down"))
        : facts->audit_holds
            ? on_day(w, MESSAGE("Complete when it was verified on {date}"), facts->audit_day)
            : on_day(w, MESSAGE("Did not verify on {date}"), facts->audit_day),
        audit_term(w));
    add(w, MESSAGE("Erasure"), PLAIN, say(w, MESSAGE("By destroying the key")),
        say(w, MESSAGE("Each account has a key of its own. Once it is destroyed nobody can "
                       "read what it sealed, and backups that still hold it expire.")));
}

static void show(struct visit *visit, enum status status, const void *answer)
{
    static const struct {
        struct message name, promise;
        void (*add)(struct writer *w);
    } pillars[PILLARS] = {
        {MESSAGE("Transparency"), MESSAGE("What is kept, and what is not."), add_transparency},
        {MESSAGE("Security"), MESSAGE("What protects it."), add_security},
        {MESSAGE("Privacy"), MESSAGE("Who sees what."), add_privacy},
        {MESSAGE("Availability"), MESSAGE("Whether it is there when you need it."),
         add_availability},
        {MESSAGE("Compliance"), MESSAGE("Where it is, and how that is shown."), add_compliance},
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
    language_offer(visit, &view.head, "/trust");
    for (size_t i = 0; i < PILLARS; i++) {
        w.pillar = &view.pillars[i];
        *w.pillar = (struct pillar_view){.name = say(&w, pillars[i].name),
                                         .promise = say(&w, pillars[i].promise),
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
    struct text location = location_of(visit->edge, facts);
    if (location.n)
        json_put_text(&w, "location", location);
    json_close(&w, '}');
    visit_send(visit, &response);
}

void trust_api(struct visit *visit)
{
    with_facts(visit, tell);
}
