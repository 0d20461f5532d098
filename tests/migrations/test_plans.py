"""Which indexes a PostgreSQL takes that was never analysed, as after a first start.

It then takes every column for equally selective and, where costs tie, the newest index; a connection keeps the plan of
a statement until there are statistics. An index that begins with the tenant, and does not go on with the columns that
were asked for, reads every row of the tenant.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Executable, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy import Table as DatabaseTable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from tests.support.databases import Databases

from sekisho.db.statements import Answer, Statement
from sekisho.db.types import Table
from sekisho.grants.request_store import DeviceCodeStore
from sekisho.grants.store import AccessTokenStore, AuthorizationCodeStore, RefreshTokenStore
from sekisho.kernel.ids import UserId
from sekisho.migrations.declared import import_tables
from sekisho.sessions.record_store import SessionRecordStore
from sekisho.sessions.store import InteractionStore, SessionStore
from sekisho.tenants.models import DEFAULT_TENANT

# Of these a tenant has tens, whatever grows.
FEW = {"applications", "captcha_providers", "custom_profile_fields", "email_templates", "hooks", "roles", "scopes"}
# These are read in the order of an index that has to begin with the tenant, and is newer than the primary key.
LISTED = {("logs", "id"), ("one_time_tokens", "id"), ("users", "id")}

_COLUMNS_OF_INDEXES = """
    SELECT class.relname, array_agg(attribute.attname::text ORDER BY place)
    FROM pg_index JOIN pg_class class ON class.oid = indexrelid
    JOIN LATERAL unnest(indkey) WITH ORDINALITY AS part (number, place) ON true
    LEFT JOIN pg_attribute attribute ON attribute.attrelid = indrelid AND attribute.attnum = part.number
    GROUP BY class.relname
"""


@pytest.fixture
def fresh(databases: Databases) -> Iterator[str]:
    with databases.postgresql() as url:
        yield url


@pytest.fixture
async def connection(fresh: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh, server_settings={"plan_cache_mode": "force_generic_plan"})
    yield connection
    await connection.close()


async def test_rows_are_found_by_their_keys_before_there_are_statistics(connection: asyncpg.Connection) -> None:
    import_tables()
    columns_of = dict(await connection.fetch(_COLUMNS_OF_INDEXES))
    wrong: list[str] = []

    for table in Table.metadata.sorted_tables:
        for key in _keys(table):
            index = await _index_for(connection, table=table.name, key=key)
            is_right = columns_of[index][0] != "tenant_id" or set(columns_of[index][: len(key)]) == set(key)
            if not is_right and table.name not in FEW and (table.name, *key[1:]) not in LISTED:
                wrong.append(f"{table.name} by {', '.join(key)} through {index}")

    assert wrong == [], "begin the index with its selective column"


def _keys(table: DatabaseTable) -> Iterator[Sequence[str]]:
    """Yield what rows are looked up by: unique keys, and the columns that a cascade looks for."""
    for rule in [*table.constraints, *table.indexes]:
        match rule:
            case PrimaryKeyConstraint() | UniqueConstraint() | ForeignKeyConstraint() | Index(unique=True):
                columns = [column.name for column in rule.columns if column.name != "tenant_id"]
            case _:
                continue
        if columns and "tenant_id" in table.columns:
            yield ("tenant_id", *columns)


async def _index_for(connection: asyncpg.Connection, *, table: str, key: Sequence[str]) -> str:
    rules = " AND ".join(f"{column} = ${number}" for number, column in enumerate(key, start=1))
    await connection.execute(f"PREPARE look_up AS SELECT * FROM {table} WHERE {rules}")  # noqa: S608 — our own names
    plan = await connection.fetchval(f"EXPLAIN (FORMAT json) EXECUTE look_up({', '.join('NULL' for _ in key)})")
    await connection.execute("DEALLOCATE look_up")
    node = json.loads(plan)[0]["Plan"]
    while "Index Name" not in node:
        (node,) = node["Plans"]
    return str(node["Index Name"])


class _Heard:
    """Stands where a unit of work stands, and keeps the statement that it is asked."""

    statement: Executable

    async def execute(self, statement: Executable, _values: object = None) -> Answer:
        self.statement = statement
        return Answer((), rowcount=0)


LOOK_UPS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "code": lambda uow: AuthorizationCodeStore(uow=uow, tenant_id=DEFAULT_TENANT).find("x"),
    "access token": lambda uow: AccessTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).find("x"),
    "refresh token": lambda uow: RefreshTokenStore(uow=uow, tenant_id=DEFAULT_TENANT).find("x"),
    "device code": lambda uow: DeviceCodeStore(uow=uow, tenant_id=DEFAULT_TENANT).find_by_user_code("x"),
    "interaction": lambda uow: InteractionStore(uow=uow, tenant_id=DEFAULT_TENANT).find_with_session(
        "x", session_id=None
    ),
    "interaction and session": lambda uow: InteractionStore(uow=uow, tenant_id=DEFAULT_TENANT).find_with_session(
        "x", session_id="x"
    ),
    "session": lambda uow: SessionStore(uow=uow, tenant_id=DEFAULT_TENANT).find("x"),
    "session by uid": lambda uow: SessionStore(uow=uow, tenant_id=DEFAULT_TENANT).find_by_uid("x"),
    "sessions of somebody": lambda uow: SessionRecordStore(uow=uow, tenant_id=DEFAULT_TENANT).list_of_account(
        UserId("x"), now=datetime(2026, 1, 1, tzinfo=UTC)
    ),
}


@pytest.mark.parametrize("name", LOOK_UPS)
async def test_what_is_joined_is_found_by_key_before_there_are_statistics(
    connection: asyncpg.Connection, name: str
) -> None:
    heard = _Heard()
    await LOOK_UPS[name](heard)
    sql = Statement(heard.statement, (), dialect=PGDialect_asyncpg()).sql  # type: ignore[no-untyped-call]

    await connection.execute(f"PREPARE look_up AS {sql}")
    count = await connection.fetchval(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'look_up'"
    )
    plan = await connection.fetchval(
        f"EXPLAIN (FORMAT json) EXECUTE look_up({', '.join('NULL' for _ in range(count))})"
    )

    through = {node["Relation Name"]: node.get("Index Cond", "") for node in _reading(json.loads(plan)[0]["Plan"])}
    assert [table for table, keys in through.items() if " AND " not in keys and (table, "id") not in LISTED] == []


def _reading(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a plan that read a table."""
    if "Relation Name" in node:
        yield node
    for below in node.get("Plans", []):
        yield from _reading(below)
