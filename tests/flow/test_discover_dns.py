# SPDX-License-Identifier: ISC
"""Autodiscover in a network of its own: names from a DNS server, ports 443 and 80, the documented order to its end."""
import contextlib
import os
import sys
import time

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import kinds  # noqa: E402  pylint: disable=wrong-import-position
from counterpart import names, namespace  # noqa: E402  pylint: disable=wrong-import-position

ANNA = "anna@practice.example"
MAIL, SUB, HOSTER = "mail.practice.example", "autodiscover.practice.example", "mail.hoster.example"
EWS = f"https://{MAIL}/EWS/Exchange.asmx"
SRV = "_autodiscover._tcp.practice.example"
RESOLV = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\nsearch .\n"
HERE = ["127.0.0.1"]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a network of its own")


class World:
    """A DNS server at port 53, a practice Exchange at 443 and 80, a courier that asks them."""

    def __init__(self, stack, make, couriers, authority, records, sites, **options):
        stack.enter_context(namespace.Namespace({"/etc/resolv.conf": RESOLV}))
        self.dns = stack.enter_context(names.Dns(
            {(name if isinstance(data[0], str) else SRV, "A" if isinstance(data[0], str) else "SRV"): data
             for name, data in records.items()}, port=53, silent=options.pop("silent", False)))
        self.server = make.practice(
            kit.person(ANNA), certificate=authority.issue("good"), pki=authority.folder, port=443, plain_port=80,
            sites={MAIL: {"serves": "exchange"}, **sites},
            discovery={"ews": EWS, "plain": {"nobody.example": EWS}, **options})
        self.courier = couriers(roots=authority.certificate, networks=("127.0.0.0/8",))

    def discover(self, *consents):
        connection = self.courier.connect({"kind": 0, "method": kinds.METHODS["ntlm"], "user": "PRACTICE\\anna",
                                           "password": kit.PASSWORD, "mailbox": ANNA})
        found = connection.ask("discover", timeout_ms=40000, consents=[{"domain": one} for one in consents])
        self.never_beyond(*consents)
        return found

    def asked(self):
        """Return the names that were asked for, each once, in order."""
        return list(dict.fromkeys(name for name, _ in self.dns.seen))

    def never_beyond(self, *consents):
        """No name outside the mailbox's own domain was even looked up."""
        within = ("practice.example", *consents)
        beyond = [name for name in self.asked() if not any(
            name == domain or name.endswith("." + domain) for domain in within)]
        assert not beyond, beyond

    def trusted_with_a_credential(self):
        return {entry["host"].partition(":")[0] for entry in self.server.journal() if entry["credential"]}


@pytest.fixture(name="world")
def fixture_world(make, couriers, authority):
    with contextlib.ExitStack() as stack:
        yield lambda records, sites=None, **more: World(stack, make, couriers, authority, records, sites or {}, **more)
        make.end()  # what was started in there ends in there


def test_the_whole_order_ends_at_the_service_record(world):
    here = world({"practice.example": HERE, MAIL: HERE, SRV: [(0, 5, 443, MAIL)]},
                 {"practice.example": {"serves": "website"}})
    found = here.discover()
    assert (found["host"], found["port"], found["path"]) == (MAIL, 443, "/EWS/Exchange.asmx"), found
    assert here.asked() == ["practice.example", SUB, SRV, MAIL]
    assert here.trusted_with_a_credential() == {MAIL}
    said = [layer["detail"].split(": ")[0] for layer in found["layers"]]
    assert said[:6] == [f"https://practice.example:443/autodiscover/autodiscover.{end}" for end in ("svc", "xml")] + [
        f"https://{SUB}:443/autodiscover/autodiscover.{end}" for end in ("svc", "xml")] + [
        f"http://{SUB}/autodiscover/autodiscover.xml", f"https://{MAIL}:443/autodiscover/autodiscover.xml"], said


def test_nothing_is_found_and_no_parent_is_asked(world):
    here = world({MAIL: HERE, "example": HERE, "autodiscover.example": HERE},
                 {"example": {"serves": "trap"}, "autodiscover.example": {"serves": "trap"}})
    found = here.discover()
    assert not found["host"] and "no server was found" in found["layers"][-1]["detail"]
    assert here.asked() == ["practice.example", SUB, SRV]
    assert any("no SRV record" in layer["detail"] for layer in found["layers"])
    assert here.server.journal() == []


def test_the_plain_redirect_comes_before_the_service_record(world):
    here = world({SUB: HERE, MAIL: HERE, HOSTER: HERE, SRV: [(0, 0, 443, HOSTER)]},
                 {SUB: {"serves": "nothing"}, HOSTER: {"serves": "trap"}},
                 plain={SUB: f"https://{MAIL}/autodiscover/autodiscover.xml"})
    assert here.discover()["host"] == MAIL
    assert SRV not in here.asked() and here.trusted_with_a_credential() == {MAIL}


def test_a_service_record_into_another_domain_wants_consent(world):
    here = world({HOSTER: HERE, MAIL: HERE, SRV: [(0, 0, 443, HOSTER)]}, {HOSTER: {"serves": "exchange"}})
    found = here.discover()
    assert found["asks"] == HOSTER and not found["host"]
    assert HOSTER not in here.asked() and here.server.journal() == []
    assert here.discover("hoster.example")["host"] == MAIL
    assert HOSTER in here.trusted_with_a_credential()


@pytest.mark.parametrize("records", [
    [(10, 0, 443, "worse.practice.example"), (0, 1, 443, "light.practice.example"), (0, 9, 443, MAIL)],
    [(0, 0, 443, "."), (5, 0, 443, MAIL)]], ids=["priority and weight", "the root is no target"])
def test_the_record_of_lowest_priority_is_followed(world, records):
    here = world({MAIL: HERE, SRV: records})
    assert here.discover()["host"] == MAIL
    assert here.asked()[-1] == MAIL


def test_a_service_record_with_a_wrong_certificate_gets_nothing(world):
    here = world({"other.practice.example": HERE, MAIL: HERE, SRV: [(0, 0, 443, "other.practice.example")]},
                 {"other.practice.example": {"serves": "trap", "certificate": "wrong_name"}})
    found = here.discover()
    assert not found["host"] and any("another name" in layer["detail"] for layer in found["layers"])
    assert here.trusted_with_a_credential() == set()


def test_a_name_server_that_says_nothing_is_waited_for_within_reason(world):
    here = world({MAIL: HERE}, silent=True)
    began = time.monotonic()
    found = here.discover()
    assert not found["host"] and time.monotonic() - began < 35
    assert here.server.journal() == []
