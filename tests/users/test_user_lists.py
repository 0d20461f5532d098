"""Totals and pages among users who come and go."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, select
from tests.users.conftest import Over

from sekisho.db.search import Search, SearchMode, SearchTerm
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.ids import UserId
from sekisho.kernel.pages import PageRequest
from sekisho.services import Runtime
from sekisho.users.models import NewUser
from sekisho.users.tables import UserTable

_USERS = 7


@pytest.fixture
async def user_ids(runtime: Runtime, over: Over) -> Sequence[UserId]:
    """Ids of users, newest first."""
    made = []
    for number in range(_USERS):
        async with runtime.database.unit_of_work() as uow:
            made.append((await over(uow).users.create(NewUser(username=f"user_{number}"))).id)
    async with runtime.database.unit_of_work() as uow:
        order = (UserTable.created_at.desc(), UserTable.id)
        listed = list((await uow.execute(select(UserTable.id).order_by(*order))).scalars())
    assert set(listed) == set(made)
    return [UserId(each) for each in listed]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 20])
async def test_every_page_has_its_users_from_whichever_end_it_is_counted(
    runtime: Runtime, over: Over, user_ids: Sequence[UserId], size: int
) -> None:
    async with runtime.database.unit_of_work() as uow:
        users = over(uow).users
        for number in range(1, _USERS // size + 3):
            page = await users.page(PageRequest(number=number, size=size))
            assert page.total == _USERS
            assert [user.id for user in page.rows] == list(user_ids[(number - 1) * size : number * size])


async def test_the_total_follows_what_was_committed(runtime: Runtime, over: Over, user_ids: Sequence[UserId]) -> None:
    async def total() -> int:
        async with runtime.database.unit_of_work() as uow:
            return (await over(uow).users.page(PageRequest())).total

    async def create(number: int) -> None:
        async with runtime.database.unit_of_work() as uow:
            await over(uow).users.create(NewUser(username=f"crowd_{number}"))

    async with runtime.database.unit_of_work() as uow:
        await over(uow).users.create(NewUser(username="nobody"))
        await uow.abandon()
    assert await total() == _USERS
    await asyncio.gather(*(create(number) for number in range(12)))
    assert await total() == _USERS + 12
    async with runtime.database.unit_of_work() as uow:
        await over(uow).users.delete(user_ids[0])
    assert await total() == _USERS + 11
    async with runtime.database.unit_of_work() as uow:
        await uow.execute(delete(UserTable))
    assert await total() == 0


async def test_a_page_beyond_the_last_match_still_tells_how_many_there_are(
    runtime: Runtime, over: Over, user_ids: Sequence[UserId]
) -> None:
    search = Search(terms=(SearchTerm(fields=("username",), values=("%user%",)),))
    async with runtime.database.unit_of_work() as uow:
        page = await over(uow).users.page(PageRequest(number=3, size=5), search=search)
        assert (page.rows, page.total) == ([], len(user_ids))
        page = await over(uow).users.page(PageRequest(number=2, size=5), search=search)
        assert [user.id for user in page.rows] == list(user_ids[5:])


async def test_a_search_that_no_index_serves_is_given_up(
    runtime: Runtime, over: Over, user_ids: Sequence[UserId]
) -> None:
    runtime.database.scan_timeout = 0
    vague = Search(terms=(SearchTerm(fields=("username",), values=("%r_%",)),))
    costly = Search(terms=(SearchTerm(fields=("username",), values=("r.*",), mode=SearchMode.POSIX),))
    indexed = Search(terms=(SearchTerm(fields=("username",), values=("%user%",)),))
    for search in (vague, costly):
        async with runtime.database.unit_of_work() as uow:
            with pytest.raises(InvalidInput):
                await over(uow).users.page(PageRequest(), search=search)
    async with runtime.database.unit_of_work() as uow:
        assert (await over(uow).users.page(PageRequest(), search=indexed)).total == len(user_ids)
