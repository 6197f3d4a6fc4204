# SPDX-License-Identifier: ISC
"""The connector's Windows program, under Wine, with a double of Outlook that is as strict as its reference."""
import http.server
import ssl
import threading

import pytest

import wine
from counterpart import proxies

pytestmark = pytest.mark.long
TOKEN = "A" * 43


@pytest.fixture(name="pc")
def windows(tmp_path):
    assert wine.is_there(), "build/windows and Debian's wine64 are needed: ./test --only windows"
    machine = wine.PC(tmp_path)
    machine.outlook.start()
    yield machine
    machine.end()


# ---- whom it speaks to ----

class Refuser(http.server.BaseHTTPRequestHandler):
    """A server that knows nobody; what it was asked stays in `seen`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(name="refuser")
def tls_server():
    """refuser(certificate) -> server, at port server.server_port."""
    servers = []

    def start(certificate, key):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuser)
        server.seen = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()


REFUSED = {
    "unknown_ca": "nobody whom this PC trusts|lacks the certificate",
    "self_signed": "nobody whom this PC trusts",
    "wrong_name": "for another name",
    "no_san": "names no server",
    "expired": "has expired",
    "not_yet_valid": "not valid yet",
    "wrong_purpose": "not meant for servers",
}


def test_only_a_certificate_that_holds_gets_the_token(pc, authority, refuser):
    pc.trust(authority.certificate)
    for kind, words in REFUSED.items():
        server = refuser(*authority.issue(kind))
        _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
        assert any(word in said for word in words.split("|")), f"{kind}: {said}"
        assert server.seen == [], kind
    server = refuser(*authority.issue("good"))
    _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
    assert "pair again" in said and TOKEN not in said
    assert server.seen == [("/desk/v1/hello", f"Hourgate 1.{TOKEN}")]


@pytest.mark.parametrize("kind", ["squid", "tinyproxy"])
def test_it_goes_through_the_proxy_and_names_a_wrong_password(pc, authority, refuser, kind):
    server = refuser(*authority.issue("good"))
    pc.trust(authority.certificate)
    proxy = proxies.Squid("basic") if kind == "squid" else proxies.Tinyproxy(sign_in=True)
    secret = pc.folder / "proxy-password"
    try:
        for password, words in (("wrong", "refuses the user or the password"), (proxies.PASSWORD, "pair again")):
            secret.write_text(password)
            pc.command("proxy", proxy.url.split("//")[1], "--user", proxies.USER, "--password-file", wine.path(secret))
            before = len(server.seen)
            _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
            assert words in said and password not in said
            assert len(server.seen) - before == (password == proxies.PASSWORD)
        pc.command("proxy", proxy.url.split("//")[1])
        _, said = pc.pair(f"https://localhost:{server.server_port}", 1, TOKEN, code=1)
        assert "wants a user and a password" in said
        assert f"localhost:{server.server_port}" in "\n".join(proxy.seen())
    finally:
        proxy.stop()
    assert proxies.PASSWORD.encode() not in (pc.home / "proxy-password").read_bytes() if (
        pc.home / "proxy-password").exists() else True
