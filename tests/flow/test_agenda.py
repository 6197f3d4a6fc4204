# SPDX-License-Identifier: ISC
"""The online calendar: a person's own events with titles and descriptions, live, to nobody else, and kept nowhere."""
import json

import pytest

import kit

ANNA, BEA, SERVICE = "anna@practice.example", "bea@practice.example", "svc@practice.example"
TITLE, BODY, PLACE = "PLANTED-TITLE-agenda", "PLANTED-BODY-agenda", "PLANTED-PLACE-agenda"


class Office:
    """Anna owns the account, Bea is a member; each has a token that may read events."""

    def __init__(self, make, anna=(), bea=(), mailboxes=(), **more):
        self.practice = make.practice(kit.person(ANNA, anna, **more), kit.person(BEA, bea), *mailboxes,
                                      impersonators=[SERVICE])
        self.gate = make.hourgate().serve()
        for address in (ANNA, BEA):
            self.gate.host(self.practice, address, unchecked=True)
        self.tokens = {address: self.gate.command("token", "add", "acme", address, "--name", "flow", "--scopes",
                                                  "events:read connections:write").strip() for address in (ANNA, BEA)}

    def ask(self, who, day, days=1, **more):
        query = "&".join([f"from={kit.utc(kit.at(day, 0))}",
                          f"to={kit.utc(kit.at(day + kit.datetime.timedelta(days=days), 0))}",
                          *(f"{name}={value}" for name, value in more.items())])
        return self.gate.visitor().ask("GET", f"/api/v1/accounts/acme/agenda?{query}", None,
                                       Authorization=f"Bearer {self.tokens[who]}")

    def titles(self, who, day, **more):
        return [event["title"] for event in self.ask(who, day, **more).json()["events"]]


def planted(day, hour, title=TITLE, **more):
    return kit.event(title, kit.at(day, hour), body=BODY, location=PLACE, **more)


def test_everybody_sees_their_own_and_nobody_elses(make):
    day = kit.day_after(3)
    office = Office(make, [planted(day, 9)], [planted(day, 10, "Bea's")])
    assert office.titles(ANNA, day) == [TITLE] and office.titles(BEA, day) == ["Bea's"]
    for more in ({"email": BEA}, {"account": "zeta"}):
        assert office.ask(ANNA, day, **more).status == 400, "nobody can even be named"
    event = office.ask(ANNA, day, descriptions="true").json()["events"][0]
    assert (event["description"], event["location"], event["status"]) == (BODY, PLACE, "busy")
    shown = office.gate.listed("audit", "show", "acme")
    assert [row for row in kit.rows(shown) if row["what"] == "details" and row["mailbox"] == ANNA]


def test_a_token_without_the_scope_sees_nothing(make):
    day = kit.day_after(3)
    office = Office(make, [planted(day, 9)])
    office.tokens[ANNA] = office.gate.command("token", "add", "acme", ANNA, "--name", "less", "--scopes",
                                              "team:read bookings:read").strip()
    assert office.ask(ANNA, day).status == 403


def test_chosen_calendars_stand_beside_each_other_and_fail_alone(make):
    day = kit.day_after(3)
    office = Office(make, [planted(day, 11), planted(day, 9, "In projects", calendar="Projects")],
                    calendars=["Projects"])
    path = "/api/v1/accounts/acme/connections/1/calendars"
    bearer = {"Authorization": f"Bearer {office.tokens[ANNA]}"}
    seen = office.gate.visitor().ask("GET", path, None, **bearer).json()["calendars"]
    ids = [row["id"] for row in seen]
    assert office.gate.visitor().ask("PUT", path, json.dumps({"busy": ids}).encode(), **bearer).status < 300
    both = office.ask(ANNA, day).json()
    assert [event["title"] for event in both["events"]] == ["In projects", TITLE]
    assert {row["name"]: row["bookings"] for row in both["calendars"]} == {"": True, "Projects": False}
    office.practice.misbehave("deny", operation="FindItem", skip=1, count=1)
    part = office.ask(ANNA, day).json()
    assert sorted(row["known"] for row in part["calendars"]) == [False, True] and len(part["events"]) == 1
    assert [row["problem"] != "" for row in part["calendars"]] == [not row["known"] for row in part["calendars"]]


def test_a_dead_server_says_so(make):
    day = kit.day_after(3)
    office = Office(make, [planted(day, 9)])
    office.practice.stop()
    answer = office.ask(ANNA, day).json()
    assert answer["events"] == [] and not answer["calendars"][0]["known"] and answer["calendars"][0]["problem"]


@pytest.mark.parametrize("days", [0, 63])
def test_how_much_may_be_asked_is_limited(make, days):
    assert Office(make).ask(ANNA, kit.day_after(3), days=days).status in (400, 422)


def test_a_service_account_shows_titles_to_the_mailboxes_own_person_alone(make):
    day = kit.day_after(3)
    office = Office(make, [], [planted(day, 10, "Bea's")], mailboxes=[kit.person(SERVICE)])
    for number in ("1", "2"):
        office.gate.command("connection", "remove", "acme", number, "--yes")
    office.gate.command("connection", "add", "acme", "--service", "--server", office.practice.ews, "--user",
                        "PRACTICE\\svc", "--mailbox", SERVICE, "--password-stdin", stdin=kit.PASSWORD + "\n")
    office.gate.command("connection", "add", "acme", BEA, "--through", "3")
    office.gate.command("connection", "add", "acme", ANNA, "--through", "3", "--mailbox", BEA)
    assert office.titles(BEA, day) == ["Bea's"]
    seen = office.ask(ANNA, day, descriptions="true").json()["events"]
    assert [(event["start"], event["title"], event["location"], event["description"]) for event in seen] == [
        (kit.utc(kit.at(day, 10)), "", "", "")], "whoever points it elsewhere sees when, not what"


def test_nothing_of_it_is_kept(make):
    day = kit.day_after(3)
    office = Office(make, [planted(day, 9), planted(day, 10, sensitivity="Private")])
    for _ in range(3):
        assert TITLE in office.ask(ANNA, day, descriptions="true").text
    needles = [mark.encode() for mark in (TITLE, BODY, PLACE)]
    assert not [needle for needle in needles if needle in kit.memory(office.gate.pid("vault"))]
    office.gate.kill()
    for path in office.gate.files():
        data = path.read_bytes()
        assert not [needle for needle in needles if needle in data], path
