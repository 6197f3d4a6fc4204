# SPDX-License-Identifier: ISC
"""DavMail works before the practice Exchange: somebody else's client reads and writes a mailbox."""
import datetime
import re
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

import kit
from counterpart import davmail, programs
from counterpart.conftest import ANNA

HOME = f"/users/{ANNA['address']}/calendar/"
DAV, CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
DAY = kit.day_after(7)
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//practice//test//EN
BEGIN:VEVENT
UID:from-davmail-1
DTSTAMP:20270101T000000Z
DTSTART:{start:%Y%m%dT%H%M%SZ}
DTEND:{end:%Y%m%dT%H%M%SZ}
SUMMARY:Written by DavMail
LOCATION:Seehof
END:VEVENT
END:VCALENDAR
"""
QUERY = """<?xml version="1.0"?><c:calendar-query xmlns:d="DAV:"
 xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter>
<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{:%Y%m%dT000000Z}"
 end="{:%Y%m%dT000000Z}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"""


@pytest.fixture(scope="module")
def gateway(exchange, authority):
    programs.need(*davmail.NEEDED)
    with davmail.DavMail(exchange, authority.certificate) as running:
        yield running


def ask(gateway, method, path, body="", password=kit.PASSWORD, **fields):
    return gateway.ask(method, path, body, ANNA["user"], password, **fields)


def seen(gateway):
    """Return {href: calendar object} of the days around DAY, as DavMail shows them."""
    status, _, text = ask(gateway, "REPORT", HOME, QUERY.format(
        DAY - datetime.timedelta(1), DAY + datetime.timedelta(14)))
    assert status == 207, text
    return {one.findtext(DAV + "href"): one.findtext(f".//{CAL}calendar-data") or ""
            for one in ET.fromstring(text).iter(DAV + "response")}


def test_it_knows_the_calendar_and_who_somebody_is(gateway, journal):
    status, _, text = ask(gateway, "PROPFIND", HOME, '<?xml version="1.0"?><d:propfind '
                          'xmlns:d="DAV:"><d:prop><d:resourcetype/></d:prop></d:propfind>', Depth="0")
    assert status == 207 and "<C:calendar/>" in text
    assert {"GetFolder", "ConvertId"} <= {entry["operation"] for entry in journal()}
    assert f"email is {ANNA['address']}" in gateway.log()
    assert ask(gateway, "PROPFIND", HOME, password="wrong")[0] in (401, 403, 500, 503)


def test_what_somebody_put_into_exchange_is_seen(gateway, exchange):
    made = exchange.api("POST", f"/api/mailbox/{ANNA['address']}/events", kit.event(
        "Series", kit.at(DAY, 9), recurrence={"kind": "Daily", "count": 3}, location="Room 3"))
    found = [text for text in seen(gateway).values() if ":Series" in text]
    assert len(found) == 1 and "FREQ=DAILY" in found[0] and "Room 3" in found[0]
    exchange.api("DELETE", f"/api/mailbox/{ANNA['address']}/events/"
                 + urllib.parse.quote(made["Id"], safe=""))


def test_what_davmail_writes_is_in_exchange(gateway, exchange):
    start = kit.at(DAY, 14).astimezone(datetime.timezone.utc)
    status, _, text = ask(gateway, "PUT", HOME + "from-davmail-1.ics", EVENT.format(
        start=start, end=start + datetime.timedelta(minutes=45)).replace("\n", "\r\n"),
        Content_Type="text/calendar")
    assert status == 201, text + gateway.log()[-3000:]
    items = [item for item in exchange.api("GET", f"/api/mailbox/{ANNA['address']}")["items"]
             if item["Subject"] == "Written by DavMail"]
    assert [(item["Start"], item["Location"]) for item in items] == [(kit.utc(start), "Seehof")]
    href = next(href for href, text in seen(gateway).items() if "Written by DavMail" in text)
    later = kit.at(DAY, 15)  # DavMail changes an event by its wall clock: a client's change names the zone
    changed = re.sub(r"(DTSTART|DTEND):(.*)Z}", r"\1;TZID=W. Europe Standard Time:\2}", EVENT)
    status, _, text = ask(gateway, "PUT", href, changed.format(
        start=later, end=later + datetime.timedelta(minutes=30)).replace("Seehof", "Bergblick").replace("\n", "\r\n"),
        Content_Type="text/calendar")
    assert status in (200, 201, 204), text + gateway.log()[-3000:]
    items = [item for item in exchange.api("GET", f"/api/mailbox/{ANNA['address']}")["items"]
             if item["Subject"] == "Written by DavMail" and item["Folder"] == "calendar"]
    assert [(item["Start"], item["Location"]) for item in items] == [(kit.utc(later), "Bergblick")]
    href = next(href for href, text in seen(gateway).items() if "Written by DavMail" in text)
    assert ask(gateway, "DELETE", href)[0] in (200, 204)
    assert not any(item["Subject"] == "Written by DavMail" for item in
                   exchange.api("GET", f"/api/mailbox/{ANNA['address']}")["items"]
                   if item["Folder"] == "calendar")
