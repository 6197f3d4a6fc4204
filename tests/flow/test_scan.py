# SPDX-License-Identifier: ISC
"""hourgate scan finds what is really there, in every place, and says what it could not look at."""
import base64
import os
import shutil
import urllib.parse

import pytest

import kit

CANARY = "Planted/Canary é=47&x"
OTHER = "Planted-Other-11d0"


def scan(hourgate, *words, canaries=(CANARY,)):
    return hourgate.scan(*canaries, words=words)


def plant(path, *texts):
    """Write a file in which texts (bytes) stand among much else; return where the first one does."""
    filling = os.urandom(3_000_000)
    path.write_bytes(filling + b"--".join(texts) + filling)
    path.chmod(0o600)
    return len(filling)


def test_nothing_planted_nothing_found(make):
    hourgate = make.hourgate()
    assert scan(hourgate) == (0, [], [])


def test_every_encoding_is_found_in_a_file(make):
    hourgate = make.hourgate()
    encoded = {
        "utf-8": CANARY.encode(),
        "utf-16le": CANARY.encode("utf-16-le"),
        "percent": urllib.parse.quote(CANARY, safe="").encode(),
        "quoted-printable": CANARY.replace("=", "=3D").replace("é", "=C3=A9").encode(),
        "json": kit.json.dumps(CANARY)[1:-1].encode(),
        "xml": CANARY.replace("&", "&amp;").encode(),
        **{f"base64 {n}": base64.b64encode(b"." * n + CANARY.encode() + b"..") for n in range(3)},
    }
    for name, text in encoded.items():
        place = hourgate.data / "planted"
        plant(place, text)
        code, found, _ = scan(hourgate)
        place.unlink()
        assert code == 1 and {row["place"] for row in found} == {str(place)}, name
        assert {row["encoding"] for row in found} == {name.split()[0]}, name


def test_where_it_stands_is_told_and_nothing_else(make):
    hourgate = make.hourgate()
    at = plant(hourgate.data / "planted", OTHER.encode(), b"a neighbour", CANARY.encode())
    done = hourgate.run("scan", "--canary", CANARY, "--canary", OTHER)
    assert done.returncode == 1
    assert "neighbour" not in done.stdout and CANARY not in done.stdout
    line = next(line for line in done.stdout.splitlines() if f" {at} " in line)
    assert line.split()[-2:] == ["2", "utf-8"]  # of two canaries, the second


@pytest.mark.parametrize("offset", (-1, -4, -20))
def test_a_text_across_two_blocks_is_found_once(make, offset):
    hourgate = make.hourgate()
    path = hourgate.data / "planted"
    path.write_bytes(b"." * ((1 << 20) + offset) + OTHER.encode() + b"." * 100)
    code, found, _ = scan(hourgate, canaries=[OTHER])
    assert code == 1 and [row["at"] for row in found] == [str((1 << 20) + offset)]


def database_row(hourgate, sql):
    """Write to the database as nothing of ours would."""
    if hourgate.database:
        kit.POSTGRES.sql(hourgate.database, sql)
        return
    import sqlite3  # pylint: disable=import-outside-toplevel
    with sqlite3.connect(hourgate.data / "hourgate.db") as connection:
        connection.execute(sql)
    connection.close()


def test_columns_are_looked_at_by_value(make):
    """A value longer than a page of the file stands there in pieces; read as a value it is whole."""
    practice = make.practice()
    hourgate = make.hourgate()
    hourgate.host(practice).page()
    long = "x" * 6000 + OTHER + "y" * 6000
    database_row(hourgate, f"UPDATE pages SET description = '{long}'")
    for serving in (False, True):
        if serving:
            hourgate.serve()
        code, found, _ = scan(hourgate, canaries=[OTHER])
        columns = [row for row in found if row["kind"] == "column"]
        assert code == 1 and [(row["place"], row["at"]) for row in columns] == [
            ("pages.description", "row 1")]


def test_log_and_wal_are_looked_at_while_serving(make):
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", OTHER)
    with open(hourgate.parent.log_path, "ab") as log:
        log.write(OTHER.encode())
    code, found, unseen = scan(hourgate, canaries=[OTHER])
    kinds = {row["kind"] for row in found}
    assert code == 1 and "log" in kinds and "column" in kinds
    if not hourgate.database:
        assert str(hourgate.data / "hourgate.db-wal") in {row["place"] for row in found}
        assert unseen == []


def test_cores_are_looked_at(make):
    """This kernel's pattern decides where; one of a folder's own is what a test can plant."""
    pattern = kit.pathlib.Path("/proc/sys/kernel/core_pattern").read_text(encoding="ascii").strip()
    if pattern.startswith(("|", "/")):
        pytest.skip(f"the kernel's core_pattern is {pattern}")
    hourgate = make.hourgate().serve()
    plant(hourgate.folder / pattern.replace("%p", "1"), CANARY.encode())
    code, found, _ = scan(hourgate)
    assert code == 1 and {row["kind"] for row in found} == {"core"}


def test_memory_of_every_program_is_looked_at(make):
    """Each program is given something that it must hold: the scan finds it there."""
    assert os.geteuid() == 0, "reading the memory of another process needs root"
    password = "Planted-Password-9b41"
    practice = make.practice(kit.person("anna@practice.example", password=password))
    base = "https://planted-base-0c9d.example"
    hourgate = make.hourgate(settings={"server.base_url": base}).serve()
    hourgate.host(practice, password=password).page()
    assert hourgate.visitor().starts(day=kit.day_after(3))
    _, found, unseen = scan(hourgate, canaries=[password, base])
    memory = {(row["canary"], row["place"]) for row in found if row["kind"].startswith("memory")}
    child = next(iter(kit.children(hourgate.pid("courier"))))
    assert {place for canary, place in memory if canary == 1} == {
        f"hourgate-courier, process {child}"}  # who signs in, and nobody else
    assert {int(place.split()[-1]) for canary, place in memory if canary == 2} >= {
        hourgate.parent.pid, hourgate.pid("edge")}
    assert [row for row in unseen if row["kind"] == "memory"] == []


def test_what_may_not_be_looked_at_is_told(make):
    """Another user than root: the kernel keeps the memory closed, and the exit code says so."""
    copy = kit.unprivileged_copy(make.folder)
    hourgate = make.hourgate(build=copy, settings={"upstream.roots": None})
    for path in (hourgate.folder, *hourgate.folder.rglob("*")):
        shutil.chown(path, "nobody")
    hourgate.prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    hourgate.serve()
    done = hourgate.run("scan", "--canary", CANARY, "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    unseen = [row for row in kit.json.loads(done.stdout)["not_looked_at"] if row["kind"] == "memory"]
    assert len(unseen) == 1 and "CAP_SYS_PTRACE" in unseen[0]["why"]  # one line for all of them


def test_what_is_compressed_or_missing_is_told(make):
    hourgate = make.hourgate()
    (hourgate.data / "old.log.gz").write_bytes(b"\x1f\x8b")
    code, found, unseen = scan(hourgate, "--also", hourgate.folder / "nowhere")
    assert code == 3 and found == []
    assert {row["why"] for row in unseen} == {"compressed", "No such file or directory"}


@pytest.mark.parametrize("words, said", [
    ((), "--canary"), (("--canary", "short"), "8 to 200 bytes"),
    (("--canary-file", "open"), "others")])
def test_what_makes_no_sense_is_refused(make, words, said):
    hourgate = make.hourgate()
    (hourgate.folder / "open").write_text(CANARY)
    (hourgate.folder / "open").chmod(0o644)
    done = hourgate.run("scan", *words)
    assert done.returncode == 2 and said in done.stderr
