import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.support.certificates import certificate

from sekisho.outbound.client import OutboundClient, OutboundFailed
from sekisho.outbound.guard import Guard, Policy


class Loopback:
    """Every name is this machine."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 — whatever they are
        return ["127.0.0.1"]


class TlsServer:
    """Serves one certificate, and remembers which names it was asked for."""

    def __init__(self, certificate: Path) -> None:
        self.certificate = certificate
        self.names: list[str | None] = []
        self.port = 0

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        return context

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TlsServer]:
    served = TlsServer(certificate(tmp_path, "friend.example"))
    listener = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=served.context())
    served.port = listener.sockets[0].getsockname()[1]
    yield served
    listener.close()


@pytest.fixture
async def client(server: TlsServer) -> AsyncIterator[OutboundClient]:
    tls = ssl.create_default_context(cafile=str(server.certificate))
    guard = Guard(Policy.of(endpoint=None, allowed=[]), resolver=Loopback())
    client = OutboundClient(guard, tls=tls)
    yield client
    await client.close()


async def test_tls_asks_for_the_name_and_not_for_the_address(client: OutboundClient, server: TlsServer) -> None:
    answer = await client.request("GET", f"https://friend.example:{server.port}/")

    assert answer.status == 204
    assert server.names == ["friend.example"]


async def test_a_certificate_for_another_name_is_refused(client: OutboundClient, server: TlsServer) -> None:
    with pytest.raises(OutboundFailed, match=r"^stranger\.example: ConnectError"):
        await client.request("GET", f"https://stranger.example:{server.port}/")
