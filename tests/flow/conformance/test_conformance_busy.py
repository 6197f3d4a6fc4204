# SPDX-License-Identifier: ISC
"""When is it busy? The same answers from every kind of calendar, whatever way it is read."""
import datetime
import zoneinfo

import kit
import pytest

DAY = datetime.timedelta(days=1)
UTC = datetime.timezone.utc


def window(day, days=1):
    return kit.at(day, 0), kit.at(day + days * DAY, 0)


def local(day, hour, minute=0):
    return kit.at(day, hour, minute).replace(tzinfo=None).isoformat()


def series(day, hour, **recurrence):
    return {"subject": "Planted-Subject", "start": local(day, hour), "end": local(day, hour + 1),
            "recurrence": recurrence}


# Both ways to read: the summary, and event by event, which an own event that is left out asks for.
WAYS = pytest.mark.parametrize("way", [{}, {"own_uid": "somebody-else"}], ids=["summary", "items"])


@WAYS
def test_every_status_is_told_apart(connect, kind, way):
    day = kit.day_after(3)
    words = {"Free": "free", "Tentative": "tentative", "Busy": "busy", "OOF": "oof",
             "WorkingElsewhere": "elsewhere", "NoData": "no-data"}
    words = {status: words[status] for status in kind.statuses}
    events = [kit.event("Planted-Subject", kit.at(day, 8 + n), status=status)
              for n, status in enumerate(words)]
    _, connection = connect(*events)
    wanted = [(kit.at(day, 8 + n), kit.at(day, 8 + n, 30), word) for n, word in enumerate(words.values())]
    assert connection.busy(*window(day), **way) == wanted


@WAYS
def test_an_empty_calendar_is_free(connect, way):
    _, connection = connect()
    assert connection.busy(*window(kit.day_after(3)), **way) == []


@WAYS
def test_overlaps_merge_per_status_and_the_window_clips(connect, way):
    day = kit.day_after(3)
    _, connection = connect(
        kit.event("a", kit.at(day, 9), 60), kit.event("b", kit.at(day, 9, 30), 60),
        kit.event("c", kit.at(day, 10, 30), 30), kit.event("d", kit.at(day, 9), 90, status="OOF"),
        kit.event("night", kit.at(day, 22), 600))
    assert connection.busy(kit.at(day, 9, 15), kit.at(day, 23), **way) == [
        (kit.at(day, 9, 15), kit.at(day, 11), "busy"), (kit.at(day, 9, 15), kit.at(day, 10, 30), "oof"),
        (kit.at(day, 22), kit.at(day, 23), "busy")]


@WAYS
def test_an_event_over_midnight_is_busy_on_both_days(connect, way):
    day = kit.day_after(3)
    _, connection = connect(kit.event("night", kit.at(day, 22), 600))
    assert connection.busy(*window(day), **way)[0][1] == kit.at(day + DAY, 0)
    assert connection.busy(*window(day + DAY), **way) == [
        (kit.at(day + DAY, 0), kit.at(day + DAY, 8), "busy")]


@WAYS
def test_an_all_day_event_covers_its_days_in_its_zone(connect, way):
    day = kit.day_after(3)
    _, connection = connect({"subject": "fair", "start": local(day, 0), "end": local(day + 2 * DAY, 0),
                             "all_day": True, "status": "OOF"})
    assert connection.busy(*window(day - DAY, 5), **way) == [
        (kit.at(day, 0), kit.at(day + 2 * DAY, 0), "oof")]


@WAYS
def test_series_come_expanded_with_their_exceptions(connect, way):
    day = kit.day_after(3)
    _, connection = connect(series(
        day, 9, kind="Daily", interval=1, count=5, deleted=[local(day + DAY, 9)],
        modified=[{"original": local(day + 2 * DAY, 9), "start": local(day + 2 * DAY, 14),
                   "end": local(day + 2 * DAY, 16)}]))
    starts = [(start, end) for start, end, _ in connection.busy(*window(day, 7), **way)]
    assert starts == [
        (kit.at(day, 9), kit.at(day, 10)), (kit.at(day + 2 * DAY, 14), kit.at(day + 2 * DAY, 16)),
        (kit.at(day + 3 * DAY, 9), kit.at(day + 3 * DAY, 10)),
        (kit.at(day + 4 * DAY, 9), kit.at(day + 4 * DAY, 10))]


@WAYS
@pytest.mark.parametrize("change", ["2027-03-28", "2027-10-31"])
def test_a_series_keeps_its_wall_clock_over_a_change_of_clocks(connect, way, change):
    before = datetime.date.fromisoformat(change) - DAY
    _, connection = connect(series(before, 9, kind="Daily", interval=1, count=3))
    starts = [start for start, _, _ in connection.busy(*window(before, 4), **way)]
    assert starts == [kit.at(before + n * DAY, 9).astimezone(UTC) for n in range(3)]
    assert len({start.hour for start in starts}) == 2  # in UTC the change shows


@WAYS
def test_other_zones_are_their_own(connect, way):
    day = kit.day_after(3)
    kathmandu = zoneinfo.ZoneInfo("Asia/Kathmandu")
    start = datetime.datetime.combine(day, datetime.time(9, 15), kathmandu)
    _, connection = connect(kit.event("far", start, 45))
    assert connection.busy(*window(day - DAY, 3), **way) == [
        (start, start + datetime.timedelta(minutes=45), "busy")]


@WAYS
def test_a_long_window_is_read_in_parts(connect, way):
    day = kit.day_after(1)
    days = [day + n * DAY for n in (0, 41, 42, 43, 83, 84, 120)]
    calendar, connection = connect(*[kit.event("x", kit.at(each, 9)) for each in days],
                                   kit.event("over the seam", kit.at(day + 41 * DAY, 20), 48 * 60))
    start, end = window(day, 130)
    found = connection.busy(start, end, **way)
    assert [row[0] for row in found if row[1] - row[0] == datetime.timedelta(minutes=30)] == [
        kit.at(each, 9) for each in days if each not in (day + 42 * DAY, day + 43 * DAY)]
    assert (kit.at(day + 41 * DAY, 20), kit.at(day + 43 * DAY, 20), "busy") in found
    assert len(calendar.requests()) >= 130 / calendar.window_days


def test_more_events_than_the_server_lists_at_once_are_all_read(connect, kind):
    day = kit.day_after(2)
    events = [kit.event("x", kit.at(day + n // 96 * DAY, 0) + datetime.timedelta(minutes=15 * (n % 96)), 10)
              for n in range(kind.many)]
    _, connection = connect(*events)
    items = connection.busy(*window(day, 30), own_uid="somebody-else")
    assert len(items) == kind.many
    assert items == connection.busy(*window(day, 30))


@pytest.mark.writes
def test_our_own_event_is_left_out_and_no_other(connect):
    day = kit.day_after(3)
    _, connection = connect(kit.event("other", kit.at(day, 10), 60))
    ref = connection.create("booking-7", kit.at(day, 10), kit.at(day, 10, 30))
    both = [(kit.at(day, 10), kit.at(day, 11), "busy")]
    assert connection.busy(*window(day)) == both
    connection.create("booking-8", kit.at(day, 14), kit.at(day, 15))
    both.append((kit.at(day, 14), kit.at(day, 15), "busy"))
    assert connection.busy(*window(day), own_id=ref["id"]) == both
    assert connection.busy(*window(day), own_uid="BOOKING-8") == both[:1]
    assert connection.busy(*window(day), own_id="no such id", own_uid="no such uid") == both


@pytest.mark.parametrize("wrong", [(0, 0), (1, 0), (0, 900)])
def test_a_window_that_makes_no_sense_is_refused(connect, wrong):
    import driver  # pylint: disable=import-outside-toplevel
    _, connection = connect()
    day = kit.day_after(3)
    with pytest.raises(driver.Refused) as refused:
        connection.busy(kit.at(day + wrong[0] * DAY, 0), kit.at(day + wrong[1] * DAY, 0))
    assert refused.value.status == "invalid"
