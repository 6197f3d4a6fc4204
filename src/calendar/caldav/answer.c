/* SPDX-License-Identifier: ISC
 *
 * The table says which elements matter and where. Properties come before the status of the propstat that holds
 * them: they wait, and are dropped where that is no good one.
 */
#include "calendar/caldav/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/xml.h"

enum id {
    MULTISTATUS = 1,
    TOP_TOKEN,
    RESPONSE,
    HREF,
    STATUS,
    PROPSTAT,
    PROPSTAT_STATUS,
    PROP,
    ETAG,
    DATA,
    NAME,
    CTAG,
    TOKEN,
    ZONE,
    TYPE,
    TYPE_COLLECTION,
    TYPE_CALENDAR,
    PRINCIPAL,
    PRINCIPAL_HREF,
    HOME,
    HOME_HREF,
    OUTBOX,
    OUTBOX_HREF,
    INBOX,
    INBOX_HREF,
    DEFAULT,
    DEFAULT_HREF,
    COMPONENTS,
    COMPONENT,
    RIGHTS,
    RIGHT,
    RIGHT_ALL,
    RIGHT_READ,
    RIGHT_WRITE,
    RIGHT_BIND,
    RESPONSE_ERROR,
    RESPONSE_ERROR_ANY,
    ERROR,
    ERROR_CUT,
    ERROR_TOKEN,
    ERROR_UID,
    ERROR_ANY,
    SCHEDULE,
    SCHEDULE_RESPONSE,
    RECIPIENT,
    RECIPIENT_HREF,
    REQUEST_STATUS,
    SCHEDULE_DATA,
};

static const struct xml_rule rules[] = {
    {XML_ROOT, MULTISTATUS, XML_START, "multistatus"},
    {XML_ROOT, ERROR, XML_PLACE, "error"},
    {XML_ROOT, SCHEDULE, XML_START, "schedule-response"},
    {MULTISTATUS, RESPONSE, XML_START | XML_END, "response"},
    {MULTISTATUS, TOP_TOKEN, XML_TEXT, "sync-token"},
    {RESPONSE, HREF, XML_TEXT, "href"},
    {RESPONSE, STATUS, XML_TEXT, "status"},
    {RESPONSE, PROPSTAT, XML_START | XML_END, "propstat"},
    {RESPONSE, RESPONSE_ERROR, XML_PLACE, "error"},
    {RESPONSE_ERROR, RESPONSE_ERROR_ANY, XML_START, "number-of-matches-within-limits"},
    {PROPSTAT, PROPSTAT_STATUS, XML_TEXT, "status"},
    {PROPSTAT, PROP, XML_PLACE, "prop"},
    {PROP, ETAG, XML_TEXT, "getetag"},
    {PROP, DATA, XML_TEXT, "calendar-data"},
    {PROP, NAME, XML_TEXT, "displayname"},
    {PROP, CTAG, XML_TEXT, "getctag"},
    {PROP, TOKEN, XML_TEXT, "sync-token"},
    {PROP, ZONE, XML_TEXT, "calendar-timezone"},
    {PROP, TYPE, XML_PLACE, "resourcetype"},
    {PROP, PRINCIPAL, XML_PLACE, "current-user-principal"},
    {PROP, HOME, XML_PLACE, "calendar-home-set"},
    {PROP, OUTBOX, XML_PLACE, "schedule-outbox-URL"},
    {PROP, INBOX, XML_PLACE, "schedule-inbox-URL"},
    {PROP, DEFAULT, XML_PLACE, "schedule-default-calendar-URL"},
    {PROP, COMPONENTS, XML_START, "supported-calendar-component-set"},
    {PROP, RIGHTS, XML_START, "current-user-privilege-set"},
    {TYPE, TYPE_COLLECTION, XML_START, "collection"},
    {TYPE, TYPE_CALENDAR, XML_START, "calendar"},
    {PRINCIPAL, PRINCIPAL_HREF, XML_TEXT, "href"},
    {HOME, HOME_HREF, XML_TEXT, "href"},
    {OUTBOX, OUTBOX_HREF, XML_TEXT, "href"},
    {INBOX, INBOX_HREF, XML_TEXT, "href"},
    {DEFAULT, DEFAULT_HREF, XML_TEXT, "href"},
    {COMPONENTS, COMPONENT, XML_START, "comp"},
    {RIGHTS, RIGHT, XML_PLACE, "privilege"},
    {RIGHT, RIGHT_ALL, XML_START, "all"},
    {RIGHT, RIGHT_READ, XML_START, "read"},
    {RIGHT, RIGHT_WRITE, XML_START, "write"},
    {RIGHT, RIGHT_BIND, XML_START, "bind"},
    {ERROR, ERROR_CUT, XML_START, "number-of-matches-within-limits"},
    {ERROR, ERROR_TOKEN, XML_START, "valid-sync-token"},
    {ERROR, ERROR_UID, XML_START, "no-uid-conflict"},
    {ERROR, ERROR_ANY, XML_START, "*"},
    {SCHEDULE, SCHEDULE_RESPONSE, XML_START | XML_END, "response"},
    {SCHEDULE_RESPONSE, RECIPIENT, XML_PLACE, "recipient"},
    {SCHEDULE_RESPONSE, REQUEST_STATUS, XML_TEXT, "request-status"},
    {SCHEDULE_RESPONSE, SCHEDULE_DATA, XML_TEXT, "calendar-data"},
    {RECIPIENT, RECIPIENT_HREF, XML_TEXT, "href"},
};

struct dav_reader {
    struct xml_reader *xml;
    struct dav_sink sink;
    struct dav_answer *answer;
    struct arena a;                    /* of the response at hand */
    struct dav_response good, waiting; /* waiting: of the propstat at hand */
    int propstat_status;
    struct error err;
};

/* "HTTP/1.1 404 Not Found" */
static int http_status_of(struct text t)
{
    struct text version, rest;
    int64_t code = 0;
    t = text_trim(t);
    if (!text_cut(t, ' ', &version, &rest) || rest.n < 3 ||
        !text_to_i64((struct text){rest.at, 3}, &code))
        return 0;
    return (int)code;
}

static void merge_text(struct text *to, struct text from)
{
    if (from.at)
        *to = from;
}

static void merge(struct dav_response *to, const struct dav_response *from)
{
    merge_text(&to->etag, from->etag);
    merge_text(&to->data, from->data);
    merge_text(&to->name, from->name);
    merge_text(&to->ctag, from->ctag);
    merge_text(&to->sync_token, from->sync_token);
    merge_text(&to->zone, from->zone);
    merge_text(&to->principal, from->principal);
    merge_text(&to->home, from->home);
    merge_text(&to->outbox, from->outbox);
    merge_text(&to->inbox, from->inbox);
    merge_text(&to->default_calendar, from->default_calendar);
    to->has_data |= from->has_data;
    to->is_collection |= from->is_collection;
    to->is_calendar |= from->is_calendar;
    to->lists_components |= from->lists_components;
    to->takes_events |= from->takes_events;
    to->lists_rights |= from->lists_rights;
    to->can_read |= from->can_read;
    to->can_write |= from->can_write;
}

static void begin_response(struct dav_reader *reader)
{
    arena_wipe(&reader->a);
    reader->good = reader->waiting = (struct dav_response){0};
}

static void end_response(struct dav_reader *reader)
{
    if (++reader->answer->n_responses > DAV_RESPONSES_MAX) {
        xml_stop(reader->xml, ERR_UPSTREAM, "the answer speaks of too many things");
        return;
    }
    if (reader->good.status == 507)
        reader->answer->is_cut = true;
    if (!reader->sink.response)
        return;
    struct error err = {0};
    enum status status = reader->sink.response(reader->sink.owner, &reader->good, &err);
    if (status != OK) {
        reader->err = err;
        xml_stop(reader->xml, status, err.what);
    }
}

static void note_precondition(struct dav_reader *reader, const struct xml_tag *tag)
{
    char *to = reader->answer->precondition;
    if (!*to)
        text_print(text_from(tag->name), "", to, sizeof reader->answer->precondition);
}

static void on_start(void *owner, unsigned id, const struct xml_tag *tag)
{
    struct dav_reader *reader = owner;
    struct dav_response *waiting = &reader->waiting;
    switch ((enum id)id) {
    case MULTISTATUS:
    case SCHEDULE:
        reader->answer->is_multistatus = true;
        break;
    case RESPONSE:
    case SCHEDULE_RESPONSE:
        begin_response(reader);
        break;
    case PROPSTAT:
        *waiting = (struct dav_response){0};
        reader->propstat_status = 200;
        break;
    case TYPE_COLLECTION:
        waiting->is_collection = true;
        break;
    case TYPE_CALENDAR:
        waiting->is_calendar = true;
        break;
    case COMPONENTS:
        waiting->lists_components = true;
        break;
    case COMPONENT:
        waiting->takes_events |= text_equal_nocase(xml_attribute(tag, "name"), TEXT("VEVENT"));
        break;
    case RIGHTS:
        waiting->lists_rights = true;
        break;
    case RIGHT_ALL:
        waiting->can_read = waiting->can_write = true;
        break;
    case RIGHT_READ:
        waiting->can_read = true;
        break;
    case RIGHT_WRITE:
    case RIGHT_BIND:
        waiting->can_write = true;
        break;
    case RESPONSE_ERROR_ANY:
    case ERROR_CUT:
        reader->answer->is_cut = true;
        note_precondition(reader, tag);
        break;
    case ERROR_TOKEN:
        reader->answer->token_is_wrong = true;
        note_precondition(reader, tag);
        break;
    case ERROR_UID:
        reader->answer->uid_is_taken = true;
        note_precondition(reader, tag);
        break;
    case ERROR_ANY:
        note_precondition(reader, tag);
        break;
    default:
        break;
    }
}

/* Keep an element's text; the first of several counts, as a home set may name more than one. */
static void keep(struct dav_reader *reader, struct text *to, struct text text)
{
    if (!to->at)
        *to = arena_text(&reader->a, text_trim(text));
}

static void on_end(void *owner, unsigned id, struct text text)
{
    struct dav_reader *reader = owner;
    struct dav_response *waiting = &reader->waiting, *good = &reader->good;
    switch ((enum id)id) {
    case RESPONSE:
    case SCHEDULE_RESPONSE:
        end_response(reader);
        break;
    case TOP_TOKEN:
        text = text_trim(text);
        if (text.n < sizeof reader->answer->sync_token)
            text_print(text, "", reader->answer->sync_token, sizeof reader->answer->sync_token);
        break;
    case HREF:
    case RECIPIENT_HREF:
        keep(reader, &good->href, text);
        break;
    case STATUS:
        good->status = http_status_of(text);
        break;
    case PROPSTAT:
        if (reader->propstat_status / 100 == 2)
            merge(good, waiting);
        break;
    case PROPSTAT_STATUS:
        reader->propstat_status = http_status_of(text);
        break;
    case ETAG:
        keep(reader, &waiting->etag, text);
        break;
    case DATA:
        waiting->has_data = true;
        waiting->data = arena_text(&reader->a, text);
        break;
    case SCHEDULE_DATA:
        good->has_data = true;
        good->data = arena_text(&reader->a, text);
        break;
    case REQUEST_STATUS:
        keep(reader, &good->recipient_status, text);
        break;
    case NAME:
        keep(reader, &waiting->name, text);
        break;
    case CTAG:
        keep(reader, &waiting->ctag, text);
        break;
    case TOKEN:
        keep(reader, &waiting->sync_token, text);
        break;
    case ZONE:
        keep(reader, &waiting->zone, text);
        break;
    case PRINCIPAL_HREF:
        keep(reader, &waiting->principal, text);
        break;
    case HOME_HREF:
        keep(reader, &waiting->home, text);
        break;
    case OUTBOX_HREF:
        keep(reader, &waiting->outbox, text);
        break;
    case INBOX_HREF:
        keep(reader, &waiting->inbox, text);
        break;
    case DEFAULT_HREF:
        keep(reader, &waiting->default_calendar, text);
        break;
    default:
        break;
    }
}

static const struct xml_handler handler = {
    .namespaces = {"DAV:", "urn:ietf:params:xml:ns:caldav", "http://calendarserver.org/ns/"},
    .rules = rules,
    .n_rules = sizeof rules / sizeof *rules,
    .start = on_start,
    .end = on_end,
};

static const struct xml_limits limits = {
    .bytes = DAV_ANSWER_MAX, .text = DAV_OBJECT_MAX, .elements = 4000000, .depth = 40};

struct dav_reader *dav_reader_new(const struct dav_sink *sink, struct dav_answer *answer)
{
    struct dav_reader *reader = calloc(1, sizeof *reader);
    ENSURE(reader);
    *reader = (struct dav_reader){.answer = answer};
    if (sink)
        reader->sink = *sink;
    reader->xml = xml_reader_new(&handler, reader, &limits);
    return reader;
}

/* What the sink said is said in its own words, with the place it named. */
static enum status told(struct dav_reader *reader, enum status status, struct error *err)
{
    if (status != OK && *reader->err.what && err)
        *err = reader->err;
    return status;
}

enum status dav_reader_read(struct dav_reader *reader, struct text bytes, struct error *err)
{
    return told(reader, xml_read(reader->xml, bytes, err), err);
}

enum status dav_reader_end(struct dav_reader *reader, struct error *err)
{
    return told(reader, xml_read_end(reader->xml, err), err);
}

void dav_reader_free(struct dav_reader *reader)
{
    if (!reader)
        return;
    xml_reader_free(reader->xml);
    arena_wipe(&reader->a);
    free(reader);
}
