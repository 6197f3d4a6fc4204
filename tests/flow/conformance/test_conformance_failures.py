# SPDX-License-Identifier: ISC
"""Whatever a server or what stands before it may do: one status, one clear line, never a part of an answer,
never free time that nobody confirmed, and a courier that goes on."""
import time

import driver
import kit
import pytest

SUBJECT = "Planted-Subject-9f"


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def window(day):
    return kit.at(day, 0), kit.at(day, 23, 59)


def fails(connection, day, **more):
    with pytest.raises(driver.Refused) as caught:
        connection.busy(*window(day), **more)
    failure = caught.value
    assert failure.where and failure.what, failure
    assert kit.PASSWORD not in str(failure) and SUBJECT not in str(failure)
    return failure


WAYS = pytest.mark.parametrize("way", [{}, {"own_uid": "somebody-else"}], ids=["summary", "items"])


@WAYS
@pytest.mark.parametrize("fault,status", [
    ("cut short", "upstream-error"), ("page for people", "upstream-error"),
    ("login page", "upstream-error"), ("empty", "upstream-error"),
    ("not the protocol", "upstream-error"), ("bomb", "upstream-error"),
    ("external", "upstream-error"), ("deep", "upstream-error"), ("broken", "upstream-error"),
    ("elsewhere", "upstream-error"), ("forbidden", "denied"), ("no right", "denied"),
    ("refused bare", "sign-in-refused"), ("throttled", "throttled"),
    ("throttled, not saying", "throttled"), ("throttled by protocol", "throttled"),
    ("throttled inside", "throttled")])
def test_each_fault_has_its_status_and_passes(connect, day, way, fault, status):
    calendar, connection = connect(kit.event(SUBJECT, kit.at(day, 9)))
    calendar.fail(fault)
    failure = fails(connection, day, **way)
    assert failure.status == status, failure
    assert failure.ms < 5000
    assert (failure.retry_s >= 1) == (status == "throttled")
    calendar.behave()
    if status != "sign-in-refused":
        assert len(connection.busy(*window(day), **way)) == 1


def test_throttling_says_when_to_come_back(connect, day):
    calendar, connection = connect()
    for fault, seconds in (("throttled", 7), ("throttled by protocol", 3), ("throttled inside", 3)):
        calendar.fail(fault, count=1)
        assert fails(connection, day).retry_s == seconds


def test_no_data_is_not_free(connect, day):
    calendar, connection = connect(kit.event(SUBJECT, kit.at(day, 9)))
    calendar.fail("no data")
    assert fails(connection, day).status == "no-data"


def test_an_endless_answer_is_cut(connect, day):
    calendar, connection = connect()
    calendar.fail("endless")
    failure = fails(connection, day, timeout_ms=60000)
    assert failure.status == "upstream-error", failure


@pytest.mark.parametrize("fault", ["slow", "silent"])
def test_the_deadline_holds(connect, day, fault):
    calendar, connection = connect(kit.event(SUBJECT, kit.at(day, 9)))
    calendar.fail(fault)
    began = time.monotonic()
    failure = fails(connection, day, timeout_ms=1500)
    assert failure.status == "timeout", failure
    assert time.monotonic() - began < 4


def test_a_server_that_hangs_up_has_no_answer(connect, day):
    calendar, connection = connect()
    calendar.fail("hangs up")
    assert fails(connection, day).status in ("upstream-error", "network-error")


def test_a_server_that_is_gone_is_unreachable(connect, day):
    calendar, connection = connect()
    calendar.server_side.stop()
    failure = fails(connection, day)
    assert failure.status in ("network-error", "unreachable", "network"), failure


@WAYS
def test_odd_shapes_are_read_as_meant(connect, day, way):
    events = [kit.event(SUBJECT, kit.at(day, 9)), kit.event(SUBJECT, kit.at(day, 11), status="OOF")]
    calendar, connection = connect(*events)
    plain = connection.busy(*window(day), **way)
    calendar.fail("odd but right")
    for _ in range(4):
        assert connection.busy(*window(day), **way) == plain


# ---- signing in ----

@pytest.mark.parametrize("user", ["PRACTICE\\anna", "anna@practice.example"])
@pytest.mark.parametrize("method", [0, 1], ids=["ntlm", "basic"])
def test_both_forms_of_a_name_sign_in(connect_by_password, day, user, method):
    calendar, connection = connect_by_password(kit.event(SUBJECT, kit.at(day, 9)),
                                   more={"user": user, "method": method})
    assert len(connection.busy(*window(day))) == 1
    schemes = {entry["scheme"] for entry in calendar.server_side.journal() if entry["credential"]}
    assert schemes == {"Basic" if method else "NTLM"}


@pytest.mark.parametrize("method", [0, 1], ids=["ntlm", "basic"])
def test_a_wrong_password_is_sent_once(connect_by_password, day, method):
    calendar, connection = connect_by_password(more={"password": "wrong-Wr0ng-77", "method": method})
    failure = fails(connection, day)
    assert failure.status == "sign-in-refused" and "wrong-Wr0ng-77" not in str(failure)
    proofs = [entry for entry in calendar.server_side.journal() if entry["credential"]]
    assert len(proofs) == 1


def test_no_weaker_method_because_a_server_asks(connect_by_password, day):
    calendar, connection = connect_by_password(methods=["Basic"])  # the connection says NTLM
    assert fails(connection, day).status == "sign-in-refused"
    assert not any(entry["credential"] for entry in calendar.server_side.journal())


def test_one_connection_is_kept(connect, day):
    calendar, connection = connect()
    for _ in range(5):
        connection.busy(*window(day))
    entries = [entry for entry in calendar.server_side.journal() if 200 <= entry["status"] < 300]
    assert len({entry["connection"] for entry in entries}) == 1


def test_impersonation_names_its_mailbox(connect_by_password, day):
    calendar, connection = connect_by_password(
        kit.event(SUBJECT, kit.at(day, 9)),
        more={"user": "PRACTICE\\svc", "impersonate": "anna@practice.example", "mailbox": ""})
    assert len(connection.busy(*window(day))) == 1
    ref = connection.create("booking-1", kit.at(day, 10), kit.at(day, 11))
    assert ref["id"] and calendar.events_of("booking-1")
    entries = [entry for entry in calendar.server_side.journal() if entry["status"] == 200]
    assert {entry["anchor"] for entry in entries} == {"anna@practice.example"}
    assert {entry["impersonated"] for entry in entries} == {"anna@practice.example"}


def test_impersonating_without_the_right_is_denied(connect_by_password, day):
    _, connection = connect_by_password(more={"impersonate": "bea@practice.example", "mailbox": ""})
    assert fails(connection, day).status == "denied"


def test_a_mailbox_that_does_not_exist(connect, kind, day):
    if not kind.knows_mailboxes:
        pytest.skip("there is nobody's but the one who signs in")
    _, connection = connect(more={"mailbox": "nobody@practice.example"})
    assert fails(connection, day).status == "not-found"


def test_a_user_without_an_address_reads_the_calendar_itself(connect, day):
    _, connection = connect(kit.event(SUBJECT, kit.at(day, 9)), more={"mailbox": ""})
    assert len(connection.busy(*window(day))) == 1
