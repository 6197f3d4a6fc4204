/* SPDX-License-Identifier: ISC */
#include "vault/booking.h"

#include "book/form.h"
#include "time/instant.h"

struct text booking_uid(struct arena *a, int64_t id)
{
    struct text number = booking_id_format(a, id);
    return text_from(arena_printf(a, TEXT_FMT "@hourgate", TEXT_ARG(number)));
}

enum status booking_of(struct vault *v, struct request *r, struct text account, struct text id,
                       struct booking_stored *ret_booking, struct error *err)
{
    int64_t row;
    enum status status = booking_id_parse(id, &row);
    if (status == OK)
        status = store_booking_find(v->store, &r->a, account, row, ret_booking, err);
    if (status == ERR_NOT_FOUND)
        return error_set(err, status, "booking", "the account has no booking " TEXT_FMT,
                         TEXT_ARG(id));
    return status;
}

void booking_texts(struct arena *a, const struct page_stored *page,
                   const struct customer *customer, struct text *ret_title,
                   struct text *ret_description)
{
    const struct event_form *form = &page->form;
    *ret_title = form_fill(a, form->title.n ? form->title : FORM_TITLE, form, &page->page,
                           customer, MAX_TITLE);
    *ret_description = form_fill(a, form->text.n ? form->text : FORM_TEXT, form, &page->page,
                                 customer, MAX_DESCRIPTION);
}

struct event booking_event(struct arena *a, const struct booking_stored *booking,
                           const struct page_stored *page, struct slot slot)
{
    const struct event_form *form = &page->form;
    return (struct event){
        .uid = booking_uid(a, booking->id),
        .start = slot.start,
        .end = slot.end,
        .zone = page->host_zone,
        .title = booking->title,
        .body = booking->description,
        .location = form_fill(a, form->location.n ? form->location : FORM_LOCATION, form,
                              &page->page, &booking->customer, MAX_LOCATION),
        .room = page->room,
        .is_private = form->is_private,
        .reminder_min = form->reminder_min,
        .show_as = form->show_as,
        .invitee_name = booking->invited ? booking->customer.name : (struct text){0},
        .invitee_email = booking->invited ? booking->customer.email : (struct text){0},
        .online_meeting = page->online_meeting,
    };
}

struct remove_ask booking_removal(struct arena *a, const struct booking_stored *booking,
                                  struct text id)
{
    return (struct remove_ask){.calendar = booking->calendar,
                               .id = id,
                               .uid = booking_uid(a, booking->id),
                               .has_invitee = booking->invited};
}

struct instant booking_changes_until(const struct booking_stored *booking,
                                     const struct page_stored *page)
{
    if (booking->state == BOOKING_REQUESTED || booking->state == BOOKING_UNVERIFIED)
        return booking->slot.start;
    if (page->policy.cancel_hours == 0)
        return booking->slot.end;
    return instant_add_s(booking->slot.start, -page->policy.cancel_hours * 3600);
}

struct booking_public booking_show(struct arena *a, const struct booking_stored *booking,
                                   const struct page_stored *page)
{
    bool is_open = booking->state == BOOKING_REQUESTED || booking->state == BOOKING_UNVERIFIED;
    return (struct booking_public){
        .id = booking_id_format(a, booking->id),
        .state = booking->step == STEP_CANCEL ? BOOKING_CANCELLED : booking->state,
        .start = booking->slot.start,
        .end = booking->slot.end,
        .sequence = booking->sequence,
        .series = booking->series ? booking_id_format(a, booking->series) : (struct text){0},
        .invited = booking->invited,
        .open_until = is_open ? booking->open_until : (struct instant){0},
        .changes_until = booking_changes_until(booking, page),
        .at_desk = booking->at_desk,
        .ended = booking->ended,
        .reason = booking->reason,
        .meeting = booking_meeting(booking),
        .customer = booking->customer,
        .page = page->page,
    };
}

struct booking_time booking_time_at(const struct page_stored *page, const struct zone *zone,
                                    struct instant start)
{
    const struct rule *rule = &page->rule;
    struct instant end = instant_add_s(start, rule->duration_min * 60);
    int64_t day = zone_day(zone, start);
    return (struct booking_time){
        .slot = {start, end},
        .occupied = {instant_add_s(start, -rule->buffer_before_min * 60),
                     instant_add_s(end, rule->buffer_after_min * 60)},
        .day = {zone_day_start(zone, day), zone_day_start(zone, day + 1)},
    };
}

enum status booking_start(struct vault *v, const struct page_stored *page, int64_t day,
                          int64_t minute, struct instant *ret_start, struct error *err)
{
    const struct zone *zone = zone_find(v->zones, page->rule.zone);
    if (!zone)
        return error_set(err, ERR_IO, "zones", "the page's zone is not installed");
    if (day < CIVIL_FIRST_DAY || day >= CIVIL_LAST_DAY || minute < 0 || minute >= CIVIL_DAY_MIN)
        return error_set(err, ERR_INVALID, "booking", "no such date, or no such time");
    struct zone_match match =
        zone_match(zone, civil_from_seconds(day * CIVIL_DAY_S + minute * CIVIL_MINUTE_S));
    if (match.kind == ZONE_GAP)
        return error_set(err, ERR_INVALID, "booking", "the page's clock skips that time");
    *ret_start = match.first;
    return OK;
}

bool booking_surely_unwritten(enum status status)
{
    switch (status) {
    case ERR_UNCERTAIN:
    case ERR_TIMEOUT:
    case ERR_NO_DATA:
    case ERR_IO:
    case ERR_SEAL:
        return false;
    default:
        return status != OK;
    }
}
