# SPDX-License-Identifier: ISC
"""Past bookings forget their customer after a set time: in the background, in small batches, whatever is killed."""
import os
import random
import signal
import time

import pytest

import kit
from test_customer import CARLA, book, export, make_past


def named(hourgate):
    return len(export(hourgate)["bookings"])


def test_after_the_configured_time(make):
    practice, hourgate = make.office(settings={"data.keep_bookings_days": 30})
    book(hourgate, 3, 10)
    make_past(hourgate, 40)
    book(hourgate, 3, 12)
    kit.wait_until("the old one is forgotten", lambda: named(hourgate) == 1, 20)
    rows = kit.rows(hourgate.listed("booking", "list", "acme", "--from", "2020-01-01", "--to", "2100-01-01"))
    assert sorted(row["customer"] for row in rows) == ["", "Carla Customer"]
    assert all(row["start"] and row["page"] == "intro" for row in rows)
    assert len(practice.bookings("anna@practice.example")) == 2


@pytest.mark.long
def test_each_account_may_say_another_time(make):
    _, hourgate = make.office(settings={"data.keep_bookings_days": 0})
    book(hourgate, 3, 10)
    make_past(hourgate, 40)
    time.sleep(6)
    assert named(hourgate) == 1, "0 keeps for good"
    hourgate.command("account", "keep", "acme", 50)
    time.sleep(6)
    assert named(hourgate) == 1
    hourgate.command("account", "keep", "acme", 20)
    kit.wait_until("it is forgotten", lambda: named(hourgate) == 0, 20)
    assert hourgate.run("account", "keep", "acme", "soon").returncode == 2
    hourgate.command("account", "keep", "acme", "default")


def test_cancelled_ones_too(make):
    _, hourgate = make.office(settings={"data.keep_bookings_days": 30})
    link = book(hourgate, 3, 10)
    assert kit.cancel(hourgate.visitor(), link).status < 400
    make_past(hourgate, 40)
    kit.wait_until("it is forgotten", lambda: named(hourgate) == 0, 20)


@pytest.mark.limit(240)
def test_killed_between_batches(make):
    _, hourgate = make.office(build=kit.FAULTS, settings={"data.keep_bookings_days": 30})
    for hour in range(9, 17):
        book(hourgate, 3, hour)
    hourgate.kill()
    hourgate.env["HOURGATE_FAULT"] = "keeper_between_batches"
    make_past(hourgate, 40)
    with pytest.raises(AssertionError):
        hourgate.serve(8)
    if hourgate.parent and hourgate.parent.running():
        hourgate.parent.process.kill()
    hourgate.parent.stop()
    hourgate.parent = None
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("all are forgotten", lambda: named(hourgate) == 0, 30)


@pytest.mark.limit(240)
def test_killed_at_random_moments(make):
    _, hourgate = make.office(settings={"data.keep_bookings_days": 30})
    for day in (3, 4, 5, 6):
        for hour in range(9, 17):
            book(hourgate, day, hour)
    hourgate.stop()
    make_past(hourgate, 40)
    for _ in range(4):
        hourgate.serve()
        time.sleep(random.uniform(0, 0.05))
        vault = hourgate.pid("vault")
        if vault:
            os.kill(vault, signal.SIGKILL)
        hourgate.kill()
    hourgate.serve()
    kit.wait_until("all are forgotten", lambda: named(hourgate) == 0, 30)
    rows = kit.rows(hourgate.listed("booking", "list", "acme", "--from", "2020-01-01", "--to", "2100-01-01"))
    assert len(rows) == 32 and {row["customer"] for row in rows} == {""}
    assert CARLA not in hourgate.log()
