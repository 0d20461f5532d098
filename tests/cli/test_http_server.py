"""What a stranger sends before it is a request: bytes over a real socket, to an application that tells what it got."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from sekisho.cli.http_server import HttpServer, bound

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
POST = b"POST /x HTTP/1.1\r\nhost: localhost\r\n"


class _HurriedLoop(asyncio.SelectorEventLoop):
    """A minute of its timers is a second of ours. What waits is woken by the server's own tick."""

    def time(self) -> float:
        return 60 * super().time()


async def _tell(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    body = await request.body()
    told = {"path": request.url.path, "headers": dict(request.headers), "bytes": len(body)}
    await JSONResponse(told)(scope, receive, send)


@asynccontextmanager
async def _serving() -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Connection]]]:
    sockets = bound("127.0.0.1", [0])
    address = sockets[0].getsockname()
    server = HttpServer(_tell)
    serving = asyncio.create_task(server.serve(list(sockets)))
    while not server.started:  # noqa: ASYNC110 — it tells nobody
        await asyncio.sleep(0.01)

    @asynccontextmanager
    async def connect() -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection(*address)
        try:
            yield reader, writer
        finally:
            writer.close()

    try:
        yield connect
    finally:
        server.stop()
        await serving


async def _answer(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    told: dict[str, Any] = json.loads(await reader.readexactly(length))
    return told


def _run(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=_HurriedLoop) as runner:
        runner.run(test)


async def test_requests_of_one_connection_are_answered_in_their_order() -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nhost: localhost\r\n\r\n" % number for number in range(20)))

        assert [(await _answer(reader))["path"] for _ in range(20)] == [f"/{number}" for number in range(20)]


async def test_a_trailer_does_not_pass_for_a_header() -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(POST + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx-forwarded-for: 192.0.2.1\r\n\r\n")

        told = await _answer(reader)

    assert told["bytes"] == 2
    assert "x-forwarded-for" not in told["headers"]


@pytest.mark.parametrize(
    "beginning",
    [POST + b"x: ", POST, b"GET /", POST + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"],
    ids=["header", "headers", "path", "trailers"],
)
async def test_what_never_ends_is_refused(beginning: bytes) -> None:
    rest = b"a" * 66_000 if beginning.endswith((b"x: ", b"/")) else b"x-header: 1\r\n" * 5100
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(beginning)
        await asyncio.sleep(0.05)
        writer.write(rest)

        async with asyncio.timeout(10):
            answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("size", [10, 100_000])
async def test_a_body_may_be_longer_than_a_head(size: int) -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(POST + b"content-length: 1000000\r\n\r\n")
        for _ in range(0, 1_000_000, size):
            writer.write(b"a" * size)
        await writer.drain()

        assert (await _answer(reader))["bytes"] == 1_000_000


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nhost: "], ids=["nothing", "half a head"])
def test_a_connection_is_not_held_by_a_head_that_does_not_come(beginning: bytes) -> None:
    async def test() -> None:
        async with _serving() as connect, connect() as (reader, writer):
            writer.write(b"GET /first HTTP/1.1\r\nhost: localhost\r\n\r\n" if beginning else b"")
            if beginning:
                await _answer(reader)
            writer.write(beginning)

            async with asyncio.timeout(120):
                assert await reader.read() == b""

    _run(test())


def test_a_body_that_takes_its_time_is_left_to_the_application() -> None:
    async def test() -> None:
        async with _serving() as connect, connect() as (reader, writer):
            writer.write(POST + b"content-length: 2\r\n\r\na")
            await asyncio.sleep(90)
            writer.write(b"b")

            assert (await _answer(reader))["bytes"] == 2

    _run(test())
