import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.support.visitor import ORIGIN
from tests.verification_codes.conftest import Codes, RememberingPost

from sekisho.connectors.kit.messages import TemplateType
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import DomainError, Forbidden, ValueTooLong
from sekisho.kernel.ids import TenantId
from sekisho.messages.models import Delivery
from sekisho.services import Runtime
from sekisho.sign_in.models import VerificationCodePolicy
from sekisho.tenants.urls import urls_of
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification_codes.errors import (
    CodeExpired,
    CodeMismatch,
    CodeNotFound,
    EmailMismatch,
    PhoneMismatch,
    TooManyTries,
)
from sekisho.verification_codes.models import Errand
from sekisho.verification_codes.tables import VerificationCodeTable

EMAIL = Identifier(type=IdentifierType.EMAIL, value="ada@example.com")
PHONE = Identifier(type=IdentifierType.PHONE, value="819012345678")
SIGN_IN = Errand(purpose=TemplateType.SIGN_IN, recipient=EMAIL, record_id="record00000000000000a")
GENERIC = Errand(purpose=TemplateType.GENERIC, recipient=EMAIL)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def send(codes: Codes, errand: Errand = SIGN_IN) -> None:
    async with codes() as service:
        await service.send(errand)


async def check(codes: Codes, code: str, errand: Errand = SIGN_IN) -> None:
    async with codes() as service:
        await service.consume(await service.check(code, errand))


async def outcome(codes: Codes, code: str, errand: Errand = SIGN_IN) -> str:
    try:
        await check(codes, code, errand)
    except DomainError as error:
        return error.code
    return "accepted"


async def set_policy(runtime: Runtime, policy: VerificationCodePolicy) -> None:
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        sign_in = runtime.services(urls=urls, uow=uow).sign_in
        await sign_in.update(replace(await sign_in.read(), verification_code_policy=policy))


async def test_a_code_of_six_digits_is_sent_and_taken_back_once(codes: Codes, post: RememberingPost) -> None:
    async with codes() as service:
        await service.send(SIGN_IN, variables={"locale": "ja"}, delivery=Delivery.DISCREET)

    (letter,) = post.letters
    assert (letter.purpose, letter.to, letter.payload["locale"]) == (TemplateType.SIGN_IN, EMAIL, "ja")
    assert post.deliveries == [Delivery.DISCREET]
    assert len(post.last_code) == 6
    assert post.last_code.isdecimal()

    assert await outcome(codes, post.last_code) == "accepted"
    assert await outcome(codes, post.last_code) == "verification_code.not_found"


async def test_a_right_code_that_bought_nothing_may_come_again(codes: Codes, post: RememberingPost) -> None:
    async def refused_afterwards() -> None:
        async with codes() as service:
            await service.consume(await service.check(post.last_code, SIGN_IN))
            raise Forbidden

    await send(codes)
    with pytest.raises(Forbidden):
        await refused_afterwards()

    assert await outcome(codes, post.last_code) == "accepted"


async def test_a_wrong_code_is_refused_and_the_right_one_still_good(codes: Codes, post: RememberingPost) -> None:
    await send(codes)

    with pytest.raises(CodeMismatch):
        await check(codes, wrong(post.last_code))
    assert await outcome(codes, post.last_code) == "accepted"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦"])
async def test_what_is_no_code_is_only_wrong(codes: Codes, code: str) -> None:
    await send(codes)
    with pytest.raises(CodeMismatch):
        await check(codes, code)


async def test_after_ten_wrong_codes_the_right_one_comes_too_late(codes: Codes, post: RememberingPost) -> None:
    await send(codes)
    for _ in range(10):
        assert await outcome(codes, wrong(post.last_code)) == "verification_code.code_mismatch"

    with pytest.raises(TooManyTries):
        await check(codes, post.last_code)
    await send(codes)
    assert await outcome(codes, post.last_code) == "accepted"


async def test_guesses_sent_at_once_are_each_counted(codes: Codes, post: RememberingPost) -> None:
    await send(codes)

    outcomes = await asyncio.gather(*(outcome(codes, wrong(post.last_code)) for _ in range(20)))

    assert sorted(outcomes) == ["verification_code.code_mismatch"] * 10 + ["verification_code.exceed_max_try"] * 10


async def test_a_right_code_sent_twice_at_once_is_taken_once(codes: Codes, post: RememberingPost) -> None:
    await send(codes)

    outcomes = await asyncio.gather(*(outcome(codes, post.last_code) for _ in range(5)))

    assert sorted(outcomes) == ["accepted"] + ["verification_code.not_found"] * 4


async def test_a_code_is_good_for_ten_minutes(codes: Codes, post: RememberingPost, clock: ManualClock) -> None:
    await send(codes)
    clock.advance(timedelta(seconds=600, milliseconds=-1))
    with pytest.raises(CodeMismatch):
        await check(codes, wrong(post.last_code))
    clock.advance(timedelta(milliseconds=1))

    with pytest.raises(CodeExpired):
        await check(codes, post.last_code)


async def test_a_tenant_decides_how_long_and_how_often(
    codes: Codes, post: RememberingPost, clock: ManualClock, runtime: Runtime
) -> None:
    await send(codes)
    await set_policy(runtime, VerificationCodePolicy(expiration_duration=60, max_retry_attempts=1))

    assert await outcome(codes, wrong(post.last_code)) == "verification_code.code_mismatch"
    assert await outcome(codes, post.last_code) == "verification_code.exceed_max_try"
    clock.advance(timedelta(seconds=60))
    assert await outcome(codes, post.last_code) == "verification_code.expired"


async def test_a_new_code_for_the_same_errand_ends_the_one_before(codes: Codes, post: RememberingPost) -> None:
    for errand in (SIGN_IN, GENERIC):
        await send(codes, errand)
        first = post.last_code
        while post.last_code == first:
            await send(codes, errand)

        assert await outcome(codes, first, errand) == "verification_code.code_mismatch"
        assert await outcome(codes, post.last_code, errand) == "accepted"


async def test_codes_asked_for_at_once_leave_one(codes: Codes, runtime: Runtime) -> None:
    await asyncio.gather(*(send(codes, GENERIC) for _ in range(5)))

    async with runtime.database.unit_of_work() as uow:
        assert len([*await uow.execute(select(VerificationCodeTable.id))]) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(SIGN_IN, purpose=TemplateType.REGISTER),
        replace(SIGN_IN, record_id="record00000000000000b"),
        GENERIC,
        replace(SIGN_IN, record_id=None),
    ],
    ids=["another purpose", "another record", "another errand", "no record"],
)
async def test_a_code_is_good_for_its_errand_alone(codes: Codes, post: RememberingPost, other: Errand) -> None:
    await send(codes)
    with pytest.raises(CodeNotFound):
        await check(codes, post.last_code, other)


async def test_a_code_proves_no_other_recipient(codes: Codes, post: RememberingPost) -> None:
    await send(codes)
    elsewhere = replace(EMAIL, value="eve@example.com")
    with pytest.raises(EmailMismatch):
        await check(codes, post.last_code, replace(SIGN_IN, recipient=elsewhere))
    with pytest.raises(PhoneMismatch):
        await check(codes, post.last_code, replace(SIGN_IN, recipient=PHONE))
    # It is the very text that was given: what a mailbox makes of capitals, nobody knows.
    with pytest.raises(EmailMismatch):
        await check(codes, post.last_code, replace(SIGN_IN, recipient=replace(EMAIL, value="Ada@example.com")))


async def test_what_could_not_be_sent_ends_nothing(codes: Codes, post: RememberingPost) -> None:
    await send(codes, GENERIC)
    first, post.refuses_with = post.last_code, Forbidden()
    with pytest.raises(Forbidden):
        await send(codes, GENERIC)

    assert await outcome(codes, first, GENERIC) == "accepted"


async def test_an_address_longer_than_any_is_refused(codes: Codes) -> None:
    endless = Identifier(type=IdentifierType.EMAIL, value=f"{'a' * 128}@example.com")
    with pytest.raises(ValueTooLong):
        await send(codes, replace(GENERIC, recipient=endless))


async def test_who_reads_the_rows_finds_no_code(codes: Codes, post: RememberingPost, runtime: Runtime) -> None:
    await send(codes)
    async with runtime.database.unit_of_work() as uow:
        (row,) = await uow.execute(select(VerificationCodeTable.__table__))

    assert not any(post.last_code in str(value) for value in row)
