# SPDX-License-Identifier: ISC
"""A page says what its events say. What it keeps out reaches neither the calendar nor the host's mail."""
import kit
import post

ANNA, REASON = "anna@practice.example", "A reason that is nobody's business"


def test_a_reason_stays_out_of_the_calendar_and_the_hosts_mail(make, good):
    server = post.Post(good)
    try:
        practice = make.practice()
        hourgate = make.hourgate()
        hourgate.configure(server.settings(hourgate.folder))
        hourgate.serve().host(practice).page(
            question="text!: Reason?", keep_out="answers,email", event_title="{page} {answers}{email}",
            event_text="{customer}\n{email}\n{answers}\nIn {location}.", event_location="{location}, 2nd floor",
            location="Room 1", private=True, reminder=45, show_as="tentative")
        visitor, day = hourgate.visitor(), kit.day_after(3)
        booked = visitor.book(kit.at(day, 10), answers=[{"question": "Reason?", "answer": REASON}])
        assert booked.status == 201, booked.text
        event, = practice.bookings(ANNA)
        assert event["Subject"] == "Introduction "
        assert event["Location"] == "Room 1, 2nd floor"
        assert event["Sensitivity"] == "Private" and event["LegacyFreeBusyStatus"] == "Tentative"
        assert str(event["ReminderMinutesBeforeStart"]) == "45"
        assert "Carla Customer" in event["Body"] and "In Room 1." in event["Body"]
        everything = repr(practice.bookings(ANNA))
        assert REASON not in everything and "carla@customer.example" not in everything
        kit.wait_until("the host has a mail", lambda: server.of(ANNA))
        mail = server.of(ANNA)[0]
        for text in (mail.text, mail.html, mail.data.decode()):
            assert REASON not in text and "carla@customer.example" not in text
        assert "stands in hourgate" in " ".join(mail.text.split())
    finally:
        server.stop()


def test_unknown_names_are_refused(make):
    hourgate = make.hourgate()
    hourgate.command("account", "add", "acme", "--name", "Acme")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
    done = hourgate.run("page", "put", "acme", "intro", "--host", ANNA, "--title", "T", "--duration", "30",
                        "--event-title", "{phone}")
    assert done.returncode and "{customer}" in done.stderr
