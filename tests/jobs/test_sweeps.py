"""Nothing that expires is kept for ever: every table is swept, or named here with the reason why not."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, func, insert, select
from tests.support.factories import Factory

from sekisho.app import SWEEPS
from sekisho.db.database import Database, UnitOfWork
from sekisho.db.types import Instant
from sekisho.db.types import Table as DeclaredTable
from sekisho.grants.tables import GrantTable
from sekisho.jobs.housekeeping import Housekeeper, Sweep
from sekisho.kernel.clock import ManualClock
from sekisho.migrations.declared import import_tables
from sekisho.sessions.tables import SessionExtensionTable, SessionTable

import_tables()
TABLES = DeclaredTable.metadata.tables

#: What has an end and is kept all the same.
KEPT = {
    "application_secrets": "an expired secret is refused by name, and administrators see it until they delete it",
    "personal_access_tokens": "an expired token is listed until somebody deletes it",
    "signing_keys": "the time of a key is when it begins to sign",
}
#: Swept without an index: there is never more than a handful of rows.
SMALL = {"first_admin_tokens"}


def test_every_table_with_an_end_is_swept_or_kept_for_a_reason() -> None:
    ending = {
        table.name
        for table in TABLES.values()
        if any(column.name.endswith(("expires_at", "effective_at")) for column in table.columns)
    }

    assert ending - {sweep.table.__tablename__ for sweep in SWEEPS} == KEPT.keys()


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.table.__tablename__)
def test_a_sweep_finds_what_has_expired_by_an_index(sweep: Sweep) -> None:
    """One that reads a whole table takes the longer the more there is to keep."""
    table = TABLES[sweep.table.__tablename__]
    leading = {next(iter(index.columns)).name for index in table.indexes}

    assert sweep.expires_at.key in leading or table.name in SMALL


class Filler:
    """Makes rows of any table, all about one user and one grant."""

    def __init__(self, uow: UnitOfWork, *, user_id: str, now: datetime) -> None:
        self._uow = uow
        self._now = now
        self._known = {"tenant_id": "default", "user_id": user_id, "account_id": user_id, "grant_id": "kept"}
        self._made = 0

    async def add(self, sweep: Sweep, *, expires_at: datetime, **more: Any) -> None:
        self._made += 1
        table = TABLES[sweep.table.__tablename__]
        values = {column.name: self._value(column) for column in table.columns if not column.nullable}
        await self._uow.execute(insert(table), {**values, sweep.expires_at.key: expires_at, **more})

    def _value(self, column: Column[Any]) -> Any:
        if column.name in self._known:
            return self._known[column.name]
        match column.type:
            case Instant():
                return self._now
            case Boolean():
                return False
            case Integer():
                return 0
            case LargeBinary():
                return b"%d" % self._made
            case String():
                return f"{self._made}"
            case _:
                return {}


async def _count(database: Database, sweep: Sweep) -> int:
    async with database.unit_of_work() as uow:
        return int((await uow.execute(select(func.count()).select_from(sweep.table))).scalar_one())


async def test_what_has_expired_goes_and_the_rest_stays(database: Database, clock: ManualClock, make: Factory) -> None:
    user = await make.user()
    now, moment = clock.now(), timedelta(seconds=1)
    async with database.unit_of_work() as uow:
        filler = Filler(uow, user_id=user.id, now=now)
        grants = next(sweep for sweep in SWEEPS if sweep.table is GrantTable)
        await filler.add(grants, expires_at=now, id="kept")
        for sweep in SWEEPS:
            await filler.add(sweep, expires_at=now - sweep.keep - moment)
            await filler.add(sweep, expires_at=now - sweep.keep + moment)
    before = {sweep.table.__tablename__: await _count(database, sweep) for sweep in SWEEPS}

    removed = await Housekeeper(database=database, clock=clock, sweeps=SWEEPS).sweep()

    after = {sweep.table.__tablename__: await _count(database, sweep) for sweep in SWEEPS}
    assert after == {name: count - 1 for name, count in before.items()}
    assert removed == len(SWEEPS)


async def test_what_belongs_to_a_session_goes_with_it(database: Database, clock: ManualClock, make: Factory) -> None:
    user = await make.user()
    sessions = next(sweep for sweep in SWEEPS if sweep.table is SessionTable)
    now = clock.now()
    async with database.unit_of_work() as uow:
        await Filler(uow, user_id=user.id, now=now).add(sessions, expires_at=now - timedelta(days=1), uid="gone")
        extension = {"tenant_id": "default", "session_uid": "gone", "account_id": user.id, "last_submission": {}}
        await uow.execute(insert(SessionExtensionTable), {**extension, "created_at": now, "updated_at": now})

    assert await Housekeeper(database=database, clock=clock, sweeps=SWEEPS).sweep() == 1

    async with database.unit_of_work() as uow:
        assert (await uow.execute(select(func.count()).select_from(SessionExtensionTable))).scalar_one() == 0
