# SPDX-License-Identifier: ISC
"""An EWS client that somebody else wrote works against the practice Exchange."""

import datetime as dt

import pytest
from rawews import ANNA, BEA, SERVICE

exchangelib = pytest.importorskip("exchangelib")
from exchangelib import (BASIC, DELEGATE, IMPERSONATION, NTLM, Account, CalendarItem,  # noqa: E402
                         Configuration, Credentials, EWSDate, EWSDateTime, EWSTimeZone,
                         ExtendedProperty)
from exchangelib.recurrence import (AbsoluteMonthlyPattern, DailyPattern, Recurrence,  # noqa: E402
                                    RelativeMonthlyPattern, WeeklyPattern)

ZURICH = EWSTimeZone("Europe/Zurich")


class BookingUid(ExtendedProperty):
    distinguished_property_set_id = "PublicStrings"
    property_name = "hourgate-uid"
    property_type = "String"


CalendarItem.register("booking_uid", BookingUid)


def at(day, hour=0, minute=0, month=3):
    return EWSDateTime(2027, month, day, hour, minute, tzinfo=ZURICH)


def account(practice, auth=BASIC, name=None, person=ANNA, address=None, access=DELEGATE):
    configuration = Configuration(
        service_endpoint=practice.ews, auth_type=auth,
        credentials=Credentials(name or person["user"], person["password"]))
    return Account(address or person["address"], config=configuration, autodiscover=False,
                   access_type=access, default_timezone=ZURICH)


@pytest.mark.parametrize("auth", [NTLM, BASIC])
@pytest.mark.parametrize("name", ["PRACTICE\\anna", "anna@practice.example"])
def test_life_of_an_event(practice, auth, name):
    mine = account(practice, auth, name)
    item = CalendarItem(folder=mine.calendar, subject="First talk", start=at(1, 10), end=at(1, 11),
                        body="Carla Rossi", categories=["Booked"], booking_uid="b-1")
    item.save()
    found = mine.calendar.get(booking_uid="b-1")
    assert (found.subject, found.start, found.categories) == ("First talk", at(1, 10), ["Booked"])
    found.start, found.end = at(1, 10, 15), at(1, 11, 15)
    found.save(update_fields=["start", "end"])
    assert mine.calendar.get(id=item.id).start == at(1, 10, 15)
    assert [event.start for event in busy(mine, at(1), at(2))] == [dt.datetime(2027, 3, 1, 10, 15)]
    found.delete()
    assert not mine.calendar.filter(booking_uid="b-1").exists()
    assert busy(mine, at(1), at(2)) == []
    scheme = "NTLM" if auth == NTLM else "Basic"
    assert {entry["scheme"] for entry in practice.journal()} <= {scheme, None}


def busy(mine, start, end):
    answer = list(mine.protocol.get_free_busy_info(
        accounts=[(mine, "Organizer", False)], start=start, end=end))
    return answer[0].calendar_events or []


@pytest.mark.parametrize("pattern, end, expected", [
    (DailyPattern(interval=2), {"number": 3}, [1, 3, 5]),
    (WeeklyPattern(interval=1, weekdays=["Monday", "Thursday"]), {"end": EWSDate(2027, 3, 12)},
     [1, 4, 8, 11]),
    (AbsoluteMonthlyPattern(interval=1, day_of_month=1), {}, [1]),
    (RelativeMonthlyPattern(interval=1, weekday="Monday", week_number="Last"), {"number": 2}, [29]),
])
def test_series_are_expanded(practice, pattern, end, expected):
    mine = account(practice)
    CalendarItem(folder=mine.calendar, subject="Series", start=at(1, 9), end=at(1, 10),
                 recurrence=Recurrence(pattern=pattern, start=EWSDate(2027, 3, 1), **end)).save()
    seen = list(mine.calendar.view(start=at(1), end=at(31, 23)))
    assert [item.start.astimezone(ZURICH).day for item in seen] == expected
    # Daylight saving begins on the 28th; the wall clock stays.
    assert {item.start.astimezone(ZURICH).hour for item in seen} == {9}


def test_exceptions_and_deleted_occurrences(practice):
    mine = account(practice)
    master = CalendarItem(folder=mine.calendar, subject="Daily", start=at(1, 9), end=at(1, 10),
                          recurrence=Recurrence(pattern=DailyPattern(interval=1), number=5,
                                                start=EWSDate(2027, 3, 1)))
    master.save()
    second = master.occurrence(2)
    second.refresh()
    second.start, second.end, second.subject = at(2, 15), at(2, 16), "Moved"
    second.save(update_fields=["start", "end", "subject"])
    master.occurrence(4).delete()
    seen = [(item.start.astimezone(ZURICH).day, item.start.astimezone(ZURICH).hour, item.type)
            for item in mine.calendar.view(start=at(1), end=at(9))]
    assert seen == [(1, 9, "Occurrence"), (2, 15, "Exception"), (3, 9, "Occurrence"),
                    (5, 9, "Occurrence")]
    master = mine.calendar.get(id=master.id)
    assert [one.start for one in master.modified_occurrences] == [at(2, 15)]
    assert [one.start for one in master.deleted_occurrences] == [at(4, 9)]
    assert master.last_occurrence.start == at(5, 9)
    assert len(busy(mine, at(1), at(9))) == 4


def test_all_day_event(practice):
    mine = account(practice)
    CalendarItem(folder=mine.calendar, subject="Fair", start=EWSDate(2027, 3, 10),
                 end=EWSDate(2027, 3, 11), is_all_day=True, legacy_free_busy_status="OOF").save()
    (event,) = busy(mine, at(9), at(14))
    assert (event.start, event.end) == (dt.datetime(2027, 3, 10), dt.datetime(2027, 3, 12))
    assert event.busy_type == "OOF"


def test_impersonation(practice):
    mine = account(practice, NTLM, person=SERVICE, address=BEA["address"], access=IMPERSONATION)
    CalendarItem(folder=mine.calendar, subject="By the service", start=at(3, 8),
                 end=at(3, 9)).save()
    assert [item["Subject"] for item in practice.mailbox(BEA["address"])["items"]] \
        == ["By the service"]
    entry = practice.journal()[-1]
    assert (entry["user"], entry["impersonated"]) == ("PRACTICE\\svc", BEA["address"])


def test_impersonation_is_refused_to_others(practice):
    mine = account(practice, person=BEA, address=ANNA["address"], access=IMPERSONATION)
    with pytest.raises(exchangelib.errors.ErrorImpersonateUserDenied):
        list(mine.calendar.all())


def test_a_reviewer_reads_and_does_not_write(practice):
    own = account(practice)
    CalendarItem(folder=own.calendar, subject="Mine", start=at(4, 8), end=at(4, 9)).save()
    other = account(practice, person=BEA, address=ANNA["address"])
    assert [item.subject for item in other.calendar.all()] == ["Mine"]
    with pytest.raises(exchangelib.errors.ErrorAccessDenied):
        CalendarItem(folder=other.calendar, subject="Not mine", start=at(4, 8),
                     end=at(4, 9)).save()


def test_synchronisation(practice):
    mine = account(practice)
    list(mine.calendar.sync_items())
    state = mine.calendar.item_sync_state
    item = CalendarItem(folder=mine.calendar, subject="New", start=at(5, 8), end=at(5, 9))
    item.save()
    changes = list(mine.calendar.sync_items(sync_state=state))
    assert [(kind, one.id) for kind, one in changes] == [("create", item.id)]
    state = mine.calendar.item_sync_state
    item.delete()
    assert [kind for kind, _ in mine.calendar.sync_items(sync_state=state)] == ["delete"]


def test_wrong_password(practice):
    with pytest.raises(exchangelib.errors.UnauthorizedError):
        list(account(practice, NTLM, person={**ANNA, "password": "wrong"}).calendar.all())
