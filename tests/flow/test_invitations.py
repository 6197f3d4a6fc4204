# SPDX-License-Identifier: ISC
"""Either the host's Exchange invites the customer, or hourgate's mails carry the .ics: never both, never twice."""
import pytest

import kit
import post

ANNA, CARLA = "anna@practice.example", "carla@customer.example"


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def sent(practice):
    """What Exchange mailed: (kind, to whom), in order."""
    return [(one["kind"], one["to"]) for one in practice.api("GET", f"/api/mailbox/{ANNA}")["sent"]]


def live_through_all(visitor):
    """Book, move, cancel."""
    day = kit.day_after(3)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 14)).status == 303
    assert kit.cancel(visitor, link).status == 303


def arrived(server, recipient, count):
    kit.wait_until(f"{count} mails to {recipient}", lambda: len(server.of(recipient)) >= count, 20)
    mails = server.of(recipient)
    assert len(mails) == count, [mail.subject for mail in mails]
    return mails


def test_exchange_invites_and_our_mails_carry_nothing(make, server):
    practice, _, visitor = post.office(make, server, invite="exchange")
    live_through_all(visitor)
    assert sent(practice) == [("invitation", [CARLA]), ("update", [CARLA]), ("cancellation", [CARLA])]
    assert [mail.method for mail in arrived(server, CARLA, 3)] == [None, None, None]
    assert practice.bookings(ANNA) == []
    base = "http://" + practice.page.split("/")[2]
    page = kit.Visitor(base).get(f"/mailbox/{ANNA}").text
    assert page.count(CARLA) >= 3 and "Sent to attendees" in page


def test_whom_exchange_invites_is_offered_no_second_entry(make, server):
    _, hourgate, visitor = post.office(make, server, invite="exchange")
    day = kit.day_after(3)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    page = visitor.get(link).text
    assert "sends you an invitation by mail" in page and ".ics" not in page
    file = visitor.get(link + ".ics")
    assert file.status == 303 and file.headers["Location"].endswith(link)
    hourgate.page(invite="none")
    link = kit.path_of(visitor.book(kit.at(day, 12)).json()["manage_url"])
    assert link + ".ics" in visitor.get(link).text and visitor.get(link + ".ics").status == 200


@pytest.mark.parametrize("invite,methods", [("mail", ["REQUEST", "REQUEST", "CANCEL"]), ("none", [None] * 3)])
def test_else_exchange_tells_nobody(make, server, invite, methods):
    practice, _, visitor = post.office(make, server, invite=invite)
    live_through_all(visitor)
    assert sent(practice) == []
    assert [mail.method for mail in arrived(server, CARLA, 3)] == methods


def test_a_booking_keeps_what_its_page_said(make, server):
    """The page is changed in between: whoever invited the customer tells them the rest."""
    practice, hourgate, visitor = post.office(make, server, invite="exchange")
    day = kit.day_after(3)
    by_exchange = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    hourgate.page(invite="mail")
    by_mail = kit.path_of(visitor.book(kit.at(day, 12)).json()["manage_url"])
    hourgate.page(invite="exchange")
    for link in (by_exchange, by_mail):
        assert kit.cancel(visitor, link).status == 303
    assert sent(practice) == [("invitation", [CARLA]), ("cancellation", [CARLA])]
    assert sorted(mail.method or "" for mail in arrived(server, CARLA, 4)) == ["", "", "CANCEL", "REQUEST"]


def test_where_no_event_is_written_the_mail_carries_the_entry(make, server):
    practice, _, visitor = post.office(make, server, invite="exchange", no_sync=True)
    live_through_all(visitor)
    assert sent(practice) == []
    assert [mail.method for mail in arrived(server, CARLA, 3)] == ["REQUEST", "REQUEST", "CANCEL"]


def test_an_address_that_stays_out_cannot_be_invited(make):
    _, hourgate = make.office()
    done = hourgate.run("page", "put", "acme", "intro", "--host", ANNA, "--title", "T", "--duration", "30",
                        "--invite", "exchange", "--keep-out", "email")
    assert done.returncode != 0 and "kept out of the calendar" in done.stderr, done.stderr


@pytest.mark.limit(120)
@pytest.mark.parametrize("step", ["book_after_create", "book_before_confirm"])
def test_killed_in_between_and_invited_once(make, server, step):
    practice, hourgate, visitor = post.office(make, server, build=kit.FAULTS, env={"HOURGATE_FAULT": step},
                                         settings={"upstream.timeout": 2}, invite="exchange")
    try:
        visitor.book(kit.at(kit.day_after(3), 10), key="once")
    except (OSError, kit.http.client.HTTPException):
        pass
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log())
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("it is settled", lambda: [row["state"] for row in hourgate.bookings()] == ["confirmed"], 60)
    assert sent(practice) == [("invitation", [CARLA])]
    assert [mail.method for mail in arrived(server, CARLA, 1)] == [None]
    hourgate.command("booking", "cancel", "acme", hourgate.bookings()[0]["id"], "--yes")
    assert sent(practice) == [("invitation", [CARLA]), ("cancellation", [CARLA])]


@pytest.mark.limit(120)
def test_killed_while_it_is_cancelled_and_told_once(make, server):
    practice, hourgate, visitor = post.office(make, server, build=kit.FAULTS, env={"HOURGATE_FAULT": "cancel_before_remove"},
                                         settings={"upstream.timeout": 2}, invite="exchange")
    link = kit.path_of(visitor.book(kit.at(kit.day_after(3), 10)).json()["manage_url"])
    try:
        kit.cancel(visitor, link)
    except (OSError, kit.http.client.HTTPException):
        pass
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log())
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("it is settled", lambda: [row["state"] for row in hourgate.bookings()] == ["cancelled"], 60)
    assert sent(practice) == [("invitation", [CARLA]), ("cancellation", [CARLA])]
