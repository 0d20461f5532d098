"""Lists and searches are answered by indexes: what each database says that it will do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Executable, text

from sekisho.db.connections import Arguments, Connection, Rows
from sekisho.db.database import Database
from sekisho.db.search import Search, SearchMode, SearchTerm
from sekisho.services import Runtime
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.users.lists import SEARCHABLE, TOTAL, page_of, statements_of

_PAGE = {"of_tenant": DEFAULT_TENANT, "size": 20, "offset": 0}


class Explaining:
    """A connection that asks what would be done instead of doing it."""

    def __init__(self, connection: Connection, *, is_sqlite: bool) -> None:
        self._connection = connection
        self._ask = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        self.plan = ""

    async def fetch(self, sql: str, arguments: Arguments) -> Rows:
        rows = await self._connection.fetch(f"{self._ask} {sql}", arguments)
        self.plan = "\n".join(str(row[-1]) for row in rows)
        return []


class Planner:
    def __init__(self, database: Database, connection: Explaining) -> None:
        self.database = database
        self._connection = connection

    async def plan(self, statement: Executable, values: Mapping[str, Any]) -> str:
        await self.database.statements.prepare(statement, values).run(self._connection, values)  # type: ignore[arg-type]
        return self._connection.plan

    async def plan_of_search(self, *terms: SearchTerm, **how: Any) -> str:
        search, is_sqlite = Search(terms=terms, **how), self.database.is_sqlite
        has_candidates = search.candidates() is not None
        of_page, _ = statements_of(search.shape(), is_sqlite=is_sqlite, has_candidates=has_candidates)
        return await self.plan(of_page, _PAGE | search.parameters(is_sqlite=is_sqlite))


_INSERT = """
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 10000)
    INSERT INTO users (
        tenant_id, id, username, username_key, primary_email, email_key, primary_phone, phone_key, name,
        profile, custom_data, logto_config, mfa_verifications, created_at, updated_at
    )
    SELECT
        'default', 'u' || number, 'user_' || number, 'user_' || number, 'user.' || number || '@example.com',
        'user.' || number || '@example.com', '8190' || number, '8190' || number, 'User ' || number,
        '{{}}', '{{}}', '{{}}', '[]', {now}, {now}
    FROM numbers
"""


@pytest.fixture
async def planner(runtime: Runtime) -> AsyncIterator[Planner]:
    database = runtime.database
    async with database.unit_of_work() as uow:
        await uow.execute(text(_INSERT.format(now="0" if database.is_sqlite else "now()")))
    connection = await database.connect()
    await connection.run("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE users", ())
    yield Planner(database, Explaining(connection, is_sqlite=database.is_sqlite))
    await connection.close()


@pytest.mark.parametrize("is_from_the_end", [False, True])
async def test_pages_are_cut_from_an_index_alone(planner: Planner, *, is_from_the_end: bool) -> None:
    plan = await planner.plan(page_of(is_from_the_end=is_from_the_end), _PAGE)
    if planner.database.is_sqlite:
        assert "USING COVERING INDEX ix_users_newest" in plan
        assert "SCAN users" not in plan
    else:
        assert "using ix_users_newest" in plan
        assert "Seq Scan" not in plan


async def test_the_total_is_read_and_not_counted(planner: Planner) -> None:
    plan = await planner.plan(TOTAL, {"of_tenant": DEFAULT_TENANT})
    assert "row_counts" in plan
    assert "users" not in plan.replace("'users'", "")


_LOOKED_UP_BY: Mapping[str, Sequence[str]] = {
    "id": ("pk_users", "sqlite_autoindex_users_"),
    "primary_email": ("uq_users_tenant_id_email_key", "sqlite_autoindex_users_"),
    "primary_phone": ("ix_users_tenant_id_primary_phone",),
    "username": ("search_users_username",),
    "name": ("search_users_name",),
}


@pytest.mark.parametrize("is_case_sensitive", [False, True])
async def test_an_exact_search_looks_up(planner: Planner, *, is_case_sensitive: bool) -> None:
    for name, indexes in _LOOKED_UP_BY.items():
        term = SearchTerm(fields=(name,), values=("user.1234@example.com", "x"), mode=SearchMode.EXACT)
        plan = await planner.plan_of_search(term, is_case_sensitive=is_case_sensitive)
        assert any(index in plan for index in indexes), plan
        assert not _reads_all(plan), plan
    anywhere = SearchTerm(fields=tuple(SEARCHABLE), values=("user.1234@example.com",), mode=SearchMode.EXACT)
    plan = await planner.plan_of_search(anywhere, is_case_sensitive=is_case_sensitive)
    assert not _reads_all(plan), plan


@pytest.mark.parametrize("is_case_sensitive", [False, True])
async def test_a_part_of_a_text_is_found_by_trigrams(planner: Planner, *, is_case_sensitive: bool) -> None:
    index = "SCAN search_users VIRTUAL TABLE INDEX" if planner.database.is_sqlite else "search_users_trigrams"
    for pattern in ("%1234%", "user.123%", "%.1234@exam%", "%er.1_34@%"):
        term = SearchTerm(fields=tuple(SEARCHABLE), values=(pattern,))
        plan = await planner.plan_of_search(term, is_case_sensitive=is_case_sensitive)
        assert index in plan, plan
        assert not _reads_all(plan), plan


async def test_terms_that_must_all_match_need_one_index(planner: Planner) -> None:
    found, vague = SearchTerm(fields=("name",), values=("%er 123%",)), SearchTerm(fields=("name",), values=("%2%",))
    assert not _reads_all(await planner.plan_of_search(found, vague, matches_all=True))
    assert _reads_all(await planner.plan_of_search(found, vague))


def _reads_all(plan: str) -> bool:
    every_user_of_the_tenant = (
        "(tenant_id=?)",
        "Seq Scan on users",
        "SCAN users\n",
        "Index Cond: ((tenant_id)::text = ",
    )
    return any(
        each in line + "\n" and " AND " not in line for line in plan.splitlines() for each in every_user_of_the_tenant
    )
