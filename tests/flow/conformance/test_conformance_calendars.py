# SPDX-License-Identifier: ISC
"""Several calendars, other people's ones, and the pattern of many mailboxes: what rights show and what they hide."""
import datetime

import driver
import kinds
import kit
import pytest

ANNA, BEA, CARL = "anna@practice.example", "bea@practice.example", "carl@practice.example"
STATUSES = ["Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"]


class Office(kinds.Ews):
    """Anna with two calendars; Bea and Carl, of whom Anna may see more or less."""

    def __init__(self, make, bea="free-busy", carl="none", events=(), of_bea=(), **more):
        self.server_side = make.practice(
            kit.person(ANNA, events, calendars=["Projects"]),
            kit.person(BEA, of_bea, rights={"default": bea}),
            kit.person(CARL, [kit.event("Planted-Subject", kit.at(kit.day_after(3), 9))],
                       rights={"default": carl}),
            accounts=[{"address": "svc@practice.example", "user": "PRACTICE\\svc",
                       "password": kit.PASSWORD}],
            impersonators=["svc@practice.example"], **more)
        self.roots = self.server_side.trusted


@pytest.fixture(name="office")
def fixture_office(make, couriers):
    def start(**options):
        office = Office(make, **options)
        return office, couriers(roots=office.roots)
    return start


def day_of(day):
    return {"from": driver.seconds(kit.at(day, 0)), "to": driver.seconds(kit.at(day, 24 - 1))}


def view(connection, day, *addresses, **more):
    rows = connection.ask("view", mailboxes=[{"address": one} for one in addresses],
                          **{**day_of(day), **more})["views"]
    return [(row["status"], [(driver.moment(busy["start"]), driver.moment(busy["end"]),
                              driver.STATUSES[busy["status"]]) for busy in row["busy"]]) for row in rows]


def calendars(connection):
    return {(row["mailbox"], row["name"]): row for row in connection.ask("calendars")["calendars"]}


def at(day, hour, **more):
    return kit.event("Planted-Subject", kit.at(day, hour), 60, **more)


def operations(calendar):
    return [name for name in calendar.requests() if name]


OK, DENIED, NOT_FOUND, NO_DATA = 0, 4, 2, 12


# ---- several calendars ----

def test_every_calendar_is_listed_with_our_rights(office):
    calendar, courier = office(bea="reviewer")
    own = calendars(courier.connect(calendar.server()))
    assert set(own) == {(ANNA, "Calendar"), (ANNA, "Projects")}
    assert own[ANNA, "Calendar"]["is_default"] and not own[ANNA, "Projects"]["is_default"]
    assert all(row["can_read"] and row["can_write"] for row in own.values())
    both = calendars(courier.connect(calendar.server(mailbox=BEA)))
    shared = both[BEA, "Calendar"]
    assert shared["can_read"] and not shared["can_write"] and shared["is_default"]
    assert ("", "Calendar") in both or (ANNA, "Calendar") in both


def test_a_calendar_that_may_not_be_read_is_refused(office):
    calendar, courier = office(bea="free-busy")
    with pytest.raises(driver.Refused) as caught:
        courier.connect(calendar.server(mailbox=BEA)).ask("calendars")
    assert caught.value.status == "denied"


def test_sources_are_merged_and_one_that_fails_fails_all(office):
    day = kit.day_after(3)
    calendar, courier = office(bea="reviewer", events=[at(day, 9), at(day, 11, calendar="Projects")],
                               of_bea=[at(day, 10)])
    connection = courier.connect(calendar.server())
    projects = calendars(connection)[ANNA, "Projects"]["id"]
    beas = calendars(courier.connect(calendar.server(mailbox=BEA)))[BEA, "Calendar"]["id"]
    window = (kit.at(day, 0), kit.at(day, 23))
    assert [row[0] for row in connection.busy(*window)] == [kit.at(day, 9)]
    found = connection.busy(*window, sources=[{"calendar": projects}, {"calendar": beas}])
    assert found == [(kit.at(day, 9), kit.at(day, 12), "busy")]
    for wrong in ("AAMkAG-no-such-calendar",):
        with pytest.raises(driver.Refused):
            connection.busy(*window, sources=[{"calendar": projects}, {"calendar": wrong}])
    calendar.server_side.misbehave("deny", operation="FindItem", skip=1, count=1)
    with pytest.raises(driver.Refused) as caught:
        connection.busy(*window, sources=[{"calendar": projects}, {"calendar": beas}])
    assert caught.value.status == "denied"


def test_a_booking_lives_in_the_chosen_calendar(office):
    day = kit.day_after(3)
    calendar, courier = office()
    connection = courier.connect(calendar.server())
    projects = calendars(connection)[ANNA, "Projects"]["id"]
    ref = connection.create("in-projects", kit.at(day, 9), kit.at(day, 10), calendar=projects)
    assert connection.busy(kit.at(day, 0), kit.at(day, 23)) == []
    busy = connection.busy(kit.at(day, 0), kit.at(day, 23), sources=[{"calendar": projects}])
    assert busy == [(kit.at(day, 9), kit.at(day, 10), "busy")]
    assert connection.find("in-projects", calendar=projects)["id"] == ref["id"]
    with pytest.raises(driver.Refused):
        connection.find("in-projects")
    moved = connection.update(ref["id"], "in-projects", kit.at(day, 12), kit.at(day, 13))
    assert moved["start"] == driver.seconds(kit.at(day, 12))
    connection.remove(ref["id"], "in-projects", calendar=projects)
    assert connection.busy(kit.at(day, 0), kit.at(day, 23), sources=[{"calendar": projects}]) == []


# ---- the pattern of many mailboxes ----

def test_each_mailbox_has_its_own_status(office):
    day = kit.day_after(3)
    calendar, courier = office(of_bea=[at(day, 8 + n, status=status)
                                       for n, status in enumerate(STATUSES)])
    connection = courier.connect(calendar.server())
    found = view(connection, day, BEA, CARL, "nobody@practice.example", ANNA)
    assert [status for status, _ in found] == [OK, found[1][0], NOT_FOUND, OK]
    assert found[1][0] in (DENIED, NO_DATA) and found[1][1] == [] and found[2][1] == []
    words = ["free", "tentative", "busy", "oof", "elsewhere", "no-data"]
    assert found[0][1] == [(kit.at(day, 8 + n), kit.at(day, 9 + n), word)
                           for n, word in enumerate(words)]
    assert operations(calendar) == ["GetUserAvailability"]


def test_a_service_account_reads_a_hundred_mailboxes_in_one_call(make, couriers):
    day = kit.day_after(3)
    people = [f"p{n}@practice.example" for n in range(100)]
    server = make.practice(
        *[kit.person(one, [at(day, 9)]) for one in people],
        accounts=[{"address": "svc@practice.example", "user": "PRACTICE\\svc", "password": kit.PASSWORD}])
    connection = couriers(roots=server.trusted).connect({
        "kind": 0, "host": "localhost", "port": server.port, "path": "/EWS/Exchange.asmx", "method": 0,
        "user": "PRACTICE\\svc", "password": kit.PASSWORD})
    found = view(connection, day, *people)
    assert found == [(OK, [(kit.at(day, 9), kit.at(day, 10), "busy")])] * 100
    assert len([entry for entry in server.journal() if entry["operation"]]) == 1


def test_a_long_view_is_read_in_parts(office):
    day = kit.day_after(1)
    far = day + datetime.timedelta(days=60)
    calendar, courier = office(of_bea=[at(day, 9), at(far, 9)])
    found = view(courier.connect(calendar.server()), day, BEA,
                 to=driver.seconds(kit.at(far, 23)))
    assert [row[0] for row in found[0][1]] == [kit.at(day, 9), kit.at(far, 9)]
    assert operations(calendar) == ["GetUserAvailability"] * 2


def test_no_data_of_one_leaves_the_others(office):
    day = kit.day_after(3)
    calendar, courier = office(of_bea=[at(day, 9)])
    calendar.server_side.misbehave("no_data", mailbox=BEA)
    found = view(courier.connect(calendar.server()), day, BEA, ANNA)
    assert found == [(NO_DATA, []), (OK, [])]


def test_free_busy_alone_is_enough_to_read(office):
    """Anna has nothing but the right to see when Bea is busy; only availability is asked."""
    day = kit.day_after(3)
    calendar, courier = office(bea="free-busy", of_bea=[at(day, 9)])
    connection = courier.connect(calendar.server(mailbox=BEA))
    assert connection.busy(kit.at(day, 0), kit.at(day, 23)) == [
        (kit.at(day, 9), kit.at(day, 10), "busy")]
    assert operations(calendar) == ["GetUserAvailability"]


def test_a_view_that_makes_no_sense_is_refused(office):
    calendar, courier = office()
    connection = courier.connect(calendar.server())
    for wrong in ((), ("no address",)):
        with pytest.raises(driver.Refused) as caught:
            view(connection, kit.day_after(3), *wrong)
        assert caught.value.status == "invalid"
