/* SPDX-License-Identifier: ISC
 *
 * How things are: a person's connections, or all of the account and the installation for who looks after it. It says
 * nothing of customers and nothing of events.
 *
 *     GET  /health    connections, then the account's condition, each asked as the person
 */
#include "edge/person.h"
#include "edge/place/doctor.h"
#include "edge/place/frame.h"
#include "edge/place/settings.h"
#include "edge/route.h"
#include "edge/session.h"
#include "edge/web.h"
#include "lang/moment.h"

enum { FACTS_MAX = 16, BACKUP_OLD_S = 7 * 86400, LATE_S = 900, KIB = 1024 };

/* ---- connections ---- */

static const struct message fixes[OUTAGE_COUNT] = {
    [OUTAGE_SIGN_IN] = MESSAGE("Replace its password."),
    [OUTAGE_UNREACHABLE] = MESSAGE("Check that the server runs, that its name is right, and "
                                   "that its port is open from the machine of hourgate."),
    [OUTAGE_CERTIFICATE] = MESSAGE("Renew or correct the certificate on the server. hourgate "
                                   "sends no password until then."),
    [OUTAGE_SILENT] = MESSAGE("Check whether the server is overloaded, and what stands between "
                              "it and hourgate."),
    [OUTAGE_THROTTLED] = MESSAGE("The server asks hourgate to wait, again and again. Whoever "
                                 "runs it can allow the account more."),
    [OUTAGE_MAILBOX] = MESSAGE("Check the address of the mailbox, and give the user the right "
                               "that is missing."),
    [OUTAGE_BROKEN] = MESSAGE("See what the server's own log says."),
    [OUTAGE_GRANT] = MESSAGE("Let hourgate in again, on the connection's page."),
    [OUTAGE_MOVED] = MESSAGE("The mailbox has moved to Microsoft 365. Let hourgate in there: "
                             "every booking is found again."),
};

static const char *moment_of(struct visit *visit, struct instant t)
{
    struct arena *a = &visit->arena;
    const struct zone *zone = frame_zone(visit);
    return arena_printf(a, TEXT_FMT ", " TEXT_FMT,
                        TEXT_ARG(moment_day_short(a, visit->language, zone, t)),
                        TEXT_ARG(moment_time(a, visit->language, zone, t)));
}

static struct text since(struct visit *visit, struct instant t)
{
    const struct message_value values[] = {{"when", text_from(moment_of(visit, t))}, {0}};
    return message_fill(&visit->arena, visit->language, MESSAGE("since {when}"), values);
}

/* "since Sun, 22 Nov, 09:30: tls: the certificate has expired" */
static struct text detail_of(struct visit *visit, const struct connection_row *row)
{
    struct arena *a = &visit->arena;
    if (!row->failing_at.s)
        return row->host;
    struct text from = since(visit, row->failing_at);
    return text_from(row->problem.n ? arena_printf(a, TEXT_FMT ": " TEXT_FMT, TEXT_ARG(from),
                                                   TEXT_ARG(row->problem))
                                    : arena_printf(a, TEXT_FMT, TEXT_ARG(from)));
}

static void lay_out_connections(struct visit *visit, const struct connection_list_answer *list,
                                struct health_view *view)
{
    struct arena *a = &visit->arena;
    view->connections.steps = ARENA_ARRAY(a, list->n_rows + 1, struct step_view);
    for (size_t i = 0; i < list->n_rows; i++) {
        const struct connection_row *row = &list->rows[i];
        bool is_well = row->outage == OUTAGE_NONE && row->state == CONNECTION_OK;
        view->connections.steps[view->connections.n_steps++] = (struct step_view){
            .mark = doctor_mark(visit, row),
            .name = arena_cstr(a, row->mailbox.n ? row->mailbox : row->user),
            .detail = detail_of(visit, row),
            .fix = is_well || !fixes[row->outage].one
                       ? (struct text){0}
                       : text_from(visit_say(visit, fixes[row->outage])),
            .href = is_well ? NULL
                            : arena_printf(a, "/connections/%lld",
                                           (long long)(row->through ? row->through : row->id)),
            .action = visit_say(visit, MESSAGE("Look at it")),
        };
    }
}

/* ---- the installation ---- */

static void add_fact(struct health_view *view, const char *what, struct text value,
                     struct mark_view mark)
{
    ENSURE(view->n_facts < FACTS_MAX);
    view->facts[view->n_facts++] = (struct condition_view){what, value, mark};
}

static struct text number(struct visit *visit, int64_t n)
{
    char digits[MESSAGE_NUMBER_SIZE];
    return arena_text(&visit->arena, message_number(visit->language, n, digits));
}

/* A mark where something is to be seen to; otherwise none. */
static struct mark_view warn_if(struct visit *visit, bool is_wrong, struct message word)
{
    return is_wrong ? (struct mark_view){"warn", visit_say(visit, word)}
                    : (struct mark_view){0};
}

static struct mark_view good_or(struct visit *visit, bool is_good, struct message good,
                                struct message bad)
{
    return is_good ? (struct mark_view){"good", visit_say(visit, good)}
                   : (struct mark_view){"bad", visit_say(visit, bad)};
}

static void add_work(struct visit *visit, const struct condition_answer *c,
                     struct health_view *view)
{
    const struct message_value values[] = {{"n", number(visit, c->calls)},
                                           {"failed", number(visit, c->calls_failed)},
                                           {"throttled", number(visit, c->calls_throttled)},
                                           {0}};
    add_fact(view, visit_say(visit, MESSAGE("hourgate")), since(visit, c->since),
             good_or(visit, c->ready, MESSAGE("takes bookings"),
                     MESSAGE("takes no bookings: no courier runs")));
    add_fact(view, visit_say(visit, MESSAGE("Jail")), (struct text){0},
             good_or(visit, c->jailed, MESSAGE("up"), MESSAGE("off, by the configuration")));
    add_fact(view, visit_say(visit, MESSAGE("Questions that wait")), number(visit, c->queued),
             (struct mark_view){0});
    add_fact(view, visit_say(visit, MESSAGE("Couriers at work")), number(visit, c->couriers),
             (struct mark_view){0});
    add_fact(view, visit_say(visit, MESSAGE("Calls of calendar servers")),
             message_fill(&visit->arena, visit->language,
                          MESSAGE("{n}, of them {failed} failed and {throttled} put off by the "
                                  "server"),
                          values),
             (struct mark_view){0});
}

static void add_account(struct visit *visit, const struct condition_answer *c,
                        struct health_view *view)
{
    bool is_late = c->follow_since.s && visit->now.s - c->follow_since.s > LATE_S;
    add_fact(view, visit_say(visit, MESSAGE("Bookings whose calendar has not answered yet")),
             number(visit, c->in_flight), (struct mark_view){0});
    add_fact(view, visit_say(visit, MESSAGE("Changes in calendars")),
             is_late ? since(visit, c->follow_since) : (struct text){0},
             is_late
                 ? (struct mark_view){"warn", visit_say(visit, MESSAGE("late"))}
                 : (struct mark_view){c->follows ? "good" : "off",
                                      c->follows ? visit_say(visit, MESSAGE("asked for"))
                                                 : visit_say(visit, MESSAGE("not asked for"))});
    add_fact(view, visit_say(visit, MESSAGE("Mails that wait")),
             number(visit, c->mails_waiting),
             warn_if(visit, c->mails_waiting && visit->now.s - c->mails_since.s > LATE_S,
                     MESSAGE("for long")));
    add_fact(view, visit_say(visit, MESSAGE("Mails refused for good")),
             number(visit, c->mails_refused),
             warn_if(visit, c->mails_refused > 0, MESSAGE("to look at")));
    if (!c->mails)
        add_fact(view, visit_say(visit, MESSAGE("Mail server")), (struct text){0},
                 (struct mark_view){"off", visit_say(visit, MESSAGE("none is configured"))});
}

static void add_data(struct visit *visit, const struct condition_answer *c,
                     struct health_view *view)
{
    const struct message_value values[] = {
        {"n", number(visit, (c->database_bytes + KIB - 1) / KIB)}, {0}};
    bool is_old = c->backup_at.s && visit->now.s - c->backup_at.s > BACKUP_OLD_S;
    add_fact(view, visit_say(visit, MESSAGE("Last backup")),
             c->backup_at.s ? text_from(moment_of(visit, c->backup_at)) : (struct text){0},
             c->backup_at.s
                 ? warn_if(visit, is_old, MESSAGE("older than a week"))
                 : (struct mark_view){"warn", visit_say(visit, MESSAGE("none was made"))});
    add_fact(view, visit_say(visit, MESSAGE("Database")),
             message_fill(&visit->arena, visit->language, MESSAGE("{n} KiB"), values),
             (struct mark_view){0});
}

/* ---- the page ---- */

static void show(struct visit *visit, const struct condition_answer *condition)
{
    const struct connection_list_answer *list = visit->gathered;
    struct health_view view = {
        .frame = frame_fill(visit, FRAME_SETTINGS, visit_say(visit, MESSAGE("Health"))),
        .places = settings_places(visit, SETTINGS_HEALTH),
        .empty = {visit_say(visit, MESSAGE("No calendar is connected yet")),
                  visit_say(visit,
                            MESSAGE("What is connected stands here, and whether it works.")),
                  "/connections/new", visit_say(visit, MESSAGE("Connect a calendar"))},
        .facts = ARENA_ARRAY(&visit->arena, FACTS_MAX, struct condition_view),
        .has_facts = condition != NULL,
    };
    lay_out_connections(visit, list, &view);
    if (condition) {
        add_account(visit, condition, &view);
        add_work(visit, condition, &view);
        add_data(visit, condition, &view);
    }
    FRAME_SEND(visit, 200, web_health, &view);
}

static void show_all(struct visit *visit, const struct told *told)
{
    if (told->status == OK)
        show(visit, told->answer);
    else
        frame_refuse(visit, FRAME_SETTINGS, told);
}

static void ask_condition(struct visit *visit, const struct told *told)
{
    const struct condition_ask ask = {visit->session->account};
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    visit->gathered = (void *)(uintptr_t)told->answer;
    if (visit->session->role == USER_MEMBER)
        show(visit, NULL);
    else
        person_ask(visit, WIRE_condition, &ask, DOOR_READ, show_all);
}

static void ask_connections(struct visit *visit)
{
    const struct connection_list_ask ask = {.account = visit->session->account};
    person_ask(visit, WIRE_connection_list, &ask, DOOR_READ, ask_condition);
}

void health_get(struct visit *visit)
{
    session_need(visit, ask_connections);
}
