"""Many at once at two worker processes over one PostgreSQL: no lock of one process can help."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest
from tests.e2e.answers import refuses, told
from tests.e2e.journeys import Client, Journey
from tests.e2e.network import Browser, register_application
from tests.support.servers import RunningServer

MANY = 20


@pytest.fixture
def server(postgresql: str, start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(postgresql, WORKERS="2")


@pytest.fixture
async def journey(server: RunningServer) -> AsyncIterator[Journey]:
    """Somebody on the way to an application whose refresh tokens rotate at every use."""
    async with Browser(server.origin) as browser:
        yield Journey(browser, register_application(server))


async def test_parallel_refreshes_succeed_within_the_grace_and_end_the_grant_after_it(journey: Journey) -> None:
    tokens = await journey.register("hokusai")

    answers = await asyncio.gather(*(journey.refresh(tokens["refresh_token"]) for _ in range(MANY)))

    assert told(answers) == {200: MANY}
    await asyncio.sleep(3.1)
    late = await asyncio.gather(*(journey.refresh(tokens["refresh_token"]) for _ in range(MANY)))
    assert told(late) == {"invalid_grant": MANY}
    for answer in answers:
        await refuses(journey, answer.json())


async def test_of_parallel_exchanges_of_one_code_one_succeeds_and_its_tokens_die(journey: Journey) -> None:
    await journey.prepare_registration("hokusai")
    await journey.identify()
    code = await journey.submit()

    answers = await asyncio.gather(*(journey.redeem(code) for _ in range(MANY)))

    assert told(answers) == {200: 1, "invalid_grant": MANY - 1}
    await refuses(journey, next(answer.json() for answer in answers if answer.is_success))


async def test_parallel_registrations_with_one_first_admin_token_make_one_administrator(server: RunningServer) -> None:
    printed = re.search(r"/console/welcome\?token=\S+", server.log)
    assert printed is not None, server.log
    console = Client(id="admin-console", redirect_uri=f"{server.origin}/console/callback", base="/t/admin")
    journeys = [Journey(Browser(server.origin), console) for _ in range(MANY)]
    for number, journey in enumerate(journeys):
        assert (await journey.browser.get(printed[0])).status_code == 303
        await journey.prepare_registration(f"admin_{number}")

    answers = await asyncio.gather(*(journey.identify() for journey in journeys))

    assert told(answers) == {201: 1, "auth.forbidden": MANY - 1}
    assert server.run("admin", "link").returncode == 1
    for journey in journeys:
        await journey.browser.aclose()
