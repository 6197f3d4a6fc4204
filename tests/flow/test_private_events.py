# SPDX-License-Identifier: ISC
"""P1: events are read live and never stored: what they say is nowhere once the answer is out."""
import os

import pytest

import kit

MARKS = {"subject": "PLANTED-SUBJECT-5e1f", "body": "PLANTED-BODY-77c0", "location": "PLANTED-PLACE-913b"}


def marked(day):
    return [kit.event(MARKS["subject"], kit.at(day, hour), body=MARKS["body"], location=MARKS["location"])
            for hour in (10, 14)] + [
        kit.event(MARKS["subject"], kit.at(day, 16), body=MARKS["body"], sensitivity="Private",
                  recurrence={"kind": "Daily", "count": 5})]


def every_flow(practice, hourgate, day):
    """All that a visitor and an operator can make hourgate do with a calendar."""
    visitor = hourgate.visitor()
    assert kit.at(day, 10) not in visitor.starts(day=day)
    assert visitor.get(f"/acme/intro?day={day}").status == 200
    assert visitor.book(kit.at(day, 10)).status == 409
    booked = visitor.book(kit.at(day, 11))
    assert booked.status == 201
    link = kit.path_of(booked.json()["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 11, 30)).status < 400
    assert kit.cancel(visitor, link).status < 400
    kept = visitor.book(kit.at(day, 12))
    assert kept.status == 201
    hourgate.command("booking", "cancel", "acme", kept.json()["id"], "--yes")
    hourgate.run("connection", "check", "acme", "1", "--json")
    for mode in ("truncated", "odd_shapes", "read_back_wrong", "fault_busy"):
        practice.misbehave(mode, count=2)
        visitor.slots(day=day)
        visitor.book(kit.at(day, 13))
        practice.behave()


@pytest.mark.sanitize
def test_no_file_holds_what_events_say(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person("anna@practice.example", marked(day)), increment=30)
    every_flow(practice, hourgate, day)
    hourgate.kill()  # leaves WAL and all as they were
    needles = [mark.encode(code) for mark in MARKS.values() for code in ("utf-8", "utf-16-le")]
    for path in hourgate.files():
        data = path.read_bytes()
        assert not [needle for needle in needles if needle in data], path
    assert not [path for path in hourgate.files() if path.name.startswith("core")]


def test_edge_and_vault_do_not_remember_what_events_say(make):
    assert os.geteuid() == 0, "reading the memory of another process needs root"
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person("anna@practice.example", marked(day)), increment=30)
    every_flow(practice, hourgate, day)
    needles = [mark.encode() for mark in MARKS.values()]
    assert hourgate.pid("edge") and hourgate.pid("vault")
    for pid, name in {**hourgate.pids(), hourgate.parent.pid: "hourgate"}.items():
        assert kit.remembers(pid, *needles) == set(), name
    # the scan itself works: the practice server does remember
    assert kit.remembers(practice.pid, needles[0]) == {needles[0]}


def test_only_busy_times_are_asked_for(make):
    """For a page view nothing but free/busy is asked, and its view is the one without details."""
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person("anna@practice.example", marked(day)))
    hourgate.visitor().starts(day=day)
    assert {entry["operation"] for entry in practice.journal() if entry["operation"]} == {
        "GetUserAvailability"}
