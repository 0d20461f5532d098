"""Bytes that are hardly HTTP, at a real server: each is answered or hung up on, none makes it fail or stop."""

import socket
from collections.abc import Callable
from contextlib import suppress

import httpx2
import pytest
from tests.e2e import odd_values
from tests.support.servers import RunningServer

_HEAD = b"HTTP/1.1\r\nHost: localhost\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
_HARDLY_HTTP = (
    *(b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    *(b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n",
    *(b"GET * " + _HEAD + b"\r\n", b"OPTIONS * " + _HEAD + b"\r\n", b"CONNECT localhost:1 " + _HEAD + b"\r\n"),
    *(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET http://evil.example.com/oidc/auth " + _HEAD + b"\r\n"),
    b"GET /" + b"a" * 100_000 + b" " + _HEAD + b"\r\n",
    b"GET / " + _HEAD + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
    b"GET / " + _HEAD + b"Cookie: a=b\r\n" * 1_000 + b"\r\n",
    b"POST /oidc/token " + _HEAD + _FORM + b"Content-Length: 10\r\n\r\na=1",
    b"POST /oidc/token " + _HEAD + _FORM + b"Content-Length: -1\r\n\r\na=1",
    b"POST /oidc/token " + _HEAD + _FORM + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\na=1",
    b"POST /oidc/token " + _HEAD + _FORM + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /oidc/token " + _HEAD + _FORM + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /oidc/token " + _HEAD + _FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\na=1",
    b"POST /api/users " + _HEAD + b"Content-Length: 999999999999\r\n\r\n{",
    b"POST /sign-in " + _HEAD + _FORM + b"Content-Length: 3000000\r\n\r\n" + b"a" * 3_000_000,
    *(b"GET /" + segment.replace(b" ", b"") + b" " + _HEAD + b"\r\n" for segment in odd_values.SEGMENTS),
    *(b"GET /t/" + segment.replace(b" ", b"") + b"/sign-in " + _HEAD + b"\r\n" for segment in odd_values.SEGMENTS),
)  # fmt: skip


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(None)


def status_of(server: RunningServer, sent: bytes) -> int | None:
    """Send bytes and nothing more, and return the status of what comes back, if anything does."""
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with suppress(OSError):  # it may hang up before it has heard everything
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            answer = connection.recv(64)
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else None


def test_bytes_that_are_hardly_http_do_not_make_the_server_fail(server: RunningServer) -> None:
    before = server.processes()

    for sent in _HARDLY_HTTP:
        status = status_of(server, sent)
        assert status is None or status < 500, f"{status} to {sent[:120]!r}"

    assert httpx2.get(f"{server.origin}/health/ready").status_code == 200
    assert server.processes() == before
    assert "request failed" not in server.log
    assert "Traceback" not in server.log
