# SPDX-License-Identifier: ISC
"""The audit: who read which mailbox, what was changed by whom; and no row of it changes unseen."""
import contextlib
import hashlib
import json
import os
import re
import signal
import sqlite3
import struct
import time

import pytest

import kit

ANNA = "anna@practice.example"
SUBJECT = "Marked subject of an event"
PLACES = 2 ** 40  # of a chain, in a row's number


def shown(hourgate, *words):
    return kit.rows(hourgate.listed("audit", "show", "acme", *words))


def exported(hourgate, *words):
    return [json.loads(line) for line in hourgate.command("audit", "export", *words).splitlines()]


def verify(hourgate, *words):
    done = hourgate.run("audit", "verify", "--json", *words)
    assert not done.stderr, done.stderr
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["ok"] else 1)
    return found


def busy_day(make, **more):
    """Let a few things happen; return the practice server, the hourgate and the day."""
    day = kit.day_after(3)
    anna = kit.person(ANNA, [kit.event(SUBJECT, kit.at(day, 12))])
    practice, hourgate = make.office(anna, **more)
    visitor = hourgate.visitor()
    assert visitor.starts(day=day)
    answer = visitor.book(kit.at(day, 10))
    assert answer.status == 201
    kit.cancel(visitor, kit.path_of(answer.json()["manage_url"]))
    hourgate.command("connection", "check", "acme", "1")
    kit.wait_until("what was noted is written", lambda: "check" in [row["what"] for row in shown(hourgate)])
    return practice, hourgate, day


# ---- what it says ----

def test_it_says_who_read_which_mailbox_and_what_was_done(make):
    _, hourgate, _ = busy_day(make)
    rows = shown(hourgate)
    did = [(row["what"], row["by"]) for row in rows]
    for expected in [("account added", "command"), ("user added", "command"), ("connection added", "command"),
                     ("page put", "command"), ("sign-in", "visitor"), ("busy", "visitor"), ("busy", "customer"),
                     ("write", "customer"), ("booking made", "customer"), ("cancellation asked", "customer"),
                     ("remove", "customer"), ("booking cancelled", "customer"), ("check", "command")]:
        assert expected in did, f"{expected} is not in {did}"
    made = next(row for row in rows if row["what"] == "booking made")
    assert made["number"] in [row["id"] for row in hourgate.bookings()]
    reads = shown(hourgate, "--mailbox", ANNA.upper())
    assert {row["mailbox"] for row in reads} == {ANNA}
    assert {"busy", "write", "remove", "check"} <= {row["what"] for row in reads}
    assert {row["result"] for row in reads} == {"ok"}
    assert shown(hourgate, "--mailbox", "nobody@practice.example") == []
    assert shown(hourgate, "--to", "2020-01-01") == []
    said = json.dumps(rows) + json.dumps(exported(hourgate))
    for secret in (SUBJECT, kit.PASSWORD, "carla@customer.example", "Carla Customer"):
        assert secret not in said


def test_nothing_of_a_mailbox_or_a_person_stands_in_the_table(make):
    _, hourgate, _ = busy_day(make)
    table = json.dumps(exported(hourgate))
    for text in (ANNA, "acme", "intro", "carla", "PRACTICE"):
        assert text.encode().hex() not in table and text not in table


def test_a_refused_sign_in_is_written_down(make):
    practice, hourgate, day = busy_day(make)
    hourgate.command("connection", "password", "acme", "1", "--password-stdin", stdin="wrong\n")
    hourgate.visitor().slots(day=day)
    del practice
    kit.wait_until("the refusal is written", lambda: {("sign-in", "sign-in refused"), ("refused once", "ok")} <= {
        (row["what"], row["result"]) for row in shown(hourgate)})
    assert ("password replaced", "command") in [(row["what"], row["by"]) for row in shown(hourgate)]


# ---- what a stranger verifies, from doc/crypto.md alone ----

def row_hash(previous, row):
    details = bytes.fromhex(row["details"])
    numbers = [row["number"] * PLACES + row["row"], row["at"], row["kind"], row["actor"], row["account"],
               row["subject"], row["result"]]
    return hashlib.sha256(previous + struct.pack("<7q", *numbers) + struct.pack("<I", len(details))
                          + details).hexdigest()


def check_export(rows):
    """Follow the chains of an export; return {node: (row, hash)} of their ends."""
    ends = {}
    for row in rows:
        if row["node"] not in ends:
            ends[row["node"]] = (row["row"] - 1, row["previous"])
        last, previous = ends[row["node"]]
        assert row["row"] == last + 1, f"row {last + 1} is missing"
        assert row["hash"] == row_hash(bytes.fromhex(previous), row), f"row {row['row']} was changed"
        ends[row["node"]] = (row["row"], row["hash"])
    return ends


def told(text):
    """Return {node: (row, hash)} that a log says last."""
    return {node: (int(row), code) for node, row, code in
            re.findall(r"audit: node (\S+) row (\d+) hash ([0-9a-f]{64})", text)}


def test_an_export_is_verified_without_hourgate(make):
    _, hourgate, _ = busy_day(make)
    hourgate.stop()
    rows = exported(hourgate)
    ends = check_export(rows)
    assert ends == told(hourgate.log()) and len(ends) == 1
    part = exported(hourgate, "--from", time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400)))
    assert check_export(part) == ends
    assert exported(hourgate, "--to", "2020-01-01") == []
    rows[3]["actor"] += 1
    with pytest.raises(AssertionError, match="row 4 was changed"):
        check_export(rows)


# ---- what is found ----

def first_of(database, what):
    return database.execute(f"SELECT id FROM audit WHERE {what} ORDER BY id LIMIT 1").fetchone()[0]


def swap(database):
    database.execute("UPDATE audit SET id = -1 WHERE id % ? = 3", (PLACES,))
    database.execute("UPDATE audit SET id = id - 1 WHERE id % ? = 4", (PLACES,))
    database.execute(f"UPDATE audit SET id = {PLACES + 4} WHERE id = -1")


def forge(database):
    """Add a row with the right hash; only its code is beyond somebody who has the file alone."""
    names = ["id", "at", "kind", "actor", "account", "subject", "result", "details", "hash", "code"]
    last = dict(zip(names, database.execute("SELECT * FROM audit ORDER BY id DESC LIMIT 1").fetchone()))
    row = {**last, "number": 1, "row": last["id"] % PLACES + 1, "details": ""}
    digest = bytes.fromhex(row_hash(last["hash"], row))
    database.execute("INSERT INTO audit SELECT id + 1, at, kind, actor, account, subject, result, x'', ?, code"
                     " FROM audit WHERE id = ?", (digest, last["id"]))


EDITS = {
    "a time": ("UPDATE audit SET at = at - 60 WHERE id % {places} = 5", 5),
    "a result": ("UPDATE audit SET result = 1 WHERE id % {places} = 5", 5),
    "an actor": ("UPDATE audit SET actor = actor + 1 WHERE id % {places} = 2", 2),
    "an account": ("UPDATE audit SET account = 7 WHERE id % {places} = 2", 2),
    "details": ("UPDATE audit SET details = x'' WHERE id % {places} = 3", 3),
    "a hash": ("UPDATE audit SET hash = zeroblob(32) WHERE id % {places} = 6", 6),
    "a code": ("UPDATE audit SET code = zeroblob(32) WHERE id % {places} = 6", 6),
    "a removed row": ("DELETE FROM audit WHERE id % {places} = 6", 6),
    "a removed beginning": ("DELETE FROM audit WHERE id % {places} < 6", 1),
    "swapped rows": (swap, 3),
    "a forged row": (forge, None),
    "another chain key": ("UPDATE nodes SET chain_key = zeroblob(61)", 0),
    "a removed node": ("DELETE FROM nodes", 1),
}


def edit(hourgate, change):
    with contextlib.closing(sqlite3.connect(hourgate.data / "hourgate.db")) as database, database:
        if callable(change):
            change(database)
        else:
            database.execute(change.format(places=PLACES))


@pytest.fixture(scope="module", name="lived")
def fixture_lived(authority, good, tmp_path_factory):
    """An hourgate to which a few things happened, stopped; its database is put back after each harm."""
    maker = kit.Maker(tmp_path_factory.mktemp("hg"), authority, good)
    try:
        hourgate = busy_day(maker)[1]
        hourgate.stop()
        yield hourgate
    finally:
        maker.end()


@pytest.mark.parametrize("harm", EDITS)
def test_every_edit_of_the_file_is_found(lived, harm):
    if kit.POSTGRES:
        pytest.skip("edits SQLite's file")
    assert verify(lived)["ok"]
    path = lived.data / "hourgate.db"
    before = path.read_bytes()
    change, row = EDITS[harm]
    edit(lived, change)
    found = verify(lived)
    assert not found["ok"] and found["what"], f"{harm} was not found"
    assert row is None or found["row"] == row, found
    assert lived.run("audit", "verify").returncode == 1
    path.write_bytes(before)
    assert verify(lived)["ok"]


@pytest.mark.parametrize("rows", [1, 5])
def test_a_cut_tail_is_found_by_the_log(lived, rows):
    if kit.POSTGRES:
        pytest.skip("edits SQLite's file")
    path, log = lived.data / "hourgate.db", lived.folder / "serve-1.log"
    before = path.read_bytes()
    assert verify(lived, "--log", log)["ok"]
    edit(lived, f"DELETE FROM audit WHERE id > (SELECT max(id) - {rows} FROM audit)")
    assert verify(lived)["ok"], "the rest is a chain, only a shorter one"
    found = verify(lived, "--log", log)
    assert not found["ok"] and "gone" in found["what"]
    lived.command("account", "add", "later", "--name", "Later")  # another row takes the place
    assert not verify(lived, "--log", log)["ok"]
    path.write_bytes(before)


def test_a_destroyed_key_leaves_the_chain_whole(lived):
    if kit.POSTGRES:
        pytest.skip("edits SQLite's file")
    path = lived.data / "hourgate.db"
    before = path.read_bytes()
    edit(lived, "DELETE FROM audit_keys")
    assert verify(lived)["ok"]
    rows = shown(lived)
    assert rows and not any(row["mailbox"] or row["detail"] for row in rows)
    path.write_bytes(before)


# ---- keys that change, accounts that go, databases that move ----

def test_chains_fit_and_rows_open_through_new_keys(make):
    _, hourgate, _ = busy_day(make)
    before = shown(hourgate)
    hourgate.command("key", "rotate", "acme", "--wait")  # or a later vault says that it finished
    new = hourgate.folder / "new.key"
    hourgate.command("key", "rewrap", "--new-key", new)
    hourgate.stop()
    hourgate.configure({"data.key": new})
    assert verify(hourgate)["ok"]
    after = shown(hourgate)
    assert all(row in after for row in before) and before[0]["detail"]
    hourgate.serve()
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 15)).status == 201
    after = shown(hourgate)
    assert verify(hourgate)["ok"] and all(row in after for row in before)


def test_a_new_master_key_as_the_very_first_event(make):
    hourgate = make.hourgate()
    new = hourgate.folder / "new.key"
    hourgate.command("key", "rewrap", "--new-key", new)
    hourgate.configure({"data.key": new})
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    found = verify(hourgate)
    assert found["ok"] and found["rows"] == 2, found


def test_a_removed_account_leaves_a_row_and_nothing_to_read(make):
    _, hourgate, _ = busy_day(make)
    rows = verify(hourgate)["rows"]
    hourgate.command("account", "remove", "acme", "--yes")
    assert verify(hourgate)["ok"] and verify(hourgate)["rows"] > rows
    assert len([row for row in exported(hourgate) if row["what"] == "account erased"]) == 1
    assert hourgate.run("audit", "show", "acme").returncode == 1


def test_the_chain_goes_on_in_another_database(make, postgres):
    if kit.POSTGRES:
        pytest.skip("this session's hourgates have no SQLite")
    _, hourgate, _ = busy_day(make)
    hourgate.stop()
    before, rows = verify(hourgate), shown(hourgate)
    target = f"postgres:{postgres.database()}"
    hourgate.command("migrate", "--to", target)
    hourgate.configure({"data.store": target})
    assert verify(hourgate, "--log", hourgate.folder / "serve-1.log") == before
    assert shown(hourgate) == rows
    hourgate.serve()
    kit.wait_until("it goes on", lambda: verify(hourgate)["rows"] > before["rows"])
    after = verify(hourgate)
    assert after["ok"] and [chain["node"] for chain in after["chains"]] == [
        chain["node"] for chain in before["chains"]]


# ---- what goes wrong ----

def test_a_vault_that_is_killed_leaves_chains_that_fit(make):
    practice, hourgate, day = busy_day(make)
    del practice
    for _ in range(4):
        with contextlib.suppress(OSError):
            for hour in range(9, 17):
                hourgate.visitor().book(kit.at(day, hour), timeout=10)
                hourgate.visitor().slots(day=day)
        os.kill(hourgate.pid("vault"), signal.SIGKILL)
        kit.wait_until("it serves again", hourgate.ready, 30)
        assert verify(hourgate)["ok"]
    hourgate.kill()
    found = verify(hourgate)
    assert found["ok"] and len(found["chains"]) == 1 and found["rows"] > 20
    log = hourgate.folder / "all.log"
    log.write_text(hourgate.log())
    hourgate.serve()
    hourgate.stop()
    log.write_text(hourgate.log())
    assert verify(hourgate, "--log", log)["ok"]


def test_each_node_has_a_chain_of_its_own(make, postgres):
    database = postgres.database()
    settings = {"data.store": f"postgres:{database}"}
    _, first = make.office(settings=settings)
    second = make.hourgate(settings=settings)
    second.configure({"data.key": first.setting("data", "key")})
    second.serve()
    for hourgate, hour in ((first, 9), (second, 10), (first, 11), (second, 12)):
        assert hourgate.visitor().book(kit.at(kit.day_after(3), hour)).status == 201
    kit.wait_until("both wrote", lambda: len(verify(first)["chains"]) >= 2)
    assert verify(second)["ok"]
    assert len(check_export(exported(second))) == len(verify(first)["chains"])
    third = make.hourgate(settings={**settings, "data.key": first.setting("data", "key")})
    (third.data / "node").write_text((first.data / "node").read_text())
    refused = third.run("account", "list")
    assert refused.returncode and "another vault runs as node" in refused.stderr
