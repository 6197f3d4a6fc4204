# SPDX-License-Identifier: ISC
"""HTTP/1.1 between a socket and the server: a strict reader of requests, a writer of answers.

It is our own: small, strict and quick, since benchmarks run against this server; and able to write
what no library would write on purpose.
"""

import contextlib
import email.utils
import ssl
import time
import uuid

MAX_HEAD, MAX_BODY = 64 * 1024, 16 * 2**20
REASONS = {200: "OK", 201: "Created", 204: "No Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
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

    @property
    def host(self):
        """The host that the request names, in lower case and without port."""
        return self.headers.get("host", "").rpartition("]")[2].partition(":")[0].lower()

    @property
    def route(self):
        """The path in lower case, as IIS compares it, without the query."""
        return self.path.partition("?")[0].lower()


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


def head_of(answer, now):
    """Return the head of an answer at a moment, without what says how long the body is."""
    head = f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Status')}\r\n" \
           f"Cache-Control: private\r\n{COMMON}request-id: {uuid.uuid4()}\r\n" \
           f"Date: {email.utils.formatdate(now, usegmt=True)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    if answer.close:
        head += "Connection: close\r\n"
    if answer.body:
        head += f"Content-Type: {answer.kind}\r\n"
    return head


def send(sock, answer, now):
    """Write an answer to a socket, in the way that it asks for; raise Gone if it ends there."""
    if answer.silent:
        return
    head = head_of(answer, now)
    if answer.status == 204:
        sock.sendall(f"{head}\r\n".encode("latin-1"))
        return
    if not answer.body:
        sock.sendall(f"{head}Content-Length: 0\r\n\r\n".encode("latin-1"))
        return
    if answer.framing == "length":
        head = f"{head}Content-Length: {len(answer.body)}\r\n\r\n".encode("latin-1")
        _spoilt(sock, answer, head, answer.body, b"")
        return
    head = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode("latin-1")
    if not isinstance(answer.body, bytes):
        sock.sendall(head)
        with contextlib.closing(answer.body) as blocks:     # however it ends
            for block in blocks:
                sock.sendall(b"%x\r\n%b\r\n" % (len(block), block))
        sock.sendall(b"0\r\n\r\n")
    elif answer.framing == "odd":
        _spoilt(sock, answer, head, _odd_chunks(answer.body), b"")
    else:
        _spoilt(sock, answer, head + b"%x\r\n" % len(answer.body), answer.body,
                b"\r\n0\r\n\r\n")


def _spoilt(sock, answer, head, body, end):
    """Send head, body and end: at once, or cut short, or with a pause in the middle, or in small
    pieces."""
    if answer.cut is not None:
        sock.sendall(head + body[:answer.cut])
        time.sleep(answer.stall)
        if not answer.resume:
            raise Gone
        sock.sendall(body[answer.cut:] + end)
    elif answer.piece:
        data = head + body + end
        for start in range(0, len(data), answer.piece):
            sock.sendall(data[start:start + answer.piece])
            if answer.pause:
                time.sleep(answer.pause)
    else:
        sock.sendall(head + body + end)


def _odd_chunks(body):
    """Return a body in chunks of growing size, with extensions, leading zeros and a trailer."""
    out, start, size = bytearray(), 0, 1
    while start < len(body):
        block = body[start:start + size]
        out += b"00%X;name=\"v;x\"\r\n%b\r\n" % (len(block), block)
        start, size = start + size, size % 97 + 3
    return bytes(out) + b"000\r\nX-Trailer: late\r\n\r\n"
