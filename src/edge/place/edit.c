/* SPDX-License-Identifier: ISC
 *
 * A field is a row of the table: which part shows it, what kind it is, where in struct page_put_ask it stands. Reading and
 * laying out go through the same rows, so that a field cannot be shown and not be read.
 */
#include "edge/place/edit.h"

#include "edge/place/hours.h"

enum kind { LINE, LINES, NUMBER, BOX, WORD, BLOCKS, DAY, DATES, REMINDERS };

struct setting {
    enum edit_part part;
    enum kind kind;
    const char *name;
    struct message label, hint, heading; /* hint, heading: where there are any */
    size_t offset;
    int64_t least, most; /* of a number; of a text the most bytes; of BLOCKS and DAY which */
    const struct message *words; /* of WORD, `most` of them */
    const char *unit;            /* "min": minutes, "d": days, "h": hours */
    bool is_required;
};

const char *const edit_names[EDIT_PARTS] = {
    [EDIT_WHAT] = "what",           [EDIT_HOURS] = "hours", [EDIT_RULES] = "rules",
    [EDIT_QUESTIONS] = "questions", [EDIT_EVENT] = "event", [EDIT_MAILS] = "mails"};
const struct message edit_titles[EDIT_PARTS] = {[EDIT_WHAT] = MESSAGE("What"),
                                                [EDIT_HOURS] = MESSAGE("Hours"),
                                                [EDIT_RULES] = MESSAGE("Rules"),
                                                [EDIT_QUESTIONS] = MESSAGE("Questions"),
                                                [EDIT_EVENT] = MESSAGE("Calendar event"),
                                                [EDIT_MAILS] = MESSAGE("Mails")};
const struct message edit_leads[EDIT_PARTS] = {
    [EDIT_WHAT] = MESSAGE("What customers read before they choose a time."),
    [EDIT_HOURS] = MESSAGE("When you can be booked, as far as your calendar is free then."),
    [EDIT_RULES] = MESSAGE("What keeps a time from being offered. Customers never see why."),
    [EDIT_QUESTIONS] =
        MESSAGE("What customers answer besides their name and address. Empty a question to "
                "remove it."),
    [EDIT_EVENT] =
        MESSAGE("What a booking writes into your calendar, and what changes there mean."),
    [EDIT_MAILS] = MESSAGE("What customers get by mail, and when.")};

#define AT(field) offsetof(struct page_put_ask, field)

static const struct message languages[] = {
    [LANGUAGE_EN] = {"English", NULL},
    [LANGUAGE_DE] = {"Deutsch", NULL},
    [LANGUAGE_FR] = {"Fran\u00e7ais", NULL},
    [LANGUAGE_IT] = {"Italiano", NULL},
    [LANGUAGE_AR] = {"\xd8\xa7\xd9\x84\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a\xd8\xa9", NULL}};
static const struct message follows[FOLLOW_COUNT] = {
    [FOLLOW_FOLLOW] = MESSAGE("The booking follows, and the customer is told"),
    [FOLLOW_ASK] = MESSAGE("You are asked first"),
    [FOLLOW_IGNORE] = MESSAGE("Nothing happens")};
static const struct message cancelleds[CANCELLED_COUNT] = {
    [CANCELLED_REMOVE] = MESSAGE("Its event is removed"),
    [CANCELLED_KEEP] = MESSAGE("Its event stays, marked cancelled and free")};
static const struct message invites[INVITE_COUNT] = {
    [INVITE_MAIL] = MESSAGE("hourgate's mail brings it"),
    [INVITE_EXCHANGE] = MESSAGE("Exchange invites the customer"),
    [INVITE_NONE] = MESSAGE("None")};
static const struct message shows[SHOW_AS_COUNT] = {[SHOW_BUSY] = MESSAGE("Busy"),
                                                    [SHOW_TENTATIVE] = MESSAGE("Tentative"),
                                                    [SHOW_OOF] = MESSAGE("Out of office"),
                                                    [SHOW_FREE] = MESSAGE("Free")};
static const struct message reasons[ASK_REASON_COUNT] = {
    [ASK_REASON_NO] = MESSAGE("No"),
    [ASK_REASON_OPTIONAL] = MESSAGE("Yes, they need not answer"),
    [ASK_REASON_REQUIRED] = MESSAGE("Yes, they have to answer")};

#define WORDS(list) .words = list, .most = sizeof list / sizeof *list
#define WEEKDAY(n, id, english)                                                                \
    {                                                                                          \
        EDIT_HOURS, DAY, id, .label = MESSAGE(english), .least = n, .most = 200                \
    }

static const struct setting settings[] = {
    {EDIT_WHAT, LINE, "title", MESSAGE("Title"), .offset = AT(title), .most = MAX_NAME,
     .is_required = true},
    {EDIT_WHAT, LINES, "description", MESSAGE("Description"), .offset = AT(description),
     .most = MAX_DESCRIPTION},
    {EDIT_WHAT, NUMBER, "duration", MESSAGE("Duration"), .offset = AT(rule.duration_min),
     .least = 1, .most = 1440, .unit = "min", .is_required = true},
    {EDIT_WHAT, LINE, "location", MESSAGE("Place"),
     MESSAGE("Shown to customers; also in the event."), .offset = AT(location),
     .most = MAX_LOCATION},
    {EDIT_WHAT, LINE, "room", MESSAGE("Room"),
     MESSAGE("The mailbox of a room that must be free too and is booked with it."),
     .offset = AT(room), .most = MAX_EMAIL},

    {EDIT_HOURS, DAY, "mon", MESSAGE("Monday"),
     MESSAGE("Such as 9-12, 13:30-17:00. Empty: closed."), .least = 0, .most = 200},
    WEEKDAY(1, "tue", "Tuesday"),
    WEEKDAY(2, "wed", "Wednesday"),
    WEEKDAY(3, "thu", "Thursday"),
    WEEKDAY(4, "fri", "Friday"),
    WEEKDAY(5, "sat", "Saturday"),
    WEEKDAY(6, "sun", "Sunday"),
    {EDIT_HOURS, DATES, "dates", MESSAGE("Dates with hours of their own"),
     MESSAGE("One a line, such as 2026-12-24 closed, or 2026-12-31 9-12."), .most = 16000},
    {EDIT_HOURS, LINE, "zone", MESSAGE("Time zone of these hours"),
     MESSAGE("Such as Europe/Zurich."), .offset = AT(rule.zone), .most = MAX_ZONE,
     .is_required = true},

    {EDIT_RULES, NUMBER, "increment", MESSAGE("A start every"),
     .offset = AT(rule.increment_min), .least = 5, .most = 1440, .unit = "min",
     .is_required = true},
    {EDIT_RULES, NUMBER, "before", MESSAGE("Free before"), .offset = AT(rule.buffer_before_min),
     .most = 1440, .unit = "min"},
    {EDIT_RULES, NUMBER, "after", MESSAGE("Free after"), .offset = AT(rule.buffer_after_min),
     .most = 1440, .unit = "min"},
    {EDIT_RULES, NUMBER, "notice", MESSAGE("Earliest start from now"),
     .offset = AT(rule.notice_min), .most = 525600, .unit = "min"},
    {EDIT_RULES, NUMBER, "horizon", MESSAGE("How far ahead"), .offset = AT(rule.horizon_days),
     .most = 730, .unit = "d"},
    {EDIT_RULES, NUMBER, "per-day", MESSAGE("Bookings a day at most"), MESSAGE("0: no limit."),
     .offset = AT(rule.max_per_day), .most = 288},
    {EDIT_RULES, NUMBER, "per-customer", MESSAGE("Coming bookings of one address at most"),
     MESSAGE("0: no limit."), .offset = AT(policy.per_customer),
     .most = POLICY_PER_CUSTOMER_MAX},
    {EDIT_RULES, NUMBER, "cancel-until", MESSAGE("Customers move and cancel until"),
     MESSAGE("Hours before the start. 0: until it is over."), .offset = AT(policy.cancel_hours),
     .most = POLICY_CANCEL_HOURS_MAX, .unit = "h"},
    {EDIT_RULES, NUMBER, "approve", MESSAGE("Requests wait for your word"),
     MESSAGE("Hours until one ends by itself. 0: bookings need no approval."),
     .offset = AT(policy.approve_hours), .most = POLICY_APPROVE_HOURS_MAX, .unit = "h"},
    {EDIT_RULES, NUMBER, "confirm", MESSAGE("Customers confirm by mail within"),
     MESSAGE("Against bookings under false addresses. 0: they need not."),
     .offset = AT(policy.confirm_min), .most = POLICY_CONFIRM_MIN_MAX, .unit = "min"},
    {EDIT_RULES, WORD, "ask-reason", MESSAGE("Ask customers who cancel why"),
     .offset = AT(policy.ask_reason), WORDS(reasons)},
    {EDIT_RULES, BLOCKS, "blocks-tentative", MESSAGE("Tentative"),
     .heading = MESSAGE("What in your calendar keeps a time from being offered"),
     .least = BUSY_TENTATIVE},
    {EDIT_RULES, BLOCKS, "blocks-busy", MESSAGE("Busy"), .least = BUSY_BUSY},
    {EDIT_RULES, BLOCKS, "blocks-oof", MESSAGE("Out of office"), .least = BUSY_OOF},
    {EDIT_RULES, BLOCKS, "blocks-elsewhere", MESSAGE("Working elsewhere"),
     MESSAGE("What the calendar does not know always does."), .least = BUSY_ELSEWHERE},

    {EDIT_EVENT, BOX, "synchronise", MESSAGE("Write bookings into the calendar"),
     MESSAGE("Without it, bookings stand in hourgate alone."), .offset = AT(synchronise)},
    {EDIT_EVENT, LINE, "event-title", MESSAGE("Title"),
     MESSAGE("{customer} {email} {answers} {page} {host} {account} {location} are filled in. "
             "Empty: the "
             "usual text."),
     MESSAGE("What the event says"), .offset = AT(form.title), .most = MAX_TITLE},
    {EDIT_EVENT, LINES, "event-text", MESSAGE("Text"), .offset = AT(form.text),
     .most = MAX_DESCRIPTION},
    {EDIT_EVENT, LINE, "event-location", MESSAGE("Place"), .offset = AT(form.location),
     .most = MAX_LOCATION},
    {EDIT_EVENT, BOX, "online-meeting", MESSAGE("Online meeting"),
     MESSAGE("With a link for you and the customer: Teams where the calendar is Microsoft 365, "
             "Meet where it is Google. Other calendars make none."),
     .offset = AT(online_meeting)},
    {EDIT_EVENT, WORD, "show-as", MESSAGE("Shows as"), .offset = AT(form.show_as),
     WORDS(shows)},
    {EDIT_EVENT, NUMBER, "event-reminder", MESSAGE("Your reminder before the start"),
     MESSAGE("0: as the calendar does; -1: none."), .offset = AT(form.reminder_min),
     .least = -1, .most = 86400, .unit = "min"},
    {EDIT_EVENT, BOX, "private", MESSAGE("Private"),
     MESSAGE("Colleagues who see your calendar do not see what it is."),
     .offset = AT(form.is_private)},
    {EDIT_EVENT, BOX, "hides-answers", MESSAGE("Keep answers out of calendar and mail"),
     MESSAGE("They stand in hourgate alone."), .offset = AT(form.hides_answers)},
    {EDIT_EVENT, BOX, "hides-email",
     MESSAGE("Keep the customer's address out of calendar and mail"),
     .offset = AT(form.hides_email)},
    {EDIT_EVENT, WORD, "follow", MESSAGE("You move or delete the event"),
     .heading = MESSAGE("When something changes"), .offset = AT(follow), WORDS(follows)},
    {EDIT_EVENT, WORD, "cancelled", MESSAGE("A booking is cancelled"), .offset = AT(cancelled),
     WORDS(cancelleds)},

    {EDIT_MAILS, WORD, "invite", MESSAGE("The customer's own calendar entry"),
     .offset = AT(invite), WORDS(invites)},
    {EDIT_MAILS, REMINDERS, "remind", MESSAGE("Reminders"),
     MESSAGE("Before the start, such as 1 d, 2 h, 30 min. Empty: none."), .most = 100},
    {EDIT_MAILS, WORD, "language", MESSAGE("Language"),
     MESSAGE("For customers who do not say theirs."), .offset = AT(language), WORDS(languages)},
};
enum { FIELDS = sizeof settings / sizeof *settings };

static const struct message kinds[QUESTION_KIND_COUNT] = {
    [QUESTION_LINE] = MESSAGE("One line"),
    [QUESTION_TEXT] = MESSAGE("Several lines"),
    [QUESTION_CHOICE] = MESSAGE("One of several"),
    [QUESTION_CONSENT] = MESSAGE("A box to tick")};

/* ---- copying ---- */

#define COPY_TEXT(name) .name = row->name,
#define COPY_I64(name) .name = row->name,
#define COPY_FLAG(name) .name = row->name,
#define COPY_CODE(name) .name = row->name,
#define COPY_ONE(name) .name = row->name,
#define COPY_LIST(name) .name = row->name, .n_##name = row->n_##name,
#define COPY(kind, name, max, type) COPY_##kind(name)

struct page_put_ask edit_copy(const struct page_row *row)
{
    return (struct page_put_ask){PAGE_PUT_ASK_FIELDS(COPY)};
}

/* ---- reading ---- */

static void *place_of(struct page_put_ask *page, const struct setting *field)
{
    return (char *)page + field->offset;
}

static int64_t index_of(const char *value, int64_t n)
{
    int64_t index = 0;
    return text_to_i64(text_from(value), &index) && index >= 0 && index < n ? index : 0;
}

/* Read one field. Return what is wrong with it; NULL: nothing. */
static const char *take(struct visit *visit, const struct setting *field, struct text typed,
                        struct page_put_ask *page)
{
    int64_t number = 0;
    switch (field->kind) {
    case LINE:
    case LINES:
        if (typed.n > (size_t)field->most)
            return visit_say(visit, MESSAGE("This is too long."));
        if (field->is_required && !text_trim(typed).n)
            return visit_say(visit, MESSAGE("This is missing."));
        *(struct text *)place_of(page, field) = text_trim(typed);
        return NULL;
    case NUMBER:
        if (!typed.n && !field->is_required)
            typed = TEXT("0");
        if (!text_to_i64(text_trim(typed), &number) || number < field->least ||
            number > field->most)
            return arena_printf(&visit->arena, "%s %lld-%lld",
                                visit_say(visit, MESSAGE("Please enter a whole number:")),
                                (long long)field->least, (long long)field->most);
        *(int64_t *)place_of(page, field) = number;
        return NULL;
    case BOX:
        *(bool *)place_of(page, field) = typed.n > 0;
        return NULL;
    case WORD:
        *(int *)place_of(page, field) =
            (int)index_of(arena_cstr(&visit->arena, typed), field->most);
        return NULL;
    case BLOCKS:
        page->rule.blocking &= ~(INT64_C(1) << field->least);
        page->rule.blocking |= (int64_t)(typed.n > 0) << field->least;
        return NULL;
    case DAY:
        return hours_read(typed, field->least, &page->rule)
                   ? NULL
                   : visit_say(visit, MESSAGE("Please enter hours such as 9-12, 13:30-17:00."));
    case DATES:
        return hours_read_dates(typed, &visit->arena, &page->rule, &number)
                   ? NULL
                   : arena_printf(&visit->arena, "%s %lld",
                                  visit_say(visit, MESSAGE("This line cannot be read:")),
                                  (long long)number);
    case REMINDERS:
        page->reminders = ARENA_ARRAY(&visit->arena, MAX_REMINDERS, struct reminder);
        return hours_read_reminders(typed, page->reminders, &page->n_reminders)
                   ? NULL
                   : visit_say(
                         visit,
                         MESSAGE("Please enter times such as 1 d, 2 h, 30 min; five at most."));
    }
    return NULL;
}

static struct text typed_at(struct visit *visit, const struct form *form, const char *name,
                            size_t number)
{
    return form_find(form, arena_printf(&visit->arena, "%s%zu", name, number));
}

static void take_questions(struct visit *visit, const struct form *form,
                           struct page_put_ask *page)
{
    page->questions = ARENA_ARRAY(&visit->arena, MAX_QUESTIONS, struct question);
    page->n_questions = 0;
    for (size_t i = 1; i <= MAX_QUESTIONS; i++) {
        struct text label = text_trim(typed_at(visit, form, "question", i));
        struct text kind = typed_at(visit, form, "kind", i);
        if (!label.n)
            continue;
        struct question question = {
            .label = label,
            .kind = (enum question_kind)index_of(arena_cstr(&visit->arena, kind),
                                                 QUESTION_KIND_COUNT),
            .required = typed_at(visit, form, "required", i).n > 0,
        };
        if (question.kind == QUESTION_CHOICE)
            question.choices = text_trim(typed_at(visit, form, "choices", i));
        page->questions[page->n_questions++] = question;
    }
}

void edit_take(struct visit *visit, enum edit_part part, const struct form *form,
               struct page_put_ask *page)
{
    if (part == EDIT_QUESTIONS)
        take_questions(visit, form, page);
    if (part == EDIT_HOURS) {
        page->rule.hours = ARENA_ARRAY(&visit->arena, MAX_HOURS, struct hours);
        page->rule.n_hours = 0;
    }
    for (size_t i = 0; i < FIELDS; i++)
        if (settings[i].part == part)
            (void)take(visit, &settings[i], form_find(form, settings[i].name), page);
}

/* ---- laying out ---- */

static const char *unit_of(struct visit *visit, const char *unit)
{
    if (!unit)
        return NULL;
    return unit[0] == 'm'   ? visit_say(visit, MESSAGE("minutes"))
           : unit[0] == 'h' ? visit_say(visit, MESSAGE("hours"))
                            : visit_say(visit, MESSAGE("days"));
}

static void lay_out_words(struct visit *visit, const struct message *words, int64_t n,
                          int64_t chosen, struct field_view *view)
{
    view->is_choice = true;
    view->choices = ARENA_ARRAY(&visit->arena, (size_t)n, struct choice_of_view);
    for (int64_t i = 0; i < n; i++)
        view->choices[view->n_choices++] =
            (struct choice_of_view){arena_printf(&visit->arena, "%lld", (long long)i),
                                    visit_say(visit, words[i]), i == chosen};
}

static struct text number_text(struct visit *visit, int64_t number)
{
    return text_from(arena_printf(&visit->arena, "%lld", (long long)number));
}

/* What the page says in a field. */
static void lay_out_value(struct visit *visit, const struct setting *field,
                          const struct page_put_ask *page, struct field_view *view)
{
    const void *at = (const char *)page + field->offset;
    switch (field->kind) {
    case LINES:
    case LINE:
        view->value = *(const struct text *)at;
        break;
    case NUMBER:
        view->value = number_text(visit, *(const int64_t *)at);
        break;
    case BOX:
        view->is_set = *(const bool *)at;
        break;
    case WORD:
        lay_out_words(visit, field->words, field->most, *(const int *)at, view);
        break;
    case BLOCKS:
        view->is_set = page->rule.blocking >> field->least & 1;
        break;
    case DAY:
        view->value = hours_write(&page->rule, field->least, &visit->arena);
        break;
    case DATES:
        view->value = hours_write_dates(&page->rule, &visit->arena);
        break;
    case REMINDERS:
        view->value = hours_write_reminders(page->reminders, page->n_reminders, &visit->arena);
        break;
    }
}

static struct field_view frame_of(struct visit *visit, const struct setting *field)
{
    struct field_view view = {
        .name = field->name,
        .label = visit_say(visit, field->label),
        .hint = field->hint.one ? visit_say(visit, field->hint) : NULL,
        .type = field->kind == NUMBER ? "number" : "text",
        .unit = unit_of(visit, field->unit),
        .longest = field->kind == NUMBER ? 0 : field->most,
        .rows = field->kind == LINES   ? 4
                : field->kind == DATES ? 5
                                       : 0,
        .is_required = field->is_required,
        .is_box = field->kind == BOX || field->kind == BLOCKS,
        .is_narrow = field->kind == NUMBER,
    };
    if (field->kind == NUMBER) {
        view.least = arena_printf(&visit->arena, "%lld", (long long)field->least);
        view.most = arena_printf(&visit->arena, "%lld", (long long)field->most);
    }
    return view;
}

/* What was typed wrong stays as it was typed, and is tried again on a page that is thrown away. */
static void lay_out_field(struct visit *visit, const struct setting *field,
                          const struct form *form, const struct page_put_ask *page,
                          struct edit_view *view)
{
    struct edited_view *edited = &view->fields[view->n_fields++];
    *edited = (struct edited_view){
        .heading = field->heading.one ? visit_say(visit, field->heading) : NULL,
        .field = frame_of(visit, field)};
    lay_out_value(visit, field, page, &edited->field);
    if (!form)
        return;
    struct page_put_ask scratch = *page;
    scratch.rule.hours = ARENA_ARRAY(&visit->arena, MAX_HOURS, struct hours);
    scratch.rule.n_hours = 0;
    struct text typed = form_find(form, field->name);
    const char *error = take(visit, field, typed, &scratch);
    if (!error)
        return;
    edited->field.value = typed;
    frame_problem(visit, &view->frame, &edited->field,
                  arena_printf(&visit->arena, "%s: %s", edited->field.label, error));
}

static void lay_out_question(struct visit *visit, size_t number,
                             const struct question *question, struct asked_view *view)
{
    struct arena *a = &visit->arena;
    *view = (struct asked_view){
        .number = (int64_t)number,
        .label = {.name = arena_printf(a, "question%zu", number),
                  .label = visit_say(visit, MESSAGE("Question")),
                  .type = "text",
                  .value = question->label,
                  .longest = MAX_QUESTION},
        .kind = {.name = arena_printf(a, "kind%zu", number),
                 .label = visit_say(visit, MESSAGE("Kind of answer"))},
        .choices = {.name = arena_printf(a, "choices%zu", number),
                    .label = visit_say(visit, MESSAGE("Choices")),
                    .hint = visit_say(visit,
                                      MESSAGE("One a line; only where it is one of several.")),
                    .value = question->choices,
                    .longest = MAX_CHOICES,
                    .rows = 2},
        .required = {.name = arena_printf(a, "required%zu", number),
                     .label = visit_say(visit, MESSAGE("Has to be answered")),
                     .is_box = true,
                     .is_set = question->required},
    };
    lay_out_words(visit, kinds, QUESTION_KIND_COUNT, question->kind, &view->kind);
}

/* Those of the page, and one more to fill in. */
static void lay_out_questions(struct visit *visit, const struct page_put_ask *page,
                              struct edit_view *view)
{
    view->questions = ARENA_ARRAY(&visit->arena, MAX_QUESTIONS, struct asked_view);
    for (size_t i = 0; i < MAX_QUESTIONS && i <= page->n_questions; i++) {
        struct question none = {0};
        lay_out_question(visit, i + 1, i < page->n_questions ? &page->questions[i] : &none,
                         &view->questions[view->n_questions++]);
    }
}

void edit_lay_out(struct visit *visit, enum edit_part part, const struct form *form,
                  const struct page_put_ask *page, struct edit_view *view)
{
    view->fields = ARENA_ARRAY(&visit->arena, FIELDS, struct edited_view);
    for (size_t i = 0; i < FIELDS; i++)
        if (settings[i].part == part)
            lay_out_field(visit, &settings[i], form, page, view);
    if (part == EDIT_QUESTIONS)
        lay_out_questions(visit, page, view);
}
