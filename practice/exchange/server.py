# SPDX-License-Identifier: ISC
"""The listeners: HTTPS, one thread per connection, HTTP/1.1 with keep-alive; and plain HTTP, which
only redirects.

    accept -> thread: TLS handshake -> { read request -> site -> sign-in -> endpoint -> answer } ...

A site is a host name: its certificate is chosen by the name in the TLS handshake (SNI), what it
serves by the Host field. Any name that is not in the world file is the Exchange itself.
"""

import hashlib
import itertools
import select
import socket
import ssl
import threading
import time
import traceback

import graph.api

from . import autodiscover, ews, oauth, soap
from .http1 import BadHttp, Gone, Reader, send
from .misbehave import HTML, REPLACE, Answer, replacement
from .signin import SignIn, carries_credential
from .soap import Fault

ENDPOINTS = {"/ews/exchange.asmx": ews.answer,
             "/autodiscover/autodiscover.svc": autodiscover.answer_soap,
             "/autodiscover/autodiscover.xml": autodiscover.answer_pox}
HANDSHAKE_SECONDS, IDLE_SECONDS = 15, 300
WEBSITE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Our company</h1>" \
          b"</body></html>"


class Tls:
    """The server's certificates: one for the Exchange, and those of sites, chosen by SNI."""

    def __init__(self, certificate, key, newest=None):
        self._newest, self._sites, self._hashes = newest, {}, {}
        self._default = self._load(certificate, key)
        self._default.sni_callback = self._choose

    def add_site(self, host, certificate, key):
        self._sites[host] = self._load(certificate, key)

    def _load(self, certificate, key):
        context = tls_context(certificate, key, self._newest)
        self._hashes[context] = certificate_hash(certificate)
        return context

    def _choose(self, sock, name, _):
        if name and name.lower() in self._sites:
            sock.context = self._sites[name.lower()]

    def wrap(self, sock):
        """Return (TLS socket, hash of the certificate that the client was shown)."""
        line = self._default.wrap_socket(sock, server_side=True)
        return line, self._hashes[line.context]


class Server:
    """Accepts connections; `address` is where it listens. Without TLS it only redirects."""

    def __init__(self, world, journal, misbehaviour, tls, host, port):
        self.world, self.journal, self.misbehaviour, self.tls = world, journal, misbehaviour, tls
        self._numbers = itertools.count(1)
        self._sock = socket.create_server((host, port), backlog=512)
        self.address = self._sock.getsockname()

    def serve(self):
        kind = Connection if self.tls else PlainConnection
        while True:
            try:
                sock, peer = self._sock.accept()
            except OSError:
                return
            threading.Thread(target=kind(self, sock, peer, next(self._numbers)).run,
                             daemon=True).start()


class PlainConnection:
    """One client without TLS; it may not sign in, and finds nothing but a way to https."""

    def __init__(self, server, sock, peer, number):
        self.server, self.world, self.number = server, server.world, number
        self.misbehaviour = server.misbehaviour
        self._sock, self.peer = sock, peer[0]

    def run(self):
        try:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sock.settimeout(HANDSHAKE_SECONDS)
            self._begin()
            self._sock.settimeout(IDLE_SECONDS)
            reader = Reader(self._sock, self.world.options["refuse_chunked"])
            while self._one(reader):
                pass
        except (OSError, ssl.SSLError, Gone):
            pass
        finally:
            self._sock.close()

    def is_gone(self):
        """Say whether the client has hung up; it has nothing to send while it listens."""
        return bool(select.select([self._sock], [], [], 0)[0])

    def break_off(self):
        """End the connection in the middle of an answer."""
        raise Gone

    def _begin(self):
        """Do what comes before the first request."""

    def _one(self, reader):
        """Serve one request; False ends the connection."""
        try:
            request = reader.request()
        except BadHttp as error:
            answer = Answer(error.args[0])
            answer.close = True
            send(self._sock, answer, self.world.clock())
            return False
        entry = self.server.journal.begin(
            self.number, request, carries_credential(request.headers.get("authorization")),
            self.server.tls is not None)
        try:
            answer = self._answer(request, entry)
        except Exception:   # a bug of ours: seen in full here, and as a server's own error there
            traceback.print_exc()
            answer = Answer(500, soap.fault(Fault("ErrorInternalServerError")))
        entry["status"] = 0 if answer.silent else answer.status
        if request.headers.get("connection", "").lower() == "close":
            answer.close = True
        send(self._sock, answer, self.world.clock())
        entry["answered"] = time.time()
        return not answer.close

    def _answer(self, request, _):
        """Redirect Autodiscover to where the world says for this host."""
        where = self.world.discovery["plain"]
        if isinstance(where, dict):
            where = where.get(request.host)
        if where is None or request.route != "/autodiscover/autodiscover.xml":
            return Answer(404)
        return Answer(302, headers=[("Location", where)])


class Connection(PlainConnection):
    """One client: its TLS session, its NTLM sign-in, its requests one after the other."""

    sign_in = None

    def _begin(self):
        self._sock, shown = self.server.tls.wrap(self._sock)
        self.sign_in = SignIn(self.world, shown, self.peer)

    def _answer(self, request, entry):
        rule = self.misbehaviour.take(None, (), before_sign_in=True)
        if rule and rule["mode"] in REPLACE:
            entry["misbehaved"] = rule["mode"]
            return replacement(rule, lambda error: b"")
        site = self.world.sites.get(request.host)
        if site and site["serves"] != "exchange":
            return self._site(site)
        if self.world.issuer and oauth.is_for(request.route):
            return oauth.answer(self, request, entry)
        if self.world.options["graph"] is not None and request.path.startswith(graph.api.PREFIX):
            return graph.api.answer(self, request, entry)
        endpoint = ENDPOINTS.get(request.route)
        if endpoint is None:
            return Answer(404)
        user, refusal = self.sign_in.check(request.headers, entry)
        if user is None:
            return refusal
        entry["user"] = user.name
        return endpoint(self, request, entry, user)

    def _site(self, site):
        """Answer for a host that is no Exchange; a trap asks for a password it has no right to."""
        if site["serves"] == "redirect":
            return Answer(302, headers=[("Location", site["location"])])
        if site["serves"] == "trap":
            return self.sign_in.sign_out()
        return Answer(200, WEBSITE, HTML) if site["serves"] == "website" else Answer(404)


def certificate_hash(path):
    """Return the hash of the first certificate in a file, for tls-server-end-point."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    end = "-----END CERTIFICATE-----"
    pem = text[text.index("-----BEGIN CERTIFICATE-----"):text.index(end) + len(end)]
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()


def tls_context(certificate, key, newest=None):
    """Return the server's TLS context. Weak keys, weak signatures and old versions are served on
    purpose where asked for: a client has to refuse them by itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if newest:
        versions = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
                    "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
        context.minimum_version = min(versions[newest], ssl.TLSVersion.TLSv1_2)
        context.maximum_version = versions[newest]
    context.load_cert_chain(certificate, key)
    return context
