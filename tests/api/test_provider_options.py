import asyncio
from collections.abc import Sequence
from typing import Any

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.oidc.options import DEFAULT_OPTIONS
from sekisho.services import Services

PATH = "/api/configs/oidc/provider"
NOTHING = {"authorizationServerMetadata": False, "dpop": "disabled", "acrValues": [], "signingAlgorithm": None}


async def test_everything_is_off_until_it_is_switched_on(management: Visitor, services: Services) -> None:
    assert (await management.get(PATH)).json() == NOTHING
    assert await services.provider_options.get() == DEFAULT_OPTIONS


async def test_a_change_keeps_what_it_does_not_name(management: Visitor) -> None:
    levels = [{"value": "urn:example:recent", "maxAge": 300}, {"value": "urn:example:any", "maxAge": None}]
    changed = await management.patch(PATH, json={"acrValues": levels})
    assert (changed.status_code, changed.json()) == (200, {**NOTHING, "acrValues": levels})
    again = await management.patch(PATH, json={"dpop": "enabled", "authorizationServerMetadata": True})
    whole = {**NOTHING, "acrValues": levels, "dpop": "enabled", "authorizationServerMetadata": True}
    assert again.json() == (await management.get(PATH)).json() == whole
    assert (await management.patch(PATH, json={})).json() == whole


async def test_changes_at_once_all_count(management: Visitor) -> None:
    bodies: list[dict[str, Any]] = [
        {"dpop": "required"},
        {"authorizationServerMetadata": True},
        {"acrValues": [{"value": "one"}]},
    ]
    await asyncio.gather(*(management.patch(PATH, json=body) for body in bodies))
    found = (await management.get(PATH)).json()
    assert found == {
        **NOTHING,
        "dpop": "required",
        "authorizationServerMetadata": True,
        "acrValues": [{"value": "one", "maxAge": None}],
    }


NOT_EXACTLY_RIGHT: Sequence[Any] = (
    {"dpop": "on"},
    {"dpop": None},
    {"dpop": True},
    {"authorizationServerMetadata": "true"},
    {"unknown": True},
    {"acrValues": None},
    {"acrValues": [{"maxAge": 300}]},
    {"acrValues": [{"value": ""}]},
    {"acrValues": [{"value": "two words"}]},
    {"acrValues": [{"value": "a", "maxAge": 59}]},
    {"acrValues": [{"value": "a", "maxAge": 300.5}]},
    {"acrValues": [{"value": "a", "maximumAge": 300}]},
    {"acrValues": [{"value": "a"}, {"value": "a", "maxAge": 60}]},
    {"acrValues": [{"value": f"level{n}"} for n in range(21)]},
)


@on_sqlite
async def test_a_body_that_is_not_exactly_right_changes_nothing(management: Visitor) -> None:
    for body in NOT_EXACTLY_RIGHT:
        refused = await management.patch(PATH, json=body)
        assert (refused.status_code, refused.json()["code"]) == (400, "guard.invalid_input"), str(body)[:80]
        assert (await management.get(PATH)).json() == NOTHING, str(body)[:80]


@on_sqlite
async def test_only_management_callers_may_look(visitor: Visitor) -> None:
    assert (await visitor.get(PATH)).status_code == 401
