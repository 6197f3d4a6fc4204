# SPDX-License-Identifier: ISC
"""Calendar items between XML and the store: what a request sets, and what an answer shows."""

import base64
import datetime as dt
import re

from . import ical, rooms, schema, zones
from .recur import KINDS, LAST_YEAR, Recurrence
from .schema import T
from .soap import Fault, ItemError, clean, tag
from .store import change_key, make_id

DEFAULT_SHAPE = ("ItemId", "Subject", "HasAttachments", "ResponseObjects", "ReminderDueBy",
                 "ReminderIsSet", "ReminderMinutesBeforeStart", "Start", "End",
                 "LegacyFreeBusyStatus", "Location", "IsAllDayEvent", "CalendarItemType",
                 "MyResponseType", "Organizer", "Recurrence", "FirstOccurrence", "LastOccurrence",
                 "ModifiedOccurrences", "DeletedOccurrences")
NOT_IN_FIND = {"Body", "MimeContent", "RequiredAttendees", "OptionalAttendees", "Resources",
               "Recurrence", "FirstOccurrence", "LastOccurrence", "ModifiedOccurrences",
               "DeletedOccurrences", "Attachments", "UniqueBody", "TextBody", "NormalizedBody"}
PUBLIC_STRINGS = "00020329-0000-0000-c000-000000000046"
MAX_SUBJECT = 255
FIRST_YEAR = 1601
SEEN_OF_PRIVATE = ("Start", "End", "IsAllDayEvent", "LegacyFreeBusyStatus", "Sensitivity", "UID")


# Times

def instant(text, zone=None):
    """Return the UTC instant of an xs:dateTime; one without offset is in zone, or else in UTC."""
    match = re.match(r"\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?\s*$", text)
    try:
        civil = dt.datetime.fromisoformat(match[1])
        if match[3] is None:
            return zones.local_to_utc(_in_range(civil), zone or zones.UTC)
        return _in_range(dt.datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00"))
                         .astimezone(zones.UTC))
    except (ValueError, OverflowError):
        raise Fault("ErrorSchemaValidation", violation=f"The value '{text}' is invalid according "
                    "to its datatype 'dateTime'.") from None


def _in_range(day):
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ItemError("ErrorCalendarOutOfRange")
    return day


def stamp(moment):
    return moment.isoformat()[:19] + "Z"


def date(text):
    try:
        return _in_range(dt.date.fromisoformat(text.strip()[:10]))
    except ValueError:
        raise Fault("ErrorSchemaValidation", violation=f"The value '{text}' is invalid according "
                    "to its datatype 'date'.") from None


# Property paths

def path_key(path):
    """Return the key of a property path: a field's name, or a tuple for an extended property."""
    kind = schema.split(path.tag)[1]
    if kind == "ExtendedFieldURI":
        key = extended_key(path)
        return ALIASES.get(key, key)
    if kind == "IndexedFieldURI":
        raise ItemError("ErrorInvalidPropertyRequest")
    uri = path.get("FieldURI")
    space, name = uri.split(":")
    known = schema.ITEM_NAMES if space == "item" else \
        schema.FIELD_ORDER[len(schema.ITEM_NAMES):] if space == "calendar" else ()
    if name not in known:
        raise ItemError("ErrorInvalidPropertyRequest", values={"FieldURI": uri})
    return name


def is_foreign(path):
    """Say whether a path is about another class of items: asking for it is no error."""
    return schema.split(path.tag)[1] == "IndexedFieldURI" or path.get("FieldURI", "item:") \
        .partition(":")[0] not in ("item", "calendar")


def extended_key(path):
    """Return (set, name or id or tag, type) of an ExtendedFieldURI."""
    attributes = path.attrib
    named = "PropertyName" in attributes or "PropertyId" in attributes
    sets = ("PropertySetId" in attributes) + ("DistinguishedPropertySetId" in attributes)
    alone = "PropertyTag" in attributes
    if alone == named or sets != (0 if alone else 1) or \
            ("PropertyName" in attributes) and ("PropertyId" in attributes):
        raise ItemError("ErrorInvalidExtendedProperty")
    if alone:
        return ("tag", f"0x{int(attributes['PropertyTag'], 0):x}", attributes["PropertyType"])
    where = attributes.get("PropertySetId", "").lower() or attributes["DistinguishedPropertySetId"]
    if where == PUBLIC_STRINGS:
        where = "PublicStrings"
    named = "PropertyName" in attributes
    what = attributes["PropertyName"] if named else int(attributes["PropertyId"])
    return (where, what, attributes["PropertyType"])


def extended_uri(key):
    where, what, kind = key
    if where == "tag":
        return tag("t:ExtendedFieldURI", PropertyTag=what, PropertyType=kind)
    place = {"PropertySetId" if "-" in where else "DistinguishedPropertySetId": where}
    place["PropertyId" if isinstance(what, int) else "PropertyName"] = what
    return tag("t:ExtendedFieldURI", **place, PropertyType=kind)


# MAPI properties that are fields under another name.
ALIASES = {("tag", "0x37", "String"): "Subject"}

# MAPI properties that every item has although nobody wrote them; clients search by some.
COMPUTED = {
    ("Appointment", 0x8223, "Boolean"):
        lambda item: str(item.event.recurrence is not None).lower(),
    ("PublicStrings", "urn:schemas:calendar:instancetype", "Integer"):
        lambda item: "1" if item.event.recurrence is not None else "0",
    ("tag", "0x37", "String"): lambda item: item.fields.get("Subject", ""),
    ("tag", "0xe23", "Integer"): lambda item: str(item.event.number),
    ("tag", "0x3008", "SystemTime"): lambda item: stamp(item.event.changed),
}


def extended_value(item, key):
    """Return an extended property, as somebody wrote it or as every item has it; or None."""
    value = item.fields.get(key)
    return COMPUTED[key](item) if value is None and key in COMPUTED else value


# From XML

def _bool(element, _):
    return element.text.strip() in ("true", "1")


def _attendees(element, _):
    found = []
    for attendee in element:
        mailbox = attendee.find(f"{{{T}}}Mailbox")
        address = mailbox.findtext(f"{{{T}}}EmailAddress")
        if not address:
            raise ItemError("ErrorInvalidRecipients", "At least one recipient isn't valid.")
        found.append((mailbox.findtext(f"{{{T}}}Name") or address, address))
    return found


def _recurrence(element, _):
    pattern, reach = element
    values = {schema.split(child.tag)[1]: child.text.strip() for child in [*pattern, *reach]}
    kind = schema.split(pattern.tag)[1].removesuffix("Recurrence")
    recurrence = Recurrence(
        kind=next(known for known in KINDS if known == kind),
        start=date(values["StartDate"]), interval=int(values.get("Interval", 1)),
        days=values.get("DaysOfWeek", ""), first_day=values.get("FirstDayOfWeek", "Sunday"),
        day_of_month=int(values.get("DayOfMonth", 1)), order=values.get("DayOfWeekIndex", "First"),
        month=values.get("Month", "January"),
        end=date(values["EndDate"]) if "EndDate" in values else None,
        count=int(values["NumberOfOccurrences"]) if "NumberOfOccurrences" in values else None)
    error = recurrence.check()
    if error:
        raise ItemError(error)
    return recurrence


def _zone(element, _):
    zone = zones.windows_zone(element.get("Id") or "")
    if zone is None:
        raise ItemError("ErrorTimeZone")
    return element.get("Id"), zone


def _mime(element, _):
    """Return the fields in an item's MimeContent; what is said beside it has the last word."""
    return ical.read(base64.b64decode(element.text or "").decode("utf-8", "replace"))


def _text(element, _):
    return element.text or ""


READERS = {
    "MimeContent": _mime,
    "Start": lambda element, zone: instant(element.text, zone),
    "End": lambda element, zone: instant(element.text, zone),
    "ReminderDueBy": lambda element, zone: instant(element.text, zone),
    "Body": lambda element, _: (element.get("BodyType"), element.text or ""),
    "Categories": lambda element, _: [child.text or "" for child in element],
    "IsAllDayEvent": _bool, "ReminderIsSet": _bool, "IsResponseRequested": _bool,
    "AllowNewTimeProposal": _bool, "IsOnlineMeeting": _bool,
    "ReminderMinutesBeforeStart": lambda element, _: int(element.text),
    "ConferenceType": lambda element, _: int(element.text),
    "RequiredAttendees": _attendees, "OptionalAttendees": _attendees, "Resources": _attendees,
    "Recurrence": _recurrence, "StartTimeZone": _zone, "EndTimeZone": _zone,
    "Subject": _text, "Location": _text, "ItemClass": _text, "Sensitivity": _text,
    "Importance": _text, "InReplyTo": _text, "Culture": _text, "UID": _text,
    "When": _text, "LegacyFreeBusyStatus": _text, "MeetingWorkspaceUrl": _text, "NetShowUrl": _text,
}


def read_property(element, zone):
    """Return (key, value) of one child of a CalendarItem in a request."""
    name = schema.split(element.tag)[1]
    if name == "ExtendedProperty":
        path, value = element
        single = schema.split(value.tag)[1] == "Value"
        key = extended_key(path)
        if single == key[2].endswith("Array"):
            raise ItemError("ErrorInvalidExtendedPropertyValue",
                            "The extended property value does not fit its type.")
        return ALIASES.get(key, key), (value.text or "") if single else [child.text or "" for child in value]
    if name in schema.READ_ONLY or name not in READERS:
        raise ItemError("ErrorInvalidPropertySet", values={"FieldURI": field_uri(name)})
    return name, READERS[name](element, zone)


def field_uri(name):
    return ("item:" if name in schema.ITEM_NAMES else "calendar:") + name


def check(fields):
    """Raise ItemError if an item does not make sense as a whole."""
    if fields["End"] < fields["Start"]:
        raise ItemError("ErrorCalendarEndDateIsEarlierThanStartDate")
    if fields["End"] - fields["Start"] > dt.timedelta(days=5 * 366):
        raise ItemError("ErrorCalendarDurationIsTooLong")
    if len(fields.get("Subject", "")) > MAX_SUBJECT:
        raise ItemError("ErrorPropertyValidationFailure",
                        f"Property validation failed. Subject: longer than {MAX_SUBJECT}.")
    if fields.get("ItemClass", "IPM.Appointment").split(".")[:2] != ["IPM", "Appointment"]:
        raise ItemError("ErrorObjectTypeChanged", "The item class is not that of an appointment.")


def widen_all_day(fields, zone):
    """Make an all-day item whole days in its zone, as servers do."""
    start = fields["Start"].astimezone(zone).date()
    end = fields["End"].astimezone(zone)
    last = end.date() + dt.timedelta(days=1 if end.time() != dt.time() else 0)
    last = max(last, start + dt.timedelta(days=1))
    for name, day in (("Start", start), ("End", last)):
        fields[name] = zones.local_to_utc(dt.datetime.combine(day, dt.time()), zone)


# To XML

def item_id(mailbox, item):
    event = item.event
    kind = "I" if item.original is None else "O"
    return tag("t:ItemId", Id=make_id(mailbox, kind, event.number, item.original),
               ChangeKey=change_key(event.number, event.version))


def mailbox_xml(name, address):
    return "<t:Mailbox>" + tag("t:Name", clean(name)) + tag("t:EmailAddress", clean(address)) + \
        "<t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>"


def recurrence_xml(rule):
    """Return the content of a Recurrence element."""
    words = {"DaysOfWeek": rule.days, "DayOfWeekIndex": rule.order, "Month": rule.month,
             "Interval": rule.interval, "DayOfMonth": rule.day_of_month}
    order = {"Daily": "Interval", "Weekly": "Interval DaysOfWeek",
             "AbsoluteMonthly": "Interval DayOfMonth", "AbsoluteYearly": "DayOfMonth Month",
             "RelativeMonthly": "Interval DaysOfWeek DayOfWeekIndex",
             "RelativeYearly": "DaysOfWeek DayOfWeekIndex Month"}[rule.kind]
    pattern = "".join(tag("t:" + name, str(words[name])) for name in order.split())
    if rule.kind == "Weekly" and rule.first_day != "Sunday":
        pattern += tag("t:FirstDayOfWeek", rule.first_day)
    reach = tag("t:StartDate", f"{rule.start}Z")
    if rule.end:
        reach = tag("t:EndDateRecurrence", reach + tag("t:EndDate", f"{rule.end}Z"))
    elif rule.count:
        reach = tag("t:NumberedRecurrence", reach + tag("t:NumberOfOccurrences", str(rule.count)))
    else:
        reach = tag("t:NoEndRecurrence", reach)
    return tag(f"t:{rule.kind}Recurrence", pattern) + reach


def occurrence_info(name, mailbox, item):
    return tag("t:" + name, item_id(mailbox, item) + tag("t:Start", stamp(item.start))
               + tag("t:End", stamp(item.end)) + tag("t:OriginalStart", stamp(item.original)))


class View:
    """Renders items of one mailbox with the properties that one request asked for."""

    def __init__(self, mailbox, shape, user, find, strict=True):
        """shape is the ItemShape element, user who sees it; find says that a list (no bodies, no
        series) is asked for, strict that naming such a property is then an error rather than
        ignored."""
        self.mailbox, self.find = mailbox, find
        self.sees_private = mailbox.sees_private(user.address)
        base = shape.findtext(f"{{{T}}}BaseShape")
        wanted = {"IdOnly": {"ItemId"}, "Default": set(DEFAULT_SHAPE),
                  "AllProperties": set(schema.FIELD_ORDER)}[base]
        if base == "AllProperties":
            wanted -= {"MimeContent", "StartWallClock", "EndWallClock"}
        if shape.findtext(f"{{{T}}}IncludeMimeContent") in ("true", "1"):
            wanted.add("MimeContent")
        if find:
            wanted -= NOT_IN_FIND
        extended = []
        paths = shape.find(f"{{{T}}}AdditionalProperties")
        for path in paths if paths is not None else ():
            if is_foreign(path):
                continue
            key = path_key(path)
            if isinstance(key, tuple):
                extended.append(key)
            elif find and key in NOT_IN_FIND and not strict:
                continue
            elif find and key in NOT_IN_FIND:
                raise ItemError("ErrorInvalidPropertyRequest",
                                values={"FieldURI": field_uri(key)})
            else:
                wanted.add(key)
        self.names = [name for name in schema.FIELD_ORDER
                      if name in wanted or name == "ExtendedProperty" and extended]
        self.extended = extended
        self.body_type = shape.findtext(f"{{{T}}}BodyType") or "Best"

    def item(self, item):
        """Return one CalendarItem element; of a private one others see when, and how busy."""
        if is_private(item.fields) and not self.sees_private:
            item = type(item)(item.event, {
                **{name: item.fields[name] for name in SEEN_OF_PRIVATE if name in item.fields},
                "Subject": "Private Appointment"}, item.original, item.exception)
        parts = []
        for name in self.names:
            writer = getattr(self, "_" + name, None)
            if writer is not None:
                parts.append(writer(item))
            elif name in PLAIN:
                value = item.fields.get(name, PLAIN[name])
                if value is not None:
                    parts.append(tag("t:" + name, _plain(value)))
        return "<t:CalendarItem>" + "".join(parts) + "</t:CalendarItem>"

    def _ItemId(self, item):
        return item_id(self.mailbox, item)

    def _ParentFolderId(self, item):
        number = item.event.folder.number
        return tag("t:ParentFolderId", Id=make_id(self.mailbox, "F", number), ChangeKey="AQAAAA==")

    def _MimeContent(self, item):
        content = base64.b64encode(ical.write(item).encode()).decode()
        return tag("t:MimeContent", content, CharacterSet="UTF-8")

    def _Body(self, item):
        kind, text = item.fields.get("Body", ("Text", ""))
        if self.body_type == "Text" and kind == "HTML":
            kind, text = "Text", re.sub(r"<[^>]*>", "", text)
        elif self.body_type == "HTML" and kind == "Text":
            kind, text = "HTML", f"<html><body>{clean(text)}</body></html>"
        return tag("t:Body", clean(text), BodyType=kind)

    def _Categories(self, item):
        names = item.fields.get("Categories")
        return tag("t:Categories", "".join(tag("t:String", clean(n)) for n in names)) \
            if names else ""

    def _ExtendedProperty(self, item):
        found = []
        for key in self.extended:
            value = extended_value(item, key)
            if value is None:
                continue
            if isinstance(value, list):
                content = tag("t:Values", "".join(tag("t:Value", clean(v)) for v in value))
            else:
                content = tag("t:Value", clean(value))
            found.append(tag("t:ExtendedProperty", extended_uri(key) + content))
        return "".join(found)

    def _EffectiveRights(self, item):
        return "<t:EffectiveRights><t:CreateAssociated>false</t:CreateAssociated>" \
            "<t:CreateContents>false</t:CreateContents><t:CreateHierarchy>false" \
            "</t:CreateHierarchy><t:Delete>true</t:Delete><t:Modify>true</t:Modify>" \
            "<t:Read>true</t:Read></t:EffectiveRights>"

    def _Size(self, item):
        return tag("t:Size", str(2000 + len(item.fields.get("Body", ("", ""))[1])))

    def _DateTimeCreated(self, item):
        return tag("t:DateTimeCreated", stamp(item.event.created))

    def _DateTimeReceived(self, item):
        return tag("t:DateTimeReceived", stamp(item.event.created))

    def _DateTimeSent(self, item):
        return tag("t:DateTimeSent", stamp(item.event.created))

    def _DateTimeStamp(self, item):
        return tag("t:DateTimeStamp", stamp(item.event.changed))

    def _LastModifiedTime(self, item):
        return tag("t:LastModifiedTime", stamp(item.event.changed))

    def _LastModifiedName(self, item):
        return tag("t:LastModifiedName", clean(self.mailbox.name))

    def _ReminderDueBy(self, item):
        return tag("t:ReminderDueBy", stamp(item.start))

    def _Start(self, item):
        return tag("t:Start", stamp(item.start))

    def _End(self, item):
        return tag("t:End", stamp(item.end))

    def _OriginalStart(self, item):
        return tag("t:OriginalStart", stamp(item.original)) if item.exception else ""

    def _RecurrenceId(self, item):
        return tag("t:RecurrenceId", stamp(item.original)) if item.original else ""

    def _IsMeeting(self, item):
        return tag("t:IsMeeting", _plain(is_meeting(item.fields)))

    def _IsRecurring(self, item):
        return tag("t:IsRecurring", _plain(item.original is not None))

    def _CalendarItemType(self, item):
        return tag("t:CalendarItemType", item.kind)

    def _Organizer(self, item):
        return tag("t:Organizer", mailbox_xml(self.mailbox.name, self.mailbox.address))

    def _attendees(self, name, item):
        people = item.fields.get(name)
        return tag("t:" + name, "".join(
            tag("t:Attendee", mailbox_xml(*person) + tag(
                "t:ResponseType", rooms.answer(item.event, person[1], self.mailbox.now())))
            for person in people)) if people else ""

    def _RequiredAttendees(self, item):
        return self._attendees("RequiredAttendees", item)

    def _OptionalAttendees(self, item):
        return self._attendees("OptionalAttendees", item)

    def _Resources(self, item):
        return self._attendees("Resources", item)

    def _DisplayTo(self, item):
        return tag("t:DisplayTo", clean("; ".join(
            name for name, _ in item.fields.get("RequiredAttendees", ()))))

    def _Duration(self, item):
        minutes = int((item.end - item.start).total_seconds() // 60)
        days, minutes = divmod(minutes, 1440)
        hours, minutes = divmod(minutes, 60)
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        text = (f"{days}D" if days else "") + ("T" + clock if clock else "")
        return tag("t:Duration", "P" + (text or "T0S"))

    def _TimeZone(self, item):
        return tag("t:TimeZone", clean(f"({zones.windows_name(item.event.zone)})"))

    def _zone(self, name, zone):
        windows = zones.windows_name(zone)
        return tag("t:" + name, Name=windows, Id=windows)

    def _StartTimeZone(self, item):
        return self._zone("StartTimeZone", item.event.zone)

    def _EndTimeZone(self, item):
        return self._zone("EndTimeZone", item.event.end_zone)

    def _StartTimeZoneId(self, item):
        return tag("t:StartTimeZoneId", zones.windows_name(item.event.zone))

    def _EndTimeZoneId(self, item):
        return tag("t:EndTimeZoneId", zones.windows_name(item.event.end_zone))

    def _AppointmentState(self, item):
        return tag("t:AppointmentState", "1" if is_meeting(item.fields) else "0")

    def _Recurrence(self, item):
        rule = item.event.recurrence
        return tag("t:Recurrence", recurrence_xml(rule)) if is_master(item) else ""

    def _FirstOccurrence(self, item):
        if is_master(item):
            for first in self.mailbox.occurrences(item.event):
                return occurrence_info("FirstOccurrence", self.mailbox, first)
        return ""

    def _LastOccurrence(self, item):
        rule = item.event.recurrence
        if is_master(item) and (rule.end or rule.count):
            last = None
            for last in self.mailbox.occurrences(item.event):
                pass
            return occurrence_info("LastOccurrence", self.mailbox, last) if last else ""
        return ""

    def _ModifiedOccurrences(self, item):
        if not is_master(item) or not item.event.modified:
            return ""
        found = [self.mailbox.occurrence(item.event, key) for key in sorted(item.event.modified)]
        return tag("t:ModifiedOccurrences", "".join(
            occurrence_info("Occurrence", self.mailbox, one) for one in found if one))

    def _DeletedOccurrences(self, item):
        if not is_master(item) or not item.event.deleted:
            return ""
        return tag("t:DeletedOccurrences", "".join(
            tag("t:DeletedOccurrence", tag("t:Start", stamp(start)))
            for start in sorted(item.event.deleted)))


# Fields written as they are stored, with what stands there when nothing was set; None: left out.
PLAIN = {
    "ItemClass": "IPM.Appointment", "Subject": "", "Sensitivity": "Normal", "Importance": "Normal",
    "InReplyTo": None, "IsSubmitted": False, "IsDraft": False, "IsFromMe": False,
    "IsResend": False, "IsUnmodified": False, "ReminderIsSet": True,
    "ReminderMinutesBeforeStart": 15, "DisplayCc": "", "HasAttachments": False, "Culture": "en-US",
    "IsAssociated": False, "UID": None, "IsAllDayEvent": False, "LegacyFreeBusyStatus": "Busy",
    "Location": None, "When": None, "IsCancelled": False, "MeetingRequestWasSent": False,
    "IsResponseRequested": True, "MyResponseType": "Organizer", "AppointmentSequenceNumber": 0,
    "ConferenceType": None, "AllowNewTimeProposal": None, "IsOnlineMeeting": False,
    "MeetingWorkspaceUrl": None, "NetShowUrl": None, "IsOrganizer": True,
}


def _plain(value):
    return clean(str(value).lower() if isinstance(value, bool) else str(value))


def is_master(item):
    return item.original is None and item.event.recurrence is not None


def is_private(fields):
    return fields.get("Sensitivity") == "Private"


def is_meeting(fields):
    return any(fields.get(name) for name in ("RequiredAttendees", "OptionalAttendees", "Resources"))
