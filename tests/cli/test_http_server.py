"""What a stranger sends before it is a request: bytes over a real socket, to an application that tells what it got."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sekisho.cli.http_server import HttpServer, bound

pytestmark = pytest.mark.server

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
POST = b"POST /x HTTP/1.1\r\nhost: localhost\r\n"
_LARGE = 50_000_000


class _HurriedLoop(asyncio.SelectorEventLoop):
    """A minute of its timers is a second of ours. What waits is woken by the server's own tick."""

    def time(self) -> float:
        return 60 * super().time()


async def _tell(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    if request.url.path == "/unread":
        await Response(status_code=404)(scope, receive, send)
        return
    body = await request.body()
    if request.url.path == "/large":
        await Response(b"a" * _LARGE)(scope, receive, send)
        return
    if request.url.path == "/slow":
        await asyncio.sleep(0.5)
    told = {"path": request.url.path, "headers": dict(request.headers), "bytes": len(body)}
    await JSONResponse(told)(scope, receive, send)


@asynccontextmanager
async def _serving(
    connections: int | None = None,
) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Connection]]]:
    sockets = bound("127.0.0.1", [0])
    address = sockets[0].getsockname()
    server = HttpServer(_tell, connections=connections)
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


async def test_what_is_no_request_is_not_answered_before_its_turn() -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\nnonsense\r\n\r\n")

        assert (await _answer(reader))["path"] == "/slow"
        async with asyncio.timeout(10):
            assert await reader.read() == b""


async def test_requests_that_nobody_has_time_for_are_not_kept() -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(
            b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n" + b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n" * 5000
        )

        async with asyncio.timeout(10):
            answers = await reader.read()

    assert 10 < answers.count(b"HTTP/1.1 200 ") < 500


@pytest.mark.parametrize("is_at_once", [True, False], ids=["at once", "after its head"])
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "whole"])
async def test_a_request_that_offers_another_protocol_has_its_body_read(*, is_at_once: bool, chunked: bool) -> None:
    # As Java's client does with every request, and curl if it is told to.
    hidden = b"GET /hidden HTTP/1.1\r\nhost: localhost\r\n\r\n"
    size = len(hidden)
    head = POST + b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\nx-kept: yes\r\n"
    head += b"transfer-encoding: chunked\r\n\r\n" if chunked else b"content-length: %d\r\n\r\n" % size
    rest = b"%x\r\n%s\r\n0\r\n\r\n" % (size, hidden) if chunked else hidden
    async with _serving() as connect, connect() as (reader, writer):
        for _ in range(2):
            writer.write(head)
            if not is_at_once:
                await asyncio.sleep(0.05)
            writer.write(rest)
        writer.write(b"GET /next HTTP/1.1\r\nhost: localhost\r\n\r\n")

        told = [await _answer(reader) for _ in range(3)]

    assert [each["path"] for each in told] == ["/x", "/x", "/next"]
    assert [each["bytes"] for each in told] == [size, size, 0]
    assert told[0]["headers"]["x-kept"] == "yes"


@pytest.mark.parametrize(
    "line",
    [b"POST /x HTTP/1.1\r\nconnection: close, upgrade\r\n", b"POST /x HTTP/1.0\r\nconnection: upgrade\r\n"],
    ids=["close", "HTTP/1.0"],
)
async def test_a_last_request_may_offer_another_protocol(line: bytes) -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(line + b"host: localhost\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\nab")

        async with asyncio.timeout(10):
            assert (await _answer(reader))["bytes"] == 2
            assert await reader.read() == b""


async def test_who_closes_his_half_is_answered() -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n")
        writer.write_eof()

        async with asyncio.timeout(10):
            assert (await _answer(reader))["path"] == "/slow"
            assert await reader.read() == b""


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", POST + b"content-length: 2\r\n\r\na"])
async def test_who_closes_his_half_too_soon_is_gone(beginning: bytes) -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(beginning)
        writer.write_eof()

        async with asyncio.timeout(10):
            assert await reader.read() == b""


@pytest.mark.parametrize(
    "beginning", [b"", b"GET / HT", POST + b"content-length: 2\r\n\r\na"], ids=["nothing", "half a head", "half a body"]
)
async def test_who_leaves_us_waiting_makes_room_for_others(beginning: bytes) -> None:
    async with _serving(connections=8) as connect, AsyncExitStack() as stack:
        reader, writer = await stack.enter_async_context(connect())
        writer.write(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n")
        idle = [await stack.enter_async_context(connect()) for _ in range(40)]
        for _, each in idle:
            each.write(beginning)
        await asyncio.sleep(0.05)

        last_reader, last_writer = await stack.enter_async_context(connect())
        last_writer.write(b"GET /last HTTP/1.1\r\nhost: localhost\r\n\r\n")

        assert (await _answer(last_reader))["path"] == "/last"
        assert (await _answer(reader))["path"] == "/slow"
        writer.write(b"GET /again HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert (await _answer(reader))["path"] == "/again"


def test_connections_leave_files_for_others() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))  # what systemd and most shells begin with
    try:
        server = HttpServer(_tell)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert 0 < (server.config.limit_concurrency or 0) <= files // 2


async def test_we_are_no_tunnel() -> None:
    async with _serving() as connect, connect() as (reader, writer):
        writer.write(b"CONNECT /x HTTP/1.1\r\nhost: localhost\r\n\r\n")

        async with asyncio.timeout(10):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")


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


@pytest.mark.parametrize("rest", [b"a", b"aa", b"aa\r\n"], ids=["half a body", "a body", "an empty line"])
def test_a_connection_is_not_held_by_what_comes_after_the_answer(rest: bytes) -> None:
    async def test() -> None:
        async with _serving() as connect, connect() as (reader, writer):
            writer.write(b"POST /unread HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
            writer.write(rest)

            async with asyncio.timeout(240):
                assert await reader.read() == b""

    _run(test())


def test_a_connection_is_not_held_by_an_answer_that_nobody_reads() -> None:
    async def test() -> None:
        async with _serving() as connect, connect() as (reader, writer):
            writer.write(b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await asyncio.sleep(240)

            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(_LARGE)

    _run(test())


def test_a_body_that_takes_its_time_is_left_to_the_application() -> None:
    async def test() -> None:
        async with _serving() as connect, connect() as (reader, writer):
            writer.write(POST + b"content-length: 2\r\n\r\na")
            await asyncio.sleep(90)
            writer.write(b"b")

            assert (await _answer(reader))["bytes"] == 2

    _run(test())
