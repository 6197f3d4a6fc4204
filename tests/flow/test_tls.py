# SPDX-License-Identifier: ISC
"""P8: only HTTPS with a certificate that a CA signed; each bad one has its own reason, and no credential is
sent before it."""
import json

import pytest

import kit

REASONS = {
    "self_signed": "self-signed",
    "expired": "expired",
    "not_yet_valid": "not yet valid",
    "wrong_name": "name",
    "no_san": "name",
    "missing_intermediate": "intermediate",
    "weak_key": "weak",
    "weak_signature": "weak",
    "wrong_purpose": "purpose",
    "not_a_ca": "ca",
    "unknown_ca": "unknown",
    "unknown_ca_sent": "unknown",
}


def doctor(hourgate, practice):
    done = hourgate.run("check", "exchange", "--server", practice.ews, "--user", "PRACTICE\\anna",
                        "--mailbox", "anna@practice.example", "--password-stdin", "--json",
                        stdin=kit.PASSWORD + "\n")
    return done, {layer["layer"]: layer for layer in kit.rows(json.loads(done.stdout))}


@pytest.mark.parametrize("kind", REASONS)
def test_a_bad_certificate_is_refused_before_any_credential(make, authority, kind):
    practice = make.practice(certificate=authority.issue(kind))
    hourgate = make.hourgate().serve()
    done, layers = doctor(hourgate, practice)
    assert done.returncode != 0
    tls = layers["tls"]
    assert tls["state"] == "refused" and tls["fix"], tls
    assert REASONS[kind] in (tls["detail"] + tls["fix"]).lower(), tls
    assert all(layer["state"] == "skipped" for name, layer in layers.items()
               if name not in ("dns", "tcp", "tls"))
    # Stored without a check, it is used for slots and bookings: not one request reaches the server.
    hourgate.host(practice, unchecked=True).page()
    visitor, day = hourgate.visitor(), kit.day_after(3)
    assert visitor.starts(day=day) == []
    assert visitor.book(kit.at(day, 10)).status == 409
    assert practice.journal() == []  # no request at all, so no Authorization either


def test_the_reasons_differ(make, authority):
    hourgate = make.hourgate()
    said = {}
    for kind in REASONS:
        practice = make.practice(certificate=authority.issue(kind))
        said[kind] = doctor(hourgate, practice)[1]["tls"]["detail"]
        practice.stop()
    # A missing SAN is a wrong name to OpenSSL; the two unknown roots are one reason as well.
    distinct = {detail for kind, detail in said.items() if kind not in ("no_san", "unknown_ca_sent")}
    assert len(distinct) == len(REASONS) - 2, said


@pytest.mark.parametrize("newest", ["1.0", "1.1"])
def test_tls_below_1_2_is_refused(make, newest):
    practice, hourgate = make.practice(tls_max=newest), make.hourgate()
    done, layers = doctor(hourgate, practice)
    assert done.returncode != 0
    assert layers["tls"]["state"] == "refused" and "1.2" in layers["tls"]["detail"] + layers["tls"]["fix"]
    assert practice.journal() == []


def test_a_chain_with_an_intermediate_is_accepted(make, authority):
    practice, hourgate = make.practice(certificate=authority.issue("intermediate")), make.hourgate()
    assert doctor(hourgate, practice)[0].returncode == 0


def test_a_root_that_is_no_ca_cannot_be_added(make, authority):
    leaf, _ = authority.issue("good")
    practice, hourgate = make.practice(), make.hourgate()
    hourgate.configure({"upstream.roots": leaf})
    done = hourgate.run("check", "exchange", "--server", practice.ews, "--user", "PRACTICE\\anna",
                        "--mailbox", "anna@practice.example", "--password-stdin", "--json",
                        stdin=kit.PASSWORD + "\n")
    assert done.returncode != 0
    assert practice.journal() == []


@pytest.mark.parametrize("url", ["http://localhost/EWS/Exchange.asmx", "ftp://localhost/x"])
def test_no_server_without_https(make, url):
    hourgate = make.hourgate()
    done = hourgate.run("check", "exchange", "--server", url, "--user", "PRACTICE\\anna",
                        "--mailbox", "anna@practice.example", "--password-stdin", stdin=kit.PASSWORD + "\n")
    assert done.returncode != 0 and "https" in done.stdout + done.stderr


def test_no_command_offers_to_turn_checks_off(make):
    hourgate = make.hourgate()
    for words in (["--insecure"], ["--no-verify"], ["-k"]):
        done = hourgate.run("check", "exchange", "--server", "https://localhost/x", "--user", "u",
                            "--password-stdin", *words, stdin="x\n")
        assert done.returncode != 0


def test_plain_http_inbound_is_for_loopback_only(make):
    hourgate = make.hourgate(settings={"server.listen": "0.0.0.0:0"})
    done = hourgate.run("serve", timeout=20)
    assert done.returncode != 0
    assert "loopback" in done.stderr or "127.0.0.1" in done.stderr
