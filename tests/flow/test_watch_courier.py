# SPDX-License-Identifier: ISC
"""A courier's child that holds a stream of notifications: what it tells, what it survives, what it never says."""
import sys
import time

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position

ANNA, BEA, SERVICE = "anna@practice.example", "bea@practice.example", "svc@practice.example"
OK = 0
QUICK = {"heartbeat": 0.5}


class Watch:
    """One watching child."""

    def __init__(self, connection, *mailboxes, silence_s=5):
        self.connection, self.silence_s = connection, silence_s
        self.mailboxes = mailboxes or [{"mailbox": ANNA, "calendars": [{"calendar": ""}]}]

    def open(self, timeout_ms=8000):
        answer = self.connection.ask("watch", timeout_ms=timeout_ms, mailboxes=list(self.mailboxes),
                                     silence_s=self.silence_s)
        return [state["status"] for state in answer["states"]]

    def wait(self, seconds=3):
        """Return which mailboxes have changed, and whether the stream is over."""
        answer = self.connection.ask("watch_wait", timeout_ms=round(seconds * 1000))
        return [hint["has_changed"] for hint in answer["hints"]], answer["is_over"]

    def end(self):
        self.connection.ask("unwatch", timeout_ms=4000)


def through(who, calendars=("",)):
    return {"impersonate": who, "mailbox": who, "calendars": [{"calendar": one} for one in calendars]}


@pytest.fixture(name="begin")
def fixture_begin(make, couriers):
    def begin(*mailboxes, silence_s=5, server=None, **options):
        calendar = kinds.Ews(make, **{**QUICK, **options})
        courier = couriers(roots=calendar.roots)
        return calendar, Watch(courier.connect(calendar.server(**(server or {}))), *mailboxes, silence_s=silence_s)
    return begin


def add(calendar, who=ANNA):
    calendar.server_side.api("POST", f"/api/mailbox/{who}/events", {"subject": "A PLANTED word", "start": "+3 09:00"})


def service(**more):
    return {"user": "PRACTICE\\svc", "impersonate": ANNA, "mailbox": ANNA, **more}


def test_a_change_is_told_and_nothing_else_of_it(begin):
    calendar, watch = begin()
    assert watch.open() == [OK]
    assert watch.wait(0.7) == ([False], False)
    add(calendar)
    start = time.monotonic()
    assert watch.wait() == ([True], False)
    assert time.monotonic() - start < 1
    assert watch.wait(0.7) == ([False], False), "once"
    watch.end()
    assert calendar.requests().count("Unsubscribe") == 1
    assert "PLANTED" not in watch.connection.courier.log()


def test_what_happens_between_two_questions_is_not_lost(begin):
    calendar, watch = begin()
    watch.open()
    add(calendar)
    time.sleep(0.5)
    assert watch.wait(0.1) == ([True], False)


def test_a_service_account_watches_many_by_one_stream(begin):
    calendar, watch = begin(through(ANNA), through(BEA), server=service(), back_ends=3)
    assert watch.open() == [OK, OK]
    add(calendar, BEA)
    assert watch.wait() == ([False, True], False)
    journal = [entry for entry in calendar.server_side.journal() if entry["operation"] in (
        "Subscribe", "GetStreamingEvents") and entry["status"] == 200]
    assert [entry["operation"] for entry in journal] == ["Subscribe", "Subscribe", "GetStreamingEvents"]
    assert {entry["anchor"] for entry in journal} == {ANNA}, "the first is everybody's anchor"
    assert len({entry["back_end"] for entry in journal}) == 1, "the cookie keeps them on one server"
    assert all("x-preferserveraffinity" in entry["headers"] for entry in journal)
    assert "cookie" not in journal[0]["headers"] and all("cookie" in entry["headers"] for entry in journal[1:])


def test_the_list_may_change(begin):
    calendar, watch = begin(through(ANNA), server=service())
    watch.open()
    watch.mailboxes = [through(BEA), through(ANNA)]
    assert watch.open() == [OK, OK]
    assert calendar.requests().count("Subscribe") == 2 and "Unsubscribe" not in calendar.requests()
    add(calendar)
    assert watch.wait() == ([False, True], False)
    watch.mailboxes = [through(BEA)]
    assert watch.open() == [OK]
    assert calendar.requests().count("Unsubscribe") == 1
    add(calendar)
    assert watch.wait(0.7) == ([False], False)


def test_one_mailbox_that_cannot_be_watched_is_no_trouble_for_the_others(begin):
    _, watch = begin(through("nobody@practice.example"), through(ANNA), server=service())
    first, second = watch.open()
    assert first != OK and second == OK


def test_the_end_of_a_stream_is_said_and_events_wait(begin):
    calendar, watch = begin(minute_seconds=0.05)
    watch.open()
    while not watch.wait()[1]:
        continue
    add(calendar)
    assert watch.open() == [OK]
    assert watch.wait() == ([True], False)
    assert calendar.requests().count("Subscribe") == 1, "the subscription outlives a stream"


def test_a_subscription_that_the_server_forgot_is_made_anew(begin):
    calendar, watch = begin()
    watch.open()
    calendar.server_side.misbehave("stream_lost", operation="GetStreamingEvents", count=1)
    assert watch.open() == [OK]
    assert calendar.requests().count("Subscribe") == 2
    calendar.server_side.misbehave("stream_lost", operation="GetStreamingEvents")
    assert watch.open() != [OK], "and where that does not help, it is not watched"


@pytest.mark.parametrize("mode, status", [
    ("stream_garbage", "upstream-error"), ("stream_silent", "timeout"), ("stream_cut", "upstream-error"),
    ("stream_busy", "throttled")])
def test_a_stream_that_breaks_has_a_reason(begin, mode, status):
    calendar, watch = begin(silence_s=2)
    calendar.server_side.misbehave(mode, operation="GetStreamingEvents", count=1)
    with pytest.raises(driver.Refused) as caught:
        watch.open()
        add(calendar)
        for _ in range(3):
            watch.wait()
    assert caught.value.status == status and caught.value.what, caught.value
    assert (caught.value.retry_s == 3) == (mode == "stream_busy")
    assert watch.open() == [OK]
    add(calendar)
    assert watch.wait()[0] == [True]


def test_a_server_that_begins_nothing_is_left_in_time(begin):
    calendar, watch = begin()
    calendar.server_side.misbehave("stream_mute", operation="GetStreamingEvents", count=1)
    with pytest.raises(driver.Refused) as caught:
        watch.open(timeout_ms=2000)
    assert caught.value.status == "timeout" and caught.value.ms < 2600


def test_one_that_closes_at_once_says_so(begin):
    calendar, watch = begin()
    calendar.server_side.misbehave("stream_closes", operation="GetStreamingEvents", count=1)
    assert watch.open() == [OK]
    assert watch.wait() == ([False], True)


@pytest.mark.parametrize("options, status", [({"max_streams": 0}, "full"), ({"max_subscriptions": 0}, None)])
def test_limits_of_the_server_are_no_throttling(begin, options, status):
    """Ordinary jobs go on: what is over is the stream."""
    _, watch = begin(**options)
    if status:
        with pytest.raises(driver.Refused) as caught:
            watch.open()
        assert caught.value.status == status
    else:
        assert watch.open() != [OK]


@pytest.mark.parametrize("mode, status", [
    ("http_503", "throttled"), ("fault_busy", "throttled"), ("html_200", "upstream-error"), ("empty_body", "upstream-error"),
    ("not_xml", "upstream-error"), ("entity_bomb", "upstream-error"), ("deep", "upstream-error"), ("http_401_bare", "sign-in-refused"),
    ("huge", "upstream-error"), ("drop_before", "upstream-error")])
@pytest.mark.parametrize("operation", ["Subscribe", "GetStreamingEvents"])
def test_what_goes_wrong_elsewhere_goes_wrong_here(begin, mode, status, operation):
    calendar, watch = begin()
    calendar.server_side.misbehave(mode, operation=operation)
    with pytest.raises(driver.Refused) as caught:
        watch.open()
    assert caught.value.status == status, caught.value


def test_a_refused_password_is_sent_once(begin):
    calendar, watch = begin(server={"password": "wrong"})
    with pytest.raises(driver.Refused) as caught:
        watch.open()
    assert caught.value.status == "sign-in-refused"
    proofs = [entry for entry in calendar.server_side.journal() if entry["credential"] and entry["status"] == 401]
    assert len(proofs) <= 2, "one handshake"


def test_a_watching_child_does_nothing_else(begin):
    calendar, watch = begin()
    watch.open()
    with pytest.raises(driver.Refused) as caught:
        watch.connection.busy(kit.at(kit.day_after(3), 0), kit.at(kit.day_after(3), 23))
    assert caught.value.status == "invalid" and "GetUserAvailability" not in calendar.requests()


def test_a_child_whose_vault_is_gone_ends_in_the_middle_of_a_stream(begin):
    calendar, watch = begin()
    watch.open()
    watch.connection.close()
    zygote = next(iter(kit.children(watch.connection.courier.process.pid)))
    kit.wait_until("it ends", lambda: not kit.children(zygote), 5)
    assert calendar is not None


def test_memory_of_a_watching_child(begin):
    _, watch = begin()
    watch.open()
    watch.wait(1)
    zygote = next(iter(kit.children(watch.connection.courier.process.pid)))
    child = next(iter(kit.children(zygote)))
    rollup = open(f"/proc/{child}/smaps_rollup", encoding="ascii").read()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
    own = sizes["Private_Dirty"] + sizes["Private_Clean"]
    print(f"a watching child: {own} KiB of its own, {sizes['Pss']} KiB PSS, {sizes['Rss']} KiB RSS")
    assert own < 8192
