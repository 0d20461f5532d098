"""What a review found in the gate, the database and the Console, and what must not come back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text
from tests.api.conftest import on_sqlite
from tests.hosted.conftest import CHALLENGE, REDIRECT_URI, House, Person
from tests.support.databases import settings_for
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.app import Application, create_app
from sekisho.db.errors import StatementFailed
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.errors import DatabaseUnavailable
from sekisho.kernel.ids import RandomIds
from sekisho.services import Runtime

Started = Callable[..., AbstractAsyncContextManager[Application]]


@pytest.fixture
def started(db_url: str, clock: ManualClock) -> Started:
    """Return what runs an application with settings of the test's own."""

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[Application]:
        app = create_app(settings_for(db_url, **settings), clock=clock, ids=RandomIds())
        await app.start()
        try:
            yield app
        finally:
            await app.stop()

    return run


async def call(
    app: Application,
    path: str,
    *,
    method: str = "GET",
    host: bytes = b"localhost:3001",
    headers: Any = (),
    receive: Any,
) -> int:
    """Send a request whose parts no client library would send, and return the status."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", host), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 3001),
        "root_path": "",
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])


async def nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def test_bodies_that_never_come_leave_the_database_to_others(started: Started, clock: ManualClock) -> None:
    hang_up = asyncio.Event()

    async def slow() -> dict[str, Any]:
        await hang_up.wait()
        return {"type": "http.disconnect"}

    async with started(database_pool_size=3) as app, Visitor(app, clock=clock) as visitor:
        person = Person(visitor=visitor, client_id=await House(app.runtime).application())
        await person.arrive()
        headers = [
            (b"cookie", visitor.jar.header(f"{ORIGIN}/sign-in").encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ]
        slow_ones = [
            asyncio.create_task(call(app, "/sign-in", method="POST", headers=headers, receive=slow)) for _ in range(3)
        ]
        await asyncio.sleep(0.3)
        try:
            assert (await visitor.get("/sign-in")).status_code == 200
        finally:
            hang_up.set()
            await asyncio.gather(*slow_ones, return_exceptions=True)


async def test_an_exhausted_pool_is_an_outage(started: Started) -> None:
    async with started(database_pool_size=1) as app, app.runtime.database.unit_of_work() as uow:
        await uow.execute(text("SELECT 1"), reads=True)
        assert await call(app, "/health/ready", receive=nothing) == 503


@on_sqlite
async def test_the_admin_port_is_not_opened_by_a_host_header(started: Started, clock: ManualClock) -> None:
    async with started(admin_port=3002) as app, Visitor(app, clock=clock) as visitor:
        assert (await visitor.get("/console", headers={"host": "127.0.0.1:3002"})).status_code == 404
        led_there = await visitor.get("/console")
        assert led_there.headers["location"] == "http://localhost:3002/console"


@on_sqlite
async def test_the_console_stands_at_the_admin_port_beside_an_endpoint(started: Started, clock: ManualClock) -> None:
    origin = "https://auth.example.com:3002"
    async with (
        started(endpoint="https://auth.example.com", admin_port=3002) as app,
        Visitor(app, clock=clock, origin=origin) as visitor,
    ):
        assert (await visitor.get("/console")).status_code == 200


async def test_database_errors_carry_no_values_into_the_log(runtime: Runtime) -> None:
    statement = text("SELECT 1 FROM nowhere WHERE a = :a")
    with pytest.raises((DatabaseUnavailable, StatementFailed)) as caught:
        async with runtime.database.unit_of_work() as uow:
            await uow.execute(statement, {"a": "a-secret"}, reads=True)
    assert "a-secret" not in f"{caught.value!r} {caught.value} {caught.value.__cause__}"


@on_sqlite
async def test_a_host_that_is_no_address_is_a_bad_request(app: Application) -> None:
    for host in (b"[1:2]", b"[1.2.3.4]", b"localhost:99999", b"x" * 300 + b".localhost"):
        assert await call(app, "/oidc/jwks", host=host, receive=nothing) == 400, host


@on_sqlite
async def test_the_longest_host_there_can_be_breaks_nothing(
    make: Factory, app: Application, clock: ManualClock
) -> None:
    made = await make.spa(redirect_uris=[REDIRECT_URI])
    query = {
        "client_id": made.id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    host = ".".join(["x" * 60] * 4)[:243] + ".localhost"
    async with Visitor(app, clock=clock) as visitor:
        answer = await visitor.get(f"/oidc/auth?{urlencode(query)}", headers={"host": host})
    assert answer.status_code == 303
