from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.users.conftest import Over

from sekisho.db.database import Database
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import DomainError, NothingToUpdate
from sekisho.kernel.ids import ApplicationId, RandomIds, TenantId, UserId
from sekisho.users.errors import CannotDeleteSelf, EmailInUse, PhoneInUse, UsernameInUse, UserNotFound
from sekisho.users.models import Identifier, IdentifierType, NewUser
from sekisho.users.service import UserService
from sekisho.users.store import UserStore


@pytest.mark.parametrize(
    ("new", "taken"),
    [
        (NewUser(username="taro"), UsernameInUse),
        (NewUser(primary_email="taro@example.com"), EmailInUse),
        (NewUser(primary_phone="819012345678"), PhoneInUse),
    ],
)
async def test_of_racing_registrations_one_wins(
    database: Database, over: Over, new: NewUser, taken: type[DomainError]
) -> None:
    outcomes: list[type[BaseException] | None] = []

    async def register() -> None:
        try:
            async with database.unit_of_work() as uow:
                await over(uow).users.create(new)
        except DomainError as error:
            outcomes.append(type(error))
        else:
            outcomes.append(None)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(register)
    assert sorted(outcomes, key=str) == sorted([None, *[taken] * 19], key=str)


async def test_a_user_is_found_by_what_he_types(database: Database, over: Over) -> None:
    new = NewUser(username="Taro", primary_email="Taro@Example.com", primary_phone="8109012345678")
    async with database.unit_of_work() as uow:
        users = over(uow).users
        taro = await users.create(new)
        for type_, value in (
            (IdentifierType.USERNAME, "Taro"),
            (IdentifierType.EMAIL, "tARO@example.com"),
            (IdentifierType.PHONE, "819012345678"),
            (IdentifierType.PHONE, "8109012345678"),
        ):
            assert await users.find_by_identifier(Identifier(type=type_, value=value)) == taro
        for type_, value in ((IdentifierType.USERNAME, "taro"), (IdentifierType.EMAIL, "")):
            assert await users.find_by_identifier(Identifier(type=type_, value=value)) is None


async def test_without_case_usernames_are_one(database: Database, clock: ManualClock) -> None:
    async with database.unit_of_work() as uow:
        users = _service(UserStore(uow=uow, tenant_id=TenantId("default")), clock, is_case_sensitive=False)
        taro = await users.create(NewUser(username="Taro"), with_default_roles=False)
        assert taro.username == "Taro"
        found = await users.find_by_identifier(Identifier(type=IdentifierType.USERNAME, value="tARO"))
        assert found == taro
        with pytest.raises(UsernameInUse):
            await users.create(NewUser(username="TARO"), with_default_roles=False)
        assert (await users.update(taro.id, {"username": "TARO"})).username == "TARO"


async def test_tenants_do_not_share_users(database: Database, clock: ManualClock) -> None:
    async with database.unit_of_work() as uow:
        first, second = (
            _service(UserStore(uow=uow, tenant_id=TenantId(tenant)), clock) for tenant in ("default", "admin")
        )
        taro = await first.create(NewUser(username="taro"), with_default_roles=False)
        assert await second.find(taro.id) is None
        for action in (
            second.get(taro.id),
            second.update(taro.id, {"name": "x"}),
            second.delete(taro.id),
            second.set_suspended(taro.id, is_suspended=True),
            second.merge_profile(taro.id, {}),
        ):
            with pytest.raises(UserNotFound):
                await action
        await second.create(NewUser(username="taro"), with_default_roles=False)


async def test_suspension_and_deletion_sign_the_user_out(database: Database, clock: ManualClock) -> None:
    signed_out: list[UserId] = []
    async with database.unit_of_work() as uow:
        store = UserStore(uow=uow, tenant_id=TenantId("default"))
        users = _service(store, clock, signed_out=signed_out.append)
        taro = await users.create(NewUser(), with_default_roles=False)
        await users.set_suspended(taro.id, is_suspended=True)
        assert signed_out == [taro.id]
        await users.set_suspended(taro.id, is_suspended=False)
        await users.delete(taro.id)
        assert signed_out == [taro.id, taro.id]


async def test_nobody_deletes_himself(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        taro = await over(uow).users.create(NewUser())
        with pytest.raises(CannotDeleteSelf):
            await over(uow).users.delete(taro.id, by=taro.id)
        assert await over(uow).users.find(taro.id) == taro


async def test_what_happens_to_a_user_is_dated(database: Database, over: Over, clock: ManualClock) -> None:
    async with database.unit_of_work() as uow:
        users = over(uow).users
        taro = await users.create(NewUser(password_encrypted="hash", password_encryption_method="Argon2id"))
        assert taro.password_updated_at == taro.created_at == taro.updated_at == clock.now()
        clock.advance(timedelta(milliseconds=1500))
        users.record_sign_in(taro.id)
        signed_in = await users.get(taro.id)
        assert signed_in.last_sign_in_at == signed_in.updated_at == clock.now()
        clock.advance(timedelta(seconds=1))
        changed = await users.update(taro.id, {"password_encrypted": "new", "password_encryption_method": "Argon2id"})
        assert changed.password_updated_at == changed.updated_at == clock.now()
        assert changed.last_sign_in_at == signed_in.last_sign_in_at
        assert await users.find(taro.id) == changed


async def test_only_the_first_application_is_kept(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        users = over(uow).users
        taro = await users.create(NewUser())
        for name in ("first", "second"):
            await users.set_first_application(taro.id, ApplicationId(name))
        assert (await users.get(taro.id)).application_id == "first"


async def test_a_change_says_something(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        taro = await over(uow).users.create(NewUser())
        with pytest.raises(NothingToUpdate):
            await over(uow).users.update(taro.id, {})


def _service(
    store: UserStore,
    clock: ManualClock,
    *,
    is_case_sensitive: bool = True,
    signed_out: Callable[[UserId], Any] = lambda _user_id: None,
) -> UserService:
    async def policy() -> bool:
        return is_case_sensitive

    async def sign_out(user_id: UserId, /) -> None:
        signed_out(user_id)

    async def no_roles(_user_id: UserId, /) -> None: ...

    return UserService(
        store=store,
        clock=clock,
        ids=RandomIds(),
        are_usernames_case_sensitive=policy,
        sign_out=sign_out,
        give_default_roles=no_roles,
    )
