"""How many grants one person may give one client (oidc.md §11.3)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.oidc.browsing import ask, come_back, consent, page_of
from tests.oidc.party import Party, PartyMaker, query_of, services_over
from tests.oidc.world import ALICE, START, World, spa
from tests.support.visitor import Visitor

from sekisho.applications.models import CustomClientMetadata
from sekisho.consents.jobs import LIMIT_GRANTS
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock
from sekisho.oidc.grant_limit import beyond
from sekisho.oidc.models import Grant
from sekisho.services import Runtime

LIMIT = 2


def grant(name: str, *, minutes: int) -> Grant:
    created_at = START + timedelta(minutes=minutes)
    return Grant(
        id=name, account_id=ALICE, client_id="spa", created_at=created_at, expires_at=START + timedelta(days=180)
    )


@pytest.mark.parametrize(
    ("ages", "limit", "too_many"),
    [
        ({}, 1, []),
        ({"a": 1}, 1, []),
        ({"a": 1, "b": 2}, 2, []),
        ({"a": 1, "b": 2, "c": 3}, 2, ["a"]),
        ({"c": 3, "a": 1, "b": 2}, 1, ["b", "a"]),
        ({"a": 1, "b": 1, "c": 1}, 2, ["a"]),
    ],
)
def test_the_oldest_grants_are_too_many(ages: dict[str, int], limit: int, too_many: Sequence[str]) -> None:
    active = [grant(name, minutes=minutes) for name, minutes in ages.items()]
    assert [each.id for each in beyond(active, limit=limit)] == too_many


@pytest.mark.parametrize(("limit", "asked_for"), [(None, []), (LIMIT, [(ALICE, "spa", LIMIT)])])
async def test_only_a_client_with_a_limit_has_its_grants_counted(limit: int | None, asked_for: list[Any]) -> None:
    world = World()
    world.all_clients["spa"] = spa(max_allowed_grants=limit)
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie"))
    assert world.limits == []

    await consent(world, page.interaction.uid, "cookie")
    await come_back(world, page.interaction.uid, cookie="cookie")

    assert world.limits == asked_for


@pytest.fixture
async def party(make_party: PartyMaker) -> Party:
    """An application that one person may use in two browsers at a time."""
    return await make_party(custom=CustomClientMetadata(max_allowed_grants=LIMIT))


async def test_the_oldest_browser_makes_room_for_the_newest(
    party: Party, new_visitor: Callable[[], Visitor], clock: ManualClock, runtime: Runtime
) -> None:
    browsers = [new_visitor() for _ in range(LIMIT + 1)]
    tokens = []
    for browser in browsers:
        tokens.append(await party.tokens(browser))
        clock.advance(timedelta(seconds=1))
    await counted(runtime)

    alive = [await is_alive(party, browser, each) for browser, each in zip(browsers, tokens, strict=True)]
    assert alive == [False, True, True]
    # The browser that made room is signed out of: its cookie is worth nothing.
    answers = [query_of(await party.authorize(browser, prompt="none")) for browser in browsers]
    assert [answer.get("error") for answer in answers] == ["login_required", None, None]


async def test_of_many_browsers_at_once_as_many_stay_as_may(
    party: Party, new_visitor: Callable[[], Visitor], runtime: Runtime
) -> None:
    await asyncio.gather(*(party.code(new_visitor()) for _ in range(10)))
    await counted(runtime)

    async with runtime.database.unit_of_work() as uow:
        assert len(await services_over(runtime, uow).access.grants(party.user.id)) == LIMIT


async def test_other_people_and_other_applications_are_not_counted(
    party: Party, make_party: PartyMaker, new_visitor: Callable[[], Visitor], clock: ManualClock, runtime: Runtime
) -> None:
    somebody = replace(party, user=(await make_party()).user)
    other = replace(await make_party(), user=party.user)
    first, browser = await party.tokens(new_visitor()), new_visitor()
    for each in (somebody, somebody, other, other, party):
        clock.advance(timedelta(seconds=1))
        await each.tokens(new_visitor())
    await counted(runtime)

    assert await is_alive(party, browser, first)


async def test_expired_grants_are_not_counted(
    party: Party, new_visitor: Callable[[], Visitor], clock: ManualClock, runtime: Runtime
) -> None:
    await party.tokens(new_visitor())
    clock.advance(timedelta(days=180))
    second, browser = await party.tokens(new_visitor()), new_visitor()
    await party.tokens(new_visitor())
    await counted(runtime)

    assert await is_alive(party, browser, second)


async def counted(runtime: Runtime) -> None:
    """Wait until the application's own runner has done what the authorizations left to it."""
    waiting = select(func.count()).select_from(JobTable).where(JobTable.name == LIMIT_GRANTS)
    async with asyncio.timeout(10):
        while True:
            async with runtime.database.unit_of_work() as uow:
                if not (await uow.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def is_alive(party: Party, browser: Visitor, tokens: dict[str, Any]) -> bool:
    return (await party.refresh(browser, tokens["refresh_token"])).status_code == 200
