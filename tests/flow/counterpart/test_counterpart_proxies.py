# SPDX-License-Identifier: ISC
"""The proxies work: with curl as their client and the practice Exchange behind them."""
import pytest

import kit
from counterpart import programs, proxies
from counterpart.conftest import ANNA, REQUEST

SECRET = f"PRACTICE\\anna:{kit.PASSWORD}"


def ask(url, authority, *options, **more):
    return programs.curl(url, "--ntlm", *options, roots=authority.certificate, body=REQUEST,
                         secret=SECRET, **more)


def through(proxy, *more, user=None):
    return ("--proxy", proxy.url, "--proxytunnel", *more,
            *(("--proxy-user", user) if user else ()))


def logged(proxy, words):
    """Wait for a line in a proxy's log, which it writes when a tunnel has ended."""
    kit.wait_until(f"a line with {words}", lambda: any(words in line for line in proxy.seen()))


@pytest.fixture(params=[None, "basic", "digest"])
def squid(request):
    programs.need(*proxies.SQUID_NEEDED)
    with proxies.Squid(request.param) as proxy:
        proxy.method = request.param
        yield proxy


def test_squid_and_its_sign_in(squid, exchange, authority):
    right, wrong = f"{proxies.USER}:{proxies.PASSWORD}", f"{proxies.USER}:wrong"
    how = [f"--proxy-{squid.method}"] if squid.method else []
    assert ask(exchange.ews, authority, *through(squid, *how, user=right)) == ["200"]
    if squid.method:
        for user in (wrong, None):
            assert ask(exchange.ews, authority, *through(squid, *how, user=user)) == 56
        other = "--proxy-digest" if squid.method == "basic" else "--proxy-basic"
        assert ask(exchange.ews, authority, *through(squid, other, user=right)) == 56
        logged(squid, "/407 ")
    logged(squid, " TCP_TUNNEL/200 ")


@pytest.mark.parametrize("sign_in", [False, True])
def test_tinyproxy(sign_in, exchange, authority):
    programs.need(*proxies.TINYPROXY_NEEDED)
    with proxies.Tinyproxy(sign_in) as proxy:
        user = f"{proxies.USER}:{proxies.PASSWORD}"
        assert ask(exchange.ews, authority, *through(proxy, user=user)) == ["200"]
        if sign_in:
            assert ask(exchange.ews, authority, *through(proxy)) == 56
        logged(proxy, "CONNECT")


def test_the_switchboard(exchange, authority):
    lines = {"mail.practice.example:443": exchange.port, "localhost:443": exchange.port}
    with proxies.Switchboard(lines) as proxy:
        assert ask("https://localhost/EWS/Exchange.asmx", authority, *through(proxy)) == ["200"]
        assert ask("https://mail.practice.example/EWS/Exchange.asmx", authority,
                   *through(proxy)) == 60       # its certificate says localhost
        assert ask("https://other.example/", authority, *through(proxy)) == 56
        assert proxy.seen == ["localhost:443", "mail.practice.example:443", "other.example:443"]


@pytest.mark.parametrize("buffering", [True, False])
def test_nginx_before_exchange(buffering, exchange, good, authority, journal):
    with proxies.Nginx(exchange, good, buffering) as server:
        basic = programs.curl(server.url, "--basic", roots=authority.certificate, body=REQUEST,
                              secret=f"{ANNA['address']}:{kit.PASSWORD}", count=3)
        assert basic == ["200"] * 3 and journal()[-1]["user"] == "PRACTICE\\anna"
        assert ask(server.url, authority) == ["401"]    # NTLM needs one connection
        large = programs.curl(server.url, "--basic", roots=authority.certificate, body="x" * 2**20 * 2,
                              secret=f"{ANNA['address']}:{kit.PASSWORD}")
        assert large == ["413"]
