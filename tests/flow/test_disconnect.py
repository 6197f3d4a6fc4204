# SPDX-License-Identifier: ISC
"""Disconnecting a calendar, as the second seed has it: what hourgate knew of it is erased, bookings made before are
plain events in it, and what customers do to them later the host is told. Another password or server is another
matter: bookings stay bound."""
import json

import kit

ANNA = "anna@practice.example"


def booked(visitor, day, hour):
    answer = visitor.book(kit.at(day, hour))
    assert answer.status == 201, answer.text
    return kit.path_of(answer.json()["manage_url"])


def notices(hourgate, *words):
    return kit.rows(hourgate.listed("attention", "list", "acme", *words))


def test_it_is_said_before_it_is_done(make):
    _, hourgate = make.office()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    booked(visitor, day, 10)
    booked(visitor, day, 12)
    said = hourgate.run("connection", "remove", "acme", "1")
    assert said.returncode == 1 and "give --yes" in said.stderr
    assert "leaves 2 future bookings in the calendar as plain events" in said.stdout
    assert "sends no reminders" in said.stdout and "hourgate attention list acme" in said.stdout
    assert "connection password acme 1" in said.stdout
    counted = json.loads(hourgate.run("connection", "remove", "acme", "1", "--json").stdout)
    assert counted == {"done": False, "bookings": 2, "coming": 2, "in_flight": 0, "pages": 1}
    assert len(kit.rows(hourgate.listed("connection", "list", "acme"))) == 1


def test_bookings_made_before_are_plain_events(make):
    practice, hourgate = make.office()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    cancels, moves = booked(visitor, day, 10), booked(visitor, day, 12)
    before = practice.bookings(ANNA)
    hourgate.command("connection", "remove", "acme", "1", "--yes")
    practice.forget()
    assert kit.at(day, 10) not in visitor.starts(day=day), "its time stays taken"

    assert kit.cancel(visitor, cancels).status < 400
    assert kit.move(visitor, moves, kit.at(day, 14)).status < 400
    assert practice.journal() == [], "nobody spoke to the calendar"
    assert practice.bookings(ANNA) == before, "it is as it was"
    gone, moved = notices(hourgate)
    assert gone["host"] == ANNA and gone["start"] == kit.utc(kit.at(day, 10))
    assert gone["what"].startswith("cancelled") and "Carla Customer" in gone["event"]
    assert moved["what"].startswith("moved") and moved["moved_to"] == kit.utc(kit.at(day, 14))
    hourgate.command("attention", "done", "acme", gone["id"])
    assert notices(hourgate) == [moved] and len(notices(hourgate, "--all")) == 2

    # Connected again, the events of before are like anybody's: they are busy, and are not touched.
    hourgate.connect(practice)
    assert kit.at(day, 10) not in visitor.starts(day=day), "the event still stands"
    assert kit.cancel(visitor, moves).status < 400
    assert practice.bookings(ANNA) == before
    assert [row["what"].split(":")[0] for row in notices(hourgate)] == ["moved", "cancelled"]
    fresh = booked(visitor, day, 15)
    assert len(practice.bookings(ANNA)) == 3
    assert kit.cancel(visitor, fresh).status < 400
    assert practice.bookings(ANNA) == before and len(notices(hourgate)) == 2


def test_another_password_keeps_what_is_bound(make):
    practice, hourgate = make.office()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    link = booked(visitor, day, 10)
    hourgate.command("connection", "password", "acme", "1", "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert kit.move(visitor, link, kit.at(day, 11)).status < 400
    event, = practice.bookings(ANNA)
    assert event["Start"] == kit.utc(kit.at(day, 11))
    assert kit.cancel(visitor, link).status < 400
    assert practice.bookings(ANNA) == [] and notices(hourgate, "--all") == []


def test_another_server_keeps_what_is_bound(make):
    """Where the events stand is forgotten; they are found again by our uid."""
    practice, hourgate = make.office()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    moves, cancels = booked(visitor, day, 10), booked(visitor, day, 12)
    hourgate.command("connection", "move", "acme", "1", "--server", practice.ews, "--user", "PRACTICE\\anna",
                     "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert kit.move(visitor, moves, kit.at(day, 11)).status < 400
    assert kit.cancel(visitor, cancels).status < 400
    event, = practice.bookings(ANNA)
    assert event["Start"] == kit.utc(kit.at(day, 11))
    assert notices(hourgate, "--all") == []


def test_disconnected_while_a_booking_is_being_written(make):
    """Whatever the moment, the customer's word and the bookings agree, and what nobody can know is told."""
    import threading  # pylint: disable=import-outside-toplevel
    practice, hourgate = make.office()
    day = kit.day_after(3)
    practice.misbehave("slow", operation="CreateItem", seconds=2)
    said = []
    booking = threading.Thread(target=lambda: said.append(hourgate.visitor().book(kit.at(day, 10)).status))
    booking.start()
    kit.wait_until("it is being written", lambda: practice.asked("GetUserAvailability") or None)
    kit.wait_until("it is in flight", lambda: json.loads(
        hourgate.run("connection", "remove", "acme", "1", "--json").stdout)["in_flight"])
    hourgate.command("connection", "remove", "acme", "1", "--yes")
    booking.join()
    assert said == [201]
    assert [row["state"] for row in hourgate.bookings()] == ["confirmed"]
    assert [row["what"].split(":")[0] for row in notices(hourgate)] == ["disconnected meanwhile"]
