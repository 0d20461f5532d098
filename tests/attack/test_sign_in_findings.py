"""Ways around what guards a sign-in, found once and closed: each was open before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.hosted.conftest import PASSWORD, House, Person
from tests.support.visitor import Visitor

from sekisho.kernel.secret import Secret
from sekisho.passwords.models import LengthRule, PasswordPolicy
from sekisho.services import Runtime
from sekisho.sign_in.models import SentinelPolicy
from sekisho.users.models import NewUser

API = "/api/experience"


async def begin(person: Person, event: str) -> Visitor:
    await person.arrive()
    assert (await person.visitor.put(API, json={"interactionEvent": event})).status_code == 204
    return person.visitor


async def guess(visitor: Visitor, kind: str, value: str, password: str) -> tuple[int, str | None]:
    body = {"identifier": {"type": kind, "value": value}, "password": password}
    answer = await visitor.post(f"{API}/verification/password", json=body)
    return answer.status_code, answer.json().get("code")


@asynccontextmanager
async def heartbeat(*, longest: float) -> AsyncIterator[None]:
    """Fail when nothing else could run for longer than this many seconds."""
    loop, pauses, is_over = asyncio.get_running_loop(), [0.0], False

    async def beat() -> None:
        while not is_over:
            before = loop.time()
            await asyncio.sleep(0.001)
            pauses.append(loop.time() - before)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.01)
    try:
        yield
    finally:
        is_over = True
        await beating
    assert max(pauses) < longest


async def add_user(house: House, runtime: Runtime, **identifiers: Any) -> None:
    kept = await runtime.hasher.hash(Secret(PASSWORD))
    async with house.services() as services:
        await services.users.create(
            NewUser(password_encrypted=kept.encoded, password_encryption_method=kept.method, **identifiers)
        )


@pytest.mark.parametrize(
    "spelling", ["+16502530000", "1 650 253 0000", "1(650)2530000", "16502530000x9", "１６５０２５３００００"]
)
async def test_a_phone_number_has_one_spelling(house: House, person: Person, runtime: Runtime, spelling: str) -> None:
    await add_user(house, runtime, primary_phone="16502530000")
    visitor = await begin(person, "SignIn")
    assert await guess(visitor, "phone", spelling, PASSWORD) == (400, "guard.invalid_input")
    assert (await guess(visitor, "phone", "16502530000", PASSWORD))[0] == 200


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("phone", ["819012345678", "8109012345678"]),
        ("email", ["ada@example.com", "ADA@Example.com"]),
        ("username", ["ada", "Ada"]),
    ],
)
async def test_a_block_holds_however_an_account_is_named(
    house: House, person: Person, runtime: Runtime, kind: str, values: list[str]
) -> None:
    column = {"phone": "primary_phone", "email": "primary_email"}.get(kind, kind)
    await add_user(house, runtime, **{column: values[0]})
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=2, lockout_duration=5))
    visitor = await begin(person, "SignIn")
    for value in values:
        await guess(visitor, kind, value, "wrong")
    for value in values:
        assert await guess(visitor, kind, value, PASSWORD) == (400, "session.verification_blocked_too_many_attempts")


async def test_an_administrator_forgives_an_account_however_he_names_it(
    house: House, person: Person, runtime: Runtime
) -> None:
    await add_user(house, runtime, primary_phone="819012345678", primary_email="ada@example.com", username="ada")
    await house.settings(sentinel_policy=SentinelPolicy(max_attempts=1, lockout_duration=5))
    visitor = await begin(person, "SignIn")
    names = {"phone": "819012345678", "email": "ada@example.com", "username": "ada"}
    for kind, value in names.items():
        await guess(visitor, kind, value, "wrong")
    async with house.services() as services:
        await services.sentinel.forgive(["8109012345678", "Ada@Example.com", "ADA"])
    for kind, value in names.items():
        assert (await guess(visitor, kind, value, PASSWORD))[0] == 200


@pytest.mark.parametrize(("password", "max_length"), [("a", 256), ("a", 4096), ("abcdefghijklmnop", 4096)])
async def test_no_password_stops_the_server(house: House, person: Person, password: str, max_length: int) -> None:
    await house.settings(password_policy=PasswordPolicy(length=LengthRule(max=max_length)))
    visitor = await begin(person, "Register")
    body = {"type": "password", "value": password * (4096 // len(password))}
    async with heartbeat(longest=0.3):
        answer = await visitor.post(f"{API}/profile", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "password.rejected")
