"""Nobody learns who has an account: the same answers after the same work, in the Experience API."""

from dataclasses import replace
from itertools import count

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.experience.browsing import EMAIL, NOBODY, Browser, Change, Told, ada, browser, change, spa, told
from tests.experience.conftest import House
from tests.support.factories import Factory
from tests.support.messages import add_message_connectors
from tests.support.statements import statements_of

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.experience.state import InteractionEvent
from sekisho.messages.pace import Pace
from sekisho.services import Runtime
from sekisho.sign_in.models import SignInMode
from sekisho.users.models import Identifier, IdentifierType, NewUser

__all__ = ["ada", "browser", "change", "spa"]

SECRET_EVENTS = pytest.mark.parametrize(
    ("event", "mode"),
    [("ForgotPassword", SignInMode.SIGN_IN_AND_REGISTER), ("SignIn", SignInMode.SIGN_IN)],
    ids=["a forgotten password", "a sign-in where nobody registers"],
)


@SECRET_EVENTS
@pytest.mark.usefixtures("ada")
async def test_nobody_unknown_is_sent_a_code_and_nobody_can_tell(
    browser: Browser, outbox: Outbox, change: Change, runtime: Runtime, event: str, mode: SignInMode
) -> None:
    await change(sign_in_mode=mode)
    await browser.begin(event)
    seen: list[tuple[Told, list[str]]] = []
    for identifier in (EMAIL, NOBODY, EMAIL, NOBODY):
        with statements_of(runtime.database) as statements:
            answer = await browser.ask(identifier, event=event)
        seen.append((told(answer), statements))
        record = answer.json()["verificationId"]
        assert await browser.verify(record, "no code", identifier) == (400, "verification_code.code_mismatch")
    # The first one also fills the caches.
    assert seen[1] == seen[2] == seen[3]
    assert any("verification_codes" in each for each in seen[1][1])
    assert [each.address for each in outbox.messages] == [EMAIL["value"]] * 2


@SECRET_EVENTS
@pytest.mark.usefixtures("ada")
async def test_a_connector_that_fails_tells_nobody_who_has_an_account(
    browser: Browser, outbox: Outbox, change: Change, event: str, mode: SignInMode
) -> None:
    await change(sign_in_mode=mode)
    outbox.refuses_with = ConnectorError(ErrorCode.GENERAL, "mailbox of ada@example.com is full")
    await browser.begin(event)
    for identifier in (EMAIL, NOBODY):
        answers = [told(await browser.ask(identifier, event=event)) for _ in range(11)]
        assert answers == [(200, "")] * 10 + [(429, "request.message_rate_limited")]


async def test_without_a_connector_everybody_is_told(browser: Browser, make: Factory, ada: str) -> None:
    assert ada
    async with make.services() as services:
        for each in await services.connectors.list():
            await services.connectors.remove(each.id)
    await browser.begin("ForgotPassword")
    for identifier in (EMAIL, NOBODY):
        assert told(await browser.ask(identifier, event="ForgotPassword")) == (501, "connector.not_found")


async def test_a_code_that_is_not_sent_takes_as_long_as_one_that_was(house: House, outbox: Outbox) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    # A watch on which every look takes a second and a half.
    pace = Pace(seconds=count(step=1.5).__next__, sleep=sleep)
    house = replace(house, runtime=replace(house.runtime, pace=pace))
    async with house.services() as services:
        await add_message_connectors(services)
        await services.users.create(NewUser(primary_email=EMAIL["value"]))
    for address, waited in ((EMAIL, []), (NOBODY, [1.5])):
        uid = await house.begin_interaction()
        async with house.flow(uid) as flow:
            flow.begin(InteractionEvent.FORGOT_PASSWORD)
            await flow.send_code(
                identifier=Identifier(type=IdentifierType.EMAIL, value=address["value"]),
                event=InteractionEvent.FORGOT_PASSWORD,
                locale="en",
            )
            await flow.save()
        assert slept == waited
    assert [each.address for each in outbox.messages] == [EMAIL["value"]]


async def test_a_wrong_password_is_as_good_as_no_account(browser: Browser, make: Factory, runtime: Runtime) -> None:
    await make.user(username="ada")
    await make.user(username="suspended", is_suspended=True)
    async with make.services() as services:
        await services.users.create(NewUser(username="passwordless"))
    await browser.begin("SignIn")
    seen: list[tuple[Told, str, list[str]]] = []
    for username in ("ada", "ada", "suspended", "passwordless", "nobody"):
        body = {"identifier": {"type": "username", "value": username}, "password": "no such password"}
        with statements_of(runtime.database) as statements:
            answer = await browser.call("/verification/password", body)
        seen.append((told(answer), answer.text, statements))
    # The first one also fills the caches.
    assert seen[1] == seen[2] == seen[3] == seen[4]
    assert seen[1][0] == (422, "session.invalid_credentials")
