# SPDX-License-Identifier: ISC
"""OAuth 2 as Google speaks it.

    GET, POST /o/oauth2/v2/auth    a page to sign in and to choose what is granted; back with a code
    POST /token                    authorization_code (PKCE, S256), refresh_token, and the signed assertion of a
                                   service account with domain-wide delegation (RFC 7523)
    POST /revoke                   ends a grant, by its refresh token or one of its access tokens
    GET  /.well-known/openid-configuration, /oauth2/v3/certs, /v1/userinfo

A refresh token is given with access_type=offline, at the first consent or with prompt=consent, and is kept: it is
not exchanged for another. While the consent screen is in "Testing" it lasts seven days.
"""

import base64
import dataclasses
import hashlib
import hmac
import html
import json
import secrets
import subprocess
import tempfile
import threading
import urllib.parse

from exchange import jwt
from exchange.misbehave import HTML, Answer

from .errors import said

AUTH, TOKEN, REVOKE = "/o/oauth2/v2/auth", "/token", "/revoke"
CONFIGURATION, CERTS, USERINFO = "/.well-known/openid-configuration", "/oauth2/v3/certs", "/v1/userinfo"
ROUTES = {AUTH, TOKEN, REVOKE, CONFIGURATION, CERTS, USERINFO}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CALENDAR = "https://www.googleapis.com/auth/calendar"
IDENTITY = {"openid", "email", "profile", "https://www.googleapis.com/auth/userinfo.email",
            "https://www.googleapis.com/auth/userinfo.profile"}
CODE_SECONDS, TESTING_SECONDS, ASSERTION_SECONDS, SKEW_SECONDS = 600, 7 * 86400, 3600, 300


class OAuthError(Exception):
    def __init__(self, error, description, status=400):
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


@dataclasses.dataclass
class Grant:
    """What one person let one client do; tokens are of a grant."""

    client: str
    address: str
    scopes: frozenset
    is_ended: bool = False
    redirect_uri: str = ""
    challenge: str = ""
    offline: bool = False
    expires: float = 0


class Token:
    """An access token as the API sees it."""

    def __init__(self, address, scopes, expires, grant=None):
        self.address, self.scopes, self.expires, self.grant = address, scopes, expires, grant

    def may(self, suffixes):
        return any(CALENDAR + suffix in self.scopes for suffix in suffixes)


class Issuer:
    """Google's accounts in this world: clients, service accounts, grants and their tokens."""

    def __init__(self, world, options, base):
        self.world, self.base, self.options = world, base, options
        self.key, self.lock = jwt.RsaKey(), threading.Lock()
        self.codes, self.refresh, self.access, self.consented = {}, {}, {}, set()

    # Tokens

    def issue(self, address, scopes, grant=None):
        """Return a new access token."""
        text = "ya29.practice-" + secrets.token_urlsafe(48)
        with self.lock:
            self.access[text] = Token(address, frozenset(scopes), self.world.clock() + self.options["lifetime"], grant)
        return text

    def token(self, text):
        """Return the Token of an access token that holds, or None."""
        found = self.access.get(text)
        if found is None or found.expires <= self.world.clock() or found.grant and found.grant.is_ended:
            return None
        return found

    def revoke(self, address=None):
        """End all grants, or those of a person: what Google does when somebody removes the access."""
        with self.lock:
            for grant in self.refresh.values():
                if address in (None, grant.address):
                    grant.is_ended = True
            self.consented.clear()

    def expire(self):
        """Have every access token run out; refresh tokens stay."""
        with self.lock:
            self.access.clear()

    def client(self, form):
        known = self.options["clients"].get(form.get("client_id", ""))
        if known is None:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if not hmac.compare_digest(known["secret"].encode(), form.get("client_secret", "").encode()):
            raise OAuthError("invalid_client", "Unauthorized", 401)
        return form["client_id"]

    @staticmethod
    def number(address):
        """Return the number by which Google knows somebody."""
        return str(int(hashlib.sha256(address.encode()).hexdigest()[:16], 16))

    def id_token(self, grant):
        now = int(self.world.clock())
        claims = {"iss": self.base, "aud": grant.client, "azp": grant.client, "iat": now, "exp": now + 3600,
                  "sub": self.number(grant.address),
                  "email": grant.address, "email_verified": True}
        return jwt.make(self.key, claims)


def _form(text):
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise OAuthError("invalid_request", "A parameter is there twice.")
    return dict(pairs)


def answer(issuer, http, entry):
    """Answer a request to one of ROUTES."""
    where = http.path.partition("?")[0]
    entry["operation"] = {AUTH: "Authorize", TOKEN: "Token", REVOKE: "Revoke"}.get(where, "Discovery")
    if where == CONFIGURATION:
        return said(_configuration(issuer))
    if where == CERTS:
        return said({"keys": issuer.key.public()})
    try:
        if where == AUTH:
            return _authorize(issuer, http)
        if where == USERINFO:
            return said(_userinfo(issuer, http))
        if http.method != "POST" or http.headers.get("content-type", "").partition(";")[0] \
                != "application/x-www-form-urlencoded":
            raise OAuthError("invalid_request", "A form must be posted.")
        entry["credential"] = True
        form = _form(http.body.decode("utf-8", "replace"))
        return (_token if where == TOKEN else _revoke)(issuer, form, entry)
    except OAuthError as error:
        return said({"error": error.error, "error_description": error.description}, error.status)


def _configuration(issuer):
    base = issuer.base
    return {"issuer": base, "authorization_endpoint": base + AUTH, "token_endpoint": base + TOKEN,
            "revocation_endpoint": base + REVOKE, "userinfo_endpoint": base + USERINFO, "jwks_uri": base + CERTS,
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "email", "profile"],
            "grant_types_supported": ["authorization_code", "refresh_token", JWT_BEARER]}


def _userinfo(issuer, http):
    """Say who somebody is, as far as they let the client know."""
    token = issuer.token(http.headers.get("authorization", "").removeprefix("Bearer "))
    if token is None or "openid" not in token.scopes:
        raise OAuthError("invalid_request", "Invalid Credentials", 401)
    return {"sub": issuer.number(token.address),
            **({"email": token.address, "email_verified": True} if "email" in token.scopes else {})}


# ---- consent ----

def _authorize(issuer, http):
    asked = _form(http.path.partition("?")[2])
    client = issuer.options["clients"].get(asked.get("client_id"))
    back = asked.get("redirect_uri")
    if client is None or back not in client.get("redirect_uris", ()):
        raise OAuthError("redirect_uri_mismatch", "The redirect URI is not registered for this client.")
    if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256" \
            or len(asked.get("code_challenge", "")) != 43 or not asked.get("state"):
        raise OAuthError("invalid_request", "A code with an S256 challenge and a state must be asked for.")
    scopes = asked.get("scope", "").split()
    if not scopes or any(scope not in IDENTITY and not scope.startswith(CALENDAR) for scope in scopes):
        raise OAuthError("invalid_scope", "Some requested scopes were invalid.")
    if http.method != "POST":
        return Answer(200, _page(asked, scopes).encode(), HTML)
    pairs = urllib.parse.parse_qsl(http.body.decode("utf-8", "replace"), keep_blank_values=True)
    given = dict(pairs)
    if "cancel" in given:
        return _back(back, {"error": "access_denied", "state": asked["state"]})
    user = issuer.world.user_of(given.get("user", ""))
    if user is None or not hmac.compare_digest(given.get("password", "").encode(), user.password.encode()):
        return Answer(200, _page(asked, scopes, "Wrong password.").encode(), HTML)
    granted = {value for name, value in pairs if name == "scope" and value in scopes} | (IDENTITY & set(scopes))
    first = (asked["client_id"], user.address) not in issuer.consented
    issuer.consented.add((asked["client_id"], user.address))
    code = "4/0" + secrets.token_urlsafe(32)
    issuer.codes[code] = Grant(
        asked["client_id"], user.address, frozenset(granted), False, back, asked["code_challenge"],
        asked.get("access_type") == "offline" and (first or "consent" in asked.get("prompt", "").split()),
        issuer.world.clock() + CODE_SECONDS)
    return _back(back, {"state": asked["state"], "iss": issuer.base, "code": code,
                        "scope": " ".join(sorted(granted))})


def _back(where, query):
    return Answer(302, headers=[("Location", f"{where}{'&' if '?' in where else '?'}{urllib.parse.urlencode(query)}")])


def _page(asked, scopes, problem=""):
    user = html.escape(asked.get("login_hint", ""), quote=True)
    boxes = "".join(f"<p><label><input type=checkbox name=scope value=\"{html.escape(scope)}\" checked> "
                    f"{html.escape(scope)}</label></p>" for scope in scopes if scope not in IDENTITY)
    return "<!DOCTYPE html><html lang=en><head><title>Sign in - practice accounts</title></head><body><main>" \
        f"<h1>hourgate wants to access your account</h1><p>{problem}</p><form method=post>" \
        f"<p><label>E-mail <input name=user value=\"{user}\"></label></p>" \
        "<p><label>Password <input name=password type=password></label></p>" \
        f"{boxes}<button>Continue</button> <button name=cancel value=1>Cancel</button></form></main></body></html>"


# ---- tokens ----

def _token(issuer, form, entry):
    kind = form.get("grant_type")
    if kind == JWT_BEARER:
        return said(_by_assertion(issuer, form, entry))
    entry["user"] = client = issuer.client(form)
    if kind == "authorization_code":
        return said(_by_code(issuer, client, form))
    if kind == "refresh_token":
        return said(_by_refresh(issuer, client, form))
    raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")


def _tokens(issuer, grant):
    return {"access_token": issuer.issue(grant.address, grant.scopes, grant),
            "expires_in": issuer.options["lifetime"] - 1, "scope": " ".join(sorted(grant.scopes)),
            "token_type": "Bearer", **({"id_token": issuer.id_token(grant)} if "openid" in grant.scopes else {})}


def _by_code(issuer, client, form):
    with issuer.lock:
        grant = issuer.codes.pop(form.get("code", ""), None)
    verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if grant is None or grant.client != client or grant.expires < issuer.world.clock() \
            or grant.challenge != jwt.encode(verifier):
        raise OAuthError("invalid_grant", "Malformed auth code.")
    if grant.redirect_uri != form.get("redirect_uri"):
        raise OAuthError("redirect_uri_mismatch", "Bad Request")
    found = _tokens(issuer, grant)
    if grant.offline:
        text = "1//practice-" + secrets.token_urlsafe(48)
        grant.expires = issuer.world.clock() + TESTING_SECONDS if issuer.options["testing"] else 0
        issuer.refresh[text] = grant
        found["refresh_token"] = text
        if grant.expires:
            found["refresh_token_expires_in"] = TESTING_SECONDS
    return found


def _by_refresh(issuer, client, form):
    grant = issuer.refresh.get(form.get("refresh_token", ""))
    if grant is None or grant.client != client or grant.is_ended \
            or grant.expires and grant.expires < issuer.world.clock():
        raise OAuthError("invalid_grant", "Token has been expired or revoked.")
    return _tokens(issuer, grant)


def _revoke(issuer, form, _):
    text = form.get("token", "")
    grant = issuer.refresh.get(text) or getattr(issuer.access.get(text), "grant", None)
    if grant is None or grant.is_ended:
        raise OAuthError("invalid_token", "Token expired or revoked")
    grant.is_ended = True
    issuer.consented.discard((grant.client, grant.address))
    return said({})


# ---- service accounts ----

def _by_assertion(issuer, form, entry):
    parts = form.get("assertion", "").split(".")
    try:
        head, claims = (json.loads(jwt.decode(part)) for part in parts[:2])
        account = issuer.options["service_accounts"][claims["iss"]]
    except (ValueError, KeyError, TypeError, jwt.JwtError):
        raise OAuthError("invalid_grant", "Invalid issuer: Not a valid email or user ID.") from None
    entry["user"], now = claims["iss"], issuer.world.clock()
    if head.get("alg") != "RS256" or len(parts) != 3 or not _holds(account["public_key"], parts):
        raise OAuthError("invalid_grant", "Invalid JWT Signature.")
    if claims.get("aud") != issuer.base + TOKEN:
        raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
    if not isinstance(claims.get("iat"), int) or not isinstance(claims.get("exp"), int) \
            or claims["exp"] - claims["iat"] > ASSERTION_SECONDS or claims["iat"] > now + SKEW_SECONDS \
            or claims["exp"] < now:
        raise OAuthError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                         "reasonable timeframe. Check your iat and exp values in the JWT claim.")
    scopes = claims.get("scope", "").split()
    if not scopes:
        raise OAuthError("invalid_scope", "Empty or missing scope not allowed.")
    subject = claims.get("sub")
    if subject is not None:
        if set(scopes) - set(account.get("delegated", ())):
            raise OAuthError("unauthorized_client", "Client is unauthorized to retrieve access tokens using this "
                             "method, or client not authorized for any of the scopes requested.", 401)
        if issuer.world.mailbox(subject) is None:
            raise OAuthError("invalid_grant", "Invalid email or User ID")
    entry["impersonated"] = subject
    return {"access_token": issuer.issue(subject or claims["iss"], scopes), "token_type": "Bearer",
            "expires_in": issuer.options["lifetime"] - 1}


def _holds(public_key, parts):
    """Check the signature with openssl, which did not make it."""
    with tempfile.NamedTemporaryFile("w") as key, tempfile.NamedTemporaryFile("wb") as signature:
        key.write(public_key)
        key.flush()
        signature.write(base64.urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4)))
        signature.flush()
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key.name, "-signature", signature.name],
                              input=f"{parts[0]}.{parts[1]}".encode(), capture_output=True, check=False)
        return done.returncode == 0
