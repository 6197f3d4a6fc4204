# SPDX-License-Identifier: ISC
"""One service account for many hosts, several calendars of a host, colleagues side by side, moving house."""
import json

import kit
import pytest
from counterpart import proxies  # pylint: disable=wrong-import-order

SERVICE, ANNA, BEN = "svc@practice.example", "anna@practice.example", "ben@practice.example"


def office(make, *mailboxes, **options):
    practice = make.practice(kit.person(SERVICE), *mailboxes, impersonators=[SERVICE], **options)
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    for address in (ANNA, BEN):
        hourgate.command("user", "add", "acme", address, "--name", address.title(), "--zone", kit.ZONE)
    return practice, hourgate


def serve(practice, hourgate):
    """Add the service account and let both hosts go through it."""
    hourgate.command("connection", "add", "acme", "--service", "--server", practice.ews, "--user",
                     "PRACTICE\\svc", "--mailbox", SERVICE, "--password-stdin", stdin=kit.PASSWORD + "\n")
    for address in (ANNA, BEN):
        hourgate.command("connection", "add", "acme", address, "--through", "1")


def calendars(hourgate, connection, *words):
    done = hourgate.run("connection", "calendars", "acme", str(connection), *words, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return {row["calendar"]: row for row in json.loads(done.stdout)}


def test_one_service_account_serves_many_hosts(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN, [kit.event("Taken", kit.at(day, 9), 60)]))
    serve(practice, hourgate)
    hourgate.page("anna", ANNA).page("ben", BEN)
    visitor = hourgate.visitor()
    assert len(visitor.starts("acme/ben", day=day)) == len(visitor.starts("acme/anna", day=day)) - 2
    assert visitor.book(kit.at(day, 11), "acme/ben").status == 201
    assert len(practice.bookings(BEN)) == 1 and practice.bookings(ANNA) == []
    assert {entry["impersonated"] for entry in practice.asked("CreateItem")} == {BEN}


def test_hosts_share_the_couriers_of_their_service_account(make):
    hosts = [f"host-{i}@practice.example" for i in range(50)]
    practice = make.practice(kit.person(SERVICE), *map(kit.person, hosts), impersonators=[SERVICE])
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("connection", "add", "acme", "--service", "--server", practice.ews, "--user",
                     "PRACTICE\\svc", "--mailbox", SERVICE, "--password-stdin", stdin=kit.PASSWORD + "\n")
    for i, host in enumerate(hosts):
        hourgate.command("user", "add", "acme", host, "--name", host, "--zone", kit.ZONE)
        hourgate.command("connection", "add", "acme", host, "--through", "1", "--unchecked")
        hourgate.page(f"page-{i}", host)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    practice.forget()
    for start in range(9, 12):
        for i in range(len(hosts)):
            assert visitor.starts(f"acme/page-{i}", day=day)
            assert start > 9 or visitor.book(kit.at(day, 9), f"acme/page-{i}").status == 201
    entries = practice.journal()
    children = kit.children(hourgate.pid("courier"))
    memory_kib = sum(kit.own_memory_kib(pid) for pid in children)
    sign_ins = len({entry["connection"] for entry in entries})
    print(f"{len(hosts)} hosts: {len(children)} couriers, {memory_kib} KiB, {sign_ins} connections")
    assert len(children) <= 4 and sign_ins < len(hosts) * 3, "a courier for each host"
    assert {entry["impersonated"] for entry in entries if entry["operation"] == "CreateItem"} == set(hosts)
    for host in hosts:
        assert len(practice.bookings(host)) == 1, "each in their own calendar"


def test_a_replaced_password_counts_for_all(make):
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN))
    serve(practice, hourgate)
    hourgate.page("anna", ANNA).page("ben", BEN)
    hourgate.command("connection", "password", "acme", "1", "--password-stdin", stdin="wrong\n")
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert not visitor.starts("acme/anna", day=day)
    practice.forget()
    assert not visitor.starts("acme/ben", day=day)
    assert practice.journal() == [], "the refusal holds for the account: nothing else is sent"
    hourgate.command("connection", "password", "acme", "1", "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert visitor.starts("acme/anna", day=day) and visitor.starts("acme/ben", day=day)
    assert hourgate.run("connection", "password", "acme", "2", "--password-stdin", stdin="x\n").returncode != 0


def test_several_calendars_count_and_one_is_booked(make):
    day = kit.day_after(3)
    private = kit.event("Taken", kit.at(day, 9), 60, calendar="Private")
    practice, hourgate = office(make, kit.person(ANNA, [private], calendars=["Private"]), kit.person(BEN))
    hourgate.connect(practice)
    hourgate.page()
    visitor = hourgate.visitor()
    before = visitor.starts(day=day)
    seen = calendars(hourgate, 1)
    assert seen["Calendar"]["busy"] and seen["Calendar"]["bookings"] and not seen["Private"]["busy"]
    chosen = calendars(hourgate, 1, "--busy", seen["Calendar"]["id"], "--busy", seen["Private"]["id"],
                       "--book", seen["Private"]["id"])
    assert chosen["Private"]["busy"] and chosen["Private"]["bookings"] and chosen["Calendar"]["busy"]
    assert len(visitor.starts(day=day)) == len(before) - 2
    made = visitor.book(kit.at(day, 11))
    assert made.status == 201
    assert [item["Calendar"] for item in practice.bookings(ANNA)] == ["Private"]

    calendars(hourgate, 1, "--busy", seen["Calendar"]["id"], "--book", seen["Calendar"]["id"])
    hourgate.command("booking", "cancel", "acme", hourgate.bookings()[0]["id"], "--yes")
    assert practice.bookings(ANNA) == [], "the event is followed where it stands"


def test_colleagues_are_seen_with_the_viewers_own_right(make):
    day = kit.day_after(3)
    practice, hourgate = office(
        make, kit.person(ANNA), kit.person(BEN, [kit.event("Marked-subject", kit.at(day, 9), 60)]))
    hourgate.connect(practice)
    words = ("team", "acme", "--viewer", ANNA, "--from", str(day))
    rows = {row["user"]: row for row in json.loads(hourgate.run(*words, "--json").stdout)}
    assert rows[BEN]["pattern"][18:20] == "BB" and rows[BEN]["pattern"].count("B") == 2
    assert "B" not in rows[ANNA]["pattern"]
    assert "Marked" not in hourgate.command(*words) and kit.ZONE in hourgate.command(*words)
    long, short = "2026-10-25", "2027-03-28"  # clocks change in the viewer's zone
    for date, marks in ((long, 50), (short, 46)):
        found = json.loads(hourgate.run(*words[:-1], date, "--json").stdout)
        assert {len(row["pattern"]) for row in found} == {marks}, date
    assert hourgate.run(*words[:-1], "2026-10-01", "--days", "42").returncode == 0, "42 days and an hour"


def test_who_refuses_the_viewer_is_not_shown(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, kit.person(ANNA), kit.person(
        BEN, [kit.event("Taken", kit.at(day, 9, zone="UTC"), 60)], rights={"default": "none"}))
    hourgate.connect(practice)
    rows = {row["user"]: row for row in json.loads(
        hourgate.run("team", "acme", "--viewer", ANNA, "--from", str(day), "--json").stdout)}
    assert set(rows[BEN]["pattern"]) == {"?"}


def test_a_move_to_another_server_keeps_bookings(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN))
    hourgate.connect(practice)
    hourgate.page()
    made = hourgate.visitor().book(kit.at(day, 11))
    assert made.status == 201
    hourgate.command("connection", "move", "acme", "1", "--server", practice.ews, "--user", ANNA,
                     "--method", "basic", "--password-stdin", stdin=kit.PASSWORD + "\n")
    hourgate.command("booking", "cancel", "acme", hourgate.bookings()[0]["id"], "--yes")
    assert practice.bookings(ANNA) == []


def test_calendars_that_a_new_server_does_not_know_withhold_slots(make):
    day = kit.day_after(3)
    private = [kit.event("Taken", kit.at(day, 9), 60, calendar="Private")]
    practice, hourgate = office(make, kit.person(ANNA, private, calendars=["Private"]), kit.person(BEN))
    hourgate.connect(practice)
    hourgate.page()
    seen = calendars(hourgate, 1)
    calendars(hourgate, 1, "--busy", seen["Calendar"]["id"], "--busy", seen["Private"]["id"],
              "--book", seen["Private"]["id"])
    assert kit.at(day, 9) not in hourgate.visitor().starts(day=day)
    another = make.practice(kit.person(ANNA, private, calendars=["Private"]), kit.person(BEN))
    another.api("POST", f"/api/mailbox/{ANNA}/move")  # its ids are others
    hourgate.command("connection", "move", "acme", "1", "--server", another.ews, "--user", "PRACTICE\\anna",
                     "--password-stdin", stdin=kit.PASSWORD + "\n")
    visitor = hourgate.visitor()
    assert visitor.starts(day=day) == [], "unknown is never free"
    assert visitor.book(kit.at(day, 11)).status == 409 and another.bookings(ANNA) == []
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["state"] == "ok" and row["problem"] and "connection check" in row["next_step"], row
    done = hourgate.run("connection", "check", "acme", "1", "--json")
    layer = json.loads(done.stdout)["layers"][-1]
    assert done.returncode == 1 and layer["layer"] == "calendars" and layer["state"] == "refused", layer
    assert "2 that were chosen" in layer["detail"] and "connection calendars" in layer["fix"]
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["findings"] == "calendars: refused" and row["checked"] != "never", row
    lost = hourgate.run("connection", "calendars", "acme", "1", "--json")
    assert lost.returncode == 1 and "2 chosen calendars are not seen any more" in lost.stderr, lost.stderr
    seen = {row["calendar"]: row for row in json.loads(lost.stdout)}
    calendars(hourgate, 1, "--busy", seen["Calendar"]["id"], "--busy", seen["Private"]["id"],
              "--book", seen["Private"]["id"])
    starts = visitor.starts(day=day)
    assert kit.at(day, 11) in starts and kit.at(day, 9) not in starts
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["problem"] == ""
    hourgate.command("connection", "check", "acme", "1")
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["findings"] == "" and row["next_step"] == "", row


def test_a_report_can_be_sent(make, tmp_path):
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN))
    hourgate.connect(practice)
    report = tmp_path / "report.txt"
    hourgate.command("connection", "check", "acme", "1", "--report", report)
    text = report.read_text()
    assert "sign-in" in text and "certificate" in text
    for hidden in (kit.PASSWORD, ANNA, "PRACTICE\\anna"):
        assert hidden.lower() not in text.lower()
    assert hourgate.run("connection", "check", "acme", "1", "--report", report).returncode != 0


def test_free_busy_only_writes_nothing(make):
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN))
    done = hourgate.run("connection", "add", "acme", ANNA, "--server", practice.ews, "--user", "PRACTICE\\anna",
                        "--free-busy-only", "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert done.returncode == 0 and "--no-sync" in done.stderr, done.stdout + done.stderr
    hourgate.page()
    practice.forget()
    row, = kit.rows(hourgate.listed("page", "list", "acme"))
    assert "not written" in row["calendar"] and row["synchronised"] is False
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 11)).status == 201
    assert {entry["operation"] for entry in practice.journal()} - {None} == {"GetUserAvailability"}
    assert practice.bookings(ANNA) == []


def test_a_page_says_what_the_hosts_calendar_is_to_it(make):
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN))
    words = ("page", "put", "acme", "intro", "--host", ANNA, "--title", "Introduction", "--duration", "30")

    def put(*more):
        done = hourgate.run(*words, *more)
        assert done.returncode == 0, done.stderr
        row, = kit.rows(hourgate.listed("page", "list", "acme"))
        return done.stderr, row["calendar"]
    warned, calendar = put()
    assert "has no connection" in warned and f"connection add acme {ANNA}" in warned and "only" in calendar
    hourgate.connect(practice)
    assert put() == ("", "read and written") and put("--no-sync") == ("", "read")
    hourgate.command("connection", "remove", "acme", "1", "--yes")
    hourgate.command("connection", "add", "acme", ANNA, "--server", practice.ews, "--user", "PRACTICE\\anna",
                     "--free-busy-only", "--password-stdin", stdin=kit.PASSWORD + "\n")
    warned, calendar = put()
    assert "not written" in warned and "not written" in calendar
    assert put("--no-sync")[0] == ""


@pytest.fixture(name="house")
def fixture_house(make, authority):
    """A house whose names are reached through its proxy; Autodiscover leads to another domain first."""
    sites = {"practice.example": {"serves": "redirect", "location":
                                  "https://mail.hoster.example/autodiscover/autodiscover.xml"},
             "mail.hoster.example": {"serves": "exchange"}, "mail.practice.example": {"serves": "exchange"}}
    practice = make.practice(
        kit.person(ANNA), certificate=authority.issue("good"), sites=sites, pki=authority.folder,
        discovery={"ews": "https://mail.practice.example/EWS/Exchange.asmx"})
    board = proxies.Switchboard({f"{host}:443": practice.port for host in sites})
    yield make.hourgate(settings={"upstream.proxy": board.url})
    board.stop()


def test_a_server_is_found_by_the_address_alone(house):
    words = ("check", "exchange", "--email", ANNA, "--method", "basic", "--password-stdin")
    asked = house.run(*words, stdin=kit.PASSWORD + "\n")
    assert asked.returncode == 1 and "--consent mail.hoster.example" in asked.stderr, asked.stderr
    found = house.run(*words, "--consent", "hoster.example", stdin=kit.PASSWORD + "\n")
    assert found.returncode == 0 and "sign-in" in found.stdout, found.stdout + found.stderr

    house.command("account", "add", "acme", "--name", "Acme AG")
    house.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
    house.command("connection", "add", "acme", ANNA, "--discover", "--consent", "hoster.example", "--method", "basic",
                  "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert "mail.practice.example" in house.command("connection", "list", "acme")


def test_a_probe_leaves_nothing_behind(make):
    practice, hourgate = office(make, kit.person(ANNA), kit.person(BEN))
    hourgate.connect(practice)
    practice.forget()
    assert "probe" in hourgate.command("connection", "check", "acme", "1", "--probe")
    assert practice.asked("CreateItem") and practice.asked("DeleteItem")
    assert practice.bookings(ANNA) == []
