"""Changes that wait for the commit: what they become together, what sees them, and what is left when one fails."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Executable, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from tests.support.databases import settings_for

from sekisho.db.database import Database, UnitOfWork
from sekisho.db.errors import StatementFailed, UniqueViolation
from sekisho.db.migrate import migrate
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import InvalidRelation, Outdated
from sekisho.migrations import HISTORY
from sekisho.tenants.tables import ConfigTable, SystemTable, TenantTable

_SYSTEMS = SystemTable.metadata.tables[SystemTable.__tablename__]
_CONFIGS = ConfigTable.metadata.tables[ConfigTable.__tablename__]
_TENANTS = TenantTable.metadata.tables[TenantTable.__tablename__]
_ADD = insert(_SYSTEMS)
_CHANGE = update(_SYSTEMS).where(_SYSTEMS.c.key == bindparam("of_key"))
_REMOVE = delete(_SYSTEMS).where(_SYSTEMS.c.key == bindparam("of_key"))
_FIND = select(_SYSTEMS.c.value).where(_SYSTEMS.c.key == bindparam("of_key"))
_HOLD = _FIND.with_for_update()
_LIST = select(_SYSTEMS.c.key, _SYSTEMS.c.value).where(_SYSTEMS.c.key.in_(["a", "b", "c"])).order_by(_SYSTEMS.c.key)
_ADD_CONFIG = insert(_CONFIGS)
_CONFIG = {"tenant_id": "default", "key": "k", "value": {"is": [1, None, "日本"]}}
_ADD_TENANT = insert(_TENANTS)
_REMOVE_TENANT = delete(_TENANTS).where(_TENANTS.c.id == bindparam("of_id"))
_TENANT = {"id": "t", "name": "T", "tag": "production", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}


async def _stored(database: Database) -> dict[str, Any]:
    async with database.unit_of_work() as uow:
        return {row.key: row.value for row in await uow.execute(_LIST)}


async def _are_configured(database: Database, tenant_id: str = "default") -> bool:
    async with database.unit_of_work() as uow:
        found = select(func.count()).where(_CONFIGS.c.tenant_id == tenant_id, _CONFIGS.c.key == "k")
        return bool((await uow.execute(found)).scalar_one())


@pytest.fixture
async def on_postgresql(postgresql: str, clock: ManualClock) -> AsyncIterator[Database]:
    database = Database(settings_for(postgresql).db_url)
    await migrate(database, HISTORY, clock=clock)
    async with database.unit_of_work() as uow:
        await uow.execute(_ADD_TENANT, {**_TENANT, "id": "default"})
    yield database
    await database.close()


async def _sent(database: Database, uow: UnitOfWork) -> list[str]:
    """Commit, and return what PostgreSQL was sent: statements, and BEGIN and COMMIT if there were any."""
    sent: list[str] = []
    connection = await database.pool.take()
    driver = connection._driver  # type: ignore[attr-defined]
    driver.add_query_logger(lambda query: sent.append(query.query.partition(" ")[0]))
    await database.pool.give_back(connection)
    await uow.commit()
    await asyncio.sleep(0)  # the driver tells of a statement when it is over
    return sent


async def test_what_waits_is_there_after_the_commit(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": {"is": [1, None, "日本"]}})
        uow.write(_ADD_CONFIG, _CONFIG)
        uow.write(_ADD, {"key": "b", "value": 2})
        assert await _stored(database) == {}

    assert await _stored(database) == {"a": {"is": [1, None, "日本"]}, "b": 2}
    assert await _are_configured(database)


async def test_a_read_sees_what_waits(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
        assert (await uow.execute(_FIND, {"of_key": "a"})).scalar() == 1
        assert await _stored(database) == {}
        uow.write(_CHANGE, {"of_key": "a", "value": 2})

    assert await _stored(database) == {"a": 2}


async def test_a_read_of_another_table_does_not_disturb_what_waits(database: Database) -> None:
    other = select(_TENANTS.c.id).where(_TENANTS.c.id == "default")
    below = select(_CONFIGS.c.key).where(_CONFIGS.c.tenant_id == "t")
    told: list[str] = []
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
        database.observer = told.append
        assert (await uow.execute(other)).scalar() == "default"
        assert len(told) == 1
        uow.write(_REMOVE_TENANT, {"of_id": "t"})
        await uow.execute(below)
        assert len(told) == 4
        database.observer = None

    assert await _stored(database) == {"a": 1}


async def test_changes_of_one_table_are_made_in_their_order(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
        uow.write(_CHANGE, {"of_key": "a", "value": 2})
        uow.write(_CHANGE, {"of_key": "a", "value": 3})
        uow.write(_REMOVE, {"of_key": "b"})
        uow.write(_ADD, {"key": "b", "value": 4})
        uow.write(_ADD, {"key": "c", "value": 5})
        uow.write(_REMOVE, {"of_key": "c"})

    assert await _stored(database) == {"a": 3, "b": 4}


async def test_a_row_is_overwritten_by_what_waits_after_it(database: Database) -> None:
    dialect = sqlite if database.is_sqlite else postgresql
    overwrite = dialect.insert(_SYSTEMS)
    overwrite = overwrite.on_conflict_do_update(index_elements=["key"], set_={"value": overwrite.excluded.value})
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
        uow.write(overwrite, {"key": "a", "value": 2})

    assert await _stored(database) == {"a": 2}


async def test_what_is_removed_takes_what_was_added_below_it(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.write(_ADD_TENANT, _TENANT)
        uow.write(_ADD_CONFIG, {**_CONFIG, "tenant_id": "t"})
        uow.write(_REMOVE_TENANT, {"of_id": "t"})

    assert not await _are_configured(database, "t")


async def test_a_block_that_raises_leaves_nothing_of_what_waits(database: Database) -> None:
    async def fail() -> None:
        async with database.unit_of_work() as uow:
            uow.write(_ADD, {"key": "a", "value": 1})
            raise RuntimeError("no good")

    with pytest.raises(RuntimeError, match="no good"):
        await fail()

    assert await _stored(database) == {}


@pytest.mark.parametrize("reads_before", [False, True])
async def test_of_what_goes_together_all_is_written_or_nothing(database: Database, *, reads_before: bool) -> None:
    async def write() -> None:
        async with database.unit_of_work() as uow:
            uow.write(_ADD, {"key": "a", "value": 1})
            if reads_before:
                await uow.execute(_FIND, {"of_key": "a"})
            uow.write(_ADD, {"key": "b", "value": 2})
            uow.write(_ADD_CONFIG, {**_CONFIG, "tenant_id": "nobody"})

    with pytest.raises(InvalidRelation):
        await write()

    assert await _stored(database) == {}


async def test_what_failed_is_never_committed_even_when_nobody_listens(database: Database) -> None:
    async def swallow() -> None:
        async with database.unit_of_work() as uow:
            uow.write(_ADD, {"key": "a", "value": 1})
            uow.write(_ADD, {"key": "a", "value": 2})
            with suppress(UniqueViolation):
                await uow.execute(_FIND, {"of_key": "a"})

    with pytest.raises(StatementFailed):
        await swallow()

    assert await _stored(database) == {}


async def test_nothing_is_written_unless_what_is_required_touches_a_row(database: Database) -> None:
    heard: list[str] = []

    async def change(key: str, *, added: str) -> None:
        async with database.unit_of_work() as uow:
            uow.write(_ADD, {"key": added, "value": 0})
            uow.require(_CHANGE, {"of_key": key, "value": 2})
            uow.on_commit(lambda: heard.append(added))

    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
    with pytest.raises(Outdated):
        await change("nobody's", added="b")
    await change("a", added="c")

    assert await _stored(database) == {"a": 2, "c": 0}
    assert heard == ["c"]


async def test_what_is_outdated_takes_earlier_writes_along_and_the_unit_of_work_goes_on(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await uow.execute(_ADD, {"key": "a", "value": 1})
        uow.require(_REMOVE, {"of_key": "nobody's"})
        with pytest.raises(Outdated):
            await uow.commit()
        uow.write(_ADD, {"key": "b", "value": 2})

    assert await _stored(database) == {"b": 2}


async def test_a_row_may_be_required_to_be_there(database: Database) -> None:
    async def add_beside(key: str, value: int) -> None:
        async with database.unit_of_work() as uow:
            uow.require(_HOLD, {"of_key": key})
            uow.write(_ADD_CONFIG, {**_CONFIG, "key": f"k{value}"})

    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
    await add_beside("a", 1)
    with pytest.raises(Outdated):
        await add_beside("b", 2)

    async with database.unit_of_work() as uow:
        kept = await uow.execute(select(_CONFIGS.c.key).where(_CONFIGS.c.key.in_(["k1", "k2"])))
        assert kept.scalars() == ["k1"]


async def test_of_many_who_require_the_same_row_one_succeeds(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})

    async def consume(number: int) -> bool:
        async with database.unit_of_work() as uow:
            uow.require(_REMOVE, {"of_key": "a"})
            uow.write(_ADD, {"key": f"bought by {number}", "value": number})
            try:
                await uow.commit()
            except Outdated:
                return False
        return True

    won = await asyncio.gather(*(consume(number) for number in range(20)))

    bought = select(func.count()).where(_SYSTEMS.c.key.startswith("bought by"))
    async with database.unit_of_work() as uow:
        assert (sum(won), (await uow.execute(bought)).scalar_one()) == (1, 1)


async def test_slow_work_is_refused_while_writes_wait(database: Database) -> None:
    async with database.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
        with pytest.raises(RuntimeError, match="slow work"):
            await uow.release()
        await uow.rest()

    assert await _stored(database) == {"a": 1}


@pytest.mark.parametrize(
    "statement",
    [
        text("DELETE FROM systems"),
        delete(_CONFIGS).where(_CONFIGS.c.tenant_id.in_(select(_TENANTS.c.id))),
        insert(_SYSTEMS).from_select(["key"], select(_CONFIGS.c.key)),
    ],
)
async def test_what_looks_at_another_table_cannot_wait(database: Database, statement: Any) -> None:
    async with database.unit_of_work() as uow:
        with pytest.raises(TypeError):
            uow.write(statement, {})


async def test_on_sqlite_what_waits_is_one_transaction_for_other_writers(tmp_path: Any, clock: ManualClock) -> None:
    database = Database(settings_for(f"sqlite:///{tmp_path}/one.db").db_url)
    await migrate(database, HISTORY, clock=clock)

    async def write(number: int) -> None:
        async with database.unit_of_work() as uow:
            uow.write(_ADD, {"key": f"first of {number}", "value": number})
            uow.write(_ADD, {"key": f"second of {number}", "value": number})

    await asyncio.gather(*(write(number) for number in range(20)))

    async with database.unit_of_work() as uow:
        assert (await uow.execute(select(func.count()).where(_SYSTEMS.c.key.like("%of %")))).scalar_one() == 40
    await database.close()


async def test_on_postgresql_what_goes_together_is_one_statement_and_no_more(on_postgresql: Database) -> None:
    async with on_postgresql.unit_of_work() as uow:
        uow.write(_ADD, {"key": "a", "value": 1})
        uow.write(_ADD_CONFIG, _CONFIG)
        uow.require(_CHANGE, {"of_key": "a", "value": 2})
        uow.write(_ADD, {"key": "b", "value": 3})
        assert await _sent(on_postgresql, uow) == ["BEGIN", "WITH", "WITH", "COMMIT"]
    async with on_postgresql.unit_of_work() as uow:
        uow.require(_CHANGE, {"of_key": "a", "value": 2})
        uow.write(_ADD, {"key": "c", "value": 3})
        assert await _sent(on_postgresql, uow) == ["WITH"]
    async with on_postgresql.unit_of_work() as uow:
        uow.write(_REMOVE, {"of_key": "a"})
        assert await _sent(on_postgresql, uow) == ["DELETE"]

    assert await _stored(on_postgresql) == {"b": 3, "c": 3}


async def test_on_postgresql_locks_are_taken_in_the_order_of_the_changes(on_postgresql: Database) -> None:
    """Whoever waits for the second row holds the first already: PostgreSQL promises no order, and keeps this one."""
    async with on_postgresql.unit_of_work() as uow:
        for key in ("a", "b", "c"):
            uow.write(_ADD, {"key": key, "value": 0})
        uow.write(_ADD_CONFIG, _CONFIG)
    change_config = update(_CONFIGS).where(_CONFIGS.c.key == "k")

    async def change_both(changes: Sequence[tuple[Executable, dict[str, Any]]]) -> None:
        async with on_postgresql.unit_of_work() as uow:
            for statement, values in changes:
                uow.write(statement, values)

    changes: list[tuple[Executable, dict[str, Any]]] = [
        (_CHANGE, {"of_key": "a", "value": 1}),
        (change_config, {"value": 1}),
    ]
    for in_order, held in ((changes, _SYSTEMS), (changes[::-1], _CONFIGS)):
        async with on_postgresql.unit_of_work() as blocker:
            await blocker.execute(*in_order[1])
            waiting = asyncio.create_task(change_both(in_order))
            await asyncio.sleep(0.2)
            async with on_postgresql.unit_of_work() as other:
                free = select(held.c.key).where(held.c.key.in_(["a", "k"])).with_for_update(skip_locked=True)
                assert (await other.execute(free)).all() == []
        await waiting
