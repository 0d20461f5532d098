"""What survives: a server that is killed, and a database that goes away and comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.e2e.cut_off import Wire, wired
from tests.e2e.journeys import MANAGE, Journey, form_in
from tests.e2e.network import Browser, register_application
from tests.support.factories import PASSWORD
from tests.support.servers import RunningServer

StartServer = Callable[..., RunningServer]

#: How long somebody waits for an answer at most, on a busy machine.
PATIENCE = timedelta(seconds=25)


async def test_who_was_signed_in_before_a_crash_is_signed_in_after_it(db_url: str, start_server: StartServer) -> None:
    server = start_server(db_url)
    async with Browser(server.origin) as browser:
        journey = Journey(browser, register_application(server))
        tokens = await journey.register("ada")

        server.kill()
        server.restart()

        assert (await journey.userinfo(tokens["access_token"])).json()["username"] == "ada"
        assert len(await journey.silently()) == 43
        refreshed = await journey.refresh(tokens["refresh_token"])
        assert refreshed.status_code == 200, refreshed.text


async def test_nothing_that_was_acknowledged_is_lost_when_it_crashes_under_load(
    db_url: str, start_server: StartServer
) -> None:
    server = start_server(db_url)
    client = register_application(server)
    acknowledged: list[tuple[str, dict[str, Any]]] = []

    async def keep_registering(number: int) -> None:
        for turn in range(1_000):
            async with Browser(server.origin) as browser:
                name = f"user_{number}_{turn}"
                acknowledged.append((name, await Journey(browser, client).register(name)))

    people = [asyncio.create_task(keep_registering(number)) for number in range(4)]
    while len(acknowledged) < 4:
        await asyncio.sleep(0.02)
        assert not any(person.done() for person in people)
    server.kill()
    await asyncio.gather(*people, return_exceptions=True)
    server.restart()

    async with Browser(server.origin) as browser:
        journey = Journey(browser, client)
        for name, tokens in acknowledged:
            assert (await journey.userinfo(tokens["access_token"])).json()["username"] == name
            assert (await journey.refresh(tokens["refresh_token"])).status_code == 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A server, the wire to its database, and somebody who is signed in."""

    server: RunningServer
    wire: Wire
    journey: Journey
    tokens: dict[str, Any]

    @property
    def browser(self) -> httpx2.AsyncClient:
        return self.journey.browser

    async def end(self) -> None:
        """Bring the database back, and wait until the server has noticed by itself."""
        await self.wire.mend()
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while (await self.browser.get("/health/ready")).status_code != 200:
            assert time.monotonic() < deadline, self.server.log
            await asyncio.sleep(0.1)


@pytest.fixture
async def outage(postgresql: str, start_server: StartServer) -> AsyncIterator[Outage]:
    async with wired(postgresql) as (wire, through):
        server = await asyncio.to_thread(start_server, through, DATABASE_POOL_SIZE="4")
        async with Browser(server.origin) as browser:
            client = await asyncio.to_thread(register_application, server)
            journey = Journey(browser, client)
            yield Outage(server=server, wire=wire, journey=journey, tokens=await journey.register("ada"))


async def test_programs_are_told_to_come_back_and_nobody_is_signed_out(outage: Outage) -> None:
    journey, tokens = outage.journey, outage.tokens
    machine = await asyncio.to_thread(register_application, outage.server, type_="MachineToMachine")
    program = Journey(outage.browser, machine)
    bearer = {"authorization": f"Bearer {(await program.token(MANAGE)).json()['access_token']}"}
    await outage.wire.cut()

    for _ in range(6):  # more often than the pool has connections
        refused = await journey.refresh(tokens["refresh_token"])
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.json()["error"] == "temporarily_unavailable"
    for answer in (
        await program.token(MANAGE),
        await journey.userinfo(tokens["access_token"]),
        await journey.prove("ada"),
        await outage.browser.get("/api/users", headers=bearer),
        await outage.browser.get(journey.authorization_url()),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text

    await outage.end()
    assert (await journey.refresh(tokens["refresh_token"])).status_code == 200
    assert (await journey.userinfo(tokens["access_token"])).status_code == 200
    assert (await outage.browser.get("/api/users", headers=bearer)).status_code == 200
    assert len(await journey.silently()) == 43


async def test_people_see_a_page_and_go_on_where_they_were(outage: Outage) -> None:
    async with Browser(outage.server.origin) as browser:
        journey = Journey(browser, outage.journey.client)
        sent = await browser.get(journey.authorization_url())
        form = form_in((await browser.get(sent.headers["location"])).text)
        filled = {**form.fields, "identifier": "ada", "password": PASSWORD}
        await outage.wire.cut()

        asked = await browser.get(sent.headers["location"])
        posted = await browser.post(form.action, data=filled)

        for answer in (asked, posted):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "We will be right back" in answer.text
        await outage.end()
        signed_in = await browser.post(form.action, data=filled)
        tokens = await journey.redeem(await journey.code_from(signed_in.headers["location"]))
        assert tokens.status_code == 200, tokens.text


async def test_a_code_is_not_used_up_by_an_exchange_that_could_not_be_made(outage: Outage) -> None:
    journey = outage.journey
    code = await journey.silently()
    await outage.wire.cut()
    assert (await journey.redeem(code)).status_code == 503

    await outage.end()

    assert (await journey.redeem(code)).status_code == 200


async def test_the_server_lives_and_is_not_ready(outage: Outage) -> None:
    await outage.wire.cut()

    live, ready = await outage.browser.get("/health/live"), await outage.browser.get("/health/ready")

    assert (live.status_code, ready.status_code) == (200, 503)
    await outage.end()


async def test_a_database_that_says_nothing_is_one_that_is_away(outage: Outage) -> None:
    """Connections stand and nothing comes back: a request must not wait for ever, nor hold its connection for ever."""
    journey = outage.journey
    outage.wire.silence()

    async with asyncio.timeout(PATIENCE.total_seconds()):
        refused = await asyncio.gather(*(journey.refresh(outage.tokens["refresh_token"]) for _ in range(8)))

    assert {answer.status_code for answer in refused} == {503}
    await outage.end()
    assert (await journey.refresh(outage.tokens["refresh_token"])).status_code == 200
