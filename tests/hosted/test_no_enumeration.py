"""Nobody learns from the pages who has an account: the same pages after the same statements."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import httpx2
import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.hosted.conftest import House, Person, on_both, read
from tests.hosted.test_codes import EMAIL, furnish, path_of, way
from tests.support.statements import statements_of
from tests.support.visitor import Visitor

from sekisho.sign_in.models import SignInMode

ADA, NOBODY = "ada@example.com", "nobody@example.com"
WRONG = "no code"
Journey: TypeAlias = Callable[[Person, str], Awaitable[list[httpx2.Response]]]


async def forget_a_password(person: Person, who: str) -> list[httpx2.Response]:
    await person.arrive()
    page = await person.visitor.get("/forgot-password")
    asked = await person.fill(page, identifier=who)
    code_page = await person.follow(asked)
    return [asked, code_page, await person.fill(code_page, code="123"), await person.fill(code_page, code=WRONG)]


async def sign_in_with_a_code(person: Person, who: str) -> list[httpx2.Response]:
    asked = await person.fill(await person.arrive(), identifier=who)
    code_page = await person.follow(asked)
    return [asked, code_page, await person.fill(code_page, code=WRONG)]


async def sign_in_with_a_password(person: Person, who: str) -> list[httpx2.Response]:
    asked = await person.fill(await person.arrive(), identifier=who)
    password_page = await person.follow(asked)
    return [asked, password_page, await person.fill(password_page, password="no such password")]


@pytest.mark.parametrize(
    ("journey", "is_code", "messages"),
    [(forget_a_password, False, 2), (sign_in_with_a_code, True, 2), (sign_in_with_a_password, False, 0)],
    ids=["a forgotten password", "a code", "a password"],
)
@on_both
async def test_pages_are_the_same_for_who_has_no_account(
    house: House,
    person: Person,
    new_visitor: Callable[[], Visitor],
    outbox: Outbox,
    journey: Journey,
    is_code: bool,  # noqa: FBT001 — a parameter of the test
    messages: int,
) -> None:
    await furnish(house, way(EMAIL, password=not is_code, code=is_code), sign_in_mode=SignInMode.SIGN_IN)
    await house.user(email=ADA)
    seen = []
    for who in (ADA, ADA, NOBODY):
        with statements_of(house.runtime.database) as statements:
            pages = await journey(replace(person, visitor=new_visitor()), who)
        seen.append(([_shown(page, who) for page in pages], statements))
    # The first one also fills the caches.
    assert seen[1][0] == seen[2][0]
    assert seen[1][1] == seen[2][1]
    assert [each.address for each in outbox.messages] == [ADA] * messages


def _shown(page: httpx2.Response, who: str) -> tuple[int, str, str]:
    """Return what a person can tell of a page, but for his own address."""
    text = "" if page.has_redirect_location else read(page).one("main").text
    return page.status_code, path_of(page), re.sub(r"\s+", " ", text.replace(who, "…"))
