"""An application that is registered at the fake providers, and the calls a connector would make for it."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from starlette.applications import Starlette

from sekisho.devkit.providers.routing import DIALECTS, PATH, provider_routes
from sekisho.kernel.clock import Clock

REDIRECT_URI = "http://localhost:3001/callback/instance?from=here"
VERIFIER, CHALLENGE = "a-verifier", "NORfwpEYKakZsuYgaey8PFmACPx5Ikq_PyZGYQ7p8NI"
PARAMETERS = {
    "response_type": "code",
    "redirect_uri": REDIRECT_URI,
    "scope": "openid profile email tweet.read users.read users.email identify",
    "state": "some state",
}
KEYS = [dialect.key for dialect in DIALECTS]
PATHS = {
    "x": ("/i/oauth2/authorize", "/2/oauth2/token", "/2/users/me"),
    "kakao": ("/oauth/authorize", "/oauth/token", "/v2/user/me"),
    "discord": ("/oauth2/authorize", "/api/v10/oauth2/token", "/api/v10/users/@me"),
    "linkedin": ("/oauth/v2/authorization", "/oauth/v2/accessToken", "/v2/userinfo"),
    "oauth2": ("/authorize", "/token", "/user"),
    "oidc": ("/authorize", "/token", "/userinfo"),
}


def providers_over_asgi(clock: Clock) -> httpx2.AsyncClient:
    """Return a browser that reaches nothing but the providers, which have no pages here."""
    app = Starlette(routes=provider_routes(clock=clock))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost:3001")


class Program:
    """The application that is registered at a provider: it sends people there, and makes the calls of a connector."""

    def __init__(self, browser: httpx2.AsyncClient, key: str) -> None:
        self._browser = browser
        self.key = key
        self.authorization, self.token_endpoint, self.profile_endpoint = (f"{PATH}/{key}{path}" for path in PATHS[key])

    def authorization_url(self, **more: str) -> str:
        pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"} if self.key == "x" else {}
        query = {**PARAMETERS, "client_id": f"{self.key}-client", **pkce, **more}
        return f"{self.authorization}?{urlencode(query)}"

    async def come_back(self, **more: str) -> dict[str, str]:
        """Return what the provider sends back, without its page."""
        answer = await self._browser.get(self.authorization_url(account="hokusai", decision="allow", **more))
        return back(answer)

    async def redeem(self, code: str, *, secret: str | None = None, **more: str) -> httpx2.Response:
        secret = f"{self.key}-secret-to-try-out" if secret is None else secret
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, **more}
        if self.key == "x":
            basic = b64encode(f"x-client:{secret}".encode()).decode()
            headers = {"authorization": f"Basic {basic}"}
            return await self._browser.post(
                self.token_endpoint, data={"code_verifier": VERIFIER, **form}, headers=headers
            )
        credentials = {"client_id": f"{self.key}-client", "client_secret": secret}
        return await self._browser.post(self.token_endpoint, data={**credentials, **form})

    async def profile(self, token: str, **query: str) -> httpx2.Response:
        where = f"{self.profile_endpoint}?{urlencode(query)}"
        method = "POST" if self.key == "kakao" else "GET"
        return await self._browser.request(method, where, headers={"authorization": f"Bearer {token}"})

    async def learn(self, *, query: Mapping[str, str] | None = None, **more: str) -> Any:
        """Return the profile of who came back."""
        tokens = await self.redeem((await self.come_back(**more))["code"])
        assert tokens.status_code == 200, tokens.text
        told = await self.profile(tokens.json()["access_token"], **(query or {}))
        assert told.status_code == 200, told.text
        return told.json()


def back(answer: httpx2.Response) -> dict[str, str]:
    """Return what came back with the browser; the query the redirect URI had stays."""
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["location"])
    query = dict(parse_qsl(location.query))
    assert f"{location.scheme}://{location.netloc}{location.path}" == REDIRECT_URI.partition("?")[0]
    assert query.pop("from") == "here"
    return query


@asynccontextmanager
async def providers_on_loopback(clock: Clock, *, slowness: timedelta) -> AsyncIterator[str]:
    """Serve the providers at an address of this machine, for callers who open connections."""
    app = Starlette(routes=provider_routes(clock=clock, slowness=slowness))
    serving: set[asyncio.Task[None]] = set()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://fake") as inside:

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(_serve(inside, reader, writer))
            serving.add(task)
            task.add_done_callback(serving.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            left = [*serving]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


async def _serve(inside: httpx2.AsyncClient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request, and hang up."""
    try:
        head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        answer = await inside.request(method, target, headers=headers, content=body)
        members = {**answer.headers, "content-length": str(len(answer.content)), "connection": "close"}
        told = "".join(f"{name}: {value}\r\n" for name, value in members.items())
        writer.write(f"HTTP/1.1 {answer.status_code} .\r\n{told}\r\n".encode() + answer.content)
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
