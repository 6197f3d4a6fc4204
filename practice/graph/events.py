# SPDX-License-Identifier: ISC
"""Events between JSON and the store, and their ids.

An immutable id stays when a mailbox moves; the usual one changes with it. All-day events come with the
midnights of their own zone called UTC, as the real service has it; what they mean as instants stands in
MAPI's properties alone, and in originalStart.
"""

import base64
import datetime as dt
import struct

from exchange import items, zones
from exchange.store import change_key, make_id, minutes_since_epoch, read_id, IdError, EPOCH

from .odata import GraphError, moment_json, moment_of, property_key

SHOW = {"Free": "free", "Tentative": "tentative", "Busy": "busy", "OOF": "oof",
        "WorkingElsewhere": "workingElsewhere", "NoData": "unknown"}
SHOWN = {word: name for name, word in SHOW.items()}
SENSITIVITY = {"Normal": "normal", "Personal": "personal", "Private": "private", "Confidential": "confidential"}
SENSITIVE = {word: name for name, word in SENSITIVITY.items()}
ANSWERS = {"Accept": "accepted", "Decline": "declined", "Tentative": "tentativelyAccepted", "Unknown": "none"}
KINDS = {"Single": "singleInstance", "Occurrence": "occurrence", "Exception": "exception",
         "RecurringMaster": "seriesMaster"}
WRITABLE = {"subject", "body", "start", "end", "location", "showAs", "sensitivity", "isReminderOn",
            "reminderMinutesBeforeStart", "isAllDay", "transactionId", "attendees",
            "singleValueExtendedProperties", "isOnlineMeeting", "onlineMeetingProvider", "categories"}
START_WHOLE, END_WHOLE = ("Appointment", 0x820D, "SystemTime"), ("Appointment", 0x820E, "SystemTime")
MARK = b"\x02\x0b"


def event_id(mailbox, item, immutable):
    kind = "I" if item.original is None else "O"
    number = item.event.number
    if not immutable:
        return make_id(mailbox, kind, number, item.original).replace("+", "-").replace("/", "_")
    tail = b"" if item.original is None else struct.pack(">i", minutes_since_epoch(item.original))
    return base64.urlsafe_b64encode(MARK + mailbox.address.lower().encode() + b"\0" + struct.pack(">Q", number)
                                    + tail).decode()


def number_of(mailbox, text):
    """Return (number, original start) of either kind of id."""
    malformed = GraphError("ErrorInvalidIdMalformed", "Id is malformed.")
    try:
        raw = base64.urlsafe_b64decode(text)
        if raw.startswith(MARK):
            address, _, rest = raw[len(MARK):].partition(b"\0")
            if len(rest) not in (8, 12):
                raise malformed
            if address.decode() != mailbox.address.lower():
                raise GraphError("ErrorItemNotFound", "The specified object was not found in the store.")
            original = EPOCH + dt.timedelta(minutes=struct.unpack(">i", rest[8:])[0]) if len(rest) == 12 else None
            return struct.unpack(">Q", rest[:8])[0], original
        guid, kind, number, original = read_id(text.replace("-", "+").replace("_", "/"))
    except (ValueError, IdError):
        raise malformed from None
    if guid != mailbox.guid or kind not in "IO":
        raise GraphError("ErrorItemNotFound", "The specified object was not found in the store.")
    return number, original


def calendar_id(mailbox, folder):
    return base64.urlsafe_b64encode(b"\x02\x0c" + mailbox.address.lower().encode() + b"\0"
                                    + struct.pack(">Q", folder.number)).decode()


def etag(event):
    return f'W/"{change_key(event.number, event.version)}"'


def _times(item, zone_name):
    fields = item.fields
    if not fields.get("IsAllDayEvent"):
        return {"start": moment_json(item.start, zone_name), "end": moment_json(item.end, zone_name)}
    return {name: {"dateTime": moment.astimezone(item.event.zone).isoformat()[:10] + "T00:00:00.0000000",
                   "timeZone": zone_name} for name, moment in (("start", item.start), ("end", item.end))}


def _attendees(mailbox, item):
    found = []
    for field, kind in (("RequiredAttendees", "required"), ("OptionalAttendees", "optional"),
                        ("Resources", "resource")):
        for name, address in item.fields.get(field, ()):
            answer = item.event.responses.get(address.lower(), ("Unknown", mailbox.now()))
            known = answer[0] if answer[1] <= mailbox.now() else "Unknown"
            found.append({"type": kind, "status": {"response": ANSWERS[known], "time": "0001-01-01T00:00:00Z"},
                          "emailAddress": {"name": name, "address": address}})
    return found


def _extended(item, wanted):
    found = []
    for key, name in wanted.items():
        value = item.fields.get(key)
        if key in (START_WHOLE, END_WHOLE) and item.original is None:
            value = items.stamp(item.start if key is START_WHOLE or key == START_WHOLE else item.end)
        if value is not None:
            found.append({"id": name, "value": value})
    return found


def to_json(mailbox, item, view):
    """Return one event: all that a reader of `view` may see of it, and asked for."""
    fields, event = item.fields, item.event
    hidden = items.is_private(fields) and not view.sees_private
    kind, text = fields.get("Body", ("Text", ""))
    if view.text_bodies and kind == "HTML":
        kind, text = "Text", items.re.sub(r"<[^>]*>", "", text)
    location = "" if hidden else fields.get("Location", "")
    made = {
        "createdDateTime": items.stamp(event.created), "lastModifiedDateTime": items.stamp(event.changed),
        "changeKey": change_key(event.number, event.version), "categories": fields.get("Categories") or [],
        "transactionId": fields.get("transactionId"),
        "originalStartTimeZone": zones.windows_name(event.zone),
        "originalEndTimeZone": zones.windows_name(event.end_zone),
        "iCalUId": fields["UID"], "reminderMinutesBeforeStart": fields.get("ReminderMinutesBeforeStart", 15),
        "isReminderOn": fields.get("ReminderIsSet", True), "hasAttachments": False,
        "subject": "Private Appointment" if hidden else fields.get("Subject", ""),
        "bodyPreview": "" if hidden else text[:255], "importance": "normal",
        "sensitivity": SENSITIVITY[fields.get("Sensitivity", "Normal")],
        "isAllDay": bool(fields.get("IsAllDayEvent")), "isCancelled": False, "isOrganizer": True,
        **_meeting(event),
        "showAs": SHOW[fields.get("LegacyFreeBusyStatus", "Busy")], "type": KINDS[item.kind],
        "webLink": "https://outlook.office365.com/owa/", "seriesMasterId": None,
        "body": {"contentType": kind.lower(), "content": "" if hidden else text},
        "location": {"displayName": location, "locationType": "default"},
        "organizer": {"emailAddress": {"name": mailbox.name, "address": mailbox.address}},
        "attendees": [] if hidden else _attendees(mailbox, item),
        **_times(item, view.zone),
    }
    if item.original is not None:
        made["originalStart"] = items.stamp(item.original)
    if view.select is not None:
        unknown = view.select - made.keys() - {"id", "originalStart"}
        if unknown:
            raise GraphError("BadRequest", f"Could not find a property named '{sorted(unknown)[0]}' on type "
                             "'Microsoft.OutlookServices.Event'.")
        made = {name: value for name, value in made.items() if name in view.select}
    if view.expand:
        extended = _extended(item, view.expand)
        if extended:
            made["singleValueExtendedProperties"] = extended
    return {"@odata.etag": etag(event), "id": event_id(mailbox, item, view.immutable), **made}


def join_url(event):
    return f"https://teams.practice.example/l/meetup-join/{event.number:016x}"


def _meeting(event):
    is_online = bool(event.fields.get("isOnlineMeeting"))
    return {"isOnlineMeeting": is_online, "onlineMeetingProvider": "teamsForBusiness" if is_online else "unknown",
            "onlineMeeting": {"joinUrl": join_url(event)} if is_online else None}


# From JSON

def _text(value):
    if not isinstance(value, str):
        raise GraphError("RequestBodyRead", "A string was expected.")
    return value


def _word(words):
    def read(value):
        if value not in words:
            raise GraphError("RequestBodyRead", "A value is not valid for its enumeration.")
        return words[value]
    return read


def _read_attendees(fields, value):
    for name in ("RequiredAttendees", "OptionalAttendees", "Resources"):
        fields[name] = []
    for one in value:
        address = one["emailAddress"]
        where = {"required": "RequiredAttendees", "optional": "OptionalAttendees",
                 "resource": "Resources"}[one.get("type", "required")]
        fields[where].append((address.get("name") or address["address"], address["address"]))


def _read_property(fields, value):
    for one in value:
        if set(one) != {"id", "value"}:
            raise GraphError("RequestBodyRead", "An extended property has an id and a value.")
        fields[property_key(_text(one["id"]))] = _text(one["value"])


def read_json(body):
    """Return (fields, zone, end zone) of what a body sets."""
    unknown = body.keys() - WRITABLE
    if unknown:
        raise GraphError("RequestBodyRead", f"The property '{sorted(unknown)[0]}' does not exist on type "
                         "'microsoft.graph.event' or cannot be set.")
    fields, zone, end_zone = {}, None, None
    try:
        for name, key, read in (("subject", "Subject", _text), ("showAs", "LegacyFreeBusyStatus", _word(SHOWN)),
                                ("sensitivity", "Sensitivity", _word(SENSITIVE)),
                                ("transactionId", "transactionId", _text), ("isAllDay", "IsAllDayEvent", bool),
                                ("isReminderOn", "ReminderIsSet", bool), ("categories", "Categories", list),
                                ("isOnlineMeeting", "isOnlineMeeting", bool),
                                ("reminderMinutesBeforeStart", "ReminderMinutesBeforeStart", int)):
            if name in body:
                fields[key] = read(body[name])
        if "location" in body:
            fields["Location"] = _text(body["location"]["displayName"])
        if "body" in body:
            fields["Body"] = ({"text": "Text", "html": "HTML"}[body["body"]["contentType"].lower()],
                              _text(body["body"]["content"]))
        if "start" in body:
            fields["Start"], zone = moment_of(body["start"])
        if "end" in body:
            fields["End"], end_zone = moment_of(body["end"])
        if "attendees" in body:
            _read_attendees(fields, body["attendees"])
        if "singleValueExtendedProperties" in body:
            _read_property(fields, body["singleValueExtendedProperties"])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise GraphError("RequestBodyRead", "The event is malformed.") from None
    return fields, zone, end_zone
