# SPDX-License-Identifier: ISC
"""The server's half of NTLMv2 ([MS-NLMP]).

A connection signs in with three messages: the client's NEGOTIATE, our CHALLENGE with eight random
bytes and a list of AV pairs, and the client's AUTHENTICATE with a proof that it knows the password.
LM and NTLMv1 answers are refused, as on any directory of this century.
"""

import hashlib
import hmac
import os
import struct

SIGNATURE = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3

# What we always say in a CHALLENGE: Unicode, target name, NTLM, always sign, domain target,
# extended session security, target info, version, 128 bit.
FLAGS = 0x1 | 0x4 | 0x200 | 0x8000 | 0x10000 | 0x80000 | 0x800000 | 0x2000000 | 0x20000000
# What we grant if the client asks: sign, seal, key exchange, 56 bit.
GRANTED = 0x10 | 0x20 | 0x40000000 | 0x80000000
KEY_EXCHANGE = 0x40000000

AV_END, AV_COMPUTER, AV_DOMAIN, AV_DNS_COMPUTER, AV_DNS_DOMAIN = 0, 1, 2, 3, 4
AV_FLAGS, AV_TIMESTAMP, AV_CHANNEL_BINDINGS = 6, 7, 10
AV_FLAG_MIC = 0x2


class NtlmError(Exception):
    """A message that is no NTLM message, or a proof that does not hold."""


def md4(data):
    """Return the MD4 digest (RFC 1320) of data; OpenSSL 3 no longer offers it by default."""
    mask = 0xFFFFFFFF

    def rotate(value, bits):
        value &= mask
        return (value << bits | value >> (32 - bits)) & mask

    rounds = (
        (lambda x, y, z: (x & y) | (~x & z), 0x00000000, range(16), (3, 7, 11, 19)),
        (lambda x, y, z: (x & y) | (x & z) | (y & z), 0x5A827999,
         [4 * (i % 4) + i // 4 for i in range(16)], (3, 5, 9, 13)),
        (lambda x, y, z: x ^ y ^ z, 0x6ED9EBA1,
         [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], (3, 9, 11, 15)),
    )
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    for offset in range(0, len(padded), 64):
        words = struct.unpack("<16I", padded[offset:offset + 64])
        a, b, c, d = state
        for mix, constant, order, shifts in rounds:
            for step, word in enumerate(order):
                a, b, c, d = d, rotate(a + mix(b, c, d) + words[word] + constant,
                                       shifts[step % 4]), b, c
        state = [(x + y) & mask for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def rc4(key, data):
    """Encrypt or decrypt data; only used to unwrap a 16-byte session key."""
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) & 255
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + box[i]) & 255
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) & 255])
    return bytes(out)


def hmac_md5(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def message_type(message):
    """Return 1, 2 or 3; raise NtlmError for anything else."""
    if len(message) < 12 or not message.startswith(SIGNATURE):
        raise NtlmError("no NTLM message")
    kind = struct.unpack_from("<I", message, 8)[0]
    if kind not in (NEGOTIATE, CHALLENGE, AUTHENTICATE):
        raise NtlmError("unknown NTLM message type")
    return kind


def field(message, position):
    """Return the payload bytes that the length and offset at position point to."""
    if len(message) < position + 8:
        raise NtlmError("NTLM message too short")
    length, _, offset = struct.unpack_from("<HHI", message, position)
    if offset + length > len(message):
        raise NtlmError("NTLM field outside the message")
    return message[offset:offset + length]


def av_pairs(data):
    """Return the AV pairs as a dictionary; raise NtlmError if the list has no end."""
    pairs, position = {}, 0
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, position)
        if kind == AV_END:
            return pairs
        pairs[kind] = data[position + 4:position + 4 + length]
        position += 4 + length
    raise NtlmError("AV pairs without end")


class Handshake:
    """One sign-in on one connection: challenge() then verify()."""

    def __init__(self, domain, dns_domain, computer, now):
        self.domain, self.dns_domain, self.computer = domain, dns_domain, computer
        self.now = now
        self.negotiate_message = self.challenge_message = b""
        self.server_challenge = os.urandom(8)

    def challenge(self, negotiate):
        """Return our CHALLENGE to the client's NEGOTIATE."""
        if len(negotiate) < 16:
            raise NtlmError("NEGOTIATE too short")
        asked = struct.unpack_from("<I", negotiate, 12)[0]
        filetime = int((self.now + 11644473600) * 10_000_000)
        info = b"".join(
            struct.pack("<HH", kind, len(value)) + value for kind, value in (
                (AV_DOMAIN, self.domain.encode("utf-16-le")),
                (AV_COMPUTER, self.computer.encode("utf-16-le")),
                (AV_DNS_DOMAIN, self.dns_domain.encode("utf-16-le")),
                (AV_DNS_COMPUTER, f"{self.computer}.{self.dns_domain}".encode("utf-16-le")),
                (AV_TIMESTAMP, struct.pack("<Q", filetime)),
                (AV_END, b"")))
        target = self.domain.encode("utf-16-le")
        self.negotiate_message = negotiate
        self.challenge_message = (
            SIGNATURE + struct.pack("<I", CHALLENGE)
            + struct.pack("<HHI", len(target), len(target), 56)
            + struct.pack("<I", FLAGS | asked & GRANTED)
            + self.server_challenge + b"\0" * 8
            + struct.pack("<HHI", len(info), len(info), 56 + len(target))
            + bytes((10, 0)) + struct.pack("<H", 17763) + b"\0\0\0\x0f"
            + target + info)
        return self.challenge_message

    def verify(self, message, find_password, channel_binding=None, bound=False):
        """Return (domain, user) as the client wrote them, if the proof in AUTHENTICATE holds.

        find_password(domain, user) gives the password or None. If the client sends a channel
        binding it must be channel_binding (the MD5 of the gss_channel_bindings structure);
        bound says that it must send one.
        """
        if not self.challenge_message:
            raise NtlmError("AUTHENTICATE without NEGOTIATE")
        if len(message) < 64:
            raise NtlmError("AUTHENTICATE too short")
        response = field(message, 20)
        domain = field(message, 28).decode("utf-16-le", "replace")
        user = field(message, 36).decode("utf-16-le", "replace")
        if len(response) <= 24:
            raise NtlmError("anonymous, LM or NTLMv1 answer")
        password = find_password(domain, user)
        proof, blob = response[:16], response[16:]
        key = hmac_md5(md4((password or "").encode("utf-16-le")),
                       (user.upper() + domain).encode("utf-16-le"))
        expected = hmac_md5(key, self.server_challenge + blob)
        if not hmac.compare_digest(proof, expected) or password is None:
            raise NtlmError("wrong user or password")
        pairs = av_pairs(blob[28:])
        if struct.unpack("<I", pairs.get(AV_FLAGS, b"\0" * 4))[0] & AV_FLAG_MIC:
            self._check_mic(message, hmac_md5(key, proof))
        sent = pairs.get(AV_CHANNEL_BINDINGS, b"").strip(b"\0")
        if channel_binding and (sent or bound) and sent != channel_binding.strip(b"\0"):
            raise NtlmError("not bound to this TLS channel")
        return domain, user

    def _check_mic(self, message, session_key):
        flags = struct.unpack_from("<I", message, 60)[0]
        if flags & KEY_EXCHANGE:
            session_key = rc4(session_key, field(message, 52))
        unsigned = message[:72] + b"\0" * 16 + message[88:]
        expected = hmac_md5(session_key,
                            self.negotiate_message + self.challenge_message + unsigned)
        if not hmac.compare_digest(message[72:88], expected):
            raise NtlmError("message integrity code does not fit")


def channel_binding(certificate_hash):
    """Return the MD5 of the gss_channel_bindings structure for tls-server-end-point."""
    data = b"tls-server-end-point:" + certificate_hash
    return hashlib.md5(b"\0" * 16 + struct.pack("<I", len(data)) + data).digest()
