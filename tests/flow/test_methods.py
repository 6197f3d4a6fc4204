# SPDX-License-Identifier: ISC
"""Signing in by Kerberos (a real KDC, Apache with mod_auth_gssapi) and by bearer token; and what NTLM cannot."""
import base64
import contextlib
import socket
import sys
import time

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position
from counterpart import kerberos, programs, proxies, verifier  # noqa: E402  pylint: disable=wrong-import-position

CLIENTS = {"app": {"secret": "s3cret-of-the-app", "roles": ["full_access_as_app"]}}
NEGOTIATE, BEARER = kinds.METHODS["negotiate"], kinds.METHODS["bearer"]


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def ask(connection, day, **more):
    return connection.busy(kit.at(day, 0), kit.at(day, 23), **more)


def refused(connection, day):
    with pytest.raises(driver.Refused) as caught:
        ask(connection, day)
    return caught.value


# ---- Kerberos ----

class Realm:
    """A KDC, an Apache that takes its tickets, a practice Exchange behind it, and a courier that knows them."""

    def __init__(self, stack, make, couriers, good, **kdc):
        self.calendar = kinds.Ews(make, trusted_header=kerberos.HEADER, methods=["NTLM", "Basic"])
        self.kdc = stack.enter_context(kerberos.Kdc({"anna": kit.PASSWORD}, **kdc))
        self.apache = stack.enter_context(kerberos.Apache(
            self.kdc, self.calendar.server_side, good, self.calendar.roots))
        self.couriers = couriers
        self.courier = self.start()

    def start(self, **more):
        return self.couriers(roots=self.calendar.roots, krb5=str(self.kdc.config), **more)

    def connect(self, **more):
        port = int(self.apache.url.split(":")[2].split("/")[0])
        return self.courier.connect(self.calendar.server(
            port=port, method=NEGOTIATE, **{"user": "PRACTICE\\anna", **more}))


@pytest.fixture(name="realms")
def fixture_realms(make, couriers, good):
    programs.need(*kerberos.NEEDED, *kerberos.APACHE_NEEDED)
    with contextlib.ExitStack() as stack:
        yield lambda **kdc: Realm(stack, make, couriers, good, **kdc)


def test_a_password_becomes_a_ticket_and_the_ticket_opens_the_mailbox(realms, day):
    realm = realms()
    for user in ("PRACTICE\\anna", "anna@practice.example", "anna", "PRACTICE.EXAMPLE\\anna"):
        connection = realm.connect(user=user)
        assert ask(connection, day) == []
    ref = connection.create("by-ticket", kit.at(day, 9), kit.at(day, 10))
    assert ref["id"] and len(realm.calendar.events_of("by-ticket")) == 1
    layers = connection.check()
    assert {layer["state"] for layer in layers.values()} == {"ok"}, layers
    assert "negotiate" in layers["methods"]["detail"]
    assert all(entry["scheme"] == "header" for entry in realm.calendar.server_side.journal()
               if entry["user"])


def test_a_keytab_serves_without_a_password(realms, day):
    realm = realms()
    keytab = {"base64": base64.b64encode(realm.kdc.keytab("anna", change=False).read_bytes()).decode()}
    connection = realm.connect(password="", keytab=keytab)
    assert ask(connection, day) == []
    for wrong in (b"", b"\x05\x01rubbish", b"\x05\x02\x00\x00\x00\xffshort", b"\x05\x02"):
        with pytest.raises(driver.Refused) as caught:
            realm.connect(password="", keytab={"base64": base64.b64encode(wrong).decode()})
        assert caught.value.status == "invalid"


@pytest.mark.parametrize("change,status,word", [
    ({"password": "wrong"}, "sign-in-refused", "refuses the password"),
    ({"user": "nobody@practice.example"}, "sign-in-refused", "no such user"),
    ({"user": "anna@elsewhere.example"}, "unreachable", "KDC"),
    ({"host": "127.0.0.1"}, "not-found", "HTTP service"),
])
def test_what_kerberos_refuses_is_said_precisely(realms, day, change, status, word):
    realm = realms()
    connection = realm.connect(**change)
    failure = refused(connection, day)
    assert failure.status == status and failure.where == "kerberos" and word in failure.what, failure
    layer = connection.check()["sign-in"]
    assert layer["state"] == "refused" and layer["fix"] and word in layer["detail"]
    assert not any(entry["credential"] for entry in realm.calendar.server_side.journal())


def test_tickets_that_end_are_renewed(realms, day):
    realm = realms(lifetime="8s")
    connection = realm.connect()
    for _ in range(3):
        connection.create(f"at-{time.time()}", kit.at(day, 9), kit.at(day, 10))  # takes a fresh connection
        time.sleep(5)
    assert len(ask(connection, day)) == 1


def test_a_kdc_that_is_gone_is_said(realms, day):
    realm = realms()
    realm.kdc.process.kill()
    realm.kdc.process.wait()
    failure = refused(realm.connect(), day)
    assert failure.status == "unreachable" and "no KDC" in failure.what


@contextlib.contextmanager
def silent(port):
    """Take what is sent to a port, by UDP and TCP, and never answer."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind(("127.0.0.1", port))
        tcp.bind(("127.0.0.1", port))
        tcp.listen()
        yield


def test_a_kdc_that_swallows_packets_is_named_within_the_deadline(realms, day):
    realm = realms()
    connection = realm.connect()
    realm.kdc.process.kill()
    realm.kdc.process.wait()
    with silent(realm.kdc.port):
        for job in (lambda: connection.ask("busy", timeout_ms=4000, **{
                "from": driver.seconds(kit.at(day, 0)), "to": driver.seconds(kit.at(day, 23))}),
                    lambda: realm.connect().ask("create", timeout_ms=4000, event={
                        "uid": "x", "start": driver.seconds(kit.at(day, 9)),
                        "end": driver.seconds(kit.at(day, 10)),
                        "zone": "UTC", "title": "x"})):
            began = time.monotonic()
            with pytest.raises(driver.Refused) as caught:
                job()
            assert time.monotonic() - began < 4.5, "not within the deadline"
            assert caught.value.status == "unreachable" and caught.value.where == "kerberos", caught.value
            assert "no KDC" in caught.value.what and "port 88" in caught.value.what
    assert not any(entry["operation"] for entry in realm.calendar.server_side.journal())


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_clocks_that_differ_are_named_with_the_fix(realms, day, skew):
    """The KDC's clock is wrong, and krb5.conf says not to follow it."""
    realm = realms(skew=skew, timesync=False)
    failure = refused(realm.connect(), day)
    assert failure.where == "kerberos" and "clocks" in failure.what, failure
    layer = realm.connect().check()["sign-in"]
    assert layer["state"] == "refused" and "w32tm" in layer["fix"] + layer["detail"]


def test_a_kdc_with_another_clock_than_exchange_is_hinted_at(realms, day):
    """We follow the KDC's clock, as is usual: then it is the server that refuses its tickets."""
    realm = realms(skew=900)
    failure = refused(realm.connect(), day)
    assert failure.status == "sign-in-refused" and "the KDC gave a ticket" in failure.what, failure
    assert "clocks" in realm.connect().check()["sign-in"]["fix"]


# ---- bearer tokens ----

class Hybrid:
    """A practice Exchange that takes tokens, which it issues itself, as AD FS would."""

    def __init__(self, make, couriers, **oauth):
        self.calendar = kinds.Ews(make, oauth={"clients": CLIENTS, **oauth})
        self.courier = couriers(roots=self.calendar.roots)

    def connect(self, client="app", **more):
        port = self.calendar.server_side.port
        return self.courier.connect(self.calendar.server(**{
            "method": BEARER, "user": "", "password": CLIENTS["app"]["secret"],
            "impersonate": self.calendar.address, "mailbox": "",
            "token_server": {"host": "localhost", "port": port, "path": "/adfs/oauth2/token",
                             "client_id": client, "scope": f"https://localhost:{port}/.default"}, **more}))

    def tokens(self):
        return self.calendar.requests().count("Token")


def test_a_token_opens_the_mailbox_and_is_kept(make, couriers, day):
    hybrid = Hybrid(make, couriers)
    connection = hybrid.connect()
    assert ask(connection, day) == []
    ref = connection.create("by-token", kit.at(day, 9), kit.at(day, 10))
    assert ref["id"] and hybrid.tokens() == 1
    layers = connection.check()
    assert {layer["state"] for layer in layers.values()} == {"ok"}, layers
    anchors = {entry["anchor"] for entry in hybrid.calendar.server_side.journal()
               if entry["operation"] != "Token" and entry["user"]}
    assert anchors == {hybrid.calendar.address}


@pytest.mark.parametrize("change,word", [({"password": "wrong"}, "invalid_client"),
                                         ({"client": "nobody"}, "refuses the client")])
def test_a_refused_client_is_said(make, couriers, day, change, word):
    hybrid = Hybrid(make, couriers)
    failure = refused(hybrid.connect(**change), day)
    assert failure.status == "sign-in-refused" and failure.where == "token server", failure
    assert word in failure.what and "wrong" not in failure.what
    assert hybrid.tokens() == 1


def test_a_refused_token_is_not_got_again(make, couriers, day):
    hybrid = Hybrid(make, couriers)
    hybrid.calendar.server_side.misbehave("token_wrong_audience", operation="Token")
    failure = refused(hybrid.connect(), day)
    assert failure.status == "sign-in-refused" and "refuses it" in failure.what
    assert hybrid.tokens() == 1


def test_a_token_that_ended_is_replaced_once(make, couriers, day):
    hybrid = Hybrid(make, couriers)
    hybrid.calendar.server_side.misbehave("token_expired", operation="Token", count=1)
    connection = hybrid.connect()
    assert ask(connection, day) == [] and hybrid.tokens() == 2
    hybrid.calendar.server_side.misbehave("token_expired", operation="Token")
    assert refused(hybrid.connect(), day).status == "sign-in-refused"
    assert hybrid.tokens() == 4


def test_no_other_method_is_taken_where_bearer_is_not_offered(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    connection = courier.connect(calendar.server(
        method=BEARER, token_server={"host": "localhost", "port": calendar.server_side.port,
                                     "path": "/adfs/oauth2/token", "client_id": "app"}))
    refused(connection, day)
    layer = connection.check()["methods"]
    assert layer["state"] == "refused" and "no bearer" in layer["detail"] and "--method" in layer["fix"]
    assert not any(entry["credential"] for entry in calendar.server_side.journal())


# ---- other people's servers in front ----

def port_of(url):
    return int(url.split(":")[2].split("/")[0])


def test_ntlm_is_what_impacket_verifies(make, couriers, day, good):
    programs.need(*verifier.NEEDED)
    calendar = kinds.Ews(make, trusted_header=kerberos.HEADER, methods=["NTLM", "Basic"])
    courier = couriers(roots=calendar.roots)
    with verifier.NtlmServer(make.folder / "ntlm", calendar.server_side, good, calendar.roots,
                             kerberos.HEADER, {"anna": kit.PASSWORD}) as server:
        connection = courier.connect(calendar.server(port=server.port))
        assert ask(connection, day) == []
        ref = connection.create("by-impacket", kit.at(day, 9), kit.at(day, 10))
        assert ref["id"] and len(calendar.events_of("by-impacket")) == 1
        wrong = courier.connect(calendar.server(port=server.port, password="wrong"))
        assert refused(wrong, day).status == "sign-in-refused"


@pytest.mark.parametrize("buffering", [True, False])
def test_nginx_in_front_with_small_buffers(make, couriers, day, good, buffering):
    programs.need(*proxies.NGINX_NEEDED)
    calendar = kinds.Ews(make, [kit.event("x", kit.at(day, 8), 10)] * 300)
    courier = couriers(roots=calendar.roots)
    with proxies.Nginx(calendar.server_side, good, buffering) as server:
        connection = courier.connect(calendar.server(port=port_of(server.url), method=1))
        assert len(ask(connection, day)) == len(ask(connection, day, own_uid="nobody")) == 1
        connection.create("by-nginx", kit.at(day, 9), kit.at(day, 10))
        assert len(calendar.events_of("by-nginx")) == 1
        ntlm = courier.connect(calendar.server(port=port_of(server.url)))
        assert refused(ntlm, day).status == "sign-in-refused"  # it mixes connections


# ---- Extended Protection ----

def test_extended_protection_is_named_with_what_to_do(make, couriers, day):
    calendar = kinds.Ews(make, extended_protection="require")
    courier = couriers(roots=calendar.roots)
    connection = courier.connect(calendar.server())
    failure = refused(connection, day)
    assert failure.status == "sign-in-refused" and "Extended Protection" in failure.what
    layer = connection.check()["sign-in"]
    assert "ExtendedProtectionTokenChecking" in layer["fix"] and "Set-WebServices" in layer["fix"]
    assert ask(courier.connect(calendar.server(method=1)), day) == []  # Basic works
