# SPDX-License-Identifier: ISC
"""What the service, or something before it, does on a bad day, told by the rules of exchange/misbehave.py.

Of Graph alone: page_loop (a page names itself as the next one), page_foreign (the next page is at another
host, `location`), page_endless (pages never end), subjects (getSchedule shows more than the right allows),
naive_zone (times come in another zone than was asked for), sync_lost (the delta's state is not known).
"""

import json
import re

from exchange.misbehave import HTML, REPLACE, Answer, replacement

from .odata import JSON, GraphError

PAGES = frozenset("page_loop page_foreign page_endless".split())
# The neutral faults that mean the same as a SOAP fault elsewhere.
CODES = {"ErrorNonExistentMailbox": "ErrorInvalidUser"}


def replaced(rule):
    """Return the Answer of a REPLACE mode, or None; raise GraphError where that is the fault."""
    mode = rule["mode"]
    if mode == "sync_lost":
        raise GraphError("SyncStateNotFound", "The sync state generation is not found.")
    if mode not in REPLACE:
        return None
    after = rule.get("milliseconds", 5000) / 1000
    if mode == "fault_busy":
        raise GraphError("ApplicationThrottled", "Application is over its MailboxConcurrency limit.",
                         [("Retry-After", f"{after:g}")])
    if mode == "item_busy":
        raise GraphError("ErrorTooManyRequests", "Too many requests.", [("Retry-After", f"{after:g}")], 503)
    if mode == "deny":
        raise GraphError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    if mode in ("error", "fault"):
        raise GraphError(CODES.get(rule["code"], rule["code"]), rule.get("text", "As practised."))
    if mode == "not_xml":
        return Answer(200, b"{{{{ this & that is no JSON \x00\xff", JSON)
    if mode == "entity_bomb":     # as much as JSON can do in that way: a list of lists of lists
        return Answer(200, b'{"value":' + b"[" * 3000 + b"]" * 3000 + b"}", JSON)
    if mode == "external_entity":
        return Answer(200, b'{"value":{"$ref":"file:///etc/passwd"}}', JSON)
    if mode == "deep":
        depth = rule.get("depth", 10_000)
        return Answer(200, b'{"value":[' + b'{"a":' * depth + b"1" + b"}" * depth + b"]}", JSON)
    if mode == "huge":
        return Answer(200, _huge(rule), JSON)
    if mode == "http_500":
        return Answer(500, b"<html><body>Runtime Error</body></html>", HTML)
    answer = replacement(rule, lambda error: b"")
    if mode == "empty_body":
        answer.kind = JSON
    return answer


def _huge(rule):
    yield b'{"value":['
    block = b'{"start":{"dateTime":"2030-01-01T09:00:00","timeZone":"UTC"}},' * 1000
    left = rule.get("mib", 80) * 2**20
    while left > 0:
        yield block
        left -= len(block)
    yield b"{}]}"


def spoilt(ask, body, rule):
    """Return a right body as a rule of Graph's own spoils it."""
    mode = rule["mode"] if rule else None
    if mode in PAGES and b'"value"' in body:
        said = json.loads(body)
        if not isinstance(said.get("value"), list):
            return body
        said.pop("@odata.deltaLink", None)
        said["@odata.nextLink"] = {
            "page_loop": ask.link(ask.query), "page_foreign": rule.get("location", "https://127.0.0.1:9/v1.0/next"),
            "page_endless": ask.link({**ask.query, "$skip": str(int(ask.query.get("$skip", "0")) + 1)}),
        }[mode]
        return json.dumps(said).encode()
    if mode == "naive_zone":
        return body.replace(b'"timeZone": "UTC"', b'"timeZone": "Pacific Standard Time"')
    if mode == "odd_shapes":
        return odd(body)
    return body


def odd(body):
    """Return the same answer as others write it: other order, more members, other capitals, escapes."""
    def disturb(value):
        if isinstance(value, list):
            return [disturb(one) for one in value]
        if not isinstance(value, dict):
            return value
        made = {"fromTheFuture": {"start": [1, None, {"value": True}], "x\u00e9\\\"": "}],{"}}
        for name in reversed(value):
            made[name] = disturb(value[name])
        if isinstance(value.get("status"), str):
            made["status"] = value["status"][:1].upper() + value["status"][1:]
        return made
    text = json.dumps(disturb(json.loads(body)), indent=3)
    return re.sub(r'"scheduleItems"', r'"schedule\\u0049tems"', text).encode()
