# SPDX-License-Identifier: ISC
"""What hourgate writes is a usual appointment to programs that are not ours: DavMail shows it, moves with it, and what
DavMail writes takes its time from the page."""
import datetime
import re
import xml.etree.ElementTree as ET

import pytest

import kit
from counterpart import davmail, programs

ANNA = "anna@practice.example"
HOME = f"/users/{ANNA}/calendar/"
QUERY = """<?xml version="1.0"?><c:calendar-query xmlns:d="DAV:"
 xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter>
<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{:%Y%m%dT000000Z}"
 end="{:%Y%m%dT000000Z}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"""
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//practice//test//EN
BEGIN:VEVENT
UID:from-davmail-9
DTSTAMP:20270101T000000Z
DTSTART:{:%Y%m%dT%H%M%SZ}
DTEND:{:%Y%m%dT%H%M%SZ}
SUMMARY:Written by DavMail
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""


class Phone:
    """Anna's other calendar program, through DavMail."""

    def __init__(self, gateway, day):
        self.gateway, self.day = gateway, day

    def ask(self, method, path, body="", **fields):
        return self.gateway.ask(method, path, body, "PRACTICE\\anna", kit.PASSWORD, **fields)

    def events(self):
        """Return {href: (summary, start)} around the day, starts as instants."""
        status, _, text = self.ask("REPORT", HOME, QUERY.format(
            self.day - datetime.timedelta(1), self.day + datetime.timedelta(2)))
        assert status == 207, text
        found = {}
        for one in ET.fromstring(text).iter("{DAV:}response"):
            data = one.findtext(".//{urn:ietf:params:xml:ns:caldav}calendar-data") or ""
            event = data.partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0]
            if event:
                found[one.findtext("{DAV:}href")] = (field(event, "SUMMARY")[1], start_of(event))
        return found


def field(event, name):
    """Return (parameters, value) of a field of an event."""
    return re.search(rf"^{name}(;[^:\r\n]*)?:([^\r\n]*)", event, re.M).groups()


def start_of(event):
    parameters, value = field(event, "DTSTART")
    moment = datetime.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
    if value.endswith("Z"):
        return moment.replace(tzinfo=datetime.timezone.utc)
    zone = re.search(r"TZID=\"?([^;\"]*)", parameters or "").group(1)
    known = kit.ZONE if zone not in kit.zoneinfo.available_timezones() else zone  # a Windows name: the mailbox's
    return moment.replace(tzinfo=kit.zoneinfo.ZoneInfo(known))


@pytest.fixture(name="office")
def fixture_office(make, authority):
    programs.need(*davmail.NEEDED)
    practice, hourgate = make.office()
    with davmail.DavMail(practice, authority.certificate) as gateway:
        yield practice, hourgate, gateway


def test_davmail_and_hourgate_share_a_calendar(office):
    practice, hourgate, gateway = office
    visitor, day = hourgate.visitor(), kit.day_after(3)
    phone = Phone(gateway, day)
    booked = visitor.book(kit.at(day, 10))
    link = kit.path_of(booked.json()["manage_url"])
    (summary, start), = phone.events().values()
    assert start == kit.at(day, 10) and "Carla Customer" in summary
    assert kit.move(visitor, link, kit.at(day, 11)).status < 400
    assert [start for _, start in phone.events().values()] == [kit.at(day, 11)]

    begin = kit.at(day, 14).astimezone(datetime.timezone.utc)
    status, _, text = phone.ask("PUT", HOME + "from-davmail-9.ics", EVENT.format(
        begin, begin + datetime.timedelta(minutes=45)).replace("\n", "\r\n"), Content_Type="text/calendar")
    assert status == 201, text
    free = visitor.starts(day=day)
    assert not {kit.at(day, 14), kit.at(day, 14, 30)} & set(free) and kit.at(day, 15) in free

    assert kit.cancel(visitor, link).status < 400
    assert [summary for summary, _ in phone.events().values()] == ["Written by DavMail"]
    href, = phone.events()
    assert phone.ask("DELETE", href)[0] in (200, 204)
    assert kit.at(day, 14) in visitor.starts(day=day)


def test_a_booking_deleted_in_davmail_frees_its_time_and_can_be_cancelled(office):
    practice, hourgate, gateway = office
    visitor, day = hourgate.visitor(), kit.day_after(4)
    phone = Phone(gateway, day)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    href, = phone.events()
    assert phone.ask("DELETE", href)[0] in (200, 204)
    assert practice.bookings(ANNA) == []
    assert kit.cancel(visitor, link).status < 400  # gone already is done
    assert kit.at(day, 10) in visitor.starts(day=day)
