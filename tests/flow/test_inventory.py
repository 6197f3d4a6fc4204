# SPDX-License-Identifier: ISC
"""hourgate inventory: the database has no column that it does not tell of, and what it calls sealed is."""
import json
import sqlite3

import pytest

import kit


def columns_of(hourgate):
    """Return {table.column} as the database itself has them."""
    if hourgate.database:
        return {f"{table}.{column}" for table, column in kit.POSTGRES.sql(
            hourgate.database, "SELECT table_name, column_name FROM information_schema.columns"
                               " WHERE table_schema = current_schema()") if table != "hourgate_schema"}
    with sqlite3.connect(hourgate.data / "hourgate.db") as file:
        tables = [row[0] for row in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"
                                                 " AND name NOT LIKE 'sqlite%'")]
        return {f"{table}.{row[1]}" for table in tables for row in file.execute(f"PRAGMA table_info({table})")}


def test_every_column_is_told(make):
    hourgate = make.hourgate()
    rows = [row for row in hourgate.listed("inventory") if row["where"] == "database"]
    told = {row["what"] for row in rows}
    assert len(rows) == len(told) and told == columns_of(hourgate)
    for row in rows:
        assert row["kept"] in ("clear", "sealed", "by policy", "hash", "wrapped"), row
        assert row["holds"] and row["until"], row


def test_what_is_called_sealed_is_ciphertext(make):
    _, hourgate = make.office()
    if hourgate.database:
        pytest.skip("this session's hourgates have no SQLite")
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
    hourgate.stop()
    kept = {row["what"]: row["kept"] for row in hourgate.listed("inventory") if row["where"] == "database"}
    with sqlite3.connect(hourgate.data / "hourgate.db") as file:
        file.text_factory = bytes
        for what, how in kept.items():
            table, column = what.split(".")
            values = [row[0] for row in file.execute(f"SELECT {column} FROM {table}") if row[0] is not None]
            for value in values:
                if how in ("sealed", "by policy", "wrapped"):  # version, key id, nonce, tag: doc/crypto.md
                    assert value == b"" or len(value) >= 37, what
                elif isinstance(value, bytes):
                    assert b"customer.example" not in value and b"PRACTICE" not in value, what
    assert {"bookings.customer_email", "connections.password"} <= {
        what for what, how in kept.items() if how in ("sealed", "by policy")}


def test_every_file_is_told(make):
    """What a serving hourgate has written is on the list, but what is no file of data: sockets, locks."""
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme")
    told = {row["what"] for row in hourgate.listed("inventory") if row["where"] == "file"}
    written = {str(path) for path in [hourgate.config, *hourgate.data.rglob("*")] if path.is_file()
               and path.stat().st_size}
    assert written - told == set()
    assert {row["where"] for row in json.loads(hourgate.command("inventory", "--json"))} == {
        "database", "file", "log", "memory", "elsewhere"}
