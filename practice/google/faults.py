# SPDX-License-Identifier: ISC
"""Faults on demand, under the names that the practice Exchange gives them; what has no XML here is JSON."""

import json
import math
import time

from exchange import misbehave
from exchange.misbehave import Answer, replacement

from .errors import JSON, REASONS, ApiError, refusal, said

OWN = frozenset("page_loop empty_first oauth_error rate_limit".split())
SPOILS = ("read_back_wrong", "drop_named_property")
DEEP = 5000


class Misbehaviour(misbehave.Misbehaviour):
    """The rules in force; two modes hold until they are cleared, whatever the request."""

    def __init__(self, state):
        super().__init__()
        self._state = state

    def add(self, rule):
        if rule.get("mode") in SPOILS:
            self._state.spoils = rule["mode"]
            return
        if rule.get("mode") not in OWN:
            if rule.get("mode") in ("error", "fault") and rule.get("code") not in REASONS:
                raise misbehave.RuleError(f"unknown reason: {rule.get('code')}")
            super().add(rule)
            return
        with self._lock:
            self._rules.append({"operation": "*", "count": None, "skip": 0, **rule})

    def clear(self):
        self._state.spoils = None
        super().clear()


def replaced(rule):
    """Return the Answer that a rule puts in place of the right one; None where it only spoils that."""
    mode = rule["mode"] if rule else None
    if mode not in misbehave.REPLACE | OWN or mode in ("page_loop", "empty_first"):
        return None
    if mode in _REFUSED:
        return refusal(_REFUSED[mode](rule))
    if mode == "oauth_error":
        return said({"error": rule["code"], "error_description": rule.get("text", "As practised.")}, 400)
    if mode in _HOSTILE:
        return Answer(body=_HOSTILE[mode](rule), kind=JSON)
    return replacement(rule, lambda error: b"")


def spoil(answer, rule):
    """Spoil a right answer on its way."""
    if rule and rule["mode"] == "odd_shapes" and isinstance(answer.body, bytes) and answer.body:
        answer.body = _odd(answer.body)
    return misbehave.spoil(answer, rule)


def _limited(rule, reason):
    wait = rule.get("retry_after", math.ceil(rule.get("milliseconds", 0) / 1000))
    return ApiError(reason, headers=[("Retry-After", str(wait))] if wait else [])


_REFUSED = {
    "deny": lambda rule: ApiError("forbidden"),
    "error": lambda rule: ApiError(rule["code"], rule.get("text")),
    "fault": lambda rule: ApiError(rule["code"], rule.get("text")),
    "fault_busy": lambda rule: _limited(rule, "rateLimitExceeded"),
    "item_busy": lambda rule: _limited(rule, "userRateLimitExceeded"),
    "rate_limit": lambda rule: _limited(rule, "tooManyRequests"),
    "http_401_bare": lambda rule: ApiError("authError", headers=[
        ("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/", error="invalid_token"')]),
}


def _odd(body):
    """Write the same value as nobody expects it: other order, escapes, white space, members of tomorrow."""
    def turned(value):
        if isinstance(value, dict):
            return {"zzNew": {"nested": [1, None, True]}, **{name: turned(value[name]) for name in reversed(value)}}
        return [turned(one) for one in value] if isinstance(value, list) else value
    value = json.loads(body)
    value = turned(value) if "calendars" not in value else value
    text = json.dumps(value, indent=7, separators=(" ,\n", "\t: "))
    return "".join(f"\\u{ord(one):04x}" if one == "T" and text[max(0, at - 1)].isdigit() else one
                   for at, one in enumerate(text)).encode()


def _huge(rule):
    """Yield a list of events without end, or so many MiB of it."""
    yield b'{"kind": "calendar#events", "accessRole": "owner", "timeZone": "UTC", "items": ['
    block = b" " * 65536
    left, end = None if rule.get("mib") is None else rule["mib"] * 2**20, time.monotonic() + 60
    while time.monotonic() < end and (left is None or left > 0):
        yield block
        left = None if left is None else left - len(block)
    yield b"]}"


_HOSTILE = {
    "not_xml": lambda rule: b"{this is no JSON \x00\xff",
    "entity_bomb": lambda rule: b'{"items": [], "items": []}',      # one name twice
    "external_entity": lambda rule: b'{"items": [{"id": "a", "start": {"dateTime": "file:///etc/passwd"}}]}',
    "deep": lambda rule: b'{"items": ' + b"[" * rule.get("depth", DEEP) + b"]" * rule.get("depth", DEEP) + b"}",
    "huge": _huge,
}
