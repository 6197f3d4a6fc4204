# SPDX-License-Identifier: ISC
"""How a room answers invitations (Set-CalendarProcessing -AutomateProcessing): by itself and at once with AutoAccept,
unless it is taken or the date lies beyond its booking window; AutoUpdate notes a meeting as tentative and leaves the
answer to a person; None does nothing. The room's own copy shows who invited, and no subject.

An answer is known to the organizer `answers_after` seconds later, as mail takes its time.
"""

import datetime as dt

PROCESSING = ("AutoAccept", "AutoUpdate", "None")
BLOCKS = ("Tentative", "Busy", "OOF")


def invite(world, organizer, item):
    """Have all rooms among the attendees of a new or changed meeting decide."""
    event = item.event
    event.responses = {}
    for room in _rooms(world, event.fields):
        _drop(room, event)
        if room.processing != "None":
            _decide(room, organizer, event)


def cancel(world, item):
    for room in _rooms(world, item.fields):
        with room.lock:
            _drop(room, item.event)


def answer(event, address, now):
    """Return what an attendee has answered, as far as the organizer knows by now."""
    kind, known_from = event.responses.get(address.lower(), ("Unknown", now))
    return kind if known_from <= now else "Unknown"


def _rooms(world, fields):
    addresses = {address for name in ("RequiredAttendees", "OptionalAttendees", "Resources")
                 for _, address in fields.get(name, ())}
    found = (world.mailbox(address) for address in sorted(addresses))
    return [mailbox for mailbox in found if mailbox is not None and mailbox.kind == "room"]


def _drop(room, event):
    with room.lock:
        for copy in [one for one in room.events.values() if one.fields["UID"] == event.fields["UID"]]:
            room.remove(copy)


def _decide(room, organizer, event):
    with room.lock:
        start, end = event.fields["Start"], event.fields["End"]
        now = room.now()
        taken = any(item.fields.get("LegacyFreeBusyStatus") in BLOCKS for item in room.view(start, end))
        accepts = room.processing == "AutoAccept" and not taken \
            and end <= now + dt.timedelta(days=room.window_days)
        if room.processing == "AutoAccept":
            event.responses[room.address.lower()] = (
                "Accept" if accepts else "Decline", now + dt.timedelta(seconds=room.answers_after))
        if accepts or room.processing == "AutoUpdate":
            room.add({"UID": event.fields["UID"], "Subject": organizer.name, "Start": start, "End": end,
                      "LegacyFreeBusyStatus": "Busy" if accepts else "Tentative"}, event.zone, event.end_zone)
