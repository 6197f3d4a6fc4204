# SPDX-License-Identifier: ISC
"""Every bad day in every job: whatever the courier says of a job is true, and it never signs in again by itself.

A row of MISBEHAVIOURS strikes one request of one job (JOBS); what the job says is compared with what stands.
"""
import sys

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position

UID = "every-job@hourgate"
TIMEOUT_MS = 1500
RIGHT = {  # odd, and right all the same: every job must succeed
    "foreign prefixes, another order, repeated elements": {"mode": "odd_shapes"},
    "no offsets": {"mode": "no_offsets"},
    "odd chunks": {"mode": "odd_chunks"},
    "length instead of chunks": {"mode": "with_length"},
    "trickle": {"mode": "trickle", "piece": 512, "seconds": 0.001},
}
WRONG = {
    "dropped before": {"mode": "drop_before"},
    "dropped after": {"mode": "drop_after"},
    "cut short": {"mode": "truncated"},
    "stalled": {"mode": "stall", "seconds": 8},
    "slow": {"mode": "slow", "seconds": 3},
    "401 without a challenge": {"mode": "http_401_bare"},
    "401 mid-way, once": {"mode": "sign_out", "count": 1},
    "401 mid-way, for good": {"mode": "sign_out"},
    "503": {"mode": "http_503", "retry_after": 1},
    "503 without a word": {"mode": "http_503"},
    "busy": {"mode": "fault_busy", "milliseconds": 1000},
    "busy inside": {"mode": "item_busy", "milliseconds": 1000},
    "440": {"mode": "html_440"},
    "a page for people": {"mode": "html_200"},
    "500": {"mode": "http_500"},
    "empty": {"mode": "empty_body"},
    "not XML": {"mode": "not_xml"},
    "another content type": {"mode": "wrong_content_type"},
}
MISBEHAVIOURS = {**RIGHT, **WRONG}
# A right answer under a wrong label may be taken or refused; what is safe to repeat signs in again by itself.
MAYBE = {"another content type", "401 mid-way, once"}


class Day:
    """What a job does, and what stands then."""

    def __init__(self, calendar, connection, number):
        self.calendar, self.connection = calendar, connection
        self.uid, day = f"{number}-{UID}", kit.day_after(5 + number)
        self.window = kit.at(day, 0), kit.at(day, 23)
        self.old, self.new = (kit.at(day, 9), kit.at(day, 10)), (kit.at(day, 14), kit.at(day, 15))
        self.ref = None

    def written(self):
        self.ref = self.connection.create(self.uid, *self.old)
        return self

    def stands(self):
        return self.calendar.events_of(self.uid)

    def busy(self, **more):
        assert self.connection.busy(*self.window, timeout_ms=TIMEOUT_MS, **more) == [(*self.old, "busy")]

    def items(self):
        self.busy(own_uid="somebody-else")

    def create(self):
        self.ref = self.connection.ask("create", timeout_ms=TIMEOUT_MS, calendar="",
                                       event=driver.described(self.uid, *self.old))["ref"]
        assert self.stands() == [self.old]

    def update(self):
        self.connection.ask("update", timeout_ms=TIMEOUT_MS, id=self.ref["id"],
                            event=driver.described(self.uid, *self.new))
        assert self.stands() == [self.new]

    def remove(self):
        self.connection.remove(self.ref["id"], self.uid, timeout_ms=TIMEOUT_MS)
        assert self.stands() == []

    def find(self):
        found = self.connection.find(self.uid, timeout_ms=TIMEOUT_MS)
        assert (driver.moment(found["start"]), driver.moment(found["end"])) == self.old


# The job, the request of it that is struck, and what stands before.
JOBS = {
    "busy": (Day.busy, "GetUserAvailability", True), "items": (Day.items, "FindItem", True),
    "create": (Day.create, "CreateItem", False), "create, reading back": (Day.create, "GetItem", False),
    "update": (Day.update, "UpdateItem", True), "update, looking first": (Day.update, "GetItem", True),
    "remove": (Day.remove, "DeleteItem", True), "find": (Day.find, "FindItem", True),
}


@pytest.fixture(name="office", scope="module")
def fixture_office(authority, good):
    """A server that also refuses chunked requests; one courier; a connection that is signed in."""
    import tempfile  # pylint: disable=import-outside-toplevel
    with tempfile.TemporaryDirectory(prefix="hg-") as folder:
        maker = kit.Maker(kit.pathlib.Path(folder), authority, good)
        try:
            calendar = kinds.Ews(maker, refuse_chunked=True)
            courier = driver.Courier(maker.folder, roots=calendar.roots)
            yield calendar, courier
            assert courier.stop() == 0
        finally:
            maker.end()


def proofs_refused(calendar):
    return [entry for entry in calendar.server_side.journal() if entry["credential"] and entry["status"] == 401]


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("what", MISBEHAVIOURS)
def test_what_a_job_says_is_true(office, job, what):
    calendar, courier = office
    act, operation, written = JOBS[job]
    number = list(MISBEHAVIOURS).index(what) * len(JOBS) + list(JOBS).index(job)
    connection = courier.connect(calendar.server())
    day = Day(calendar, connection, number)
    if written:
        day.written()
    else:
        connection.busy(*day.window)
    before = day.stands()
    calendar.server_side.forget()
    calendar.server_side.misbehave(operation=operation, **MISBEHAVIOURS[what])
    try:
        act(day)
        failure = None
    except driver.Refused as refused:
        failure = refused
    finally:
        calendar.behave()
    assert len(proofs_refused(calendar)) <= 1, "a directory would lock the host out"
    if what in RIGHT:
        assert failure is None, failure
    elif what not in MAYBE and failure is None:
        assert job == "remove" and day.stands() == [], f"{what}: nobody can know that"
    if failure is not None:
        assert failure.where and failure.what and kit.PASSWORD not in str(failure)
        assert failure.status != "not-found", "a failure is no proof that nothing is there"
        # A removal that failed is repeated until it is done: it needs no word for "perhaps".
        if failure.status not in ("uncertain", "timeout") and job != "remove":
            assert day.stands() == before, f"{failure}: said to be certain"
    assert len(day.stands()) <= 1, "doubled"
    connection.close()


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("skew", [-86400, 86400])
def test_a_clock_that_is_wrong_changes_nothing(office, job, skew):
    calendar, courier = office
    act, _, written = JOBS[job]
    day = Day(calendar, courier.connect(calendar.server()), 300 + 2 * list(JOBS).index(job) + (skew > 0))
    if written:
        day.written()
    calendar.server_side.api("POST", "/api/clock", {"skew": skew})
    try:
        act(day)
    finally:
        calendar.server_side.api("POST", "/api/clock", {"skew": 0})
    assert proofs_refused(calendar) == [] or calendar.server_side.forget() is None


@pytest.mark.parametrize("job", ["update", "remove", "find", "busy", "items"])
def test_a_mailbox_that_has_moved_keeps_its_events(office, job):
    calendar, courier = office
    day = Day(calendar, courier.connect(calendar.server()), 400 + list(JOBS).index(job)).written()
    calendar.server_side.api("POST", f"/api/mailbox/{calendar.address}/move")
    JOBS[job][0](day)
