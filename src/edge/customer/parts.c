/* SPDX-License-Identifier: ISC */
#include "edge/customer/parts.h"

#include "base/base64.h"
#include "edge/customer/look.h"
#include "os/random.h"

#include "lang/message.h"
#include "lang/moment.h"
#include "lang/place.h"
#include "time/instant.h"

static bool parse_month(struct text t, int64_t *ret_month)
{
    char date[CIVIL_DATE_SIZE];
    int64_t day;
    if (t.n != 7)
        return false;
    memcpy(date, t.at, t.n);
    memcpy(date + t.n, "-01", 4);
    if (civil_parse_date(text_from(date), &day) != OK)
        return false;
    *ret_month = month_of_day(day);
    return true;
}

static const struct zone *find_zone(const struct zones *zones, struct text name)
{
    return name.n > 0 && name.n <= MAX_ZONE ? zone_find(zones, name) : NULL;
}

void parts_query(const struct form *form, const struct zones *zones,
                 struct month_query *ret_query)
{
    struct month_query query = {0};
    query.zone = find_zone(zones, form_find(form, "tz"));
    if (query.zone)
        query.zone_name = zone_name(query.zone);
    query.has_month = parse_month(form_find(form, "month"), &query.month);
    query.has_day = civil_parse_date(form_find(form, "day"), &query.day) == OK;
    query.has_start = instant_parse(form_find(form, "start"), &query.start) == OK;
    *ret_query = query;
}

enum { KEY_BYTES = 16 };

struct text parts_new_key(struct arena *a)
{
    unsigned char bytes[KEY_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct buf out CLEANUP(buf_done) = BUF(64);
    base64url_format(&out, bytes, sizeof bytes);
    return arena_text(a, buf_text(&out));
}

const char *parts_name_error(enum language language, struct text name)
{
    if (name.n == 0)
        return message_in(language, MESSAGE("Please enter your name."));
    if (name.n > MAX_NAME)
        return message_in(language, MESSAGE("This name is too long."));
    return text_is_line(name) ? NULL
                              : message_in(language, MESSAGE("Please use letters only."));
}

static bool is_address_char(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>[]:;,\\\"", c);
}

const char *parts_email_error(enum language language, struct text email)
{
    if (email.n == 0)
        return message_in(language, MESSAGE("Please enter your e-mail address."));
    if (email.n > MAX_EMAIL)
        return message_in(language, MESSAGE("This address is too long."));
    struct text local, domain;
    bool right = text_cut(email, '@', &local, &domain) && local.n > 0 && local.n <= 64 &&
                 domain.n > 2 && memchr(domain.at, '.', domain.n) &&
                 !memchr(domain.at, '@', domain.n) && domain.at[0] != '.' &&
                 domain.at[domain.n - 1] != '.';
    for (size_t i = 0; i < email.n; i++)
        right = right && is_address_char(email.at[i]);
    return right ? NULL
                 : message_in(language, MESSAGE("This does not look like an e-mail address, "
                                                "such as ada@example.org."));
}

const char *parts_note_error(enum language language, struct text note)
{
    if (note.n > MAX_ANSWER)
        return message_in(language,
                          MESSAGE("This note is too long: 1,000 characters at most."));
    return text_is_clean(note) && !text_misleads(note)
               ? NULL
               : message_in(language,
                            MESSAGE("This note holds characters that cannot be sent."));
}

/* The field of a question is named by the question itself: the page may have other ones when the form comes. */
static void read_answers(const struct form *form, struct customer_form *read)
{
    for (size_t i = 0; i < form->n_fields && read->n_answers < MAX_ANSWERS; i++) {
        struct text name = form->fields[i].name, value = text_trim(form->fields[i].value);
        if (!text_starts(name, TEXT(FORM_ANSWER)) || !value.n)
            continue;
        name.at += sizeof FORM_ANSWER - 1;
        name.n -= sizeof FORM_ANSWER - 1;
        read->answers[read->n_answers++] = (struct answer){name, value};
    }
}

static bool answers_fit(const struct customer_form *form)
{
    for (size_t i = 0; i < form->n_answers; i++)
        if (form->answers[i].question.n > MAX_QUESTION ||
            parts_note_error(LANGUAGE_EN, form->answers[i].answer) ||
            text_misleads(form->answers[i].question))
            return false;
    return true;
}

enum status parts_customer(const struct form *form, const struct zones *zones,
                           enum language language, struct customer_form *ret_form)
{
    struct customer_form read = {
        .start_text = form_find(form, "start"),
        .name = text_trim(form_find(form, "name")),
        .email = text_trim(form_find(form, "email")),
        .note = text_trim(form_find(form, "note")),
        .key = form_find(form, "key"),
    };
    TRY(instant_parse(read.start_text, &read.start));
    if (read.key.n == 0 || read.key.n > FORM_KEY_MAX)
        return ERR_INVALID;
    const struct zone *zone = find_zone(zones, form_find(form, "tz"));
    if (zone)
        read.zone_name = zone_name(zone);
    read.name_error = parts_name_error(language, read.name);
    read.email_error = parts_email_error(language, read.email);
    read.note_error = parts_note_error(language, read.note);
    read_answers(form, &read);
    if (!answers_fit(&read))
        return ERR_INVALID; /* the form's own limits and the browser keep people from this */
    *ret_form = read;
    return OK;
}

/* ---- the page's questions ---- */

static struct text answer_to(const struct customer_form *typed, struct text label)
{
    for (size_t i = 0; i < typed->n_answers; i++)
        if (text_equal(typed->answers[i].question, label))
            return typed->answers[i].answer;
    return (struct text){0};
}

static const char *mistake_in(enum language language, const struct book_answer *refused,
                              const struct question *question)
{
    for (size_t i = 0; refused && i < refused->n_mistakes; i++)
        if (text_equal(refused->mistakes[i].question, question->label))
            return message_in(language,
                              refused->mistakes[i].kind != MISTAKE_MISSING
                                  ? MESSAGE("Please answer this once more.")
                              : question->kind == QUESTION_CONSENT
                                  ? MESSAGE("Without this the booking cannot be made.")
                                  : MESSAGE("Please answer this."));
    return NULL;
}

static void add_choices(struct arena *a, const struct question *question, struct text answer,
                        struct question_view *view)
{
    struct text rest = question->choices;
    view->choices = ARENA_ARRAY(a, MAX_CHOICES, struct choice_view);
    while (rest.n) {
        struct text choice = rest, left = {0};
        (void)text_cut(rest, '\n', &choice, &left);
        view->choices[view->n_choices++] =
            (struct choice_view){.text = choice, .is_chosen = text_equal(choice, answer)};
        rest = left;
    }
}

void parts_questions(struct arena *a, enum language language, const struct question *questions,
                     size_t n, const struct customer_form *typed,
                     const struct book_answer *refused, struct form_view *view)
{
    view->questions = ARENA_ARRAY(a, n, struct question_view);
    view->has_note = n == 0;
    view->has_errors = view->has_errors || (refused && refused->n_mistakes > 0);
    for (size_t i = 0; i < n; i++) {
        const struct question *question = &questions[i];
        struct text answer = answer_to(typed, question->label);
        struct question_view *to = &view->questions[view->n_questions++];
        *to = (struct question_view){
            .number = (int)i + 1,
            .label = question->label,
            .is_line = question->kind == QUESTION_LINE,
            .is_text = question->kind == QUESTION_TEXT,
            .is_choice = question->kind == QUESTION_CHOICE,
            .is_consent = question->kind == QUESTION_CONSENT,
            .is_required = question->required,
            .answer = answer,
            .error = mistake_in(language, refused, question),
        };
        add_choices(a, question, answer, to);
    }
}

struct head_view parts_head(struct arena *a, struct head_view head,
                            const struct page_public *page)
{
    head.style = look_style(a, &page->look);
    head.imprint = page->imprint;
    head.privacy = page->privacy;
    return head;
}

struct offer_view parts_offer(struct arena *a, enum language language,
                              const struct page_public *page)
{
    return (struct offer_view){
        .logo = look_logo(a, page->account, &page->look),
        .account_name = page->account_name,
        .host_name = page->host_name,
        .title = page->title,
        .description = page->description,
        .location = page->location,
        .duration = moment_duration(a, language, page->duration_min).at,
        .approves = page->approves,
        .by_mail = page->by_mail,
    };
}

const struct zone *parts_page_zone(const struct zones *zones, const struct page_public *page)
{
    const struct zone *zone = find_zone(zones, page->zone);
    return zone ? zone : zone_find(zones, TEXT("UTC"));
}

/* A choice that works without the script, which puts all zones in its place. */
static const char *const common[] = {
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Denver",
    "America/Phoenix",
    "America/Chicago",
    "America/Mexico_City",
    "America/New_York",
    "America/Toronto",
    "America/Bogota",
    "America/Halifax",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Buenos_Aires",
    "America/St_Johns",
    "Atlantic/Azores",
    "UTC",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Africa/Lagos",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Europe/Athens",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Asia/Jerusalem",
    "Europe/Istanbul",
    "Africa/Nairobi",
    "Asia/Riyadh",
    "Asia/Tehran",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Jakarta",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Australia/Perth",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Sydney",
    "Pacific/Auckland",
};

void parts_choices(struct arena *a, const struct zones *zones, struct zone_choices *ret_choices)
{
    enum { N_COMMON = sizeof common / sizeof *common };
    struct zone_choices choices = {.zones = ARENA_ARRAY(a, N_COMMON, const struct zone *)};
    for (size_t i = 0; i < N_COMMON; i++) {
        const struct zone *zone = zone_find(zones, text_from(common[i]));
        if (zone)
            choices.zones[choices.n_zones++] = zone;
    }
    *ret_choices = choices;
}

static void add_zone(struct zones_view *view, const struct zone *zone, const char *label)
{
    view->zones[view->n_zones++] = (struct zone_view){.name = zone_name(zone), .label = label};
}

struct zones_view parts_zones(struct arena *a, const struct zone_choices *choices,
                              const struct zone *shown, const struct zone *page_zone,
                              const struct month_query *query, const struct month_links *links,
                              struct instant now)
{
    /* The offset as of what is looked at, which may be on the other side of a change of the clock. */
    struct instant t = query->has_start ? query->start
                       : query->has_day ? zone_day_start(shown, query->day)
                                        : now;
    struct zones_view view = {
        .name = zone_name(shown),
        .label = place_zone(a, links->language, shown, t),
        .action = links->path,
        .mode = links->mode,
        .lang = links->lang,
        .zones = ARENA_ARRAY(a, choices->n_zones + 2, struct zone_view),
    };
    if (query->has_start) {
        char start[INSTANT_SIZE];
        instant_format(query->start, start);
        view.start = arena_text(a, text_from(start));
    }
    add_zone(&view, shown, view.label);
    view.zones[0].is_chosen = true;
    if (page_zone != shown)
        add_zone(&view, page_zone, place_city(links->language, page_zone));
    for (size_t i = 0; i < choices->n_zones; i++)
        if (choices->zones[i] != shown && choices->zones[i] != page_zone)
            add_zone(&view, choices->zones[i], place_city(links->language, choices->zones[i]));
    return view;
}
