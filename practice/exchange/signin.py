# SPDX-License-Identifier: ISC
"""Sign-in on one connection: Basic and Bearer on every request, NTLM once for the connection.

Behind a proxy that has checked a Kerberos ticket, the name may come in a header field instead: only
if the world says so, and only from this machine.
"""

import base64
import binascii
import hmac
import ipaddress

from . import ntlm
from .misbehave import Answer
from .oauth import TokenError

NTLM_SCHEMES = ("NTLM", "Negotiate")


def carries_credential(authorization):
    """Say whether an Authorization field holds a password, a proof of one, a ticket or a token."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme not in NTLM_SCHEMES:
        return bool(token)
    try:    # the first message of NTLM only says what the client can do
        return ntlm.message_type(base64.b64decode(token)) == ntlm.AUTHENTICATE
    except (binascii.Error, ntlm.NtlmError):
        return True


class SignIn:
    def __init__(self, world, certificate_hash, peer):
        self._world, self._options = world, world.options
        self._binding = ntlm.channel_binding(certificate_hash) if certificate_hash else None
        self._local = ipaddress.ip_address(peer).is_loopback
        self._handshake = self._user = None     # of NTLM, which signs in the connection

    def check(self, headers, entry):
        """Return (user, None), or None and the Answer that asks for a sign-in."""
        field = self._options["trusted_header"]
        if field and self._local and headers.get(field.lower()):
            return self._or_refused(self._trusted(headers[field.lower()], entry))
        authorization = headers.get("authorization")
        if not authorization:
            return self._or_refused(self._user)
        scheme, _, token = authorization.partition(" ")
        scheme = next((known for known in self._world.methods
                       if known.lower() == scheme.lower()), None)
        if scheme == "Bearer":
            return self._bearer(token.strip())
        try:
            data = base64.b64decode(token.strip(), validate=True)
        except binascii.Error:
            scheme = None
        if scheme in NTLM_SCHEMES:
            return self._ntlm(scheme, data)
        return self._or_refused(self._basic(data) if scheme == "Basic" else None)

    def sign_out(self):
        """Forget who signed in on this connection; return the Answer that asks again."""
        self._user = self._handshake = None
        return self._refusal(self._offers())

    def _or_refused(self, user):
        return (user, None) if user else (None, self._refusal(self._offers()))

    @staticmethod
    def _refusal(challenges):
        return Answer(401, headers=[("WWW-Authenticate", text) for text in challenges])

    def _offers(self, error=None):
        realm, issuer = self._options["dns_domain"], self._world.issuer
        words = {"Basic": f'Basic realm="{realm}"',
                 "Bearer": issuer.challenge(error) if issuer else None}
        return [words.get(method, method) for method in self._world.methods]

    def _trusted(self, name, entry):
        """Return the user whose name (user@REALM or DOMAIN\\user) a proxy has vouched for."""
        entry["scheme"] = "header"
        domain, _, name = name.rpartition("\\")
        return self._world.find_user(domain, name)

    def _bearer(self, token):
        if not token:       # a client that only asks where tokens come from
            return None, self._refusal(self._offers())
        try:
            upn, application = self._world.issuer.user_of(token)
            user = self._world.application(application) if application else \
                self._world.user_of(str(upn))
            if user is None:
                raise TokenError("The user in the token does not exist.", "invalid_user")
            return user, None
        except TokenError as error:
            answer = self._refusal(self._offers("invalid_token"))
            answer.status = error.status
            answer.headers.append(("x-ms-diagnostics", f'{error.number};reason="{error.reason}";'
                                   f'error_category="{error.category}"'))
            return None, answer

    def _basic(self, data):
        name, _, password = data.decode("utf-8", "replace").partition(":")
        domain, _, name = name.rpartition("\\")
        user = self._world.find_user(domain, name)
        if user is None or self._locked(user):
            return None
        return self._counted(user, hmac.compare_digest(password.encode(), user.password.encode()))

    def _ntlm(self, scheme, message):
        """Take one step of NTLM. The connection stays signed in until a new NEGOTIATE comes."""
        try:
            kind = ntlm.message_type(message)
            if kind == ntlm.NEGOTIATE:
                self._user = None
                self._handshake = ntlm.Handshake(self._options["domain"],
                                                 self._options["dns_domain"], "PRACTICE01",
                                                 self._world.clock())
                token = base64.b64encode(self._handshake.challenge(message)).decode()
                return None, self._refusal([f"{scheme} {token}"])
            handshake, self._handshake = self._handshake, None
            if kind == ntlm.AUTHENTICATE and handshake:
                self._user = self._proven(handshake, message)
        except ntlm.NtlmError:
            self._user = None
        return self._or_refused(self._user)

    def _proven(self, handshake, message):
        asked = []

        def password(domain, name):
            user = self._world.find_user(domain, name)
            asked.append(user)
            return user.password if user else None

        protection = self._options["extended_protection"]
        try:
            handshake.verify(message, password, None if protection == "off" else self._binding,
                             protection == "require")
        except ntlm.NtlmError:
            if asked and asked[0]:
                self._counted(asked[0], False)
            raise
        return None if self._locked(asked[0]) else self._counted(asked[0], True)

    def _locked(self, user):
        most = self._options["lockout"]
        return most is not None and user.wrong >= most

    @staticmethod
    def _counted(user, right):
        """Count a wrong password; a right one sets the count back."""
        user.wrong = 0 if right else user.wrong + 1
        return user if right else None
