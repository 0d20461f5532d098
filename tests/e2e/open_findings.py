"""Faults that are still open: every test here FAILS. Run by name; each moves to a test module once it is mended."""

import asyncio

from tests.e2e.test_crash import PATIENCE, Outage, outage

__all__ = ["outage"]


async def test_a_database_that_says_nothing_is_one_that_is_away(outage: Outage) -> None:
    """Connections stand and nothing comes back: a request must not wait for ever, nor hold its connection for ever."""
    journey = outage.journey
    outage.wire.silence()

    async with asyncio.timeout(PATIENCE.total_seconds()):
        refused = await asyncio.gather(*(journey.refresh(outage.tokens["refresh_token"]) for _ in range(8)))

    assert {answer.status_code for answer in refused} == {503}
    await outage.end()
    assert (await journey.refresh(outage.tokens["refresh_token"])).status_code == 200
