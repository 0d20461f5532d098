"""A statement that has only so much time: refused when it is up, and ended in the database too."""

import asyncio

import pytest
from sqlalchemy import text

from sekisho.db.database import Database
from sekisho.db.errors import StatementTooSlow
from sekisho.kernel.errors import DatabaseUnavailable

_FOREVER = text(
    "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number % 1000 + 1 FROM numbers)"
    " SELECT count(*) FROM numbers"
)
_BUSY = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'WITH RECURSIVE%' AND state = 'active'")


async def test_a_slow_statement_is_ended_and_others_go_on(database: Database) -> None:
    async with database.unit_of_work() as uow:
        with pytest.raises(StatementTooSlow):
            await uow.execute(_FOREVER, reads=True, within=0.2)
        assert (await uow.execute(text("SELECT 1"), reads=True)).scalar() == 1


async def test_the_server_works_on_it_no_longer(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    async with database.unit_of_work() as uow:
        with pytest.raises(StatementTooSlow):
            await uow.execute(_FOREVER, reads=True, within=0.2)
        for _ in range(100):
            if not (await uow.execute(_BUSY, reads=True)).scalar():
                return
            await asyncio.sleep(0.05)
    pytest.fail("the server goes on")


async def test_without_a_limit_of_its_own_a_slow_statement_is_a_database_that_is_away(database: Database) -> None:
    database.statement_timeout = 0.2
    async with database.unit_of_work() as uow:
        with pytest.raises(DatabaseUnavailable):
            await uow.execute(_FOREVER, reads=True)
