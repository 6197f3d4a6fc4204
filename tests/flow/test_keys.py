# SPDX-License-Identifier: ISC
"""P7: keys rotate while serving, a new master key takes over whole or not at all, and a kill at any step loses
nothing. Hosts here have no calendar, so that a booking is what the database holds."""
import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import time

import pytest

import kit

FAULTS = ["rotate_after_write", "walk_step", "walk_before_end", "walk_after_end"]


def shop(hourgate, account="acme", *words):
    """An account whose host keeps bookings in hourgate alone."""
    hourgate.command("account", "add", account, "--name", "Acme AG", *words)
    hourgate.command("user", "add", account, f"anna@{account}.example", "--name", "Anna", "--zone", kit.ZONE)
    hourgate.page(account=account, address=f"anna@{account}.example", increment=30)
    return hourgate


def book(visitor, n, first=0, **more):
    """Make n bookings; return what each was told."""
    starts = [kit.at(kit.day_after(3 + i // 15), 9 + i % 15 // 2, i % 2 * 30) for i in range(first, first + n)]
    answers = []
    for i, start in enumerate(starts, first):
        answer = visitor.book(start, name=f"Marked Customer {i}", key=f"key-{i}", **more)
        assert answer.status == 201, answer.text
        answers.append(answer.json())
    return answers


def keys(hourgate, account="acme"):
    return [row for row in kit.rows(hourgate.listed("key", "list")) if row["account"] == account]


def walked(hourgate):
    return hourgate.listed("seal", "status")["accounts_to_do"] == 0


def test_keys_rotate_while_bookings_are_made(make):
    hourgate = shop(make.hourgate()).serve()
    visitor = hourgate.visitor()
    book(visitor, 60)
    (before,) = keys(hourgate)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        more = pool.submit(book, visitor, 60, 60)
        for _ in range(3):
            said = hourgate.command("key", "rotate", "acme", "--wait")
            assert "destroyed" in said
        assert len(more.result()) == 60
    assert hourgate.command("key", "rotate", "--all", "--wait")
    (after,) = keys(hourgate)
    assert after["key"] != before["key"] and after["values"] == 120 * 7 + 2
    assert sorted(row["customer"] for row in hourgate.bookings()) == sorted(f"Marked Customer {i}" for i in range(120))
    assert visitor.book(kit.at(kit.day_after(3), 9), name="Marked Customer 0", key="key-0").status == 201
    hourgate.restart()
    assert len(hourgate.bookings()) == 120


def test_a_rotation_without_a_server_is_done_when_the_command_ends(make):
    hourgate = shop(make.hourgate())
    (before,) = keys(hourgate)
    assert "destroyed" in hourgate.command("key", "rotate", "acme")
    (after,) = keys(hourgate)
    assert before["key"] != after["key"] and before["values"] == after["values"]
    refused = hourgate.run("key", "rotate")
    assert refused.returncode == 2 and "--all" in refused.stderr
    assert hourgate.run("key", "rotate", "nobody").returncode == 1


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", FAULTS)
def test_killed_while_rotating(make, step):
    hourgate = shop(make.hourgate(build=kit.FAULTS)).serve()
    book(hourgate.visitor(), 40)
    (before,) = keys(hourgate)
    hourgate.stop()
    hourgate.env["HOURGATE_FAULT"] = step
    hourgate.serve()
    hourgate.run("key", "rotate", "acme")
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log())
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("the walk is taken up and ends", lambda: walked(hourgate))
    (after,) = keys(hourgate)
    assert after["key"] != before["key"] and after["values"] == before["values"]
    assert len(hourgate.bookings()) == 40
    book(hourgate.visitor(), 5, 40)


@pytest.mark.long
@pytest.mark.limit(600)
def test_killed_at_random_moments_while_rotating(make):
    hourgate = shop(make.hourgate()).serve()
    book(hourgate.visitor(), 120)
    for _ in range(15):
        hourgate.run("key", "rotate", "acme")
        time.sleep(random.uniform(0, 0.3))
        os.kill(hourgate.pid("vault"), signal.SIGKILL)
        kit.wait_until("hourgate is back", hourgate.ready, 30)
    kit.wait_until("the walk ends", lambda: walked(hourgate), 60)
    assert len(keys(hourgate)) == 1 and len(hourgate.bookings()) == 120


# ---- the master key ----

def master(hourgate):
    return hourgate.listed("key", "list")["master"]


def test_another_master_key_takes_over(make):
    hourgate = shop(make.hourgate()).serve()
    visitor = hourgate.visitor()
    book(visitor, 10)
    was, file, new = master(hourgate), hourgate.setting("data", "key"), hourgate.folder / "new.key"
    said = hourgate.command("key", "rewrap", "--new-key", new)
    assert f"mv {new} {file}" in said and was in said
    assert new.stat().st_mode & 0o777 == 0o400
    assert master(hourgate) != was
    book(visitor, 5, 10)  # it serves on
    again = hourgate.run("key", "rewrap", "--new-key", new)
    assert again.returncode == 1 and "already" in again.stderr
    hourgate.stop()
    refused = hourgate.run("serve")
    assert refused.returncode == 1
    (line,) = [line for line in refused.stderr.splitlines() if "not started" in line]
    assert "wrong master key" in line and file in line and was in line
    shutil.move(new, file)
    hourgate.serve()
    assert len(hourgate.bookings()) == 15


@pytest.mark.parametrize("step, opens", [("rewrap_before_write", "old"), ("rewrap_after_write", "new")])
def test_killed_while_rewrapping(make, step, opens):
    """Either key works, one of them, and the refusal says which."""
    hourgate = shop(make.hourgate(build=kit.FAULTS))
    hourgate.command("account", "add", "other", "--name", "Other")
    was, file, new = master(hourgate), hourgate.setting("data", "key"), hourgate.folder / "new.key"
    hourgate.env["HOURGATE_FAULT"] = step
    done = hourgate.run("key", "rewrap", "--new-key", new)
    assert done.returncode == 1 and "whole or not at all" in done.stderr and str(new) in done.stderr
    hourgate.env.pop("HOURGATE_FAULT")
    first = hourgate.run("key", "list", "--json")
    if opens == "old":
        assert json.loads(first.stdout)["master"] == was
        hourgate.command("key", "rewrap", "--new-key", new)  # again, with the key that was made
    else:
        wanted = re.search(r"under master key (\w{16})", first.stderr).group(1)
        assert first.returncode == 1 and wanted != was
    shutil.move(new, file)
    assert master(hourgate) != was
    assert {row["account"] for row in hourgate.listed("account", "list")} == {"acme", "other"}


def test_a_lost_key_is_one_clear_message(make):
    hourgate = make.hourgate()
    file = kit.pathlib.Path(hourgate.setting("data", "key"))
    file.rename(hourgate.folder / "away")
    for words in (["serve"], ["account", "list"]):
        done = hourgate.run(*words)
        assert done.returncode == 1 and str(file) in done.stderr and "bring back a copy" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert "password" not in done.stderr


def test_the_key_may_be_a_credential(make):
    hourgate = shop(make.hourgate())
    file = kit.pathlib.Path(hourgate.setting("data", "key"))
    place = hourgate.folder / "credentials"
    place.mkdir()
    file.rename(place / "hourgate.key")
    hourgate.configure({"data.key": "credential:hourgate.key"})
    refused = hourgate.run("serve")
    assert refused.returncode == 1 and "LoadCredential=hourgate.key" in refused.stderr
    hourgate.env["CREDENTIALS_DIRECTORY"] = str(place)
    hourgate.serve()
    book(hourgate.visitor(), 1)
    del hourgate.env["CREDENTIALS_DIRECTORY"]
    assert len(keys(hourgate)) == 1  # commands go through the server, which has it
    hourgate.stop()
    (place / "hourgate.key").rename(hourgate.config.parent / "hourgate.key")
    assert len(keys(hourgate)) == 1  # by hand, where there is no server: beside the configuration
    hourgate.configure({"data.key": "credential:../hourgate.key"})
    assert "no name of a credential" in hourgate.run("account", "list").stderr
