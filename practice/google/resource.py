# SPDX-License-Identifier: ISC
"""Events between the API's JSON and the store, which keeps fields by their names in Exchange.

What the API alone knows stands in `event.google`: id, response states, reminders, conference. Descriptions are
HTML: the store holds what a reader of the calendar sees of them.
"""

import datetime as dt
import hashlib
import html
import re
import zoneinfo

from exchange import rooms, zones
from exchange.store import Occurrence

from .errors import ApiError

ID = re.compile(r"[a-v0-9]{5,1024}")
WRITABLE = frozenset("""id summary description location start end status transparency visibility attendees
    extendedProperties reminders conferenceData eventType guestsCanSeeOtherGuests guestsCanInviteOthers
    guestsCanModify iCalUID source""".split())
SHOWN = {"Free": {"transparency": "transparent"}, "Tentative": {"status": "tentative"}, "Busy": {},
         "OOF": {"eventType": "outOfOffice"},
         "WorkingElsewhere": {"eventType": "workingLocation", "transparency": "transparent", "visibility": "public",
                              "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}}}
ANSWERS = {"Accept": "accepted", "Decline": "declined"}
MAX_REMINDERS, MAX_MINUTES, MAX_KEY, MAX_VALUE = 5, 40320, 44, 1024
MEET = {"conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}}


def id_of(event):
    """Return an event's id; one that the world file made gets its own."""
    if not hasattr(event, "google"):
        event.google = {"id": f"e{event.number:024x}"}
    return event.google["id"]


def etag_of(event):
    digest = hashlib.sha256(f"{id_of(event)} {event.version}".encode()).hexdigest()
    return f'"{int(digest[:13], 16)}"'


def rfc3339(moment, zone):
    return moment.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def description_html(text):
    return html.escape(text, quote=False)


def description_text(markup):
    """Return what a reader sees: line breaks kept, tags gone, references read."""
    markup = re.sub(r"(?i)<br\s*/?>", "\n", markup)
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


# ---- from the store ----

def shown(mailbox, item, right, zone):
    """Return the resource of an occurrence as somebody with this right sees it."""
    event, fields = item.event, item.fields
    identity, google = id_of(event), event.google if hasattr(event, "google") else {}
    if item.original is not None:
        identity = f"{identity}_{item.original:%Y%m%dT%H%M%SZ}"
    found = {"kind": "calendar#event", "etag": etag_of(event), "id": identity, "status": "confirmed",
             "created": rfc3339(event.created, zones.UTC), "updated": rfc3339(event.changed, zones.UTC),
             "creator": {"email": mailbox.address, "self": True},
             "organizer": {"email": mailbox.address, "self": True},
             "iCalUID": f"{id_of(event)}@google.com", "sequence": event.version - 1,
             "eventType": "default", "reminders": {"useDefault": True}}
    status = fields.get("LegacyFreeBusyStatus", "Busy")
    found |= SHOWN[status]
    found |= {"start": _when(item.start, fields, event.zone, zone), "end": _when(item.end, fields, event.zone, zone)}
    if item.original is not None:
        found["recurringEventId"] = id_of(event)
        found["originalStartTime"] = _when(item.original, fields, event.zone, zone)
    elif event.recurrence:
        found["recurrence"] = [_rule(event.recurrence)]
    if fields.get("Sensitivity", "Normal") != "Normal":
        found["visibility"] = "private"
    if right == "free-busy" or (right != "owner" and found.get("visibility") == "private"):
        return {name: found[name] for name in ("kind", "etag", "id", "status", "start", "end", "transparency",
                                               "recurringEventId", "originalStartTime") if name in found} \
            | {"visibility": "private"}
    body = fields.get("Body", ("Text", ""))[1]
    for name, text in (("summary", fields.get("Subject", "")), ("location", fields.get("Location", "")),
                       ("description", description_html(body))):
        if text:
            found[name] = text
    private = {key[1]: value for key, value in fields.items() if isinstance(key, tuple)}
    if private:
        found["extendedProperties"] = {"private": private}
    found |= {name: value for name, value in google.items() if name not in ("id", "pending")}
    if google.get("pending"):
        google["pending"] -= 1
        del found["hangoutLink"]
        found["conferenceData"] = {"createRequest": {**found["conferenceData"]["createRequest"],
                                                     "status": {"statusCode": "pending"}}}
    if "attendees" in found:
        found["attendees"] = [_attendee(mailbox, event, one) for one in found["attendees"]]
    return found


def _attendee(mailbox, event, person):
    """Return an attendee with what is known of the answer by now; the calendar's owner is marked."""
    answer = rooms.answer(event, person["email"], mailbox.now())
    found = {**person, "responseStatus": ANSWERS.get(answer, person["responseStatus"])}
    return found | ({"self": True} if person["email"].lower() == mailbox.address.lower() else {})


def _when(moment, fields, own_zone, zone):
    if fields.get("IsAllDayEvent"):
        return {"date": moment.astimezone(own_zone).date().isoformat()}
    return {"dateTime": rfc3339(moment, zone), "timeZone": own_zone.key}


def _rule(recurrence):
    """Return a pattern as RRULE has it; enough to be looked at."""
    words = [f"FREQ={re.sub('Absolute|Relative', '', recurrence.kind).upper()}"]
    if recurrence.interval > 1:
        words.append(f"INTERVAL={recurrence.interval}")
    if recurrence.count:
        words.append(f"COUNT={recurrence.count}")
    if recurrence.end:
        words.append(f"UNTIL={recurrence.end:%Y%m%d}T235959Z")
    if recurrence.days:
        words.append("BYDAY=" + ",".join(day[:2].upper() for day in recurrence.days.split()))
    return "RRULE:" + ";".join(words)


def cancelled(identity, version=1):
    return {"kind": "calendar#event", "etag": f'"{version}"', "id": identity, "status": "cancelled"}


# ---- into the store ----

def moment_of(when, name, calendar_zone):
    """Return (instant, zone, is a whole day) of an EventDateTime."""
    if not isinstance(when, dict) or not {"date", "dateTime"} & when.keys() or when.keys() - {
            "date", "dateTime", "timeZone"}:
        raise ApiError("required", f"Missing {name} time.", name)
    try:
        zone = zoneinfo.ZoneInfo(when["timeZone"]) if "timeZone" in when else calendar_zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ApiError("invalid", f"Invalid time zone definition for {name} time.") from None
    try:
        if "date" in when:
            day = dt.datetime.combine(dt.date.fromisoformat(when["date"]), dt.time())
            return zones.local_to_utc(day, zone), zone, True
        moment = dt.datetime.fromisoformat(when["dateTime"].replace("Z", "+00:00"))
    except (ValueError, TypeError, AttributeError):
        raise ApiError("parseError", location=name) from None
    if moment.tzinfo is None:
        if "timeZone" not in when:
            raise ApiError("required", f"Missing time zone definition for {name} time.", name)
        return zones.local_to_utc(moment, zone), zone, False
    return moment.astimezone(zones.UTC), zone, False


def check(body):
    """Refuse what no real server would take, and what it would drop without a word."""
    if not isinstance(body, dict):
        raise ApiError("parseError")
    unknown = body.keys() - WRITABLE
    if unknown:
        raise ApiError("invalid", f"Not known or not to be written: {', '.join(sorted(unknown))}")
    if "id" in body and not ID.fullmatch(body["id"]):
        raise ApiError("invalid", "Invalid resource id value.")
    if body.get("status", "confirmed") not in ("confirmed", "tentative", "cancelled") \
            or body.get("transparency", "opaque") not in ("opaque", "transparent") \
            or body.get("visibility", "default") not in ("default", "public", "private", "confidential"):
        raise ApiError("invalid")
    for name in ("summary", "description", "location"):
        if not isinstance(body.get(name, ""), str):
            raise ApiError("parseError", location=name)
    for person in body.get("attendees", ()):
        if "@" not in person.get("email", "") or person.keys() - {"email", "displayName", "resource", "optional",
                                                                  "responseStatus", "comment"}:
            raise ApiError("invalid", "Invalid attendee email.")
    _check_reminders(body.get("reminders", {}))
    for kind, properties in body.get("extendedProperties", {}).items():
        if kind not in ("private", "shared") or any(
                len(key) > MAX_KEY or not isinstance(value, str) or len(value) > MAX_VALUE
                for key, value in properties.items()):
            raise ApiError("invalid", "Invalid extended property.")


def _check_reminders(reminders):
    overrides = reminders.get("overrides", [])
    if reminders.get("useDefault") and overrides:
        raise ApiError("invalid", "cannotUseDefaultRemindersAndSpecifyOverride")
    if len(overrides) > MAX_REMINDERS or any(
            one.get("method") not in ("email", "popup") or not isinstance(one.get("minutes"), int)
            or not 0 <= one["minutes"] <= MAX_MINUTES for one in overrides):
        raise ApiError("invalid", "Invalid reminder.")


def fields_of(body, calendar_zone, before=None):
    """Return (fields to set, zone or None) of a body; before: those that stand already."""
    before = before or {}
    fields, zone = {}, None
    for name, key in (("summary", "Subject"), ("location", "Location")):
        if name in body:
            fields[key] = body[name]
    if "description" in body:
        fields["Body"] = ("Text", description_text(body["description"]))
    if "visibility" in body:
        fields["Sensitivity"] = "Private" if body["visibility"] in ("private", "confidential") else "Normal"
    if {"transparency", "status"} & body.keys():
        status = "Free" if body.get("transparency") == "transparent" else \
            "Tentative" if body.get("status") == "tentative" else "Busy"
        fields["LegacyFreeBusyStatus"] = status
    for name, value in body.get("extendedProperties", {}).get("private", {}).items():
        fields[("PublicStrings", name, "String")] = value
    if {"start", "end"} & body.keys():
        if not {"start", "end"} <= body.keys() and not before:
            raise ApiError("required", "Missing start or end time.")
        for name, key in (("start", "Start"), ("end", "End")):
            if name in body:
                fields[key], zone, whole = moment_of(body[name], name, calendar_zone)
                fields["IsAllDayEvent"] = whole
        if {**before, **fields}["Start"] >= {**before, **fields}["End"]:
            raise ApiError("timeRangeEmpty", location="timeMax")
    elif not before:
        raise ApiError("required", "Missing start or end time.")
    return fields, zone


def google_of(body, meet="no"):
    """Return what the store has no field for, as it is answered.

    meet: whether conferences are made ("yes"), stay pending until they were asked for twice ("pending"), are not
    asked for (conferenceDataVersion 0: "no"), or not to be had in this calendar ("none").
    """
    kept = {name: body[name] for name in ("attendees", "reminders") if name in body}
    for person in kept.get("attendees", ()):
        person.setdefault("responseStatus", "needsAction")
    asked = body.get("conferenceData", {}).get("createRequest") if meet != "no" else None
    if asked and (meet == "none" or asked.get("conferenceSolutionKey", {}).get("type") != "hangoutsMeet"):
        raise ApiError("invalid", "Invalid conference type value.")
    if asked:
        kept["pending"] = 1 if meet == "pending" else 0
        link = "https://meet.practice.example/" + hashlib.sha256(asked["requestId"].encode()).hexdigest()[:12]
        kept |= {"hangoutLink": link, "conferenceData": {**MEET, "conferenceId": link[-12:], "createRequest": {
            **asked, "status": {"statusCode": "success"}}, "entryPoints": [
                {"entryPointType": "video", "uri": link}]}}
    return kept


def single(event):
    return Occurrence(event, event.fields)
