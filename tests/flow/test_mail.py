# SPDX-License-Identifier: ISC
"""Mails about bookings arrive, once, in their reader's language, with a calendar entry that changes instead of
doubling; none is lost, whatever the mail server or the kernel does."""
import datetime

import pytest

import kit
import post

ANNA, CARLA = "anna@practice.example", "carla@customer.example"


@pytest.fixture(name="server")
def mail_server(good):
    made = post.Post(good)
    yield made
    made.stop()


def office(make, server, **more):
    """As post.office, and a day."""
    return *post.office(make, server, **more), kit.day_after(3)


def arrived(server, recipient, count, seconds=60):
    kit.wait_until(f"{count} mails to {recipient}: {[m.subject for m in server.taken]}",
                   lambda: len(server.of(recipient)) >= count, seconds)
    mails = server.of(recipient)
    assert len(mails) == count, [mail.subject for mail in mails]
    return mails


def outbox(hourgate):
    return kit.rows(hourgate.listed("outbox", "list", "acme"))


def empty(hourgate, seconds=60):
    kit.wait_until("the outbox is empty", lambda: not outbox(hourgate), seconds)


def test_one_entry_that_changes(make, server):
    """Booked, moved, cancelled: three mails, one UID, a growing SEQUENCE, the last one a CANCEL."""
    _, hourgate, visitor, day = office(make, server)
    booked = visitor.book(kit.at(day, 10)).json()
    link = kit.path_of(booked["manage_url"])
    first, = arrived(server, CARLA, 1)
    assert kit.move(visitor, link, kit.at(day, 14)).status == 303
    second = arrived(server, CARLA, 2)[1]
    assert kit.cancel(visitor, link).status == 303
    third = arrived(server, CARLA, 3)[2]
    mails = [first, second, third]
    events = [mail.event for mail in mails]
    assert [mail.method for mail in mails] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({str(event["UID"]) for event in events}) == 1
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    assert [event["DTSTART"].dt for event in events] == [kit.at(day, 10), kit.at(day, 14), kit.at(day, 14)]
    assert all(event["DTEND"].dt - event["DTSTART"].dt == datetime.timedelta(minutes=30) for event in events)
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    for mail, event in zip(mails, events):
        assert str(event["ORGANIZER"]) == f"mailto:{post.SENDER}" and post.SENDER in mail.message["From"]
        assert str(event["ATTENDEE"]) == f"mailto:{CARLA}"
        assert str(event["ATTENDEE"].params["RSVP"]) == "FALSE"
    assert len({mail.id for mail in mails}) == 3
    assert booked["manage_url"] in first.text and booked["manage_url"] in first.html
    # The host hears of all three, and nothing in a customer's mail is of the host's calendar.
    subjects = [mail.subject for mail in arrived(server, ANNA, 3)]
    assert [subject.split(":")[0] for subject in subjects] == ["New booking", "Booking moved", "Booking cancelled"]
    assert all(mail.event is None for mail in server.of(ANNA))
    assert all(ANNA not in mail.data.decode() for mail in mails)
    empty(hourgate)


def test_in_the_readers_language(make, server):
    _, hourgate, visitor, day = office(make, server, language="de", title="Erstgespräch & mehr")
    hourgate.command("account", "mail", "acme", "--from", "praxis@acme.example", "--reply-to",
                     "office@acme.example", "--mail", "confirmed", "--language", "de", "--text",
                     "Bitte bringen Sie <b>alles</b> mit.")
    visitor.book(kit.at(day, 10), name="Zoë Müller")
    mail, = arrived(server, CARLA, 1)
    assert mail.subject.startswith("Bestätigt: Erstgespräch & mehr, ")
    assert mail.message["Content-Language"] == "de"
    assert mail.message["From"].addresses[0].addr_spec == "praxis@acme.example"
    assert mail.message["Reply-To"].addresses[0].addr_spec == "office@acme.example"
    assert mail.message["To"].addresses[0].display_name == "Zoë Müller"
    assert "Bitte bringen Sie <b>alles</b> mit." in mail.text
    assert "&lt;b&gt;alles" in mail.html and "<b>alles" not in mail.html
    assert str(mail.event["SUMMARY"]) == "Erstgespräch & mehr mit Anna Host"
    assert all(len(line) <= 78 for line in mail.data.split(b"\r\n") if not line.startswith(b"Subject"))


def test_the_customers_own_file(make, server):
    """The .ics of a booking's own page is the same entry."""
    _, _, visitor, day = office(make, server)
    booked = visitor.book(kit.at(day, 10)).json()
    link = kit.path_of(booked["manage_url"])
    assert f'href="{link}.ics"' in visitor.get(link).text
    mail, = arrived(server, CARLA, 1)
    file = visitor.get(link + ".ics")
    assert file.status == 200 and file.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "attachment" in file.headers["Content-Disposition"]
    event = post.icalendar.Calendar.from_ical(file.text).walk("VEVENT")[0]
    for key in ("UID", "SEQUENCE", "DTSTART", "SUMMARY"):
        assert event[key].to_ical() == mail.event[key].to_ical(), key
    assert visitor.get("/b/" + "x" * 43 + ".ics").status == 404


def test_put_off_until_it_is_taken(make, server):
    server.handler.script = {"rcpt": "450 4.2.1 busy"}
    _, hourgate, visitor, day = office(make, server)
    visitor.book(kit.at(day, 10))
    row = kit.wait_until("a failed try is shown", lambda: [
        r for r in outbox(hourgate) if r["tries"] and "450 4.2.1 busy" in r["problem"]])[0]
    assert row["state"] == "waiting"
    server.handler.script = {}
    arrived(server, CARLA, 1)
    empty(hourgate)


def test_refused_for_good_is_shown(make, server):
    server.handler.script = {"rcpt": "550 5.1.1 nobody here"}
    _, hourgate, visitor, day = office(make, server)
    assert visitor.book(kit.at(day, 10)).status == 201
    kit.wait_until("both are refused", lambda: [row["state"] for row in outbox(hourgate)] == ["refused"] * 2)
    row = next(row for row in outbox(hourgate) if row["to"] == CARLA)
    assert "550 5.1.1 nobody here" in row["problem"]
    host = hourgate.command("token", "add", "acme", ANNA, "--name", "n", "--scopes", "bookings:read bookings:write")
    ours, header = "/api/v1/accounts/acme/outbox", {"Authorization": f"Bearer {host.strip()}"}
    mails = {mail["to"]: mail for mail in visitor.get(ours, **header).json()["mails"]}
    assert mails[CARLA]["refused"] and mails[CARLA]["problem"] == row["problem"] and mails.keys() == {ANNA, CARLA}
    server.handler.script = {}
    assert visitor.ask("POST", f"{ours}/{row['id']}/retry", **header).status == 204
    arrived(server, CARLA, 1)
    assert [row["to"] for row in outbox(hourgate)] == [ANNA]


def test_a_lost_answer_repeats_the_same_mail(make, server):
    server.handler.script = {"data": "drop"}
    _, hourgate, visitor, day = office(make, server)
    visitor.book(kit.at(day, 10))
    kit.wait_until("the answer was lost", lambda: len(server.of(CARLA)) >= 1)
    server.handler.script = {}
    kit.wait_until("it is sent again", lambda: len(server.of(CARLA)) >= 2)
    empty(hourgate)
    assert len({mail.data for mail in server.of(CARLA)}) == 1


@pytest.mark.parametrize("kind", ["self_signed", "wrong_name", "expired"])
def test_no_mail_without_a_good_certificate(make, authority, kind):
    server = post.Post(authority.issue(kind))
    try:
        _, hourgate, visitor, day = office(make, server)
        assert visitor.book(kit.at(day, 10)).status == 201
        kit.wait_until("the failure is shown", lambda: [r for r in outbox(hourgate) if r["problem"]])
        assert not server.handler.recipients
        doctor = hourgate.run("check", "mail", "--json")
        layers = {layer["layer"]: layer for layer in kit.json.loads(doctor.stdout)["layers"]}
        assert doctor.returncode == 1 and layers["tls"]["state"] == "refused"
        assert layers["sign-in"]["state"] == "skipped"
    finally:
        server.stop()


@pytest.mark.parametrize("tls", [False, True])
def test_the_doctor(make, good, tls):
    server = post.Post(good, tls=tls)
    try:
        hourgate = make.hourgate()
        hourgate.configure(server.settings(hourgate.folder))
        layers = kit.json.loads(hourgate.command("check", "mail", "--to", "me@post.example", "--json"))["layers"]
        assert [layer["layer"] for layer in layers] == ["dns", "tcp", "tls", "certificate", "sign-in", "sender",
                                                       "test mail"]
        assert {layer["state"] for layer in layers} <= {"ok", "warn"}
        assert [mail.recipient for mail in server.taken] == ["me@post.example"]
        (hourgate.folder / "mail-password").unlink()
        (hourgate.folder / "mail-password").write_text("wrong\n")
        (hourgate.folder / "mail-password").chmod(0o400)
        done = hourgate.run("check", "mail", "--json")
        states = {layer["layer"]: layer["state"] for layer in kit.json.loads(done.stdout)["layers"]}
        assert done.returncode == 1 and states["sign-in"] == "refused" and states["sender"] == "skipped"
        assert post.PASSWORD not in done.stdout + done.stderr
    finally:
        server.stop()


STEPS = ["mail_after_claim", "mail_before_send", "mail_after_send", "mail_after_done", "book_before_confirm",
         "book_after_confirm"]


@pytest.mark.long
@pytest.mark.limit(120)
@pytest.mark.parametrize("step", STEPS)
def test_killed_and_none_lost(make, server, step):
    """The vault dies at that step; the machine comes back: both mails have arrived, repeats are the same mail."""
    _, hourgate, visitor, day = office(make, server, build=kit.FAULTS, env={"HOURGATE_FAULT": step},
                                       settings={"upstream.timeout": 2, "mail.timeout": 1,
                                                 "server.base_url": "https://book.example.ch"})
    try:
        visitor.book(kit.at(day, 10), key="once")
    except (OSError, kit.http.client.HTTPException):
        pass
    kit.wait_until("the fault strikes", lambda: "exit code 99" in hourgate.log())
    hourgate.kill()
    hourgate.env.pop("HOURGATE_FAULT")
    hourgate.serve()
    for recipient in (CARLA, ANNA):
        kit.wait_until(f"{recipient} has the mail", lambda to=recipient: server.of(to), 60)
    empty(hourgate, 40)
    for recipient in (CARLA, ANNA):
        assert len({mail.id for mail in server.of(recipient)}) == 1
        assert len({mail.data for mail in server.of(recipient)}) == 1


def test_reminders(make, server):
    """Due later, made anew by a move, gone with a cancellation and with the calendar's connection."""
    _, hourgate, visitor, day = office(make, server, remind="24h,2h")

    def reminders():
        return sorted(row["next_try"] for row in outbox(hourgate) if row["mail"] == "reminder")

    def due(start):
        return sorted(kit.utc(start - datetime.timedelta(hours=hours)) for hours in (24, 2))
    link = kit.path_of(visitor.book(kit.at(day, 10)).json()["manage_url"])
    assert reminders() == due(kit.at(day, 10))
    kit.move(visitor, link, kit.at(day, 15))
    assert reminders() == due(kit.at(day, 15))
    kit.cancel(visitor, link)
    assert not reminders()
    visitor.book(kit.at(day, 11))
    assert reminders() == due(kit.at(day, 11))
    hourgate.command("connection", "remove", "acme", "1", "--yes")
    assert not reminders()




def uncertain(practice, hourgate, visitor, day, mode):
    """A booking whose answer was lost, while nobody can look: its customer reads that it is being checked."""
    practice.misbehave(mode, operation="CreateItem", count=1)
    practice.misbehave("http_500", operation="FindItem")
    answer = visitor.book(kit.at(day, 10), key="once")
    assert answer.status == 202 and answer.json()["state"] == "uncertain", answer.text
    link = kit.path_of(answer.json()["manage_url"])
    assert "is being checked" in visitor.get(link).text
    assert [row["state"] for row in hourgate.bookings()] == ["uncertain"]
    return link


def test_what_was_being_checked_and_did_not_come_about_is_told_once(make, server):
    practice, hourgate, visitor, day = office(make, server, settings={"upstream.timeout": 2})
    link = uncertain(practice, hourgate, visitor, day, "drop_before")
    practice.behave()
    mail, = arrived(server, CARLA, 1)
    assert mail.subject.startswith("Not booked: ") and "does not take place" in mail.text and mail.event is None
    assert "/acme/intro" in mail.text
    host, = arrived(server, ANNA, 1)
    assert host.subject.startswith("Not booked: ") and "customer has been told" in host.text
    page = visitor.get(link).text
    assert "did not come about" in page and "choose another time" in page and "Move it" not in page
    row, = hourgate.bookings()
    assert (row["state"], row["ended"]) == ("cancelled", "not made")
    assert visitor.book(kit.at(day, 10), key="once").status == 201, "the key books anew"
    assert [mail.subject.split(":")[0] for mail in arrived(server, CARLA, 2)] == ["Not booked", "Confirmed"]
    empty(hourgate)


def test_a_move_that_was_being_checked_and_did_not_come_about_is_told_once(make, server):
    practice, hourgate, visitor, day = office(make, server, settings={"upstream.timeout": 2})
    link = kit.path_of(visitor.book(kit.at(day, 9)).json()["manage_url"])
    practice.forget()
    assert kit.move(visitor, link, kit.at(day, 10)).status == 303
    asked = [entry["operation"] for entry in practice.journal()]
    looks = asked[:asked.index("UpdateItem")].count("FindItem")
    arrived(server, CARLA, 2), arrived(server, ANNA, 2)
    practice.misbehave("drop_before", operation="UpdateItem")
    practice.misbehave("http_500", operation="FindItem", skip=looks)
    answer = kit.move(visitor, link, kit.at(day, 14))
    assert "is being checked" in visitor.get(answer.headers["Location"]).text
    assert kit.at(day, 14) not in visitor.starts(day=day), "it is being checked"
    practice.behave()
    mail, host = arrived(server, CARLA, 3)[2], arrived(server, ANNA, 3)[2]
    assert mail.subject.startswith("Not moved: ") and "10:00" in mail.text and "14:00" in mail.text and mail.event is None
    assert "stands as it was" in mail.text and "stands as it was" in host.text and "/b/" in mail.text
    assert hourgate.bookings()[0]["start"] == kit.utc(kit.at(day, 10))
    assert kit.at(day, 14) in visitor.starts(day=day)
    empty(hourgate)


def test_what_was_being_checked_and_came_about_is_told_once(make, server):
    practice, hourgate, visitor, day = office(make, server, settings={"upstream.timeout": 2})
    link = uncertain(practice, hourgate, visitor, day, "drop_after")
    assert not server.taken
    practice.behave()
    mail, = arrived(server, CARLA, 1)
    host, = arrived(server, ANNA, 1)
    assert mail.subject.startswith("Confirmed: ") and host.subject.startswith("New booking: ")
    assert "is confirmed" in visitor.get(link).text
    empty(hourgate)
