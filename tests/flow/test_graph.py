# SPDX-License-Identifier: ISC
"""A host whose mailbox is in Microsoft 365, let in by the organisation: an application with a certificate, and no password."""
import re

import cloud
import kit
import pytest

SUBJECT = "Planted-Subject-9f"


@pytest.fixture(name="application")
def fixture_application(make):
    return cloud.Application(make.folder)


def test_a_page_shows_what_is_free_and_a_booking_stands_in_the_calendar(make, application):
    day = kit.day_after(3)
    practice, hourgate = cloud.office(make, application, kit.person(
        cloud.ANNA, [kit.event(SUBJECT, kit.at(day, 9), 60)]))
    visitor = hourgate.visitor()
    starts = visitor.starts(day=day)
    assert kit.at(day, 9) not in starts and kit.at(day, 9, 30) not in starts and kit.at(day, 10) in starts
    answer = visitor.book(kit.at(day, 10))
    assert answer.status == 201, answer.text
    booked, = practice.bookings(cloud.ANNA)
    assert kit.instant(booked["Start"]) == kit.at(day, 10)
    assert booked["ExtendedProperties"][0]["name"] == "hourgate-booking"
    assert kit.at(day, 10) not in visitor.starts(day=day)
    row, = kit.rows(hourgate.listed("booking", "list", "acme"))
    hourgate.command("booking", "cancel", "acme", row["id"], "--yes")
    kit.wait_until("the event is removed", lambda: not practice.bookings(cloud.ANNA))
    assert SUBJECT not in hourgate.log()


def test_a_meeting_stays_where_a_booking_is_moved(make, application):
    day = kit.day_after(3)
    practice, hourgate = cloud.office(make, application, online_meeting=True)
    visitor = hourgate.visitor()
    own = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    link, = set(re.findall(r"https://teams\.practice\.example/l/meetup-join/\w+", visitor.get(own).text))
    assert kit.move(visitor, own, kit.at(day, 14)).status == 303
    booked, = practice.bookings(cloud.ANNA)
    assert kit.instant(booked["Start"]) == kit.at(day, 14)
    assert f'href="{link}"' in visitor.get(own).text
    assert f"LOCATION:{link}" in visitor.get(own + ".ics").text.replace("\r\n ", "")


def test_the_connection_says_what_it_is(make, application):
    practice, hourgate = cloud.office(make, application)
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert (row["kind"], row["method"], row["state"]) == ("graph", "assertion", "ok")
    layers = {layer["layer"]: layer for layer in kit.rows(hourgate.listed("connection", "check", "acme", row["id"]))}
    assert all(layer["state"] == "ok" for layer in layers.values()), layers
    assert layers["sign-in"]["detail"] == "as an application"
    assert "PRIVATE KEY" not in hourgate.log()
    tokens = [entry for entry in practice.journal() if entry["operation"] == "Token"]
    assert tokens and all(entry["status"] == 200 for entry in tokens)


def test_another_certificate_is_refused_and_said_so(make, application):
    practice = make.practice(kit.person(cloud.ANNA), **application.world())
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", cloud.ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    other = cloud.Application(make.folder, "stranger")
    done = hourgate.run("connection", "add", "acme", cloud.ANNA, *cloud.words(practice, other))
    assert done.returncode and "upload the certificate" in done.stdout + done.stderr
    assert kit.rows(hourgate.listed("connection", "list", "acme")) == []


def test_many_hosts_go_through_one_application(make, application):
    day = kit.day_after(3)
    practice = make.practice(
        kit.person(cloud.ANNA, [kit.event(SUBJECT, kit.at(day, 9), 60)]),
        kit.person(cloud.BEA, [kit.event(SUBJECT, kit.at(day, 11), 60)]), **application.world())
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("connection", "add", "acme", "--service", "--mailbox", cloud.ANNA,
                     *cloud.words(practice, application))
    service, = kit.rows(hourgate.listed("connection", "list", "acme"))
    for name, address in (("anna", cloud.ANNA), ("bea", cloud.BEA)):
        hourgate.command("user", "add", "acme", address, "--name", name.title(), "--zone", kit.ZONE)
        hourgate.command("connection", "add", "acme", address, "--through", service["id"], "--mailbox", address)
        hourgate.page(name, address=address)
    visitor = hourgate.visitor()
    assert kit.at(day, 9) not in visitor.starts("acme/anna", day=day)
    assert kit.at(day, 9) in visitor.starts("acme/bea", day=day)
    assert kit.at(day, 11) not in visitor.starts("acme/bea", day=day)
    assert visitor.book(kit.at(day, 14), page="acme/bea").status == 201
    assert len(practice.bookings(cloud.BEA)) == 1 and not practice.bookings(cloud.ANNA)


def test_an_application_that_is_limited_to_others_is_refused(make, application):
    practice = make.practice(kit.person(cloud.ANNA), kit.person(cloud.BEA), **application.world(allowed=[cloud.BEA]))
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", cloud.ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    done = hourgate.run("connection", "add", "acme", cloud.ANNA, *cloud.words(practice, application))
    assert done.returncode and "where access is limited" in done.stdout + done.stderr


def test_what_the_host_does_to_the_event_is_followed(make, application):
    """No notifications without a public address: the calendar is asked for what changed."""
    day = kit.day_after(3)
    practice, hourgate = cloud.office(make, application, settings={"upstream.poll": 1})
    visitor = hourgate.visitor()
    assert visitor.book(kit.at(day, 10)).status == 201
    booked, = practice.bookings(cloud.ANNA)
    kit.wait_until("the calendar was asked once", lambda: practice.asked("Delta"))
    practice.remove(cloud.ANNA, booked)
    kit.wait_until("the booking is cancelled as its event is", lambda: hourgate.bookings()[0]["state"] == "cancelled",
                   seconds=30)
