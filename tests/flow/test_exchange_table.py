# SPDX-License-Identifier: ISC
"""When is an Exchange calendar busy? tests/case/exchange.txt, case by case, for everybody who may ask."""
import datetime
import json
import sys
import zoneinfo

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position

TABLE = kit.ROOT / "tests/case/exchange.txt"
READER, SERVICE, STRANGER = "bea@practice.example", "svc@practice.example", "carl@practice.example"
WAYS = {"summary": {}, "items": {"own_uid": "somebody-else"}}


class Case:
    """A case of the table: a mailbox of its own, what is asked, the verdict."""

    def __init__(self, name, number):
        self.name, self.address, self.zone = name, f"case-{number}@practice.example", kit.ZONE
        self.window, self.events, self.ways = None, [], list(WAYS)
        self.rule, self.verdict = None, []

    def instant(self, text):
        """Read a time of the table: with Z, or in the case's zone."""
        if text.endswith("Z"):
            return kit.instant(text)
        return datetime.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(self.zone))

    def take(self, word, rest):
        getattr(self, f"take_{word}")(*rest)

    def take_zone(self, name):
        self.zone = name

    def take_window(self, *ends):
        self.window = [self.instant(end) for end in ends]

    def take_way(self, way):
        self.ways = [way]

    def take_free(self):
        self.verdict = []

    def take_busy(self, start, end, status):
        self.verdict.append((self.instant(start), self.instant(end), status))

    def take_refused(self, status):
        self.verdict = status

    def take_server(self, mode, *values):
        values = dict(value.split("=") for value in values)
        self.rule = {"mode": mode, "mailbox": self.address,
                     **{key: int(value) if value.isdigit() else value for key, value in values.items()}}

    def take_many(self, count, start, every, minutes):
        first = self.instant(start)
        self.events += [kit.event("x", first + n * datetime.timedelta(minutes=int(every)), int(minutes))
                        for n in range(int(count))]

    def take_event(self, start, end, status, *words):
        words, described = list(words), {"subject": "Planted", "start": start, "end": end, "status": status}
        while words:
            word = words.pop(0)
            if word == "all-day":
                described["all_day"] = True
            elif word == "private":
                described["sensitivity"] = "Private"
            elif word in ("daily", "weekly"):
                described["recurrence"] = {"kind": word.title(), "count": int(words.pop(0))}
                if word == "weekly":
                    described["recurrence"]["days"] = [f"{datetime.datetime.fromisoformat(start):%A}"]
            elif word == "without":
                described["recurrence"].setdefault("deleted", []).append(words.pop(0))
            elif word == "moved":
                original, start_, end_ = (words.pop(0) for _ in range(3))
                described["recurrence"].setdefault("modified", []).append(
                    {"original": original, "start": start_, "end": end_})
            else:
                raise ValueError(f"{self.name}: {word}")
        self.events.append(described)


def cases():
    found = []
    for line in TABLE.read_text().splitlines():
        word, *rest = line.partition("#")[0].split() or [""]
        if word == "case":
            found.append(Case(" ".join(rest), len(found)))
        elif word:
            found[-1].take(word, rest)
    return found


CASES = cases()
ASKED = [pytest.param(case, way, id=f"{case.name}, {way}") for case in CASES for way in case.ways]


@pytest.fixture(name="office", scope="module")
def fixture_office(authority, good, tmp_path_factory):
    """One practice Exchange with a mailbox for each case, and one courier."""
    folder = tmp_path_factory.mktemp("table")
    maker = kit.Maker(folder, authority, good)
    people = [kit.person(case.address, case.events, zone=case.zone,
                         rights={"default": "free-busy", READER: "reviewer"}) for case in CASES]
    practice = maker.practice(
        *people, kit.person(READER), kit.person(STRANGER), impersonators=[SERVICE],
        accounts=[{"address": SERVICE, "user": "PRACTICE\\svc", "password": kit.PASSWORD}])
    courier = driver.Courier(folder, roots=authority.certificate)
    try:
        yield practice, courier
    finally:
        code = courier.stop()
        maker.end()
    assert code == 0


VIEWERS = {
    "mailbox": lambda case: {"user": case.address},
    "shared": lambda case: {"user": READER},
    "service": lambda case: {"user": SERVICE, "impersonate": case.address},
    "free-busy": lambda case: {"user": STRANGER},
}


def ask(office, case, viewer, way):
    practice, courier = office
    practice.behave()
    if case.rule:
        practice.misbehave(**case.rule)
    connection = courier.connect({
        "kind": 0, "host": "localhost", "port": practice.port, "path": "/EWS/Exchange.asmx",
        "method": kinds.METHODS["ntlm"], "password": kit.PASSWORD, "mailbox": case.address,
        **VIEWERS[viewer](case)})
    try:
        return connection.busy(*case.window, **WAYS[way])
    except driver.Refused as refused:
        return refused.status
    finally:
        connection.close()


@pytest.mark.parametrize("viewer", ["mailbox", "shared", "service"])
@pytest.mark.parametrize("case, way", ASKED)
def test_the_verdict_is_the_tables(office, case, way, viewer):
    assert ask(office, case, viewer, way) == case.verdict


@pytest.mark.parametrize("case", [case for case in CASES if "summary" in case.ways], ids=lambda case: case.name)
def test_who_may_see_free_and_busy_alone_sees_the_same(office, case):
    assert ask(office, case, "free-busy", "summary") == case.verdict


def test_who_may_see_free_and_busy_alone_reads_no_items(office):
    assert ask(office, CASES[0], "free-busy", "items") == "denied"


def test_many_mailboxes_in_one_question_have_each_its_own_verdict(office):
    practice, courier = office
    practice.behave()
    practice.forget()
    failing = next(case for case in CASES if case.rule)  # the practice Exchange holds one fault a request
    asked = [case for case in CASES if case is failing or case.rule is None]
    practice.misbehave(**failing.rule)
    windows = {tuple(case.window) for case in asked}
    connection = courier.connect({
        "kind": 0, "host": "localhost", "port": practice.port, "path": "/EWS/Exchange.asmx",
        "method": kinds.METHODS["ntlm"], "user": READER, "password": kit.PASSWORD, "mailbox": READER})
    for start, end in windows:
        together = [case for case in asked if tuple(case.window) == (start, end)]
        views = connection.ask("view", **{
            "mailboxes": [{"address": case.address} for case in together],
            "from": driver.seconds(start), "to": driver.seconds(end)})["views"]
        assert len(views) == len(together)
        for case, view in zip(together, views):
            seen = [(driver.moment(row["start"]), driver.moment(row["end"]), driver.STATUSES[row["status"]])
                    for row in view["busy"]]
            assert bool(view["status"]) == isinstance(case.verdict, str), case.name
            assert seen == ([] if view["status"] else case.verdict), case.name
    connection.close()
    parts = sum(-(-(end - start).days // 42) for start, end in windows)
    assert len(practice.asked("GetUserAvailability")) <= parts + len(windows)


def test_nothing_but_times_was_asked_for(office):
    asked = {entry["operation"] for entry in office[0].journal()}
    assert asked <= {"GetUserAvailability", "FindItem", None, ""}, json.dumps(sorted(map(str, asked)))
