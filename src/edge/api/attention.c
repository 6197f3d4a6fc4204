/* SPDX-License-Identifier: ISC
 *
 * The interface for people: what a host has to see to by hand, and mails that were not sent yet.
 */
#include "edge/api/api.h"
#include "edge/person.h"
#include "edge/route.h"

/* ---- notices ---- */

void api_add_notice(struct json_writer *w, const struct attention_row *row)
{
    static const char *const words[ATTENTION_KIND_COUNT] = {
        [ATTENTION_CANCELLED] = "cancelled",     [ATTENTION_MOVED] = "moved",
        [ATTENTION_UNSURE] = "unsure",           [ATTENTION_HANDED_OVER] = "handed_over",
        [ATTENTION_EVENT_MOVED] = "event_moved", [ATTENTION_EVENT_GONE] = "event_gone",
        [ATTENTION_EVENT_UNFIT] = "event_unfit",
    };
    json_open(w, '{');
    json_put_i64(w, "id", row->id);
    json_put_text(w, "host", row->host);
    json_put_text(w, "kind", text_from(words[row->kind]));
    json_put_text(w, "event", row->title);
    put_instant(w, "start", row->start);
    put_instant(w, "end", row->end);
    put_instant(w, "moved_to", row->moved_to);
    json_put_text(w, "booking", row->booking);
    put_instant(w, "since", row->at);
    put_instant(w, "done", row->done_at);
    json_close(w, '}');
}

static void notices_told(struct visit *visit, const struct told *told)
{
    const struct attention_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "notices");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++)
        api_add_notice(&w, &list->rows[i]);
    json_close(&w, ']');
    if (list->n_rows)
        json_put_i64(&w, "next", list->rows[list->n_rows - 1].id);
    person_send(visit, &response, &w);
}

void api_attentions(struct visit *visit)
{
    static const char *const names[] = {"all", "email", "after", NULL};
    struct form form;
    struct attention_list_ask ask = {.account = visit->parts[3]};
    if (!person_query(visit, names, &form) || !person_after(visit, &form, &ask.after))
        return;
    struct text all = form_find(&form, "all");
    ask.email = form_find(&form, "email");
    ask.all = text_equal(all, TEXT("true"));
    if (all.n && !ask.all && !text_equal(all, TEXT("false")))
        person_fail(visit, 400, "all must be true or false.");
    else
        person_ask(visit, WIRE_attention_list, &ask, DOOR_READ, notices_told);
}

void api_attention_done(struct visit *visit)
{
    struct attention_done_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_attention_done, &ask, DOOR_WRITE, person_done);
}

static void answered(struct visit *visit, const struct told *told)
{
    const struct booking_answer *found = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    put_booking(&w, &found->booking);
    person_send(visit, &response, &w);
}

void api_attention_accept(struct visit *visit)
{
    struct attention_accept_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_attention_accept, &ask, DOOR_WRITE, answered);
}

static const struct body_field restore_fields[] = {
    {"over_busy", BODY_FLAG, false, offsetof(struct attention_restore_ask, over_busy)},
};
const struct body_shape body_restore = BODY_SHAPE(struct attention_restore_ask, restore_fields);

void api_attention_restore(struct visit *visit)
{
    struct attention_restore_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id) && person_body(visit, &body_restore, &ask))
        person_ask(visit, WIRE_attention_restore, &ask, DOOR_WRITE, answered);
}

/* ---- the outbox ---- */

void api_add_mail(struct json_writer *w, const struct outbox_row *row)
{
    static const char *const kinds[MAIL_KIND_COUNT] = {
        [MAIL_CONFIRMED] = "confirmed",
        [MAIL_MOVED] = "moved",
        [MAIL_CANCELLED] = "cancelled",
        [MAIL_REMINDER] = "reminder",
        [MAIL_HOST_BOOKED] = "host-booked",
        [MAIL_HOST_MOVED] = "host-moved",
        [MAIL_HOST_CANCELLED] = "host-cancelled",
        [MAIL_HOST_ATTENTION] = "host-attention",
        [MAIL_HOST_PAUSED] = "host-paused",
        [MAIL_TEST] = "test",
        [MAIL_HOST_FAILING] = "host-failing",
        [MAIL_HOST_WORKS] = "host-works",
        [MAIL_REQUESTED] = "requested",
        [MAIL_DECLINED] = "declined",
        [MAIL_LAPSED] = "lapsed",
        [MAIL_WITHDRAWN] = "withdrawn",
        [MAIL_HOST_REQUESTED] = "host-requested",
        [MAIL_HOST_LAPSED] = "host-lapsed",
        [MAIL_HOST_WITHDRAWN] = "host-withdrawn",
        [MAIL_CONFIRM] = "confirm",
        [MAIL_NOT_MADE] = "not-made",
        [MAIL_HOST_NOT_MADE] = "host-not-made",
        [MAIL_NOT_MOVED] = "not-moved",
        [MAIL_HOST_NOT_MOVED] = "host-not-moved",
    };
    json_open(w, '{');
    json_put_i64(w, "id", row->id);
    json_put_text(w, "kind", text_from(kinds[row->kind]));
    json_put_bool(w, "refused", row->state == OUTBOX_REFUSED);
    json_put_text(w, "to", row->to);
    json_put_text(w, "booking", row->booking);
    put_instant(w, "due", row->due);
    json_put_i64(w, "tries", row->tries);
    json_put_text(w, "problem", row->problem);
    json_close(w, '}');
}

static void mails_told(struct visit *visit, const struct told *told)
{
    const struct outbox_list_answer *list = told->answer;
    struct http_response response;
    if (told->status != OK) {
        person_refuse(visit, told);
        return;
    }
    struct json_writer w = person_begin(visit, &response, 200);
    json_name(&w, "mails");
    json_open(&w, '[');
    for (size_t i = 0; i < list->n_rows; i++)
        api_add_mail(&w, &list->rows[i]);
    json_close(&w, ']');
    if (list->n_rows)
        json_put_i64(&w, "next", list->rows[list->n_rows - 1].id);
    person_send(visit, &response, &w);
}

void api_outbox(struct visit *visit)
{
    static const char *const names[] = {"email", "after", NULL};
    struct form form;
    struct outbox_list_ask ask = {.account = visit->parts[3]};
    if (!person_query(visit, names, &form) || !person_after(visit, &form, &ask.after))
        return;
    ask.email = form_find(&form, "email");
    person_ask(visit, WIRE_outbox_list, &ask, DOOR_READ, mails_told);
}

void api_outbox_retry(struct visit *visit)
{
    struct outbox_retry_ask ask = {.account = visit->parts[3]};
    if (person_id(visit, &ask.id))
        person_ask(visit, WIRE_outbox_retry, &ask, DOOR_WRITE, person_done);
}
