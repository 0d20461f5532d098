"""Rows that are written together: whose commit they share, and what a row that cannot be written costs the others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from sekisho.audit.store import ENTRIES
from sekisho.audit.tables import LogTable
from sekisho.dashboard.tables import DailyTokenUsageTable
from sekisho.dashboard.usage import TOKENS
from sekisho.db.database import Database
from sekisho.db.group_commit import GroupCommit, Kind, Row

AT = datetime(2026, 4, 1, 9, 0, 0, 123_000, tzinfo=UTC)
TODAY = {"tenant_id": "default", "day": date(2026, 4, 1)}


def entry(log_id: str, **other: Any) -> tuple[Kind, Row]:
    row = {"tenant_id": "default", "id": log_id, "key": "Test", "payload": {"名": ["'", None, {"deep": 1.5}]}}
    return ENTRIES, {**row, "user_id": None, "application_id": "app", "hook_id": None, "created_at": AT, **other}


def tokens(*, machine: int) -> tuple[Kind, Row]:
    return TOKENS, {**TODAY, "user_tokens": 0, "machine_tokens": machine}


@pytest.fixture
async def groups(database: Database) -> AsyncIterator[GroupCommit]:
    groups = GroupCommit(database)
    yield groups
    await groups.close()


async def ids(database: Database) -> list[str]:
    async with database.unit_of_work() as uow:
        return list((await uow.execute(select(LogTable.id).order_by(LogTable.id))).scalars())


async def test_a_row_is_there_when_its_caller_is_told(database: Database, groups: GroupCommit) -> None:
    await groups.add([entry("a")])

    async with database.unit_of_work() as uow:
        (row,) = await uow.execute(select(LogTable.payload, LogTable.application_id, LogTable.created_at))
    assert tuple(row) == ({"名": ["'", None, {"deep": 1.5}]}, "app", AT)


async def test_requests_of_one_moment_share_a_commit(database: Database, groups: GroupCommit) -> None:
    told: list[str] = []
    database.observer = told.append

    await asyncio.gather(*(groups.add([entry(f"{number}"), tokens(machine=1)]) for number in range(5)))

    kinds = 2
    assert len(told) == (kinds if database.is_sqlite else 1)
    database.observer = None
    assert await ids(database) == ["0", "1", "2", "3", "4"]


async def test_what_is_counted_adds_up(database: Database, groups: GroupCommit) -> None:
    await asyncio.gather(*(groups.add([tokens(machine=number)]) for number in (1, 2, 3)))
    await groups.add([tokens(machine=4), entry("a")])

    async with database.unit_of_work() as uow:
        counted = await uow.execute(select(func.sum(DailyTokenUsageTable.machine_tokens)))
    assert counted.scalar_one() == 10


@pytest.mark.parametrize("unfit", [{"payload": {"a": "\ud800"}}, {"key": None}])
async def test_a_row_that_cannot_be_written_costs_no_other(
    database: Database, groups: GroupCommit, unfit: dict[str, Any]
) -> None:
    bad = entry("bad", **unfit)

    await asyncio.gather(groups.add([entry("a"), bad]), groups.add([bad]), groups.add([entry("b")]))

    assert await ids(database) == ["a", "b"]


async def test_a_caller_who_goes_away_takes_no_row_along(database: Database, groups: GroupCommit) -> None:
    leaving = asyncio.create_task(groups.add([entry("a")]))
    staying = asyncio.create_task(groups.add([entry("b")]))
    await asyncio.sleep(0)
    leaving.cancel()

    await staying

    assert await ids(database) == ["a", "b"]
