"""A sign-out that was answered reaches every application, whatever happens to the server meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from tests.e2e.journeys import MANAGE, Client, Journey
from tests.e2e.network import Browser, register_application
from tests.support.databases import settings_for
from tests.support.receiver import SILENCE, Receiver, receiving
from tests.support.servers import RunningServer

from sekisho.db.database import Database
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import SystemClock
from sekisho.oidc.tokens import jwt

StartServer = Callable[..., RunningServer]


async def _listen(server: RunningServer, browser: Browser, client: Client, receiver: Receiver) -> None:
    """Have the application told of sign-outs at the receiver, as its administrator would."""
    machine = await asyncio.to_thread(register_application, server, type_="MachineToMachine")
    token = (await Journey(browser, machine).token(MANAGE)).json()["access_token"]
    metadata = {
        "redirectUris": [client.redirect_uri],
        "postLogoutRedirectUris": [],
        "backchannelLogoutUri": f"{receiver.url}/backchannel",
    }
    changed = await browser.patch(
        f"/api/applications/{client.id}",
        json={"oidcClientMetadata": metadata},
        headers={"authorization": f"Bearer {token}"},
    )
    assert changed.status_code == 200, changed.text


@pytest.fixture
async def jobs(db_url: str) -> AsyncIterator[Database]:
    database = Database(settings_for(db_url).db_url)
    yield database
    await database.close()


async def _end_leases(database: Database) -> None:
    """Let the time pass that a process has for what it began."""
    async with database.unit_of_work() as uow:
        await uow.execute(update(JobTable).values(run_at=SystemClock().now() - timedelta(seconds=1)))


async def _await_none(database: Database) -> None:
    async with asyncio.timeout(20):
        count = 1
        while count:
            async with database.unit_of_work() as uow:
                count = (await uow.execute(select(func.count()).select_from(JobTable))).scalar_one()
            await asyncio.sleep(0.05)


async def test_a_server_that_is_killed_while_it_tells_an_application_tells_it_again(
    db_url: str, start_server: StartServer, jobs: Database
) -> None:
    server = await asyncio.to_thread(start_server, db_url)
    async with receiving(SILENCE, 200) as receiver, Browser(server.origin) as browser:
        client = await asyncio.to_thread(register_application, server)
        await _listen(server, browser, client, receiver)
        journey = Journey(browser, client)
        await journey.register("ada")
        await journey.sign_out()
        await receiver.at_least(1)

        await asyncio.to_thread(server.kill)
        await _end_leases(jobs)
        await asyncio.to_thread(server.restart)

        told = [jwt.peek(each.form["logout_token"]) for each in await receiver.at_least(2)]
        await _await_none(jobs)

    assert [said["aud"] for said in told] == [client.id, client.id]
    assert told[0]["sub"] == told[1]["sub"]
    assert told[0]["jti"] != told[1]["jti"]
    assert told[1]["iss"] == f"{server.origin}/oidc"
