# SPDX-License-Identifier: ISC
"""The operations on items. Each takes a Context and a Request and returns a response body."""

import base64
import datetime as dt

from . import availability, folders, people, restriction, rooms, schema, zones
from .items import (View, check, field_uri, instant, is_meeting, is_private, item_id, path_key,
                    read_property, widen_all_day)
from .schema import M, T
from .soap import Fault, ItemError, alone, envelope, message, response, tag
from .store import IdError, change_version, read_id

MAX_VIEW = dt.timedelta(days=2 * 366)
PAGE, PAGE_RESTRICTED, MAX_SYNC = 1000, 250, 512
NOT_DELETABLE = {"Start", "End", "ItemClass", "ItemId", "UID"}


class Context:
    """Who asks (after impersonation), and the rule of misbehaviour in force, if any."""

    def __init__(self, world, user, rule=None):
        self.world, self.user, self.rule = world, user, rule
        self.odd = rule is not None and rule["mode"] == "odd_shapes"

    def misbehave_here(self, mode, address=None):
        """Return the rule in force if it is of this mode and about this mailbox."""
        rule = self.rule
        if rule is None or rule["mode"] != mode:
            return None
        named = rule.get("mailbox")
        return rule if address is None or not named or named.lower() == address.lower() else None

    def own_mailbox(self):
        if self.user.mailbox is None:
            raise ItemError("ErrorNonExistentMailbox")
        return self.user.mailbox

    def require(self, mailbox, right, folder=None):
        if not mailbox.allows(self.user.address, right, folder):
            raise ItemError("ErrorAccessDenied")
        return mailbox

    def folder(self, element, right):
        """Return (mailbox, folder) that a FolderId or DistinguishedFolderId names."""
        if schema.split(element.tag)[1] == "DistinguishedFolderId":
            address = element.findtext(f"{{{T}}}Mailbox/{{{T}}}EmailAddress")
            mailbox = self.world.mailbox(address) if address else self.own_mailbox()
            if mailbox is None or mailbox.home == "online":
                raise ItemError("ErrorNonExistentMailbox")
            folder = mailbox.folder(name=element.get("Id"))
        else:
            mailbox, kind, number, _ = self.known_id(element.get("Id"))
            folder = mailbox.folder(number) if kind == "F" else None
        self.require(mailbox, right, folder)
        if folder is None:
            raise ItemError("ErrorFolderNotFound")
        return mailbox, folder

    def known_id(self, text):
        """Return (mailbox, kind, number, original start) of an id of ours."""
        try:
            guid, kind, number, original = read_id(text)
        except IdError:
            raise ItemError("ErrorInvalidIdMalformed") from None
        mailbox = self.world.by_guid.get(guid)
        if mailbox is None:
            raise ItemError("ErrorItemNotFound")
        return mailbox, kind, number, original

    def item(self, element, right):
        """Return (mailbox, item, version in its change key or None) that an id element names."""
        name = schema.split(element.tag)[1]
        text = element.get({"ItemId": "Id", "OccurrenceItemId": "RecurringMasterId",
                            "RecurringMasterItemId": "OccurrenceId"}[name])
        mailbox, kind, number, original = self.known_id(text)
        known = mailbox.events.get(number)
        self.require(mailbox, right, known.folder if known else None)
        if name == "RecurringMasterItemId":
            original = None
        item = mailbox.find(number, original) if kind in "IO" else None
        if item is None:
            event = mailbox.events.get(number)
            raise ItemError("ErrorCalendarOccurrenceIsDeletedFromRecurrence"
                            if event and original in event.deleted else "ErrorItemNotFound")
        if name == "OccurrenceItemId":
            item = self._by_index(mailbox, item.event, int(element.get("InstanceIndex")))
        if right == "editor" and is_private(item.fields) \
                and not mailbox.sees_private(self.user.address):
            raise ItemError("ErrorAccessDenied")
        key = element.get("ChangeKey")
        try:
            return mailbox, item, change_version(number, key) if key else None
        except IdError:
            raise ItemError("ErrorInvalidChangeKey") from None

    @staticmethod
    def _by_index(mailbox, event, index):
        """Return the occurrence with an index from 1; those that were deleted are not counted."""
        if event.recurrence is None:
            raise ItemError("ErrorCalendarCannotUseIdForOccurrenceId")
        for number, occurrence in enumerate(mailbox.occurrences(event), 1):
            if number == index:
                return occurrence
        raise ItemError("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange")


def each(operation, elements, one, empty=""):
    """Answer element by element: the content that one(element) returns, or its error."""
    messages = []
    for element in elements:
        try:
            messages.append(message(operation + "ResponseMessage", one(element)))
        except ItemError as error:
            messages.append(message(operation + "ResponseMessage", empty, error))
    return response(operation, messages)


def get_item(context, request):
    shape = request.element[0]

    def one(element):
        mailbox, item, _ = context.item(element, "reviewer")
        with mailbox.lock:
            view = View(mailbox, shape, context.user, find=False)
            return tag("m:Items", view.item(_as_misread(context, mailbox, item)))
    return each("GetItem", request.element[1], one, "<m:Items/>")


def _as_misread(context, mailbox, item):
    """Return the item, or a changed copy where the server is told to read back wrongly."""
    fields = dict(item.fields)
    if context.misbehave_here("read_back_wrong", mailbox.address):
        shift = dt.timedelta(minutes=context.rule.get("minutes", 60))
        fields["Start"], fields["End"] = item.start + shift, item.end + shift
    elif context.misbehave_here("drop_named_property", mailbox.address):
        fields = {key: value for key, value in fields.items() if isinstance(key, str)}
    else:
        return item
    return type(item)(item.event, fields, item.original, item.exception)


def find_item(context, request):
    element = request.element
    shape, view = element[0], element.find(f"{{{M}}}CalendarView")

    def one(parent):
        mailbox, folder = context.folder(parent, "reviewer")
        with mailbox.lock:
            render = View(mailbox, shape, context.user, find=True)
            if view is not None:
                found, attributes = _calendar_view(element, view, mailbox, folder, request.zone)
            else:
                found, attributes = _paged(element, mailbox, folder, request.zone)
            items = "".join(render.item(_as_misread(context, mailbox, item)) for item in found)
            return tag("m:RootFolder", tag("t:Items", items), **attributes)
    return each("FindItem", element.find(f"{{{M}}}ParentFolderIds"), one)


def _calendar_view(element, view, mailbox, folder, zone):
    if element.find(f"{{{M}}}Restriction") is not None \
            or element.find(f"{{{M}}}SortOrder") is not None:
        raise ItemError("ErrorInvalidRequest",
                        "Restrictions and sort order may not be specified for a CalendarView.")
    start, end = instant(view.get("StartDate"), zone), instant(view.get("EndDate"), zone)
    if end < start:
        raise ItemError("ErrorCalendarEndDateIsEarlierThanStartDate")
    if end - start > MAX_VIEW:
        raise ItemError("ErrorCalendarViewRangeTooBig")
    found = mailbox.view(start, end, folder)
    most = min(int(view.get("MaxEntriesReturned", PAGE)), PAGE)
    if most < 1:
        raise ItemError("ErrorInvalidPagingMaxRows", "MaxEntriesReturned must be at least 1.")
    shown = found[:most]
    return shown, {"TotalItemsInView": len(shown),
                   "IncludesLastItemInRange": str(len(found) <= most).lower()}


def _paged(element, mailbox, folder, zone):
    limits, page = element.find(f"{{{M}}}Restriction"), element.find(f"{{{M}}}IndexedPageItemView")
    found = [mailbox.find(event.number) for event in mailbox.events.values()
             if event.folder is folder]
    if limits is not None:
        fits = restriction.predicate(limits[0], zone)
        found = [item for item in found if fits(item)]
    restriction.sort(found, element.find(f"{{{M}}}SortOrder"))
    return _page(found, page, PAGE if limits is None else PAGE_RESTRICTED)


def _page(found, page, most):
    """Return the part of found that an IndexedPageView asks for, and the paging attributes."""
    offset = 0
    if page is not None:
        offset = int(page.get("Offset"))
        most = min(most, int(page.get("MaxEntriesReturned", most)))
        if offset < 0 or most < 1:
            raise ItemError("ErrorInvalidIndexedPagingParameters",
                            "Offset must not be negative and MaxEntriesReturned at least 1.")
        if page.get("BasePoint") == "End":
            offset = max(0, len(found) - offset - most)
    shown = found[offset:offset + most]
    after = offset + len(shown)
    return shown, {"IndexedPagingOffset": after, "TotalItemsInView": len(found),
                   "IncludesLastItemInRange": str(after >= len(found)).lower()}


def create_item(context, request):
    element = request.element
    target, items = element.find(f"{{{M}}}SavedItemFolderId"), element.find(f"{{{M}}}Items")
    send = element.get("SendMeetingInvitations")

    def one(item):
        if target is None:
            mailbox = context.require(context.own_mailbox(), "editor")
            folder = mailbox.calendar
        else:
            mailbox, folder = context.folder(target[0], "editor")
        if send is None:
            raise ItemError("ErrorSendMeetingInvitationsRequired")
        if folder.kind != "IPF.Appointment":
            raise ItemError("ErrorCannotCreateCalendarItemInNonCalendarFolder",
                            "A calendar item can only be created in a calendar folder.")
        with mailbox.lock:
            event = _new_event(mailbox, folder, item, request.zone)
            note_sent(mailbox, "invitation", event.fields, send)
            if send != "SendToNone":
                rooms.invite(context.world, mailbox, mailbox.find(event.number))
            return tag("m:Items", "<t:CalendarItem>"
                       + item_id(mailbox, mailbox.find(event.number)) + "</t:CalendarItem>")
    return each("CreateItem", items, one, "<m:Items/>")


def _new_event(mailbox, folder, element, zone):
    fields = dict(read_property(child, zone) for child in element)
    fields = {**fields.pop("MimeContent", {}), **fields}
    start_zone = fields.pop("StartTimeZone", (None, zone or zones.UTC_ZONE))[1]
    end_zone = fields.pop("EndTimeZone", (None, start_zone))[1]
    recurrence = fields.pop("Recurrence", None)
    now = mailbox.now().replace(second=0, microsecond=0)
    start = fields.setdefault("Start", now)
    fields.setdefault("End", start + dt.timedelta(minutes=30))
    fields.setdefault("LegacyFreeBusyStatus", "Free" if fields.get("IsAllDayEvent") else "Busy")
    if fields.get("IsAllDayEvent"):
        widen_all_day(fields, start_zone)
    check(fields)
    event = mailbox.add(fields, start_zone, end_zone, recurrence, folder)
    event.by_client = True
    return event


def note_sent(mailbox, kind, fields, send):
    """Remember which meeting messages a real server would have sent now."""
    if send != "SendToNone" and is_meeting(fields):
        people = [address for name in ("RequiredAttendees", "OptionalAttendees", "Resources")
                  for _, address in fields.get(name, ())]
        mailbox.sent.append({"kind": kind, "subject": fields.get("Subject", ""), "to": people})


def update_item(context, request):
    element = request.element
    send = element.get("SendMeetingInvitationsOrCancellations")

    def one(change):
        mailbox, item, version = context.item(change[0], "editor")
        if send is None:
            raise ItemError("ErrorSendMeetingInvitationsOrCancellationsRequired")
        with mailbox.lock:
            updates = [_update(update, request.zone) for update in change[1]]
            item.event.by_client = True
            _check_conflict(element.get("ConflictResolution"), item.event, version, updates)
            if item.original is None:
                _update_event(mailbox, item.event, updates)
            else:
                _update_occurrence(mailbox, item, updates)
            item = mailbox.find(item.event.number, item.original)
            note_sent(mailbox, "update", item.fields, send)
            if send != "SendToNone":
                rooms.invite(context.world, mailbox, item)
            return tag("m:Items", "<t:CalendarItem>" + item_id(mailbox, item)
                       + "</t:CalendarItem>") + "<m:ConflictResults><t:Count>0</t:Count>" \
                "</m:ConflictResults>"
    changes = element.find(f"{{{M}}}ItemChanges")
    return each("UpdateItem", changes, one, "<m:Items/>")


def _update(update, zone):
    """Return (key, value) of one change; the value is None where the field is deleted."""
    verb, key = schema.split(update.tag)[1], path_key(update[0])
    if verb == "DeleteItemField":
        if key in NOT_DELETABLE or key in schema.READ_ONLY:
            raise ItemError("ErrorInvalidPropertyDelete", values={"FieldURI": field_uri(key)})
        return key, None
    if verb == "AppendToItemField":
        raise ItemError("ErrorInvalidPropertyAppend", "Append is not supported for this property.")
    if len(update[1]) != 1:
        raise ItemError("ErrorIncorrectUpdatePropertyCount",
                        "An object within a change description must contain one and only one "
                        "property to modify.")
    name, value = read_property(update[1][0], zone)
    if name == "MimeContent":
        raise ItemError("ErrorInvalidPropertySet", values={"FieldURI": field_uri(name)})
    if name != key:
        raise ItemError("ErrorUpdatePropertyMismatch")
    return key, value


def _check_conflict(mode, event, version, updates):
    """Refuse a change to something that has changed since the caller read it."""
    if mode == "AlwaysOverwrite":
        return
    if version is None:
        raise ItemError("ErrorChangeKeyRequiredForWriteOperations")
    stale = version != event.version if mode == "NeverOverwrite" else \
        any(event.touched.get(key, 0) > version for key, _ in updates)
    if stale:
        raise ItemError("ErrorIrresolvableConflict")


def _apply(fields, updates):
    for key, value in updates:
        if value is None:
            fields.pop(key, None)
        else:
            fields[key] = value


def _update_event(mailbox, event, updates):
    fields, changed = dict(event.fields), dict(updates)
    _apply(fields, updates)
    zone = (fields.pop("StartTimeZone", None) or (None, event.zone))[1]
    end_zone = (fields.pop("EndTimeZone", None) or (None, event.end_zone))[1]
    recurrence = fields.pop("Recurrence", None)
    if fields.get("IsAllDayEvent"):
        widen_all_day(fields, zone)
    check(fields)
    event.fields, event.zone, event.end_zone = fields, zone, end_zone
    if "Recurrence" in changed:
        mailbox.set_recurrence(event, recurrence)
    elif event.recurrence and changed.keys() & {"Start", "End", "StartTimeZone"}:
        mailbox.set_recurrence(event, event.recurrence)
    mailbox.changed(event, changed)


def _update_occurrence(mailbox, item, updates):
    event, changed = item.event, dict(updates)
    if changed.keys() & {"Recurrence", "UID"}:
        raise ItemError("ErrorInvalidPropertySet")
    fields = dict(item.fields)
    _apply(fields, updates)
    for name in ("StartTimeZone", "EndTimeZone"):   # an occurrence stays in the zone of its series
        fields.pop(name, None)
    if fields.get("IsAllDayEvent"):
        widen_all_day(fields, event.zone)
    check(fields)
    if "Start" in changed:
        _check_neighbours(mailbox, item, fields["Start"])
    kept = {key: value for key, value in fields.items()
            if key in ("Start", "End") or event.fields.get(key) != value}
    kept |= {key: None for key in event.fields if key not in fields}
    event.modified[item.original] = kept
    mailbox.changed(event, changed)


def _check_neighbours(mailbox, item, start):
    """An occurrence must stay between the one before it and the one after it."""
    before = after = None
    for other in mailbox.occurrences(item.event):
        if other.original < item.original:
            before = other
        elif other.original > item.original:
            after = other
            break
    if before and start <= before.start or after and start >= after.start:
        raise ItemError("ErrorOccurrenceCrossingBoundary",
                        "Modified occurrence is crossing or overlapping adjacent occurrence.")


def delete_item(context, request):
    element = request.element
    send, disposal = element.get("SendMeetingCancellations"), element.get("DeleteType")

    def one(identity):
        mailbox, item, _ = context.item(identity, "editor")
        if send is None:
            raise ItemError("ErrorSendMeetingCancellationsRequired")
        with mailbox.lock:
            note_sent(mailbox, "cancellation", item.fields, send)
            if send != "SendToNone":
                rooms.cancel(context.world, item)
            if item.original is not None:
                mailbox.remove_occurrence(item)
            else:
                _remove(mailbox, item.event, disposal)
            return ""
    return each("DeleteItem", element[0], one)


def _remove(mailbox, event, disposal):
    """Delete an event; one that is moved to Deleted Items is there under a new id."""
    mailbox.remove(event)
    trash = mailbox.folder(name="deleteditems")
    if disposal == "MoveToDeletedItems" and event.folder is not trash:
        mailbox.add(dict(event.fields), event.zone, event.end_zone, event.recurrence, trash)


def sync_folder_items(context, request):
    element = request.element

    def one(target):
        mailbox, folder = context.folder(target[0], "reviewer")
        with mailbox.lock:
            return _sync(element, mailbox, folder, context.user)
    return each("SyncFolderItems", [element.find(f"{{{M}}}SyncFolderId")], one,
                "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>")


def _sync(element, mailbox, folder, user):
    since = _sync_position(element.findtext(f"{{{M}}}SyncState"), mailbox)
    most = int(element.findtext(f"{{{M}}}MaxChangesReturned"))
    if not 1 <= most <= MAX_SYNC:
        raise Fault("ErrorSchemaValidation", violation="The 'MaxChangesReturned' element is "
                    f"invalid - The value '{most}' is invalid according to its datatype "
                    "'MaxSyncChangesReturnedType'.")
    render = View(mailbox, element[0], user, find=True, strict=False)
    changes, seen, position = [], set(), since
    for position in range(since, len(mailbox.log)):
        if len(changes) == most:
            break
        kind, number, where = mailbox.log[position]
        if where == folder.number and number not in seen:
            seen.add(number)
            changes.append(_sync_change(mailbox, render, number, since))
    else:
        position = len(mailbox.log)
    state = base64.b64encode(f"practice:{mailbox.guid}:{position}".encode()).decode()
    return tag("m:SyncState", state) + tag(
        "m:IncludesLastItemInRange", str(position == len(mailbox.log)).lower()
    ) + tag("m:Changes", "".join(filter(None, changes)))


def _sync_position(state, mailbox):
    if not state:
        return 0
    try:
        mark, guid, position = base64.b64decode(state).decode().split(":")
        if mark == "practice" and guid == str(mailbox.guid):
            return min(int(position), len(mailbox.log))
    except ValueError:
        pass
    raise ItemError("ErrorInvalidSyncStateData")


def _sync_change(mailbox, render, number, since):
    """Return what happened to one item since a position in the log, all steps taken together."""
    created = any(kind == "Create" and one == number for kind, one, _ in mailbox.log[since:])
    item = mailbox.find(number)
    if item is None:
        gone = folders.bare_item_id(mailbox, number)
        return None if created else tag("t:Delete", gone)
    return tag("t:Create" if created else "t:Update", render.item(item))


def get_server_time_zones(context, request):
    full = request.element.get("ReturnFullTimeZoneData", "true") in ("true", "1")
    wanted = [part.text for part in request.element.iter(f"{{{T}}}Id")]
    names = [name for name in zones.windows_names() if not wanted or name in wanted]
    year = context.world.now().year
    content = "".join(folders.zone_definition(name, year, full) for name in names)
    return response("GetServerTimeZones", [message(
        "GetServerTimeZonesResponseMessage", tag("m:TimeZoneDefinitions", content))])


def convert_id(context, request):
    """Ids in the format we give them out are all we know; clients ask to see our version, and
    the address of the mailbox, which is the answer's own whatever the request said."""
    def one(element):
        formats = {element.get("Format"), request.element.get("DestinationFormat")}
        mailbox = context.known_id(element.get("Id"))[0]
        if formats != {"EwsId"}:
            raise ItemError("ErrorUnsupportedTypeForConversion")
        return tag("m:AlternateId", **element.attrib | {"Mailbox": mailbox.address}, **{
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:type": "t:AlternateIdType"})
    return each("ConvertId", request.element[0], one)


HANDLERS = {
    "ConvertId": convert_id,
    "CreateItem": create_item, "GetItem": get_item, "FindItem": find_item,
    "UpdateItem": update_item, "DeleteItem": delete_item, "GetFolder": folders.get_folder,
    "FindFolder": folders.find_folder, "CreateFolder": folders.create_folder,
    "DeleteFolder": folders.delete_folder, "GetUserConfiguration": people.get_user_configuration,
    "SyncFolderItems": sync_folder_items,
    "ResolveNames": people.resolve_names, "GetServerTimeZones": get_server_time_zones,
    "GetUserAvailability": availability.answer, "GetDelegate": people.get_delegate,
    "GetRoomLists": people.get_room_lists, "GetRooms": people.get_rooms,
}


def perform(world, user, request, rule):
    """Carry a request out and return the whole answer."""
    try:
        return envelope(HANDLERS[request.operation](Context(world, user, rule), request))
    except ItemError as error:      # before there was a part that could have failed alone
        raise Fault(error.code, error.text, values=error.values) from None


def refuse(request, error):
    """Return an answer in the operation's own shape in which every part fails with an ItemError."""
    if request.operation == "GetUserAvailability":
        return envelope(availability.refused(request, error))
    if request.operation in people.ALONE:
        return envelope(alone(request.operation, error=error))
    counted = {"CreateItem": "Items", "GetItem": "ItemIds", "UpdateItem": "ItemChanges",
               "DeleteItem": "ItemIds", "FindItem": "ParentFolderIds", "GetFolder": "FolderIds",
               "DeleteFolder": "FolderIds", "CreateFolder": "Folders",
               "FindFolder": "ParentFolderIds"}.get(request.operation)
    count = len(request.element.find(f"{{{M}}}{counted}")) if counted else 1
    name = request.operation + "ResponseMessage"
    return envelope(response(request.operation, [message(name, "", error)] * count))


def aimed_at(world, element, user):
    """Return the addresses of the mailboxes that a request is about, in lower case."""
    named = [part.text for part in element.iter(f"{{{T}}}Address") if part.text]
    named += [part.findtext(f"{{{T}}}EmailAddress") for part in element.findall(f"{{{M}}}Mailbox")]
    for part in element.iter(f"{{{T}}}DistinguishedFolderId"):
        named += [text for text in [part.findtext(f"{{{T}}}Mailbox/{{{T}}}EmailAddress")] if text]
    for part in element.iter():
        identity = part.get("Id") or part.get("RecurringMasterId") or part.get("OccurrenceId")
        if identity and schema.split(part.tag)[1] in ID_ELEMENTS:
            try:
                mailbox = world.by_guid.get(read_id(identity)[0])
            except IdError:
                continue
            named += [mailbox.address] if mailbox else []
    return sorted({address.strip().lower() for address in named or [user.address] if address})


ID_ELEMENTS = ("ItemId", "FolderId", "OccurrenceItemId", "RecurringMasterItemId")
