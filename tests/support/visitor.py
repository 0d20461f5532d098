"""A browser without a screen: the application over ASGI, with cookies kept as RFC 6265 says.

The standard library's jar judges expiry by the real clock and rewrites values; this one goes by the test's clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx2

from sekisho.kernel.clock import Clock

ORIGIN = "http://localhost:3001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    name: str
    value: str
    host: str
    path: str
    expires: datetime | None
    is_secure: bool
    is_http_only: bool


class Jar:
    """The cookies of one browser."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def take(self, lines: Iterable[str], *, url: str) -> None:
        """Keep what an answer from `url` sets."""
        for line in lines:
            cookie = self._parse(line, url)
            self._cookies.pop((cookie.host, cookie.path, cookie.name), None)
            self._cookies[cookie.host, cookie.path, cookie.name] = cookie

    def header(self, url: str) -> str:
        """Return what a browser sends to `url`: longer paths first, then older cookies (RFC 6265 §5.4)."""
        parts = urlsplit(url)
        sent = [
            cookie
            for cookie in self.cookies()
            if cookie.host == parts.hostname
            and _covers(cookie.path, parts.path or "/")
            and (parts.scheme == "https" or not cookie.is_secure)
        ]
        sent.sort(key=lambda cookie: -len(cookie.path))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent)

    def cookies(self) -> list[Cookie]:
        """Return every cookie that has not expired."""
        now = self._clock.now()
        return [each for each in self._cookies.values() if each.expires is None or each.expires > now]

    def get(self, name: str) -> str | None:
        return next((cookie.value for cookie in self.cookies() if cookie.name == name), None)

    def clear(self) -> None:
        self._cookies.clear()

    def _parse(self, line: str, url: str) -> Cookie:
        pair, *rest = line.split(";")
        name, _, value = pair.partition("=")
        given = {key.strip().lower(): text for key, _, text in (each.partition("=") for each in rest)}
        expires = parsedate_to_datetime(given["expires"]) if "expires" in given else None
        if "max-age" in given:
            expires = self._clock.now() + timedelta(seconds=int(given["max-age"]))
        return Cookie(
            name=name.strip(),
            value=value.strip(),
            host=urlsplit(url).hostname or "",
            path=given.get("path", "/"),
            expires=expires,
            is_secure="secure" in given,
            is_http_only="httponly" in given,
        )


class Visitor(httpx2.AsyncClient):
    """Sends requests to the application, never follows a redirect by itself, and keeps its cookies in `jar`."""

    def __init__(self, app: Any, *, clock: Clock, origin: str = ORIGIN, address: str = "127.0.0.1") -> None:
        self.jar = Jar(clock)
        inner = httpx2.ASGITransport(app=app, client=(address, 50_000))
        unused = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        transport = _Browser(inner, self.jar)
        super().__init__(transport=transport, base_url=origin, follow_redirects=False, cookies=unused)


class _Browser(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport, jar: Jar) -> None:
        self._inner = inner
        self._jar = jar

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if "cookie" not in request.headers and (header := self._jar.header(str(request.url))):
            request.headers["cookie"] = header
        response = await self._inner.handle_async_request(request)
        self._jar.take(response.headers.get_list("set-cookie"), url=str(request.url))
        return response


def _covers(where: str, path: str) -> bool:
    return path == where or path.startswith(where if where.endswith("/") else where + "/")
