# SPDX-License-Identifier: ISC
"""Events of ours: written, read back, found, moved, removed; and what is known when an answer is lost."""
import datetime

import driver
import kit
import pytest

pytestmark = pytest.mark.writes
MINUTES = datetime.timedelta(minutes=1)


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def refused(status, call, *words, **more):
    with pytest.raises(driver.Refused) as caught:
        call(*words, **more)
    assert caught.value.status == status, caught.value
    return caught.value


def test_what_is_created_stands_there_and_is_found(connect, day):
    calendar, connection = connect()
    start, end = kit.at(day, 10), kit.at(day, 10, 30)
    ref = connection.create("booking-1", start, end)
    assert ref["id"] and (driver.moment(ref["start"]), driver.moment(ref["end"])) == (start, end)
    assert calendar.events_of("booking-1") == [(start, end)]
    assert connection.find("booking-1")["id"] == ref["id"]
    refused("not-found", connection.find, "booking-2")
    assert connection.busy(start, end) == [(start, end, "busy")]


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Asia/Kathmandu", "America/Sao_Paulo", "Europe/Kyiv",
                                  "Australia/Lord_Howe", "Antarctica/Troll", "Etc/UTC", "Mars/Base"])
def test_times_are_right_in_every_zone(connect, day, zone):
    calendar, connection = connect()
    connection.create("booking-1", kit.at(day, 10), kit.at(day, 11), zone=zone)
    assert calendar.events_of("booking-1") == [(kit.at(day, 10), kit.at(day, 11))]


@pytest.mark.parametrize("change", ["2027-03-28", "2027-10-31"])
def test_times_are_right_where_clocks_change(connect, change):
    calendar, connection = connect()
    midnight = kit.at(datetime.date.fromisoformat(change), 0).astimezone(datetime.timezone.utc)
    for n in range(0, 6):
        start = midnight + n * 60 * MINUTES
        connection.create(f"booking-{n}", start, start + 30 * MINUTES)
        assert calendar.events_of(f"booking-{n}") == [(start, start + 30 * MINUTES)]


def test_texts_arrive_as_they_are(connect, day):
    calendar, connection = connect()
    title, body = 'Café & <b>"Söhne"</b> \U0001F600', "one\ntwo\n\n & <three>"
    connection.create("booking-1", kit.at(day, 10), kit.at(day, 11), title=title, body=body, location="Zürich")
    item = next(item for item in calendar.items() if item["ExtendedProperties"])
    assert (item["Subject"], item["Body"].replace("\r\n", "\n"), item["Location"]) == (title, body, "Zürich")
    assert item["LegacyFreeBusyStatus"] == "Busy"
    assert calendar.server_side.api("GET", f"/api/mailbox/{calendar.address}")["sent"] == []


def test_a_move_over_the_own_event_works(connect, day):
    calendar, connection = connect(kit.event("other", kit.at(day, 14)))
    ref = connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    moved = connection.update(ref["id"], "booking-1", kit.at(day, 10, 15), kit.at(day, 10, 45), title="",
                              body="")
    assert driver.moment(moved["start"]) == kit.at(day, 10, 15)
    assert calendar.events_of("booking-1") == [(kit.at(day, 10, 15), kit.at(day, 10, 45))]
    item = next(item for item in calendar.items() if item["ExtendedProperties"])
    assert item["Subject"] == "A booking"  # empty texts stay as they are


def test_an_event_is_found_by_uid_when_its_id_has_changed(connect, day):
    calendar, connection = connect()
    connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    for lost in ("", "no id of this server", "QUFBQQ=="):
        connection.update(lost, "booking-1", kit.at(day, 11), kit.at(day, 12))
    assert calendar.events_of("booking-1") == [(kit.at(day, 11), kit.at(day, 12))]
    connection.remove("no id of this server", "booking-1")
    assert calendar.events_of("booking-1") == []


def test_removing_is_done_once_and_twice_is_fine(connect, day):
    calendar, connection = connect()
    ref = connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    connection.remove(ref["id"], "booking-1")
    assert calendar.events_of("booking-1") == []
    connection.remove(ref["id"], "booking-1")
    refused("not-found", connection.find, "booking-1")
    refused("not-found", connection.update, ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))


def test_an_event_that_is_not_ours_is_never_touched(connect, day):
    calendar, connection = connect(kit.event("private", kit.at(day, 14)))
    theirs = calendar.items()[0]
    connection.remove(theirs["Id"], "booking-1")  # there is no such booking: as good as removed
    refused("not-found", connection.update, theirs["Id"], "booking-1", kit.at(day, 11), kit.at(day, 12))
    ref = connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    connection.remove(ref["id"], "booking-2")
    assert [item["Subject"] for item in calendar.items()] == ["private", "A booking"]
    assert calendar.items()[0]["ChangeKey"] == theirs["ChangeKey"]


def test_another_hand_on_the_event_at_the_same_time(connect, day):
    calendar, connection = connect()
    ref = connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    rule = {"mode": "error", "code": calendar.conflict, "operation": calendar.update_operation}
    calendar.server_side.misbehave(**rule, count=1)
    connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))  # looked again, once
    calendar.server_side.misbehave(**rule)
    refused("conflict", connection.update, ref["id"], "booking-1", kit.at(day, 12), kit.at(day, 13))
    assert calendar.events_of("booking-1") == [(kit.at(day, 11), kit.at(day, 12))]


# ---- lost answers ----

def test_a_lost_answer_to_create_is_uncertain_and_find_settles_it(connect, day):
    calendar, connection = connect()
    calendar.lose_answer(calendar.create_operation)
    refused("uncertain", connection.create, "booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    assert len(calendar.events_of("booking-1")) == 1  # never sent a second time
    ref = connection.find("booking-1")
    assert driver.moment(ref["start"]) == kit.at(day, 10)


@pytest.mark.parametrize("fault", ["cut short", "page for people", "empty", "not the protocol", "broken"])
def test_an_unreadable_answer_to_create_is_uncertain(connect, day, fault):
    calendar, connection = connect()
    calendar.fail(fault, calendar.create_operation, count=1)
    refused("uncertain", connection.create, "booking-1", kit.at(day, 10), kit.at(day, 10, 30))


@pytest.mark.parametrize("fault,status", [("throttled", "throttled"), ("throttled inside", "throttled"),
                                          ("no right", "denied"), ("forbidden", "denied"),
                                          ("refused bare", "sign-in-refused")])
def test_a_clear_no_to_create_is_certain(connect, day, fault, status):
    calendar, connection = connect()
    calendar.fail(fault, calendar.create_operation, count=1)
    refused(status, connection.create, "booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    assert calendar.events_of("booking-1") == []


def test_a_write_that_cannot_be_read_back_is_uncertain(connect, day):
    calendar, connection = connect()
    calendar.fail("cut short", calendar.read_back_operation)
    refused("uncertain", connection.create, "booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    calendar.behave()
    assert driver.moment(connection.find("booking-1")["start"]) == kit.at(day, 10)


def test_a_write_that_stands_wrongly_is_taken_away_again(connect, day):
    calendar, connection = connect()
    calendar.server_side.misbehave("read_back_wrong", minutes=60)
    refused("upstream-error", connection.create, "booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    calendar.behave()
    assert calendar.events_of("booking-1") == []


def test_a_server_that_drops_our_property_is_found_out(connect, day):
    calendar, connection = connect()
    calendar.server_side.misbehave("drop_named_property")
    refused("uncertain", connection.create, "booking-1", kit.at(day, 10), kit.at(day, 10, 30))


def test_a_lost_answer_to_update_is_uncertain(connect, day):
    calendar, connection = connect()
    ref = connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    calendar.lose_answer(calendar.update_operation)
    refused("uncertain", connection.update, ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))
    assert driver.moment(connection.find("booking-1")["start"]) == kit.at(day, 11)


def test_not_found_is_said_only_by_a_server_that_looked(connect, day):
    calendar, connection = connect()
    connection.create("booking-1", kit.at(day, 10), kit.at(day, 10, 30))
    for fault in ("cut short", "empty", "page for people", "no right"):
        calendar.behave()
        calendar.fail(fault, calendar.find_operation)
        with pytest.raises(driver.Refused) as caught:
            connection.find("booking-1")
        assert caught.value.status not in ("not-found", "ok"), fault
    calendar.behave()
    calendar.server_side.misbehave("error", code=calendar.no_calendar, operation=calendar.find_operation)
    refused("upstream-error", connection.find, "booking-1")
    refused("upstream-error", connection.remove, "", "booking-1")
