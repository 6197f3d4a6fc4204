/* SPDX-License-Identifier: ISC
 *
 * What hourgate holds of a person, as JSON to take along; for administrators also what it holds of the account. It is
 * gathered by the questions that the pages ask, and in their words those of the interface for programs. No secret is
 * in it: of passwords and tokens the edge knows none.
 *
 *     GET  /settings/data/export       of who is signed in
 *     GET  /settings/account/export    of all of the account
 */
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/place/frame.h"
#include "edge/place/gather.h"
#include "edge/route.h"
#include "edge/session.h"
#include "time/civil.h"
#include "wire/grant.h"

enum { FAR_DAYS = 100 * 366 };

/* ---- its parts ---- */

static void *keep(struct visit *visit, const void *ask, size_t n)
{
    void *kept = arena_alloc(&visit->arena, n);
    memcpy(kept, ask, n);
    return kept;
}

/* A question of one of the parts: about this account, and this person or everybody. */
#define ASK(name, ...)                                                                         \
    static void *ask_##name(struct visit *visit, struct text email)                            \
    {                                                                                          \
        (void)email;                                                                           \
        struct name##_ask ask = {.account = visit->session->account, __VA_ARGS__};             \
        return keep(visit, &ask, sizeof ask);                                                  \
    }
ASK(account_show, .email = visit->session->email)
ASK(account_mail)
ASK(user_list, .email = email)
ASK(connection_list, .email = email)
ASK(page_list, .email = email)
ASK(booking_list, .email = email,
    .to = instant_add_s(visit->now, FAR_DAYS *(int64_t)CIVIL_DAY_S))
ASK(attention_list, .email = email, .all = true)
ASK(outbox_list, .email = email)
ASK(token_list, .email = email)
ASK(readings, .email = visit->session->email, .to = instant_add_s(visit->now, CIVIL_DAY_S))

GATHER_NEXT(user_list, email)
GATHER_NEXT(connection_list, id)
GATHER_NEXT(page_list, page)
GATHER_NEXT(booking_list, id)
GATHER_NEXT(attention_list, id)
GATHER_NEXT(outbox_list, id)
GATHER_NEXT(token_list, id)

static bool next_readings(void *ask, const void *answer)
{
    const struct readings_answer *found = answer;
    struct readings_ask *next = ask;
    next->before_at = found->next_at;
    next->before = found->next;
    return found->goes_on;
}

static void add_page(struct json_writer *w, const struct page_row *row)
{
    json_open(w, '{');
    api_put_page(w, row);
    json_close(w, '}');
}

static void add_booking(struct json_writer *w, const struct booking_public *row)
{
    json_open(w, '{');
    put_booking(w, row);
    json_close(w, '}');
}

static void add_reading(struct json_writer *w, const struct reading_row *row)
{
    json_open(w, '{');
    put_instant(w, "since", row->since);
    put_instant(w, "until", row->at);
    json_put_i64(w, "times", row->times);
    json_put_text(w, "what", text_from(audit_kind_name(row->kind)));
    json_put_text(w, "who", text_from(audit_actor_name(row->actor)));
    json_put_text(w, "name", row->name);
    json_put_text(w, "result", text_from(audit_result_name(row->result)));
    json_close(w, '}');
}

/* All rows of an answer, by the function that writes one. */
#define ADD(list, add_one)                                                                     \
    static void add_##list(struct json_writer *w, const void *answer)                          \
    {                                                                                          \
        const struct list##_answer *found = answer;                                            \
        for (size_t i = 0; i < found->n_rows; i++)                                             \
            add_one(w, &found->rows[i]);                                                       \
    }
ADD(user_list, api_add_user)
ADD(connection_list, api_add_connection)
ADD(page_list, add_page)
ADD(booking_list, add_booking)
ADD(attention_list, api_add_notice)
ADD(outbox_list, api_add_mail)
ADD(token_list, api_add_token)
ADD(readings, add_reading)

static void add_account_show(struct json_writer *w, const void *answer)
{
    const struct account_show_answer *found = answer;
    json_open(w, '{');
    json_put_text(w, "account", found->slug);
    json_put_text(w, "name", found->name);
    json_put_text(w, "imprint", found->imprint);
    json_put_text(w, "privacy", found->privacy);
    json_put_text(w, "sites", found->sites);
    json_close(w, '}');
}

static void add_account_mail(struct json_writer *w, const void *answer)
{
    const struct account_mail_answer *found = answer;
    for (size_t i = 0; i < found->n_texts; i++) {
        json_open(w, '{');
        json_put_i64(w, "kind", found->texts[i].kind);
        json_put_i64(w, "language", found->texts[i].language);
        json_put_text(w, "text", found->texts[i].text);
        json_close(w, '}');
    }
}

static const struct part {
    const char *name;
    enum wire_type type;
    enum { OF_BOTH, OF_PERSON, OF_ACCOUNT } of;
    void *(*ask)(struct visit *visit, struct text email);
    bool (*next)(void *ask, const void *answer);
    void (*add)(struct json_writer *w, const void *answer);
} parts[] = {
#define PART(name, list, of)                                                                   \
    {                                                                                          \
        name, WIRE_##list, of, ask_##list, next_##list, add_##list                             \
    }
    {"account", WIRE_account_show, OF_BOTH, ask_account_show, NULL, add_account_show},
    {"mail_texts", WIRE_account_mail, OF_ACCOUNT, ask_account_mail, NULL, add_account_mail},
    PART("people", user_list, OF_BOTH),
    PART("connections", connection_list, OF_BOTH),
    PART("pages", page_list, OF_BOTH),
    PART("bookings", booking_list, OF_BOTH),
    PART("notices", attention_list, OF_BOTH),
    PART("mails", outbox_list, OF_BOTH),
    PART("tokens", token_list, OF_BOTH),
    PART("readings", readings, OF_PERSON),
#undef PART
};
enum { N_PARTS = sizeof parts / sizeof *parts };

/* ---- gathering ---- */

struct export
{
    struct gather now; /* first: visit->gathered */
    size_t part;
    bool of_account, is_cut;
    struct {
        const void **answers; /* NULL: not a part of this one */
        size_t n;
    } found[N_PARTS];
};

static void add_sessions(struct json_writer *w, const struct session_show_answer *session)
{
    json_name(w, "sessions");
    json_open(w, '[');
    for (size_t i = 0; i < session->n_rows; i++) {
        json_open(w, '{');
        put_instant(w, "made", session->rows[i].made);
        put_instant(w, "seen", session->rows[i].seen);
        put_instant(w, "expires", session->rows[i].expires);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void send_all(struct visit *visit, const struct export *export)
{
    struct http_response response;
    struct json_writer w = person_begin(visit, &response, 200);
    http_response_add_static(&response, "Content-Disposition",
                             export->of_account
                                 ? "attachment; filename=\"hourgate-account.json\""
                                 : "attachment; filename=\"hourgate-me.json\"");
    json_put_text(&w, "of", export->of_account ? TEXT("account") : TEXT("person"));
    put_instant(&w, "made", visit->now);
    json_put_bool(&w, "complete", !export->is_cut);
    for (size_t i = 0; i < N_PARTS; i++) {
        if (!export->found[i].answers)
            continue;
        json_name(&w, parts[i].name);
        if (parts[i].type != WIRE_account_show)
            json_open(&w, '[');
        for (size_t j = 0; j < export->found[i].n; j++)
            parts[i].add(&w, export->found[i].answers[j]);
        if (parts[i].type != WIRE_account_show)
            json_close(&w, ']');
    }
    if (!export->of_account)
        add_sessions(&w, visit->session);
    person_send(visit, &response, &w);
}

static void gathered(struct visit *visit, const struct told *told);

/* Go on with the next part that belongs to it. */
static void go_on(struct visit *visit, struct export *export)
{
    while (export->part < N_PARTS &&
           parts[export->part].of == (export->of_account ? OF_PERSON : OF_ACCOUNT))
        export->part++;
    if (export->part == N_PARTS) {
        send_all(visit, export);
        return;
    }
    const struct part *part = &parts[export->part];
    struct text email = export->of_account ? TEXT("") : visit->session->email;
    export->now = (struct gather){part->type, part->ask(visit, email), part->next, gathered};
    gather(visit, &export->now);
}

static void gathered(struct visit *visit, const struct told *told)
{
    struct export *export = visit->gathered;
    const struct gather *g = &export->now;
    if (told->status != OK) {
        frame_refuse(visit, FRAME_SETTINGS, told);
        return;
    }
    export->is_cut |= g->is_cut;
    export->found[export->part].answers =
        keep(visit, g->answers, g->n_answers * sizeof *g->answers);
    export->found[export->part].n = g->n_answers;
    export->part++;
    go_on(visit, export);
}

static void begin(struct visit *visit, bool of_account)
{
    struct export *export = ARENA_NEW(&visit->arena, struct export);
    export->of_account = of_account;
    go_on(visit, export);
}

static void of_person(struct visit *visit)
{
    begin(visit, false);
}

static void of_account(struct visit *visit)
{
    if (visit->session->role < USER_ADMINISTRATOR)
        frame_refuse(visit, FRAME_SETTINGS, &(struct told){.status = ERR_DENIED});
    else
        begin(visit, true);
}

void data_export_get(struct visit *visit)
{
    session_need(visit, of_person);
}

/* Everybody's at once: who asks has said the password just now. */
void account_export_get(struct visit *visit)
{
    session_need_fresh(visit, of_account);
}
