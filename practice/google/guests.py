# SPDX-License-Identifier: ISC
"""Who is invited to an event: rooms decide by themselves, whatever sendUpdates says; people get mail by it."""

from exchange import rooms

from . import resource


def invite(world, mailbox, event, updates, what="invited"):
    attendees = getattr(event, "google", {}).get("attendees", [])
    event.fields["RequiredAttendees"] = [(one.get("displayName", one["email"]), one["email"])
                                         for one in attendees if not one.get("resource")]
    event.fields["Resources"] = [(one["email"], one["email"]) for one in attendees if one.get("resource")]
    rooms.invite(world, mailbox, resource.single(event))
    _tell(mailbox, event, updates, what)


def cancel(world, mailbox, event, updates):
    rooms.cancel(world, resource.single(event))
    _tell(mailbox, event, updates, "cancelled")


def _tell(mailbox, event, updates, what):
    """Note the mail that Google would send."""
    people = [address for _, address in event.fields.get("RequiredAttendees", [])]
    if people and updates != "none":
        mailbox.sent.append({"kind": what, "subject": event.fields.get("Subject", ""), "to": people})
