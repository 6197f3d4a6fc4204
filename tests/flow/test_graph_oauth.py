# SPDX-License-Identifier: ISC
"""A host lets hourgate into their own calendar at Microsoft 365; and one whose mailbox has moved there lets it in anew."""
import re

import kit
import pytest
import test_oauth
from people import ANNA

SCOPES = "Calendars.ReadWrite offline_access"
SUBJECT = "Planted-Subject-9f"


class World(test_oauth.World):
    """Acme, and a practice server that is Exchange and Microsoft 365 over one world."""

    def __init__(self, make, **more):
        super().__init__(make, world={"graph": {}}, client={"scopes": ["Calendars.ReadWrite"]}, **more)

    def register(self, **changed):
        place = self.practice.ews.partition("/EWS")[0]
        return super().register(kind="graph", label="Microsoft 365", scope=SCOPES, server=f"{place}/v1.0",
                                authorize=f"{place}/common/oauth2/v2.0/authorize",
                                token=f"{place}/common/oauth2/v2.0/token", **changed)

    def row(self):
        row, = kit.rows(self.gate.listed("connection", "list", "acme"))
        return row


@pytest.fixture(name="world")
def fixture_world(make):
    made = World(make)
    made.register()
    return made


def test_a_host_connects_microsoft_365_and_is_booked(world):
    day = kit.day_after(3)
    world.practice.add(ANNA, kit.event(SUBJECT, kit.at(day, 9), 60))
    anna = world.signed_in()
    page = anna.ask("GET", "/connections/new").text
    assert "Connect Microsoft 365" in page and "Calendars.ReadWrite" in page and "oauth put microsoft" not in page
    world.connected(anna)
    assert (world.row()["kind"], world.row()["method"]) == ("graph", "oauth")
    world.gate.page("by-anna", ANNA)
    visitor = world.gate.visitor()
    starts = visitor.starts("acme/by-anna", day=day)
    assert kit.at(day, 9) not in starts and kit.at(day, 10) in starts
    assert visitor.book(kit.at(day, 10), "acme/by-anna").status == 201
    assert [kit.instant(item["Start"]) for item in world.practice.bookings(ANNA)] == [kit.at(day, 10)]
    assert SUBJECT not in world.gate.log()


def test_a_token_that_ends_is_renewed_before(make):
    world = World(make, lifetime=90)
    world.register()
    anna = world.signed_in()
    world.connected(anna)
    world.gate.page("by-anna", ANNA)
    visitor = world.gate.visitor()
    for n in range(2):
        world.practice.api("POST", "/api/clock", {"skew": 100 * n})
        assert visitor.starts("acme/by-anna", day=kit.day_after(3))
    assert not [entry for entry in world.practice.journal() if entry["path"].startswith("/v1.0") and entry["status"] == 401
                and entry["credential"]]


def test_a_mailbox_that_moved_is_let_in_anew_on_its_page(world):
    """The connection stays the same one; a booking that the old house wrote is found, moved and removed in the new one."""
    day = kit.day_after(3)
    world.gate.connect(world.practice, ANNA)
    world.gate.page("by-anna", ANNA)
    visitor = world.gate.visitor()
    assert visitor.book(kit.at(day, 10), "acme/by-anna").status == 201
    before = world.row()
    assert before["kind"] == "ews"
    world.practice.api("POST", f"/api/mailbox/{ANNA}/move", {"home": "online"})
    assert visitor.starts("acme/by-anna", day=day) == []

    anna = world.signed_in()
    answer = world.connect(anna, connection=before["id"], name="")  # as the button on its page does
    assert answer.status == 303, answer.text
    assert re.fullmatch(rf"/connections/{before['id']}\?done=connected", answer.headers["Location"])
    after = world.row()
    assert (after["id"], after["kind"], after["method"]) == (before["id"], "graph", "oauth")
    starts = visitor.starts("acme/by-anna", day=day)
    assert kit.at(day, 10) not in starts and kit.at(day, 11) in starts
    world.practice.forget()
    booked, = world.gate.bookings()
    world.gate.command("booking", "cancel", "acme", booked["id"], "--yes")
    kit.wait_until("the event is removed", lambda: not world.practice.bookings(ANNA))
    assert world.practice.asked("ListEvents") and world.practice.asked("DeleteEvent")


def test_a_withdrawn_consent_pauses_the_connection(world):
    anna = world.signed_in()
    world.connected(anna)
    world.gate.page("by-anna", ANNA)
    world.practice.api("POST", "/api/revoke", {"address": ANNA})
    world.practice.api("POST", "/api/clock", {"skew": 7200})
    visitor = world.gate.visitor()
    kit.wait_until("it is paused", lambda: not visitor.starts("acme/by-anna", day=kit.day_after(3)) and
                   world.row()["state"] == "paused", seconds=20)
