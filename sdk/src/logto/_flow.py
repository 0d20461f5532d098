"""How one piece of protocol logic serves both clients.

A flow is a generator: it yields what it needs done (an HTTP call, a wait for another request) and is resumed with
the result. Flows never touch a socket, a thread or an event loop; Driver and AsyncDriver do that for them.
"""

import asyncio
import functools
import ssl
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for_futures
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias, TypeVar, cast

import httpx2

from logto.LogtoException import ServerUnavailable

USER_AGENT = "sekisho-sdk/0.1.0"
DEFAULT_TIMEOUT = timedelta(seconds=10)
PATIENCE = timedelta(seconds=60)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request: GET without a form, POST with one. `timeout` shortens the client's own."""

    method: Literal["GET", "POST"]
    url: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The answer to a call; the flow is resumed with it whatever its status."""

    call: HttpCall
    status: int
    body: bytes
    retry_after: str | None = None


Outcome: TypeAlias = "Future[ServerUnavailable | None]"


@dataclass(frozen=True, slots=True)
class Wait:
    """Resume when `holder` is done, or after PATIENCE at the latest."""

    holder: Outcome


Effect: TypeAlias = HttpCall | Wait
Flow: TypeAlias = Generator[Effect, Any, T]

AsyncClientFactory: TypeAlias = Callable[[], httpx2.AsyncClient]
ClientFactory: TypeAlias = Callable[[], httpx2.Client]


@dataclass(frozen=True, slots=True)
class Driver:
    """Runs flows to their end in the calling thread, with a new HTTP client per request."""

    http_client: ClientFactory
    timeout: timedelta

    def run(self, flow: Flow[T]) -> T:
        reply: HttpReply | None = None
        failure: ServerUnavailable | None = None
        with closing(flow):
            try:
                while True:
                    effect = flow.send(reply) if failure is None else flow.throw(failure)
                    reply = failure = None
                    if isinstance(effect, Wait):
                        wait_for_futures([effect.holder], timeout=PATIENCE.total_seconds())
                        continue
                    try:
                        reply = self._send(effect)
                    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                        failure = _unreachable(effect, error)
            except StopIteration as end:
                return cast("T", end.value)

    def _send(self, call: HttpCall) -> HttpReply:
        with self.http_client() as client:
            return _reply(call, client.request(**_request(call, self.timeout)))


@dataclass(frozen=True, slots=True)
class AsyncDriver:
    """Runs flows to their end in the running event loop, and leaves nothing in it: the next call may have another."""

    http_client: AsyncClientFactory
    timeout: timedelta

    async def run(self, flow: Flow[T]) -> T:
        reply: HttpReply | None = None
        failure: ServerUnavailable | None = None
        with closing(flow):
            try:
                while True:
                    effect = flow.send(reply) if failure is None else flow.throw(failure)
                    reply = failure = None
                    if isinstance(effect, Wait):
                        await _wait(effect)
                        continue
                    try:
                        reply = await self._send(effect)
                    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                        failure = _unreachable(effect, error)
            except StopIteration as end:
                return cast("T", end.value)

    async def _send(self, call: HttpCall) -> HttpReply:
        async with self.http_client() as client:
            return _reply(call, await client.request(**_request(call, self.timeout)))


def new_client() -> httpx2.Client:
    return httpx2.Client(verify=_tls())


def new_async_client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(verify=_tls())


async def _wait(effect: Wait) -> None:
    waiter = asyncio.wrap_future(effect.holder)
    try:
        await asyncio.wait([waiter], timeout=PATIENCE.total_seconds())
    finally:
        # The holder may be done after this loop has closed: cut the wire between the two.
        waiter.cancel()


def _request(call: HttpCall, timeout: timedelta) -> dict[str, Any]:
    return {
        "method": call.method,
        "url": call.url,
        "data": call.form,
        "headers": {"Accept": "application/json", "User-Agent": USER_AGENT, **call.headers},
        "timeout": (call.timeout or timeout).total_seconds(),
        # A token or a secret must not follow a redirect to another host.
        "follow_redirects": False,
    }


def _reply(call: HttpCall, response: httpx2.Response) -> HttpReply:
    return HttpReply(
        call=call,
        status=response.status_code,
        body=response.content,
        retry_after=response.headers.get("Retry-After"),
    )


def _unreachable(call: HttpCall, error: Exception) -> ServerUnavailable:
    failure = ServerUnavailable(f"{call.method} {call.url} got no answer: {type(error).__name__} {error}".rstrip())
    failure.__cause__ = error
    return failure


@functools.cache
def _tls() -> ssl.SSLContext:
    # Reading the machine's certificates takes a tenth of a second: once per process, not per request.
    return httpx2.create_ssl_context()
