# SPDX-License-Identifier: ISC
"""Pages and control over plain HTTP on loopback: the mailboxes, the journal, the faults."""

import datetime as dt
import http.server
import json
import urllib.parse

from . import items, page, world
from .misbehave import RuleError
from .store import IdError, change_key, make_id, read_id

MAX_BODY = 8 * 2**20


class NotFound(Exception):
    """No such mailbox, event or address."""


def event_json(mailbox, item):
    """Return one item as JSON: every field, the ids, and extended properties by name."""
    event, fields = item.event, item.fields
    plain = {key: _json_value(value) for key, value in fields.items() if isinstance(key, str)}
    kind = "I" if item.original is None else "O"
    return plain | {
        "Id": make_id(mailbox, kind, event.number, item.original),
        "ChangeKey": change_key(event.number, event.version),
        "CalendarItemType": item.kind,
        "OriginalStart": items.stamp(item.original) if item.original else None,
        "Calendar": event.folder.display, "Folder": event.folder.name,
        "Zone": event.zone.key,
        "Recurrence": items.recurrence_xml(event.recurrence) if event.recurrence else None,
        "Created": items.stamp(event.created), "Changed": items.stamp(event.changed),
        "ExtendedProperties": [
            {"set": key[0], "name": key[1], "type": key[2], "value": value}
            for key, value in fields.items() if isinstance(key, tuple)],
    }


def _json_value(value):
    if isinstance(value, dt.datetime):
        return items.stamp(value)
    if isinstance(value, tuple):
        return value[1]
    return value


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, people, journal, misbehaviour, port):
        self.world, self.journal, self.misbehaviour = people, journal, misbehaviour
        super().__init__(("127.0.0.1", port), Handler)
        self.address = self.server_address

    def serve(self):
        self.serve_forever()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _handle(self):
        self.query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(min(length, MAX_BODY))
        parts = [urllib.parse.unquote(part) for part in
                 urllib.parse.urlsplit(self.path).path.strip("/").split("/")]
        try:
            self._route(self.command, parts)
        except NotFound:
            self._json(404, {"error": "not found"})
        except (world.WorldError, RuleError, ValueError, KeyError, TypeError) as error:
            self._json(400, {"error": f"{type(error).__name__}: {error}"})

    do_GET = do_POST = do_DELETE = _handle

    def _route(self, method, parts):
        match method, *parts:
            case "GET", "":
                self._html(page.index(self.server.world))
            case "GET", "mailbox", address:
                self._html(page.week(self._mailbox(address), self._week()))
            case "GET", "api", "mailbox", address:
                self._list(self._mailbox(address))
            case "POST", "api", "mailbox", address, "events":
                self._add(self._mailbox(address))
            case "DELETE", "api", "mailbox", address, "events", *rest:
                self._remove(self._mailbox(address), "/".join(rest))
            case "POST", "api", "mailbox", address, "move":
                self._mailbox(address)
                self.server.world.move(address, **json.loads(self.body or b"{}"))
                self._json(200, {})
            case "POST", "api", "clock":
                self.server.world.skew = float(json.loads(self.body)["skew"])
                self._json(200, {})
            case "POST", "api", "token":
                self._json(200, {"token": self._token(**json.loads(self.body))})
            case "POST", "api", "revoke":
                self._issuer().revoke(json.loads(self.body or b"{}").get("address"))
                self._json(200, {})
            case "GET", "api", "journal":
                self._json(200, self.server.journal.entries())
            case "DELETE", "api", "journal":
                self.server.journal.clear()
                self._json(200, {})
            case "GET", "api", "misbehave":
                self._json(200, self.server.misbehaviour.rules())
            case "POST", "api", "misbehave":
                self.server.misbehaviour.add(json.loads(self.body))
                self._json(201, {})
            case "DELETE", "api", "misbehave":
                self.server.misbehaviour.clear()
                self._json(200, {})
            case _:
                raise NotFound

    def _mailbox(self, address):
        mailbox = self.server.world.mailbox(address)
        if mailbox is None:
            raise NotFound
        return mailbox

    def _issuer(self):
        if self.server.world.issuer is None:
            raise NotFound
        return self.server.world.issuer

    def _token(self, client, address=None, claims=None, algorithm=None, broken=False):
        """Return an access token, right or with some claims changed (null: left out)."""
        issuer = self._issuer()
        user = self.server.world.user_of(address) if address else None
        if address and user is None:
            raise NotFound
        made = issuer.claims(client, user) | (claims or {})
        token = issuer.sign({name: value for name, value in made.items() if value is not None},
                            algorithm)
        return token[:-8] + token[-8:].swapcase() if broken else token

    def _week(self):
        text = self.query.get("week", [None])[0]
        return dt.date.fromisoformat(text) if text else None

    def _list(self, mailbox):
        start, end = (self.query.get(name, [None])[0] for name in ("from", "to"))
        with mailbox.lock:
            if start and end:
                found = mailbox.view(items.instant(start), items.instant(end))
            else:
                found = [mailbox.find(number) for number in mailbox.events]
            listed = [event_json(mailbox, item) for item in found]
        self._json(200, {"address": mailbox.address, "name": mailbox.name, "items": listed,
                         "sent": mailbox.sent, "peak_in_flight": mailbox.peak_in_flight})

    def _add(self, mailbox):
        event = world.add_event(mailbox, json.loads(self.body))
        self._json(201, event_json(mailbox, mailbox.find(event.number)))

    def _remove(self, mailbox, identity):
        try:
            _, _, number, original = read_id(identity)
        except IdError:
            raise NotFound from None
        with mailbox.lock:
            item = mailbox.find(number, original)
            if item is None:
                raise NotFound
            if item.original is None:
                mailbox.remove(item.event)
            else:
                mailbox.remove_occurrence(item)
        self._json(200, {})

    def _json(self, status, value):
        self._send(status, "application/json", json.dumps(value, indent=1).encode())

    def _html(self, text):
        self._send(200, "text/html; charset=utf-8", text.encode())

    def _send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
