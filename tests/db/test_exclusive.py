import asyncio

from tests.support.databases import settings_for

from sekisho.db.database import Database
from sekisho.db.exclusive import exclusive


async def test_one_at_a_time_is_inside(db_url: str) -> None:
    url = settings_for(db_url).db_url
    inside = 0
    most = 0

    async def enter() -> None:
        nonlocal inside, most
        database = Database(url)
        async with exclusive(database):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.02)
            inside -= 1
        await database.close()

    await asyncio.gather(*(enter() for _ in range(5)))

    assert most == 1


async def test_whoever_fails_inside_lets_the_next_one_in(database: Database) -> None:
    async def fail() -> None:
        async with exclusive(database):
            raise RuntimeError("no good")

    for _ in range(2):
        try:
            await asyncio.wait_for(fail(), 5)
        except RuntimeError as error:
            assert str(error) == "no good"  # noqa: PT017 — twice, and neither waits for ever


async def test_the_lock_does_not_hold_up_other_work(database: Database) -> None:
    async with exclusive(database):
        await asyncio.wait_for(database.ping(), 5)
