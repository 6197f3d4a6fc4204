# SPDX-License-Identifier: ISC
"""One whole flow as an ordinary user: nothing in it needs root."""
import os

import pytest

import kit

NOBODY = 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="all flows run as an ordinary user already")
def test_book_move_and_cancel_as_an_ordinary_user(make):
    place = make.folder
    build = kit.unprivileged_copy(place)
    home = place / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    roots = place / "roots.pem"
    roots.write_bytes(make.authority.certificate.read_bytes())
    roots.chmod(0o644)
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
    practice = make.practice()
    hourgate = kit.Hourgate(home, roots=roots, build=build, prefix=prefix)
    try:
        hourgate.serve()
        hourgate.host(practice).page()
        for pid in hourgate.pids():
            assert f"Uid:\t{NOBODY}" in open(f"/proc/{pid}/status", encoding="ascii").read()
        visitor, day = hourgate.visitor(), kit.day_after(3)
        booked = visitor.book(kit.at(day, 10))
        assert booked.status == 201
        link = kit.path_of(booked.json()["manage_url"])
        assert kit.move(visitor, link, kit.at(day, 11)).status < 400
        assert [item["Start"] for item in practice.bookings("anna@practice.example")] == [
            kit.utc(kit.at(day, 11))]
        assert kit.cancel(visitor, link).status < 400
        assert practice.bookings("anna@practice.example") == []
        assert hourgate.run("check", "jail").returncode == 0
    finally:
        hourgate.stop()
