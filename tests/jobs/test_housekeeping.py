from datetime import timedelta

from sqlalchemy import func, insert, select

from sekisho.administrators.tables import FirstAdminTokenTable
from sekisho.db.database import Database
from sekisho.jobs.housekeeping import Housekeeper, Sweep
from sekisho.kernel.clock import ManualClock

TABLE = FirstAdminTokenTable


async def _fill(database: Database, clock: ManualClock, *, count: int, age: timedelta) -> None:
    rows = [
        {"tenant_id": "admin", "token_digest": f"{age}/{number}".encode(), "expires_at": clock.now() - age}
        for number in range(count)
    ]
    async with database.unit_of_work() as uow:
        await uow.execute(insert(TABLE), rows)


async def _count(database: Database) -> int:
    async with database.unit_of_work() as uow:
        return int((await uow.execute(select(func.count()).select_from(TABLE))).scalar_one())


async def test_what_has_expired_is_deleted_and_the_rest_is_not(database: Database, clock: ManualClock) -> None:
    await _fill(database, clock, count=3, age=timedelta(seconds=1))
    await _fill(database, clock, count=2, age=timedelta(seconds=-1))
    sweeps = [Sweep(table=TABLE, expires_at=TABLE.expires_at)]

    assert await Housekeeper(database=database, clock=clock, sweeps=sweeps).sweep() == 3
    assert await _count(database) == 2


async def test_rows_may_be_kept_a_while(database: Database, clock: ManualClock) -> None:
    await _fill(database, clock, count=1, age=timedelta(minutes=5))
    sweeps = [Sweep(table=TABLE, expires_at=TABLE.expires_at, keep=timedelta(minutes=10))]

    assert await Housekeeper(database=database, clock=clock, sweeps=sweeps).sweep() == 0


async def test_many_rows_go_in_several_statements(database: Database, clock: ManualClock) -> None:
    await _fill(database, clock, count=1201, age=timedelta(days=1))
    sweeps = [Sweep(table=TABLE, expires_at=TABLE.expires_at)]

    assert await Housekeeper(database=database, clock=clock, sweeps=sweeps).sweep() == 1201
    assert await _count(database) == 0
