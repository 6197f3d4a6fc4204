# SPDX-License-Identifier: ISC
"""How the courier gets to a server: addresses, proxies, and the keys of certificates."""
import base64
import hashlib
import os
import subprocess
import sys

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position
from counterpart import namespace, programs, proxies  # noqa: E402  pylint: disable=wrong-import-position

SIGN_INS = [None, "basic", "digest"]
METADATA = "169.254.169.254"


@pytest.fixture(name="day")
def fixture_day():
    return kit.day_after(3)


def ask(connection, day):
    return connection.busy(kit.at(day, 0), kit.at(day, 23))


def refused(connection, day):
    with pytest.raises(driver.Refused) as caught:
        ask(connection, day)
    return caught.value


def described(proxy, method=None, **more):
    """Return a proxy as the wire has it."""
    port = int(proxy.url.rpartition(":")[2])
    user = {"user": proxies.USER, "password": proxies.PASSWORD} if method else {}
    return {"host": "127.0.0.1", "port": port, "method": SIGN_INS.index(method), **user, **more}


@pytest.fixture(name="squid", params=SIGN_INS)
def fixture_squid(request):
    programs.need(*proxies.SQUID_NEEDED)
    with proxies.Squid(request.param) as proxy:
        proxy.method = request.param
        yield proxy


# ---- addresses ----

@pytest.fixture(name="two_addresses")
def fixture_two_addresses(make):
    """localhost has two addresses, whatever this machine's /etc/hosts says."""
    with namespace.Namespace({"/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n"}):
        yield
        make.end()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives localhost addresses")
@pytest.mark.usefixtures("two_addresses")
@pytest.mark.parametrize("networks", [("127.0.0.0/8",), ("::1/128",)])
def test_a_name_is_tried_at_each_address_that_may_be_called(make, couriers, day, networks):
    calendar = kinds.Ews(make)
    connection = couriers(roots=calendar.roots, networks=networks).connect(calendar.server())
    if networks == ("127.0.0.0/8",):
        assert ask(connection, day) == []
    else:  # nobody listens at ::1, and that is what the line says
        assert refused(connection, day).where == "tcp"


# ---- proxies ----

def test_squid_is_gone_through_by_the_chosen_method(make, couriers, day, squid):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots, networks=(), proxy=described(squid, squid.method))
    connection = courier.connect(calendar.server())
    assert ask(connection, day) == []
    ref = connection.create("by-proxy", kit.at(day, 9), kit.at(day, 10))
    assert ref["id"] and len(calendar.events_of("by-proxy")) == 1
    layers = connection.check()
    assert {layer["state"] for layer in layers.values()} <= {"ok"}, layers
    assert "the proxy" in layers["dns"]["detail"]
    assert any("CONNECT localhost" in line for line in squid.seen())


@pytest.mark.parametrize("squid", ["basic", "digest"], indirect=True)
def test_a_wrong_proxy_password_is_named_and_does_not_count_as_a_sign_in(make, couriers, day, squid):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots, networks=(),
                       proxy=described(squid, squid.method, password="wrong"))
    connection = courier.connect(calendar.server())
    failure = refused(connection, day)
    assert failure.status == "unreachable" and failure.where == "proxy" and "407" in failure.what
    with pytest.raises(driver.Refused) as caught:
        connection.create("by-proxy", kit.at(day, 9), kit.at(day, 10))
    assert caught.value.status == "unreachable", "it never left, so it is not uncertain"
    layers = connection.check()
    assert layers["tcp"]["state"] == "refused" and "proxy_user" in layers["tcp"]["fix"], layers
    assert calendar.requests() == []


@pytest.mark.parametrize("squid", ["basic"], indirect=True)
def test_no_weaker_proxy_method_is_taken(make, couriers, day, squid):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots, proxy=described(squid, "digest"))
    assert refused(courier.connect(calendar.server()), day).where == "proxy"


@pytest.mark.parametrize("squid", [None], indirect=True)
def test_what_a_proxy_cannot_reach_is_said(make, couriers, day, squid):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots, networks=(), proxy=described(squid))
    failure = refused(courier.connect(calendar.server(host="no-such-host.invalid")), day)
    assert failure.where == "proxy" and "cannot reach" in failure.what, failure
    for host in (METADATA, "127.0.0.1"):  # an address is checked here, whoever connects
        with pytest.raises(driver.Refused) as caught:
            courier.connect(calendar.server(host=host))
        assert caught.value.where == "address"


def test_a_proxy_that_is_not_there_is_said(make, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots, proxy={"host": "127.0.0.1", "port": 9})
    connection = courier.connect(calendar.server())
    assert refused(connection, day).where == "proxy"
    assert connection.check()["tcp"]["state"] == "refused"


# ---- keys of certificates ----

def pin_of(path):
    key = subprocess.run(["openssl", "x509", "-in", path, "-noout", "-pubkey"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.stdout, check=True,
                         capture_output=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def pins(*values):
    return [{"sha256": {"base64": value}} for value in values]


OTHER = base64.b64encode(bytes(32)).decode()


def test_a_pin_is_one_key_of_the_chain(make, authority, good, couriers, day):
    calendar = kinds.Ews(make)
    courier = couriers(roots=calendar.roots)
    leaf, root = pin_of(good[0]), pin_of(authority.certificate)
    for right in (pins(leaf), pins(OTHER, leaf), pins(root)):
        assert ask(courier.connect(calendar.server(pins=right)), day) == []
    detail = courier.connect(calendar.server()).check()["certificate"]["detail"]
    assert f"sha256/{leaf}" in detail and "Practice root" in detail


def test_another_key_is_refused_by_name_before_a_credential_leaves(make, good, couriers, day):
    calendar = kinds.Ews(make)
    connection = couriers(roots=calendar.roots).connect(calendar.server(pins=pins(OTHER), method=1))
    failure = refused(connection, day)
    assert failure.status == "tls-refused" and "pinned" in failure.what and pin_of(good[0]) in failure.what
    layer = connection.check()["tls"]
    assert layer["state"] == "refused" and "replace the pin" in layer["fix"]
    assert calendar.requests() == []


def test_a_pin_does_not_replace_verification(make, authority, couriers, day):
    certificate = authority.issue("self_signed")
    calendar = kinds.Ews(make, certificate=certificate)
    connection = couriers(roots=calendar.roots).connect(calendar.server(pins=pins(pin_of(certificate[0]))))
    assert "self-signed" in refused(connection, day).what


def test_the_doctor_warns_before_a_certificate_ends(make, authority, couriers):
    calendar = kinds.Ews(make, certificate=authority.issue("ends_soon"))
    layers = couriers(roots=calendar.roots).connect(calendar.server()).check()
    assert layers["certificate"]["state"] == "warn" and "renew" in layers["certificate"]["fix"]
    assert "ends in " in layers["certificate"]["detail"]
    assert layers["free/busy"]["state"] == "ok"
