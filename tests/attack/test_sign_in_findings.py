"""Ways around what guards a sign-in, found once and closed: each was open before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from tests.hosted.conftest import PASSWORD, House, Person
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.secret import Secret
from sekisho.passwords.models import LengthRule, PasswordPolicy
from sekisho.services import Runtime
from sekisho.sign_in.models import SentinelPolicy
from sekisho.users.models import NewUser, User, UserChange

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


async def add_user(house: House, runtime: Runtime, **identifiers: Any) -> User:
    kept = await runtime.hasher.hash(Secret(PASSWORD))
    async with house.services() as services:
        return await services.users.create(
            NewUser(password_encrypted=kept.encoded, password_encryption_method=kept.method, **identifiers)
        )


async def prove(visitor: Visitor, username: str) -> dict[str, str]:
    body = {"identifier": {"type": "username", "value": username}, "password": PASSWORD}
    answer = await visitor.post(f"{API}/verification/password", json=body)
    return {"verificationId": answer.json()["verificationId"]}


async def reset_password(house: House, runtime: Runtime, user: User) -> None:
    new = await runtime.hasher.hash(Secret("Another-1-password"))
    async with house.services() as services:
        change = UserChange(password_encrypted=new.encoded, password_encryption_method=new.method)
        await services.users.update(user.id, change)


async def test_a_phone_number_has_one_spelling(house: House, person: Person, runtime: Runtime) -> None:
    await add_user(house, runtime, primary_phone="16502530000")
    visitor = await begin(person, "SignIn")
    for spelling in ("+16502530000", "1 650 253 0000", "1(650)2530000", "16502530000x9", "１６５０２５３００００"):
        assert await guess(visitor, "phone", spelling, PASSWORD) == (400, "guard.invalid_input"), spelling
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


async def test_a_proof_is_about_the_account_that_was_proven(house: House, person: Person) -> None:
    bob = await house.user(username="bob")
    visitor = await begin(person, "SignIn")
    proof = await prove(visitor, "bob")
    async with house.services() as services:
        await services.users.update(bob.id, UserChange(username="eve"))
    async with house.services() as services:
        await services.users.create(NewUser(username="bob"))
    assert (await visitor.post(f"{API}/identification", json=proof)).status_code == 204
    assert (await visitor.get(f"{API}/interaction")).json()["userId"] == bob.id


async def test_a_proof_dies_with_its_account(house: House, person: Person) -> None:
    bob = await house.user(username="bob")
    visitor = await begin(person, "SignIn")
    proof = await prove(visitor, "bob")
    async with house.services() as services:
        await services.users.delete(bob.id)
    await house.user(username="bob")
    answer = await visitor.post(f"{API}/identification", json=proof)
    assert (answer.status_code, answer.json()["code"]) == (404, "user.user_not_exist")


async def test_a_proof_dies_with_the_password_it_was_made_with(
    house: House, person: Person, runtime: Runtime, clock: ManualClock
) -> None:
    user = await house.user(username="bob")
    clock.advance(timedelta(seconds=1))
    visitor = await begin(person, "SignIn")
    proof = await prove(visitor, "bob")
    await reset_password(house, runtime, user)
    answer = await visitor.post(f"{API}/identification", json=proof)
    assert (answer.status_code, answer.json()["code"]) == (404, "session.verification_session_not_found")


async def test_a_password_that_was_changed_signs_nobody_in_who_was_identified_by_it(
    house: House, person: Person, runtime: Runtime, clock: ManualClock
) -> None:
    user = await house.user(username="bob")
    clock.advance(timedelta(seconds=1))
    visitor = await begin(person, "SignIn")
    assert (await visitor.post(f"{API}/identification", json=await prove(visitor, "bob"))).status_code == 204
    await reset_password(house, runtime, user)
    answer = await visitor.post(f"{API}/submit")
    assert (answer.status_code, answer.json()["code"]) == (404, "session.verification_session_not_found")


async def test_a_browser_is_not_told_what_a_proof_hangs_on(house: House, person: Person) -> None:
    await house.user(username="bob")
    visitor = await begin(person, "SignIn")
    await prove(visitor, "bob")
    (record,) = (await visitor.get(f"{API}/interaction")).json()["verificationRecords"]
    assert set(record) == {"id", "type", "identifier", "verified"}


async def test_a_stranger_cannot_make_a_row_grow_without_end(person: Person) -> None:
    visitor = await begin(person, "Register")
    answers = []
    for part in range(4):
        values = {f"k{part}x{number}": "x" * 1000 for number in range(20)}
        answers.append(await visitor.post(f"{API}/profile", json={"type": "extraProfile", "values": values}))
    assert [answer.status_code for answer in answers] == [204, 204, 204, 422]
    assert answers[-1].json()["code"] == "entity.value_too_long"
    kept = (await visitor.get(f"{API}/interaction")).json()["profile"]["customData"]
    assert len(kept) == 60
    values = {"name": "x" * 65_536}
    answer = await visitor.post(f"{API}/profile", json={"type": "extraProfile", "values": values})
    assert answer.status_code == 422
