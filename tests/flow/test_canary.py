# SPDX-License-Identifier: ISC
"""P1 over every feature: what events say, and passwords, are nowhere afterwards but where they have to be.

Each feature is used, then `hourgate scan` looks at files, columns, logs, cores and the memory of all programs, while
they serve. test_scan.py shows that it finds what is there. A new feature belongs into FEATURES.
"""
import contextlib
import datetime
import http.client
import json
import os
import re
import urllib.parse

import pytest

import cloud
import desk
import kit
from people import code_of
import post
import test_setup as first_run
from counterpart import proxies
from workspace import Service

SERVICE, ANNA, BEN, CARL = (f"{name}@practice.example" for name in ("svc", "anna", "ben", "carl"))
EVENTS = ["Planted-Subject-5e1f", "Planted-Body-77c0", "Planted-Place-913b", "planted-guest-2f6a@other.example",
          "Planted-Category-d05c"]
CALENDAR = "Planted-Calendar-4be8"
PASSWORDS = {who: f"Planted-Password-{who}-6b27" for who in (SERVICE, ANNA, BEN, CARL)}
WRONG = "Planted-Wrong-Password-0a91"
OWN_PASSWORD = "Planted-Own-Password-c7d2"
CUSTOMER = ["Planted Customer 3c55", "planted-3c55@customer.example", "Planted answer 3c55"]
ALL = [*EVENTS, CALENDAR, *PASSWORDS.values(), WRONG, *CUSTOMER]


def marked(day, *hours, **more):
    """Events that say all that an event can say."""
    return [kit.event(EVENTS[0], kit.at(day, hour), 30, body=EVENTS[1], location=EVENTS[2],
                      attendees=[EVENTS[3]], categories=[EVENTS[4]], **more) for hour in hours]


class World:
    """An office with a service account, three hosts, a second calendar and a shared one."""

    held = set()  # of what was looked for, what was found where it may be
    tokens = ()   # that were given out

    def __init__(self, make, **more):
        self.day, self.held, self.tokens = kit.day_after(3), set(), []
        serial = marked(self.day, 16, sensitivity="Private", recurrence={"kind": "Daily", "count": 5})
        people = {
            SERVICE: {}, BEN: {"events": marked(self.day, 11)},
            ANNA: {"events": [*marked(self.day, 10, 14), *serial,
                              *marked(self.day, 15, calendar=CALENDAR)], "calendars": [CALENDAR]},
            CARL: {"events": marked(self.day, 12), "rights": {"default": "reviewer"}}}
        self.practice = make.practice(*(kit.person(address, password=PASSWORDS[address], **person)
                                        for address, person in people.items()), impersonators=[SERVICE])
        self.hourgate = make.hourgate(**more).serve()
        self.hourgate.host(self.practice, password=PASSWORDS[ANNA]).page(increment=30)
        for address in (BEN, CARL):
            self.command("user", "add", "acme", address, "--name", address.title(), "--zone", kit.ZONE)

    @property
    def visitor(self):
        return self.hourgate.visitor()

    def command(self, *words, password=""):
        return self.hourgate.command(*words, stdin=f"{password}\n" if password else "")

    def tried(self, *words, password=""):
        """Run a command that may fail: what it says must not say too much either."""
        done = self.hourgate.run(*words, stdin=f"{password}\n" if password else "")
        return done.stdout + done.stderr

    def sign_in(self, who):
        return "--server", self.practice.ews, "--user", f"PRACTICE\\{who.split('@')[0]}", "--password-stdin"

    def book(self, hour, minute=0, page="acme/intro"):
        answer = self.visitor.book(kit.at(self.day, hour, minute), page, CUSTOMER[0], CUSTOMER[1],
                                   answers=[{"question": "Note", "answer": CUSTOMER[2]}])
        assert answer.status == 201, answer.text
        return answer.json()


def slots(world):
    assert kit.at(world.day, 10) not in world.visitor.starts(day=world.day)
    return world.visitor.get(f"/acme/intro?day={world.day}").text


def looks(world):
    """A colour of the account's own changes how its pages look, and nothing of what they say."""
    said = world.command("account", "look", "acme", "--colour", "#8b1e3f")
    page = world.visitor.get(f"/acme/intro?day={world.day}").text
    sheet = re.search(r'href="(/a/style/[^"]+)"', page)[1]
    return said + page + world.visitor.get(sheet).text


def booking(world):
    assert world.visitor.book(kit.at(world.day, 10)).status == 409
    world.book(9)


def move_and_cancel(world):
    link = kit.path_of(world.book(11)["manage_url"])
    said = world.visitor.get(link).text.replace(CUSTOMER[0], "").replace(CUSTOMER[1], "")
    assert kit.move(world.visitor, link, kit.at(world.day, 11, 30)).status < 400
    assert kit.cancel(world.visitor, link).status < 400
    return said.replace(CUSTOMER[2], "")


def operators_cancel(world):
    said = world.command("booking", "cancel", "acme", world.book(12)["id"], "--reason", CUSTOMER[2], "--yes")
    world.command("page", "put", "acme", "asks", "--host", ANNA, "--title", "Asks", "--duration", 30,
                  "--hours", "mon-sun 09:00-17:00", "--ask-reason", "required")
    link = kit.path_of(world.book(12, page="acme/asks")["manage_url"])
    assert world.visitor.form(link, action="cancel", reason=CUSTOMER[2]).status == 303
    return said


def doctor(world):
    report = world.hourgate.folder / "report.txt"
    said = world.command("connection", "check", "acme", "1", "--probe", "--report", report)
    return said + report.read_text() + world.command(
        "check", "exchange", *world.sign_in(ANNA), "--mailbox", ANNA, password=PASSWORDS[ANNA])


def reasons(world):
    return world.command("why", "acme", "intro", "--day", world.day)


def bad_days(world):
    for mode in ("truncated", "odd_shapes", "read_back_wrong", "fault_busy", "http_500", "html_200"):
        world.practice.misbehave(mode, count=2)
        world.visitor.slots(day=world.day)
        world.visitor.book(kit.at(world.day, 13))
        world.practice.behave()


def several_calendars(world):
    """The host's own calendars are named to the operator who chooses, and nowhere else."""
    seen = json.loads(world.command("connection", "calendars", "acme", "1", "--json"))
    ids = {row["calendar"]: row["id"] for row in seen}
    world.command("connection", "calendars", "acme", "1", "--busy", ids["Calendar"], "--busy", ids[CALENDAR],
                  "--book", ids[CALENDAR])
    assert kit.at(world.day, 15) not in world.visitor.starts(day=world.day)
    world.book(12, 30)


def team_view(world):
    return world.command("team", "acme", "--viewer", ANNA, "--from", world.day)


def service_account(world):
    world.command("connection", "add", "acme", "--service", *world.sign_in(SERVICE), "--mailbox", SERVICE,
                  password=PASSWORDS[SERVICE])
    world.command("connection", "add", "acme", BEN, "--through", "2")
    world.hourgate.page("ben", BEN)
    assert kit.at(world.day, 11) not in world.visitor.starts("acme/ben", day=world.day)
    world.book(9, 30, "acme/ben")


def shared_calendar(world):
    """Anna's sign-in, Carl's mailbox: a calendar that was shared with her."""
    world.command("connection", "add", "acme", CARL, *world.sign_in(ANNA), "--mailbox", CARL, "--free-busy-only",
                  password=PASSWORDS[ANNA])
    world.hourgate.page("carl", CARL)
    assert kit.at(world.day, 12) not in world.visitor.starts("acme/carl", day=world.day)


def wrong_password(world):
    said = world.tried("connection", "password", "acme", "1", "--password-stdin", password=WRONG)
    assert world.visitor.starts(day=world.day) == []
    said += world.tried("connection", "check", "acme", "1", "--json")
    world.command("connection", "password", "acme", "1", "--password-stdin", password=PASSWORDS[ANNA])
    return said


def moving_house(world):
    return world.command("connection", "move", "acme", "1", *world.sign_in(ANNA), "--method", "basic",
                         password=PASSWORDS[ANNA])


def killed_programs(world):
    for name in ("edge", "courier", "vault"):
        world.hourgate.kill_program(name)
        kit.wait_until("it serves again", lambda: world.hourgate.ready() and
                       world.visitor.starts(day=world.day), 30)


def lists(world):
    said = "".join(world.command(*words) for words in (
        ("connection", "list", "acme"), ("booking", "list", "acme"), ("page", "list", "acme"),
        ("user", "list", "acme"), ("account", "list")))
    return said.replace(CUSTOMER[0], "").replace(CUSTOMER[1], "").replace(CUSTOMER[2], "")


def public_pages(world):
    return "".join(world.visitor.get(path).text for path in ("/", "/trust", "/healthz", "/readyz", "/nowhere"))


def new_keys(world):
    said = world.command("key", "rotate", "acme") + world.command("key", "list") + world.command("seal", "status")
    new = world.hourgate.folder / "new.key"
    world.command("key", "rewrap", "--new-key", new)
    world.hourgate.stop()
    new.replace(world.hourgate.setting("data", "key"))
    world.hourgate.serve()
    assert world.visitor.starts(day=world.day)
    return said


def tokens(world):
    """A token passes through memory; what is kept of it is a hash."""
    token = world.command("token", "add", "acme", ANNA, "--name", "flow", "--scopes",
                          "account:read connections:read connections:write bookings:read team:read").strip()
    world.tokens.append(token)
    bearer = {"Authorization": f"Bearer {token}"}
    said = "".join(world.visitor.get(f"/api/v1/accounts/acme{path}", **bearer).text for path in (
        "", "/connections", f"/team?from={world.day}&to={world.day}"))
    said += world.visitor.ask("POST", "/api/v1/accounts/acme/connections/1/check", b"{}", **bearer).text
    assert world.visitor.get("/api/v1/accounts/acme/bookings", **bearer).status == 200  # the host's own
    return said + world.command("token", "list", "acme")


def audit(world):
    return world.command("audit", "verify") + world.command("audit", "export") + world.command("audit", "show", "acme")


def backing_up(world):
    """The copy lies where the scan looks."""
    if not world.hourgate.database:
        world.command("backup", world.hourgate.data / "copy.backup")
    return world.command("customer", "export", "acme", "nobody@customer.example")


def proofs(world):
    return world.command("inventory") + world.command("trust")


def hosts_bookings(world):
    """Entered by the host, moved, and asked of questions."""
    world.command("page", "put", "acme", "asks", "--host", ANNA, "--title", "Asks", "--duration", 30,
                  "--hours", "mon-sun 08:00-18:00", "--question", "text: Reason", "--invite", "exchange",
                  "--cancelled", "keep")
    def words(start):
        return f"{start.astimezone(kit.zoneinfo.ZoneInfo(kit.ZONE)):%Y-%m-%d %H:%M}"

    later = world.day + datetime.timedelta(days=1)
    said = world.command("booking", "add", "acme", "asks", "--at", words(kit.at(later, 9)), "--name", CUSTOMER[0],
                         "--email", CUSTOMER[1], "--answer", f"Reason={CUSTOMER[2]}", "--json")
    number = json.loads(said)["id"]
    said += world.command("booking", "add", "acme", "asks", "--at", words(kit.at(later, 14)), "--name", CUSTOMER[0],
                          "--email", CUSTOMER[1], "--weekly", 3, "--beyond-rules", "--over-busy", "--json")
    said += world.command("booking", "cancel", "acme", json.loads(said.splitlines()[-1])["bookings"][1], "--rest", "--yes")
    said += world.command("booking", "move", "acme", number, "--to", words(kit.at(later, 11)))
    return said + world.command("booking", "cancel", "acme", number, "--yes")


def following(world):
    """The host moves a booked event; what else stands in the calendar is walked over."""
    world.hourgate.stop()
    world.hourgate.configure({"upstream.poll": 1})
    world.hourgate.serve()
    before = len(world.practice.asked("SyncFolderItems"))
    kit.wait_until("changes were asked for", lambda: len(world.practice.asked("SyncFolderItems")) > before + 1, 30)
    kit.wait_until("a stream was opened", lambda: world.practice.asked("GetStreamingEvents"), 30)
    world.hourgate.stop()
    world.hourgate.configure({"upstream.poll": 0})
    world.hourgate.serve()


def customers_erased(world):
    return world.command("customer", "erase", "acme", CUSTOMER[1], "--yes", "--cancel").replace(CUSTOMER[1], "")


def signing_in(world):
    """A person's password passes through memory; what is kept is a hash, sealed."""
    link = "/invite/" + world.command("user", "invite", "acme", ANNA).strip().rpartition("/")[2]
    same = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}
    def post(path, **fields):
        return world.visitor.ask("POST", path, urllib.parse.urlencode(fields).encode(), **same)

    world.tokens.append(OWN_PASSWORD)
    assert post(link, password=OWN_PASSWORD, again=OWN_PASSWORD).status == 303
    answer = post("/sign-in", email=ANNA, password=OWN_PASSWORD, account="", next="/me")
    assert answer.status == 303
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    world.tokens.append(cookie.partition("=")[2])
    own = world.visitor.get("/me", Cookie=cookie)
    assert own.status == 200
    return own.text.replace(CUSTOMER[0], "").replace(CUSTOMER[1], "")


def pages_of_hosts(world):
    """A host's own place: connections, the doctor, calendars, pages and their editor, mail texts."""
    same = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}
    def post(path, **fields):
        return world.visitor.ask("POST", path, urllib.parse.urlencode(fields).encode(), Cookie=cookie, **same)

    said = world.visitor.ask("POST", "/sign-in", urllib.parse.urlencode(
        {"email": ANNA, "password": OWN_PASSWORD, "account": "", "next": "/me"}).encode(), **same)
    cookie = said.headers["Set-Cookie"].split(";")[0]
    world.tokens.append(cookie.partition("=")[2])
    page = kit.rows(world.hourgate.listed("page", "list", "acme"))[0]["page"]
    texts = [world.visitor.get(path, Cookie=cookie).text for path in
             ("/connections", "/connections/1", "/connections/1/calendars", "/pages", "/settings/mails",
              "/settings/readings", "/settings/data", "/settings/data/leave", "/health",
              *(f"/pages/{page}?part={part}" for part in ("what", "hours", "rules", "questions", "event", "mails")))]
    form = re.search(r'name="form" value="([\w-]{43})"', texts[0]).group(1)
    texts.append(post("/connections/1", form=form, action="check").text)
    assert "What was found just now" in texts[-1]
    made = post("/settings/tokens/new", **{"form": form, "name": "Script", "days": "30", "bookings:read": "yes"})
    world.tokens.append(re.search(r"hg_[\w-]{20,}", made.text).group(0))
    texts.append(world.visitor.get("/settings/tokens", Cookie=cookie).text)
    return "".join(texts).replace(CALENDAR, "")  # which its owner chooses from


def second_factor(world):
    """The secret of a person's codes is sealed; the codes of the last resort are hashed."""
    same = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}
    jar = {}
    def post(path, **fields):
        answer = world.visitor.ask("POST", path, urllib.parse.urlencode(fields).encode(),
                                   Cookie="; ".join(f"{name}={value}" for name, value in jar.items()), **same)
        for said in answer.cookies:
            name, value = said.split(";")[0].split("=")
            jar[name] = value
            world.tokens.extend([value] * bool(value))
        return answer

    def page():
        return world.visitor.get("/settings/second-factor", Cookie="; ".join(f"{name}={value}" for name, value in jar.items())).text

    assert post("/sign-in", email=ANNA, password=OWN_PASSWORD, account="", next="/me").status == 303
    form = re.search(r'name="form" value="([\w-]{43})"', page()).group(1)
    assert post("/settings/second-factor", form=form, action="begin").status == 303
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page()).group(1).replace(" ", "")
    world.tokens.append(secret)
    on = post("/settings/second-factor", form=form, action="confirm", code=code_of(secret))
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", on.text)
    assert len(codes) == 10
    world.tokens.extend(codes)
    assert post("/sign-in", email=ANNA, password=OWN_PASSWORD).headers["Location"] == "/sign-in/code"
    assert post("/sign-in/code", code=codes[0]).status == 303
    return world.command("user", "totp", "off", "acme", ANNA, "--yes")


def erasing(world):
    """What an account leaves: a certificate. The server goes on, and forgets with the rest of its requests."""
    return world.command("account", "remove", "acme", "--yes")


def disconnecting(world):
    return world.command("connection", "remove", "acme", "1", "--yes") + world.tried("attention", "list", "acme")


def outages(world):
    """A server that fails for a while: its answers and what it had said before are told to nobody."""
    for mode in ("http_500", "not_xml", "truncated"):
        world.practice.misbehave(mode)
        world.visitor.slots(day=world.day)
        said = world.hourgate.command("connection", "list", "acme") + world.hourgate.command("page", "list", "acme")
        assert "fails since" in said, mode
    world.practice.behave()
    world.visitor.slots(day=world.day)
    return said


def requests(world):
    """Asked for, declined and approved; what waits is kept like all bookings."""
    world.command("page", "put", "acme", "asks", "--host", ANNA, "--title", "Asks", "--duration", 15,
                  "--hours", "mon-sun 18:00-20:00", "--approve")
    said = ""
    for minute, words in ((0, ("decline", "--reason", CUSTOMER[2])), (15, ("approve",)), (30, None)):
        booked = world.visitor.book(kit.at(world.day, 18, minute), "acme/asks", CUSTOMER[0], CUSTOMER[1])
        assert booked.json()["state"] == "requested"
        if words:
            said += world.command("booking", words[0], "acme", booked.json()["id"], *words[1:])
    return said


FEATURES = [slots, looks, booking, move_and_cancel, operators_cancel, doctor, reasons, several_calendars,
            team_view, service_account, shared_calendar, wrong_password, moving_house, lists, public_pages,
            tokens, hosts_bookings, requests, following, signing_in, pages_of_hosts, second_factor, customers_erased, killed_programs, new_keys, bad_days, outages, audit,
            backing_up, proofs, disconnecting, erasing]


def leaks(world):
    """Scan; return what was found where it may not be.

    A courier's memory may hold the password that it signs in with, and how the calendars there are called. What a
    customer said of themselves is no event, and a token none of ours: no file may have them, but they pass through
    memory.
    """
    couriers = {f"hourgate-courier, process {pid}" for pid in kit.children(world.hourgate.pid("courier"))}
    wanted = [*ALL, *world.tokens]
    code, found, unseen = world.hourgate.scan(*wanted)
    assert code in (0, 1) and unseen == []
    for row in found:
        what = wanted[row["canary"] - 1]
        in_memory = row["kind"].startswith("memory")
        allowed = (what in (CALENDAR, *PASSWORDS.values()) and in_memory and row["place"] in couriers) or (
            what in (*CUSTOMER, *world.tokens) and in_memory)
        if allowed:
            world.held.add(what)
        else:
            yield what, row


@pytest.mark.limit(300)
def test_no_feature_leaves_what_events_say(make):
    assert os.geteuid() == 0, "reading the memory of another process needs root"
    world = World(make)
    for feature in FEATURES:
        said = feature(world) or ""
        assert not [mark for mark in ALL if mark in said], feature.__name__
        left = list(leaks(world))
        assert not left, f"{feature.__name__}: {left}"
    # What was looked for was there to be found: couriers signed in, and the practice server has the events.
    assert world.held >= set(PASSWORDS.values()) - {PASSWORDS[BEN], PASSWORDS[CARL]}
    assert kit.remembers(world.practice.pid, EVENTS[1].encode()) == {EVENTS[1].encode()}
    world.hourgate.kill()  # leaves the log of the database and all else as they were
    code, found, _ = world.hourgate.scan(*ALL, *world.tokens)
    assert (code, found) == (0, [])


@pytest.mark.parametrize("step", ("book_after_create", "move_after_update", "cancel_after_remove"))
def test_settling_leaves_nothing(make, step):
    world = World(make, build=kit.FAULTS, env={"HOURGATE_FAULT": step}, settings={"upstream.timeout": 2})
    with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
        link = kit.path_of(world.book(9)["manage_url"])
        kit.move(world.visitor, link, kit.at(world.day, 11, 30))
        kit.cancel(world.visitor, link)
    world.hourgate.kill()
    world.hourgate.env.pop("HOURGATE_FAULT")
    world.hourgate.serve()
    kit.wait_until("nothing is in flight", lambda: not {row["state"] for row in world.hourgate.bookings()} &
                   {"held", "uncertain"}, 60)
    assert list(leaks(world)) == []


def test_setting_up_leaves_nothing(make):
    """The one-time link, the owner's password and cookie, and a mail password that was refused: in no file."""
    gate = make.hourgate().serve()
    owner, link = first_run.begin(gate, account="acme", password=OWN_PASSWORD)
    secrets = [OWN_PASSWORD, link.rpartition("/")[2], owner.cookie, WRONG]
    page = owner.ask("GET", "/setup/mail")
    refused = owner.ask("POST", "/setup/mail", {"form": first_run.form_of(page), "host": "localhost:1", "security": "starttls",
                                                "user": "mail", "password": WRONG, "from": "mail@practice.example"})
    assert refused.status == 422 and not [secret for secret in secrets if secret in refused.text]
    done = owner.ask("POST", "/setup/done", {"form": first_run.form_of(owner.ask("GET", "/setup/done")), "location": "Bern"})
    assert done.status == 303
    _, found, _ = gate.scan(*secrets)
    assert not [row for row in found if not row["kind"].startswith("memory")]
    gate.kill()
    code, found, _ = gate.scan(*secrets)
    assert (code, found) == (0, [])


def test_a_calendar_on_a_pc_leaves_nothing(make):
    """Its names are sealed, its times sealed and erased with the pairing, and nothing else leaves the PC."""
    hourgate = make.hourgate()
    number, token = desk.pair(hourgate)
    hourgate.page().serve()
    pc, day = desk.Desk(hourgate, number, token), kit.day_after(3)
    world = World.__new__(World)
    world.hourgate, world.held, world.tokens = hourgate, set(), [token]
    pc.add(kit.at(day, 10), 60, title=EVENTS[0])
    pc.calendar = CALENDAR
    pc.sync()
    start = kit.at(day, 10).timestamp()
    interval = desk.struct.pack("<qq", round(start), round(start) + 3600).decode("latin-1")
    assert kit.at(day, 10) not in hourgate.visitor().starts(day=day)
    answer = hourgate.visitor().book(kit.at(day, 12), name=CUSTOMER[0], email=CUSTOMER[1])
    assert answer.status == 202
    pc.work()
    pc.push()
    assert list(leaks(world)) == []
    assert not [path for path in hourgate.files() if interval.encode("latin-1") in path.read_bytes()]
    hourgate.command("connector", "remove", "acme", number, "--yes")
    assert list(leaks(world)) == []


def test_microsoft_365_leaves_nothing(make):
    """getSchedule and delta tell what nobody asked for: it is dropped as it arrives, also out of the courier's memory."""
    application = cloud.Application(make.folder)
    world = World.__new__(World)
    world.day, world.held, world.tokens = kit.day_after(3), set(), []
    world.practice, world.hourgate = cloud.office(
        make, application, kit.person(ANNA, marked(world.day, 10, 14), password=PASSWORDS[ANNA]),
        settings={"upstream.poll": 1}, increment=30)
    world.practice.misbehave("subjects", operation="GetSchedule")
    assert kit.at(world.day, 10) not in world.visitor.starts(day=world.day)
    assert list(leaks(world)) == []
    link = kit.path_of(world.book(9)["manage_url"])
    kit.wait_until("the delta was read", lambda: world.practice.asked("Delta"))
    kit.move(world.visitor, link, kit.at(world.day, 11, 30))
    kit.cancel(world.visitor, link)
    world.hourgate.command("connection", "check", "acme", "1", "--probe")
    assert list(leaks(world)) == []
    assert kit.remembers(world.practice.pid, EVENTS[1].encode()) == {EVENTS[1].encode()}


def test_google_leaves_nothing(make):
    """`fields` keeps titles at Google; what their owner looks at is forgotten with the answer."""
    service = Service(make.folder)
    world = World.__new__(World)
    world.day, world.held, world.tokens = kit.day_after(3), set(), []
    world.practice = make.practice(kit.person(ANNA, marked(world.day, 10, 14), password=PASSWORDS[ANNA]),
                                   program=kit.PracticeGoogle, google={"service_accounts": service.accounts})
    world.hourgate = make.hourgate(settings={"upstream.poll": 1}).serve()
    world.command("account", "add", "acme", "--name", "Acme AG")
    world.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
    world.command("connection", "add", "acme", ANNA, *service.words(world.practice))
    world.hourgate.page(increment=30)
    assert kit.at(world.day, 10) not in world.visitor.starts(day=world.day)
    link = kit.path_of(world.book(9)["manage_url"])
    kit.wait_until("changes were read", lambda: [1 for entry in world.practice.asked("events.list")
                                                 if "syncToken" in entry["query"]])
    kit.move(world.visitor, link, kit.at(world.day, 11, 30))
    kit.cancel(world.visitor, link)
    world.command("connection", "check", "acme", "1", "--probe")
    assert list(leaks(world)) == []
    assert kit.remembers(world.practice.pid, EVENTS[1].encode()) == {EVENTS[1].encode()}


def test_discovering_leaves_nothing(make, authority):
    practice = make.practice(
        kit.person(ANNA, marked(kit.day_after(3), 10), password=PASSWORDS[ANNA]),
        certificate=authority.issue("good"), pki=authority.folder,
        sites={"practice.example": {"serves": "exchange"}, "mail.practice.example": {"serves": "exchange"}},
        discovery={"ews": "https://mail.practice.example/EWS/Exchange.asmx"})
    board = proxies.Switchboard({f"{name}practice.example:443": practice.port for name in ("", "mail.")})
    try:
        world = World.__new__(World)
        world.hourgate = make.hourgate(settings={"upstream.proxy": board.url}).serve()
        world.command("account", "add", "acme", "--name", "Acme AG")
        world.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
        world.command("connection", "add", "acme", ANNA, "--discover", "--method", "basic", "--password-stdin",
                      password=PASSWORDS[ANNA])
        assert list(leaks(world)) == []
    finally:
        board.stop()


def test_mails_tell_of_bookings_alone(make, good):
    """What else stands in the calendar is in no mail, and no mail stays anywhere in clear."""
    server = post.Post(good)
    try:
        world = World(make)
        world.hourgate.stop()
        world.hourgate.configure(server.settings(world.hourgate.folder))
        world.hourgate.serve()
        link = kit.path_of(world.book(9)["manage_url"])
        kit.move(world.visitor, link, kit.at(world.day, 11, 30))
        kit.cancel(world.visitor, link)
        kit.wait_until("all were sent", lambda: len(server.of(CUSTOMER[1])) == 3 and len(server.of(ANNA)) == 3, 30)
        for mail in server.taken:
            said = mail.text + mail.html + mail.subject
            assert not [mark for mark in (*EVENTS, CALENDAR, *PASSWORDS.values()) if mark in said], mail.subject
        assert list(leaks(world)) == []
        code, found, _ = world.hourgate.scan(post.PASSWORD)
        files = [row for row in found if not row["kind"].startswith("memory") and
                 not row["place"].endswith("mail-password")]
        assert code in (0, 1) and files == []
    finally:
        server.stop()


def test_migrating_leaves_nothing(make, postgres):
    world = World(make)
    if world.hourgate.database:
        pytest.skip("this session's hourgates have no SQLite")
    world.book(9)
    world.hourgate.stop()
    target = f"postgres:{postgres.database()}"
    world.command("migrate", "--to", target)
    world.hourgate.configure({"data.store": target})
    world.hourgate.serve()
    assert kit.at(world.day, 10) not in world.visitor.starts(day=world.day)
    assert list(leaks(world)) == []
