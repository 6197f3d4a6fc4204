# SPDX-License-Identifier: ISC
"""A connector that is not ours: the protocol of wire/desk.h written a second time, over a calendar in memory."""
import datetime
import random
import struct

import kit

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
AUTO, REALTIME = 0, 1
CREATE, UPDATE, REMOVE = 0, 1, 2
WRITTEN, BUSY, GONE, FAILED = 0, 1, 2, 3
FREE, ELSEWHERE, TENTATIVE, TAKEN, OOF, NO_DATA = range(6)

# A shape is a list of (kind, name, shape of ONE and LIST).
SLOT = [("t", "start"), ("t", "end"), ("code", "status")]
CALENDAR = [("i", "number"), ("text", "name"), ("flag", "is_read"), ("flag", "is_booked")]
XMPP = [("text", "host"), ("i", "port"), ("i", "port_tls"), ("text", "jid"), ("text", "component"),
        ("text", "ticket"), ("t", "ends")]
EVENT = [("text", "uid"), ("t", "start"), ("t", "end"), ("text", "zone"), ("text", "title"), ("text", "body"),
         ("text", "location"), ("text", "room"), ("flag", "is_private"), ("i", "reminder_min"),
         ("code", "show_as"), ("text", "invitee_name"), ("text", "invitee_email"),
         ("flag", "online_meeting")]
ORDER = [("i", "number"), ("code", "kind"), ("one", "event", EVENT), ("text", "id"), ("t", "from"), ("t", "to"),
         ("i", "blocking"), ("t", "until")]
INTERVAL = [("i", "key"), ("flag", "is_removed"), *SLOT]
NOTHING = [("flag", "unused")]
MESSAGES = {
    "hello": ([("text", "program"), ("text", "version"), ("text", "platform"), ("list", "calendars", CALENDAR),
               ("flag", "asks_mode"), ("code", "mode"), ("flag", "xmpp_blocked")],
              [("code", "mode"), ("flag", "may_fall_back"), ("i", "interval_s"), ("i", "lease_s"),
               ("i", "days_ahead"), ("i", "epoch"), ("i", "sequence"), ("t", "now"), ("one", "xmpp", XMPP)]),
    "ticket": (NOTHING, [("one", "xmpp", XMPP)]),
    "push": ([("i", "epoch"), ("i", "base"), ("i", "sequence"), ("flag", "is_full"), ("flag", "more"),
              ("t", "from"), ("t", "to"), ("list", "intervals", INTERVAL)],
             [("i", "sequence"), ("t", "lease_until"), ("flag", "has_orders")]),
    "pull": (NOTHING, [("list", "orders", ORDER), ("flag", "more")]),
    "done": ([("i", "number"), ("code", "outcome"), ("text", "id")], NOTHING),
    "question": ([("i", "number"), ("i", "wait_s")],
                 [("i", "number"), ("t", "from"), ("t", "to"), ("i", "within_ms"), ("flag", "has_orders")]),
    "answer": ([("i", "number"), ("flag", "is_known"), ("list", "busy", SLOT)], NOTHING),
    "leave": (NOTHING, NOTHING),
}


def encode(shape, value):
    out = b""
    for kind, name, *of in shape:
        it = value.get(name)
        if kind == "flag":
            out += bytes([bool(it)])
        elif kind == "code":
            out += struct.pack("<I", it or 0)
        elif kind == "i":
            out += struct.pack("<q", it or 0)
        elif kind == "t":
            out += struct.pack("<q", round((it - EPOCH).total_seconds()) if it else 0)
        elif kind == "text":
            text = (it or "").encode()
            out += struct.pack("<I", len(text)) + text
        elif kind == "one":
            out += encode(of[0], it or {})
        else:
            out += struct.pack("<I", len(it or [])) + b"".join(encode(of[0], each) for each in it or [])
    return out


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value, = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return value

    def value(self, shape):
        return {name: self.field(kind, of) for kind, name, *of in shape}

    def field(self, kind, of):
        if kind == "flag":
            return bool(self.take("B"))
        if kind == "code":
            return self.take("I")
        if kind == "i":
            return self.take("q")
        if kind == "t":
            s = self.take("q")
            return EPOCH + datetime.timedelta(seconds=s) if s else None
        if kind == "text":
            n = self.take("I")
            self.at += n
            return self.data[self.at - n:self.at].decode()
        if kind == "one":
            return self.value(of[0])
        return [self.value(of[0]) for _ in range(self.take("I"))]


class Refused(Exception):
    def __init__(self, answer):
        super().__init__(f"HTTP {answer.status}")
        self.status, self.retry_s = answer.status, int(answer.headers.get("Retry-After", 0))


class Desk:
    """One PC: a calendar in memory, and the connector's journal."""

    def __init__(self, hourgate, number, token, address="127.0.0.1"):
        self.visitor = hourgate.visitor(address)
        self.number, self.token = number, token
        self.events = {}  # by key: {start, end, status, uid, id}
        self.pushed, self.said = {}, None
        self.sequence = self.epoch = 0
        self.window, self.calendar = None, "Calendar"

    def say(self, name, raw=None, timeout=60, **value):
        """Send one message; return its answer."""
        asks, answers = MESSAGES[name]
        body = encode(asks, value) if raw is None else raw
        answer = self.visitor.ask("POST", f"/desk/v1/{name}", body, timeout=timeout,
                                  Content_Type="application/octet-stream",
                                  Authorization=f"Hourgate {self.number}.{self.token}")
        assert not answer.cookies
        if answer.status != 200:
            assert answer.body == b"" or answer.status == 413, answer.body
            raise Refused(answer)
        reader = Reader(answer.body)
        value = reader.value(answers)
        assert reader.at == len(answer.body)
        return value

    # the calendar

    def add(self, start, minutes=30, status=TAKEN, **more):
        key = random.getrandbits(63)
        self.events[key] = {"start": start, "end": start + datetime.timedelta(minutes=minutes), "status": status,
                            **more}
        return key

    def free(self, start, end, blocking, except_id=None):
        return not any(event["start"] < end and start < event["end"] and blocking >> event["status"] & 1
                       for event in self.events.values() if event.get("id") != except_id or not except_id)

    def ours(self):
        return sorted((event["start"], event["end"]) for event in self.events.values() if "uid" in event)

    # what the program does

    def hello(self, **more):
        self.said = self.say("hello", program="double", version="1", platform="Python", calendars=[
            {"number": 1, "name": self.calendar, "is_read": True, "is_booked": True}], **more)
        if self.said["epoch"] != self.epoch or self.said["sequence"] != self.sequence:
            self.epoch, self.sequence, self.pushed = self.said["epoch"], 0, {}
        now = self.said["now"]
        self.window = {"from": now - datetime.timedelta(days=1),
                       "to": now + datetime.timedelta(days=self.said["days_ahead"])}
        return self.said

    def _changes(self):
        now = {key: (event["start"], event["end"], event["status"]) for key, event in self.events.items()}
        changed = [{"key": key, "start": what[0], "end": what[1], "status": what[2]} for key, what in now.items()
                   if self.pushed.get(key) != what]
        gone = [{"key": key, "is_removed": True} for key in self.pushed if key not in now]
        return now, changed, gone

    def push(self):
        """Push what changed since the last time, or all of it."""
        now, changed, gone = self._changes()
        is_full = self.sequence == 0
        answer = self.say("push", epoch=self.epoch, base=self.sequence, sequence=self.sequence + 1, is_full=is_full,
                          intervals=changed if is_full else changed + gone, **self.window)
        self.sequence, self.pushed = answer["sequence"], now
        return answer

    def sync(self):
        self.hello()
        return self.push()

    def pull(self):
        return self.say("pull")["orders"]

    def carry_out(self, order):
        """Do one order as a good program does; return its outcome and the event's id."""
        event, known = order["event"], None
        for key, each in self.events.items():
            if each.get("id") and each["id"] == order["id"] or each.get("uid") == event["uid"]:
                known = key
        if order["kind"] == REMOVE:
            self.events.pop(known, None)
            return WRITTEN, ""
        if order["kind"] == CREATE and known:
            return WRITTEN, self.events[known]["id"]
        if order["kind"] == UPDATE and known is None:
            return GONE, ""
        own = self.events.pop(known) if known is not None else {"id": f"{random.getrandbits(128):032x}"}
        if not self.free(order["from"], order["to"], order["blocking"] | 1 << NO_DATA):
            if known is not None:
                self.events[known] = own
            return BUSY, ""
        self.events[known or random.getrandbits(63)] = {**own, "start": event["start"], "end": event["end"],
                                                        "status": TAKEN, "uid": event["uid"],
                                                        "title": event["title"]}
        return WRITTEN, own["id"]

    def work(self):
        """Pull, do and acknowledge; return the orders."""
        orders = self.pull()
        for order in orders:
            outcome, event_id = self.carry_out(order)
            self.say("done", number=order["number"], outcome=outcome, id=event_id)
        return orders

    def answer(self, wait_s=20):
        """Wait for a question and answer it from the calendar; return it."""
        asked = self.say("question", wait_s=wait_s)
        if asked["number"]:
            busy = [{"start": event["start"], "end": event["end"], "status": event["status"]}
                    for event in self.events.values()
                    if event["start"] < asked["to"] and asked["from"] < event["end"]]
            self.say("answer", number=asked["number"], is_known=True, busy=busy)
        return asked


def pair(hourgate, *options, address="anna@practice.example", account="acme", add_user=True):
    """Add an account and a host with a connector; return (its number, its token)."""
    if account not in [row["account"] for row in kit.rows(hourgate.listed("account", "list"))]:
        hourgate.command("account", "add", account, "--name", "Acme AG")
    if add_user:
        hourgate.command("user", "add", account, address, "--name", "Anna Host", "--zone", kit.ZONE)
    told = hourgate.listed("connector", "add", account, address, *options)
    return told["id"], told["token"]
