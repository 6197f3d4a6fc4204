# SPDX-License-Identifier: ISC
"""The host learns why a time is or is not offered; a customer does not."""
import datetime

import kit


def why(hourgate, *words):
    return hourgate.listed("why", "acme", "intro", *words)


def test_each_reason_is_told_to_the_host(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(
        kit.person("anna@practice.example", [kit.event("Marked subject", kit.at(day, 10), 60)]),
        override=f"{day} 09:00-12:00", notice=60, duration=30, increment=30, buffer_after=10)
    visitor = hourgate.visitor()
    assert visitor.book(kit.at(day, 11, 30)).status == 201

    def at(time):
        row, = why(hourgate, "--at", f"{day} {time}")
        assert row["first"] == row["last"] == f"{day} {time}" and row["zone"] == kit.ZONE
        return row["offered"], row["why"]

    assert at("09:00") == (True, "")
    assert at("09:30") == (False, f"busy {day} 10:00-11:00 in the calendar")  # the buffer behind
    assert at("10:30") == (False, f"busy {day} 10:00-11:00 in the calendar")
    assert at("08:30")[1] == "outside that date's own hours"
    assert "starts are 30 minutes apart" in at("09:10")[1]
    assert f"booked {day} 11:30-12:10, with buffers" in at("11:30")[1]
    assert "Marked" not in str(why(hourgate, "--day", str(day)))

    past = datetime.date.today() - datetime.timedelta(days=3)
    assert why(hourgate, "--at", f"{past} 10:00")[0]["why"].startswith("it is over")


def test_a_day_tells_what_the_page_offers(make):
    day = kit.day_after(3)
    _, hourgate = make.office(
        kit.person("anna@practice.example", [kit.event("One", kit.at(day, 10), 45)]),
        override=f"{day} 09:00-12:00; {day} 13:00-17:00", duration=30, increment=15)
    offered = {kit.utc(start) for start in hourgate.visitor().starts(day=day)}
    told = set()
    for row in why(hourgate, "--day", str(day)):
        start = datetime.datetime.fromisoformat(row["first"]).replace(tzinfo=kit.zoneinfo.ZoneInfo(row["zone"]))
        last = datetime.datetime.fromisoformat(row["last"]).replace(tzinfo=start.tzinfo)
        while row["offered"] and start <= last:
            told.add(kit.utc(start))
            start += datetime.timedelta(minutes=15)
    assert told == offered and len(offered) == 22


def test_an_unreachable_calendar_is_named(make):
    practice, hourgate = make.office(kit.person("anna@practice.example", []))
    day = kit.day_after(3)
    practice.stop()
    rows = why(hourgate, "--at", f"{day} 10:00")
    assert not rows[0]["offered"] and "the calendar does not answer" in rows[0]["why"]


def test_what_is_no_time_is_refused(make):
    _, hourgate = make.office(kit.person("anna@practice.example", []))
    for words in (["--at", "2026-12-24"], ["--at", "2026-12-24 25:00"], ["--day", "tomorrow"],
                  ["--day", "2026-12-24 09:00"]):
        assert hourgate.run("why", "acme", "intro", *words).returncode == 2, words
    assert "skips" in hourgate.run("why", "acme", "intro", "--at", "2027-03-28 02:30").stderr
    assert hourgate.run("why", "acme", "nothing", "--at", "2026-12-24 09:00").returncode == 1
