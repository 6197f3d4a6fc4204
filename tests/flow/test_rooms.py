# SPDX-License-Identifier: ISC
"""A room is free beside its host and booked with them: invited as a resource, or written into as a host of its own."""
import json

import pytest

import kit

ANNA, BEN, ROOM = "anna@practice.example", "ben@practice.example", "seehof@practice.example"
SERVICE = "svc@practice.example"


def room(*events, **more):
    return kit.person(ROOM, events, kind="room", **more)


def office(make, *rooms, hosts=(ANNA,), settings=None, **rules):
    practice = make.practice(*map(kit.person, hosts), *rooms)
    hourgate = make.hourgate(settings=settings).serve()
    for host in hosts:
        hourgate.host(practice, host, name=host.title())
        hourgate.page(host.partition("@")[0], host, room=ROOM, **rules)
    practice.forget()
    return practice, hourgate


def times(practice, address):
    return sorted(item["Start"] for item in practice.items(address) if item["Calendar"] == "Calendar")


def settled(practice, hourgate):
    """Wait until nothing is in flight; return the starts of what stands."""
    kit.wait_until("all is settled", lambda: all(
        row["state"] in ("confirmed", "cancelled") for row in hourgate.bookings()), 40)
    return sorted(row["start"] for row in hourgate.bookings() if row["state"] == "confirmed")


def test_the_room_must_be_free_too(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, room(kit.event("Taken", kit.at(day, 10), 60)))
    starts = hourgate.visitor().starts("acme/anna", day=day)
    assert kit.at(day, 9) in starts and not {kit.at(day, 10), kit.at(day, 10, 30)} & set(starts)
    assert hourgate.visitor().book(kit.at(day, 10), "acme/anna").status == 409
    assert practice.asked("CreateItem") == []
    assert "Taken" not in hourgate.log()


def test_the_room_is_booked_moved_and_given_back(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, room())
    made = hourgate.visitor().book(kit.at(day, 10), "acme/anna")
    assert made.status == 201 and made.json()["state"] == "confirmed"
    assert times(practice, ROOM) == times(practice, ANNA) == [kit.utc(kit.at(day, 10))]
    assert not any("Carla" in json.dumps(item) for item in practice.items(ROOM)), "the room learns who the customer is"
    link, visitor = kit.path_of(made.json()["manage_url"]), hourgate.visitor()
    assert kit.at(day, 10) not in visitor.starts("acme/anna", day=day)
    assert kit.move(visitor, link, kit.at(day, 10, 30)).status < 400  # its own time in the room does not block
    assert times(practice, ROOM) == times(practice, ANNA) == [kit.utc(kit.at(day, 10, 30))]
    assert kit.cancel(visitor, link).status < 400
    assert times(practice, ROOM) == times(practice, ANNA) == []


def test_two_hosts_do_not_sell_one_room_twice(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, room(answers_after=1), hosts=(ANNA, BEN))
    assert hourgate.visitor().starts("acme/ben", day=day)
    practice.misbehave("slow", operation="CreateItem", seconds=1)  # both have looked before either writes
    import concurrent.futures  # pylint: disable=import-outside-toplevel
    with concurrent.futures.ThreadPoolExecutor(2) as both:
        asked = [both.submit(hourgate.visitor().book, kit.at(day, 10), f"acme/{page}") for page in ("anna", "ben")]
        statuses = sorted(answer.result().status for answer in asked)
    practice.behave()
    assert statuses == [201, 409]
    assert settled(practice, hourgate) == times(practice, ROOM) == [kit.utc(kit.at(day, 10))]
    assert len(practice.bookings(ANNA)) + len(practice.bookings(BEN)) == 1, "a host keeps an event without its room"


def test_a_room_that_declines_leaves_nothing_behind(make):
    day = kit.day_after(9)
    practice, hourgate = office(make, room(window_days=5))
    made = hourgate.visitor().book(kit.at(day, 10), "acme/anna")
    assert made.status == 409
    assert practice.bookings(ANNA) == [] and times(practice, ROOM) == [] and hourgate.bookings() == []


def test_a_move_that_the_room_declines_changes_nothing(make):
    practice, hourgate = office(make, room(window_days=5))
    near, far = kit.at(kit.day_after(3), 10), kit.at(kit.day_after(9), 10)
    made = hourgate.visitor().book(near, "acme/anna")
    assert made.status == 201
    moved = kit.move(hourgate.visitor(), kit.path_of(made.json()["manage_url"]), far)
    assert moved.status == 409
    assert settled(practice, hourgate) == times(practice, ANNA) == times(practice, ROOM) == [kit.utc(near)]


def test_a_room_that_answers_late_is_waited_for(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, room(answers_after=7 * kit.SLOW))
    made = hourgate.visitor().book(kit.at(day, 10), "acme/anna")
    assert made.status in (201, 202) and made.json()["state"] == "uncertain"
    assert settled(practice, hourgate) == times(practice, ROOM) == [kit.utc(kit.at(day, 10))]
    assert len(practice.bookings(ANNA)) == 1


def test_a_room_that_leaves_answers_to_people_is_never_called_booked(make):
    day = kit.day_after(3)
    practice, hourgate = office(make, room(processing="AutoUpdate"))
    made = hourgate.visitor().book(kit.at(day, 10), "acme/anna")
    assert made.json()["state"] == "uncertain"
    assert kit.at(day, 10) not in hourgate.visitor().starts("acme/anna", day=day)


def test_a_room_that_shows_nothing_withholds_all_slots_and_says_why(make):
    day = kit.day_after(3)
    _, hourgate = office(make, room(rights={"default": "none"}))
    assert hourgate.visitor().starts("acme/anna", day=day) == []
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["state"] == "ok" and ROOM in row["problem"] and "free" in row["problem"], row


def test_without_a_connection_nothing_is_known_of_the_room(make):
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
    done = hourgate.run("page", "put", "acme", "anna", "--host", ANNA, "--title", "T", "--duration", "30",
                        "--hours", "mon-sun 09:00-17:00", "--room", ROOM)
    assert done.returncode == 0 and "no slot is offered" in done.stderr
    assert hourgate.visitor().starts("acme/anna", day=kit.day_after(3)) == []
    assert hourgate.run("page", "put", "acme", "anna", "--host", ANNA, "--title", "T", "--duration", "30",
                        "--room", "Seehof").returncode != 0


def test_a_room_can_be_the_host_itself(make):
    """Its calendar is written into, by a service account; nobody is invited."""
    day = kit.day_after(3)
    practice = make.practice(kit.person(SERVICE), room(kit.event("Taken", kit.at(day, 9), 60)), impersonators=[SERVICE])
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme AG")
    hourgate.command("user", "add", "acme", ROOM, "--name", "Seehof", "--zone", kit.ZONE)
    hourgate.command("connection", "add", "acme", "--service", "--server", practice.ews, "--user", "PRACTICE\\svc",
                     "--mailbox", SERVICE, "--password-stdin", stdin=kit.PASSWORD + "\n")
    hourgate.command("connection", "add", "acme", ROOM, "--through", "1")
    hourgate.page("seehof", ROOM)
    assert kit.at(day, 9) not in hourgate.visitor().starts("acme/seehof", day=day)
    assert hourgate.visitor().book(kit.at(day, 11), "acme/seehof").status == 201
    assert len(practice.bookings(ROOM)) == 1
    assert practice.api("GET", f"/api/mailbox/{ROOM}")["sent"] == []


@pytest.mark.parametrize("how,state,words", [
    ({}, "ok", ["intervals"]),
    ({"rights": {"default": "none"}}, "refused", ["Set-MailboxFolderPermission", f"'{ROOM}:\\Calendar'",
                                                  "-User Default -AccessRights AvailabilityOnly"])])
def test_the_doctor_knows_the_right_that_a_room_needs(make, how, state, words):
    practice, hourgate = office(make, room(**how))
    done = hourgate.run("connection", "check", "acme", 1, "--room", ROOM, "--json")
    layer = {one["layer"]: one for one in json.loads(done.stdout)["layers"]}["room"]
    assert layer["state"] == state and done.returncode == (0 if state == "ok" else 1)
    assert not [word for word in words if word not in layer["detail"] + layer["fix"]], layer
    assert practice.asked("CreateItem") == []


@pytest.mark.parametrize("processing", ["AutoAccept", "AutoUpdate", "None"])
def test_the_doctors_probe_sees_whether_a_room_answers(make, processing):
    practice, hourgate = office(make, room(processing=processing), settings={"upstream.timeout": 8})
    done = hourgate.run("connection", "check", "acme", 1, "--room", ROOM, "--probe", "--json")
    layer = {one["layer"]: one for one in json.loads(done.stdout)["layers"]}["probe"]
    assert (layer["state"] == "ok") == (processing == "AutoAccept"), layer
    if processing != "AutoAccept":
        assert f"Set-CalendarProcessing '{ROOM}' -AutomateProcessing AutoAccept" in layer["fix"]
    assert times(practice, ROOM) == times(practice, ANNA) == []
