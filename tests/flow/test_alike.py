# SPDX-License-Identifier: ISC
"""P2 as a property, over HTTP: two hosts that have the same slots by other means get the same bytes.

tests/unit/vault/test_vault_alike.c does this thousands of times inside the vault; here pages, the API and refusals
are compared as visitors get them. HOURGATE_ROUNDS says how often (12), HOURGATE_SEED which.
"""
import datetime
import os
import random

import pytest

import kit

BASE = "https://book.example"
ANNA = "anna@practice.example"
DAYS, GRID = 6, 15
SEED = int(os.environ.get("HOURGATE_SEED", "20270301"))
ROUNDS = int(os.environ.get("HOURGATE_ROUNDS", "12"))
UTC = datetime.timezone.utc


def hhmm(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def days():
    first = datetime.datetime.now(UTC).date() + datetime.timedelta(days=2)
    return [first + datetime.timedelta(days=i) for i in range(DAYS)]


def at(day, minute):
    return datetime.datetime.combine(day, datetime.time(), UTC) + datetime.timedelta(minutes=minute)


def minute_of(moment):
    return moment.hour * 60 + moment.minute


class Side:
    """One of the two: its calendar and its page are replaced each round."""

    def __init__(self, make):
        self.practice, self.hourgate = make.office(kit.person(ANNA), settings={"server.base_url": BASE})
        self.visitor = self.hourgate.visitor()

    def furnish(self, events, **rules):
        for item in self.practice.items(ANNA):
            self.practice.remove(ANNA, item)
        for start, end, status in events:
            self.practice.add(ANNA, kit.event("Marked", start, int((end - start).total_seconds()) // 60, status=status))
        self.hourgate.page(zone="UTC", increment=GRID, **rules)

    def starts(self):
        return self.visitor.starts(day=days()[0], days=DAYS, zone="UTC")


def draw(chance):
    """Return events and rules of a host at random; every day has its own hours."""
    spans = []
    for day in days():
        from_minute = GRID * chance.randrange(20, 60)
        to_minute = from_minute + GRID * chance.randrange(4, 20)
        spans.append(f"{day} {hhmm(from_minute)}-{hhmm(to_minute)}" if chance.random() < 0.8 else f"{day} closed")
    events = []
    for _ in range(chance.randrange(10)):
        start = at(chance.choice(days()), 5 * chance.randrange(60, 220))
        events.append((start, start + datetime.timedelta(minutes=5 * chance.randrange(1, 40)),
                       chance.choice(["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere"])))
    rules = {"override": "; ".join(spans), "horizon": DAYS + 2, "duration": chance.choice([15, 30, 45, 60]),
             "buffer_before": chance.choice([0, 0, 15]), "buffer_after": chance.choice([0, 0, 10]),
             "hours": "mon-fri 08:00-12:00", "notice": chance.choice([0, 60])}
    return events, rules


def imitate(chance, starts, duration):
    """Return events and rules that have just these slots: one span a day, and busy times in its holes."""
    events, spans = [], []
    for day in days():
        mine = sorted(minute_of(start) for start in starts if start.date() == day)
        if not mine:
            spans.append(f"{day} closed")
            continue
        spans.append(f"{day} {hhmm(mine[0])}-{hhmm(mine[-1] + duration)}")
        for last, following in zip(mine, mine[1:]):
            if following - last > GRID:
                events.append((at(day, last + duration), at(day, following), chance.choice(["Busy", "OOF"])))
        night = at(day, mine[-1] + duration)  # nothing is offered there
        events.append((night, night + datetime.timedelta(minutes=30), "Busy"))
    today = datetime.datetime.now(UTC).date()
    spans += [f"{day} closed" for i in (0, 1, DAYS + 2, DAYS + 3)
              for day in [today + datetime.timedelta(days=i)]]
    return events, {"override": "; ".join(spans), "horizon": DAYS + 2, "duration": duration,
                    "hours": chance.choice(["sat-sun 00:00-24:00", "daily 06:00-22:00"]),
                    "blocks": "tentative,busy,oof"}


def compare(chance, sides, starts):
    """Ask both for the same; return how many answers were compared."""
    first, last = days()[0], days()[-1]
    paths = ["/acme/intro", f"/acme/intro?day={chance.choice(days())}&tz=UTC", "/acme/intro?tz=Asia/Kolkata",
             f"/api/v1/pages/acme/intro/slots?from={first}&to={last}&tz=UTC",
             f"/api/v1/pages/acme/intro/slots?from={first}&to={first}&tz=America/New_York"]
    for path in paths:
        answers = [side.visitor.get(path).masked() for side in sides]
        assert answers[0] == answers[1], path
    refused = {at(chance.choice(days()), GRID * chance.randrange(20, 80)) for _ in range(5)} | {
        at(days()[0], 601), datetime.datetime.now(UTC).replace(microsecond=0) - datetime.timedelta(days=3)}
    for start in refused - set(starts):
        answers = [side.visitor.book(start) for side in sides]
        assert [answer.status for answer in answers] == [409, 409], start
        assert answers[0].masked() == answers[1].masked(), start
        forms = [side.visitor.form("/acme/intro", start=kit.utc(start), name="Carla", email="c@d.example", key="k")
                 for side in sides]
        assert forms[0].status == 409 and forms[0].masked() == forms[1].masked(), start
    return len(paths) + 2 * len(refused - set(starts))


@pytest.mark.limit(60 + 10 * ROUNDS)
def test_equal_slots_by_other_means_get_equal_answers(make):
    sides, compared, had_slots = [Side(make), Side(make)], 0, 0
    for seed in range(SEED, SEED + ROUNDS):
        chance = random.Random(seed)
        print(f"HOURGATE_SEED={seed}")
        events, rules = draw(chance)
        closed = [datetime.datetime.now(UTC).date() + datetime.timedelta(days=i) for i in (0, 1, DAYS + 2, DAYS + 3)]
        rules["override"] += "".join(f"; {day} closed" for day in closed)
        sides[0].furnish(events, **rules)
        starts = sides[0].starts()
        other_events, other_rules = imitate(chance, starts, rules["duration"])
        sides[1].furnish(other_events, **other_rules)
        compared += compare(chance, sides, starts)
        had_slots += bool(starts)
    assert had_slots >= ROUNDS / 2
    print(f"{compared} answers compared")


def test_booked_looks_like_busy(make):
    """One host's slot is taken by an appointment of their own, the other's by a booking."""
    sides, day = [Side(make), Side(make)], days()[0]
    for side, events in zip(sides, ([(at(day, 600), at(day, 630), "Busy")], [])):
        side.furnish(events, override=f"{day} 09:00-12:00", hours="sat 00:00-00:05", horizon=DAYS + 2, duration=30)
    assert sides[1].visitor.book(at(day, 600)).status == 201
    assert sides[0].starts() == sides[1].starts()
    assert compare(random.Random(SEED), sides, sides[0].starts()) > 5
