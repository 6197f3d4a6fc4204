# SPDX-License-Identifier: ISC
"""The practice Exchange misbehaves as told: each mode does what its name says, as often as told."""

import http.client
import time
import urllib.error
import xml.etree.ElementTree as ET

import pytest
import rawews as ews
from rawews import ANNA, BEA, T, codes

WINDOW = ("2027-03-01T00:00:00", "2027-03-02T00:00:00")
BUSY = ews.availability([ANNA["address"]], *WINDOW)
MAKE = ews.create("<t:Subject>Booked</t:Subject>"
                  + ews.times("2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z"))


def titles(practice):
    return [item["Subject"] for item in practice.mailbox()["items"]]


@pytest.mark.parametrize("rule, status, content", [
    ({"mode": "http_503"}, 503, b""), ({"mode": "http_403"}, 403, b"Forbidden"),
    ({"mode": "http_500"}, 500, b"Runtime"), ({"mode": "http_401_bare"}, 401, b""),
    ({"mode": "html_200"}, 200, b"<!DOCTYPE html>"), ({"mode": "html_440"}, 440, b"<html>"),
    ({"mode": "empty_body"}, 200, b""), ({"mode": "not_xml"}, 200, b"<<<<"),
    ({"mode": "entity_bomb"}, 200, b"<!ENTITY a9"),
    ({"mode": "external_entity"}, 200, b"SYSTEM"),
    ({"mode": "deep", "depth": 50}, 200, b"<a>" * 50), ({"mode": "redirect"}, 302, b""),
    ({"mode": "huge", "mib": 1}, 200, b"  "),
    ({"mode": "huge", "mib": 1, "filler": "events"}, 200, b"<t:CalendarEvent>"),
    ({"mode": "fault_busy", "milliseconds": 25}, 500, b'"BackOffMilliseconds">25<'),
    ({"mode": "fault", "code": "ErrorInternalServerError"}, 500, b"ErrorInternalServerError"),
])
def test_answers_that_are_none(practice, rule, status, content):
    practice.misbehave(operation="CreateItem", count=1, **rule)
    answer = practice.ask(MAKE)
    assert answer[0] == status and content in answer[2]
    assert titles(practice) == []
    assert practice.codes(MAKE) == ["NoError"]
    assert [entry["misbehaved"] for entry in practice.journal()[-2:]] == [rule["mode"], None]


def test_header_fields_of_bad_days(practice):
    practice.misbehave(mode="http_503", retry_after=7, count=1)
    assert practice.ask(BUSY)[1]["Retry-After"] == "7"
    practice.misbehave(mode="redirect", location="https://else.example/", count=1)
    assert practice.ask(BUSY)[1]["Location"] == "https://else.example/"
    practice.misbehave(mode="wrong_content_type", count=1)
    assert practice.ask(BUSY)[1]["Content-Type"] == "text/html"
    practice.misbehave(mode="http_401_bare", count=1)
    assert practice.ask(BUSY)[1]["WWW-Authenticate"] is None


@pytest.mark.parametrize("rule, code", [
    ({"mode": "item_busy"}, "ErrorServerBusy"), ({"mode": "deny"}, "ErrorAccessDenied"),
    ({"mode": "error", "code": "ErrorMailboxMoveInProgress"}, "ErrorMailboxMoveInProgress")])
def test_errors_inside_200(practice, rule, code):
    for body in (BUSY, MAKE, ews.find("")):
        practice.misbehave(count=1, **rule)
        status, _, answer = practice.ask(body)
        assert (status, codes(ET.fromstring(answer))) == (200, [code])
    assert titles(practice) == []


def test_lost_requests_and_lost_answers(practice):
    for mode, there in (("drop_before", []), ("drop_after", ["Booked"])):
        practice.misbehave(mode=mode, operation="CreateItem", count=1)
        with pytest.raises(http.client.RemoteDisconnected):
            practice.ask(MAKE)
        assert titles(practice) == there
    practice.misbehave(mode="http_503", operation="CreateItem", count=1, process=True)
    assert practice.ask(MAKE)[0] == 503
    assert titles(practice) == ["Booked"] * 2


def test_truncated(practice):
    practice.misbehave(mode="truncated", count=1)
    with pytest.raises(http.client.IncompleteRead):
        practice.ask(BUSY)


@pytest.mark.parametrize("mode", ["slow", "slow_after"])
def test_slow(practice, mode):
    practice.misbehave(mode=mode, seconds=0.2, count=1)
    begun = time.monotonic()
    practice.ask(BUSY)
    assert 0.2 <= time.monotonic() - begun < 2


def test_no_data_for_one_mailbox(practice):
    body = ews.availability([ANNA["address"], BEA["address"]], *WINDOW)
    practice.misbehave(mode="no_data", mailbox=BEA["address"], count=1)
    assert practice.codes(body) == ["NoError", "ErrorFreeBusyGenerationFailed"]
    practice.misbehave(mode="no_data", mailbox=BEA["address"], count=1, view="NoData")
    root = practice.tell(body)
    assert [element.text for element in root.iter(T + "MergedFreeBusy")] == ["0" * 48, "4" * 48]


def test_a_rule_is_about_its_mailbox_and_its_operation(practice):
    practice.misbehave(mode="http_503", mailbox=BEA["address"], operation="FindItem")
    assert practice.ask(ews.find(""))[0] == 200
    assert practice.ask(ews.find(""), who=BEA)[0] == 503
    assert practice.ask(ews.find(""), who=BEA)[0] == 503
    assert practice.ask(BUSY, who=BEA)[0] == 200
    practice.control("DELETE", "api/misbehave")
    practice.misbehave(mode="http_503", skip=1, count=1)
    assert [practice.ask(BUSY)[0] for _ in range(3)] == [200, 503, 200]


def test_before_sign_in(practice):
    practice.misbehave(mode="html_200", before_sign_in=True, count=1)
    assert practice.ask(BUSY, who={**ANNA, "password": "wrong"})[0] == 200
    assert practice.ask(BUSY, who={**ANNA, "password": "wrong"})[0] == 401


def test_odd_shapes_say_the_same(practice):
    item = ews.id_of(practice.tell(MAKE))
    practice.misbehave(mode="odd_shapes")
    _, _, body = practice.ask(BUSY)
    root = ET.fromstring(body)
    event = next(root.iter(T + "CalendarEvent"))
    # The same instant, written as it would be an hour east of the zone asked for.
    assert event.find(T + "StartTime").text == "2027-03-01T10:00:00.0000000+0100"
    assert event[0].tag == T + "FromTheFuture"
    assert b"ns0:" in body and b"<s:" not in body
    root = practice.tell(ews.get(item))
    starts = [element.text for element in root.iter(T + "Start")]
    assert "2027-03-01T09:00:00.0000000Z" in starts
    assert len(list(root.iter(T + "Subject"))) == 2
    assert codes(root) == ["NoError"]


def test_reading_back_something_else(practice):
    named = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="uid" ' \
            'PropertyType="String"/>'
    item = ews.id_of(practice.tell(ews.create(
        f"<t:ExtendedProperty>{named}<t:Value>1</t:Value></t:ExtendedProperty>"
        + ews.times("2027-03-01T09:00:00Z", "2027-03-01T10:00:00Z"))))
    practice.misbehave(mode="read_back_wrong", operation="GetItem", count=1)
    root = practice.tell(ews.get(item, named))
    assert next(root.iter(T + "Start")).text == "2027-03-01T10:00:00Z"
    practice.misbehave(mode="drop_named_property", operation="GetItem", count=1)
    assert next(practice.tell(ews.get(item, named)).iter(T + "Value"), None) is None
    assert next(practice.tell(ews.get(item, named)).iter(T + "Value")).text == "1"


def test_rules_that_nobody_can_follow(practice):
    for rule in ({"mode": "dance"}, {"mode": "fault"}, {"mode": "slow", "second": 1}):
        with pytest.raises(urllib.error.HTTPError):
            practice.misbehave(**rule)
    assert practice.control("GET", "api/misbehave") == []


def test_more_requests_at_a_time_than_allowed(start):
    practice = start({"mailboxes": [ANNA], "max_concurrency": 2})
    practice.misbehave(mode="slow", seconds=0.5)
    lines = [practice.connect() for _ in range(3)]
    secret = {"Content-Type": "text/xml", "Authorization": "Basic "
              "YW5uYUBwcmFjdGljZS5leGFtcGxlOmNvcnJlY3QgaG9yc2U="}
    for line in lines:
        line.request("POST", "/EWS/Exchange.asmx",
                     ews.ENVELOPE.format(header="", body=BUSY).encode(), secret)
    found = sorted(codes(ET.fromstring(line.getresponse().read()))[0] for line in lines)
    assert found == ["NoError", "NoError", "fault:ErrorExceededConnectionCount"]
    assert practice.mailbox()["peak_in_flight"] == 2
    for line in lines:
        line.close()
    practice.stop()


def test_ways_to_send_a_right_answer(practice):
    whole = practice.ask(BUSY)[2]
    for rule, field in (({"mode": "with_length"}, "Content-Length"),
                        ({"mode": "odd_chunks"}, "Transfer-Encoding"),
                        ({"mode": "trickle"}, "Transfer-Encoding"),
                        ({"mode": "trickle", "piece": 7}, "Transfer-Encoding"),
                        ({"mode": "pause", "seconds": 0.2}, "Transfer-Encoding")):
        practice.misbehave(**rule, count=1)
        begun = time.monotonic()
        status, headers, body = practice.ask(BUSY)
        assert (status, body) == (200, whole) and field in headers
        assert time.monotonic() - begun >= (0.2 if rule["mode"] == "pause" else 0)


def test_signed_out_in_the_middle(practice):
    """NTLM's connection is signed in, then refused once, and must sign in anew."""
    requests_ntlm = pytest.importorskip("requests_ntlm")
    import requests
    with requests.Session() as session:
        session.auth = requests_ntlm.HttpNtlmAuth("PRACTICE\\anna", ANNA["password"])
        session.verify, session.headers["Content-Type"] = practice.ca, "text/xml"
        body = ews.ENVELOPE.format(header="", body=BUSY)
        assert session.post(practice.ews, body, timeout=10).status_code == 200
        practice.misbehave(mode="sign_out", count=1)
        assert session.post(practice.ews, body, timeout=10).status_code == 200
    statuses = [entry["status"] for entry in practice.journal()]
    assert statuses[-4:] == [401, 401, 401, 200] or statuses[-3:] == [401, 401, 200], statuses
    assert [entry["misbehaved"] for entry in practice.journal()].count("sign_out") == 1
