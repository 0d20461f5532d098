"""Fresh databases in milliseconds: a seeded template is made once per session, and every test gets a copy.

Both kinds are made the way a first start makes them: migrated, vault opened, tenants seeded.
"""

import asyncio
import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg
from tests.support.postgres import ensure_server, locked

from sekisho.app import open_runtime
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds
from sekisho.settings import Settings

START = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
"""What a test's clock shows when it begins; the templates are as old."""

VAULT_KEY = base64.b64encode(bytes(range(32))).decode()

_numbers = count(1)


def settings_for(db_url: str, **more: object) -> Settings:
    """Return settings that nothing outside the test has a say in."""
    values = {"db_url": db_url, "secret_vault_kek": VAULT_KEY, "database_pool_size": 25}
    values |= {"breach_check": False, "asset_store": "off", **more}
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type] # made for keyword arguments


class Databases:
    """The databases of one worker of a session; `folder` is shared by all workers."""

    def __init__(self, folder: Path, *, worker: str, owner: int) -> None:
        self._folder = folder
        self._worker = worker
        self._owner = owner
        self._loop = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._loop.run(self._connection.close())
        self._loop.close()

    @contextmanager
    def sqlite(self, folder: Path) -> Iterator[str]:
        """Copy the template into a test's own folder."""
        template = self._folder / "template.db"
        with locked(self._folder / "template.lock"):
            if not template.exists():
                unready = self._folder / "unready.db"
                _make_ready(f"sqlite:///{unready}")
                unready.rename(template)
        copy = folder / "sekisho.db"
        shutil.copyfile(template, copy)
        yield f"sqlite:///{copy}"

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        """Clone the template, and drop the clone afterwards."""
        server = self.postgresql_server()
        template = "sekisho_template"
        with locked(self._folder / "template.lock"):
            marker = self._folder / "template.made"
            if not marker.exists():
                self._run(f"CREATE DATABASE {template}")
                _make_ready(f"{server}/{template}")
                marker.touch()
        name = f"test_{self._worker}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield f"{server}/{name}"
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty_postgresql(self) -> Iterator[str]:
        """Make a database with nothing in it."""
        server = self.postgresql_server()
        name = f"test_{self._worker}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def postgresql_server(self) -> str:
        """Return the URL of the session's server, without a database."""
        return ensure_server(self._folder, owner=self._owner)

    def _run(self, statement: str) -> None:
        """Run a statement that makes or drops a database, over the one connection that is kept for this."""

        async def run() -> None:
            if self._connection is None:
                self._connection = await asyncpg.connect(f"{self.postgresql_server()}/postgres")
            await self._connection.execute(statement)

        self._loop.run(run())


def _make_ready(db_url: str) -> None:
    async def make() -> None:
        runtime = await open_runtime(settings_for(db_url), clock=ManualClock(START), ids=RandomIds())
        await runtime.close()

    asyncio.run(make())
