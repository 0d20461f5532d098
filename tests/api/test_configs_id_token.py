"""`/api/configs/id-token` (management-api.md §14, oidc.md §19.1)."""

from typing import Any

import pytest
from sqlalchemy import delete
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.services import Services
from sekisho.tenants.tables import ConfigTable

PATH = "/api/configs/id-token"
SEEDED = {"enabledExtendedClaims": ["roles", "organizations", "organization_roles"]}
ALL = [
    "custom_data",
    "identities",
    "sso_identities",
    "roles",
    "organizations",
    "organization_data",
    "organization_roles",
]


async def test_claims_are_as_seeded_until_they_are_chosen(management: Visitor) -> None:
    assert (await management.get(PATH)).json() == SEEDED
    for claims in (ALL, [], ["roles"]):
        chosen = await management.put(PATH, json={"enabledExtendedClaims": claims})
        assert (chosen.status_code, chosen.json()) == (200, {"enabledExtendedClaims": claims})
        assert (await management.get(PATH)).json() == chosen.json()


async def test_what_is_chosen_replaces_everything(management: Visitor) -> None:
    assert (await management.put(PATH, json={})).json() == {}
    assert (await management.get(PATH)).json() == {}


async def test_a_choice_nobody_ever_made_is_not_found(management: Visitor, services: Services) -> None:
    await services.uow.execute(delete(ConfigTable).where(ConfigTable.key == "idToken"))
    await services.cache.changed()
    await services.uow.commit()
    missing = await management.get(PATH)
    assert (missing.status_code, missing.json()["code"]) == (404, "entity.not_found")
    await management.put(PATH, json=SEEDED)
    assert (await management.get(PATH)).json() == SEEDED


@on_sqlite
@pytest.mark.parametrize("claims", [["email"], "roles", None, [None], {"roles": True}])
async def test_what_is_no_extended_claim_is_refused(management: Visitor, claims: Any) -> None:
    refused = await management.put(PATH, json={"enabledExtendedClaims": claims})
    assert (refused.status_code, refused.json()["code"]) == (400, "guard.invalid_input")
    assert (await management.get(PATH)).json() == SEEDED


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    assert (await visitor.get(PATH)).status_code == 401
    assert (await visitor.put(PATH, json=SEEDED)).status_code == 401
