# SPDX-License-Identifier: ISC
"""Bookings as their host sees them on pages: lists, one with what became of it, entered, moved, cancelled, noted."""
import csv
import io
import re
import urllib.parse

import kit
import pytest
import test_places
from test_places import ANNA, BEA, DAY


class Office(test_places.Office):
    def __init__(self, make):
        super().__init__(make)
        self.cy = self.book(10, name="Cy <b>")
        self.gate.connect(self.practice, BEA)
        self.gate.page("bea", BEA)

    def book(self, hour, page="acme/intro", **more):
        made = self.gate.visitor().book(kit.at(self.day + DAY, hour), page, **more)
        assert made.status in (201, 202), made.text
        return made.json()["id"]

    def post(self, path, **fields):
        form = re.search(r'name="form" value="([\w-]{43})"', self.get("/settings")).group(1)
        return self.ask("POST", path, urllib.parse.urlencode({"form": form, **fields}), Cookie=self.cookie)

    def stands(self):
        return sorted(event["Start"] for event in self.practice.bookings(ANNA))


def test_lists_say_who_and_when_and_find_an_address(make):
    office = Office(make)
    office.book(11, email="else@where.example", name="Dee")
    page = office.get("/bookings")
    assert page.index("Cy &lt;b&gt;") < page.index("Dee") and "Nobody has booked" not in page
    found = office.get("/bookings?customer=ELSE@where.example")
    assert "Dee" in found and "Cy" not in found
    assert "Nothing of this address" in office.get("/bookings?customer=no@body.example")
    assert "Nothing is behind you yet" in office.get("/bookings?view=past")


def test_a_list_is_taken_along_and_starts_no_formula(make):
    office = Office(make)
    office.book(11, name='=cmd|"x"!A1')
    answer = office.ask("GET", "/bookings/export?view=upcoming", Cookie=office.cookie)
    assert answer.headers["Content-Type"].startswith("text/csv") and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["name"] for row in rows] == ["Cy <b>", "'=cmd|\"x\"!A1"]


def test_one_is_cancelled_with_a_reason_and_tells_its_history(make):
    office = Office(make)
    assert "Booked" in office.get(f"/bookings/{office.cy}")
    assert "Cancel this booking?" in office.get(f"/bookings/{office.cy}/cancel")
    done = office.post(f"/bookings/{office.cy}/cancel", reason="I am ill.")
    assert done.status == 303 and done.headers["Location"].endswith("done=cancelled")
    page = office.get(f"/bookings/{office.cy}")
    assert "I am ill." in page and "Cancelled" in page and ANNA in page and office.stands() == []


def test_one_is_moved_and_what_stands_in_the_way_is_said(make):
    office = Office(make)
    day = office.day + DAY
    path = f"/bookings/{office.cy}/move"
    wrong = office.post(path, day="", time="25:00")
    assert wrong.status == 422 and "Please give a day." in wrong.text and "Please give a time" in wrong.text
    busy = office.post(path, day=str(day), time="14:00")
    assert busy.status == 409 and "Your calendar is busy then" in busy.text and 'name="over-busy"' in busy.text
    outside = office.post(path, day=str(day), time="06:00")
    assert outside.status == 409 and "outside the page&#39;s hours" in outside.text.replace("&#x27;", "&#39;")
    assert office.post(path, day=str(day), time="14:00", **{"over-busy": "yes"}).status == 303
    assert kit.utc(kit.at(day, 14)) in office.stands()[0]
    assert "Moved" in office.get(f"/bookings/{office.cy}")


def test_one_is_entered_for_a_customer(make):
    office = Office(make)
    page = office.get("/bookings/new")
    key = re.search(r'name="key" value="([\w-]+)"', page).group(1)
    fields = {"page": "intro", "day": str(office.day + DAY), "time": "15:00", "name": "Dee", "email": "dee@else.example",
              "key": key}
    wrong = office.post("/bookings/new", **{**fields, "email": "no address"})
    assert wrong.status == 422 and "Dee" in wrong.text
    for _ in range(2):
        done = office.post("/bookings/new", **fields)
        assert done.status == 303 and "done=booked" in done.headers["Location"]
    assert len(office.stands()) == 2
    taken = office.post("/bookings/new", **{**fields, "key": key + "x"})
    assert taken.status == 409 and "A booking has that time" in taken.text and 'name="over-busy"' not in taken.text


def test_a_request_is_approved_or_declined(make):
    office = Office(make)
    office.gate.page("intro", ANNA, approve=True)
    first, second = office.book(15), office.book(16, email="else@where.example", name="Dee")
    assert len(office.stands()) == 1 and "waits for you" in office.get("/bookings")
    assert "This is a request" in office.get(f"/bookings/{first}")
    assert office.post(f"/bookings/{first}", action="approve").headers["Location"].endswith("done=approved")
    assert len(office.stands()) == 2 and "confirmed" in office.get(f"/bookings/{first}")
    assert "Decline this request?" in office.get(f"/bookings/{second}/cancel")
    assert office.post(f"/bookings/{second}/cancel", reason="Too late.", decline="yes").status == 303
    assert "Declined" in office.get(f"/bookings/{second}") and len(office.stands()) == 2
    again = office.post(f"/bookings/{second}", action="approve")
    assert again.status == 409 and "It waits for you no longer." in again.text


@pytest.mark.parametrize("action", ["accept", "restore"])
def test_a_moved_event_is_answered_on_the_first_page(make, action):
    office = Office(make)
    office.gate.page("intro", ANNA, follow="ask")
    office.gate.stop()
    office.gate.configure({"upstream.poll": 1, "upstream.watch": 0})
    office.gate.serve()
    hour = kit.at(office.day + DAY, 13)
    kit.exchangelib(office.practice, ANNA, f"""
item, = [item for item in account.calendar.all() if "Cy" in (item.subject or "")]
length = item.end - item.start
item.start = EWSDateTime.from_string({kit.utc(hour)!r})
item.end = item.start + length
item.save(update_fields=["start", "end"])
out = True
""")
    kit.wait_until("the host is asked", lambda: "Move the booking too" in office.get("/me"), 60)
    number = re.search(r'name="id" value="(\d+)"', office.get("/me")).group(1)
    assert office.post("/me", id=number, action=action).status == 303
    assert "Move the booking too" not in office.get("/me")
    assert office.stands() == [kit.utc(hour if action == "accept" else kit.at(office.day + DAY, 10))]


def test_what_is_anothers_is_not_there(make):
    office = Office(make)
    other = office.book(12, "acme/bea", email="x@else.example")
    office.gate.command("user", "role", "acme", BEA, "owner")
    office.gate.command("user", "role", "acme", ANNA, "member")
    office.cookie = office.sign_in()
    for path in ("", "/cancel", "/move"):
        assert office.ask("GET", f"/bookings/{other}{path}", Cookie=office.cookie).status == 404
    for path, fields in (("", {"action": "noshow"}), ("/cancel", {}), ("/move", {"day": str(office.day + DAY), "time": "15:00"})):
        assert office.post(f"/bookings/{other}{path}", **fields).status == 404
    assert office.post("/bookings/new", page="bea", day=str(office.day + DAY), time="15:00", name="X",
                       email="x@else.example", key="k").status in (403, 404)
    assert len(office.practice.bookings(BEA)) == 1
    forged = office.ask("POST", f"/bookings/{office.cy}/cancel", "reason=x", Cookie=office.cookie)
    assert forged.status == 403 and len(office.practice.bookings(ANNA)) == 1


def test_it_can_be_noted_who_did_not_come_once_it_has_begun(make):
    office = Office(make)
    early = office.post(f"/bookings/{office.cy}", action="noshow")
    assert early.status == 409 and "once the booking has begun" in early.text


@pytest.mark.long
@pytest.mark.limit(240)
def test_every_page_of_bookings_looks_right(make):
    office = Office(make)
    cancelled = office.book(11, email="else@where.example", name="Dee")
    office.post(f"/bookings/{cancelled}/cancel", reason="I am ill.")
    office.gate.page("intro", ANNA, approve=True)
    request = office.book(15)
    pages = {"bookings": "/bookings", "bookings-past": "/bookings?view=past", "booking": f"/bookings/{office.cy}",
             "booking-cancelled": f"/bookings/{cancelled}", "booking-cancel": f"/bookings/{office.cy}/cancel",
             "booking-move": f"/bookings/{office.cy}/move", "booking-request": f"/bookings/{request}", "booking-new": "/bookings/new", "today": "/me"}
    office.look(**pages)
    office.look("off", "fr-CH", **{f"fr-{name}": path for name, path in pages.items()})
