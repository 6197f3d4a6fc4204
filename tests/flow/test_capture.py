# SPDX-License-Identifier: ISC
"""P9: capturing the edge does not capture the vault: symbols, libraries, jail, memory."""
import base64
import os
import re
import subprocess

import pytest

import kit

PROGRAMS = {name: kit.BUILD / "src" / name / f"hourgate-{name}" for name in ("edge", "vault", "courier")}

FORBIDDEN_SYMBOLS = {
    "edge": r"socket|connect|bind|listen|exec\w+|vfork|posix_spawn\w*|system|popen|sqlite3_\w+"
            r"|curl_\w+|EVP_(En|De)crypt\w+|EVP_Cipher\w+|crypto_\w+|xml\w+",
    "vault": r"listen|connect|bind|exec\w+|vfork|posix_spawn\w*|system|popen|MHD_\w+|curl_\w+"
             r"|xml[A-Z]\w+|json_\w+|ical\w+",
    "courier": r"bind|listen|accept4?|exec\w+|posix_spawn\w*|system|popen|sqlite3_\w+|MHD_\w+|crypto_\w+",
}
FORBIDDEN_LIBRARIES = {
    "edge": r"libsqlite3|libcurl|libxml2|libsodium|libpq",
    "vault": r"libmicrohttpd|libcurl|libxml2|libjansson|libical|libgnutls",
    "courier": r"libsqlite3|libmicrohttpd|libsodium|libpq",
}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_forbidden_symbol_is_linked(name):
    asked = {line.split()[-1].split("@")[0] for line in
             output("nm", "-D", "--undefined-only", PROGRAMS[name]).splitlines()}
    assert asked
    assert not [symbol for symbol in sorted(asked) if re.fullmatch(FORBIDDEN_SYMBOLS[name], symbol)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_forbidden_library_is_linked(name):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", PROGRAMS[name]))
    assert needed
    assert not [library for library in needed if re.match(FORBIDDEN_LIBRARIES[name], library)]


def test_the_jail_probe_holds(make):
    done = make.hourgate().run("check", "jail")
    assert done.returncode == 0, done.stdout + done.stderr
    for what in ("open", "socket", "connect", "exec"):
        assert what in done.stdout


def status(pid):
    return dict(line.split(":\t", 1) for line in
                open(f"/proc/{pid}/status", encoding="ascii").read().splitlines() if ":\t" in line)


def test_every_program_serves_in_its_jail(make):
    _, hourgate = make.office()
    assert hourgate.visitor().starts(day=kit.day_after(3))
    pids = hourgate.pids(everything=True)
    assert len(pids) >= 4  # edge, vault, courier and a child of it
    for pid, name in pids.items():
        assert status(pid)["Seccomp"] == "2", name
        assert status(pid)["NoNewPrivs"] == "1", name


def test_no_program_may_be_looked_into_by_its_own_user(make):
    """Non-dumpable: the files under /proc belong to root, whatever the program's user is."""
    _, hourgate = make.office()
    for pid in hourgate.pids(everything=True):
        assert os.stat(f"/proc/{pid}/mem").st_uid == 0


def planted_key(hourgate):
    """Return the master key as the file writes it, and its bytes."""
    text = kit.pathlib.Path(hourgate.setting("data", "key")).read_bytes().strip().rpartition(b":")[2]
    key = base64.urlsafe_b64decode(text + b"=")
    assert len(key) == 32
    return [text, key]


def test_key_and_credentials_are_not_in_edge_and_courier(make):
    assert os.geteuid() == 0, "reading the memory of another process needs root"
    day, secret = kit.day_after(3), "Planted-Credential-Of-Ben-41"
    practice = make.practice(kit.person("anna@practice.example"),
                             kit.person("ben@practice.example", password=secret))
    hourgate = make.hourgate().serve()
    hourgate.host(practice).page()
    hourgate.host(practice, "ben@practice.example", password=secret, name="Ben").page(
        "ben", "ben@practice.example")
    visitor = hourgate.visitor()
    assert visitor.starts(day=day) and visitor.starts("acme/ben", day=day)
    assert visitor.book(kit.at(day, 10), page="acme/ben").status == 201
    key = planted_key(hourgate)
    passwords = [secret.encode(), kit.PASSWORD.encode(), secret.encode("utf-16-le"),
                 kit.PASSWORD.encode("utf-16-le")]
    for name in ("edge", "courier"):
        assert kit.remembers(hourgate.pid(name), *key, *passwords) == set(), name
    assert kit.remembers(hourgate.parent.pid, *passwords) == set()
    seen = set()
    # A child of the courier holds the one credential that it serves, never another and never the key.
    for child in kit.children(hourgate.pid("courier")):
        found = kit.remembers(child, *key, *passwords)
        assert not found & set(key)
        assert not (found & set(passwords[::2]) and found & set(passwords[1::2]))
        seen |= found
    assert set(passwords[:2]) <= seen  # the scan itself works
    # The vault itself keeps only what it derives from the master key.
    assert kit.remembers(hourgate.pid("vault"), *key) == set()


def test_the_database_holds_no_credential_in_the_clear(make):
    practice, hourgate = make.office()
    assert hourgate.visitor().book(kit.at(kit.day_after(3), 10), name="Carla Sealed",
                                   email="sealed@customer.example").status == 201
    hourgate.kill()
    for path in hourgate.files():
        data = path.read_bytes()
        for secret in (kit.PASSWORD, "Carla Sealed", "sealed@customer.example"):
            assert secret.encode() not in data, path


def test_key_file_and_folder_are_closed(make):
    hourgate = make.hourgate()
    key = kit.pathlib.Path(hourgate.setting("data", "key"))
    assert key.stat().st_mode & 0o777 == 0o400
    assert hourgate.data.stat().st_mode & 0o077 == 0
