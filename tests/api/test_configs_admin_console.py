"""What the Console remembers of a tenant (management-api.md §14)."""

from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.tenants.models import ConfigurationKey

PATH = "/api/configs/admin-console"
SEEDED = {"signInExperienceCustomized": False, "organizationCreated": False}


async def test_what_is_given_is_merged_into_what_was_remembered(management: Visitor, admin_management: Visitor) -> None:
    assert (await management.get(PATH)).json() == SEEDED
    told = {"developmentTenantMigrationNotification": {"isPaidTenant": True, "tag": "development", "readAt": 12}}
    changed = await management.patch(PATH, json={"signInExperienceCustomized": True, **told, "unknown": 1})
    assert (changed.status_code, changed.json()) == (200, {**SEEDED, "signInExperienceCustomized": True, **told})

    charged = {"checkedChargeNotification": {"token": True}}
    again = await management.patch(PATH, json=charged)
    assert again.json() == {**changed.json(), **charged}
    assert (await management.patch(PATH, json={})).json() == again.json()
    assert (await management.get(PATH)).json() == again.json()
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == SEEDED


@on_sqlite
@pytest.mark.parametrize(
    "body",
    [
        {"organizationCreated": "yes"},
        {"organizationCreated": None},
        {"developmentTenantMigrationNotification": {"isPaidTenant": True}},
        {"checkedChargeNotification": {"token": 1}},
    ],
)
async def test_what_is_no_memory_of_the_console_is_refused(management: Visitor, body: dict[str, Any]) -> None:
    answer = await management.patch(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")
    assert (await management.get(PATH)).json() == SEEDED


@on_sqlite
async def test_without_a_memory_there_is_nothing_to_change(management: Visitor, make: Factory) -> None:
    async with make.services() as services:
        await services.tenants.remove_configuration(ConfigurationKey.ADMIN_CONSOLE)
    for method in ("GET", "PATCH"):
        answer = await management.request(method, PATH, json={"organizationCreated": True})
        assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_found")


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method in ("GET", "PATCH"):
        assert (await visitor.request(method, PATH)).status_code == 401
