# SPDX-License-Identifier: ISC
"""A calendar that cannot be read is told to whoever can do something about it, once, and so is its end; every list
says so meanwhile, and customers are offered nothing."""
import time

import pytest

import kit
import post

ANNA, OPERATIONS = "anna@practice.example", "operations@practice.example"


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def office(make, server, tell_after=0, **more):
    """As post.office; calendars are asked each second whether they are there."""
    settings = {"upstream.poll": 1, "upstream.tell_after": tell_after}
    return post.office(make, server, settings=settings, **more)


def mails(server, recipient, count):
    kit.wait_until(f"{count} mails to {recipient}", lambda: len(server.of(recipient)) >= count, 60)
    return server.of(recipient)


def connection(hourgate, number=1):
    rows = kit.rows(hourgate.listed("connection", "list", "acme"))
    return next(row for row in rows if row["id"] == number)


def test_a_server_that_is_gone_is_told_to_its_host(make, server):
    practice, hourgate, visitor = office(make, server)
    port = practice.port
    practice.stop()
    visitor.slots(day=kit.day_after(3))
    mail, = mails(server, ANNA, 1)
    assert mail.subject == "Your calendar cannot be read"
    assert "tcp: " in mail.text and "Check that the server runs" in mail.text and ANNA in mail.text
    assert "Failing since" in mail.text and kit.PASSWORD not in mail.data.decode()
    row = connection(hourgate)
    assert (row["state"], row["outage"]) == ("ok", "unreachable") and row["failing_since"].endswith("Z")
    assert row["next_step"] == "hourgate connection check acme 1"
    page, = kit.rows(hourgate.listed("page", "list", "acme"))
    assert page["calendar"].startswith("fails since ") and "unreachable" in page["calendar"]
    assert "No times available right now" in visitor.get("/acme/intro").text
    make.practice(port=port)
    works = mails(server, ANNA, 2)[1]
    assert works.subject == "Your calendar can be read again" and "Works since" in works.text
    assert connection(hourgate)["outage"] == "" and visitor.starts(day=kit.day_after(3))
    assert len(server.of(ANNA)) == 2


@pytest.mark.parametrize("rule, outage, fix", [
    ({"mode": "http_500"}, "server error", "server's own log"),
    ({"mode": "http_503"}, "throttled", "allow the account more"),
])
def test_what_the_server_does_wrong_is_named(make, server, rule, outage, fix):
    practice, hourgate, visitor = office(make, server)
    practice.misbehave(**rule)
    visitor.slots(day=kit.day_after(3))
    mail, = mails(server, ANNA, 1)
    assert fix in mail.text
    assert connection(hourgate)["outage"] == outage


def test_a_hiccup_tells_nobody(make, server):
    practice, hourgate, visitor = office(make, server, tell_after=1)
    practice.misbehave("http_500")
    visitor.slots(day=kit.day_after(3))
    kit.wait_until("it fails", lambda: connection(hourgate)["outage"] == "server error", 30)
    practice.behave()
    kit.wait_until("it works", lambda: connection(hourgate)["outage"] == "", 60)
    time.sleep(2)
    assert not server.of(ANNA)


def test_a_killed_vault_tells_it_once(make, server):
    practice, hourgate, visitor = office(make, server)
    practice.misbehave("http_500")
    visitor.slots(day=kit.day_after(3))
    kit.wait_until("it fails", lambda: connection(hourgate)["outage"] != "", 30)
    hourgate.kill()
    hourgate.serve()
    mails(server, ANNA, 1)
    kit.wait_until("the outbox is empty", lambda: not kit.rows(hourgate.listed("outbox", "list", "acme")), 60)
    hourgate.visitor().slots(day=kit.day_after(3))
    time.sleep(3)
    assert len({mail.id for mail in server.of(ANNA)}) == 1
