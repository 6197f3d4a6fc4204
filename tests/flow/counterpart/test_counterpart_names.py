# SPDX-License-Identifier: ISC
"""Autodiscover's names and ports as they are in the world: the switchboard and the sites of a practice
server make https://autodiscover.practice.example/ and its like reachable for a client with a proxy."""
import urllib.parse

import pytest

import kit
from counterpart import names, programs, proxies
from counterpart.conftest import ANNA

PATH = "/autodiscover/autodiscover.xml"
POX = """<Autodiscover
 xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>
<EMailAddress>anna@practice.example</EMailAddress><AcceptableResponseSchema>
http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a
</AcceptableResponseSchema></Request></Autodiscover>"""
SECRET = f"{ANNA['address']}:{kit.PASSWORD}"


@pytest.fixture(scope="module")
def world(place):
    """Return (practice server, switchboard): the root domain has a wrong certificate, the host
    autodiscover is plain HTTP that redirects to mail, and mail is Exchange."""
    secure = f"https://mail.practice.example{PATH}"
    server = kit.Practice(
        place / "names", [ANNA], discovery={"plain": {"autodiscover.practice.example": secure}},
        sites={"practice.example": {"certificate": "wrong_name", "serves": "website"},
               "mail.practice.example": {}, "foreign.example": {"serves": "trap"}})
    plain = urllib.parse.urlsplit(server.plain).port
    lines = {f"{host}:443": server.port for host in
             ("practice.example", "mail.practice.example", "foreign.example")}
    with proxies.Switchboard(lines | {"autodiscover.practice.example:80": plain}) as proxy:
        yield server, proxy
    server.stop()


def ask(world, url, *options, **more):
    server, proxy = world
    return programs.curl(url, "--proxy", proxy.url, *options, roots=server.roots, body=POX, **more)


def test_the_steps_of_discovery(world):
    server, proxy = world
    server.api("DELETE", "/api/journal")
    assert ask(world, f"https://practice.example{PATH}", secret=SECRET) == 60   # wrong certificate
    assert ask(world, f"https://autodiscover.practice.example{PATH}") == 56     # nobody there
    assert ask(world, f"http://autodiscover.practice.example{PATH}", "--request", "GET") == ["302"]
    assert ask(world, f"https://mail.practice.example{PATH}", "--basic", secret=SECRET) == ["200"]
    seen = [(entry["host"], entry["tls"], entry["credential"]) for entry in server.journal()]
    assert seen == [("autodiscover.practice.example", False, False),
                    ("mail.practice.example", True, True)]
    assert proxy.seen == ["practice.example:443", "autodiscover.practice.example:443",
                          "autodiscover.practice.example:80", "mail.practice.example:443"]


def test_a_trap_sees_who_gives_a_password_away(world):
    server, _ = world
    server.api("DELETE", "/api/journal")
    assert ask(world, f"https://foreign.example{PATH}", "--basic", secret=SECRET) == ["401"]
    assert server.journal()[-1]["credential"]


# DNS

@pytest.fixture
def resolver():
    """Return a function that asks a server of ours as python3-dnspython does."""
    import dns.resolver

    def begin(server):
        one = dns.resolver.Resolver(configure=False)
        one.nameservers, one.port, one.lifetime = ["127.0.0.1"], server.port, 0.5
        return one.resolve
    return begin


def test_where_a_service_record_points(resolver):
    name = "_autodiscover._tcp.practice.example"
    with names.Dns({(name, "SRV"): [(0, 5, 443, "mail.practice.example"), (9, 5, 8443, "b.example")],
                    ("mail.practice.example", "A"): ["127.0.0.1"],
                    ("mail.practice.example", "AAAA"): ["::1"]}) as server:
        ask = resolver(server)
        assert sorted(str(one) for one in ask(name, "SRV")) \
            == ["0 5 443 mail.practice.example.", "9 5 8443 b.example."]
        assert [str(one) for one in ask("mail.practice.example", "A")] == ["127.0.0.1"]
        assert [str(one) for one in ask("mail.practice.example", "AAAA")] == ["::1"]
        assert server.seen[0] == (name, "SRV")


def test_names_that_are_not_there_and_servers_that_say_nothing(resolver):
    import dns.resolver
    with names.Dns({("practice.example", "A"): ["127.0.0.1"]}) as server:
        with pytest.raises(dns.resolver.NXDOMAIN):
            resolver(server)("nobody.example", "A")
        with pytest.raises(dns.resolver.NoAnswer):
            resolver(server)("practice.example", "SRV")
    with names.Dns({}, silent=True) as server:
        with pytest.raises(dns.resolver.LifetimeTimeout):
            resolver(server)("practice.example", "A")
        assert server.seen
