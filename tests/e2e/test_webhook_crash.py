"""A server that dies between the change and the message: what was acknowledged is told after all."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from tests.e2e.journeys import MANAGE, Journey
from tests.e2e.network import Browser, register_application
from tests.support.receiver import SILENCE, Receiver, receiving
from tests.support.servers import RunningServer

StartServer = Callable[..., RunningServer]

#: A job whose process died is taken up by another when its lease ends.
_LEASE = timedelta(minutes=1)


async def test_messages_that_wait_for_their_receiver_survive_a_crash(db_url: str, start_server: StartServer) -> None:
    async with receiving(500, 500, 200) as receiver:
        wanted = await _change_and_crash(db_url, start_server, receiver)
        await receiver.at_least(4, patience=40)

    assert _told(receiver) == wanted


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_a_crash_while_a_message_is_under_way_loses_it_not(db_url: str, start_server: StartServer) -> None:
    async with receiving(SILENCE, SILENCE, 200) as receiver:
        wanted = await _change_and_crash(db_url, start_server, receiver)
        await receiver.at_least(4, patience=_LEASE.total_seconds() + 40)

    assert _told(receiver) == wanted


async def _change_and_crash(db_url: str, start_server: StartServer, receiver: Receiver) -> set[str]:
    """Make users, end the server when their messages were tried once, and start it again; returns the users' ids."""
    server = await asyncio.to_thread(start_server, db_url)
    machine = await asyncio.to_thread(register_application, server, type_="MachineToMachine")
    async with Browser(server.origin) as browser:
        await _authorize(browser, machine)
        hook = await browser.post("/api/hooks", json={"events": ["User.Created"], "config": {"url": receiver.url}})
        assert hook.status_code == 201, hook.text
        made = [await _make_user(browser, name) for name in ("ada", "grace")]
    await receiver.at_least(2)
    await asyncio.sleep(1)  # a refusal is written down before the crash
    server.kill()
    await asyncio.to_thread(server.restart)
    return {user["id"] for user in made}


def _told(receiver: Receiver) -> set[str]:
    """Return whom the receiver has heard of since the crash."""
    return {msgspec.json.decode(heard.body)["data"]["id"] for heard in receiver.received[2:]}


async def _authorize(browser: httpx2.AsyncClient, machine: Any) -> None:
    token = (await Journey(browser, machine).token(MANAGE)).json()["access_token"]
    browser.headers["authorization"] = f"Bearer {token}"


async def _make_user(browser: httpx2.AsyncClient, name: str) -> dict[str, Any]:
    made = await browser.post("/api/users", json={"username": name})
    assert made.status_code == 200, made.text
    return dict(made.json())
