# SPDX-License-Identifier: ISC
"""P5: "confirmed" means it stands in the calendar. Killed at any step, a booking is settled on restart: no
ghost, no duplicate, nothing lost. The vault of build/faults kills itself at the step that HOURGATE_FAULT names."""
import http.client

import pytest

import kit

ANNA = "anna@practice.example"
BOOK = ["book_after_hold", "book_after_busy", "book_before_create", "book_after_create",
        "book_before_confirm", "book_after_confirm"]
MOVE = ["move_after_hold", "move_after_busy", "move_before_update", "move_after_update",
        "move_before_confirm", "move_after_confirm"]
CANCEL = ["cancel_before_remove", "cancel_after_remove", "cancel_before_confirm", "cancel_after_confirm"]
TIMEOUT_S = 2


def attempt(action):
    """Do what a customer does while the server dies; return the status, None without an answer."""
    try:
        return action().status
    except (OSError, http.client.HTTPException):
        return None


def settled(practice, hourgate):
    """Wait until bookings and calendar say the same; return (confirmed bookings, events in the calendar)."""
    seen = []

    def done():
        rows = hourgate.bookings()
        seen[:] = [row for row in rows if row["state"] == "confirmed"], practice.bookings(ANNA)
        return not {row["state"] for row in rows} & {"held", "uncertain"} and same_times(*seen)
    kit.wait_until("every booking is settled", done, 60)
    return seen


def same_times(rows, events):
    return sorted(row["start"] for row in rows) == sorted(event["Start"] for event in events)


def struck(hourgate):
    """Whether the vault killed itself; its parent notices a moment later."""
    return kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log())


def office(make, **env):
    practice, hourgate = make.office(build=kit.FAULTS, env=env, increment=15,
                                     settings={"upstream.timeout": TIMEOUT_S})
    return practice, hourgate, hourgate.visitor(), kit.day_after(3)


def without_fault(hourgate):
    """The machine comes back after the power cut."""
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT", None)
    hourgate.serve()
    return hourgate.visitor()


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", BOOK)
def test_killed_while_booking(make, step):
    practice, hourgate, visitor, day = office(make, HOURGATE_FAULT=step)
    start = kit.at(day, 10)
    status = attempt(lambda: visitor.book(start, key="once"))
    assert status != 201, "the fault did not strike"
    visitor = without_fault(hourgate)
    rows, events = settled(practice, hourgate)
    assert len(events) <= 1
    # The customer tries again with the same key: one booking, one event, never two.
    kit.wait_until("the retry is answered", lambda: visitor.book(start, key="once").status == 201, 150)
    rows, events = settled(practice, hourgate)
    assert len(rows) == 1


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", [*MOVE[:2], *(pytest.param(step, marks=pytest.mark.long) for step in MOVE[2:])])
def test_killed_while_moving(make, step):
    practice, hourgate, visitor, day = office(make, HOURGATE_FAULT=step)
    booked = visitor.book(kit.at(day, 10))
    assert booked.status == 201
    link = kit.path_of(booked.json()["manage_url"])
    attempt(lambda: kit.move(visitor, link, kit.at(day, 10, 15)))
    assert struck(hourgate)
    visitor = without_fault(hourgate)
    rows, events = settled(practice, hourgate)
    assert len(rows) == 1
    kit.wait_until("the move works now", lambda: kit.move(visitor, link, kit.at(day, 11)).status < 400, 60)
    rows, events = settled(practice, hourgate)
    assert [row["start"] for row in rows] == [kit.utc(kit.at(day, 11))]


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", CANCEL)
def test_killed_while_cancelling(make, step):
    practice, hourgate, visitor, day = office(make, HOURGATE_FAULT=step)
    booked = visitor.book(kit.at(day, 10))
    assert booked.status == 201
    link = kit.path_of(booked.json()["manage_url"])
    attempt(lambda: kit.cancel(visitor, link))
    assert struck(hourgate)
    visitor = without_fault(hourgate)
    settled(practice, hourgate)
    kit.wait_until("cancelled in the end", lambda: kit.cancel(visitor, link).status < 500, 60)
    kit.wait_until("the event is gone", lambda: not practice.bookings(ANNA))
    rows, events = settled(practice, hourgate)
    assert not rows and not events
    assert kit.at(day, 10) in visitor.starts(day=day)


@pytest.mark.parametrize("mode", [{"mode": "drop_after"}, {"mode": "slow_after", "seconds": 6}])
@pytest.mark.parametrize("operation", ["CreateItem", "GetItem"])
def test_the_answer_to_a_write_is_lost(make, operation, mode):
    """Exchange did it and nobody heard: the event is found again by our uid and counts."""
    practice, hourgate, visitor, day = office(make)
    practice.misbehave(operation=operation, count=1, **mode)
    start = kit.at(day, 10)
    status = attempt(lambda: visitor.book(start, key="once"))
    rows, events = settled(practice, hourgate)
    if status == 201:
        assert len(events) == 1
    kit.wait_until("the retry is answered", lambda: visitor.book(start, key="once").status == 201, 60)
    rows, events = settled(practice, hourgate)
    assert len(rows) == 1


@pytest.mark.parametrize("mode", ["drop_before", "http_503", *(pytest.param(mode, marks=pytest.mark.long) for mode in
                                                               ["http_500", "item_busy", "deny"])])
def test_a_write_that_did_not_happen_is_no_booking(make, mode):
    practice, hourgate, visitor, day = office(make)
    practice.misbehave(mode, operation="CreateItem")
    status = attempt(lambda: visitor.book(kit.at(day, 10)))
    assert status != 201
    practice.behave()
    rows, events = settled(practice, hourgate)
    assert not rows and not events
    kit.wait_until("the slot is free again", lambda: kit.at(day, 10) in visitor.starts(day=day), 60)


@pytest.mark.parametrize("mode", ["read_back_wrong", "drop_named_property"])
def test_an_event_that_reads_back_wrong_is_not_confirmed(make, mode):
    practice, hourgate, visitor, day = office(make)
    practice.misbehave(mode)
    assert attempt(lambda: visitor.book(kit.at(day, 10))) != 201
    practice.behave()
    settled(practice, hourgate)  # whatever it decides, both sides say the same


def test_a_slot_taken_meanwhile_in_outlook_is_refused(make):
    """The calendar is read again after the hold: what came between the page and the click counts."""
    practice, hourgate, visitor, day = office(make)
    assert kit.at(day, 10) in visitor.starts(day=day)
    practice.add(ANNA, kit.event("Just now", kit.at(day, 10)))
    answer = visitor.book(kit.at(day, 10))
    assert answer.status == 409
    assert kit.at(day, 10) not in [kit.instant(slot["start"]) for slot in answer.json()["slots"]]
    assert practice.bookings(ANNA) == [] and settled(practice, hourgate)[0] == []


@pytest.mark.long
@pytest.mark.limit(600)
def test_killed_at_random_moments(make):
    """Twenty times: several customers at once, the vault killed somewhere in between."""
    import os  # pylint: disable=import-outside-toplevel
    import random  # pylint: disable=import-outside-toplevel
    import signal  # pylint: disable=import-outside-toplevel
    import threading  # pylint: disable=import-outside-toplevel
    import time  # pylint: disable=import-outside-toplevel
    practice, hourgate, visitor, day = office(make)
    said = []
    for turn in range(20):
        def customer(number, turn=turn):
            start = kit.at(kit.day_after(3 + turn), 9 + number)
            said.append((start, attempt(lambda: visitor.book(start))))
        threads = [threading.Thread(target=customer, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0, 0.12))
        vault = hourgate.pid("vault")
        if vault:
            os.kill(vault, signal.SIGKILL)
        for thread in threads:
            thread.join()
        kit.wait_until("hourgate is back", hourgate.ready, 30)
    rows, _ = settled(practice, hourgate)
    starts = {row["start"] for row in rows}
    assert len(starts) == len(rows)
    for start, status in said:
        if status == 201:
            assert kit.utc(start) in starts, "a confirmed booking was lost"
