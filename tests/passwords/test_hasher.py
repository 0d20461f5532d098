"""Hashing: today's method, foreign methods, and a flood."""

import asyncio
from collections.abc import Iterator

import argon2
import pytest
from argon2.low_level import Type

from sekisho.kernel.secret import Secret
from sekisho.passwords.errors import PasswordsBusy
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.models import MAX_PASSWORD_BYTES, HashMethod, PasswordHash


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    made = PasswordHasher(threads=1, waiting=2)
    yield made
    made.close()


def test_a_hash_is_argon2id_at_the_owasp_cost(hasher: PasswordHasher) -> None:
    kept = asyncio.run(hasher.hash(Secret("Corr3ct-horse-9")))
    assert kept.method is HashMethod.ARGON2ID
    assert kept.encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not hasher.needs_rehash(kept)


def test_only_the_right_password_matches(hasher: PasswordHasher) -> None:
    async def run() -> tuple[bool, bool]:
        kept = await hasher.hash(Secret("Corr3ct-horse-9"))
        return await hasher.verify(Secret("Corr3ct-horse-9"), kept), await hasher.verify(
            Secret("corr3ct-horse-9"), kept
        )

    assert asyncio.run(run()) == (True, False)


def test_two_hashes_of_one_password_differ(hasher: PasswordHasher) -> None:
    async def run() -> set[str]:
        return {(await hasher.hash(Secret("Corr3ct-horse-9"))).encoded for _ in range(2)}

    assert len(asyncio.run(run())) == 2


@pytest.mark.parametrize(("kind", "method"), [(Type.I, HashMethod.ARGON2I), (Type.D, HashMethod.ARGON2D)])
def test_other_argon2_hashes_match_and_are_renewed(hasher: PasswordHasher, kind: Type, method: HashMethod) -> None:
    encoded = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=kind).hash("Corr3ct-horse-9")
    kept = PasswordHash(method=method, encoded=encoded)
    assert asyncio.run(hasher.verify(Secret("Corr3ct-horse-9"), kept))
    assert not asyncio.run(hasher.verify(Secret("nope"), kept))
    assert hasher.needs_rehash(kept)


def test_a_damaged_hash_matches_nothing(hasher: PasswordHasher) -> None:
    kept = PasswordHash(method=HashMethod.ARGON2ID, encoded="$argon2id$v=19$m=8,t=1,p=1$broken")
    assert not asyncio.run(hasher.verify(Secret("Corr3ct-horse-9"), kept))


def test_megabytes_are_nobodys_password(hasher: PasswordHasher) -> None:
    async def run() -> bool:
        long = Secret("a" * (MAX_PASSWORD_BYTES + 1))
        return await hasher.verify(long, await hasher.hash(long))

    assert not asyncio.run(run())


def test_a_flood_is_refused_and_the_pool_recovers(hasher: PasswordHasher) -> None:
    async def run() -> tuple[int, int]:
        done = await asyncio.gather(*(hasher.dummy() for _ in range(20)), return_exceptions=True)
        refused = sum(isinstance(each, PasswordsBusy) for each in done)
        await hasher.dummy()
        return refused, len(done)

    assert asyncio.run(run()) == (17, 20)
