"""What an administrator asks of 200,000 users, on both databases.

`users_<question>_p50_…` and `…_p95_…` are one caller alone, `users_<question>_rate_…` eight of them. Questions: the
first pages of the list; any page of it; a part of somebody's name or address among all fields; an exact address; the
users of a role that 20,000 have. What is asked for is drawn with the same seed every time.
"""

import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import uvloop

from benchmarks.accounts import ManagementApi, add_service
from benchmarks.connection import Connection, request
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import show
from benchmarks.load import Load, repeat
from benchmarks.server import Installation, install, serve
from sekisho.db.search_indexes import trigram_index_of, trigram_indexes
from sekisho.db.url import dsn, parse_url
from sekisho.kernel.ids import RandomIds
from sekisho.tenants.models import DEFAULT_TENANT

_USERS = 200_000
_HOLDERS = 20_000
_ROLE = "benchmarked0000000000"
_PAGE_SIZE = 20
_AT_ONCE = 8
_WARM_UP = 1.0
_SECONDS = 4.0
_QUESTIONS = 400
_FIRST_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
_GIVEN = ("akira", "emma", "haruto", "ines", "jonas", "lucia", "maria", "noah", "olga", "paul", "sakura", "yui")
_FAMILY = ("abe", "fischer", "garcia", "honda", "ito", "kimura", "martin", "rossi", "sato", "silva", "tanaka", "weber")

Row = Mapping[str, Any]


def main() -> None:
    for kind in (Kind.POSTGRESQL, Kind.SQLITE):
        with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
            folder = Path(name)
            with empty_database(kind, folder=folder) as db_url:
                _measure(install(db_url, folder=folder), db_url=db_url, kind=kind)


def _measure(installation: Installation, *, db_url: str, kind: Kind) -> None:
    users = _made_up()
    with serve(installation) as server:
        begun = time.perf_counter()
        _insert(users, db_url=db_url, kind=kind)
        show(f"users_insert_{kind}", time.perf_counter() - begun, "s")
        headers = uvloop.run(_headers(installation, port=server.port))
        for name, paths in _questions(users).items():
            asked = [request("GET", path, port=server.port, headers=headers) for path in paths]
            alone = uvloop.run(_load(asked, port=server.port, at_once=1))
            together = uvloop.run(_load(asked, port=server.port, at_once=_AT_ONCE))
            show(f"users_{name}_p50_{kind}", alone.milliseconds(0.5), "ms")
            show(f"users_{name}_p95_{kind}", alone.milliseconds(0.95), "ms")
            show(f"users_{name}_rate_{kind}", together.rate, "requests/s")


def _made_up() -> Sequence[Row]:
    ids, drawn = RandomIds(), random.Random(1)
    return [
        _user(ids.short(), number, given=drawn.choice(_GIVEN), family=drawn.choice(_FAMILY)) for number in range(_USERS)
    ]


def _user(user_id: str, number: int, *, given: str, family: str) -> Row:
    created_at = _FIRST_CREATED + timedelta(seconds=number)
    email = f"{given}.{family}.{number}@example.com"
    return {
        "tenant_id": DEFAULT_TENANT,
        "id": user_id,
        "username": f"{given}_{number}",
        "username_key": f"{given}_{number}",
        "primary_email": email,
        "email_key": email,
        "name": f"{given.title()} {family.title()}",
        "profile": json.dumps({"givenName": given.title(), "familyName": family.title()}),
        "custom_data": "{}",
        "logto_config": "{}",
        "mfa_verifications": "[]",
        "created_at": created_at,
        "updated_at": created_at,
    }


def _questions(users: Sequence[Row]) -> Mapping[str, Sequence[str]]:
    """Return the paths of each question; all of them have an answer."""
    drawn = random.Random(2)
    some = drawn.choices(users, k=_QUESTIONS)
    last = _USERS // _PAGE_SIZE
    parts = [str(user["primary_email"]).partition("@")[0][-9:] for user in some]
    exact = [{"search.primaryEmail": user["primary_email"], "mode.primaryEmail": "exact"} for user in some]
    return {
        "list": [f"/api/users?page={page}" for page in range(1, 21)],
        "deep_page": [f"/api/users?page={drawn.randint(1, last)}" for _ in some],
        "substring": ["/api/users?" + urlencode({"search": f"%{part}%"}) for part in parts],
        "exact": ["/api/users?" + urlencode(query) for query in exact],
        "of_role": [f"/api/roles/{_ROLE}/users?page={page}" for page in range(1, 21)],
    }


def _insert(users: Sequence[Row], *, db_url: str, kind: Kind) -> None:
    """Write the users as rows: through the API it would take an hour, and nobody asks how long."""
    ids = RandomIds()
    role = {
        "tenant_id": DEFAULT_TENANT,
        "id": _ROLE,
        "name": "Benchmarked",
        "description": "Held by many.",
        "type": "User",
        "is_default": False,
    }
    holders = [
        {"tenant_id": DEFAULT_TENANT, "id": ids.standard(), "user_id": user["id"], "role_id": _ROLE}
        for user in random.Random(3).sample(users, _HOLDERS)
    ]
    tables = {"roles": [role], "users": users, "users_roles": holders}
    if kind is Kind.SQLITE:
        _insert_into_sqlite(tables, file=db_url.removeprefix("sqlite:///"))
    else:
        asyncio.run(_copy_into_postgresql(tables, db_url=db_url))


def _insert_into_sqlite(tables: Mapping[str, Sequence[Row]], *, file: str) -> None:
    with sqlite3.connect(file) as connection:
        for table, rows in tables.items():
            marks = ", ".join("?" * len(rows[0]))
            statement = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})"  # noqa: S608 — names of ours
            connection.executemany(statement, [[_sqlite_value(value) for value in row.values()] for row in rows])
    connection.close()


def _sqlite_value(value: Any) -> Any:
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else value


async def _copy_into_postgresql(tables: Mapping[str, Sequence[Row]], *, db_url: str) -> None:
    connection = await asyncpg.connect(dsn(parse_url(db_url)))
    # Made over all rows at once it takes a third of the time.
    await connection.execute(f"DROP INDEX {trigram_index_of('users')}")
    for table, rows in tables.items():
        records = [tuple(row.values()) for row in rows]
        await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
    await connection.execute("SET maintenance_work_mem = '256MB'")
    await connection.execute(trigram_indexes()["users"])
    # What a server that has been up for a while has done by itself; the tests' PostgreSQL never does.
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _headers(installation: Installation, *, port: int) -> Mapping[str, str]:
    api = await ManagementApi.open(add_service(installation), port=port)
    api.close()
    return api.headers


async def _load(asked: Sequence[bytes], *, port: int, at_once: int) -> Load:
    connections = [await Connection.open(port=port) for _ in range(at_once)]
    readers = [_reader(each, asked, seed=number) for number, each in enumerate(connections)]
    await repeat(readers, seconds=_WARM_UP)
    load = await repeat(readers, seconds=_SECONDS)
    for connection in connections:
        connection.close()
    return load


def _reader(connection: Connection, asked: Sequence[bytes], *, seed: int) -> Callable[[], Awaitable[None]]:
    drawn = random.Random(seed)

    async def read() -> None:
        answer = await connection.exchange(drawn.choice(asked))
        if answer.status != 200 or answer.headers("total-number") == ["0"]:  # noqa: PLR2004
            raise RuntimeError(f"{answer.status}: {answer.body.decode(errors='replace')[:500]}")

    return read


if __name__ == "__main__":
    main()
