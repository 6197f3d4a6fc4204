# SPDX-License-Identifier: ISC
"""The operator's commands: a connection and a page are set up without a browser; failures are one clear line."""
import json

import pytest

import kit


def test_all_is_set_up_without_a_server_running(make):
    practice, hourgate = make.practice(), make.hourgate()
    hourgate.host(practice).page()
    assert [row["account"] for row in kit.rows(hourgate.listed("account", "list"))] == ["acme"]
    assert [row["email"] for row in kit.rows(hourgate.listed("user", "list", "acme"))] == [
        "anna@practice.example"]
    assert [row["state"] for row in kit.rows(hourgate.listed("connection", "list", "acme"))] == ["ok"]
    assert [row["page"] for row in kit.rows(hourgate.listed("page", "list", "acme"))] == ["intro"]
    hourgate.serve()
    assert hourgate.visitor().starts(day=kit.day_after(3))


def test_lists_are_readable_and_removal_asks(make):
    practice, hourgate = make.office()
    for words in (("account", "list"), ("user", "list", "acme"), ("connection", "list", "acme"),
                  ("page", "list", "acme"), ("booking", "list", "acme")):
        text = hourgate.command(*words)
        assert "\x1b" not in text, "colour only on a terminal"
    assert "anna@practice.example" in hourgate.command("user", "list", "acme")
    for words in (("page", "remove", "acme", "intro"), ("connection", "remove", "acme", "1")):
        assert hourgate.run(*words).returncode != 0  # without --yes
    assert hourgate.visitor().starts(day=kit.day_after(3))
    hourgate.command("page", "remove", "acme", "intro", "--yes")
    assert hourgate.visitor().get("/acme/intro").status == 404
    hourgate.command("connection", "remove", "acme", "1", "--yes")
    assert kit.rows(hourgate.listed("connection", "list", "acme")) == []
    del practice


@pytest.mark.parametrize("words", [
    (), ("nonsense",), ("account",), ("account", "nonsense"), ("account", "add"),
    ("account", "add", "Not A Slug", "--name", "x"), ("account", "add", "api", "--name", "reserved"),
    ("account", "add", "x", "--name", "n" * 500), ("account", "add", "x", "--nonsense"),
    ("user", "add", "nobody", "a@b.example", "--name", "A", "--zone", "UTC"),
    ("user", "add", "acme", "no-address", "--name", "A", "--zone", "UTC"),
    ("user", "add", "acme", "a@b.example", "--name", "A", "--zone", "No/Where"),
    ("page", "put", "acme", "x", "--host", "nobody@practice.example", "--title", "T", "--duration", "30"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T", "--duration", "0"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T", "--duration", "x"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T", "--duration", "30",
     "--hours", "someday 9-17"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T", "--duration", "30",
     "--hours", "mon 17:00-09:00"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T", "--duration", "30",
     "--hours", "mon-fri 09:00-12:00; wed 11:00-13:00"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T", "--duration", "30",
     "--override", "2026-12-24 closed; 2026-12-24 closed"),
    ("page", "put", "acme", "x", "--host", "anna@practice.example", "--title", "T\u202e", "--duration", "30"),
    ("connection", "check", "acme", "99"), ("booking", "cancel", "acme", "nothing", "--yes"),
    ("booking", "list", "nobody"),
])
def test_a_wrong_command_says_so_and_changes_nothing(standing, words):
    hourgate = standing[1]
    done = hourgate.run(*words)
    assert done.returncode != 0
    assert 0 < len(done.stderr.strip().splitlines()) <= 40, done.stdout + done.stderr
    assert "Assertion" not in done.stderr and "ENSURE" not in done.stderr
    assert [row["account"] for row in kit.rows(hourgate.listed("account", "list"))] == ["acme"]


def test_a_password_is_never_an_argument(make):
    practice, hourgate = make.practice(), make.hourgate()
    hourgate.command("account", "add", "acme", "--name", "Acme")
    hourgate.command("user", "add", "acme", "anna@practice.example", "--name", "A", "--zone", kit.ZONE)
    words = ["connection", "add", "acme", "anna@practice.example", "--server", practice.ews, "--user",
             "PRACTICE\\anna"]
    assert hourgate.run(*words, "--password", kit.PASSWORD).returncode != 0
    secret = hourgate.folder / "password"
    secret.write_text(kit.PASSWORD + "\n")
    secret.chmod(0o600)
    hourgate.command(*words, "--password-file", secret)


def test_a_wrong_password_is_not_stored(make):
    practice, hourgate = make.practice(), make.hourgate()
    hourgate.command("account", "add", "acme", "--name", "Acme")
    hourgate.command("user", "add", "acme", "anna@practice.example", "--name", "A", "--zone", kit.ZONE)
    done = hourgate.run("connection", "add", "acme", "anna@practice.example", "--server", practice.ews,
                        "--user", "PRACTICE\\anna", "--password-stdin", stdin="wrong\n")
    assert done.returncode != 0 and "sign-in" in done.stdout + done.stderr
    assert kit.rows(hourgate.listed("connection", "list", "acme")) == []


def test_init_does_not_overwrite(make):
    hourgate = make.hourgate()
    key = hourgate.setting("data", "key")
    before = open(key, "rb").read()
    assert hourgate.run("init", "--data", hourgate.data).returncode != 0
    assert open(key, "rb").read() == before


@pytest.mark.parametrize("left", [None, b""])
def test_a_lost_database_is_not_quietly_made_anew(make, left):
    hourgate = make.hourgate()
    for path in hourgate.data.glob("hourgate.db*"):
        path.unlink()
    if left is not None:
        (hourgate.data / "hourgate.db").write_bytes(left)
    for words in (["account", "list"], ["serve"]):
        done = hourgate.run(*words, timeout=20)
        assert done.returncode == 1 and "there is no database at" in done.stderr
    assert [path.stat().st_size for path in hourgate.data.glob("hourgate.db*")] in ([], [0])


@pytest.mark.parametrize("section, text", [
    ("server.listen", "nowhere"), ("server.jail", "maybe"), ("data.directory", "/no/such/folder"),
    ("data.key", "/no/such/key"), ("upstream.roots", "/no/such/roots.pem"),
    ("upstream.networks", "10.0.0.0/99"), ("upstream.timeout", "soon"), ("server.nonsense", "x")])
def test_a_wrong_configuration_is_named_and_nothing_serves(make, section, text):
    hourgate = make.hourgate()
    hourgate.configure({section: text})
    done = hourgate.run("serve", timeout=20)
    assert done.returncode != 0 and "ready" not in done.stdout
    assert section.split(".")[1] in done.stderr or text in done.stderr, done.stderr


def test_another_masters_key_is_refused(make):
    _, hourgate = make.office()
    hourgate.stop()
    other = make.hourgate()
    hourgate.configure({"data.key": other.setting("data", "key")})
    done = hourgate.run("serve", timeout=20)
    assert done.returncode != 0 or "key" in done.stderr


def test_bookings_are_listed_and_cancelled_by_the_host(make):
    practice, hourgate = make.office()
    booked = hourgate.visitor().book(kit.at(kit.day_after(3), 10)).json()
    row, = hourgate.bookings()
    assert (row["id"], row["state"], row["start"]) == (booked["id"], "confirmed", booked["start"])
    json.dumps(row)
    hourgate.command("booking", "cancel", "acme", booked["id"], "--yes")
    kit.wait_until("the event is gone", lambda: not practice.bookings("anna@practice.example"))


def test_the_commands_socket_is_closed_to_others(make):
    _, hourgate = make.office()
    place = hourgate.data / "commands"
    assert place.stat().st_mode & 0o777 == 0o600


def test_an_account_has_as_much_as_the_configuration_allows(make):
    practice = make.practice()
    hourgate = make.hourgate(settings={"accounts.max_users": 2, "accounts.max_pages": 1,
                                       "accounts.max_connections": 1}).serve()
    hourgate.host(practice).page()
    hourgate.page(title="Again")  # replacing is not adding
    for what, words in {"users": ("user", "add", "acme", "c@practice.example", "--name", "C", "--zone", "UTC"),
                        "pages": ("page", "put", "acme", "more", "--host", "anna@practice.example", "--title", "T",
                                  "--duration", "30"),
                        "connections": ("connection", "add", "acme", "ben@practice.example", "--unchecked", "--server",
                                        practice.ews, "--user", "PRACTICE\\ben", "--password-stdin")}.items():
        hourgate.run("user", "add", "acme", "ben@practice.example", "--name", "Ben", "--zone", "UTC")
        done = hourgate.run(*words, stdin=kit.PASSWORD + "\n")
        assert done.returncode == 1 and f"{what}, and may have no more" in done.stderr, done.stderr
    hourgate.command("account", "add", "other", "--name", "Other")  # has its own
    hourgate.command("user", "add", "other", "c@practice.example", "--name", "C", "--zone", "UTC")
