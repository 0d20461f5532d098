"""On PostgreSQL a process hears of other processes' changes, however the database's URL is written."""

import asyncio

import pytest
from sqlalchemy import text
from tests.support.databases import settings_for

from sekisho.db.database import Database
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.models import DEFAULT_TENANT


@pytest.mark.parametrize("query", ["", "?sslmode=disable"])
async def test_a_change_elsewhere_is_heard(postgresql: str, query: str) -> None:
    database = Database(settings_for(postgresql + query).db_url)
    cache = ConfigCache(database)
    await cache.start()
    try:
        async with asyncio.timeout(10):
            while cache.generation(DEFAULT_TENANT) == 0:
                async with database.unit_of_work() as uow:
                    await uow.execute(text("SELECT pg_notify('sekisho_configuration', 'default')"))
                await asyncio.sleep(0.05)
    finally:
        await cache.stop()
        await database.close()
