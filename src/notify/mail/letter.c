/* SPDX-License-Identifier: ISC */
#include "notify/mail/letter.h"

#include "format/colour.h"
#include "lang/moment.h"
#include "lang/place.h"

/* All that goes into one letter. */
struct writing {
    struct arena *a;
    const struct zones *zones;
    const struct mail_ask *mail;
    enum language language;
    const struct zone *zone; /* the reader's */
    struct message_value values[8];
    struct letter letter;
};

static struct text say(struct writing *w, struct message message)
{
    return message_fill(w->a, w->language, message, w->values);
}

static const struct zone *zone_or_utc(const struct zones *zones, struct text name)
{
    const struct zone *zone = zone_find(zones, name);
    return zone ? zone : zone_find(zones, TEXT("UTC"));
}

static struct slot slot_of(const struct writing *w)
{
    return (struct slot){w->mail->booking.start, w->mail->booking.end};
}

/* "Tuesday, 24 November 2026, 09:30 - 10:00" */
static struct text when(struct writing *w, const struct zone *zone, struct slot slot)
{
    struct text day = moment_day(w->a, w->language, zone, slot.start);
    struct text span = moment_span(w->a, w->language, zone, slot);
    return message_join(w->a, w->language, day, span);
}

static void add_fact(struct writing *w, struct message label, struct text value,
                     struct text more)
{
    if (value.n)
        w->letter.facts[w->letter.n_facts++] =
            (struct letter_fact){.label = say(w, label), .value = value, .more = more};
}

/* The time in the reader's zone and, where the page's clock shows another one, in that too. */
static void add_when(struct writing *w, struct message label, struct slot slot, bool is_over)
{
    const struct zone *page = zone_or_utc(w->zones, w->mail->booking.page.zone);
    struct text more = text_from(place_zone(w->a, w->language, w->zone, slot.start));
    if (zone_period_at(page, slot.start).offset_s !=
        zone_period_at(w->zone, slot.start).offset_s) {
        struct text other = when(w, page, slot);
        more = text_from(arena_printf(w->a, TEXT_FMT "\n" TEXT_FMT " (%s)", TEXT_ARG(more),
                                      TEXT_ARG(other),
                                      place_zone(w->a, w->language, page, slot.start)));
    }
    add_fact(w, label, when(w, w->zone, slot), more);
    w->letter.facts[w->letter.n_facts - 1].is_over = is_over;
}

static bool is_for_host(enum mail_kind kind)
{
    return kind == MAIL_HOST_BOOKED || kind == MAIL_HOST_MOVED || kind == MAIL_HOST_CANCELLED ||
           kind == MAIL_HOST_ATTENTION || kind == MAIL_HOST_REQUESTED ||
           kind == MAIL_HOST_LAPSED || kind == MAIL_HOST_WITHDRAWN ||
           kind == MAIL_HOST_NOT_MADE || kind == MAIL_HOST_NOT_MOVED;
}

static bool is_not_moved(enum mail_kind kind)
{
    return kind == MAIL_NOT_MOVED || kind == MAIL_HOST_NOT_MOVED;
}

static bool is_move(enum mail_kind kind)
{
    return kind == MAIL_MOVED || kind == MAIL_HOST_MOVED;
}

/* Of a request too: the appointment does not take place. */
static bool is_cancellation(enum mail_kind kind)
{
    switch (kind) {
    case MAIL_CANCELLED:
    case MAIL_HOST_CANCELLED:
    case MAIL_DECLINED:
    case MAIL_LAPSED:
    case MAIL_WITHDRAWN:
    case MAIL_HOST_LAPSED:
    case MAIL_HOST_WITHDRAWN:
    case MAIL_NOT_MADE:
    case MAIL_HOST_NOT_MADE:
        return true;
    default:
        return false;
    }
}

static bool is_open(enum mail_kind kind)
{
    return kind == MAIL_CONFIRM || kind == MAIL_REQUESTED || kind == MAIL_HOST_REQUESTED;
}

/* ---- what each kind says ---- */

/* By kind; NULL members: nothing of that sort. */
static const struct words {
    struct message subject, heading, lead;
} words[MAIL_KIND_COUNT] = {
    [MAIL_CONFIRMED] = {MESSAGE("Confirmed: {what}, {when}"),
                        MESSAGE("Your booking is confirmed"),
                        MESSAGE("{host} expects you at the time below.")},
    [MAIL_MOVED] = {MESSAGE("New time: {what}, {when}"), MESSAGE("Your booking has a new time"),
                    MESSAGE("The earlier time no longer holds. {host} expects you at the new "
                            "one.")},
    [MAIL_CANCELLED] = {MESSAGE("Cancelled: {what}, {when}"),
                        MESSAGE("Your booking is cancelled"),
                        MESSAGE("The appointment with {host} does not take place. Nothing else "
                                "needs to be done.")},
    [MAIL_REMINDER] = {MESSAGE("Reminder: {what}, {when}"),
                       MESSAGE("Your appointment is coming up"),
                       MESSAGE("{host} expects you at the time below.")},
    [MAIL_HOST_BOOKED] = {MESSAGE("New booking: {customer}, {when}"),
                          MESSAGE("{customer} has booked"),
                          MESSAGE("The appointment is confirmed.")},
    [MAIL_HOST_MOVED] = {MESSAGE("Booking moved: {customer}, {when}"),
                         MESSAGE("The booking of {customer} has a new time"),
                         MESSAGE("The earlier time is free again.")},
    [MAIL_HOST_CANCELLED] = {MESSAGE("Booking cancelled: {customer}, {when}"),
                             MESSAGE("The booking of {customer} is cancelled"),
                             MESSAGE("The time is free again.")},
    [MAIL_HOST_ATTENTION] = {MESSAGE("To do by hand: {customer}, {when}"),
                             MESSAGE("An appointment needs your hand"),
                             {0}}, /* attention_leads */
    [MAIL_HOST_PAUSED] = {MESSAGE("Your calendar connection is paused"),
                          MESSAGE("Your calendar connection is paused"),
                          MESSAGE("The calendar server has refused the sign-in twice. So that "
                                  "it does not lock the account, nothing more is sent to it, "
                                  "and your pages offer no times until the password has been "
                                  "replaced.")},
    [MAIL_HOST_FAILING] = {MESSAGE("Your calendar cannot be read"),
                           MESSAGE("Your calendar connection does not work"),
                           MESSAGE("hourgate has tried for some time and cannot read the "
                                   "calendar. Until it can, your pages offer no times. "
                                   "Bookings that stand are not touched. It keeps trying, and "
                                   "tells you when it works again.")},
    [MAIL_HOST_WORKS] = {MESSAGE("Your calendar can be read again"),
                         MESSAGE("Your calendar connection works again"),
                         MESSAGE("Your pages offer times again. Nothing needs to be done.")},
    [MAIL_CONFIRM] = {MESSAGE("Please confirm: {what}, {when}"),
                      MESSAGE("Please confirm your booking"),
                      MESSAGE("Somebody has booked with this address. The time is held for you "
                              "until you confirm it, or until the time below. If it was not "
                              "you, nothing needs to be done.")},
    [MAIL_REQUESTED] = {MESSAGE("Requested, not yet confirmed: {what}, {when}"),
                        MESSAGE("Your request has arrived"),
                        MESSAGE(
                            "The appointment is not confirmed yet: {host} will answer. Until "
                            "then the time is held for you.")},
    [MAIL_DECLINED] = {MESSAGE("Declined: {what}, {when}"), MESSAGE("Your request is declined"),
                       MESSAGE("{host} cannot take the appointment at this time.")},
    [MAIL_LAPSED] = {MESSAGE("Not confirmed: {what}, {when}"),
                     MESSAGE("Your request was not answered in time"),
                     MESSAGE("The appointment does not take place. We are sorry.")},
    [MAIL_WITHDRAWN] = {MESSAGE("Withdrawn: {what}, {when}"),
                        MESSAGE("Your request is withdrawn"),
                        MESSAGE("The time is free again. Nothing else needs to be done.")},
    [MAIL_HOST_REQUESTED] = {MESSAGE("Request: {customer}, {when}"),
                             MESSAGE("{customer} asks for an appointment"),
                             MESSAGE(
                                 "The time is held and nothing stands in your calendar yet. "
                                 "Please approve or decline the request.")},
    [MAIL_HOST_LAPSED] = {MESSAGE("Request not answered: {customer}, {when}"),
                          MESSAGE("The request of {customer} was not answered in time"),
                          MESSAGE("The time is free again, and the customer has been told.")},
    [MAIL_HOST_WITHDRAWN] = {MESSAGE("Request withdrawn: {customer}, {when}"),
                             MESSAGE("The request of {customer} is withdrawn"),
                             MESSAGE("The time is free again.")},
    [MAIL_NOT_MADE] = {MESSAGE("Not booked: {what}, {when}"),
                       MESSAGE("Your booking did not come about"),
                       MESSAGE(
                           "It was being checked, and the calendar of {host} has not taken the "
                           "appointment: it does not take place. Please choose another time.")},
    [MAIL_HOST_NOT_MADE] =
        {MESSAGE("Not booked: {customer}, {when}"),
         MESSAGE("The booking of {customer} did not come about"),
         MESSAGE("Your calendar has not taken the appointment. Nothing stands in it, the time "
                 "is free again, and the customer has been told.")},
    [MAIL_NOT_MOVED] =
        {MESSAGE("Not moved: {what}, {when}"), MESSAGE("Your booking stands as it was"),
         MESSAGE("A new time was being checked, and the calendar of {host} has not taken it. "
                 "{host} expects you at the time below.")},
    [MAIL_HOST_NOT_MOVED] =
        {MESSAGE("Not moved: {customer}, {when}"),
         MESSAGE("The booking of {customer} stands as it was"),
         MESSAGE("Your calendar has not taken the new time that was asked for. The customer "
                 "has been told.")},
    [MAIL_TEST] = {MESSAGE("Test mail from hourgate"), MESSAGE("Mail works"),
                   MESSAGE("Somebody who runs this server has asked for this mail. Nothing "
                           "needs to be done.")},
};

/* About several sessions at once, in place of the lead. */
static const struct message series_leads[MAIL_KIND_COUNT] = {
    [MAIL_CONFIRMED] = MESSAGE("{host} expects you at each of the times below."),
    [MAIL_CANCELLED] = MESSAGE("None of the appointments below takes place. Nothing else needs "
                               "to be done."),
    [MAIL_HOST_BOOKED] = MESSAGE("All of the appointments below are confirmed."),
    [MAIL_HOST_CANCELLED] = MESSAGE("All of the times below are free again."),
};

/* Of a calendar that was disconnected: hourgate cannot do it any more. */
static const struct message attention_leads[ATTENTION_KIND_COUNT] = {
    [ATTENTION_CANCELLED] =
        MESSAGE("The booking is cancelled. Its entry stands in a calendar that "
                "is no longer connected: please remove it there."),
    [ATTENTION_MOVED] =
        MESSAGE("The booking has a new time. Its entry stands in a calendar that "
                "is no longer connected: please move it there."),
    [ATTENTION_UNSURE] = MESSAGE("The calendar was disconnected while this booking was being "
                                 "written or changed: please see that its entry there is "
                                 "right."),
    [ATTENTION_EVENT_MOVED] = MESSAGE("You have moved the entry of this booking in your "
                                      "calendar. The booking stays as it was, and the customer "
                                      "knows nothing of it: please move one of the two."),
    [ATTENTION_EVENT_GONE] =
        MESSAGE("The entry of this booking is gone from your calendar. The "
                "booking stands, and the customer knows nothing of it: "
                "please cancel it, or tell the customer where to find you."),
    [ATTENTION_NOT_APPROVED] =
        MESSAGE("You have approved this request, but your calendar did not take the "
                "appointment. The request waits again: please approve or decline it."),
    [ATTENTION_EVENT_UNFIT] = MESSAGE(
        "You have moved the entry of this booking in your calendar to a time that it "
        "cannot follow to: it is past, too long, or another booking has it. The booking "
        "stays as it was: please move one of the two."),
};

/* The same, to those who look after a service account. */
static const struct words service_words[MAIL_KIND_COUNT] = {
    [MAIL_HOST_PAUSED] = {MESSAGE("A service account is paused"),
                          MESSAGE("A service account is paused"),
                          MESSAGE("The calendar server has refused the sign-in twice. So that "
                                  "it does not lock the account, nothing more is sent to it, "
                                  "and the pages of all who go through it offer no times until "
                                  "the password has been replaced.")},
    [MAIL_HOST_FAILING] = {MESSAGE("A service account cannot read calendars"),
                           MESSAGE("A service account does not work"),
                           MESSAGE("hourgate has tried for some time and cannot read any "
                                   "calendar through it. Until it can, the pages of all who go "
                                   "through it offer no times. Bookings that stand are not "
                                   "touched. It keeps trying, and tells you when it works "
                                   "again.")},
    [MAIL_HOST_WORKS] = {MESSAGE("A service account reads calendars again"),
                         MESSAGE("A service account works again"),
                         MESSAGE("The pages of all who go through it offer times again. "
                                 "Nothing needs to be done.")},
};

/* What to do, as the doctor says it. */
static const struct message fixes[OUTAGE_COUNT] = {
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
    [OUTAGE_MOVED] = MESSAGE("The mailbox has moved to Microsoft 365. Open the connection in "
                             "hourgate and let it in there: every booking is found again, and "
                             "nothing else changes."),
};

/* A connection whose owner let hourgate in at a provider: there is no password to replace. */
static const struct words grant_words = {
    MESSAGE("Please let hourgate into your calendar again"),
    MESSAGE("Your calendar connection is paused"),
    MESSAGE("The provider of your calendar has ended hourgate's access, or it was taken back "
            "there. Until you let it in again, on the connection's page, your pages offer no "
            "times. Every booking stays as it is.")};

static const struct words *words_for(const struct mail_ask *mail)
{
    if (mail->kind == MAIL_HOST_PAUSED && mail->outage == OUTAGE_GRANT)
        return &grant_words;
    return mail->is_service && service_words[mail->kind].subject.one
               ? &service_words[mail->kind]
               : &words[mail->kind];
}

static void write_head(struct writing *w)
{
    enum mail_kind kind = w->mail->kind;
    const struct words *words_of = words_for(w->mail);
    w->letter.subject = say(w, words_of->subject);
    w->letter.heading = say(w, words_of->heading);
    w->letter.lead = kind == MAIL_HOST_ATTENTION ? say(w, attention_leads[w->mail->attention])
                                                 : say(w, words_of->lead);
    if (w->mail->n_sessions && series_leads[kind].one)
        w->letter.lead = say(w, series_leads[kind]);
    w->letter.is_ended = is_cancellation(kind);
    w->letter.is_waiting = kind == MAIL_REMINDER || kind == MAIL_HOST_PAUSED ||
                           kind == MAIL_HOST_FAILING || kind == MAIL_HOST_ATTENTION ||
                           is_open(kind) || is_not_moved(kind);
    w->letter.is_good = !w->letter.is_ended && !w->letter.is_waiting;
}

static void add_answers(struct writing *w)
{
    const struct customer *customer = &w->mail->booking.customer;
    for (size_t i = 0; i < customer->n_answers && w->letter.n_facts < LETTER_FACTS; i++)
        w->letter.facts[w->letter.n_facts++] = (struct letter_fact){
            .label = customer->answers[i].question, .value = customer->answers[i].answer};
}

/* "Tuesday, 24 November 2026, 09:30" */
static struct text at_time(struct writing *w, struct instant t)
{
    struct text day = moment_day(w->a, w->language, w->zone, t);
    struct text time = moment_time(w->a, w->language, w->zone, t);
    return message_join(w->a, w->language, day, time);
}

static void write_connection_facts(struct writing *w)
{
    const struct mail_ask *mail = w->mail;
    struct slot span = slot_of(w);
    add_fact(w, MESSAGE("Mailbox"), mail->mailbox, (struct text){0});
    if (mail->kind != MAIL_HOST_PAUSED && span.start.s)
        add_fact(w, MESSAGE("Failing since"), at_time(w, span.start),
                 text_from(place_zone(w->a, w->language, w->zone, span.start)));
    if (mail->kind == MAIL_HOST_WORKS) {
        add_fact(w, MESSAGE("Works since"), at_time(w, span.end), (struct text){0});
        return;
    }
    if (mail->kind == MAIL_HOST_PAUSED) {
        add_fact(w, MESSAGE("The server said"), mail->problem, (struct text){0});
        return;
    }
    add_fact(w, MESSAGE("What is wrong"), mail->problem, (struct text){0});
    if (fixes[mail->outage].one)
        add_fact(w, MESSAGE("What to do"), say(w, fixes[mail->outage]), (struct text){0});
}

/* How a request is answered on the server itself. */
static struct text commands(struct writing *w)
{
    struct text account = w->mail->booking.page.account, id = w->mail->booking.id;
    return text_from(arena_printf(w->a,
                                  "hourgate booking approve " TEXT_FMT " " TEXT_FMT
                                  "\nhourgate booking decline " TEXT_FMT " " TEXT_FMT,
                                  TEXT_ARG(account), TEXT_ARG(id), TEXT_ARG(account),
                                  TEXT_ARG(id)));
}

/* Until when it waits for a word. */
static void add_until(struct writing *w)
{
    struct instant until = w->mail->booking.open_until;
    add_fact(w, MESSAGE("Answer by"), at_time(w, until), (struct text){0});
}

/* Each with its own link below. */
static void add_sessions(struct writing *w)
{
    const struct mail_ask *mail = w->mail;
    for (size_t i = 0; i < mail->n_sessions; i++) {
        const struct mail_session *session = &mail->sessions[i];
        add_when(w, MESSAGE("When"), session->slot, is_cancellation(mail->kind));
        struct letter_fact *fact = &w->letter.facts[w->letter.n_facts - 1];
        if (session->meeting.n)
            fact->more =
                text_from(arena_printf(w->a, TEXT_FMT "\n" TEXT_FMT, TEXT_ARG(fact->more),
                                       TEXT_ARG(session->meeting)));
        if (session->link.n)
            fact->more =
                text_from(arena_printf(w->a, TEXT_FMT "\n%.*s", TEXT_ARG(fact->more),
                                       (int)session->link.n, (const char *)session->link.at));
    }
}

static void write_facts(struct writing *w)
{
    const struct mail_ask *mail = w->mail;
    const struct page_public *page = &mail->booking.page;
    if (mail_is_of_connection(mail->kind)) {
        write_connection_facts(w);
        return;
    }
    if (mail->kind == MAIL_TEST)
        return;
    add_fact(w, MESSAGE("What"), page->title, (struct text){0});
    if (mail->n_sessions)
        add_sessions(w);
    else
        add_when(w, MESSAGE("When"), slot_of(w), is_cancellation(mail->kind));
    if (is_move(mail->kind) || (mail->kind == MAIL_HOST_ATTENTION && mail->before.start.s))
        add_when(w, MESSAGE("Before"), mail->before, true);
    if (is_not_moved(mail->kind))
        add_when(w, MESSAGE("Not at"), mail->before, true);
    if (is_open(mail->kind))
        add_until(w);
    add_fact(w, MESSAGE("Where"), page->location, (struct text){0});
    if (!mail->n_sessions)
        add_fact(w, MESSAGE("Online meeting"), mail->booking.meeting, (struct text){0});
    add_fact(w, MESSAGE("Reason"), mail->booking.reason, (struct text){0});
    if (!is_for_host(mail->kind)) {
        add_fact(w, MESSAGE("With"), page->host_name, page->account_name);
        return;
    }
    add_fact(w, MESSAGE("Customer"), mail->booking.customer.name, mail->booking.customer.email);
    if (mail->kind == MAIL_HOST_REQUESTED)
        add_fact(w, MESSAGE("Command"), commands(w), (struct text){0});
    add_answers(w);
}

static void write_action(struct writing *w)
{
    const struct secret *link = &w->mail->link;
    if (!link->n || (w->mail->n_sessions && w->mail->kind == MAIL_CONFIRMED))
        return; /* each session has its own */
    w->letter.action = (struct text){(const char *)link->at, link->n};
    if (w->mail->kind == MAIL_HOST_REQUESTED) {
        w->letter.action_lead = say(w, MESSAGE("To answer:"));
        w->letter.action_label = say(w, MESSAGE("Sign in"));
        return;
    }
    if (w->mail->kind == MAIL_CONFIRM) {
        w->letter.action_lead = say(w, MESSAGE("If it was you:"));
        w->letter.action_label = say(w, MESSAGE("Confirm the booking"));
        return;
    }
    if (is_cancellation(w->mail->kind)) {
        w->letter.action_lead = say(w, MESSAGE("If you would like another time:"));
        w->letter.action_label = say(w, MESSAGE("Book another time"));
        return;
    }
    w->letter.action_lead = say(w, MESSAGE("If your plans change:"));
    if (w->mail->kind == MAIL_REQUESTED || w->mail->booking.page.approves) {
        w->letter.action_label = say(w, MESSAGE("See or cancel"));
        w->letter.aside = say(w, MESSAGE("Whoever has this link can cancel the booking."));
        return;
    }
    w->letter.action_label = say(w, MESSAGE("Move or cancel"));
    w->letter.aside = say(w, MESSAGE("Whoever has this link can move and cancel the booking."));
}

static void write_end(struct writing *w)
{
    const struct mail_ask *mail = w->mail;
    if (mail->has_kept_back)
        w->letter.aside =
            say(w, MESSAGE("This page keeps some of what customers say out of mail "
                           "and calendar; it stands in hourgate."));
    if (mail_is_of_connection(mail->kind) || mail->kind == MAIL_TEST)
        w->letter.sender = say(w, MESSAGE("Sent by hourgate."));
    else if (is_for_host(mail->kind))
        w->letter.sender = say(w, MESSAGE("Sent by hourgate for {account}."));
    else
        w->letter.sender = say(w, MESSAGE("{account} sends this because somebody booked with "
                                          "this address."));
}

/* The account's own colour, as its pages have it; else that of web/style.css. */
static void choose_colours(struct writing *w)
{
    struct colour chosen;
    char accent[COLOUR_SIZE] = "#1f6f5c", dark[COLOUR_SIZE] = "#74cdb4",
         ink[COLOUR_SIZE] = "#08231c";
    if (colour_parse(w->mail->booking.page.look.accent, &chosen) == OK) {
        struct palette on_dark = colour_palette(chosen, true);
        colour_format(colour_palette(chosen, false).accent, accent);
        colour_format(on_dark.accent, dark);
        colour_format(on_dark.ink, ink);
    }
    w->letter.accent = arena_text(w->a, text_from(accent));
    w->letter.dark_accent = arena_text(w->a, text_from(dark));
    w->letter.dark_ink = arena_text(w->a, text_from(ink));
}

struct letter letter_write(struct arena *a, const struct zones *zones,
                           const struct mail_ask *mail)
{
    const struct page_public *page = &mail->booking.page;
    struct writing w = {.a = a,
                        .zones = zones,
                        .mail = mail,
                        .language = mail->language,
                        .zone = zone_or_utc(zones, mail->zone),
                        .letter = {.language = mail->language,
                                   .lang = language_tag(mail->language),
                                   .note = mail->note}};
    struct slot slot = slot_of(&w);
    struct text day = moment_day_short(a, w.language, w.zone, slot.start);
    struct text time = moment_time(a, w.language, w.zone, slot.start);
    const struct message_value values[] = {
        {"what", page->title},
        {"host", page->host_name},
        {"account", page->account_name},
        {"customer", mail->booking.customer.name},
        {"when", message_join(a, w.language, day, time)},
        {0},
    };
    memcpy(w.values, values, sizeof values);
    choose_colours(&w);
    write_head(&w);
    write_facts(&w);
    write_action(&w);
    write_end(&w);
    return w.letter;
}

/* ---- the customer's calendar entry ---- */

struct text letter_entry_title(struct arena *a, const struct mail_ask *mail)
{
    const struct message_value values[] = {
        {"what", mail->booking.page.title}, {"host", mail->booking.page.host_name}, {0}};
    return message_fill(a, mail->language, MESSAGE("{what} with {host}"), values);
}

struct text letter_entry_text(struct arena *a, const struct mail_ask *mail)
{
    if (!mail->link.n || mail->kind == MAIL_CANCELLED)
        return (struct text){0};
    const char *lead = message_in(mail->language, MESSAGE("If your plans change:"));
    return text_from(
        arena_printf(a, "%s\n%.*s", lead, (int)mail->link.n, (const char *)mail->link.at));
}
