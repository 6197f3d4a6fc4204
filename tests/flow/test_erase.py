# SPDX-License-Identifier: ISC
"""Erasing an account: its keys are destroyed, nothing of it is left, a certificate says so; killed at any step it goes
on from there. The vault of build/faults kills itself at the step that HOURGATE_FAULT names."""
import json
import os
import random
import signal
import time

import pytest

import kit

ANNA, BOB = "anna@practice.example", "bob@practice.example"
STEPS = ["erase_after_begin", "erase_after_settle", "erase_after_keys", "erase_between_rows", "erase_after_rows",
         "erase_after_scrub", "erase_after_finish"]
CANARIES = ["Canary Consulting", "Canary Talk", "Canary Street", "carla@customer.example", "Carla Customer",
            "Anna Host", ANNA]


def office(make, **more):
    """Two accounts: acme, which goes, and beta, which stays."""
    practice = make.practice(kit.person(ANNA), kit.person(BOB))
    hourgate = make.hourgate(**more).serve()
    hourgate.host(practice, account_name="Canary Consulting").page(title="Canary Talk", location="Canary Street 1")
    hourgate.host(practice, BOB, "beta", name="Bob").page("talk", BOB, "beta")
    return practice, hourgate


def book(hourgate, page="acme/intro", days=(3, 4, 5)):
    links = []
    for day in days:
        answer = hourgate.visitor().book(kit.at(kit.day_after(day), 10), page=page)
        assert answer.status == 201
        links.append(kit.path_of(answer.json()["manage_url"]))
    return links


def left(hourgate):
    """Return where anything of the account stands still: the database with its log and index, and what was logged."""
    if hourgate.database:
        return []
    return [(path.name, canary) for path in hourgate.files() for canary in CANARIES
            if path.name.startswith(("hourgate.db", "serve-")) and canary.encode() in path.read_bytes()]


def erased(hourgate):
    """Return the one record once its erasure is finished."""
    def look():
        rows = hourgate.listed("erasure", "list")
        return rows if rows and rows[0]["done"] else None
    row, = kit.wait_until("the erasure is finished", look, 60)
    return json.loads(hourgate.command("erasure", "show", row["id"], "--json"))


def stays(practice, hourgate, links):
    """The other account works as before."""
    assert [row["account"] for row in kit.rows(hourgate.listed("account", "list"))] == ["beta"]
    assert hourgate.visitor().get(links[0]).status == 200
    assert kit.cancel(hourgate.visitor(), links[0]).status < 400
    assert len(practice.bookings(BOB)) == len(links) - 1


def test_it_is_said_before_it_is_done(make):
    _, hourgate = office(make)
    book(hourgate)
    said = hourgate.run("account", "remove", "acme")
    assert said.returncode == 1 and "give --yes" in said.stderr
    assert "3 bookings" in said.stdout and "destroys its keys" in said.stdout
    assert "events of 3 future bookings in the hosts' calendars" in said.stdout
    assert hourgate.listed("erasure", "list") == []
    assert hourgate.visitor().get("/acme/intro").status == 200
    assert hourgate.run("account", "remove", "nobody", "--yes").returncode == 1


def test_nothing_is_left_and_a_certificate_says_so(make):
    practice, hourgate = office(make)
    links, others = book(hourgate), book(hourgate, "beta/talk")
    hourgate.command("page", "put", "acme", "intro", "--host", ANNA, "--title", "Canary Talk II", "--duration", 30)
    file = hourgate.folder / "certificate.txt"
    hourgate.command("account", "remove", "acme", "--yes", "--output", file)
    text = file.read_text()
    assert "account      acme" in text and "3 bookings" in text and "1 accounts" in text
    assert "3 bookings were still to come" in text and "destroyed: no value" in text
    assert not [canary for canary in CANARIES if canary in text]
    assert left(hourgate) == []
    assert len(practice.bookings(ANNA)) == 3, "the events stay"

    assert "signed it" in hourgate.command("erasure", "verify", file)
    file.write_text(text.replace("3 bookings", "2 bookings"))
    assert hourgate.run("erasure", "verify", file).returncode == 1

    visitor = hourgate.visitor()
    assert visitor.get("/acme/intro").status == 404 and visitor.get(links[0]).status == 404
    assert hourgate.run("user", "list", "acme").returncode == 1
    kit.wait_until("its courier ended", lambda: len(kit.children(hourgate.pid("courier"))) <= 1)
    stays(practice, hourgate, others)
    assert hourgate.restart().ready
    assert left(hourgate) == []
    hourgate.command("account", "add", "acme", "--name", "Another")


def test_without_a_server(make):
    practice, hourgate = office(make)
    book(hourgate)
    hourgate.stop()
    said = json.loads(hourgate.command("account", "remove", "acme", "--yes", "--json"))
    assert said["rows"]["bookings"] == 3 and said["done"] and len(said["keys"]) == 16 and said["signature"]
    assert left(hourgate) == []
    assert len(practice.bookings(ANNA)) == 3


def test_what_is_being_written_is_settled_first(make):
    import threading  # pylint: disable=import-outside-toplevel
    practice, hourgate = office(make)
    practice.misbehave("slow", operation="CreateItem", seconds=2)
    said = []
    booking = threading.Thread(target=lambda: said.append(
        hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status))
    booking.start()
    kit.wait_until("it is being written", lambda: json.loads(
        hourgate.run("account", "remove", "acme", "--json").stdout)["in_doubt"])
    record = json.loads(hourgate.command("account", "remove", "acme", "--yes", "--json"))
    booking.join()
    assert record["in_doubt"] == 0 and record["rows"]["bookings"] == 1
    assert said == [201] and len(practice.bookings(ANNA)) == 1


@pytest.mark.long
@pytest.mark.limit(240)
def test_a_dead_calendar_does_not_keep_an_account(make):
    practice, hourgate = office(make, settings={"upstream.timeout": 2})
    practice.misbehave("drop_before", operation="CreateItem")
    practice.misbehave("drop_before", operation="FindItem")
    hourgate.visitor().book(kit.at(kit.day_after(3), 10))
    record = json.loads(hourgate.command("account", "remove", "acme", "--yes", "--json"))
    assert record["done"] and left(hourgate) == []


@pytest.mark.limit(180)
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step(make, step):
    practice, hourgate = office(make, build=kit.FAULTS, env={"HOURGATE_FAULT": step})
    book(hourgate)
    others = book(hourgate, "beta/talk")
    assert hourgate.run("account", "remove", "acme", "--yes").returncode != 0, "the fault did not strike"
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    record = erased(hourgate)
    assert record["rows"]["bookings"] == 3 and record["rows"]["accounts"] == 1
    assert record["rows"]["users"] == record["rows"]["connections"] == 1 and len(record["keys"]) == 16
    assert left(hourgate) == []
    stays(practice, hourgate, others)


@pytest.mark.limit(300)
def test_killed_at_random_moments(make):
    practice, hourgate = office(make)
    book(hourgate, days=range(3, 13))
    others = book(hourgate, "beta/talk")
    for _ in range(6):
        import threading  # pylint: disable=import-outside-toplevel
        removal = threading.Thread(target=lambda: hourgate.run("account", "remove", "acme", "--yes"))
        removal.start()
        time.sleep(random.uniform(0, 0.08))
        vault = hourgate.pid("vault")
        if vault:
            os.kill(vault, signal.SIGKILL)
        removal.join()
        kit.wait_until("hourgate is back", hourgate.ready, 30)
    hourgate.run("account", "remove", "acme", "--yes")
    record = erased(hourgate)
    assert record["rows"]["bookings"] == 10 and record["rows"]["accounts"] == 1
    assert left(hourgate) == []
    stays(practice, hourgate, others)


def test_a_user_is_removed_and_handed_over(make):
    practice = make.practice(kit.person(ANNA), kit.person(BOB))
    hourgate = make.hourgate().serve()
    hourgate.host(practice).page()
    hourgate.host(practice, BOB, name="Bob").command("user", "role", "acme", BOB, "owner")
    link, = book(hourgate, days=(3,))
    refused = hourgate.run("user", "remove", "acme", ANNA, "--yes")
    assert refused.returncode == 1 and "--hand-over-to" in refused.stderr
    told = hourgate.run("user", "remove", "acme", ANNA, "--hand-over-to", BOB)
    assert told.returncode == 1 and f"hands 1 pages and 1 future bookings over to {BOB}" in told.stdout
    record = json.loads(hourgate.command("user", "remove", "acme", ANNA, "--hand-over-to", BOB, "--yes", "--json"))
    assert record["kind"] == "user" and record["rows"]["users"] == 1 and ANNA not in json.dumps(record)
    assert [row["email"] for row in hourgate.listed("user", "list", "acme")] == [BOB]
    notice, = hourgate.listed("attention", "list", "acme")
    assert notice["host"] == BOB and notice["what"].startswith("handed over")
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert kit.at(day, 10) not in visitor.starts(day=day), "bob's time is taken"
    assert "Bob" in visitor.get(link).text
    assert visitor.book(kit.at(day, 12)).status == 201
    assert len(practice.bookings(ANNA)) == 1 and len(practice.bookings(BOB)) == 1
