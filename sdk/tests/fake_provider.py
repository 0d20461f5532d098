"""A small OpenID provider in the test's process: the same protocol and the same refusals as the server.

It is reached through an HTTP transport without a socket. Tests break it on purpose: `outages`, `id_token_claims`,
`id_token_header`, `forge_id_token`.
"""

import asyncio
import base64
import hashlib
import json
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

BASE = "https://id.example"
ISSUER = f"{BASE}/oidc"
APP_ID = "bookstore00000000000a"
APP_SECRET = "s+e:c/r et"
CALLBACK = "http://localhost:3000/callback"
NOW = 1_800_000_000.5
GRACE = 3


class ManualClock:
    """Seconds since 1970 that stand still until they are moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Call:
    method: str
    path: str
    form: dict[str, str]
    headers: httpx2.Headers


@dataclass
class _Grant:
    subject: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    scope: str
    resources: list[str]
    code_spent: bool = False
    revoked: bool = False


@dataclass
class _RefreshToken:
    grant: _Grant
    rotated_at: float | None = None


@dataclass
class FakeProvider:
    clock: ManualClock = field(default_factory=ManualClock)
    subject: str = "user12345678"
    rotates: bool = False
    delay: float = 0
    algorithm: str = "ES384"
    access_token_lifetime: int = 3600
    outages: dict[str, int | Exception] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    id_token_claims: dict[str, Any] = field(default_factory=dict)
    id_token_header: dict[str, Any] = field(default_factory=dict)
    forge_id_token: Callable[[dict[str, Any]], str] | None = None
    before_reply: Callable[[Call], None] | None = None
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys: list[ECKey | RSAKey | OKPKey] = [new_key()]
        self.members = {"org1": "member"}
        self._lock = threading.Lock()
        self._count = 0
        self._codes: dict[str, _Grant] = {}
        self._refresh_tokens: dict[str, _RefreshToken] = {}
        self._access_tokens: dict[str, _Grant] = {}

    # What the test does in the user's and the administrator's place.

    def authorize(self, url: str) -> str:
        """Sign the user in at the authorization endpoint; return the callback URL the browser is sent to."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/auth"
        query = parse_qs(parts.query)
        assert query["client_id"] == [APP_ID]
        assert query["response_type"] == ["code"]
        assert query["code_challenge_method"] == ["S256"]
        grant = _Grant(
            subject=self.subject,
            redirect_uri=query["redirect_uri"][0],
            challenge=query["code_challenge"][0],
            nonce=query.get("nonce", [None])[0],
            scope=query["scope"][0],
            resources=query.get("resource", []),
        )
        code = self._new("code")
        self._codes[code] = grant
        answer = {"code": code, "state": query["state"][0], "iss": ISSUER}
        return f"{grant.redirect_uri}?{urlencode(answer)}"

    def rotate_key(self, key: ECKey | RSAKey | OKPKey | None = None) -> None:
        self.keys.insert(0, key or new_key())

    def requests_to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def access_token(self, **claims: object) -> str:
        """Issue a JWT access token outside any grant."""
        now = int(self.clock())
        values = {"iss": ISSUER, "sub": self.subject, "iat": now, "exp": now + 3600, "scope": "read", **claims}
        return self.sign({"typ": "at+jwt"}, values)

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        full = {"alg": self.algorithm, "kid": self.keys[0].kid, **header}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # servers sign with EdDSA all the same
            return jwt.encode(full, claims, self.keys[0], algorithms=[full["alg"]], default_type=None)

    # How the client reaches it.

    def http_client(self) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.MockTransport(self._handle))

    def async_http_client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()

        async def handle(request: httpx2.Request) -> httpx2.Response:
            # A client kept from another request would belong to a closed loop.
            assert asyncio.get_running_loop() is loop
            await asyncio.sleep(self.delay)
            return self._answer(request)

        return httpx2.AsyncClient(transport=httpx2.MockTransport(handle))

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        time.sleep(self.delay)
        return self._answer(request)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        call = Call(request.method, path, form, request.headers)
        with self._lock:
            self.calls.append(call)
            outage = self.outages.get(path)
            if isinstance(outage, Exception):
                raise outage
            if outage is not None:
                return httpx2.Response(
                    outage,
                    content=self.bodies.get(path, b""),
                    headers={"Retry-After": "7", "Location": "https://evil.example/"},
                )
            if path in self.bodies:
                return httpx2.Response(200, content=self.bodies[path])
            answer = self._route(call)
        if self.before_reply is not None:
            self.before_reply(call)
        return answer

    def _route(self, call: Call) -> httpx2.Response:
        match call.method, call.path:
            case "GET", "/oidc/.well-known/openid-configuration":
                return _json(self._discovery())
            case "GET", "/oidc/jwks":
                return _json({"keys": [{**key.as_dict(private=False), "use": "sig"} for key in self.keys]})
            case "POST", "/oidc/token":
                return self._token(call.form)
            case "POST", "/oidc/token/revocation":
                token = self._refresh_tokens.pop(call.form["token"], None)
                if token is not None:
                    token.grant.revoked = True
                return httpx2.Response(200)
            case "GET", "/oidc/me":
                return self._user_info(call.headers.get("Authorization", ""))
            case _:
                return _json({"error": "invalid_request"}, 404)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/me",
            "jwks_uri": f"{ISSUER}/jwks",
            "end_session_endpoint": f"{ISSUER}/session/end",
            "revocation_endpoint": f"{ISSUER}/token/revocation",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES384"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        if form.get("client_id") != APP_ID or form.get("client_secret") != APP_SECRET:
            return _json({"error": "invalid_client", "error_description": "client authentication failed"}, 401)
        if form["grant_type"] == "authorization_code":
            return self._redeem(form)
        return self._refresh(form)

    def _redeem(self, form: dict[str, str]) -> httpx2.Response:
        grant = self._codes.get(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if grant is None or grant.redirect_uri != form["redirect_uri"] or grant.challenge != challenge.decode():
            return _invalid_grant()
        if grant.code_spent:
            # The second use of a code revokes what the first one bought.
            grant.revoked = True
            return _invalid_grant()
        grant.code_spent = True
        return _json(self._issue(grant, form, refresh_token=self._new_refresh_token(grant)))

    def _refresh(self, form: dict[str, str]) -> httpx2.Response:
        value = form["refresh_token"]
        token = self._refresh_tokens.get(value)
        if token is None or token.grant.revoked:
            return _invalid_grant()
        if token.rotated_at is not None and self.clock() > token.rotated_at + GRACE:
            token.grant.revoked = True
            return _invalid_grant()
        resource, organization = form.get("resource"), form.get("organization_id")
        if resource is not None and resource not in token.grant.resources:
            return _json({"error": "invalid_target", "error_description": "resource indicator is missing"}, 400)
        if organization is not None and organization not in self.members:
            return _json({"error": "access_denied", "error_description": "user is not a member"}, 403)
        if self.rotates:
            token.rotated_at = self.clock()
            value = self._new_refresh_token(token.grant)
        return _json(self._issue(token.grant, form, refresh_token=value))

    def _issue(self, grant: _Grant, form: dict[str, str], *, refresh_token: str) -> dict[str, Any]:
        audience = form.get("resource")
        if form.get("organization_id"):
            audience = f"urn:logto:organization:{form['organization_id']}"
        now = int(self.clock())
        if audience is None:
            access_token = self._new("opaque")
            self._access_tokens[access_token] = grant
        else:
            access_token = self.access_token(sub=grant.subject, aud=audience, client_id=APP_ID)
        claims = {
            "sub": grant.subject,
            "name": None,
            "username": "foo",
            "created_at": 1_700_000_000_000,
            "aud": APP_ID,
            "iss": ISSUER,
            "iat": now,
            "exp": now + 3600,
            **({"nonce": grant.nonce} if grant.nonce else {}),
            **self.id_token_claims,
        }
        claims = {name: value for name, value in claims.items() if value is not ...}
        forge = self.forge_id_token
        return {
            "access_token": access_token,
            "expires_in": self.access_token_lifetime,
            "id_token": self.sign(self.id_token_header, claims) if forge is None else forge(claims),
            "refresh_token": refresh_token,
            "scope": grant.scope,
            "token_type": "Bearer",
        }

    def _user_info(self, authorization: str) -> httpx2.Response:
        grant = self._access_tokens.get(authorization.removeprefix("Bearer "))
        if grant is None or grant.revoked:
            return _json({"error": "invalid_token", "error_description": "invalid token provided"}, 401)
        return _json(
            {
                "sub": self.subject,
                "name": None,
                "username": "foo",
                "custom_data": {"shelf": 3},
                "identities": {"google": {"userId": "g1", "details": {"id": "g1"}}},
                "roles": ["reader"],
            }
        )

    def _new_refresh_token(self, grant: _Grant) -> str:
        token = self._new("refresh")
        self._refresh_tokens[token] = _RefreshToken(grant)
        return token

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count:0{43 - len(kind)}}"


def new_key(curve: str = "P-384") -> ECKey:
    return ECKey.generate_key(curve, {"use": "sig"}, auto_kid=True)


def _json(body: object, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, content=json.dumps(body), headers={"Content-Type": "application/json"})


def _invalid_grant() -> httpx2.Response:
    return _json({"error": "invalid_grant", "error_description": "grant request is invalid"}, 400)
