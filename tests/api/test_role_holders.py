"""Who holds roles, from both sides: the holders of a role and the roles of a holder; and what that does to tokens."""

from collections.abc import Sequence
from datetime import timedelta

import httpx2
import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory, MadeApi, MadeApplication, MadeUser
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.roles.models import RoleId, RoleType

MACHINE = RoleType.MACHINE_TO_MACHINE


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def names(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def ids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


@pytest.fixture
async def api(make: Factory) -> MadeApi:
    return await make.api(scopes=("read", "write"))


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


async def test_a_role_is_given_to_users_once_and_taken_once(
    management: Visitor, make: Factory, clerk: RoleId, clock: ManualClock
) -> None:
    path = f"/api/roles/{clerk}/users"
    first = await make.user(username="hana")
    clock.advance(timedelta(seconds=1))
    second = await make.user(username="taro")

    given = await management.post(path, json={"userIds": [first.id, second.id, first.id]})
    assert (given.status_code, given.text) == (201, "Created")
    listed = await management.get(path)
    assert (ids(listed), listed.headers["total-number"]) == ([second.id, first.id], "2")
    assert ids(await management.get(f"{path}?search.username=ha%25")) == [first.id]
    third = await make.user()
    again = await management.post(path, json={"userIds": [third.id, second.id]})
    assert refusal(again) == (422, "role.user_exists")
    assert second.id in again.json()["message"]
    assert third.id not in ids(await management.get(path))

    assert (await management.delete(f"{path}/{first.id}")).status_code == 204
    assert refusal(await management.delete(f"{path}/{first.id}")) == (404, "entity.not_found")
    assert ids(await management.get(path)) == [second.id]


async def test_a_role_of_machines_is_given_to_no_user(management: Visitor, robot: RoleId, user: MadeUser) -> None:
    answer = await management.post(f"/api/roles/{robot}/users", json={"userIds": [user.id]})

    assert refusal(answer) == (422, "entity.db_constraint_violated")
    assert ids(await management.get(f"/api/roles/{robot}/users")) == []


async def test_a_role_is_given_to_machines_once_and_taken_once(
    management: Visitor, make: Factory, robot: RoleId, machine: MadeApplication
) -> None:
    path = f"/api/roles/{robot}/applications"
    web = await make.traditional()

    given = await management.post(path, json={"applicationIds": [machine.id, web.id]})

    assert (given.status_code, given.text) == (201, "Created")
    listed = await management.get(path)
    assert (ids(listed), listed.headers["total-number"]) == ([machine.id], "1")
    again = await management.post(path, json={"applicationIds": [machine.id]})
    assert refusal(again) == (422, "role.application_exists")
    assert (await management.get("/api/roles?search=Robot")).json()[0]["applicationsCount"] == 1
    assert (await management.delete(f"{path}/{machine.id}")).status_code == 204
    assert refusal(await management.delete(f"{path}/{machine.id}")) == (404, "entity.not_found")
    assert ids(await management.get(path)) == []


@pytest.mark.parametrize("noun", ["users", "applications"])
async def test_a_holder_is_given_roles_which_are_replaced_and_taken(
    management: Visitor, make: Factory, user: MadeUser, machine: MadeApplication, noun: str
) -> None:
    type_ = RoleType.USER if noun == "users" else MACHINE
    one, two, three = [await make.role(name=name, type_=type_) for name in ("One", "Two", "Three")]
    path = f"/api/{noun}/{user.id if noun == 'users' else machine.id}/roles"

    given = await management.post(path, json={"roleIds": [one, two]})
    assert (given.status_code, given.json()) == (201, {"roleIds": [one, two], "addedRoleIds": [one, two]})
    given = await management.post(path, json={"roleIds": [two, three]})
    assert (given.status_code, given.json()) == (201, {"roleIds": [two, three], "addedRoleIds": [three]})
    listed = await management.get(path)
    assert (names(listed), listed.headers["total-number"]) == (["One", "Three", "Two"], "3")
    assert listed.json()[0].keys() == {"tenantId", "id", "name", "description", "type", "isDefault"}
    assert names(await management.get(f"{path}?search.name=T%25&page_size=1&page=2")) == ["Two"]

    replaced = await management.put(path, json={"roleIds": [one, one]})
    assert (replaced.status_code, replaced.json()) == (200, {"roleIds": [one, one]})
    assert names(await management.get(path)) == ["One"]

    assert (await management.delete(f"{path}/{one}")).status_code == 204
    assert refusal(await management.delete(f"{path}/{one}")) == (404, "entity.not_found")
    assert names(await management.get(path)) == []


REFUSALS: Sequence[tuple[str, str, str | None, int, str]] = (
    ("POST", "/users/{user}/roles", "robot", 422, "user.invalid_role_type"),
    ("PUT", "/users/{user}/roles", "robot", 422, "entity.db_constraint_violated"),
    ("POST", "/users/{user}/roles", "nope", 404, "entity.not_exists_with_id"),
    ("PUT", "/users/{user}/roles", "nope", 404, "entity.not_exists_with_id"),
    ("POST", "/users/nobody/roles", "clerk", 404, "entity.not_found"),
    ("PUT", "/users/nobody/roles", "clerk", 404, "entity.not_found"),
    ("GET", "/users/nobody/roles", None, 404, "entity.not_found"),
    ("DELETE", "/users/nobody/roles/clerk", None, 404, "entity.not_found"),
    ("POST", "/applications/{machine}/roles", "clerk", 422, "application.invalid_role_type"),
    ("PUT", "/applications/{machine}/roles", "clerk", 422, "application.invalid_role_type"),
    ("POST", "/applications/{machine}/roles", "nope", 404, "entity.not_exists_with_id"),
    ("GET", "/applications/{web}/roles", None, 422, "application.invalid_type"),
    ("POST", "/applications/{web}/roles", "robot", 422, "application.invalid_type"),
    ("PUT", "/applications/{web}/roles", "robot", 422, "application.invalid_type"),
    ("DELETE", "/applications/{web}/roles/robot", None, 422, "application.invalid_type"),
    ("GET", "/applications/demo-app/roles", None, 422, "application.invalid_type"),
    ("GET", "/applications/nothing/roles", None, 404, "entity.not_exists_with_id"),
    ("POST", "/applications/nothing/roles", "robot", 404, "entity.not_exists_with_id"),
)


@on_sqlite
async def test_roles_that_a_holder_cannot_have_are_refused(
    management: Visitor,
    make: Factory,
    user: MadeUser,
    machine: MadeApplication,
    clerk: RoleId,
    robot: RoleId,
) -> None:
    web = await make.spa()
    known = {"clerk": clerk, "robot": robot}
    for method, path, role, status, code in REFUSALS:
        url = path.format(user=user.id, machine=machine.id, web=web.id)
        body = None if role is None else {"roleIds": [known.get(role, role)]}

        answer = await management.request(method, f"/api{url}", json=body)

        assert refusal(answer) == (status, code), (method, path, role)
        for holder in (f"users/{user.id}", f"applications/{machine.id}"):
            assert names(await management.get(f"/api/{holder}/roles")) == [], (method, path, role)


async def test_what_the_product_gave_an_application_is_hidden_and_stays_when_its_roles_are_replaced(
    management: Visitor, machine: MadeApplication, robot: RoleId
) -> None:
    path = f"/api/applications/{machine.id}"
    await management.patch(path, json={"isAdmin": True})

    await management.put(f"{path}/roles", json={"roleIds": [robot]})

    assert names(await management.get(f"{path}/roles")) == ["Robot"]
    assert (await management.get(path)).json()["isAdmin"] is True
    assert all(not name.startswith("#") for name in names(await management.get("/api/roles")))


async def test_a_new_user_gets_the_default_roles_of_users(management: Visitor, clerk: RoleId, robot: RoleId) -> None:
    for role in (clerk, robot):
        await management.patch(f"/api/roles/{role}", json={"isDefault": True})

    made = (await management.post("/api/users", json={"username": "hana"})).json()

    assert ids(await management.get(f"/api/users/{made['id']}/roles")) == [clerk]


async def test_the_next_machine_token_knows_of_every_change(
    management: Visitor, visitor: Visitor, make: Factory, machine: MadeApplication, robot: RoleId, api: MadeApi
) -> None:
    async def scope_of_token() -> set[str]:
        form = {"grant_type": "client_credentials", "resource": api.indicator, "scope": "read write"}
        answer = await visitor.post("/oidc/token", data=form, auth=machine.credentials)
        return set(answer.json().get("scope", "").split())

    roles, scopes = f"/api/applications/{machine.id}/roles", f"/api/roles/{robot}/scopes"
    other = await make.role(type_=MACHINE, scopes=[api.scopes["write"]])
    assert await scope_of_token() == set()
    for method, path, body, expected in (
        ("POST", roles, {"roleIds": [robot]}, set()),
        ("POST", scopes, {"scopeIds": [api.scopes["read"]]}, {"read"}),
        ("PUT", roles, {"roleIds": [other]}, {"write"}),
        ("POST", f"/api/roles/{robot}/applications", {"applicationIds": [machine.id]}, {"read", "write"}),
        ("DELETE", f"{scopes}/{api.scopes['read']}", None, {"write"}),
        ("DELETE", f"{roles}/{other}", None, set()),
        ("POST", scopes, {"scopeIds": [api.scopes["read"]]}, {"read"}),
        ("DELETE", f"/api/roles/{robot}/applications/{machine.id}", None, set()),
        ("POST", roles, {"roleIds": [robot]}, {"read"}),
        ("DELETE", f"/api/roles/{robot}", None, set()),
    ):
        assert (await management.request(method, path, json=body)).is_success, (method, path)
        assert await scope_of_token() == expected, (method, path)
