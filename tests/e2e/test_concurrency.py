"""Many at once: what may happen once happens once, whoever wins, on both databases."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.e2e.answers import refuses, told
from tests.e2e.conftest import NewJourney
from tests.e2e.journeys import CONSOLE, Journey
from tests.support.factories import PASSWORD, Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.administrators.models import ADMINISTRATOR_ROLE
from sekisho.http.interactions import FIRST_ADMIN_COOKIE
from sekisho.kernel.clock import ManualClock
from sekisho.roles.tables import RoleTable, UserRoleTable
from sekisho.security.tables import SentinelActivityTable
from sekisho.sign_in.models import SentinelPolicy, SignUp
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.users.tables import UserTable

MANY = 20
GRACE = timedelta(seconds=3)
LONGER = GRACE + timedelta(milliseconds=1)


async def test_parallel_refreshes_within_the_grace_all_succeed(new_journey: NewJourney, clock: ManualClock) -> None:
    journey = new_journey()
    tokens = await journey.register("hokusai")
    first = await journey.refresh(tokens["refresh_token"])
    clock.advance(GRACE)

    answers = await asyncio.gather(*(journey.refresh(tokens["refresh_token"]) for _ in range(MANY)))

    assert told([first, *answers]) == {200: 1 + MANY}
    assert len({answer.json()["refresh_token"] for answer in answers}) == MANY
    for answer in answers:
        assert (await journey.userinfo(answer.json()["access_token"])).json()["username"] == "hokusai"


async def test_a_refresh_token_used_after_the_grace_ends_the_whole_grant(
    new_journey: NewJourney, clock: ManualClock
) -> None:
    journey = new_journey()
    tokens = await journey.register("hokusai")
    answers = await asyncio.gather(*(journey.refresh(tokens["refresh_token"]) for _ in range(MANY)))
    clock.advance(LONGER)

    assert told([await journey.refresh(tokens["refresh_token"])]) == {"invalid_grant": 1}

    for answer in answers:
        await refuses(journey, answer.json())
    assert (await journey.userinfo(tokens["access_token"])).status_code == 401


async def test_of_many_late_refreshes_at_once_none_succeeds(new_journey: NewJourney, clock: ManualClock) -> None:
    journey = new_journey()
    tokens = await journey.register("hokusai")
    successor = (await journey.refresh(tokens["refresh_token"])).json()
    clock.advance(LONGER)

    answers = await asyncio.gather(*(journey.refresh(tokens["refresh_token"]) for _ in range(MANY)))

    assert told(answers) == {"invalid_grant": MANY}
    await refuses(journey, successor)


async def test_the_end_of_one_grant_leaves_the_others_alone(new_journey: NewJourney, clock: ManualClock) -> None:
    stolen, other = new_journey(), new_journey()
    tokens = await stolen.register("hokusai")
    kept = await other.sign_in("hokusai")
    await stolen.refresh(tokens["refresh_token"])
    clock.advance(LONGER)

    assert told([await stolen.refresh(tokens["refresh_token"])]) == {"invalid_grant": 1}

    assert (await other.userinfo(kept["access_token"])).status_code == 200
    assert (await other.refresh(kept["refresh_token"])).status_code == 200


async def test_of_parallel_exchanges_of_one_code_one_succeeds_and_its_tokens_die(new_journey: NewJourney) -> None:
    journey = new_journey()
    await journey.prepare_registration("hokusai")
    await journey.identify()
    code = await journey.submit()

    answers = await asyncio.gather(*(journey.redeem(code) for _ in range(MANY)))

    assert told(answers) == {200: 1, "invalid_grant": MANY - 1}
    await refuses(journey, next(answer.json() for answer in answers if answer.is_success))


async def test_a_code_seen_again_ends_what_its_tokens_became(new_journey: NewJourney) -> None:
    journey = new_journey()
    await journey.prepare_registration("hokusai")
    await journey.identify()
    code = await journey.submit()
    tokens = (await journey.redeem(code)).json()
    successor = (await journey.refresh(tokens["refresh_token"])).json()

    assert told([await journey.redeem(code)]) == {"invalid_grant": 1}

    await refuses(journey, tokens)
    await refuses(journey, successor)


async def test_parallel_registrations_with_one_first_admin_token_make_one_administrator(
    new_visitor: Callable[[], Visitor], make: Factory
) -> None:
    token = await first_admin_token(make)
    journeys = [Journey(new_visitor(), CONSOLE) for _ in range(MANY)]
    for number, journey in enumerate(journeys):
        assert (await journey.browser.get(f"/console/welcome?token={token}")).status_code == 303
        await journey.prepare_registration(f"admin_{number}")

    answers = await asyncio.gather(*(journey.identify() for journey in journeys))

    assert told(answers) == {201: 1, "auth.forbidden": MANY - 1}
    assert {answer.status_code for answer in answers if answer.is_error} == {403}
    assert await administrators(make) == 1
    assert await users(make) == 1


async def test_without_a_token_nobody_becomes_administrator(new_visitor: Callable[[], Visitor], make: Factory) -> None:
    journeys = [Journey(new_visitor(), CONSOLE) for _ in range(MANY)]
    for number, journey in enumerate(journeys):
        await journey.prepare_registration(f"admin_{number}")

    answers = await asyncio.gather(*(journey.identify() for journey in journeys))

    assert [answer.status_code for answer in answers] == [403] * MANY
    assert told(answers) == {"auth.forbidden": MANY}
    assert await users(make) == 0


@pytest.mark.parametrize("fault", ["wrong", "expired", "replaced"])
async def test_with_an_unusable_token_nobody_becomes_administrator(
    new_visitor: Callable[[], Visitor], make: Factory, clock: ManualClock, fault: str
) -> None:
    token = await first_admin_token(make)
    if fault == "wrong":
        token = token[::-1]
    elif fault == "expired":
        clock.advance(timedelta(hours=24))
    else:
        await first_admin_token(make)
    browser = new_visitor()
    bring(browser, token)
    journey = Journey(browser, CONSOLE)
    await journey.prepare_registration("admin")

    refused = await journey.identify()

    assert (refused.status_code, refused.json()["code"]) == (403, "auth.forbidden")
    assert await users(make) == 0


async def test_after_the_first_administrator_nobody_registers_in_the_admin_tenant(
    new_visitor: Callable[[], Visitor], make: Factory
) -> None:
    one, other = new_visitor(), new_visitor()
    first, late = Journey(one, CONSOLE), Journey(other, CONSOLE)
    await first.prepare_registration("admin")
    await late.prepare_registration("late")
    bring(one, await first_admin_token(make))
    assert (await first.identify()).status_code == 201
    bring(other, await first_admin_token(make))

    assert told([await late.identify()]) == {"auth.forbidden": 1}
    assert await administrators(make) == 1


async def test_parallel_identifications_of_one_interaction_make_one_user(
    new_journey: NewJourney, make: Factory
) -> None:
    """Even where no name is asked for, so that no unique key stands in the way of a second user."""
    async with make.services() as services:
        nothing = SignUp(identifiers=(), password=True, verify=False)
        await services.sign_in.update(replace(await services.sign_in.read(), sign_up=nothing))
    journey = new_journey()
    await journey.begin("Register")
    await journey.api("POST", "/profile", json={"type": "password", "value": PASSWORD})

    answers = await asyncio.gather(*(journey.identify() for _ in range(MANY)))

    assert sum(answer.status_code == 201 for answer in answers) == 1, told(answers)
    assert all(answer.status_code < 500 for answer in answers)
    assert await users(make, tenant_id="default") == 1


async def test_parallel_guesses_do_not_exceed_the_limit(new_journey: NewJourney, make: Factory) -> None:
    await new_journey().register("hokusai")
    await allow_attempts(make, 5)
    journeys = [new_journey() for _ in range(MANY)]
    for journey in journeys:
        await journey.begin("SignIn")

    answers = await asyncio.gather(
        *(journey.prove("hokusai", password=f"guess-{number}") for number, journey in enumerate(journeys))
    )

    blocked, wrong = "session.verification_blocked_too_many_attempts", "session.invalid_credentials"
    # The last guess is answered as the block it brings about, unless another ends in the same moment.
    assert told(answers) in [{wrong: 4, blocked: MANY - 4}, {wrong: 5, blocked: MANY - 5}]
    # Whatever the answers say: a guess that was looked at left a row, and so may the block.
    assert await attempts(make) <= 5 + 1
    assert told([await journeys[0].prove("hokusai")]) == {blocked: 1}


async def test_a_right_guess_among_too_many_is_not_taken(new_journey: NewJourney, make: Factory) -> None:
    await new_journey().register("hokusai")
    await allow_attempts(make, 5)
    journey = new_journey()
    await journey.begin("SignIn")
    for number in range(5):
        assert (await journey.prove("hokusai", password=f"guess-{number}")).is_error

    # Another browser has no tries of its own.
    other = new_journey()
    await other.begin("SignIn")
    assert (await journey.prove("hokusai")).is_error
    assert (await other.prove("hokusai")).is_error


async def test_a_block_ends(new_journey: NewJourney, make: Factory, clock: ManualClock) -> None:
    await new_journey().register("hokusai")
    await allow_attempts(make, 1)
    guesser = new_journey()
    await guesser.begin("SignIn")
    assert (await guesser.prove("hokusai", password="guess")).is_error
    clock.advance(timedelta(minutes=61))

    assert (await new_journey().sign_in("hokusai"))["token_type"] == "Bearer"


async def first_admin_token(make: Factory) -> str:
    async with make.in_tenant(ADMIN_TENANT).services() as services:
        return (await services.administrators.issue_first_admin_token()).reveal()


def bring(browser: Visitor, token: str) -> None:
    """Leave a token in the browser, as the link from the operator's terminal would if it were good."""
    browser.jar.take([f"{FIRST_ADMIN_COOKIE}__admin={token}; Path=/t/admin"], url=ORIGIN)


async def administrators(make: Factory) -> int:
    async with make.in_tenant(ADMIN_TENANT).services() as services:
        roles, ties = RoleTable, UserRoleTable
        same = (ties.tenant_id == roles.tenant_id) & (ties.role_id == roles.id)
        count = select(func.count()).select_from(ties).join(roles, same)
        is_admin = (roles.tenant_id == ADMIN_TENANT) & (roles.name == ADMINISTRATOR_ROLE)
        return int((await services.uow.execute(count.where(is_admin))).scalar_one())


async def users(make: Factory, *, tenant_id: str = ADMIN_TENANT) -> int:
    async with make.in_tenant(ADMIN_TENANT).services() as services:
        count = select(func.count()).select_from(UserTable).where(UserTable.tenant_id == tenant_id)
        return int((await services.uow.execute(count)).scalar_one())


async def attempts(make: Factory) -> int:
    async with make.services() as services:
        count = select(func.count()).select_from(SentinelActivityTable)
        return int((await services.uow.execute(count)).scalar_one())


async def allow_attempts(make: Factory, attempts: int) -> None:
    async with make.services() as services:
        policy = SentinelPolicy(max_attempts=attempts)
        await services.sign_in.update(replace(await services.sign_in.read(), sentinel_policy=policy))
