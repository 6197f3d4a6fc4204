# SPDX-License-Identifier: ISC
"""The listeners: HTTPS with the API and Google's OAuth 2, and on loopback pages and control.

    request -> fault? -> OAuth -> bearer token -> fault by operation? -> endpoint -> answer, spoilt if asked for
"""

import collections
import http.server
import json
import threading
import time

from exchange import control, server
from exchange.misbehave import Answer

from . import api, faults, oauth
from .errors import ApiError, refusal

CHALLENGE = 'Bearer realm="https://accounts.google.com/"'
OPTIONS = {     # "google" in the world file, and what holds otherwise
    "clients": {}, "service_accounts": {}, "lifetime": 3600, "testing": False, "quota_per_minute": 0,
    "page_size": api.MAX_PAGE, "meet": "yes",
}


class State:
    """What the API keeps beside the world."""

    def __init__(self, options):
        unknown = options.keys() - OPTIONS.keys()
        if unknown:
            raise ValueError(f"unknown in google: {', '.join(sorted(unknown))}")
        self.options, self.spoils = {**OPTIONS, **options}, None
        self._calls, self._lock = collections.defaultdict(collections.deque), threading.Lock()

    def take_quota(self, address):
        """Count one call in the sliding minute of a user; False where there were too many."""
        most, now = self.options["quota_per_minute"], time.monotonic()
        with self._lock:
            calls = self._calls[address]
            while calls and calls[0] < now - 60:
                calls.popleft()
            if most and len(calls) >= most:
                return False
            calls.append(now)
            return True


class Server(server.Server):
    """Accepts connections for the API."""

    def __init__(self, world, journal, misbehaviour, tls, state, host, port):
        super().__init__(world, journal, misbehaviour, tls, host, port)
        self.state, self.issuer = state, None

    def serve(self):
        while True:
            try:
                sock, peer = self._sock.accept()
            except OSError:
                return
            threading.Thread(target=Connection(self, sock, peer, next(self._numbers)).run, daemon=True).start()


class Connection(server.PlainConnection):
    """One client: requests one after the other over TLS."""

    def _begin(self):
        self._sock, _ = self.server.tls.wrap(self._sock)

    def _answer(self, request, entry):
        path = request.path.partition("?")[0]
        if path in oauth.ROUTES:
            return self._oauth(request, entry, path)
        found = api.route(request.method, path.removeprefix(api.BASE)) if path.startswith(api.BASE + "/") else None
        if found is None:
            return Answer(404, b"<!DOCTYPE html><title>Error 404 (Not Found)</title>", "text/html; charset=UTF-8")
        entry["operation"] = found[0]
        try:
            return self._api(request, entry, found)
        except ApiError as error:
            return refusal(error)

    def _oauth(self, request, entry, path):
        name = {oauth.TOKEN: "Token", oauth.AUTH: "Authorize", oauth.REVOKE: "Revoke"}.get(path, "Discovery")
        rule = self.misbehaviour.take(name, ()) if name in ("Token", "Revoke") else None
        entry["misbehaved"] = rule["mode"] if rule else None
        if rule and rule["operation"] == name and (replaced := faults.replaced(rule)):
            entry["operation"] = name
            return replaced
        answer = oauth.answer(self.server.issuer, request, entry)
        return faults.spoil(answer, rule) if rule and rule["operation"] == name else answer

    def _api(self, request, entry, found):
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            raise ApiError("required401", location="Authorization", headers=[("WWW-Authenticate", CHALLENGE)])
        token = self.server.issuer.token(text) if scheme.lower() == "bearer" else None
        if token is None:
            raise ApiError("authError", location="Authorization", headers=[
                ("WWW-Authenticate", CHALLENGE + ', error="invalid_token"')])
        entry["user"] = entry["anchor"] = token.address
        call = api.Call(self, request, entry, token)
        call.rule = self.misbehaviour.take(found[0], (token.address.lower(),)) \
            if not self._about_one(found[0]) else self.misbehaviour.take(found[0], self._everybody())
        entry["misbehaved"] = call.mode
        if call.mode == "slow":
            time.sleep(call.rule.get("seconds", 1))
        replaced = faults.replaced(call.rule)
        if replaced is not None and not call.rule.get("process"):
            return replaced
        answer = api.answer(call, found)
        return faults.spoil(answer, call.rule)

    @staticmethod
    def _about_one(operation):
        """A query for several mailboxes: a rule for one of them is looked at mailbox by mailbox."""
        return operation == "freeBusy.query"

    def _everybody(self):
        return tuple(self.world.mailboxes)


class Control(http.server.ThreadingHTTPServer):
    """Pages and control, as at the practice Exchange, and Google's own."""

    daemon_threads = True

    def __init__(self, people, journal, misbehaviour, port):
        self.world, self.journal, self.misbehaviour, self.issuer = people, journal, misbehaviour, None
        super().__init__(("127.0.0.1", port), Handler)
        self.address = self.server_address

    def serve(self):
        self.serve_forever()


class Handler(control.Handler):
    """Besides: POST /api/token {address, scopes}, /api/revoke {address}, /api/expire, and
    /api/mailbox/ADDRESS/attendee {subject, answer}."""

    def _route(self, method, parts):
        match method, *parts:
            case "POST", "api", "token":
                self._json(200, {"token": self._issue(**json.loads(self.body))})
            case "POST", "api", "revoke":
                self.server.issuer.revoke(json.loads(self.body or b"{}").get("address"))
                self._json(200, {})
            case "POST", "api", "expire":
                self.server.issuer.expire()
                self._json(200, {})
            case "POST", "api", "mailbox", address, "attendee":
                self._json(200, self._attend(self._mailbox(address), **json.loads(self.body)))
            case _:
                super()._route(method, parts)

    def _issue(self, address, scopes=("",)):
        return self.server.issuer.issue(address, [oauth.CALENDAR + scope for scope in scopes])

    def _attend(self, mailbox, subject, answer):
        """Have the owner of a calendar be invited to an event in it, with this answer."""
        event = next(one for one in mailbox.events.values() if one.fields.get("Subject") == subject)
        event.google = {"id": f"e{event.number:024x}", "attendees": [
            {"email": "organizer@elsewhere.example", "organizer": True, "responseStatus": "accepted"},
            {"email": mailbox.address, "self": True, "responseStatus": answer}]}
        return {}
