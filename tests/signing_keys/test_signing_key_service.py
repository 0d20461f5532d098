import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import insert, select, update
from tests.support.factories import Factory

from sekisho.app import Application
from sekisho.crypto.jwk import KeyType, SigningAlgorithm, generate_key, key_id_of
from sekisho.crypto.sealing import CannotOpen, Sealer
from sekisho.db.database import Database, UnitOfWork
from sekisho.jobs.queue import JobQueue
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds, TenantId
from sekisho.kernel.secret import Secret
from sekisho.signing_keys.errors import KeyNotFound, KeyRequired, OnlyPreviousKeyCanBeDeleted, RotationPending
from sekisho.signing_keys.models import SigningKey, SigningKeyStatus
from sekisho.signing_keys.rotation import KeyRotation
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
    )


def _rotation(
    uow: UnitOfWork, clock: ManualClock, *, preferred: str | None = None, default_grace: timedelta = timedelta(0)
) -> KeyRotation:
    async def preferred_algorithm() -> str | None:
        return preferred

    cache = ConfigCache(uow.database).of(TENANT, uow)
    store = SigningKeyStore(uow=uow, tenant_id=TENANT)
    sealer = Sealer([bytes(32)])
    return KeyRotation(
        tenant_id=TENANT,
        keys=SigningKeyService(tenant_id=TENANT, store=store, cache=cache, sealer=sealer, clock=clock),
        store=store,
        cache=cache,
        sealer=sealer,
        clock=clock,
        ids=RandomIds(),
        jobs=JobQueue(uow=uow, tenant_id=TENANT, clock=clock, ids=RandomIds(), wake=lambda: None),
        preferred_algorithm=preferred_algorithm,
        default_grace=default_grace,
    )


def _shown(keys: Sequence[SigningKey]) -> list[tuple[str, str]]:
    return [(key.kid, key.status.value) for key in keys]


async def test_the_first_key_signs_and_the_second_is_only_published(uow: UnitOfWork, clock: ManualClock) -> None:
    keys = [generate_key(), generate_key(SigningAlgorithm.RS256)]
    await _rotation(uow, clock).install(keys=keys, cookie_keys=[Secret("newer"), Secret("older")])

    current = await _service(uow, clock).current()
    published = await _service(uow, clock).published()

    assert [key.kid for key in published] == [key_id_of(key) for key in keys]
    assert [key.status for key in published] == [SigningKeyStatus.CURRENT, SigningKeyStatus.PREVIOUS]
    assert [key.algorithm for key in published] == ["ES384", "RS256"]
    token = jwt.encode({"alg": current.algorithm}, {"sub": "me"}, current.key, algorithms=[current.algorithm])
    assert jwt.decode(token, keys[0], algorithms=["ES384"]).claims == {"sub": "me"}
    assert await _service(uow, clock).cookie_keys() == (b"newer", b"older")


async def test_a_next_key_is_published_after_the_current_one(uow: UnitOfWork, clock: ManualClock) -> None:
    await _rotation(uow, clock).install(keys=[generate_key(), generate_key()], cookie_keys=[])
    becomes_next = update(SigningKeyTable).where(SigningKeyTable.status == "Previous").values(status="Next")
    await uow.execute(becomes_next.where(SigningKeyTable.tenant_id == TENANT))

    assert [key.status for key in await _service(uow, clock).published()] == [
        SigningKeyStatus.CURRENT,
        SigningKeyStatus.NEXT,
    ]


async def test_nothing_private_is_published(uow: UnitOfWork, clock: ManualClock) -> None:
    await _rotation(uow, clock).install(keys=[generate_key(), generate_key(SigningAlgorithm.RS256)], cookie_keys=[])

    for key in await _service(uow, clock).published():
        assert not {"d", "p", "q", "dp", "dq", "qi"} & key.jwk.keys()


async def test_another_vault_key_opens_nothing(uow: UnitOfWork, clock: ManualClock) -> None:
    await _rotation(uow, clock).install(keys=[generate_key()], cookie_keys=[])

    with pytest.raises(CannotOpen):
        await _service(uow, clock, key=bytes(range(32))).current()


async def _installed(uow: UnitOfWork, clock: ManualClock, *, keys: int = 1) -> list[str]:
    made = [generate_key() for _ in range(keys)]
    await _rotation(uow, clock).install(keys=made, cookie_keys=[Secret("first")])
    return [key_id_of(key) for key in made]


async def _written_down(uow: UnitOfWork) -> set[str]:
    of_tenant = select(SigningKeyTable.status).where(SigningKeyTable.tenant_id == TENANT)
    return set((await uow.execute(of_tenant)).scalars())


async def test_a_rotation_without_grace_signs_at_once(uow: UnitOfWork, clock: ManualClock) -> None:
    (first, oldest) = await _installed(uow, clock, keys=2)

    rotated = await _rotation(uow, clock).rotate()
    published = _shown(await _service(uow, clock).published())

    assert published == _shown(rotated) == [(rotated[0].kid, "Current"), (first, "Previous")]
    assert rotated[0].kid not in {first, oldest}


async def test_a_rotation_with_grace_is_published_now_and_signs_at_its_time(
    uow: UnitOfWork, clock: ManualClock
) -> None:
    (first, oldest) = await _installed(uow, clock, keys=2)
    await _rotation(uow, clock).rotate(grace=timedelta(minutes=10))

    (current, following, previous) = await _service(uow, clock).published()
    assert _shown([current, following, previous]) == [
        (first, "Current"),
        (following.kid, "Next"),
        (oldest, "Previous"),
    ]
    assert following.effective_at == clock.now() + timedelta(minutes=10)
    assert _shown(await _service(uow, clock).newest_first()) == [
        (following.kid, "Next"),
        (first, "Current"),
        (oldest, "Previous"),
    ]

    clock.advance(timedelta(minutes=10) - timedelta(milliseconds=1))
    assert (await _service(uow, clock).current()).kid == first
    clock.advance(timedelta(milliseconds=1))
    assert _shown(await _service(uow, clock).published()) == [(following.kid, "Current"), (first, "Previous")]
    assert (await _service(uow, clock).current()).effective_at is None


async def test_every_process_turns_at_the_same_time_without_a_word(uow: UnitOfWork, clock: ManualClock) -> None:
    """What others have read keeps its place in their memory; nothing tells them that the time has come."""
    await _installed(uow, clock)
    await _rotation(uow, clock).rotate(grace=timedelta(hours=1))
    others = [_service(uow, clock) for _ in range(3)]
    before = {(await other.current()).kid for other in others}
    clock.advance(timedelta(hours=1))
    after = {(await other.current()).kid for other in others}

    assert len(before) == len(after) == 1
    assert before != after
    assert await _written_down(uow) == {"Current", "Next"}


async def test_the_activation_is_written_down_by_a_job_and_only_when_it_is_due(
    uow: UnitOfWork, clock: ManualClock
) -> None:
    (first,) = await _installed(uow, clock)
    await _rotation(uow, clock).rotate(grace=timedelta(hours=1))
    (planned,) = (await uow.execute(select(JobTable.name, JobTable.run_at))).all()
    assert tuple(planned) == ("signing_keys.activate", clock.now() + timedelta(hours=1))

    await _rotation(uow, clock).activate()
    assert await _written_down(uow) == {"Current", "Next"}
    clock.advance(timedelta(hours=1))
    shown = _shown(await _service(uow, clock).published())
    await _rotation(uow, clock).activate()
    await _rotation(uow, clock).activate()

    assert await _written_down(uow) == {"Current", "Previous"}
    assert _shown(await _service(uow, clock).published()) == shown
    assert shown[1] == (first, "Previous")


async def test_a_next_key_is_replaced_by_another_with_a_time_of_its_own(uow: UnitOfWork, clock: ManualClock) -> None:
    (first,) = await _installed(uow, clock)
    await _rotation(uow, clock).rotate(grace=timedelta(minutes=1))
    (following, _) = await _rotation(uow, clock).rotate(grace=timedelta(minutes=5))
    clock.advance(timedelta(minutes=1))
    await _rotation(uow, clock).activate()

    assert (await _service(uow, clock).current()).kid == first
    clock.advance(timedelta(minutes=4))
    assert (await _service(uow, clock).current()).kid == following.kid


async def test_no_key_overtakes_one_that_waits(uow: UnitOfWork, clock: ManualClock) -> None:
    await _installed(uow, clock)
    (following, first) = await _rotation(uow, clock).rotate(grace=timedelta(minutes=1))
    with pytest.raises(RotationPending):
        await _rotation(uow, clock).rotate()
    clock.advance(timedelta(minutes=1))

    (newest, previous) = await _rotation(uow, clock).rotate()

    assert _shown([newest, previous]) == [(newest.kid, "Current"), (following.kid, "Previous")]
    assert first.kid not in {newest.kid, previous.kid}


async def test_the_operator_decides_how_long_a_key_is_announced(uow: UnitOfWork, clock: ManualClock) -> None:
    await _installed(uow, clock)
    patient = _rotation(uow, clock, default_grace=timedelta(days=1))

    (following, _) = await patient.rotate()
    assert following.effective_at == clock.now() + timedelta(days=1)
    clock.advance(timedelta(days=1))
    (current, _) = await patient.rotate(grace=timedelta(0))
    assert current.status is SigningKeyStatus.CURRENT


@pytest.mark.parametrize(
    ("asked", "preferred", "algorithm"),
    [
        (None, None, "ES384"),
        (KeyType.EC, None, "ES384"),
        (KeyType.RSA, None, "RS256"),
        (None, "ES256", "ES256"),
        (KeyType.EC, "ES256", "ES256"),
        (KeyType.EC, "EdDSA", "EdDSA"),
        (None, "RS256", "RS256"),
        (KeyType.EC, "RS256", "ES384"),
        (KeyType.RSA, "EdDSA", "RS256"),
    ],
)
async def test_a_new_key_signs_as_the_tenant_wants(
    uow: UnitOfWork, clock: ManualClock, asked: KeyType | None, preferred: str | None, algorithm: str
) -> None:
    await _installed(uow, clock)

    (current, _) = await _rotation(uow, clock, preferred=preferred).rotate(key_type=asked)

    assert current.algorithm == algorithm


async def test_only_the_previous_key_can_be_deleted(uow: UnitOfWork, clock: ManualClock) -> None:
    await _installed(uow, clock)
    (only,) = await _service(uow, clock).published()
    with pytest.raises(KeyRequired):
        await _rotation(uow, clock).delete(only.id)
    (following, current) = await _rotation(uow, clock).rotate(grace=timedelta(minutes=1))
    for key in (following, current):
        with pytest.raises(OnlyPreviousKeyCanBeDeleted):
            await _rotation(uow, clock).delete(key.id)
    with pytest.raises(KeyNotFound):
        await _rotation(uow, clock).delete("nope")
    clock.advance(timedelta(minutes=1))
    await _rotation(uow, clock).delete(current.id)

    assert _shown(await _service(uow, clock).published()) == [(following.kid, "Current")]


async def test_cookie_keys_are_two_at_most_and_the_newest_signs(uow: UnitOfWork, clock: ManualClock) -> None:
    await _installed(uow, clock)
    (second, first) = await _rotation(uow, clock).rotate_cookie_key()
    assert (await _service(uow, clock).cookie_keys())[1:] == (b"first",)
    (third, _) = await _rotation(uow, clock).rotate_cookie_key()

    assert [key.id for key in await _service(uow, clock).list_cookie_keys()] == [third.id, second.id]
    assert b"first" not in await _service(uow, clock).cookie_keys()
    assert all(len(key) == 32 for key in await _service(uow, clock).cookie_keys())
    with pytest.raises(KeyNotFound):
        await _rotation(uow, clock).delete_cookie_key(first.id)
    await _rotation(uow, clock).delete_cookie_key(third.id)
    with pytest.raises(KeyRequired):
        await _rotation(uow, clock).delete_cookie_key(second.id)


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(minutes=1)])
async def test_of_rotations_at_the_same_moment_none_breaks_the_ring(
    app: Application, make: Factory, grace: timedelta
) -> None:
    async def rotate() -> None:
        async with make.services() as services:
            await services.key_rotation.rotate(grace=grace)

    await asyncio.gather(*(rotate() for _ in range(20)))

    async with app.runtime.database.unit_of_work() as uow:
        of_tenant = select(SigningKeyTable.status).where(SigningKeyTable.tenant_id == "default")
        statuses = sorted((await uow.execute(of_tenant)).scalars())
    assert statuses == (["Current", "Next"] if grace else ["Current", "Previous"])


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_nobody_waits_for_an_rsa_key_to_be_made(make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the better part of a second, and more on a slow machine; requests go on meanwhile."""
    turns = 0
    turns_meanwhile: list[int] = []
    generate = RSAKey.generate_key

    def watched(*args: Any, **kwargs: Any) -> RSAKey:
        before = turns
        key = generate(*args, **kwargs)
        turns_meanwhile.append(turns - before)
        return key

    async def take_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.002)
            turns += 1

    monkeypatch.setattr(RSAKey, "generate_key", watched)
    taking_turns = asyncio.create_task(take_turns())
    async with make.services() as services:
        await services.key_rotation.rotate(key_type=KeyType.RSA)
    taking_turns.cancel()

    assert len(turns_meanwhile) == 1
    assert turns_meanwhile[0] > 3
