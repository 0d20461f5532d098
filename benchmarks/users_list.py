"""Pages of `GET /api/users` with 10,000 users, on both databases: any page, 20 users each, with the total counted.

`users_list_p50_…` is one caller alone, `users_list_rate_…` eight of them. A late page costs more than an early one;
pages are drawn evenly from all of them, with the same seed every time.
"""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from sqlalchemy import insert, text

from benchmarks.accounts import Client, ManagementApi, add_service
from benchmarks.connection import Connection, request
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import show
from benchmarks.load import Load, repeat
from benchmarks.server import Installation, install, serve
from sekisho.db.database import Database
from sekisho.db.url import parse_url
from sekisho.kernel.ids import RandomIds
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.users.tables import UserTable

_USERS = 10_000
_PAGE_SIZE = 20
_AT_ONCE = 8
_WARM_UP = 1.0
_SECONDS = 5.0
_FIRST_CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    for kind in (Kind.POSTGRESQL, Kind.SQLITE):
        with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
            folder = Path(name)
            with empty_database(kind, folder=folder) as db_url:
                _measure(install(db_url, folder=folder), db_url=db_url, kind=kind)


def _measure(installation: Installation, *, db_url: str, kind: Kind) -> None:
    with serve(installation) as server:
        asyncio.run(_insert_users(db_url))
        service = add_service(installation)
        alone = uvloop.run(_load(service, port=server.port, at_once=1))
        together = uvloop.run(_load(service, port=server.port, at_once=_AT_ONCE))
    show(f"users_list_p50_{kind}", alone.milliseconds(0.5), "ms")
    show(f"users_list_p95_{kind}", alone.milliseconds(0.95), "ms")
    show(f"users_list_rate_{kind}", together.rate, "requests/s")


async def _insert_users(db_url: str) -> None:
    """Write the users as rows: through the API it would take minutes, and nobody asks how long."""
    ids = RandomIds()
    rows = [
        {
            "tenant_id": DEFAULT_TENANT,
            "id": ids.short(),
            "username": f"user_{number}",
            "username_key": f"user_{number}",
            "primary_email": f"user_{number}@example.com",
            "email_key": f"user_{number}@example.com",
            "name": f"User {number}",
            "profile": {"givenName": "User", "familyName": str(number)},
            "custom_data": {},
            "logto_config": {},
            "mfa_verifications": [],
            "is_suspended": False,
            "is_password_expired": False,
            "created_at": _FIRST_CREATED + timedelta(seconds=number),
            "updated_at": _FIRST_CREATED + timedelta(seconds=number),
        }
        for number in range(_USERS)
    ]
    database = Database(parse_url(db_url), pool_size=1)
    try:
        async with database.unit_of_work() as uow:
            await uow.execute(insert(UserTable), rows)
        async with database.unit_of_work() as uow:
            # What a server that has been up for a while has done by itself; the tests' PostgreSQL never does.
            await uow.execute(text("ANALYZE"))
    finally:
        await database.close()


async def _load(service: Client, *, port: int, at_once: int) -> Load:
    api = await ManagementApi.open(service, port=port)
    pages = [
        request("GET", f"/api/users?page={page}&page_size={_PAGE_SIZE}", port=port, headers=api.headers)
        for page in range(1, _USERS // _PAGE_SIZE + 1)
    ]
    api.close()
    connections = [await Connection.open(port=port) for _ in range(at_once)]
    readers = [_reader(each, pages, seed=number) for number, each in enumerate(connections)]
    await repeat(readers, seconds=_WARM_UP)
    load = await repeat(readers, seconds=_SECONDS)
    for connection in connections:
        connection.close()
    return load


def _reader(connection: Connection, pages: list[bytes], *, seed: int) -> Callable[[], Awaitable[None]]:
    drawn = random.Random(seed)

    async def read() -> None:
        answer = await connection.exchange(drawn.choice(pages))
        if answer.status != 200 or answer.headers("total-number") != [str(_USERS)]:  # noqa: PLR2004
            raise RuntimeError(f"{answer.status}: {answer.body.decode(errors='replace')[:500]}")

    return read


if __name__ == "__main__":
    main()
