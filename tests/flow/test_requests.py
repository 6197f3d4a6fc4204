# SPDX-License-Identifier: ISC
"""A page whose host approves: requests hold their time, become appointments by one word, and end by another or none."""
import contextlib
import datetime
import http.client
import json

import pytest

import kit
import post

ANNA, CARLA = "anna@practice.example", "carla@customer.example"


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def office(make, server, **more):
    return *post.office(make, server, **{"approve": True, **more}), kit.day_after(3)


def subjects(server, recipient):
    return [mail.subject.split(":")[0] for mail in server.of(recipient)]


def told(server, recipient, *expected):
    """Wait until these mails, and no others, have come in this order."""
    kit.wait_until(f"{expected} to {recipient}: {subjects(server, recipient)}",
                   lambda: len(server.of(recipient)) >= len(expected), 60)
    assert sorted(subjects(server, recipient)) == sorted(expected)
    return {mail.subject.split(":")[0]: mail for mail in server.of(recipient)}


def request(visitor, day, hour=10):
    answer = visitor.book(kit.at(day, hour))
    assert answer.status == 202, answer.text
    booked = answer.json()
    assert booked["state"] == "requested"
    return booked["id"], kit.path_of(booked["manage_url"])


def state(hourgate):
    row, = hourgate.bookings()
    return row["state"], row["ended"]


def settled(hourgate):
    kit.wait_until("no mail waits", lambda: not kit.rows(hourgate.listed("outbox", "list", "acme")), 60)


def test_approved_once(make, server):
    practice, hourgate, visitor, day = office(make, server)
    booking, link = request(visitor, day)
    assert "confirms each booking" in visitor.get("/acme/intro").text
    assert practice.bookings(ANNA) == [] and kit.at(day, 10) not in visitor.starts(day=day)
    assert visitor.book(kit.at(day, 10)).status == 409
    page = visitor.get(link).text
    assert "Your request has arrived" in page and "not confirmed yet" in page and "?move=1" not in page
    assert visitor.get(link + ".ics").status == 404
    asked = told(server, CARLA, "Requested, not yet confirmed")["Requested, not yet confirmed"]
    assert asked.event is None and "not confirmed yet" in asked.text and link in asked.text
    host = told(server, ANNA, "Request")["Request"]
    assert f"hourgate booking approve acme {booking}" in host.text and "/me" in host.text and host.event is None
    assert link not in host.text

    for _ in range(2):  # the second time nothing happens any more
        assert hourgate.run("booking", "approve", "acme", booking).returncode == 0
    assert len(practice.bookings(ANNA)) == 1 and state(hourgate) == ("confirmed", "")
    mail = told(server, CARLA, "Requested, not yet confirmed", "Confirmed")["Confirmed"]
    assert mail.method == "REQUEST" and int(mail.event["SEQUENCE"]) == 0
    told(server, ANNA, "Request", "New booking")
    assert "Your booking is confirmed" in visitor.get(link).text
    assert "?move=1" not in visitor.get(link).text  # another time is another request
    assert kit.move(visitor, link, kit.at(day, 14)).status < 500 and len(practice.bookings(ANNA)) == 1
    assert hourgate.bookings()[0]["start"] == kit.utc(kit.at(day, 10))
    refused = hourgate.run("booking", "decline", "acme", booking)
    assert refused.returncode == 1 and "cancel it instead" in refused.stderr
    assert hourgate.run("booking", "move", "acme", booking, "--to", f"{day} 14:00").returncode == 0  # hosts may
    assert kit.cancel(visitor, link).status == 303 and practice.bookings(ANNA) == []
    settled(hourgate)
    chain = [mail.event for mail in server.of(CARLA) if mail.event]
    assert [int(event["SEQUENCE"]) for event in chain] == [0, 1, 2]
    assert len({str(event["UID"]) for event in chain}) == 1
    audit = hourgate.run("audit", "show", "acme").stdout
    assert "booking requested" in audit and "booking made" in audit


def test_declined_with_a_reason(make, server):
    practice, hourgate, visitor, day = office(make, server, language="de")
    booking, link = request(visitor, day)
    for _ in range(2):
        done = hourgate.run("booking", "decline", "acme", booking, "--reason", "Bitte zuerst anrufen.")
        assert done.returncode == 0, done.stderr
    mail = told(server, CARLA, "Angefragt, noch nicht bestätigt", "Abgelehnt")["Abgelehnt"]
    assert "Bitte zuerst anrufen." in mail.text and mail.event is None and "/acme/intro" in mail.text
    told(server, ANNA, "Anfrage")
    assert practice.bookings(ANNA) == [] and kit.at(day, 10) in visitor.starts(day=day)
    assert state(hourgate) == ("cancelled", "declined")
    page = visitor.get(link).text
    assert "Ihre Anfrage ist abgelehnt" in page and "Bitte zuerst anrufen." in page
    refused = hourgate.run("booking", "approve", "acme", booking)
    assert refused.returncode == 1 and "it was declined" in refused.stderr
    request(visitor, day)


def test_withdrawn_by_the_customer(make, server):
    practice, hourgate, visitor, day = office(make, server, ask_reason="required", cancel_until=1000)
    _, link = request(visitor, day)
    assert "cancel=1" in visitor.get(link).text  # a request may always be taken back, and nobody asks why
    for _ in range(2):
        assert kit.cancel(visitor, link).status == 303
    told(server, CARLA, "Requested, not yet confirmed", "Withdrawn")
    told(server, ANNA, "Request", "Request withdrawn")
    assert all(mail.event is None for mail in server.taken)
    assert state(hourgate) == ("cancelled", "by customer") and kit.at(day, 10) in visitor.starts(day=day)
    assert practice.asked("CreateItem") == []


def test_nobody_answers(make, server):
    _, hourgate, visitor, day = office(make, server)
    _, link = request(visitor, day)
    told(server, CARLA, "Requested, not yet confirmed")
    hourgate.stop()
    lapse(hourgate)
    hourgate.serve()
    kit.wait_until("it has lapsed", lambda: state(hourgate) == ("cancelled", "lapsed"), 30)
    told(server, CARLA, "Requested, not yet confirmed", "Not confirmed")
    told(server, ANNA, "Request", "Request not answered")
    visitor = hourgate.visitor()
    assert "was not answered in time" in visitor.get(link).text and kit.at(day, 10) in visitor.starts(day=day)
    settled(hourgate)
    told(server, CARLA, "Requested, not yet confirmed", "Not confirmed")


def sql(hourgate, text):
    """Change the database behind hourgate's back."""
    if hourgate.database:
        kit.POSTGRES.sql(hourgate.database, text)
        return
    import sqlite3  # pylint: disable=import-outside-toplevel
    with sqlite3.connect(hourgate.data / "hourgate.db", timeout=10) as database:
        database.execute(text)
    database.close()


def lapse(hourgate):
    sql(hourgate, "UPDATE bookings SET open_until = 1 WHERE open_until IS NOT NULL")


def test_the_calendar_is_asked_again(make, server):
    practice, hourgate, visitor, day = office(make, server)
    booking, _ = request(visitor, day)
    practice.add(ANNA, kit.event("Marked subject", kit.at(day, 10), 60))
    refused = hourgate.run("booking", "approve", "acme", booking)
    assert refused.returncode == 1 and "busy" in refused.stderr and "Marked" not in refused.stderr
    assert state(hourgate)[0] == "requested" and kit.at(day, 10) not in visitor.starts(day=day)
    practice.misbehave("http_500")
    assert hourgate.run("booking", "approve", "acme", booking, "--over-busy").returncode == 1
    practice.behave()
    assert state(hourgate)[0] == "requested"
    done = hourgate.run("booking", "approve", "acme", booking, "--over-busy")
    assert done.returncode == 0 and "set aside: busy" in done.stderr
    told(server, CARLA, "Requested, not yet confirmed", "Confirmed")


@pytest.mark.parametrize("invite", ("exchange", "mail", "none"))
def test_whoever_invites_does_so_when_it_is_approved(make, server, invite):
    practice, hourgate, visitor, day = office(make, server, invite=invite)
    booking, _ = request(visitor, day)
    told(server, CARLA, "Requested, not yet confirmed")
    hourgate.command("booking", "approve", "acme", booking)
    mail = told(server, CARLA, "Requested, not yet confirmed", "Confirmed")["Confirmed"]
    assert (mail.event is not None) == (invite == "mail")
    event, = practice.bookings(ANNA)
    event.pop("Body")
    assert (CARLA in json.dumps(event, default=str)) == (invite == "exchange")


def test_a_host_who_enters_a_booking_has_approved_it(make, server):
    practice, hourgate, _, day = office(make, server)
    done = hourgate.run("booking", "add", "acme", "intro", "--at", f"{day} 10:00", "--name", "Carla", "--email", CARLA)
    assert done.returncode == 0 and " confirmed" in done.stdout and len(practice.bookings(ANNA)) == 1


def test_by_the_interface_one_answers_ones_own(make, server):
    practice, hourgate, visitor, day = office(make, server)
    hourgate.command("user", "add", "acme", "ben@practice.example", "--name", "Ben", "--zone", kit.ZONE)
    bearers = {who: {"Authorization": "Bearer " + hourgate.command(
        "token", "add", "acme", f"{who}@practice.example", "--name", "flow", "--scopes",
        "bookings:read,bookings:write").strip(), "Content-Type": "application/json"} for who in ("anna", "ben")}
    place = "/api/v1/accounts/acme/bookings/"
    first, second = (request(visitor, day, hour)[0] for hour in (10, 11))
    for word in ("approve", "decline"):
        assert visitor.ask("POST", f"{place}{first}/{word}", None, **bearers["ben"]).status == 404
    done = visitor.ask("POST", f"{place}{first}/approve", None, **bearers["anna"])
    assert done.status == 200 and done.json()["state"] == "confirmed" and done.json()["open_until"] is None
    shown = visitor.ask("GET", f"{place}{second}", None, **bearers["anna"]).json()
    until = datetime.datetime.fromisoformat(shown["open_until"].replace("Z", "+00:00"))
    assert shown["state"] == "requested" and until > datetime.datetime.now(datetime.timezone.utc)
    done = visitor.ask("POST", f"{place}{second}/decline", b'{"reason": "No"}', **bearers["anna"]).json()
    assert (done["state"], done["ended"], done["reason"]) == ("cancelled", "declined", "No")
    assert visitor.ask("POST", f"{place}{second}/approve", None, **bearers["anna"]).status == 409
    assert len(practice.bookings(ANNA)) == 1


FAULTS = pytest.mark.skipif(not kit.FAULTS.exists(), reason="needs build/faults")


def killed(make, server, step, **more):
    """An office whose vault kills itself at a step; it serves again without that."""
    practice, hourgate, visitor, day = office(make, server, build=kit.FAULTS, env={"HOURGATE_FAULT": step},
                                              settings={"upstream.timeout": 2}, **more)
    return practice, hourgate, visitor, day


def back(hourgate):
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("nothing is in flight", lambda: not {row["state"] for row in hourgate.bookings()} &
                   {"held", "uncertain"}, 60)


@pytest.mark.long
@FAULTS
@pytest.mark.parametrize("step", ("book_before_open", "book_after_open"))
def test_killed_while_it_becomes_a_request(make, server, step):
    practice, hourgate, visitor, day = killed(make, server, step)
    with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
        request(visitor, day)
    back(hourgate)
    assert practice.bookings(ANNA) == []
    if step == "book_after_open":
        assert state(hourgate)[0] == "requested"
        told(server, CARLA, "Requested, not yet confirmed")
        told(server, ANNA, "Request")
    else:
        assert hourgate.bookings() == [] and server.taken == []
        kit.wait_until("it is free", lambda: kit.at(day, 10) in hourgate.visitor().starts(day=day), 30)


@pytest.mark.long
@FAULTS
@pytest.mark.parametrize("step", ("book_before_create", "book_after_create", "book_before_confirm",
                                  "book_after_confirm"))
def test_killed_while_it_is_approved(make, server, step):
    """Approved or a request again, whole, and each told once; approving again ends in the one appointment."""
    practice, hourgate, visitor, day = killed(make, server, step)
    booking, _ = request(visitor, day)
    hourgate.run("booking", "approve", "acme", booking)
    back(hourgate)
    stands = len(practice.bookings(ANNA))
    assert state(hourgate)[0] == ("confirmed" if stands else "requested")
    assert stands == (step != "book_before_create")
    if not stands:
        told(server, ANNA, "Request", "To do by hand")
        assert "approved" in hourgate.run("attention", "list", "acme").stdout
    assert hourgate.run("booking", "approve", "acme", booking).returncode == 0
    assert len(practice.bookings(ANNA)) == 1 and state(hourgate)[0] == "confirmed"
    told(server, CARLA, "Requested, not yet confirmed", "Confirmed")
    settled(hourgate)


@FAULTS
@pytest.mark.parametrize("step", ("end_before_write", "end_after_write"))
def test_killed_while_it_is_declined(make, server, step):
    _, hourgate, visitor, day = killed(make, server, step)
    booking, _ = request(visitor, day)
    hourgate.run("booking", "decline", "acme", booking, "--reason", "No")
    back(hourgate)
    assert hourgate.run("booking", "decline", "acme", booking, "--reason", "No").returncode == 0
    told(server, CARLA, "Requested, not yet confirmed", "Declined")
    settled(hourgate)
    told(server, CARLA, "Requested, not yet confirmed", "Declined")


@FAULTS
@pytest.mark.parametrize("step", ("lapse_before_write", "lapse_after_write"))
def test_killed_while_it_lapses(make, server, step):
    _, hourgate, visitor, day = killed(make, server, step)
    request(visitor, day)
    lapse(hourgate)
    kit.wait_until("it was killed", lambda: "ended with exit code 99" in hourgate.log(), 30)
    back(hourgate)
    kit.wait_until("it has lapsed", lambda: state(hourgate) == ("cancelled", "lapsed"), 30)
    told(server, CARLA, "Requested, not yet confirmed", "Not confirmed")
    told(server, ANNA, "Request", "Request not answered")
    settled(hourgate)
