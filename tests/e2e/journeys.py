"""People who sign in: a browser, an application, and the steps between them, taken one by one or in one go.

A journey works the same over ASGI and over the network; its browser is any client that keeps cookies and does not
follow redirects.
"""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from tests.support.factories import PASSWORD, REDIRECT_URI, MadeApplication
from tests.support.visitor import ORIGIN
from tests.ui.reading import Document

SCOPE = "openid offline_access profile"
API = "https://default.logto.app/api"
MANAGE = {"grant_type": "client_credentials", "resource": API, "scope": "all"}

Event: TypeAlias = Literal["SignIn", "Register"]

_VERIFIER = "a-verifier-that-is-the-same-in-every-single-test"
_CHALLENGE = urlsafe_b64encode(sha256(_VERIFIER.encode()).digest()).decode().rstrip("=")
_MOST_REDIRECTS = 12


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a page, as a browser without scripts would send it."""

    action: str
    fields: dict[str, str]


def form_in(html: str) -> Form:
    """Return the only form of a page, with the values its inputs have."""
    page = Document(html)
    inputs = [each for each in page.all("input") if each.within("form")]
    return Form(page.one("form").get("action"), {each.get("name"): each.get("value") for each in inputs})


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application as it presents itself. `base` is the path of its tenant."""

    id: str
    secret: str | None = None
    redirect_uri: str = REDIRECT_URI
    base: str = ""

    @classmethod
    def of(cls, made: MadeApplication) -> "Client":
        return cls(id=made.id, secret=made.secret, redirect_uri=made.redirect_uri or "")


DEMO = Client(id="demo-app", redirect_uri=f"{ORIGIN}/demo-app")
CONSOLE = Client(id="admin-console", redirect_uri=f"{ORIGIN}/console/callback", base="/t/admin")


class Journey:
    """One person's way through one application."""

    def __init__(self, browser: httpx2.AsyncClient, client: Client) -> None:
        self.browser = browser
        self.client = client

    async def register(self, username: str, *, password: str = PASSWORD, **more: str) -> dict[str, Any]:
        """Make an account and come back with tokens."""
        await self.prepare_registration(username, password=password, **more)
        identified = await self.identify()
        assert identified.status_code == 201, identified.text
        return await self.finish()

    async def sign_in(self, username: str, *, password: str = PASSWORD, **more: str) -> dict[str, Any]:
        """Sign in with a password and come back with tokens."""
        await self.begin("SignIn", **more)
        proof = await self.prove(username, password=password)
        assert proof.status_code == 200, proof.text
        identified = await self.identify(proof.json()["verificationId"])
        assert identified.status_code == 204, identified.text
        return await self.finish()

    async def prepare_registration(self, username: str, *, password: str = PASSWORD, **more: str) -> None:
        """Go as far as one can without making the account."""
        await self.begin("Register", **more)
        for kind, value in (("username", username), ("password", password)):
            staged = await self.api("POST", "/profile", json={"type": kind, "value": value})
            assert staged.status_code == 204, staged.text

    async def begin(self, event: Event, **more: str) -> None:
        """Arrive at the sign-in page and begin the flow."""
        shown = await self.browser.get(self.authorization_url(**more))
        assert shown.status_code == 303, shown.text
        begun = await self.api("PUT", "", json={"interactionEvent": event})
        assert begun.status_code == 204, begun.text

    async def prove(self, username: str, *, password: str = PASSWORD) -> httpx2.Response:
        body = {"identifier": {"type": "username", "value": username}, "password": password}
        return await self.api("POST", "/verification/password", json=body)

    async def identify(self, verification_id: str | None = None) -> httpx2.Response:
        return await self.api(
            "POST", "/identification", json={} if verification_id is None else {"verificationId": verification_id}
        )

    async def finish(self) -> dict[str, Any]:
        """Submit what was identified, follow the redirects to the application, and redeem the code."""
        tokens = await self.redeem(await self.submit())
        assert tokens.status_code == 200, tokens.text
        members: dict[str, Any] = tokens.json()
        return members

    async def submit(self) -> str:
        """Submit and return the authorization code."""
        submitted = await self.api("POST", "/submit")
        assert submitted.status_code == 200, submitted.text
        return await self.code_from(submitted.json()["redirectTo"])

    async def code_from(self, url: str) -> str:
        """Follow redirects until they leave for the application."""
        async for answer in self._redirects(url):
            target = urljoin(str(answer.url), answer.headers.get("location", ""))
            if target.startswith(self.client.redirect_uri):
                (code,) = parse_qs(urlsplit(target).query)["code"]
                return code
        raise AssertionError(f"no way to the application from {url}")

    async def follow(self, url: str) -> httpx2.Response:
        """Follow redirects to the page they end at."""
        answers = [answer async for answer in self._redirects(url)]
        return answers[-1]

    async def _redirects(self, url: str) -> AsyncIterator[httpx2.Response]:
        for _ in range(_MOST_REDIRECTS):
            answer = await self.browser.get(url)
            yield answer
            if not answer.is_redirect:
                return
            url = urljoin(str(answer.url), answer.headers["location"])
        raise AssertionError(f"redirects without end: {url}")

    async def redeem(self, code: str) -> httpx2.Response:
        return await self.token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.client.redirect_uri,
                "code_verifier": _VERIFIER,
            }
        )

    async def refresh(self, refresh_token: str, **more: str) -> httpx2.Response:
        return await self.token({"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    async def sign_out(self) -> str:
        """Leave by the front door, without scripts; returns where that leads."""
        asked = await self.browser.get(self.url(f"/oidc/session/end?{urlencode({'client_id': self.client.id})}"))
        assert asked.status_code == 200, asked.text
        form = form_in(asked.text)
        left = await self.browser.post(form.action, data=form.fields)
        assert left.status_code == 303, left.text
        location: str = left.headers["location"]
        return location

    async def silently(self) -> str:
        """Ask for a code without a page; returns the code, or the error where nobody is signed in."""
        answer = await self.browser.get(self.authorization_url(prompt="none"))
        assert answer.status_code == 303, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return (query.get("code") or query["error"])[0]

    async def userinfo(self, access_token: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {access_token}"}
        return await self.browser.get(self.url("/oidc/me"), headers=headers)

    async def token(self, form: dict[str, str]) -> httpx2.Response:
        """Call the token endpoint as the application does: from its server, without the browser's cookies."""
        client = self.client
        body = {"client_id": client.id, **({} if client.secret is None else {"client_secret": client.secret}), **form}
        return await self.browser.post(self.url("/oidc/token"), data=body, headers={"cookie": ""})

    async def api(self, method: str, path: str, *, json: Any = None) -> httpx2.Response:
        """Call the Experience API."""
        return await self.browser.request(method, self.url(f"/api/experience{path}"), json=json)

    def authorization_url(self, **more: str) -> str:
        query = {
            "client_id": self.client.id,
            "redirect_uri": self.client.redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "prompt": "login consent",
            "state": "state",
            "code_challenge": _CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return self.url(f"/oidc/auth?{urlencode(query)}")

    def url(self, path: str) -> str:
        return self.client.base + path
