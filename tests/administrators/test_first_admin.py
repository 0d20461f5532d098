import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from sekisho.administrators.service import FirstAdmin
from sekisho.administrators.store import AdministratorStore
from sekisho.db.database import Database, UnitOfWork
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds
from sekisho.roles.tables import RoleTable, UserRoleTable
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.tables import UserTable


class Administrators:
    """The service in a unit of work of its own per call."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self._database = database
        self._clock = clock

    def service(self, uow: UnitOfWork) -> FirstAdmin:
        store = AdministratorStore(uow=uow, tenant_id=ADMIN_TENANT)
        return FirstAdmin(store=store, clock=self._clock, ids=RandomIds())

    async def issue(self) -> str:
        async with self._database.unit_of_work() as uow:
            return (await self.service(uow).issue_first_admin_token()).reveal()

    async def consume(self, token: str) -> bool:
        async with self._database.unit_of_work() as uow:
            return await self.service(uow).consume_first_admin_token(token)


@pytest.fixture
def administrators(database: Database, clock: ManualClock) -> Administrators:
    return Administrators(database, clock)


async def test_a_token_is_used_once(administrators: Administrators) -> None:
    token = await administrators.issue()

    assert await administrators.consume(token)
    assert not await administrators.consume(token)


async def test_a_token_is_good_for_a_day(administrators: Administrators, clock: ManualClock) -> None:
    token = await administrators.issue()
    clock.advance(timedelta(hours=24))

    assert not await administrators.consume(token)


async def test_a_new_token_voids_the_old_one(administrators: Administrators) -> None:
    old, new = await administrators.issue(), await administrators.issue()

    assert not await administrators.consume(old)
    assert await administrators.consume(new)


async def test_of_twenty_at_once_one_gets_in(administrators: Administrators) -> None:
    token = await administrators.issue()

    answers = await asyncio.gather(*(administrators.consume(token) for _ in range(20)))

    assert sum(answers) == 1


async def test_a_registration_that_fails_gives_the_token_back(
    administrators: Administrators, database: Database
) -> None:
    token = await administrators.issue()

    async def register() -> None:
        async with database.unit_of_work() as uow:
            assert await administrators.service(uow).consume_first_admin_token(token)
            raise RuntimeError("fails later")

    with pytest.raises(RuntimeError, match="fails later"):
        await register()

    assert await administrators.consume(token)


async def test_looking_at_a_token_does_not_use_it(administrators: Administrators, database: Database) -> None:
    token = await administrators.issue()
    async with database.unit_of_work() as uow:
        assert await administrators.service(uow).is_first_admin_token(token)
        assert not await administrators.service(uow).is_first_admin_token("guess")

    assert await administrators.consume(token)


async def test_an_administrator_is_an_active_user_with_the_role(
    administrators: Administrators, database: Database, clock: ManualClock
) -> None:
    async def has_administrator() -> bool:
        async with database.unit_of_work() as uow:
            return await administrators.service(uow).has_administrator()

    assert not await has_administrator()
    async with database.unit_of_work() as uow:
        found = await uow.execute(select(RoleTable.name, RoleTable.id).where(RoleTable.tenant_id == "admin"))
        roles = {row.name: row.id for row in found}
        documents: dict[str, Any] = {"profile": {}, "custom_data": {}, "logto_config": {}, "mfa_verifications": []}
        times = {"created_at": clock.now(), "updated_at": clock.now()}
        await uow.execute(insert(UserTable).values(tenant_id="admin", id="somebody", **documents, **times))
        tie = {"tenant_id": "admin", "user_id": "somebody"}
        await uow.execute(insert(UserRoleTable).values(id="1", role_id=roles["user"], **tie))
    assert not await has_administrator()
    async with database.unit_of_work() as uow:
        await uow.execute(insert(UserRoleTable).values(id="2", role_id=roles["default:admin"], **tie))
    assert await has_administrator()
    async with database.unit_of_work() as uow:
        await uow.execute(update(UserTable).values(is_suspended=True))
    assert not await has_administrator()
