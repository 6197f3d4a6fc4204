# SPDX-License-Identifier: ISC
"""People see who read their calendar, what is kept about them and how things are: their own, and nobody else's."""
import os

import pytest

import kit
from people import ANNA, BERT, RIGHT, World

CUSTOMER = "Planted Customer 5d21"


@pytest.fixture(name="world")
def signed_world(make):
    return World(make)


def get(browser, path):
    answer = browser.ask("GET", path)
    assert answer.status == 200, answer.text
    return answer.text


def test_who_read_is_told_in_plain_words_and_of_nobody_else(world):
    visitor = world.gate.visitor()
    day = kit.day_after(3)
    visitor.slots(page="acme/by-anna", day=day)
    assert visitor.book(kit.at(day, 10), page="acme/by-anna", name=CUSTOMER).status == 201
    anna, bert = world.signed_in(), world.signed_in(BERT)
    kit.wait_until("it is written down", lambda: "for a customer who booked" in get(anna, "/settings/readings"), 20)
    page = get(anna, "/settings/readings")
    assert "when you are busy" in page and "A booked appointment was written" in page
    assert "for somebody who looked at a booking page" in page and CUSTOMER not in page
    assert "A booked appointment was written" not in get(bert, "/settings/readings")
    assert "Nobody has read it" in get(bert, "/settings/readings?days=1") or BERT in get(bert, "/settings")
    for odd in ("days=x", "days=-1", "before=1", "before=1-x", "before=9-9", "days=0&before=99999999999999999999-1"):
        assert anna.ask("GET", f"/settings/readings?{odd}").status == 200, odd
    for path in ("/settings/readings", "/settings/data", "/health"):
        assert world.browser().ask("GET", path).headers["Location"].startswith("/sign-in")


def test_what_is_kept_is_counted_now(world):
    visitor = world.gate.visitor()
    anna = world.signed_in()
    before = get(anna, "/settings/data")
    assert visitor.book(kit.at(kit.day_after(3), 10), page="acme/by-anna", name=CUSTOMER).status == 201
    after = get(anna, "/settings/data")
    assert "AES-256" in after and "not kept: read at the moment of need" in after and before != after
    assert CUSTOMER not in after and "/connections" in after


def test_health_shows_failing_calendars_and_facts_to_who_looks_after_them(world):
    bert = world.signed_in(BERT)
    world.practice.misbehave("http_500")
    world.gate.visitor().slots(page="acme/by-bert", day=kit.day_after(3))
    page = get(bert, "/health")
    assert "does not work" in page and "server&#39;s own log" in page or "server's own log" in page
    assert "Account and installation" not in page and ANNA not in page
    assert "cannot be read: no times are offered" in get(bert, "/me")
    anna = world.signed_in()
    page = get(anna, "/health")
    assert "Account and installation" in page and "Last backup" in page and "takes bookings" in page
    assert ANNA in page and BERT in page
    world.practice.behave()
    world.gate.visitor().slots(page="acme/by-bert", day=kit.day_after(3))
    assert "does not work" not in get(bert, "/health")


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(world, javascript, tmp_path):
    folder = os.environ.get("HOURGATE_PICTURES", tmp_path)
    visitor, day = world.gate.visitor(), kit.day_after(3)
    visitor.slots(page="acme/by-anna", day=day)
    assert visitor.book(kit.at(day, 10), page="acme/by-anna").status == 201
    world.practice.misbehave("http_500", mailbox=BERT)
    visitor.slots(page="acme/by-bert", day=day)
    anna = world.signed_in()
    kit.wait_until("it is written down", lambda: "for a customer who booked" in get(anna, "/settings/readings"), 20)
    said = kit.browser("privacy.mjs", world.gate.base, ANNA, RIGHT, javascript, folder)
    assert "A booked appointment was written" in said["readings"]
    assert said["chosen"] == ["Who read my calendar", "All that is kept"]
    assert "AES-256" in said["kept"] and "does not work" in said["health"]
    assert said["violations"] == []
