# SPDX-License-Identifier: ISC
"""What hosts do to bookings by themselves, before the practice Exchange."""
import kit

ANNA = "anna@practice.example"


def add(hourgate, day, time, *words, name="Carla Customer", email="carla@customer.example"):
    return hourgate.run("booking", "add", "acme", "intro", "--at", f"{day} {time}", "--name", name,
                        "--email", email, *words)


def test_a_telephone_call_becomes_a_booking_with_a_link(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person(ANNA, []))
    done = add(hourgate, day, "10:00")
    assert done.returncode == 0, done.stderr
    line, link = done.stdout.splitlines()
    assert line.startswith("booking ") and line.endswith(" confirmed")
    assert len(practice.bookings(ANNA)) == 1
    visitor = hourgate.visitor()
    assert kit.at(day, 10) not in visitor.starts(day=day)
    assert "Carla Customer" in visitor.get(kit.path_of(link)).text
    assert kit.cancel(visitor, kit.path_of(link)).status < 400  # it is the customer's, as any other
    assert practice.bookings(ANNA) == []
    assert "booking made" in hourgate.run("audit", "show", "acme").stdout


def test_what_is_in_the_way_is_said_and_set_aside_by_a_word_for_each(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person(ANNA, [kit.event("Marked subject", kit.at(day, 10), 60)]),
                                     override=f"{day} 09:00-12:00")
    refused = add(hourgate, day, "20:00")
    assert refused.returncode == 1 and "outside that date's own hours" in refused.stderr
    done = add(hourgate, day, "20:00", "--beyond-rules")
    assert done.returncode == 0 and "warning: set aside: outside that date's own hours" in done.stderr

    refused = add(hourgate, day, "10:30", "--beyond-rules")
    assert refused.returncode == 1 and f"busy {day} 10:00-11:00 in the calendar" in refused.stderr
    assert "Marked" not in refused.stderr
    assert add(hourgate, day, "10:30", "--over-busy").returncode == 0
    assert len(practice.bookings(ANNA)) == 2

    refused = add(hourgate, day, "10:30", "--beyond-rules", "--over-busy", name="Dora")
    assert refused.returncode == 1 and "booked" in refused.stderr
    practice.stop()
    refused = add(hourgate, day, "11:30", "--beyond-rules", "--over-busy")
    assert refused.returncode == 1 and "does not answer" in refused.stderr


def test_a_host_moves_a_booking(make):
    day = kit.day_after(3)
    practice, hourgate = make.office(kit.person(ANNA, []), override=f"{day} 09:00-12:00")
    booking = add(hourgate, day, "10:00").stdout.split()[1]
    refused = hourgate.run("booking", "move", "acme", booking, "--to", f"{day} 20:00")
    assert refused.returncode == 1 and "outside that date's own hours" in refused.stderr
    done = hourgate.run("booking", "move", "acme", booking, "--to", f"{day} 20:00", "--beyond-rules")
    assert done.returncode == 0 and "set aside" in done.stderr
    row, = hourgate.bookings()
    assert row["start"] == kit.utc(kit.at(day, 20)) and row["state"] == "confirmed"
    assert len(practice.bookings(ANNA)) == 1
    assert kit.at(day, 10) in hourgate.visitor().starts(day=day)
    assert hourgate.run("booking", "move", "acme", booking, "--to", "soon").returncode == 2


def test_a_call_that_makes_no_sense_is_refused(make):
    _, hourgate = make.office(kit.person(ANNA, []))
    day = kit.day_after(3)
    assert add(hourgate, day, "25:00").returncode == 2
    assert add(hourgate, day, "10:00", "--answer", "Age").returncode == 2
    assert add(hourgate, day, "10:00", email="carla").returncode == 1
    assert hourgate.run("booking", "add", "acme", "intro", "--at", f"{day} 10:00").returncode == 2


def test_near_the_start_a_customer_is_told_whom_to_ask(make):
    practice, hourgate = make.office(kit.person(ANNA, []), cancel_until=24 * 30, notice=0)
    day = kit.day_after(3)
    link = kit.path_of(add(hourgate, day, "10:00").stdout.splitlines()[1])
    visitor = hourgate.visitor()
    assert "It is too late to move or cancel it here" in visitor.get(link).text
    assert "cancel=1" not in visitor.get(link).text
    kit.cancel(visitor, link)
    kit.move(visitor, link, kit.at(day, 11))
    row, = hourgate.bookings()
    assert row["state"] == "confirmed" and row["start"] == kit.utc(kit.at(day, 10))
    assert len(practice.bookings(ANNA)) == 1


def test_one_address_has_so_many_coming_bookings(make):
    _, hourgate = make.office(kit.person(ANNA, []), per_customer=1)
    day, visitor = kit.day_after(3), hourgate.visitor()
    assert visitor.book(kit.at(day, 10)).status == 201
    refused, taken = visitor.book(kit.at(day, 11)), visitor.book(kit.at(day, 10), email="dora@customer.example")
    assert refused.status == taken.status == 409 and refused.json() == taken.json()
    assert visitor.book(kit.at(day, 11), email="dora@customer.example").status == 201
    assert "coming bookings" in add(hourgate, day, "12:00").stderr
    assert add(hourgate, day, "12:00", "--beyond-rules").returncode == 0


def test_only_who_had_a_past_appointment_did_not_come(make):
    _, hourgate = make.office(kit.person(ANNA, []))
    booking = add(hourgate, kit.day_after(3), "10:00").stdout.split()[1]
    refused = hourgate.run("booking", "noshow", "acme", booking)
    assert refused.returncode == 1 and "whose time has come" in refused.stderr
    row, = hourgate.bookings()
    assert row["no_show"] is False
