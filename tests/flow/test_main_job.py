# SPDX-License-Identifier: ISC
"""The main job, end to end: a customer books a real free slot in an Exchange calendar, moves it, cancels it."""
import datetime

import pytest

import kit

ANNA = "anna@practice.example"


def in_calendar(practice, day):
    """Return what exchangelib, an independent client, sees of hourgate's events: [(start, end, status)]."""
    return kit.exchangelib(practice, ANNA, f"""
import datetime
start = EWSDateTime.from_string({kit.utc(kit.at(day, 0))!r})
out = [[i.start.strftime("%Y-%m-%dT%H:%M:%SZ"), i.end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        i.legacy_free_busy_status, i.subject]
       for i in account.calendar.view(start=start, end=start + datetime.timedelta(days=1))
       if i.subject != "Own"]
""")


@pytest.mark.sanitize
def test_book_move_and_cancel_over_the_interface(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person(ANNA, [kit.event("Own", kit.at(day, 9), 60)]), increment=15)
    visitor = hourgate.visitor()
    starts = visitor.starts(day=day)
    assert kit.at(day, 9, 45) not in starts and kit.at(day, 10) in starts

    booked = visitor.book(kit.at(day, 10))
    assert booked.status == 201
    answer = booked.json()
    assert answer["state"] == "confirmed"
    assert (answer["start"], answer["end"]) == (kit.utc(kit.at(day, 10)), kit.utc(kit.at(day, 10, 30)))
    link = kit.path_of(answer["manage_url"])
    seen, = in_calendar(practice, day)
    assert seen[:3] == [answer["start"], answer["end"], "Busy"]
    assert kit.at(day, 10) not in visitor.starts(day=day)
    assert "Carla Customer" in kit.Visitor(practice.page).get(f"/mailbox/{ANNA}?week={day}").text

    # By 15 minutes, over its own event: what it occupies now does not stand in its own way.
    moved = kit.move(visitor, link, kit.at(day, 10, 15))
    assert moved.status < 400, moved.text
    seen, = in_calendar(practice, day)
    assert seen[0] == kit.utc(kit.at(day, 10, 15))
    assert kit.at(day, 10, 45) in visitor.starts(day=day)

    assert kit.cancel(visitor, link).status < 400
    assert in_calendar(practice, day) == []
    assert kit.at(day, 10) in visitor.starts(day=day)
    assert visitor.get(link).status == 200  # still says what became of it
    assert kit.cancel(visitor, link).status < 500
    assert kit.move(visitor, link, kit.at(day, 11)).status >= 400 or in_calendar(practice, day) == []


@pytest.mark.parametrize("javascript", ["on", "off"])
def test_book_move_and_cancel_in_a_browser(make, javascript):
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person(ANNA, [kit.event("Own", kit.at(day, 9), 60)]), increment=15)
    said = kit.browser("book.mjs", f"{hourgate.base}/acme/intro", day, "10:00", "10:15", practice.page,
                       ANNA, javascript)
    assert said["booked"]["title"] and said["booked"]["onMailboxPage"]
    assert said["moved"]["onMailboxPage"] and said["cancelled"]["goneFromMailboxPage"]
    assert said["complaints"] == []  # a CSP breach or a script's error would be one
    assert practice.bookings(ANNA) == []
    states = [row["state"] for row in hourgate.bookings()]
    assert states == ["cancelled"]


def test_the_booking_page_is_accessible(make):
    _, hourgate = make.office()
    said = kit.browser("accessible.mjs", f"{hourgate.base}/acme/intro",
                       f"{hourgate.base}/acme/intro?day={kit.day_after(3)}", f"{hourgate.base}/acme/nothing")
    assert said["violations"] == []


def test_recurrences_all_day_events_and_nights_block(make):
    day = kit.day_after(3)
    next_day = day + datetime.timedelta(days=1)
    practice, hourgate = make.office(kit.person(ANNA, [
        kit.event("Daily", kit.at(day, 9), 60, recurrence={"kind": "Daily", "count": 3}),
        kit.event("Night shift", kit.at(day, 16), 60 * 18),
        {"subject": "Holiday", "start": f"{day + datetime.timedelta(days=3)}T00:00:00",
         "end": f"{day + datetime.timedelta(days=4)}T00:00:00", "all_day": True, "status": "OOF"},
    ]), duration=60)
    visitor = hourgate.visitor()

    def hours(which):
        return [start.astimezone(kit.zoneinfo.ZoneInfo(kit.ZONE)).hour for start in visitor.starts(day=which)]
    assert hours(day) == [10, 11, 12, 13, 14, 15]
    assert hours(next_day) == [10, 11, 12, 13, 14, 15, 16]
    assert hours(day + datetime.timedelta(days=3)) == []
    del practice


def test_times_are_shown_in_the_customers_zone(make):
    day = kit.day_after(3)
    _, hourgate = make.office()
    here = hourgate.visitor().starts(day=day)
    there = hourgate.visitor().starts(day=day, zone="America/New_York")
    assert set(there) & set(here)
    for start in there:
        assert start.astimezone(kit.zoneinfo.ZoneInfo("America/New_York")).date() == day


def test_a_page_without_synchronisation_keeps_bookings_here(make):
    practice, hourgate = make.office(no_sync=True)
    start = kit.at(kit.day_after(3), 10)
    assert hourgate.visitor().book(start).status == 201
    assert practice.bookings(ANNA) == []
    assert start not in hourgate.visitor().starts(day=kit.day_after(3))


def test_a_limit_per_day_and_a_notice_hold(make):
    day = kit.day_after(3)
    _, hourgate = make.office(per_day=2, notice=60 * 24 * 2)
    visitor = hourgate.visitor()
    assert visitor.starts(day=kit.day_after(1)) == []
    assert [visitor.book(kit.at(day, hour)).status for hour in (9, 10, 11)] == [201, 201, 409]
    assert visitor.starts(day=day) == []


def test_thousands_of_visitors_make_one_call(make):
    """Equal questions within one upstream delay share one answer (row 16 of the performance goals)."""
    import concurrent.futures  # pylint: disable=import-outside-toplevel
    practice, hourgate = make.office()
    practice.misbehave("slow", seconds=2)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda _: visitor.slots(day=day), range(200)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(practice.asked("GetUserAvailability")) == 1
