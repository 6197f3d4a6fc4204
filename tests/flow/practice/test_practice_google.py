# SPDX-License-Identifier: ISC
"""The practice Google with a client that is not ours: Google's own library for Node. It reads what hourgate writes, and
moves it."""
import json
import os
import subprocess

import driver
import kit
import pytest

ANNA, BEA = "anna@practice.example", "bea@practice.example"
MODULES = kit.ROOT / "build/npm/node_modules"
SCRIPT = kit.ROOT / "tests/flow/practice/google.mjs"


class Library:
    """Google's client library, signed in as somebody."""

    def __init__(self, practice, address, scopes=("",)):
        self.process = subprocess.Popen(
            ["node", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "ROOT": practice.google.removesuffix("calendar/v3"),
                 "TOKEN": practice.access_token(address, scopes), "NODE_MODULES": str(MODULES),
                 "NODE_EXTRA_CA_CERTS": str(practice.trusted)})

    def say(self, name, headers=None, **given):
        """Call something; return (HTTP status, its answer)."""
        self.process.stdin.write(json.dumps({"call": name, "with": given, "headers": headers}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["status"], answer["data"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture(name="library")
def fixture_library():
    if not (MODULES / "@googleapis/calendar").is_dir():
        pytest.skip("Google's library for Node is not there: tools/setup test")
    made = []

    def start(practice, address=ANNA, **more):
        made.append(Library(practice, address, **more))
        return made[-1]
    yield start
    for one in made:
        one.stop()


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def google(make, *events, **options):
    return make.practice(kit.person(ANNA, events, calendars=["Projects"]), kit.person(BEA, events),
                         program=kit.PracticeGoogle, google=options)


def times(day, hour):
    return {name: {"dateTime": kit.utc(kit.at(day, at)), "timeZone": kit.ZONE}
            for name, at in (("start", hour), ("end", hour + 1))}


def test_a_life_of_an_event(make, library, day):
    client = library(google(make))
    status, made = client.say("events.insert", calendarId="primary", sendUpdates="none",
                              requestBody={"summary": "Lunch & <b>more</b>", "description": "one<br>two", **times(day, 12)})
    assert status == 200 and made["summary"] == "Lunch & <b>more</b>" and made["status"] == "confirmed"
    where = {"calendarId": "primary", "eventId": made["id"]}
    status, changed = client.say("events.patch", requestBody={"location": "Room 1"}, **where,
                                 headers={"If-Match": made["etag"]})
    assert (status, changed["location"], changed["summary"]) == (200, "Room 1", made["summary"])
    assert client.say("events.patch", requestBody={"location": "Room 2"}, **where,
                      headers={"If-Match": made["etag"]})[0] == 412
    assert client.say("events.delete", **where)[0] == 204
    assert client.say("events.delete", **where)[0] == 410
    assert client.say("events.get", **where)[1]["status"] == "cancelled"
    body = {"id": made["id"], **times(day, 12)}
    assert client.say("events.insert", calendarId="primary", requestBody=body)[0] == 409


def test_pages_and_sync_tokens(make, library, day):
    practice = google(make, *[kit.event(f"E{n}", kit.at(day, 8 + n)) for n in range(5)])
    client, found, page = library(practice), [], {}
    while True:
        status, answer = client.say("events.list", calendarId="primary", maxResults=2, **page)
        assert status == 200
        found += [event["summary"] for event in answer["items"]]
        if "nextPageToken" not in answer:
            break
        page = {"pageToken": answer["nextPageToken"]}
    assert found == [f"E{n}" for n in range(5)]
    practice.add(ANNA, kit.event("later", kit.at(day, 15)))
    status, answer = client.say("events.list", calendarId="primary", syncToken=answer["nextSyncToken"])
    assert status == 200 and [event["summary"] for event in answer["items"]] == ["later"]
    assert client.say("events.list", calendarId="primary", syncToken="bm9uZQ==")[0] == 410
    assert client.say("events.list", calendarId="primary", syncToken=answer["nextSyncToken"],
                      timeMin=kit.utc(kit.at(day, 0)))[0] == 400


def test_calendars_rights_and_free_busy(make, library, day):
    client = library(google(make, kit.event("A", kit.at(day, 9))))
    status, answer = client.say("calendarList.list")
    assert status == 200 and [row["accessRole"] for row in answer["items"]] == ["owner", "owner"]
    window = {"timeMin": kit.utc(kit.at(day, 0)), "timeMax": kit.utc(kit.at(day, 23))}
    status, answer = client.say("freebusy.query", requestBody={**window, "items": [{"id": BEA}, {"id": "x@y.example"}]})
    assert status == 200 and len(answer["calendars"][BEA]["busy"]) == 1
    assert answer["calendars"]["x@y.example"]["errors"][0]["reason"] == "notFound"
    far = {**window, "timeMax": kit.utc(kit.at(day + kit.datetime.timedelta(days=100), 0))}
    assert client.say("freebusy.query", requestBody={**far, "items": [{"id": BEA}]})[0] == 400
    status, answer = client.say("events.list", calendarId=BEA, singleEvents=True, **window)
    assert status == 200 and "summary" not in answer["items"][0]  # free/busy is all that she shows
    assert client.say("events.insert", calendarId=BEA, requestBody=times(day, 12))[0] == 403


def test_what_was_not_granted_is_refused(make, library, day):
    client = library(google(make), scopes=[".freebusy"])
    status, answer = client.say("events.list", calendarId="primary")
    assert status == 403 and answer["error"]["errors"][0]["reason"] == "insufficientPermissions"


@pytest.mark.parametrize("given,status", [
    ({"timeMin": "2026-11-22T00:00:00"}, 400), ({"maxResults": 2501}, 400), ({"orderBy": "startTime"}, 400),
    ({"pageToken": "wrong"}, 400), ({"fields": "items(id,nonsense)"}, 400), ({"calendarId": "nobody@x.example"}, 404)])
def test_what_makes_no_sense_is_refused(make, library, given, status):
    client = library(google(make))
    assert client.say("events.list", **{"calendarId": "primary", **given})[0] == status


def test_it_sees_and_moves_what_hourgate_wrote(make, library, couriers, day):
    practice = google(make)
    connection = couriers(roots=practice.trusted).connect({
        "kind": 2, "host": "localhost", "port": practice.port, "path": "/calendar/v3", "method": 4, "user": ANNA,
        "mailbox": ANNA, "password": practice.access_token(ANNA)})
    connection.create("booking-1", kit.at(day, 9), kit.at(day, 10), title="Introduction", body="by <hourgate>")
    client = library(practice)
    status, answer = client.say("events.list", calendarId="primary", privateExtendedProperty="hourgateUid=booking-1")
    seen, = answer["items"]
    assert status == 200 and (seen["summary"], seen["description"]) == ("Introduction", "by &lt;hourgate&gt;")
    assert seen["start"] == {"dateTime": kit.at(day, 9).isoformat(), "timeZone": kit.ZONE}
    assert client.say("events.patch", calendarId="primary", eventId=seen["id"], requestBody=times(day, 14))[0] == 200
    assert driver.moment(connection.find("booking-1")["start"]) == kit.at(day, 14)
