# SPDX-License-Identifier: ISC
"""Mailboxes, their folders and events, and the expansion of series.

The fields of an event are a dictionary by EWS element name (Start and End in UTC), or by key for
an extended property. A series keeps its pattern, the original starts that were deleted and, per
original start, the fields that an exception changes.
One lock per mailbox (`mailbox.lock`) covers everything here; callers hold it.
"""

import base64
import dataclasses
import datetime as dt
import struct
import threading
import uuid

from . import zones

# Ids start with AAMk and are 152 characters long, as on real servers: clients tell them by that.
ID_MARK, ID_FILLER = b"\x00\x03\x24", bytes(84)
KEY_MARK = b"\x0f\x00\x00\x00\x16\x00\x00\x00"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=zones.UTC)
FOLDERS = (     # distinguished name, display name, class, parent
    ("root", "", None, None),
    ("msgfolderroot", "Top of Information Store", None, "root"),
    ("calendar", "Calendar", "IPF.Appointment", "msgfolderroot"),
    ("contacts", "Contacts", "IPF.Contact", "msgfolderroot"),
    ("deleteditems", "Deleted Items", "IPF.Note", "msgfolderroot"),
    ("drafts", "Drafts", "IPF.Note", "msgfolderroot"),
    ("inbox", "Inbox", "IPF.Note", "msgfolderroot"),
    ("journal", "Journal", "IPF.Journal", "msgfolderroot"),
    ("junkemail", "Junk Email", "IPF.Note", "msgfolderroot"),
    ("notes", "Notes", "IPF.StickyNote", "msgfolderroot"),
    ("outbox", "Outbox", "IPF.Note", "msgfolderroot"),
    ("sentitems", "Sent Items", "IPF.Note", "msgfolderroot"),
    ("tasks", "Tasks", "IPF.Task", "msgfolderroot"),
)
RIGHTS = ("none", "free-busy", "free-busy-detail", "reviewer", "editor", "owner")


class IdError(Exception):
    """An id that this server never gave out."""


def minutes_since_epoch(moment):
    return int((moment - EPOCH).total_seconds() // 60)


def change_key(number, version):
    return base64.b64encode(KEY_MARK + struct.pack(">QI", number, version)).decode()


def change_version(number, key):
    """Return the version in a change key of item number; raise IdError if it is none."""
    try:
        raw = base64.b64decode(key, validate=True)
        if raw.startswith(KEY_MARK):
            owner, version = struct.unpack(">QI", raw[len(KEY_MARK):])
            if owner == number:
                return version
    except (ValueError, struct.error):
        pass
    raise IdError("change key")


def make_id(mailbox, kind, number, original=None):
    """Return the id of a folder (F), an item (I) or an occurrence (O, with its original start)."""
    tail = b"" if original is None else struct.pack(">i", minutes_since_epoch(original))
    raw = ID_MARK + mailbox.guid.bytes + ID_FILLER + kind.encode() + struct.pack(">Q", number) \
        + tail
    return base64.b64encode(raw).decode()


def read_id(text):
    """Return (mailbox guid, kind, number, original start or None)."""
    try:
        raw = base64.b64decode(text, validate=True)
        if not raw.startswith(ID_MARK) or len(raw) not in (112, 116):
            raise IdError(text)
        guid, kind = uuid.UUID(bytes=raw[3:19]), raw[103:104].decode()
        number = struct.unpack(">Q", raw[104:112])[0]
        original = EPOCH + dt.timedelta(minutes=struct.unpack(">i", raw[112:])[0]) \
            if len(raw) == 116 else None
        return guid, kind, number, original
    except (ValueError, OverflowError, struct.error):
        raise IdError(text) from None


@dataclasses.dataclass
class Folder:
    number: int
    name: str | None        # its distinguished name
    display: str
    kind: str | None        # FolderClass
    parent: "Folder | None"
    rights: dict | None = None  # of others, if not those of the mailbox's calendar


class Event:
    """One item: a single event or a whole series."""

    def __init__(self, number, folder, fields, zone, now, end_zone=None, recurrence=None):
        self.number, self.folder, self.fields = number, folder, fields
        self.zone, self.end_zone, self.recurrence = zone, end_zone or zone, recurrence
        self.deleted, self.modified = set(), {}
        self.version, self.touched = 1, {}
        self.created = self.changed = now
        self.responses = {}         # of attendees by address: (answer, when the organizer learns it)
        self.by_client = False      # written or changed over EWS, not by the world file

    def touch(self, now, names):
        """Count a change of these fields."""
        self.version += 1
        self.changed = now
        self.touched.update((name, self.version) for name in names)

    @property
    def kind(self):
        return "RecurringMaster" if self.recurrence else "Single"


class Occurrence:
    """One instance in time: a single event itself, or one date of a series."""

    def __init__(self, event, fields, original=None, exception=False):
        self.event, self.fields, self.original = event, fields, original
        self.exception = exception

    @property
    def start(self):
        return self.fields["Start"]

    @property
    def end(self):
        return self.fields["End"]

    @property
    def kind(self):
        if self.original is None:
            return self.event.kind
        return "Exception" if self.exception else "Occurrence"


class Mailbox:
    """The mailbox of a person or a room, with a calendar and the folders every mailbox has.

    `rights` say what others may do with its calendars; `delegates` may do more with the first.
    """

    kind, unavailable = "user", None    # the latter: how its free/busy fails for everybody
    home = "both"                       # who serves it: EWS, Graph, or both
    processing, answers_after, window_days = "AutoAccept", 0, 180   # of a room (rooms.py)

    def __init__(self, address, name, zone, now):
        self.address, self.name, self.zone = address, name, zone
        self.guid = uuid.uuid5(uuid.NAMESPACE_URL, "practice:" + address.lower())
        self.lock = threading.RLock()
        self.rights, self.delegates = {"default": "free-busy"}, {}
        self.now = now
        self.events, self.log, self.sent = {}, [], []
        self.in_flight = self.peak_in_flight = 0
        self._next = 100
        self.folders, by_name = [], {}
        for number, (short, display, kind, parent) in enumerate(FOLDERS, 1):
            folder = Folder(number, short, display, kind, by_name.get(parent))
            by_name[short] = folder
            self.folders.append(folder)
        self.calendar = by_name["calendar"]

    # Folders

    def folder(self, number=None, name=None):
        """Return the folder with this number or distinguished name, or None."""
        for folder in self.folders:
            if folder.number == number or name and folder.name == name:
                return folder
        return None

    def add_calendar(self, display, rights=None):
        """Add a further calendar below the default one, or return the one of that name."""
        for folder in self.folders:
            if folder.kind == "IPF.Appointment" and folder.display == display:
                return folder
        folder = self.new_folder(display, "IPF.Appointment", self.calendar)
        folder.rights = rights
        return folder

    def new_folder(self, display, kind, parent):
        """Add a folder below another and return it."""
        self._next += 1     # never a number that a folder once had
        self.folders.append(Folder(self._next, None, display, kind, parent, parent.rights))
        return self.folders[-1]

    def remove_folder(self, folder):
        """Remove a folder with what is in it and below it."""
        for child in [one for one in self.folders if one.parent is folder]:
            self.remove_folder(child)
        for event in [one for one in self.events.values() if one.folder is folder]:
            self.remove(event)
        self.folders.remove(folder)

    def right_of(self, address, folder=None):
        """Return what somebody may do with a folder, the calendar unless told: one of RIGHTS."""
        address, folder = address.lower(), folder or self.calendar
        rights = self.rights if folder.rights is None else folder.rights
        if address == self.address.lower() or self.rights.get(address) == "owner":
            return "owner"
        right = rights.get(address, rights.get("default", "none"))
        if folder is self.calendar and address in self.delegates:
            right = max(right, self.delegates[address]["calendar"], key=RIGHTS.index)
        # The folders above the calendars (without a class) must be seen to find those.
        return right if folder.kind in (None, "IPF.Appointment") else "none"

    def allows(self, address, wanted, folder=None):
        return RIGHTS.index(self.right_of(address, folder)) >= RIGHTS.index(wanted)

    def sees_private(self, address):
        """Say whether somebody sees what is in private items: owners, and chosen delegates."""
        return self.right_of(address) == "owner" \
            or self.delegates.get(address.lower(), {}).get("private", False)

    # Events

    def add(self, fields, zone, end_zone=None, recurrence=None, folder=None):
        """Put a new event into a calendar and return it."""
        self._next += 1
        fields.setdefault("UID", self._new_uid())
        event = Event(self._next, folder or self.calendar, fields, zone, self.now(), end_zone,
                      recurrence)
        if recurrence:
            self._align(event)
        self.events[event.number] = event
        self.log.append(("Create", event.number, event.folder.number))
        return event

    def _new_uid(self):
        return "040000008200E00074C5B7101A82E008" + "0" * 32 + "10000000" + uuid.uuid4().hex.upper()

    def _align(self, event):
        """Move a new series to its first date, keeping its wall-clock times."""
        event.fields["Start"], event.fields["End"] = next(self._instances(event))

    def changed(self, event, names):
        event.touch(self.now(), names)
        self.log.append(("Update", event.number, event.folder.number))

    def set_recurrence(self, event, recurrence):
        """Give an event a new pattern (or none); its exceptions and deletions are gone then."""
        event.recurrence = recurrence
        event.deleted, event.modified = set(), {}
        if recurrence:
            self._align(event)

    def remove(self, event):
        del self.events[event.number]
        self.log.append(("Delete", event.number, event.folder.number))

    def remove_occurrence(self, occurrence):
        event = occurrence.event
        event.deleted.add(occurrence.original)
        event.modified.pop(occurrence.original, None)
        self.changed(event, ["DeletedOccurrences"])

    # Series

    @staticmethod
    def _instances(event):
        """Yield (start, end) in UTC for each date of a series: the same wall-clock times."""
        start, end = (event.fields[name].astimezone(event.zone).replace(tzinfo=None)
                      for name in ("Start", "End"))
        for date in event.recurrence.dates():
            moved = dt.datetime.combine(date, start.time())
            yield zones.local_to_utc(moved, event.zone), \
                zones.local_to_utc(moved + (end - start), event.zone)

    def occurrence(self, event, original):
        """Return the occurrence with this original start, or None if deleted or never there."""
        if event.recurrence is None or original in event.deleted:
            return None
        for occurrence in self.occurrences(event):
            if occurrence.original == original:
                return occurrence
            if occurrence.original > original:
                return None
        return None

    def occurrences(self, event):
        """Yield the occurrences of a series in the order of their original starts."""
        for start, end in self._instances(event):
            if start in event.deleted:
                continue
            change = event.modified.get(start)
            fields = {**event.fields, "Start": start, "End": end, **(change or {})}
            yield Occurrence(event, fields, start, change is not None)

    def view(self, start, end, folder=None):
        """Return what overlaps start to end in a calendar, series expanded, sorted by start."""
        folder = folder or self.calendar
        found = []
        for event in self.events.values():
            if event.folder is not folder:
                continue
            if event.recurrence is None:
                found.append(Occurrence(event, event.fields))
                continue
            # An exception may have moved here from after the end: look as far as any has moved.
            moved = max((abs(change["Start"] - original)
                         for original, change in event.modified.items() if "Start" in change),
                        default=dt.timedelta())
            for occurrence in self.occurrences(event):
                if occurrence.original >= end + moved:
                    break
                found.append(occurrence)
        found = [item for item in found if item.start < end and (
            item.end > start or item.start == item.end >= start)]
        found.sort(key=lambda item: (item.start, item.event.number))
        return found

    def find(self, number, original=None):
        """Return the event or occurrence that an id names, or None."""
        event = self.events.get(number)
        if event is None:
            return None
        if original is None:
            return Occurrence(event, event.fields)
        return self.occurrence(event, original)
