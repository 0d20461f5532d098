from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.api.conftest import CALLER, on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.roles.models import RoleType
from sekisho.services import Services

EVERYTHING = {
    "username": "Taro_1",
    "primaryEmail": "Taro@Example.com",
    "primaryPhone": "8109012345678",
    "name": "太郎",
    "avatar": "https://example.com/taro.png",
    "customData": {"plan": "pro"},
    "profile": {"givenName": "太郎", "address": {"country": "JP"}},
}


async def create(management: Visitor, **body: Any) -> dict[str, Any]:
    response = await management.post("/api/users", json=body)
    assert response.status_code == 200, response.text
    created: dict[str, Any] = response.json()
    return created


async def test_a_user_is_shown_as_he_was_created(management: Visitor) -> None:
    created = await create(management, **EVERYTHING, password="secret", unknown="dropped")
    user_id = created["id"]
    assert len(user_id) == 12
    assert created == {
        **EVERYTHING,
        "id": user_id,
        "primaryPhone": "819012345678",
        "identities": {},
        "lastSignInAt": None,
        "createdAt": 1775034000000,
        "updatedAt": 1775034000000,
        "applicationId": None,
        "cimdClientId": None,
        "isSuspended": False,
        "hasPassword": True,
    }
    assert (await management.get(f"/api/users/{user_id}")).json() == created


async def test_a_user_needs_nothing(management: Visitor) -> None:
    created = await create(management)
    assert (created["username"], created["profile"], created["hasPassword"]) == (None, {}, False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "Taro_1"}, "user.username_already_in_use"),
        ({"primaryEmail": "taro@EXAMPLE.com"}, "user.email_already_in_use"),
        ({"primaryPhone": "819012345678"}, "user.phone_already_in_use"),
        ({"primaryPhone": "8109012345678"}, "user.phone_already_in_use"),
        ({"username": "Taro_1", "primaryEmail": "taro@example.com"}, "user.username_already_in_use"),
    ],
)
async def test_an_identifier_belongs_to_one_user(management: Visitor, body: dict[str, Any], code: str) -> None:
    taro = await create(management, **EVERYTHING)
    jiro = await create(management)
    assert (await management.patch(f"/api/users/{taro['id']}", json=body)).status_code == 200
    for response in (
        await management.post("/api/users", json=body),
        await management.post("/api/users", json={**body, "password": "secret"}),
        await management.patch(f"/api/users/{jiro['id']}", json=body),
    ):
        assert (response.status_code, response.json()["code"]) == (422, code)


async def test_usernames_differ_by_case_unless_the_tenant_says_otherwise(management: Visitor) -> None:
    await create(management, username="Taro")
    await create(management, username="taro")


WRONG_FORMS: Sequence[dict[str, Any]] = (
    {"username": "1taro"},
    {"username": "tarö"},
    {"username": "taro\n"},
    {"username": ""},
    {"primaryEmail": "taro"},
    {"primaryEmail": "ta ro@example.com"},
    {"primaryPhone": "+8190"},
    {"primaryPhone": "８１９０"},
    {"password": ""},
    {"password": "x" * 4097},
    {"avatar": "not a url"},
    {"avatar": 1},
    {"customData": []},
    {"profile": {"givenName": 1}},
    {"profile": {"address": "Tokyo"}},
    {"name": None},
    {"passwordDigest": "x" * 257, "passwordAlgorithm": "Argon2id"},
    {"passwordDigest": "x", "passwordAlgorithm": "ROT13"},
)


@on_sqlite
async def test_values_of_the_wrong_form_are_refused(management: Visitor) -> None:
    for body in WRONG_FORMS:
        response = await management.post("/api/users", json=body)
        assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input"), body


@on_sqlite
@pytest.mark.parametrize(
    "body", [{"name": "x" * 129}, {"username": "x" * 129}, {"avatar": f"https://a.b/{'x' * 2048}"}]
)
async def test_values_longer_than_their_column_are_refused(management: Visitor, body: dict[str, Any]) -> None:
    user = await create(management)
    for response in (
        await management.post("/api/users", json=body),
        await management.patch(f"/api/users/{user['id']}", json=body),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "entity.value_too_long")


async def test_new_users_get_the_default_roles(management: Visitor, services: Services) -> None:
    await services.roles.create(name="Member", description="Everybody.", type_=RoleType.USER, is_default=True)
    await services.roles.create(
        name="Robot", description="No human.", type_=RoleType.MACHINE_TO_MACHINE, is_default=True
    )
    await services.uow.commit()
    created = await create(management)
    assert await services.roles.role_names_of_user(UserId(created["id"])) == ["Member"]


async def test_new_users_of_the_admin_tenant_get_no_roles(admin_management: Visitor) -> None:
    response = await admin_management.post("/t/admin/api/users", json={"username": "boss"})
    assert response.status_code == 200


async def test_a_change_sets_clears_and_replaces(management: Visitor, clock: ManualClock) -> None:
    created = await create(management, **EVERYTHING)
    clock.advance(timedelta(seconds=1))
    change = {"name": "", "avatar": None, "primaryPhone": "", "customData": {"seat": 3}, "profile": {}}
    changed = (await management.patch(f"/api/users/{created['id']}", json=change)).json()
    expected = {"name": None, "avatar": None, "primaryPhone": None, "customData": {"seat": 3}, "profile": {}}
    assert changed == {**created, **expected, "updatedAt": created["updatedAt"] + 1000}
    assert (await create(management, primaryPhone="819012345678"))["primaryPhone"] == "819012345678"


async def test_the_last_identifier_may_be_cleared(management: Visitor) -> None:
    created = await create(management, username="taro")
    response = await management.patch(f"/api/users/{created['id']}", json={"username": None})
    assert (response.status_code, response.json()["username"]) == (200, None)


async def test_an_empty_change_is_refused(management: Visitor) -> None:
    created = await create(management)
    for body in ({}, {"unknown": 1}):
        response = await management.patch(f"/api/users/{created['id']}", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "entity.invalid_input")


async def test_custom_data_and_profile_are_merged_at_the_top_level(management: Visitor) -> None:
    path = f"/api/users/{(await create(management, **EVERYTHING))['id']}"
    merged = {"plan": "pro", "seat": {"row": 3}}
    assert (await management.patch(f"{path}/custom-data", json={"customData": {"seat": {"row": 3}}})).json() == merged
    assert (await management.get(f"{path}/custom-data")).json() == merged
    body = {"profile": {"address": {"region": "Kanto"}, "shoeSize": "27"}}
    profile = {"givenName": "太郎", "address": {"region": "Kanto"}}
    assert (await management.patch(f"{path}/profile", json=body)).json() == profile
    assert (await management.get(path)).json()["profile"] == profile


async def test_the_list_is_newest_first_in_pages(management: Visitor, clock: ManualClock) -> None:
    created = []
    for number in range(5):
        clock.advance(timedelta(milliseconds=1))
        created.append(await create(management, username=f"user{number}"))
    response = await management.get("/api/users?page=2&page_size=2&search=user%25")
    assert response.json() == [created[2], created[1]]
    assert response.headers["total-number"] == "5"
    assert response.headers.get_list("link") == [
        f'<http://localhost:3001/api/users?page={number}&page_size=2&search=user%25>; rel="{relation}"'
        for relation, number in (("first", 1), ("prev", 1), ("last", 3), ("next", 3))
    ]


async def test_users_of_the_same_moment_are_listed_once_each(management: Visitor) -> None:
    created = {(await create(management))["id"] for _ in range(7)}
    pages = [(await management.get(f"/api/users?page={number}&page_size=2")).json() for number in (1, 2, 3, 4)]
    assert sorted(user["id"] for page in pages for user in page) == sorted(created)


async def test_the_list_may_leave_out_the_holders_of_a_role(management: Visitor, services: Services) -> None:
    taro, jiro = [await create(management, username=name) for name in ("taro", "jiro")]
    role = await services.roles.create(name="Clerk", description="Files.", type_=RoleType.USER)
    await services.roles.assign(UserId(taro["id"]), ["Clerk"])
    await services.uow.commit()
    listed = (await management.get(f"/api/users?excludeRoleId={role.id}")).json()
    assert [user["id"] for user in listed] == [jiro["id"]]
    both = await management.get("/api/users?excludeRoleId=a&excludeOrganizationId=b")
    assert (both.status_code, both.json()["code"]) == (400, "request.invalid_input")


async def test_password_digests_are_shown_only_when_asked_for(management: Visitor) -> None:
    created = await create(management, password="secret")
    path = f"/api/users/{created['id']}"
    assert "passwordDigest" not in (await management.get(path)).json()
    shown = (await management.get(f"{path}?includePasswordHash=true&includeSsoIdentities=1")).json()
    assert shown["passwordDigest"].startswith("$argon2id$")
    assert (shown["passwordAlgorithm"], shown["ssoIdentities"]) == ("Argon2id", [])
    (listed,) = (await management.get("/api/users?includePasswordHash=yes")).json()
    assert listed["passwordDigest"] == shown["passwordDigest"]


async def test_a_suspended_user_is_marked(management: Visitor) -> None:
    path = f"/api/users/{(await create(management))['id']}"
    for is_suspended in (True, False):
        response = await management.patch(f"{path}/is-suspended", json={"isSuspended": is_suspended})
        assert (response.status_code, response.json()["isSuspended"]) == (200, is_suspended)


async def test_a_deleted_user_is_gone_and_his_name_is_free(management: Visitor) -> None:
    path = f"/api/users/{(await create(management, username='taro'))['id']}"
    response = await management.delete(path)
    assert (response.status_code, response.text) == (204, "")
    assert (await management.get(path)).status_code == 404
    await create(management, username="taro")


async def test_nobody_deletes_himself(management: Visitor) -> None:
    response = await management.delete(f"/api/users/{CALLER}")
    assert (response.status_code, response.json()["code"]) == (400, "user.cannot_delete_self")


OPERATIONS: Sequence[tuple[str, str, Any]] = (
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("GET", "/custom-data", None),
    ("PATCH", "/custom-data", {"customData": {}}),
    ("PATCH", "/profile", {"profile": {}}),
    ("PATCH", "/is-suspended", {"isSuspended": True}),
    ("PATCH", "/password", {"password": "x"}),
    ("POST", "/password/verify", {"password": "x"}),
    ("GET", "/has-password", None),
)


@on_sqlite
async def test_an_unknown_user_is_not_found(management: Visitor) -> None:
    for method, where, body in OPERATIONS:
        response = await management.request(method, f"/api/users/nope{where}", json=body)
        assert (response.status_code, response.json()["code"]) == (404, "entity.not_found"), (method, where)


async def test_parallel_merges_lose_nothing(management: Visitor) -> None:
    path = f"/api/users/{(await create(management))['id']}/custom-data"
    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(_merge, management, path, f"key{number}")
    assert len((await management.get(path)).json()) == 10


async def _merge(management: Visitor, path: str, key: str) -> None:
    assert (await management.patch(path, json={"customData": {key: 1}})).status_code == 200
