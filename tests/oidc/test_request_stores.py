"""Device codes and pushed requests as rows, on both databases: decided once, used once, gone with their grant."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.oidc.party import services_over
from tests.support.databases import START
from tests.support.settling import is_settled

from sekisho.db.database import UnitOfWork
from sekisho.grants.errors import GrantRevoked
from sekisho.grants.request_store import DeviceCodeStore, PushedRequestStore
from sekisho.grants.store import GrantStore
from sekisho.grants.tables import DeviceCodeTable, PushedRequestTable
from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Authorization, DeviceCode, Grant, PushedRequest
from sekisho.services import Runtime
from sekisho.tenants.models import ADMIN_TENANT, DEFAULT_TENANT
from sekisho.users.models import NewUser

LATER = START + timedelta(minutes=10)
PARAMS = {"client_id": "tv", "scope": "openid", "resource": ["https://a.example"]}


@pytest.fixture
async def uow(runtime: Runtime) -> AsyncIterator[UnitOfWork]:
    async with runtime.database.unit_of_work() as uow:
        yield uow


@pytest.fixture
def devices(uow: UnitOfWork) -> DeviceCodeStore:
    return DeviceCodeStore(uow=uow, tenant_id=DEFAULT_TENANT)


@pytest.fixture
def pushed(uow: UnitOfWork) -> PushedRequestStore:
    return PushedRequestStore(uow=uow, tenant_id=DEFAULT_TENANT)


@pytest.fixture
async def grant(runtime: Runtime, uow: UnitOfWork) -> Grant:
    account_id = (await services_over(runtime, uow).users.create(NewUser(username="alice"))).id
    grant = a_grant(account_id)
    await GrantStore(uow=uow, tenant_id=DEFAULT_TENANT).add(grant)
    return grant


def a_grant(account_id: UserId) -> Grant:
    return Grant(
        id="g" * 43,
        account_id=account_id,
        client_id="tv",
        created_at=START,
        expires_at=LATER,
        scopes=["openid"],
        rejected_scopes=[],
    )


def a_code(id_: str = "one", **more: Any) -> DeviceCode:
    return DeviceCode(id=id_, client_id="tv", params=PARAMS, created_at=START, expires_at=LATER, **more)


def allowed(grant: Grant) -> Authorization:
    return Authorization(
        grant=grant,
        scopes=["openid"],
        resources=["https://a.example"],
        nonce="n",
        auth_time=START,
        session_uid="s",
        sid="sid",
        expires_with_session=True,
    )


async def test_a_device_is_found_by_either_code_and_neither_is_kept(devices: DeviceCodeStore, uow: UnitOfWork) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")

    assert await devices.find("long") == await devices.find_by_user_code("BCDFGHJK") == a_code()
    assert await devices.find_by_id("one") == a_code()
    assert await devices.find("BCDFGHJK") is None
    row = (await uow.execute(select(DeviceCodeTable.digest, DeviceCodeTable.user_code_digest))).one()
    assert b"long" not in row.digest
    assert b"BCDF" not in row.user_code_digest


async def test_no_two_devices_of_a_tenant_show_the_same_code(devices: DeviceCodeStore, uow: UnitOfWork) -> None:
    elsewhere = DeviceCodeStore(uow=uow, tenant_id=ADMIN_TENANT)

    assert await devices.add(a_code(), device_code="first", user_code="BCDFGHJK")
    assert not await devices.add(a_code("two"), device_code="second", user_code="BCDFGHJK")
    assert await elsewhere.add(a_code(), device_code="first", user_code="BCDFGHJK")
    assert await devices.find("second") is None


async def test_one_person_answers_for_a_device(devices: DeviceCodeStore) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")

    assert [await devices.claim("one", at=START), await devices.claim("one", at=START)] == [True, False]


async def test_what_was_allowed_comes_back_with_its_grant(devices: DeviceCodeStore, grant: Grant) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")

    assert await devices.approve("one", allowed(grant))
    assert not await devices.approve("one", allowed(grant))
    assert not await devices.deny("one", error="access_denied", description=None)
    assert not await devices.claim("one", at=START)
    assert await devices.find("long") == a_code(authorization=allowed(grant))


async def test_what_was_refused_is_not_allowed_any_more(devices: DeviceCodeStore, grant: Grant) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")

    assert await devices.deny("one", error="access_denied", description="no")
    assert not await devices.approve("one", allowed(grant))
    assert await devices.find("long") == a_code(error="access_denied", error_description="no")


async def test_a_device_code_is_used_once(devices: DeviceCodeStore, uow: UnitOfWork) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")

    assert [await is_settled(uow, devices.consume("one", at=START)) for _ in range(2)] == [True, False]
    assert await devices.find("long") == a_code(is_consumed=True)


@pytest.mark.parametrize("way", ["revoke", "revoke_tokens"])
async def test_a_device_code_goes_with_its_grant(
    devices: DeviceCodeStore, grant: Grant, uow: UnitOfWork, way: str
) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")
    await devices.approve("one", allowed(grant))

    await getattr(GrantStore(uow=uow, tenant_id=DEFAULT_TENANT), way)(grant.id)

    assert await devices.find("long") is None


async def test_nothing_is_allowed_under_a_grant_that_is_gone(devices: DeviceCodeStore, uow: UnitOfWork) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")

    with pytest.raises(GrantRevoked):
        await devices.approve("one", allowed(a_grant(UserId("nobody000000"))))
    await uow.abandon()


async def test_a_pushed_request_is_found_by_its_reference_and_used_once(
    pushed: PushedRequestStore, uow: UnitOfWork
) -> None:
    request = PushedRequest(id="one", client_id="spa", params=PARAMS, created_at=START, expires_at=LATER)
    await pushed.add(request, value="reference")

    assert await pushed.find("reference") == request
    assert await pushed.find("one") is None
    assert [await pushed.consume("one", at=START), await pushed.consume("one", at=START)] == [True, False]
    found = await pushed.find("reference")
    assert found is not None
    assert found.is_consumed
    assert b"reference" not in (await uow.execute(select(PushedRequestTable.digest))).scalar_one()


async def test_another_tenant_finds_and_uses_nothing(
    devices: DeviceCodeStore, pushed: PushedRequestStore, uow: UnitOfWork
) -> None:
    await devices.add(a_code(), device_code="long", user_code="BCDFGHJK")
    await pushed.add(
        PushedRequest(id="one", client_id="spa", params={}, created_at=START, expires_at=LATER), value="reference"
    )
    other_devices = DeviceCodeStore(uow=uow, tenant_id=ADMIN_TENANT)
    other_pushed = PushedRequestStore(uow=uow, tenant_id=ADMIN_TENANT)

    assert await other_devices.find("long") is None
    assert await other_devices.find_by_user_code("BCDFGHJK") is None
    assert not await other_devices.claim("one", at=START)
    assert await other_pushed.find("reference") is None
    assert not await other_pushed.consume("one", at=START)
