import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.connectors_for_tests.outbox import Outbox
from tests.support.factories import Factory
from tests.support.messages import add_message_connectors
from tests.support.visitor import Visitor

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.connectors.kit.messages import TemplateType
from sekisho.connectors.models import ConnectorId
from sekisho.email_templates.models import NewEmailTemplate, TemplateDetails
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.services import Services

PATH = "/api/verification-codes"
ADA = {"email": "ada@example.com"}
PHONE = {"phone": "819012345678"}


@pytest.fixture(autouse=True)
async def _connectors(make: Factory) -> None:
    async with make.services() as services:
        await add_message_connectors(services)


async def send(management: Visitor, recipient: dict[str, str] = ADA) -> tuple[int, str]:
    return _told(await management.post(PATH, json=recipient))


async def verify(management: Visitor, code: str, recipient: dict[str, str] = ADA) -> tuple[int, str]:
    return _told(await management.post(f"{PATH}/verify", json={**recipient, "verificationCode": code}))


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


@pytest.mark.parametrize("recipient", [ADA, PHONE], ids=["email", "phone"])
async def test_a_code_is_sent_and_taken_back_once(
    management: Visitor, outbox: Outbox, recipient: dict[str, str]
) -> None:
    assert await send(management, recipient) == (204, "")

    (sent,) = outbox.messages
    assert {sent.address} == {*recipient.values()}
    assert sent.type == "Generic"
    assert sent.payload == {"code": sent.code}
    assert sent.content == f"{sent.code} for Generic"
    assert await verify(management, sent.code, recipient) == (204, "")
    assert await verify(management, sent.code, recipient) == (400, "verification_code.not_found")


async def test_wrong_and_late_codes_are_refused(management: Visitor, outbox: Outbox, clock: ManualClock) -> None:
    assert await verify(management, "123456") == (400, "verification_code.not_found")
    await send(management)
    wrong = f"{(int(outbox.last.code) + 1) % 1_000_000:06}"
    assert await verify(management, wrong) == (400, "verification_code.code_mismatch")
    assert await verify(management, outbox.last.code, {"email": "bob@example.com"}) == (
        400,
        "verification_code.not_found",
    )
    clock.advance(timedelta(minutes=10))
    assert await verify(management, outbox.last.code) == (400, "verification_code.expired")


async def test_a_body_without_a_recipient_is_refused(management: Visitor) -> None:
    bodies: Sequence[Any] = ({}, {"email": "nonsense"}, {"phone": "+81 90"}, {"email": 1}, {"username": "ada"}, [])
    for body in bodies:
        assert _told(await management.post(PATH, json=body)) == (400, "guard.invalid_input"), body


async def test_without_a_connector_nothing_is_sent(management: Visitor, make: Factory) -> None:
    async with make.services() as services:
        for each in await services.connectors.list():
            await services.connectors.remove(ConnectorId(each.id))
    for recipient in (ADA, PHONE):
        assert await send(management, recipient) == (501, "connector.not_found")


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (ConnectorError(ErrorCode.RATE_LIMIT_EXCEEDED), (429, "connector.rate_limit_exceeded")),
        (ProviderFailed("the provider burns"), (500, "")),
    ],
    ids=["refused", "broken"],
)
async def test_what_is_not_sent_is_told_and_does_not_count(
    management: Visitor, outbox: Outbox, refusal: Exception, told: tuple[int, str]
) -> None:
    outbox.refuses_with = refusal
    for _ in range(12):
        assert await send(management) == told
    outbox.refuses_with = None
    assert await send(management) == (204, "")


async def test_nobody_gets_more_than_ten_messages_in_ten_minutes(
    management: Visitor, outbox: Outbox, clock: ManualClock
) -> None:
    for _ in range(10):
        assert await send(management) == (204, "")
        clock.advance(timedelta(seconds=1))
    # One mailbox, however it is spelt; other people have their own ten.
    assert await send(management, {"email": "ADA@example.com"}) == (429, "request.message_rate_limited")
    assert await send(management, PHONE) == (204, "")
    assert len(outbox.messages) == 11

    clock.advance(timedelta(seconds=590))
    assert await send(management) == (204, "")
    assert await send(management) == (429, "request.message_rate_limited")


async def test_messages_asked_for_at_once_are_counted_one_by_one(management: Visitor, outbox: Outbox) -> None:
    statuses = [status for status, _ in await asyncio.gather(*(send(management) for _ in range(14)))]
    assert sorted(statuses) == [204] * 10 + [429] * 4
    assert len(outbox.messages) == 10


async def test_an_administrator_may_let_somebody_have_messages_again(management: Visitor) -> None:
    for _ in range(10):
        await send(management)
    assert (await send(management))[0] == 429
    unlock = {"targetType": "User", "targets": ["ada@example.com"]}
    assert (await management.post("/api/sentinel-activities/delete", json=unlock)).status_code == 204
    assert (await send(management))[0] == 204


async def test_who_listens_hears_of_a_flooded_recipient(management: Visitor, services: Services) -> None:
    hook = {"events": ["Message.RateLimited"], "config": {"url": "https://hooks.example.com"}}
    assert (await management.post("/api/hooks", json=hook)).status_code == 201
    for _ in range(11):
        await send(management)
    (job,) = (await services.uow.execute(select(JobTable.payload))).scalars()
    assert job["event"] == "Message.RateLimited"
    assert '"action":"VerificationCodeSend","recipient":"ada@example.com"' in job["body"]


async def test_the_tenants_own_words_go_before_the_connectors(
    management: Visitor, outbox: Outbox, make: Factory
) -> None:
    async with make.services() as services:
        await services.email_templates.put(
            [
                NewEmailTemplate(
                    language_tag=language,
                    template_type=TemplateType.GENERIC,
                    details=TemplateDetails(subject=subject, content="{{ code }} {{unknown}}"),
                )
                for language, subject in (("en", "Your code"), ("ja", "確認コード"))
            ]
        )
    await send(management)
    assert (outbox.last.subject, outbox.last.content) == ("Your code", f"{outbox.last.code} {{{{unknown}}}}")


async def test_codes_of_one_tenant_are_nothing_to_another(
    management: Visitor, admin_management: Visitor, outbox: Outbox
) -> None:
    await send(management)
    answer = await admin_management.post(f"/t/admin{PATH}/verify", json={**ADA, "verificationCode": outbox.last.code})
    assert _told(answer) == (400, "verification_code.not_found")
