# SPDX-License-Identifier: ISC
"""The connection doctor: one line per layer with the fix; exit 0 only if all hold."""
import json

import pytest

import kit

LAYERS = ["dns", "tcp", "tls"]


def check(hourgate, practice, *words, password=kit.PASSWORD, roots=True, server=None,
          user="PRACTICE\\anna"):
    extra = ["--roots", practice.trusted] if roots else []
    if "\\" in user and "--impersonate" not in words:  # which names no mailbox
        extra += ["--mailbox", "anna@practice.example"]
    return hourgate.run("check", "exchange", "--server", server or practice.ews, "--user",
                        user, "--networks", "127.0.0.0/8 ::1/128", "--password-stdin", *extra, *words,
                        stdin=password + "\n")


def layers(done):
    return {layer["layer"]: layer for layer in kit.rows(json.loads(done.stdout))}


@pytest.mark.parametrize("method", ["ntlm", "basic"])
def test_every_layer_holds(make, method):
    practice, hourgate = make.practice(), make.hourgate()
    done = check(hourgate, practice, "--method", method, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = layers(done)
    assert list(found)[:3] == LAYERS and len(found) >= 7
    assert {layer["state"] for layer in found.values()} <= {"ok", "skipped"}
    text = check(hourgate, practice, "--method", method)
    assert text.returncode == 0 and "dns" in text.stdout and "TLSv1.3" in text.stdout + text.stderr


def test_both_spellings_of_the_user_sign_in(make):
    practice, hourgate = make.practice(), make.hourgate()
    for user in ("PRACTICE\\anna", "anna@practice.example"):
        done = check(hourgate, practice, user=user)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("layer, how", [
    ("dns", {"server": "https://no-such-name.invalid/EWS/Exchange.asmx"}),
    ("tcp", {"server": "https://localhost:1/EWS/Exchange.asmx"}),
    ("tls", {"roots": False}),
    ("sign-in", {"password": "wrong"}),
])
def test_the_first_layer_that_fails_is_named_with_its_fix(make, layer, how):
    practice, hourgate = make.practice(), make.hourgate()
    if layer == "tls":
        hourgate.configure({"upstream.roots": None})
    done = check(hourgate, practice, "--json", **how)
    assert done.returncode != 0
    found = layers(done)
    bad = [name for name, one in found.items() if one["state"] == "refused"]
    assert len(bad) == 1 and layer in bad[0], found
    assert found[bad[0]]["fix"]
    below = list(found)[list(found).index(bad[0]) + 1:]
    assert {found[name]["state"] for name in below} <= {"skipped"}


def test_impersonation_is_checked(make):
    mailboxes = [kit.person("anna@practice.example"), kit.person("ben@practice.example")]
    practice = make.practice(*mailboxes, impersonators=["anna@practice.example"])
    hourgate = make.hourgate()
    assert check(hourgate, practice, "--impersonate", "ben@practice.example").returncode == 0
    other = make.practice(*mailboxes)
    refused = check(hourgate, other, "--impersonate", "ben@practice.example", "--json")
    assert refused.returncode != 0
    assert any(layer["fix"] for layer in layers(refused).values())


def test_the_password_is_never_shown(make):
    practice, hourgate = make.practice(), make.hourgate()
    for password in (kit.PASSWORD, "Wrong-But-Secret-31"):
        done = check(hourgate, practice, "--json", password=password)
        assert password not in done.stdout + done.stderr


def test_private_networks_are_denied_unless_listed(make):
    practice, hourgate = make.practice(), make.hourgate()
    hourgate.configure({"upstream.networks": None})
    done = hourgate.run("check", "exchange", "--server", practice.ews, "--user", "PRACTICE\\anna",
                        "--mailbox", "anna@practice.example", "--roots", practice.trusted, "--password-stdin",
                        "--json", stdin=kit.PASSWORD + "\n")
    assert done.returncode != 0
    assert practice.journal() == []
