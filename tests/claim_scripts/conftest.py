"""Engines with little patience, scripts as a test states them, and a service on loopback that scripts call."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from sekisho.claim_scripts.engine.supervisor import Limits, Run, ScriptEngine
from sekisho.claim_scripts.models import Outcome
from sekisho.kernel.ids import TenantId
from sekisho.outbound.client import OutboundClient
from sekisho.outbound.guard import Guard, Policy
from sekisho.outbound.on_demand import OutboundOnDemand

HASTY = Limits(patience=timedelta(seconds=2), grace=timedelta(milliseconds=300))
ONE, OTHER = TenantId("one"), TenantId("other")


def function(body: str) -> str:
    """Return a script whose function has this body."""
    return f"async function getCustomJwtClaims({{ token, context, environmentVariables, api }}) {{\n{body}\n}}"


def run_of(script: str, *, tenant: TenantId = ONE, is_kept: bool = True, **given: Any) -> Run:
    return Run(tenant_id=tenant, script=script, input=given, is_kept=is_kept)


@dataclass(kw_only=True)
class Service:
    """Answers every request with what it was asked."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            lines = [line.partition(": ") for line in head.lower().splitlines()]
            length = int(next((value for name, _, value in lines if name == "content-length"), "0"))
            body = (await reader.readexactly(length)).decode()
            method, path, _ = head.splitlines()[0].split(" ")
            if path == "/silence":
                await reader.read()
            if path == "/away":
                writer.write(
                    b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n"
                )
            else:
                said = json.dumps({"method": method, "path": path, "body": body}).encode()
                said += b" " * (2 * 1024 * 1024 if path == "/giant" else 0)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nx-said: yes\r\nset-cookie: who=one\r\ncontent-length: %d\r\n\r\n" % len(said)
                    + said
                )
            await writer.drain()
        writer.close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield service
    server.close()


class Numbers:
    """Resolves what every system's resolver takes for an address, without asking anybody."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 — the port does not matter here
        if ":" in host:
            return [host]
        return [socket.inet_ntoa(socket.inet_aton("127.0.0.1" if host == "localhost" else host))]


class Outbound(OutboundOnDemand):
    """The real client, with a resolver that looks up nothing."""

    def __init__(self, *, endpoint: str) -> None:
        super().__init__(endpoint=endpoint, allowed=())
        self._client = OutboundClient(Guard(Policy.of(endpoint=endpoint, allowed=()), resolver=Numbers()))


def make_engine(*, endpoint: str = "http://localhost:3001", limits: Limits = HASTY) -> ScriptEngine:
    return ScriptEngine(outbound=Outbound(endpoint=endpoint), limits=limits)


@pytest.fixture
async def new_engine() -> AsyncIterator[Callable[..., ScriptEngine]]:
    made: list[ScriptEngine] = []

    def make(**options: Any) -> ScriptEngine:
        made.append(make_engine(**options))
        return made[-1]

    yield make
    for engine in made:
        await engine.close()


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[ScriptEngine]:
    """One engine for a module: nearly every test leaves it as it was."""
    engine = make_engine()
    yield engine
    await engine.close()


@pytest.fixture
def run(engine: ScriptEngine) -> Callable[..., Any]:
    """Run the body of a function."""

    async def run(body: str, **given: Any) -> Outcome:
        return await engine.run(run_of(function(body), **given))

    return run
