# SPDX-License-Identifier: ISC
"""P7 A calendar is connected by OAuth 2: nobody types a password here, tokens are sealed, rotated and taken back."""
import html
import http.client
import re
import ssl
import urllib.parse

import kit
import pytest
from people import ANNA, BERT, RIGHT, Browser

CLIENT, SECRET = "hourgate-practice", "Registration-Secret-4711"
SCOPES = "https://localhost/EWS.AccessAsUser.All offline_access"


def free_port():
    from counterpart.programs import free_port as found  # pylint: disable=import-outside-toplevel
    return found()


class Provider:
    """A person's way through the practice server's sign-in page, over TLS."""

    def __init__(self, practice):
        self.place, self.trusted = urllib.parse.urlsplit(practice.ews), practice.trusted

    def ask(self, method, address, fields=None):
        context = ssl.create_default_context(cafile=self.trusted)
        connection = http.client.HTTPSConnection(self.place.hostname, self.place.port, context=context, timeout=20)
        place = urllib.parse.urlsplit(address)
        body = urllib.parse.urlencode(fields) if fields is not None else None
        connection.request(method, f"{place.path}?{place.query}", body,
                           {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        answer = connection.getresponse()
        text, back = answer.read().decode(), answer.headers.get("Location")
        connection.close()
        return answer.status, text, back

    def sign_in(self, address, user="anna", password=kit.PASSWORD):
        """Sign in there and agree; return the path that the provider sends the browser back to."""
        status, text, back = self.ask("POST", address, {"user": f"PRACTICE\\{user}", "password": password})
        assert status == 302, text
        return kit.path_of(back)


class World:
    """Acme with Anna, who owns it, and Bert; a provider where hourgate is registered."""

    def __init__(self, make, settings=None, world=None, client=None, **oauth):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        clients = {CLIENT: {"secret": SECRET, "redirect_uris": [f"{self.base}/oauth/callback"], **(client or {})}}
        self.practice = make.practice(kit.person(ANNA), kit.person(BERT), methods=["NTLM", "Bearer"],
                                      oauth={"clients": clients, **oauth}, **(world or {}))
        self.gate = make.hourgate(settings={"server.listen": f"127.0.0.1:{self.port}", "server.base_url": self.base,
                                            **(settings or {})})
        self.provider = Provider(self.practice)
        self.gate.command("account", "add", "acme", "--name", "Acme")
        for address in (ANNA, BERT):
            self.gate.command("user", "add", "acme", address, "--name", address.split("@", maxsplit=1)[0].title(),
                              "--zone", kit.ZONE)
        self.gate.serve()
        for address in (ANNA, BERT):
            link = "/invite/" + self.gate.command("user", "invite", "acme", address).strip().rpartition("/")[2]
            assert Browser(self.gate).ask("POST", link, {"password": RIGHT}).status == 303

    def register(self, **changed):
        place = self.practice.ews.partition("/EWS")[0]
        secret = self.gate.folder / "secret"
        secret.write_text(changed.pop("secret", SECRET))
        secret.chmod(0o600)
        options = {"client-id": CLIENT, "secret-file": secret, "kind": "ews", "label": "Practice 365", "scope": SCOPES,
                   "authorize": f"{place}/adfs/oauth2/authorize", "token": f"{place}/adfs/oauth2/token",
                   "server": self.practice.ews, **changed}
        return self.gate.command("oauth", "put", "practice", *[word for name, value in options.items()
                                                               for word in (f"--{name}", value)])

    def signed_in(self, email=ANNA):
        browser = Browser(self.gate)
        assert browser.sign_in(email).status == 303
        return browser

    def begin(self, browser, **fields):
        """Press the button; return the address that the browser is sent to."""
        page = browser.post("/connections/authorise", **{"name": "practice", **fields})
        assert page.status == 200, page.text
        address = html.unescape(re.search(r'class="button primary" href="([^"]+)"', page.text).group(1))
        assert page.headers["Refresh"] == f"0;url={address}"
        return address

    def connect(self, browser, user="anna", **fields):
        return browser.ask("GET", self.provider.sign_in(self.begin(browser, **fields), user))

    def connected(self, browser):
        answer = self.connect(browser)
        assert answer.status == 303, answer.text
        return re.fullmatch(r"(/connections/\d+)\?done=connected", answer.headers["Location"]).group(1)


@pytest.fixture(name="world")
def fixture_world(make):
    made = World(make)
    made.register()
    return made


def test_connected_without_a_password(world):
    anna = world.signed_in()
    page = anna.ask("GET", "/connections/new").text
    assert "Connect Practice 365" in page and "EWS.AccessAsUser.All" in page and "oauth put google" in page
    address = urllib.parse.parse_qs(urllib.parse.urlsplit(world.begin(anna)).query)
    assert address["response_type"] == ["code"] and address["code_challenge_method"] == ["S256"]
    assert address["login_hint"] == [ANNA] and len(address["code_challenge"][0]) == 43
    place = world.connected(anna)
    shown = anna.ask("GET", place).text
    assert "Let hourgate in again" in shown and "New password" not in shown and "is-good" in shown
    world.gate.page("by-anna", ANNA)
    visitor = world.gate.visitor()
    start = visitor.starts("acme/by-anna", day=kit.day_after(2))[0]
    assert visitor.book(start, "acme/by-anna").status == 201
    assert len(world.practice.bookings(ANNA)) == 1
    assert not [entry for entry in world.practice.journal() if "NTLM" in str(entry.get("user", ""))]
