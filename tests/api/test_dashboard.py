"""`/api/dashboard`: figures are counted by the day, while tokens are issued."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.api.conftest import Mint, on_sqlite
from tests.support.visitor import ORIGIN, Visitor

from sekisho.dashboard.tables import DailyTokenUsageTable
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import TenantId, UserId
from sekisho.services import Runtime
from sekisho.tenants.urls import urls_of


async def issue(runtime: Runtime, *users: str | None) -> None:
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        usage = runtime.services(urls=urls, uow=uow).usage
        for user in users:
            usage.token_issued(None if user is None else UserId(user))


async def test_new_users_are_compared_with_the_time_before(visitor: Visitor, mint: Mint, clock: ManualClock) -> None:
    async def get(path: str) -> Any:
        visitor.headers["authorization"] = f"Bearer {await mint()}"
        return (await visitor.get(f"/api/dashboard/users/{path}")).json()

    async def make(*names: str) -> None:
        visitor.headers["authorization"] = f"Bearer {await mint()}"
        for name in names:
            assert (await visitor.post("/api/users", json={"username": name})).status_code == 200

    await make("a")
    clock.advance(timedelta(days=8))
    await make("b", "c")
    clock.advance(timedelta(days=1))
    await make("d")

    assert await get("total") == {"totalUserCount": 4}
    assert await get("new") == {"today": {"count": 1, "delta": -1}, "last7Days": {"count": 3, "delta": 2}}


async def test_active_users_are_counted_once_a_day(
    visitor: Visitor, mint: Mint, runtime: Runtime, clock: ManualClock
) -> None:
    await issue(runtime, "u1", "u1", "u2", None)
    clock.advance(timedelta(days=40))
    await issue(runtime, "u1")
    clock.advance(timedelta(days=1))
    await issue(runtime, "u1", "u2", "u3", "u3")
    await issue(runtime, "u3")
    today = clock.now().date()
    visitor.headers["authorization"] = f"Bearer {await mint()}"

    found = (await visitor.get("/api/dashboard/users/active")).json()

    curve = found.pop("dauCurve")
    assert found == {
        "dau": {"count": 3, "delta": 2},
        "wau": {"count": 3, "delta": 3},
        "mau": {"count": 3, "delta": 1},
    }
    assert len(curve) == 30
    assert curve[-2:] == [
        {"date": (today - timedelta(days=1)).isoformat(), "count": 1},
        {"date": today.isoformat(), "count": 3},
    ]
    yesterday = (today - timedelta(days=1)).isoformat()
    then = (await visitor.get(f"/api/dashboard/users/active?date={yesterday}")).json()
    assert (then["dauCurve"][-1], then["dau"]) == ({"date": yesterday, "count": 1}, {"count": 1, "delta": 1})


async def test_tokens_of_people_and_of_machines_are_counted(runtime: Runtime) -> None:
    await issue(runtime, "u1", None, None)
    await issue(runtime, "u1")

    async with runtime.database.unit_of_work() as uow:
        counted = select(DailyTokenUsageTable.user_tokens, DailyTokenUsageTable.machine_tokens)
        assert [tuple(row) for row in await uow.execute(counted)] == [(2, 2)]


@on_sqlite
@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "0001-01-01", "2026-1-1"])
async def test_what_is_no_day_is_refused(management: Visitor, date: str) -> None:
    refused = await management.get(f"/api/dashboard/users/active?date={date}")
    assert (refused.status_code, refused.json()["code"]) == (400, "guard.invalid_input")
