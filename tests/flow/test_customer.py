# SPDX-License-Identifier: ISC
"""One customer's data, by e-mail: given out whole, erased with a certificate, and nothing of others."""
import json

import pytest

import kit

ANNA = "anna@practice.example"
CARLA = "carla@customer.example"
STEPS = ["erase_after_begin", "erase_between_rows", "erase_after_rows", "erase_after_scrub", "erase_after_finish"]


def sql(hourgate, text):
    """Change the database behind hourgate's back."""
    if hourgate.database:
        kit.POSTGRES.sql(hourgate.database, text)
        return
    import sqlite3  # pylint: disable=import-outside-toplevel
    with sqlite3.connect(hourgate.data / "hourgate.db", timeout=10) as database:
        database.execute(text)
    database.close()


def make_past(hourgate, days=10):
    sql(hourgate, f"UPDATE bookings SET start_at = start_at - {days} * 86400, end_at = end_at - {days} * 86400")


def export(hourgate, email=CARLA):
    return json.loads(hourgate.command("customer", "export", "acme", email))


def book(hourgate, day, hour, **more):
    answer = hourgate.visitor().book(kit.at(kit.day_after(day), hour), **more)
    assert answer.status == 201
    return kit.path_of(answer.json()["manage_url"])


def test_everything_is_given_out(make):
    _, hourgate = make.office()
    book(hourgate, 3, 10)
    book(hourgate, 3, 12, email="CARLA@customer.example", name="Carla C.")
    book(hourgate, 3, 14, email="dora@customer.example", name="Dora")
    said = export(hourgate)
    assert [row["name"] for row in sorted(said["bookings"], key=lambda row: row["start"])] == \
        ["Carla Customer", "Carla C."]
    row = said["bookings"][0]
    assert row["state"] == "confirmed" and row["page"] == "intro" and row["event"] == "in the host's calendar"
    assert "Carla" in row["event_title"] and row["made"] and "Dora" not in json.dumps(said)
    file = hourgate.folder / "export.json"
    hourgate.command("customer", "export", "acme", CARLA, "--output", file)
    assert json.loads(file.read_text()) == said and file.stat().st_mode & 0o777 == 0o600
    assert export(hourgate, "nobody@customer.example")["bookings"] == []


def test_past_bookings_are_made_anonymous(make):
    practice, hourgate = make.office()
    link = book(hourgate, 3, 10)
    make_past(hourgate)
    other = book(hourgate, 3, 12, email="dora@customer.example", name="Dora")
    said = hourgate.run("customer", "erase", "acme", CARLA)
    assert said.returncode == 1 and "makes 1 bookings anonymous" in said.stdout and "--yes" in said.stderr
    file = hourgate.folder / "certificate.txt"
    hourgate.command("customer", "erase", "acme", CARLA, "--yes", "--output", file)
    assert "1 bookings" in file.read_text() and "Carla" not in file.read_text() and CARLA not in file.read_text()
    assert "signed it" in hourgate.command("erasure", "verify", file)
    assert export(hourgate)["bookings"] == []
    assert hourgate.visitor().get(link).status == 404 and hourgate.visitor().get(other).status == 200
    listed = {row["customer"] for row in hourgate.bookings()}
    assert listed == {"Dora"}
    assert len(practice.bookings(ANNA)) == 2, "events in the host's calendar are the host's"
    again = hourgate.run("customer", "erase", "acme", CARLA, "--yes")
    assert again.returncode == 1 and "nothing is kept" in again.stderr


def test_what_is_to_come_is_refused_or_cancelled(make):
    practice, hourgate = make.office()
    book(hourgate, 3, 10)
    book(hourgate, 4, 10)
    refused = hourgate.run("customer", "erase", "acme", CARLA, "--yes")
    assert refused.returncode == 1 and "--cancel" in refused.stderr and len(export(hourgate)["bookings"]) == 2
    practice.misbehave("drop_before", operation="DeleteItem", count=1)
    hourgate.run("customer", "erase", "acme", CARLA, "--yes", "--cancel")
    practice.behave()
    kit.wait_until("the calendar has followed", lambda: not practice.bookings(ANNA) or None, 30)
    kit.wait_until("it is erased in the end", lambda: hourgate.run(
        "customer", "erase", "acme", CARLA, "--yes", "--cancel").returncode == 0 or
        not export(hourgate)["bookings"], 30)
    assert export(hourgate)["bookings"] == [] and practice.bookings(ANNA) == []
    assert kit.at(kit.day_after(3), 10) in hourgate.visitor().starts(day=kit.day_after(3))


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step(make, step):
    _, hourgate = make.office(build=kit.FAULTS, env={"HOURGATE_FAULT": step})
    for hour in (9, 10, 11):
        book(hourgate, 3, hour)
    make_past(hourgate)
    assert hourgate.run("customer", "erase", "acme", CARLA, "--yes").returncode != 0, "the fault did not strike"
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    row, = kit.wait_until("it is finished", lambda: [
        row for row in hourgate.listed("erasure", "list") if row["done"]], 60)
    record = json.loads(hourgate.command("erasure", "show", row["id"], "--json"))
    assert record["kind"] == "customer" and record["rows"] == {"bookings": 3}
    assert export(hourgate)["bookings"] == []
