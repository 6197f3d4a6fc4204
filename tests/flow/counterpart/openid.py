# SPDX-License-Identifier: ISC
"""npm's oidc-provider as somebody's identity provider, and one of ours that answers with whatever a test wants."""
import contextlib
import html
import http.client
import http.server
import json
import re
import ssl
import subprocess
import threading
import time
import urllib.parse

import kit
from counterpart.programs import free_port
from exchange import jwt

CLIENT, SECRET = "hourgate-sign-in", "Sign-In-Registration-Secret-0815"


class Person:
    """Somebody's browser at a provider: it follows redirects there, fills in what it is shown, and stops at `back`."""

    def __init__(self, trusted):
        self.context, self.cookies = ssl.create_default_context(cafile=trusted), {}

    def ask(self, method, address, fields=None):
        place = urllib.parse.urlsplit(address)
        connection = http.client.HTTPSConnection(place.hostname, place.port, context=self.context, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Accept": "text/html"}
        body = None
        if fields is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(fields), "application/x-www-form-urlencoded"
        connection.request(method, f"{place.path}?{place.query}" if place.query else place.path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for said in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = said.split(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        to = answer.headers.get("Location")
        return answer.status, text, urllib.parse.urljoin(address, to) if to else None

    def sign_in(self, address, name, back):
        """Go there, say who one is, agree to all; return the path that the provider sends the browser back to."""
        status, text, to = self.ask("GET", address)
        for _ in range(20):
            if to and to.startswith(back):
                return kit.path_of(to)
            if to:
                status, text, to = self.ask("GET", to)
                continue
            assert status == 200, text
            form = re.search(r'<form[^>]*action="([^"]+)"', text)
            assert form, text
            prompt = re.search(r'name="prompt" value="(\w+)"', text).group(1)
            fields = {"prompt": prompt, **({"login": name, "password": "any"} if prompt == "login" else {})}
            status, text, to = self.ask("POST", urllib.parse.urljoin(address, html.unescape(form.group(1))), fields)
        raise AssertionError("the provider never came to an end")


class Provider(kit.Program):
    """oidc-provider, at an address of localhost."""

    def __init__(self, folder, certificate, trusted, redirects, people, **client):
        self.port, self.trusted = free_port(), trusted
        clients = [{"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": redirects,
                    "grant_types": ["authorization_code", "refresh_token"], **client}]
        asked = {"port": self.port, "cert": str(certificate[0]), "key": str(certificate[1]), "clients": clients, "people": people}
        super().__init__(["node", kit.ROOT / "tests/flow/counterpart/openid.mjs", json.dumps(asked)], folder / "openid.log",
                         stdin=subprocess.PIPE)
        self.issuer = json.loads(self.first_line(20))["issuer"]

    def stop(self, seconds=5):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        return super().stop(seconds)


class Hostile:
    """A provider that signs whatever `spoil` makes of the claims; its configuration may be changed likewise."""

    def __init__(self, certificate, trusted):
        self.key, self.trusted = jwt.RsaKey(), trusted
        self.claims, self.configuration, self.algorithm, self.token, self.seen = {}, {}, None, None, []
        self.status, self.location, self.answer = 200, None, None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Discovery, keys and tokens."""

            def _send(self, value):
                body = json.dumps(value).encode()
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):  # pylint: disable=invalid-name
                outer.seen.append(self.path)
                self._send({"keys": outer.key.public()} if self.path == "/keys" else outer.describe())

            def do_POST(self):  # pylint: disable=invalid-name
                outer.seen.append(self.path)
                self.rfile.read(int(self.headers["Content-Length"]))
                self._send(outer.answer or {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": outer.id_token()})

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, certificate))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def describe(self):
        return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint": f"{self.issuer}/token", "token_endpoint_auth_methods_supported": ["client_secret_post"],
                **self.configuration}

    def id_token(self):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "mallory", "iat": now, "exp": now + 300, "email_verified": True,
                  "email": "anna@practice.example", **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.token or jwt.make(self.key, claims, self.algorithm)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
