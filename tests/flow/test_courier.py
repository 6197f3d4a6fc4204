# SPDX-License-Identifier: ISC
"""The courier by itself: what it refuses before a credential leaves, and what a child can do to the rest."""
import os
import signal
import sys

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position

REASONS = {
    "self_signed": "self-signed", "expired": "expired on", "not_yet_valid": "not yet valid",
    "wrong_name": "another name", "no_san": "no subject alternative name",
    "missing_intermediate": "intermediate certificate is missing", "weak_key": "key in the certificate chain",
    "weak_signature": "signature in the certificate chain", "wrong_purpose": "not meant for servers",
    "unknown_ca_sent": "unknown CA",
}


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def ask(connection, day, **more):
    return connection.busy(kit.at(day, 0), kit.at(day, 23), **more)


def refused(connection, day, **more):
    with pytest.raises(driver.Refused) as caught:
        ask(connection, day, **more)
    return caught.value


def zygote_of(courier):
    return next(iter(kit.children(courier.process.pid)))


# ---- before a credential leaves ----

@pytest.mark.parametrize("kind", REASONS)
def test_each_bad_certificate_has_its_reason_and_gets_nothing(make, authority, couriers, day, kind):
    calendar = kinds.Ews(make, certificate=authority.issue(kind))
    connection = couriers(roots=calendar.roots).connect(calendar.server(method=1))
    failure = refused(connection, day)
    assert failure.status.startswith("tls") and failure.where == "tls", failure
    assert REASONS[kind] in failure.what, failure
    layer = connection.check()["tls"]
    assert layer["state"] == "refused" and REASONS[kind] in layer["detail"] and layer["fix"]
    assert calendar.requests() == []


def test_old_tls_is_refused(make, couriers, day):
    calendar = kinds.Ews(make, tls_max="1.1")
    connection = couriers(roots=calendar.roots).connect(calendar.server(method=1))
    failure = refused(connection, day)
    assert "TLS 1.2" in failure.what and calendar.requests() == []


def test_an_address_serves_as_a_name(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    assert ask(courier.connect(calendar.server(host="127.0.0.1")), day) == []


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8", "::1/128")])
def test_private_networks_are_denied_unless_listed(make, couriers, day, networks):
    calendar = kinds.Ews(make)
    connection = couriers(roots=calendar.roots, networks=networks).connect(
        calendar.server(host="127.0.0.1", method=1))
    failure = refused(connection, day)
    assert failure.where == "address" and "networks" in failure.what, failure
    layers = connection.check()
    assert layers["tcp"]["state"] == "refused" and layers["tls"]["state"] == "skipped"
    assert calendar.requests() == []


@pytest.mark.parametrize("text,word", [("", "no certificate"), ("not PEM at all", "no certificate"),
                                       (None, "not a CA")])
def test_only_ca_certificates_become_roots(make, authority, couriers, text, word):
    roots = make.folder / "roots.pem"
    if text is None:
        text = open(authority.issue("good")[0], encoding="ascii").read()
    roots.write_text(text)
    with pytest.raises(driver.Refused) as caught:
        driver.Courier(make.folder, roots=roots)
    assert word in caught.value.what, caught.value
    assert couriers is not None


def test_a_server_is_checked_before_it_is_called(make, couriers):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    for wrong in ({"host": "local host"}, {"host": "a/b"}, {"port": 0}, {"port": 70000},
                  {"path": "EWS"}, {"path": "/a b"}, {"path": "/a?b"}, {"user": ""}, {"password": ""},
                  {"user": "a:b", "method": 1}, {"impersonate": "a\nX-Header: b"}):
        with pytest.raises(driver.Refused) as caught:
            courier.connect(calendar.server(**wrong))
        assert caught.value.status == "invalid", wrong


# ---- the doctor ----

def test_the_doctor_finds_all_in_order(make, couriers):
    calendar = kinds.Ews(make)
    connection = couriers(roots=calendar.roots).connect(calendar.server(), by="control")
    layers = connection.check()
    assert list(layers) == ["dns", "tcp", "tls", "certificate", "methods", "sign-in", "version",
                            "protection", "impersonation", "mailbox", "rights", "free/busy", "throttling",
                            "clock"]
    assert {layer["state"] for layer in layers.values()} == {"ok"}
    assert "TLSv1.3" in layers["tls"]["detail"] and "ntlm" in layers["methods"]["detail"]


@pytest.mark.parametrize("change,layer,word", [
    ({"host": "no-such-host.invalid"}, "dns", "address"),
    ({"port": 9}, "tcp", "refuse"),
    ({"password": "wrong"}, "sign-in", "password"),
    ({"mailbox": "nobody@practice.example"}, "mailbox", "no mailbox"),
    ({"impersonate": "bea@practice.example", "mailbox": ""}, "impersonation",
     "impersonate"),
    ({"path": "/nothing/here"}, "methods", "404")])
def test_the_doctor_stops_at_the_layer_that_fails(make, couriers, change, layer, word):
    calendar = kinds.Ews(make)
    connection = couriers(roots=calendar.roots).connect(calendar.server(**change))
    layers = connection.check()
    names = list(layers)
    failed = layers[layer]
    assert failed["state"] == "refused" and failed["fix"] and word in failed["detail"], layers
    assert all(layers[name]["state"] == "ok" for name in names[:names.index(layer)])
    assert all(layers[name]["state"] == "skipped" for name in names[names.index(layer) + 1:])


def test_the_doctor_sends_no_password_by_a_method_that_is_not_offered(make, couriers):
    calendar = kinds.Ews(make, methods=["NTLM"])
    layers = couriers(roots=calendar.roots).connect(calendar.server(method=1)).check()
    assert layers["methods"]["state"] == "refused" and "--method ntlm" in layers["methods"]["fix"]
    assert not any(entry["credential"] for entry in calendar.server_side.journal())


def test_the_doctor_writes_only_when_asked(make, couriers):
    calendar = kinds.Ews(make)
    connection = couriers(roots=calendar.roots).connect(calendar.server())
    connection.check()
    assert "CreateItem" not in calendar.requests()
    layer = connection.check(probe=True)["probe"]
    assert layer["state"] == "ok" and "deleted" in layer["detail"]
    assert {"CreateItem", "DeleteItem"} <= set(calendar.requests())
    assert not [item for item in calendar.items() if item["Folder"] == "calendar"]
    calendar.server_side.misbehave("deny", operation="CreateItem")
    layer = connection.check(probe=True)["probe"]
    assert layer["state"] == "refused" and "Add-MailboxFolderPermission" in layer["fix"]


@pytest.mark.parametrize("right,states,word", [
    ("none", {"mailbox": "warn", "rights": "warn", "free/busy": "refused"}, "AvailabilityOnly"),
    ("free-busy", {"mailbox": "warn", "rights": "warn", "free/busy": "ok"}, "Editor"),
    ("reviewer", {"mailbox": "ok", "rights": "warn", "free/busy": "ok"}, "Editor"),
    ("editor", {"mailbox": "ok", "rights": "ok", "free/busy": "ok"}, "")])
def test_the_doctor_names_the_right_that_is_missing(make, couriers, right, states, word):
    bea = "bea@practice.example"
    server = make.practice(kit.person("anna@practice.example"), kit.person(bea, rights={"default": right}))
    layers = couriers(roots=server.trusted).connect({
        "kind": 0, "host": "localhost", "port": server.port, "path": "/EWS/Exchange.asmx", "method": 0,
        "user": "PRACTICE\\anna", "password": kit.PASSWORD, "mailbox": bea}).check()
    assert {name: layers[name]["state"] for name in states} == states, layers
    fixes = " ".join(layers[name]["fix"] for name in states)
    assert word in fixes and (not word or f"'{bea}:\\Calendar' -User 'PRACTICE\\anna'" in fixes)


def test_the_doctor_warns_of_clocks_that_differ(make, couriers):
    calendar = kinds.Ews(make, skew=-900, methods=["Basic"])
    layers = couriers(roots=calendar.roots).connect(calendar.server(method=1)).check()
    assert layers["clock"]["state"] == "warn" and "behind" in layers["clock"]["detail"]
    assert "w32tm" in layers["clock"]["fix"]


# ---- children ----

def test_a_child_that_dies_takes_nobody_along(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    one, other = courier.connect(calendar.server()), courier.connect(calendar.server())
    zygote = zygote_of(courier)
    first = sorted(kit.children(zygote))[0]
    os.kill(first, signal.SIGSEGV)
    kit.wait_until("the child is gone", lambda: first not in kit.children(zygote))
    assert refused(one, day).status == "closed"
    assert ask(other, day) == []
    assert ask(courier.connect(calendar.server()), day) == []
    assert "crashed" in courier.log()


def test_a_closed_channel_ends_its_child_even_in_a_job(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    calendar.fail("slow")
    connection = courier.connect(calendar.server())
    assert refused(connection, day, timeout_ms=800).status == "timeout"
    zygote = zygote_of(courier)
    assert len(kit.children(zygote)) == 1
    connection.close()
    kit.wait_until("the child is gone", lambda: not kit.children(zygote), 5)


def test_only_the_vault_may_ask_for_events(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    doctor = courier.connect(calendar.server(), by="control")
    assert refused(doctor, day).status == "closed"
    assert calendar.requests() == []


def test_a_child_opens_once_and_first(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    connection = courier.connect(calendar.server())
    with pytest.raises(driver.Refused) as caught:
        connection.ask("open", server=calendar.server())
    assert caught.value.status == "closed"
    child = courier.say(to="vault", ask="spawn")["child"]
    assert refused(driver.Connection(courier, child), day).status == "closed"


def test_the_zygote_and_other_children_hold_no_password(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    courier.connect(calendar.server(user="PRACTICE\\bea", mailbox="bea@practice.example"))
    before = set(kit.children(zygote_of(courier)))
    connection = courier.connect(calendar.server(password="Another-Secret-31"))
    refused(connection, day)
    zygote = zygote_of(courier)
    secrets = (kit.PASSWORD.encode(), b"Another-Secret-31")
    assert kit.remembers(zygote, *secrets) == set()
    other = next(iter(before))
    assert kit.remembers(other, secrets[1]) == set()
    assert "Another-Secret-31" not in courier.log()


def test_many_children_serve_side_by_side(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    connections = [courier.connect(calendar.server()) for _ in range(30)]
    assert all(ask(connection, day) == [] for connection in connections)
    assert len(kit.children(zygote_of(courier))) == 30
