"""A wire to a database that can be cut: a relay on loopback, owned by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url


class Wire:
    """Relays connections from a port of its own while it is whole."""

    def __init__(self, *, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None] | None] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def mend(self) -> None:
        """Listen, on the same port as before, and carry again what was held back."""
        self._passes.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse new connections and break the ones there are, as a database that is stopped."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._passes.set()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*(relay for relay in self._relays if relay is not None))

    def silence(self) -> None:
        """Break nothing and carry nothing, as a network that loses its way or a machine that hangs."""
        self._passes.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._relays.add(task)
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        ends = {writer, far_writer}
        self._writers |= ends
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))
        self._writers -= ends
        self._relays.discard(task)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                await self._passes.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def wired(db_url: str) -> AsyncIterator[tuple[Wire, str]]:
    """Give a wire to a PostgreSQL database, and the URL of the database through it."""
    url = make_url(db_url)
    wire = Wire(host=url.host or "127.0.0.1", port=url.port or 5432)
    await wire.mend()
    try:
        yield wire, url.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    finally:
        await wire.cut()
