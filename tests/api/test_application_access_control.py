"""`/api/applications/{applicationId}/access-control`: the rules, and when access control can be switched on."""

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory, MadeApplication
from tests.support.visitor import Visitor

from sekisho.roles.models import RoleType

EMPTY: dict[str, list[Any]] = {"userIds": [], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": []}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def application(make: Factory) -> MadeApplication:
    return await make.spa()


@pytest.fixture
def path(application: MadeApplication) -> str:
    return f"/api/applications/{application.id}"


async def test_rules_are_replaced_whole_and_kept_once(management: Visitor, make: Factory, path: str) -> None:
    users = sorted([(await make.user()).id for _ in range(2)])
    role = await make.role()
    assert (await management.get(f"{path}/access-control")).json() == EMPTY

    body = {**EMPTY, "userIds": [users[0], users[1], users[0]], "userRoleIds": [role, role]}
    replaced = await management.put(f"{path}/access-control", json=body)
    assert (replaced.status_code, replaced.json()) == (200, {**EMPTY, "userIds": users, "userRoleIds": [role]})
    assert (await management.get(f"{path}/access-control")).json() == replaced.json()

    replaced = await management.put(f"{path}/access-control", json={**EMPTY, "userIds": users[:1]})
    assert (await management.get(f"{path}/access-control")).json() == {**EMPTY, "userIds": users[:1]}


async def test_rules_go_with_the_user_and_the_role_they_name(management: Visitor, make: Factory, path: str) -> None:
    user, role = await make.user(), await make.role()
    await management.put(f"{path}/access-control", json={**EMPTY, "userIds": [user.id], "userRoleIds": [role]})

    await management.delete(f"/api/users/{user.id}")
    await management.delete(f"/api/roles/{role}")

    assert (await management.get(f"{path}/access-control")).json() == EMPTY


async def test_access_control_is_on_only_with_a_rule(management: Visitor, make: Factory, path: str) -> None:
    on, off = {"appLevelAccessControlEnabled": True}, {"appLevelAccessControlEnabled": False}
    rule = {**EMPTY, "userRoleIds": [await make.role()]}

    assert refusal(await management.patch(path, json=on)) == (422, "request.invalid_input")
    assert (await management.put(f"{path}/access-control", json=rule)).status_code == 200
    assert (await management.patch(path, json=on)).json()["appLevelAccessControlEnabled"] is True
    assert (await management.patch(path, json={**on, "name": "x"})).status_code == 200
    assert refusal(await management.put(f"{path}/access-control", json=EMPTY)) == (422, "request.invalid_input")
    assert (await management.get(f"{path}/access-control")).json() == rule

    assert (await management.patch(path, json=off)).json()["appLevelAccessControlEnabled"] is False
    assert (await management.put(f"{path}/access-control", json=EMPTY)).json() == EMPTY


IMPOSSIBLE_RULES: Sequence[tuple[dict[str, Any], int, str]] = (
    ({}, 400, "guard.invalid_input"),
    ({**EMPTY, "userIds": None}, 400, "guard.invalid_input"),
    ({name: [] for name in EMPTY if name != "organizationRoleRules"}, 400, "guard.invalid_input"),
    (
        {**EMPTY, "organizationRoleRules": [{"organizationId": "o", "organizationRoleIds": []}]},
        400,
        "guard.invalid_input",
    ),
    ({**EMPTY, "userIds": ["{user}", "nobody"]}, 404, "entity.relation_foreign_key_not_found"),
    ({**EMPTY, "userIds": ["x" * 13]}, 404, "entity.relation_foreign_key_not_found"),
    ({**EMPTY, "userRoleIds": ["nothing"]}, 404, "entity.relation_foreign_key_not_found"),
    ({**EMPTY, "userRoleIds": ["x" * 22]}, 404, "entity.relation_foreign_key_not_found"),
    ({**EMPTY, "userRoleIds": ["{robot}"]}, 422, "entity.db_constraint_violated"),
    ({**EMPTY, "organizationIds": ["nothing"]}, 404, "entity.relation_foreign_key_not_found"),
    (
        {**EMPTY, "organizationRoleRules": [{"organizationId": "o", "organizationRoleIds": ["r"]}]},
        404,
        "entity.relation_foreign_key_not_found",
    ),
    ({**EMPTY, "userIds": [str(number) for number in range(1001)]}, 422, "request.invalid_input"),
    ({**EMPTY, "userRoleIds": ["same"] * 2001}, 422, "request.invalid_input"),
)


async def test_rules_that_cannot_be_are_refused_whole(management: Visitor, make: Factory, path: str) -> None:
    user, robot = await make.user(), await make.role(type_=RoleType.MACHINE_TO_MACHINE)
    before = {**EMPTY, "userIds": [user.id]}
    await management.put(f"{path}/access-control", json=before)
    known = {"{user}": user.id, "{robot}": robot}
    for body, status, code in IMPOSSIBLE_RULES:
        sent = {
            k: [known.get(each, each) if isinstance(each, str) else each for each in v or ()] for k, v in body.items()
        }
        if body.get("userIds", ()) is None:
            sent["userIds"] = None  # type: ignore[assignment]

        assert refusal(await management.put(f"{path}/access-control", json=sent)) == (status, code), body

        assert (await management.get(f"{path}/access-control")).json() == before, body


@on_sqlite
async def test_rules_of_one_organization_are_merged_before_they_are_counted(management: Visitor, path: str) -> None:
    rules = [{"organizationId": "o", "organizationRoleIds": ["a", "b"]} for _ in range(1001)]

    answer = await management.put(f"{path}/access-control", json={**EMPTY, "organizationRoleRules": rules})
    assert refusal(answer) == (422, "request.invalid_input")

    answer = await management.put(f"{path}/access-control", json={**EMPTY, "organizationRoleRules": rules[:900]})
    assert refusal(answer) == (404, "entity.relation_foreign_key_not_found")


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_the_application_of_another_tenant_is_unknown(management: Visitor, make: Factory, method: str) -> None:
    foreign = await make.in_tenant("admin").spa()
    for id_ in (foreign.id, "nothing"):
        answer = await management.request(method, f"/api/applications/{id_}/access-control", json=EMPTY)
        assert refusal(answer) == (404, "entity.not_exists_with_id")


async def test_users_and_roles_of_another_tenant_are_unknown(management: Visitor, make: Factory, path: str) -> None:
    elsewhere = make.in_tenant("admin")
    user, role = await elsewhere.user(), await elsewhere.role()

    for body in ({**EMPTY, "userIds": [user.id]}, {**EMPTY, "userRoleIds": [role]}):
        answer = await management.put(f"{path}/access-control", json=body)
        assert refusal(answer) == (404, "entity.relation_foreign_key_not_found")
