"""What a review found where writes wait for the commit, and what must not come back."""

import asyncio

import pytest
from sqlalchemy import select
from tests.db.test_waiting_writes import _ADD, _stored
from tests.oidc.party import Party
from tests.support.visitor import Visitor

from sekisho.audit.masking import _known_name, masked
from sekisho.audit.tables import LogTable
from sekisho.dashboard.tables import DailyTokenUsageTable
from sekisho.db.database import Database
from sekisho.db.errors import StatementFailed
from sekisho.kernel.errors import InvalidInput
from sekisho.passwords.digests import verifier_of
from sekisho.passwords.models import HashMethod, PasswordHash
from sekisho.services import Runtime

TWENTY = 20


async def test_of_what_waited_nothing_is_taken_for_written_after_an_interruption(database: Database) -> None:
    """Whoever interrupts it, and goes on, is told at the commit."""
    async with database.unit_of_work() as first, database.unit_of_work() as second:
        await first.execute(_ADD, {"key": "a", "value": 1})
        second.write(_ADD, {"key": "a", "value": 2})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await second.commit()
        await first.commit()

        with pytest.raises(StatementFailed):
            await second.commit()
        await second.abandon()

    assert await _stored(database) == {"a": 1}


async def test_a_code_redeemed_twenty_times_at_once_counts_as_one_token(
    visitor: Visitor, runtime: Runtime, party: Party
) -> None:
    code = await party.code(visitor)

    answers = await asyncio.gather(*(party.exchange(visitor, code) for _ in range(TWENTY)))

    assert sorted(each.status_code for each in answers) == [200] + [400] * (TWENTY - 1)
    async with runtime.database.unit_of_work() as uow:
        assert (await uow.execute(select(DailyTokenUsageTable.user_tokens))).scalars() == [1]


def test_long_names_are_judged_and_not_remembered() -> None:
    """Requests that are refused, each with another name as long as requests may be, filled the memory."""
    remembered = _known_name.cache_info().currsize
    assert masked({"x" * 101: 1, "y" * 101 + "secret": 2}) == {"x" * 101: 1, "y" * 101 + "secret": "******"}
    assert _known_name.cache_info().currsize == remembered


async def test_a_name_as_long_as_a_request_leaves_a_short_row(visitor: Visitor, runtime: Runtime) -> None:
    await visitor.post("/oidc/token", data={"grant_type": "refresh_token", "n" * 50_000: ""})

    async with runtime.database.unit_of_work() as uow:
        payload = (await uow.execute(select(LogTable.payload))).scalar_one()
    assert sorted(map(len, payload["params"])) == [len("grant_type"), 500]


def test_digits_of_another_script_are_none_in_a_hash() -> None:
    """Such a hash was taken in, and failed whoever came to sign in by it."""
    foreign = "$argon2i$v=19$m=1٣456,t=2,p=1$VAQiAdAgSd7UhmTyJJR1ig$Z8ZtdsJNTGKrJKsgX4FClTp4TRZ8ZtdsJNTGKrJKsgX"
    with pytest.raises(InvalidInput):
        verifier_of(PasswordHash(method=HashMethod.ARGON2I, encoded=foreign))
