# SPDX-License-Identifier: ISC
"""What OData says around everything: errors, query options, pages, times."""

import base64
import datetime as dt
import json
import re
import urllib.parse
import uuid

from exchange import zones

JSON = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
STATUS = {      # of an error's code, where it is not 400
    "InvalidAuthenticationToken": 401, "ErrorAccessDenied": 403, "ErrorItemNotFound": 404,
    "ErrorFolderNotFound": 404, "ErrorInvalidUser": 404, "MailboxNotEnabledForRESTAPI": 404,
    "ErrorNonExistentMailbox": 404, "ResourceNotFound": 404, "SyncStateNotFound": 410,
    "ErrorIrresolvableConflict": 412, "ErrorTooManyRequests": 429, "ApplicationThrottled": 429,
    "MailboxStoreUnavailable": 503, "ServiceUnavailable": 503, "ErrorInternalServerError": 500,
    "generalException": 500, "UnsupportedMediaType": 415, "MethodNotAllowed": 405,
}
PROPERTY = re.compile(r"(String|SystemTime|Integer|Boolean) \{([0-9a-fA-F-]{36})\} (?:Name ([\w-]+)|Id (0x[0-9a-fA-F]+))$")
BY_PROPERTY = re.compile(
    r"singleValueExtendedProperties/any\((\w+):\s*\1/id eq '((?:[^']|'')+)' and "
    r"\1/value (eq '((?:[^']|'')*)'|ne null)\)$", re.I)
EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=(.*)\)$")
EXPANDED = re.compile(r"id eq '((?:[^']|'')+)'$")


class GraphError(Exception):
    """A refusal: its code, words, and header fields."""

    def __init__(self, code, text="As practised.", headers=(), status=None):
        super().__init__(code)
        self.code, self.text, self.headers = code, text, list(headers)
        self.status = status or STATUS.get(code, 400)

    def body(self):
        now = dt.datetime.now(dt.timezone.utc).isoformat()[:19]
        return json.dumps({"error": {"code": self.code, "message": self.text, "innerError": {
            "date": now, "request-id": str(uuid.uuid4()), "client-request-id": str(uuid.uuid4())}}}).encode()


def options(path, known):
    """Return the query's options; none may come twice or be unknown."""
    pairs = urllib.parse.parse_qsl(path.partition("?")[2], keep_blank_values=True, strict_parsing=bool(
        path.partition("?")[2]))
    found = dict(pairs)
    if len(found) != len(pairs):
        raise GraphError("BadRequest", "Query option was specified more than once.")
    unknown = found.keys() - known
    if unknown:
        raise GraphError("ErrorInvalidUrlQuery", f"The query option {sorted(unknown)[0]} is not supported.")
    return found


def preferences(headers):
    """Return what Prefer asks for, as {name: value}."""
    found = {}
    for part in headers.get("prefer", "").split(","):
        name, _, value = part.strip().partition("=")
        if name:
            found[name.lower()] = value.strip('"')
    return found


def property_key(text):
    """Return the store's key of a single-value extended property's id."""
    match = PROPERTY.match(text.replace("''", "'"))
    if match is None:
        raise GraphError("ErrorInvalidExtendedProperty", "The property id is malformed.")
    place = match[2].lower()
    place = "Appointment" if place == "00062002-0000-0000-c000-000000000046" else place
    return (place, match[3] or int(match[4], 16), match[1])


def filter_of(text):
    """Return a predicate over fields: a named property has a value, or one at all."""
    match = BY_PROPERTY.match(text)
    if match is None:
        raise GraphError("ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
    key, value = property_key(match[2]), match[4]
    if value is None:
        return lambda fields: key in fields
    value = value.replace("''", "'")
    return lambda fields: str(fields.get(key, "")).lower() == value.lower() and key in fields


def expanded(text):
    """Return {key: id} of the extended properties that $expand asks for."""
    match = EXPAND.match(text)
    if match is None:
        raise GraphError("ErrorInvalidUrlQuery", "Only singleValueExtendedProperties can be expanded.")
    found = {}
    for part in match[1].split(" or "):
        each = EXPANDED.match(part.strip())
        if each is None:
            raise GraphError("ErrorInvalidUrlQuery", "The expansion's filter is malformed.")
        found[property_key(each[1])] = each[1].replace("''", "'")
    return found


def instant(text):
    """Return the instant of a query's time; without offset it is UTC."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$", text or "")
    try:
        moment = dt.datetime.fromisoformat(match[1] + (match[2] or "+00:00").replace("Z", "+00:00"))
    except (TypeError, ValueError):
        raise GraphError("ErrorInvalidParameter", "The value is not a valid date time.") from None
    return moment.astimezone(dt.timezone.utc)


def zone_named(name):
    """Return the zone of a Windows or IANA name."""
    zone = zones.UTC_ZONE if name in ("UTC", "Etc/GMT", "") else zones.windows_zone(name)
    if zone is None:
        try:
            zone = zones.zoneinfo.ZoneInfo(name)
        except (ValueError, zones.zoneinfo.ZoneInfoNotFoundError):
            raise GraphError("ErrorInvalidTimeZone", f"A time zone '{name}' is not known.") from None
    return zone


def moment_of(value):
    """Return (instant, zone) of a dateTimeTimeZone."""
    if not isinstance(value, dict) or value.keys() - {"dateTime", "timeZone", "@odata.type"} \
            or not isinstance(value.get("dateTime"), str) or not isinstance(value.get("timeZone"), str):
        raise GraphError("RequestBodyRead", "A dateTimeTimeZone is malformed.")
    zone = zone_named(value["timeZone"])
    text = value["dateTime"]
    if text.endswith("Z"):
        raise GraphError("ErrorInvalidParameter", "A dateTime has no offset.")
    civil = instant(text).replace(tzinfo=None)
    return zones.local_to_utc(civil, zone), zone


def moment_json(moment, zone_name="UTC"):
    local = moment.astimezone(zone_named(zone_name))
    return {"dateTime": local.isoformat()[:19] + ".0000000", "timeZone": zone_name}


def token(**state):
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def untoken(text):
    try:
        return json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        raise GraphError("SyncStateNotFound", "The sync state generation is not found.") from None
