/* SPDX-License-Identifier: ISC
 *
 * The interface for people: pages and their rules.
 */
#include <stdio.h>

#include "edge/answer.h"
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/route.h"
#include "time/civil.h"

static const char *const busy_words[BUSY_STATUS_COUNT] = {
    [BUSY_ELSEWHERE] = "elsewhere",
    [BUSY_TENTATIVE] = "tentative",
    [BUSY_BUSY] = "busy",
    [BUSY_OOF] = "oof"}; /* free never blocks, no data always does */
static const char *const day_words[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

enum {
    NOTICE_DEFAULT = 60,
    HORIZON_DEFAULT = 60,
    BLOCKING_DEFAULT = 1 << BUSY_TENTATIVE | 1 << BUSY_BUSY | 1 << BUSY_OOF,
    CHOICES_MAX = 64,
    NUMBER_MAX = 1 << 30, /* the vault knows the bounds (book/rule.h) */
};

/* ---- reading ---- */

/* struct hours counts its days; a body names them. */
struct hours_body {
    int day;
    int64_t from, to;
};

struct choice_body {
    struct text choice;
};

/* struct question holds its choices as lines. */
struct question_body {
    struct text question;
    int kind;
    bool required;
    struct choice_body *choices;
    size_t n_choices;
};

struct page_body {
    struct page_put_ask ask;
    struct question_body *questions;
    size_t n_questions;
    struct hours_body *hours;
    size_t n_hours;
};

static const struct body_field hours_fields[] = {
    {"day", BODY_WORD, true, offsetof(struct hours_body, day), .most = 7, .words = day_words},
    {"from", BODY_CLOCK, true, offsetof(struct hours_body, from)},
    {"to", BODY_CLOCK, true, offsetof(struct hours_body, to)},
};
static const struct body_shape hours_body = BODY_SHAPE(struct hours_body, hours_fields);

/* Without times: closed. */
static const struct body_field override_fields[] = {
    {"date", BODY_DATE, true, offsetof(struct override, day)},
    {"from", BODY_CLOCK, false, offsetof(struct override, from_minute)},
    {"to", BODY_CLOCK, false, offsetof(struct override, to_minute)},
};
static const struct body_shape override_body = BODY_SHAPE(struct override, override_fields);

static const struct body_field choice_fields[] = {{"", BODY_TEXT, true,
                                                   offsetof(struct choice_body, choice),
                                                   .least = 1, .most = MAX_QUESTION}};
static const struct body_shape choice_body = BODY_SHAPE(struct choice_body, choice_fields);

#define QUESTION(field) offsetof(struct question_body, field)
static const struct body_field question_fields[] = {
    {"question", BODY_TEXT, true, QUESTION(question), .least = 1, .most = MAX_QUESTION},
    {"kind", BODY_WORD, false, QUESTION(kind), .most = QUESTION_KIND_COUNT,
     .words = answer_question_kinds},
    {"required", BODY_FLAG, false, QUESTION(required)},
    {"choices", BODY_LIST, false, QUESTION(choices), .count_offset = QUESTION(n_choices),
     .most = CHOICES_MAX, .of = &choice_body},
};
static const struct body_shape question_body =
    BODY_SHAPE(struct question_body, question_fields);

static const char *const language_words[LANGUAGE_COUNT] = {"en", "de", "fr", "it", "ar"};
static const char *const follow_words[FOLLOW_COUNT] = {
    [FOLLOW_FOLLOW] = "follow", [FOLLOW_ASK] = "ask", [FOLLOW_IGNORE] = "ignore"};
static const char *const cancelled_words[CANCELLED_COUNT] = {
    [CANCELLED_REMOVE] = "remove", [CANCELLED_KEEP] = "keep"};
static const char *const ask_reason_words[ASK_REASON_COUNT] = {
    [ASK_REASON_NO] = "no",
    [ASK_REASON_OPTIONAL] = "optional",
    [ASK_REASON_REQUIRED] = "required"};
static const char *const invite_words[INVITE_COUNT] = {
    [INVITE_MAIL] = "mail", [INVITE_EXCHANGE] = "exchange", [INVITE_NONE] = "none"};
static const char *const show_words[SHOW_AS_COUNT] = {[SHOW_BUSY] = "busy",
                                                      [SHOW_TENTATIVE] = "tentative",
                                                      [SHOW_OOF] = "oof",
                                                      [SHOW_FREE] = "free"};

static const struct body_field reminder_fields[] = {
    {"", BODY_I64, true, offsetof(struct reminder, minutes), .least = 1, .most = NUMBER_MAX}};
static const struct body_shape reminder_body = BODY_SHAPE(struct reminder, reminder_fields);

#define FORM(field) offsetof(struct event_form, field)
static const struct body_field form_fields[] = {
    {"title", BODY_TEXT, false, FORM(title), .most = MAX_TITLE},
    {"text", BODY_TEXT, false, FORM(text), .most = MAX_DESCRIPTION},
    {"location", BODY_TEXT, false, FORM(location), .most = MAX_LOCATION},
    {"is_private", BODY_FLAG, false, FORM(is_private)},
    {"reminder_min", BODY_I64, false, FORM(reminder_min), .least = -1, .most = NUMBER_MAX},
    {"show_as", BODY_WORD, false, FORM(show_as), .most = SHOW_AS_COUNT, .words = show_words},
    {"hides_answers", BODY_FLAG, false, FORM(hides_answers)},
    {"hides_email", BODY_FLAG, false, FORM(hides_email)},
};
static const struct body_shape form_body = BODY_SHAPE(struct event_form, form_fields);

#define POLICY(field) offsetof(struct policy, field)
static const struct body_field policy_fields[] = {
    {"per_customer", BODY_I64, false, POLICY(per_customer), .most = POLICY_PER_CUSTOMER_MAX},
    {"cancel_hours", BODY_I64, false, POLICY(cancel_hours), .most = POLICY_CANCEL_HOURS_MAX},
    {"approve_hours", BODY_I64, false, POLICY(approve_hours), .most = POLICY_APPROVE_HOURS_MAX},
    {"confirm_min", BODY_I64, false, POLICY(confirm_min), .most = POLICY_CONFIRM_MIN_MAX},
    {"ask_reason", BODY_WORD, false, POLICY(ask_reason), .most = ASK_REASON_COUNT,
     .words = ask_reason_words},
};
static const struct body_shape policy_body = BODY_SHAPE(struct policy, policy_fields);

#define RULE(field) offsetof(struct page_body, ask.rule.field)
#define RULE_NUMBER(name, required)                                                            \
    {                                                                                          \
#name, BODY_I64, required, RULE(name), .most = NUMBER_MAX                              \
    }
static const struct body_field rule_fields[] = {
    {"zone", BODY_TEXT, true, RULE(zone), .least = 1, .most = MAX_ZONE},
    RULE_NUMBER(duration_min, true),
    RULE_NUMBER(increment_min, false),
    RULE_NUMBER(buffer_before_min, false),
    RULE_NUMBER(buffer_after_min, false),
    RULE_NUMBER(notice_min, false),
    RULE_NUMBER(horizon_days, false),
    RULE_NUMBER(max_per_day, false),
    {"blocking", BODY_WORDS, false, RULE(blocking), .most = BUSY_STATUS_COUNT,
     .words = busy_words},
    {"hours", BODY_LIST, true, offsetof(struct page_body, hours),
     .count_offset = offsetof(struct page_body, n_hours), .most = MAX_HOURS, .of = &hours_body},
    {"overrides", BODY_LIST, false, RULE(overrides), .count_offset = RULE(n_overrides),
     .most = MAX_OVERRIDES, .of = &override_body},
};
static const struct body_shape rule_body = BODY_SHAPE(struct page_body, rule_fields);

#define PAGE(field) offsetof(struct page_body, ask.field)
static const struct body_field page_fields[] = {
    {"host", BODY_TEXT, true, PAGE(email), .least = 1, .most = MAX_EMAIL},
    {"version", BODY_I64, false, PAGE(version), .least = -1, .most = INT64_MAX},
    {"title", BODY_TEXT, true, PAGE(title), .least = 1, .most = MAX_NAME},
    {"description", BODY_TEXT, false, PAGE(description), .most = MAX_DESCRIPTION},
    {"location", BODY_TEXT, false, PAGE(location), .most = MAX_LOCATION},
    {"room", BODY_TEXT, false, PAGE(room), .most = MAX_EMAIL},
    {"synchronise", BODY_FLAG, false, PAGE(synchronise)},
    {"online_meeting", BODY_FLAG, false, PAGE(online_meeting)},
    {"questions", BODY_LIST, false, offsetof(struct page_body, questions),
     .count_offset = offsetof(struct page_body, n_questions), .most = MAX_QUESTIONS,
     .of = &question_body},
    {"follow", BODY_WORD, false, PAGE(follow), .most = FOLLOW_COUNT, .words = follow_words},
    {"cancelled", BODY_WORD, false, PAGE(cancelled), .most = CANCELLED_COUNT,
     .words = cancelled_words},
    {"language", BODY_WORD, false, PAGE(language), .most = LANGUAGE_COUNT,
     .words = language_words},
    {"reminders", BODY_LIST, false, PAGE(reminders), .count_offset = PAGE(n_reminders),
     .most = MAX_REMINDERS, .of = &reminder_body},
    {"invite", BODY_WORD, false, PAGE(invite), .most = INVITE_COUNT, .words = invite_words},
    {"policy", BODY_ONE, false, PAGE(policy), .of = &policy_body},
    {"form", BODY_ONE, false, PAGE(form), .of = &form_body},
    {"rule", BODY_ONE, true, 0, .of = &rule_body}, /* its fields stand in this struct too */
};
const struct body_shape body_page = BODY_SHAPE(struct page_body, page_fields);

static struct page_body page_defaults(const struct visit *visit)
{
    return (struct page_body){.ask = {.account = visit->parts[3],
                                      .page = visit->parts[5],
                                      .synchronise = true,
                                      .rule = {.notice_min = NOTICE_DEFAULT,
                                               .horizon_days = HORIZON_DEFAULT,
                                               .blocking = BLOCKING_DEFAULT}}};
}

static void take_hours(struct arena *a, struct page_body *body)
{
    struct rule *rule = &body->ask.rule;
    rule->hours = ARENA_ARRAY(a, body->n_hours ? body->n_hours : 1, struct hours);
    for (size_t i = 0; i < body->n_hours; i++)
        rule->hours[rule->n_hours++] =
            (struct hours){body->hours[i].day, body->hours[i].from, body->hours[i].to};
    if (!rule->increment_min)
        rule->increment_min = rule->duration_min;
}

/* One line for each choice. False: one of them has several, and has been answered. */
static bool join(struct visit *visit, const struct question_body *question,
                 struct text *ret_choices)
{
    struct buf lines CLEANUP(buf_done) = BUF(CHOICES_MAX * (MAX_QUESTION + 1));
    for (size_t i = 0; i < question->n_choices; i++) {
        if (!text_is_line(question->choices[i].choice)) {
            person_fail(visit, 422, "A choice is one line.");
            return false;
        }
        buf_add_cstr(&lines, i ? "\n" : "");
        buf_add_text(&lines, question->choices[i].choice);
    }
    *ret_choices = arena_text(&visit->arena, buf_text(&lines));
    return true;
}

static bool take_questions(struct visit *visit, struct page_body *body)
{
    size_t n = body->n_questions;
    struct question *questions = ARENA_ARRAY(&visit->arena, n ? n : 1, struct question);
    for (size_t i = 0; i < n; i++) {
        const struct question_body *from = &body->questions[i];
        questions[i] = (struct question){.label = from->question,
                                         .kind = (enum question_kind)from->kind,
                                         .required = from->required};
        if (!join(visit, from, &questions[i].choices))
            return false;
    }
    body->ask.questions = questions;
    body->ask.n_questions = n;
    return true;
}

/* ---- writing ---- */

static void put_clock(struct json_writer *w, const char *name, int64_t minute)
{
    char clock[32];
    snprintf(clock, sizeof clock, "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
    json_put_text(w, name, text_from(clock));
}

static void put_hours(struct json_writer *w, const struct rule *rule)
{
    json_name(w, "hours");
    json_open(w, '[');
    for (size_t i = 0; i < rule->n_hours; i++) {
        json_open(w, '{');
        json_put_text(w, "day", text_from(day_words[rule->hours[i].weekday % 7]));
        put_clock(w, "from", rule->hours[i].from_minute);
        put_clock(w, "to", rule->hours[i].to_minute);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_overrides(struct json_writer *w, const struct rule *rule)
{
    char date[CIVIL_DATE_SIZE];
    json_name(w, "overrides");
    json_open(w, '[');
    for (size_t i = 0; i < rule->n_overrides; i++) {
        const struct override *span = &rule->overrides[i];
        civil_format_date(span->day, date);
        json_open(w, '{');
        json_put_text(w, "date", text_from(date));
        if (span->from_minute != span->to_minute) {
            put_clock(w, "from", span->from_minute);
            put_clock(w, "to", span->to_minute);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_rule(struct json_writer *w, const struct rule *rule)
{
    json_name(w, "rule");
    json_open(w, '{');
    json_put_text(w, "zone", rule->zone);
    json_put_i64(w, "duration_min", rule->duration_min);
    json_put_i64(w, "increment_min", rule->increment_min);
    json_put_i64(w, "buffer_before_min", rule->buffer_before_min);
    json_put_i64(w, "buffer_after_min", rule->buffer_after_min);
    json_put_i64(w, "notice_min", rule->notice_min);
    json_put_i64(w, "horizon_days", rule->horizon_days);
    json_put_i64(w, "max_per_day", rule->max_per_day);
    json_name(w, "blocking");
    json_open(w, '[');
    for (int i = 0; i < BUSY_STATUS_COUNT; i++)
        if (busy_words[i] && rule->blocking >> i & 1)
            json_add_text(w, text_from(busy_words[i]));
    json_close(w, ']');
    put_hours(w, rule);
    put_overrides(w, rule);
    json_close(w, '}');
}

static void put_mails(struct json_writer *w, const struct page_row *page)
{
    json_put_text(w, "language", text_from(language_words[page->language]));
    json_name(w, "reminders");
    json_open(w, '[');
    for (size_t i = 0; i < page->n_reminders; i++)
        json_add_i64(w, page->reminders[i].minutes);
    json_close(w, ']');
    json_put_text(w, "invite", text_from(invite_words[page->invite]));
}

static void put_form(struct json_writer *w, const struct event_form *form)
{
    json_name(w, "form");
    json_open(w, '{');
    json_put_text(w, "title", form->title);
    json_put_text(w, "text", form->text);
    json_put_text(w, "location", form->location);
    json_put_bool(w, "is_private", form->is_private);
    json_put_i64(w, "reminder_min", form->reminder_min);
    json_put_text(w, "show_as", text_from(show_words[form->show_as]));
    json_put_bool(w, "hides_answers", form->hides_answers);
    json_put_bool(w, "hides_email", form->hides_email);
    json_close(w, '}');
}

static void put_policy(struct json_writer *w, const struct policy *policy)
{
    json_name(w, "policy");
    json_open(w, '{');
    json_put_i64(w, "per_customer", policy->per_customer);
    json_put_i64(w, "cancel_hours", policy->cancel_hours);
    json_put_i64(w, "approve_hours", policy->approve_hours);
    json_put_i64(w, "confirm_min", policy->confirm_min);
    json_put_text(w, "ask_reason", text_from(ask_reason_words[policy->ask_reason]));
    json_close(w, '}');
}

void api_put_page(struct json_writer *w, const struct page_row *page)
{
    json_put_text(w, "page", page->page);
    json_put_text(w, "host", page->email);
    json_put_i64(w, "version", page->version);
    json_put_text(w, "title", page->title);
    json_put_text(w, "description", page->description);
    json_put_text(w, "location", page->location);
    json_put_text(w, "room", page->room);
    json_put_bool(w, "synchronise", page->synchronise);
    json_put_bool(w, "online_meeting", page->online_meeting);
    json_put_text(w, "follow", text_from(follow_words[page->follow]));
    json_put_text(w, "cancelled", text_from(cancelled_words[page->cancelled]));
    json_put_bool(w, "connected", page->connected);
    json_put_bool(w, "free_busy_only", page->free_busy_only);
    api_put_outage(w, page->outage, page->failing_at);
    answer_questions(w, page->questions, page->n_questions);
    put_policy(w, &page->policy);
    put_mails(w, page);
    put_form(w, &page->form);
    put_rule(w, &page->rule);
}

/* ---- requests ---- */

static void pages_told(struct visit *visit, const struct told *told)
{
    const struct page_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "pages");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++) {
        json_open(&w, '{');
        api_put_page(&w, &list->rows[i]);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    if (list->n_rows)
        json_put_text(&w, "next", list->rows[list->n_rows - 1].page);
    person_send(visit, &response, &w);
}

void api_host_pages(struct visit *visit)
{
    static const char *const names[] = {"email", "after", NULL};
    struct form form;
    if (!person_query(visit, names, &form))
        return;
    struct page_list_ask ask = {.account = visit->parts[3],
                                .email = form_find(&form, "email"),
                                .after = form_find(&form, "after")};
    person_ask(visit, WIRE_page_list, &ask, DOOR_READ, pages_told);
}

/* Is the path's page one that can be? Otherwise it has been answered. */
static bool has_page(struct visit *visit)
{
    if (text_is_slug(visit->parts[5], MAX_SLUG))
        return true;
    person_refuse(visit, &(struct told){.status = ERR_NOT_FOUND});
    return false;
}

/* "3", as the version 3 is called in ETag and If-Match. */
static void add_tag(struct visit *visit, struct http_response *response, int64_t version)
{
    http_response_add(response, "ETag",
                      text_from(arena_printf(&visit->arena, "\"%lld\"", (long long)version)));
}

/* Read which version the request is about (RFC 9110, 13.1): If-Match names one, or `*` any; If-None-Match: * none.
 * False: what it names can be no page's, and that has been answered. */
static bool read_tag(struct visit *visit, int64_t *version)
{
    struct text match = http_header(visit->request, "If-Match");
    struct text none = http_header(visit->request, "If-None-Match");
    int64_t named = 0;
    if (none.n && text_equal(none, TEXT("*")))
        *version = -1;
    if (!match.n || text_equal(match, TEXT("*")))
        return true;
    bool is_quoted = match.n > 2 && match.at[0] == '"' && match.at[match.n - 1] == '"';
    if (is_quoted && text_to_i64((struct text){match.at + 1, match.n - 2}, &named) &&
        named > 0) {
        *version = named;
        return true;
    }
    person_fail(visit, 412, NULL);
    return false;
}

/* Was it refused since what the request's head says does not hold? Then that has been answered. */
static bool is_another_version(struct visit *visit, const struct told *told)
{
    bool named = http_header(visit->request, "If-Match").n ||
                 http_header(visit->request, "If-None-Match").n;
    if (told->status != ERR_CONFLICT || !named)
        return false;
    person_fail(visit, 412, arena_cstr(&visit->arena, told->what));
    return true;
}

static void page_told(struct visit *visit, const struct told *told)
{
    const struct page_show_answer *found = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    add_tag(visit, &response, found->page.version);
    api_put_page(&w, &found->page);
    person_send(visit, &response, &w);
}

void api_host_page(struct visit *visit)
{
    struct page_show_ask ask = {visit->parts[3], visit->parts[5]};
    if (has_page(visit))
        person_ask(visit, WIRE_page_show, &ask, DOOR_READ, page_told);
}

static void put_told(struct visit *visit, const struct told *told)
{
    const struct page_put_answer *put = told->answer;
    struct http_response response;
    if (is_another_version(visit, told))
        return;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    add_tag(visit, &response, put->version);
    json_put_i64(&w, "version", put->version);
    json_put_bool(&w, "connected", put->connected);
    json_put_bool(&w, "free_busy_only", put->free_busy_only);
    person_send(visit, &response, &w);
}

void api_host_page_put(struct visit *visit)
{
    struct page_body body = page_defaults(visit);
    if (!has_page(visit) || !person_body(visit, &body_page, &body))
        return;
    take_hours(&visit->arena, &body);
    if (read_tag(visit, &body.ask.version) && take_questions(visit, &body))
        person_ask(visit, WIRE_page_put, &body.ask, DOOR_WRITE, put_told);
}

static void page_removed(struct visit *visit, const struct told *told)
{
    if (!is_another_version(visit, told))
        person_done(visit, told);
}

void api_host_page_remove(struct visit *visit)
{
    struct page_remove_ask ask = {.account = visit->parts[3], .page = visit->parts[5]};
    if (has_page(visit) && read_tag(visit, &ask.version))
        person_ask(visit, WIRE_page_remove, &ask, DOOR_WRITE, page_removed);
}

/* ---- why ---- */

static void why_told(struct visit *visit, const struct told *told)
{
    const struct why_answer *found = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "spells");
    json_open(&w, '[');
    for (size_t i = 0; i < found->n_spells; i++) {
        json_open(&w, '{');
        put_instant(&w, "first", found->spells[i].first);
        put_instant(&w, "last", found->spells[i].last);
        json_put_bool(&w, "offered", found->spells[i].n_reasons == 0);
        put_reasons(&w, "reasons", found->spells[i].reasons, found->spells[i].n_reasons);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    person_send(visit, &response, &w);
}

void api_host_page_why(struct visit *visit)
{
    static const char *const names[] = {"day", NULL};
    struct form form;
    struct why_ask ask = {.account = visit->parts[3], .page = visit->parts[5], .minute = -1};
    if (!has_page(visit) || !person_query(visit, names, &form))
        return;
    ask.day = visit->now.s / CIVIL_DAY_S;
    struct text day = form_find(&form, "day");
    if (day.n && civil_parse_date(day, &ask.day) != OK)
        person_fail(visit, 400, "day must be a date by the page's clock, such as 2026-12-24.");
    else
        person_ask(visit, WIRE_why, &ask, DOOR_READ, why_told);
}
