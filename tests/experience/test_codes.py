"""Codes in the Experience API: proving an address or a number, and what it is good for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from tests.connectors_for_tests.outbox import Outbox
from tests.support.factories import PASSWORD, Factory, MadeApplication
from tests.support.messages import add_message_connectors
from tests.support.visitor import Visitor

from sekisho.captcha.models import CaptchaConfig, CaptchaType
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.events import EventName
from sekisho.kernel.ids import ApplicationId
from sekisho.kernel.secret import Secret
from sekisho.services import Runtime, Services
from sekisho.sign_in.models import (
    EmailBlocklistPolicy,
    ForgotPasswordMethod,
    SentinelPolicy,
    SignIn,
    SignInMethod,
    SignInMode,
    SignUp,
    Switch,
)
from sekisho.users.models import Identifier, IdentifierType
from sekisho.webhooks.models import HookConfig, NewHook

EMAIL = {"type": "email", "value": "ada@example.com"}
PHONE = {"type": "phone", "value": "819012345678"}
NOBODY = {"type": "email", "value": "nobody@example.com"}
NEW_PASSWORD = "Fresh-pass-Word-22"
Told: TypeAlias = tuple[int, str]


def told(response: Any) -> Told:
    """Return the status of an answer, and its code if it is a refusal."""
    is_refusal = response.status_code >= 400
    return response.status_code, response.json()["code"] if is_refusal else ""


class Browser(Visitor):
    """A browser that is signing in somewhere, by pages of the tenant's own."""

    async def arrive(self, application: MadeApplication, **query: str) -> None:
        params = {
            "client_id": application.id,
            "redirect_uri": application.redirect_uri or "",
            "response_type": "code",
            "scope": "openid profile",
            "code_challenge": "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q",
            "code_challenge_method": "S256",
        }
        response = await self.get(f"/oidc/auth?{urlencode(params | query)}")
        assert response.status_code == 303

    async def begin(self, event: str) -> None:
        assert (await self.put("/api/experience", json={"interactionEvent": event})).status_code == 204

    async def call(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        return await self.request(method, f"/api/experience{path}", json=body)

    async def ask(self, identifier: dict[str, str] = EMAIL, *, event: str, language: str = "en") -> Any:
        body = {"identifier": identifier, "interactionEvent": event}
        path = "/api/experience/verification/verification-code"
        return await self.post(path, json=body, headers={"accept-language": language})

    async def send_code(self, identifier: dict[str, str] = EMAIL, *, event: str, language: str = "en") -> str:
        response = await self.ask(identifier, event=event, language=language)
        assert response.status_code == 200, response.text
        return str(response.json()["verificationId"])

    async def verify(self, record: str, code: str, identifier: dict[str, str] = EMAIL) -> Told:
        body = {"identifier": identifier, "verificationId": record, "code": code}
        return told(await self.call("/verification/verification-code/verify", body))

    async def prove(self, outbox: Outbox, identifier: dict[str, str] = EMAIL, *, event: str) -> str:
        """Ask for a code and send it back."""
        record = await self.send_code(identifier, event=event)
        assert await self.verify(record, outbox.last.code, identifier) == (200, "")
        return record

    async def identify(self, record: str | None = None) -> Told:
        return told(await self.call("/identification", {} if record is None else {"verificationId": record}))

    async def submit(self) -> Told:
        return told(await self.call("/submit"))


@pytest.fixture
async def spa(make: Factory) -> MadeApplication:
    """An application in a tenant where codes are a way in, for registered and new people."""
    async with make.services() as services:
        await add_message_connectors(services)
        methods = tuple(
            SignInMethod(identifier=kind, password=True, verification_code=True, is_password_primary=True)
            for kind in (IdentifierType.EMAIL, IdentifierType.PHONE)
        )
        await services.sign_in.update(
            replace(
                await services.sign_in.read(),
                sign_in=SignIn(methods=methods),
                sign_up=SignUp(identifiers=(IdentifierType.EMAIL, IdentifierType.PHONE), password=False, verify=True),
                forgot_password_methods=(ForgotPasswordMethod.EMAIL_VERIFICATION_CODE,),
            )
        )
    return await make.spa(name="Bookstore")


Settings: TypeAlias = Callable[..., Any]


@pytest.fixture
def change(make: Factory) -> Settings:
    """Return what changes the sign-in settings of the tenant, by name."""

    async def change_settings(**changes: Any) -> None:
        async with make.services() as services:
            await services.sign_in.update(replace(await services.sign_in.read(), **changes))

    return change_settings


@pytest.fixture
async def browser(runtime: Runtime, app: Any, clock: ManualClock, spa: MadeApplication) -> AsyncIterator[Browser]:  # noqa: ARG001
    async with Browser(app, clock=clock) as browser:
        await browser.arrive(spa)
        yield browser


@pytest.fixture
async def ada(make: Factory) -> str:
    """Somebody with an address, a number and a password."""
    made = await make.user(primary_email=EMAIL["value"], primary_phone=PHONE["value"])
    return made.id


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


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
    browser: Browser, outbox: Outbox, ada: str, change: Settings
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
    browser: Browser, outbox: Outbox, change: Settings, make: Factory, runtime: Runtime
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


async def add_hook(services: Services, event: str) -> None:
    await services.webhooks.create(
        NewHook(name="h", event=None, events=[EventName(event)], config=HookConfig(url="https://hooks.example.com"))
    )


# Before a code is sent ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "identifier",
    [
        {"type": "username", "value": "ada"},
        {"type": "email", "value": "nonsense"},
        {"type": "email", "value": "a" * 250 + "@example.com"},
        {"type": "phone", "value": "+81"},
        {"type": "email"},
        {"value": "ada@example.com"},
        None,
    ],
    ids=["a name", "no address", "too long", "no number", "no value", "no type", "nothing"],
)
async def test_nothing_is_sent_to_what_no_message_reaches(
    browser: Browser, outbox: Outbox, identifier: dict[str, str]
) -> None:
    await browser.begin("SignIn")
    assert told(await browser.ask(identifier, event="SignIn")) == (400, "guard.invalid_input")
    assert outbox.messages == []


async def test_without_a_captcha_nobody_unknown_is_sent_anything(
    browser: Browser, outbox: Outbox, change: Settings, make: Factory
) -> None:
    async with make.services() as services:
        await services.captcha.put(CaptchaConfig(type=CaptchaType.TURNSTILE, site_key="s", secret_key=Secret("k")))
    await change(captcha_policy=Switch(enabled=True))
    await browser.begin("SignIn")
    assert told(await browser.ask(event="SignIn")) == (422, "session.captcha_required")
    assert outbox.messages == []


async def test_an_address_the_tenant_refuses_is_sent_no_code_to_register(
    browser: Browser, outbox: Outbox, change: Settings
) -> None:
    await change(email_blocklist_policy=EmailBlocklistPolicy(custom_blocklist=("@example.com",)))
    await browser.begin("Register")
    assert told(await browser.ask(event="Register")) == (422, "session.email_blocklist.email_not_allowed")
    assert outbox.messages == []
    assert told(await browser.ask(event="SignIn")) == (200, "")


async def test_nobody_gets_more_than_ten_codes_in_ten_minutes(browser: Browser, clock: ManualClock) -> None:
    await browser.begin("SignIn")
    for _ in range(10):
        await browser.send_code(event="SignIn")
    assert told(await browser.ask(event="Register")) == (429, "request.message_rate_limited")
    clock.advance(timedelta(minutes=10))
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


async def test_who_is_identified_binds_what_nobody_signs_up_with(
    browser: Browser, outbox: Outbox, change: Settings, ada: str
) -> None:
    assert ada
    await change(sign_up=SignUp(identifiers=(IdentifierType.EMAIL,), password=False, verify=True))
    await browser.begin("SignIn")
    assert await browser.identify(await browser.prove(outbox, event="SignIn")) == (204, "")
    await browser.send_code({"type": "phone", "value": "818011112222"}, event="SignIn")
    assert outbox.last.type == "BindMfa"
    await browser.send_code(event="SignIn")
    assert outbox.last.type == "SignIn"


# Forgotten passwords --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ada")
async def test_a_forgotten_password_is_chosen_anew(
    browser: Browser, outbox: Outbox, make: Factory, runtime: Runtime
) -> None:
    async with make.services() as services:
        await add_hook(services, "PostResetPassword")
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, event="ForgotPassword")
    assert outbox.last.type == "ForgotPassword"
    choose = "/profile/password"
    early = told(await browser.call(choose, {"password": NEW_PASSWORD}, method="PUT"))
    assert early == (404, "session.identifier_not_found")
    assert await browser.identify(record) == (204, "")
    assert await browser.submit() == (422, "user.new_password_required_in_profile")
    weak = told(await browser.call(choose, {"password": "123"}, method="PUT"))
    assert weak == (422, "password.rejected")
    same = told(await browser.call(choose, {"password": PASSWORD}, method="PUT"))
    assert same == (422, "user.same_password")
    assert told(await browser.call(choose, {"password": NEW_PASSWORD}, method="PUT")) == (204, "")
    done = await browser.call("/submit")
    assert (done.status_code, done.text) == (204, "")
    assert await browser.submit() == (404, "session.interaction_not_found")
    async with runtime.database.unit_of_work() as uow:
        (job,) = (await uow.execute(select(JobTable.payload))).scalars()
    assert job["event"] == "PostResetPassword"

    await browser.begin("SignIn")
    for password, status in ((PASSWORD, 422), (NEW_PASSWORD, 200)):
        body = {"identifier": EMAIL, "password": password}
        assert (await browser.call("/verification/password", body)).status_code == status


@pytest.mark.usefixtures("ada")
async def test_a_password_is_reset_only_as_the_tenant_lets_it(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, PHONE, event="ForgotPassword")
    assert await browser.identify(record) == (422, "session.not_supported_for_forgot_password")


async def test_a_code_for_another_end_resets_nothing(browser: Browser, outbox: Outbox, ada: str) -> None:
    assert ada
    await browser.begin("SignIn")
    record = await browser.prove(outbox, event="SignIn")
    assert await browser.identify(record) == (204, "")
    switched = await browser.call("/interaction-event", {"interactionEvent": "ForgotPassword"}, method="PUT")
    assert told(switched) == (400, "session.not_supported_for_forgot_password")
    chosen = await browser.call("/profile/password", {"password": NEW_PASSWORD}, method="PUT")
    assert told(chosen) == (400, "session.invalid_interaction_type")


async def test_a_reset_leaves_a_suspended_account_alone(browser: Browser, outbox: Outbox, make: Factory) -> None:
    await make.user(primary_email=EMAIL["value"], is_suspended=True)
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, event="ForgotPassword")
    assert await browser.identify(record) == (401, "user.suspended")


# Nobody learns who has an account -------------------------------------------------------------------------------------

SECRET_EVENTS = pytest.mark.parametrize(
    ("event", "mode"),
    [("ForgotPassword", SignInMode.SIGN_IN_AND_REGISTER), ("SignIn", SignInMode.SIGN_IN)],
    ids=["a forgotten password", "a sign-in where nobody registers"],
)


@SECRET_EVENTS
@pytest.mark.usefixtures("ada")
async def test_nobody_unknown_is_sent_a_code_and_nobody_can_tell(
    browser: Browser, outbox: Outbox, change: Settings, runtime: Runtime, event: str, mode: SignInMode
) -> None:
    await change(sign_in_mode=mode)
    await browser.begin(event)
    seen: list[tuple[Told, list[str]]] = []
    for identifier in (EMAIL, NOBODY, EMAIL, NOBODY):
        statements: list[str] = []
        runtime.database.observer = statements.append
        answer = await browser.ask(identifier, event=event)
        runtime.database.observer = None
        seen.append((told(answer), statements))
        record = answer.json()["verificationId"]
        assert await browser.verify(record, "no code", identifier) == (400, "verification_code.code_mismatch")
    # The first one also fills the caches.
    assert seen[1] == seen[2] == seen[3]
    assert [each.address for each in outbox.messages] == [EMAIL["value"]] * 2


@SECRET_EVENTS
@pytest.mark.usefixtures("ada")
async def test_a_connector_that_fails_tells_nobody_who_has_an_account(
    browser: Browser, outbox: Outbox, change: Settings, event: str, mode: SignInMode
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
