/* SPDX-License-Identifier: ISC
 *
 * The interface for people: when colleagues are free, and what is in one's own calendars. Both are read live with
 * nothing but the asker's own right.
 */
#include "edge/person.h"
#include "edge/route.h"
#include "time/civil.h"

/* ---- colleagues ---- */

static void add_colleague(struct json_writer *w, const struct team_row *row)
{
    json_open(w, '{');
    json_put_text(w, "email", row->email);
    json_put_text(w, "name", row->name);
    json_put_bool(w, "known", row->view.status == OK);
    json_name(w, "busy");
    json_open(w, '[');
    for (size_t i = 0; i < row->view.n_busy; i++) {
        json_open(w, '{');
        put_instant(w, "start", row->view.busy[i].start);
        put_instant(w, "end", row->view.busy[i].end);
        json_put_text(w, "status", text_from(person_busy_words[row->view.busy[i].status]));
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void team_told(struct visit *visit, const struct told *told)
{
    const struct team_answer *team = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "colleagues");
    json_open(&w, '[');
    for (size_t i = 0; i < team->n_rows; i++)
        add_colleague(&w, &team->rows[i]);
    json_close(&w, ']');
    if (team->n_rows)
        json_put_text(&w, "next", team->rows[team->n_rows - 1].email);
    person_send(visit, &response, &w);
}

void api_team(struct visit *visit)
{
    static const char *const names[] = {"from", "to", "after", NULL};
    struct form form;
    struct team_ask ask = {.account = visit->parts[3], .from = visit->now};
    ask.to = instant_add_s(visit->now, CIVIL_DAY_S);
    if (!person_query(visit, names, &form) || !person_span(visit, &form, &ask.from, &ask.to))
        return;
    ask.after = form_find(&form, "after");
    person_ask(visit, WIRE_team, &ask, DOOR_READ, team_told);
}

/* ---- one's own calendars ---- */

static void add_calendar(struct json_writer *w, const struct agenda_row *row)
{
    json_open(w, '{');
    json_put_i64(w, "connection", row->connection);
    json_put_text(w, "mailbox", row->mailbox);
    json_put_text(w, "name", row->name);
    json_put_bool(w, "default", row->is_default);
    json_put_bool(w, "bookings", row->is_book);
    json_put_bool(w, "known", row->status == OK);
    json_put_text(w, "problem", row->what);
    json_put_bool(w, "lacks_descriptions", row->lacks_text);
    json_close(w, '}');
}

static void put_secret(struct json_writer *w, const char *name, const struct secret *secret)
{
    json_put_text(w, name, (struct text){(const char *)secret->at, secret->n});
}

static void add_event(struct json_writer *w, const struct agenda_event *event)
{
    const struct seen_event *seen = &event->seen;
    json_open(w, '{');
    json_put_i64(w, "calendar", event->row);
    put_instant(w, "start", seen->start);
    put_instant(w, "end", seen->end);
    json_put_text(w, "status", text_from(person_busy_words[seen->status]));
    json_put_bool(w, "all_day", seen->all_day);
    json_put_bool(w, "private", seen->is_private);
    json_put_bool(w, "booking", seen->uid.n > 0);
    put_secret(w, "title", &seen->title);
    put_secret(w, "location", &seen->place);
    put_secret(w, "description", &seen->text);
    json_close(w, '}');
}

static void agenda_told(struct visit *visit, const struct told *told)
{
    const struct agenda_answer *agenda = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "calendars");
    json_open(&w, '[');
    for (size_t i = 0; i < agenda->n_rows; i++)
        add_calendar(&w, &agenda->rows[i]);
    json_close(&w, ']');
    json_name(&w, "events");
    json_open(&w, '[');
    for (size_t i = 0; i < agenda->n_events; i++)
        add_event(&w, &agenda->events[i]);
    json_close(&w, ']');
    person_send(visit, &response, &w);
}

void api_agenda(struct visit *visit)
{
    static const char *const names[] = {"from", "to", "descriptions", NULL};
    struct form form;
    struct agenda_ask ask = {.account = visit->parts[3], .from = visit->now};
    ask.to = instant_add_s(visit->now, 7 * CIVIL_DAY_S);
    if (!person_query(visit, names, &form) || !person_span(visit, &form, &ask.from, &ask.to))
        return;
    ask.with_text = text_equal(form_find(&form, "descriptions"), TEXT("true"));
    person_ask(visit, WIRE_agenda, &ask, DOOR_READ, agenda_told);
}
