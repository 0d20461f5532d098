"""Requests byte by byte, as a server hands them over: no client library repairs what is wrong with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`target` is path and query as they stand in the request line. `hangs_up`: the body never ends."""

    method: str
    target: bytes
    headers: Sequence[Header] = ()
    body: bytes = b""
    hangs_up: bool = False

    def with_header(self, name: bytes, value: bytes) -> "Request":
        return replace(self, headers=(*(each for each in self.headers if each[0] != name), (name, value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Sequence[Header]
    body: bytes


async def send(app: ASGIApp, request: Request) -> Answer:
    """Hand a request to the application."""
    path, _, query = request.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        # Servers decode paths and replace what is no UTF-8.
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(request.headers),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 3001),
        "state": {},
    }
    coming, sent = _coming(request), list[Message]()

    async def receive() -> Message:
        return next(coming)

    async def take(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, take)
    return _answer(sent)


def _coming(request: Request) -> Iterator[Message]:
    size = 64 * 1024
    parts = [request.body[start : start + size] for start in range(0, len(request.body), size)] or [b""]
    for number, part in enumerate(parts, start=1):
        yield {"type": "http.request", "body": part, "more_body": request.hangs_up or number < len(parts)}
    while True:
        yield {"type": "http.disconnect"}


def _answer(sent: Sequence[Message]) -> Answer:
    # Left without an answer, a server makes one up: 500.
    assert sent, "no answer"
    start: Any = sent[0]
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(status=start["status"], headers=list(start["headers"]), body=body)
