# SPDX-License-Identifier: ISC
"""The kinds of calendar under test, each behind the same few words: how to make one that holds events, how to
reach it, how to make it fail, what stands in it. A new kind is a class here and a name in KINDS."""
import dav
import kit

METHODS = {"ntlm": 0, "basic": 1, "negotiate": 2, "bearer": 3, "oauth": 4, "assertion": 5, "none": 6}


class Ews:
    """Exchange Web Services, played by the practice Exchange."""

    kind = 0
    address = "anna@practice.example"
    by_password = True  # which is sent to the server itself
    writes = True
    knows_mailboxes = True  # of others, by their addresses
    many = 2300           # events, more than one answer lists
    # Neutral names of faults, and how the practice server is told to commit them.
    faults = {
        "cut short": {"mode": "truncated"},
        "silent": {"mode": "stall", "seconds": 30},
        "slow": {"mode": "slow", "seconds": 30},
        "page for people": {"mode": "html_200"},
        "login page": {"mode": "html_440"},
        "empty": {"mode": "empty_body"},
        "not the protocol": {"mode": "not_xml"},
        "bomb": {"mode": "entity_bomb"},
        "external": {"mode": "external_entity"},
        "deep": {"mode": "deep", "depth": 5000},
        "endless": {"mode": "huge", "mib": 80},
        "broken": {"mode": "http_500"},
        "hangs up": {"mode": "drop_before"},
        "elsewhere": {"mode": "redirect", "location": "https://127.0.0.1:9/steal"},
        "throttled": {"mode": "http_503", "retry_after": 7},
        "throttled, not saying": {"mode": "http_503"},
        "throttled by protocol": {"mode": "fault_busy", "milliseconds": 2500},
        "throttled inside": {"mode": "item_busy", "milliseconds": 2500},
        "refused bare": {"mode": "http_401_bare"},
        "forbidden": {"mode": "http_403"},
        "no right": {"mode": "deny"},
        "no data": {"mode": "no_data"},
        "odd but right": {"mode": "odd_shapes"},
    }
    busy_operations = ("GetUserAvailability", "FindItem")
    statuses = ["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"]  # that it tells apart
    conflict, no_calendar = "ErrorIrresolvableConflict", "ErrorNonExistentMailbox"
    window_days = 42  # that one request may ask for
    create_operation, find_operation = "CreateItem", "FindItem"
    update_operation, remove_operation = "UpdateItem", "DeleteItem"
    read_back_operation = "GetItem"

    def __init__(self, make, events=(), **options):
        self.server_side = make.practice(
            kit.person(self.address, events), kit.person("bea@practice.example"),
            accounts=[{"address": "svc@practice.example", "user": "PRACTICE\\svc",
                       "password": kit.PASSWORD}],
            impersonators=["svc@practice.example"], **options)
        self.roots = self.server_side.trusted

    def server(self, **more):
        """Return how to reach and sign in, as the wire has it."""
        return {"kind": self.kind, "host": "localhost", "port": self.server_side.port,
                "path": "/EWS/Exchange.asmx", "method": METHODS["ntlm"], "user": "PRACTICE\\anna",
                "password": kit.PASSWORD, "mailbox": self.address, **more}

    def fail(self, name, operation="*", **more):
        self.server_side.misbehave(operation=operation, **{**self.faults[name], **more})

    def behave(self):
        self.server_side.behave()

    def lose_answer(self, operation):
        """Carry the next such request out and answer nothing."""
        self.server_side.misbehave("drop_after", operation=operation, count=1)

    def items(self):
        return self.server_side.items(self.address)

    def events_of(self, uid):
        """Return (start, end) of the events that carry our uid."""
        return [(kit.instant(item["Start"]), kit.instant(item["End"])) for item in self.items()
                if item["Folder"] == "calendar" and any(each["value"] == uid for each in item["ExtendedProperties"])]

    def requests(self):
        return [entry["operation"] for entry in self.server_side.journal()]


class Graph(Ews):
    """Microsoft Graph, played by the practice server over the same world."""

    kind = 1
    by_password = False
    busy_operations = ("GetSchedule", "CalendarView")
    create_operation, find_operation = "CreateEvent", "ListEvents"
    update_operation, remove_operation = "UpdateEvent", "DeleteEvent"
    read_back_operation = "GetEvent"
    scopes = ["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"]
    application = {"secret": "practice-secret", "roles": ["Calendars.ReadWrite"], "scopes": scopes}

    def __init__(self, make, events=(), **options):
        super().__init__(make, events, **{**self.world(), **options})

    @classmethod
    def world(cls):
        """Return what a world needs besides people, to be asked by Graph."""
        return {"graph": {}, "oauth": {"audience": ["https://graph.microsoft.com"],
                                       "clients": {"hourgate": cls.application}}}

    def token(self, address=None, **more):
        """Return an access token of a person, or of the application itself."""
        return self.server_side.api("POST", "/api/token", {"client": "hourgate", "address": address, **more})["token"]

    def server(self, **more):
        if "password" not in more:
            more["password"] = self.token(self.address)
        return {"kind": self.kind, "host": "localhost", "port": self.server_side.port, "path": "/v1.0",
                "method": METHODS["oauth"], "user": self.address, "mailbox": self.address, **more}


class Google(Ews):
    """Google Calendar, played by the practice Google."""

    kind = 2
    by_password = False
    busy_operations = ("events.list",)
    create_operation, find_operation = "events.insert", "events.list"
    update_operation, remove_operation = "events.patch", "events.delete"
    read_back_operation = "events.get"
    conflict, no_calendar = "conditionNotMet", "notFound"
    statuses = [status for status in Ews.statuses if status != "NoData"]  # Google always knows
    window_days = 800  # a list comes page by page, whatever the window

    def __init__(self, make, events=(), **options):
        self.server_side = make.practice(
            kit.person(self.address, events), kit.person("bea@practice.example"),
            program=kit.PracticeGoogle, **options)
        self.roots = self.server_side.trusted

    def server(self, **more):
        if "password" not in more:
            more["password"] = self.server_side.access_token(self.address)
        return {"kind": self.kind, "host": "localhost", "port": self.server_side.port, "path": "/calendar/v3",
                "method": METHODS["oauth"], "user": self.address, "mailbox": self.address, **more}


def body(text):
    return {"mode": "body", "content": text}


class Radicale(Ews):
    """CalDAV by Radicale: a real server, behind a front that misbehaves."""

    kind = 3
    backend = dav.Radicale
    by_password = False  # by the methods of Exchange, that is: tests/flow/test_caldav.py has its own
    knows_mailboxes = False
    statuses = [status for status in Ews.statuses if status != "NoData"]  # no word of iCalendar
    window_days = 800
    faults = {
        "cut short": {"mode": "truncated"},
        "silent": {"mode": "stall", "seconds": 30},
        "slow": {"mode": "slow", "seconds": 30},
        "page for people": {"mode": "html", "status": 200},
        "login page": {"mode": "html", "status": 440},
        "empty": {"mode": "empty"},
        "not the protocol": body("<hello xmlns='urn:world'/>"),
        "bomb": body('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><multistatus xmlns="DAV:">&c;</multistatus>'),
        "external": body('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><multistatus xmlns="DAV:">&b;</multistatus>'),
        "deep": body('<multistatus xmlns="DAV:">' + "<x>" * 5000),
        "endless": {"mode": "huge"},
        "broken": {"mode": "http", "status": 500},
        "hangs up": {"mode": "drop_before"},
        "elsewhere": {"mode": "http", "status": 302, "location": "https://127.0.0.1:9/steal"},
        "throttled": {"mode": "http", "status": 503, "retry_after": 7},
        "throttled, not saying": {"mode": "http", "status": 503},
        "throttled by protocol": {"mode": "http", "status": 429, "retry_after": 3},
        "throttled inside": {"mode": "http", "status": 429, "retry_after": 3},
        "refused bare": {"mode": "http", "status": 401},
        "forbidden": {"mode": "http", "status": 403},
        "no right": {"mode": "deny"},
        "no data": {"mode": "bad_times"},
        "odd but right": {"mode": "odd"},
    }
    busy_operations = ("Query",)
    create_operation, find_operation = "Create", "Get|Query"
    update_operation, remove_operation = "Update", "Delete"
    read_back_operation = "Get|Query"

    def __init__(self, make, events=(), **_):
        self.server_side = dav.Server(make, self.backend, events)
        self.roots = self.server_side.trusted

    def server(self, **more):
        return {"kind": self.kind, "host": "localhost", "port": self.server_side.port, "path": "/",
                "method": METHODS["basic"], "user": dav.USER, "password": kit.PASSWORD, "mailbox": self.address,
                "zone": kit.ZONE, **more}

    def events_of(self, uid):
        return [(dav.moment(item["Start"]), dav.moment(item["End"])) for item in self.items()
                if {"value": uid} in item["ExtendedProperties"]]


class Xandikos(Radicale):
    """The same by Xandikos."""

    backend = dav.Xandikos
    many = 300  # each is a commit


class Feed(Radicale):
    """A feed by its secret address: it is read and nothing else."""

    kind = 4
    writes = False
    busy_operations = ("Get",)

    def __init__(self, make, events=(), **_):
        self.server_side = dav.Feed(make, events)
        self.roots = self.server_side.trusted

    def server(self, **more):
        return {"kind": self.kind, "host": "localhost", "port": self.server_side.port, "path": "/",
                "method": METHODS["none"], "password": dav.Feed.secret, "zone": kit.ZONE, **more}


KINDS = {"ews": Ews, "graph": Graph, "google": Google, "radicale": Radicale, "xandikos": Xandikos, "feed": Feed}
