"""Proofs other than passwords and codes, and what they found: links with a token, chosen names, extra fields."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import msgspec
import pytest
from tests.experience.test_api import AUTHORIZATION
from tests.support.factories import PASSWORD, Factory
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.profile_fields.models import FieldDefinition, FieldType
from sekisho.sign_in.models import (
    DEFAULT_USERNAME_POLICY,
    EmailBlocklistPolicy,
    ProfileFieldName,
    SecondaryIdentifier,
    SentinelPolicy,
    SignInMode,
    SignUp,
    SignUpIdentifier,
    Switch,
)
from sekisho.users.models import Identifier, IdentifierType, User

EMAIL = {"type": "email", "value": "ada@example.com"}
NOTHING = SignUp(identifiers=(), password=False, verify=False)
Told: TypeAlias = tuple[int, Any]
Change: TypeAlias = Callable[..., Awaitable[None]]


@pytest.fixture
def change(make: Factory) -> Change:
    """Return what changes the tenant's sign-in settings, by name."""

    async def change_settings(**changes: Any) -> None:
        async with make.services() as services:
            await services.sign_in.update(replace(await services.sign_in.read(), **changes))

    return change_settings


class Person:
    """Somebody with a browser, in the middle of a flow."""

    def __init__(self, browser: Visitor) -> None:
        self._browser = browser

    async def call(self, method: str, path: str, body: Any = None) -> Told:
        """Return status and code, or what was answered."""
        response = await self._browser.request(method, f"/api/experience{path}", json=body)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        told: Any = response.json() if is_json else None
        return response.status_code, told["code"] if response.status_code >= 400 else told

    async def begin(self, event: str = "SignIn") -> None:
        await self._browser.get(AUTHORIZATION)
        assert await self.call("PUT", "", {"interactionEvent": event}) == (204, None)

    async def use(self, token: str, identifier: Any = EMAIL) -> Told:
        return await self.call(
            "POST", "/verification/one-time-token/verify", {"identifier": identifier, "token": token}
        )

    async def proven_by(self, token: str) -> str:
        status, body = await self.use(token)
        assert status == 200, body
        return str(body["verificationId"])

    async def identify(self, verification_id: str | None = None) -> Told:
        body = {} if verification_id is None else {"verificationId": verification_id}
        return await self.call("POST", "/identification", body)

    async def switch(self, event: str) -> Told:
        return await self.call("PUT", "/interaction-event", {"interactionEvent": event})

    async def submit(self) -> Told:
        return await self.call("POST", "/submit")

    async def known(self) -> Any:
        return (await self._browser.get("/api/experience/interaction")).json()


@pytest.fixture
def person(visitor: Visitor) -> Person:
    return Person(visitor)


async def token_for(make: Factory, email: str = "ada@example.com", **context: Any) -> str:
    async with make.services() as services:
        made = await services.one_time_tokens.create(email=email, context=context)
    return made.value.reveal()


async def found(make: Factory, value: str = "ada@example.com") -> User | None:
    async with make.services() as services:
        return await services.users.find_by_identifier(Identifier(type=IdentifierType.EMAIL, value=value))


async def test_a_link_signs_its_owner_in_once(make: Factory, person: Person) -> None:
    user = await make.user(primary_email="ada@example.com")
    token = await token_for(make)
    await person.begin()
    proof = await person.proven_by(token)
    assert await person.identify(proof) == (204, None)
    assert (await person.submit())[0] == 200
    assert (await person.known())["userId"] == user.id
    await person.begin()
    assert await person.use(token) == (400, "one_time_token.token_consumed")


async def test_a_link_makes_an_account_even_where_registration_is_closed(
    make: Factory, person: Person, change: Change
) -> None:
    await change(sign_in_mode=SignInMode.SIGN_IN, sign_up=NOTHING)
    token = await token_for(make, jitOrganizationIds=["org"])
    await person.begin()
    assert await person.switch("Register") == (403, "auth.forbidden")
    proof = await person.proven_by(token)
    assert await person.identify(proof) == (404, "user.user_not_exist")
    assert await person.switch("Register") == (204, None)
    assert await person.identify(proof) == (201, None)
    assert (await person.submit())[0] == 200
    assert await found(make) is not None


async def test_a_link_resets_a_password_whatever_methods_there_are(
    make: Factory, person: Person, change: Change
) -> None:
    await make.user(primary_email="ada@example.com")
    await change(forgot_password_methods=())
    token = await token_for(make)
    await person.begin("ForgotPassword")
    assert await person.identify(await person.proven_by(token)) == (204, None)
    assert await person.submit() == (422, "user.new_password_required_in_profile")
    assert await person.call("PUT", "/profile/password", {"password": "Fresh-pass-Word-22"}) == (204, None)
    assert await person.submit() == (204, None)


async def test_what_speaks_against_a_link_is_told(
    make: Factory, person: Person, clock: ManualClock, change: Change
) -> None:
    await change(sentinel_policy=SentinelPolicy(max_attempts=50))
    token = await token_for(make)
    await person.begin()
    assert await person.use("nonsense") == (404, "one_time_token.token_not_found")
    assert await person.use(token, {"type": "email", "value": "eve@example.com"}) == (
        400,
        "one_time_token.email_mismatch",
    )
    elsewhere = await token_for(make, interactionEvent="Register")
    assert await person.use(elsewhere) == (400, "one_time_token.interaction_event_mismatch")
    clock.advance(timedelta(seconds=601))
    assert await person.use(token) == (400, "one_time_token.token_expired")
    assert await person.use(token) == (400, "one_time_token.token_expired")
    assert await person.identify("nonsense") == (404, "session.verification_session_not_found")


async def test_guessing_at_links_ends(make: Factory, person: Person, change: Change) -> None:
    await change(sentinel_policy=SentinelPolicy(max_attempts=3))
    token = await token_for(make)
    await person.begin()
    for _ in range(2):
        assert await person.use("nonsense") == (404, "one_time_token.token_not_found")
    for guess in ("nonsense", token):
        assert await person.use(guess) == (400, "session.verification_blocked_too_many_attempts")


async def test_a_link_is_good_once_however_many_follow_it(make: Factory, new_visitor: Callable[[], Visitor]) -> None:
    token = await token_for(make)
    people = [Person(new_visitor()) for _ in range(4)]
    for each in people:
        await each.begin()
    told = await asyncio.gather(*(each.use(token) for each in people))
    assert sorted(status for status, _ in told) == [200, 400, 400, 400]


async def test_a_link_stands_for_the_robot_check(make: Factory, person: Person, change: Change) -> None:
    await make.user(primary_email="ada@example.com")
    await change(captcha_policy=Switch(enabled=True))
    await person.begin()
    await person.identify(await person.proven_by(await token_for(make)))
    assert (await person.submit())[0] == 200


async def test_addresses_the_tenant_refuses_found_no_account(make: Factory, person: Person, change: Change) -> None:
    await change(sign_up=NOTHING, email_blocklist_policy=EmailBlocklistPolicy(custom_blocklist=("@example.com",)))
    await person.begin()
    proof = await person.proven_by(await token_for(make))
    await person.switch("Register")
    assert await person.identify(proof) == (422, "session.email_blocklist.email_not_allowed")


async def test_what_a_refused_registration_was_proven_by_stays_staged(make: Factory, person: Person) -> None:
    await person.begin("SignIn")
    proof = await person.proven_by(await token_for(make))
    await person.switch("Register")
    assert await person.identify(proof) == (422, "user.missing_profile")
    assert (await person.known())["profile"] == {"primaryEmail": "ada@example.com"}
    await person.call("POST", "/profile", {"type": "username", "value": "ada"})
    await person.call("POST", "/profile", {"type": "password", "value": PASSWORD})
    assert await person.identify() == (201, None)
    assert (await found(make)) is not None


async def test_a_name_and_a_password_are_chosen_before_there_is_an_account(make: Factory, person: Person) -> None:
    await make.user(username="taken")
    await person.begin("Register")
    path = "/verification/new-password-identity"

    async def choose(username: str, password: str = PASSWORD) -> Told:
        return await person.call(
            "POST", path, {"identifier": {"type": "username", "value": username}, "password": password}
        )

    assert await choose("taken") == (422, "user.username_already_in_use")
    assert await choose("ada", "short") == (422, "password.rejected")
    status, body = await choose("ada")
    assert status == 200
    assert PASSWORD not in str(await person.known())
    assert "passwordEncrypted" not in str(await person.known())
    assert await person.identify(body["verificationId"]) == (201, None)
    assert (await person.submit())[0] == 200


async def test_a_chosen_name_signs_nobody_in(make: Factory, person: Person, change: Change) -> None:
    await person.begin("SignIn")
    _, body = await person.call(
        "POST",
        "/verification/new-password-identity",
        {"identifier": {"type": "username", "value": "ada"}, "password": PASSWORD},
    )
    assert await person.identify(body["verificationId"]) == (422, "user.sign_in_method_not_enabled")
    await make.user(username="ada")
    await person.switch("Register")
    assert await person.identify(body["verificationId"]) == (422, "user.username_already_in_use")
    strict = msgspec.structs.replace(DEFAULT_USERNAME_POLICY, min_length=5)
    await change(username_policy=strict)
    assert (await person.identify(body["verificationId"]))[1] == "user.username_too_short"


async def fields(make: Factory, *definitions: tuple[str, FieldDefinition]) -> None:
    async with make.services() as services:
        await services.profile_fields.add(definitions)


TEXT = FieldDefinition(type=FieldType.TEXT)
REQUIRED = FieldDefinition(type=FieldType.TEXT, is_required=True)
NAME = FieldDefinition(
    type=FieldType.FULLNAME,
    is_required=True,
    config={
        "parts": [
            {"enabled": True, "name": "givenName", "type": "Text", "required": True},
            {"enabled": False, "name": "middleName", "type": "Text", "required": False},
            {"enabled": True, "name": "familyName", "type": "Text", "required": True},
        ]
    },
)


async def test_extra_fields_are_asked_for_last_and_all_of_them_once(
    make: Factory, person: Person, change: Change
) -> None:
    await fields(make, ("team", REQUIRED), ("motto", TEXT), ("fullname", NAME), ("unasked", REQUIRED))
    names = tuple(ProfileFieldName(name=name) for name in ("team", "motto", "fullname"))
    await change(sign_up_profile_fields=names)
    await person.begin("Register")

    async def give(**values: Any) -> Told:
        assert await person.call("POST", "/profile", {"type": "extraProfile", "values": values}) == (204, None)
        return await person.identify()

    await person.call("POST", "/profile", {"type": "username", "value": "ada"})
    assert await person.identify() == (422, "user.missing_profile")
    await person.call("POST", "/profile", {"type": "password", "value": PASSWORD})
    assert await person.identify() == (422, "user.missing_profile")
    assert await give(team="red") == (422, "user.missing_profile")
    assert await give(givenName="Ada", familyName="") == (201, None)
    assert (await person.submit())[0] == 200


async def test_a_known_user_is_not_asked_for_extra_fields(make: Factory, person: Person, change: Change) -> None:
    await make.user(primary_email="ada@example.com")
    await fields(make, ("team", REQUIRED))
    await change(sign_up_profile_fields=None)
    await person.begin()
    await person.identify(await person.proven_by(await token_for(make)))
    assert (await person.submit())[0] == 200


async def test_secondary_identifiers_are_demanded_of_who_registers_and_of_who_signs_in(
    make: Factory, person: Person, change: Change
) -> None:
    await make.user(primary_email="ada@example.com")
    secondary = (SecondaryIdentifier(identifier=SignUpIdentifier.PHONE, verify=True),)
    await change(
        sign_up=SignUp(
            identifiers=(IdentifierType.EMAIL,), password=False, verify=True, secondary_identifiers=secondary
        )
    )
    await person.begin()
    await person.identify(await person.proven_by(await token_for(make)))
    assert await person.submit() == (422, "user.missing_profile")
