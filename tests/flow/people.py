# SPDX-License-Identifier: ISC
"""People who sign in, for the tests about them: a browser without scripts, and a world of three."""
import base64
import hmac
import http.client
import re
import struct
import time
import urllib.parse

import kit

ANNA, BERT, ZOE = (f"{name}@practice.example" for name in ("anna", "bert", "zoe"))
RIGHT, OTHER = "correct horse battery", "another horse battery"
STEP_S = 30


def code_of(secret, moment=None):
    """RFC 6238 in four lines, as apps have it."""
    counter = struct.pack(">Q", int(moment or time.time()) // STEP_S)
    mac = hmac.digest(base64.b32decode(secret), counter, "sha1")
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


class Browser:
    """A browser without scripts: it keeps the cookies and sends forms with what stands in them."""

    def __init__(self, gate, cookie=None, address="127.0.0.1"):
        self.visitor, self.cookie, self.step, self.way = gate.visitor(address), cookie, None, None

    def ask(self, method, path, fields=None, **headers):
        body = fields if fields is None or isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
        if body is not None:
            headers = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin", **headers}
        headers["Cookie"] = "; ".join(["theirs=1"] + [f"hourgate={self.cookie}"] * bool(self.cookie)
                                      + [f"hourgate-step={self.step}"] * bool(self.step)
                                      + [f"hourgate-way={self.way}"] * bool(self.way))
        answer = self.visitor.ask(method, path, body, **headers)
        for said in answer.cookies:
            assert re.fullmatch(r"hourgate(-step|-way)?=[\w-]{0,54}; Path=/; HttpOnly; SameSite=Lax; Max-Age=\d+", said), said
            name, value = said.split(";")[0].split("=")
            setattr(self, {"hourgate": "cookie"}.get(name, name.rpartition("-")[2]), value or None)
        return answer

    def sign_in(self, email=ANNA, password=RIGHT, **more):
        return self.ask("POST", "/sign-in", {"email": email, "password": password, "account": "", "next": "/me", **more})

    def me(self):
        return self.ask("GET", "/me")

    def settings(self):
        return self.ask("GET", "/settings")

    def form(self):
        return re.search(r'name="form" value="([\w-]{43})"', self.settings().text).group(1)

    def post(self, path="/settings", **fields):
        return self.ask("POST", path, {"form": self.form(), **fields})

    def pieces(self, path, **fields):
        """Send a form; yield what comes, when it comes."""
        body = urllib.parse.urlencode({"form": self.form(), **fields})
        sent = http.client.HTTPConnection("127.0.0.1", self.visitor.port, timeout=30)
        sent.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin",
                                          "Cookie": f"hourgate={self.cookie}"})
        answer = sent.getresponse()
        assert answer.status == 200 and answer.headers["X-Accel-Buffering"] == "no"
        while piece := answer.read1():
            yield time.monotonic(), piece.decode()
        sent.close()


def layers(text):
    """Return the doctor's layers that stand on a page, each with its tone."""
    return re.findall(r'<li class="is-(\w+)">.*?<strong>([^<]+)</strong>', text, re.S)


class World:
    """Acme with Anna and Bert, Zeta with Zoe; each has a page and a password."""

    def __init__(self, make):
        people = (ANNA, BERT, ZOE)
        self.practice = make.practice(*(kit.person(address) for address in people))
        self.gate = make.hourgate()
        for account in ("acme", "zeta"):
            self.gate.command("account", "add", account, "--name", account.title())
        for address in people:
            account, name = "zeta" if address == ZOE else "acme", address.split("@", maxsplit=1)[0]
            self.gate.command("user", "add", account, address, "--name", name.title(), "--zone", kit.ZONE)
            self.gate.connect(self.practice, address, account)
            self.gate.page(f"by-{name}", address, account)
        self.gate.serve()
        self.links = [self.invite(ANNA), self.invite(BERT), self.invite(ZOE, "zeta")]
        for link in self.links:
            assert self.browser().ask("POST", link, {"password": RIGHT}).status == 303

    def browser(self, **more):
        return Browser(self.gate, **more)

    def invite(self, address, account="acme"):
        return "/invite/" + self.gate.command("user", "invite", account, address).strip().rpartition("/")[2]

    def signed_in(self, email=ANNA):
        browser = self.browser()
        answer = browser.sign_in(email)
        assert answer.status == 303 and answer.headers["Location"] == "/me", answer.text
        return browser
