# SPDX-License-Identifier: ISC
"""Autodiscover: where a mailbox's server is found, in which order, and what never happens on the way."""
import sys

import kit
import pytest

sys.path.insert(0, str(kit.ROOT / "tests/flow/conformance"))
import driver  # noqa: E402  pylint: disable=wrong-import-position
import kinds  # noqa: E402  pylint: disable=wrong-import-position
from counterpart import proxies  # noqa: E402  pylint: disable=wrong-import-position

ANNA = "anna@practice.example"
APEX, SUB, OTHER = "practice.example", "autodiscover.practice.example", "mail.hoster.example"
EWS = "https://mail.practice.example/EWS/Exchange.asmx"


class World:
    """A practice Exchange that plays several host names, behind a switchboard that leads to it."""

    def __init__(self, make, couriers, authority, sites, discovery=None, lines=(), **options):
        server = make.practice(
            kit.person(ANNA), kit.person("bea@practice.example"), certificate=authority.issue("good"),
            sites=sites, discovery={"ews": EWS, **(discovery or {})}, pki=authority.folder, **options)
        self.server, self.board = server, proxies.Switchboard(
            {f"{host}:443": server.port for host in (*sites, *lines)})
        port = int(self.board.url.rpartition(":")[2])
        self.courier = couriers(roots=authority.certificate, networks=(),
                                proxy={"host": "127.0.0.1", "port": port})

    def discover(self, *consents, mailbox=ANNA, **more):
        connection = self.courier.connect({
            "kind": 0, "method": kinds.METHODS["ntlm"], "user": "PRACTICE\\anna", "password": kit.PASSWORD,
            "mailbox": mailbox, **more})
        return connection.ask("discover", timeout_ms=40000,
                              consents=[{"domain": one} for one in consents])

    def with_credential(self):
        return [entry for entry in self.server.journal() if entry["credential"]]


@pytest.fixture(name="world")
def fixture_world(make, couriers, authority):
    made = []

    def start(sites, **more):
        made.append(World(make, couriers, authority, sites, **more))
        return made[-1]
    yield start
    for world in made:
        world.board.stop()


def site(serves="exchange", **more):
    return {"serves": serves, **more}


def test_the_domain_itself_comes_first(world):
    here = world({APEX: site(), SUB: site()})
    found = here.discover()
    assert (found["host"], found["port"], found["path"]) == ("mail.practice.example", 443, "/EWS/Exchange.asmx")
    assert found["mailbox"] == ANNA and not found["online"]
    assert {name.split(":")[0] for name in here.board.seen} == {APEX}


def test_a_website_on_the_domain_gets_no_credential(world):
    here = world({APEX: site("website"), SUB: site()})
    assert here.discover()["host"] == "mail.practice.example"
    assert all(entry["operation"] for entry in here.with_credential())


def test_a_bad_certificate_is_passed_over_and_gets_nothing(world):
    here = world({APEX: site(certificate="wrong_name"), SUB: site()})
    found = here.discover()
    assert found["host"] == "mail.practice.example"
    assert any("another name" in layer["detail"] for layer in found["layers"])


def test_a_redirect_into_another_domain_wants_consent(world):
    here = world({APEX: site("redirect", location=f"https://{OTHER}/autodiscover/autodiscover.xml"),
                  OTHER: site()})
    found = here.discover()
    assert found["asks"] == OTHER and not found["host"] and here.with_credential() == []
    assert f"{OTHER}:443" not in here.board.seen
    assert here.discover("hoster.example")["host"] == "mail.practice.example"


def test_redirects_in_a_circle_end(world):
    here = world({APEX: site("redirect", location=f"https://{SUB}/autodiscover/autodiscover.xml"),
                  SUB: site("redirect", location=f"https://{APEX}/autodiscover/autodiscover.xml")})
    found = here.discover()
    assert not found["host"] and len(here.board.seen) < 12
    assert here.with_credential() == []


def test_a_parent_domain_is_never_asked(world):
    here = world({APEX: site()}, lines=())
    found = here.discover(mailbox="anna@sales.practice.example")
    assert not found["host"] and "no server was found" in found["layers"][-1]["detail"]
    assert all(name.split(":")[0].endswith("sales.practice.example") for name in here.board.seen)


def test_exchange_online_is_recognised_without_a_credential_there(world):
    here = world({APEX: site("redirect",
                             location="https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml")})
    found = here.discover()
    assert found["online"] and not found["host"] and here.with_credential() == []
    assert any("Graph" in layer["fix"] for layer in found["layers"])


def test_a_mailbox_that_says_it_is_online(world):
    here = world({APEX: site()}, discovery={"addresses": {ANNA: {"online": True}}})
    assert here.discover()["online"]


@pytest.mark.parametrize("told", ["redirect_address", "redirect_url"])
def test_redirects_within_an_answer(world, told):
    to = {"redirect_address": "bea@practice.example",
          "redirect_url": f"https://{SUB}/autodiscover/autodiscover.svc"}[told]
    here = world({APEX: site(), SUB: site()}, discovery={"addresses": {ANNA: {told: to}}})
    found = here.discover()
    if told == "redirect_address":
        assert found["host"] == "mail.practice.example" and found["mailbox"] == "bea@practice.example"
    else:
        assert not found["host"]  # SUB sends to itself: the circle ends


def test_an_address_in_another_domain_wants_consent(world):
    here = world({APEX: site()}, discovery={"addresses": {ANNA: {"redirect_address": "anna@hoster.example"}}})
    assert here.discover()["asks"] == "hoster.example"


def test_a_refused_sign_in_ends_the_search(world):
    here = world({APEX: site(), SUB: site()})
    with pytest.raises(driver.Refused) as caught:
        here.discover(password="wrong")
    assert caught.value.status == "sign-in-refused"
    assert len(here.with_credential()) == 1


def test_pox_serves_where_soap_has_no_address(world):
    here = world({APEX: site()}, discovery={"addresses": {ANNA: {
        "hidden": ["ExternalEwsUrl", "InternalEwsUrl"]}}})
    assert here.discover()["host"] == "mail.practice.example"
    assert {entry["operation"] for entry in here.with_credential()} == {"GetUserSettings", "Autodiscover"}


def test_plain_http_may_only_say_where_to_go(world):
    here = world({"redirected.practice.example": site()},
                 discovery={"plain": "https://redirected.practice.example/autodiscover/autodiscover.xml"})
    here.board.lines[f"{SUB}:80"] = int(here.server.plain.split(":")[2].strip("/"))
    assert here.discover()["host"] == "mail.practice.example"


def test_a_connection_without_a_host_serves_for_nothing_else(world):
    here = world({APEX: site()})
    connection = here.courier.connect({"kind": 0, "method": 0, "user": "PRACTICE\\anna",
                                       "password": kit.PASSWORD, "mailbox": ANNA})
    with pytest.raises(driver.Refused) as caught:
        connection.ask("calendars")
    assert caught.value.status == "invalid"
