# SPDX-License-Identifier: ISC
"""What Google alone has: free/busy without events, ids that are ours, answers to invitations, sync tokens, quotas."""
import datetime
import socket

import driver
import kinds
import kit
import pytest

ANNA, BEA, CARL, ROOM = (f"{name}@practice.example" for name in ("anna", "bea", "carl", "room"))
OK, NOT_FOUND, NO_DATA = 0, 2, 12
PRIVATE = "Planted-Subject-7c"


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


class Office(kinds.Google):
    """Anna with two calendars, Bea and Carl, of whom she may see more or less, and a room."""

    def __init__(self, make, events=(), of_bea=(), bea="free-busy", google=None, **more):
        self.server_side = make.practice(
            kit.person(ANNA, events, calendars=["Projects"]),
            kit.person(BEA, of_bea, rights={"default": bea, **({ANNA: bea} if bea != "free-busy" else {})}),
            kit.person(CARL, [], rights={"default": "none"}),
            {"address": ROOM, "name": "Room", "zone": kit.ZONE, "kind": "room"},
            program=kit.PracticeGoogle, google=google or {}, **more)
        self.roots = self.server_side.trusted

    def token(self, *scopes):
        return self.server_side.access_token(ANNA, scopes)


@pytest.fixture(name="office")
def fixture_office(make, couriers):
    def start(more=None, **options):
        office = Office(make, **options)
        return office, couriers(roots=office.roots).connect(office.server(**(more or {})))
    return start


def at(day, hour, subject=PRIVATE, **more):
    return kit.event(subject, kit.at(day, hour), 60, **more)


def whole(day):
    return kit.at(day, 0), kit.at(day, 23)


def operations(office):
    return [name for name in office.requests() if name]


def refused(status, call, *words, **more):
    with pytest.raises(driver.Refused) as caught:
        call(*words, **more)
    assert caught.value.status == status, caught.value
    assert PRIVATE not in str(caught.value)
    return caught.value


# ---- when is it busy? ----

def test_titles_are_never_asked_for(office, day):
    practice, connection = office(events=[at(day, 9)])
    connection.busy(*whole(day))
    connection.create("booking-1", kit.at(day, 14), kit.at(day, 15))
    connection.find("booking-1")
    connection.ask("changes", state="")
    wanted = [entry["query"].get("fields", "") for entry in practice.server_side.journal()
              if entry["operation"].startswith("events")]
    assert wanted and all(fields and not {"summary", "description", "location"} & set(fields.replace(",", "(")
                          .replace(")", "(").split("(")) for fields in wanted), wanted


def test_what_its_owner_answered_counts(office, day):
    answers = {"declined": "free", "tentative": "tentative", "accepted": "busy", "needsAction": "busy"}
    practice, connection = office(events=[at(day, 9 + 2 * n, answer) for n, answer in enumerate(answers)])
    for answer in answers:
        practice.server_side.api("POST", f"/api/mailbox/{ANNA}/attendee", {"subject": answer, "answer": answer})
    assert [row[2] for row in connection.busy(*whole(day))] == list(answers.values())


@pytest.mark.parametrize("more,scopes", [({"mailbox": BEA}, ("",)), ({}, (".freebusy",))],
                         ids=["shown no more", "granted no more"])
def test_free_busy_alone_is_enough(make, couriers, day, more, scopes):
    events = [at(day, 9), at(day, 11, status="Tentative"), at(day, 13, status="Free")]
    office = Office(make, events=events, of_bea=events)
    connection = couriers(roots=office.roots).connect(office.server(password=office.token(*scopes), **more))
    assert connection.busy(*whole(day)) == [(kit.at(day, 9), kit.at(day, 10), "busy"),
                                            (kit.at(day, 11), kit.at(day, 12), "busy")]
    assert operations(office) == ["events.list", "freeBusy.query"]


def test_a_connection_that_is_free_busy_only_reads_no_events(office, day):
    practice, connection = office(events=[at(day, 9), at(day, 11, status="Tentative")])
    assert connection.busy(*whole(day), availability_only=True) == [
        (kit.at(day, 9), kit.at(day, 10), "busy"), (kit.at(day, 11), kit.at(day, 12), "busy")]
    far = kit.at(day + datetime.timedelta(days=100), 0)
    assert len(connection.busy(kit.at(day, 0), far, availability_only=True)) == 2
    assert operations(practice) == ["freeBusy.query"] * 3  # 90 days at a time


def test_errors_of_a_calendar_are_never_free(office, day):
    practice, connection = office(more={"mailbox": BEA}, of_bea=[at(day, 9)])
    practice.server_side.misbehave("no_data", mailbox=BEA)
    refused("no-data", connection.busy, *whole(day))
    practice.behave()
    refused("not-found", connection.busy, *whole(day), sources=[{"calendar": CARL}])


def test_sources_are_merged_and_one_that_fails_fails_all(office, day):
    _, connection = office(events=[at(day, 9), at(day, 11, calendar="Projects")], of_bea=[at(day, 10)])
    projects = next(row["id"] for row in connection.ask("calendars")["calendars"] if row["name"] == "Projects")
    assert connection.busy(*whole(day), sources=[{"calendar": projects}, {"calendar": BEA}]) == [
        (kit.at(day, 9), kit.at(day, 12), "busy")]
    refused("not-found", connection.busy, *whole(day), sources=[{"calendar": "no such calendar"}])


def test_twenty_thousand_events_are_read_page_by_page(office, day):
    start = kit.at(day, 0).astimezone(datetime.timezone.utc)  # no change of clocks in between
    events = [kit.event("x", start + datetime.timedelta(minutes=15 * n), 10) for n in range(20000)]
    practice, connection = office(events=events)
    end = start + datetime.timedelta(minutes=15 * 20000)
    assert len(connection.busy(start, end, timeout_ms=60000)) == 20000
    assert operations(practice) == ["events.list"] * 8
    practice.server_side.add(ANNA, kit.event("one more", end - datetime.timedelta(minutes=4), 3))
    refused("throttled", connection.busy, start, end, timeout_ms=60000)  # all, or nothing


# ---- colleagues ----

def test_each_mailbox_has_its_own_status(office, day):
    _, connection = office(of_bea=[at(day, 9)])
    ask = {"from": driver.seconds(kit.at(day, 0)), "to": driver.seconds(kit.at(day, 23)),
           "mailboxes": [{"address": one} for one in (BEA, CARL, "nobody@practice.example", ANNA)]}
    views = connection.ask("view", **ask)["views"]
    assert [view["status"] for view in views] == [OK, NOT_FOUND, NOT_FOUND, OK]
    assert [len(view["busy"]) for view in views] == [1, 0, 0, 0]


def test_many_colleagues_and_long_windows_are_asked_in_parts(make, couriers, day):
    people = [f"p{n}@practice.example" for n in range(60)]
    far = day + datetime.timedelta(days=100)
    practice = make.practice(*[kit.person(one, [at(day, 9), at(far, 9)]) for one in people],
                             program=kit.PracticeGoogle)
    connection = couriers(roots=practice.trusted).connect({
        "kind": 2, "host": "localhost", "port": practice.port, "path": "/calendar/v3", "method": 4,
        "user": people[0], "mailbox": people[0], "password": practice.access_token(people[0])})
    views = connection.ask("view", mailboxes=[{"address": one} for one in people],
                           **{"from": driver.seconds(kit.at(day, 0)), "to": driver.seconds(kit.at(far, 23))})["views"]
    assert [(view["status"], len(view["busy"])) for view in views] == [(OK, 2)] * 60
    assert len(practice.asked("freeBusy.query")) == 4  # two windows, two parts


def test_every_calendar_is_listed_with_our_rights(office):
    practice, connection = office(bea="reviewer", google={"page_size": 1})
    rows = {row["name"]: row for row in connection.ask("calendars")["calendars"]}
    assert list(rows) == [ANNA, "Projects", BEA] and len(practice.server_side.asked("calendarList.list")) == 3
    assert [row["is_default"] for row in rows.values()] == [True, False, False]
    assert [row["mailbox"] for row in rows.values()] == [ANNA, ANNA, BEA]
    assert [(row["can_read"], row["can_write"]) for row in rows.values()] == [
        (True, True), (True, True), (True, False)]


# ---- events of ours ----

def test_what_is_sent_twice_stands_once(office, day):
    practice, connection = office()
    practice.lose_answer("events.insert")
    refused("uncertain", connection.create, "booking-1", kit.at(day, 9), kit.at(day, 10))
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))
    assert ref["id"] == connection.find("booking-1")["id"]
    assert practice.events_of("booking-1") == [(kit.at(day, 9), kit.at(day, 10))]
    refused("uncertain", connection.create, "booking-1", kit.at(day, 11), kit.at(day, 12))  # nor is it moved
    assert practice.events_of("booking-1") == [(kit.at(day, 9), kit.at(day, 10))]


def test_an_id_that_is_used_up_is_not_the_end(office, day):
    practice, connection = office()
    seen = set()
    for hour in range(9, 13):
        ref = connection.create("booking-1", kit.at(day, hour), kit.at(day, hour, 30))
        seen.add(ref["id"])
        assert practice.events_of("booking-1") == [(kit.at(day, hour), kit.at(day, hour, 30))]
        connection.remove(ref["id"], "booking-1")
    assert len(seen) == 4


def test_google_invites_or_our_mail_does_and_never_both(office, day):
    practice, connection = office()
    sent = lambda: [mail["kind"] for mail in practice.server_side.api("GET", f"/api/mailbox/{ANNA}")["sent"]]
    ours = connection.create("ours", kit.at(day, 9), kit.at(day, 10))
    connection.update(ours["id"], "ours", kit.at(day, 10), kit.at(day, 11))
    connection.remove(ours["id"], "ours")
    assert sent() == []
    invitee = {"invitee_name": "Carla", "invitee_email": "carla@customer.example"}
    event = {**driver.described("theirs", kit.at(day, 9), kit.at(day, 10)), **invitee}
    theirs = connection.ask("create", event=event)["ref"]
    event = {**driver.described("theirs", kit.at(day, 11), kit.at(day, 12)), **invitee}
    connection.ask("update", id=theirs["id"], event=event)
    connection.remove(theirs["id"], "theirs", has_invitee=True)
    assert sent() == ["invited", "updated", "cancelled"]


def test_a_room_takes_part_or_the_event_goes_again(office, day):
    practice, connection = office()
    event = {**driver.described("first", kit.at(day, 9), kit.at(day, 10)), "room": ROOM}
    connection.ask("create", event=event)
    event = {**driver.described("second", kit.at(day, 9), kit.at(day, 10)), "room": ROOM}
    failure = refused("upstream-error", connection.ask, "create", event=event)
    assert "declines" in failure.what and practice.events_of("second") == []
    assert [row[0] for row in connection.busy(kit.at(day, 0), kit.at(day, 23), own_uid="first", room=ROOM)] == [
        kit.at(day, 9)]
    slot = {"start": driver.seconds(kit.at(day, 9)), "end": driver.seconds(kit.at(day, 10))}
    assert connection.busy(*whole(day), own_uid="first", room=ROOM, own_slot=slot) == []


@pytest.mark.parametrize("meet", ["yes", "pending"])
def test_a_meeting_is_made_on_request_and_stays(office, day, meet):
    practice, connection = office(google={"meet": meet})
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10), online_meeting=True)
    assert ref["meeting"].startswith("https://meet.practice.example/")
    moved = connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12), online_meeting=True)
    assert moved["meeting"] == ref["meeting"] == connection.find("booking-1")["meeting"]
    assert connection.create("booking-2", kit.at(day, 14), kit.at(day, 15))["meeting"] == ""
    assert len(practice.events_of("booking-1")) == 1


def test_a_calendar_that_makes_no_meetings_takes_the_booking(office, day):
    practice, connection = office(google={"meet": "none"})
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10), online_meeting=True)
    assert ref["meeting"] == "" and practice.events_of("booking-1") == [(kit.at(day, 9), kit.at(day, 10))]


def test_a_booking_lives_in_the_chosen_calendar(office, day):
    _, connection = office()
    projects = next(row["id"] for row in connection.ask("calendars")["calendars"] if row["name"] == "Projects")
    ref = connection.create("in-projects", kit.at(day, 9), kit.at(day, 10), calendar=projects)
    assert connection.busy(*whole(day)) == []
    assert connection.find("in-projects", calendar=projects)["id"] == ref["id"]
    refused("not-found", connection.find, "in-projects")
    event = driver.described("in-projects", kit.at(day, 12), kit.at(day, 13))
    connection.ask("update", id=ref["id"], calendar=projects, event=event)
    connection.remove(ref["id"], "in-projects", calendar=projects)
    assert connection.busy(*whole(day), sources=[{"calendar": projects}]) == []


# ---- changes ----

def changes(connection, state=""):
    """Return (state, changes) of all pages."""
    found = []
    while True:
        answer = connection.ask("changes", state=state)
        assert not answer["lost"]
        state, found = answer["state"], found + answer["changes"]
        if not answer["more"]:
            return state, found


def test_changes_of_our_events_are_told(office, day):
    practice, connection = office(events=[at(day, hour) for hour in range(8, 13)], google={"page_size": 2})
    ref = connection.create("booking-1", kit.at(day, 14), kit.at(day, 15))
    state, found = changes(connection)
    assert [(one["uid"], one["removed"]) for one in found] == [("booking-1", False)]
    assert len(practice.server_side.asked("events.list")) == 3
    assert changes(connection, state)[1] == []
    connection.update(ref["id"], "booking-1", kit.at(day, 16), kit.at(day, 17))
    state, found = changes(connection, state)
    assert [driver.moment(one["ref"]["start"]) for one in found] == [kit.at(day, 16)]
    connection.remove(ref["id"], "booking-1")
    state, found = changes(connection, state)
    assert [(one["removed"], one["ref"]["id"]) for one in found] == [(True, ref["id"])]


def test_a_state_that_is_too_old_is_lost(office):
    practice, connection = office()
    state, _ = changes(connection)
    for code in ("fullSyncRequired", "updatedMinTooLongAgo"):
        practice.server_side.misbehave("error", code=code, operation="events.list", count=1)
        assert connection.ask("changes", state=state)["lost"]
    assert not connection.ask("changes", state="")["lost"]


# ---- the owner's view ----

def test_its_owner_sees_what_stands_there(office, day):
    _, connection = office(events=[
        at(day, 9, "Zweites", location="Room 1", status="Tentative", body="First <line>\nsecond & line"),
        at(day, 8, "Erstes", sensitivity="Private"), kit.event("Away", kit.at(day, 0), 24 * 60, all_day=True)])
    connection.create("ours-7", kit.at(day, 15), kit.at(day, 16))
    ask = {"from": driver.seconds(kit.at(day, 0)), "to": driver.seconds(kit.at(day, 23))}
    events = connection.ask("events", with_text=True, **ask)["events"]
    assert [(one["title"], one["place"], one["text"]) for one in events] == [
        ("Away", "", ""), ("Erstes", "", ""), ("Zweites", "Room 1", "First <line>\nsecond & line"),
        ("A booking", "", "By hourgate")]
    assert [one["is_private"] for one in events] == [False, True, False, False]
    assert [one["all_day"] for one in events] == [True, False, False, False]
    assert [one["uid"] for one in events] == ["", "", "", "ours-7"]
    assert connection.ask("events", **ask)["events"][2]["text"] == ""


# ---- what goes wrong ----

def test_pages_without_end_are_found_out(office, day):
    practice, connection = office(events=[at(day, 9)])
    practice.server_side.misbehave("page_loop")
    failure = refused("upstream-error", connection.busy, *whole(day))
    assert "no end" in failure.what and len(operations(practice)) == 2
    refused("upstream-error", connection.ask, "calendars")


def test_an_empty_page_is_not_the_end(office, day):
    """Google may answer with less than a page, or nothing, and go on behind it."""
    practice, connection = office(events=[at(day, 9)])
    ref = connection.create("booking-1", kit.at(day, 14), kit.at(day, 15))
    practice.server_side.misbehave("empty_first")
    assert connection.find("booking-1")["id"] == ref["id"]
    assert len(connection.busy(*whole(day))) == 2
    refused("not-found", connection.find, "booking-2")


def test_nothing_is_sent_where_a_server_points(office, day):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        practice, connection = office()
        where = f"https://127.0.0.1:{trap.getsockname()[1]}/calendar/v3"
        practice.server_side.misbehave("redirect", location=where)
        refused("upstream-error", connection.busy, *whole(day))
        refused("upstream-error", connection.create, "booking-1", kit.at(day, 9), kit.at(day, 10))
        trap.settimeout(0.3)
        with pytest.raises(TimeoutError):
            trap.accept()


@pytest.mark.parametrize("end", ["expire", "revoke", "wrong"])
def test_a_token_that_has_ended_is_sent_once(office, day, end):
    practice, connection = office(more={"password": "ya29.never-given"} if end == "wrong" else None)
    if end == "expire":
        practice.server_side.api("POST", "/api/expire")
    elif end == "revoke":  # of a person's token: nothing is left of it
        practice.server_side.api("POST", "/api/expire")
    practice.server_side.forget()
    failure = refused("sign-in-refused", connection.busy, *whole(day))
    assert "ya29" not in str(failure)
    assert len([entry for entry in practice.server_side.journal() if entry["credential"]]) == 1


def test_quotas_say_when_to_come_back(office, day):
    practice, connection = office(google={"quota_per_minute": 2})
    connection.busy(*whole(day))
    connection.busy(*whole(day))
    assert refused("throttled", connection.busy, *whole(day)).retry_s == 2
    practice.server_side.misbehave("rate_limit")  # 429, not saying for how long
    waits = [refused("throttled", connection.busy, *whole(day)).retry_s for _ in range(6)]
    assert 2 <= waits[0] <= 3 and waits[-1] == 64 and waits == sorted(waits), waits


def test_a_hand_that_was_quicker_is_seen(office, day):
    """412 is what a real change in between gives, not only a rule."""
    practice, connection = office()
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))
    practice.server_side.misbehave("error", code="conditionNotMet", operation="events.patch", count=1)
    connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))
    assert [entry["status"] for entry in practice.server_side.asked("events.patch")] == [412, 200]
    assert practice.events_of("booking-1") == [(kit.at(day, 11), kit.at(day, 12))]


# ---- the doctor ----

def test_the_doctor_sees_every_layer_in_order(office):
    practice, connection = office()
    layers = connection.check(probe=True, room=ROOM)
    assert list(layers) == ["dns", "tcp", "tls", "certificate", "methods", "sign-in", "version", "mailbox", "rights",
                            "free/busy", "throttling", "clock", "room", "probe"]
    assert {layer["state"] for layer in layers.values()} == {"ok"}, layers
    first = practice.server_side.journal()[0]
    assert first["status"] == 401 and not first["credential"]
    assert practice.items() == []


@pytest.mark.parametrize("more,layer,words", [
    ({"password": "ya29.never-given"}, "sign-in", "connect again"),
    ({"mailbox": CARL}, "mailbox", "shared with this user"),
    ({"path": "/calendar/v9"}, "methods", "/calendar/v3")])
def test_the_doctor_says_what_to_do(office, more, layer, words):
    _, connection = office(more=more)
    layers = connection.check()
    assert layers[layer]["state"] in ("refused", "warn") and words in layers[layer]["fix"], layers
