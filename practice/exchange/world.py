# SPDX-License-Identifier: ISC
"""The world of one practice server: people, mailboxes and rules, read from one JSON file."""

import dataclasses
import datetime as dt
import json
import re
import time
import uuid
import zoneinfo

from . import items, oauth, rooms, streaming, zones
from .recur import Recurrence
from .store import RIGHTS, Mailbox

OPTIONS = {     # what a world file may set beside mailboxes, and what holds otherwise
    "now": None, "impersonators": [], "methods": None, "accounts": [], "oauth": None, "graph": None, "skew": 0,
    "trusted_header": None, "discovery": {}, "sites": {}, "room_lists": {},
    "heartbeat": 45, "minute_seconds": 60, "subscription_seconds": 1800, "max_streams": 10,
    "max_subscriptions": 20, "back_ends": 1,
    "lockout": None, "refuse_chunked": False, "max_concurrency": 27,
    "extended_protection": "allow", "domain": "PRACTICE", "dns_domain": "practice.example",
}
MAILBOX_KEYS = {"address", "name", "user", "password", "zone", "events", "rights", "calendars",
                "kind", "delegates", "unavailable", "home", "processing", "answers_after", "window_days"}
DISCOVERY = {"plain": None, "ews": None, "internal_ews": None, "addresses": {}}
SETTINGS_KEYS = {"ews", "internal_ews", "online", "redirect_address", "redirect_url", "error",
                 "level", "hidden"}
SITE_KEYS = {"certificate", "serves", "location"}
HOMES = {"both", "here", "online"}     # who serves a mailbox: EWS and Graph, EWS alone, Graph alone
SERVES = {"exchange", "website", "nothing", "redirect", "trap"}
EVENT_KEYS = {"subject", "start", "end", "status", "all_day", "recurrence", "body", "location",
              "categories", "sensitivity", "calendar", "attendees", "zone", "uid", "extended"}
WEEKDAYS = [day[:3].lower() for day in zones.DAYS]


class WorldError(Exception):
    """A world file or an event that says something we cannot read."""


@dataclasses.dataclass
class User:
    """Somebody who can sign in; a service account may have no mailbox."""

    address: str
    name: str               # DOMAIN\\user
    password: str
    mailbox: Mailbox | None
    wrong: int = 0          # wrong passwords since the last right one
    application: bool = False   # signed in by a token of its own, may act for everybody


class World:
    def __init__(self, description):
        unknown = description.keys() - OPTIONS.keys() - {"mailboxes"}
        if unknown:
            raise WorldError(f"unknown in the world file: {', '.join(sorted(unknown))}")
        self.options = {**OPTIONS, **description}
        self.mailboxes, self.by_guid, self.users = {}, {}, []
        fixed = self.options["now"]
        self._now = _moment(fixed, zones.UTC, None) if fixed else None
        self.skew = self.options["skew"]
        self.issuer = self.base = None
        self.streaming = streaming.Streaming(self)
        self.methods = self.options["methods"] or ["NTLM", "Negotiate", "Basic"] + (
            ["Bearer"] if self.options["oauth"] else [])
        self.discovery = {**DISCOVERY, **self.options["discovery"]}
        self.sites = {host.lower(): {"certificate": "good", "serves": "exchange", **site}
                      for host, site in self.options["sites"].items()}
        self._check_sites()
        self.impersonators = {address.lower() for address in self.options["impersonators"]}
        for entry in description.get("mailboxes", []):
            self._add_mailbox(entry)
        for entry in self.options["accounts"]:
            self.users.append(User(entry["address"], entry["user"], entry["password"], None))

    def begin(self, base):
        """Learn where the server listens; who issues tokens can only be known then."""
        self.base = base
        if self.options["oauth"] is not None:
            self.issuer = oauth.Issuer(self, self.options["oauth"], base)

    def clock(self):
        """Return what the server's clock shows, in seconds: it may be wrong on purpose."""
        return time.time() + self.skew

    def now(self):
        return self._now or dt.datetime.fromtimestamp(int(self.clock()), zones.UTC)

    def application(self, name):
        return User(f"app:{name}", f"app:{name}", "", None, application=True)

    def _check_sites(self):
        unknown = self.discovery.keys() - DISCOVERY.keys()
        for settings in self.discovery["addresses"].values():
            unknown |= settings.keys() - SETTINGS_KEYS
        for site in self.sites.values():
            unknown |= site.keys() - SITE_KEYS | {site["serves"]} - SERVES
        if unknown:
            raise WorldError(f"unknown in discovery or sites: {', '.join(sorted(unknown))}")

    def settings_of(self, address):
        """Return what the world says for Autodiscover about an address, or about its domain."""
        found = {key.lower(): value for key, value in self.discovery["addresses"].items()}
        address = address.lower()
        return found.get(address) or found.get("@" + address.rpartition("@")[2])

    def mailbox(self, address):
        return self.mailboxes.get(address.lower())

    def move(self, address, home=None):
        """Move a mailbox to another database, or to the cloud: every id changes but immutable ones, what is in it
        does not."""
        mailbox = self.mailbox(address)
        if home is not None and home not in HOMES:
            raise WorldError(f"unknown home: {home}")
        with mailbox.lock:
            mailbox.home = home or mailbox.home
            del self.by_guid[mailbox.guid]
            mailbox.guid = uuid.uuid4()
            self.by_guid[mailbox.guid] = mailbox

    def user_of(self, address):
        for user in self.users:
            if user.address.lower() == address.lower():
                return user
        return None

    def find_user(self, domain, name):
        """Return the user that a client names, as DOMAIN and user or with an empty domain a UPN."""
        for user in self.users:
            own_domain, _, own_name = user.name.rpartition("\\")
            if not domain:
                fits = name.lower() == user.address.lower()
            else:
                fits = name.lower() == own_name.lower() and domain.lower() in (
                    own_domain.lower(), self.options["dns_domain"].lower())
            if fits:
                return user
        return None

    def _add_mailbox(self, entry):
        unknown = entry.keys() - MAILBOX_KEYS
        if unknown:
            raise WorldError(f"unknown in a mailbox: {', '.join(sorted(unknown))}")
        address = entry["address"]
        zone = zoneinfo.ZoneInfo(entry.get("zone", "UTC"))
        mailbox = Mailbox(address, entry.get("name", address), zone, self.now)
        mailbox.rights.update(_rights(entry.get("rights", {})))
        mailbox.kind = entry.get("kind", "user")
        mailbox.unavailable = entry.get("unavailable")
        mailbox.home = entry.get("home", "both")
        mailbox.processing = entry.get("processing", mailbox.processing)
        mailbox.answers_after = entry.get("answers_after", mailbox.answers_after)
        mailbox.window_days = entry.get("window_days", mailbox.window_days)
        if mailbox.home not in HOMES:
            raise WorldError(f"unknown home: {mailbox.home}")
        if mailbox.kind not in ("user", "room"):
            raise WorldError(f"unknown kind of mailbox: {mailbox.kind}")
        if mailbox.processing not in rooms.PROCESSING:
            raise WorldError(f"unknown processing: {mailbox.processing}")
        for who, delegate in entry.get("delegates", {}).items():
            mailbox.delegates[who.lower()] = {"private": False, **delegate,
                                              **_rights({"calendar": delegate["calendar"]})}
        for calendar in entry.get("calendars", []):
            if isinstance(calendar, str):
                calendar = {"name": calendar, "rights": None}
            rights = calendar.get("rights", {})
            mailbox.add_calendar(calendar["name"], None if rights is None else _rights(rights))
        self.mailboxes[address.lower()] = mailbox
        self.by_guid[mailbox.guid] = mailbox
        if "user" in entry:
            self.users.append(User(address, entry["user"], entry["password"], mailbox))
        for event in entry.get("events", []):
            add_event(mailbox, event)


def load(path):
    """Return the World that a file describes, or raise WorldError."""
    try:
        with open(path, encoding="utf-8") as file:
            return World(json.load(file))
    except (OSError, ValueError, KeyError, TypeError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise WorldError(f"{path}: {type(error).__name__}: {error}") from None


def _rights(entry):
    """Return {address or "default": right} with addresses in lower case."""
    unknown = set(entry.values()) - set(RIGHTS)
    if unknown:
        raise WorldError(f"unknown right: {', '.join(sorted(unknown))}")
    return {who.lower(): right for who, right in entry.items()}


def _moment(text, zone, now):
    """Return the instant of an ISO time (local to zone without offset), or of "mon+1 09:00"
    (Monday of next week) or "+3 09:00" (in three days)."""
    relative = re.fullmatch(r"(?:([a-z]{3})|)([+-]\d+)?[ T](\d\d):(\d\d)", text)
    if relative and now:
        day = now.astimezone(zone).date()
        weeks = int(relative[2] or 0)
        if relative[1]:
            day += dt.timedelta(days=WEEKDAYS.index(relative[1]) - day.weekday() + 7 * weeks)
        else:
            day += dt.timedelta(days=weeks)
        time = dt.time(int(relative[3]), int(relative[4]))
        return zones.local_to_utc(dt.datetime.combine(day, time), zone)
    moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(zones.UTC) if moment.tzinfo else zones.local_to_utc(moment, zone)


def _fields(entry, zone, now):
    """Return EWS fields for the JSON description of an event or of a modified occurrence."""
    unknown = entry.keys() - EVENT_KEYS
    if unknown:
        raise WorldError(f"unknown in an event: {', '.join(sorted(unknown))}")
    fields = {}
    for key, name in (("subject", "Subject"), ("status", "LegacyFreeBusyStatus"),
                      ("location", "Location"), ("categories", "Categories"),
                      ("sensitivity", "Sensitivity"), ("all_day", "IsAllDayEvent"),
                      ("uid", "UID")):
        if key in entry:
            fields[name] = entry[key]
    if "body" in entry:
        fields["Body"] = ("Text", entry["body"])
    if "attendees" in entry:
        fields["RequiredAttendees"] = [(person, person) for person in entry["attendees"]]
    for key, name in (("start", "Start"), ("end", "End")):
        if key in entry:
            fields[name] = _moment(entry[key], zone, now)
    for name, value in entry.get("extended", {}).items():
        fields[("PublicStrings", name, "String")] = value
    return fields


def add_event(mailbox, entry):
    """Add an event that JSON describes to a mailbox, and return it; raise WorldError."""
    try:
        zone = zoneinfo.ZoneInfo(entry["zone"]) if "zone" in entry else mailbox.zone
        now = mailbox.now()
        fields = _fields(entry, zone, now)
        fields.setdefault("End", fields["Start"] + dt.timedelta(minutes=30))
        fields.setdefault("LegacyFreeBusyStatus", "Free" if entry.get("all_day") else "Busy")
        if entry.get("all_day"):
            items.widen_all_day(fields, zone)
        items.check(fields)
        folder = mailbox.add_calendar(entry["calendar"]) if "calendar" in entry else None
        series = dict(entry.get("recurrence") or {})
        deleted, modified = series.pop("deleted", []), series.pop("modified", [])
        rule = _recurrence(series, fields["Start"].astimezone(zone).date()) if series else None
        with mailbox.lock:
            event = mailbox.add(fields, zone, None, rule, folder)
            event.deleted = {_moment(text, zone, now) for text in deleted}
            for change in modified:
                change = dict(change)
                original = _moment(change.pop("original"), zone, now)
                event.modified[original] = _fields(change, zone, now)
        return event
    except items.ItemError as error:
        raise WorldError(f"{error.code}: {error.text}") from None
    except (KeyError, ValueError, TypeError, AttributeError,
            zoneinfo.ZoneInfoNotFoundError) as error:
        raise WorldError(f"event: {type(error).__name__}: {error}") from None


def _recurrence(entry, start):
    """Return the Recurrence of {"kind": "Weekly", "days": "Monday Friday", "count": 10, ...}."""
    days = entry.pop("days", "")
    for key in ("start", "end"):
        if key in entry:
            entry[key] = dt.date.fromisoformat(entry[key])
    rule = Recurrence(**{"start": start, **entry},
                      days=days if isinstance(days, str) else " ".join(days))
    error = rule.check()
    if error:
        raise WorldError(error)
    return rule
