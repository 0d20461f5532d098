"""Who is cut off when something takes too long, and who is not."""

import asyncio

import pytest

from sekisho.kernel.patience import Patience

SPAN = 0.4


async def never() -> None:
    await asyncio.sleep(3600)


async def test_what_takes_too_long_is_cut_off_and_not_early() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()

    with pytest.raises(TimeoutError):
        await Patience(look_every=SPAN / 4).wait_for(never(), seconds=SPAN)

    assert loop.time() - began >= SPAN


async def test_what_ends_in_time_is_left_alone() -> None:
    patience = Patience(look_every=SPAN / 4)

    assert [await patience.wait_for(asyncio.sleep(0.01, number), seconds=SPAN) for number in range(8)] == list(range(8))


async def test_each_has_its_own_time() -> None:
    patience = Patience(look_every=SPAN / 4)

    async def late() -> str:
        await asyncio.sleep(SPAN * 0.9)
        return await patience.wait_for(asyncio.sleep(SPAN * 0.5, "in time"), seconds=SPAN)

    ends = await asyncio.gather(patience.wait_for(never(), seconds=SPAN), late(), return_exceptions=True)

    assert isinstance(ends[0], TimeoutError)
    assert ends[1] == "in time"


async def test_who_is_told_to_end_ends() -> None:
    task = asyncio.create_task(Patience(look_every=SPAN / 4).wait_for(never(), seconds=SPAN))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_was_cut_off_can_wait_again() -> None:
    patience = Patience(look_every=SPAN / 4)
    with pytest.raises(TimeoutError):
        await patience.wait_for(never(), seconds=SPAN)

    assert await patience.wait_for(asyncio.sleep(0, "again"), seconds=SPAN) == "again"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
