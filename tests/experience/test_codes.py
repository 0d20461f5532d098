"""Codes in the Experience API: proving an address or a number, and what it is good for."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.connectors_for_tests.outbox import Outbox
from tests.experience.browsing import (
    EMAIL,
    NOBODY,
    PHONE,
    Browser,
    Change,
    ada,
    add_hook,
    browser,
    change,
    spa,
    told,
    wrong,
)
from tests.support.factories import Factory, MadeApplication

from sekisho.app import Application
from sekisho.audit.models import LogFilter
from sekisho.captcha.models import CaptchaConfig, CaptchaType
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.messages import TemplateType
from sekisho.email_templates.models import NewEmailTemplate, TemplateDetails
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import ApplicationId
from sekisho.kernel.pages import PageRequest
from sekisho.kernel.secret import Secret
from sekisho.services import Runtime
from sekisho.sign_in.models import EmailBlocklistPolicy, SentinelPolicy, SignIn, SignInMethod, SignUp, Switch
from sekisho.users.models import Identifier, IdentifierType

__all__ = ["ada", "browser", "change", "spa"]


@pytest.mark.parametrize("identifier", [EMAIL, PHONE], ids=["email", "phone"])
async def test_somebody_registers_with_a_code(
    browser: Browser, outbox: Outbox, make: Factory, identifier: dict[str, str]
) -> None:
    await browser.begin("Register")
    record = await browser.send_code(identifier, event="Register")
    assert (outbox.last.address, outbox.last.type) == (identifier["value"], "Register")
    assert await browser.identify(record) == (400, "session.verification_failed")
    assert await browser.verify(record, wrong(outbox.last.code), identifier) == (400, "verification_code.code_mismatch")
    assert await browser.verify(record, outbox.last.code, identifier) == (200, "")
    assert await browser.identify(record) == (201, "")
    assert await browser.submit() == (200, "")

    wanted = Identifier(type=IdentifierType(identifier["type"]), value=identifier["value"])
    async with make.services() as services:
        assert await services.users.find_by_identifier(wanted) is not None


@pytest.mark.parametrize("identifier", [EMAIL, PHONE], ids=["email", "phone"])
@pytest.mark.usefixtures("ada")
async def test_somebody_signs_in_with_a_code(browser: Browser, outbox: Outbox, identifier: dict[str, str]) -> None:
    await browser.begin("SignIn")
    record = await browser.prove(outbox, identifier, event="SignIn")
    assert outbox.last.type == "SignIn"
    assert await browser.identify(record) == (204, "")
    assert await browser.submit() == (200, "")


async def test_an_unknown_address_becomes_a_registration(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    record = await browser.prove(outbox, event="SignIn")
    assert await browser.identify(record) == (404, "user.user_not_exist")
    assert told(await browser.call("/interaction-event", {"interactionEvent": "Register"}, method="PUT")) == (204, "")
    assert await browser.identify(record) == (201, "")
    assert await browser.submit() == (200, "")


@pytest.mark.usefixtures("ada")
async def test_a_known_address_becomes_a_sign_in(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("Register")
    record = await browser.prove(outbox, event="Register")
    assert await browser.identify(record) == (422, "user.email_already_in_use")
    assert told(await browser.call("/interaction-event", {"interactionEvent": "SignIn"}, method="PUT")) == (204, "")
    assert await browser.identify(record) == (204, "")
    assert await browser.submit() == (200, "")


async def test_a_code_that_is_no_way_in_identifies_nobody(
    browser: Browser, outbox: Outbox, ada: str, change: Change
) -> None:
    assert ada
    methods = (
        SignInMethod(identifier=IdentifierType.EMAIL, password=True, verification_code=False, is_password_primary=True),
    )
    await change(sign_in=SignIn(methods=methods))
    await browser.begin("SignIn")
    record = await browser.prove(outbox, event="SignIn")
    assert await browser.identify(record) == (422, "user.sign_in_method_not_enabled")


# What a code is good for ----------------------------------------------------------------------------------------------


async def test_a_code_is_shown_to_be_proven_and_never_itself(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    record = await browser.prove(outbox, event="SignIn")
    view = await browser.call("/interaction", method="GET")
    assert view.json()["verificationRecords"] == [
        {
            "id": record,
            "type": "EmailVerificationCode",
            "identifier": EMAIL,
            "templateType": "SignIn",
            "verified": True,
        }
    ]


async def test_a_code_is_good_once_and_stays_proven(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    record = await browser.prove(outbox, event="SignIn")
    assert await browser.verify(record, outbox.last.code) == (400, "verification_code.not_found")
    assert await browser.identify(record) == (404, "user.user_not_exist")


async def test_a_new_code_ends_the_one_before(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    first = await browser.send_code(event="SignIn")
    await browser.send_code(event="SignIn")
    assert await browser.verify(first, outbox.messages[0].code) == (404, "session.verification_session_not_found")


async def test_a_code_is_for_who_it_was_sent_to(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    record = await browser.send_code(event="SignIn")
    assert await browser.verify(record, outbox.last.code, NOBODY) == (400, "verification_code.email_mismatch")
    assert await browser.verify(record, outbox.last.code, PHONE) == (404, "session.verification_session_not_found")
    assert await browser.verify("x", outbox.last.code) == (404, "session.verification_session_not_found")


async def test_a_code_proves_nothing_in_another_browser(
    browser: Browser, outbox: Outbox, app: Application, clock: ManualClock, spa: MadeApplication
) -> None:
    await browser.begin("SignIn")
    record = await browser.send_code(event="SignIn")
    async with Browser(app, clock=clock) as another:
        await another.arrive(spa)
        await another.begin("SignIn")
        assert await another.verify(record, outbox.last.code) == (404, "session.verification_session_not_found")
        await another.send_code(event="SignIn")
        assert await another.verify(record, outbox.messages[0].code) == (404, "session.verification_session_not_found")
    assert await browser.verify(record, outbox.messages[0].code) == (200, "")


async def test_the_log_says_what_was_done_and_no_code(browser: Browser, outbox: Outbox, make: Factory) -> None:
    await browser.begin("SignIn")
    record = await browser.send_code(event="SignIn")
    await browser.verify(record, wrong(outbox.last.code))
    await browser.verify(record, outbox.last.code)
    async with make.services() as services:
        page = await services.audit.page(PageRequest(number=1, size=20), filter_=LogFilter(), is_capped=False)
    kind = "Interaction.SignIn.Verification.EmailVerificationCode"
    told = [(each.key, each.payload["result"]) for each in page.rows if each.key.startswith(kind)]
    assert sorted(told) == [(f"{kind}.Create", "Success"), (f"{kind}.Submit", "Error"), (f"{kind}.Submit", "Success")]
    assert outbox.last.code not in str([each.payload for each in page.rows])


async def test_a_late_code_is_refused(browser: Browser, outbox: Outbox, clock: ManualClock) -> None:
    await browser.begin("SignIn")
    record = await browser.send_code(event="SignIn")
    clock.advance(timedelta(minutes=10))
    assert await browser.verify(record, outbox.last.code) == (400, "verification_code.expired")


async def test_a_right_code_sent_twice_at_once_proves_once(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    record = await browser.send_code(event="SignIn")
    answers = await asyncio.gather(*(browser.verify(record, outbox.last.code) for _ in range(4)))
    assert [status for status, _ in answers].count(200) == 1


async def test_a_message_that_could_not_be_sent_leaves_nothing_to_prove(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    first = await browser.send_code(event="SignIn")
    code = outbox.last.code
    outbox.refuses_with = ConnectorError(ErrorCode.GENERAL, "the server is down")
    assert told(await browser.ask(event="SignIn")) == (400, "connector.general")
    assert await browser.verify(first, code) == (200, "")


async def test_guessing_locks_the_address_and_those_who_listen_hear_of_it(
    browser: Browser, outbox: Outbox, change: Change, make: Factory, runtime: Runtime
) -> None:
    await change(sentinel_policy=SentinelPolicy(max_attempts=3))
    async with make.services() as services:
        await add_hook(services, "Identifier.Lockout")
    await browser.begin("SignIn")
    record = await browser.send_code(event="SignIn")
    guess = wrong(outbox.last.code)
    assert [(await browser.verify(record, guess))[1] for _ in range(3)] == [
        "verification_code.code_mismatch",
        "verification_code.code_mismatch",
        "session.verification_blocked_too_many_attempts",
    ]
    blocked = (400, "session.verification_blocked_too_many_attempts")
    assert await browser.verify(record, outbox.last.code) == blocked
    # Passwords of the same account are guessed no further either.
    body = {"identifier": EMAIL, "password": "x"}
    assert told(await browser.call("/verification/password", body)) == blocked
    async with runtime.database.unit_of_work() as uow:
        (job,) = (await uow.execute(select(JobTable.payload))).scalars()
    assert '"type":"email","value":"ada@example.com"' in job["body"]


# Before a code is sent ------------------------------------------------------------------------------------------------


UNREACHABLE: Sequence[Any] = (
    {"type": "username", "value": "ada"},
    {"type": "email", "value": "nonsense"},
    {"type": "email", "value": "a" * 250 + "@example.com"},
    {"type": "phone", "value": "+81"},
    {"type": "email"},
    {"value": "ada@example.com"},
    None,
)


async def test_nothing_is_sent_to_what_no_message_reaches(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    for identifier in UNREACHABLE:
        assert told(await browser.ask(identifier, event="SignIn")) == (400, "guard.invalid_input"), identifier
        assert outbox.messages == [], identifier


async def test_without_a_captcha_nobody_unknown_is_sent_anything(
    browser: Browser, outbox: Outbox, change: Change, make: Factory
) -> None:
    async with make.services() as services:
        await services.captcha.put(CaptchaConfig(type=CaptchaType.TURNSTILE, site_key="s", secret_key=Secret("k")))
    await change(captcha_policy=Switch(enabled=True))
    await browser.begin("SignIn")
    assert told(await browser.ask(event="SignIn")) == (422, "session.captcha_required")
    assert outbox.messages == []


async def test_an_address_the_tenant_refuses_is_sent_no_code_to_register(
    browser: Browser, outbox: Outbox, change: Change
) -> None:
    await change(email_blocklist_policy=EmailBlocklistPolicy(custom_blocklist=("@example.com",)))
    await browser.begin("Register")
    assert told(await browser.ask(event="Register")) == (422, "session.email_blocklist.email_not_allowed")
    assert outbox.messages == []
    assert told(await browser.ask(event="SignIn")) == (200, "")


# What a message says --------------------------------------------------------------------------------------------------


async def test_a_message_knows_the_application_and_the_reader(
    browser: Browser, outbox: Outbox, spa: MadeApplication, make: Factory
) -> None:
    async with make.services() as services:
        await services.application_sign_in.change(
            ApplicationId(spa.id), {"display_name": "Books", "branding": {"logoUrl": "https://books.example/l.svg"}}
        )
    await browser.arrive(spa, ui_locales="fr-CA ja")
    await browser.begin("SignIn")
    await browser.send_code(event="SignIn")
    assert outbox.last.payload == {
        "code": outbox.last.code,
        "locale": "fr",
        "uiLocales": "fr-CA ja",
        "application": {
            "id": spa.id,
            "name": "Bookstore",
            "displayName": "Books",
            "branding": {"logoUrl": "https://books.example/l.svg"},
        },
    }
    await browser.send_code(PHONE, event="SignIn")
    assert outbox.last.payload == {"code": outbox.last.code, "locale": "fr", "uiLocales": "fr-CA ja"}


async def test_a_message_is_in_the_language_the_browser_asks_for(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("SignIn")
    await browser.send_code(event="SignIn", language="pt-PT,en;q=0.5")
    assert outbox.last.payload["locale"] == "pt-PT"
    await browser.send_code(event="SignIn", language="tlh")
    assert outbox.last.payload["locale"] == "en"


@pytest.mark.parametrize(
    ("language", "event", "subject"),
    [
        ("ja", "SignIn", "SignIn in ja"),
        ("fr", "SignIn", "SignIn in en"),
        ("ja", "ForgotPassword", "Generic in en"),
    ],
    ids=["in the reader's language", "in the tenant's language", "in words for every purpose"],
)
@pytest.mark.usefixtures("ada")
async def test_the_tenants_own_words_are_chosen_by_purpose_and_language(
    browser: Browser, outbox: Outbox, make: Factory, language: str, event: str, subject: str
) -> None:
    own = [
        NewEmailTemplate(
            language_tag=tag, template_type=purpose, details=TemplateDetails(subject=f"{purpose} in {tag}", content="x")
        )
        for tag, purpose in (("ja", TemplateType.SIGN_IN), ("en", TemplateType.SIGN_IN), ("en", TemplateType.GENERIC))
    ]
    async with make.services() as services:
        await services.email_templates.put(own)
    await browser.begin(event)
    await browser.send_code(event=event, language=language)
    assert outbox.last.subject == subject
    # Templates are for e-mails; an SMS says what the connector was told.
    await browser.send_code(PHONE, event=event, language=language)
    assert outbox.last.content == f"{outbox.last.code} for {event}"


async def test_who_is_identified_binds_what_nobody_signs_up_with(
    browser: Browser, outbox: Outbox, change: Change, ada: str
) -> None:
    assert ada
    await change(sign_up=SignUp(identifiers=(IdentifierType.EMAIL,), password=False, verify=True))
    await browser.begin("SignIn")
    assert await browser.identify(await browser.prove(outbox, event="SignIn")) == (204, "")
    await browser.send_code({"type": "phone", "value": "818011112222"}, event="SignIn")
    assert outbox.last.type == "BindMfa"
    await browser.send_code(event="SignIn")
    assert outbox.last.type == "SignIn"
