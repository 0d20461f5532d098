"""What every store relies on, on both databases."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from tests.support.databases import settings_for

from sekisho.db.database import Database, UnitOfWork
from sekisho.db.errors import StatementFailed, UniqueViolation
from sekisho.db.migrate import migrate
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import ConstraintViolated, DatabaseUnavailable, InvalidRelation
from sekisho.migrations import HISTORY
from sekisho.tenants.tables import ConfigTable, SystemTable

_PID = select(func.pg_backend_pid())


async def _write(uow: UnitOfWork, key: str, value: Any = 1) -> None:
    await uow.execute(insert(SystemTable).values(key=key, value=value))


async def _read(uow: UnitOfWork, key: str) -> Any:
    return (await uow.execute(select(SystemTable.value).where(SystemTable.key == key))).scalar()


async def _stored(database: Database, key: str) -> Any:
    async with database.unit_of_work() as uow:
        return await _read(uow, key)


async def _fail(database: Database, key: str) -> None:
    async with database.unit_of_work() as uow:
        await _write(uow, key)
        raise RuntimeError("no good")


async def test_a_block_that_ends_well_is_committed(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await _write(uow, "a", {"deep": [1, None, "日本"]})

    assert await _stored(database, "a") == {"deep": [1, None, "日本"]}


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="no good"):
        await _fail(database, "a")

    assert await _stored(database, "a") is None


async def test_a_unit_of_work_sees_its_own_writes_and_others_do_not(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await _write(uow, "a")
        assert await _read(uow, "a") == 1
        assert await _stored(database, "a") is None


async def test_reads_see_what_was_committed_meanwhile(database: Database) -> None:
    async with database.unit_of_work() as reader:
        assert await _read(reader, "a") is None
        async with database.unit_of_work() as writer:
            await _write(writer, "a")
        assert await _read(reader, "a") == 1


async def test_work_for_afterwards_survives_a_refusal(database: Database) -> None:
    async def count(uow: UnitOfWork) -> None:
        await _write(uow, "attempts")

    async def refuse() -> None:
        async with database.unit_of_work() as uow:
            await _write(uow, "bought")
            uow.after(count)
            raise RuntimeError("wrong password")

    with pytest.raises(RuntimeError, match="wrong password"):
        await refuse()

    assert await _stored(database, "attempts") == 1
    assert await _stored(database, "bought") is None


async def test_others_hear_of_a_commit_and_never_of_a_rollback(database: Database) -> None:
    heard: list[str] = []

    async def write(key: str, *, well: bool) -> None:
        async with database.unit_of_work() as uow:
            await _write(uow, key)
            uow.on_commit(lambda: heard.append(key))
            if not well:
                raise RuntimeError("no good")

    await write("a", well=True)
    with pytest.raises(RuntimeError, match="no good"):
        await write("b", well=False)

    assert heard == ["a"]


async def test_slow_work_is_refused_while_writes_are_pending(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await _read(uow, "a")
        await uow.release()
        await _write(uow, "a")
        with pytest.raises(RuntimeError, match="slow work"):
            await uow.release()


async def test_of_many_who_consume_at_once_one_succeeds(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await _write(uow, "once")

    async def consume() -> int:
        async with database.unit_of_work() as uow:
            return (await uow.execute(delete(SystemTable).where(SystemTable.key == "once"))).rowcount

    assert sorted(await asyncio.gather(*(consume() for _ in range(20)))) == [0] * 19 + [1]


async def test_concurrent_writers_wait_for_each_other(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await _write(uow, "counter", 0)

    async def increment() -> None:
        async with database.unit_of_work() as uow:
            await uow.begin()
            row = select(SystemTable.value).where(SystemTable.key == "counter").with_for_update()
            value = (await uow.execute(row)).scalar_one()
            await uow.execute(update(SystemTable).where(SystemTable.key == "counter").values(value=value + 1))

    await asyncio.gather(*(increment() for _ in range(20)))

    assert await _stored(database, "counter") == 20


async def test_a_caller_who_hangs_up_leaves_nothing_open(database: Database) -> None:
    async def hang() -> None:
        async with database.unit_of_work() as uow:
            await _write(uow, "a")
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await asyncio.sleep(0.1)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging

    async with asyncio.timeout(5), database.unit_of_work() as uow:
        await _write(uow, "a", 2)
    assert await _stored(database, "a") == 2


async def test_a_taken_key_is_told_by_its_columns(database: Database) -> None:
    async def again() -> None:
        async with database.unit_of_work() as uow:
            for _ in range(2):
                await uow.execute(insert(ConfigTable).values(tenant_id="default", key="k", value={}))

    with pytest.raises(UniqueViolation) as violation:
        await again()
    assert violation.value.columns == {"key"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tenant_id": "nobody", "key": "k"}, InvalidRelation),
        ({"tenant_id": "default", "key": None}, ConstraintViolated),
    ],
)
async def test_broken_rules_are_told_in_our_words(
    database: Database, values: dict[str, Any], expected: type[Exception]
) -> None:
    statement = insert(ConfigTable).values(value={}, **values)

    async def write() -> None:
        async with database.unit_of_work() as uow:
            await uow.execute(statement)

    with pytest.raises(expected):
        await write()


async def test_null_has_one_spelling(database: Database) -> None:
    async with database.unit_of_work() as uow:
        await uow.execute(insert(ConfigTable).values(tenant_id="default", key="k", value=None))
        nulls = await uow.execute(select(ConfigTable.key).where(ConfigTable.value.is_(None), ConfigTable.key == "k"))
        assert nulls.scalar() == "k"


@pytest.mark.parametrize("locks", [False, True])
async def test_a_connection_that_died_while_idle_is_replaced(postgresql: str, *, locks: bool) -> None:
    database = Database(settings_for(postgresql).db_url, pool_size=1)
    async with database.unit_of_work() as uow:
        pid = (await uow.execute(text("SELECT pg_backend_pid()"), reads=True)).scalar()
    killer = Database(settings_for(postgresql).db_url, pool_size=1)
    async with killer.unit_of_work() as uow:
        await uow.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}, reads=True)
    await killer.close()

    if locks:
        async with database.unit_of_work() as uow:
            await uow.lock(7)
    else:
        await database.ping()

    await database.close()


async def test_a_connection_that_was_lost_in_a_transaction_is_not_replaced_silently(postgresql: str) -> None:
    database = Database(settings_for(postgresql).db_url)

    async def lose() -> None:
        async with database.unit_of_work() as uow:
            await uow.begin()
            pid = (await uow.execute(_PID)).scalar()
            async with database.unit_of_work() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}, reads=True)
            await uow.execute(_PID)

    with pytest.raises(DatabaseUnavailable):
        await lose()

    await database.ping()
    await database.close()


async def test_a_statement_nobody_waits_for_leaves_its_connection_out_of_use(postgresql: str) -> None:
    database = Database(settings_for(postgresql).db_url, pool_size=1)
    async with database.unit_of_work() as uow:
        before = (await uow.execute(_PID)).scalar()
    async with database.unit_of_work() as uow:
        waiting = asyncio.create_task(uow.execute(text("SELECT pg_sleep(60)"), reads=True))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with database.unit_of_work() as uow:
        assert (await uow.execute(_PID)).scalar() not in {None, before}
    await database.close()


async def test_a_database_that_says_nothing_counts_as_away(postgresql: str) -> None:
    database = Database(settings_for(postgresql).db_url, statement_timeout=0.1)
    async with database.unit_of_work() as uow:
        with pytest.raises(DatabaseUnavailable):
            await uow.execute(text("SELECT pg_sleep(60)"), reads=True)
        await uow.execute(_PID)
    await database.close()


async def test_what_failed_is_never_committed(postgresql: str, clock: ManualClock) -> None:
    database = Database(settings_for(postgresql).db_url)
    await migrate(database, HISTORY, clock=clock)

    async def swallow() -> None:
        async with database.unit_of_work() as uow:
            await _write(uow, "a")
            with suppress(UniqueViolation):
                await _write(uow, "a")

    with pytest.raises(StatementFailed):
        await swallow()

    assert await _stored(database, "a") is None
    await database.close()


async def test_a_caller_who_waits_too_long_for_a_connection_gets_none(db_url: str) -> None:
    database = Database(settings_for(db_url).db_url, pool_size=1, connect_timeout=0.05)
    async with database.unit_of_work() as uow:
        await _read(uow, "a")
        with pytest.raises(DatabaseUnavailable):
            await database.ping()

    await database.ping()
    await database.close()


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "sqlite:////nowhere/at/all/ids.db"])
async def test_a_database_that_is_away_is_told_apart(url: str) -> None:
    database = Database(settings_for(url).db_url)

    with pytest.raises(DatabaseUnavailable):
        await database.ping()

    await database.close()


@pytest.mark.parametrize("has_begun", [False, True])
async def test_who_locks_a_number_waits_for_its_holder_and_sees_what_he_wrote(
    database: Database, *, has_begun: bool
) -> None:
    seen: list[Any] = []

    async def wait() -> None:
        async with database.unit_of_work() as uow:
            if has_begun and not database.is_sqlite:  # on SQLite, who has begun would be waited for
                await uow.begin()
            await uow.lock(-7)
            seen.append(await _read(uow, "a"))

    async with database.unit_of_work() as uow:
        await uow.lock(-7)
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        await _write(uow, "a")
        assert seen == []
    await waiting

    assert seen == [1]


async def test_a_lock_that_fails_leaves_no_transaction_behind(postgresql: str) -> None:
    database = Database(settings_for(postgresql).db_url, pool_size=1)

    async def fail() -> None:
        async with database.unit_of_work() as uow:
            await uow.lock(2**63)  # too large for PostgreSQL

    with pytest.raises(StatementFailed):
        await fail()

    async with database.unit_of_work() as uow:
        assert (await uow.execute(_PID)).scalar()
    await database.close()
