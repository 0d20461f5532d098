from collections.abc import AsyncIterator

import pytest
from joserfc import jwt
from sqlalchemy import insert, update

from sekisho.crypto.jwk import SigningAlgorithm, generate_key, key_id_of
from sekisho.crypto.sealing import CannotOpen, Sealer
from sekisho.db.database import Database, UnitOfWork
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds, TenantId
from sekisho.kernel.secret import Secret
from sekisho.signing_keys.models import SigningKeyStatus
from sekisho.signing_keys.service import SigningKeyService
from sekisho.signing_keys.store import SigningKeyStore
from sekisho.signing_keys.tables import SigningKeyTable
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.tables import TenantTable

TENANT = TenantId("fresh")


@pytest.fixture
async def uow(database: Database, clock: ManualClock) -> AsyncIterator[UnitOfWork]:
    async with database.unit_of_work() as uow:
        row = {"id": TENANT, "name": "Fresh", "tag": "development", "created_at": clock.now()}
        await uow.execute(insert(TenantTable).values(row))
        yield uow


def _service(uow: UnitOfWork, clock: ManualClock, *, key: bytes = bytes(32)) -> SigningKeyService:
    return SigningKeyService(
        tenant_id=TENANT,
        store=SigningKeyStore(uow=uow, tenant_id=TENANT),
        cache=ConfigCache(uow.database).of(TENANT, uow),
        sealer=Sealer([key]),
        clock=clock,
        ids=RandomIds(),
    )


async def test_the_first_key_signs_and_the_second_is_only_published(uow: UnitOfWork, clock: ManualClock) -> None:
    keys = [generate_key(), generate_key(SigningAlgorithm.RS256)]
    service = _service(uow, clock)
    await service.install(keys=keys, cookie_keys=[Secret("newer"), Secret("older")])

    current = await service.current()
    published = await service.published()

    assert [key.kid for key in published] == [key_id_of(key) for key in keys]
    assert [key.status for key in published] == [SigningKeyStatus.CURRENT, SigningKeyStatus.PREVIOUS]
    assert [key.algorithm for key in published] == ["ES384", "RS256"]
    token = jwt.encode({"alg": current.algorithm}, {"sub": "me"}, current.key, algorithms=[current.algorithm])
    assert jwt.decode(token, keys[0], algorithms=["ES384"]).claims == {"sub": "me"}
    assert await service.cookie_keys() == (b"newer", b"older")


async def test_a_next_key_is_published_after_the_current_one(uow: UnitOfWork, clock: ManualClock) -> None:
    service = _service(uow, clock)
    await service.install(keys=[generate_key(), generate_key()], cookie_keys=[])
    becomes_next = update(SigningKeyTable).where(SigningKeyTable.status == "Previous").values(status="Next")
    await uow.execute(becomes_next.where(SigningKeyTable.tenant_id == TENANT))

    assert [key.status for key in await service.published()] == [SigningKeyStatus.CURRENT, SigningKeyStatus.NEXT]


async def test_nothing_private_is_published(uow: UnitOfWork, clock: ManualClock) -> None:
    service = _service(uow, clock)
    await service.install(keys=[generate_key(), generate_key(SigningAlgorithm.RS256)], cookie_keys=[])

    for key in await service.published():
        assert not {"d", "p", "q", "dp", "dq", "qi"} & key.jwk.keys()


async def test_another_vault_key_opens_nothing(uow: UnitOfWork, clock: ManualClock) -> None:
    await _service(uow, clock).install(keys=[generate_key()], cookie_keys=[])

    with pytest.raises(CannotOpen):
        await _service(uow, clock, key=bytes(range(32))).current()
