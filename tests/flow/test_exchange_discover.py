# SPDX-License-Identifier: ISC
"""Autodiscover as the operator meets it: names and ports as they are in the world, reached through the operator's
proxy (a switchboard to one practice Exchange with many sites). No credential before certificate and domain are
right, no other domain without consent."""
import json
import urllib.parse

import pytest

import kit
from counterpart import proxies

ANNA = "anna@practice.example"
EWS = "https://mail.practice.example/EWS/Exchange.asmx"
PATH = "/autodiscover/autodiscover.xml"


class World:
    """A practice Exchange with the given sites, a switchboard to them, an hourgate that goes through it."""

    def __init__(self, make, authority, sites, lines=(), plain=(), addresses=()):
        self.practice = make.practice(
            kit.person(ANNA), kit.person("old@practice.example"), pki=authority.folder,
            sites={"mail.practice.example": {}, **sites},
            discovery={"ews": EWS, "addresses": dict(addresses), "plain": dict(plain) or {"nobody.example": EWS}})
        port = urllib.parse.urlsplit(self.practice.plain).port
        self.board = proxies.Switchboard(
            {f"{host}:443": self.practice.port for host in ["mail.practice.example", *sites]}
            | {f"{host}:80": port for host in lines})
        self.hourgate = make.hourgate(settings={"upstream.proxy": self.board.url})

    def check(self, *words, email=ANNA, method="ntlm", password=kit.PASSWORD):
        self.practice.forget()
        return self.hourgate.run("check", "exchange", "--email", email, "--user", ANNA, "--method", method,
                                 "--password-stdin", *words, stdin=password + "\n")

    def credentials(self):
        """Return the hosts to which a credential went, as often as it did."""
        return [entry["host"].partition(":")[0] for entry in self.practice.journal() if entry["credential"]]


@pytest.fixture(name="world")
def fixture_world(make, authority):
    made = []

    def start(sites, **more):
        made.append(World(make, authority, sites, **more))
        return made[-1]
    yield start
    for one in made:
        one.board.stop()


def found(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("method", ["ntlm", "basic"])
def test_the_domain_itself_knows(world, method):
    made = world({"practice.example": {}})
    assert "mail.practice.example" in found(made.check(method=method))
    assert made.board.seen[0] == "practice.example:443"
    assert set(made.credentials()) <= {"practice.example", "mail.practice.example"}


@pytest.mark.parametrize("root", [
    {}, {"practice.example": {"serves": "website"}}, {"practice.example": {"serves": "nothing"}},
    {"practice.example": {"certificate": "wrong_name"}}, {"practice.example": {"certificate": "self_signed"}},
], ids=["nobody", "a website", "nothing", "wrong certificate", "self-signed"])
def test_the_host_autodiscover_knows(world, root):
    made = world({**root, "autodiscover.practice.example": {}})
    found(made.check())
    assert set(made.credentials()) <= {"autodiscover.practice.example", "mail.practice.example"}


def test_a_website_that_asks_for_passwords_gets_none_by_another_method(world):
    made = world({"practice.example": {"serves": "trap"}, "autodiscover.practice.example": {}})
    made.check()
    assert made.credentials().count("practice.example") <= 1  # within the mailbox's own domain, once


def test_soap_is_asked_first_and_pox_where_there_is_no_soap(world):
    made = world({"autodiscover.practice.example": {}})
    found(made.check())
    assert "GetUserSettings" in [entry["operation"] for entry in made.practice.journal()]
    made.practice.misbehave("http_500", operation="GetUserSettings")
    found(made.check())
    assert "Autodiscover" in [entry["operation"] for entry in made.practice.journal()]


def test_the_plain_redirect_gets_no_credential(world):
    made = world({}, lines=["autodiscover.practice.example"],
                 plain={"autodiscover.practice.example": f"https://mail.practice.example{PATH}"})
    found(made.check())
    assert "autodiscover.practice.example:80" in made.board.seen
    assert set(made.credentials()) == {"mail.practice.example"}


def test_another_domain_only_with_consent(world):
    made = world({"mail.hoster.example": {}}, lines=["autodiscover.practice.example"],
                 plain={"autodiscover.practice.example": f"https://mail.hoster.example{PATH}"})
    refused = made.check()
    assert refused.returncode == 1 and "--consent mail.hoster.example" in refused.stdout + refused.stderr
    assert made.credentials() == []
    found(made.check("--consent", "mail.hoster.example"))
    assert "mail.hoster.example" in made.credentials()


def test_a_trap_gets_nothing(world):
    made = world({"trap.example": {"serves": "trap"}}, lines=["autodiscover.practice.example"],
                 plain={"autodiscover.practice.example": f"https://trap.example{PATH}"})
    assert made.check().returncode == 1
    assert made.credentials() == []


def test_redirects_to_another_address(world):
    made = world({"practice.example": {}}, addresses={"old@practice.example": {"redirect_address": ANNA}})
    assert ANNA in found(made.check(email="old@practice.example"))


def test_redirects_in_a_circle_end(world):
    made = world({"practice.example": {}}, addresses={
        "old@practice.example": {"redirect_address": "older@practice.example"},
        "older@practice.example": {"redirect_address": "old@practice.example"}})
    assert made.check(email="old@practice.example").returncode == 1
    assert len(made.credentials()) < 25


def test_exchange_online_is_explained(world):
    made = world({"practice.example": {}}, addresses={ANNA: {"online": True}})
    done = made.check()
    assert done.returncode == 1
    assert "Exchange Online" in done.stdout + done.stderr and "Graph" in done.stdout + done.stderr


def test_a_parent_domain_is_never_asked(world):
    made = world({"example": {"serves": "trap"}, "autodiscover.example": {"serves": "trap"}})
    made.check()
    assert not {"example:443", "autodiscover.example:443", "autodiscover.example:80"} & set(made.board.seen)


def test_a_refused_sign_in_ends_the_search(world):
    made = world({"practice.example": {}, "autodiscover.practice.example": {}})
    done = made.check(password="Wrong-But-Secret-31")
    assert done.returncode == 1 and "Wrong-But-Secret-31" not in done.stdout + done.stderr
    refused = [entry for entry in made.practice.journal() if entry["credential"] and entry["status"] == 401]
    assert len(refused) == 1


def test_a_connection_is_added_by_address_alone(world):
    made = world({"autodiscover.practice.example": {}})
    made.hourgate.serve()
    made.hourgate.command("account", "add", "acme", "--name", "Acme AG")
    made.hourgate.command("user", "add", "acme", ANNA, "--name", "Anna Host", "--zone", kit.ZONE)
    made.hourgate.command("connection", "add", "acme", ANNA, "--discover", "--user", ANNA, "--password-stdin",
                          stdin=kit.PASSWORD + "\n")
    row, = kit.rows(made.hourgate.listed("connection", "list", "acme"))
    assert row["server"] == "mail.practice.example", json.dumps(row)
    made.hourgate.page()
    assert made.hourgate.visitor().book(kit.at(kit.day_after(3), 10)).status == 201
    assert len(made.practice.bookings(ANNA)) == 1
