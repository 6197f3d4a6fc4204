# SPDX-License-Identifier: ISC
"""Signing in at the calendar: exactly one method, never a weaker one, and no lock-out by our hand."""
import kit

ANNA = "anna@practice.example"


def schemes(practice):
    return {entry["scheme"] for entry in practice.journal() if entry["scheme"]}


def test_ntlm_never_becomes_basic(make):
    practice = make.practice(methods=["Basic"])
    hourgate = make.hourgate().serve()
    hourgate.host(practice, unchecked=True, method="ntlm").page()
    assert hourgate.visitor().starts(day=kit.day_after(3)) == []
    assert "Basic" not in schemes(practice)


def test_basic_never_becomes_ntlm(make):
    practice = make.practice(methods=["NTLM"])
    hourgate = make.hourgate().serve()
    hourgate.host(practice, unchecked=True, method="basic").page()
    assert hourgate.visitor().starts(day=kit.day_after(3)) == []
    assert schemes(practice) <= {"Basic"}
    row, = kit.rows(hourgate.listed("connection", "list", "acme"))
    assert row["problem"]


def test_both_methods_book(make):
    for method in ("ntlm", "basic"):
        practice = make.practice()
        hourgate = make.hourgate().serve()
        hourgate.host(practice, method=method).page()
        assert hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
        assert schemes(practice) == {"NTLM" if method == "ntlm" else "Basic"}


def test_impersonation_names_the_mailbox_and_its_anchor(make):
    service = {"address": "service@practice.example", "user": "PRACTICE\\service",
               "password": kit.PASSWORD}
    practice = make.practice(kit.person(ANNA), accounts=[service],
                             impersonators=["service@practice.example"])
    hourgate = make.hourgate().serve()
    hourgate.command("account", "add", "acme", "--name", "Acme")
    hourgate.command("user", "add", "acme", ANNA, "--name", "Anna", "--zone", kit.ZONE)
    hourgate.command("connection", "add", "acme", ANNA, "--server", practice.ews, "--user",
                     "PRACTICE\\service", "--impersonate", ANNA, "--password-stdin",
                     stdin=kit.PASSWORD + "\n")
    hourgate.page()
    practice.forget()
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
    assert len(practice.bookings(ANNA)) == 1
    for entry in practice.asked("CreateItem"):
        assert (entry["impersonated"].lower(), entry["anchor"].lower()) == (ANNA, ANNA)


def test_a_directory_that_locks_out_is_not_provoked(make):
    """Three wrong passwords lock the account: a hundred visitors may not cause that."""
    practice = make.practice(lockout=3)
    hourgate = make.hourgate().serve()
    hourgate.host(practice, unchecked=True).page()
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin="wrong\n")
    visitor = hourgate.visitor()
    for day in range(2, 30):
        visitor.slots(day=kit.day_after(day))
    hourgate.command("connection", "password", "acme", 1, "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert visitor.starts(day=kit.day_after(3)), "the account is locked"


def test_channel_binding_required_is_named(make):
    practice, hourgate = make.practice(extended_protection="require"), make.hourgate()
    done = hourgate.run("check", "exchange", "--server", practice.ews, "--user", "PRACTICE\\anna",
                        "--mailbox", "anna@practice.example", "--roots", practice.trusted,
                        "--networks", "127.0.0.0/8 ::1/128",
                        "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert done.returncode != 0
