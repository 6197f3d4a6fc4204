# SPDX-License-Identifier: ISC
"""The endpoints below /calendar/v3: each checks its parameters by a table, then rights, then does its work.

    calendarList.list   events.list   events.get      events.insert
    freeBusy.query      events.patch  events.update   events.delete
"""

import base64
import datetime as dt
import json
import re
import urllib.parse
import zoneinfo

from exchange import zones
from exchange.misbehave import Answer

from . import fields as partial
from . import guests, resource
from .errors import ApiError, said

BASE = "/calendar/v3"
COMMON = {"fields", "prettyPrint", "alt", "quotaUser", "key"}
ROLES = {"free-busy": "freeBusyReader", "free-busy-detail": "freeBusyReader", "reviewer": "reader",
         "editor": "writer", "owner": "owner"}
SCOPE = "https://www.googleapis.com/auth/calendar"
READ_EVENTS = {"", ".readonly", ".events", ".events.readonly", ".events.owned", ".events.owned.readonly"}
WRITE_EVENTS = {"", ".events", ".events.owned"}
MAX_PAGE, USUAL_PAGE, FREEBUSY_DAYS, MAX_CALENDARS = 2500, 250, 90, 50
WRITES = {"sendUpdates", "sendNotifications", "conferenceDataVersion", "maxAttendees", "supportsAttachments"}
LISTS = {"timeMin", "timeMax", "singleEvents", "orderBy", "pageToken", "maxResults", "showDeleted", "syncToken",
         "privateExtendedProperty", "maxAttendees", "timeZone", "updatedMin", "eventTypes", "iCalUID", "q"}
NOT_WITH_SYNC = {"iCalUID", "orderBy", "privateExtendedProperty", "q", "timeMin", "timeMax", "updatedMin"}


class Call:
    """One request: who asks, what, and what may go wrong on purpose."""

    def __init__(self, connection, http, entry, token):
        self.world, self.http, self.entry, self.token = connection.world, http, entry, token
        self.rule, self.state = None, connection.server.state
        query = http.path.partition("?")[2]
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
        self.query = dict(pairs)
        if len(self.query) != len(pairs):
            raise ApiError("invalidParameter", "A parameter is there twice.")
        entry["query"] = dict(self.query)

    @property
    def mode(self):
        return self.rule["mode"] if self.rule else None

    def body(self):
        if self.http.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise ApiError("badRequest", "Media type is not supported.")
        try:
            return json.loads(self.http.body)
        except ValueError:
            raise ApiError("parseError") from None

    def moment(self, name):
        """Return a time of the query, which must say its offset."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise ApiError("badRequest", location=name) from None
        if moment.tzinfo is None:
            raise ApiError("badRequest", "A time needs its offset.", name)
        return moment

    def flag(self, name):
        text = self.query.get(name, "false")
        if text not in ("true", "false"):
            raise ApiError("invalidParameter", f"Invalid boolean value: '{text}'.", name)
        return text == "true"

    def page_size(self):
        text = self.query.get("maxResults", str(USUAL_PAGE))
        if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE:
            raise ApiError("invalidParameter", location="maxResults")
        return min(int(text), self.state.options["page_size"])

    def user_rate(self):
        """Count the call against the quota of its user."""
        if not self.state.take_quota(self.token.address):
            raise ApiError("rateLimitExceeded", headers=[("Retry-After", "2")])


class Calendar:
    """One calendar as somebody sees it."""

    def __init__(self, mailbox, folder, right):
        self.mailbox, self.folder, self.right = mailbox, folder, right

    @property
    def identity(self):
        if self.folder is self.mailbox.calendar:
            return self.mailbox.address
        user = re.sub(r"[^a-z0-9]", "", self.mailbox.address.partition("@")[0])
        return f"c_{user}{self.folder.number:08d}@group.calendar.google.com"

    @property
    def role(self):
        return ROLES[self.right]


def calendars_of(world, mailbox):
    return [Calendar(mailbox, folder, "owner") for folder in mailbox.folders if folder.kind == "IPF.Appointment"]


def calendar(call, identity):
    """Return the calendar that an id names, if the caller may know of it."""
    who = call.token.address
    if identity == "primary":
        identity = who
    for mailbox in call.world.mailboxes.values():
        for one in calendars_of(call.world, mailbox):
            if one.identity.lower() == identity.lower():
                one.right = mailbox.right_of(who, one.folder)
                if one.right == "none":
                    raise ApiError("notFound")
                return one
    raise ApiError("notFound")


def _writable(call, identity):
    found = calendar(call, identity)
    if found.role not in ("writer", "owner"):
        raise ApiError("requiredAccessLevel")
    return found


# ---- calendarList ----

def calendar_list(call):
    own = call.world.mailbox(call.token.address)
    rows = calendars_of(call.world, own) if own else []
    for mailbox in call.world.mailboxes.values():   # others' calendars that were shared by name
        for one in calendars_of(call.world, mailbox):
            one.right = mailbox.right_of(call.token.address, one.folder)
            if mailbox is not own and call.token.address.lower() in mailbox.rights and one.right != "none":
                rows.append(one)
    start, size = _page(call), call.page_size()
    listed = [{"kind": "calendar#calendarListEntry", "etag": f'"{one.folder.number}"', "id": one.identity,
               "summary": one.mailbox.address if one.folder is one.mailbox.calendar else one.folder.display,
               "timeZone": one.mailbox.zone.key, "accessRole": one.role, "selected": True,
               "defaultReminders": [{"method": "popup", "minutes": 10}],
               **({"primary": True} if one.mailbox is own and one.folder is own.calendar else {})}
              for one in rows[start:start + size]]
    return {"kind": "calendar#calendarList", "etag": '"1"', "items": listed,
            **_next(call, start + size, len(rows), "list")}


def _page(call):
    """Return where a page begins."""
    text = call.query.get("pageToken")
    if text is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(text).decode().removeprefix("page "))
    except ValueError:
        raise ApiError("invalid", "Invalid page token value.", "pageToken") from None


def _next(call, following, total, sync):
    if call.mode == "page_loop":
        return {"nextPageToken": base64.urlsafe_b64encode(b"page 0").decode()}
    if following < total:
        return {"nextPageToken": base64.urlsafe_b64encode(f"page {following}".encode()).decode()}
    return {"nextSyncToken": base64.urlsafe_b64encode(f"sync {sync}".encode()).decode()} if sync is not None else {}


# ---- events ----

def events_list(call, identity):
    found = calendar(call, identity)
    zone = _zone(call, found)
    mailbox = found.mailbox
    if call.mode == "no_data":
        found.right = "free-busy"
    with mailbox.lock:
        if "syncToken" in call.query:
            rows, sync = _changed(call, found, zone), len(mailbox.log)
        else:
            rows, sync = _listed(call, found, zone), len(mailbox.log)
    if found.right == "free-busy":
        sync = None
    start, size = _page(call), call.page_size()
    if call.mode == "empty_first" and "pageToken" not in call.query:
        size = 0    # as Google may: an empty page, and yet more behind it
    if "maxAttendees" in call.query:
        rows = [_few_attendees(row, int(call.query["maxAttendees"]), call.token.address) for row in rows]
    return {"kind": "calendar#events", "etag": '"p1"', "summary": found.identity, "timeZone": mailbox.zone.key,
            "updated": resource.rfc3339(mailbox.now(), zones.UTC), "accessRole": found.role,
            "defaultReminders": [], "items": rows[start:start + size],
            **_next(call, start + size, len(rows), sync)}


def _zone(call, found):
    try:
        return zoneinfo.ZoneInfo(call.query["timeZone"]) if "timeZone" in call.query else found.mailbox.zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ApiError("invalid", "Invalid time zone.", "timeZone") from None


def _few_attendees(row, most, address):
    if len(row.get("attendees", ())) <= most:
        return row
    return {**row, "attendees": [one for one in row["attendees"] if one.get("self")], "attendeesOmitted": True}


def _listed(call, found, zone):
    """Return the resources of a listing from scratch."""
    mailbox, single = found.mailbox, call.flag("singleEvents")
    start, end = call.moment("timeMin"), call.moment("timeMax")
    if start and end and start >= end:
        raise ApiError("timeRangeEmpty", location="timeMax")
    if call.query.get("orderBy", "startTime" if single else "updated") == "startTime" and not single \
            and "orderBy" in call.query:
        raise ApiError("badRequest", "The requested ordering is not available for the particular query.")
    far = mailbox.now() + dt.timedelta(days=5 * 366)
    if single:
        items = mailbox.view(start or mailbox.now() - dt.timedelta(days=3660), end or far, found.folder)
    else:
        items = [resource.single(event) for event in mailbox.events.values() if event.folder is found.folder]
        items = [item for item in items if item.event.recurrence or (
            (not start or item.end > start) and (not end or item.start < end))]
    rows = [resource.shown(mailbox, item, found.right, zone) for item in items]
    return [row for row in rows if _fits(row, call.query.get("privateExtendedProperty"))]


def _fits(row, wanted):
    if wanted is None:
        return True
    name, equals, value = wanted.partition("=")
    if not equals:
        raise ApiError("invalid", "Invalid constraint.", "privateExtendedProperty")
    return row.get("extendedProperties", {}).get("private", {}).get(name) == value


def _changed(call, found, zone):
    """Return what changed since a sync token."""
    wrong = NOT_WITH_SYNC & call.query.keys()
    if wrong:
        raise ApiError("badRequest", "Sync token cannot be used with request restrictions that are different from "
                       f"default: {', '.join(sorted(wrong))}", "syncToken")
    try:
        since = int(base64.urlsafe_b64decode(call.query["syncToken"]).decode().removeprefix("sync "))
    except ValueError:
        raise ApiError("fullSyncRequired", location="syncToken") from None
    mailbox, rows = found.mailbox, {}
    for kind, number, folder in mailbox.log[since:]:
        if folder != found.folder.number:
            continue
        event = mailbox.events.get(number)
        rows[number] = resource.cancelled(_cancelled_id(mailbox, number)) if event is None else \
            resource.shown(mailbox, resource.single(event), found.right, zone)
    return list(rows.values())


def _cancelled_id(mailbox, number):
    known = getattr(mailbox, "google_ids", {})
    return known.get(number, f"e{number:024x}")


def _remember(mailbox, event):
    """Ids are never used again: what is removed stays known as cancelled."""
    if not hasattr(mailbox, "google_ids"):
        mailbox.google_ids = {}
    mailbox.google_ids[event.number] = resource.id_of(event)


def _event(call, found, identity):
    """Return the occurrence with this id, or None for one that was removed."""
    mailbox = found.mailbox
    base, _, original = identity.partition("_")
    for event in mailbox.events.values():
        if event.folder is found.folder and resource.id_of(event) == base:
            if not original:
                return resource.single(event)
            try:
                moment = dt.datetime.strptime(original, "%Y%m%dT%H%M%SZ").replace(tzinfo=zones.UTC)
            except ValueError:
                raise ApiError("notFound") from None
            return mailbox.occurrence(event, moment)
    if base in getattr(mailbox, "google_ids", {}).values():
        return None
    raise ApiError("notFound")


def events_get(call, identity, event_id):
    found = calendar(call, identity)
    with found.mailbox.lock:
        item = _event(call, found, event_id)
        if item is None:
            return resource.cancelled(event_id)
        return _spoilt(resource.shown(found.mailbox, item, found.right, _zone(call, found)), call)


def _spoilt(row, call):
    """Answer something else than what was written, as a rule says."""
    state = call.state.spoils
    if state == "read_back_wrong" and "dateTime" in row.get("start", {}):
        for name in ("start", "end"):
            moment = dt.datetime.fromisoformat(row[name]["dateTime"].replace("Z", "+00:00"))
            row[name] = {**row[name], "dateTime": (moment + dt.timedelta(hours=1)).isoformat()}
    return row


def events_insert(call, identity):
    found, body = _writable(call, identity), call.body()
    mailbox = found.mailbox
    resource.check(body)
    _check_write(call)
    fields, zone = resource.fields_of(body, mailbox.zone)
    fields.setdefault("LegacyFreeBusyStatus", "Busy")
    if call.state.spoils == "drop_named_property":
        fields = {key: value for key, value in fields.items() if not isinstance(key, tuple)}
    with mailbox.lock:
        taken = set(getattr(mailbox, "google_ids", {}).values()) | {
            resource.id_of(event) for event in mailbox.events.values()}
        if body.get("id") in taken:
            raise ApiError("duplicate")
        kept = resource.google_of(body, _meet(call))
        event = mailbox.add(fields, zone, None, None, found.folder)
        event.by_client = True
        event.google = {"id": body.get("id", f"e{event.number:024x}"), **kept}
        _remember(mailbox, event)
        guests.invite(call.world, mailbox, event, call.query.get("sendUpdates", "none"))
        return _spoilt(resource.shown(mailbox, resource.single(event), found.right, mailbox.zone), call)


def _meet(call):
    """conferenceData is dropped without a word where the version is not said."""
    return call.state.options["meet"] if call.query.get("conferenceDataVersion") == "1" else "no"


def _check_write(call):
    if call.query.get("sendUpdates", "none") not in ("all", "externalOnly", "none"):
        raise ApiError("invalidParameter", location="sendUpdates")
    if call.query.get("conferenceDataVersion", "0") not in ("0", "1"):
        raise ApiError("invalidParameter", location="conferenceDataVersion")


def events_change(call, identity, event_id):
    """PATCH and PUT: the latter puts back to the default what is not named."""
    found, body = _writable(call, identity), call.body()
    mailbox = found.mailbox
    resource.check(body)
    _check_write(call)
    with mailbox.lock:
        item = _event(call, found, event_id)
        if item is None:
            raise ApiError("forbidden" if body.get("status") != "confirmed" else "notFound")
        _check_etag(call, item.event)
        if item.original is not None:
            raise ApiError("badRequest", "This server changes no single instance.")
        fields, zone = resource.fields_of(body, mailbox.zone, {} if call.http.method == "PUT" else item.fields)
        item.event.fields.update(fields)
        if zone:
            item.event.zone = zone
        resource.id_of(item.event)
        item.event.google.update({name: value for name, value in resource.google_of(body, _meet(call)).items()})
        mailbox.changed(item.event, list(fields))
        guests.invite(call.world, mailbox, item.event, call.query.get("sendUpdates", "none"), "updated")
        return resource.shown(mailbox, resource.single(item.event), found.right, mailbox.zone)


def _check_etag(call, event):
    wanted = call.http.headers.get("if-match")
    if wanted not in (None, "*", resource.etag_of(event)):
        raise ApiError("conditionNotMet", location="If-Match")


def events_delete(call, identity, event_id):
    found = _writable(call, identity)
    mailbox = found.mailbox
    _check_write(call)
    with mailbox.lock:
        item = _event(call, found, event_id)
        if item is None:
            raise ApiError("deleted")
        _check_etag(call, item.event)
        _remember(mailbox, item.event)
        guests.cancel(call.world, mailbox, item.event, call.query.get("sendUpdates", "none"))
        if item.original is None:
            mailbox.remove(item.event)
        else:
            mailbox.remove_occurrence(item)
    return None


# ---- freeBusy ----

def free_busy(call):
    body = call.body()
    start, end = (_body_moment(body, name) for name in ("timeMin", "timeMax"))
    if body.keys() - {"timeMin", "timeMax", "timeZone", "items", "groupExpansionMax", "calendarExpansionMax"}:
        raise ApiError("invalid", "Unknown name in the request.")
    if start >= end:
        raise ApiError("timeRangeEmpty", location="timeMax")
    if end - start > dt.timedelta(days=FREEBUSY_DAYS):
        raise ApiError("timeRangeTooLong", location="timeMax")
    zone = zoneinfo.ZoneInfo(body.get("timeZone", "UTC"))
    if len(body.get("items", ())) > MAX_CALENDARS:
        raise ApiError("tooManyCalendarsRequested")
    answer = {row["id"]: _busy_of(call, row["id"], start, end, zone) for row in body.get("items", ())}
    return {"kind": "calendar#freeBusy", "timeMin": resource.rfc3339(start, zones.UTC),
            "timeMax": resource.rfc3339(end, zones.UTC), "calendars": answer}


def _body_moment(body, name):
    try:
        moment = dt.datetime.fromisoformat(body[name].replace("Z", "+00:00"))
        if moment.tzinfo is None:
            raise ValueError
        return moment
    except KeyError:
        raise ApiError("required", location=name) from None
    except (ValueError, AttributeError):
        raise ApiError("badRequest", location=name) from None


def _busy_of(call, identity, start, end, zone):
    """Return busy times, merged, of what blocks: neither transparent, nor declined by the owner."""
    if call.mode == "no_data" and call.rule.get("mailbox", identity).lower() == identity.lower():
        return {"errors": [{"domain": "global", "reason": "internalError"}], "busy": []}
    try:
        found = calendar(call, identity)
    except ApiError:
        return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    busy = []
    with found.mailbox.lock:
        for item in found.mailbox.view(start, end, found.folder):
            row = resource.shown(found.mailbox, item, "owner", zones.UTC)
            declined = any(one.get("self") and one["responseStatus"] == "declined"
                           for one in row.get("attendees", ()))
            if row.get("transparency") == "transparent" or declined:
                continue
            first, last = max(item.start, start), min(item.end, end)
            if busy and first <= busy[-1][1]:
                busy[-1][1] = max(busy[-1][1], last)
            elif first < last:
                busy.append([first, last])
    return {"busy": [{"start": resource.rfc3339(one, zone), "end": resource.rfc3339(other, zone)}
                     for one, other in busy]}


# ---- routing ----

EVENTS = re.compile(r"/calendars/([^/]+)/events(?:/([^/]+))?")
READS_LIST = {"", ".readonly", ".calendarlist", ".calendarlist.readonly"}
READS_BUSY = {"", ".readonly", ".freebusy", ".events.freebusy"}
ROUTES = {      # method, has an event's id: operation, parameters, scopes, what does it
    ("GET", False): ("events.list", LISTS, READ_EVENTS, events_list),
    ("POST", False): ("events.insert", WRITES, WRITE_EVENTS, events_insert),
    ("GET", True): ("events.get", {"maxAttendees", "timeZone"}, READ_EVENTS, events_get),
    ("PATCH", True): ("events.patch", WRITES, WRITE_EVENTS, events_change),
    ("PUT", True): ("events.update", WRITES, WRITE_EVENTS, events_change),
    ("DELETE", True): ("events.delete", {"sendUpdates", "sendNotifications"}, WRITE_EVENTS, events_delete),
}


def route(method, path):
    """Return (operation, parameters, scopes, function, its words) of a path below BASE; None: there is none."""
    if (method, path) == ("GET", "/users/me/calendarList"):
        return "calendarList.list", {"pageToken", "maxResults", "minAccessRole", "showDeleted", "showHidden",
                                     "syncToken"}, READS_LIST, calendar_list, ()
    if (method, path) == ("POST", "/freeBusy"):
        return "freeBusy.query", set(), READS_BUSY, free_busy, ()
    match = EVENTS.fullmatch(path)
    known = ROUTES.get((method, bool(match and match[2])))
    if not match or not known:
        return None
    return *known, tuple(urllib.parse.unquote(word) for word in match.groups() if word)


def answer(call, found):
    """Do what was asked; return the Answer."""
    _, parameters, scopes, function, words = found
    unknown = call.query.keys() - parameters - COMMON
    if unknown:
        raise ApiError("invalidParameter", f"Unknown name \"{sorted(unknown)[0]}\"", sorted(unknown)[0])
    tree = partial.parse(call.query["fields"]) if "fields" in call.query else {}
    if not call.token.may(scopes):
        raise ApiError("insufficientPermissions", headers=[
            ("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"')])
    call.user_rate()
    value = function(call, *words)
    if value is None:
        return Answer(204)
    headers = [("ETag", value["etag"])] if "etag" in value else []
    return said(partial.select(value, tree), 200, headers)
