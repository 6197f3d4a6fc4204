# SPDX-License-Identifier: ISC
"""P6: unknown is never free. Whatever a calendar cannot say withholds its slots."""
import pytest

import kit

MODES = {
    "drops the connection": {"mode": "drop_before"},
    "is throttled, 503": {"mode": "http_503", "retry_after": 4},
    "is throttled by a fault": {"mode": "fault_busy", "milliseconds": 4000},
    "is throttled inside a 200": {"mode": "item_busy", "milliseconds": 4000},
    "answers with a sign-in page": {"mode": "html_200"},
    "answers 440": {"mode": "html_440"},
    "answers 401 without a challenge": {"mode": "http_401_bare"},
    "answers 403": {"mode": "http_403"},
    "answers 500": {"mode": "http_500"},
    "answers nothing": {"mode": "empty_body"},
    "answers what is no XML": {"mode": "not_xml"},
    "answers with an entity bomb": {"mode": "entity_bomb"},
    "answers with an external entity": {"mode": "external_entity"},
    "answers too deep": {"mode": "deep"},
    "answers without end": {"mode": "huge"},
    "answers more than fits": {"mode": "huge", "mib": 64, "filler": "events"},
    "redirects elsewhere": {"mode": "redirect"},
    "is cut short": {"mode": "truncated"},
    "stalls": {"mode": "stall", "seconds": 60},
    "is slower than the deadline": {"mode": "slow", "seconds": 60},
    "has no data": {"mode": "no_data"},
    "denies access": {"mode": "deny"},
    "cannot make free/busy": {"mode": "error", "code": "ErrorFreeBusyGenerationFailed"},
    "does not know the mailbox": {"mode": "error", "code": "ErrorMailRecipientNotFound"},
}


@pytest.mark.sanitize
def test_whatever_a_calendar_cannot_say_withholds_its_slots(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(settings={"upstream.timeout": 2 * kit.SLOW})
    visitor = hourgate.visitor()
    assert len(visitor.starts(day=day)) == 16
    wrong = {}
    for what, rule in MODES.items():
        practice.behave()
        practice.misbehave(**rule)
        answer, booked = visitor.slots(day=day), visitor.book(kit.at(day, 10))
        if answer.status != 200 or answer.json()["slots"] or booked.status != 409:
            wrong[what] = (answer.status, answer.text[:80], booked.status)
        practice.behave()
        clear_pause(hourgate)
        kit.wait_until(f"slots are back after it {what}", lambda: visitor.starts(day=day), 45)
    assert not wrong
    assert practice.bookings("anna@practice.example") == []
    assert [row for row in hourgate.bookings() if row["state"] == "confirmed"] == []


def clear_pause(hourgate):
    """A 401 counts as a refused sign-in; replacing the password ends the wait that follows."""
    for row in kit.rows(hourgate.listed("connection", "list", "acme")):
        if row["state"] != "ok":
            hourgate.command("connection", "password", "acme", row["id"], "--password-stdin",
                             stdin=kit.PASSWORD + "\n")


def test_a_server_that_is_not_there_withholds_its_slots(make):
    day = kit.day_after(3)
    practice, hourgate = make.office()
    visitor = hourgate.visitor()
    assert visitor.starts(day=day)
    port = practice.port
    practice.stop()
    answer = visitor.slots(day=day)
    assert (answer.status, answer.json()["slots"]) == (200, [])
    assert visitor.book(kit.at(day, 10)).status == 409
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert str(port) in row["problem"] or "refused" in row["problem"] or row["problem"]


def test_a_paused_connection_withholds_its_slots_and_sends_nothing(make):
    day = kit.day_after(3)
    practice, hourgate = make.office()
    visitor = hourgate.visitor()
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin="wrong\n")
    assert visitor.starts(day=day) == []
    practice.forget()
    for _ in range(5):
        assert visitor.starts(day=day) == []
        assert visitor.book(kit.at(day, 10)).status == 409
    assert practice.journal() == []  # each refused sign-in would count towards a lock-out
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["state"] in ("refused", "paused") and row["problem"]
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert visitor.starts(day=day)
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["state"] == "ok"


def test_statuses_block_as_the_matrix_says(make):
    day = kit.day_after(3)
    statuses = ["Free", "WorkingElsewhere", "Tentative", "Busy", "OOF", "NoData"]
    events = [kit.event(status, kit.at(day, 9 + n), 60, status=status) for n, status in enumerate(statuses)]
    _, hourgate = make.office(kit.person("anna@practice.example", events), duration=60)
    free = hourgate.visitor().starts(day=day)
    blocked = [status for n, status in enumerate(statuses) if kit.at(day, 9 + n) not in free]
    assert blocked == ["Tentative", "Busy", "OOF", "NoData"]
