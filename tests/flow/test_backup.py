# SPDX-License-Identifier: ISC
"""A backup is made while bookings are, is of no use without the key, and comes back verified, whole or not at all."""
import concurrent.futures
import os
import shutil
import signal
import sqlite3
import time

import pytest

import kit
from test_keys import book, keys, shop

FAULTS = ["restore_after_copy", "restore_after_verify", "restore_after_rename"]


@pytest.fixture(autouse=True)
def of_sqlite():
    """PostgreSQL has tools of its own; that hourgate says so has a test below."""
    if kit.POSTGRES:
        pytest.skip("a file's business")


def names(hourgate):
    return sorted(row["customer"] for row in hourgate.bookings())


def test_a_backup_while_serving_comes_back(make):
    hourgate = shop(make.hourgate()).serve()
    visitor = hourgate.visitor()
    book(visitor, 30)
    file = hourgate.folder / "one.backup"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        more = pool.submit(book, visitor, 30, 30)
        said = hourgate.command("backup", file)
        more.result()
    assert "erase it by" in said and file.stat().st_mode & 0o777 == 0o600
    assert not list(hourgate.data.glob("*.backup")) and not list(hourgate.folder.glob("*.partial"))
    again = hourgate.run("backup", file)
    assert again.returncode == 1 and "exists" in again.stderr
    refused = hourgate.run("restore", file)
    assert refused.returncode == 1 and "--replace" in refused.stderr or "in use" in refused.stderr
    with sqlite3.connect(f"file:{hourgate.data}/hourgate.db?mode=ro", uri=True) as db:
        ((made, expires, last),) = db.execute("SELECT made_at, expires_at, last_key FROM backups").fetchall()
    assert expires - made == 30 * 86400 and last >= 1
    hourgate.stop()
    refused = hourgate.run("restore", file)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    assert len(names(hourgate)) == 60
    said = hourgate.command("restore", file, "--replace")
    assert "restored" in said
    assert sorted(path.name for path in hourgate.data.iterdir() if "restore" in path.name) == []
    hourgate.serve()
    held = names(hourgate)
    assert 30 <= len(held) <= 60 and set(held) >= {f"Marked Customer {i}" for i in range(30)}
    book(hourgate.visitor(), 2, 70)


def test_a_backup_is_useless_without_the_key(make):
    hourgate = shop(make.hourgate()).serve()
    book(hourgate.visitor(), 5)
    file = hourgate.folder / "one.backup"
    hourgate.command("backup", file)
    content = file.read_bytes()
    for canary in (b"Marked Customer", b"carla@customer.example", b"anna@acme.example"):
        assert canary not in content
    other = make.hourgate()
    refused = other.run("restore", file, "--replace")
    assert refused.returncode == 1 and "wrong master key" in refused.stderr
    assert other.setting("data", "key") in refused.stderr
    assert other.listed("account", "list") == []
    other.configure({"data.key": hourgate.setting("data", "key"), "data.directory": other.folder / "elsewhere"})
    other.command("restore", file)  # where there is no database, nothing has to be replaced
    assert len(names(other)) == 5
    assert [row["key"] for row in keys(other)] == [row["key"] for row in keys(hourgate)]


def test_a_damaged_or_foreign_file_is_refused(make):
    hourgate = shop(make.hourgate()).serve()
    book(hourgate.visitor(), 20)
    file = hourgate.folder / "one.backup"
    hourgate.command("backup", file)
    hourgate.stop()
    content = file.read_bytes()
    cut, text, forged, foreign = (hourgate.folder / name for name in ("cut", "text", "forged", "foreign"))
    cut.write_bytes(content[:len(content) // 2])
    text.write_text("no database\n")
    shutil.copy(file, forged)
    with sqlite3.connect(forged) as db:
        db.execute("UPDATE bookings SET customer_name = customer_email")
    db.close()
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE other (id INTEGER)")
    db.close()
    for bad, why in ((cut, "damaged"), (text, "damaged"), (forged, "bookings.customer_name"),
                     (foreign, "not a database of hourgate")):
        refused = hourgate.run("restore", bad, "--replace")
        assert refused.returncode == 1 and why in refused.stderr, refused.stderr
        assert len(names(hourgate)) == 20
    assert hourgate.run("restore", hourgate.folder / "nowhere").returncode == 1


@pytest.mark.parametrize("step", FAULTS)
def test_killed_while_restoring(make, step):
    """What is there afterwards is the one or the other, whole."""
    hourgate = shop(make.hourgate(build=kit.FAULTS)).serve()
    book(hourgate.visitor(), 10)
    file = hourgate.folder / "one.backup"
    hourgate.command("backup", file)
    book(hourgate.visitor(), 10, 10)
    hourgate.kill()  # its log holds what is not in the file yet
    hourgate.env["HOURGATE_FAULT"] = step
    assert hourgate.run("restore", file, "--replace").returncode == 1
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    assert len(names(hourgate)) == (10 if step == "restore_after_rename" else 20)
    assert not list(hourgate.data.glob("*.restore"))
    hourgate.stop()
    hourgate.command("restore", file, "--replace")
    assert len(names(hourgate)) == 10


def test_killed_while_backing_up(make):
    hourgate = shop(make.hourgate()).serve()
    book(hourgate.visitor(), 20)
    for i in range(5):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asked = pool.submit(hourgate.run, "backup", hourgate.folder / f"{i}.backup")
            time.sleep(0.02 * i)
            os.kill(hourgate.pid("vault"), signal.SIGKILL)
            asked.result()
        kit.wait_until("hourgate is back", hourgate.ready, 30)
        assert not list(hourgate.data.glob("*.backup"))
    for file in hourgate.folder.glob("*.backup"):  # each one that has its name is whole
        other = hourgate.folder / f"of-{file.name}"
        hourgate.configure({"data.directory": other})
        hourgate.command("restore", file)
        assert sorted(path.name for path in other.iterdir() if path.suffix == ".db") == ["hourgate.db"]


def test_the_backup_days_are_the_operators(make):
    hourgate = shop(make.hourgate(settings={"data.backup_keep_days": 7}))
    hourgate.command("backup", hourgate.folder / "one.backup")  # without a server
    with sqlite3.connect(f"file:{hourgate.data}/hourgate.db?mode=ro", uri=True) as db:
        assert db.execute("SELECT expires_at - made_at FROM backups").fetchall() == [(7 * 86400,)]


def test_postgres_is_backed_up_by_its_own_tools(make, postgres):
    hourgate = make.hourgate(settings={"data.store": f"postgres:{postgres.database()}"})
    for words, tool in ((["backup", "x"], "pg_dump"), (["restore", hourgate.config], "pg_restore")):
        refused = hourgate.run(*words)
        assert refused.returncode == 1 and tool in refused.stderr
    assert not (hourgate.folder / "x").exists()
