"""An application's own HTTP server, on loopback: it keeps what it is sent and answers as it is told.

It is written on bare sockets, because it must also be able to say nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain, repeat
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

#: Takes the request, and never answers it.
SILENCE: Final = "silence"

Answer: TypeAlias = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]
    body: bytes = b""


class Receiver:
    """Answers in turn with `answers`, the last of them for ever: a status, a URL to redirect to, or `SILENCE`."""

    def __init__(self, *answers: Answer) -> None:
        self.received: list[Received] = []
        self.url = ""
        self._answers: Iterator[Answer] = chain(answers, repeat(answers[-1]))
        self._has_more = asyncio.Condition()

    async def at_least(self, count: int, *, patience: float = 20.0) -> Sequence[Received]:
        """Wait until so many requests have come."""
        async with asyncio.timeout(patience), self._has_more:
            await self._has_more.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with _hung_up():
            await self._take(await _request(reader))
            match next(self._answers):
                case "silence":
                    await reader.read()
                case int(status):
                    writer.write(_answer(status))
                case str(location):
                    writer.write(_answer(302, f"location: {location}\r\n"))
            await writer.drain()
        writer.close()

    async def _take(self, request: Received) -> None:
        async with self._has_more:
            self.received.append(request)
            self._has_more.notify_all()


@asynccontextmanager
async def receiving(*answers: Answer) -> AsyncIterator[Receiver]:
    """Open a receiver on a free port."""
    receiver = Receiver(*answers)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()


async def _request(reader: asyncio.StreamReader) -> Received:
    head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head.split(" ")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, path=path, headers=headers, form=dict(parse_qsl(body.decode())), body=body)


def _answer(status: int, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
    return f"{head}content-length: 0\r\n{more}connection: close\r\n\r\n".encode()


@contextmanager
def _hung_up() -> Iterator[None]:
    """Let the other side end the connection whenever it wants."""
    try:
        yield
    except (ConnectionError, asyncio.IncompleteReadError):
        return
