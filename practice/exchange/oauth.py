# SPDX-License-Identifier: ISC
"""OAuth 2 as AD FS and Entra speak it: tokens for this server, and the endpoints that issue them.

    POST /adfs/oauth2/token      client_credentials, authorization_code (PKCE, S256), refresh_token
    GET  /adfs/oauth2/authorize  a form to sign in, which redirects back with a code
    GET  /adfs/.well-known/openid-configuration, /adfs/discovery/keys

Codes work once; a refresh token works once and gives a new one, and one that comes a second time
ends all that descend from the same sign-in.
"""

import base64
import binascii
import dataclasses
import hashlib
import hmac
import html
import json
import re
import secrets
import threading
import time
import urllib.parse

from . import jwt
from .misbehave import HTML, REPLACE, Answer, replacement, spoil

PREFIX = "/adfs/"
ENTRA = re.compile(r"/[\w.-]+/oauth2/v2\.0/(token|authorize)$")
JSON = "application/json; charset=utf-8"
FULL_ACCESS, AS_USER = "full_access_as_app", "EWS.AccessAsUser.All"
SKEW_SECONDS, CODE_SECONDS = 300, 600
CLIENT_KEYS = {"secret", "certificate", "roles", "scopes", "redirect_uris"}
BY_CERTIFICATE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OPTION_KEYS = {"issuer", "audience", "clients", "secret", "lifetime", "refresh_lifetime"}
ENTRA_CODES = {"invalid_client": 7000215, "invalid_grant": 70008, "invalid_request": 900144,
               "unsupported_grant_type": 70003, "invalid_scope": 70011,
               "invalid_resource": 500011, "unauthorized_client": 700016,
               "interaction_required": 50076, "consent_required": 65001,
               "temporarily_unavailable": 90033}


class TokenError(Exception):
    """A token that this server does not take: status, x-ms-diagnostics number, category, reason."""

    def __init__(self, reason, category="invalid_token", number=2000003, status=401):
        super().__init__(reason)
        self.reason, self.category, self.number, self.status = reason, category, number, status


class OAuthError(Exception):
    """A request to the token endpoint that is refused: its error and a description."""

    def __init__(self, error, description):
        super().__init__(error)
        self.error, self.description = error, description


@dataclasses.dataclass
class Grant:
    """What a code or a refresh token stands for."""

    client: str
    user: object
    family: str             # one sign-in and all that came of it
    expires: float
    redirect_uri: str = ""
    challenge: str = ""
    refresh: bool = True


class Issuer:
    """The authority of one world: its key, clients, codes and refresh tokens."""

    def __init__(self, world, description, base):
        unknown = description.keys() - OPTION_KEYS
        for client in description.get("clients", {}).values():
            unknown |= client.keys() - CLIENT_KEYS
        if unknown:
            raise ValueError(f"unknown in oauth: {', '.join(sorted(unknown))}")
        self.world, self.base = world, base
        self.issuer = description.get("issuer", f"{base}/adfs")
        audience = description.get("audience", [f"{base}/", base, "https://localhost/"])
        self.audience = [audience] if isinstance(audience, str) else audience
        self.clients = description.get("clients", {})
        self.lifetime = description.get("lifetime", 3600)
        self.refresh_lifetime = description.get("refresh_lifetime", 90 * 86400)
        self.key = jwt.SharedKey(description["secret"]) if "secret" in description \
            else jwt.RsaKey()
        self.codes, self.refresh, self.used, self.ended = {}, {}, {}, set()
        self.certificates = {name: jwt.Certificate(client["certificate"])
                             for name, client in self.clients.items() if "certificate" in client}
        self.assertions = set()     # that have been used
        self.lock = threading.Lock()

    @property
    def token_url(self):
        return f"{self.base}{PREFIX}oauth2/token"

    @property
    def authorize_url(self):
        return f"{self.base}{PREFIX}oauth2/authorize"

    def challenge(self, error=None):
        """Return the value of the WWW-Authenticate field for Bearer."""
        more = f', error="{error}"' if error else ""
        return 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", ' \
            f'trusted_issuers="{self.issuer}", ' \
            'token_types="app_asserted_user_v1 service_asserted_app_v1", ' \
            f'authorization_uri="{self.authorize_url}"{more}'

    # Tokens

    def claims(self, client, user=None):
        """Return the claims of a new access token for a client, alone or on behalf of a user."""
        now = int(self.world.clock())
        claims = {"iss": self.issuer, "aud": self.audience[0], "iat": now, "nbf": now,
                  "exp": now + self.lifetime, "appid": client, "ver": "1.0",
                  "tid": "practice", "oid": hashlib.md5(client.encode()).hexdigest()}
        known = self.clients.get(client, {})
        if user is None:
            return claims | {"roles": known.get("roles", [])}
        return claims | {"upn": user.address, "unique_name": user.name,
                         "scp": " ".join(known.get("scopes", [AS_USER]))}

    def sign(self, claims, algorithm=None):
        return jwt.make(self.key, claims, algorithm)

    def user_of(self, token):
        """Return who a bearer token stands for, as (upn, None) or (None, application id)."""
        return self._principal(self.claims_of(token))

    def claims_of(self, token):
        """Return what a token says that is ours, for us, and holds now; raise TokenError."""
        try:
            claims = jwt.read(self.key, token)
        except jwt.JwtError as error:
            raise TokenError(f"The token has an invalid signature or form: {error}.") from None
        now = self.world.clock()
        if claims.get("iss") != self.issuer:
            raise TokenError("The issuer of the token is unknown.", "invalid_issuer")
        if claims.get("aud") not in self.audience:
            raise TokenError("The audience claim value is invalid.", "invalid_resource")
        if not _is_number(claims.get("exp")) or claims["exp"] + SKEW_SECONDS <= now:
            raise TokenError("The token has expired.")
        if not _is_number(claims.get("nbf")) or claims["nbf"] - SKEW_SECONDS > now:
            raise TokenError("The token is not yet valid.")
        if claims.get("appid") not in self.clients:
            raise TokenError("The application is unknown.", "invalid_client")
        return claims

    @staticmethod
    def _principal(claims):
        if "upn" in claims:
            if AS_USER in str(claims.get("scp", "")).split(" "):
                return claims["upn"], None
        elif FULL_ACCESS in claims.get("roles", ()):
            return None, claims["appid"]
        raise TokenError("The token contains not enough scope to make this call.",
                         "invalid_grant", 2000008, 403)

    # Grants

    def new_code(self, client, user, redirect_uri, challenge, refresh):
        code = secrets.token_urlsafe(24)
        with self.lock:
            self.codes[code] = Grant(client, user, code, self.world.clock() + CODE_SECONDS,
                                     redirect_uri, challenge, refresh)
        return code

    def take_code(self, code):
        """Return the Grant of a code, which ends with that, or None."""
        with self.lock:
            grant = self.codes.pop(code, None)
            if grant is None:
                self.ended.add(code)    # used twice: whoever has its tokens may be a thief
            else:
                self.used[code] = grant
        return grant

    def new_refresh(self, grant):
        token = secrets.token_urlsafe(32)
        with self.lock:
            self.refresh[token] = dataclasses.replace(
                grant, expires=self.world.clock() + self.refresh_lifetime)
        return token

    def take_refresh(self, token):
        """Return the Grant of a refresh token, which ends with that, or None."""
        with self.lock:
            grant = self.refresh.pop(token, None)
            if grant is None:
                if token in self.used:
                    self.ended.add(self.used[token].family)
                return None
            self.used[token] = grant
            return None if grant.family in self.ended else grant

    def revoke(self, address=None):
        """End the refresh tokens of a user, or of everybody, as a changed password does."""
        with self.lock:
            self.refresh = {token: grant for token, grant in self.refresh.items()
                            if address and grant.user.address.lower() != address.lower()}


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# The endpoints

def is_for(route):
    """Is a path one of these endpoints? Entra's have the tenant before them."""
    return route.startswith(PREFIX) or ENTRA.match(route)


def answer(connection, http, entry):
    """Return the Answer to a request below PREFIX, or at Entra's paths."""
    issuer, route = connection.world.issuer, http.route.removeprefix(PREFIX)
    if found := ENTRA.match(http.route):
        route = f"oauth2/{found[1]}"
    if route == ".well-known/openid-configuration":
        return _json(200, {
            "issuer": issuer.issuer, "token_endpoint": issuer.token_url,
            "authorization_endpoint": issuer.authorize_url,
            "jwks_uri": f"{issuer.base}{PREFIX}discovery/keys",
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "client_credentials",
                                      "refresh_token"]})
    if route == "discovery/keys":
        return _json(200, {"keys": issuer.key.public()})
    if route == "oauth2/authorize":
        return _authorize(issuer, http, entry)
    if route == "oauth2/token" and http.method == "POST":
        return _token(connection, issuer, http, entry)
    return Answer(404)


def _json(status, value):
    return Answer(status, json.dumps(value).encode(), JSON,
                  [("Cache-Control", "no-store"), ("Pragma", "no-cache")])


def _form(text):
    """Return the parameters of a query or form; none may come twice."""
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise OAuthError("invalid_request", "A parameter is there twice.")
    return found


def _refused(error):
    number = ENTRA_CODES.get(error.error, 90000)
    return _json(401 if error.error == "invalid_client" else 400, {
        "error": error.error, "error_codes": [number], "timestamp": time.strftime("%F %TZ"),
        "error_description": f"AADSTS{number}: {error.description}",
        "trace_id": secrets.token_hex(16), "correlation_id": secrets.token_hex(16)})


def _token(connection, issuer, http, entry):
    """Answer the token endpoint, faults on demand included."""
    entry.update(operation="Token", credential=True)
    rule = connection.misbehaviour.take("Token", ())
    mode = rule["mode"] if rule else None
    entry["misbehaved"] = mode
    if mode in REPLACE:
        return replacement(rule, lambda error: b"")
    if mode == "slow":
        time.sleep(rule.get("seconds", 1))
    try:
        if mode == "oauth_error":
            raise OAuthError(rule["code"], rule.get("text", "As practised."))
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise OAuthError("invalid_request", "The body must be a form.")
        form = _form(http.body.decode("utf-8", "replace"))
        client = _client(issuer, form, http)
        entry["user"] = client
        _check_resource(issuer, form)
        grant = GRANTS.get(form.get("grant_type"))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "The grant type is not supported.")
        return spoil(_json(200, _spoilt_tokens(grant(issuer, client, form), issuer, rule)), rule)
    except OAuthError as error:
        return _refused(error)


def _client(issuer, form, http):
    """Return the client's id, proven by its secret or certificate unless it is a public client."""
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(token).decode().partition(":")
        except (binascii.Error, ValueError):
            raise OAuthError("invalid_client", "The authorization is malformed.") from None
        name, secret = (urllib.parse.unquote_plus(part) for part in (pair[0], pair[2]))
    known = issuer.clients.get(name)
    if known is None:
        raise OAuthError("unauthorized_client", "The application was not found.")
    if "client_assertion" in form:
        _check_assertion(issuer, name, form, f"https://{http.headers['host']}{http.path}")
        return name
    if "certificate" in known and "secret" not in known:
        raise OAuthError("invalid_client", "The request body must contain client_assertion.")
    if "secret" in known and not hmac.compare_digest(secret.encode(), known["secret"].encode()):
        raise OAuthError("invalid_client", "Invalid client secret provided.")
    return name


def _check_assertion(issuer, name, form, here):
    """Raise OAuthError unless the client's certificate has signed this request for us, now, and once."""
    certificate = issuer.certificates.get(name)
    try:
        head, claims, data, signature = jwt.parts(form["client_assertion"])
    except jwt.JwtError as error:
        raise OAuthError("invalid_client", f"The client assertion is malformed: {error}.") from None
    now = issuer.world.clock()
    wrong = None
    if certificate is None or form.get("client_assertion_type") != BY_CERTIFICATE \
            or head.get("x5t#S256") != certificate.thumb:
        wrong = "The certificate with identifier used to sign the client assertion is not registered."
    elif head.get("alg") != "PS256" or not certificate.holds(head["alg"], data, signature):
        wrong = "The signature of the client assertion does not hold."
    elif claims.get("iss") != name or claims.get("sub") != name or not claims.get("jti"):
        wrong = "Issuer and subject of the client assertion must be the client."
    elif claims.get("aud") != here:
        wrong = "The audience of the client assertion is invalid."
    elif not claims.get("nbf", now) - SKEW_SECONDS <= now < claims.get("exp", 0) + SKEW_SECONDS \
            or claims["exp"] - now > 3600:
        wrong = "The client assertion is not within its valid time range."
    elif claims["jti"] in issuer.assertions:
        wrong = "The client assertion was used before."
    if wrong:
        raise OAuthError("invalid_client", wrong)
    issuer.assertions.add(claims["jti"])


def _check_resource(issuer, form):
    """Tokens are for this server alone, whether asked for by resource or by scope."""
    known = {audience.rstrip("/") for audience in issuer.audience}
    wanted = [form["resource"]] if "resource" in form else []
    for scope in form.get("scope", "").split():
        if "/" in scope:
            wanted.append(scope.rpartition("/")[0])
        elif scope not in ("openid", "profile", "offline_access", "email", "User.Read") \
                and not scope.startswith("Calendars."):
            raise OAuthError("invalid_scope", f"The scope {scope} is not valid.")
    if any(one.rstrip("/") not in known for one in wanted):
        raise OAuthError("invalid_resource", "The resource was not found.")


def _tokens(issuer, client, user, grant=None):
    answer_ = {"token_type": "Bearer", "expires_in": issuer.lifetime,
               "access_token": issuer.sign(issuer.claims(client, user))}
    if grant and grant.refresh:
        answer_["refresh_token"] = issuer.new_refresh(grant)
    return answer_


def _spoilt_tokens(tokens, issuer, rule):
    """Return the answer with the fault that a TOKEN mode asks for."""
    mode = rule["mode"] if rule else None
    if mode == "no_refresh_token":
        tokens.pop("refresh_token", None)
    elif mode in ("token_expired", "token_wrong_audience"):
        claims = jwt.read(issuer.key, tokens["access_token"])
        claims |= {"aud": "https://elsewhere.example/"} if mode == "token_wrong_audience" else \
            {name: claims[name] - issuer.lifetime - 2 * SKEW_SECONDS
             for name in ("iat", "nbf", "exp")}
        tokens["access_token"] = issuer.sign(claims)
    return tokens


def _by_client(issuer, client, _):
    if not issuer.clients[client].keys() & {"secret", "certificate"}:
        raise OAuthError("unauthorized_client", "A public client cannot act for itself.")
    return _tokens(issuer, client, None)


def _by_code(issuer, client, form):
    grant = issuer.take_code(form.get("code", ""))
    verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if grant is None or grant.client != client or grant.expires < issuer.world.clock() \
            or grant.redirect_uri != form.get("redirect_uri") \
            or grant.challenge != jwt.encode(verifier):
        raise OAuthError("invalid_grant", "The code is invalid, used or has expired.")
    return _tokens(issuer, client, grant.user, grant)


def _by_refresh(issuer, client, form):
    grant = issuer.take_refresh(form.get("refresh_token", ""))
    if grant is None or grant.client != client or grant.expires < issuer.world.clock():
        raise OAuthError("invalid_grant", "The refresh token is invalid or has expired.")
    return _tokens(issuer, client, grant.user, grant)


GRANTS = {"client_credentials": _by_client, "authorization_code": _by_code,
          "refresh_token": _by_refresh}


def _authorize(issuer, http, entry):
    """Show a form, or take its answer and redirect back with a code."""
    entry["operation"] = "Authorize"
    try:
        asked = _form(http.path.partition("?")[2])
        client = issuer.clients.get(asked.get("client_id"))
        back = asked.get("redirect_uri")
        if client is None or back not in client.get("redirect_uris", ()):
            raise OAuthError("invalid_request", "Unknown client or redirect URI.")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256" \
                or len(asked.get("code_challenge", "")) != 43:
            raise OAuthError("invalid_request", "A code with an S256 challenge must be asked for.")
        _check_resource(issuer, asked)
        if http.method != "POST":
            return Answer(200, _sign_in_page(asked).encode(), HTML)
        given = _form(http.body.decode("utf-8", "replace"))
    except OAuthError as error:
        return _refused(error)
    entry["credential"] = True
    domain, _, name = given.get("user", "").rpartition("\\")
    user = issuer.world.find_user(domain, name)
    if user is None or not hmac.compare_digest(given.get("password", "").encode(),
                                               user.password.encode()):
        return Answer(401, _sign_in_page(asked).encode(), HTML)
    refresh = "resource" in asked or "offline_access" in asked.get("scope", "").split()
    code = issuer.new_code(asked["client_id"], user, back, asked["code_challenge"], refresh)
    query = urllib.parse.urlencode({"code": code, "state": asked.get("state", "")})
    return Answer(302, headers=[("Location", f"{back}{'&' if '?' in back else '?'}{query}")])


def _sign_in_page(asked):
    user = html.escape(asked.get("login_hint", ""), quote=True)
    return "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method=post>" \
        f"<input name=user value=\"{user}\"><input name=password type=password>" \
        "<button>Sign in</button></form></body></html>"
