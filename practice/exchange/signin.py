# SPDX-License-Identifier: ISC
"""Sign-in on one connection: Basic on every request, NTLM once for the connection."""

import base64
import binascii
import hmac

from . import ntlm

NTLM_SCHEMES = ("NTLM", "Negotiate")


class SignIn:
    def __init__(self, world, certificate_hash):
        self._world, self._options = world, world.options
        self._binding = ntlm.channel_binding(certificate_hash) if certificate_hash else None
        self._handshake = self._user = None     # of NTLM, which signs in the connection

    def check(self, authorization, entry):
        """Return (user, challenges): a user, or None and the WWW-Authenticate values to send."""
        if not authorization:
            return (self._user, ()) if self._user else (None, self._offers())
        scheme, _, token = authorization.partition(" ")
        scheme = next((known for known in self._options["methods"]
                       if known.lower() == scheme.lower()), None)
        try:
            data = base64.b64decode(token.strip(), validate=True)
        except binascii.Error:
            scheme = None
        if scheme == "Basic":
            user = self._basic(data)
        elif scheme in NTLM_SCHEMES:
            return self._ntlm(scheme, data, entry)
        else:
            user = None
        return (user, ()) if user else (None, self._offers())

    def _offers(self):
        realm = self._options["dns_domain"]
        return [f'Basic realm="{realm}"' if method == "Basic" else method
                for method in self._options["methods"]]

    def _basic(self, data):
        name, _, password = data.decode("utf-8", "replace").partition(":")
        domain, _, name = name.rpartition("\\")
        user = self._world.find_user(domain, name)
        if user is None or self._locked(user):
            return None
        return self._counted(user, hmac.compare_digest(password.encode(), user.password.encode()))

    def _ntlm(self, scheme, message, entry):
        """Take one step of NTLM. The connection stays signed in until a new NEGOTIATE comes."""
        try:
            kind = ntlm.message_type(message)
            if kind == ntlm.NEGOTIATE:
                self._user = None
                self._handshake = ntlm.Handshake(self._options["domain"],
                                                 self._options["dns_domain"], "PRACTICE01")
                token = base64.b64encode(self._handshake.challenge(message)).decode()
                return None, [f"{scheme} {token}"]
            entry["credential"] = True
            handshake, self._handshake = self._handshake, None
            if kind == ntlm.AUTHENTICATE and handshake:
                self._user = self._proven(handshake, message)
        except ntlm.NtlmError:
            self._user = None
        return (self._user, ()) if self._user else (None, self._offers())

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
