# SPDX-License-Identifier: ISC
"""Whatever a server does on a bad day: no booking is lost or made twice, and no directory locks anybody out."""
import concurrent.futures
import os
import signal
import tempfile
import time

import pytest

import kit

ANNA = "anna@practice.example"
WRITES = ("CreateItem", "UpdateItem", "DeleteItem")
EVERY = {
    "drops before": {"mode": "drop_before"},
    "drops after": {"mode": "drop_after"},
    "is cut short": {"mode": "truncated"},
    "stalls": {"mode": "stall", "seconds": 30},
    "is slow to begin": {"mode": "slow", "seconds": 30},
    "is slow to answer": {"mode": "slow_after", "seconds": 4},
    "trickles": {"mode": "trickle", "piece": 64, "seconds": 0.01},
    "forgets the sign-in": {"mode": "sign_out"},
    "forgets it once": {"mode": "sign_out", "count": 1},
    "answers 401 without a challenge": {"mode": "http_401_bare"},
    "answers 503": {"mode": "http_503", "retry_after": 1},
    "is busy": {"mode": "fault_busy", "milliseconds": 1000},
    "is busy inside": {"mode": "item_busy", "milliseconds": 1000},
    "answers 440": {"mode": "html_440"},
    "answers 500": {"mode": "http_500"},
    "shows a page for people": {"mode": "html_200"},
    "shapes oddly": {"mode": "odd_shapes"},
    "chunks oddly": {"mode": "odd_chunks"},
    "frames by length": {"mode": "with_length"},
    "names another content type": {"mode": "wrong_content_type"},
}
HARMLESS = {"trickles", "shapes oddly", "chunks oddly", "frames by length", "forgets it once"}


def refused_sign_ins(practice):
    """Return the proofs of a password that the server turned down: what a directory counts."""
    return [entry for entry in practice.journal() if entry["credential"] and entry["status"] == 401]


def standing_in_calendar(practice):
    return sorted(item["Start"] for item in practice.bookings(ANNA))


def standing_here(hourgate):
    """Return the starts of the bookings that stand; None while one of them is not settled."""
    rows = hourgate.bookings()
    if any(row["state"] in ("held", "uncertain") for row in rows):
        return None
    return sorted(row["start"] for row in rows if row["state"] == "confirmed")


def trust_again(hourgate):
    """Replace the password where a sign-in was refused: what a host does, and what ends the wait."""
    for row in kit.rows(hourgate.listed("connection", "list", "acme")):
        if row["state"] != "ok":
            hourgate.command("connection", "password", "acme", row["id"], "--password-stdin",
                             stdin=kit.PASSWORD + "\n")


def agree(practice, hourgate):
    """Wait until both sides say the same, and return it."""
    def same():
        here, there = standing_here(hourgate), standing_in_calendar(practice)
        return here is not None and here == there
    try:
        kit.wait_until("both sides agree", same, 45)
    except AssertionError:
        raise AssertionError(f"{hourgate.bookings()} and {standing_in_calendar(practice)}") from None
    return [kit.instant(start) for start in standing_here(hourgate)]


@pytest.fixture(name="office", scope="module")
def fixture_office(authority, good):
    """One office for all bad days; each ends well, or it is the one to blame."""
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        maker = kit.Maker(kit.pathlib.Path(folder), authority, good)
        try:
            yield maker.office(settings={"upstream.timeout": 2 * kit.SLOW}, duration=15, horizon=90)
        finally:
            maker.end()


@pytest.mark.parametrize("operations", [
    pytest.param(["*"], id="everything"),
    pytest.param(WRITES, id="writes", marks=pytest.mark.long)])  # what may have happened is settled in its own time
@pytest.mark.parametrize("what", EVERY)
def test_nothing_is_lost_or_doubled(office, what, operations):
    practice, hourgate = office
    visitor, day = hourgate.visitor(), kit.day_after(3 + 2 * list(EVERY).index(what) + len(operations) // 2)
    kit.wait_until("the bad day before this one is over", lambda: visitor.starts(day=day))
    links = [kit.path_of(visitor.book(kit.at(day, hour)).json()["manage_url"]) for hour in (9, 10)]
    practice.forget()
    for operation in operations:
        practice.misbehave(operation=operation, **EVERY[what])
    answers = [kit.move(visitor, links[0], kit.at(day, 14)), kit.cancel(visitor, links[1]),
               visitor.book(kit.at(day, 12))]
    refused = refused_sign_ins(practice)
    practice.behave()
    trust_again(hourgate)
    stand = [start for start in agree(practice, hourgate) if start.astimezone().date() == day]
    # What was under way at that moment, such as the watch for late events of the day before, could not know.
    assert all(entry["time"] < refused[0]["time"] + 1 for entry in refused), "a directory would lock the host out"
    assert sum(start in stand for start in (kit.at(day, 9), kit.at(day, 14))) == 1, "lost, or doubled"
    assert not any(answer.status == 500 for answer in answers)
    if answers[2].status == 201:
        assert kit.at(day, 12) in stand, "confirmed and not there"
    if what in HARMLESS and operations == ["*"]:
        assert [answer.status for answer in answers][2] == 201 and stand == [kit.at(day, 12), kit.at(day, 14)]


@pytest.mark.parametrize("method", ["ntlm", "basic"])
def test_a_refused_sign_in_is_not_tried_again_soon(make, method):
    practice = make.practice()
    hourgate = make.hourgate().serve()
    hourgate.host(practice, method=method).page()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin="wrong\n")
    practice.forget()
    for _ in range(3):
        assert visitor.starts(day=day) == []
        assert visitor.book(kit.at(day, 11)).status == 409
        kit.move(visitor, link, kit.at(day, 12))
    kit.cancel(visitor, link)
    hourgate.restart()
    assert hourgate.visitor().starts(day=day) == []
    time.sleep(2)  # background work would have begun by now
    assert len(refused_sign_ins(practice)) == 1
    trust_again(hourgate)
    agree(practice, hourgate)


def test_a_crowd_and_a_crash_add_no_second_refused_sign_in(make):
    practice = make.practice()
    hourgate = make.hourgate().serve()
    hourgate.host(practice)
    pages = ["acme/intro", "acme/long", "acme/short"]
    for page in pages:
        hourgate.page(page.partition("/")[2])
    assert hourgate.visitor().starts(day=kit.day_after(3))
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin="wrong\n")
    practice.forget()

    def crowd():
        with concurrent.futures.ThreadPoolExecutor(12) as many:
            asked = [many.submit(hourgate.visitor().starts, page, day=kit.day_after(3 + 7 * week))
                     for page in pages for week in range(4)]
            asked += [many.submit(hourgate.visitor().book, kit.at(kit.day_after(4), 9 + i), page)
                      for i, page in enumerate(pages)]
            assert all(not answer.result() for answer in asked[:-3])
            assert {answer.result().status for answer in asked[-3:]} <= {409}
    crowd()
    crowd()
    os.kill(hourgate.pid("vault"), signal.SIGKILL)
    kit.wait_until("all of it is started again", hourgate.ready)
    crowd()
    hourgate.restart()
    crowd()
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["state"] == "refused" and len(refused_sign_ins(practice)) == 1


@pytest.mark.parametrize("method", ["ntlm", "basic"])
def test_a_server_that_refuses_chunks_is_written_to(make, method):
    practice = make.practice(refuse_chunked=True)
    hourgate = make.hourgate().serve()
    hourgate.host(practice, method=method).page()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 11)).status < 400
    assert agree(practice, hourgate) == [kit.at(day, 11)]


def test_a_moved_mailbox_has_its_bookings_found_again(make):
    practice, hourgate = make.office()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    links = [kit.path_of(visitor.book(kit.at(day, hour)).json()["manage_url"]) for hour in (10, 11, 12)]
    practice.api("POST", f"/api/mailbox/{ANNA}/move")
    assert kit.at(day, 10) not in visitor.starts(day=day)
    assert kit.move(visitor, links[0], kit.at(day, 14)).status < 400
    assert kit.cancel(visitor, links[1]).status < 400
    assert agree(practice, hourgate) == [kit.at(day, 12), kit.at(day, 14)]
    practice.api("POST", f"/api/mailbox/{ANNA}/move")
    assert kit.cancel(visitor, links[2]).status < 400
    assert kit.move(visitor, links[0], kit.at(day, 14, 30)).status < 400
    assert agree(practice, hourgate) == [kit.at(day, 14, 30)]


@pytest.mark.parametrize("method", ["ntlm", "basic"])
@pytest.mark.parametrize("skew", [-86400, 86400])
def test_a_server_whose_clock_is_wrong_is_booked_rightly(make, method, skew):
    practice = make.practice(skew=skew)
    hourgate = make.hourgate().serve()
    hourgate.host(practice, method=method).page()
    visitor, day = hourgate.visitor(), kit.day_after(5)
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    assert kit.move(visitor, link, kit.at(day, 11)).status < 400
    assert agree(practice, hourgate) == [kit.at(day, 11)]
    assert refused_sign_ins(practice) == []
