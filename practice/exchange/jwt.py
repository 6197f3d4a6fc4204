# SPDX-License-Identifier: ISC
"""JSON Web Tokens (RFC 7515, 7519) signed with HS256 or RS256, in the standard library.

RSA here is textbook arithmetic on a key that lives for one run: good enough to practise with.
"""

import base64
import hashlib
import hmac
import json
import subprocess

BITS = 2048
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


class JwtError(Exception):
    """Something that is no token, or a signature that does not hold."""


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise JwtError("not base64url") from None


class SharedKey:
    """HS256 with a secret that both sides know."""

    algorithm = "HS256"

    def __init__(self, secret):
        self._secret = secret.encode()

    def sign(self, data):
        return hmac.new(self._secret, data, hashlib.sha256).digest()

    def holds(self, data, signature):
        return hmac.compare_digest(self.sign(data), signature)

    def public(self):
        """Return what may be published of the key: nothing."""
        return []


class RsaKey:
    """RS256 with a key made by the openssl command."""

    algorithm = "RS256"

    def __init__(self):
        made = subprocess.run(
            ["openssl", "genrsa", "-traditional", str(BITS)], check=True, capture_output=True)
        der = subprocess.run(["openssl", "rsa", "-traditional", "-outform", "DER"], check=True,
                             input=made.stdout, capture_output=True).stdout
        _, self._n, self._e, self._d, *_ = _integers(der)

    @staticmethod
    def _padded(data):
        """Return the number that PKCS #1 v1.5 signs for data."""
        digest = SHA256_PREFIX + hashlib.sha256(data).digest()
        filler = b"\xff" * (BITS // 8 - 3 - len(digest))
        return int.from_bytes(b"\0\1" + filler + b"\0" + digest, "big")

    def sign(self, data):
        return pow(self._padded(data), self._d, self._n).to_bytes(BITS // 8, "big")

    def holds(self, data, signature):
        number = int.from_bytes(signature, "big")
        return len(signature) == BITS // 8 and number < self._n \
            and pow(number, self._e, self._n) == self._padded(data)

    def public(self):
        """Return the key as a JSON Web Key."""
        return [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "practice",
                 "n": encode(self._n.to_bytes(BITS // 8, "big")),
                 "e": encode(self._e.to_bytes(3, "big"))}]


def _integers(der):
    """Return the integers of a DER sequence of integers, as an RSA private key is one."""
    def length(at):
        if der[at] < 0x80:
            return der[at], at + 1
        count = der[at] & 0x7f
        return int.from_bytes(der[at + 1:at + 1 + count], "big"), at + 1 + count

    found, (_, at) = [], length(1)
    while at < len(der):
        size, at = length(at + 1)
        found.append(int.from_bytes(der[at:at + size], "big"))
        at += size
    return found


def make(key, claims, algorithm=None):
    """Return a signed token; another algorithm than the key's only changes what the head says."""
    head = {"typ": "JWT", "alg": algorithm or key.algorithm, "kid": "practice"}
    data = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
    signature = b"" if algorithm == "none" else key.sign(data.encode())
    return f"{data}.{encode(signature)}"


def read(key, token):
    """Return the claims of a token that this key has signed; raise JwtError."""
    parts = token.split(".")
    if len(parts) != 3:
        raise JwtError("not three parts")
    try:
        head, claims = (json.loads(decode(part)) for part in parts[:2])
    except ValueError:
        raise JwtError("not JSON") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise JwtError("not objects")
    if head.get("alg") != key.algorithm:
        raise JwtError("another algorithm")
    if not key.holds(f"{parts[0]}.{parts[1]}".encode(), decode(parts[2])):
        raise JwtError("the signature does not hold")
    return claims


class Certificate:
    """The public half of a client's certificate, by which its assertions are verified: RS256 and PS256."""

    def __init__(self, pem):
        der = subprocess.run(["openssl", "x509", "-outform", "DER"], check=True, input=pem.encode(),
                             capture_output=True).stdout
        modulus = subprocess.run(["openssl", "x509", "-noout", "-modulus"], check=True, input=pem.encode(),
                                 capture_output=True).stdout.decode().strip()
        self._n, self.thumb = int(modulus.partition("=")[2], 16), encode(hashlib.sha256(der).digest())
        self._size = (self._n.bit_length() + 7) // 8

    def holds(self, algorithm, data, signature):
        number = int.from_bytes(signature, "big")
        if len(signature) != self._size or number >= self._n:
            return False
        block = pow(number, 65537, self._n).to_bytes(self._size, "big")
        digest = hashlib.sha256(data).digest()
        if algorithm == "RS256":
            filler = b"\xff" * (self._size - 3 - len(SHA256_PREFIX) - 32)
            return block == b"\0\1" + filler + b"\0" + SHA256_PREFIX + digest
        return algorithm == "PS256" and _is_pss(block, digest)


def _is_pss(block, digest):
    """EMSA-PSS-VERIFY (RFC 8017, 9.1.2) with SHA-256, a salt of 32 bytes and a key of whole bytes."""
    masked, check = block[:-33], block[-33:-1]
    mask = b"".join(hashlib.sha256(check + n.to_bytes(4, "big")).digest() for n in range(len(masked) // 32 + 1))
    plain = bytes(a ^ b for a, b in zip(masked, mask))
    plain = bytes([plain[0] & 0x7f]) + plain[1:]
    if block[-1] != 0xbc or masked[0] & 0x80 or plain[:-33] != bytes(len(plain) - 33) or plain[-33] != 1:
        return False
    return hashlib.sha256(bytes(8) + digest + plain[-32:]).digest() == check


def parts(token):
    """Return (head, claims, what was signed, signature) of a token that nobody has verified yet."""
    pieces = token.split(".")
    if len(pieces) != 3:
        raise JwtError("not three parts")
    try:
        head, claims = (json.loads(decode(piece)) for piece in pieces[:2])
    except ValueError:
        raise JwtError("not JSON") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise JwtError("not objects")
    return head, claims, f"{pieces[0]}.{pieces[1]}".encode(), decode(pieces[2])
