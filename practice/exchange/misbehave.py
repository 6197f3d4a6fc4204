# SPDX-License-Identifier: ISC
"""Faults on demand: what a real server, or the proxy before it, does on a bad day."""

import threading
import time

from . import soap
from .soap import Fault, ItemError

# Modes that replace the answer (the request is not carried out unless the rule says "process").
REPLACE = frozenset(
    "drop_before http_503 fault_busy item_busy html_200 html_440 http_401_bare http_403 http_500 "
    "empty_body not_xml entity_bomb external_entity deep huge redirect deny error fault".split())
# Modes that spoil what would have been right.
SPOIL = frozenset("slow slow_after drop_after truncated wrong_content_type no_data odd_shapes "
                  "read_back_wrong drop_named_property stall pause trickle with_length odd_chunks "
                  "sign_out no_offsets".split())
# Modes of Graph alone (graph/bad.py).
GRAPH = frozenset("page_loop page_foreign page_endless subjects naive_zone sync_lost".split())
# Modes of GetStreamingEvents alone.
STREAM = frozenset("stream_cut stream_garbage stream_closes stream_silent stream_mute stream_lost "
                   "stream_busy".split())
# Modes of the token endpoint (operation Token) alone.
TOKEN = frozenset("oauth_error token_expired token_wrong_audience no_refresh_token".split())
KEYS = frozenset("operation mailbox mode count seconds code text retry_after milliseconds location "
                 "mib filler depth minutes view process before_sign_in skip piece".split())
HTML = "text/html; charset=utf-8"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method='post' " \
             b"action='/owa/auth.owa'><input name='username'><input name='password' " \
             b"type='password'></form></body></html>"
EXPIRED_PAGE = b"<html><body><p>Your session has ended. Please sign in again.</p></body></html>"
ENDLESS_SECONDS = 60


class RuleError(Exception):
    """A rule that nobody can follow."""


class Misbehaviour:
    """The rules in force; the first that fits a request is used, `count` times at most."""

    def __init__(self):
        self._rules, self._lock = [], threading.Lock()

    def add(self, rule):
        unknown = rule.keys() - KEYS
        if unknown:
            raise RuleError(f"unknown: {', '.join(sorted(unknown))}")
        if rule.get("mode") not in REPLACE | SPOIL | STREAM | TOKEN | GRAPH:
            raise RuleError(f"unknown mode: {rule.get('mode')}")
        if rule["mode"] in TOKEN and rule.get("operation") != "Token":
            raise RuleError("this mode is for the operation Token")
        if rule["mode"] in STREAM and rule.get("operation") != "GetStreamingEvents":
            raise RuleError("this mode is for the operation GetStreamingEvents")
        if rule["mode"] in ("error", "fault", "oauth_error") and "code" not in rule:
            raise RuleError("a code is missing")
        with self._lock:
            self._rules.append({"operation": "*", "count": None, "skip": 0, **rule})

    def clear(self):
        with self._lock:
            self._rules.clear()

    def rules(self):
        with self._lock:
            return [dict(rule) for rule in self._rules]

    def take(self, operation, addresses, before_sign_in=False):
        """Return the rule that holds for a request, and count it; None if there is none."""
        with self._lock:
            for rule in self._rules:
                if rule["operation"] not in ("*", operation) or rule["count"] == 0 \
                        or bool(rule.get("before_sign_in")) != before_sign_in:
                    continue
                if rule.get("mailbox") and rule["mailbox"].lower() not in addresses:
                    continue
                if rule["skip"] > 0:
                    rule["skip"] -= 1
                    continue
                if rule["count"] is not None:
                    rule["count"] -= 1
                return dict(rule)
        return None


class Answer:
    """What goes back: status, header fields, body (bytes, or an iterator of bytes), or nothing."""

    def __init__(self, status=200, body=b"", kind="text/xml; charset=utf-8", headers=()):
        self.status, self.body, self.kind, self.headers = status, body, kind, list(headers)
        self.close = False      # close the connection afterwards
        self.silent = False     # send nothing at all
        self.cut = None         # send only so many bytes of the body, then close,
        self.stall = 0          # after so many seconds,
        self.resume = False     # or send the rest instead
        self.framing = "chunked"    # how the body's length is told: or length, or odd (chunks)
        self.piece, self.pause = 0, 0   # bytes written at a time, seconds between them


def replacement(rule, refuse):
    """Return the Answer of a REPLACE mode; refuse(error) makes an operation's own error answer."""
    mode = rule["mode"]
    if mode in ("item_busy", "error", "deny"):
        return Answer(body=refuse(_item_error(rule)))
    if mode in ("fault_busy", "fault"):
        return _fault(rule)
    if mode in _PLAIN:
        return _PLAIN[mode](rule)
    return Answer(body=_HOSTILE[mode](rule))


def spoil(answer, rule):
    """Return an answer that is right, spoilt on its way as a SPOIL mode says."""
    mode, seconds = (rule["mode"], rule.get("seconds")) if rule else (None, None)
    if not isinstance(answer.body, bytes):
        return answer   # a stream, which goes wrong in its own ways
    if mode == "slow_after":
        time.sleep(1 if seconds is None else seconds)
    elif mode == "drop_after":
        answer.silent = answer.close = True
    elif mode in ("truncated", "stall", "pause"):
        answer.cut = len(answer.body) // 2
        answer.stall = 0 if mode == "truncated" else 60 if seconds is None else seconds
        answer.resume = mode == "pause"
    elif mode == "trickle":
        answer.piece, answer.pause = rule.get("piece", 1), seconds or 0
    elif mode in ("with_length", "odd_chunks"):
        answer.framing = "length" if mode == "with_length" else "odd"
    elif mode == "wrong_content_type":
        answer.kind = "text/html"
    return answer


def _item_error(rule):
    if rule["mode"] == "deny":
        return ItemError("ErrorAccessDenied")
    if rule["mode"] == "item_busy":
        return ItemError("ErrorServerBusy", rule.get("text"), {
            "BackOffMilliseconds": rule.get("milliseconds", 5000)})
    return ItemError(rule["code"], rule.get("text"))


def _fault(rule):
    values = {"BackOffMilliseconds": rule["milliseconds"]} if "milliseconds" in rule else {}
    if rule["mode"] == "fault_busy":
        values = values or {"BackOffMilliseconds": 5000}
        return Answer(500, soap.fault(Fault("ErrorServerBusy", rule.get("text"), values=values)))
    return Answer(500, soap.fault(Fault(rule["code"], rule.get("text"), values=values)))


def _silent(rule):
    answer = Answer()
    answer.silent = answer.close = True
    return answer


def _busy(rule):
    after = rule.get("retry_after")
    return Answer(503, headers=[("Retry-After", str(after))] if after is not None else [])


_PLAIN = {
    "drop_before": _silent,
    "http_503": _busy,
    "http_500": lambda rule: Answer(500, b"<html><body>Runtime Error</body></html>", HTML),
    "http_403": lambda rule: Answer(403, b"<html><body>403 Forbidden</body></html>", HTML),
    "http_401_bare": lambda rule: Answer(401),
    "html_200": lambda rule: Answer(200, LOGIN_PAGE, HTML),
    "html_440": lambda rule: Answer(440, EXPIRED_PAGE, "text/html"),
    "empty_body": lambda rule: Answer(200),
    "redirect": lambda rule: Answer(302, headers=[
        ("Location", rule.get("location", "https://elsewhere.example/EWS/Exchange.asmx"))]),
}


def _entity_bomb(rule):
    lines = ['<!ENTITY a0 "practice">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return ('<?xml version="1.0"?><!DOCTYPE s [' + "".join(lines)
            + f']><s:Envelope xmlns:s="{soap.SOAP}"><s:Body>&a9;</s:Body></s:Envelope>').encode()


def _external_entity(rule):
    return ('<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            f'<s:Envelope xmlns:s="{soap.SOAP}"><s:Body>&x;</s:Body></s:Envelope>').encode()


def _deep(rule):
    depth = rule.get("depth", 10_000)
    return (f'<s:Envelope xmlns:s="{soap.SOAP}"><s:Body>' + "<a>" * depth + "</a>" * depth
            + "</s:Body></s:Envelope>").encode()


def _huge(rule):
    """Yield a well-formed beginning and then white space or events: `mib` of them, or no end."""
    yield (f'<s:Envelope xmlns:s="{soap.SOAP}"><s:Body><FindItemResponse xmlns="{soap.M}" '
           f'xmlns:t="{soap.T}">').encode()
    filler = b" " if rule.get("filler", "whitespace") == "whitespace" else (
        b"<t:CalendarEvent><t:StartTime>2030-01-01T09:00:00</t:StartTime><t:EndTime>"
        b"2030-01-01T09:30:00</t:EndTime><t:BusyType>Busy</t:BusyType></t:CalendarEvent>")
    block = filler * (65536 // len(filler))
    left = None if rule.get("mib") is None else rule["mib"] * 2**20
    end = time.monotonic() + ENDLESS_SECONDS
    while time.monotonic() < end and (left is None or left > 0):
        yield block
        left = None if left is None else left - len(block)
    yield b"</FindItemResponse></s:Body></s:Envelope>"


_HOSTILE = {
    "not_xml": lambda rule: b"<<<< this & that is no XML \x00\xff",
    "entity_bomb": _entity_bomb, "external_entity": _external_entity, "deep": _deep,
    "huge": _huge,
}
