"""What nobody expected: the answer tells nothing, and nothing of the request stays."""

import asyncio
from collections.abc import AsyncIterator

import anyio
import pytest
from fastapi import Request
from sqlalchemy import text
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Router
from tests.support.visitor import Visitor

from sekisho.api.app import create_api
from sekisho.api.responses import JsonResponse
from sekisho.db.database import Database
from sekisho.http.context import context
from sekisho.http.gate import Gate
from sekisho.http.rate_limits import CountsInProcess, RateLimits
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import DatabaseUnavailable, EntityNotFound
from sekisho.services import Runtime
from sekisho.users.models import NewUser


def _page(*_about: object) -> Response:
    return PlainTextResponse("unavailable")


@pytest.fixture
async def broken(runtime: Runtime, clock: ManualClock) -> AsyncIterator[Visitor]:
    """An API with handlers that write, and then fail in several ways."""
    api = create_api()

    @api.get("/fails/{how}")
    async def fail(how: str, request: Request) -> Response:
        await context(request).services.users.create(NewUser(username="written"))
        match how:
            case "error":
                raise RuntimeError("a secret")
            case "outage":
                raise DatabaseUnavailable
            case "refusal":
                raise EntityNotFound
            case "waits":
                await anyio.sleep_forever()
        return JsonResponse({})

    gate = Gate(
        Router(routes=[Mount("/api", app=api)]),
        runtime=runtime,
        rate_limits=RateLimits(counts=CountsInProcess(clock=clock), per_address=0, per_account=0),
        render_misdirected=_page,
        render_unavailable=_page,
    )
    async with Visitor(gate, clock=clock) as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("how", "status", "count"), [("not", 200, 1), ("error", 500, 0), ("outage", 503, 0), ("refusal", 404, 0)]
)
async def test_only_a_success_is_kept(broken: Visitor, database: Database, how: str, status: int, count: int) -> None:
    response = await broken.get(f"/api/fails/{how}")
    assert response.status_code == status
    assert "a secret" not in response.text
    assert ("retry-after" in response.headers) is (status == 503)
    async with database.unit_of_work() as uow:
        users = await uow.execute(text("SELECT count(*) FROM users WHERE username = 'written'"), reads=True)
        assert users.scalar_one() == count


async def test_a_caller_who_hangs_up_leaves_nothing_open(broken: Visitor, database: Database) -> None:
    with anyio.move_on_after(0.5):
        await broken.get("/api/fails/waits")
    async with asyncio.timeout(5), database.unit_of_work() as uow:
        await uow.execute(text("DELETE FROM users"))
        assert (await uow.execute(text("SELECT count(*) FROM users"), reads=True)).scalar_one() == 0
    assert (await broken.get("/api/fails/not")).status_code == 200
