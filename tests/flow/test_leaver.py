# SPDX-License-Identifier: ISC
"""Somebody leaves: let in no more at once, their pages and coming bookings given to a colleague, told in numbers before."""
import json
import os
import urllib.parse

import pytest

import kit
from people import ANNA, BERT, RIGHT, Browser


def office(make):
    practice, gate = make.practice(kit.person(ANNA), kit.person(BERT)), make.hourgate().serve()
    gate.host(practice, ANNA).host(practice, BERT, name="Bert")
    gate.command("user", "role", "acme", BERT, "owner")
    gate.page()
    return practice, gate


def test_a_disabled_user_is_let_in_no_more(make):
    _, gate = office(make)
    link = "/invite/" + gate.command("user", "invite", "acme", ANNA).strip().rpartition("/")[2]
    token = gate.command("token", "add", "acme", ANNA, "--name", "x", "--scopes", "account:read").strip()
    browser, day = Browser(gate), kit.day_after(3)
    assert browser.ask("POST", link, {"password": RIGHT}).status == 303 and browser.me().status == 200
    booked = gate.visitor().book(kit.at(day, 10)).json()
    ask = lambda: gate.visitor().ask("GET", "/api/v1/accounts/acme", Authorization=f"Bearer {token}").status
    assert ask() == 200
    late = "/invite/" + gate.command("user", "invite", "acme", ANNA).strip().rpartition("/")[2]
    gate.command("user", "disable", "acme", ANNA)
    assert browser.me().status == 303 and ask() == 401
    unknown, disabled = Browser(gate).sign_in("nobody@practice.example"), Browser(gate).sign_in()
    assert disabled.status == unknown.status == 403
    assert unknown.masked().replace("nobody@", "anna@") == disabled.masked(), "it looks like nobody"
    assert Browser(gate).ask("POST", late, {"password": RIGHT}).status == 404
    assert gate.run("user", "invite", "acme", ANNA).returncode == 1
    assert gate.visitor().get("/acme/intro").status == 404, "nobody books with them any more"
    assert gate.visitor().get(kit.path_of(booked["manage_url"])).status == 200, "what was booked stands"
    row, = [row for row in kit.rows(gate.listed("user", "list", "acme")) if row["email"] == ANNA]
    assert row["disabled"] is True
    gate.command("user", "enable", "acme", ANNA)
    assert Browser(gate).sign_in().status == 303 and ask() == 200
    assert gate.visitor().get("/acme/intro").status == 200
    assert "user disabled" in gate.command("audit", "show", "acme")


def test_the_last_owner_stays(make):
    _, gate = office(make)
    gate.command("user", "disable", "acme", BERT)
    assert gate.run("user", "disable", "acme", ANNA).returncode == 1
    gate.command("user", "enable", "acme", BERT)


def test_pages_and_bookings_go_to_a_colleague(make):
    practice, gate = office(make)
    visitor, day = gate.visitor(), kit.day_after(3)
    booked = visitor.book(kit.at(day, 10)).json()
    told = gate.run("user", "handover", "acme", ANNA, BERT)
    assert told.returncode == 1 and "1 pages and 1 coming bookings go" in told.stdout and "1 of their events stay" in told.stdout
    assert "Anna" in visitor.get("/acme/intro").text, "nothing was done"
    done = json.loads(gate.command("user", "handover", "acme", ANNA, BERT, "--yes", "--json"))
    assert done == {"done": True, "pages": 1, "coming": 1, "events": 1}
    assert "Bert" in visitor.get(kit.path_of(booked["manage_url"])).text
    assert kit.at(day, 10) not in visitor.starts(day=day), "the time is Bert's now"
    notice, = kit.rows(gate.listed("attention", "list", "acme"))
    assert notice["host"] == BERT and notice["what"].startswith("handed over")
    assert len(practice.bookings(ANNA)) == 1, "the event stays where it is"
    assert visitor.book(kit.at(day, 12)).status == 201
    assert len(practice.bookings(BERT)) == 1 and len(practice.bookings(ANNA)) == 1
    assert gate.run("user", "handover", "acme", ANNA, ANNA).returncode == 1


def test_taken_time_is_not_handed_over(make):
    _, gate = office(make)
    gate.page("by-bert", BERT)
    day = kit.day_after(3)
    for page in ("acme/intro", "acme/by-bert"):
        assert gate.visitor().book(kit.at(day, 10), page=page).status == 201
    refused = gate.run("user", "handover", "acme", ANNA, BERT, "--yes")
    assert refused.returncode == 1 and "another booking at the time" in refused.stderr
    assert "Anna" in gate.visitor().get("/acme/intro").text, "all or nothing"


def people(make):
    """Bert owns, Anna is a member; both have a password."""
    practice, gate = office(make)
    for address in (ANNA, BERT):
        link = "/invite/" + gate.command("user", "invite", "acme", address).strip().rpartition("/")[2]
        assert Browser(gate).ask("POST", link, {"password": RIGHT}).status == 303
    gate.command("user", "role", "acme", ANNA, "member")
    browsers = []
    for address in (ANNA, BERT):
        browsers.append(Browser(gate))
        assert browsers[-1].sign_in(address).status == 303
    return gate, *browsers


def test_the_pages_of_people_are_for_administrators(make):
    gate, anna, bert = people(make)
    of = lambda address: "/settings/user?" + urllib.parse.urlencode({"email": address})
    for path in ("/settings/users", of(BERT), "/settings/user/handover?email=x&to=y"):
        assert anna.ask("GET", path).status == 403
        assert Browser(gate).ask("GET", path).headers["Location"].startswith("/sign-in")
    for action in ("invite", "disable", "role"):
        assert anna.post(of(BERT), action=action, role="member").status == 403
    gate.command("user", "role", "acme", ANNA, "administrator")
    anna = Browser(gate)
    anna.sign_in(ANNA)
    assert anna.ask("GET", of(BERT)).status == 200
    for action in ("invite", "disable", "role"):
        assert anna.post(of(BERT), action=action, role="member").status == 403, "an owner is above"
    assert bert.ask("POST", of(ANNA), {"action": "disable", "form": anna.form()}).status == 403
    assert bert.ask("GET", of("nobody@practice.example")).status == 404
    assert bert.ask("GET", "/settings/user").headers["Location"] == "/settings/users"
    assert bert.post(of(BERT), action="disable").status in (409, 422), "the last owner"
    assert bert.post(of(ANNA), action="disable").status == 303 and anna.me().status == 303


@pytest.mark.long
@pytest.mark.parametrize("javascript", ["on", "off"])
def test_in_a_browser(make, javascript, tmp_path):
    gate, _, bert = people(make)
    assert gate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
    said = kit.browser("people.mjs", gate.base, BERT, RIGHT, BERT, javascript, os.environ.get("HOURGATE_PICTURES", tmp_path))
    assert "administrator" in said["role"] and said["violations"] == []
    assert "booking pages" in said["losses"] and "coming bookings" in said["losses"] and "events" in said["losses"]
    assert Browser(gate).ask("POST", kit.path_of(said["link"]), {"password": RIGHT}).status == 303
    assert "Bert" in gate.visitor().get("/acme/intro").text
    assert Browser(gate).sign_in(ANNA).status == 403 and bert.me().status == 200
