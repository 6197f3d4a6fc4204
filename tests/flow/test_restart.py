# SPDX-License-Identifier: ISC
"""The restart rules: the edge is restarted; the vault takes all with it; the parent dies with its children."""
import os
import signal
import time

import kit


def test_a_killed_edge_comes_back_alone(make):
    _, hourgate = make.office()
    vault = hourgate.pid("vault")
    hourgate.kill_program("edge")
    kit.wait_until("visitors are served", hourgate.ready)
    assert hourgate.pid("vault") == vault
    assert hourgate.visitor().starts(day=kit.day_after(3))


def test_a_killed_courier_comes_back(make):
    practice, hourgate = make.office()
    day = kit.day_after(3)
    assert hourgate.visitor().starts(day=day)
    edge = hourgate.pid("edge")
    hourgate.kill_program("courier")
    kit.wait_until("slots are back", lambda: hourgate.visitor().starts(day=day), 30)
    assert hourgate.pid("edge") == edge
    assert hourgate.visitor().book(kit.at(day, 10)).status == 201
    assert len(practice.bookings("anna@practice.example")) == 1


def test_a_killed_courier_child_is_replaced(make):
    _, hourgate = make.office()
    day = kit.day_after(3)
    assert hourgate.visitor().starts(day=day)
    for child in kit.children(hourgate.pid("courier")):
        os.kill(child, signal.SIGKILL)
    kit.wait_until("slots are back", lambda: hourgate.visitor().starts(day=day), 30)


def test_a_killed_vault_restarts_all(make):
    _, hourgate = make.office()
    day = kit.day_after(3)
    assert hourgate.visitor().book(kit.at(day, 10)).status == 201
    old = hourgate.pids()
    os.kill(hourgate.pid("vault"), signal.SIGKILL)
    kit.wait_until("everything is new", lambda: len(hourgate.pids()) == len(old) and
                   not set(old) & set(hourgate.pids()), 30)
    kit.wait_until("visitors are served", hourgate.ready, 30)
    assert kit.at(day, 10) not in hourgate.visitor().starts(day=day)
    assert [row["state"] for row in hourgate.bookings()] == ["confirmed"]


def test_a_killed_parent_takes_all_along(make):
    _, hourgate = make.office()
    hourgate.visitor().starts(day=kit.day_after(3))
    hourgate.kill()  # waits until all are gone
    hourgate.serve()
    assert hourgate.visitor().starts(day=kit.day_after(3))


def test_it_stops_when_told_and_leaves_nothing_behind(make):
    _, hourgate = make.office()
    hourgate.visitor().starts(day=kit.day_after(3))
    began = time.monotonic()
    assert hourgate.stop() == 0
    assert time.monotonic() - began < 10 * kit.SLOW


def test_it_stops_while_visitors_wait(make):
    import threading  # pylint: disable=import-outside-toplevel
    practice, hourgate = make.office()
    practice.misbehave("slow", seconds=4)

    def wait():
        try:
            hourgate.visitor().starts(day=kit.day_after(5))
        except (OSError, AssertionError, ValueError, kit.http.client.HTTPException):
            pass
    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.5)
    assert hourgate.stop() == 0
    waiting.join()
