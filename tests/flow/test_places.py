# SPDX-License-Identifier: ISC
"""The online calendar and the team view as people see them: live, their own, by every width, light and dark."""
import os
import pathlib
import re
import urllib.parse

import kit
import pytest

ANNA, BEA, CARL, DORA = (f"{name}@practice.example" for name in ("anna", "bea", "carl", "dora"))
PASSWORD = "correct horse battery"
DAY = kit.datetime.timedelta(days=1)


def monday():
    day = kit.day_after(7)
    return day - day.weekday() * DAY


def week_of(day):
    """A week as they are: side by side, long and short, all day, of every status."""
    def at(days, hour, minutes, title, quarter=0, **more):
        return kit.event(title, kit.at(day + days * DAY, hour, quarter), minutes, **more)
    return [
        at(0, 8, 60, "Team meeting", location="Room 3", body="Agenda:\n1. Budget\n2. Holidays"), at(0, 9, 90, "Review of the third quarter with everybody who was in it"),
        at(0, 9, 30, "Call", quarter=30), at(0, 9, 60, "Interview", quarter=45, status="Tentative"),
        at(1, 14, 15, "Short"), at(1, 14, 15, "Next to it", quarter=15), at(1, 20, 90, "Concert", sensitivity="Private"),
        at(2, 0, 2 * 1440, "Trade fair", all_day=True, status="OOF"), at(2, 10, 45, "Focus", status="Free"),
        at(3, 13, 180, "Workshop <b>&", status="WorkingElsewhere", location="Bern"),
        at(4, 22, 300, "Night shift", status="OOF"), at(4, 11, 30, "<script>alert(1)</script>"),
    ]


class Office:
    def __init__(self, make):
        self.day = monday()
        self.practice = make.practice(
            kit.person(ANNA, week_of(self.day), calendars=["Projects"]),
            kit.person(BEA, [kit.event("Secret of Bea", kit.at(self.day, 9), 120)], rights={"default": "free-busy"}),
            kit.person(CARL, [kit.event("Secret of Carl", kit.at(self.day, 8), 60)], rights={"default": "none"}),
            kit.person(DORA, rights={"default": "free-busy"}))
        self.gate = make.hourgate().serve()
        self.gate.host(self.practice, ANNA, unchecked=True, name="Anna Host")
        for address, name in ((BEA, "Bea Long-Doublename"), (CARL, "Carl"), (DORA, "Dora")):
            self.gate.command("user", "add", "acme", address, "--name", name, "--zone", kit.ZONE)
        self.gate.page("intro", ANNA)
        link = "/invite/" + self.gate.command("user", "invite", "acme", ANNA).strip().rpartition("/")[2]
        assert self.ask("POST", link, "password=" + PASSWORD.replace(" ", "+")).status == 303
        self.cookie = self.sign_in()

    def sign_in(self):
        answer = self.ask("POST", "/sign-in", f"email={ANNA}&password={PASSWORD.replace(' ', '+')}&account=&next=/me")
        return answer.headers["Set-Cookie"].split(";")[0]

    def ask(self, method, path, body=None, **headers):
        if body:
            headers.update(Content_Type="application/x-www-form-urlencoded", Sec_Fetch_Site="same-origin")
        return self.gate.visitor().ask(method, path, body.encode() if body else None, **headers)

    def get(self, path):
        answer = self.ask("GET", path, Cookie=self.cookie)
        assert answer.status == 200, answer.text
        return answer.text

    def look(self, javascript="on", locale="en-GB", **pages):
        folder = os.environ.get("HOURGATE_PICTURES", "-")
        if folder != "-":
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        said = kit.browser("places.mjs", self.gate.base, ANNA, PASSWORD, javascript, locale, folder,
                           *(f"{name}={path}" for name, path in pages.items()))
        assert said["violations"] == [] and said["complaints"] == []
        return said["headings"]


def titles(html):
    return re.findall(r"<strong>([^<]+)</strong> <time", html)


def test_the_calendar_shows_a_week_a_day_a_month_and_a_list(make):
    office = Office(make)
    day = office.day
    week = office.get(f"/calendar?day={day + 2 * DAY}")
    assert "Team meeting" in week and "Trade fair" in week and "Workshop &lt;b&gt;&amp;" in week
    assert "<script>alert" not in week and "Budget" not in week
    one = office.get(f"/calendar?view=day&day={day}")
    assert "1. Budget" in one and "Room 3" in one and "Trade fair" not in one
    month = office.get(f"/calendar?view=month&day={day}")
    assert "Team meeting" in month and "and 1 more" in month
    listed = office.get(f"/calendar?view=list&day={day}")
    assert listed.count("Night shift") == 2 and "out of office" in listed
    for wrong in ("day=2026-02-30", "view=year", "day=0001-01-01", "day=9999-12-31", "view=month&day=9999-01-01"):
        assert office.ask("GET", f"/calendar?{wrong}", Cookie=office.cookie).status == 200
    assert office.ask("GET", "/calendar").status == 303, "not signed in"


def test_the_calendar_keeps_up_with_what_changes(make):
    office = Office(make)
    assert "event: off" in office.get("/calendar/changes"), "nothing is booked, so nothing is watched"
    assert office.gate.visitor().book(kit.at(office.day + DAY, 10)).status == 201
    office.gate.stop()
    office.gate.configure({"upstream.poll": 2})
    office.gate.serve()

    def mark():
        return (re.findall(r"data: (\d+)", office.get("/calendar/changes")) or [None])[0]

    kit.wait_until("its calendar is watched", mark, 60)
    before = mark()
    kit.exchangelib(office.practice, ANNA, f"""
import datetime
from exchangelib import CalendarItem
start = EWSDateTime.from_string({kit.utc(kit.at(office.day, 15))!r})
CalendarItem(account=account, folder=account.calendar, subject="New", start=start,
             end=start + datetime.timedelta(hours=1)).save()
out = True
""")
    kit.wait_until("it says so", lambda: mark() != before, 30)
    assert office.ask("GET", "/calendar/changes").status == 303


def test_one_calendar_that_fails_leaves_the_page(make):
    office = Office(make)
    office.practice.misbehave("deny", operation="FindItem", count=1)
    page = office.get(f"/calendar?day={office.day}")
    assert "could not be read" in page and ANNA in page and "Team meeting" not in page


def test_colleagues_stand_side_by_side_without_what(make):
    office = Office(make)
    page = office.get(f"/team?day={office.day}")
    assert "Bea Long-Doublename" in page and "Secret" not in page and "Team meeting" not in page
    assert "Your calendar server does not show you when they are busy." in page
    assert "09:00 – 11:00" in page


def test_a_common_time_is_free_for_all(make):
    office = Office(make)
    page = office.get(f"/team?day={office.day}&who:{ANNA}=1&who:{BEA}=1&minutes=60")
    found = re.search(r'<dl class="pairs found">.*?</dl>', page, re.S)[0]
    first = re.search(r"<dd>(.*?)</dd>", found, re.S)[1]
    # Anna: 8-9, 9-10:30, 9:30-10, 9:45-10:45 (tentative); Bea: 9-11
    assert re.findall(r"<li>(.*?)</li>", first) == ["11:00 – 18:00"]
    unknown = office.get(f"/team?day={office.day}&who:{ANNA}=1&who:{CARL}=1&minutes=60")
    assert "Unknown is never taken for free" in unknown and 'class="pairs found"' not in unknown


def test_an_administrator_says_what_stands_on_all_pages(make):
    office = Office(make)

    def post(**fields):
        form = re.search(r'name="form" value="([\w-]{43})"', office.get("/settings")).group(1)
        body = urllib.parse.urlencode({"form": form, "imprint": "", "privacy": "", "sites": "", **fields})
        return office.ask("POST", "/settings/account", body, Cookie=office.cookie)

    right = {"imprint": "https://acme.example/imprint", "privacy": "https://acme.example/privacy",
             "sites": "https://www.acme.example"}
    for wrong in ({"imprint": "javascript:alert(1)"}, {"privacy": "https://a b"}, {"sites": "https://acme.example/path"}):
        answer = post(**{**right, **wrong})
        assert answer.status == 422 and list(wrong.values())[0].replace("'", "") in answer.text
    assert post(**right).status == 303
    assert all(value in office.get("/settings/account") for value in right.values())
    page = office.gate.visitor().get("/acme/intro")
    assert right["imprint"] in page.text and right["sites"] in page.headers["Content-Security-Policy"]
    office.gate.command("user", "role", "acme", BEA, "owner")
    office.gate.command("user", "role", "acme", ANNA, "member")
    office.cookie = office.sign_in()
    assert office.ask("GET", "/settings/account", Cookie=office.cookie).status == 404
    assert post(**{**right, "imprint": ""}).status in (403, 404) and right["imprint"] in office.gate.visitor().get("/acme/intro").text


@pytest.mark.long
@pytest.mark.limit(240)
def test_every_place_looks_right(make):
    office = Office(make)
    day, pages = office.day, {}
    for view in ("week", "day", "month", "list"):
        pages[f"calendar-{view}"] = f"/calendar?view={view}&day={day}"
    pages["calendar-empty"] = f"/calendar?view=list&day={day + 60 * DAY}"
    pages["team"] = f"/team?day={day}"
    pages["team-found"] = f"/team?day={day}&who:{ANNA}=1&who:{BEA}=1&minutes=60"
    assert set(office.look(**pages).values()) == {"Calendar", "Team"}
    office.look(account="/settings/account")
    office.look("off", "de-CH", **{f"de-{name}": path for name, path in pages.items()})
