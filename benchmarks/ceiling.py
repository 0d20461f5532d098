"""What the load generator itself can do: the same connections and requests against an application that does nothing.

A figure near `generator_ceiling` measures the generator, not Sekisho. Run alone, or in the course of `token`.
"""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import uvloop

from benchmarks.connection import Connection, request
from benchmarks.figures import show
from benchmarks.load import Load, repeat
from benchmarks.server import free_port, until_ready

CONNECTIONS = 16
_SECONDS = 3.0
_ANSWER = b"x" * 700  # as long as a token response


async def nothing(
    scope: Mapping[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Answer every request with the same bytes (an ASGI application)."""
    if scope["type"] != "http":
        return
    await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})


async def keep_asking(prepared: bytes, *, port: int, seconds: float, most: int | None = None) -> Load:
    """Send one request over and over on every connection; anything but 200 is an error."""
    connections = [await Connection.open(port=port) for _ in range(CONNECTIONS)]
    load = await repeat([_asker(each, prepared) for each in connections], seconds=seconds, most=most)
    for connection in connections:
        connection.close()
    return load


def _asker(connection: Connection, prepared: bytes) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        answer = await connection.exchange(prepared)
        if answer.status != 200:  # noqa: PLR2004
            raise RuntimeError(f"{answer.status}: {answer.body.decode(errors='replace')}")

    return ask


def measure(prepared: Callable[[int], bytes]) -> Load:
    """Start the empty application and ask it; `prepared` makes the request for a port."""
    port = free_port()
    process = subprocess.Popen(
        [*_uvicorn(), "--port", str(port)],
        env={"PATH": os.environ.get("PATH", os.defpath)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        return uvloop.run(_measure(process, prepared(port), port=port))
    finally:
        process.terminate()
        process.wait(timeout=10)


async def _measure(process: subprocess.Popen[bytes], prepared: bytes, *, port: int) -> Load:
    await until_ready(process, "/", port=port)
    await keep_asking(prepared, port=port, seconds=_SECONDS / 4)
    return await keep_asking(prepared, port=port, seconds=_SECONDS)


def _uvicorn() -> Sequence[str]:
    options = ["--http", "httptools", "--loop", "uvloop", "--no-access-log", "--log-level", "error"]
    return [sys.executable, "-m", "uvicorn", *options, "--host", "127.0.0.1", "benchmarks.ceiling:nothing"]


def main() -> None:
    body = b"grant_type=client_credentials"
    load = measure(lambda port: request("POST", "/", port=port, body=body))
    show("generator_ceiling", load.rate, "requests/s")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
