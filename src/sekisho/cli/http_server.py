"""The HTTP server: uvicorn, within bounds for what a stranger may send before a request is one.

Bodies are bounded by the gate, for every server alike. See docs/adr/0007-http-by-uvicorn.md.
"""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sekisho.cli.refusals import Refusal

STOP_SECONDS = 15
"""How long requests under way have to end."""

# Browsers and applications keep their connections open between requests; each that is open counts.
_CONNECTIONS = 1024
# Longer than proxies keep theirs (60 s): who closes first must be the one that sends.
_IDLE_SECONDS = 75
_HEAD_SECONDS = 30
_MOST_HEAD_BYTES = 64 * 1024


class HttpServer(uvicorn.Server):
    """Serves sockets that are bound already, until it is told to stop; then requests under way end."""

    def __init__(self, application: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=_BoundedProtocol,
                ws="none",
                interface="asgi3",
                lifespan="off",  # the application is started already
                log_config=None,
                log_level="error",  # its warnings are about what strangers send
                access_log=False,
                proxy_headers=False,  # the gate reads them, if it is told to
                server_header=False,
                backlog=_CONNECTIONS,
                limit_concurrency=_CONNECTIONS,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: uvicorn would raise them again, and the application could not end well."""
        yield

    def stop(self) -> None:
        self.should_exit = True


def bound(host: str, ports: Sequence[int], *, is_shared: bool = False) -> Sequence[socket.socket]:
    """Return sockets to listen with; raises `Refusal` for a port that somebody listens on, unless it is shared."""
    return [_bound(host, port, is_shared=is_shared) for port in ports]


def _bound(host: str, port: int, *, is_shared: bool) -> socket.socket:
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        told = f"{host} port {port} cannot be listened on ({error.strerror}). PORT and ADMIN_PORT choose others."
        raise Refusal(told) from error
    return found


class _BoundedProtocol(HttpToolsProtocol):
    """A connection. uvicorn keeps what it is sent of a head, for as long as that takes: neither ends by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unparsed_bytes = 0
        self._head_began: float | None = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._head_began = self.loop.time()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unparsed_bytes += len(data)
        super().data_received(data)
        # Attack: filling the memory with a head, or with trailers, that never end.
        if self._unparsed_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_began = self.loop.time()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._unparsed_bytes = 0
        self._head_began = None
        # Attack: a trailer (RFC 9110 §6.5.1) that passes for a header, past a proxy that would have removed that.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._unparsed_bytes = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._unparsed_bytes = 0

    def _look_later(self) -> None:
        self._watch = self.loop.call_later(_HEAD_SECONDS, self._look)

    def _look(self) -> None:
        # Attack: holding connections by heads that arrive byte by byte, or never.
        if self._head_began is not None and self.loop.time() - self._head_began >= _HEAD_SECONDS:
            self.transport.close()
        else:
            self._look_later()
