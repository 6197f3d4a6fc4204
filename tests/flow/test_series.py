# SPDX-License-Identifier: ISC
"""Series: bookings that a host enters together, all of them or none, before the practice Exchange and by exchangelib what
stands there. The customer hears once; the wall clock stays the same when clocks change; a kill at any step leaves all of
them or none."""
import datetime
import zoneinfo

import kit
import post
import pytest

ANNA, CARLA = "anna@practice.example", "carla@customer.example"
LATER_S = 60


@pytest.fixture(name="server")
def server_fixture(good):
    server = post.Post(good)
    yield server
    server.stop()


def office(make, server=None, build=kit.BUILD, env=None, **page):
    practice, hourgate = make.office(kit.person(ANNA, []), build=build, settings={"upstream.timeout": 2}, **page)
    hourgate.stop()
    if server:
        hourgate.configure({**server.settings(hourgate.folder), "server.base_url": "https://book.example.ch"})
    hourgate.env.update(env or {})
    hourgate.serve()
    return practice, hourgate


def add(hourgate, day, *words, time="10:00"):
    return hourgate.run("booking", "add", "acme", "intro", "--at", f"{day} {time}", "--name", "Carla Customer",
                        "--email", CARLA, "--beyond-rules", *words)


def starts(day, weeks, hour=10):
    """At the same time by the host's clock."""
    return [kit.utc(kit.at(day + datetime.timedelta(weeks=week), hour)) for week in weeks]


def standing(practice):
    """Starts of what stands in the calendar, as an Exchange client sees it."""
    seen = kit.exchangelib(practice, ANNA, """
out = [item.start.isoformat() for item in account.calendar.all() if "Carla" in item.subject]
""")
    return sorted(kit.utc(datetime.datetime.fromisoformat(start)) for start in seen)


def booked(hourgate, state="confirmed"):
    return sorted(row["start"] for row in hourgate.bookings() if row["state"] == state)


def test_nine_weekly_sessions_are_booked_and_told_once(make, server):
    day = kit.day_after(3)
    practice, hourgate = office(make, server)
    done = add(hourgate, day, "--weekly", "9")
    assert done.returncode == 0, done.stderr
    assert standing(practice) == booked(hourgate) == starts(day, range(9))
    assert len({row["series"] for row in hourgate.bookings()}) == 1 and done.stdout.count("confirmed") == 9
    kit.wait_until("mails", lambda: server.of(CARLA) and server.of(ANNA), LATER_S)
    mail, = server.of(CARLA)
    entries = [part for part in mail.message.walk() if part.get_filename()]
    events = [post.icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0] for part in entries]
    assert len({str(event["UID"]) for event in events}) == 9
    assert sorted(kit.utc(event["DTSTART"].dt) for event in events) == starts(day, range(9))
    links = {line.strip() for line in mail.text.splitlines() if "https://book.example.ch/b/" in line}
    assert len(links) == 9
    assert len(server.of(ANNA)) == 1

    third = sorted(hourgate.bookings(), key=lambda row: row["start"])[2]
    for _ in range(2):
        hourgate.command("booking", "cancel", "acme", third["id"], "--rest", "--yes")
    assert standing(practice) == booked(hourgate) == starts(day, range(2))
    kit.wait_until("one mail more", lambda: len(server.of(CARLA)) == 2 and len(server.of(ANNA)) == 2, LATER_S)
    cancelled = [part for part in server.of(CARLA)[1].message.walk() if part.get_filename()]
    assert len(cancelled) == 7 and b"METHOD:CANCEL" in cancelled[0].get_payload(decode=True)
    first = sorted(hourgate.bookings(), key=lambda row: row["start"])[0]
    hourgate.command("booking", "cancel", "acme", first["id"], "--yes")
    assert standing(practice) == starts(day, [1]), "one of a series goes alone"


def test_the_wall_clock_stays_across_a_change_of_clocks(make):
    """From the winter through the spring of the host's zone."""
    practice, hourgate = office(make)
    zone = zoneinfo.ZoneInfo(kit.ZONE)
    day = next(day for day in (kit.day_after(n) for n in range(3, 400)) if
               kit.at(day, 10).utcoffset() != kit.at(day + datetime.timedelta(weeks=1), 10).utcoffset())
    assert add(hourgate, day, "--weekly", "3", "--every", "1").returncode == 0
    seen = standing(practice)
    assert seen == starts(day, range(3))
    parsed = [datetime.datetime.fromisoformat(start.replace("Z", "+00:00")) for start in seen]
    assert {moment.astimezone(zone).hour for moment in parsed} == {10} and len({moment.hour for moment in parsed}) == 2


def test_where_it_clashes_nothing_is_booked_and_all_of_it_is_said(make):
    day = kit.day_after(3)
    practice, hourgate = office(make)
    week = datetime.timedelta(weeks=1)
    practice.add(ANNA, kit.event("Marked: bank", kit.at(day + 2 * week, 10), 60))
    assert hourgate.visitor().book(kit.at(day + 4 * week, 10), page="acme/intro").status == 201
    refused = add(hourgate, day, "--weekly", "6")
    assert refused.returncode == 1 and refused.stderr.count("not to be had") == 2, refused.stderr
    for clash in (day + 2 * week, day + 4 * week):
        assert f"not to be had: {clash} 10:00" in refused.stderr
    assert "Marked" not in refused.stderr and len(practice.bookings(ANNA)) == 1
    assert len(booked(hourgate)) == 1

    other = day + 2 * week + datetime.timedelta(days=1)
    done = add(hourgate, day, "--weekly", "6", "--skip-clashes", "--also", f"{other} 10:00", "--key", "phone-9")
    assert done.returncode == 0 and done.stdout.count("confirmed") == 5, done.stderr
    again = add(hourgate, day, "--weekly", "6", "--skip-clashes", "--also", f"{other} 10:00", "--key", "phone-9")
    assert again.returncode == 0 and again.stdout == done.stdout
    assert len(booked(hourgate)) == 6
    over = add(hourgate, day + 2 * week, "--weekly", "1", "--also", f"{day + 2 * week} 11:30", "--over-busy")
    assert over.returncode == 0 and "warning: set aside" in over.stderr


def test_a_refusal_in_the_middle_undoes_all_of_it(make, server):
    day = kit.day_after(3)
    practice, hourgate = office(make, server)
    assert add(hourgate, day, "--weekly", "2").returncode == 0
    kit.wait_until("told", lambda: len(server.of(CARLA)) == 1, LATER_S)
    practice.misbehave("error", operation="CreateItem", code="ErrorQuotaExceeded", skip=2)
    refused = add(hourgate, day, "--weekly", "4", time="14:00")
    assert refused.returncode == 1 and "nothing was booked" in refused.stderr, refused.stderr
    kit.wait_until("undone", lambda: standing(practice) == starts(day, range(2)), LATER_S)
    kit.wait_until("and free", lambda: booked(hourgate) == starts(day, range(2)), LATER_S)
    assert len(server.of(CARLA)) == 1 and not [row for row in hourgate.bookings() if row["state"] != "confirmed"]


def test_a_lost_answer_is_settled_and_the_rest_is_booked(make, server):
    day = kit.day_after(3)
    practice, hourgate = office(make, server)
    practice.misbehave("drop_after", operation="CreateItem", skip=1, count=1)
    done = add(hourgate, day, "--weekly", "4")
    assert done.returncode == 0, done.stderr
    kit.wait_until("all of it", lambda: booked(hourgate) == starts(day, range(4)), LATER_S)
    assert standing(practice) == starts(day, range(4)), "no ghost, no duplicate"
    kit.wait_until("told once", lambda: len(server.of(CARLA)) == 1, LATER_S)


@pytest.mark.long
@pytest.mark.limit(120)
def test_killed_while_it_is_undone(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, build=kit.FAULTS, env={"HOURGATE_FAULT": "series_after_undo"})
    practice.misbehave("error", operation="CreateItem", code="ErrorQuotaExceeded", skip=2)
    add(hourgate, day, "--weekly", "4")
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log(), LATER_S)
    assert standing(practice) == starts(day, range(2)), "half of it stood"
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("undone", lambda: hourgate.bookings() == [] and standing(practice) == [], LATER_S)
    assert kit.at(day, 10) in hourgate.visitor().starts(day=day)


STEPS = ["series_after_hold", "series_after_begin", "series_before_create", "series_after_create",
         "series_after_confirm", "series_midway"]


@pytest.mark.long
@pytest.mark.limit(180)
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_is_booked(make, server, step):
    day = kit.day_after(3)
    practice, hourgate = office(make, server, build=kit.FAULTS, env={"HOURGATE_FAULT": step})
    add(hourgate, day, "--weekly", "4")
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log(), LATER_S)
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    all_or_none = [] if step == "series_after_hold" else starts(day, range(4))
    kit.wait_until("settled", lambda: booked(hourgate) == all_or_none and not booked(hourgate, "uncertain"), LATER_S)
    assert standing(practice) == all_or_none
    if all_or_none:
        kit.wait_until("told", lambda: len(server.of(CARLA)) == 1, LATER_S)
    else:
        assert kit.at(day, 10) in hourgate.visitor().starts(day=day) and server.of(CARLA) == []


@pytest.mark.limit(180)
def test_killed_while_the_rest_is_cancelled(make, server):
    day = kit.day_after(3)
    practice, hourgate = office(make, server, build=kit.FAULTS)
    assert add(hourgate, day, "--weekly", "4").returncode == 0
    second = sorted(hourgate.bookings(), key=lambda row: row["start"])[1]
    hourgate.stop()
    hourgate.env["HOURGATE_FAULT"] = "series_after_cancel"
    hourgate.serve()
    hourgate.run("booking", "cancel", "acme", second["id"], "--rest", "--yes")
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log(), LATER_S)
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("settled", lambda: booked(hourgate, "cancelled") == starts(day, range(1, 4)), LATER_S)
    assert standing(practice) == starts(day, [0])
    kit.wait_until("told", lambda: len(server.of(CARLA)) == 2, LATER_S)
