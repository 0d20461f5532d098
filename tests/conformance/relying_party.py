"""The application and the person of the OpenID Foundation's conformance plans.

The application is confidential and asks as the plans do: `openid`, a nonce, a state, and a response mode of the plan's
choosing. The person fills in the hosted pages without scripts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from joserfc import jws
from joserfc.jwk import KeySet
from tests.support.factories import MadeApplication, MadeUser
from tests.support.visitor import ORIGIN, Visitor
from tests.ui.reading import Document

_MOST_REDIRECTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the token endpoint gave, with the ID token's claims verified against the key set."""

    access_token: str
    id_token: str
    claims: Mapping[str, Any]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    visitor: Visitor
    application: MadeApplication
    user: MadeUser
    response_mode: str = "query"

    @property
    def redirect_uri(self) -> str:
        return self.application.redirect_uri or ""

    def parameters(self, **more: str | None) -> dict[str, str]:
        """Return an authorization request; a parameter given as None is left out."""
        mode = {} if self.response_mode == "query" else {"response_mode": self.response_mode}
        wanted: dict[str, str | None] = {
            "client_id": self.application.id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": "a-state",
            "nonce": "a-nonce",
            **mode,
            **more,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    async def arrive(self, **more: str | None) -> httpx2.Response:
        """Send the person to the authorization endpoint; returns the page shown, or the answer to the application."""
        return await self.follow(await self.visitor.get(f"/oidc/auth?{urlencode(self.parameters(**more))}"))

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        for _ in range(_MOST_REDIRECTS):
            target = urljoin(str(response.url), response.headers.get("location", ""))
            if not response.is_redirect or not target.startswith(f"{ORIGIN}/"):
                return response
            response = await self.visitor.get(target)
        raise AssertionError("redirects without end")

    async def sign_in(self, page: httpx2.Response) -> httpx2.Response:
        """Fill in the sign-in page."""
        assert is_sign_in_page(page), page.text
        action, fields = form_of(page)
        credentials = {"identifier": self.user.username, "password": self.user.password}
        sent = await self.visitor.post(action, data=fields | credentials, headers={"origin": ORIGIN})
        return await self.follow(sent)

    async def answer(self, **more: str | None) -> dict[str, str]:
        """Ask, sign in where a page asks for it, and return what the application is told."""
        response = await self.arrive(**more)
        return self.told(await self.sign_in(response) if is_sign_in_page(response) else response)

    async def code(self, **more: str | None) -> str:
        """Return an authorization code."""
        answer = await self.answer(**more)
        assert "code" in answer, answer
        return answer["code"]

    def told(self, response: httpx2.Response) -> dict[str, str]:
        """Return the members of an authorization response, however it travels."""
        if self.response_mode == "form_post":
            action, fields = form_of(response)
            assert action == self.redirect_uri
            return {name: value for name, value in fields.items() if name}
        location = response.headers["location"]
        assert location.startswith(self.redirect_uri), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def redeem(self, code: str, *, in_body: bool = False, **more: str) -> httpx2.Response:
        """Exchange a code, with the secret in the header or in the body."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri, **more}
        return await self.token(form, in_body=in_body)

    async def token(self, form: Mapping[str, str], *, in_body: bool = False) -> httpx2.Response:
        id_, secret = self.application.credentials
        if in_body:
            return await self.visitor.post("/oidc/token", data={**form, "client_id": id_, "client_secret": secret})
        return await self.visitor.post("/oidc/token", data=dict(form), auth=(id_, secret))

    async def tokens(self, **more: str | None) -> Tokens:
        """Go the whole way from request to tokens."""
        return await self.verified(await self.redeem(await self.code(**more)))

    async def verified(self, response: httpx2.Response) -> Tokens:
        """Check a token response and its ID token (OpenID Connect Core §3.1.3.3, §3.1.3.7)."""
        body = response.json()
        assert response.status_code == 200, body
        assert response.headers["cache-control"] == "no-store"
        assert body["token_type"] == "Bearer"
        keys = KeySet.import_key_set((await self.visitor.get("/oidc/jwks")).json())
        signed = jws.extract_compact(body["id_token"].encode())
        kid = signed.headers()["kid"]
        (key,) = [each for each in keys.keys if each.kid == kid]
        jws.deserialize_compact(body["id_token"], key, algorithms=["ES384"])
        claims = json.loads(signed.payload)
        return Tokens(access_token=body["access_token"], id_token=body["id_token"], claims=claims, body=body)

    async def userinfo(self, access_token: str, *, method: str = "GET", in_body: bool = False) -> dict[str, Any]:
        if in_body:
            response = await self.visitor.post("/oidc/me", data={"access_token": access_token})
        else:
            headers = {"authorization": f"Bearer {access_token}"}
            response = await self.visitor.request(method, "/oidc/me", headers=headers)
        assert response.status_code == 200, response.text
        claims: dict[str, Any] = response.json()
        return claims


def form_of(page: httpx2.Response) -> tuple[str, dict[str, str]]:
    """Return where the page's form goes and what its inputs hold."""
    document = Document(page.text)
    inputs = [each for each in document.all("input") if each.within("form") and each.get("name")]
    return document.one("form").get("action"), {each.get("name"): each.get("value") for each in inputs}


def is_sign_in_page(response: httpx2.Response) -> bool:
    return response.status_code == 200 and urlsplit(str(response.url)).path == "/sign-in"
