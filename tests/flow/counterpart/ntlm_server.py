#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""An HTTPS server that signs people in by NTLMv2 as python3-impacket understands it.

Somebody else's reading of [MS-NLMP] than the practice Exchange's: the challenge, the response and the
session key come from impacket.ntlm. What it lets in goes on to a practice Exchange, with the user's
name in a header field; the connection stays signed in.

    ntlm_server.py   reads {"certificate", "key", "upstream", "roots", "header", "users", "mic"} as JSON
                     from standard input, prints its port, ends with standard input
"""
import base64
import hmac
import http.client
import http.server
import json
import os
import ssl
import struct
import sys
import threading
import time
import urllib.parse

from impacket import ntlm

FILETIME_EPOCH = 11644473600
MIC_PRESENT = 0x2
HEAD_BYTES = 56     # of a challenge with a version, as every server sends it
VERSION = bytes((10, 0, 0x63, 0x45, 0, 0, 0, 15))
WHY = "X-Practice-Refused"


class Refused(Exception):
    """A message that does not prove who its sender is; the text says why."""


def challenge_to(negotiate):
    """Return (what to send, the server's challenge) for the client's first message."""
    asked = ntlm.NTLMAuthNegotiate()
    asked.fromString(negotiate)
    pairs = ntlm.AV_PAIRS()
    pairs[ntlm.NTLMSSP_AV_DOMAINNAME] = "PRACTICE".encode("utf-16le")
    pairs[ntlm.NTLMSSP_AV_HOSTNAME] = "IMPACKET".encode("utf-16le")
    pairs[ntlm.NTLMSSP_AV_TIME] = struct.pack("<Q", int((time.time() + FILETIME_EPOCH) * 10**7))
    pairs[ntlm.NTLMSSP_AV_EOL] = b""
    info, domain, nonce = pairs.getData(), "PRACTICE".encode("utf-16le"), os.urandom(8)
    told = ntlm.NTLMAuthChallenge()
    told["flags"] = asked["flags"] & ~ntlm.NTLM_NEGOTIATE_OEM | ntlm.NTLMSSP_REQUEST_TARGET \
        | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO | ntlm.NTLMSSP_NEGOTIATE_UNICODE \
        | ntlm.NTLMSSP_TARGET_TYPE_DOMAIN | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY \
        | ntlm.NTLMSSP_NEGOTIATE_NTLM | ntlm.NTLMSSP_NEGOTIATE_VERSION
    told["domain_len"] = told["domain_max_len"] = len(domain)
    told["domain_offset"] = HEAD_BYTES
    told["domain_name"] = domain
    told["challenge"], told["reserved"] = nonce, b"\0" * 8
    told["TargetInfoFields_len"] = told["TargetInfoFields_max_len"] = len(info)
    told["TargetInfoFields_offset"] = HEAD_BYTES + len(domain)
    told["TargetInfoFields"] = info
    told["Version"], told["VersionLen"] = VERSION, len(VERSION)
    return told.getData(), nonce


def who_proved(message, nonce, negotiate, challenge, users, need_mic):
    """Return the user's name of an AUTHENTICATE whose proof holds, or raise Refused."""
    answer = ntlm.NTLMAuthChallengeResponse()
    answer.fromString(message)
    name = answer["user_name"].decode("utf-16le")
    domain = answer["domain_name"].decode("utf-16le")
    response = answer["ntlm"]
    password = users.get(name.lower())
    if len(response) <= 24:
        raise Refused("not NTLMv2")
    if password is None:
        raise Refused("no such user")
    # NTOWFv2 hashes the name in capitals with the domain as the client wrote it.
    key = ntlm.NTOWFv2(name, password, domain)
    proof = ntlm.hmac_md5(key, nonce + response[16:])
    if not hmac.compare_digest(proof, response[:16]):
        raise Refused("the proof does not hold")
    check_mic(answer, message, key, response, negotiate + challenge, need_mic)
    return name


def check_mic(answer, message, key, response, before, need_mic):
    """Raise Refused if the client promised a message integrity code that does not fit."""
    pairs = ntlm.AV_PAIRS(response[16 + 28:])
    flags = pairs[ntlm.NTLMSSP_AV_FLAGS]
    promised = flags is not None and struct.unpack("<I", flags[1])[0] & MIC_PRESENT
    if not promised:
        if need_mic:
            raise Refused("no message integrity code")
        return
    session = ntlm.hmac_md5(key, response[:16])
    if answer["flags"] & ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH:
        session = ntlm.generateEncryptedSessionKey(session, answer["session_key"])
    expected = ntlm.hmac_md5(session, before + message[:72] + b"\0" * 16 + message[88:])
    if not hmac.compare_digest(expected, message[72:88]):
        raise Refused("the message integrity code does not fit")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    user = pending = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if scheme.upper() == "NTLM":
            try:
                told = self._step(base64.b64decode(token))
            except (Refused, struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
                self.user = self.pending = None
                return self._ask("NTLM", str(error))
            if told:
                return self._ask("NTLM " + base64.b64encode(told).decode())
        if self.user is None:
            return self._ask("NTLM")
        return self._pass_on(body)

    def _step(self, message):
        """Take one step; return the challenge to send, or None when somebody has signed in."""
        kind = struct.unpack("<I", message[8:12])[0] if message.startswith(b"NTLMSSP\0") else 0
        if kind == 1:
            told, nonce = challenge_to(message)
            self.user, self.pending = None, (nonce, message, told)
            return told
        if kind != 3 or self.pending is None:
            raise Refused("out of order")
        (nonce, negotiate, told), self.pending = self.pending, None
        self.user = who_proved(message, nonce, negotiate, told, SETTINGS["users"], SETTINGS["mic"])
        return None

    def _ask(self, challenge, why=None):
        self.send_response(401)
        self.send_header("WWW-Authenticate", challenge)
        if why:
            self.send_header(WHY, why)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _pass_on(self, body):
        place = urllib.parse.urlsplit(SETTINGS["upstream"])
        line = http.client.HTTPSConnection(place.hostname, place.port, timeout=20, context=UPSTREAM)
        fields = {"Content-Type": self.headers.get("Content-Type", ""),
                  SETTINGS["header"]: f"PRACTICE\\{self.user}"}
        if self.headers.get("SOAPAction"):
            fields["SOAPAction"] = self.headers["SOAPAction"]
        line.request("POST", place.path, body, fields)
        answer = line.getresponse()
        data = answer.read()
        line.close()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, client_address):
        """Do the TLS handshake in the thread of the connection."""
        request.settimeout(30)
        super().finish_request(TLS.wrap_socket(request, server_side=True), client_address)

    def handle_error(self, *_):
        """A client that goes away is no news."""


SETTINGS = json.loads(sys.stdin.readline())
UPSTREAM = ssl.create_default_context(cafile=SETTINGS["roots"])
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
TLS.load_cert_chain(SETTINGS["certificate"], SETTINGS["key"])
SERVER = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=SERVER.serve_forever, daemon=True).start()
print(SERVER.server_address[1], flush=True)
sys.stdin.read()
