/* SPDX-License-Identifier: ISC
 *
 * The table below is the part of Microsoft's schema that we read, as a tree of ids. The same id may stand
 * at several places: an item is an item in FindItem's RootFolder and in GetItem's message.
 *
 * A failing message or a fault carries its code in one of many places and namespaces; the first one that
 * is found stays. Messages' texts are never kept: servers quote values of the request in them.
 */
#include "calendar/ews/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "calendar/ews/property.h"
#include "calendar/ews/value.h"
#include "format/xml.h"

enum id {
    ENVELOPE = 1,
    HEADER,
    VERSION,
    BODY,
    FAULT,
    FAULT_CODE,
    DETAIL,
    DETAIL_CODE,
    HINTS,
    HINT,
    RESPONSE,
    MESSAGES,
    MESSAGE,
    CODE,
    ROOT,
    ITEMS,
    ITEM,
    ITEM_ID,
    ITEM_START,
    ITEM_END,
    ITEM_STATUS,
    ITEM_MEETING,
    ITEM_TITLE,
    ITEM_PLACE,
    ITEM_TEXT,
    ITEM_ALL_DAY,
    ITEM_SENSITIVITY,
    RESOURCES,
    RESOURCE,
    RESOURCE_ANSWER,
    PROPERTY,
    PROPERTY_NAME,
    PROPERTY_VALUE,
    FB_ARRAY,
    FB_RESPONSE,
    FB_MESSAGE,
    FB_VIEW,
    FB_TYPE,
    FB_MERGED,
    FB_EVENTS,
    FB_EVENT,
    FB_START,
    FB_END,
    FB_STATUS,
    FOLDERS,
    FOLDER,
    FOLDER_ID,
    FOLDER_NAME,
    RIGHTS,
    RIGHT_READ,
    RIGHT_CREATE,
    SYNC_STATE,
    SYNC_LAST,
    CHANGES,
    CHANGE,
    GONE_ID,
    SUBSCRIPTION,
    NOTIFICATIONS,
    NOTIFICATION,
    LOST,
    LOST_SUBSCRIPTION,
    CONNECTION,
};

static const struct xml_rule rules[] = {
    {XML_ROOT, ENVELOPE, XML_START, "Envelope"},
    {ENVELOPE, HEADER, XML_PLACE, "Header"},
    {ENVELOPE, BODY, XML_PLACE, "Body"},
    {HEADER, VERSION, XML_START, "ServerVersionInfo"},
    {BODY, FAULT, XML_START, "Fault"},
    {BODY, RESPONSE, XML_START, "*"},

    {FAULT, FAULT_CODE, XML_TEXT, "faultcode"},
    {FAULT, DETAIL, XML_PLACE, "detail"},
    {DETAIL, DETAIL_CODE, XML_TEXT, "ResponseCode"},
    {DETAIL, HINTS, XML_PLACE, "MessageXml"},
    {HINTS, HINT, XML_START | XML_TEXT, "Value"},

    {RESPONSE, MESSAGES, XML_PLACE, "ResponseMessages"},
    {RESPONSE, FB_ARRAY, XML_PLACE, "FreeBusyResponseArray"},
    {MESSAGES, MESSAGE, XML_START, "*"},
    {MESSAGE, CODE, XML_TEXT, "ResponseCode"},
    {MESSAGE, HINTS, XML_PLACE, "MessageXml"},
    {MESSAGE, ROOT, XML_START, "RootFolder"},
    {MESSAGE, ITEMS, XML_PLACE, "Items"},
    {MESSAGE, FOLDERS, XML_PLACE, "Folders"},
    {MESSAGE, SYNC_STATE, XML_TEXT, "SyncState"},
    {MESSAGE, SYNC_LAST, XML_TEXT, "IncludesLastItemInRange"},
    {MESSAGE, CHANGES, XML_PLACE, "Changes"},
    {MESSAGE, SUBSCRIPTION, XML_TEXT, "SubscriptionId"},
    {MESSAGE, NOTIFICATIONS, XML_PLACE, "Notifications"},
    {MESSAGE, LOST, XML_PLACE, "ErrorSubscriptionIds"},
    {MESSAGE, CONNECTION, XML_TEXT, "ConnectionStatus"},
    {NOTIFICATIONS, NOTIFICATION, XML_PLACE, "Notification"},
    {NOTIFICATION, SUBSCRIPTION, XML_TEXT, "SubscriptionId"},
    {LOST, LOST_SUBSCRIPTION, XML_TEXT, "SubscriptionId"},
    {CHANGES, CHANGE, XML_START | XML_END, "*"},
    {CHANGE, GONE_ID, XML_START, "ItemId"},
    {CHANGE, ITEM, XML_START | XML_END, "*"},
    {ROOT, ITEMS, XML_PLACE, "Items"},
    {ROOT, FOLDERS, XML_PLACE, "Folders"},
    {ITEMS, ITEM, XML_START | XML_END, "*"},
    {ITEM, ITEM_ID, XML_START, "ItemId"},
    {ITEM, ITEM_START, XML_TEXT, "Start"},
    {ITEM, ITEM_END, XML_TEXT, "End"},
    {ITEM, ITEM_STATUS, XML_TEXT, "LegacyFreeBusyStatus"},
    {ITEM, ITEM_MEETING, XML_TEXT, "IsMeeting"},
    {ITEM, ITEM_TITLE, XML_TEXT, "Subject"},
    {ITEM, ITEM_PLACE, XML_TEXT, "Location"},
    {ITEM, ITEM_TEXT, XML_TEXT, "Body"},
    {ITEM, ITEM_ALL_DAY, XML_TEXT, "IsAllDayEvent"},
    {ITEM, ITEM_SENSITIVITY, XML_TEXT, "Sensitivity"},
    {ITEM, RESOURCES, XML_PLACE, "Resources"},
    {ITEM, PROPERTY, XML_START, "ExtendedProperty"},
    {RESOURCES, RESOURCE, XML_START | XML_END, "Attendee"},
    {RESOURCE, RESOURCE_ANSWER, XML_TEXT, "ResponseType"},
    {PROPERTY, PROPERTY_NAME, XML_START, "ExtendedFieldURI"},
    {PROPERTY, PROPERTY_VALUE, XML_TEXT, "Value"},

    {FOLDERS, FOLDER, XML_START | XML_END, "CalendarFolder"},
    {FOLDER, FOLDER_ID, XML_START, "FolderId"},
    {FOLDER, FOLDER_NAME, XML_TEXT, "DisplayName"},
    {FOLDER, RIGHTS, XML_PLACE, "EffectiveRights"},
    {RIGHTS, RIGHT_READ, XML_TEXT, "Read"},
    {RIGHTS, RIGHT_CREATE, XML_TEXT, "CreateContents"},

    {FB_ARRAY, FB_RESPONSE, XML_START, "FreeBusyResponse"},
    {FB_RESPONSE, FB_MESSAGE, XML_START, "ResponseMessage"},
    {FB_RESPONSE, FB_VIEW, XML_PLACE, "FreeBusyView"},
    {FB_MESSAGE, CODE, XML_TEXT, "ResponseCode"},
    {FB_MESSAGE, HINTS, XML_PLACE, "MessageXml"},
    {FB_VIEW, FB_TYPE, XML_TEXT, "FreeBusyViewType"},
    {FB_VIEW, FB_MERGED, XML_TEXT, "MergedFreeBusy"},
    {FB_VIEW, FB_EVENTS, XML_PLACE, "CalendarEventArray"},
    {FB_EVENTS, FB_EVENT, XML_START | XML_END, "*"}, /* CalendarEvent; another has no times */
    {FB_EVENT, FB_START, XML_TEXT, "StartTime"},
    {FB_EVENT, FB_END, XML_TEXT, "EndTime"},
    {FB_EVENT, FB_STATUS, XML_TEXT, "BusyType"},
};

struct ews_reader {
    struct ews_answer *answer;
    struct xml_reader *xml;
    struct ews_item item;   /* the one being read */
    struct ews_sight sight; /* what else is kept of it for its owner */
    struct ews_folder folder;
    struct ews_mailbox *mailbox; /* of several, the one being read; NULL: there is one only */
    bool in_error;               /* within a message of class Error */
    enum room_answer resource;   /* what the one being read has answered */
    bool is_own_property;
    bool is_gone; /* within a change that says so */
    bool is_back_off;
    bool has_envelope;
};

/* ---- the answer ---- */

const char *ews_operation_name(enum ews_operation operation)
{
    static const char *const names[EWS_OPERATION_COUNT] = {
        [EWS_GET_USER_AVAILABILITY] = "GetUserAvailability",
        [EWS_FIND_ITEM] = "FindItem",
        [EWS_GET_ITEM] = "GetItem",
        [EWS_CREATE_ITEM] = "CreateItem",
        [EWS_UPDATE_ITEM] = "UpdateItem",
        [EWS_DELETE_ITEM] = "DeleteItem",
        [EWS_GET_FOLDER] = "GetFolder",
        [EWS_FIND_FOLDER] = "FindFolder",
        [EWS_SYNC_FOLDER_ITEMS] = "SyncFolderItems",
        [EWS_SUBSCRIBE] = "Subscribe",
        [EWS_UNSUBSCRIBE] = "Unsubscribe",
        [EWS_GET_STREAMING_EVENTS] = "GetStreamingEvents",
    };
    return names[operation];
}

void ews_answer_init(struct ews_answer *answer, enum ews_operation operation)
{
    *answer = (struct ews_answer){.operation = operation, .back_off_ms = -1, .code = "NoError"};
}

void ews_answer_done(struct ews_answer *answer)
{
    arena_wipe(&answer->arena);
    busylist_done(&answer->busy);
    for (size_t i = 0; i < answer->max_mailboxes; i++)
        busylist_done(&answer->mailboxes[i].busy);
}

static void unreadable(struct ews_reader *reader, const char *what)
{
    xml_stop(reader->xml, ERR_UPSTREAM, what);
}

/* Keep a code where none was kept before: letters and digits, behind a prefix where it is a QName. */
static void keep_code(char *code, struct text t)
{
    struct text prefix, local;
    t = text_trim(t);
    if (text_cut(t, ':', &prefix, &local))
        t = local;
    if (t.n == 0 || t.n > EWS_CODE_MAX || strcmp(code, "NoError") != 0)
        return;
    for (size_t i = 0; i < t.n; i++)
        code[i] = t.at[i] > ' ' && t.at[i] <= '~' ? t.at[i] : '?';
    code[t.n] = 0;
}

/* ---- start tags ---- */

static void start_response(struct ews_reader *reader, const struct xml_tag *tag)
{
    const char *name = ews_operation_name(reader->answer->operation);
    size_t n = strlen(name);
    if (strncmp(tag->name, name, n) != 0 || strcmp(tag->name + n, "Response") != 0)
        unreadable(reader, "it answers another question than ours");
}

static void start_message(struct ews_reader *reader, const struct xml_tag *tag)
{
    struct text class = xml_attribute(tag, "ResponseClass");
    reader->in_error = text_equal(class, TEXT("Error"));
    if (!reader->in_error && !text_equal(class, TEXT("Success")) &&
        !text_equal(class, TEXT("Warning")))
        unreadable(reader, "a message in it has no ResponseClass");
    reader->answer->n_messages++;
    reader->answer->n_errors += reader->in_error;
}

static void start_version(struct ews_answer *answer, const struct xml_tag *tag)
{
    struct text name = xml_attribute(tag, "Version");
    snprintf(answer->version, sizeof answer->version,
             TEXT_FMT "." TEXT_FMT "." TEXT_FMT "." TEXT_FMT "%s" TEXT_FMT "%s",
             TEXT_ARG(xml_attribute(tag, "MajorVersion")),
             TEXT_ARG(xml_attribute(tag, "MinorVersion")),
             TEXT_ARG(xml_attribute(tag, "MajorBuildNumber")),
             TEXT_ARG(xml_attribute(tag, "MinorBuildNumber")), name.n ? " (" : "",
             TEXT_ARG(name), name.n ? ")" : "");
}

static void start_root(struct ews_answer *answer, const struct xml_tag *tag)
{
    answer->has_root = true;
    struct text whole = text_trim(xml_attribute(tag, "IncludesLastItemInRange"));
    answer->is_cut =
        whole.n && !text_equal(whole, TEXT("true")) && !text_equal(whole, TEXT("1"));
}

/* The next of several mailboxes; what is beyond those that were asked for is read and dropped. */
static void start_mailbox(struct ews_reader *reader)
{
    struct ews_answer *answer = reader->answer;
    size_t n = answer->n_mailboxes++;
    if (!answer->max_mailboxes)
        return;
    if (n >= answer->max_mailboxes)
        return unreadable(reader, "it speaks of more mailboxes than were asked for");
    reader->mailbox = &answer->mailboxes[n];
    snprintf(reader->mailbox->code, sizeof reader->mailbox->code, "NoError");
}

static void start_folder_id(struct ews_reader *reader, const struct xml_tag *tag)
{
    struct text id = xml_attribute(tag, "Id");
    if (id.n == 0 || id.n > MAX_EXTERNAL_ID)
        return unreadable(reader, "a folder's id is empty or too long");
    reader->folder.id = arena_text(&reader->answer->arena, id);
}

static bool is_our_property(const struct xml_tag *tag)
{
    return text_equal_nocase(xml_attribute(tag, "PropertySetId"), TEXT(EWS_PROPERTY_SET)) &&
           text_equal_nocase(xml_attribute(tag, "PropertyName"), TEXT(EWS_PROPERTY_NAME));
}

static void start_item_id(struct ews_reader *reader, const struct xml_tag *tag)
{
    struct ews_item *item = &reader->item;
    struct text id = xml_attribute(tag, "Id"), key = xml_attribute(tag, "ChangeKey");
    if (id.n == 0 || id.n > MAX_EXTERNAL_ID || key.n > MAX_EXTERNAL_ID)
        return unreadable(reader, "an item's id is empty or too long");
    if (reader->answer->into_busy) { /* thousands of items: only compared, never kept */
        bool is_own = reader->answer->own_id.n && text_equal(id, reader->answer->own_id);
        item->id = is_own ? reader->answer->own_id : (struct text){0};
        return;
    }
    item->id = arena_text(&reader->answer->arena, id);
    item->change_key = arena_text(&reader->answer->arena, key);
}

static void on_start(void *owner, unsigned id, const struct xml_tag *tag)
{
    struct ews_reader *reader = owner;
    struct ews_answer *answer = reader->answer;
    switch ((enum id)id) {
    case ENVELOPE:
        reader->has_envelope = true;
        break;
    case VERSION:
        start_version(answer, tag);
        break;
    case FAULT:
        answer->is_fault = true;
        break;
    case RESPONSE:
        start_response(reader, tag);
        break;
    case MESSAGE:
    case FB_MESSAGE:
        start_message(reader, tag);
        break;
    case HINT:
        reader->is_back_off =
            text_equal(xml_attribute(tag, "Name"), TEXT("BackOffMilliseconds"));
        break;
    case ROOT:
        start_root(answer, tag);
        break;
    case FB_RESPONSE:
        start_mailbox(reader);
        break;
    case FOLDER:
        reader->folder = (struct ews_folder){0};
        break;
    case FOLDER_ID:
        start_folder_id(reader, tag);
        break;
    case ITEM:
    case FB_EVENT:
        reader->item = (struct ews_item){.status = BUSY_NO_DATA};
        reader->sight = (struct ews_sight){0};
        break;
    case ITEM_ID:
        start_item_id(reader, tag);
        break;
    case RESOURCE:
        reader->resource = ROOM_OPEN;
        break;
    case CHANGE:
        reader->item = (struct ews_item){0};
        reader->is_gone = strcmp(tag->name, "Delete") == 0;
        break;
    case GONE_ID:
        start_item_id(reader, tag);
        break;
    case PROPERTY:
        reader->is_own_property = false;
        break;
    case PROPERTY_NAME:
        reader->is_own_property = is_our_property(tag);
        break;
    default:
        break;
    }
}

/* ---- end tags ---- */

static void keep_busy(struct ews_reader *reader)
{
    const struct ews_item *item = &reader->item;
    struct ews_answer *answer = reader->answer;
    if (!item->has_start || !item->has_end)
        return unreadable(reader, "an event in it has no start or no end");
    if (instant_before(item->end, item->start))
        return unreadable(reader, "an event in it ends before it starts");
    bool is_own = (answer->own_id.n && item->id.at == answer->own_id.at) ||
                  (answer->own_uid.n && text_equal_nocase(item->uid, answer->own_uid));
    struct busylist *busy = reader->mailbox ? &reader->mailbox->busy : &answer->busy;
    if (!is_own)
        busylist_add(busy, (struct busy){item->start, item->end, item->status});
}

/* Keep an event of ours, or the id of one that is gone. Others' events are none of our business. */
static void keep_change(struct ews_reader *reader)
{
    struct ews_answer *answer = reader->answer;
    const struct ews_item *item = &reader->item;
    if (!item->id.n || (!reader->is_gone && !item->uid.n))
        return;
    if (answer->n_changes == MAX_CHANGES)
        return unreadable(reader, "it tells of more changes than were asked for");
    if (!reader->is_gone && (!item->has_start || !item->has_end))
        return unreadable(reader, "an event of ours in it has no start or no end");
    if (!answer->changes)
        answer->changes = ARENA_ARRAY(&answer->arena, MAX_CHANGES, struct event_change);
    answer->changes[answer->n_changes++] =
        (struct event_change){.removed = reader->is_gone,
                              .uid = item->uid,
                              .ref = {item->id, item->change_key, item->start, item->end}};
}

static void keep_sight(struct ews_reader *reader)
{
    struct ews_answer *answer = reader->answer;
    if (!answer->sights)
        answer->sights = ARENA_ARRAY(&answer->arena, MAX_EVENTS, struct ews_sight);
    reader->sight.item = reader->item;
    if (answer->n_items < MAX_EVENTS)
        answer->sights[answer->n_items] = reader->sight;
}

static void end_item(struct ews_reader *reader)
{
    struct ews_answer *answer = reader->answer;
    if (answer->operation == EWS_SYNC_FOLDER_ITEMS)
        return; /* its change ends soon */
    if (answer->into_busy)
        keep_busy(reader);
    else if (answer->into_sights)
        keep_sight(reader);
    else if (answer->n_items < EWS_ITEMS_MAX)
        answer->items[answer->n_items] = reader->item;
    answer->n_items++;
}

static void end_time(struct ews_reader *reader, struct text t, bool is_end)
{
    struct ews_item *item = &reader->item;
    if (ews_time_parse(t, is_end, is_end ? &item->end : &item->start) != OK)
        return unreadable(reader, "a time in it cannot be read");
    *(is_end ? &item->has_end : &item->has_start) = true;
}

static void end_view(struct ews_reader *reader, struct text t)
{
    t = text_trim(t);
    enum ews_view view = text_equal(t, TEXT("None"))         ? EWS_VIEW_NONE
                         : text_equal(t, TEXT("MergedOnly")) ? EWS_VIEW_MERGED
                         : text_starts(t, TEXT("FreeBusy")) || text_starts(t, TEXT("Detailed"))
                             ? EWS_VIEW_EVENTS
                             : EWS_VIEW_UNSAID;
    *(reader->mailbox ? &reader->mailbox->view : &reader->answer->view) = view;
}

static void end_merged(struct ews_reader *reader, struct text t)
{
    char *merged = arena_cstr(&reader->answer->arena, text_trim(t));
    *(reader->mailbox ? &reader->mailbox->merged : &reader->answer->merged) = merged;
}

static bool is_true(struct text t)
{
    t = text_trim(t);
    return text_equal(t, TEXT("true")) || text_equal(t, TEXT("1"));
}

static void end_folder(struct ews_answer *answer, const struct ews_folder *folder)
{
    if (folder->id.n && answer->n_folders < MAX_CALENDARS)
        answer->folders[answer->n_folders] = *folder;
    answer->n_folders += folder->id.n > 0;
}

static void end_hint(struct ews_reader *reader, struct text t)
{
    int64_t ms;
    if (reader->is_back_off && text_to_i64(text_trim(t), &ms) && ms >= 0)
        reader->answer->back_off_ms = ms;
}

/* A room that says "tentative" has not decided. */
static void end_resource_answer(struct ews_reader *reader, struct text t)
{
    t = text_trim(t);
    reader->resource = text_equal(t, TEXT("Accept"))    ? ROOM_ACCEPTED
                       : text_equal(t, TEXT("Decline")) ? ROOM_DECLINED
                                                        : ROOM_OPEN;
}

static void end_resource(struct ews_reader *reader)
{
    enum room_answer *all = &reader->item.room, one = reader->resource;
    if (*all == ROOM_NONE || one == ROOM_DECLINED ||
        (*all == ROOM_ACCEPTED && one == ROOM_OPEN))
        *all = one;
}

static void end_property(struct ews_reader *reader, struct text t)
{
    if (reader->is_own_property && t.n <= MAX_UID)
        reader->item.uid = arena_text(&reader->answer->arena, text_trim(t));
}

/* What an event says, for its owner's own view alone. */
static void end_saying(struct ews_reader *reader, enum id id, struct text t)
{
    struct ews_sight *sight = &reader->sight;
    struct arena *a = &reader->answer->arena;
    t = text_trim(t);
    if (!reader->answer->into_sights)
        return;
    if (id == ITEM_TITLE)
        sight->title = arena_text(a, text_first(t, MAX_EVENT_LINE));
    else if (id == ITEM_PLACE)
        sight->place = arena_text(a, text_first(t, MAX_EVENT_LINE));
    else if (id == ITEM_TEXT)
        sight->text = arena_text(a, text_first(t, MAX_EVENT_TEXT));
    else if (id == ITEM_ALL_DAY)
        sight->all_day = is_true(t);
    else
        sight->is_private = !text_equal(t, TEXT("Normal")) && !text_equal(t, TEXT("Personal"));
}

static void end_subscription(struct ews_reader *reader, struct text id, bool is_lost)
{
    struct ews_answer *answer = reader->answer;
    id = text_trim(id);
    if (!id.n || id.n > MAX_EXTERNAL_ID)
        return unreadable(reader, "a subscription's id is empty or too long");
    if (!answer->subscriptions)
        answer->subscriptions =
            ARENA_ARRAY(&answer->arena, MAX_WATCHED, struct ews_subscription);
    if (answer->n_subscriptions < MAX_WATCHED)
        answer->subscriptions[answer->n_subscriptions++] =
            (struct ews_subscription){arena_text(&answer->arena, id), is_lost};
}

static void on_end(void *owner, unsigned id, struct text text)
{
    struct ews_reader *reader = owner;
    struct ews_answer *answer = reader->answer;
    switch ((enum id)id) {
    case DETAIL_CODE:
        /* More exact than the faultcode before it. */
        snprintf(answer->code, sizeof answer->code, "NoError");
        keep_code(answer->code, text);
        break;
    case FAULT_CODE:
        keep_code(answer->code, text);
        break;
    case CODE:
        if (reader->in_error)
            keep_code(reader->mailbox ? reader->mailbox->code : answer->code, text);
        break;
    case HINT:
        end_hint(reader, text);
        break;
    case ITEM:
        end_item(reader);
        break;
    case ITEM_START:
    case FB_START:
        end_time(reader, text, false);
        break;
    case ITEM_END:
    case FB_END:
        end_time(reader, text, true);
        break;
    case ITEM_STATUS:
    case FB_STATUS:
        reader->item.status = ews_status_parse(text);
        break;
    case ITEM_MEETING:
        reader->item.is_meeting = is_true(text);
        break;
    case ITEM_TITLE:
    case ITEM_PLACE:
    case ITEM_TEXT:
    case ITEM_ALL_DAY:
    case ITEM_SENSITIVITY:
        end_saying(reader, (enum id)id, text);
        break;
    case RESOURCE_ANSWER:
        end_resource_answer(reader, text);
        break;
    case RESOURCE:
        end_resource(reader);
        break;
    case PROPERTY_VALUE:
        end_property(reader, text);
        break;
    case FB_EVENT:
        keep_busy(reader);
        break;
    case FB_TYPE:
        end_view(reader, text);
        break;
    case FB_MERGED:
        end_merged(reader, text);
        break;
    case CHANGE:
        keep_change(reader);
        break;
    case SYNC_STATE:
        answer->sync_state = arena_cstr(&answer->arena, text_trim(text));
        break;
    case SYNC_LAST:
        answer->is_cut = !is_true(text);
        break;
    case SUBSCRIPTION:
        end_subscription(reader, text, false);
        break;
    case LOST_SUBSCRIPTION:
        end_subscription(reader, text, true);
        break;
    case CONNECTION:
        answer->is_closed = text_equal(text_trim(text), TEXT("Closed"));
        break;
    case FOLDER:
        end_folder(answer, &reader->folder);
        break;
    case FOLDER_NAME:
        reader->folder.name = arena_text(&answer->arena, text_first(text_trim(text), MAX_NAME));
        break;
    case RIGHT_READ:
        reader->folder.can_read = is_true(text);
        break;
    case RIGHT_CREATE:
        reader->folder.can_create = is_true(text);
        break;
    default:
        break;
    }
}

/* ---- life ---- */

struct ews_reader *ews_reader_new(struct ews_answer *answer)
{
    static const struct xml_handler handler = {
        .namespaces = {"http://schemas.microsoft.com/exchange/services/2006/types",
                       "http://schemas.microsoft.com/exchange/services/2006/messages",
                       "http://schemas.xmlsoap.org/soap/envelope/",
                       "http://schemas.microsoft.com/exchange/services/2006/errors"},
        .rules = rules,
        .n_rules = sizeof rules / sizeof *rules,
        .start = on_start,
        .end = on_end,
    };
    const struct xml_limits limits = {.bytes = EWS_ANSWER_MAX,
                                      .text = answer->into_sights ? EWS_BODY_MAX : EWS_TEXT_MAX,
                                      .elements = 2000000,
                                      .depth = 40};
    static const struct xml_limits document = {
        .bytes = EWS_DOCUMENT_MAX, .text = 4096, .elements = 40000, .depth = 40};
    bool is_one_of_many = answer->operation == EWS_GET_STREAMING_EVENTS;
    struct ews_reader *reader = calloc(1, sizeof *reader);
    ENSURE(reader);
    reader->answer = answer;
    reader->xml = xml_reader_new(&handler, reader, is_one_of_many ? &document : &limits);
    return reader;
}

void ews_reader_free(struct ews_reader *reader)
{
    if (!reader)
        return;
    xml_reader_free(reader->xml);
    free(reader);
}

enum status ews_reader_read(struct ews_reader *reader, struct text bytes, struct error *err)
{
    return xml_read(reader->xml, bytes, err);
}

bool ews_reader_is_whole(const struct ews_reader *reader)
{
    return xml_is_whole(reader->xml);
}

enum status ews_reader_end(struct ews_reader *reader, struct error *err)
{
    const struct ews_answer *answer = reader->answer;
    TRY(xml_read_end(reader->xml, err));
    if (!reader->has_envelope)
        return error_set(err, ERR_UPSTREAM, "ews", "the answer is not a SOAP envelope");
    if (!answer->is_fault && answer->n_messages == 0)
        return error_set(err, ERR_UPSTREAM, "ews", "the answer holds no response message");
    return OK;
}
