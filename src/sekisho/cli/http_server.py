"""The HTTP server: uvicorn, within bounds for what a stranger may send before a request is one.

Bodies are bounded by the gate, for every server alike. See docs/adr/0007-http-by-uvicorn.md.
"""

import asyncio
import logging
import math
import resource
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sekisho.cli.refusals import Refusal

STOP_SECONDS = 15
"""How long requests under way have to end."""

# Browsers and applications keep their connections open between requests; each that is open counts.
_MOST_CONNECTIONS = 1024
# Longer than proxies keep theirs (60 s): who closes first must be the one that sends.
_IDLE_SECONDS = 75
_HEAD_SECONDS = 30
_MOST_HEAD_BYTES = 64 * 1024
# Of one connection, sent before those before them are answered. Browsers and proxies send none.
_MOST_WAITING = 100


class HttpServer(uvicorn.Server):
    """Serves sockets that are bound already, until it is told to stop; then requests under way end."""

    def __init__(self, application: ASGIApp, *, connections: int | None = None) -> None:
        connections = connections or _most_connections()
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
                backlog=_MOST_CONNECTIONS,
                limit_concurrency=connections,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(_is_worth_telling)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: uvicorn would raise them again, and the application could not end well."""
        yield

    def stop(self) -> None:
        self.should_exit = True


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Leave out the traceback of each request that did not end in time: how many they were is told as well."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _most_connections() -> int:
    """Return how many connections there may be, once this process may open twice as many files, if it is let."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 2 * _MOST_CONNECTIONS:
        soft = 2 * _MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * _MOST_CONNECTIONS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(_MOST_CONNECTIONS, soft // 2)


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


class _Parser(httptools.HttpRequestParser):
    """Reads requests. One that offers to go on in another protocol is a request like any other (RFC 9110 §7.8)."""

    def __init__(self, protocol: "_BoundedProtocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol
        # What follows `Connection: close` is no error of the request that said so. It is not answered.
        self.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # nothing else is received
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            # Attack: a body that passes for the next request. The parser believes that the offer is taken, and that
            # what follows is not HTTP; so another one reads the same head once more, without the offer.
            head = self._protocol.head_without_offer()
            self._protocol.parser = _Parser(self._protocol)
            self._protocol.parser.feed_data(head + data[offer.args[0] :])


class _BoundedProtocol(HttpToolsProtocol):
    """A connection. uvicorn reads what it is sent for as long as that takes: the bounds are ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = _Parser(self)
        self._unparsed_bytes = 0
        self._unsent_bytes = 0
        self._is_refused = False
        self.idle_since: float = 0  # how long it has been the client's turn; infinity while it is ours
        self._idle_seconds: float = _HEAD_SECONDS
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        self._look_later()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override] # as asyncio's own
        # Who closes only his half, as `nc` does, has said everything and waits for the answer.
        cycle = self.cycle
        is_waiting = cycle is not None and not (cycle.response_complete or cycle.more_body)  # type: ignore[redundant-expr]
        if is_waiting:
            cycle.keep_alive = False
        return is_waiting

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            self.flow.pause_reading()
            return
        self._unparsed_bytes += len(data)
        super().data_received(data)
        # Attack: filling the memory with a head, or with trailers, that never end.
        if self._unparsed_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def send_400_response(self, msg: str) -> None:
        self._is_refused = True
        cycle = self.cycle
        is_under_way = cycle is not None and not cycle.response_complete  # type: ignore[redundant-expr] # it may be
        if is_under_way and (self.pipeline or cycle.response_started or not cycle.more_body):
            # Answers have no names: now, this one would pass for another's, or for a part of it.
            cycle.keep_alive = False
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        # Attack: asking faster than we answer. Each answer lets uvicorn read on, which is thousands of requests.
        if len(self.pipeline) >= _MOST_WAITING:
            raise httptools.HttpParserError("too many requests wait")
        super().on_message_begin()
        self.idle_since, self._idle_seconds = self.loop.time(), _HEAD_SECONDS

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise httptools.HttpParserError("not a proxy")
            return
        super().on_headers_complete()
        self._unparsed_bytes = 0
        self._idle_seconds = math.inf  # the gate bounds bodies
        # Attack: a trailer (RFC 9110 §6.5.1) that passes for a header, past a proxy that would have removed that.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._unparsed_bytes = 0

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._unparsed_bytes = 0
        if not self.cycle.response_complete:
            self.idle_since = math.inf

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Attack: holding connections by what is not a head, such as the rest of a body. It ends uvicorn's own timer.
        if self._idle_seconds == math.inf and self.cycle.response_complete:
            self.idle_since, self._idle_seconds = self.loop.time(), _IDLE_SECONDS

    def head_without_offer(self) -> bytes:
        """Return the head that was read last, without `Upgrade`."""
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        headers = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([line, *headers, b"", b""])

    def _make_room(self) -> None:
        # Attack: holding all connections there are. Whoever has left us waiting the longest makes room.
        if len(self.connections) >= (self.limit_concurrency or _MOST_CONNECTIONS):
            connections = [each for each in self.connections if isinstance(each, _BoundedProtocol)]
            longest = min(connections, key=lambda each: each.idle_since)
            self.connections.discard(longest)
            longest.transport.abort()

    def _look_later(self) -> None:
        self._watch = self.loop.call_later(_HEAD_SECONDS, self._look)

    def _look(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent == self._unsent_bytes:
            # Attack: holding connections, and answers, by not reading them.
            self.transport.abort()
        elif self.loop.time() - self.idle_since >= self._idle_seconds:
            # Attack: holding connections by heads that arrive byte by byte, or never.
            self.transport.close()
        self._unsent_bytes = unsent
        self._look_later()
