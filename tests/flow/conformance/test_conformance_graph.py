# SPDX-License-Identifier: ISC
"""What Microsoft Graph alone has, and how it fails: two ways to be asked, pages, deltas, ids that stay, tokens."""
import datetime

import driver
import kinds
import kit
import pytest

ANNA, BEA, CARL = "anna@practice.example", "bea@practice.example", "carl@practice.example"
SUBJECT = "Planted-Subject-9f"
OK, NOT_FOUND, NO_DATA = 0, 2, 12
DAY = datetime.timedelta(days=1)


class Office(kinds.Graph):
    """Anna with two calendars; Bea and Carl, of whom Anna may see more or less."""

    def __init__(self, make, bea="free-busy", carl="none", events=(), of_bea=(), graph=None, **more):
        world = self.world()
        world["graph"].update(graph or {})
        self.server_side = make.practice(
            kit.person(ANNA, events, calendars=["Projects"]), kit.person(BEA, of_bea, rights={"default": bea}),
            kit.person(CARL, rights={"default": carl}), **world, **more)
        self.roots = self.server_side.trusted

    def operations(self):
        return [name for name in self.requests() if name]


@pytest.fixture(name="office")
def fixture_office(make, couriers):
    def start(more=None, **options):
        office = Office(make, **options)
        return office, couriers(roots=office.roots).connect(office.server(**(more or {})))
    return start


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def window(day, days=1):
    return kit.at(day, 0), kit.at(day + days * DAY, 0)


def refused(status, call, *words, **more):
    with pytest.raises(driver.Refused) as caught:
        call(*words, **more)
    assert caught.value.status == status, caught.value
    assert SUBJECT not in str(caught.value)
    return caught.value


def calendars(connection):
    return {(row["mailbox"], row["name"]): row for row in connection.ask("calendars")["calendars"]}


def busy_hour(day, hour, **more):
    return kit.event(SUBJECT, kit.at(day, hour), 60, **more)


# ---- two ways to read ----

def test_the_summary_is_asked_once_and_leaves_no_subject(office, day):
    """Whoever may see details gets subjects whether they want them or not."""
    calendar, connection = office(events=[busy_hour(day, 9)])
    calendar.server_side.misbehave("subjects", operation="GetSchedule")
    assert connection.busy(*window(day)) == [(kit.at(day, 9), kit.at(day, 10), "busy")]
    assert calendar.operations() == ["GetSchedule"]
    assert SUBJECT not in connection.courier.log()


def test_a_personal_account_is_read_from_its_calendar(office, day):
    calendar, connection = office(events=[busy_hour(day, 9)], graph={"personal": [ANNA]})
    for _ in range(2):
        assert connection.busy(*window(day)) == [(kit.at(day, 9), kit.at(day, 10), "busy")]
    assert calendar.operations() == ["GetSchedule", "CalendarView", "CalendarView"]  # it is asked once
    layers = connection.check()
    assert layers["free/busy"]["state"] == "ok" and "itself" in layers["free/busy"]["detail"]


def test_working_elsewhere_is_told_apart_although_the_digits_hide_it(office, day):
    _, connection = office(events=[busy_hour(day, 9, status="WorkingElsewhere")])
    assert connection.busy(*window(day))[0][2] == "elsewhere"


def test_whole_days_of_a_series_are_where_their_zone_has_them(office, day):
    local = kit.at(day, 0).replace(tzinfo=None)
    _, connection = office(graph={"personal": [ANNA]}, events=[{
        "subject": SUBJECT, "start": local.isoformat(), "end": (local + DAY).isoformat(), "all_day": True,
        "status": "OOF", "recurrence": {"kind": "Daily", "interval": 2, "count": 3}}])
    found = connection.busy(*window(day - DAY, 7))
    assert [row[0] for row in found] == [kit.at(day + 2 * n * DAY, 0) for n in range(3)]
    assert all(row[1] >= kit.at(day + (2 * n + 1) * DAY, 0) for n, row in enumerate(found))


def test_times_in_another_zone_than_asked_are_no_answer(office, day):
    calendar, connection = office(events=[busy_hour(day, 9)])
    calendar.server_side.misbehave("naive_zone")
    refused("upstream-error", connection.busy, *window(day))
    refused("upstream-error", connection.busy, *window(day), own_uid="somebody-else")


def test_more_than_the_summary_tells_at_once_is_asked_for_in_halves(office, day):
    events = [kit.event("x", kit.at(day, 0) + datetime.timedelta(minutes=2 * n), 1) for n in range(1100)]
    calendar, connection = office(events=events)
    assert len(connection.busy(*window(day, 2))) == 1100
    assert calendar.operations() == ["GetSchedule"] * 3


# ---- pages ----

@pytest.mark.parametrize("mode", ["page_loop", "page_foreign", "page_endless"])
def test_pages_that_lead_astray_are_not_followed(office, day, mode):
    calendar, connection = office(events=[busy_hour(day, 9)])
    calendar.server_side.misbehave(mode)
    failure = refused("upstream-error", connection.busy, *window(day), own_uid="somebody-else", timeout_ms=30000)
    assert failure.where and "page" in failure.what
    assert len(calendar.operations()) <= 130
    assert {entry["host"].partition(":")[0] for entry in calendar.server_side.journal()} == {"localhost"}


def test_a_token_goes_to_no_other_host(office, make, day):
    calendar, connection = office(events=[busy_hour(day, 9)])
    thief = make.practice(kit.person(ANNA))
    calendar.server_side.misbehave("page_foreign", location=f"https://localhost:{thief.port}/v1.0/me/events")
    refused("upstream-error", connection.busy, *window(day), own_uid="somebody-else")
    assert thief.journal() == []


def test_twenty_thousand_events_are_read_and_one_more_is_too_many(office, day):
    step = datetime.timedelta(minutes=2)
    events = [kit.event("x", kit.at(day, 0) + n * step, 1) for n in range(20000)]
    calendar, connection = office(events=events)
    found = connection.busy(kit.at(day, 0), kit.at(day + 29 * DAY, 0), own_uid="somebody-else", timeout_ms=110000)
    assert len(found) == 20000
    calendar.server_side.add(ANNA, kit.event("x", kit.at(day, 0) + 20000 * step, 1))
    refused("throttled", connection.busy, kit.at(day, 0), kit.at(day + 29 * DAY, 0), own_uid="somebody-else",
            timeout_ms=110000)


# ---- calendars and people ----

def test_every_calendar_is_listed_with_our_rights(office, day):
    calendar, connection = office(bea="reviewer")
    own = calendars(connection)
    assert set(own) == {(ANNA, "Calendar"), (ANNA, "Projects")}
    assert own[ANNA, "Calendar"]["is_default"] and not own[ANNA, "Projects"]["is_default"]
    both = calendars(connection.courier.connect(calendar.server(mailbox=BEA)))
    assert both[BEA, "Calendar"]["can_read"] and not both[BEA, "Calendar"]["can_write"]
    assert (ANNA, "Calendar") in both


def test_a_booking_lives_in_the_chosen_calendar(office, day):
    _, connection = office(events=[busy_hour(day, 9)])
    projects = calendars(connection)[ANNA, "Projects"]["id"]
    ref = connection.create("in-projects", kit.at(day, 11), kit.at(day, 12), calendar=projects)
    assert connection.find("in-projects", calendar=projects)["id"] == ref["id"]
    refused("not-found", connection.find, "in-projects")
    merged = connection.busy(*window(day), sources=[{"calendar": projects}])
    assert [row[0] for row in merged] == [kit.at(day, 9), kit.at(day, 11)]
    refused("not-found", connection.busy, *window(day), sources=[{"calendar": "no-such-calendar"}])
    connection.remove(ref["id"], "in-projects", calendar=projects)
    assert connection.busy(*window(day), sources=[{"calendar": projects}])[0][0] == kit.at(day, 9)


def test_each_mailbox_has_its_own_status(office, day):
    calendar, connection = office(of_bea=[busy_hour(day, 9)])
    rows = connection.ask("view", **{"from": driver.seconds(kit.at(day, 0)), "to": driver.seconds(kit.at(day, 23))},
                          mailboxes=[{"address": one} for one in (BEA, CARL, "nobody@practice.example", ANNA)])["views"]
    assert [row["status"] for row in rows] == [OK, 4, NOT_FOUND, OK]
    assert [len(row["busy"]) for row in rows] == [1, 0, 0, 0]
    assert calendar.operations() == ["GetSchedule"]


def test_free_busy_alone_is_enough_to_read(office, day):
    calendar, connection = office(of_bea=[busy_hour(day, 9)], more={"mailbox": BEA})
    assert connection.busy(*window(day)) == [(kit.at(day, 9), kit.at(day, 10), "busy")]
    assert calendar.operations() == ["GetSchedule"]
    layers = connection.check()
    assert layers["rights"]["state"] == "warn" and "free/busy only" in layers["rights"]["detail"]


# ---- events ----

def test_our_event_keeps_its_id_when_the_mailbox_moves(office, day):
    calendar, connection = office()
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))
    calendar.server_side.api("POST", f"/api/mailbox/{ANNA}/move", {})
    calendar.server_side.forget()
    connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))
    assert "ListEvents" not in calendar.operations()


def test_a_change_names_the_version_that_it_has_seen(office, day):
    calendar, connection = office()
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))
    connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))
    change = [entry for entry in calendar.server_side.journal() if entry["operation"] == "UpdateEvent"]
    assert all("if-match" in entry["headers"] for entry in change)


def test_who_is_invited_is_told_by_graph_alone(office, day):
    calendar, connection = office()
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10), invitee_email="carla@customer.example",
                            invitee_name="Carla")
    connection.remove(ref["id"], "booking-1", has_invitee=True)
    connection.create("booking-2", kit.at(day, 11), kit.at(day, 12))
    sent = calendar.server_side.api("GET", f"/api/mailbox/{ANNA}")["sent"]
    assert [(mail["kind"], mail["to"]) for mail in sent] == [
        ("invitation", ["carla@customer.example"]), ("cancellation", ["carla@customer.example"])]


def test_a_meeting_is_made_on_request_and_stays(office, day):
    """The service ends a meeting whose event is given another text."""
    _, connection = office()
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10), online_meeting=True)
    assert ref["meeting"].startswith("https://teams.practice.example/l/meetup-join/")
    moved = connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12), body="Another text")
    assert moved["meeting"] == ref["meeting"] == connection.find("booking-1")["meeting"]
    assert connection.create("booking-2", kit.at(day, 14), kit.at(day, 15))["meeting"] == ""


def test_where_no_meeting_is_made_the_booking_stands(office, day):
    calendar, connection = office(graph={"meetings": False})
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10), online_meeting=True)
    assert ref["meeting"] == "" and calendar.events_of("booking-1") == [(kit.at(day, 9), kit.at(day, 10))]


def test_a_request_that_comes_again_is_done_once(office, day):
    calendar, connection = office()
    calendar.lose_answer("CreateEvent")
    refused("uncertain", connection.create, "booking-1", kit.at(day, 9), kit.at(day, 10))
    connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))  # as a vault that does not know would
    assert len(calendar.events_of("booking-1")) == 1


# ---- changes ----

def all_changes(connection, state=""):
    """Return (changes, state) of a whole round."""
    found = []
    while True:
        body = connection.ask("changes", state=state)
        assert not body["lost"]
        found, state = found + body["changes"], body["state"]
        if not body["more"]:
            return found, state


def test_what_became_of_our_events_is_told_and_nothing_of_others(office, day):
    calendar, connection = office(events=[busy_hour(day, n) for n in range(20)])
    ref = connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))
    found, state = all_changes(connection)
    assert [(change["uid"], change["ref"]["id"]) for change in found] == [("booking-1", ref["id"])]
    assert all_changes(connection, state)[0] == []
    calendar.server_side.add(ANNA, busy_hour(day, 21))
    connection.update(ref["id"], "booking-1", kit.at(day, 11), kit.at(day, 12))
    found, state = all_changes(connection, state)
    assert [change["uid"] for change in found] == ["booking-1"]
    assert driver.moment(found[0]["ref"]["start"]) == kit.at(day, 11)
    connection.remove(ref["id"], "booking-1")
    found, state = all_changes(connection, state)
    assert [(change["removed"], change["ref"]["id"]) for change in found] == [(True, ref["id"])]
    assert SUBJECT not in state


def test_a_full_calendar_tells_its_changes_page_by_page(office, day):
    events = [kit.event("x", kit.at(day, 0) + datetime.timedelta(minutes=5 * n), 5) for n in range(450)]
    calendar, connection = office(events=events)
    connection.create("booking-1", kit.at(day, 9), kit.at(day, 10))
    assert [change["uid"] for change in all_changes(connection)[0]] == ["booking-1"]
    assert calendar.operations().count("Delta") == 3


def test_a_state_that_is_forgotten_is_lost(office, day):
    calendar, connection = office()
    _, state = all_changes(connection)
    calendar.server_side.misbehave("sync_lost", operation="Delta", count=1)
    assert connection.ask("changes", state=state)["lost"]
    assert connection.ask("changes", state="AAAA-of-another-house")["lost"]
    calendar.server_side.misbehave("page_foreign", operation="Delta", count=1)
    refused("upstream-error", connection.ask, "changes", state=state)


# ---- tokens ----

@pytest.mark.parametrize("claims", [{"exp": 1000}, {"aud": "https://elsewhere.example"}, {"iss": "somebody"}],
                         ids=["ended", "another audience", "another issuer"])
def test_a_token_that_is_not_good_is_refused_once_and_said_so(office, day, claims):
    calendar, _ = office()
    connection = _.courier.connect(calendar.server(password=calendar.token(ANNA, claims=claims)))
    calendar.server_side.forget()
    failure = refused("sign-in-refused", connection.busy, *window(day))
    assert failure.where == "sign-in"
    assert len(calendar.server_side.journal()) == 1


def test_a_permission_that_was_not_granted_is_denied(office, day):
    calendar, _ = office()
    connection = _.courier.connect(calendar.server(password=calendar.token(ANNA, claims={"scp": "Calendars.Read"})))
    assert connection.busy(*window(day)) == []
    refused("denied", connection.create, "booking-1", kit.at(day, 9), kit.at(day, 10))


def test_an_application_must_say_for_whom_it_acts(office):
    calendar, connection = office()
    secret = calendar.application["secret"]
    token_server = {"host": "localhost", "port": calendar.server_side.port, "client_id": "hourgate",
                    "path": "/practice.example/oauth2/v2.0/token", "scope": "https://graph.microsoft.com/.default"}
    with pytest.raises(driver.Refused) as caught:
        connection.courier.connect(calendar.server(method=kinds.METHODS["bearer"], user="", mailbox="", password=secret,
                                                   token_server=token_server))
    assert caught.value.status == "invalid"
    app = connection.courier.connect(calendar.server(method=kinds.METHODS["bearer"], user="", mailbox=BEA,
                                                     password=secret, token_server=token_server))
    assert app.busy(*window(kit.day_after(3))) == []


def test_a_fifth_request_at_once_is_throttled(office, day):
    """The vault sends four; a service that is asked more says so, and it is no fault of the calendar's."""
    calendar, connection = office(graph={"max_concurrency": 0})
    assert refused("throttled", connection.busy, *window(day)).retry_s >= 1
    assert calendar.operations() == ["GetSchedule"]
