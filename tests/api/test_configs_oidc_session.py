"""`/api/configs/oidc/session` (management-api.md §14)."""

from datetime import timedelta

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.services import Services

PATH = "/api/configs/oidc/session"
FORTNIGHT = {"ttl": 1_209_600}


async def test_a_session_lasts_a_fortnight_until_somebody_decides(management: Visitor) -> None:
    assert (await management.get(PATH)).json() == FORTNIGHT
    assert (await management.patch(PATH, json={})).json() == FORTNIGHT
    changed = await management.patch(PATH, json={"ttl": 60})
    assert (changed.status_code, changed.json()) == (200, {"ttl": 60})
    assert (await management.patch(PATH, json={})).json() == (await management.get(PATH)).json() == {"ttl": 60}


async def test_sessions_last_as_long_as_was_decided(management: Visitor, services: Services) -> None:
    await management.patch(PATH, json={"ttl": 31_536_000})
    assert await services.sessions.lifetime() == timedelta(days=365)


@on_sqlite
async def test_what_is_no_lifetime_is_refused(management: Visitor) -> None:
    for ttl in (0, -1, 31_536_001, 1.5, "60", None, True):
        refused = await management.patch(PATH, json={"ttl": ttl})
        assert (refused.status_code, refused.json()["code"]) == (400, "guard.invalid_input"), ttl
        assert (await management.get(PATH)).json() == FORTNIGHT, ttl


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    assert (await visitor.get(PATH)).status_code == 401
    assert (await visitor.patch(PATH, json={"ttl": 60})).status_code == 401
