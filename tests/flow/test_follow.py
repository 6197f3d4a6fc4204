# SPDX-License-Identifier: ISC
"""What hosts do to booked events in their own calendar, by exchangelib as Outlook would: the booking follows within one
interval, or the host is asked, or nothing happens, as the page says. Nothing is told twice, and nothing is lost when the
vault is killed."""
import time

import kit
import pytest

ANNA = "anna@practice.example"
POLL_S = 1
LATER_S = 60  # for slow machines; one interval is a second here


@pytest.fixture(name="office")
def office_fixture(make):
    """Of a page with a setting: practice, hourgate, visitor and day, with 10 o'clock booked."""
    def furnish(build=kit.BUILD, **page):
        practice, hourgate = make.office(build=build, settings={"upstream.timeout": 2})
        hourgate.stop()
        hourgate.configure({"upstream.poll": POLL_S, "upstream.watch": 0})
        hourgate.serve()
        if page:
            hourgate.page(**page)
        visitor, day = hourgate.visitor(), kit.day_after(3)
        assert visitor.book(kit.at(day, 10)).status == 201
        return practice, hourgate, visitor, day
    return furnish


def move_event(practice, to):
    """Move the only booked event to another time."""
    start = kit.utc(to)
    return kit.exchangelib(practice, ANNA, f"""
item, = [item for item in account.calendar.all() if "Carla" in item.subject]
length = item.end - item.start
item.start = EWSDateTime.from_string({start!r})
item.end = item.start + length
item.save(update_fields=["start", "end"])
out = str(item.start)
""")


def delete_event(practice, how="move_to_trash"):
    return kit.exchangelib(practice, ANNA, f"""
item, = [item for item in account.calendar.all() if "Carla" in item.subject]
item.{how}()
out = "gone"
""")


def booked(hourgate):
    booking, = hourgate.bookings()
    return booking["state"], booking["start"]


def rounds(practice, n=3):
    """Wait until the calendar was asked for changes a few times more."""
    before = len(practice.asked("SyncFolderItems"))
    kit.wait_until("it is asked", lambda: len(practice.asked("SyncFolderItems")) >= before + n, LATER_S)


def notices(hourgate):
    return kit.rows(hourgate.listed("attention", "list", "acme"))


def test_a_moved_event_takes_its_booking_along(office):
    practice, hourgate, visitor, day = office()
    rounds(practice, 2)
    move_event(practice, kit.at(day, 14))
    kit.wait_until("it follows", lambda: booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14))), LATER_S)
    starts = visitor.starts(day=day)
    assert kit.at(day, 10) in starts and kit.at(day, 14) not in starts
    practice.forget()
    rounds(practice)
    assert booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14)))
    assert practice.asked("UpdateItem") == practice.asked("CreateItem") == [], "nothing comes back"
    shown = kit.rows(hourgate.listed("audit", "show", "acme"))
    moved, = [row for row in shown if row["what"] == "booking moved"]
    assert moved["by"].startswith("host"), moved


@pytest.mark.parametrize("how", ["move_to_trash", "delete"])
def test_a_deleted_event_cancels_its_booking(office, how):
    practice, hourgate, visitor, day = office()
    rounds(practice, 2)
    delete_event(practice, how)
    kit.wait_until("it follows", lambda: booked(hourgate)[0] == "cancelled", LATER_S)
    assert kit.at(day, 10) in visitor.starts(day=day)
    assert notices(hourgate) == []


def test_ask_puts_it_to_the_host_once(office):
    practice, hourgate, _, day = office(follow="ask")
    rounds(practice, 2)
    move_event(practice, kit.at(day, 14))
    kit.wait_until("a notice", lambda: notices(hourgate), LATER_S)
    rounds(practice)
    notice, = notices(hourgate)
    assert notice["moved_to"] == kit.utc(kit.at(day, 14)) and "moved" in notice["what"]
    assert booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 10)))
    delete_event(practice)
    kit.wait_until("another", lambda: len(notices(hourgate)) == 2, LATER_S)
    assert booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 10)))


@pytest.mark.parametrize("deed", ["moves", "deletes"])
@pytest.mark.parametrize("answer", ["accept", "restore"])
def test_a_notice_is_answered_in_one_step(office, deed, answer):
    practice, hourgate, visitor, day = office(follow="ask")
    rounds(practice, 2)
    if deed == "moves":
        move_event(practice, kit.at(day, 14))
    else:
        delete_event(practice)
    kit.wait_until("a notice", lambda: notices(hourgate), LATER_S)
    number = str(notices(hourgate)[0]["id"])
    for _ in range(2):
        hourgate.command("attention", answer, "acme", number)
    if deed == "moves" or answer == "restore":
        rounds(practice)  # of a cancelled one nothing is followed
    follows = answer == "accept" and ("confirmed", kit.utc(kit.at(day, 14))) if deed == "moves" else \
        answer == "accept" and ("cancelled", kit.utc(kit.at(day, 10)))
    assert booked(hourgate) == (follows or ("confirmed", kit.utc(kit.at(day, 10)))) and notices(hourgate) == []
    seen = kit.exchangelib(practice, ANNA, """
out = [item.start.isoformat() for item in account.calendar.all() if "Carla" in item.subject]
""")
    stands = [] if answer == "accept" and deed == "deletes" else [booked(hourgate)[1]]
    assert [kit.utc(kit.datetime.datetime.fromisoformat(start)) for start in seen] == stands
    assert (kit.at(day, 10) in visitor.starts(day=day)) == (answer == "accept")
    told = [row["what"] for row in kit.rows(hourgate.listed("audit", "show", "acme"))]
    once = "event restored" if answer == "restore" else "booking moved" if deed == "moves" else "booking cancelled"
    assert told.count(once) == 1, told


def test_nothing_is_restored_over_what_took_its_time(office):
    practice, hourgate, _, day = office(follow="ask")
    rounds(practice, 2)
    move_event(practice, kit.at(day, 14))
    kit.wait_until("a notice", lambda: notices(hourgate), LATER_S)
    number = str(notices(hourgate)[0]["id"])
    practice.add(ANNA, kit.event("Marked: bank", kit.at(day, 10), 60))
    refused = hourgate.run("attention", "restore", "acme", number)
    assert refused.returncode == 1 and "taken by something else" in refused.stderr and len(notices(hourgate)) == 1
    hourgate.command("attention", "restore", "acme", number, "--over-busy")
    assert notices(hourgate) == []


@pytest.mark.limit(120)
@pytest.mark.parametrize("step", ["restore_before_write", "restore_after_write", "accept_before_write",
                                  "accept_after_write"])
def test_killed_while_a_notice_is_answered(office, step):
    practice, hourgate, _, day = office(build=kit.FAULTS, follow="ask")
    rounds(practice, 2)
    delete_event(practice)
    kit.wait_until("a notice", lambda: notices(hourgate), LATER_S)
    words = "attention", step.split("_", maxsplit=1)[0], "acme", str(notices(hourgate)[0]["id"])
    hourgate.stop()
    hourgate.env["HOURGATE_FAULT"] = step
    hourgate.serve()
    hourgate.run(*words)
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log(), LATER_S)
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    hourgate.command(*words)
    assert booked(hourgate)[0] == ("confirmed" if words[1] == "restore" else "cancelled")
    assert notices(hourgate) == [] and len(practice.bookings(ANNA)) == (words[1] == "restore")


def test_ignore_does_nothing(office):
    practice, hourgate, _, day = office(follow="ignore")
    move_event(practice, kit.at(day, 14))
    time.sleep(4 * POLL_S)
    assert practice.asked("SyncFolderItems") == []
    assert booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 10))) and notices(hourgate) == []


def test_what_customers_do_is_no_change(office):
    practice, hourgate, visitor, day = office()
    rounds(practice, 2)
    booking = visitor.book(kit.at(day, 12), name="Dora Customer").json()
    link = kit.path_of(booking["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 15)).status < 400
    rounds(practice, 2)
    assert kit.cancel(visitor, link).status < 400
    rounds(practice, 2)
    states = sorted((row["state"], row["start"]) for row in hourgate.bookings())
    assert states == [("cancelled", kit.utc(kit.at(day, 15))), ("confirmed", kit.utc(kit.at(day, 10)))]
    assert notices(hourgate) == []


def test_what_happens_while_the_vault_is_dead_is_not_lost(office):
    practice, hourgate, _, day = office()
    rounds(practice, 2)
    hourgate.stop()
    move_event(practice, kit.at(day, 14))
    hourgate.serve()
    kit.wait_until("it follows", lambda: booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14))), LATER_S)
    delete_event(practice)
    hourgate.kill_program("vault")
    kit.wait_until("it follows", lambda: booked(hourgate)[0] == "cancelled", LATER_S)


@pytest.mark.long
@pytest.mark.limit(180)
@pytest.mark.parametrize("deed, step", [
    ("moves", "follow_after_take"), ("moves", "follow_after_write"), ("moves", "follow_after_state"),
    ("deletes", "follow_before_write"), ("deletes", "follow_before_state")])
def test_killed_while_it_follows(office, deed, step):
    practice, hourgate, _, day = office(build=kit.FAULTS)
    rounds(practice, 2)
    hourgate.stop()
    if deed == "moves":
        move_event(practice, kit.at(day, 14))
    else:
        delete_event(practice)
    hourgate.env["HOURGATE_FAULT"] = step
    hourgate.serve()
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log(), LATER_S)
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    follows = ("confirmed", kit.utc(kit.at(day, 14))) if deed == "moves" else ("cancelled", kit.utc(kit.at(day, 10)))
    kit.wait_until("it follows", lambda: booked(hourgate) == follows, LATER_S)
    time.sleep(3 * POLL_S)
    told = [row["what"] for row in kit.rows(hourgate.listed("audit", "show", "acme"))]
    assert told.count("booking moved") + told.count("booking cancelled") == 1, told
    assert kit.at(day, 10) in hourgate.visitor().starts(day=day)


@pytest.mark.parametrize("cancelled", ["remove", "keep"])
def test_what_stays_of_a_cancelled_booking(make, cancelled):
    practice, hourgate = make.office(cancelled=cancelled)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    assert kit.cancel(visitor, link).status < 400
    assert booked(hourgate)[0] == "cancelled"
    assert kit.at(day, 10) in visitor.starts(day=day), "it is free"
    left = kit.exchangelib(practice, ANNA, """
out = [(item.subject, item.legacy_free_busy_status, item.reminder_is_set)
       for item in account.calendar.all() if "Carla" in item.subject]
""")
    assert left == ([["Cancelled: Introduction - Carla Customer", "Free", False]] if cancelled == "keep" else [])
