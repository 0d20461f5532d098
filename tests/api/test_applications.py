from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.roles.models import INTERNAL_ADMIN_ROLE, RoleType
from sekisho.roles.tables import RoleTable
from sekisho.services import Services

WEB = {"redirectUris": ["https://app.example.com/callback"], "postLogoutRedirectUris": ["https://app.example.com/"]}


async def create(management: Visitor, **more: Any) -> dict[str, Any]:
    response = await management.post("/api/applications", json={"name": "App", "type": "Traditional", **more})
    assert response.status_code == 200, response.text
    created: dict[str, Any] = response.json()
    return created


async def refused(management: Visitor, method: str, path: str, body: Any) -> tuple[int, str]:
    response = await management.request(method, f"/api/applications{path}", json=body)
    return response.status_code, response.json()["code"]


async def test_an_application_is_shown_as_it_was_registered(management: Visitor) -> None:
    created = await create(management, oidcClientMetadata=WEB, customData={"a": [1, None]}, description="")
    assert len(created.pop("id")) == 21
    assert created == {
        "tenantId": "default",
        "name": "App",
        "description": None,
        "type": "Traditional",
        "oidcClientMetadata": WEB,
        "customClientMetadata": {},
        "protectedAppMetadata": None,
        "customData": {"a": [1, None]},
        "isThirdParty": False,
        "appLevelAccessControlEnabled": False,
        "createdAt": 1775034000000,
    }


@on_sqlite
@pytest.mark.parametrize(("kind", "count"), [("Traditional", 1), ("MachineToMachine", 1), ("SPA", 0), ("Native", 0)])
async def test_clients_that_can_keep_a_secret_get_one(management: Visitor, kind: str, count: int) -> None:
    created = await create(management, type=kind)
    secrets = (await management.get(f"/api/applications/{created['id']}/secrets")).json()
    assert [secret["name"] for secret in secrets] == ["Default secret"] * count
    assert all(len(secret["value"]) == 32 for secret in secrets)


IMPOSSIBLE: Sequence[tuple[dict[str, Any], int, str]] = (
    ({"type": "SAML"}, 400, "application.saml.use_saml_app_api"),
    ({"type": "SPA", "customClientMetadata": {"isDeviceFlow": True}}, 422, "application.device_flow_native_only"),
    ({"type": "Protected"}, 400, "application.protected_app_metadata_is_required"),
    (
        {"type": "MachineToMachine", "isThirdParty": True},
        400,
        "application.invalid_third_party_application_type",
    ),
    (
        {"type": "SPA", "isThirdParty": True, "customClientMetadata": {"allowTokenExchange": True}},
        422,
        "application.third_party_application_cannot_enable_token_exchange",
    ),
    (
        {"type": "Protected", "protectedAppMetadata": {"subDomain": "a", "origin": "https://o.example.com"}},
        501,
        "application.protected_app_not_configured",
    ),
    ({"type": "Nope"}, 400, "guard.invalid_input"),
    ({"type": "SPA", "name": ""}, 400, "guard.invalid_input"),
    ({"type": "SPA", "name": "x" * 257}, 400, "guard.invalid_input"),
    (
        {"type": "SPA", "oidcClientMetadata": {"redirectUris": ["https://a.example.com"]}},
        400,
        "guard.invalid_input",
    ),
    ({"type": "SPA", "customClientMetadata": {"refreshTokenTtlInDays": 181}}, 400, "guard.invalid_input"),
    ({"type": "SPA", "customClientMetadata": {"maxAllowedGrants": 0}}, 400, "guard.invalid_input"),
)


@on_sqlite
async def test_impossible_applications_are_refused(management: Visitor) -> None:
    for body, status, code in IMPOSSIBLE:
        assert await refused(management, "POST", "", {"name": "App", **body}) == (status, code), body


async def test_a_refused_application_leaves_nothing_behind(management: Visitor) -> None:
    before = (await management.get("/api/applications")).json()
    await refused(management, "POST", "", {"name": "App", "type": "SAML"})
    assert (await management.get("/api/applications")).json() == before


async def test_a_change_replaces_json_whole_and_leaves_the_rest(management: Visitor) -> None:
    created = await create(management, customClientMetadata={"idTokenTtl": 60, "rotateRefreshToken": False})
    path = f"/api/applications/{created['id']}"
    change = {"customClientMetadata": {"refreshTokenTtlInDays": 7}, "type": "SPA", "isThirdParty": True, "x": 1}
    changed = (await management.patch(path, json=change)).json()
    assert changed == {**created, "customClientMetadata": {"refreshTokenTtlInDays": 7}}
    shown = (await management.get(path)).json()
    assert shown == {**changed, "isAdmin": False}


async def test_an_empty_change_answers_the_application_as_it_is(management: Visitor) -> None:
    created = await create(management)
    assert (await management.patch(f"/api/applications/{created['id']}", json={})).json() == created


async def test_numbers_come_back_as_they_were_sent(management: Visitor) -> None:
    created = await create(management, customClientMetadata={"idTokenTtl": 3600, "refreshTokenTtl": 0.5})
    assert repr(created["customClientMetadata"]) == "{'idTokenTtl': 3600, 'refreshTokenTtl': 0.5}"


@on_sqlite
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"customClientMetadata": {"isDeviceFlow": True}}, 422, "application.device_flow_not_changeable"),
        ({"appLevelAccessControlEnabled": True}, 422, "request.invalid_input"),
        ({"protectedAppMetadata": {"origin": "https://o.example.com"}}, 400, "application.protected_application_only"),
        ({"name": None}, 400, "guard.invalid_input"),
        ({"isAdmin": "yes"}, 400, "guard.invalid_input"),
    ],
)
async def test_impossible_changes_are_refused(
    management: Visitor, body: dict[str, Any], status: int, code: str
) -> None:
    created = await create(management)
    assert await refused(management, "PATCH", f"/{created['id']}", body) == (status, code)


async def test_a_third_party_application_cannot_be_given_token_exchange(management: Visitor) -> None:
    created = await create(management, isThirdParty=True)
    body = {"customClientMetadata": {"allowTokenExchange": True}}
    code = "application.third_party_application_cannot_enable_token_exchange"
    assert await refused(management, "PATCH", f"/{created['id']}", body) == (422, code)


async def test_is_admin_gives_and_takes_the_internal_role(management: Visitor) -> None:
    path = f"/api/applications/{(await create(management, type='MachineToMachine'))['id']}"
    for is_admin in (True, True, False, False):
        assert (await management.patch(path, json={"isAdmin": is_admin})).status_code == 200
        assert (await management.get(path)).json()["isAdmin"] is is_admin


async def test_a_missing_internal_role_is_our_failure(management: Visitor, services: Services) -> None:
    created = await create(management, type="MachineToMachine")
    await services.uow.execute(delete(RoleTable).where(RoleTable.name == INTERNAL_ADMIN_ROLE))
    await services.uow.commit()
    assert await refused(management, "PATCH", f"/{created['id']}", {"isAdmin": True}) == (500, "entity.not_exists")


async def test_is_admin_is_ignored_in_the_admin_tenant(admin_management: Visitor) -> None:
    body = {"name": "App", "type": "MachineToMachine"}
    created = (await admin_management.post("/t/admin/api/applications", json=body)).json()
    path = f"/t/admin/api/applications/{created['id']}"
    assert (await admin_management.patch(path, json={"isAdmin": True})).status_code == 200
    assert (await admin_management.get(path)).json()["isAdmin"] is False


@on_sqlite
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo-app", ("SPA", "Live Preview", {})),
        ("account-center", ("SPA", "Account Center", {"alwaysIssueRefreshToken": True})),
        ("device-demo-app", ("Native", "Device Flow Preview", {"isDeviceFlow": True})),
    ],
)
async def test_built_in_applications_are_shown_and_cannot_be_changed(
    management: Visitor, name: str, expected: tuple[str, str, dict[str, Any]]
) -> None:
    shown = (await management.get(f"/api/applications/{name}")).json()
    assert (shown["type"], shown["name"], shown["customClientMetadata"]) == expected
    assert (shown["createdAt"], shown["isAdmin"]) == (0, False)
    assert await refused(management, "PATCH", f"/{name}", {"name": "Mine"}) == (404, "entity.not_exists_with_id")
    assert (await management.delete(f"/api/applications/{name}")).status_code == 404


@on_sqlite
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_application_is_not_found(management: Visitor, method: str) -> None:
    response = await management.request(method, "/api/applications/nope", json={"name": "x"})
    assert (response.status_code, response.json()["code"]) == (404, "entity.not_exists_with_id")
    assert "`nope`" in response.json()["message"]


async def test_a_deleted_application_is_gone_with_its_secrets(management: Visitor, services: Services) -> None:
    created = await create(management)
    path = f"/api/applications/{created['id']}"
    response = await management.delete(path)
    assert (response.status_code, response.text) == (204, "")
    assert (await management.get(path)).status_code == 404
    assert (await management.delete(path)).status_code == 404
    assert await services.applications.find(created["id"]) is None


async def test_custom_data_is_merged_at_the_top_level(management: Visitor) -> None:
    created = await create(management, customData={"a": {"b": 1}, "c": 1})
    path = f"/api/applications/{created['id']}/custom-data"
    merged = {"a": {"d": 2}, "c": 1, "e": None}
    assert (await management.patch(path, json={"a": {"d": 2}, "e": None})).json() == merged
    assert (await management.patch(path, json={})).json() == merged
    assert (await management.patch("/api/applications/nope/custom-data", json={})).status_code == 404


async def test_the_list_is_newest_first_and_whole_without_a_page(management: Visitor, clock: ManualClock) -> None:
    before = len((await management.get("/api/applications")).json())
    names = [f"App {number}" for number in range(22)]
    for name in names:
        clock.advance(timedelta(milliseconds=1))
        await create(management, name=name)
    response = await management.get("/api/applications")
    assert [row["name"] for row in response.json()][:22] == names[::-1]
    assert len(response.json()) == 22 + before
    assert "total-number" not in response.headers
    assert "link" not in response.headers


async def test_the_list_is_filtered_by_type_party_search_and_role(management: Visitor, services: Services) -> None:
    spa = await create(management, name="Shop", type="SPA")
    native = await create(management, name="Phone", type="Native", isThirdParty=True)
    machine = await create(management, name="Robot", type="MachineToMachine", description="nightly")

    async def listed(query: str) -> set[str]:
        response = await management.get(f"/api/applications?page_size=100&{query}")
        assert response.headers["total-number"] == str(len(response.json()))
        return {row["id"] for row in response.json()} & {spa["id"], native["id"], machine["id"]}

    assert await listed("types=SPA&types=Native") == {spa["id"], native["id"]}
    assert await listed("isThirdParty=true") == {native["id"]}
    assert await listed("isThirdParty=false") == {spa["id"], machine["id"]}
    assert await listed("search=%25NIGHT%25") == {machine["id"]}
    assert await listed("excludeOrganizationId=none") == {spa["id"], native["id"], machine["id"]}
    role = await services.roles.create(name="Robot", description="Works.", type_=RoleType.MACHINE_TO_MACHINE)
    await services.roles.assign_to_application(machine["id"], ["Robot"])
    await services.uow.commit()
    assert await listed(f"excludeRoleId={role.id}") == {spa["id"], native["id"]}


@on_sqlite
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("types=Nope", "guard.invalid_input"),
        ("isThirdParty=1", "guard.invalid_input"),
        ("excludeRoleId=a&excludeOrganizationId=b", "request.invalid_input"),
        ("search.primaryEmail=x", "request.invalid_input"),
        ("page_size=101", "guard.invalid_pagination"),
    ],
)
async def test_unreadable_queries_are_refused(management: Visitor, query: str, code: str) -> None:
    response = await management.get(f"/api/applications?{query}")
    assert (response.status_code, response.json()["code"]) == (400, code)
