# SPDX-License-Identifier: ISC
"""P2: customers see offered slots and nothing else."""
import datetime

import kit

BASE = "https://book.example"  # the same for all, so that answers can be compared byte by byte


def two(make, mailboxes, rules):
    """Two hourgates that differ in calendar and rules only."""
    return [make.office(mailbox, settings={"server.base_url": BASE}, **rule)
            for mailbox, rule in zip(mailboxes, rules)]


def anna(*events):
    return kit.person("anna@practice.example", events)


def test_different_calendars_with_equal_slots_look_the_same(make):
    day = kit.day_after(3)
    one = anna(kit.event("Board", kit.at(day, 10), 60), kit.event("Maybe", kit.at(day, 10, 30), 30,
                                                                  status="Tentative"))
    other = anna(kit.event("Dentist", kit.at(day, 20), 60, status="OOF"))  # outside the hours
    offices = two(make, [one, other], [
        {"override": f"{day} 09:00-17:00", "horizon": 3},
        {"override": f"{day} 09:00-10:00; {day} 11:00-17:00", "horizon": 3}])
    visitors = [hourgate.visitor() for _, hourgate in offices]
    paths = ["/acme/intro", f"/acme/intro?day={day}",
             f"/api/v1/pages/acme/intro/slots?from={day}&to={day}&tz=Europe/Zurich",
             f"/api/v1/pages/acme/intro/slots?from={day}&to={day + datetime.timedelta(days=9)}&tz=UTC"]
    for path in paths:
        answers = [visitor.get(path).masked() for visitor in visitors]
        assert answers[0] == answers[1], path
    assert len(visitors[0].starts(day=day)) == 14
    # taken in one calendar, outside the rules of the other
    refused = [visitor.book(kit.at(day, 10)) for visitor in visitors]
    assert [answer.status for answer in refused] == [409, 409]
    assert refused[0].masked() == refused[1].masked()


def test_taken_illegal_past_and_too_early_get_one_answer(make):
    day = kit.day_after(3)
    now = datetime.datetime.now(datetime.timezone.utc)
    _, hourgate = make.office(anna(kit.event("Taken", kit.at(day, 10))), notice=60)
    visitor = hourgate.visitor()
    soon = (now + datetime.timedelta(minutes=20)).replace(second=0, microsecond=0)
    starts = {"taken": kit.at(day, 10), "off the grid": kit.at(day, 10, 7), "at night": kit.at(day, 3),
              "past": now.replace(microsecond=0) - datetime.timedelta(days=2), "too early": soon,
              "beyond the horizon": kit.at(kit.day_after(80), 10)}
    said = {}
    for why, start in starts.items():
        answer = visitor.book(start)
        assert answer.status == 409, why
        problem = answer.json()
        assert answer.headers["Content-Type"].startswith("application/problem+json"), why
        problem.pop("slots")
        said[why] = problem
    assert len({str(problem) for problem in said.values()}) == 1, said


def test_unreachable_looks_like_full(make):
    day = kit.day_after(3)
    full = anna(kit.event("All of it", kit.at(kit.day_after(-1), 0), 60 * 24 * 45))
    offices = two(make, [full, anna()], [{}, {}])
    offices[1][0].misbehave("drop_before")
    visitors = [hourgate.visitor() for _, hourgate in offices]
    for path in ("/acme/intro", f"/acme/intro?day={day}",
                 f"/api/v1/pages/acme/intro/slots?from={day}&to={day}&tz=Europe/Zurich"):
        answers = [visitor.get(path).masked() for visitor in visitors]
        assert answers[0] == answers[1], path
    refused = [visitor.book(kit.at(day, 10)).masked() for visitor in visitors]
    assert refused[0] == refused[1]


def test_rates_count_per_address_and_not_per_host(make):
    _, hourgate = make.office(settings={"server.max_per_minute": 30})
    hourgate.page("second", title="Second")
    eager, other = hourgate.visitor("127.0.0.2"), hourgate.visitor("127.0.0.3")
    codes = [eager.get("/acme/intro").status for _ in range(400)]
    assert 429 in codes and codes[0] == 200
    limited = eager.get("/acme/second")
    assert limited.status == 429 and int(limited.headers["Retry-After"]) > 0
    assert other.get("/acme/intro").status == 200  # the page is not closed to others


def test_unknown_pages_accounts_and_tokens_look_alike(make):
    _, hourgate = make.office()
    visitor = hourgate.visitor()
    pages = [visitor.get(path) for path in ("/acme/nothing", "/nobody/intro")]
    assert [answer.status for answer in pages] == [404, 404]
    assert pages[0].masked() == pages[1].masked()
    links = [visitor.get(f"/b/{token}") for token in ("A" * 43, "B" * 43, "short")]
    assert {answer.status for answer in links} == {404}
    apis = [visitor.slots(page, day=kit.day_after(2)) for page in ("acme/nothing", "nobody/intro")]
    assert [answer.status for answer in apis] == [404, 404]
    assert apis[0].masked() == apis[1].masked()
