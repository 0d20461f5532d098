"""A tenant in which everything a sign-in can be made of works, and the people random sequences are played by."""

import os
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import settings as bounds
from hypothesis.control import current_build_context
from tests.connectors_for_tests.outbox import OUTBOX
from tests.experience.test_api import AUTHORIZATION
from tests.support.databases import START, settings_for
from tests.support.factories import PASSWORD, Factory, hashed
from tests.support.messages import add_message_connectors
from tests.support.visitor import Visitor

from sekisho.app import Application, create_app
from sekisho.connectors.models import FactoryId, NewConnector
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.kernel.pages import PageRequest
from sekisho.sign_in.models import (
    ForgotPasswordMethod,
    SignIn,
    SignInExperience,
    SignInMethod,
    SignInMode,
    SignUp,
    SocialSignIn,
)
from sekisho.users.models import Identifier, IdentifierType, NewUser, User

#: Number of sequences to try, others at every run. Without it a few, the same at every run.
_EXPLORE = os.environ.get("EXPLORE")

USERNAME, EMAIL, PHONE = IdentifierType.USERNAME, IdentifierType.EMAIL, IdentifierType.PHONE
ADA, GRACE, NEW = "ada@example.com", "grace@example.com", "new@example.com"
KNOWN_NUMBER, NEW_NUMBER = "819012345678", "819087654321"
#: Accounts at the provider: one that Ada has, one that has her address, one that nobody knows.
ACCOUNTS: dict[str, dict[str, str]] = {
    "hers": {"userId": "of-ada"},
    "alike": {"userId": "another", "email": ADA, "name": "Ada L."},
    "unknown": {"userId": "nobody", "email": "somebody@example.com"},
}
SIGN_UPS = {
    "name and password": SignUp(identifiers=(USERNAME,), password=True, verify=False),
    "address": SignUp(identifiers=(EMAIL,), password=False, verify=True),
    "address or number, and password": SignUp(identifiers=(EMAIL, PHONE), password=True, verify=True),
}


def examples(count: int, *, steps: int) -> bounds:
    """Return how much to try."""
    return bounds(
        max_examples=int(_EXPLORE or count),
        stateful_step_count=steps,
        derandomize=_EXPLORE is None,
        deadline=None,
        database=None,
        # A sequence drawn from dice has nothing simpler beside it.
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


class Fate:
    """Dice for one sequence after the other, and the same once more for one that failed.

    Rules draw details from dice: sequences reach far when each detail is as likely as the next, while strategies mostly
    try what they tried before.
    """

    def __init__(self) -> None:
        self._number = 0 if _EXPLORE is None else secrets.randbelow(2**32)

    def dice(self) -> Random:
        if not current_build_context().is_final:
            self._number += 1
        return Random(self._number)  # noqa: S311 — dice, not keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One application with its own database."""

    app: Application
    clock: ManualClock
    connector_id: str
    password: dict[str, str]

    @classmethod
    async def laid(cls, db_url: str) -> "Ground":
        """Start an application whose tenant can do everything."""
        clock = ManualClock(START)
        app = create_app(settings_for(db_url), clock=clock)
        await app.start()
        kept = await hashed(PASSWORD, hasher=app.runtime.hasher)
        make = Factory(app.runtime)
        async with make.services() as services:
            await add_message_connectors(services)
            social = await services.connectors.create(
                NewConnector(
                    factory_id=FactoryId("mock-social-connector"), config={"clientId": "id", "clientSecret": "secret"}
                )
            )
            methods = (
                SignInMethod(identifier=USERNAME, password=True, verification_code=False, is_password_primary=True),
                SignInMethod(identifier=EMAIL, password=True, verification_code=True, is_password_primary=False),
                SignInMethod(identifier=PHONE, password=False, verification_code=True, is_password_primary=False),
            )
            await services.sign_in.update(
                replace(
                    await services.sign_in.read(),
                    sign_in=SignIn(methods=methods),
                    forgot_password_methods=(ForgotPasswordMethod.EMAIL_VERIFICATION_CODE,),
                    social_sign_in_connector_targets=("mock-social",),
                )
            )
        password = {"password_encrypted": kept.encoded, "password_encryption_method": kept.method}
        return cls(app=app, clock=clock, connector_id=social.id, password=password)

    @property
    def make(self) -> Factory:
        return Factory(self.app.runtime)

    def browser(self) -> Visitor:
        return Visitor(self.app, clock=self.clock)

    async def arrive(self, browser: Visitor) -> None:
        """Begin a sign-in at the demo application."""
        assert (await browser.get(AUTHORIZATION)).status_code == 303

    async def settle(self, *, mode: SignInMode, sign_up: str, links: bool = False) -> None:
        """Let time pass, and have these people and no others: Ada, and Grace who may not come in."""
        self.clock.advance(timedelta(hours=2))
        OUTBOX.empty()
        async with self.make.services() as services:
            for user in (await services.users.page(PageRequest(size=100))).rows:
                await services.users.delete(user.id)
            await services.sign_in.update(
                replace(
                    await services.sign_in.read(),
                    sign_in_mode=mode,
                    sign_up=SIGN_UPS[sign_up],
                    social_sign_in=SocialSignIn(automatic_account_linking=links),
                )
            )
            ada = await services.users.create(
                NewUser(username="ada", primary_email=ADA, primary_phone=KNOWN_NUMBER, **self.password)  # type: ignore[arg-type]
            )
            await services.identities.put(ada.id, "mock-social", identity_id="of-ada")
            grace = await services.users.create(NewUser(username="grace", primary_email=GRACE, **self.password))  # type: ignore[arg-type]
            await services.users.set_suspended(grace.id, is_suspended=True)

    async def experience(self) -> SignInExperience:
        async with self.make.services() as services:
            return await services.sign_in.read()

    async def token(self, email: str, **context: Any) -> str:
        async with self.make.services() as services:
            return (await services.one_time_tokens.create(email=email, context=context)).value.reveal()

    async def bearer(self, type_: str, value: str) -> User | None:
        async with self.make.services() as services:
            return await services.users.find_by_identifier(Identifier(type=IdentifierType(type_), value=value))

    async def owner(self, identity_id: str) -> User | None:
        async with self.make.services() as services:
            return await services.identities.find_owner("mock-social", identity_id=identity_id)

    async def user(self, user_id: str) -> User:
        async with self.make.services() as services:
            return await services.users.get(UserId(user_id))

    async def who_comes_in(self, browser: Visitor, address: str) -> User | None:
        """Follow to the end, and return whose session the browser has."""
        response = await browser.get(address)
        while response.has_redirect_location and "code=" not in response.headers["location"]:
            response = await browser.get(response.headers["location"])
        session_id = browser.jar.get("_session")
        assert session_id is not None
        async with self.make.services() as services:
            session = await services.sessions.find(session_id)
            return (
                None if session is None or session.account_id is None else await services.users.get(session.account_id)
            )


def code_sent_to(value: str) -> str:
    """Return the last code that was sent somewhere; a wrong one if none was."""
    return next((sent.code for sent in reversed(OUTBOX.messages) if sent.address == value), "000000")
