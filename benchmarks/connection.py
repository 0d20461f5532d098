"""One keep-alive HTTP/1.1 connection that costs the load generator next to nothing.

It writes prepared bytes, finds the end of the answer by its `Content-Length`, and reads headers only when asked. It
knows what our server sends and no more: no chunks, no pipelining, no compression, loopback only.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Self, cast

HOST = "localhost"
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"
_WITHOUT_BODY = frozenset({204, 304})


class Answer:
    __slots__ = ("_head", "body", "status")

    def __init__(self, *, status: int, head: bytes, body: bytes) -> None:
        self.status = status
        self.body = body
        self._head = head

    def headers(self, name: str) -> list[str]:
        """Return every value of a header, named in lower case."""
        wanted = f"{name}:"
        lines = self._head.decode("latin-1").split("\r\n")
        return [line[len(wanted) :].strip() for line in lines if line[: len(wanted)].lower() == wanted]


class Connection(asyncio.Protocol):
    """Takes one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiter: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, *, port: int) -> Self:
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def exchange(self, request: bytes) -> Answer:
        """Send a request and return its answer."""
        if self._transport is None:
            raise ConnectionError("the connection is closed")
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_END_OF_HEAD)
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        status, length = int(head[9:12]), _content_length(head)
        body_at = end + len(_END_OF_HEAD)
        if len(self._buffer) < body_at + length:
            return
        body = bytes(self._buffer[body_at : body_at + length])
        self._buffer.clear()
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(Answer(status=status, head=head, body=body))


def request(method: str, path: str, *, port: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return the bytes of a request, ready to be sent any number of times."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {HOST}:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method not in {"GET", "HEAD"}:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def is_answering(path: str, *, port: int) -> bool:
    """Tell whether a GET is answered with 200."""
    with suppress(OSError):
        connection = await Connection.open(port=port)
        try:
            return (await connection.exchange(request("GET", path, port=port))).status == 200  # noqa: PLR2004
        finally:
            connection.close()
    return False


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at >= 0:
        return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
    if int(head[9:12]) in _WITHOUT_BODY:
        return 0
    raise ValueError(f"an answer without a length: {head.decode('latin-1')}")
