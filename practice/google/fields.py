# SPDX-License-Identifier: ISC
"""Partial responses: the parameter `fields`, as in items(id,start),nextPageToken or a/b."""

import re

from .errors import ApiError

KNOWN = frozenset("""
    kind etag summary description updated timeZone accessRole defaultReminders nextPageToken nextSyncToken items
    id status htmlLink created location creator organizer start end date dateTime endTimeUnspecified recurrence
    recurringEventId originalStartTime transparency visibility iCalUID sequence attendees email displayName self
    resource optional responseStatus comment additionalGuests attendeesOmitted extendedProperties private shared
    hangoutLink conferenceData entryPoints uri entryPointType createRequest requestId conferenceId reminders
    useDefault overrides method minutes eventType workingLocationProperties type outOfOfficeProperties
    focusTimeProperties primary summaryOverride selected hidden deleted calendars groups busy errors domain reason
    timeMin timeMax dataOwner statusCode""".split())


def parse(text):
    """Return the tree that a field selection names: {name: subtree}, an empty one for everything below."""
    words, at = re.findall(r"[A-Za-z0-9_.*-]+|[(),/]", text), 0
    if "".join(words) != text or not text:
        raise ApiError("invalidParameter", f"Invalid field selection {text}", "fields")

    def names(inside):
        nonlocal at
        tree = {}
        while True:
            name = words[at] if at < len(words) else ""
            if not re.fullmatch(r"[A-Za-z0-9_.*-]+", name):
                raise ApiError("invalidParameter", f"Invalid field selection {text}", "fields")
            at += 1
            tree[name] = below()
            if at < len(words) and words[at] == ",":
                at += 1
                continue
            if inside != (at < len(words) and words[at] == ")"):
                raise ApiError("invalidParameter", f"Invalid field selection {text}", "fields")
            return tree

    def below():
        nonlocal at
        if at < len(words) and words[at] == "/":
            at += 2
            return {words[at - 1]: below()} if at <= len(words) else {}
        if at < len(words) and words[at] == "(":
            at += 1
            tree = names(True)
            at += 1
            return tree
        return {}

    tree = names(False)
    _check(tree)
    return tree


def _check(tree, free=False):
    """Refuse a name that no resource has; below private and shared any name may stand."""
    for name, below in tree.items():
        if not free and name != "*" and name not in KNOWN:
            raise ApiError("invalidParameter", f"Invalid field selection {name}", "fields")
        _check(below, name in ("private", "shared", "calendars"))


def select(value, tree):
    """Return the part of a value that a tree names."""
    if not tree:
        return value
    if isinstance(value, list):
        return [select(one, tree) for one in value]
    if not isinstance(value, dict):
        return value
    if "*" in tree:
        return {name: select(below, tree["*"]) for name, below in value.items()}
    chosen = {name: select(value[name], below) for name, below in tree.items() if name in value}
    return {name: below for name, below in chosen.items() if below != {} or value[name] == {}}
