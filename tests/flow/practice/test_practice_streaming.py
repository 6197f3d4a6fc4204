# SPDX-License-Identifier: ISC
"""Streaming notifications of the practice Exchange, read by a client that somebody else wrote, and refused where real
servers refuse."""

import re
import time

import pytest
import rawews as ews
from rawews import ANNA, BEA, SERVICE, SUBSCRIBE

exchangelib = pytest.importorskip("exchangelib")
from exchangelib import BASIC, DELEGATE, Account, CalendarItem, Configuration, Credentials  # noqa: E402
from exchangelib.properties import CreatedEvent, ModifiedEvent, MovedEvent  # noqa: E402
from test_practice_exchangelib import at  # noqa: E402


@pytest.fixture(name="quick")
def fixture_quick(start):
    """A server that is in a hurry: half a second between signs of life, three seconds a minute."""
    return start({"mailboxes": [ANNA, BEA], "accounts": [SERVICE], "impersonators": [SERVICE["address"]],
                  "heartbeat": 0.5, "minute_seconds": 3, "max_streams": 2, "max_subscriptions": 3,
                  "subscription_seconds": 1800, "back_ends": 2})


def subscribe(server, **more):
    """Return a new subscription and the cookie that leads to it."""
    _, headers, answer = server.ask(SUBSCRIBE, **{"X-PreferServerAffinity": "true", **more})
    cookie = headers["Set-Cookie"].partition(";")[0]
    return re.search(rb"<m:SubscriptionId>(.*?)<", answer)[1].decode(), cookie


def documents(body):
    return re.findall(rb"<s:Envelope.*?</s:Envelope>", body, re.DOTALL)


def test_exchangelib_is_told(start, monkeypatch):
    server = start({"mailboxes": [ANNA], "heartbeat": 0.5, "minute_seconds": 2})
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca)
    configuration = Configuration(service_endpoint=server.ews, auth_type=BASIC, credentials=Credentials(
        ANNA["address"], ANNA["password"]))
    mine = Account(ANNA["address"], config=configuration, autodiscover=False,
                   access_type=DELEGATE)
    with mine.calendar.streaming_subscription() as name:
        item = CalendarItem(folder=mine.calendar, subject="A PLANTED word", start=at(1, 9), end=at(1, 10)).save()
        item.start = at(1, 9, 30)
        item.save(update_fields=["start"])
        item.move_to_trash()
        found = [event for notification in mine.calendar.get_streaming_events(name, connection_timeout=1)
                 for event in notification.events]
    kinds = {type(event) for event in found}
    assert {CreatedEvent, ModifiedEvent, MovedEvent} <= kinds, found


def test_a_stream_lives_and_ends(quick):
    name, cookie = subscribe(quick)
    quick.control("POST", f"api/mailbox/{ANNA['address']}/events", {"subject": "PLANTED", "start": "+3 09:00"})
    begun = time.monotonic()
    status, headers, body = quick.ask(ews.stream(name), Cookie=cookie)
    assert status == 200 and headers["X-NoBuffering"] == "1" and 2.5 < time.monotonic() - begun < 8
    said = documents(body)
    assert b"<m:ConnectionStatus>OK<" in said[0] and b"<m:ConnectionStatus>Closed<" in said[-1]
    assert sum(b"CreatedEvent" in one for one in said) == 1, "what came before the stream is told by it, once"
    assert len(said) >= 6 and b"<?xml" not in body and b"PLANTED" not in body


def test_without_the_cookie_chance_decides(quick):
    name, cookie = subscribe(quick)
    answers = {quick.codes(f"<m:Unsubscribe><m:SubscriptionId>{name}x</m:SubscriptionId></m:Unsubscribe>",
                           Cookie=cookie)[0] for _ in range(2)}
    assert answers == {"ErrorSubscriptionNotFound"}
    lost = [ews.codes(ews.ET.fromstring(documents(quick.ask(ews.stream(name))[2])[0])) == ["ErrorSubscriptionNotFound"]
            for _ in range(2)]
    assert sorted(lost) == [False, True]


def test_limits(quick):
    for _ in range(3):
        name, cookie = subscribe(quick)
    assert quick.codes(SUBSCRIBE) == ["ErrorExceededSubscriptionCount"]
    for who in (BEA, SERVICE):
        _, _, body = quick.ask(ews.stream(name), who=who, Cookie=cookie)
        assert b"ErrorSubscriptionNotFound" in body, "somebody else's"
    assert quick.codes(ews.stream(name, minutes=31)) == ["fault:ErrorSchemaValidation"]
    assert quick.codes(SUBSCRIBE.replace("<t:FolderIds>", "").replace("</t:FolderIds>", "")) == [
        "fault:ErrorSchemaValidation"]
    quick.control("POST", "api/clock", {"skew": 1801})
    _, _, body = quick.ask(ews.stream(name), Cookie=cookie)
    quick.control("POST", "api/clock", {"skew": 0})
    assert b"ErrorSubscriptionNotFound" in body, "half an hour without a stream ends it"


def test_delegates_are_not_told(shared):
    other = SUBSCRIBE.replace('Id="calendar"/>', f'Id="calendar"><t:Mailbox><t:EmailAddress>{ANNA["address"]}'
                              "</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>")
    assert shared.codes(other, who=BEA) == ["ErrorSubscriptionDelegateAccessNotSupported"]
