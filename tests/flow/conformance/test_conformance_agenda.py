# SPDX-License-Identifier: ISC
"""A calendar as its owner sees it: titles, places and descriptions, and nothing of them anywhere else."""
import driver
import kinds
import kit
import pytest

LONG = "A long description. " * 400


def seen(connection, start, end, **more):
    return connection.ask("events", **{"from": driver.seconds(start), "to": driver.seconds(end), **more})


def of_day(connection, day, **more):
    return seen(connection, kit.at(day, 0), kit.at(day, 23), **more)


@pytest.fixture(name="opened", params=[kinds.Ews, kinds.Graph], ids=["ews", "graph"])
def fixture_opened(request, make, couriers):
    def start(*events, **options):
        calendar = request.param(make, events, **options)
        return calendar, couriers(roots=calendar.roots).connect(calendar.server())
    return start


def test_events_say_what_they_are(opened):
    day = kit.day_after(3)
    _, connection = opened(
        kit.event("Zweites & <Treffen>", kit.at(day, 11), 45, location="Room 1", status="Tentative",
                  body="First line\nsecond line"),
        kit.event("Erstes", kit.at(day, 9), 30, sensitivity="Private"))
    events = of_day(connection, day, with_text=True)["events"]
    assert [(event["title"], event["place"], event["text"]) for event in events] == [
        ("Erstes", "", ""), ("Zweites & <Treffen>", "Room 1", "First line\nsecond line")]
    assert [event["is_private"] for event in events] == [True, False]
    assert [driver.STATUSES[event["status"]] for event in events] == ["busy", "tentative"]
    assert [driver.moment(event["start"]) for event in events] == [kit.at(day, 9), kit.at(day, 11)]
    assert not any(event["all_day"] or event["uid"] for event in events)


def test_descriptions_are_read_only_where_they_are_asked_for(opened):
    day = kit.day_after(3)
    calendar, connection = opened(kit.event("A", kit.at(day, 9), body="Planted"))
    assert of_day(connection, day)["events"][0]["text"] == ""
    assert [name for name in calendar.requests() if name] == [calendar.busy_operations[-1]]


def test_recurrences_are_expanded_and_whole_days_say_so(opened):
    day = kit.day_after(3)
    _, connection = opened(
        kit.event("Daily", kit.at(day, 9), body="Each day", recurrence={"kind": "Daily", "count": 3}),
        kit.event("Away", kit.at(day, 0), 24 * 60, all_day=True))
    events = seen(connection, kit.at(day, 0), kit.at(day + kit.datetime.timedelta(days=5), 0), with_text=True)["events"]
    assert [event["title"] for event in events] == ["Away", "Daily", "Daily", "Daily"]
    assert [event["all_day"] for event in events] == [True, False, False, False]
    assert {event["text"] for event in events[1:]} == {"Each day"}


def test_bookings_of_ours_carry_their_uid(opened):
    day = kit.day_after(3)
    _, connection = opened()
    connection.create("ours-7", kit.at(day, 9), kit.at(day, 10))
    assert [event["uid"] for event in of_day(connection, day)["events"]] == ["ours-7"]


def test_long_texts_are_cut(opened):
    day = kit.day_after(3)
    _, connection = opened(kit.event("\u00e9" * 250, kit.at(day, 9), body=LONG))
    event = of_day(connection, day, with_text=True)["events"][0]
    assert event["title"] == "\u00e9" * 200 and event["text"] == LONG[:2000]


def test_a_full_calendar_is_read_whole_or_not_at_all(opened):
    day = kit.day_after(3)
    _, connection = opened(*(kit.event(f"E{n:03}", kit.at(day, 0) + kit.datetime.timedelta(minutes=2 * n), 2,
                                       body=f"text {n}") for n in range(401)))
    most = seen(connection, kit.at(day, 0), kit.at(day, 0) + kit.datetime.timedelta(minutes=800), with_text=True)
    assert [(event["title"], event["text"]) for event in most["events"]] == \
        [(f"E{n:03}", f"text {n}") for n in range(400)]
    with pytest.raises(driver.Refused) as caught:
        of_day(connection, day)
    assert caught.value.status == "invalid" and "shorter" in caught.value.what


def test_without_descriptions_the_calendar_is_still_there(opened):
    day = kit.day_after(3)
    calendar, connection = opened(kit.event("A", kit.at(day, 9), body="Planted"))
    if calendar.kind:
        pytest.skip("they come with the rest")
    calendar.server_side.misbehave("truncated", operation="GetItem", count=1)
    answer = of_day(connection, day, with_text=True)
    assert answer["lacks_text"] and [event["title"] for event in answer["events"]] == ["A"]
    assert not of_day(connection, day, with_text=True)["lacks_text"]


@pytest.mark.parametrize("fault", ["truncated", "deny", "odd_shapes"])
def test_a_part_is_never_shown_as_the_whole(opened, fault):
    day = kit.day_after(3)
    calendar, connection = opened(kit.event("A", kit.at(day, 9)), kit.event("B", kit.at(day, 11)))
    calendar.server_side.misbehave(fault, operation=calendar.busy_operations[-1], count=1)
    if fault == "odd_shapes":
        assert [event["title"] for event in of_day(connection, day)["events"]] == ["A", "B"]
        return
    with pytest.raises(driver.Refused):
        of_day(connection, day)
