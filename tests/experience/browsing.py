"""A browser that signs in by pages of the tenant's own, in a tenant where codes are a way in.

Fixtures are used by importing them: `spa`, `browser`, `ada`, `change`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.support.factories import Factory, MadeApplication
from tests.support.messages import add_message_connectors
from tests.support.visitor import Visitor

from sekisho.app import Application
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.events import EventName
from sekisho.services import Services
from sekisho.sign_in.models import ForgotPasswordMethod, SignIn, SignInMethod, SignUp
from sekisho.users.models import IdentifierType
from sekisho.webhooks.models import HookConfig, NewHook

EMAIL = {"type": "email", "value": "ada@example.com"}
PHONE = {"type": "phone", "value": "819012345678"}
NOBODY = {"type": "email", "value": "nobody@example.com"}
NEW_PASSWORD = "Fresh-pass-Word-22"
Told: TypeAlias = tuple[int, str]
Change: TypeAlias = Callable[..., Awaitable[None]]


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


@pytest.fixture
def change(make: Factory) -> Change:
    """Return what changes the sign-in settings of the tenant, by name."""

    async def change_settings(**changes: Any) -> None:
        async with make.services() as services:
            await services.sign_in.update(replace(await services.sign_in.read(), **changes))

    return change_settings


@pytest.fixture
async def browser(app: Application, clock: ManualClock, spa: MadeApplication) -> AsyncIterator[Browser]:
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


async def add_hook(services: Services, event: str) -> None:
    await services.webhooks.create(
        NewHook(name="h", event=None, events=[EventName(event)], config=HookConfig(url="https://hooks.example.com"))
    )
