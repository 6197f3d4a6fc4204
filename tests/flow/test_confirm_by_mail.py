# SPDX-License-Identifier: ISC
"""A page against fake bookings: whoever books shows by a mail that the address is theirs, and a look at the link is none."""
import contextlib
import http.client
import re

import pytest

import kit
import post
from test_requests import sql, state, told

ANNA, CARLA = "anna@practice.example", "carla@customer.example"


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def office(make, server, **more):
    return *post.office(make, server, **{"confirm_by_mail": 30, **more}), kit.day_after(3)


def book(visitor, day, hour=10, **more):
    """Book; what the answer says must not let anybody confirm."""
    answer = visitor.book(kit.at(day, hour), **more)
    assert answer.status == 202, answer.text
    assert answer.json()["state"] == "unverified" and "manage_url" not in answer.json()
    assert "Location" not in answer.headers and "/b/" not in answer.text
    return answer.json()["id"]


def link_in(server):
    mail = told(server, CARLA, "Please confirm")["Please confirm"]
    assert mail.event is None
    return kit.path_of(re.search(r"https?://\S+/b/\S+", mail.text).group())


def test_a_look_is_no_word_and_the_button_is(make, server):
    practice, hourgate, visitor, day = office(make, server)
    assert "by a link that comes by mail" in visitor.get("/acme/intro").text
    book(visitor, day)
    link = link_in(server)
    assert kit.at(day, 10) not in visitor.starts(day=day) and server.of(ANNA) == []
    for path in (link, link, link + "?new=1", link + "?confirm=1"):  # as mail scanners do
        page = visitor.get(path)
        assert page.status == 200 and 'value="confirm"' in page.text
    visitor.ask("HEAD", link)
    assert practice.bookings(ANNA) == [] and state(hourgate)[0] == "unverified"
    for _ in range(2):
        assert visitor.form(link, action="confirm").status == 303
    assert len(practice.bookings(ANNA)) == 1 and state(hourgate)[0] == "confirmed"
    mail = told(server, CARLA, "Please confirm", "Confirmed")["Confirmed"]
    assert mail.method == "REQUEST" and int(mail.event["SEQUENCE"]) == 0
    told(server, ANNA, "New booking")
    assert "Your booking is confirmed" in visitor.get(link).text
    assert kit.move(visitor, link, kit.at(day, 14)).status == 303


def test_the_form_says_where_to_look(make, server):
    _, hourgate, visitor, day = office(make, server)
    page = visitor.get(f"/acme/intro?start={kit.utc(kit.at(day, 10))}").text
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)
    said = [visitor.form("/acme/intro", start=kit.utc(kit.at(day, 10)), key=key, name="Carla", email=CARLA,
                         tz=kit.ZONE) for _ in range(2)]  # sent again by a reload, it is the same booking
    assert all(one.status == 202 and "look at your mail" in one.text and "/b/" not in one.text for one in said)
    link_in(server)
    assert len(hourgate.bookings()) == 1


def test_what_nobody_confirms_goes_without_a_word(make, server):
    practice, hourgate, visitor, day = office(make, server)
    book(visitor, day)
    link = link_in(server)
    sql(hourgate, "UPDATE bookings SET open_until = 1 WHERE open_until IS NOT NULL")
    sql(hourgate, "UPDATE occupancies SET expires_at = 1 WHERE expires_at IS NOT NULL")
    assert kit.at(day, 10) in visitor.starts(day=day)  # at once, whoever tidies up and when
    kit.wait_until("nothing is kept of it", lambda: hourgate.bookings() == [], 30)
    assert visitor.form(link, action="confirm").status == 404 and visitor.get(link).status == 404
    told(server, CARLA, "Please confirm")
    assert server.of(ANNA) == [] and practice.bookings(ANNA) == []


def test_one_address_holds_so_many(make, server):
    """Whoever books with the address of somebody else sends them a few mails at most, and holds a few times."""
    _, _, visitor, day = office(make, server)
    for hour in (9, 10, 11):
        book(visitor, day, hour)
    refused, taken = visitor.book(kit.at(day, 12)), visitor.book(kit.at(day, 9), email="dora@customer.example")
    assert refused.status == taken.status == 409 and refused.json() == taken.json()
    book(visitor, day, 12, email="dora@customer.example")


def test_then_the_host_has_a_word(make, server):
    practice, hourgate, visitor, day = office(make, server, approve=True)
    booking = book(visitor, day)
    refused = hourgate.run("booking", "approve", "acme", booking)
    assert refused.returncode == 1 and "its customer has not confirmed it" in refused.stderr
    link = link_in(server)
    assert visitor.form(link, action="confirm").status == 303
    assert "Your request has arrived" in visitor.get(link).text and practice.bookings(ANNA) == []
    told(server, CARLA, "Please confirm", "Requested, not yet confirmed")
    told(server, ANNA, "Request")
    hourgate.command("booking", "approve", "acme", booking)
    told(server, CARLA, "Please confirm", "Requested, not yet confirmed", "Confirmed")
    assert len(practice.bookings(ANNA)) == 1


def test_the_time_may_be_gone_by_then(make, server):
    practice, hourgate, visitor, day = office(make, server)
    book(visitor, day)
    link = link_in(server)
    practice.add(ANNA, kit.event("Marked subject", kit.at(day, 10), 60))
    busy = visitor.form(link, action="confirm")
    practice.stop()
    silent = visitor.form(link, action="confirm")
    assert busy.status == silent.status == 409 and "no longer available" in busy.text
    assert busy.text == silent.text and "Marked" not in busy.text
    assert state(hourgate)[0] == "unverified"


def test_without_a_mail_server_no_page_asks_for_it(make):
    _, hourgate = make.office(kit.person(ANNA, []))
    refused = hourgate.run("page", "put", "acme", "asks", "--host", ANNA, "--title", "A", "--duration", "30",
                           "--confirm-by-mail", "30")
    assert refused.returncode == 1 and "no mail server" in refused.stderr


@pytest.mark.long
@pytest.mark.skipif(not kit.FAULTS.exists(), reason="needs build/faults")
@pytest.mark.parametrize("step", ("book_before_create", "book_after_create", "book_after_confirm"))
def test_killed_while_it_is_confirmed(make, server, step):
    practice, hourgate, visitor, day = office(make, server, build=kit.FAULTS, env={"HOURGATE_FAULT": step},
                                              settings={"upstream.timeout": 2})
    book(visitor, day)
    link = link_in(server)
    with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
        visitor.form(link, action="confirm")
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("nothing is in flight", lambda: state(hourgate)[0] in ("confirmed", "unverified"), 60)
    assert len(practice.bookings(ANNA)) == (state(hourgate)[0] == "confirmed") == (step != "book_before_create")
    assert hourgate.visitor().form(link, action="confirm").status == 303
    assert len(practice.bookings(ANNA)) == 1 and state(hourgate)[0] == "confirmed"
    told(server, CARLA, "Please confirm", "Confirmed")
