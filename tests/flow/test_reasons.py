# SPDX-License-Identifier: ISC
"""Why a booking was cancelled: asked, told to the other side alone, kept with the booking and erased with it."""
import html
import json

import pytest

import kit
import post

ANNA, CARLA = "anna@practice.example", "carla@customer.example"
WHY = "I am ill.\r\nBcc: everybody@evil.example\r\nSubject: <b>not this</b>"


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def mail_about(server, recipient, subject):
    found = []

    def is_there():
        found[:] = [mail for mail in server.of(recipient) if mail.subject.startswith(subject)]
        return found
    kit.wait_until(f"{subject} to {recipient}", is_there, 60)
    assert len(found) == 1
    return found[0]


def test_a_customers_reason_reaches_the_host_and_no_header(make, server):
    practice, hourgate, visitor = post.office(make, server, ask_reason="required")
    link = kit.path_of(visitor.book(kit.at(kit.day_after(3), 10)).json()["manage_url"])
    asked = visitor.get(f"{link}?cancel=1").text
    assert 'name="reason"' in asked and " required" in asked
    again = kit.cancel(visitor, link)
    assert again.status == 422 and "Please say why." in again.text and len(practice.bookings(ANNA)) == 1
    long = visitor.form(link, action="cancel", reason="x" * 1001)
    assert long.status == 422 and "too long" in long.text
    assert visitor.form(link, action="cancel", reason=WHY).status == 303
    assert practice.bookings(ANNA) == []
    mail = mail_about(server, ANNA, "Booking cancelled")
    assert "I am ill." in mail.text and "Reason" in mail.text and "everybody@evil.example" in mail.text
    assert mail.message["Bcc"] is None and "not this" not in mail.subject
    assert html.escape("<b>not this</b>") in mail.html and "<b>not this" not in mail.html
    own = mail_about(server, CARLA, "Cancelled")
    assert "I am ill" not in own.text  # they know, and others may read their mail
    assert "everybody@evil.example" not in server.handler.recipients
    assert "I am ill." in visitor.get(link).text
    row, = hourgate.bookings()
    assert row["ended"] == "by customer" and row["reason"].startswith("I am ill.")


def test_a_hosts_reason_reaches_the_customer(make, server):
    _, hourgate, visitor = post.office(make, server, language="de")
    booked = visitor.book(kit.at(kit.day_after(3), 10)).json()
    assert 'name="reason"' not in visitor.get(kit.path_of(booked["manage_url"]) + "?cancel=1").text
    hourgate.command("booking", "cancel", "acme", booked["id"], "--reason", "Frau Dr. Anna ist krank.", "--yes")
    mail = mail_about(server, CARLA, "Abgesagt")
    assert "Grund" in mail.text and "Frau Dr. Anna ist krank." in mail.text and mail.method == "CANCEL"
    assert "krank" not in mail_about(server, ANNA, "Buchung abgesagt").text
    exported = json.loads(hourgate.command("customer", "export", "acme", CARLA))
    assert exported["bookings"][0]["reason"] == "Frau Dr. Anna ist krank."
    hourgate.command("customer", "erase", "acme", CARLA, "--yes")
    row, = hourgate.bookings()
    assert row["reason"] == "" and row["ended"] == "by host"


def test_by_the_interface(make):
    _, hourgate = make.office(kit.person(ANNA, []))
    token = hourgate.command("token", "add", "acme", ANNA, "--name", "flow", "--scopes",
                             "bookings:read,bookings:write").strip()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    place = "/api/v1/accounts/acme/bookings/"
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    first, second = (visitor.book(kit.at(day, hour)).json()["id"] for hour in (10, 11))
    refused = visitor.ask("POST", f"{place}{first}/cancel", b'{"reason": 7}', **bearer)
    assert refused.status == 422
    done = visitor.ask("POST", f"{place}{first}/cancel", b'{"reason": "Ill"}', **bearer).json()
    assert (done["state"], done["ended"], done["reason"]) == ("cancelled", "by_host", "Ill")
    done = visitor.ask("POST", f"{place}{second}/cancel", None, **bearer).json()  # it may be left out
    assert (done["state"], done["reason"]) == ("cancelled", "")
