"""The HTTP client. Connections go to the address the guard has judged; TLS and the Host header keep the name."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self

import httpcore2
import httpx2
import msgspec

from sekisho.outbound.guard import Guard, OutboundRefused

_PATIENCE = timedelta(seconds=10)
_MOST_BYTES = 1024 * 1024
_MOST_REDIRECTS = 3
_MOST_CONNECTIONS = 100
_FAILURES = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


class OutboundFailed(Exception):
    """The other side could not be reached, took too long, or answered with something unusable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundAnswer:
    """What the other side said; `url` is where it said it, after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 — the class of statuses

    def json(self) -> Any:
        """Return the body as JSON values; raises `OutboundFailed`."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise OutboundFailed(f"{self.url} did not answer with JSON") from error


class OutboundClient:
    """One per process: its connections are shared. Proxies and netrc of the machine play no part.

    `tls` says which certificates are trusted: by default those the machine trusts.
    """

    def __init__(self, guard: Guard, *, tls: ssl.SSLContext | None = None) -> None:
        transport = _GuardedTransport(guard, tls or httpx2.create_ssl_context())
        self._client = httpx2.AsyncClient(
            transport=transport,
            follow_redirects=False,
            max_redirects=_MOST_REDIRECTS,
            trust_env=False,
            # Attack: what one tenant's service sets is sent along with another tenant's call. No answer sets anything.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        patience: timedelta = _PATIENCE,
        most_bytes: int = _MOST_BYTES,
        follows_redirects: bool = False,
    ) -> OutboundAnswer:
        """Send a request and read its whole answer; raises `OutboundRefused` and `OutboundFailed`.

        `patience` is for all of it, redirects and body included.
        """
        try:
            request = self._client.build_request(
                method, url, headers=_headers(headers), content=content, data=form, json=json, timeout=None
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise OutboundFailed("that is no request that can be sent") from error
        if request.url.scheme not in {"http", "https"}:
            raise OutboundRefused(f"{request.url.scheme} is not called")
        try:
            async with asyncio.timeout(patience.total_seconds()):
                return await self._exchange(request, most_bytes=most_bytes, follows_redirects=follows_redirects)
        except TimeoutError as error:
            raise OutboundFailed(f"{request.url.host} took longer than {patience.total_seconds():g} s") from error
        except _FAILURES as error:
            raise OutboundFailed(f"{request.url.host}: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, request: httpx2.Request, *, most_bytes: int, follows_redirects: bool) -> OutboundAnswer:
        response = await self._client.send(request, stream=True, follow_redirects=follows_redirects)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > most_bytes:
                    raise OutboundFailed(f"{request.url.host} answered with more than {most_bytes} bytes")
        finally:
            await response.aclose()
        return OutboundAnswer(
            status=response.status_code, headers=dict(response.headers), body=bytes(body), url=str(response.url)
        )


class _GuardedTransport(httpx2.AsyncBaseTransport):
    """Each request passes here, redirected ones too, and each connection is made by the guarded backend."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=_MOST_CONNECTIONS,
            keepalive_expiry=30.0,
            network_backend=_GuardedBackend(guard),
        )

    async def __aenter__(self) -> Self:
        return self

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class _GuardedBackend(httpcore2.AnyIOBackend):
    """Connects to what the guard has judged. Judging and connecting by name would be two look-ups, and two answers."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 — the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception | None = None
        for address in await self._guard.addresses(host, port):
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.NetworkError as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")


def _headers(given: Mapping[str, str] | None) -> Mapping[str, str]:
    return {"user-agent": "Sekisho", "accept": "application/json, */*;q=0.5", **(given or {})}
