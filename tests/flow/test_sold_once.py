# SPDX-License-Identifier: ISC
"""P4: a slot is sold once."""
import collections
import concurrent.futures
import sqlite3

import pytest

import kit


@pytest.mark.sanitize
def test_a_hundred_visitors_want_one_slot_and_one_gets_it(make):
    practice, hourgate = make.office()
    start = kit.at(kit.day_after(3), 10)
    visitor = hourgate.visitor()
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda n: visitor.book(start, email=f"c{n}@customer.example"), range(100)))
    assert collections.Counter(a.status for a in answers) == {201: 1, 409: 99}
    for answer in answers:
        if answer.status == 409:
            offered = [kit.instant(slot["start"]) for slot in answer.json()["slots"]]
            assert offered and start not in offered
    assert len(practice.bookings("anna@practice.example")) == 1
    assert [row["state"] for row in hourgate.bookings() if row["state"] != "cancelled"] == ["confirmed"]


def test_overlapping_starts_are_one_slot_too(make):
    practice, hourgate = make.office(duration=60, increment=15)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    starts = [kit.at(day, 10, minute) for minute in (0, 15, 30, 45)] * 8
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(visitor.book, starts))
    # 10:00 to 10:45 overlap pairwise: whichever came first keeps all others away
    assert collections.Counter(a.status for a in answers) == {201: 1, 409: 31}
    assert len(practice.bookings("anna@practice.example")) == 1


def test_buffers_keep_neighbours_away(make):
    _, hourgate = make.office(buffer_before=15, buffer_after=15, increment=15)
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert visitor.book(kit.at(day, 10)).status == 201
    assert visitor.book(kit.at(day, 10, 30)).status == 409
    assert visitor.book(kit.at(day, 11)).status == 201


def test_two_pages_of_one_host_share_the_hosts_time(make):
    _, hourgate = make.office()
    hourgate.page("second", title="Second")
    visitor, start = hourgate.visitor(), kit.at(kit.day_after(3), 10)
    assert visitor.book(start).status == 201
    assert visitor.book(start, page="acme/second").status == 409


def test_the_database_itself_refuses_an_overlap(make):
    """Whatever a program may do: the row of a second booking on taken time cannot be written."""
    _, hourgate = make.office()
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
    hourgate.stop()
    if hourgate.database:
        kit.POSTGRES.sql(hourgate.database, "ALTER TABLE occupancies DROP CONSTRAINT occupancies_booking_id_fkey")
        with pytest.raises(kit.CommandFailed, match="occupancies_disjoint"):
            kit.POSTGRES.sql(hourgate.database, "INSERT INTO occupancies SELECT booking_id + 1, target, host_id,"
                             " page_id, start_at + 600, end_at, slot_at, expires_at FROM occupancies")
        return
    with sqlite3.connect(hourgate.data / "hourgate.db") as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM occupancies").fetchone())
        row["booking_id"] += 1
        row["start_at"] += 600
        with pytest.raises(sqlite3.IntegrityError, match="occupied"):
            database.execute(f"INSERT INTO occupancies ({', '.join(row)}) VALUES "
                             f"({', '.join('?' * len(row))})", list(row.values()))


def test_the_same_idempotency_key_is_the_same_booking(make):
    practice, hourgate = make.office()
    visitor, start = hourgate.visitor(), kit.at(kit.day_after(3), 10)
    first, again = (visitor.book(start, key="a-key-of-the-visitor") for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    other = visitor.book(kit.at(kit.day_after(4), 11), key="a-key-of-the-visitor")
    assert 400 <= other.status < 500  # the same key with another content
    assert len(practice.bookings("anna@practice.example")) == 1
