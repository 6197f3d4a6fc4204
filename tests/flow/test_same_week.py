# SPDX-License-Identifier: ISC
"""The same week of events in all kinds of calendars gives the same busy intervals and the same slots."""
import datetime
import zoneinfo

import cloud
import dav
import desk
import kinds  # of tests/flow/conformance, which conftest.py puts on the path
import kit
import pc
import pytest
from workspace import Service

ANNA = "anna@practice.example"
TABLE = kit.ROOT / "tests/case/week.txt"
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAY = datetime.timedelta(days=1)
MONDAY = next(day for day in (kit.day_after(n) for n in range(2, 9)) if day.weekday() == 0)
BLOCKING = {"tentative", "busy", "oof"}  # what a page minds unless it says otherwise


def moment(day, text, zone):
    """Return when "HH:MM" is on a day, "+1" the day after, by the clock of a zone."""
    clock, _, later = text.partition("+")
    date = MONDAY + (DAYS.index(day) + int(later or 0)) * DAY
    return datetime.datetime.combine(date, datetime.time.fromisoformat(clock), zoneinfo.ZoneInfo(zone))


def span(day, text, zone=kit.ZONE):
    start, _, end = text.partition("-")
    return moment(day, start, zone), moment(day, end, zone)


def rows(kind):
    """Yield status, day, hours and the rest of each row of a kind, as {word: value}."""
    for line in TABLE.read_text().splitlines():
        words = line.partition("#")[0].split()
        if words and words[0] == kind:
            more = dict(word.partition("=")[::2] for word in words[4:])
            yield *words[1:4], more


def local(when):
    return when.replace(tzinfo=None).isoformat()


def described(status, day, hours, more):
    """Return an event as the practice servers take it."""
    start, end = span(day, hours, more.get("zone", kit.ZONE))
    event = {"subject": "Planted-Subject", "status": status, "start": local(start), "end": local(end)}
    if "zone" in more:
        event["zone"] = more["zone"]
    if "all-day" in more:
        event["all_day"] = True
    if "daily" in more:
        at, _, then = more["moved"].partition("@")
        moved = span(at, then)
        event["recurrence"] = {
            "kind": "Daily", "interval": 1, "count": int(more["daily"]),
            "deleted": [local(span(more["without"], hours)[0])],
            "modified": [{"original": local(span(at, hours)[0]), "start": local(moved[0]), "end": local(moved[1])}]}
    return event


def week():
    return [described(*row) for row in rows("event")]


def expected():
    """Return the intervals that must be read, in order."""
    return sorted((*span(day, hours, more.get("zone", kit.ZONE)), status) for status, day, hours, more in rows("busy"))


@pytest.mark.parametrize("name", kinds.KINDS)
@pytest.mark.parametrize("way", [{}, {"own_uid": "somebody-else"}], ids=["summary", "items"])
def test_the_same_intervals(make, couriers, name, way):
    calendar = kinds.KINDS[name](make, week())
    connection = couriers(roots=calendar.roots).connect(calendar.server())
    start = kit.at(MONDAY, 0)
    assert sorted(connection.busy(start, kit.at(MONDAY + 7 * DAY, 0), **way)) == expected()


# ---- slots: how `connection add` reaches each kind, and what it is told in secret ----

def ews(make):
    practice = make.practice(kit.person(ANNA, week()))
    return ["--server", practice.ews, "--user", "PRACTICE\\anna", "--password-stdin"], kit.PASSWORD


def graph(make):
    application = cloud.Application(make.folder)
    return cloud.words(make.practice(kit.person(ANNA, week()), **application.world()), application), ""


def google(make):
    service = Service(make.folder)
    practice = make.practice(kit.person(ANNA, week()), program=kit.PracticeGoogle,
                             google={"service_accounts": service.accounts})
    return service.words(practice), ""


def caldav(name):
    def way(make):
        server = kinds.KINDS[name](make, week()).server()
        return ["--kind", "caldav", "--server", f"https://localhost:{server['port']}{server['path']}",
                "--user", server["user"], "--password-stdin"], server["password"]
    return way


def feed(make):
    return ["--kind", "ics", "--password-stdin"], kinds.KINDS["feed"](make, week()).server_side.url


WAYS = {"ews": ews, "graph": graph, "google": google, "radicale": caldav("radicale"), "xandikos": caldav("xandikos"),
        "feed": feed}


def offered():
    """Return the starts of half hours within 7 to 19 that no blocking interval touches, by counting."""
    blocking = [(start, end) for start, end, status in expected() if status in BLOCKING]
    starts = []
    for day in range(7):
        for slot in range(7 * 2, 19 * 2):
            start = kit.at(MONDAY + day * DAY, slot // 2, slot % 2 * 30)
            end = start + datetime.timedelta(minutes=30)
            if not any(one < end and start < other for one, other in blocking):
                starts.append(start)
    return starts


@pytest.mark.limit(300)
def test_the_same_slots(make):
    gate, wanted = make.hourgate().serve(), offered()
    assert 60 < len(wanted) < 150
    assert WAYS.keys() == kinds.KINDS.keys()
    for name, way in WAYS.items():
        gate.command("account", "add", name, "--name", name)
        gate.command("user", "add", name, ANNA, "--name", "Anna", "--zone", kit.ZONE)
        words, secret = way(make)
        gate.command("connection", "add", name, ANNA, *words, stdin=secret + "\n")
        gate.page("intro", ANNA, name, hours="mon-sun 07:00-19:00", increment=30)
        assert gate.visitor().starts(f"{name}/intro", day=MONDAY, days=7) == wanted, name


def test_the_same_slots_from_a_pc(make, tmp_path):
    """By the connector, over a folder that holds the same week."""
    hourgate = make.hourgate()
    number, token = desk.pair(hourgate)
    hourgate.page(hours="mon-sun 07:00-19:00", increment=30)
    hourgate.serve()
    machine = pc.PC(tmp_path)
    for n, event in enumerate(week()):
        (machine.work / f"planted-{n}.ics").write_text(dav.as_object(f"planted-{n}", event), newline="")
    machine.pair(hourgate.base, number, token)
    machine.once()
    assert hourgate.visitor().starts(day=MONDAY, days=7) == offered()
