# SPDX-License-Identifier: ISC
"""What hosts do in their calendars is followed within seconds, by streams of notifications: exchangelib moves and deletes as
Outlook would, while polling alone would take minutes. Hints may be lost, streams may break, the vault may die: the
booking follows all the same, and nothing is told twice."""
import re
import socket
import time

import kit
import pytest
from test_follow import booked, delete_event, move_event, notices

ANNA, BEA = "anna@practice.example", "bea@practice.example"
POLL_S = 600   # far beyond the test: what follows, follows by a stream
SOON_S = 20    # for slow machines; it takes one second
LATER_S = 60


def metrics_place():
    """Return an address on which nobody listens yet."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return f"127.0.0.1:{sock.getsockname()[1]}"


def gauge(hourgate, name):
    place = hourgate.setting("server", "metrics")
    text = kit.Visitor(f"http://{place}").get("/metrics").text
    return int(re.search(rf"^hourgate_vault_{name} (\d+)$", text, re.MULTILINE)[1])


def wait_for_stream(practice, hourgate, n=1):
    """Wait until so many mailboxes are watched and each was asked once for what had happened before."""
    kit.wait_until("it is watched", lambda: gauge(hourgate, "mailboxes_watched") == n, LATER_S)
    kit.wait_until("it is asked once", lambda: len(practice.asked("SyncFolderItems")) >= n, LATER_S)
    time.sleep(1)


@pytest.fixture(name="office")
def office_fixture(make):
    def furnish(build=kit.BUILD, upstream=None, options=None, **page):
        practice, hourgate = make.office(build=build, settings={"upstream.timeout": 5},
                                         options={"heartbeat": 1, **(options or {})})
        hourgate.stop()
        hourgate.configure({"upstream.poll": POLL_S, "server.metrics": metrics_place(), **(upstream or {})})
        hourgate.serve()
        if page:
            hourgate.page(**page)
        visitor, day = hourgate.visitor(), kit.day_after(3)
        assert visitor.book(kit.at(day, 10)).status == 201
        return practice, hourgate, visitor, day
    return furnish


def test_a_moved_event_takes_its_booking_along_within_seconds(office):
    practice, hourgate, visitor, day = office()
    wait_for_stream(practice, hourgate)
    move_event(practice, kit.at(day, 14))
    start = time.monotonic()
    kit.wait_until("it follows", lambda: booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14))), SOON_S)
    print(f"followed {time.monotonic() - start:.2f} s after the move was saved")
    starts = visitor.starts(day=day)
    assert kit.at(day, 10) in starts and kit.at(day, 14) not in starts
    practice.forget()
    time.sleep(3)
    assert practice.asked("UpdateItem") == practice.asked("CreateItem") == [], "nothing comes back"


@pytest.mark.parametrize("how", ["move_to_trash", "delete"])
def test_a_deleted_event_cancels_its_booking_within_seconds(office, how):
    practice, hourgate, _, _ = office()
    wait_for_stream(practice, hourgate)
    delete_event(practice, how)
    start = time.monotonic()
    kit.wait_until("it follows", lambda: booked(hourgate)[0] == "cancelled", SOON_S)
    print(f"followed {time.monotonic() - start:.2f} s after it was deleted")


def test_ask_puts_it_to_the_host_within_seconds_and_once(office):
    practice, hourgate, _, day = office(follow="ask")
    wait_for_stream(practice, hourgate)
    move_event(practice, kit.at(day, 14))
    kit.wait_until("a notice", lambda: notices(hourgate), SOON_S)
    time.sleep(2)
    notice, = notices(hourgate)
    assert notice["moved_to"] == kit.utc(kit.at(day, 14))
    assert booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 10)))


def test_where_changes_are_ignored_nobody_is_watched(office):
    practice, hourgate, _, day = office(follow="ignore")
    move_event(practice, kit.at(day, 14))
    time.sleep(8)
    assert practice.asked("Subscribe") == practice.asked("SyncFolderItems") == []
    assert booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 10))) and notices(hourgate) == []


def test_own_writes_cause_nothing(office):
    practice, hourgate, visitor, day = office()
    wait_for_stream(practice, hourgate)
    booking = visitor.book(kit.at(day, 12), name="Dora Customer").json()
    link = kit.path_of(booking["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 15)).status < 400
    time.sleep(2)
    assert kit.cancel(visitor, link).status < 400
    practice.forget()
    time.sleep(4)
    assert practice.asked("UpdateItem") == practice.asked("CreateItem") == practice.asked("DeleteItem") == []
    states = sorted((row["state"], row["start"]) for row in hourgate.bookings())
    assert states == [("cancelled", kit.utc(kit.at(day, 15))), ("confirmed", kit.utc(kit.at(day, 10)))]
    assert notices(hourgate) == []
    told = [row["what"] for row in kit.rows(hourgate.listed("audit", "show", "acme"))]
    assert told.count("booking moved") == told.count("booking cancelled") == 1


def test_a_hint_lost_in_a_gap_is_caught_when_the_stream_is_back(office):
    practice, hourgate, _, day = office()
    wait_for_stream(practice, hourgate)
    practice.misbehave("http_503", operation="GetStreamingEvents")
    practice.misbehave("stream_cut", operation="GetStreamingEvents", count=0)
    hourgate.kill_program("courier")
    move_event(practice, kit.at(day, 14))
    time.sleep(2)
    practice.behave()
    kit.wait_until("it follows", lambda: booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14))), LATER_S)


@pytest.mark.parametrize("mode", ["stream_closes", "stream_garbage", "stream_lost", "stream_busy", "http_500"])
def test_where_no_stream_stays_open_calendars_are_polled(office, mode):
    practice, hourgate, _, day = office(upstream={"upstream.poll": 2})
    practice.misbehave(mode, operation="GetStreamingEvents")
    kit.wait_until("streams break", lambda: gauge(hourgate, "streams_broken") >= 1, LATER_S)
    assert gauge(hourgate, "mailboxes_watched") == 0
    move_event(practice, kit.at(day, 14))
    kit.wait_until("it follows", lambda: booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14))), LATER_S)
    assert "polled" in hourgate.log()


def test_a_limit_of_the_server_means_polling_and_nothing_else(office):
    practice, hourgate, visitor, day = office(upstream={"upstream.poll": 2}, options={"max_streams": 0})
    kit.wait_until("it gives way", lambda: gauge(hourgate, "streams_broken") >= 1, LATER_S)
    assert "no further stream" in hourgate.log() or "too many" in hourgate.log()
    assert visitor.book(kit.at(day, 12), name="Dora Customer").status == 201, "jobs go on"
    move_event(practice, kit.at(day, 14))
    kit.wait_until("it follows", lambda: ("confirmed", kit.utc(kit.at(day, 14))) in [
        (row["state"], row["start"]) for row in hourgate.bookings()], LATER_S)


def test_beyond_the_limit_the_others_are_polled(make):
    """One stream for two personal mailboxes: both bookings follow."""
    practice = make.practice(kit.person(ANNA), kit.person(BEA), heartbeat=1)
    hourgate = make.hourgate(settings={"upstream.timeout": 5, "server.metrics": metrics_place()})
    hourgate.configure({"upstream.poll": 2, "upstream.watch": 1})
    hourgate.serve()
    hourgate.host(practice).page()
    hourgate.host(practice, BEA).page("other", BEA)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert visitor.book(kit.at(day, 10)).status == 201
    assert visitor.book(kit.at(day, 11), page="acme/other").status == 201
    kit.wait_until("one is watched", lambda: gauge(hourgate, "mailboxes_watched") == 1, LATER_S)
    for who in (ANNA, BEA):
        kit.exchangelib(practice, who, """
for item in account.calendar.all():
    item.delete()
out = "gone"
""")
    kit.wait_until("both follow", lambda: {row["state"] for row in hourgate.bookings()} == {"cancelled"}, LATER_S)
    assert gauge(hourgate, "streams_open") <= 1


def test_hosts_of_a_service_account_share_a_stream(make):
    """40 hosts: 32 in one stream, 8 in another; three servers stand behind the address."""
    service, hosts = "svc@practice.example", [f"host-{i}@practice.example" for i in range(40)]
    practice = make.practice(kit.person(service), *map(kit.person, hosts), impersonators=[service], heartbeat=1,
                             back_ends=3)
    hourgate = make.hourgate(settings={"upstream.timeout": 10, "server.metrics": metrics_place()})
    hourgate.configure({"upstream.poll": POLL_S})
    hourgate.serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("connection", "add", "acme", "--service", "--server", practice.ews, "--user",
                     "PRACTICE\\svc", "--mailbox", service, "--password-stdin", stdin=kit.PASSWORD + "\n")
    visitor, day = hourgate.visitor(), kit.day_after(3)
    for i, host in enumerate(hosts):
        hourgate.command("user", "add", "acme", host, "--name", host, "--zone", kit.ZONE)
        hourgate.command("connection", "add", "acme", host, "--through", "1", "--unchecked")
        hourgate.page(f"page-{i}", host)
        assert visitor.book(kit.at(day, 9), f"acme/page-{i}").status == 201
    kit.wait_until("all are watched", lambda: gauge(hourgate, "mailboxes_watched") == len(hosts), 3 * LATER_S)
    assert gauge(hourgate, "streams_open") == 2
    for host in (hosts[3], hosts[-1]):
        item, = practice.bookings(host)
        practice.remove(host, item)
    kit.wait_until("both follow", lambda: len([row for row in hourgate.bookings()
                                               if row["state"] == "cancelled"]) == 2, SOON_S)
    assert {entry["impersonated"] for entry in practice.asked("Subscribe")} == set(hosts)


@pytest.mark.long
def test_a_refused_password_is_not_sent_again_by_a_stream(office):
    practice, hourgate, _, _ = office(options={"minute_seconds": 0.4})
    wait_for_stream(practice, hourgate)
    practice.misbehave("http_401_bare")
    kit.wait_until("it is refused", lambda: [row for row in practice.journal() if row["status"] == 401
                                             and row["misbehaved"]], LATER_S)
    time.sleep(8)
    refused = [row for row in practice.journal() if row["misbehaved"] == "http_401_bare"]
    assert len(refused) == 1, refused
    assert gauge(hourgate, "streams_open") == 0


@pytest.mark.long
@pytest.mark.limit(180)
@pytest.mark.parametrize("step", ["watch_after_ask", "follow_after_hint", "follow_after_take", "follow_before_write",
                                  "follow_after_write", "follow_before_state"])
def test_killed_while_it_watches(office, step):
    practice, hourgate, _, day = office(build=kit.FAULTS)
    wait_for_stream(practice, hourgate)
    hourgate.stop()
    move_event(practice, kit.at(day, 14))
    hourgate.env["HOURGATE_FAULT"] = step
    hourgate.serve()
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log(), LATER_S)
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    kit.wait_until("it follows", lambda: booked(hourgate) == ("confirmed", kit.utc(kit.at(day, 14))), LATER_S)
    delete_event(practice)
    kit.wait_until("it follows", lambda: booked(hourgate)[0] == "cancelled", LATER_S)
    told = [row["what"] for row in kit.rows(hourgate.listed("audit", "show", "acme"))]
    assert told.count("booking moved") == 1 and told.count("booking cancelled") == 1, told
