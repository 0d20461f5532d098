"""`/api/roles`: what roles give, and what cannot be. Who holds them: `test_role_holders.py`."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory, MadeApi, MadeApplication, MadeUser
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.roles.models import RoleId, RoleType

MACHINE = RoleType.MACHINE_TO_MACHINE
CLERK = {"name": "Clerk", "description": "Handles orders."}
MANAGEMENT_SCOPE = "management-api-all"
MANAGEMENT_ROLE = "Logto Management API access"


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def names(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def ids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


@pytest.fixture
async def api(make: Factory, clock: ManualClock) -> MadeApi:
    made = await make.api(indicator="https://api.example.com", scopes=("read", "write"))
    clock.advance(timedelta(seconds=1))
    return made


@pytest.fixture
async def clerk(make: Factory) -> RoleId:
    return await make.role(name="Clerk")


@pytest.fixture
async def robot(make: Factory) -> RoleId:
    return await make.role(name="Robot", type_=MACHINE)


@pytest.fixture
async def user(make: Factory) -> MadeUser:
    return await make.user()


@pytest.fixture
async def machine(make: Factory) -> MadeApplication:
    return await make.machine()


async def test_a_role_is_made_changed_and_deleted(management: Visitor, api: MadeApi) -> None:
    made = await management.post("/api/roles", json={**CLERK, "scopeIds": [api.scopes["read"]] * 2})
    role = made.json()
    assert made.status_code == 200
    assert role == {"tenantId": "default", "id": role["id"], **CLERK, "type": "User", "isDefault": False}
    path = f"/api/roles/{role['id']}"
    assert (await management.get(path)).json() == role
    assert ids(await management.get(f"{path}/scopes")) == [api.scopes["read"]]

    changed = await management.patch(path, json={"name": "Seller", "isDefault": True, "type": "MachineToMachine"})
    assert changed.json() == {**role, "name": "Seller", "isDefault": True}

    assert (await management.delete(path)).status_code == 204
    assert refusal(await management.get(path)) == (404, "entity.not_exists_with_id")
    assert refusal(await management.delete(path)) == (404, "entity.not_exists_with_id")


async def test_roles_are_listed_by_name_with_some_of_their_holders(management: Visitor, make: Factory) -> None:
    users = [await make.user(name=f"User {number}", roles=()) for number in range(4)]
    clerk = await make.role(name="Clerk")
    await management.post(f"/api/roles/{clerk}/users", json={"userIds": [user.id for user in users]})
    robot = await make.machine(name="Robot", may_manage=True)

    answer = await management.get("/api/roles")

    clerks, managers = answer.json()
    assert (clerks["usersCount"], clerks["applicationsCount"], clerks["featuredApplications"]) == (4, 0, [])
    assert [user["id"] for user in clerks["featuredUsers"]] == sorted(user.id for user in users)[:3]
    assert {user["name"] for user in clerks["featuredUsers"]} < {f"User {number}" for number in range(4)}
    assert clerks["featuredUsers"][0].keys() == {"id", "avatar", "name"}
    assert (managers["name"], managers["usersCount"], managers["featuredUsers"]) == (MANAGEMENT_ROLE, 0, [])
    assert managers["featuredApplications"] == [{"id": robot.id, "name": "Robot", "type": "MachineToMachine"}]
    assert (managers["applicationsCount"], answer.headers["total-number"]) == (1, "2")


async def test_roles_are_searched_filtered_and_paged(
    management: Visitor, make: Factory, user: MadeUser, machine: MadeApplication
) -> None:
    for name, type_ in (("Alpha", RoleType.USER), ("Beta", MACHINE), ("Gamma", RoleType.USER)):
        await make.role(name=name, type_=type_)
    async with make.services() as services:
        await services.roles.assign(user.id, ["Alpha"])
        await services.roles.assign_to_application(machine.id, ["Beta"])

    for query, found, total in (
        ("", ["Alpha", "Beta", "Gamma", MANAGEMENT_ROLE], "4"),
        ("?type=User", ["Alpha", "Gamma"], "2"),
        ("?type=MachineToMachine&search.name=B%25", ["Beta"], "1"),
        ("?search=%25internal%25", [], "0"),
        (f"?excludeUserId={user.id}", ["Beta", "Gamma", MANAGEMENT_ROLE], "3"),
        (f"?excludeUserId={user.id}&type=User", ["Gamma"], "1"),
        (f"?excludeApplicationId={machine.id}", ["Alpha", "Gamma", MANAGEMENT_ROLE], "3"),
        ("?excludeUserId=", ["Alpha", "Beta", "Gamma", MANAGEMENT_ROLE], "4"),
        ("?page=2&page_size=3", [MANAGEMENT_ROLE], "4"),
        ("?page=9", [], "4"),
    ):
        answer = await management.get(f"/api/roles{query}")
        assert (names(answer), answer.headers["total-number"]) == (found, total), query


IMPOSSIBLE_ROLES: Sequence[tuple[dict[str, Any], int, str]] = (
    ({"name": "x"}, 400, "guard.invalid_input"),
    ({"name": "", "description": "x"}, 400, "guard.invalid_input"),
    ({"name": "x", "description": ""}, 400, "guard.invalid_input"),
    ({"name": "x" * 129, "description": "x"}, 400, "guard.invalid_input"),
    ({"name": "x", "description": "x" * 129}, 400, "guard.invalid_input"),
    ({**CLERK, "name": "x", "type": "Admin"}, 400, "guard.invalid_input"),
    ({**CLERK, "name": "x", "isDefault": 1}, 400, "guard.invalid_input"),
    ({**CLERK, "name": "x", "scopeIds": "read"}, 400, "guard.invalid_input"),
    (CLERK, 422, "role.name_in_use"),
    ({**CLERK, "name": "x", "scopeIds": ["nope"]}, 404, "entity.not_exists_with_id"),
    (
        {**CLERK, "name": "x", "scopeIds": [MANAGEMENT_SCOPE]},
        400,
        "role.management_api_scopes_not_assignable_to_user_role",
    ),
    ({**CLERK, "name": "#internal:x"}, 403, "role.internal_role_violation"),
)


async def test_a_role_that_cannot_be_is_refused(management: Visitor, clerk: RoleId) -> None:
    assert clerk
    for body, status, code in IMPOSSIBLE_ROLES:
        assert refusal(await management.post("/api/roles", json=body)) == (status, code), body
        assert names(await management.get("/api/roles")) == ["Clerk", MANAGEMENT_ROLE], body


IMPOSSIBLE_CHANGES: Sequence[tuple[str, str, Any, int, str]] = (
    ("PATCH", "", {}, 422, "entity.invalid_input"),
    ("PATCH", "", {"name": None}, 400, "guard.invalid_input"),
    ("PATCH", "", {"name": MANAGEMENT_ROLE}, 422, "role.name_in_use"),
    ("PATCH", "", {"name": "#internal:admin"}, 403, "role.internal_role_violation"),
    ("POST", "/users", {"userIds": []}, 400, "guard.invalid_input"),
    ("POST", "/users", {"userIds": [""]}, 400, "guard.invalid_input"),
    ("POST", "/users", {}, 400, "guard.invalid_input"),
    ("POST", "/users", {"userIds": ["nobody"]}, 404, "entity.not_found"),
    ("POST", "/applications", {"applicationIds": []}, 400, "guard.invalid_input"),
    ("POST", "/applications", {"applicationIds": ["nothing"]}, 404, "entity.not_exists_with_id"),
    ("POST", "/applications", {"applicationIds": ["{machine}"]}, 422, "entity.db_constraint_violated"),
    ("POST", "/scopes", {"scopeIds": []}, 400, "guard.invalid_input"),
    ("POST", "/scopes", {"scopeIds": ["nope"]}, 404, "entity.not_exists_with_id"),
    (
        "POST",
        "/scopes",
        {"scopeIds": [MANAGEMENT_SCOPE]},
        400,
        "role.management_api_scopes_not_assignable_to_user_role",
    ),
    ("DELETE", "/users/nobody", None, 404, "entity.not_found"),
    ("DELETE", "/applications/nothing", None, 404, "entity.not_found"),
    ("DELETE", "/scopes/nope", None, 404, "entity.not_found"),
    ("GET", "/users?page_size=101", None, 400, "guard.invalid_pagination"),
    ("GET", "/users?search.password=x", None, 400, "request.invalid_input"),
    ("GET", "/applications?search.secret=x", None, 400, "request.invalid_input"),
    ("GET", "/scopes?search.nope=x", None, 400, "request.invalid_input"),
)


async def test_a_change_of_a_role_that_cannot_be_is_refused(
    management: Visitor,
    clerk: RoleId,
    machine: MadeApplication,
) -> None:
    for method, path, body, status, code in IMPOSSIBLE_CHANGES:
        sent = {"applicationIds": [machine.id]} if body == {"applicationIds": ["{machine}"]} else body

        answer = await management.request(method, f"/api/roles/{clerk}{path}", json=sent)

        assert refusal(answer) == (status, code), (method, path, body)
        for noun in ("users", "applications", "scopes"):
            assert ids(await management.get(f"/api/roles/{clerk}/{noun}")) == [], (method, path, body)


@on_sqlite
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"description": "x"}),
        ("DELETE", "", None),
        ("POST", "/scopes", {"scopeIds": [MANAGEMENT_SCOPE]}),
        ("DELETE", f"/scopes/{MANAGEMENT_SCOPE}", None),
    ],
)
async def test_a_role_of_the_product_itself_stays_as_it_is(
    management: Visitor, method: str, path: str, body: Any
) -> None:
    answer = await management.request(method, f"/api/roles/admin-role{path}", json=body)

    assert refusal(answer) == (403, "role.internal_role_violation")
    assert ids(await management.get("/api/roles/admin-role/scopes")) == [MANAGEMENT_SCOPE]


OPERATIONS: Sequence[tuple[str, str, Any]] = (
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("GET", "/users", None),
    ("POST", "/users", {"userIds": ["{user}"]}),
    ("GET", "/applications", None),
    ("POST", "/applications", {"applicationIds": ["{machine}"]}),
    ("GET", "/scopes", None),
    ("POST", "/scopes", {"scopeIds": ["{scope}"]}),
)


@on_sqlite
async def test_the_role_of_another_tenant_is_unknown(
    management: Visitor,
    admin_management: Visitor,
    make: Factory,
    user: MadeUser,
    machine: MadeApplication,
    api: MadeApi,
) -> None:
    foreign = await make.in_tenant("admin").role(name="Foreign")
    own = {"{user}": user.id, "{machine}": machine.id, "{scope}": api.scopes["read"]}
    for method, path, body in OPERATIONS:
        sent = {k: [own[each] for each in v] if isinstance(v, list) else v for k, v in body.items()} if body else None

        answer = await management.request(method, f"/api/roles/{foreign}{path}", json=sent)

        assert refusal(answer) == (404, "entity.not_exists_with_id"), (method, path)
        assert (await admin_management.get(f"/t/admin/api/roles/{foreign}")).json()["name"] == "Foreign", (method, path)


async def test_what_belongs_to_another_tenant_is_unknown_to_a_role(
    management: Visitor, make: Factory, clerk: RoleId, robot: RoleId
) -> None:
    elsewhere = make.in_tenant("admin")
    somebody, machine, api = await elsewhere.user(), await elsewhere.machine(), await elsewhere.api(scopes=("read",))
    foreign = await elsewhere.role(name="Foreign")

    for path, body, code in (
        (f"/roles/{clerk}/users", {"userIds": [somebody.id]}, "entity.not_found"),
        (f"/roles/{robot}/applications", {"applicationIds": [machine.id]}, "entity.not_exists_with_id"),
        (f"/roles/{clerk}/scopes", {"scopeIds": [api.scopes["read"]]}, "entity.not_exists_with_id"),
        (f"/users/{somebody.id}/roles", {"roleIds": [clerk]}, "entity.not_found"),
        (f"/applications/{machine.id}/roles", {"roleIds": [robot]}, "entity.not_exists_with_id"),
        (f"/users/{(await make.user()).id}/roles", {"roleIds": [foreign]}, "entity.not_exists_with_id"),
        (f"/applications/{(await make.machine()).id}/roles", {"roleIds": [foreign]}, "entity.not_exists_with_id"),
    ):
        assert refusal(await management.post(f"/api{path}", json=body)) == (404, code), path
    for query in (f"excludeUserId={somebody.id}", f"excludeApplicationId={machine.id}"):
        assert foreign not in ids(await management.get(f"/api/roles?{query}"))


async def test_a_role_gives_scopes_with_their_api(management: Visitor, clerk: RoleId, api: MadeApi) -> None:
    path = f"/api/roles/{clerk}/scopes"
    read, write = api.scopes["read"], api.scopes["write"]

    added = await management.post(path, json={"scopeIds": [write]})
    assert (added.status_code, [scope["id"] for scope in added.json()]) == (201, [write])
    assert "resource" not in added.json()[0]
    added = await management.post(path, json={"scopeIds": [read, read]})
    assert {scope["id"] for scope in added.json()} == {read, write}
    assert refusal(await management.post(path, json={"scopeIds": [read]})) == (422, "role.scope_exists")

    everything = await management.get(path)
    assert "total-number" not in everything.headers
    (row,) = [row for row in everything.json() if row["id"] == read]
    assert row["resource"] == {
        "tenantId": "default",
        "id": api.id,
        "name": api.indicator,
        "indicator": api.indicator,
        "isDefault": False,
        "accessTokenTtl": 3600,
    }
    page = await management.get(f"{path}?page=2&page_size=1")
    assert (len(page.json()), page.headers["total-number"]) == (1, "2")
    found = await management.get(f"{path}?search.name=wri%25&page=1")
    assert (ids(found), found.headers["total-number"]) == ([write], "1")

    assert (await management.delete(f"{path}/{read}")).status_code == 204
    assert refusal(await management.delete(f"{path}/{read}")) == (404, "entity.not_found")
    assert ids(await management.get(path)) == [write]


async def test_the_scopes_of_a_deleted_api_leave_the_roles(management: Visitor, make: Factory, api: MadeApi) -> None:
    role = await make.role(scopes=api.scopes.values())

    await management.delete(f"/api/resources/{api.id}/scopes/{api.scopes['read']}")
    assert ids(await management.get(f"/api/roles/{role}/scopes")) == [api.scopes["write"]]

    await management.delete(f"/api/resources/{api.id}")
    assert ids(await management.get(f"/api/roles/{role}/scopes")) == []
