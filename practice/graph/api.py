# SPDX-License-Identifier: ISC
"""/v1.0: who asks, for whose mailbox, what; each request checked as strictly as the published description says."""

import datetime as dt
import json
import threading
import time
import urllib.parse

from exchange import items, rooms
from exchange.misbehave import Answer, spoil
from exchange.oauth import TokenError
from exchange.operations import note_sent

from . import bad, delta, events, odata, schedule
from .odata import JSON, GraphError
from .view import View, listed

PREFIX = "/v1.0/"
KEYS = {"personal", "max_concurrency", "allowed", "meetings"}
READ = {"Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"}
WRITE = {"Calendars.ReadWrite", "Calendars.ReadWrite.Shared"}
MAX_VIEW = dt.timedelta(days=1825)
VIEW_OPTIONS = {"startDateTime", "endDateTime", "$select", "$top", "$skip", "$expand", "$orderby"}
LIST_OPTIONS = {"$filter", "$select", "$top", "$skip", "$expand"}
LOCK = threading.Lock()


class Ask:
    """One request that somebody signed in for."""

    def __init__(self, connection, http, caller):
        self.world, self.http, self.rule = connection.world, http, None
        self.address, self.is_app, self.scopes = caller
        self.base = f"https://{http.headers['host']}/v1.0"
        self.options = self.world.options["graph"]
        self.personal = {one.lower() for one in self.options.get("personal", ())}
        self.mailbox = self.view = None
        self.query, self.body, self.path = {}, None, http.path.partition("?")[0]

    @property
    def zone(self):
        return odata.preferences(self.http.headers).get("outlook.timezone", "UTC")

    def link(self, query):
        return f"https://{self.http.headers['host']}{self.path}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"

    def may(self, mailbox, right, folder=None):
        if self.is_app:
            return True
        return mailbox.allows(self.address, right, folder)

    def sees_private(self, mailbox):
        return self.is_app or mailbox.sees_private(self.address)

    def need(self, right, folder=None):
        scopes = WRITE if right in ("editor", "owner") else READ
        if not self.scopes & scopes:
            raise GraphError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if not self.is_app and self.address.lower() != self.mailbox.address.lower() \
                and not any(one.endswith(".Shared") for one in self.scopes & scopes):
            raise GraphError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if not self.may(self.mailbox, right, folder):
            raise GraphError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def folder(self, identity=None):
        if identity is None:
            return self.mailbox.calendar
        for folder in self.mailbox.folders:
            if folder.kind == "IPF.Appointment" and identity == events.calendar_id(self.mailbox, folder):
                return folder
        raise GraphError("ErrorItemNotFound", "The specified object was not found in the store.")

    def item(self, identity, right):
        number, original = events.number_of(self.mailbox, identity)
        item = self.mailbox.find(number, original)
        if item is None or item.event.folder.kind != "IPF.Appointment":
            raise GraphError("ErrorItemNotFound", "The specified object was not found in the store.")
        self.need(right, item.event.folder)
        return item


# Who asks

def caller_of(connection, http):
    """Return (address or None, is it an application, scopes)."""
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise GraphError("InvalidAuthenticationToken", "Access token is empty.")
    try:
        claims = connection.world.issuer.claims_of(token.strip())
    except TokenError as error:
        raise GraphError("InvalidAuthenticationToken", f"Lifetime validation failed: {error.reason}") from None
    if "upn" in claims:
        return claims["upn"], False, set(str(claims.get("scp", "")).split())
    return None, True, set(claims.get("roles", ()))


def challenge():
    return [("WWW-Authenticate", 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/'
             'oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"')]


def answer(connection, http, entry):
    """Return the Answer to a request below PREFIX."""
    try:
        caller = caller_of(connection, http)
        entry["user"] = caller[0] or "app"
        return _answer(connection, http, entry, Ask(connection, http, caller))
    except GraphError as error:
        headers = error.headers + (challenge() if error.status == 401 else [])
        return Answer(error.status, error.body(), JSON, headers)


def _answer(connection, http, entry, ask):
    parts = [urllib.parse.unquote(part) for part in ask.path.removeprefix(PREFIX).strip("/").split("/")]
    parts = _whose(ask, parts)
    operation, handler = _route(http.method, parts)
    entry["operation"], entry["mailbox"] = operation, ask.mailbox.address
    names = {(ask.address or "").lower(), ask.mailbox.address.lower()}
    rule = ask.rule = connection.misbehaviour.take(operation, names | _named(http))
    entry["misbehaved"] = rule["mode"] if rule else None
    if rule and rule["mode"] == "slow":
        time.sleep(rule.get("seconds", 1))
    if rule and (replaced := bad.replaced(rule)):
        return replaced
    with Slot(ask):
        done = handler(ask)
    if isinstance(done.body, bytes) and done.body:
        done.body = bad.spoilt(ask, done.body, rule)
    return spoil(done, rule)


def _named(http):
    """Return the mailboxes that a body names, for rules about one of them."""
    try:
        return {one.lower() for one in json.loads(http.body or b"{}").get("schedules", ())}
    except (ValueError, AttributeError):
        return set()


def _whose(ask, parts):
    """Find the mailbox that a path is about; return the rest of the path."""
    if parts[0] == "me":
        if ask.is_app:
            raise GraphError("BadRequest", "/me request is only valid with delegated authentication flow.")
        address, rest = ask.address, parts[1:]
    elif parts[0] == "users" and len(parts) > 1:
        address, rest = parts[1], parts[2:]
    else:
        raise GraphError("BadRequest", f"Resource not found for the segment '{parts[0]}'.")
    ask.mailbox = ask.world.mailbox(address)
    if ask.mailbox is None:
        raise GraphError("ErrorInvalidUser", f"The requested user '{address}' is invalid.")
    if ask.mailbox.home == "here":
        raise GraphError("MailboxNotEnabledForRESTAPI",
                         "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
    allowed = ask.options.get("allowed")
    if ask.is_app and allowed is not None and address.lower() not in {one.lower() for one in allowed}:
        raise GraphError("ErrorAccessDenied", "Access to OData is disabled: [RAOP] : Blocked by tenant configured "
                         "AppOnly AccessPolicy settings.")
    return rest


def _route(method, parts):
    match method, *parts:
        case "POST", "calendar", "getSchedule":
            return "GetSchedule", _schedule
        case "GET", "calendarView":
            return "CalendarView", lambda ask: _view(ask, None)
        case "GET", "calendar", "calendarView":
            return "CalendarView", lambda ask: _view(ask, None)
        case "GET", "calendars", identity, "calendarView":
            return "CalendarView", lambda ask: _view(ask, identity)
        case "GET", "calendarView", "delta":
            return "Delta", lambda ask: _delta(ask, None)
        case "GET", "calendars", identity, "calendarView", "delta":
            return "Delta", lambda ask: _delta(ask, identity)
        case "GET", "calendars":
            return "ListCalendars", _calendars
        case "GET", "calendar":
            return "GetCalendar", _calendar
        case "GET", "calendar", "events":
            return "ListEvents", lambda ask: _list(ask, None)
        case "GET", "calendars", identity, "events":
            return "ListEvents", lambda ask: _list(ask, identity)
        case "POST", "calendar", "events":
            return "CreateEvent", lambda ask: _create(ask, None)
        case "POST", "calendars", identity, "events":
            return "CreateEvent", lambda ask: _create(ask, identity)
        case "GET", "events", identity:
            return "GetEvent", lambda ask: _get(ask, identity)
        case "PATCH", "events", identity:
            return "UpdateEvent", lambda ask: _update(ask, identity)
        case "DELETE", "events", identity:
            return "DeleteEvent", lambda ask: _delete(ask, identity)
    raise GraphError("BadRequest", "Resource not found for the segment.", status=400)


class Slot:
    """One of the four requests that an application may have in flight at a mailbox."""

    def __init__(self, ask):
        self._mailbox, self._most = ask.mailbox, ask.options.get("max_concurrency", 4)

    def __enter__(self):
        with LOCK:
            used = getattr(self._mailbox, "graph_in_flight", 0) + 1
            if used > self._most:
                raise GraphError("ApplicationThrottled", "Application is over its MailboxConcurrency limit.",
                                 [("Retry-After", "1")], 429)
            self._mailbox.graph_in_flight = used
            self._mailbox.peak_in_flight = max(used, self._mailbox.peak_in_flight)

    def __exit__(self, *_):
        with LOCK:
            self._mailbox.graph_in_flight -= 1


# The requests

def _json(ask, body, status=200):
    headers = [("Preference-Applied", one) for one in (ask.view.applied if ask.view else ())]
    return Answer(status, body, JSON, headers)


def _asked(ask, known, right, folder):
    ask.query = odata.options(ask.http.path, known)
    ask.need(right, folder)
    ask.view = View(ask.http, ask.query, ask.sees_private(ask.mailbox))


def _content(ask):
    if ask.http.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise GraphError("UnsupportedMediaType", "The content type must be application/json.")
    try:
        ask.body = json.loads(ask.http.body)
    except ValueError:
        raise GraphError("BadRequest", "Unable to read JSON request payload.") from None
    if not isinstance(ask.body, dict):
        raise GraphError("BadRequest", "Unable to read JSON request payload.")


def _schedule(ask):
    odata.options(ask.http.path, set())
    _content(ask)
    if not ask.scopes & (READ | {"Calendars.ReadBasic"}):
        raise GraphError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return _json(ask, schedule.answer(ask))


def _misread(ask, item):
    """Return the item, or a changed copy where the server is told to read back wrongly."""
    mode, fields = ask.rule["mode"] if ask.rule else None, dict(item.fields)
    if mode == "read_back_wrong":
        shift = dt.timedelta(minutes=ask.rule.get("minutes", 60))
        fields["Start"], fields["End"] = item.start + shift, item.end + shift
    elif mode == "drop_named_property":
        fields = {key: value for key, value in fields.items() if isinstance(key, str)}
    else:
        return item
    return type(item)(item.event, fields, item.original, item.exception)


def _shown(ask):
    return lambda item: events.to_json(ask.mailbox, _misread(ask, item), ask.view)


def _view(ask, identity):
    folder = ask.folder(identity)
    _asked(ask, VIEW_OPTIONS, "reviewer", folder)
    start, end = (odata.instant(ask.query.get(name)) for name in ("startDateTime", "endDateTime"))
    if end < start or end - start > MAX_VIEW:
        raise GraphError("ErrorInvalidParameter", "The time window is not valid.")
    if "$orderby" in ask.query and ask.query["$orderby"] != "start/dateTime":
        raise GraphError("ErrorInvalidUrlQuery", "Only start/dateTime is an order here.")
    with ask.mailbox.lock:
        return _json(ask, listed(ask, ask.mailbox.view(start, end, folder), _shown(ask)))


def _delta(ask, identity):
    folder = ask.folder(identity)
    _asked(ask, delta.FIRST | {"$skiptoken", "$deltatoken"}, "reviewer", folder)
    with ask.mailbox.lock:
        return _json(ask, delta.answer(ask, folder))


def _list(ask, identity):
    folder = ask.folder(identity)
    _asked(ask, LIST_OPTIONS, "reviewer", folder)
    fits = odata.filter_of(ask.query["$filter"]) if "$filter" in ask.query else lambda fields: True
    with ask.mailbox.lock:
        found = [ask.mailbox.find(event.number) for event in ask.mailbox.events.values()
                 if event.folder is folder and fits(event.fields)]
        return _json(ask, listed(ask, found, _shown(ask)))


def _get(ask, identity):
    item = ask.item(identity, "reviewer")
    _asked(ask, {"$select", "$expand"}, "reviewer", item.event.folder)
    with ask.mailbox.lock:
        return _json(ask, json.dumps(events.to_json(ask.mailbox, _misread(ask, item), ask.view)).encode())


def _create(ask, identity):
    folder = ask.folder(identity)
    _asked(ask, set(), "editor", folder)
    _content(ask)
    fields, zone, end_zone = events.read_json(ask.body)
    if "Start" not in fields or "End" not in fields:
        raise GraphError("ErrorPropertyValidationFailure", "At least one property failed validation.")
    with ask.mailbox.lock:
        event = _known(ask.mailbox, fields.get("transactionId"))
        if event is None:
            event = _new(ask, folder, fields, zone, end_zone)
        item = ask.mailbox.find(event.number)
        return _json(ask, json.dumps(events.to_json(ask.mailbox, item, ask.view)).encode(), 201)


def _known(mailbox, transaction):
    """Return the event of an earlier request with this transactionId, if it stands."""
    for event in mailbox.events.values():
        if transaction and event.fields.get("transactionId") == transaction:
            return event
    return None


def _checked(fields, zone):
    if fields.get("IsAllDayEvent"):
        items.widen_all_day(fields, zone)
    try:
        items.check(fields)
    except items.ItemError as error:
        raise GraphError(error.code, "At least one property failed validation.") from None


def _new(ask, folder, fields, zone, end_zone):
    fields.setdefault("LegacyFreeBusyStatus", "Free" if fields.get("IsAllDayEvent") else "Busy")
    _checked(fields, zone)
    if not ask.options.get("meetings", True):  # nobody here has a licence for Teams
        fields.pop("isOnlineMeeting", None)
    event = ask.mailbox.add(fields, zone, end_zone, None, folder)
    event.by_client = True
    note_sent(ask.mailbox, "invitation", fields, "SendToAll")
    rooms.invite(ask.world, ask.mailbox, ask.mailbox.find(event.number))
    return event


def _update(ask, identity):
    item = ask.item(identity, "editor")
    _asked(ask, set(), "editor", item.event.folder)
    _content(ask)
    if item.original is not None:
        raise GraphError("ErrorInvalidRequest", "An occurrence is not changed here.")
    event, wanted = item.event, ask.http.headers.get("if-match")
    if wanted not in (None, "*", events.etag(event)):
        raise GraphError("ErrorIrresolvableConflict", "The send or update operation could not be performed because "
                         "the change key passed in the request does not match the current change key for the item.")
    fields, zone, end_zone = events.read_json(ask.body)
    if "transactionId" in fields:
        raise GraphError("ErrorInvalidPropertySet", "transactionId cannot be changed.")
    with ask.mailbox.lock:
        made = {**event.fields, **fields}
        if "Body" in fields and events.join_url(event) not in fields["Body"][1]:
            made.pop("isOnlineMeeting", None)  # the meeting is what its text says of it
        _checked(made, zone or event.zone)
        event.fields, event.by_client = made, True
        event.zone, event.end_zone = zone or event.zone, end_zone or event.end_zone
        ask.mailbox.changed(event, list(fields))
        note_sent(ask.mailbox, "update", made, "SendToAll")
        item = ask.mailbox.find(event.number)
        rooms.invite(ask.world, ask.mailbox, item)
        return _json(ask, json.dumps(events.to_json(ask.mailbox, item, ask.view)).encode())


def _delete(ask, identity):
    item = ask.item(identity, "editor")
    _asked(ask, set(), "editor", item.event.folder)
    with ask.mailbox.lock:
        note_sent(ask.mailbox, "cancellation", item.fields, "SendToAll")
        rooms.cancel(ask.world, item)
        if item.original is not None:
            ask.mailbox.remove_occurrence(item)
        else:
            ask.mailbox.remove(item.event)
    return Answer(204)


# Calendars

def _calendar_json(ask, folder):
    mailbox = ask.mailbox
    write = ask.may(mailbox, "editor", folder) and bool(ask.scopes & WRITE)
    return {"id": events.calendar_id(mailbox, folder), "name": folder.display, "color": "auto", "hexColor": "",
            "isDefaultCalendar": folder is mailbox.calendar, "changeKey": "AQAAAA==", "canShare": write,
            "canViewPrivateItems": ask.sees_private(mailbox), "canEdit": write, "isRemovable": False,
            "isTallyingResponses": folder is mailbox.calendar,
            "allowedOnlineMeetingProviders": ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": "teamsForBusiness",
            "owner": {"name": mailbox.name, "address": mailbox.address}}


def _selected(ask, made):
    if "$select" not in ask.query:
        return made
    wanted = set(ask.query["$select"].split(","))
    if wanted - made.keys():
        raise GraphError("BadRequest", "Could not find a property on type 'microsoft.graph.calendar'.")
    return {name: value for name, value in made.items() if name in wanted | {"id"}}


def _calendars(ask):
    _asked(ask, {"$select", "$top", "$skip"}, "reviewer", ask.mailbox.calendar)
    with ask.mailbox.lock:
        found = [folder for folder in ask.mailbox.folders if folder.kind == "IPF.Appointment"
                 and ask.may(ask.mailbox, "reviewer", folder)]
        ask.view.select = None
        return _json(ask, listed(ask, found, lambda folder: _selected(ask, _calendar_json(ask, folder))))


def _calendar(ask):
    _asked(ask, {"$select"}, "reviewer", ask.mailbox.calendar)
    return _json(ask, json.dumps(_selected(ask, _calendar_json(ask, ask.mailbox.calendar))).encode())
