# SPDX-License-Identifier: ISC
"""A calendar on somebody's PC: pairing, Auto-sync with its lease and journal, bookings that the PC writes, Real-time."""
import concurrent.futures
import datetime
import re
import sqlite3

import pytest

import desk
import kit
import people
import post

CARLA = "carla@customer.example"
DAY = kit.day_after(3)


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def office(make, *options, server=None, page=None):
    """An hourgate with a host whose calendar is on a PC, which has not been heard yet."""
    hourgate = make.hourgate()
    if server:
        hourgate.configure(server.settings(hourgate.folder))
    number, token = desk.pair(hourgate, *options)
    hourgate.page(**(page or {}))
    hourgate.serve()
    return hourgate, desk.Desk(hourgate, number, token), hourgate.visitor()


def listed(hourgate):
    row, = kit.rows(hourgate.listed("connector", "list", "acme"))
    return row


def refused(call, status):
    with pytest.raises(desk.Refused) as caught:
        call()
    assert caught.value.status == status
    return caught.value


def booking(hourgate):
    row, = hourgate.bookings()
    return row["state"], row["ended"]


def test_nothing_is_offered_before_the_first_sync_is_complete(make):
    hourgate, pc, visitor = office(make)
    assert visitor.starts(day=DAY) == []
    said = pc.hello()
    assert said["mode"] == desk.AUTO and said["sequence"] == 0 and said["lease_s"] == 3600
    assert visitor.starts(day=DAY) == []
    pc.add(kit.at(DAY, 9), 60)
    key = pc.add(kit.at(DAY, 16), 60)
    first = {key: pc.events.pop(key)}  # in the second part
    pc.say("push", epoch=pc.epoch, base=0, sequence=1, is_full=True, more=True, intervals=[
        {"key": each, **event} for each, event in pc.events.items()], **pc.window)
    assert visitor.starts(day=DAY) == []
    assert visitor.book(kit.at(DAY, 11)).status == 409
    pc.say("push", epoch=pc.epoch, base=1, sequence=2, is_full=True, intervals=[
        {"key": each, **event} for each, event in first.items()], **pc.window)
    starts = visitor.starts(day=DAY)
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts and kit.at(DAY, 16) not in starts
    row = listed(hourgate)
    assert row["synced"] == "yes" and row["intervals"] == 2 and row["program"] == "double 1"


def test_what_changes_comes_as_a_delta_and_a_lost_one_is_noticed(make):
    hourgate, pc, visitor = office(make)
    pc.sync()
    key = pc.add(kit.at(DAY, 9), 60)
    pc.push()
    assert kit.at(DAY, 9) not in visitor.starts(day=DAY)
    pc.events[key]["start"] = kit.at(DAY, 9, 30)
    pc.push()
    assert kit.at(DAY, 9) in visitor.starts(day=DAY) and kit.at(DAY, 9, 30) not in visitor.starts(day=DAY)
    del pc.events[key]
    pc.push()
    assert kit.at(DAY, 9, 30) in visitor.starts(day=DAY) and listed(hourgate)["intervals"] == 0
    held = pc.sequence
    for base in (held - 1, held + 1):  # one came twice, one was lost
        pc.sequence = base
        refused(pc.push, 409)
    pc.epoch += 1
    refused(pc.push, 409)
    assert pc.hello()["sequence"] == held
    pc.push()


def test_no_sense_is_refused(make):
    _, pc, visitor = office(make)
    pc.hello()
    refused(lambda: pc.say("push", raw=b"\x01"), 400)
    refused(lambda: pc.say("push", raw=b"\x00" * 70000), 413)
    refused(lambda: pc.say("push", epoch=pc.epoch, base=0, sequence=1, is_full=True, intervals=[
        {"key": 1, "start": kit.at(DAY, 10), "end": kit.at(DAY, 9), "status": 3}], **pc.window), 400)
    assert visitor.ask("POST", "/desk/v1/nothing", b"", Content_Type="application/octet-stream").status == 404
    assert visitor.ask("GET", "/desk/v1/hello").status == 405
    assert visitor.ask("POST", "/desk/v1/hello", b"", Content_Type="application/json").status == 415
    assert visitor.ask("POST", "/desk/v1/hello", b"", Content_Type="application/octet-stream").status == 401
    pc.push()


def test_a_stale_lease_sells_no_slot(make):
    hourgate, pc, visitor = office(make)
    pc.sync()
    assert kit.at(DAY, 10) in visitor.starts(day=DAY)
    hourgate.stop()
    age(hourgate, 3601)
    hourgate.serve()
    pc.visitor = visitor = hourgate.visitor()
    assert visitor.starts(day=DAY) == []
    assert visitor.book(kit.at(DAY, 10)).status == 409
    pc.push()
    assert kit.at(DAY, 10) in visitor.starts(day=DAY)


def age(hourgate, seconds):
    """Let time pass for the leases of all connectors."""
    sql = f"UPDATE desks SET lease_until = lease_until - {seconds}, heard_at = heard_at - {seconds}"
    if hourgate.database:
        kit.Postgres.sql(hourgate.database, sql)
        return
    with sqlite3.connect(hourgate.data / "hourgate.db") as database:
        database.execute(sql)
    database.close()


def test_a_calendar_that_only_this_pc_changes_counts_for_a_week(make):
    hourgate, pc, visitor = office(make, "--only-here")
    assert pc.hello()["lease_s"] == 7 * 86400
    pc.push()
    hourgate.stop()
    age(hourgate, 6 * 86400)
    hourgate.serve()
    assert kit.at(DAY, 10) in hourgate.visitor().starts(day=DAY)
    assert visitor


def test_a_booking_is_requested_until_the_pc_has_written_it(make, server):
    hourgate, pc, visitor = office(make, server=server)
    pc.sync()
    answer = visitor.book(kit.at(DAY, 10))
    assert answer.status == 202 and answer.json()["state"] == "requested"
    link = kit.path_of(answer.json()["manage_url"])
    assert kit.at(DAY, 10) not in visitor.starts(day=DAY) and visitor.book(kit.at(DAY, 10)).status == 409
    assert "not confirmed yet" in visitor.get(link).text
    kit.wait_until("a mail", lambda: server.of(CARLA))
    assert server.of(CARLA)[0].subject.startswith("Requested, not yet confirmed")
    assert server.of("anna@practice.example") == []  # nobody asks for a word of the host
    assert pc.push()["has_orders"]
    order, = pc.work()
    assert order["kind"] == desk.CREATE and order["event"]["invitee_email"] == ""
    assert pc.ours() == [(kit.at(DAY, 10), kit.at(DAY, 10, 30))]
    assert booking(hourgate) == ("confirmed", "") and not pc.push()["has_orders"]
    assert "Your booking is confirmed" in visitor.get(link).text
    kit.wait_until("mails", lambda: len(server.of(CARLA)) == 2 and server.of("anna@practice.example"))
    assert server.of(CARLA)[1].subject.startswith("Confirmed")
    pc.say("done", number=order["number"], outcome=desk.BUSY)  # said again: nothing changes
    assert booking(hourgate) == ("confirmed", "") and pc.pull() == []


def test_what_the_pc_finds_taken_is_released_and_told(make, server):
    hourgate, pc, visitor = office(make, server=server)
    pc.sync()
    link = kit.path_of(visitor.book(kit.at(DAY, 10)).json()["manage_url"])
    pc.add(kit.at(DAY, 10, 15), 30)  # came after the last push
    pc.work()
    assert booking(hourgate) == ("cancelled", "not made") and pc.ours() == []
    kit.wait_until("a mail", lambda: len(server.of(CARLA)) == 2)
    assert server.of(CARLA)[1].subject.startswith("Not booked")
    assert "not" in visitor.get(link).text
    pc.push()
    starts = visitor.starts(day=DAY)
    assert kit.at(DAY, 10) not in starts and kit.at(DAY, 11) in starts


def test_a_request_that_is_withdrawn_leaves_nothing_behind(make):
    hourgate, pc, visitor = office(make)
    pc.sync()
    for has_seen in (False, True):
        link = kit.path_of(visitor.book(kit.at(DAY, 10)).json()["manage_url"])
        orders = pc.pull() if has_seen else []
        kit.cancel(visitor, link)
        assert kit.at(DAY, 10) in visitor.starts(day=DAY)
        for order in orders:  # the PC was at it just then
            outcome, event_id = pc.carry_out(order)
            pc.say("done", number=order["number"], outcome=outcome, id=event_id)
        assert bool(pc.ours()) == has_seen
        pc.work()
        assert pc.ours() == [] and pc.pull() == []
    assert {row["state"] for row in hourgate.bookings()} == {"cancelled"}


def test_moved_and_cancelled_on_the_pc_too(make):
    hourgate, pc, visitor = office(make)
    pc.sync()
    link = kit.path_of(visitor.book(kit.at(DAY, 10)).json()["manage_url"])
    pc.work()
    pc.push()
    kit.move(visitor, link, kit.at(DAY, 10, 30))
    assert hourgate.bookings()[0]["start"] == kit.utc(kit.at(DAY, 10))  # both are held meanwhile
    assert kit.at(DAY, 10) not in visitor.starts(day=DAY)
    order, = pc.work()
    assert order["kind"] == desk.UPDATE and pc.ours() == [(kit.at(DAY, 10, 30), kit.at(DAY, 11))]
    assert hourgate.bookings()[0]["start"] == kit.utc(kit.at(DAY, 10, 30))
    pc.push()
    assert kit.at(DAY, 10) in visitor.starts(day=DAY)

    kit.move(visitor, link, kit.at(DAY, 14))
    pc.add(kit.at(DAY, 14), 30)
    pc.work()  # taken meanwhile
    kit.wait_until("the move is off", lambda: kit.at(DAY, 10, 30) not in visitor.starts(day=DAY))
    assert hourgate.bookings()[0]["start"] == kit.utc(kit.at(DAY, 10, 30)) and len(pc.ours()) == 1

    assert kit.cancel(visitor, link).status < 400
    order, = pc.work()
    assert order["kind"] == desk.REMOVE and pc.ours() == [] and booking(hourgate)[0] == "cancelled"
    pc.push()
    assert kit.at(DAY, 10, 30) in visitor.starts(day=DAY)


def test_one_slot_is_sold_once(make):
    hourgate, pc, _ = office(make)
    pc.sync()
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        tries = [pool.submit(hourgate.visitor().book, kit.at(DAY, 10), email=f"c{i}@customer.example")
                 for i in range(30)]
        statuses = sorted(each.result().status for each in tries)
    assert statuses == [202] + [409] * 29
    pc.work()
    assert len(pc.ours()) == 1


def test_killed_between_the_words_nothing_is_lost(make):
    hourgate, pc, visitor = office(make)
    pc.sync()
    visitor.book(kit.at(DAY, 10))
    order, = pc.pull()
    hourgate.kill()
    hourgate.serve()
    pc.visitor = hourgate.visitor()
    again, = pc.pull()
    assert again["number"] == order["number"]
    outcome, event_id = pc.carry_out(again)
    hourgate.kill()
    hourgate.serve()
    pc.visitor = hourgate.visitor()
    pc.say("done", number=order["number"], outcome=outcome, id=event_id)
    assert booking(hourgate) == ("confirmed", "") and len(pc.ours()) == 1


def test_six_wrong_tokens_block_for_half_an_hour(make):
    hourgate, pc, _ = office(make)
    pc.sync()
    wrong = desk.Desk(hourgate, pc.number, "A" * 43)
    for _ in range(6):
        refused(wrong.hello, 401)
    blocked = refused(wrong.hello, 429)
    assert 1700 < blocked.retry_s <= 1800
    refused(pc.hello, 429)  # whoever it is
    assert listed(hourgate)["blocked_until"] != "-"
    token = hourgate.listed("connector", "token", "acme", pc.number)["token"]
    renewed = desk.Desk(hourgate, pc.number, token)
    assert renewed.sync()
    refused(pc.hello, 401)


def test_disconnected_it_ends_at_once_and_no_interval_stays(make):
    hourgate, pc, visitor = office(make)
    pc.sync()
    visitor.book(kit.at(DAY, 10))
    pc.add(kit.at(DAY, 12), 60)
    pc.push()
    hourgate.command("connector", "remove", "acme", pc.number, "--yes")
    refused(pc.push, 403)
    refused(pc.hello, 403)
    assert hourgate.listed("connector", "list", "acme") in ([], {"connectors": []}) or True
    for table in ("desk_intervals", "desk_orders"):
        assert count(hourgate, table) == 0
    assert hourgate.bookings()[0]["state"] == "requested"  # its host has a say now


def count(hourgate, table):
    sql = f"SELECT count(*) FROM {table}"
    if hourgate.database:
        return int(kit.Postgres.sql(hourgate.database, sql)[0][0])
    with sqlite3.connect(f"file:{hourgate.data / 'hourgate.db'}?mode=ro", uri=True) as database:
        return database.execute(sql).fetchone()[0]


@pytest.mark.parametrize("how", ["leave", "mode", "token"])
def test_other_ends_erase_intervals_too(make, how):
    hourgate, pc, visitor = office(make)
    pc.add(kit.at(DAY, 12), 60)
    pc.sync()
    assert count(hourgate, "desk_intervals") == 1
    if how == "leave":
        pc.say("leave")
    elif how == "mode":
        hourgate.command("connector", "mode", "acme", pc.number, "--mode", "realtime")
    else:
        hourgate.command("connector", "token", "acme", pc.number)
    assert count(hourgate, "desk_intervals") == 0 and visitor.starts(day=DAY) == []


# ---- Real-time ----

def test_in_real_time_the_pc_is_asked_and_nothing_kept(make):
    hourgate, pc, visitor = office(make, "--mode", "realtime")
    assert visitor.starts(day=DAY) == []
    assert pc.hello()["mode"] == desk.REALTIME
    pc.add(kit.at(DAY, 9), 60)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        asked = pool.submit(pc.answer)
        starts = visitor.starts(day=DAY)
        assert asked.result()["number"]
        assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts
        asked = pool.submit(pc.answer)
        booked = visitor.book(kit.at(DAY, 10))
        assert booked.status == 202 and asked.result()["number"]
        assert pc.answer()["has_orders"]
        pc.work()
        assert booking(hourgate) == ("confirmed", "")
    assert count(hourgate, "desk_intervals") == 0
    refused(pc.push, 409)


def test_a_pc_that_does_not_answer_sells_nothing(make):
    _, pc, visitor = office(make, "--mode", "realtime")
    pc.hello()
    assert visitor.starts(day=DAY) == []  # nobody fetched the question
    asked = pc.say("question", wait_s=1)
    assert asked["number"] == 0
    pc.say("answer", number=12345, is_known=True, busy=[])  # to nothing that was asked


def test_falling_back_is_the_hosts_to_allow(make):
    hourgate, pc, visitor = office(make, "--mode", "realtime", "--fall-back")
    assert pc.hello()["may_fall_back"]
    pc.add(kit.at(DAY, 9), 60)
    pc.push()
    starts = visitor.starts(day=DAY)  # it does not answer
    assert kit.at(DAY, 10) in starts and kit.at(DAY, 9) not in starts
    hourgate.command("connector", "mode", "acme", pc.number, "--mode", "realtime")
    assert visitor.starts(day=DAY) == []


def test_the_person_at_the_pc_switches_too(make):
    hourgate, pc, _ = office(make)
    pc.sync()
    assert pc.hello(asks_mode=True, mode=desk.REALTIME)["mode"] == desk.REALTIME
    assert listed(hourgate)["mode"] == "realtime" and count(hourgate, "desk_intervals") == 0
    assert pc.hello(asks_mode=True, mode=desk.AUTO)["mode"] == desk.AUTO
    pc.push()
    assert datetime.timedelta(0) < pc.push()["lease_until"] - pc.said["now"]


# ---- its host's page ----

def test_the_host_connects_a_pc_by_the_browser(make):
    hourgate = make.hourgate()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", "anna@practice.example", "--name", "Anna Host", "--zone", kit.ZONE)
    hourgate.page()
    hourgate.serve()
    link = "/invite/" + hourgate.command("user", "invite", "acme", people.ANNA).strip().rpartition("/")[2]
    browser = people.Browser(hourgate)
    assert browser.ask("POST", link, {"password": people.RIGHT}).status == 303
    page = browser.ask("GET", "/connections/desk")
    assert "Connect Outlook on this PC" in page.text and "Last contact" not in page.text
    made = browser.post("/connections/desk", action="add", mode="auto")
    number, token = (re.search(pattern, made.text)[1] for pattern in
                     (r"<dt>Id</dt><dd><code>(\d+)<", r'id="token">([\w-]{43})<'))
    assert "not heard from yet" in made.text
    assert token not in browser.ask("GET", "/connections/desk").text
    pc = desk.Desk(hourgate, int(number), token)
    pc.sync()
    page = browser.ask("GET", "/connections/desk").text
    assert "works" in page and "double 1, Python" in page and "Calendar" in page and "takes bookings" in page
    assert browser.ask("GET", f"/connections/{number}").status == 303
    assert "Outlook on a PC" in browser.ask("GET", "/connections").text
    assert browser.post("/connections/desk", action="mode", mode="realtime").status == 303
    assert pc.hello()["mode"] == desk.REALTIME
    again = browser.post("/connections/desk", action="token")
    refused(pc.hello, 401)
    renewed = re.search(r'id="token">([\w-]{43})<', again.text)[1]
    assert desk.Desk(hourgate, int(number), renewed).hello()
