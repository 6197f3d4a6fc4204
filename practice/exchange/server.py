# SPDX-License-Identifier: ISC
"""The EWS listener: HTTPS, one thread per connection, HTTP/1.1 with keep-alive.

    accept -> thread: TLS handshake -> { read request -> sign-in -> operation -> answer } ...

The HTTP reader is our own: small, strict and quick, since benchmarks run against this server.
"""

import email.utils
import itertools
import socket
import ssl
import threading
import time
import traceback
import uuid

from . import odd, operations, soap
from .misbehave import REPLACE, Answer, replacement
from .signin import SignIn
from .soap import Fault

PATH = "/ews/exchange.asmx"
MAX_HEAD, MAX_BODY = 64 * 1024, 16 * 2**20
HANDSHAKE_SECONDS, IDLE_SECONDS = 15, 300
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
           413: "Payload Too Large", 415: "Unsupported Media Type", 440: "Login Timeout",
           500: "Internal Server Error", 503: "Service Unavailable"}
COMMON = "Server: Microsoft-IIS/10.0\r\nX-CalculatedBETarget: practice01.practice.example\r\n" \
         "X-DiagInfo: PRACTICE01\r\nX-BEServer: PRACTICE01\r\nX-AspNet-Version: 4.0.30319\r\n" \
         "X-Powered-By: ASP.NET\r\nX-FEServer: PRACTICE01\r\n"


class Gone(Exception):
    """The peer closed the connection or stopped talking."""


class BadHttp(Exception):
    """A request that HTTP forbids; the value is the status to answer."""


class HttpRequest:
    def __init__(self, method, path, headers):
        self.method, self.path, self.headers, self.body = method, path, headers, b""


class Reader:
    """Reads HTTP requests from a socket."""

    def __init__(self, sock, refuse_chunked):
        self._sock, self._data, self._refuse_chunked = sock, bytearray(), refuse_chunked

    def _more(self):
        try:
            data = self._sock.recv(65536)
        except (OSError, ssl.SSLError):
            raise Gone from None
        if not data:
            raise Gone
        self._data += data

    def _until(self, mark, most):
        while (end := self._data.find(mark)) < 0:
            if len(self._data) > most:
                raise BadHttp(400)
            self._more()
        found = bytes(self._data[:end])
        del self._data[:end + len(mark)]
        return found

    def _exactly(self, count):
        while len(self._data) < count:
            self._more()
        found = bytes(self._data[:count])
        del self._data[:count]
        return found

    def request(self):
        """Return the next request, body included. Expect: 100-continue is never answered."""
        head = self._until(b"\r\n\r\n", MAX_HEAD).decode("latin-1")
        line, *fields = head.split("\r\n")
        words = line.split(" ")
        if len(words) != 3 or words[2] != "HTTP/1.1":
            raise BadHttp(400)
        headers = {}
        for field in fields:
            name, colon, value = field.partition(":")
            name = name.lower()
            if not colon or not name or name != name.strip() or name in headers and \
                    name in ("host", "content-length", "transfer-encoding", "authorization"):
                raise BadHttp(400)
            headers[name] = value.strip()
        request = HttpRequest(words[0], words[1], headers)
        request.body = self._body(headers)
        return request

    def _body(self, headers):
        if "transfer-encoding" in headers:
            if self._refuse_chunked:
                raise BadHttp(411)
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise BadHttp(400)
            return self._chunks()
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise BadHttp(400)
        if int(length) > MAX_BODY:
            raise BadHttp(413)
        return self._exactly(int(length))

    def _chunks(self):
        body = bytearray()
        while True:
            try:
                size = int(self._until(b"\r\n", 64).split(b";")[0], 16)
            except ValueError:
                raise BadHttp(400) from None
            if len(body) + size > MAX_BODY:
                raise BadHttp(413)
            body += self._exactly(size)
            if self._until(b"\r\n", 64):
                raise BadHttp(400)
            if size == 0:
                return bytes(body)


class Server:
    """Accepts connections; `address` is where it listens."""

    def __init__(self, world, journal, misbehaviour, tls, host, port, certificate_hash=b""):
        self.world, self.journal, self.misbehaviour = world, journal, misbehaviour
        self.tls, self.certificate_hash = tls, certificate_hash
        self._numbers = itertools.count(1)
        self._sock = socket.create_server((host, port), backlog=512)
        self.address = self._sock.getsockname()

    def serve(self):
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                return
            threading.Thread(target=Connection(self, sock, next(self._numbers)).run,
                             daemon=True).start()


class Connection:
    """One client: its TLS session, its NTLM sign-in, its requests one after the other."""

    def __init__(self, server, sock, number):
        self.server, self.world, self.number = server, server.world, number
        self._sock = sock
        self.sign_in = SignIn(server.world, server.certificate_hash)

    def run(self):
        try:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sock.settimeout(HANDSHAKE_SECONDS)
            self._sock = self.server.tls.wrap_socket(self._sock, server_side=True)
            self._sock.settimeout(IDLE_SECONDS)
            reader = Reader(self._sock, self.world.options["refuse_chunked"])
            while self._one(reader):
                pass
        except (OSError, ssl.SSLError, Gone):
            pass
        finally:
            self._sock.close()

    def _one(self, reader):
        """Serve one request; False ends the connection."""
        try:
            request = reader.request()
        except BadHttp as error:
            answer = Answer(error.args[0])
            answer.close = True
            self._send(answer)
            return False
        entry = self.server.journal.begin(self.number, request.headers)
        answer = self._answer(request, entry)
        entry["status"] = 0 if answer.silent else answer.status
        if request.headers.get("connection", "").lower() == "close":
            answer.close = True
        self._send(answer)
        return not answer.close

    # From the request to the answer

    def _answer(self, request, entry):
        rule = self.server.misbehaviour.take(None, (), before_sign_in=True)
        if rule and rule["mode"] in REPLACE:
            entry["misbehaved"] = rule["mode"]
            return replacement(rule, lambda error: b"")
        if request.path.partition("?")[0].lower() != PATH:
            return Answer(404)
        user, challenges = self.sign_in.check(request.headers.get("authorization"), entry)
        if user is None:
            return Answer(401, headers=[("WWW-Authenticate", text) for text in challenges])
        entry["user"] = user.name
        if request.method != "POST":
            return Answer(405 if request.method != "GET" else 200, b"", "text/html")
        if not request.headers.get("content-type", "").lower().startswith("text/xml"):
            return Answer(415)
        try:
            return self._soap(request, entry, user)
        except Fault as error:
            return Answer(500, soap.fault(error))
        except Exception:   # a bug of ours: seen in full here, and as a server's own error there
            traceback.print_exc()
            return Answer(500, soap.fault(Fault("ErrorInternalServerError")))

    def _soap(self, http, entry, user):
        request = soap.read(http.body)
        entry["operation"] = request.operation
        action = http.headers.get("soapaction", "").strip('"')
        if action and not action.endswith("/" + request.operation):
            raise Fault("ErrorInvalidRequest", "The SOAP action does not fit the request.")
        user = self._impersonated(user, request, entry)
        addresses = operations.aimed_at(self.world, request.element, user)
        entry["mailbox"] = ", ".join(addresses)
        rule = self.server.misbehaviour.take(request.operation, [user.address.lower(), *addresses])
        with Slot(self.world, user):
            return self._carry_out(request, user, rule, entry)

    def _impersonated(self, user, request, entry):
        """Return the user who acts: the one signed in, or the one in ExchangeImpersonation."""
        if request.impersonate is None:
            return user
        kind, address = request.impersonate
        entry["impersonated"] = address
        if user.address.lower() not in self.world.impersonators:
            raise Fault("ErrorImpersonateUserDenied")
        other = self.world.user_of(address) if kind != "SID" else None
        if other is None or other.mailbox is None:
            raise Fault("ErrorNonExistentMailbox")
        return other

    def _carry_out(self, request, user, rule, entry):
        mode = rule["mode"] if rule else None
        entry["misbehaved"] = mode
        if mode == "slow":
            time.sleep(rule.get("seconds", 1))
        if mode in REPLACE:
            if rule.get("process"):
                operations.perform(self.world, user, request, None)
            answer = replacement(rule, lambda error: operations.refuse(request, error))
        else:
            answer = Answer(body=operations.perform(self.world, user, request, rule))
        if mode == "slow_after":
            time.sleep(rule.get("seconds", 1))
        elif mode == "drop_after":
            answer.silent = answer.close = True
        elif mode in ("truncated", "stall"):
            answer.cut = len(answer.body) // 2
            if mode == "stall":
                answer.stall = rule.get("seconds", 60)
        elif mode == "wrong_content_type":
            answer.kind = "text/html"
        elif mode == "odd_shapes":
            answer.body = odd.reshape(answer.body)
        return answer

    # From the answer to the socket

    def _send(self, answer):
        if answer.silent:
            return
        head = f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Status')}\r\n" \
               f"Cache-Control: private\r\n{COMMON}request-id: {uuid.uuid4()}\r\n" \
               f"Date: {email.utils.formatdate(usegmt=True)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        if answer.close:
            head += "Connection: close\r\n"
        if answer.body:
            head += f"Content-Type: {answer.kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        else:
            head += "Content-Length: 0\r\n\r\n"
        self._send_body(head.encode("latin-1"), answer)

    def _send_body(self, head, answer):
        if not answer.body:
            self._sock.sendall(head)
        elif not isinstance(answer.body, bytes):
            self._sock.sendall(head)
            for block in answer.body:
                self._sock.sendall(b"%x\r\n%b\r\n" % (len(block), block))
            self._sock.sendall(b"0\r\n\r\n")
        elif answer.cut is not None:
            self._sock.sendall(head + b"%x\r\n" % len(answer.body) + answer.body[:answer.cut])
            time.sleep(answer.stall)
            raise Gone
        else:
            self._sock.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(answer.body), answer.body))


class Slot:
    """One of the requests that a caller may have in flight at a time (EWSMaxConcurrency)."""

    def __init__(self, world, user):
        self._owner, self._most = user.mailbox or user, world.options["max_concurrency"]

    def __enter__(self):
        with SLOT_LOCK:
            used = getattr(self._owner, "in_flight", 0) + 1
            if used > self._most:
                raise Fault("ErrorExceededConnectionCount", values={
                    "Policy": "MaxConcurrency", "MaxConcurrencyLimit": self._most,
                    "ErrorMessage": "This operation exceeds the throttling budget for policy part "
                                    f"'MaxConcurrency', policy value '{self._most}',  Budget type: "
                                    "'Ews'.  Suggested backoff time 0 ms."})
            self._owner.in_flight = used
            self._owner.peak_in_flight = max(used, getattr(self._owner, "peak_in_flight", 0))

    def __exit__(self, *_):
        with SLOT_LOCK:
            self._owner.in_flight -= 1


SLOT_LOCK = threading.Lock()


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
