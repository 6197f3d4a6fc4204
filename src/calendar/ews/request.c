/* SPDX-License-Identifier: ISC
 *
 * The order of elements is the schema's; Exchange refuses any other.
 */
#include "calendar/ews/request.h"

#include "calendar/ews/property.h"
#include "format/xml.h"
#include "time/instant.h"

static void open_envelope(struct buf *out, const struct ews_target *target)
{
    buf_add_cstr(out,
                 "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                 "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
                 " xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\""
                 " xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">"
                 "<s:Header><t:RequestServerVersion Version=\"Exchange2013\"/>");
    if (target->impersonate.n) {
        buf_add_cstr(out, "<t:ExchangeImpersonation><t:ConnectingSID>");
        xml_add_element(out, "t:SmtpAddress", target->impersonate);
        buf_add_cstr(out, "</t:ConnectingSID></t:ExchangeImpersonation>");
    }
    buf_add_cstr(out,
                 "<t:TimeZoneContext><t:TimeZoneDefinition Id=\"UTC\"/></t:TimeZoneContext>"
                 "</s:Header><s:Body>");
}

static void close_envelope(struct buf *out)
{
    buf_add_cstr(out, "</s:Body></s:Envelope>");
}

/* A folder that every mailbox has. */
static void add_distinguished(struct buf *out, const char *name, struct text mailbox)
{
    buf_printf(out, "<t:DistinguishedFolderId Id=\"%s\">", name);
    if (mailbox.n) {
        buf_add_cstr(out, "<t:Mailbox>");
        xml_add_element(out, "t:EmailAddress", mailbox);
        buf_add_cstr(out, "</t:Mailbox>");
    }
    buf_add_cstr(out, "</t:DistinguishedFolderId>");
}

static void add_folder(struct buf *out, const struct ews_target *target)
{
    if (target->calendar.n) {
        buf_add_cstr(out, "<t:FolderId Id=\"");
        xml_add_text(out, target->calendar);
        buf_add_cstr(out, "\"/>");
    } else {
        add_distinguished(out, "calendar", target->mailbox);
    }
}

static void add_item_id(struct buf *out, struct text id, struct text change_key)
{
    buf_add_cstr(out, "<t:ItemId Id=\"");
    xml_add_text(out, id);
    if (change_key.n) {
        buf_add_cstr(out, "\" ChangeKey=\"");
        xml_add_text(out, change_key);
    }
    buf_add_cstr(out, "\"/>");
}

static void add_time(struct buf *out, const char *name, struct instant t)
{
    char time[INSTANT_SIZE];
    instant_format(t, time);
    xml_add_element(out, name, text_from(time));
}

/* What is read of an event, and nothing more of it: never its subject but for its owner. further: more fields, the
 * last one NULL; or NULL. */
static void add_item_shape(struct buf *out, const char *const *further)
{
    buf_add_cstr(out, "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
                      "<t:FieldURI FieldURI=\"calendar:Start\"/>"
                      "<t:FieldURI FieldURI=\"calendar:End\"/>"
                      "<t:FieldURI FieldURI=\"calendar:LegacyFreeBusyStatus\"/>");
    for (; further && *further; further++)
        buf_printf(out, "<t:FieldURI FieldURI=\"%s\"/>", *further);
    buf_add_cstr(out, EWS_PROPERTY_URI "</t:AdditionalProperties></m:ItemShape>");
}

/* A zone without rules: answers carry no offset and are in the request's zone, so it is UTC. */
static void add_utc(struct buf *out)
{
    buf_add_cstr(out, "<t:TimeZone><t:Bias>0</t:Bias>"
                      "<t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
                      "<t:DayOrder>0</t:DayOrder><t:Month>0</t:Month>"
                      "<t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime>"
                      "<t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
                      "<t:DayOrder>0</t:DayOrder><t:Month>0</t:Month>"
                      "<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>");
}

/* "2026-11-22T09:00:00", without the Z: availability windows are in the request's zone. */
static void add_window_time(struct buf *out, const char *name, struct instant t)
{
    char time[INSTANT_SIZE];
    instant_format(t, time);
    xml_add_element(out, name, (struct text){time, strlen(time) - 1});
}

void ews_write_availability(struct buf *out, const struct ews_target *target,
                            const struct mailbox *mailboxes, size_t n, struct instant from,
                            struct instant to)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:GetUserAvailabilityRequest>");
    add_utc(out);
    buf_add_cstr(out, "<m:MailboxDataArray>");
    for (size_t i = 0; i < n; i++) {
        buf_add_cstr(out, "<t:MailboxData><t:Email>");
        xml_add_element(out, "t:Address", mailboxes[i].address);
        buf_add_cstr(out, "</t:Email><t:AttendeeType>Required</t:AttendeeType>"
                          "<t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData>");
    }
    buf_add_cstr(out, "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>");
    add_window_time(out, "t:StartTime", from);
    add_window_time(out, "t:EndTime", to);
    buf_printf(out,
               "</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>%d"
               "</t:MergedFreeBusyIntervalInMinutes>"
               "<t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions>"
               "</m:GetUserAvailabilityRequest>",
               EWS_MERGED_MINUTES);
    close_envelope(out);
}

static void add_view(struct buf *out, const struct ews_target *target, struct instant from,
                     struct instant to, const char *const *further)
{
    char start[INSTANT_SIZE], end[INSTANT_SIZE];
    instant_format(from, start);
    instant_format(to, end);
    open_envelope(out, target);
    buf_add_cstr(out, "<m:FindItem Traversal=\"Shallow\">");
    add_item_shape(out, further);
    buf_printf(out,
               "<m:CalendarView MaxEntriesReturned=\"%d\" StartDate=\"%s\" EndDate=\"%s\"/>",
               EWS_VIEW_ENTRIES, start, end);
    buf_add_cstr(out, "<m:ParentFolderIds>");
    add_folder(out, target);
    buf_add_cstr(out, "</m:ParentFolderIds></m:FindItem>");
    close_envelope(out);
}

void ews_write_view(struct buf *out, const struct ews_target *target, struct instant from,
                    struct instant to)
{
    add_view(out, target, from, to, NULL);
}

void ews_write_sights(struct buf *out, const struct ews_target *target, struct instant from,
                      struct instant to)
{
    static const char *const further[] = {"item:Subject", "item:Sensitivity",
                                          "calendar:IsAllDayEvent", "calendar:Location", NULL};
    add_view(out, target, from, to, further);
}

void ews_write_texts(struct buf *out, const struct ews_target *target, const struct text *ids,
                     size_t n)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                      "<t:BodyType>Text</t:BodyType><t:AdditionalProperties>"
                      "<t:FieldURI FieldURI=\"item:Body\"/></t:AdditionalProperties>"
                      "</m:ItemShape><m:ItemIds>");
    for (size_t i = 0; i < n; i++)
        add_item_id(out, ids[i], (struct text){0});
    buf_add_cstr(out, "</m:ItemIds></m:GetItem>");
    close_envelope(out);
}

void ews_write_find(struct buf *out, const struct ews_target *target, struct text uid)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:FindItem Traversal=\"Shallow\">");
    add_item_shape(out, (const char *const[]){"calendar:IsMeeting", NULL});
    buf_add_cstr(out, "<m:IndexedPageItemView MaxEntriesReturned=\"10\" Offset=\"0\""
                      " BasePoint=\"Beginning\"/>"
                      "<m:Restriction><t:IsEqualTo>" EWS_PROPERTY_URI
                      "<t:FieldURIOrConstant><t:Constant Value=\"");
    xml_add_text(out, uid);
    buf_add_cstr(out, "\"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>"
                      "<m:ParentFolderIds>");
    add_folder(out, target);
    buf_add_cstr(out, "</m:ParentFolderIds></m:FindItem>");
    close_envelope(out);
}

void ews_write_get(struct buf *out, const struct ews_target *target, struct text id)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:GetItem>");
    add_item_shape(out, (const char *const[]){"calendar:Resources", NULL});
    buf_add_cstr(out, "<m:ItemIds>");
    add_item_id(out, id, (struct text){0});
    buf_add_cstr(out, "</m:ItemIds></m:GetItem>");
    close_envelope(out);
}

static void add_zone(struct buf *out, const char *name, const char *windows_zone)
{
    buf_printf(out, "<%s Id=\"", name);
    xml_add_text(out, text_from(windows_zone));
    buf_add_cstr(out, "\"/>");
}

/* What customers are sent is kept with the host's sent items, as Outlook does. */
static const char *const send_to[EWS_TELLS_COUNT] = {
    [EWS_TELLS_NOBODY] = "SendToNone",
    [EWS_TELLS_ROOM] = "SendOnlyToAll",
    [EWS_TELLS_CUSTOMER] = "SendToAllAndSaveCopy",
};

static enum ews_tells tells_of(const struct event *event)
{
    if (event->invitee_email.n)
        return EWS_TELLS_CUSTOMER;
    return event->room.n ? EWS_TELLS_ROOM : EWS_TELLS_NOBODY;
}

/* list: of attendees; nobody where the address is empty. */
static void add_attendee(struct buf *out, const char *list, struct text name,
                         struct text address)
{
    if (!address.n)
        return;
    buf_printf(out, "<t:%s><t:Attendee><t:Mailbox>", list);
    if (name.n)
        xml_add_element(out, "t:Name", name);
    xml_add_element(out, "t:EmailAddress", address);
    buf_printf(out, "</t:Mailbox></t:Attendee></t:%s>", list);
}

static const char *const show_as[SHOW_AS_COUNT] = {[SHOW_BUSY] = "Busy",
                                                   [SHOW_TENTATIVE] = "Tentative",
                                                   [SHOW_OOF] = "OOF",
                                                   [SHOW_FREE] = "Free"};

/* As in struct event: 0 leaves it to the calendar, -1 is none. */
static void add_reminder(struct buf *out, int64_t minutes)
{
    if (minutes == 0)
        return;
    buf_printf(out, "<t:ReminderIsSet>%s</t:ReminderIsSet>", minutes > 0 ? "true" : "false");
    if (minutes > 0)
        buf_printf(out, "<t:ReminderMinutesBeforeStart>%d</t:ReminderMinutesBeforeStart>",
                   (int)minutes);
}

void ews_write_create(struct buf *out, const struct ews_target *target,
                      const struct event *event, const char *windows_zone)
{
    open_envelope(out, target);
    buf_printf(out, "<m:CreateItem SendMeetingInvitations=\"%s\"><m:SavedItemFolderId>",
               send_to[tells_of(event)]);
    add_folder(out, target);
    buf_add_cstr(out, "</m:SavedItemFolderId><m:Items><t:CalendarItem>");
    xml_add_element(out, "t:Subject", event->title);
    if (event->is_private)
        buf_add_cstr(out, "<t:Sensitivity>Private</t:Sensitivity>");
    buf_add_cstr(out, "<t:Body BodyType=\"Text\">");
    xml_add_text(out, event->body);
    buf_add_cstr(out, "</t:Body>");
    add_reminder(out, event->reminder_min);
    buf_add_cstr(out, "<t:ExtendedProperty>" EWS_PROPERTY_URI);
    xml_add_element(out, "t:Value", event->uid);
    buf_add_cstr(out, "</t:ExtendedProperty>");
    add_time(out, "t:Start", event->start);
    add_time(out, "t:End", event->end);
    buf_printf(out,
               "<t:IsAllDayEvent>false</t:IsAllDayEvent>"
               "<t:LegacyFreeBusyStatus>%s</t:LegacyFreeBusyStatus>",
               show_as[event->show_as]);
    xml_add_element(out, "t:Location", event->location);
    add_attendee(out, "RequiredAttendees", event->invitee_name, event->invitee_email);
    add_attendee(out, "Resources", (struct text){0}, event->room);
    add_zone(out, "t:StartTimeZone", windows_zone);
    add_zone(out, "t:EndTimeZone", windows_zone);
    buf_add_cstr(out, "</t:CalendarItem></m:Items></m:CreateItem>");
    close_envelope(out);
}

static void open_change(struct buf *out, const char *field)
{
    buf_printf(out, "<t:SetItemField><t:FieldURI FieldURI=\"%s\"/><t:CalendarItem>", field);
}

static void close_change(struct buf *out)
{
    buf_add_cstr(out, "</t:CalendarItem></t:SetItemField>");
}

static void change_text(struct buf *out, const char *field, const char *name, struct text t)
{
    if (!t.n)
        return; /* stays as it is */
    open_change(out, field);
    xml_add_element(out, name, t);
    close_change(out);
}

static void change_body(struct buf *out, struct text t)
{
    if (!t.n)
        return;
    open_change(out, "item:Body");
    buf_add_cstr(out, "<t:Body BodyType=\"Text\">");
    xml_add_text(out, t);
    buf_add_cstr(out, "</t:Body>");
    close_change(out);
}

static void change_times(struct buf *out, const struct event *event, const char *windows_zone)
{
    open_change(out, "calendar:Start");
    add_time(out, "t:Start", event->start);
    close_change(out);
    open_change(out, "calendar:End");
    add_time(out, "t:End", event->end);
    close_change(out);
    open_change(out, "calendar:StartTimeZone");
    add_zone(out, "t:StartTimeZone", windows_zone);
    close_change(out);
    open_change(out, "calendar:EndTimeZone");
    add_zone(out, "t:EndTimeZone", windows_zone);
    close_change(out);
}

/* An event that is to be free becomes so, and reminds of nothing. Else the status is the host's. */
static void change_free(struct buf *out, const struct event *event)
{
    if (event->show_as != SHOW_FREE)
        return;
    change_text(out, "calendar:LegacyFreeBusyStatus", "t:LegacyFreeBusyStatus",
                text_from(show_as[SHOW_FREE]));
    if (event->reminder_min < 0)
        change_text(out, "item:ReminderIsSet", "t:ReminderIsSet", TEXT("false"));
}

void ews_write_update(struct buf *out, const struct ews_target *target, struct text id,
                      struct text change_key, const struct event *event,
                      const char *windows_zone, enum ews_tells tells)
{
    open_envelope(out, target);
    buf_printf(out,
               "<m:UpdateItem ConflictResolution=\"NeverOverwrite\""
               " SendMeetingInvitationsOrCancellations=\"%s\">"
               "<m:ItemChanges><t:ItemChange>",
               send_to[tells]);
    add_item_id(out, id, change_key);
    buf_add_cstr(out, "<t:Updates>");
    change_text(out, "item:Subject", "t:Subject", event->title);
    change_body(out, event->body);
    change_times(out, event, windows_zone);
    change_text(out, "calendar:Location", "t:Location", event->location);
    change_free(out, event);
    buf_add_cstr(out, "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>");
    close_envelope(out);
}

void ews_write_delete(struct buf *out, const struct ews_target *target, struct text id,
                      enum ews_tells tells)
{
    open_envelope(out, target);
    buf_printf(out,
               "<m:DeleteItem DeleteType=\"MoveToDeletedItems\""
               " SendMeetingCancellations=\"%s\"><m:ItemIds>",
               send_to[tells]);
    add_item_id(out, id, (struct text){0});
    buf_add_cstr(out, "</m:ItemIds></m:DeleteItem>");
    close_envelope(out);
}

void ews_write_sync(struct buf *out, const struct ews_target *target, struct text state)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:SyncFolderItems>");
    add_item_shape(out, NULL);
    buf_add_cstr(out, "<m:SyncFolderId>");
    add_folder(out, target);
    buf_add_cstr(out, "</m:SyncFolderId>");
    if (state.n)
        xml_add_element(out, "m:SyncState", state);
    buf_printf(out, "<m:MaxChangesReturned>%d</m:MaxChangesReturned></m:SyncFolderItems>",
               MAX_CHANGES);
    close_envelope(out);
}

/* A move into another folder is told as one; what comes back from there as well. */
void ews_write_subscribe(struct buf *out, const struct ews_target *target,
                         const struct source *calendars, size_t n)
{
    struct ews_target one = *target;
    open_envelope(out, target);
    buf_add_cstr(out, "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>");
    for (size_t i = 0; i < n; i++) {
        one.calendar = calendars[i].calendar;
        add_folder(out, &one);
    }
    buf_add_cstr(out, "</t:FolderIds><t:EventTypes><t:EventType>CreatedEvent</t:EventType>"
                      "<t:EventType>DeletedEvent</t:EventType>"
                      "<t:EventType>ModifiedEvent</t:EventType>"
                      "<t:EventType>MovedEvent</t:EventType></t:EventTypes>"
                      "</m:StreamingSubscriptionRequest></m:Subscribe>");
    close_envelope(out);
}

void ews_write_unsubscribe(struct buf *out, const struct ews_target *target, struct text id)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:Unsubscribe>");
    xml_add_element(out, "m:SubscriptionId", id);
    buf_add_cstr(out, "</m:Unsubscribe>");
    close_envelope(out);
}

void ews_write_stream(struct buf *out, const struct ews_target *target, const struct text *ids,
                      size_t n, int minutes)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:GetStreamingEvents><m:SubscriptionIds>");
    for (size_t i = 0; i < n; i++)
        xml_add_element(out, "t:SubscriptionId", ids[i]);
    buf_printf(out,
               "</m:SubscriptionIds><m:ConnectionTimeout>%d</m:ConnectionTimeout>"
               "</m:GetStreamingEvents>",
               minutes);
    close_envelope(out);
}

static void add_folder_shape(struct buf *out)
{
    buf_add_cstr(out, "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
                      "<t:FieldURI FieldURI=\"folder:DisplayName\"/>"
                      "<t:FieldURI FieldURI=\"folder:EffectiveRights\"/>"
                      "</t:AdditionalProperties></m:FolderShape>");
}

void ews_write_get_folder(struct buf *out, const struct ews_target *target)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:GetFolder>");
    add_folder_shape(out);
    buf_add_cstr(out, "<m:FolderIds>");
    add_folder(out, target);
    buf_add_cstr(out, "</m:FolderIds></m:GetFolder>");
    close_envelope(out);
}

void ews_write_find_folders(struct buf *out, const struct ews_target *target)
{
    open_envelope(out, target);
    buf_add_cstr(out, "<m:FindFolder Traversal=\"Deep\">");
    add_folder_shape(out);
    buf_printf(out,
               "<m:IndexedPageFolderView MaxEntriesReturned=\"%d\" Offset=\"0\""
               " BasePoint=\"Beginning\"/><m:Restriction><t:IsEqualTo>"
               "<t:FieldURI FieldURI=\"folder:FolderClass\"/><t:FieldURIOrConstant>"
               "<t:Constant Value=\"IPF.Appointment\"/></t:FieldURIOrConstant></t:IsEqualTo>"
               "</m:Restriction><m:ParentFolderIds>",
               MAX_CALENDARS);
    add_distinguished(out, "msgfolderroot", target->mailbox);
    buf_add_cstr(out, "</m:ParentFolderIds></m:FindFolder>");
    close_envelope(out);
}
