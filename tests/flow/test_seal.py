# SPDX-License-Identifier: ISC
"""P7: sealed unless the operator says otherwise for a personal account; sealing again leaves nothing plain, neither in
the database nor in its log nor in what was freed, also where the vault is killed at any step."""
import os
import random
import signal
import sqlite3
import time

import pytest

import kit
from test_keys import book, keys, shop, walked

MARK = b"Marked Customer"
FAULTS = ["policy_after_write", "walk_step", "walk_before_end", "walk_after_end"]


def plain_in_files(hourgate):
    """Return the data files in which a customer's name can be read."""
    return [path.name for path in hourgate.data.iterdir() if path.is_file() and MARK in path.read_bytes()]


def need_file(hourgate):
    if hourgate.database:
        pytest.skip("looks into SQLite's file")


def counts(hourgate, *words):
    status = hourgate.listed("seal", "status", *words)
    return {f"{row['table']}.{row['column']}": (row["sealed"], row["plain"]) for row in status["columns"]}


def test_a_corporate_account_is_always_sealed(make):
    hourgate = shop(make.hourgate()).serve()
    book(hourgate.visitor(), 3)
    refused = hourgate.run("seal", "policy", "acme", "plain")
    assert refused.returncode == 1 and "corporate" in refused.stderr
    assert not any(plain for _, plain in counts(hourgate).values())
    if not hourgate.database:
        assert not plain_in_files(hourgate)


def test_plain_and_sealed_again(make):
    hourgate = shop(make.hourgate(), "acme", "--kind", "personal").serve()
    shop(hourgate, "zeta", "--kind", "personal")
    visitor = hourgate.visitor()
    book(visitor, 20)
    assert counts(hourgate)["bookings.customer_name"] == (20, 0)
    hourgate.command("seal", "policy", "acme", "plain", "--wait")
    book(visitor, 20, 20)
    book(visitor, 2, page="zeta/intro")
    now = counts(hourgate)
    assert now["bookings.customer_name"] == (2, 40) and now["bookings.event_title"] == (2, 40)
    assert now["bookings.token"] == (42, 0) and now["users.email"] == (2, 0)
    assert counts(hourgate, "zeta")["bookings.customer_name"] == (2, 0)
    assert counts(hourgate, "acme")["bookings.customer_name"] == (0, 40)
    if not hourgate.database:
        assert plain_in_files(hourgate)
        with sqlite3.connect(f"file:{hourgate.data}/hourgate.db?mode=ro", uri=True) as db:
            assert db.execute("SELECT count(*) FROM bookings WHERE substr(customer_name, 1, 1) = x'00'").fetchone() == (40,)
    assert "sealed" in hourgate.command("seal", "all", "--wait")
    now = counts(hourgate)
    assert now["bookings.customer_name"] == (42, 0) and not any(plain for _, plain in now.values())
    assert len(keys(hourgate)) == 1
    names = {row["customer"] for row in hourgate.bookings()}
    assert names == {f"Marked Customer {i}" for i in range(40)}
    if not hourgate.database:
        assert not plain_in_files(hourgate)


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", FAULTS)
def test_killed_while_sealing(make, step):
    hourgate = shop(make.hourgate(build=kit.FAULTS), "acme", "--kind", "personal").serve()
    need_file(hourgate)
    hourgate.command("seal", "policy", "acme", "plain", "--wait")
    book(hourgate.visitor(), 150)
    hourgate.stop()
    assert plain_in_files(hourgate)
    hourgate.env["HOURGATE_FAULT"] = step
    hourgate.serve()
    hourgate.run("seal", "all")
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log())
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("the walk is taken up and ends", lambda: walked(hourgate))
    assert counts(hourgate)["bookings.customer_name"] == (150, 0)
    assert not plain_in_files(hourgate)
    assert len(hourgate.bookings()) == 150


@pytest.mark.long
@pytest.mark.limit(600)
def test_killed_at_random_moments_while_sealing(make):
    hourgate = shop(make.hourgate(), "acme", "--kind", "personal").serve()
    need_file(hourgate)
    hourgate.command("seal", "policy", "acme", "plain", "--wait")
    book(hourgate.visitor(), 300)
    for turn in range(12):
        hourgate.run("seal", "policy", "acme", "plain" if turn % 2 else "sealed")
        time.sleep(random.uniform(0, 0.4))
        os.kill(hourgate.pid("vault"), signal.SIGKILL)
        kit.wait_until("hourgate is back", hourgate.ready, 30)
    hourgate.command("seal", "policy", "acme", "sealed", "--wait")
    assert counts(hourgate)["bookings.customer_name"] == (300, 0)
    assert not plain_in_files(hourgate) and len(hourgate.bookings()) == 300
